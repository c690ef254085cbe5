//! A trusted field requires a type without free text, and a declared author.
use secure_tool::prelude::*;

use secure_tool::value::Email;

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Mail {
    subject: String,
    #[secure(trusted, written_by = principal)]
    tags: Option<Vec<Word>>,
    #[secure(trusted, written_by = provider)]
    size: u32,
    #[secure(trusted(if sender = principal))]
    recipient: Email,
    sender: Email,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
#[secure(pattern = "[a-z]{1,30}")]
pub struct Word(String);

fn main() {}
