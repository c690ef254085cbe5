//! The table of the derives' messages. Each says what is wrong, why it matters and what to write,
//! after a code that is never reused.
//!
//! Rules about types have their messages in the runtime (`secure_tool::__private::check`), in the
//! same form.

use crate::spelling::nearest;

/// One rule.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rule {
    pub(crate) code: &'static str,
    /// Whether `allow(…)` may suppress it: rules that judge by names and numbers can be wrong about
    /// a good tool.
    pub(crate) escapable: bool,
}

const fn fixed(code: &'static str) -> Rule {
    Rule { code, escapable: false }
}

const fn escapable(code: &'static str) -> Rule {
    Rule { code, escapable: true }
}

/// Every code that the derives and the constants they emit can show.
pub(crate) const CODES: &[Rule] = &[
    fixed("ST0001"),     // a text, list or map argument without an upper bound
    escapable("ST0002"), // a number argument without a range
    // A URL argument without domains, or with a domain that allows too much.
    fixed("ST0004"),
    fixed("ST0005"),     // a base URL that is not https
    fixed("ST0006"),     // a host that is not public
    fixed("ST0007"),     // a base URL with a user name or password
    escapable("ST0012"), // an argument with the name of a credential
    fixed("ST0013"),     // a literal that looks like a secret
    fixed("ST0014"),     // a type without a label
    fixed("ST0015"),     // a trusted text, or a trusted field without its writer
    fixed("ST0016"),     // a secret field that reaches the model
    fixed("ST0017"),     // a mask that keeps the whole value
    fixed("ST0019"),     // a second `Debug` beside the redacting one
    fixed("ST0020"),     // a tool that may change something and declares no effect
    fixed("ST0021"),     // an effect that can't be undone, without an approval
    escapable("ST0025"), // a recipient without a source
    fixed("ST0026"),     // a handle whose type is not a handle
    fixed("ST0027"),     // a toolset with the lethal trifecta and no decision on it
    fixed("ST0028"),     // two tools whose names look alike
    fixed("ST0029"),     // a name that a tool or an argument can't have
    // No scope, a scope that means everything, or one that the API does not declare.
    fixed("ST0032"),
    escapable("ST0034"), // an effect without a rate, or a limit that contradicts itself
    fixed("ST0040"),     // a signature that covers too little
    fixed("ST0041"),     // a pattern that does not check what it seems to
    fixed("ST0042"),     // a wire form that accepts undeclared values
    fixed("ST0043"),     // an argument for tokens that no response returns
    fixed("ST0100"),     // an unknown word
    fixed("ST0101"),     // a word that has no effect in its place
    fixed("ST0102"),     // a word that is missing, repeated or malformed
    fixed("ST0103"),     // a URL, path or header that can't be sent
    fixed("ST0104"),     // an item that the derive does not support
    fixed("ST0105"),     // an invalid `allow`
];

/// A message with its code.
#[derive(Debug)]
pub(crate) struct Message {
    code: &'static str,
    text: String,
}

impl Message {
    fn new(code: &'static str, text: impl Into<String>) -> Self {
        Self { code, text: text.into() }
    }

    pub(crate) fn into_text(self) -> String {
        format!("{}: {}", self.code, self.text)
    }
}

/// ST0004
pub(crate) enum DomainFlaw<'a> {
    NoDomains,
    Suffix { domain: &'a str },
}

/// ST0004. A constant of the runtime checks the grammar of a domain.
pub(crate) fn domain(flaw: &DomainFlaw<'_>) -> Message {
    Message::new(
        "ST0004",
        match flaw {
            DomainFlaw::NoDomains => "the list of domains is empty, so every URL would be rejected; write `domains(\"shop.example\")`".to_owned(),
            DomainFlaw::Suffix { domain } => format!(
                "anyone can register a name below `{domain}`, a public suffix, so an attacker's host would be allowed too; write the registered domain, such as `shop.{domain}`"
            ),
        },
    )
}

/// ST0005
pub(crate) fn not_https() -> Message {
    Message::new(
        "ST0005",
        "this URL is not https, so anyone on the network path could read and change requests; write `url = \"https://…\"`",
    )
}

/// ST0007
pub(crate) fn userinfo() -> Message {
    Message::new(
        "ST0007",
        "the URL contains a user name, which leaks a credential and can disguise the host; remove the part before `@` and write `auth(bearer = \"NAME_OF_SECRET\")`",
    )
}

