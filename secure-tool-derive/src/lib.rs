//! The derives of secure-tool.

mod attr;
mod check;
mod codes;
mod diagnostics;
mod expand;
mod fallback;
mod model;
mod spelling;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;
use syn::DeriveInput;

use crate::diagnostics::Errors;

/// The three steps: as written, as meant, tokens; the mistakes of all of an item at once, beside a stub that keeps rustc quiet.
fn run<W, M>(
    input: TokenStream,
    read: impl FnOnce(&DeriveInput, &mut Errors) -> W,
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
    match errors.finish(meant) {
        Ok(meant) => expand(&meant).into(),
        Err(mut tokens) => {
            tokens.extend(fallback(&written));
            tokens.into()
        }
    }
}

/// Declares one provider, on a struct without fields.
#[proc_macro_derive(SecureApi, attributes(secure))]
pub fn secure_api(input: TokenStream) -> TokenStream {
    run(input, attr::Api::read, check::api, expand::api, fallback::api)
}

/// Declares one tool, on the struct of its arguments.
#[proc_macro_derive(SecureTool, attributes(secure))]
pub fn secure_tool(input: TokenStream) -> TokenStream {
    run(input, attr::Tool::read, check::tool, expand::tool, fallback::tool)
}

/// Declares the answer of a tool, on a struct with named fields.
#[proc_macro_derive(SecureResponse, attributes(secure))]
pub fn secure_response(input: TokenStream) -> TokenStream {
    run(input, |input, errors| attr::Value::read(input, true, errors), check::value, expand::value, fallback::value)
}

/// Declares a value inside arguments or answers, on a newtype, an enum or a struct with named fields.
#[proc_macro_derive(SecureValue, attributes(secure))]
pub fn secure_value(input: TokenStream) -> TokenStream {
    run(input, |input, errors| attr::Value::read(input, false, errors), check::value, expand::value, fallback::value)
}

/// Declares the tools of an agent, on a struct without fields.
#[proc_macro_derive(SecureToolset, attributes(secure))]
pub fn secure_toolset(input: TokenStream) -> TokenStream {
    run(input, attr::Toolset::read, check::toolset, expand::toolset, fallback::toolset)
}
