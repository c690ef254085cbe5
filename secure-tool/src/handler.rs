//! What a tool that does its own work gets: a client for its declared APIs, and its declared secrets.

use std::fmt;
use std::marker::PhantomData;

/// What a handler gets.
#[derive(Debug)]
pub struct Context<'a>(PhantomData<&'a ()>);

/// Why a handler failed.
#[derive(Debug)]
pub struct HandlerError(&'static str);

impl HandlerError {
    pub(crate) fn internal(what: &'static str) -> Self {
        Self(what)
    }
}

impl fmt::Display for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}
