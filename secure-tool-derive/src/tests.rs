//! Tests the derives on tokens: the reported mistakes, and that every code has its cases.
#![allow(clippy::expect_used, clippy::panic, reason = "a test")]

use std::fs;
use std::path::Path;

use quote::quote;
use syn::DeriveInput;

use crate::codes::CODES;
use crate::diagnostics::Errors;
use crate::{attr, check, expand, fallback};

fn item(tokens: proc_macro2::TokenStream) -> DeriveInput {
    syn::parse2(tokens).expect("an item")
}

fn tool(tokens: proc_macro2::TokenStream) -> Vec<String> {
    let mut errors = Errors::default();
    let written = attr::Tool::read(&item(tokens), &mut errors);
    let _ = check::tool(&written, &mut errors);
    codes(&errors)
}

fn api(tokens: proc_macro2::TokenStream) -> Vec<String> {
    let mut errors = Errors::default();
    let written = attr::Api::read(&item(tokens), &mut errors);
    let _ = check::api(&written, &mut errors);
    codes(&errors)
}

fn value(tokens: proc_macro2::TokenStream) -> Vec<String> {
    let mut errors = Errors::default();
    let written = attr::Value::read(&item(tokens), false, &mut errors);
    let _ = check::value(&written, &mut errors);
    codes(&errors)
}

/// The codes of the mistakes, in order.
fn codes(errors: &Errors) -> Vec<String> {
    let mut codes: Vec<String> =
        errors.texts().iter().map(|text| text.chars().take(6).collect()).collect();
    codes.sort();
    codes
}

#[test]
fn eleven_mistakes_of_one_item_are_eleven_errors() {
    let codes = tool(quote! {
        #[secure(
            api = "Shop",
            post = "orders",
            scopes("*"),
            effect = wirte,
            egres,
            confirm = never,
            rate_limit(0 / minute),
            limits(deadline_seconds = 0),
            response = Order,
            response = Order,
            allow(ST9999, reason = "none"),
        )]
        struct PlaceOrder {
            #[secure(pattern = "^a$")]
            sku: String,
        }
    });
    let expected = [
        "ST0021", "ST0032", "ST0034", "ST0034", "ST0041", "ST0100", "ST0100", "ST0102", "ST0102",
        "ST0103", "ST0105",
    ];
    assert_eq!(codes, expected);
}

#[test]
fn a_word_that_is_misspelt_is_not_missing_too() {
    let codes = api(quote! {
        #[secure(ulr = "https://api.shop.example", scope("a:read"), auth(bearer), receives public)]
        struct Shop;
    });
    assert_eq!(codes, ["ST0100", "ST0100", "ST0102", "ST0102"]);
}

#[test]
fn all_that_is_missing_is_told_at_once() {
    assert_eq!(
        api(quote!(
            struct Shop;
        )),
        ["ST0102", "ST0102", "ST0102", "ST0102"]
    );
    assert_eq!(
        tool(quote!(
            struct Search {}
        )),
        ["ST0032", "ST0102", "ST0102", "ST0102"]
    );
}

#[test]
fn a_type_with_commas_in_angle_brackets_is_one_piece() {
    let codes = tool(quote! {
        #[secure(api = Shop, get = "/stock", scopes("stock:read"), response = BTreeMap<String, Vec<Stock>>)]
        struct Stock {}
    });
    assert_eq!(codes, Vec::<String>::new());
}

#[test]
fn a_value_says_one_thing_of_each_kind() {
    let codes = value(quote! {
        struct Record {
            #[secure(pii, secret, drop, hash)]
            a: String,
            #[secure(trusted)]
            b: u8,
            #[secure(trusted(if owner = principal))]
            c: u8,
            #[secure(handle, trusted, written_by = provider)]
            d: u8,
        }
    });
    assert_eq!(codes, ["ST0015", "ST0102", "ST0102", "ST0102", "ST0102"]);
}

#[test]
fn no_input_makes_a_derive_panic() {
    let words = [
        "url",
        "auth",
        "api",
        "get",
        "scopes",
        "effect",
        "rate_limit",
        "limits",
        "allow",
        "mask",
        "trusted",
        "cap",
        "any",
        "handle",
        "tools",
    ];
    let forms = [
        quote!(),
        quote!(= ),
        quote!(= 1),
        quote!(= "x"),
        quote!(()),
        quote!((,)),
        quote!((= , =)),
        quote!([1]),
        quote!((a / b, c = = d)),
        quote!(= x(y = z)),
    ];
    for word in words {
        for form in &forms {
            let word = quote::format_ident!("{word}");
            let attr = quote!(#[secure(#word #form, 7, , "x", #word #form)]);
            for body in [
                quote!(#attr struct A;),
                quote!(#attr struct A { #attr a: u8 }),
                quote!(#attr struct A(#attr u8);),
                quote!(#attr enum A { B(#attr u8, u8), C { #attr d: u8 } }),
                quote!(#attr union A { a: u8 }),
            ] {
                let item = item(body);
                let mut errors = Errors::default();
                let api = attr::Api::read(&item, &mut errors);
                let _ = (check::api(&api, &mut errors), fallback::api(&api));
                let tool = attr::Tool::read(&item, &mut errors);
                let _ = (check::tool(&tool, &mut errors), fallback::tool(&tool));
                let value = attr::Value::read(&item, false, &mut errors);
                let _ = (check::value(&value, &mut errors), fallback::value(&value));
                let set = attr::Toolset::read(&item, &mut errors);
                let _ = (check::toolset(&set, &mut errors), fallback::toolset(&set));
                assert!(errors.finish(Some(())).is_err());
            }
        }
    }
}

#[test]
fn a_tool_expands_to_few_and_hygienic_items() {
    let mut errors = Errors::default();
    let written = attr::Tool::read(
        &item(quote! {
            #[secure(crate = my::secure, api = Shop, get = "/a/{b}", scopes("a:read"), response = Order)]
            struct Get { #[secure(pattern = "[a-z]{1,3}")] b: String }
        }),
        &mut errors,
    );
    let meant = check::tool(&written, &mut errors);
    let text = expand::tool(&errors.finish(meant).expect("a tool")).to_string();
    assert!(text.contains("use my :: secure :: __private as __secure_tool_p"), "{text}");
    assert_eq!(text.matches("impl").count(), 1, "{text}");
    for (name, path) in [
        ("Some", ":: core :: option :: Option :: Some"),
        ("None", ":: core :: option :: Option :: None"),
    ] {
        assert_eq!(
            text.matches(&format!(" {name} ")).count(),
            text.matches(&format!("{path} ")).count(),
            "`{name}` in {text}"
        );
    }
    assert!(!text.contains("std ::"), "{text}");
}

/// The names of the cases in a folder of `tests/ui`, without the extension.
fn cases(folder: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/ui").join(folder);
    let entries =
        fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.filter_map(|entry| Some(entry.ok()?.path().file_stem()?.to_str()?.to_owned())).collect()
}

#[test]
fn every_code_has_a_case_that_fails_and_its_twin_that_passes() {
    let (fail, pass) = (cases("fail"), cases("pass"));
    for rule in CODES {
        let prefix = format!("{}_", rule.code.to_lowercase());
        let of_rule: Vec<&String> = fail.iter().filter(|name| name.starts_with(&prefix)).collect();
        assert!(!of_rule.is_empty(), "{} has no case in tests/ui/fail", rule.code);
        for name in of_rule {
            assert!(pass.contains(name), "tests/ui/fail/{name}.rs has no twin in tests/ui/pass");
        }
    }
}
