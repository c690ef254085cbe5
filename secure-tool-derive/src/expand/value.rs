//! Expands `SecureResponse` and `SecureValue`: a shape.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::{at, block, debug, field, option};
use crate::model::{Body, Newtype, Tagging, Value, Variant, VariantBody};

pub(crate) fn value(value: &Value) -> TokenStream {
    let ident = &value.head.ident;
    let mut constants = TokenStream::new();
    let shape = match &value.body {
        Body::Record { fields } => {
            constants = field::constants(fields);
            let (name, list) = (ident.to_string(), field::list(fields, 0));
            constants.extend(record(&quote!(__SECURE_TOOL_RECORD), &name, &list));
            quote!(&__secure_tool_p::Shape::Record(&__SECURE_TOOL_RECORD))
        }
        Body::Newtype(one) => {
            let (named, span) = (newtype(&ident.to_string(), one), at(one.ty.span()));
            constants = quote_spanned! {span=>
                const __SECURE_TOOL_NAMED: __secure_tool_p::Named = #named;
                const _: () = __secure_tool_p::check::newtype_fits(&__SECURE_TOOL_NAMED);
            };
            quote!(&__secure_tool_p::Shape::Named(&__SECURE_TOOL_NAMED))
        }
        Body::Choice { names } => quote!(&__secure_tool_p::Shape::Choice(&[#(#names),*])),
        Body::Variants { tagging, variants, .. } => enumeration(tagging, variants, &mut constants),
    };
    let response = value
        .response
        .then(|| quote_spanned!(at(ident.span())=> #[automatically_derived] impl __secure_tool_p::SecureResponse for #ident {}));
    let debug = value.debug.then(|| debug::redacting(value));
    let reader = debug::reader_of(value);
    block(
        &value.head.krate,
        &quote! {
            #constants
            #[automatically_derived]
            impl __secure_tool_p::SecureValue for #ident {
                const SHAPE: &'static __secure_tool_p::Shape = #shape;
            }
            #response
            #debug
            #reader
        },
    )
}

/// A record, with the facts about its fields gathered once.
fn record(constant: &TokenStream, name: &str, list: &TokenStream) -> TokenStream {
    quote!(const #constant: __secure_tool_p::Record = __secure_tool_p::Record::new(#name, #list);)
}

fn newtype(name: &str, newtype: &Newtype) -> TokenStream {
    let Newtype { snake, handle, closed, .. } = newtype;
    // A kind that is not declared is built in the developer's package and contains its name.
    let kind = newtype.kind.as_ref().map_or_else(
        || quote!(::core::concat!(::core::module_path!(), "::", #snake)),
        |kind| quote!(#kind),
    );
    let pattern = newtype.pattern.as_ref();
    let text = option(pattern.map(|pattern| {
        let text = &pattern.text;
        quote!(#text)
    }));
    let max = option(pattern.and_then(|pattern| pattern.max).map(|max| {
        let max = Literal::u32_unsuffixed(max);
        quote!(#max)
    }));
    let inner = field::shape(&newtype.ty, newtype.recursive);
    quote! {
        __secure_tool_p::Named {
            kind: __secure_tool_p::Kind::Nominal(#kind),
            name: #name,
            handle: #handle,
            pattern: #text,
            max_length: #max,
            closed: #closed,
            inner: #inner,
            ..__secure_tool_p::Named::DEFAULT
        }
    }
}

fn enumeration(
    tagging: &Tagging,
    variants: &[Variant],
    constants: &mut TokenStream,
) -> TokenStream {
    let tagging = match tagging {
        Tagging::External => quote!(External),
        Tagging::Internal { tag } => quote!(Internal { tag: #tag }),
        Tagging::Adjacent { tag, content } => quote!(Adjacent { tag: #tag, content: #content }),
    };
    let mut next = 0;
    let mut all = TokenStream::new();
    for (nth, variant) in variants.iter().enumerate() {
        let (name, rust) = (&variant.name, variant.ident.to_string());
        let shape = match &variant.body {
            VariantBody::Unit => quote!(&__secure_tool_p::Shape::Empty),
            VariantBody::Newtype { ty, recursive } => field::shape(ty, *recursive),
            VariantBody::Struct(fields) => {
                constants
                    .extend((next..).zip(fields).map(|(index, one)| field::constant(index, one)));
                let list = field::list(fields, next);
                next += fields.len();
                let constant = format_ident!("__SECURE_TOOL_RECORD_{nth}");
                constants.extend(record(&quote!(#constant), &rust, &list));
                quote!(&__secure_tool_p::Shape::Record(&#constant))
            }
        };
        all.extend(quote!(__secure_tool_p::Variant { name: #name, shape: #shape },));
    }
    quote! {
        &__secure_tool_p::Shape::Variants(&__secure_tool_p::Variants { tagging: __secure_tool_p::Tagging::#tagging, variants: &[#all] })
    }
}