/// ST0013: never shows the literal.
pub(crate) fn secret_literal() -> Message {
    Message::new(
        "ST0013",
        "this literal looks like a secret, which would be readable in the source and in the binary; store it in the secret store, revoke it if it was committed, and write its name: `auth(bearer = \"NAME_OF_SECRET\")`",
    )
}

/// ST0015
pub(crate) fn trusted_without_writer() -> Message {
    Message::new(
        "ST0015",
        "`trusted` does not say who writes this field, and a text that anyone can write must not ground arguments; write `trusted, written_by = provider`, `trusted, written_by = principal` or `trusted(if sender = principal)`",
    )
}

/// ST0016
pub(crate) fn secret_is_kept(name: &str) -> Message {
    Message::new(
        "ST0016",
        format!(
            "`{name}` is secret and would reach the model; add `drop`, `hash` or `tokenize`, or a `mask` or `generalize` that keeps at most four characters"
        ),
    )
}

/// ST0017
pub(crate) fn mask_keeps_all(kept: u32, longest: u32) -> Message {
    Message::new(
        "ST0017",
        format!(
            "the mask keeps {kept} characters of a value with at most {longest}, so it hides nothing or everything; keep fewer, or write `drop`"
        ),
    )
}

/// ST0017
pub(crate) fn step_keeps_all() -> Message {
    Message::new(
        "ST0017",
        "a range of one number is the number itself, so nothing is hidden; write a wider range, such as `generalize(step = 100)`",
    )
}

