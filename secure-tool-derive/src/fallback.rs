//! The stubs beside errors: every impl that a valid item has, so that rustc reports no
//! consequential errors.

use proc_macro2::TokenStream;
use quote::quote;

use crate::attr;
use crate::attr::words::Written;
use crate::check::snake;
use crate::expand::{block, hidden_debug};

pub(crate) fn api(written: &attr::Api) -> TokenStream {
    let (ident, name) = (&written.item.ident, written.item.ident.to_string());
    if written.item.generics.is_some() {
        return TokenStream::new();
    }
    block(
        &written.item.krate,
        &quote! {
            #[automatically_derived]
            impl __secure_tool_p::SecureApi for #ident {
                const SPEC: &'static __secure_tool_p::ApiSpec = &__secure_tool_p::ApiSpec { name: #name, ..__secure_tool_p::ApiSpec::BROKEN };
            }
        },
    )
}

pub(crate) fn tool(written: &attr::Tool) -> TokenStream {
    let ident = &written.item.ident;
    if written.item.generics.is_some() {
        return TokenStream::new();
    }
    let name = match &written.name {
        Written::Present(name) => name.value(),
        _ => snake(&ident.to_string()),
    };
    let response =
        written.response.as_ref().ok().map_or_else(|| quote!(()), |response| quote!(#response));
    block(
        &written.item.krate,
        &quote! {
            static __SECURE_TOOL_SPEC: __secure_tool_p::ToolSpec = __secure_tool_p::ToolSpec { name: #name, ..__secure_tool_p::ToolSpec::DEFAULT };
            #[automatically_derived]
            impl __secure_tool_p::SecureTool for #ident {
                type Response = #response;
                const TOOL: __secure_tool_p::Tool = __secure_tool_p::Tool::new(&__SECURE_TOOL_SPEC, __secure_tool_p::Code::broken());
            }
        },
    )
}

pub(crate) fn value(written: &attr::Value) -> TokenStream {
    let ident = &written.item.ident;
    if written.item.generics.is_some() {
        return TokenStream::new();
    }
    let response = written.response.then(
        || quote!(#[automatically_derived] impl __secure_tool_p::SecureResponse for #ident {}),
    );
    let debug = written.needs_debug().then(|| hidden_debug(ident));
    block(
        &written.item.krate,
        &quote! {
            #[automatically_derived]
            impl __secure_tool_p::SecureValue for #ident {
                const SHAPE: &'static __secure_tool_p::Shape = &__secure_tool_p::Shape::BROKEN;
            }
            #response
            #debug
        },
    )
}

pub(crate) fn toolset(written: &attr::Toolset) -> TokenStream {
    let (ident, name) = (&written.item.ident, written.item.ident.to_string());
    if written.item.generics.is_some() {
        return TokenStream::new();
    }
    block(
        &written.item.krate,
        &quote! {
            #[automatically_derived]
            impl __secure_tool_p::SecureToolset for #ident {
                const NAME: &'static str = #name;
                const TOOLS: &'static [__secure_tool_p::Tool] = &[];
                const TRIFECTA: __secure_tool_p::Trifecta = __secure_tool_p::Trifecta::Deny;
            }
        },
    )
}
