//! Signing keys: takes texts of a secret store, returns keys that have one algorithm and print as
//! their id.
//!
//! An algorithm is a property of the key. A message may name the algorithm. It is rejected if it
//! names another one; it never selects the algorithm.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{PrivatePkcs8KeyDer, SubjectPublicKeyInfoDer};
use secrecy::{ExposeSecret, SecretString};
use secure_tool_text::internal::hex;

use super::unverified::Unverified;
use crate::error::Error;

/// The minimum length of an HMAC-SHA256 key, in bytes: the length of its output ([RFC 2104, section
/// 3](https://www.rfc-editor.org/rfc/rfc2104#section-3)).
const SHORTEST: usize = 32;
/// The DER prefix of the 32 bytes of an Ed25519 public key ([RFC 8410, section
/// 4](https://www.rfc-editor.org/rfc/rfc8410#section-4)).
const SPKI: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// A key that signs, with its id. `Debug` shows the id and the algorithm only.
///
/// ```
/// use secure_tool::SecretString;
/// use secure_tool::signing::SigningKey;
///
/// let key = SigningKey::hmac("2026-10", &SecretString::from("a secret of 32 bytes, or of more"))?;
/// assert_eq!(format!("{key:?}"), r#"SigningKey { id: "2026-10", algorithm: "hmac-sha256", .. }"#);
/// # Ok::<(), secure_tool::Error>(())
/// ```
pub struct SigningKey {
    pub(super) id: String,
    pub(super) secret: Secret,
    /// The key as text. The guard scrubs it from all outputs.
    pub(super) text: SecretString,
}

pub(super) enum Secret {
    Hmac(hmac::Key),
    Ed25519(Ed25519KeyPair),
}

impl SigningKey {
    /// Creates an HMAC-SHA256 key. The text is the key, byte for byte. If it starts with `base64:`,
    /// the rest is the base64 of the key.
    ///
    /// # Errors
    ///
    /// If the key is shorter than 32 bytes or is a PEM text, if its base64 is invalid, or if the id
    /// does not have 1 to 128 letters, digits or characters of `._-:/@+=`.
    ///
    /// ```
    /// use secure_tool::signing::SigningKey;
    ///
    /// assert!(SigningKey::hmac("2026-10", &"a secret of 32 bytes, or of more".into()).is_ok());
    /// assert!(SigningKey::hmac("2026-10", &"too short".into()).is_err());
    /// ```
    pub fn hmac(id: impl Into<String>, secret: &SecretString) -> Result<Self, Error> {
        let id = key_id(id.into())?;
        Ok(Self { secret: Secret::Hmac(hmac_key(&id, secret)?), id, text: secret.clone() })
    }

    /// Creates an Ed25519 private key from PKCS#8, with or without the public key, as PEM or as the
    /// base64 of its DER.
    ///
    /// # Errors
    ///
    /// If the text is not such a key, or if the id is invalid as in [`hmac`](Self::hmac).
    pub fn ed25519(id: impl Into<String>, private: &SecretString) -> Result<Self, Error> {
        let id = key_id(id.into())?;
        let wrong = || {
            Error::secret(format!(
                "key `{id}` is not an Ed25519 private key (PKCS#8, as PEM or base64)"
            ))
        };
        let text = private.expose_secret();
        let pair = if is_pem(text) {
            let der = PrivatePkcs8KeyDer::from_pem_slice(text.as_bytes()).map_err(|_| wrong())?;
            Ed25519KeyPair::from_pkcs8_maybe_unchecked(der.secret_pkcs8_der())
        } else {
            Ed25519KeyPair::from_pkcs8_maybe_unchecked(
                &STANDARD.decode(text.trim()).map_err(|_| wrong())?,
            )
        };
        let secret = Secret::Ed25519(pair.map_err(|_| wrong())?);
        Ok(Self { secret, id, text: private.clone() })
    }

    /// Returns the key that verifies the signatures of this key: the same HMAC key, or the public
    /// key.
    ///
    /// ```
    /// use secure_tool::signing::SigningKey;
    ///
    /// let key = SigningKey::hmac("a", &"a secret of 32 bytes, or of more".into())?;
    /// key.verifying().verify(b"text", &key.sign(b"text"))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn verifying(&self) -> VerifyingKey {
        let (check, text) = match &self.secret {
            Secret::Hmac(key) => (Check::Hmac(key.clone()), Some(self.text.clone())),
            Secret::Ed25519(pair) => (Check::Ed25519(pair.public_key().as_ref().to_vec()), None),
        };
        VerifyingKey { id: self.id.clone(), check, text }
    }

    /// Returns the name of the algorithm in the registry of RFC 9421.
    pub(super) fn algorithm(&self) -> &'static str {
        match self.secret {
            Secret::Hmac(_) => HMAC_SHA256,
            Secret::Ed25519(_) => ED_25519,
        }
    }

    /// Returns the signature of these bytes: 32 bytes by HMAC-SHA256, 64 by Ed25519.
    ///
    /// ```
    /// use secure_tool::signing::SigningKey;
    ///
    /// let key = SigningKey::hmac("a", &"a secret of 32 bytes, or of more".into())?;
    /// assert_eq!(key.sign(b"text").len(), 32);
    /// # Ok::<(), secure_tool::Error>(())
    /// ```
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        match &self.secret {
            Secret::Hmac(key) => hmac::sign(key, message).as_ref().to_vec(),
            Secret::Ed25519(pair) => pair.sign(message).as_ref().to_vec(),
        }
    }
}

