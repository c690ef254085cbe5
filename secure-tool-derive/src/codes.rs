//! The table of the messages. Each says what is wrong, why it matters, and what to write instead,
//! after a code that is never reused.
//!
//! Rules about types speak at the runtime's side (`secure_tool::__private::check`), in the same
//! form.

use crate::spelling::nearest;

/// One rule.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rule {
    pub(crate) code: &'static str,
    /// Whether `allow(…)` may set it aside: the rules that go by names and numbers, and can be
    /// wrong about a good tool.
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
    // A web address as an argument without domains, or with one that lets too much in.
    fixed("ST0004"),
    fixed("ST0005"),     // a base address that is not https
    fixed("ST0006"),     // a base address that is no name out in the world
    fixed("ST0007"),     // a base address with a user name or password
    escapable("ST0012"), // an argument with the name of a credential
    fixed("ST0013"),     // a literal that looks like a secret
    fixed("ST0014"),     // a type without a label
    fixed("ST0015"),     // a trusted text, or a trusted field whose writer is not said
    fixed("ST0016"),     // a secret field that reaches the model
    fixed("ST0017"),     // a mask that keeps the whole value
    fixed("ST0019"),     // a second `Debug` beside the redacting one
    fixed("ST0020"),     // a call that may change something and does not say so
    fixed("ST0021"),     // an act that can't be undone, and nobody is asked
    escapable("ST0025"), // a recipient that may come from anywhere
    fixed("ST0026"),     // a handle whose type is none
    fixed("ST0027"),     // a set that can read, learn and send, and no answer to that
    fixed("ST0028"),     // two tools whose names look alike
    fixed("ST0029"),     // a name that can't be a tool's or an argument's
    // No scope, one that means everything, or one that the API does not declare.
    fixed("ST0032"),
    escapable("ST0034"), // an effect without a rate, or a limit that contradicts itself
    fixed("ST0040"),     // a signature that proves less than it seems to
    fixed("ST0041"),     // a pattern that does not mean what it says
    fixed("ST0042"),     // a wire form that lets undeclared values in
    fixed("ST0043"),     // an argument that takes tokens which no answer gives
    fixed("ST0100"),     // an unknown word
    fixed("ST0101"),     // an argument that does not fit its place
    fixed("ST0102"),     // a word that is missing, said twice or malformed
    fixed("ST0103"),     // an address, path or header that can't be sent
    fixed("ST0104"),     // an item that the derive can't take
    fixed("ST0105"),     // a rule that can't be set aside like this
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

/// ST0004; what else can be wrong with a domain is said by the runtime's constants.
pub(crate) fn domain(flaw: &DomainFlaw<'_>) -> Message {
    Message::new(
        "ST0004",
        match flaw {
            DomainFlaw::NoDomains => "there is no domain, so no address could ever be taken; write `domains(\"shop.example\")`".to_owned(),
            DomainFlaw::Suffix { domain } => format!(
                "anyone can register a name below `{domain}` (it is a public suffix, or names below it are), so it would let every host of an attacker in; write the name that was registered, such as `shop.{domain}`"
            ),
        },
    )
}

/// ST0005
pub(crate) fn not_https() -> Message {
    Message::new(
        "ST0005",
        "this is no https address, so anyone on the way could read and change what is sent; write `url = \"https://…\"`",
    )
}

/// ST0007
pub(crate) fn userinfo() -> Message {
    Message::new(
        "ST0007",
        "the address holds a user name, which leaks a credential and can disguise the host; take the part before `@` out and write `auth(bearer = \"NAME_OF_SECRET\")`",
    )
}

/// ST0013: never shows the literal.
pub(crate) fn secret_literal() -> Message {
    Message::new(
        "ST0013",
        "this literal looks like a secret, and it would stand in the source and in the binary; put it into the secret store, revoke it if it was ever committed, and write its name: `auth(bearer = \"NAME_OF_SECRET\")`",
    )
}

