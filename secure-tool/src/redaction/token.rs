//! Tokens: encrypted values that are valid in one session and for one field.
//!
//! A token is `tok_` and, in base64url, a 96-bit random nonce and the value, encrypted with
//! AES-256-GCM under a session key. Session, API and field are authenticated as associated data.
//! Nothing is stored: the token contains the value.
//!
//! Guarantees: tokens reveal only the length of their values, rounded to 32 bytes, and not even
//! whether two values are equal. A token can be opened only in its session and for its API and
//! field. A modified token can't be opened. Every failure is the same error. Not guaranteed: that a
//! token is used once, or only for the record that contained it. The model chooses which of two
//! tokens of a field goes where.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::aead::{Aad, LessSafeKey, NONCE_LEN, Nonce};
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::Value;

use super::Facts;
use crate::conversation::Conversation;

/// The prefix of every token.
pub(crate) const PREFIX: &str = "tok_";
/// The maximum length of a value, in bytes. Its token has about 800 characters, which a model can
/// still copy.
const LONGEST: usize = 512;
/// The maximum length of a token, in characters.
const LONGEST_TOKEN: usize = 1_024;
/// Values are padded to a multiple of this many bytes, which hides their exact length.
const BLOCK: usize = 32;
/// The header before the value: its flags, and its length in two bytes.
const HEAD: usize = 3;

const TRUSTED: u8 = 1;
const BARE: u8 = 2;

/// The token keys of one session.
pub(crate) struct Tokens {
    /// The current key, followed by earlier ones.
    keys: Vec<LessSafeKey>,
    session: String,
}

/// An opened token.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) value: Value,
    /// Whether the value is a source for the argument.
    pub(crate) trusted: bool,
}

impl Tokens {
    pub(crate) fn of(conversation: &Conversation) -> Self {
        let tenant = &conversation.agent().tenant;
        Self {
            keys: conversation.engine().keys.token_keys(tenant, conversation.id()),
            session: conversation.id().to_owned(),
        }
    }

    /// Returns whether a text has the form of a token.
    pub(crate) fn is_like(text: &str) -> bool {
        text.starts_with(PREFIX)
    }

    /// Creates a token. Returns `None` if the value is too long, or if the operating system
    /// provides no random numbers.
    pub(crate) fn seal(&self, api: &str, field: &str, value: &str, facts: Facts) -> Option<String> {
        let key = self.keys.first()?;
        let mut inner = Vec::with_capacity((HEAD + value.len()).next_multiple_of(BLOCK) + 64);
        inner.push((u8::from(facts.trusted) * TRUSTED) | (u8::from(facts.bare) * BARE));
        inner.extend(
            u16::try_from(value.len()).ok().filter(|_| value.len() <= LONGEST)?.to_be_bytes(),
        );
        inner.extend(value.as_bytes());
        inner.resize(inner.len().next_multiple_of(BLOCK), 0);
        let mut nonce = [0; NONCE_LEN];
        SystemRandom::new().fill(&mut nonce).ok()?;
        key.seal_in_place_append_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(self.bound_to(api, field)),
            &mut inner,
        )
        .ok()?;
        Some(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode([nonce.as_slice(), &inner].concat())))
    }

    /// Opens a token of this field that one of these APIs created in this session.
    pub(crate) fn open(&self, token: &str, apis: &[&str], field: &str) -> Option<Opened> {
        let text = token.strip_prefix(PREFIX).filter(|text| text.len() <= LONGEST_TOKEN)?;
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN)?;
        let nonce: [u8; NONCE_LEN] = nonce.try_into().ok()?;
        let mut tried = self.keys.iter().flat_map(|key| apis.iter().map(move |api| (key, api)));
        tried.find_map(|(key, api)| {
            let mut inner = sealed.to_vec();
            let opened = key
                .open_in_place(
                    Nonce::assume_unique_for_key(nonce),
                    Aad::from(self.bound_to(api, field)),
                    &mut inner,
                )
                .ok()?;
            read(opened)
        })
    }

    /// Returns the associated data of a token. Different lists of parts yield different bytes.
    fn bound_to(&self, api: &str, field: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        for part in [&self.session, api, field] {
            bytes.extend((part.len() as u64).to_be_bytes());
            bytes.extend(part.as_bytes());
        }
        bytes
    }
}

