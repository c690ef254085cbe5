//! The promises of each stage, observed from outside: bytes on the wire, connections, audit
//! records. One file per stage.

mod admit;
mod arguments;
mod audit;
mod check;
mod confirm;
mod credentials;
mod egress;
mod failures;
mod fetch;
mod free_text;
mod ground;
mod handler;
mod inspect;
mod isolation;
mod judge;
mod keys;
mod limit;
mod limits;
mod links;
mod max;
mod neutralise;
mod oauth;
mod redact;
mod release;
mod select;
mod send;
mod spotlighting;
mod start;
mod tls;
mod tokens;
mod validate;
mod vault;
mod web_url;
mod wire;
