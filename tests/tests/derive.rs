//! The specs that the derives generate for the items of the README, and the redacting `Debug`.
#![allow(
    missing_docs,
    missing_debug_implementations,
    clippy::exhaustive_structs,
    clippy::exhaustive_enums,
    reason = "the items are those of an application"
)]
#![allow(clippy::panic, clippy::indexing_slicing, reason = "a test")]

use secure_tool::prelude::*;
use secure_tool::spec::{
    ApiSpec, ArgumentPolicy, Auth, Author, Class, ClientAuth, Confirm, Effect, Field, Integrity,
    Kind, Method, Named, PathPart, Per, Place, Rate, Record, Redaction, ResponsePolicy, Shape,
    Source, Tagging, Trifecta, Work,
};
use secure_tool::value::Email;
use secure_tool::{Context, Handler, HandlerError, Tool};

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, SecureValue)]
#[serde(transparent)]
#[secure(handle, pattern = "[A-Z0-9-]{4,20}")]
pub struct Sku(String);

/// The shop's public API.
#[derive(SecureApi)]
#[secure(
    url = "https://api.shop.example/v1/",
    scopes("products:read", "orders:write"),
    auth(bearer = "SHOP_API_KEY"),
    receives(public, internal), reviewed = "2026-09-01",
    rate_limit(600 / minute),
)]
pub struct Shop;

/// Searches the product catalogue.
///
/// Prices are in euros
/// and include tax.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(
    api = Shop,
    get = "/categories/{category}/products",
    scopes("products:read"),
    rate_limit(60 / minute, burst = 10),
    response = ProductPage,
)]
pub struct SearchProducts {
    #[secure(pattern = "[a-z0-9-]{1,40}")]
    category: String,
    #[validate(length(min = 1, max = 80))]
    term: String,
    #[validate(range(min = 1, max = 50))]
    limit: u8,
}

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct ProductPage {
    items: Vec<Product>,
}

#[derive(Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Product {
    #[secure(handle)]
    sku: Sku,
    review: String,
    #[secure(pii, mask(keep_last = 4))]
    supplier_phone: String,
    #[secure(pii, hash)]
    supplier_email: Email,
    #[secure(drop)]
    purchase_price: f64,
}

/// The company's mail.
#[derive(SecureApi)]
#[secure(
    url = "https://mail.shop.example",
    scopes("mail:send"),
    auth(header = "X-Api-Key", secret = "MAIL_KEY"),
    receives(public),
    headers("Accept-Language" = "en"),
    rate_limit(20 / hour, burst = 2)
)]
pub struct Mail;

/// Sends a mail.
#[derive(Debug, Serialize, Deserialize, JsonSchema, Validate, SecureTool)]
#[secure(api = Mail, post = "/messages", effect = write, egress, scopes("mail:send"), confirm = when_ungrounded, response = Sent)]
pub struct SendMail {
    #[secure(from = trusted)]
    #[validate(length(max = 20))]
    to: Vec<Email>,
    #[secure(free)]
    #[validate(length(max = 20000))]
    text: String,
}

#[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
pub struct Sent {
    #[secure(trusted, written_by = provider)]
    accepted: bool,
}

/// The tools of the support bot.
#[derive(SecureToolset)]
#[secure(tools(SearchProducts, SendMail, CountStock), trifecta = confirm)]
pub struct SupportTools;

const MOST: u64 = 30;

/// Counts the stock of a product.
#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[serde(rename_all = "camelCase")]
#[secure(
    handler,
    apis(Shop, Mail),
    effect = read,
    scopes("products:read"),
    response = Vec<Stock>,
    name = "stock.count",
    limits(deadline_seconds = 10, response_bytes = 65_536),
    rate_limit(1 / second),
)]
pub struct CountStock {
    #[secure(from = handle)]
    main_sku: Sku,
    #[validate(length(max = MOST))]
    note: Option<String>,
    #[serde(default)]
    #[secure(pattern = "[a-z]{1,9}", any(reason = "a colour harms nobody"))]
    colour: String,
    #[serde(skip)]
    pub seen: bool,
    #[secure(allow(ST0012, reason = "the name of a design token"))]
    #[serde(rename(deserialize = "token"))]
    #[validate(length(equal = 8))]
    design_token: String,
}