/// ST0015
pub(crate) fn trusted_by_nobody() -> Message {
    Message::new(
        "ST0015",
        "`trusted` does not say who writes this field, and what anyone can write grounds nothing; write `trusted, written_by = provider`, `trusted, written_by = principal` or `trusted(if sender = principal)`",
    )
}

/// ST0016
pub(crate) fn secret_is_kept(name: &str) -> Message {
    Message::new(
        "ST0016",
        format!(
            "`{name}` is secret and would reach the model; write `drop`, `hash`, `tokenize`, or a `mask` or `generalize` that keeps at most four characters beside `secret`"
        ),
    )
}

/// ST0017
pub(crate) fn mask_keeps_all(kept: u32, longest: u32) -> Message {
    Message::new(
        "ST0017",
        format!(
            "the mask keeps {kept} characters of a value that has at most {longest}, so it masks nothing or everything; keep fewer, or write `drop`"
        ),
    )
}

/// ST0017
pub(crate) fn step_keeps_all() -> Message {
    Message::new(
        "ST0017",
        "a range of one number is that number, so nothing is made less exact; write a wider one, such as `generalize(step = 100)`",
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
                    "{what} may change something, and without its effect it would run unasked; write `effect = write`, `destructive`, `financial`, or `read(reason = \"…\")`"
                )
            }
            EffectFlaw::ReadWithoutReason { what } => {
                format!(
                    "{what} usually changes something, and a wrong `read` lets it run unasked; write `effect = read(reason = \"…\")` with why it only reads, or `effect = write`"
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
                format!("a {effect} act can't be taken back, and nothing says when a person is asked; write `confirm = always`, `confirm = when_ungrounded` or `confirm = never(reason = \"…\")`")
            }
            ConfirmFlaw::NeverWithoutReason => {
                "`confirm = never` does not say why nobody has to be asked, and a hijacked model acts at once; write `confirm = never(reason = \"…\")` or `confirm = when_ungrounded`".to_owned()
            }
            ConfirmFlaw::NoCap => {
                "a financial tool without a cap can send any sum, also to a legitimate payee; write `#[secure(cap(per_call = …, per_day = …))]` on the amount".to_owned()
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
            "`{shown}` can't be a name that a model reads, because it could hide text or look like another; take 1 to 128 of the letters, digits and signs `A-Za-z0-9_.-`, or write `name = \"…\"` (of a field: `#[serde(rename = \"…\")]`)"
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
                "there is no scope, so an agent could not be granted less than everything; write `scopes(\"orders:read\")`".to_owned()
            }
            ScopeFlaw::Omnibus { scope } => {
                format!(
                    "scope `{scope}` means everything, so a hijacked tool may do everything; name what is needed, such as `scopes(\"orders:read\")`"
                )
            }
            ScopeFlaw::NotOne { scope } => {
                format!(
                    "scope `{scope}` is not one word of visible ASCII, so a token endpoint would grant something else; name each scope alone, such as `scopes(\"orders:read\", \"orders:write\")`"
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
    /// `inner` may take longer than `outer`, which it is a part of.
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
                format!("{what} is zero, so no call could ever be made; write a number above zero, or leave it out for the default")
            }
            LimitFlaw::Burst { most } => {
                format!("this burst is more than sixty times the rate, so the rate limits nothing; write a burst of at most {most}")
            }
            LimitFlaw::CapAboveDay => {
                "one call may spend more than a day, so one of the two numbers means nothing; write `per_call` no higher than `per_day`"
                    .to_owned()
            }
            LimitFlaw::Longer { inner, outer } => {
                format!(
                    "`{inner}` is a part of `{outer}` and longer than it, so one of the two numbers means nothing; write `{inner}` no higher than `{outer}`"
                )
            }
            LimitFlaw::TooManyRetries { most } => {
                format!(
                    "so many retries fit no deadline, because each waits twice as long as the one before; write at most `retries = {most}`"
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
            "{what}; leave `covers` out for the default, or write `covers(\"@status\", \"@method;req\", \"@authority;req\", \"@path;req\", \"@query;req\")`, or fewer with `reason = \"…\"`"
        ),
    )
}

/// ST0040
pub(crate) fn two_jobs() -> Message {
    Message::new(
        "ST0040",
        "this secret is the credential too, which is sent, so whoever sees one request could sign the next; write the name of another secret",
    )
}

/// ST0041
#[derive(Debug)]
pub(crate) enum PatternFlaw {
    Empty,
    Anchor,
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
            PatternFlaw::Empty => "the pattern is empty, so it says nothing; write one such as `[a-z0-9-]{1,40}`".to_owned(),
            PatternFlaw::Anchor => {
                "the pattern is matched against the whole value, so `^`, `$`, `\\A`, `\\z` and `\\b` have no place in it, and one of them in a single alternative would let the others match anything; write `[a-z0-9-]{1,40}`".to_owned()
            }
            PatternFlaw::DomainInClass => {
                "a class in brackets stands for one character, so this one does not match the host name it holds; write `(?:shop\\.example)`".to_owned()
            }
            PatternFlaw::Slow => {
                "look-around and back-references are left out, because a text can be made on which they take for ever; say it without them, as in `[a-z0-9-]{1,40}`".to_owned()
            }
            PatternFlaw::Syntax(why) => {
                format!("the pattern can't be compiled ({why}), so it would check nothing; write one such as `[a-z0-9-]{{1,40}}`")
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
                "`alias` gives one field two names, so a check of the one can be passed by the other; keep one name, with `#[serde(rename = \"…\")]`"
            }
            WireFlaw::Flatten => {
                "`flatten` lets fields in that nobody declared here, so they have no label; write the fields out, or nest the struct"
            }
            WireFlaw::Untagged => {
                "`untagged` lets the value decide which type it is, so a check of the one can be passed by the other; take `#[serde(tag = \"…\")]`"
            }
            WireFlaw::Other => {
                "`other` accepts every value that nobody declared; list the variants, or take a newtype over `String` with a pattern"
            }
            WireFlaw::Twice => {
                "two fields have this name on the wire, so a check of the one can be passed by the other; rename one"
            }
            WireFlaw::From => {
                "`from` and `try_from` give this type the wire form of another, which has no label here; derive `SecureValue` on that type and use it, or make a newtype"
            }
        },
    )
}

