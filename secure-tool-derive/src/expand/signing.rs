//! `sign` and `verify` of an API: the fields of its spec.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::model::{Scheme, Sign, Verify};

pub(super) fn sign(sign: Option<&Sign>) -> Option<TokenStream> {
    let Sign { scheme: how, secret, key_id, tag } = sign?;
    let how = scheme(*how);
    Some(
        quote!(sign: ::core::option::Option::Some(__secure_tool_p::Sign { scheme: #how, secret: #secret, key_id: #key_id, tag: #tag }),),
    )
}

pub(super) fn verify(verify: Option<&Verify>) -> Option<TokenStream> {
    let Verify { scheme: how, keys, tag, covers, reason, max_age, skew } = verify?;
    let how = scheme(*how);
    let keys = keys.iter().map(|(id, secret)| quote!((#id, #secret)));
    let seconds = |name: TokenStream, value: &Option<u32>| {
        value.map(Literal::u32_unsuffixed).map(|value| quote!(#name: #value,))
    };
    let (max_age, skew) = (seconds(quote!(max_age), max_age), seconds(quote!(skew), skew));
    Some(quote!(verify: ::core::option::Option::Some(__secure_tool_p::Verify {
        scheme: #how,
        keys: &[#(#keys),*],
        tag: #tag,
        covers: &[#(#covers),*],
        reason: #reason,
        #max_age
        #skew
        ..__secure_tool_p::Verify::DEFAULT
    }),))
}

fn scheme(scheme: Scheme) -> TokenStream {
    match scheme {
        Scheme::Own => quote!(__secure_tool_p::Scheme::Own),
        Scheme::Rfc9421(algorithm) => {
            let algorithm = algorithm.ident();
            quote!(__secure_tool_p::Scheme::#algorithm)
        }
    }
}