#[derive(Serialize, Deserialize, JsonSchema, SecureValue)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "kebab-case")]
pub enum Stock {
    OnShelf {
        shelf_number: u32,
        #[secure(secret, drop)]
        unlock_code: String,
    },
    SoldOut,
    Elsewhere(Place2),
    #[serde(skip)]
    Unknown,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema, SecureValue)]
#[serde(rename_all = "SCREAMING-KEBAB-CASE")]
pub enum Colour {
    DarkRed,
    #[serde(rename = "b")]
    Blue,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
pub struct Place2 {
    colour: Colour,
    parts: Vec<Self>,
    #[secure(trusted(if owner = principal))]
    street: Street,
    owner: Email,
}

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
#[secure(pattern = "[a-z ]{1,30}|[0-9]{1,5}")]
pub struct Words(String);

#[derive(Debug, Serialize, Deserialize, JsonSchema, SecureValue)]
#[secure(pattern = "[a-z0-9]{1,30}")]
pub struct Street(String);

impl Handler for CountStock {
    async fn call(self, _: Context<'_>) -> Result<Vec<Stock>, HandlerError> {
        let stock = if self.note.is_none() {
            Stock::SoldOut
        } else {
            Stock::OnShelf { shelf_number: 7, unlock_code: self.colour }
        };
        Ok(vec![stock])
    }
}

/// Changes a line of an order.
#[derive(Deserialize, JsonSchema, Validate, SecureTool)]
#[serde(rename_all = "camelCase")]
#[secure(
    api = Shop,
    patch = "/orders/{order_id}/lines-{type}.json",
    effect = financial,
    confirm = never(reason = "the shop asks"),
    scopes("orders:write"),
    headers("X-Kind" = "line"),
    response = secure_tool::value::Empty
)]
pub struct ChangeLine {
    order_id: Sku,
    r#type: Colour,
    #[secure(query)]
    dry: bool,
    #[secure(header = "X-Trace", pattern = "[0-9a-f]{16}")]
    trace: Option<String>,
    #[secure(internal, cap(per_call = 500, per_day = 1_000.5))]
    #[validate(range(min = -0.5, exclusive_max = 1e3))]
    amount: f64,
}

fn field<'a>(record: &'a Record, name: &str) -> &'a Field {
    record
        .fields
        .iter()
        .find(|field| field.name == name)
        .unwrap_or_else(|| panic!("no field `{name}` in {record:?}"))
}

fn argument<'a>(record: &'a Record, name: &str) -> &'a ArgumentPolicy {
    field(record, name).argument().unwrap_or_else(|| panic!("`{name}` is no argument"))
}

fn response<'a>(record: &'a Record, name: &str) -> &'a ResponsePolicy {
    field(record, name).response().unwrap_or_else(|| panic!("`{name}` is no response field"))
}

fn record<T: SecureValue>() -> &'static Record {
    match T::SHAPE {
        Shape::Record(record) => record,
        other => panic!("no record: {other:?}"),
    }
}

fn named(shape: &Shape) -> &Named {
    match shape {
        Shape::Named(named) => named,
        other => panic!("not a nominal type: {other:?}"),
    }
}

#[test]
fn an_api_spec_has_the_declared_values() {
    let spec = Shop::SPEC;
    assert_eq!(
        (spec.name, spec.description, spec.url),
        ("Shop", "The shop's public API.", "https://api.shop.example/v1")
    );
    assert_eq!(spec.scopes, ["products:read", "orders:write"]);
    assert!(matches!(spec.auth, Auth::Bearer { secret: "SHOP_API_KEY" }));
    assert_eq!(spec.receives, [Class::Public, Class::Internal]);
    assert_eq!(spec.reviewed, "2026-09-01");
    assert_eq!(spec.rate, Some(Rate { count: 600, per: Per::Minute, burst: 600 }));

    let ApiSpec { auth, headers, rate, .. } = Mail::SPEC;
    assert!(matches!(auth, Auth::Header { header: "x-api-key", secret: "MAIL_KEY" }));
    assert_eq!(*headers, [("accept-language", "en")]);
    assert_eq!(*rate, Some(Rate { count: 20, per: Per::Hour, burst: 2 }));
}

