//! A `Debug` that hides confidential fields, and a closure that reads every field: rustc would
//! report fields that only the guard reads as dead code.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Member;

use super::at;
use crate::model::{Body, Field, Newtype, Value, VariantBody};

/// Writes `Debug` for a value with confidential fields and for every response.
pub(super) fn redacting(value: &Value) -> TokenStream {
    let (ident, name) = (&value.head.ident, value.head.ident.to_string());
    let body = match &value.body {
        Body::Record { fields } => one(&quote!(Self), &name, fields),
        Body::Variants { variants, skipped, .. } => {
            let arms = variants.iter().map(|variant| {
                let (variant_ident, name) = (&variant.ident, variant.ident.to_string());
                match &variant.body {
                    VariantBody::Unit => quote!(Self::#variant_ident => __secure_tool_f.write_str(#name),),
                    VariantBody::Newtype { .. } => {
                        quote!(Self::#variant_ident(__secure_tool_0) => __secure_tool_f.debug_tuple(#name).field((&__secure_tool_p::Show(__secure_tool_0)).shown()).finish(),)
                    }
                    VariantBody::Struct(fields) => one(&quote!(Self::#variant_ident), &name, fields),
                }
            });
            let rest = skipped.then(|| quote!(_ => __secure_tool_f.write_str(#name),));
            quote!(#(#arms)* #rest)
        }
        Body::Newtype(_) | Body::Choice { .. } => quote!(_ => __secure_tool_f.write_str(#name),),
    };
    implementation(ident, &quote!(match self { #body }))
}

/// Writes `Debug` for an item with mistakes: only the name.
pub(crate) fn hidden(ident: &Ident) -> TokenStream {
    let name = ident.to_string();
    implementation(ident, &quote!(__secure_tool_f.write_str(#name)))
}

fn implementation(ident: &Ident, body: &TokenStream) -> TokenStream {
    // At the type's name, where rustc reports a second `Debug`.
    quote_spanned! {at(ident.span())=>
        #[automatically_derived]
        impl ::core::fmt::Debug for #ident {
            fn fmt(&self, __secure_tool_f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                #[allow(unused_imports)]
                use __secure_tool_p::{ShowDebug as _, ShowDots as _};
                #body
            }
        }
    }
}

fn one(path: &TokenStream, name: &str, fields: &[Field]) -> TokenStream {
    let mut bindings = TokenStream::new();
    let mut calls = TokenStream::new();
    for (index, field) in fields.iter().enumerate() {
        let (member, shown) = (&field.member, member_name(&field.member));
        if field.is_sensitive() {
            calls.extend(quote!(.field(#shown, &::core::format_args!("[redacted]"))));
        } else {
            let span = at(field.span);
            let binding = format_ident!("__secure_tool_{index}", span = span);
            bindings.extend(quote!(#member: #binding,));
            calls.extend(
                quote_spanned!(span=> .field(#shown, (&__secure_tool_p::Show(#binding)).shown())),
            );
        }
    }
    quote!(#path { #bindings .. } => __secure_tool_f.debug_struct(#name) #calls .finish(),)
}

fn member_name(member: &Member) -> String {
    match member {
        Member::Named(name) => name.to_string().trim_start_matches("r#").to_owned(),
        Member::Unnamed(index) => index.index.to_string(),
    }
}

/// Reads every field of a struct.
pub(super) fn reader(ident: &Ident, fields: &[Field]) -> TokenStream {
    let members: Vec<&Member> = fields.iter().map(|field| &field.member).collect();
    reads(ident, &quote!(let _ = (#(&__secure_tool_it.#members,)*);))
}

/// Reads every field of a value.
pub(super) fn reader_of(value: &Value) -> TokenStream {
    let ident = &value.head.ident;
    match &value.body {
        Body::Record { fields } => reader(ident, fields),
        Body::Newtype(newtype) => {
            let Newtype { member, .. } = &**newtype;
            reads(ident, &quote!(let _ = &__secure_tool_it.#member;))
        }
        Body::Choice { .. } => TokenStream::new(),
        Body::Variants { variants, skipped, .. } => {
            let arms = variants.iter().map(|variant| {
                let variant_ident = &variant.ident;
                match &variant.body {
                    VariantBody::Unit => quote!(#ident::#variant_ident => {}),
                    VariantBody::Newtype { .. } => quote!(#ident::#variant_ident(__secure_tool_0) => { let _ = __secure_tool_0; }),
                    VariantBody::Struct(fields) => {
                        let members: Vec<&Member> = fields.iter().map(|field| &field.member).collect();
                        let bindings: Vec<Ident> = (0..members.len()).map(|index| format_ident!("__secure_tool_{index}")).collect();
                        quote!(#ident::#variant_ident { #(#members: #bindings,)* .. } => { let _ = (#(#bindings,)*); })
                    }
                }
            });
            let rest = skipped.then(|| quote!(_ => {}));
            reads(ident, &quote!(match __secure_tool_it { #(#arms)* #rest }))
        }
    }
}

fn reads(ident: &Ident, body: &TokenStream) -> TokenStream {
    quote! {
        const _: fn(&#ident) = |__secure_tool_it| { #body };
    }
}
