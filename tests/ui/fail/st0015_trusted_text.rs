//! A trusted field requires a type without free text, and a declared author.
use secure_tool::prelude::*;

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Mail {
    #[secure(trusted, written_by = provider)]
    subject: String, //~ ST0015
    #[secure(trusted, written_by = principal)]
    tags: Option<Vec<Words>>, //~ ST0015
}

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Folder {
    #[secure(trusted)] //~ ST0015
    size: u32,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
#[secure(pattern = "[a-z ]{1,30}")]
pub struct Words(String);

fn main() {}
