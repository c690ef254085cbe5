//! `select`: requests that select the declared response fields only.

use std::collections::BTreeMap;

use secure_tool::Tool;
use secure_tool::prelude::*;
use secure_tool_testkit::hostile::Response;
use tests::{Guard, Records, Shop, shop_api};

/// Lists products and selects fields by dotted paths.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/products", scopes("products:read"), select = "fields", response = Page)]
struct Dotted {
    #[serde(default)]
    #[validate(length(max = 40))]
    term: Option<String>,
}

/// Lists products and selects nested fields in parentheses.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Shop, get = "/products", scopes("products:read"), select(query = "$select of", style = nested), response = Vec<Product>)]
struct Nested {}

/// Lists products and selects top-level fields only.
#[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(
    api = Shop,
    post = "/products",
    effect = read(reason = "a search"),
    scopes("products:read"),
    select(query = "fields", style = top),
    response = Page
)]
struct Top {
    #[validate(length(max = 40))]
    fields: String,
}

/// A page.
#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
struct Page {
    total: u32,
    #[serde(default)]
    items: Vec<Product>,
    #[secure(drop)]
    cursor: Option<Inner>,
}

/// A product.
#[derive(Serialize, Deserialize, JsonSchema, SecureValue)]
struct Product {
    #[serde(rename = "stockKeepingUnit")]
    sku: String,
    #[secure(pii, hash)]
    supplier: Option<String>,
    #[serde(default)]
    prices: BTreeMap<String, Inner>,
    maker: Option<Inner>,
    #[secure(drop)]
    #[serde(default)]
    purchase_price: f64,
    kind: Option<Kind>,
    hidden: Option<Hidden>,
}

/// A nested object.
#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
struct Inner {
    name: String,
}

/// An object whose only field is dropped.
#[derive(Serialize, Deserialize, JsonSchema, SecureValue)]
struct Hidden {
    #[secure(drop)]
    all: Option<String>,
}

/// A tagged enum.
#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
#[serde(tag = "is")]
enum Kind {
    Sold { price: f64 },
    Lent { days: u8 },
}

#[tokio::test]
async fn requests_select_the_declared_fields_only() {
    let shop = shop_api().await;
    let tools = [Tool::of::<Dotted>(), Tool::of::<Nested>(), Tool::of::<Top>()];
    let builder = tools
        .into_iter()
        .fold(tests::builder(&[&shop]).audit(Records::new()), secure_tool::guard::Builder::tool);
    let guard = Guard::build(builder).expect("a sound guard");
    let session =
        guard.session(Agent::new("a").grant::<Shop>(["products:read"])).expect("declared");
    let inner = "items.stockKeepingUnit,items.supplier,items.prices,items.maker.name,items.kind,items.hidden";
    for (tool, arguments, answer, target) in [
        ("dotted", "{}", r#"{"total":1}"#, format!("/v1/products?fields=total,{inner}")),
        (
            "dotted",
            r#"{"term":"a&fields=*"}"#,
            r#"{"total":1}"#,
            format!("/v1/products?term=a%26fields%3D%2A&fields=total,{inner}"),
        ),
        (
            "nested",
            "{}",
            "[]",
            "/v1/products?%24select%20of=stockKeepingUnit,supplier,prices,maker(name),kind,hidden"
                .to_owned(),
        ),
        (
            "top",
            r#"{"fields":"everything"}"#,
            r#"{"total":1}"#,
            "/v1/products?fields=total,items".to_owned(),
        ),
    ] {
        shop.respond(Response::json(answer));
        let outcome = session.call(tool, arguments).await;
        assert!(outcome.answer().is_some(), "{outcome:?}");
        let requests = shop.requests();
        let sent = requests
            .last()
            .expect("a request")
            .target()
            .replace("%2C", ",")
            .replace("%28", "(")
            .replace("%29", ")");
        assert_eq!(sent, target);
    }
}
