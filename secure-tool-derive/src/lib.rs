//! The derives of secure-tool. They turn annotations on the types of a tool into its policy, as
//! constants.
//!
//! One helper attribute, `#[secure(…)]`, carries all words. A type has exactly one of these
//! derives:
//!
//! | derive | on | declares |
//! |--|--|--|
//! | [`SecureApi`](macro@SecureApi) | a struct without fields | an API |
//! | [`SecureTool`](macro@SecureTool) | the struct of a tool's arguments | a tool |
//! | [`SecureResponse`](macro@SecureResponse) | the struct of a tool's response | its policy, and a redacting `Debug` |
//! | [`SecureValue`](macro@SecureValue) | newtypes, enums and structs inside either | their policy |
//! | [`SecureToolset`](macro@SecureToolset) | a struct without fields | the tools of an agent |
//!
//! A misconfiguration does not compile. All mistakes of an item are reported at once, each at its
//! own tokens and with a code (`ST0005`). Rules about types are constants, so they see through
//! aliases, `Option`, lists and nested structs. Use this crate through `secure-tool`, which
//! re-exports the derives beside the traits of the same names.
//!
//! An expansion has three separate steps: the words as written (`attr`), their meaning (`check`,
//! which makes every decision), and tokens (`expand`). Beside errors, a complete stub (`fallback`)
//! prevents consequential errors of rustc.

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

/// Runs the three steps. Returns the tokens, or the mistakes of the whole item beside a stub.
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

/// Declares an API, on a struct without fields.
///
/// The name of the struct is the name of the API, and its doc comment the description.
///
/// | word | effect |
/// |--|--|
/// | `url = "https://…"` | sets the base URL: https and a public host. Required |
/// | `scopes("orders:read", …)` | lists the scopes that its tools may use. Required |
/// | `auth(…)` | sets the credential: `bearer`, `header`, `oauth2` or `none`. Required |
/// | `receives(public, internal, pii, secret)` | lists the data classes that the provider may receive. Required |
/// | `headers("name" = "value", …)` | adds headers to every request |
/// | `reviewed = "2026-09-01"` | records the date of the last review |
/// | `redirects(most = 3, to("files.shop.example"))` | follows redirects of reads. Default: none |
/// | `sign(rfc9421 = ed25519, …)` | signs requests by RFC 9421 |
/// | `verify(rfc9421 = ed25519, …)` | requires signed responses by RFC 9421 |
/// | `rate_limit(600 / minute, burst = 10)` | limits all tools of the API together |
/// | `concurrency = 32` | limits concurrent requests. Default: 32 |
/// | `retries = 2` | retries requests that can't repeat an effect. Default: 0 |
/// | `breaker(failures = 10, seconds = 30)` | sets the circuit breaker. Default: as written |
/// | `gzip` | requests gzip responses. Default: off |
/// | `crate = path` | sets the path of the runtime. Default: `::secure_tool` |
#[proc_macro_derive(SecureApi, attributes(secure))]
pub fn secure_api(input: TokenStream) -> TokenStream {
    run(input, attr::Api::read, |api| &api.item, check::api, expand::api, fallback::api)
}

