//! The derives of secure-tool: annotations on the types of a tool in, its policy as constants out.
//!
//! One helper attribute, `#[secure(…)]`, carries all words. Exactly one of these derives stands on
//! a type:
//!
//! | derive | on | gives |
//! |--|--|--|
//! | [`SecureApi`](macro@SecureApi) | a struct without fields | one provider |
//! | [`SecureTool`](macro@SecureTool) | the struct of a tool's arguments | one tool |
//! | [`SecureResponse`](macro@SecureResponse) | the struct of a tool's answer | its shape, and a `Debug` that redacts |
//! | [`SecureValue`](macro@SecureValue) | newtypes, enums and structs inside either | their shape |
//! | [`SecureToolset`](macro@SecureToolset) | a struct without fields | an allowlist of tools |
//!
//! A misconfiguration does not compile. All mistakes of an item are reported at once, each at its
//! own tokens and with a code (`ST0005`); rules about types are constants, so they see through
//! aliases, `Option`, lists and nested structs. This crate is used through `secure-tool`, which
//! exports the derives beside the traits of the same names.
//!
//! An expansion goes through three steps that are kept apart: what was written (`attr`), what was
//! meant (`check`, which makes every decision), and tokens (`expand`). Beside errors stands a
//! complete stub (`fallback`), so that rustc reports nothing at second hand.

mod attr;
mod check;
mod codes;
mod diagnostics;
mod expand;
mod fallback;
mod model;
mod redaction;
mod spelling;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;
use syn::DeriveInput;

use crate::attr::Item;
use crate::diagnostics::Errors;

/// The three steps: as written, as meant, tokens; the mistakes of all of an item at once, beside a
/// stub that keeps rustc quiet.
fn run<W, M>(
    input: TokenStream,
    read: impl FnOnce(&DeriveInput, &mut Errors) -> W,
    item: impl FnOnce(&W) -> &Item,
    check: impl FnOnce(&W, &mut Errors) -> Option<M>,
    expand: impl FnOnce(&M) -> proc_macro2::TokenStream,
    fallback: impl FnOnce(&W) -> proc_macro2::TokenStream,
) -> TokenStream {
    let input = match syn::parse::<DeriveInput>(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error().into(),
    };
    let mut errors = Errors::default();
    let written = read(&input, &mut errors);
    let meant = check(&written, &mut errors);
    let constants = expand::deferred(&item(&written).krate, &errors.take_deferred());
    let mut tokens = match errors.finish(meant) {
        Ok(meant) => expand(&meant),
        Err(mut tokens) => {
            tokens.extend(fallback(&written));
            tokens
        }
    };
    tokens.extend(constants);
    tokens.into()
}