/// A ledger with a token endpoint on another host.
#[derive(SecureApi)]
#[secure(
    url = "https://ledger.example",
    scopes("entries:read"),
    auth(oauth2(
        token_url = "https://AUTH.ledger.example:8443/token/",
        client_id = "LEDGER_ID",
        client_secret = "LEDGER_SECRET"
    )),
    receives(public)
)]
struct Ledger;

/// A ledger whose token requests have the client secret in the body.
#[derive(SecureApi)]
#[secure(
    url = "https://ledger.example",
    scopes("entries:read"),
    auth(oauth2(token_url = "https://auth.ledger.example", client_id = "ID", client_secret = "SECRET", client_auth = client_secret_post)),
    receives(public)
)]
struct LedgerByPost;

#[test]
fn an_oauth_client_spec_has_the_declared_values() {
    let Auth::OAuth2 { token_url, client_id, client_secret, client_auth } = Ledger::SPEC.auth
    else {
        panic!("{:?}", Ledger::SPEC)
    };
    assert_eq!(
        (token_url, client_id, client_secret),
        ("https://auth.ledger.example:8443/token/", "LEDGER_ID", "LEDGER_SECRET")
    );
    assert_eq!(client_auth, ClientAuth::Basic);
    assert!(matches!(LedgerByPost::SPEC.auth, Auth::OAuth2 { client_auth: ClientAuth::Post, .. }));
}

#[test]
fn a_tool_spec_has_the_declared_values() {
    let spec = Tool::of::<SearchProducts>().spec();
    assert_eq!(spec.name, "search_products");
    assert_eq!(
        spec.description,
        "Searches the product catalogue.\nPrices are in euros and include tax."
    );
    let Work::Http(route) = spec.work else { panic!("no request") };
    assert_eq!(route.method, Method::Get);
    assert_eq!(
        route.path,
        [
            PathPart::Literal("/categories/"),
            PathPart::Field("category"),
            PathPart::Literal("/products")
        ]
    );
    assert_eq!((spec.apis[0].name, spec.scopes), ("Shop", ["products:read"].as_slice()));
    assert_eq!((spec.effect, spec.egress), (Effect::Read, false));
    assert!(matches!(spec.confirm, Confirm::Never { reason: "" }));
    assert_eq!(spec.rate, Some(Rate { count: 60, per: Per::Minute, burst: 10 }));
    assert_eq!(spec.arguments.name, "SearchProducts");
    assert!(matches!(spec.response, Shape::Record(Record { name: "ProductPage", .. })));
    assert!(spec.escapes.is_empty() && spec.removed.is_none());
}

#[test]
fn arguments_are_placed_by_method_and_keep_their_bounds() {
    let arguments = Tool::of::<SearchProducts>().spec().arguments;
    let (category, term, limit) =
        (field(arguments, "category"), field(arguments, "term"), field(arguments, "limit"));
    assert_eq!(
        ["category", "term", "limit"].map(|name| argument(arguments, name).place),
        [Place::Path, Place::Query, Place::Query]
    );
    assert_eq!(category.pattern, Some("[a-z0-9-]{1,40}"));
    assert_eq!(term.length, Some((1, 80)));
    assert_eq!(limit.range, Some((1.0, 50.0)));
    assert!(matches!((category.shape, limit.shape), (Shape::Text, Shape::Number)));

    let spec = Tool::of::<SendMail>().spec();
    let (to, text) = (field(spec.arguments, "to"), field(spec.arguments, "text"));
    let (as_to, as_text) = (argument(spec.arguments, "to"), argument(spec.arguments, "text"));
    assert_eq!((as_to.place, as_text.place), (Place::Body, Place::Body));
    assert!(matches!((as_to.source, as_text.source), (Source::Trusted, Source::Free)));
    assert_eq!((to.length, text.length), (Some((0, 20)), Some((0, 20_000))));
    assert!(
        spec.egress
            && spec.effect == Effect::Write
            && matches!(spec.confirm, Confirm::WhenUngrounded)
    );
}