/// ST0100
pub(crate) fn unknown_word(word: &str, known: &[(&'static str, &'static str)]) -> Message {
    if word == "recursive" {
        return Message::new(
            "ST0100",
            "`recursive` stands on the field that closes the circle, not on the type; write `#[secure(recursive)]` there",
        );
    }
    unknown(word, known.iter().map(|(word, _)| *word))
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
                "`{word}` has no meaning here, and a rule that is not read protects nothing; put it on a field or on the type"
            ),
        );
    }
    let instead = if let Some(near) = nearest(word, known.clone()) {
        format!("did you mean `{near}`?")
    } else {
        let list: Vec<String> =
            known.filter(|word| *word != "crate").map(|word| format!("`{word}`")).collect();
        format!("known are {}", list.join(", "))
    };
    Message::new(
        "ST0100",
        format!(
            "`{word}` is no word here, and a rule that is misspelt protects nothing; {instead}"
        ),
    )
}

/// ST0102
pub(crate) fn missing(what: &str, why: &str, write: &str) -> Message {
    Message::new("ST0102", format!("{what} is missing: {why}; write `{write}`"))
}

/// ST0102
pub(crate) fn said_twice(word: &str) -> Message {
    Message::new(
        "ST0102",
        format!("`{word}` is said twice, and only one of them could hold; take one out"),
    )
}