/// Declares one provider, on a struct without fields.
///
/// The name of the struct is the name of the API, its doc comment the description.
///
/// | word | says |
/// |--|--|
/// | `url = "https://…"` | the base address; paths of tools are appended. https, a public host, no user name, no query. Required |
/// | `scopes("orders:read", …)` | the widest that any tool of it may hold. Required |
/// | `auth(bearer = "NAME")` | `authorization: Bearer …`, with the secret of that name in the store. One `auth` is required |
/// | `auth(header = "x-api-key", secret = "NAME")` | the secret in a header of the provider's own |
/// | `auth(oauth2(token_url = "https://…", client_id = "NAME", client_secret = "NAME"))` | an access token by OAuth 2.0 client credentials, for just the scopes of the calling tool; the names are of the store. `client_auth = client_secret_post` puts the client's secret into the body, where a server does not take `client_secret_basic` |
/// | `auth(none, reason = "…")` | no credential |
/// | `receives(public, internal, pii, secret)` | the classes of data that this provider may be sent. Required |
/// | `headers("name" = "value", …)` | headers sent with every request |
/// | `reviewed = "2026-09-01"` | when someone last looked at this provider |
/// | `redirects(most = 3, to("files.shop.example"))` | redirects of reads are followed, so many, on this host and those; without it none is |
/// | `sign(rfc9421 = ed25519, secret = "NAME", key_id = "2026-10", tag = "…")` | requests are signed by RFC 9421 with the secret of that name, by `ed25519` (a private key in PKCS#8) or `hmac`; every header but the credential is covered |
/// | `verify(rfc9421 = ed25519, keys("2026-10" = "NAME", …), tag = "…")` | responses that are not signed by RFC 9421 with one of these keys are refused, by `ed25519` (public keys) or `hmac`. Takes `max_age_seconds = 300` and `skew_seconds = 30` |
/// | `verify(…, covers("@status", …), reason = "…")` | what a signature of RFC 9421 has to cover beside the body; what leaves the status or a part of the request out says why |
/// | `rate_limit(600 / minute, burst = 10)` | the provider's quota, shared by all its tools; per `second`, `minute`, `hour` or `day`. Without a `burst`, all may come at once |
/// | `concurrency = 32` | how many exchanges may be under way at once; agents take turns, and each waits for half of its deadline at the most. The default is 32 |
/// | `retries = 2`, `retries(2, base_millis = 100)` | how often an exchange that failed is made again at the most, where it can't make an effect twice: GET and HEAD that change nothing, and requests with an `idempotency_key`. After no connection, a broken exchange, 502, 503, 504, or 429 with `retry-after`; with a random wait that doubles; of all exchanges a fifth, over a reserve of ten. The default is none |
/// | `breaker(failures = 10, seconds = 30)` | after so many failures in a row the provider is left alone for so long, then tried by one exchange. If it was not reached, for everybody; if it failed (a deadline, 5xx), for the agent whose exchanges failed. The default is as written |
/// | `gzip` | answers are asked for in gzip, and decoded within the limits of their tool; without it they are asked for as they are |
/// | `crate = path` | where the runtime is, if not at `::secure_tool` |
///
/// ```ignore
/// /// The shop's public API.
/// #[derive(SecureApi)]
/// #[secure(
///     url = "https://api.shop.example/v1",
///     scopes("products:read", "orders:write"),
///     auth(bearer = "SHOP_API_KEY"),
///     receives(public, internal), reviewed = "2026-09-01",
///     rate_limit(600 / minute),
/// )]
/// pub struct Shop;
/// ```
#[proc_macro_derive(SecureApi, attributes(secure))]
pub fn secure_api(input: TokenStream) -> TokenStream {
    run(input, attr::Api::read, |api| &api.item, check::api, expand::api, fallback::api)
}

