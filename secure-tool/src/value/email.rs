//! An e-mail address, `local@domain` in ASCII.

use std::borrow::Cow;

use secure_tool_text::host_name::{HostFlaw, host_flaw};

use crate::spec::{Kind, Named, SecureValue, Shape};

/// An e-mail address in ASCII, at most 254 characters ([RFC
/// 5321](https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1) as corrected by erratum 1690).
///
/// A dot-atom, an `@` and a host name with at least one dot. Quoted local parts, comments, address
/// literals and non-ASCII letters are rejected. They are rare, and they let one address look like
/// another. Two addresses are equal if their local parts are identical and their domains are equal
/// apart from case.
///
/// ```
/// use secure_tool::value::Email;
///
/// let email: Email = "ann@shop.example".parse()?;
/// assert_eq!(email.as_str(), "ann@shop.example");
/// assert!("ann@shop.example\r\nbcc: eve@evil.example".parse::<Email>().is_err());
/// # Ok::<(), secure_tool::value::NotOne>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    const MAX_LENGTH: u32 = 254;
    pub(crate) const PATTERN: Option<&'static str> = Some(
        "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.)+[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?",
    );

    fn parse(text: &str) -> Option<Self> {
        is_email(text).then(|| Self(text.to_owned()))
    }
}

crate::value::text_value!(Email, Some("email"));

pub(crate) fn is_email(text: &str) -> bool {
    let Some((local, _)) = text.rsplit_once('@') else { return false };
    text.len() <= Email::MAX_LENGTH as usize
        && local.len() <= 64
        && local.split('.').all(|atom| {
            !atom.is_empty()
                && atom
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+/=?^_`{|}~-".contains(&b))
        })
        && canonical(text).rsplit_once('@').is_some_and(|(_, domain)| is_domain(domain))
}

/// Returns whether a domain in lower case is a host name. Names of a local network are
/// accepted, because companies deliver mail internally too.
fn is_domain(domain: &str) -> bool {
    match host_flaw(domain) {
        None | Some(HostFlaw::Internal) => true,
        Some(
            HostFlaw::Empty
            | HostFlaw::TooLong
            | HostFlaw::Label
            | HostFlaw::Hyphen
            | HostFlaw::Uppercase
            | HostFlaw::Wildcard
            | HostFlaw::MoreThanAName
            | HostFlaw::NonAscii
            | HostFlaw::Character
            | HostFlaw::Undotted
            | HostFlaw::NumericEnd
            | HostFlaw::IpLiteral,
        ) => false,
    }
}

pub(crate) fn canonical(text: &str) -> Cow<'_, str> {
    match text.rsplit_once('@') {
        Some((local, domain)) if domain.bytes().any(|b| b.is_ascii_uppercase()) => {
            format!("{local}@{}", domain.to_ascii_lowercase()).into()
        }
        _ => text.into(),
    }
}

impl SecureValue for Email {
    const SHAPE: &'static Shape = &Shape::Named(&Named {
        kind: Kind::Email,
        name: "Email",
        pattern: Self::PATTERN,
        max_length: Some(Self::MAX_LENGTH),
        closed: true,
        accepts: Some(is_email),
        canonical: Some(canonical),
        ..Named::DEFAULT
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_and_confusable_addresses_are_rejected() {
        for good in ["ann@shop.example", "a.b+c@x-y.example", "x@EXAMPLE.org", "ann@corp.local"] {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "ann",
            "ann@",
            "@shop.example",
            "ann@shop",
            "a..b@shop.example",
            "ann@shop.example ",
            "ann@127.0.0.1",
            "ann@[10.0.0.1]",
            "ann@-a.example",
            "\"a b\"@shop.example",
            "ann@shop.example\n",
            "änn@shop.example",
            "a@b@c.example,d@e.example",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
    }

    #[test]
    fn only_the_domain_is_compared_without_case() {
        assert_eq!(canonical("Ann@Shop.Example"), "Ann@shop.example");
    }
}
