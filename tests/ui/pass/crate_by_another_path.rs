//! The crate can be imported under another path, also inside a function.

mod deep {
    pub use secure_tool as renamed;
}

mod app {
    use secure_tool::prelude::*;

    #[derive(SecureApi)]
    #[secure(crate = crate::deep::renamed, url = "https://api.shop.example", scopes("a:read"), auth(bearer = "KEY"), receives(public))]
    pub struct Api;

    #[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
    #[secure(crate = crate::deep::renamed)]
    pub struct Answer {
        pub a: u32,
    }
}

fn main() {
    use secure_tool::prelude::*;

    #[derive(Deserialize, JsonSchema, Validate, SecureTool)]
    #[secure(crate = crate::deep::renamed, api = app::Api, get = "/{type}", scopes("a:read"), response = app::Answer)]
    struct Get {
        #[secure(pattern = "[a-z]{1,9}")]
        r#type: String,
    }

    #[derive(SecureToolset)]
    #[secure(crate = crate::deep::renamed, tools(Get))]
    struct Tools;

    let _ = Tools::TOOLS;
}
