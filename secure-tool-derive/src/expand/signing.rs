//! `sign` and `verify` of an API: the fields of its spec.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::model::{Sign, Verify};

pub(super) fn sign(sign: Option<&Sign>) -> Option<TokenStream> {
    let Sign { algorithm, secret, key_id, tag } = sign?;
    let algorithm = algorithm.ident();
    Some(
        quote!(sign: ::core::option::Option::Some(__secure_tool_p::Sign { algorithm: __secure_tool_p::Algorithm::#algorithm, secret: #secret, key_id: #key_id, tag: #tag }),),
    )
}

pub(super) fn verify(verify: Option<&Verify>) -> Option<TokenStream> {
    let Verify { algorithm, keys, tag, covers, reason, max_age, skew } = verify?;
    let algorithm = algorithm.ident();
    let keys = keys.iter().map(|(id, secret)| quote!((#id, #secret)));
    let seconds = |name: TokenStream, value: &Option<u32>| {
        value.map(Literal::u32_unsuffixed).map(|value| quote!(#name: #value,))
    };
    let (max_age, skew) = (seconds(quote!(max_age), max_age), seconds(quote!(skew), skew));
    Some(quote!(verify: ::core::option::Option::Some(__secure_tool_p::Verify {
        algorithm: __secure_tool_p::Algorithm::#algorithm,
        keys: &[#(#keys),*],
        tag: #tag,
        covers: &[#(#covers),*],
        reason: #reason,
        #max_age
        #skew
        ..__secure_tool_p::Verify::DEFAULT
    }),))
}