impl SigningKey {
    /// Returns the signature of these bytes in lower-case hex.
    ///
    /// ```
    /// use secure_tool::signing::SigningKey;
    ///
    /// let key = SigningKey::hmac("a", &"a secret of 32 bytes, or of more".into())?;
    /// assert_eq!(key.sign_hex(b"text").len(), 64);
    /// # Ok::<(), secure_tool::Error>(())
    /// ```
    #[must_use]
    pub fn sign_hex(&self, message: &[u8]) -> String {
        hex::encode(&self.sign(message))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("id", &self.id)
            .field("algorithm", &self.algorithm())
            .finish_non_exhaustive()
    }
}

/// A key that verifies, with its id. `Debug` shows the id and the algorithm only.
///
/// ```
/// use secure_tool::signing::VerifyingKey;
///
/// let key = VerifyingKey::hmac("2026-10", &"a secret of 32 bytes, or of more".into())?;
/// assert!(format!("{key:?}").contains("hmac-sha256"));
/// # Ok::<(), secure_tool::Error>(())
/// ```
pub struct VerifyingKey {
    pub(super) id: String,
    pub(super) check: Check,
    /// A secret key as text. `None` for a public key.
    pub(super) text: Option<SecretString>,
}

pub(super) enum Check {
    Hmac(hmac::Key),
    Ed25519(Vec<u8>),
}

impl VerifyingKey {
    /// Creates an HMAC-SHA256 key, written as for [`SigningKey::hmac`]. The same key can also sign.
    ///
    /// # Errors
    ///
    /// As [`SigningKey::hmac`] does.
    pub fn hmac(id: impl Into<String>, secret: &SecretString) -> Result<Self, Error> {
        let id = key_id(id.into())?;
        Ok(Self { check: Check::Hmac(hmac_key(&id, secret)?), id, text: Some(secret.clone()) })
    }

    /// Creates an Ed25519 public key from `SubjectPublicKeyInfo`, as PEM or as the base64 of its
    /// DER.
    ///
    /// # Errors
    ///
    /// If the text is not such a key, or if the id is invalid as in [`SigningKey::hmac`].
    ///
    /// ```
    /// use secure_tool::signing::VerifyingKey;
    ///
    /// let key = VerifyingKey::ed25519("2026-10", "MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=")?;
    /// assert!(VerifyingKey::ed25519("2026-10", "MCowBQ==").is_err());
    /// # let _ = key;
    /// # Ok::<(), secure_tool::Error>(())
    /// ```
    pub fn ed25519(id: impl Into<String>, public: &str) -> Result<Self, Error> {
        let id = key_id(id.into())?;
        let wrong = || {
            Error::configuration(format!(
                "key `{id}` is not an Ed25519 public key (SubjectPublicKeyInfo, as PEM or base64)"
            ))
        };
        let der = if is_pem(public) {
            SubjectPublicKeyInfoDer::from_pem_slice(public.as_bytes())
                .map_err(|_| wrong())?
                .as_ref()
                .to_vec()
        } else {
            STANDARD.decode(public.trim()).map_err(|_| wrong())?
        };
        let key = der.strip_prefix(&SPKI).filter(|key| key.len() == 32).ok_or_else(wrong)?;
        Ok(Self { check: Check::Ed25519(key.to_vec()), id, text: None })
    }

    pub(super) fn algorithm(&self) -> &'static str {
        match self.check {
            Check::Hmac(_) => HMAC_SHA256,
            Check::Ed25519(_) => ED_25519,
        }
    }

    /// Verifies the signature of these bytes, in constant time.
    ///
    /// # Errors
    ///
    /// [`Unverified::Wrong`] if the signature does not match.
    ///
    /// ```
    /// use secure_tool::signing::SigningKey;
    ///
    /// let key = SigningKey::hmac("a", &"a secret of 32 bytes, or of more".into())?;
    /// assert!(key.verifying().verify(b"text", &key.sign(b"text")).is_ok());
    /// assert!(key.verifying().verify(b"other", &key.sign(b"text")).is_err());
    /// # Ok::<(), secure_tool::Error>(())
    /// ```
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Unverified> {
        let result = match &self.check {
            Check::Hmac(key) => hmac::verify(key, message, signature),
            Check::Ed25519(key) => UnparsedPublicKey::new(&ED25519, key).verify(message, signature),
        };
        result.map_err(|_| Unverified::Wrong)
    }
}

