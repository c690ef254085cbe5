//! Expands `SecureTool`: a spec, the code, and the rules between types.

use proc_macro2::{Ident, Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::{at, block, debug, field, option, pairs, rate};
use crate::model::{Confirm, Header, Limit, PathPart, Select, Tool, Work};

pub(crate) fn tool(tool: &Tool) -> TokenStream {
    let (ident, response, apis) = (&tool.head.ident, &tool.response, &tool.apis);
    let fields = field::constants(&tool.fields);
    let (rules, reader) = (rules(tool), debug::reader(ident, &tool.fields));
    let spec = spec(tool);
    let (record, list) = (tool.head.ident.to_string(), field::list(&tool.fields, 0));
    let function = Ident::new(
        if matches!(tool.work, Work::Handler) { "handler" } else { "http" },
        at(response.span()),
    );
    let code =
        quote_spanned!(at(response.span())=> __secure_tool_p::#function::<#ident, #response>());
    let apis = apis
        .iter()
        .map(|api| quote_spanned!(at(api.span())=> <#api as __secure_tool_p::SecureApi>::SPEC));
    block(
        &tool.head.krate,
        &quote! {
            #fields
            const __SECURE_TOOL_APIS: &[&__secure_tool_p::ApiSpec] = &[#(#apis),*];
            const __SECURE_TOOL_CODE: (__secure_tool_p::Code, &__secure_tool_p::Shape) = #code;
            const __SECURE_TOOL_ARGUMENTS: __secure_tool_p::Record = __secure_tool_p::Record::new(#record, #list);
            static __SECURE_TOOL_SPEC: __secure_tool_p::ToolSpec = #spec;
            #[automatically_derived]
            impl __secure_tool_p::SecureTool for #ident {
                type Response = #response;
                const TOOL: __secure_tool_p::Tool = __secure_tool_p::Tool::new(&__SECURE_TOOL_SPEC, __SECURE_TOOL_CODE.0);
            }
            #rules
            #reader
        },
    )
}

fn spec(tool: &Tool) -> TokenStream {
    let (name, description) = (&tool.name, &tool.head.description);
    let (work, confirm, limits, rate) =
        (work(&tool.work), confirm(&tool.confirm), limits(&tool.limits), rate(tool.rate.as_ref()));
    let scopes = tool.scopes.iter().map(|(_, scope)| scope);
    let idempotency = option(tool.idempotency.as_ref().map(|Header { name, .. }| quote!(#name)));
    let select = option(tool.select.as_ref().map(|Select { query, style, .. }| {
        let style = style.ident();
        quote!(__secure_tool_p::Select { query: #query, style: __secure_tool_p::Style::#style })
    }));
    let (effect, egress) = (tool.effect.ident(), tool.egress);
    let (on_injection, spotlighting) = (tool.on_injection.ident(), tool.spotlighting.ident());
    let links = option(tool.links.map(|links| {
        let links = links.ident();
        quote!(__secure_tool_p::Links::#links)
    }));
    let escapes = tool.escapes.iter().map(|escape| {
        let (code, field, reason) = (&escape.code, &escape.field, &escape.reason);
        quote!(__secure_tool_p::Escape { code: #code, field: #field, reason: #reason })
    });
    quote! {
        __secure_tool_p::ToolSpec {
            name: #name,
            description: #description,
            work: #work,
            apis: __SECURE_TOOL_APIS,
            scopes: &[#(#scopes),*],
            effect: __secure_tool_p::Effect::#effect,
            egress: #egress,
            confirm: __secure_tool_p::Confirm::#confirm,
            rate: #rate,
            idempotency_key: #idempotency,
            select: #select,
            arguments: &__SECURE_TOOL_ARGUMENTS,
            response: __SECURE_TOOL_CODE.1,
            on_injection: __secure_tool_p::OnInjection::#on_injection,
            spotlighting: __secure_tool_p::Spotlighting::#spotlighting,
            links: #links,
            limits: #limits,
            escapes: &[#(#escapes),*],
            removed: __secure_tool_p::Removed::NONE,
        }
    }
}

fn work(work: &Work) -> TokenStream {
    let Work::Http { method, path, headers } = work else {
        return quote!(__secure_tool_p::Work::Handler);
    };
    let (method, headers) = (method.ident(), pairs(headers));
    let path = path.iter().map(|part| match part {
        PathPart::Literal(text) => quote!(__secure_tool_p::PathPart::Literal(#text)),
        PathPart::Field(name) => quote!(__secure_tool_p::PathPart::Field(#name)),
    });
    quote! {
        __secure_tool_p::Work::Http(__secure_tool_p::Route { method: __secure_tool_p::Method::#method, path: &[#(#path),*], headers: #headers })
    }
}

fn confirm(confirm: &Confirm) -> TokenStream {
    match confirm {
        Confirm::Always => quote!(Always),
        Confirm::WhenUngrounded => quote!(WhenUngrounded),
        Confirm::Never { reason } => quote!(Never { reason: #reason }),
    }
}

fn limits(limits: &[Limit]) -> TokenStream {
    if limits.is_empty() {
        return quote!(__secure_tool_p::Limits::DEFAULT);
    }
    let limits = limits.iter().map(|limit| match limit {
        Limit::Count(name, number) => {
            let (name, number) =
                (Ident::new(name, Span::call_site()), Literal::u64_unsuffixed(*number));
            quote!(#name: #number)
        }
        Limit::Seconds(name, number) => {
            let (name, number) =
                (Ident::new(name, Span::call_site()), Literal::u64_unsuffixed(*number));
            quote!(#name: ::core::time::Duration::from_secs(#number))
        }
        Limit::SomeSeconds(name, number) => {
            let (name, number) =
                (Ident::new(name, Span::call_site()), Literal::u64_unsuffixed(*number));
            quote!(#name: ::core::option::Option::Some(::core::time::Duration::from_secs(#number)))
        }
    });
    quote!(__secure_tool_p::Limits { #(#limits,)* ..__secure_tool_p::Limits::DEFAULT })
}

/// The rules between this tool and its APIs.
fn rules(tool: &Tool) -> TokenStream {
    let scopes = tool.scopes.iter().map(
        |(span, scope)| quote_spanned!(at(*span)=> const _: () = __secure_tool_p::check::scope_is_declared(#scope, __SECURE_TOOL_APIS);),
    );
    let rate =
        tool.needs_rate.map(|span| quote_spanned!(at(span)=> const _: () = __secure_tool_p::check::effect_has_a_rate(__SECURE_TOOL_APIS);));
    let headers = match &tool.work {
        Work::Http { headers, .. } => headers.as_slice(),
        Work::Handler => &[],
    };
    let headers = headers.iter().chain(&tool.idempotency).map(|Header { span, name, .. }| {
        quote_spanned!(at(*span)=> const _: () = __secure_tool_p::check::header_is_free(#name, __SECURE_TOOL_APIS);)
    });
    let (effect, confirm, list) =
        (tool.effect.ident(), confirm(&tool.confirm), field::list(&tool.fields, 0));
    let asked = quote_spanned! {at(tool.head.ident.span())=>
        const _: () = __secure_tool_p::check::someone_is_asked(__secure_tool_p::Effect::#effect, __secure_tool_p::Confirm::#confirm, #list);
    };
    let responded = quote_spanned! {at(tool.response.span())=>
        const _: () = __secure_tool_p::check::response_words_fit(__SECURE_TOOL_CODE.1);
    };
    let selected = tool.select.as_ref().map(|Select { span, style, .. }| {
        let style = style.ident();
        quote_spanned!(at(*span)=> const _: () = __secure_tool_p::check::select_fits(__SECURE_TOOL_CODE.1, __secure_tool_p::Style::#style);)
    });
    quote!(#(#scopes)* #rate #(#headers)* #asked #responded #selected)
}
