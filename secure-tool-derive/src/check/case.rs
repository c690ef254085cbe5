//! Names: a Rust name in, serde's name on the wire out.

/// serde's `rename_all`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

impl Case {
    /// serde reports an unknown word.
    pub(super) fn of(word: Option<&str>) -> Option<Self> {
        Some(match word? {
            "lowercase" => Self::Lower,
            "UPPERCASE" => Self::Upper,
            "PascalCase" => Self::Pascal,
            "camelCase" => Self::Camel,
            "snake_case" => Self::Snake,
            "SCREAMING_SNAKE_CASE" => Self::ScreamingSnake,
            "kebab-case" => Self::Kebab,
            "SCREAMING-KEBAB-CASE" => Self::ScreamingKebab,
            _ => return None,
        })
    }

    /// Converts the name of a field from snake case.
    pub(super) fn field(self, name: &str) -> String {
        match self {
            Self::Lower | Self::Snake => name.to_owned(),
            Self::Upper | Self::ScreamingSnake => name.to_ascii_uppercase(),
            Self::Pascal => pascal(name),
            Self::Camel => first_lower(&pascal(name)),
            Self::Kebab => name.replace('_', "-"),
            Self::ScreamingKebab => name.to_ascii_uppercase().replace('_', "-"),
        }
    }

    /// Converts the name of a variant from Pascal case.
    pub(super) fn variant(self, name: &str) -> String {
        match self {
            Self::Pascal => name.to_owned(),
            Self::Lower => name.to_ascii_lowercase(),
            Self::Upper => name.to_ascii_uppercase(),
            Self::Camel => first_lower(name),
            Self::Snake => serde_snake(name),
            Self::ScreamingSnake => serde_snake(name).to_ascii_uppercase(),
            Self::Kebab => serde_snake(name).replace('_', "-"),
            Self::ScreamingKebab => serde_snake(name).to_ascii_uppercase().replace('_', "-"),
        }
    }
}

fn pascal(name: &str) -> String {
    let mut capitalise = true;
    let mut out = String::new();
    for c in name.chars() {
        if c == '_' {
            capitalise = true;
        } else if std::mem::take(&mut capitalise) {
            out.push(c.to_ascii_uppercase());
        } else {
            out.push(c);
        }
    }
    out
}

fn first_lower(name: &str) -> String {
    let mut rest = name.chars();
    rest.next().into_iter().map(|first| first.to_ascii_lowercase()).chain(rest.clone()).collect()
}

/// Converts as serde does, with an underscore before every capital: `HTTPGet` becomes
/// `h_t_t_p_get`.
fn serde_snake(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    out
}

/// Returns the default name of a tool: `HTTPGet` becomes `http_get`, `GetOrder2` becomes
/// `get_order2`.
pub(crate) fn snake(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::new();
    for (index, c) in chars.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|before| chars.get(before));
        let starts = before.is_some_and(|before| {
            c.is_uppercase()
                && (!before.is_uppercase()
                    || chars.get(index + 1).is_some_and(|after| after.is_lowercase()))
                && *before != '_'
        });
        if starts {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_named_as_serde_names_them() {
        let expected = [
            ("lowercase", "unit_price"),
            ("UPPERCASE", "UNIT_PRICE"),
            ("PascalCase", "UnitPrice"),
            ("camelCase", "unitPrice"),
            ("snake_case", "unit_price"),
            ("SCREAMING_SNAKE_CASE", "UNIT_PRICE"),
            ("kebab-case", "unit-price"),
            ("SCREAMING-KEBAB-CASE", "UNIT-PRICE"),
        ];
        for (case, name) in expected {
            assert_eq!(
                Case::of(Some(case)).map(|case| case.field("unit_price")).as_deref(),
                Some(name),
                "{case}"
            );
        }
    }

    #[test]
    fn variants_are_named_as_serde_names_them() {
        let expected = [
            ("lowercase", "onhold"),
            ("UPPERCASE", "ONHOLD"),
            ("PascalCase", "OnHold"),
            ("camelCase", "onHold"),
            ("snake_case", "on_hold"),
            ("SCREAMING_SNAKE_CASE", "ON_HOLD"),
            ("kebab-case", "on-hold"),
            ("SCREAMING-KEBAB-CASE", "ON-HOLD"),
        ];
        for (case, name) in expected {
            assert_eq!(
                Case::of(Some(case)).map(|case| case.variant("OnHold")).as_deref(),
                Some(name),
                "{case}"
            );
        }
    }

    #[test]
    fn a_tool_is_named_by_its_type_in_snake_case() {
        for (name, expected) in [
            ("SearchProducts", "search_products"),
            ("HTTPGet", "http_get"),
            ("GetV2Order", "get_v2_order"),
            ("A", "a"),
            ("GetABTest", "get_ab_test"),
        ] {
            assert_eq!(snake(name), expected);
        }
    }
}
