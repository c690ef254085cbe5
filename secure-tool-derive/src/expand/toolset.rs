//! Expands `SecureToolset`: the list of tools, and the rules about the set.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::{at, block};
use crate::model::{Toolset, Trifecta};

pub(crate) fn toolset(set: &Toolset) -> TokenStream {
    let (ident, name) = (&set.head.ident, set.head.ident.to_string());
    let tools = set
        .tools
        .iter()
        .map(|tool| quote_spanned!(at(tool.span())=> <#tool as __secure_tool_p::SecureTool>::TOOL));
    let trifecta = set.trifecta.map_or_else(
        || quote!(Absent),
        |answer: Trifecta| {
            let answer = answer.ident();
            quote!(#answer)
        },
    );
    let rules = quote_spanned! {at(set.word)=>
        const _: () = __secure_tool_p::check::names_differ(__SECURE_TOOL_TOOLS);
        const _: () = __secure_tool_p::check::handles_are_given_out(__SECURE_TOOL_TOOLS);
        const _: () = __secure_tool_p::check::tokens_are_given_out(__SECURE_TOOL_TOOLS);
        const _: () = __secure_tool_p::check::trifecta_is_answered(__SECURE_TOOL_TOOLS, __secure_tool_p::Trifecta::#trifecta);
    };
    block(
        &set.head.krate,
        &quote! {
            const __SECURE_TOOL_TOOLS: &[__secure_tool_p::Tool] = &[#(#tools),*];
            #[automatically_derived]
            impl __secure_tool_p::SecureToolset for #ident {
                const NAME: &'static str = #name;
                const TOOLS: &'static [__secure_tool_p::Tool] = __SECURE_TOOL_TOOLS;
                const TRIFECTA: __secure_tool_p::Trifecta = __secure_tool_p::Trifecta::#trifecta;
            }
            #rules
        },
    )
}