#[test]
fn a_request_places_fields_as_declared_under_their_wire_names() {
    let spec = Tool::of::<ChangeLine>().spec();
    let Work::Http(route) = spec.work else { panic!("no request") };
    let (orders, lines, json) =
        (PathPart::Literal("/orders/"), PathPart::Literal("/lines-"), PathPart::Literal(".json"));
    assert_eq!(
        route.path,
        [orders, PathPart::Field("orderId"), lines, PathPart::Field("type"), json]
    );
    assert_eq!((route.method, route.headers), (Method::Patch, [("x-kind", "line")].as_slice()));
    let policies = spec.arguments.fields.iter().filter_map(Field::argument);
    let places: Vec<Place> = policies.map(|policy| policy.place).collect();
    assert_eq!(
        places,
        [Place::Path, Place::Path, Place::Query, Place::Header("x-trace"), Place::Body]
    );
    let amount = field(spec.arguments, "amount");
    assert_eq!((amount.class, amount.range), (Class::Internal, Some((-0.5, 1e3))));
    let cap = argument(spec.arguments, "amount").cap;
    assert_eq!(cap.map(|cap| (cap.per_call, cap.per_day)), Some((500.0, 1_000.5)));
    assert!(matches!(spec.confirm, Confirm::Never { reason: "the shop asks" }));
}

#[test]
fn serde_names_and_defaults_apply_on_the_wire() {
    let spec = Tool::of::<CountStock>().spec();
    let names: Vec<&str> = spec.arguments.fields.iter().map(|field| field.name).collect();
    assert_eq!(names, ["mainSku", "note", "colour", "token"]);
    assert!(!field(spec.arguments, "colour").required && field(spec.arguments, "note").required);
    assert!(matches!(field(spec.arguments, "note").shape, Shape::Optional(Shape::Text)));
    assert_eq!(
        (field(spec.arguments, "note").length, field(spec.arguments, "token").length),
        (Some((0, 30)), Some((8, 8)))
    );
    assert!(matches!(
        argument(spec.arguments, "colour").source,
        Source::Any { reason: "a colour harms nobody" }
    ));
}

#[test]
fn a_handler_spec_has_apis_limits_and_escape_hatches() {
    let tool = Tool::of::<CountStock>();
    let spec = tool.spec();
    assert_eq!(spec.name, "stock.count");
    assert!(
        matches!(spec.work, Work::Handler)
            && format!("{:?}", tool.code()).contains("handler: true")
    );
    assert_eq!(spec.apis.iter().map(|api| api.name).collect::<Vec<_>>(), ["Shop", "Mail"]);
    assert_eq!(
        (spec.limits.total.as_secs(), spec.limits.response_bytes, spec.limits.arguments_keys),
        (10, 65_536, 1_000)
    );
    assert_eq!(spec.rate, Some(Rate { count: 1, per: Per::Second, burst: 1 }));
    let [escape] = spec.escapes else { panic!("{:?}", spec.escapes) };
    assert_eq!(
        (escape.code, escape.field, escape.reason),
        ("ST0012", "token", "the name of a design token")
    );
}

#[test]
fn labels_and_redactions_reach_the_shape() {
    let product = record::<Product>();
    assert!(matches!(response(product, "sku").integrity, Integrity::Handle));
    assert!(matches!(response(product, "review").integrity, Integrity::Untrusted));
    let (phone, email) = (field(product, "supplier_phone"), field(product, "supplier_email"));
    assert_eq!(
        (phone.class, response(product, "supplier_phone").redaction),
        (Class::Pii, Redaction::Mask { keep_first: 0, keep_last: 4 })
    );
    assert_eq!(
        (email.class, response(product, "supplier_email").redaction),
        (Class::Pii, Redaction::Hash)
    );
    assert_eq!(response(product, "purchase_price").redaction, Redaction::Drop);
    assert!(matches!(
        response(record::<Sent>(), "accepted").integrity,
        Integrity::Trusted(Author::Provider)
    ));
    assert!(matches!(
        response(record::<Place2>(), "street").integrity,
        Integrity::TrustedIf { field: "owner" }
    ));
}