/// Declares a tool, on the struct of its arguments.
///
/// The struct also derives `Deserialize`, `JsonSchema` and `Validate`. Its doc comment is the
/// description for the model. `#[validate(length(…))]` and `#[validate(range(…))]` bound the
/// arguments: a text or list without a length and a number without a range do not compile.
///
/// Words on the struct:
///
/// | word | effect |
/// |--|--|
/// | `api = Shop` | names the API of the request |
/// | `get = "/orders/{id}"` | sets method and path; also `head`, `post`, `put`, `patch`, `delete` |
/// | `handler, apis(Shop, Ledger)` | runs `impl Handler` instead of one request |
/// | `scopes("orders:read", …)` | lists the scopes that an agent needs. Required |
/// | `response = Order` | sets the type of the response. Required |
/// | `effect = read \| write \| destructive \| financial` | declares the effect. Default: `read` for GET and HEAD only |
/// | `egress` | declares that a call sends data to other readers |
/// | `confirm = always \| when_ungrounded \| never(reason = "…")` | sets when a person approves |
/// | `rate_limit(60 / minute, burst = 10)` | limits one agent |
/// | `headers("name" = "value", …)` | adds headers to every request |
/// | `limits(deadline_seconds = 10, …)` | sets sizes and timeouts |
/// | `on_injection = mark \| redact \| quarantine \| refuse` | handles flagged text. Default: `mark` |
/// | `spotlighting = markers \| datamarking \| base64` | delimits untrusted text. Default: `markers` |
/// | `links = keep \| defang` | handles links in untrusted text. Default: defang in flagged text |
/// | `idempotency_key = "idempotency-key"` | sends a random key per call |
/// | `select = "fields"` | requests only the declared fields |
/// | `name = "get_order"` | sets the name. Default: the struct's in snake case |
/// | `allow(ST0034, reason = "…")` | suppresses a rule |
/// | `crate = path` | sets the path of the runtime. Default: `::secure_tool` |
///
/// Words on a field:
///
/// | word | effect |
/// |--|--|
/// | `pattern = "[a-z0-9-]{1,40}"` | requires a match of the whole text |
/// | `from = prompt \| trusted \| handle` | requires a source of the value |
/// | `free` | accepts text that the model writes |
/// | `any, reason = "…"` | accepts any source, for a reason |
/// | `query`, `body`, `header = "x-name"` | sets the place in the request |
/// | `cap(per_call = 500, per_day = 1_000)` | limits the amount |
/// | `token = "Product.supplier_email"` | accepts tokens of a response field |
/// | `domains("shop.example", …)` | limits a `WebUrl` to domains. Required for one |
/// | `public`, `internal`, `pii`, `secret` | sets the class. Default: `public` |
/// | `allow(ST0012, reason = "…")` | suppresses a rule for the field |
#[proc_macro_derive(SecureTool, attributes(secure))]
pub fn secure_tool(input: TokenStream) -> TokenStream {
    run(input, attr::Tool::read, |tool| &tool.item, check::tool, expand::tool, fallback::tool)
}

/// Declares the response of a tool, on a struct with named fields.
///
/// The struct also derives `Serialize`, `Deserialize` and `JsonSchema`, but not `Debug`: this derive
/// writes a `Debug` that hides fields of class `pii` and `secret` and fields with a redaction.
///
/// Words on a field:
///
/// | word | effect |
/// |--|--|
/// | `trusted, written_by = provider \| principal` | lets the field ground arguments; not for free text |
/// | `trusted(if sender = principal)` | the same, if another field is the principal |
/// | `handle` | shows an identifier as a handle |
/// | `untrusted` | anyone may have written it. Default |
/// | `public`, `internal`, `pii`, `secret` | sets the class. Default: `public` |
/// | `mask(keep_first = 2, keep_last = 4)` | replaces the other characters by `*` |
/// | `mask_email` | shows `a***@corp.example` |
/// | `drop` | removes the field |
/// | `hash` | shows a keyed digest |
/// | `tokenize` | shows a token that arguments with `token` accept |
/// | `generalize(…)` | shows a `year`, `month`, `prefix` or `step` |
/// | `keys(…)` | redacts the keys of a map |
/// | `max = 20` | truncates a list, map or text for the model |
/// | `on_injection`, `spotlighting`, `links` | override the words of the tool |
/// | `pattern = "…"` | requires a match of the whole text |
/// | `recursive` | marks a field that closes a cycle of types |
///
/// `#[secure(crate = path)]` on the struct sets the path of the runtime. Default: `::secure_tool`.
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

/// Declares a value inside arguments or responses, on a newtype, an enum or a struct with named
/// fields.
///
/// Fields accept the words of [`SecureResponse`](macro@SecureResponse) fields, and `from`, `free`,
/// `any`, `cap`, `domains` and `token` of arguments. If a field is confidential or redacted, this
/// derive writes a `Debug` that hides it; otherwise derive `Debug` as usual. An enum of unit
/// variants is a choice. An enum with data is written as serde's `tag` and `content` say.
///
/// Words on the type:
///
/// | word | effect |
/// |--|--|
/// | `handle`, `handle = "shop.sku"` | makes a newtype an identifier of a kind. Default kind: package and type |
/// | `pattern = "[A-Z0-9-]{4,20}"` | requires a match of the whole text of a newtype |
/// | `crate = path` | sets the path of the runtime. Default: `::secure_tool` |
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
/// The set is checked as a whole: no two names look alike, and a set with the lethal trifecta
/// (reads untrusted text, reads private data, sends data out) needs a decision.
///
/// | word | effect |
/// |--|--|
/// | `tools(SearchProducts, GetOrder)` | lists the tools. Required |
/// | `trifecta = confirm \| deny` | decides what happens before data leaves a session that has read both |
/// | `crate = path` | sets the path of the runtime. Default: `::secure_tool` |
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
