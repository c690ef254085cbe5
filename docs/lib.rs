//! The guide: its pages are in `src`, and their code blocks are the doctests of this package.
//!
//! `shop` declares the tools and the server that the code blocks share. `shop-bot` is the package
//! that the tutorial builds. The tests in `tests` check links, anchors and generated pages.

pub mod shop;

/// Makes the code blocks of each page doctests of this package.
macro_rules! pages {
    ($($name:ident = $path:literal,)+) => {
        $(#[cfg(doctest)]
        #[doc = include_str!($path)]
        mod $name {})+
    };
}

pages! {
    readme = "../README.md",
    introduction = "src/introduction.md",
    getting_started = "src/getting-started.md",
    pipeline = "src/concepts/pipeline.md",
    labels_and_provenance = "src/concepts/labels-and-provenance.md",
    approvals = "src/concepts/approvals.md",
    oauth = "src/tasks/oauth.md",
    secrets = "src/tasks/secrets.md",
    approvals_web = "src/tasks/approvals-web.md",
    logging_and_auditing = "src/tasks/logging-and-auditing.md",
    testing = "src/tasks/testing.md",
    local_server = "src/tasks/local-server.md",
    handlers = "src/tasks/handlers.md",
    final_answer = "src/tasks/final-answer.md",
    injection = "src/tasks/injection.md",
    personal_data = "src/tasks/personal-data.md",
    words = "src/reference/words.md",
    errors = "src/reference/errors.md",
    attacks = "src/security/attacks.md",
    transport = "src/security/transport.md",
    measurements = "src/security/measurements.md",
    keys = "src/security/keys.md",
    failures = "src/security/failures.md",
}