/// ST0102
pub(crate) fn conflict(a: &str, b: &str) -> Message {
    Message::new(
        "ST0102",
        format!("{a} and {b} exclude each other, and only one of them could hold; take one out"),
    )
}

/// ST0102
pub(crate) fn malformed(word: &str, usage: &str) -> Message {
    Message::new(
        "ST0102",
        format!(
            "`{word}` can't be read like this, and a rule that is not read protects nothing; write `{usage}`"
        ),
    )
}

/// ST0102
pub(crate) fn no_reason(word: &str, write: &str) -> Message {
    Message::new(
        "ST0102",
        format!(
            "`{word}` has no reason, and the next reader can't tell a decision from a mistake; write `{write}`"
        ),
    )
}

/// ST0103
pub(crate) fn address(what: &str) -> Message {
    Message::new(
        "ST0103",
        format!(
            "{what}, and the request could reach another place than the one that was reviewed; write `https://host/path` for an API and `/path/{{field}}` for a tool"
        ),
    )
}

/// ST0103
pub(crate) fn template_field(field: &str, near: Option<&str>) -> Message {
    let instead = near.map_or_else(
        || "add the field, or take it out of the path".to_owned(),
        |near| format!("write `{{{near}}}`"),
    );
    Message::new(
        "ST0103",
        format!(
            "the path names `{{{field}}}`, but no field of this struct has that name, so the path could not be filled; {instead}"
        ),
    )
}

/// ST0103
pub(crate) fn optional_in_path(field: &str) -> Message {
    Message::new(
        "ST0103",
        format!(
            "`{field}` stands in the path but may be absent, so the call would reach another resource; take `default` and `skip` off it"
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
            "`{derive}` stands on a struct without fields, because it declares and holds nothing; write `pub struct Name;`"
        ),
    )
}

/// ST0104
pub(crate) fn not_named_fields(derive: &str) -> Message {
    Message::new(
        "ST0104",
        format!(
            "`{derive}` stands on a struct with named fields, because every field needs a name to have a rule; write `pub struct Name {{ … }}`"
        ),
    )
}

/// ST0104
pub(crate) fn not_a_value() -> Message {
    Message::new(
        "ST0104",
        "`SecureValue` stands on a newtype, an enum or a struct with named fields, because every field needs a name to have a rule; write `pub struct Name(Inner);` or `pub struct Name { … }`",
    )
}

/// ST0104
pub(crate) fn tuple_variant() -> Message {
    Message::new(
        "ST0104",
        "a variant holds nothing, one value, or named fields, because every field needs a name to have a rule; name the fields",
    )
}

/// ST0104
pub(crate) fn no_name_to_label() -> Message {
    Message::new(
        "ST0104",
        "a value without a name can't carry a rule of its own, because nothing could be said to break it; name the field, or put the rule on its type",
    )
}

/// ST0104
pub(crate) fn only_newtypes(word: &str) -> Message {
    Message::new(
        "ST0104",
        format!(
            "`{word}` stands on a newtype, because it speaks of one text or number; write `pub struct Name(String);`, or put it on a field"
        ),
    )
}

/// ST0104
pub(crate) fn generics(derive: &str) -> Message {
    Message::new(
        "ST0104",
        format!(
            "`{derive}` takes no type, lifetime or constant parameters, because one policy must hold for every use; write the type out"
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
                "`{code}` is the code of no rule, so nothing would be set aside; write the code that the error shows, such as `ST0012`"
            ),
            EscapeFlaw::Fixed { code } => {
                format!(
                    "`{code}` can't be set aside here, because a tool that breaks it protects nothing; write what its message says"
                )
            }
            EscapeFlaw::NoReason { code } => format!(
                "`allow({code})` has no reason, and a reviewer can't tell a decision from a mistake; write `allow({code}, reason = \"…\")`"
            ),
            EscapeFlaw::Idle { code } => format!(
                "`allow({code})` sets nothing aside, and would hide a later mistake; take it out"
            ),
        },
    )
}