/// Declares one tool, on the struct of its arguments.
///
/// Beside it stand `Deserialize`, `JsonSchema` and `Validate`. The doc comment is the description
/// that the model reads. Bounds are said with `#[validate(length(…))]` and `#[validate(range(…))]`;
/// a text or list without a length and a number without a range do not compile.
///
/// On the struct:
///
/// | word | says |
/// |--|--|
/// | `api = Shop` | the API that it calls; with a method |
/// | `get = "/orders/{id}"`, and `head`, `post`, `put`, `patch`, `delete` | the request; `{id}` is the field `id` |
/// | `handler, apis(Shop, Ledger)` | in the place of both: the work is done by `impl Handler`, which reaches these APIs only |
/// | `scopes("orders:read", …)` | what an agent must have been granted; each one that its API declares. Required |
/// | `response = Order` | the type of the answer. Required |
/// | `effect = read \| write \| destructive \| financial` | what a call changes. Required but for GET and HEAD; `read(reason = "…")` for a method that usually writes |
/// | `egress` | a call carries data to someone else |
/// | `confirm = always \| when_ungrounded \| never(reason = "…")` | when a person is asked; required of destructive and financial tools |
/// | `rate_limit(60 / minute, burst = 10)` | the quota of one agent; required of tools that act, unless the API has one |
/// | `headers("name" = "value", …)` | headers sent with every request |
/// | `limits(deadline_seconds = 10, connect_seconds = 2, response_bytes = 65_536, …)` | also `first_byte_seconds` (to the head of the answer, its connection included; by default half of the deadline, and no less than `connect_seconds`), `rate_bytes` and `rate_seconds` (so many bytes of the body come in each so many seconds; 1,024 in 10), `response_ratio` (100 decoded bytes for one on the wire), `response_depth`, `arguments_bytes`, `arguments_depth`, `arguments_keys`. An answer is held, up to `response_bytes`, until its last byte is there, and nothing of a longer one is shown: answers that stream, such as `text/event-stream`, are refused |
/// | `on_injection = mark \| redact \| quarantine \| refuse` | what is done about text of the answer that detectors flag: it passes, marked as all untrusted text is (the default); the sentence goes; the model gets a name for the text, and the session keeps it; the call is refused. A field can say something else |
/// | `spotlighting = markers \| datamarking \| base64` | how the model can tell untrusted text: by markers around it (the default), by a mark in place of its spaces too, or because it has to be decoded. A field can say something else |
/// | `links = keep \| defang` | whether links and images in untrusted text, outside of the hosts of `Builder::links`, stay or are made inert; if nothing is said, they stay but in texts that detectors flag. A field can say something else |
/// | `idempotency_key = "idempotency-key"` | of a request that changes something: the header in which each call sends a random key, the same for its retries. Only of a provider that makes a request with a known key once |
/// | `select = "fields"`, `select(query = "fields", style = dotted \| nested \| top)` | the parameter of the query in which every request names the declared fields that are not dropped, in the provider's form: `total,items.sku` (the default), `total,items(sku)`, `total,items`. What is in maps and enums is asked for whole |
/// | `name = "get_order"` | the name for the model, if not the struct's in snake case |
/// | `allow(ST0034, reason = "…")` | sets a rule aside; it stands in the manifest |
/// | `crate = path` | where the runtime is, if not at `::secure_tool` |
///
/// On a field:
///
/// | word | says |
/// |--|--|
/// | `pattern = "[a-z0-9-]{1,40}"` | what the whole text must match; without anchors |
/// | `from = prompt \| trusted \| handle` | where its value must come from |
/// | `free` | text that the model writes |
/// | `any, reason = "…"` | anything, for a reason |
/// | `query`, `body`, `header = "x-name"` | where it stands, if not where the method puts it: in the path if named there, else in the query (GET, HEAD, DELETE) or the body |
/// | `cap(per_call = 500, per_day = 1_000)` | how much may be spent; required of financial tools |
/// | `token = "Product.supplier_email"`, `token = "Shop::Product.supplier_email"` | it takes tokens of that field (type, dot, name on the wire) of the tool's own API, or of the one that is named, and gets the value in their place; of another API the argument says its class (`pii`), which its own has to receive; with `from = trusted`, the token of an untrusted field is no source |
/// | `domains("shop.example", …)` | of a `WebUrl`: the domains that it may be of, subdomains included. Required |
/// | `public`, `internal`, `pii`, `secret` | its class; its API has to receive it |
/// | `allow(ST0012, reason = "…")` | sets a rule aside for this field |
///
/// ```ignore
/// /// Searches the product catalogue.
/// #[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
/// #[secure(api = Shop, get = "/categories/{category}/products", scopes("products:read"), response = ProductPage)]
/// pub struct SearchProducts {
///     #[secure(pattern = "[a-z0-9-]{1,40}")]
///     category: String,
///     #[validate(length(min = 1, max = 80))]
///     term: String,
///     #[validate(range(min = 1, max = 50))]
///     limit: u8,
/// }
/// ```
#[proc_macro_derive(SecureTool, attributes(secure))]
pub fn secure_tool(input: TokenStream) -> TokenStream {
    run(input, attr::Tool::read, |tool| &tool.item, check::tool, expand::tool, fallback::tool)
}

/// Declares the answer of a tool, on a struct with named fields.
///
/// Beside it stand `Serialize`, `Deserialize` and `JsonSchema`, but not `Debug`: this derive writes
/// one that shows fields of class `pii` and `secret`, and fields with a redaction, as `[redacted]`.
///
/// On a field:
///
/// | word | says |
/// |--|--|
/// | `trusted, written_by = provider \| principal` | only that one writes it, so it grounds arguments; not for free text |
/// | `trusted(if sender = principal)` | the same, where the field `sender` of the same record is the principal |
/// | `handle` | an identifier that fills only arguments of its kind; its type is a handle |
/// | `untrusted` | anyone writes it; the default |
/// | `public`, `internal`, `pii`, `secret` | how confidential it is; `public` is the default, and `secret` needs a redaction |
/// | `mask(keep_first = 2, keep_last = 4)` | the rest becomes `*` |
/// | `drop` | it is left out |
/// | `hash` | a keyed digest |
/// | `tokenize` | the model gets a token (`tok_…`) that stands for the value, up to 512 bytes, in this session; arguments that say `token = "Type.field"` get the value back. What is longer, or may not stand in arguments, is masked throughout |
/// | `generalize(year)`, `generalize(month)` | of a date as in RFC 3339: `2024`, `2024-05`. What is none is masked throughout |
/// | `generalize(step = 100)` | of a number: the range that it is in, `100 to <200` |
/// | `mask_email` | of an e-mail address: `a***@corp.example`, the first character and the domain; another text becomes `*` throughout. The domain is text that an outsider may have chosen: it stays untrusted |
/// | `generalize(prefix = 3)` | of a text: its first characters, and `*` for the others |
/// | `keys(hash)`, `keys(mask(keep_last = 4))`, `keys(tokenize)`, `keys(generalize(prefix = 3))`, `keys(keep)` | of a map of single values: what becomes of its keys. A redaction on the map is of values and keys alike, if this says nothing else; keys that it makes alike get a number |
/// | `max = 20` | the most items of a list, entries of a map or characters of a text that the model is shown; a line beside the answer says what was cut. All of it is held to what was declared |
/// | `on_injection = mark \| redact \| quarantine \| refuse` | what is done if detectors flag it, where that is not what the tool says |
/// | `spotlighting = markers \| datamarking \| base64` | how the model can tell it from what it may follow, where that is not what the tool says |
/// | `links = keep \| defang` | what becomes of links and images in it, where that is not what the tool says |
/// | `pattern = "…"` | what the whole text must match |
/// | `recursive` | the shape is cut here, because types contain each other in a circle (a field that names its own type is cut without it) |
///
/// On the struct, `crate = path` says where the runtime is, if not at `::secure_tool`.
///
/// ```ignore
/// #[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
/// pub struct ProductPage {
///     items: Vec<Product>,
///     #[secure(trusted, written_by = provider)]
///     total: u32,
/// }
/// ```
#[proc_macro_derive(SecureResponse, attributes(secure))]
pub fn secure_response(input: TokenStream) -> TokenStream {
    run(
        input,
        |input, errors| attr::Value::read(input, true, errors),
        |value| &value.item,
        check::value,
        expand::value,
        fallback::value,
    )
}