/// The plaintext of a token.
fn read(opened: &[u8]) -> Option<Opened> {
    let ([facts, high, low], rest) = opened.split_first_chunk::<HEAD>()?;
    let text = std::str::from_utf8(rest.get(..u16::from_be_bytes([*high, *low]).into())?).ok()?;
    let value =
        if facts & BARE == 0 { Value::from(text) } else { serde_json::from_str(text).ok()? };
    Some(Opened { value, trusted: facts & TRUSTED != 0 })
}

#[cfg(test)]
mod tests {
    use ring::aead::{AES_256_GCM, UnboundKey};

    use super::*;

    const PLAIN: Facts = Facts { trusted: false, bare: false };

    fn tokens(keys: &[u8], session: &str) -> Tokens {
        let key = |byte: &u8| {
            LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[*byte; 32]).expect("32 bytes"))
        };
        Tokens { keys: keys.iter().map(key).collect(), session: session.into() }
    }

    #[test]
    fn token_opens_to_its_value() {
        let tokens = tokens(&[7], "s");
        for (value, facts, expected) in [
            (
                "ann@corp.example",
                Facts { trusted: true, bare: false },
                Value::from("ann@corp.example"),
            ),
            ("", PLAIN, Value::from("")),
            (
                "9007199254740993",
                Facts { trusted: false, bare: true },
                Value::from(9_007_199_254_740_993_u64),
            ),
            ("äöü", PLAIN, Value::from("äöü")),
            (&"x".repeat(LONGEST), PLAIN, Value::from("x".repeat(LONGEST))),
        ] {
            let token = tokens.seal("Shop", "Product.email", value, facts).expect("short enough");
            assert!(
                token.len() <= LONGEST_TOKEN && (value.is_empty() || !token.contains(value)),
                "{token}"
            );
            let opened = tokens.open(&token, &["Mail", "Shop"], "Product.email").expect("its own");
            assert_eq!((opened.value, opened.trusted), (expected, facts.trusted));
        }
        assert!(tokens.seal("Shop", "Product.email", &"x".repeat(LONGEST + 1), PLAIN).is_none());
    }

    #[test]
    fn token_of_another_session_api_or_field_is_rejected() {
        let ours = tokens(&[7], "s");
        let token = ours.seal("Shop", "Product.email", "ann@corp.example", PLAIN).expect("short");
        let opens = |tokens: &Tokens, token: &str, api: &'static str, field: &str| {
            tokens.open(token, &[api], field).is_some()
        };
        assert!(opens(&ours, &token, "Shop", "Product.email"));
        assert!(
            opens(&tokens(&[1, 2, 7], "s"), &token, "Shop", "Product.email"),
            "a key from before"
        );
        assert!(!opens(&tokens(&[1, 2], "s"), &token, "Shop", "Product.email"), "other keys");
        assert!(!opens(&tokens(&[7], "t"), &token, "Shop", "Product.email"), "another session");
        assert!(!opens(&ours, &token, "Mail", "Product.email"), "another API");
        assert!(!opens(&ours, &token, "Shop", "Product.phone"), "another field");
        assert!(!opens(&ours, &token, "ShopP", "roduct.email"), "the parts moved");
    }

    #[test]
    fn modified_tokens_are_rejected() {
        let ours = tokens(&[7], "s");
        let token = ours.seal("Shop", "Product.email", "ann@corp.example", PLAIN).expect("short");
        let opens = |token: &str| ours.open(token, &["Shop"], "Product.email").is_some();
        for at in 0..token.len() {
            for with in ['A', 'B', '_', '='] {
                let altered: String = token
                    .char_indices()
                    .map(|(index, c)| if index == at { with } else { c })
                    .collect();
                assert!(altered == token || !opens(&altered), "{altered}");
            }
            assert!(!opens(&token[..at]) && !opens(&token[at + 1..]));
        }
        for odd in [
            "tok_",
            "tok_AAAA",
            &format!("{token}A"),
            &format!("{token}="),
            &format!("{token} "),
            &format!("tok_{}", "A".repeat(1 << 20)),
        ] {
            assert!(!opens(odd));
        }
    }

    #[test]
    fn tokens_hide_equality_and_exact_length() {
        let tokens = tokens(&[7], "s");
        let seal = |value: &str| tokens.seal("Shop", "Product.email", value, PLAIN).expect("short");
        assert_ne!(seal("ann@corp.example"), seal("ann@corp.example"));
        assert_eq!(seal("").len(), seal("bartholomew@corp.example").len());
    }
}