impl VerifyingKey {
    /// Verifies a signature that is written in hexadecimal digits of either case.
    ///
    /// # Errors
    ///
    /// [`Unverified::Malformed`] if the text is not hexadecimal, and [`Unverified::Wrong`] if the
    /// signature does not match.
    ///
    /// ```
    /// use secure_tool::signing::{SigningKey, Unverified};
    ///
    /// let key = SigningKey::hmac("a", &"a secret of 32 bytes, or of more".into())?;
    /// assert!(key.verifying().verify_hex(b"text", &key.sign_hex(b"text")).is_ok());
    /// assert_eq!(key.verifying().verify_hex(b"text", "0g"), Err(Unverified::Malformed));
    /// # Ok::<(), secure_tool::Error>(())
    /// ```
    pub fn verify_hex(&self, message: &[u8], signature: &str) -> Result<(), Unverified> {
        let signature = hex::decode(signature).ok_or(Unverified::Malformed)?;
        self.verify(message, &signature)
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey")
            .field("id", &self.id)
            .field("algorithm", &self.algorithm())
            .finish_non_exhaustive()
    }
}

/// Names of the registry "HTTP Signature Algorithms" (RFC 9421, section 6.2).
const HMAC_SHA256: &str = "hmac-sha256";
const ED_25519: &str = "ed25519";

fn is_pem(text: &str) -> bool {
    text.trim_start().starts_with("-----BEGIN")
}

fn hmac_key(id: &str, secret: &SecretString) -> Result<hmac::Key, Error> {
    let text = secret.expose_secret();
    if is_pem(text) {
        // A PEM text is usually a public key. With it as an HMAC key, anyone could sign.
        return Err(Error::secret(format!("key `{id}` is a PEM text, not an HMAC key")));
    }
    let decoded =
        text.strip_prefix("base64:").map(|encoded| STANDARD.decode(encoded.trim())).transpose();
    let decoded = decoded.map_err(|_| {
        Error::secret(format!("key `{id}` starts with `base64:`, but the rest is not base64"))
    })?;
    let bytes = decoded.as_deref().unwrap_or(text.as_bytes());
    if bytes.len() < SHORTEST {
        return Err(Error::secret(format!(
            "key `{id}` is shorter than {SHORTEST} bytes, so it can be guessed"
        )));
    }
    Ok(hmac::Key::new(hmac::HMAC_SHA256, bytes))
}

/// Returns whether an id needs no escaping in a header, a signature base and a structured field.
pub(super) fn is_key_id(id: &str) -> bool {
    (1..=128).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-:/@+=".contains(&byte))
}

fn key_id(id: String) -> Result<String, Error> {
    if is_key_id(&id) {
        Ok(id)
    } else {
        Err(Error::configuration(
            "a key id must have 1 to 128 letters, digits or characters of `._-:/@+=`",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: &str = "MC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF";

    #[test]
    fn debug_output_does_not_contain_the_key() {
        let text = "canary-4b1d99e0-a-key-of-32-bytes-and-more";
        let keys = [
            SigningKey::hmac("a", &text.into()).unwrap(),
            SigningKey::ed25519("a", &SEED.into()).unwrap(),
        ];
        for key in &keys {
            let shown = format!("{key:?} {:?}", key.verifying());
            assert!(
                !shown.contains("canary") && !shown.contains("MC4C") && shown.contains("\"a\""),
                "{shown}"
            );
        }
        let errors = [
            SigningKey::hmac("a", &"canary".into()).unwrap_err(),
            SigningKey::ed25519("a", &text.into()).unwrap_err(),
            SigningKey::ed25519(
                "a",
                &format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----").into(),
            )
            .unwrap_err(),
            SigningKey::hmac("a", &"base64:canary!".into()).unwrap_err(),
        ];
        for error in errors {
            assert!(!format!("{error:?} {error}").contains("canary"), "{error:?}");
        }
    }

    #[test]
    fn public_key_is_rejected_as_hmac_key() {
        let pem = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=\n-----END PUBLIC KEY-----\n";
        assert!(VerifyingKey::ed25519("a", pem).is_ok());
        assert!(VerifyingKey::hmac("a", &pem.into()).is_err());
    }

    #[test]
    fn keys_are_parsed_from_pem_and_base64() {
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{SEED}\n-----END PRIVATE KEY-----\n");
        let keys = [pem.as_str(), SEED]
            .map(|text| SigningKey::ed25519("a", &text.into()).unwrap().sign(b"x"));
        assert_eq!(keys[0], keys[1]);
        let text = "0123456789abcdef0123456789abcdef";
        let encoded = format!("base64:{}", STANDARD.encode(text));
        let keys =
            [text, &encoded].map(|text| SigningKey::hmac("a", &text.into()).unwrap().sign(b"x"));
        assert_eq!(keys[0], keys[1]);
    }

    #[test]
    fn key_ids_with_spaces_are_rejected() {
        for id in ["", "a b", "a\nb", "a\"b", "é", &"x".repeat(129)] {
            assert!(!is_key_id(id), "{id}");
        }
        for id in ["2026-10", "kid:1/a", "ed25519.v2", "a@b"] {
            assert!(is_key_id(id), "{id}");
        }
    }
}
