//! What each rule says to the operator: its id, the cause, and what to do.

use secure_tool::Stage;

/// The headings of the stages.
pub(crate) const OF_STAGE: &[(Stage, &str)] = &[
    (Stage::Admit, "Stage 1: admit"),
    (Stage::Arguments, "Stage 2: arguments"),
    (Stage::Validate, "Stage 3: validate"),
    (Stage::Ground, "Stage 4: ground"),
    (Stage::Limit, "Stage 5: limit"),
    (Stage::Confirm, "Stage 6: confirm"),
    (Stage::Send, "Stage 7: send"),
    (Stage::Check, "Stage 8: check"),
    (Stage::Inspect, "Stage 10: inspect"),
    (Stage::Neutralise, "Stage 11: neutralise"),
    (Stage::Audit, "Around all stages: audit"),
];

/// Rules by id: the cause, and what the operator should do.
pub(crate) const OPERATOR: &[(&str, &str, &str)] = &[
    (
        "admit.unknown_tool",
        "No tool has this name.",
        "Nothing, unless it is frequent: then check that the model was given `Session::tools`.",
    ),
    (
        "admit.not_granted",
        "The agent was not granted a scope that the tool needs.",
        "Add the scope to `Agent::grant` if the agent should have it.",
    ),
    (
        "admit.clearance",
        "The tool's response holds an unredacted field above the agent's clearance.",
        "Raise `Agent::clearance`, or redact the field.",
    ),
    (
        "admit.killed",
        "The tool or the whole guard was switched off.",
        "Call `Guard::revive` or `Guard::revive_all` when the reason is gone.",
    ),
    (
        "admit.attempts",
        "The agent made more attempts in a minute than `attempts_per_minute` allows. Default: 600.",
        "Look for a loop in the agent; raise the limit if the load is honest.",
    ),
    (
        "admit.busy",
        "The guard has more calls under way than `most_in_flight` allows. Default: 256.",
        "Look for a slow API; raise the limit if the load is honest.",
    ),
    (
        "admit.memory",
        "The calls under way use the memory of `Builder::memory`. Default: 256 MiB.",
        "Lower `response_bytes` of large tools, or raise the memory.",
    ),
    (
        "arguments.too_large",
        "The arguments are longer than `arguments_bytes`. Default: 64 KiB.",
        "Raise the limit on the tool if honest calls need it.",
    ),
    (
        "arguments.too_deep",
        "The arguments nest deeper than `arguments_depth`. Default: 16.",
        "Raise the limit on the tool if honest calls need it.",
    ),
    (
        "arguments.too_many_keys",
        "The arguments have more keys than `arguments_keys`. Default: 1,000.",
        "Raise the limit on the tool if honest calls need it.",
    ),
    (
        "arguments.duplicate_key",
        "An object has one key twice.",
        "Nothing; an honest model corrects it.",
    ),
    (
        "arguments.number_range",
        "A number is outside of what JSON libraries agree on.",
        "Nothing; an honest model corrects it.",
    ),
    (
        "arguments.characters",
        "A text has control, bidirectional or tag characters.",
        "Look for an injected text in the conversation.",
    ),
    (
        "arguments.malformed",
        "The text is not one JSON object.",
        "Check that the model's arguments reach `Session::call` unchanged.",
    ),
    (
        "validate.schema",
        "The arguments do not fit the tool's closed schema.",
        "Nothing; if it is frequent, describe the fields better in their doc comments.",
    ),
    (
        "validate.unknown_handle",
        "A handle was not issued in this session.",
        "Check that one conversation keeps one session.",
    ),
    (
        "validate.unknown_token",
        "A token was not issued in this session for this argument, or was altered.",
        "Check that one conversation keeps one session.",
    ),
    (
        "ground.ungrounded",
        "A value has no source: neither the user nor a trusted field.",
        "Look for an injection. Check that `user_said` gets what the user typed.",
    ),
    (
        "ground.trifecta",
        "Data would leave a session that read untrusted text and private data, and the toolset says `trifecta = deny`.",
        "Look for an injection. Use `trifecta = confirm` to let a person decide.",
    ),
    (
        "limit.tool_quota",
        "The agent used up the tool's `rate_limit`.",
        "Look for a loop; raise the limit if the load is honest.",
    ),
    (
        "limit.api_quota",
        "All agents together used up the API's `rate_limit`.",
        "Raise the limit if the provider allows more.",
    ),
    (
        "limit.circuit_open",
        "The API failed repeatedly, and its circuit breaker is open. Default: 30 seconds after 10 failures.",
        "Look at the API.",
    ),
    (
        "limit.quota_memory",
        "More quotas are in use than the guard remembers.",
        "Use fewer tenants and agent names per guard.",
    ),
    (
        "limit.call_cap",
        "The amount is above `cap(per_call = …)`.",
        "Nothing; a person makes larger payments outside of the agent.",
    ),
    (
        "limit.day_cap",
        "The amount is above what is left of `cap(per_day = …)`.",
        "Check the day's payments; raise the cap if they are honest.",
    ),
    ("confirm.denied", "A person denied this call.", "Ask the person why; look for an injection."),
    (
        "confirm.nobody_to_ask",
        "The call needs an approval, and the guard has no approver.",
        "Give the guard an approver with `Builder::approver`.",
    ),
    (
        "confirm.too_many_questions",
        "The session asked as often as `Builder::questions` allows. Default: 2.",
        "Look for a loop or an injection before you raise the limit.",
    ),
    (
        "confirm.expired",
        "No decision came within 10 minutes, or an approval was not used within 10 minutes.",
        "Show approvals where people see them.",
    ),
    (
        "confirm.quarantined",
        "A person denied two calls of this session, so it makes no more effects.",
        "Look for an injection. Start a new session.",
    ),
    (
        "confirm.too_long_to_show",
        "The arguments are longer than 8,000 bytes, so a person can't be shown all of them.",
        "Lower the length limits of the arguments.",
    ),
    (
        "send.unrecorded",
        "The intent could not be recorded. The effect was not made.",
        "Repair the audit sink: disk space, permissions.",
    ),
    ("send.changed", "The request is not the one that was approved.", "Report it as a bug."),
    (
        "send.unsendable",
        "A value can't stand in the path, the query or a header.",
        "Restrict the argument with a `pattern`.",
    ),
    (
        "send.credential",
        "No credential can be sent: it is missing or too old, or the token endpoint failed.",
        "Read the `credential` records of the audit.",
    ),
    ("send.dns", "The host does not resolve.", "Check the URL and the resolver."),
    (
        "send.address",
        "The host resolves to an IP address of special use, such as a private one.",
        "Check DNS. For a local server, see `dangerously_reach_host_at`.",
    ),
    ("send.connect", "No TCP connection.", "Check that the API is up and reachable."),
    (
        "send.tls",
        "The server did not prove who it is, or does not speak TLS 1.3.",
        "Read the record's `detail`: it names the kind of failure.",
    ),
    (
        "send.timeout",
        "A deadline passed: connect, first byte, rate or total.",
        "Read the record's `detail`; change `limits(…)` if the API is honest and slow.",
    ),
    (
        "send.crowded",
        "The API has as many requests under way as `concurrency` allows. Default: 32. Nothing was sent.",
        "Look for a slow API; raise `concurrency` if the provider allows it.",
    ),
    (
        "send.answer_too_large",
        "The response is longer than `response_bytes`. Default: 1 MiB.",
        "Ask the API for less, or raise the limit.",
    ),
    (
        "send.ratio",
        "The decoded response is more than `response_ratio` times as long as on the wire. Default: 100.",
        "Treat it as an attack until the API explains it.",
    ),
    (
        "send.encoding",
        "The response has a content coding that was not asked for, or broken gzip.",
        "Look at the API or at a proxy before it.",
    ),
    (
        "send.memory",
        "The responses under way use the memory of `Builder::memory`.",
        "Lower `response_bytes` of large tools, or raise the memory.",
    ),
    (
        "send.exchange",
        "The exchange broke: the connection ended, or the response was not valid HTTP.",
        "Look at the API or at a proxy before it.",
    ),
    (
        "send.effect_unknown",
        "An effect was sent, and its outcome is unknown. It is not retried.",
        "Find out at the API whether it was made. `audit::verify` lists the call.",
    ),
    ("send.handler", "The handler returned an error of its own.", "Read the record's `detail`."),
    (
        "check.signature",
        "The response has no valid signature of the API for this request.",
        "Check the keys; treat it as an attack until explained.",
    ),
    (
        "check.redirect",
        "The API redirected, and the redirect is not followed.",
        "Correct the URL, or declare `redirects(…)` for reads.",
    ),
    ("check.not_found", "The API returned 404 or 410.", "Nothing."),
    (
        "check.rejected",
        "The API returned another 4xx status.",
        "If it is 401 or 403, check the credential and its scopes.",
    ),
    ("check.throttled", "The API returned 429.", "Lower the `rate_limit` of the API."),
    ("check.failed", "The API returned 5xx, or a status that is not expected.", "Look at the API."),
    (
        "check.effect_made",
        "An effect was made, and its response can't be used.",
        "Read the record's `detail`; do not repeat the call.",
    ),
    (
        "check.content_type",
        "The response is not JSON.",
        "Check the path; streams are not supported.",
    ),
    (
        "check.drift",
        "The response is not of the declared type.",
        "Read the record's `detail`: it names the field. Adapt the type.",
    ),
    (
        "inspect.injection",
        "Flagged text stands in a field with `on_injection = refuse`.",
        "Look at the source of the text.",
    ),
    (
        "neutralise.no_nonce",
        "The system returned no random numbers, so the response can't be marked.",
        "Look at the machine.",
    ),
    (
        "neutralise.session_full",
        "The session remembers 20,000 values, which is its limit.",
        "Start a new session.",
    ),
    (
        "audit.unrecorded",
        "The outcome could not be recorded, so the response is withheld.",
        "Repair the audit sink. An effect may have been made.",
    ),
    (
        "audit.cancelled",
        "The caller dropped the call before it ended. An effect may have been made.",
        "Check the timeouts of your application.",
    ),
];