/// ST0020
pub(crate) enum EffectFlaw<'a> {
    Missing { what: &'a str },
    ReadWithoutReason { what: &'a str },
}

/// ST0020
pub(crate) fn effect(flaw: &EffectFlaw<'_>) -> Message {
    Message::new(
        "ST0020",
        match flaw {
            EffectFlaw::Missing { what } => {
                format!(
                    "{what} may change something, and without an effect it would run without approval or limits; write `effect = write`, `destructive`, `financial`, or `read(reason = \"…\")`"
                )
            }
            EffectFlaw::ReadWithoutReason { what } => {
                format!(
                    "{what} usually changes something, and a wrong `read` would run without approval; write `effect = read(reason = \"…\")` with the reason why it only reads, or `effect = write`"
                )
            }
        },
    )
}

/// ST0021
pub(crate) enum ConfirmFlaw {
    Missing { effect: &'static str },
    NeverWithoutReason,
    NoCap,
}

/// ST0021
pub(crate) fn confirm(flaw: &ConfirmFlaw) -> Message {
    Message::new(
        "ST0021",
        match flaw {
            ConfirmFlaw::Missing { effect } => {
                format!("a {effect} effect can't be undone, and nothing says when a person must approve it; write `confirm = always`, `confirm = when_ungrounded` or `confirm = never(reason = \"…\")`")
            }
            ConfirmFlaw::NeverWithoutReason => {
                "`confirm = never` has no reason, and a hijacked model would act without approval; write `confirm = never(reason = \"…\")` or `confirm = when_ungrounded`".to_owned()
            }
            ConfirmFlaw::NoCap => {
                "a financial tool without a cap can send any amount, even to a legitimate payee; write `#[secure(cap(per_call = …, per_day = …))]` on the amount".to_owned()
            }
        },
    )
}

/// ST0029
pub(crate) fn name(name: &str) -> Message {
    let shown: String = name.escape_debug().take(40).collect();
    Message::new(
        "ST0029",
        format!(
            "`{shown}` is not a valid name, because it could hide text from a reader or look like another name; use 1 to 128 of the characters `A-Za-z0-9_.-`, or write `name = \"…\"` (for a field: `#[serde(rename = \"…\")]`)"
        ),
    )
}

/// ST0032
pub(crate) enum ScopeFlaw<'a> {
    Absent,
    Omnibus { scope: &'a str },
    NotOne { scope: &'a str },
}

/// ST0032
pub(crate) fn scope(flaw: &ScopeFlaw<'_>) -> Message {
    Message::new(
        "ST0032",
        match flaw {
            ScopeFlaw::Absent => {
                "there is no scope, so an agent could only be granted everything; write `scopes(\"orders:read\")`".to_owned()
            }
            ScopeFlaw::Omnibus { scope } => {
                format!(
                    "scope `{scope}` grants everything, so a hijacked agent could do everything; name the scope that is needed, such as `scopes(\"orders:read\")`"
                )
            }
            ScopeFlaw::NotOne { scope } => {
                format!(
                    "scope `{scope}` is not one word of visible ASCII, so a token endpoint would read other scopes; write each scope as its own string, such as `scopes(\"orders:read\", \"orders:write\")`"
                )
            }
        },
    )
}

/// ST0034
pub(crate) enum LimitFlaw<'a> {
    Zero {
        what: &'a str,
    },
    Burst {
        most: u64,
    },
    CapAboveDay,
    /// `inner` may take longer than `outer`, which includes it.
    Longer {
        inner: &'a str,
        outer: &'a str,
    },
    TooManyRetries {
        most: u32,
    },
}

/// ST0034
pub(crate) fn limit(flaw: &LimitFlaw<'_>) -> Message {
    Message::new(
        "ST0034",
        match flaw {
            LimitFlaw::Zero { what } => {
                format!("{what} is zero, so no call would ever succeed; write a number above zero, or remove it for the default")
            }
            LimitFlaw::Burst { most } => {
                format!("the burst is more than 60 times the rate, so the rate limits nothing; write a burst of at most {most}")
            }
            LimitFlaw::CapAboveDay => {
                "`per_call` is higher than `per_day`, so one of the two caps has no effect; write `per_call` no higher than `per_day`"
                    .to_owned()
            }
            LimitFlaw::Longer { inner, outer } => {
                format!(
                    "`{inner}` is longer than `{outer}`, which includes it, so one of the two has no effect; write `{inner}` no higher than `{outer}`"
                )
            }
            LimitFlaw::TooManyRetries { most } => {
                format!(
                    "so many retries exceed every deadline, because each backoff doubles; write at most `retries = {most}`"
                )
            }
        },
    )
}

/// ST0040
pub(crate) fn signature(what: &str) -> Message {
    Message::new(
        "ST0040",
        format!(
            "{what}; remove `covers` for the default, or write `covers(\"@status\", \"@method;req\", \"@authority;req\", \"@path;req\", \"@query;req\")`, or fewer with `reason = \"…\"`"
        ),
    )
}

/// ST0040
pub(crate) fn two_jobs() -> Message {
    Message::new(
        "ST0040",
        "this secret is also sent as the credential, so anyone who sees one request could sign the next; write the name of another secret",
    )
}

/// ST0041
#[derive(Debug)]
pub(crate) enum PatternFlaw {
    Empty,
    /// A pattern to write instead.
    Anchor(String),
    DomainInClass,
    Slow,
    Syntax(String),
}

impl PatternFlaw {
    pub(crate) fn of(error: &regex_syntax::Error) -> Self {
        use regex_syntax::ast::ErrorKind::{UnsupportedBackreference, UnsupportedLookAround};

        match error {
            regex_syntax::Error::Parse(error)
                if matches!(error.kind(), UnsupportedBackreference | UnsupportedLookAround) =>
            {
                Self::Slow
            }
            regex_syntax::Error::Parse(error) => Self::Syntax(error.kind().to_string()),
            regex_syntax::Error::Translate(error) => Self::Syntax(error.kind().to_string()),
            _ => Self::Syntax("it can't be read".to_owned()),
        }
    }
}

/// ST0041
pub(crate) fn pattern(flaw: &PatternFlaw) -> Message {
    Message::new(
        "ST0041",
        match flaw {
            PatternFlaw::Empty => "the pattern is empty, so it accepts only the empty text; write a pattern such as `[a-z0-9-]{1,40}`".to_owned(),
            PatternFlaw::Anchor(without) => {
                format!("the pattern must match the whole value, so `^`, `$`, `\\A`, `\\z` and `\\b` are not accepted: an anchor in one alternative would not bind the others; write `{without}`")
            }
            PatternFlaw::DomainInClass => {
                "a class in brackets matches one character, so this one does not match the host name in it; write `(?:shop\\.example)`".to_owned()
            }
            PatternFlaw::Slow => {
                "look-around and back-references are not supported, because an attacker can write a text that takes exponential time; write a pattern without them, such as `[a-z0-9-]{1,40}`".to_owned()
            }
            PatternFlaw::Syntax(why) => {
                format!("the pattern can't be compiled ({why}), so it would check nothing; write a pattern such as `[a-z0-9-]{{1,40}}`")
            }
        },
    )
}

/// ST0042
pub(crate) enum WireFlaw {
    Alias,
    Flatten,
    Untagged,
    Other,
    From,
    Twice,
}

/// ST0042
pub(crate) fn wire(flaw: &WireFlaw) -> Message {
    Message::new(
        "ST0042",
        match flaw {
            WireFlaw::Alias => {
                "`alias` gives one field two names, so a value under the second name could bypass a check; keep one name, with `#[serde(rename = \"…\")]`"
            }
            WireFlaw::Flatten => {
                "`flatten` adds fields that this type does not declare, so they have no label; write out the fields, or nest the struct"
            }
            WireFlaw::Untagged => {
                "`untagged` lets the value choose its variant, so it could bypass the checks of another variant; write `#[serde(tag = \"…\")]`"
            }
            WireFlaw::Other => {
                "`other` accepts every undeclared value; list the variants, or use a newtype over `String` with a pattern"
            }
            WireFlaw::Twice => {
                "two fields have this name on the wire, so one value could bypass the checks of the other; rename one"
            }
            WireFlaw::From => {
                "`from` and `try_from` give this type the wire form of another, which has no label here; derive `SecureValue` on that type and use it, or make a newtype"
            }
        },
    )
}

/// ST0100. `place` is where the word belongs, if it is known elsewhere.
pub(crate) fn unknown_word(
    word: &str,
    known: &[(&'static str, &'static str)],
    place: Option<&'static str>,
) -> Message {
    if word == "recursive" {
        return Message::new(
            "ST0100",
            "`recursive` belongs on the field that closes the cycle, not on the type; write `#[secure(recursive)]` on that field",
        );
    }
    let belongs = |place: &str| {
        Message::new(
            "ST0100",
            format!(
                "`{word}` is not known here, and a rule that is not read protects nothing; it belongs {place}"
            ),
        )
    };
    match (word, place) {
        ("length" | "range" | "email", _) => {
            belongs("in the attribute `#[validate(…)]`, such as `#[validate(length(max = 40))]`")
        }
        ("bearer" | "oauth2", _) => belongs("inside `auth`, as in `auth(bearer = \"NAME\")`"),
        (_, Some(place)) => belongs(place),
        (_, None) => unknown(word, known.iter().map(|(word, _)| *word)),
    }
}

/// ST0100
pub(crate) fn unknown_value(word: &str, known: &[&'static str]) -> Message {
    unknown(word, known.iter().copied())
}

fn unknown(word: &str, known: impl Iterator<Item = &'static str> + Clone) -> Message {
    if known.clone().next().is_none() {
        return Message::new(
            "ST0100",
            format!(
                "`{word}` is not supported here, and a rule that is not read protects nothing; move it to a field or to the type"
            ),
        );
    }
    let instead = if let Some(near) = nearest(word, known.clone()) {
        format!("did you mean `{near}`?")
    } else {
        let list: Vec<String> =
            known.filter(|word| *word != "crate").map(|word| format!("`{word}`")).collect();
        format!("write one of {}", list.join(", "))
    };
    Message::new(
        "ST0100",
        format!(
            "`{word}` is not a known word here, and a misspelled rule protects nothing; {instead}"
        ),
    )
}

/// ST0102
pub(crate) fn missing(what: &str, why: &str, write: &str) -> Message {
    Message::new("ST0102", format!("{what} is missing: {why}; write `{write}`"))
}

/// ST0102
pub(crate) fn repeated(word: &str) -> Message {
    Message::new(
        "ST0102",
        format!("`{word}` is written twice, and only one of them would apply; remove one"),
    )
}

/// ST0102
pub(crate) fn conflict(a: &str, b: &str) -> Message {
    Message::new(
        "ST0102",
        format!("{a} and {b} exclude each other, and only one of them would apply; remove one"),
    )
}

/// ST0102
pub(crate) fn malformed(word: &str, usage: &str) -> Message {
    Message::new(
        "ST0102",
        format!(
            "`{word}` is malformed, and a rule that is not read protects nothing; write `{usage}`"
        ),
    )
}

/// ST0102
pub(crate) fn no_reason(word: &str, write: &str) -> Message {
    Message::new(
        "ST0102",
        format!(
            "`{word}` has no reason, so a reviewer can't tell a decision from a mistake; write `{write}`"
        ),
    )
}

/// ST0103
pub(crate) fn url(what: &str) -> Message {
    Message::new(
        "ST0103",
        format!(
            "{what}, so a request could reach another host than the reviewed one; write `https://host/path`"
        ),
    )
}

/// ST0103
pub(crate) fn path(what: &str) -> Message {
    Message::new(
        "ST0103",
        format!(
            "{what}, so a request could reach another resource than the reviewed one; write a path such as `/orders/{{id}}`"
        ),
    )
}

/// ST0102
pub(crate) fn secret_name() -> Message {
    Message::new(
        "ST0102",
        "this can't be the name of a secret, so no store could find it; write 1 to 128 of the characters `A-Za-z0-9_.-/:`, such as `SHOP_API_KEY`",
    )
}

/// ST0102
pub(crate) fn not_words(usage: &str) -> Message {
    Message::new(
        "ST0102",
        format!(
            "this is not a list of words, and a rule that is not read protects nothing; write words such as `{usage}`, separated by commas"
        ),
    )
}

/// ST0103
pub(crate) fn template_field(field: &str, near: Option<&str>) -> Message {
    let instead = near.map_or_else(
        || "add the field, or remove it from the path".to_owned(),
        |near| format!("write `{{{near}}}`"),
    );
    Message::new(
        "ST0103",
        format!(
            "the path names `{{{field}}}`, but no field of this struct has that name, so the path can't be filled; {instead}"
        ),
    )
}

/// ST0103
pub(crate) fn optional_in_path(field: &str) -> Message {
    Message::new(
        "ST0103",
        format!(
            "`{field}` is in the path but may be absent, so the call would reach another resource; remove `default` and `skip` from it"
        ),
    )
}

/// ST0103
pub(crate) fn place(what: &str) -> Message {
    Message::new("ST0103", what)
}

/// ST0103
pub(crate) fn header(what: &str) -> Message {
    Message::new(
        "ST0103",
        format!(
            "{what}; write `headers(\"accept-language\" = \"en\")`, and credentials as `auth(…)` of the API"
        ),
    )
}

/// ST0104
pub(crate) fn not_a_unit_struct(derive: &str) -> Message {
    Message::new(
        "ST0104",
        format!(
            "`{derive}` needs a struct without fields, because it declares policy and holds no data; write `pub struct Name;`"
        ),
    )
}

/// ST0104
pub(crate) fn not_named_fields(derive: &str) -> Message {
    Message::new(
        "ST0104",
        format!(
            "`{derive}` needs a struct with named fields, because rules are bound to names; write `pub struct Name {{ … }}`"
        ),
    )
}

/// ST0104
pub(crate) fn not_a_value() -> Message {
    Message::new(
        "ST0104",
        "`SecureValue` needs a newtype, an enum or a struct with named fields, because rules are bound to names; write `pub struct Name(Inner);` or `pub struct Name { … }`",
    )
}

/// ST0104
pub(crate) fn tuple_variant() -> Message {
    Message::new(
        "ST0104",
        "a variant has no data, one value, or named fields, because rules are bound to names; name the fields",
    )
}

/// ST0104
pub(crate) fn no_name_to_label() -> Message {
    Message::new(
        "ST0104",
        "a field without a name can't have a rule, because no error could name it; name the field, or move the rule to its type",
    )
}

/// ST0104
pub(crate) fn only_newtypes(word: &str) -> Message {
    Message::new(
        "ST0104",
        format!(
            "`{word}` needs a newtype, because it applies to one text or number; write `pub struct Name(String);`, or move it to a field"
        ),
    )
}

/// ST0104
pub(crate) fn generics(derive: &str) -> Message {
    Message::new(
        "ST0104",
        format!(
            "`{derive}` supports no type, lifetime or const parameters, because one policy must apply to every use; write a concrete type"
        ),
    )
}

/// ST0105
pub(crate) enum EscapeFlaw<'a> {
    Unknown { code: &'a str },
    Fixed { code: &'a str },
    NoReason { code: &'a str },
    Idle { code: &'a str },
}

/// ST0105
pub(crate) fn escape(flaw: &EscapeFlaw<'_>) -> Message {
    Message::new(
        "ST0105",
        match flaw {
            EscapeFlaw::Unknown { code } => format!(
                "`{code}` is not the code of a rule, so it would suppress nothing; write the code that the error shows, such as `ST0012`"
            ),
            EscapeFlaw::Fixed { code } => {
                format!(
                    "`{code}` can't be suppressed, because a tool that breaks it is unprotected; follow the message of the rule"
                )
            }
            EscapeFlaw::NoReason { code } => format!(
                "`allow({code})` has no reason, so a reviewer can't tell a decision from a mistake; write `allow({code}, reason = \"…\")`"
            ),
            EscapeFlaw::Idle { code } => format!(
                "`allow({code})` suppresses nothing, and would hide a later mistake; remove it"
            ),
        },
    )
}
