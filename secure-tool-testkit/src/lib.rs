//! Attacks on the tools of secure-tool, from `cargo test`: what the model sends, and what the API
//! answers.
//!
//! ```
//! use secure_tool::prelude::*;
//!
//! /// A shop.
//! #[derive(SecureApi)]
//! #[secure(url = "https://api.shop.example/v1", scopes("products:read"), auth(bearer = "SHOP_API_KEY"), receives(public), rate_limit(600 / minute))]
//! pub struct Shop;
//!
//! /// One product.
//! #[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
//! pub struct Product { name: String }
//!
//! /// Finds a product.
//! #[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
//! #[secure(api = Shop, get = "/products", scopes("products:read"), response = Product)]
//! pub struct FindProduct { #[validate(length(min = 1, max = 80))] term: String }
//!
//! # async fn example() {
//! // In `#[tokio::test] async fn find_product_withstands_attacks()`:
//! secure_tool_testkit::attack::<FindProduct>().await.assert();
//! # }
//! ```
//!
//! No model is asked and nothing leaves the machine: the API is a [hostile one](hostile) on
//! loopback, with real TLS. The honest arguments and answers that the attacks start from are made
//! of the tool's own types, with proptest: the same seed makes the same ones. What breaks through
//! is made small, and stands in the [`Report`].
//!
//! # The laws
//!
//! 1. Honest calls pass first. What is refused for another reason than the attack would prove
//!    nothing.
//! 2. Every attack is made on an unprotected *twin* first: the same tool with one protection taken
//!    out of its spec. It must succeed there, by the same oracle, or the class has [proved
//!    nothing](Verdict::ProvedNothing), and the test fails. Where the type of a field refuses a
//!    payload, the twin is without the check of types too; where other stages would refuse an
//!    argument before the protection in question, it is without those.
//! 3. An oracle reads what happened: bytes on the wire, texts for the model, records, the session's
//!    bits. None reads the words of a refusal.
//! 4. Missing evidence is failure. What does not apply to a tool is said, with the reason; a tool
//!    to which nothing applies has withstood nothing.
//!
//! # The classes
//!
//! | class | tries | must not be seen | twin without |
//! |--|--|--|--|
//! | [`UrlStructure`](Class::UrlStructure) | in each argument of the path, the query and the headers: `..`, `/`, `\`, `?`, `#`, `&`, percent-encoded and doubly encoded forms, line breaks, zero bytes | a request with other segments, other names in the query, other headers; two requests; another value than the one sent | `Encoding`; for headers none, for nothing writes them unchecked |
//! | [`Ssrf`](Class::Ssrf) | in each argument that is a web address: this machine and its network in every notation, two hosts in one address, other schemes and ports, hosts that look like a declared one | a request, a run of the handler, a look-up of another name | `Domains`, and `Schema` and `ArgumentLimits` of what is no sound address |
//! | [`MassAssignment`](Class::MassAssignment) | in each object of the arguments: fields that are not declared, one field twice, also in escapes | an undeclared key in the body or the query; of a field twice, any request | `Schema` and `ArgumentLimits` |
//! | [`TypeConfusion`](Class::TypeConfusion) | in each argument: lists, objects, numbers, texts, bools and `null` for each other, values outside of their range, length, pattern or choices, nothing at all | a request | `Schema` and `ArgumentLimits` |
//! | [`SizeAndShape`](Class::SizeAndShape) | a mebibyte of white space or text, a hundred thousand keys, nesting as deep | a connection | `ArgumentLimits` and `Schema`; for depth none |
//! | [`Flow`](Class::Flow) | in each argument that must come from somewhere: a valid value that stands nowhere, in an untrusted field of an earlier answer, as a handle of another kind, in what was pasted, within another entity | a request, though the person who is asked agrees to all that the question does not warn of | `Grounding` |
//! | [`Authority`](Class::Authority) | an agent without one of the scopes, below the clearance; a tool or a guard that was switched off | a connection, or another text for the model than of a tool that does not exist | `Admission` |
//! | [`Confirmation`](Class::Confirmation) | a call that a person denied, made again | a request | `Confirmation` |
//! | [`Quota`](Class::Quota) | more calls at once than the quota allows | one of them at the API | `Quota` |
//! | [`DelimiterForgery`](Class::DelimiterForgery) | in each text and each key of a map: orders, forged turns, approvals and role tokens, ends of tags, fences, JSON, and of our own delimiters in each form | the text outside of the one marked region, or of a string that is isolated from end to end; a session that does not know what it has read | `Marking`; `Cleaning` for our own delimiters |
//! | [`Injection`](Class::Injection) | in each text that says what is done if it is flagged, and each key of such a map: orders, and orders in two halves over two texts | the canary beside the order, in what the model gets, in `Debug` of the outcome, or in the audit | `Detection` |
//! | [`HiddenCharacters`](Class::HiddenCharacters) | in the same places: tag letters, bidirectional controls, zero widths, variation selectors, fillers, escape sequences, C1, overwriting; also as escapes of JSON | one of them in what the model gets | `Cleaning` |
//! | [`SecretLeak`](Class::SecretLeak) | in the same places our credential, as it is, in hex, percent-encoded, in base64 at each alignment; values that are to be masked, hashed or dropped; undeclared fields | any of it in what the model gets, in `Debug` of the outcome, or in the audit | `Scrubbing`, `Redaction`, `Shape` |
//! | [`ErrorPath`](Class::ErrorPath) | stack traces, error bodies, pages, other character sets, a redirect to an internal address | any of it in the same places; a connection to that address | `Status` |
//! | [`SchemaDrift`](Class::SchemaDrift) | in each declared field: nothing, `null`, other types, values outside of their range, new variants; fields too many, and twice | an answer; of a field too many, the field | `Shape` |
//! | [`Oversize`](Class::Oversize) | an answer of one byte more than the cap, and one without end | an answer, or more bytes read than the cap and what sockets hold | `BodyCap`; for the endless one none |
//!
//! # What it does not show
//!
//! That a model heeds the markers; that a declaration is right (a field that is declared as trusted
//! is taken for trusted); what a handler does with its arguments and with the answers of its APIs,
//! of which the testkit knows no types.

mod attack;
mod attempt;
pub mod hostile;
mod oracle;
mod payloads;
mod report;
mod stand;
mod strategy;
mod tokens;
mod twin;

pub use attack::{Attack, attack};
pub use report::{Class, ClassReport, Failure, Report, Verdict};
