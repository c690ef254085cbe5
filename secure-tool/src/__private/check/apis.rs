//! Rules on what an API declares and what its tools require of it.
#![expect(
    clippy::indexing_slicing,
    reason = "runs while compiling: a panic is the error that the developer reads, and each shape has its row"
)]

use secure_tool_text::host_name::{HostFlaw, host_flaw};

use super::message::{Message, same};
use crate::spec::{ApiSpec, ArgumentFacts, Field, headers};

/// E32: the API declares the tool's scope. `scope` is a scope of the tool.
#[track_caller]
pub const fn scope_is_declared(scope: &str, apis: &[&ApiSpec]) {
    let mut i = 0;
    while i < apis.len() {
        let scopes = apis[i].scopes;
        let mut j = 0;
        while j < scopes.len() {
            // `*` is the scope of a broken API, whose errors are already reported.
            if same(scopes[j], scope) || same(scopes[j], "*") {
                return;
            }
            j += 1;
        }
        i += 1;
    }
    let mut message = Message::new("ST0032")
        .add("scope ")
        .quote(scope)
        .add(" is not declared by the API, so the tool would have permissions that were not reviewed; declared: ");
    let mut i = 0;
    while i < apis.len() {
        let scopes = apis[i].scopes;
        let mut j = 0;
        while j < scopes.len() {
            if i + j > 0 {
                message = message.add(", ");
            }
            message = message.quote(scopes[j]);
            j += 1;
        }
        i += 1;
    }
    message.stop()
}

/// A header of a tool must not be one that its API sets. The model's value could duplicate or
/// replace the credential. `name` is in lower case.
#[track_caller]
pub const fn header_is_free(name: &str, apis: &[&ApiSpec]) {
    let mut i = 0;
    while i < apis.len() {
        if apis[i].adds(name) {
            Message::new("ST0103")
                .add("header ")
                .quote(name)
                .add(" is also sent by ")
                .quote(apis[i].name)
                .add(
                    " with every request, so a duplicate header would make the request ambiguous; choose another name, or remove it from the API",
                )
                .stop()
        }
        i += 1;
    }
}

/// ST0103: a header must not be one that the transport sets. `name` is in lower case.
#[track_caller]
pub const fn header_is_not_of_transport(name: &str) {
    if headers::is_one_of(&headers::OF_TRANSPORT, name) {
        Message::new("ST0103")
            .add("header ")
            .quote(name)
            .add(" is set by the transport, so a duplicate header would make the request ambiguous; remove it, and declare credentials with `auth(…)` on the API")
            .stop()
    }
}

/// ST0102: a header of an API that signs must not be one that the signature adds. `name` is in
/// lower case.
#[track_caller]
pub const fn header_is_not_of_signature(name: &str) {
    if headers::is_one_of(&headers::OF_SIGNATURE, name) {
        Message::new("ST0102")
            .add("header ")
            .quote(name)
            .add(" is added by `sign` and can be sent only once; remove it from `headers`")
            .stop()
    }
}

/// E06: the host of a base URL, a token endpoint or a redirect is a public name. `host` is in lower
/// case, without a port.
#[track_caller]
pub const fn host_is_public(host: &str) {
    let Some(flaw) = host_flaw(host) else { return };
    match flaw {
        HostFlaw::Undotted
        | HostFlaw::Internal
        | HostFlaw::NumericEnd
        | HostFlaw::IpLiteral => Message::new("ST0006")
            .add("host ")
            .quote(host)
            .add(" ")
            .add(flaw.text())
            .add(", so a tool could reach metadata endpoints and internal services; write the API's public host name (in tests, the guard's builder maps names to IP addresses)")
            .stop(),
        HostFlaw::Empty
        | HostFlaw::TooLong
        | HostFlaw::Label
        | HostFlaw::Hyphen
        | HostFlaw::Uppercase
        | HostFlaw::Wildcard
        | HostFlaw::MoreThanAName
        | HostFlaw::NonAscii
        | HostFlaw::Character => Message::new("ST0103")
            .add("host ")
            .quote(host)
            .add(" ")
            .add(flaw.text())
            .add(", so the request could reach a host that was not reviewed; write a name such as `api.shop.example`")
            .stop(),
    }
}

/// E34: a tool with an effect has a rate limit, or all its APIs have one.
#[track_caller]
pub const fn effect_has_a_rate(apis: &[&ApiSpec]) {
    let mut i = 0;
    let mut limited = !apis.is_empty();
    while i < apis.len() {
        limited &= apis[i].rate.is_some();
        i += 1;
    }
    if !limited {
        Message::new("ST0034")
            .add("this tool has an effect, but neither it nor its API has a rate limit, so a loop or a hijacked model could repeat it without limit; write `rate_limit(10 / minute)`")
            .stop()
    }
}

/// E32: the API may receive data of this argument's class, and of the classes of everything inside
/// it.
#[track_caller]
pub const fn api_receives(field: &Field, apis: &[&ApiSpec]) {
    let mut i = 0;
    while i < apis.len() {
        let facts = ArgumentFacts::of(field);
        if !facts.is_within(apis[i].receives) {
            Message::new("ST0032")
                .quote(field.name)
                .add(" is or contains data of a class that ")
                .quote(apis[i].name)
                .add(" may not receive, so the data would reach an unapproved provider; add the class to `receives(…)` on the API after a review, or remove the argument")
                .stop()
        }
        i += 1;
    }
}
