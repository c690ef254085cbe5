//! Expands `SecureApi`: one constant.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use super::{block, pairs, rate, signing};
use crate::model::{Api, Auth, Breaker, Redirects, Retries, Traffic};

pub(crate) fn api(api: &Api) -> TokenStream {
    let Api { head, url, scopes, receives, reviewed, .. } = api;
    let (ident, description, name) = (&head.ident, &head.description, head.ident.to_string());
    let (auth, headers, rate) = (auth(&api.auth), pairs(&api.headers), rate(api.rate.as_ref()));
    let redirects = api
        .redirects
        .as_ref()
        .map(|Redirects { most, to }| quote!(redirects: __secure_tool_p::Redirects { most: #most, to: &[#(#to),*] },));
    let traffic = traffic(&api.traffic);
    let (sign, verify) = (signing::sign(api.sign.as_ref()), signing::verify(api.verify.as_ref()));
    let receives = receives.iter().map(|class| class.ident());
    block(
        &head.krate,
        &quote! {
            #[automatically_derived]
            #[allow(clippy::needless_update)] // an API may declare every field
            impl __secure_tool_p::SecureApi for #ident {
                const SPEC: &'static __secure_tool_p::ApiSpec = &__secure_tool_p::ApiSpec {
                    name: #name,
                    description: #description,
                    url: #url,
                    scopes: &[#(#scopes),*],
                    auth: #auth,
                    headers: #headers,
                    receives: &[#(__secure_tool_p::Class::#receives),*],
                    reviewed: #reviewed,
                    rate: #rate,
                    #redirects
                    traffic: #traffic,
                    #sign
                    #verify
                    ..__secure_tool_p::ApiSpec::DEFAULT
                };
            }
        },
    )
}

fn auth(auth: &Auth) -> TokenStream {
    match auth {
        Auth::None { reason } => quote!(__secure_tool_p::Auth::None { reason: #reason }),
        Auth::Bearer { secret } => quote!(__secure_tool_p::Auth::Bearer { secret: #secret }),
        Auth::Header { header, secret } => {
            quote!(__secure_tool_p::Auth::Header { header: #header, secret: #secret })
        }
        Auth::OAuth2 { token_url, client_id, client_secret, client_auth } => {
            let client_auth = client_auth.ident();
            quote!(__secure_tool_p::Auth::OAuth2 {
                token_url: #token_url,
                client_id: #client_id,
                client_secret: #client_secret,
                client_auth: __secure_tool_p::ClientAuth::#client_auth,
            })
        }
    }
}

fn traffic(traffic: &Traffic) -> TokenStream {
    let concurrency = traffic.concurrency.map(|most| {
        let most = Literal::u32_unsuffixed(most);
        quote!(concurrency: #most,)
    });
    let retries = traffic.retries.as_ref().map(|Retries { most, base_millis }| {
        let most = Literal::u32_unsuffixed(*most);
        let base = match base_millis.map(Literal::u64_unsuffixed) {
            Some(millis) => quote!(::core::time::Duration::from_millis(#millis)),
            None => quote!(__secure_tool_p::Retries::BASE),
        };
        quote!(retries: ::core::option::Option::Some(__secure_tool_p::Retries { most: #most, base: #base }),)
    });
    let breaker = traffic.breaker.as_ref().map(|Breaker { failures, seconds }| {
        let (failures, seconds) = (Literal::u32_unsuffixed(*failures), Literal::u64_unsuffixed(*seconds));
        quote!(breaker: __secure_tool_p::Breaker { failures: #failures, rest: ::core::time::Duration::from_secs(#seconds) },)
    });
    let gzip = traffic.gzip.then(|| quote!(gzip: true,));
    if concurrency.is_none() && retries.is_none() && breaker.is_none() && gzip.is_none() {
        return quote!(__secure_tool_p::Traffic::DEFAULT);
    }
    quote!(__secure_tool_p::Traffic { #concurrency #retries #breaker #gzip ..__secure_tool_p::Traffic::DEFAULT })
}