/// Declares a value inside arguments or answers, on a newtype, an enum or a struct with named
/// fields.
///
/// Fields have the words of [`SecureResponse`](macro@SecureResponse), and those of an argument:
/// `from`, `free`, `any`, `cap`, `domains`, `token`. If one of them is confidential or redacted,
/// this derive writes the `Debug` that hides it, and a second one does not compile; else `Debug` is
/// derived as usual. An enum of unit variants is a choice; one with data is written as serde's
/// `tag` and `content` say.
///
/// On the type:
///
/// | word | says |
/// |--|--|
/// | `handle`, `handle = "shop.sku"` | of a newtype: an identifier, of the kind given or made of the names of package and type |
/// | `pattern = "[A-Z0-9-]{4,20}"` | of a newtype: what the whole text must match; without anchors |
/// | `crate = path` | where the runtime is, if not at `::secure_tool` |
///
/// ```ignore
/// #[derive(Debug, Clone, Serialize, Deserialize, JsonSchema, SecureValue)]
/// #[serde(transparent)]
/// #[secure(handle, pattern = "[A-Z0-9-]{4,20}")]
/// pub struct Sku(String);
///
/// #[derive(Serialize, Deserialize, JsonSchema, SecureValue)]
/// pub struct Product {
///     #[secure(handle)]
///     sku: Sku,
///     review: String,
///     #[secure(pii, mask(keep_last = 4))]
///     supplier_phone: String,
///     #[secure(drop)]
///     purchase_price: f64,
/// }
/// ```
#[proc_macro_derive(SecureValue, attributes(secure))]
pub fn secure_value(input: TokenStream) -> TokenStream {
    run(
        input,
        |input, errors| attr::Value::read(input, false, errors),
        |value| &value.item,
        check::value,
        expand::value,
        fallback::value,
    )
}

/// Declares the tools of an agent, on a struct without fields.
///
/// The set is checked as a whole: no two names look alike, and a set that reads untrusted text,
/// reads what is not public and carries data out says what is done about it.
///
/// | word | says |
/// |--|--|
/// | `tools(SearchProducts, GetOrder)` | the allowlist. Required |
/// | `trifecta = confirm \| deny` | what happens before data leaves in a session that has read both |
/// | `crate = path` | where the runtime is, if not at `::secure_tool` |
///
/// ```ignore
/// /// All that the support bot may do.
/// #[derive(SecureToolset)]
/// #[secure(tools(SearchProducts, GetOrder, SendMail), trifecta = confirm)]
/// pub struct SupportTools;
/// ```
#[proc_macro_derive(SecureToolset, attributes(secure))]
pub fn secure_toolset(input: TokenStream) -> TokenStream {
    run(
        input,
        attr::Toolset::read,
        |set| &set.item,
        check::toolset,
        expand::toolset,
        fallback::toolset,
    )
}
