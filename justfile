# The commands of CONTRIBUTING.md, under short names. None of them is needed.

# What the change has to pass
ci:
    .ci/run

# The main job
quickstart:
    cargo run --example quickstart

test:
    cargo test --workspace

lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings

doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps

deny:
    cargo deny check -D warnings licenses bans sources

# Verifies a chain with the independent verifier
verify-audit file:
    python3 .ci/verify_audit.py {{file}}