#[test]
fn a_newtype_has_its_own_kind() {
    let sku = named(Sku::SHAPE);
    assert_eq!(
        (sku.kind, sku.name, sku.handle, sku.max_length, sku.closed),
        (Kind::Nominal("derive::sku"), "Sku", true, Some(20), true)
    );
    assert!(matches!(sku.inner, Shape::Text));
    let words = named(Words::SHAPE);
    assert_eq!(
        (words.kind, words.handle, words.max_length, words.closed),
        (Kind::Nominal("derive::words"), false, Some(30), false)
    );
}

#[test]
fn an_enum_is_a_choice_or_a_set_of_variants() {
    assert!(matches!(Colour::SHAPE, Shape::Choice(["DARK-RED", "b"])));
    let Shape::Variants(stock) = Stock::SHAPE else { panic!("{:?}", Stock::SHAPE) };
    assert!(matches!(stock.tagging, Tagging::Internal { tag: "kind" }));
    let names: Vec<&str> = stock.variants.iter().map(|variant| variant.name).collect();
    assert_eq!(names, ["on_shelf", "sold_out", "elsewhere"]);
    let [on_shelf, sold_out, elsewhere] = stock.variants else { panic!("three variants") };
    let Shape::Record(on_shelf) = on_shelf.shape else { panic!("no record") };
    assert_eq!(field(on_shelf, "unlock-code").class, Class::Secret);
    assert!(matches!(
        (sold_out.shape, elsewhere.shape),
        (Shape::Empty, Shape::Record(Record { name: "Place2", .. }))
    ));
}

#[test]
fn a_recursive_type_ends_at_its_recursion() {
    let Shape::Recursive(edge) = field(record::<Place2>(), "parts").shape else {
        panic!("not cut")
    };
    assert!(matches!(edge(), Shape::List(Shape::Record(Record { name: "Place2", .. }))));
}

#[test]
fn debug_hides_confidential_and_redacted_fields() -> Result<(), Box<dyn std::error::Error>> {
    let product = Product {
        sku: Sku("KETTLE-1".to_owned()),
        review: "boils".to_owned(),
        supplier_phone: "+49 170 5550199".to_owned(),
        supplier_email: "ann@shop.example".parse()?,
        purchase_price: 12.5,
    };
    let shown = format!("{:?}", ProductPage { items: vec![product] });
    assert!(
        shown.contains("KETTLE-1")
            && shown.contains("boils")
            && shown.contains("supplier_phone: [redacted]"),
        "{shown}"
    );
    for hidden in ["5550199", "ann@", "12.5"] {
        assert!(!shown.contains(hidden), "{shown}");
    }
    let stock = format!(
        "{:?}",
        [
            Stock::OnShelf { shelf_number: 7, unlock_code: "4711".to_owned() },
            Stock::SoldOut,
            Stock::Unknown
        ]
    );
    assert_eq!(stock, "[OnShelf { shelf_number: 7, unlock_code: [redacted] }, SoldOut, Stock]");
    Ok(())
}

#[test]
fn a_toolset_lists_its_tools_and_its_trifecta_policy() {
    let names: Vec<&str> = SupportTools::TOOLS.iter().map(|tool| tool.spec().name).collect();
    assert_eq!(
        (SupportTools::NAME, names.as_slice()),
        ("SupportTools", ["search_products", "send_mail", "stock.count"].as_slice())
    );
    assert_eq!(SupportTools::TRIFECTA, Trifecta::Confirm);
}

#[test]
fn wire_names_are_those_of_serde() {
    let text = r#"[{"kind":"on_shelf","shelf-number":1,"unlock-code":"x"},{"kind":"sold_out"}]"#;
    assert!(serde_json::from_str::<Vec<Stock>>(text).is_ok());
    assert!(serde_json::from_str::<Colour>("\"DARK-RED\"").is_ok());
    assert!(
        serde_json::from_str::<CountStock>(
            r#"{"mainSku":"KETTLE-1","note":null,"token":"abcdefgh"}"#
        )
        .is_ok()
    );
}
