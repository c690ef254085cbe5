//! Reads serde's and validator's attributes. Their own derives report mistakes in them, so this
//! module reports none.

use proc_macro2::{Ident, TokenStream};
use syn::{Attribute, Expr, ExprLit, Lit, LitStr, Meta};

use super::words::{Form, Word, pieces};

/// `#[serde(…)]` of a container, a variant or a field.
#[derive(Default)]
pub(crate) struct Serde {
    /// The name for deserialization.
    pub(crate) rename: Option<String>,
    pub(crate) rename_all: Option<String>,
    pub(crate) rename_all_fields: Option<String>,
    pub(crate) tag: Option<String>,
    pub(crate) content: Option<String>,
    pub(crate) transparent: bool,
    pub(crate) default: bool,
    /// Whether the field is skipped in deserialization.
    pub(crate) skip: bool,
    pub(crate) alias: Option<Ident>,
    pub(crate) flatten: Option<Ident>,
    pub(crate) untagged: Option<Ident>,
    pub(crate) other: Option<Ident>,
    /// Whether the wire form is that of another type.
    pub(crate) from: Option<Ident>,
}

impl Serde {
    pub(crate) fn read(attrs: &[Attribute]) -> Self {
        let mut serde = Self::default();
        for word in words(attrs, "serde") {
            serde.add(word);
        }
        serde
    }

    fn add(&mut self, Word { name, form }: Word) {
        match name.to_string().as_str() {
            "rename" => self.rename = deserialized(form).or(self.rename.take()),
            "rename_all" => self.rename_all = deserialized(form).or(self.rename_all.take()),
            "rename_all_fields" => {
                self.rename_all_fields = deserialized(form).or(self.rename_all_fields.take());
            }
            "tag" => self.tag = text(form),
            "content" => self.content = text(form),
            "transparent" => self.transparent = true,
            "default" => self.default = true,
            "skip" | "skip_deserializing" => self.skip = true,
            "alias" => self.alias = Some(name),
            "flatten" => self.flatten = Some(name),
            "untagged" => self.untagged = Some(name),
            "other" => self.other = Some(name),
            "from" | "try_from" => self.from = Some(name),
            _ => {}
        }
    }
}

/// Reads the words of a foreign attribute and ignores other syntax.
fn words(attrs: &[Attribute], name: &str) -> Vec<Word> {
    let lists =
        attrs.iter().filter(|attr| attr.path().is_ident(name)).filter_map(|attr| {
            match &attr.meta {
                Meta::List(list) => Some(list.tokens.clone()),
                _ => None,
            }
        });
    lists.flat_map(read).collect()
}

fn read(tokens: TokenStream) -> Vec<Word> {
    pieces(tokens).into_iter().filter_map(|piece| syn::parse2(piece).ok()).collect()
}

fn text(form: Form) -> Option<String> {
    let Form::Value(tokens) = form else { return None };
    syn::parse2::<LitStr>(tokens).ok().map(|text| text.value())
}

/// `= "name"` or `(serialize = "…", deserialize = "name")`
fn deserialized(form: Form) -> Option<String> {
    match form {
        Form::Call(tokens) => read(tokens)
            .into_iter()
            .find(|word| word.name == "deserialize")
            .and_then(|word| text(word.form)),
        other => text(other),
    }
}

/// `#[validate(length(…), range(…))]`: the declared bounds.
#[derive(Default)]
pub(crate) struct Validate {
    pub(crate) length: Option<Ends>,
    pub(crate) range: Option<Ends>,
}

/// The ends of a length or a range.
#[derive(Default)]
pub(crate) struct Ends {
    pub(crate) min: Option<Expr>,
    pub(crate) max: Option<Expr>,
}

impl Validate {
    pub(crate) fn read(attrs: &[Attribute]) -> Self {
        let mut validate = Self::default();
        for Word { name, form } in words(attrs, "validate") {
            let Form::Call(tokens) = form else { continue };
            if name == "length" {
                validate.length = Some(Ends::read(tokens));
            } else if name == "range" {
                validate.range = Some(Ends::read(tokens));
            }
        }
        validate
    }
}

impl Ends {
    fn read(tokens: TokenStream) -> Self {
        let mut ends = Self::default();
        for Word { name, form } in read(tokens) {
            let Form::Value(value) = form else { continue };
            let Some(value) = expression(value) else { continue };
            match name.to_string().as_str() {
                "min" | "exclusive_min" => ends.min = Some(value),
                "max" | "exclusive_max" => ends.max = Some(value),
                "equal" => (ends.min, ends.max) = (Some(value.clone()), Some(value)),
                _ => {}
            }
        }
        ends
    }
}

/// A number, a constant, or a constant in quotes.
fn expression(tokens: TokenStream) -> Option<Expr> {
    match syn::parse2(tokens).ok()? {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => text.parse().ok(),
        other => Some(other),
    }
}

/// The doc comment: the lines of a paragraph joined, paragraphs apart by a line break.
pub(crate) fn doc(attrs: &[Attribute]) -> String {
    let mut paragraphs = vec![String::new()];
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("doc")) {
        let Meta::NameValue(pair) = &attr.meta else { continue };
        let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = &pair.value else { continue };
        for line in text.value().split('\n').map(str::trim) {
            match paragraphs.last_mut() {
                Some(last) if !line.is_empty() && !last.is_empty() => last.extend([" ", line]),
                Some(last) if !line.is_empty() => last.push_str(line),
                Some(last) if !last.is_empty() => paragraphs.push(String::new()),
                _ => {}
            }
        }
    }
    paragraphs.join("\n").trim().to_owned()
}
