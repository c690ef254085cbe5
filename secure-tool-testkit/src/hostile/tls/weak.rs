//! Weak RSA keys and signatures that clients must reject.
//!
//! ring generates no RSA keys, loads none below 2048 bits, and does not sign with SHA-1. This
//! module therefore computes RSA itself. The code is not constant-time: its private keys are
//! public, below.

use num_bigint::BigUint;
use rcgen::{PKCS_RSA_SHA256, PublicKeyData};
use ring::digest::{Digest, SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use rustls::sign::{Signer, SigningKey};
use rustls::{SignatureAlgorithm, SignatureScheme};

/// A key from `openssl genrsa 1024`: the modulus and the private exponent, as printed by
/// `openssl rsa -noout -text`.
const SHORT: [&str; 2] = [
    "e18c02c0d84a02325893366c33890c86752d4bd76122baaa8fc7561941613a5d4248521c607785a97f040da1c93a771fc8419f1e911d0275d334c1af86ada1fb\
     fe69ab392a653676463615d1d0abe70e77989f5984cd4615fa4150f36aae95caeb389babc6690aa0e7d91bc8add772b823dbe84814176a698a5e295c0a958615",
    "ad81f7dc42872c896e7a51338bb1b260fd638b247525325463a705250896b33f6aee17bc9cb955a9be7c6fc035fd3406cf172c416780d993aa96bb293c81f649\
     62e13b32f8db1bd6cb888513a5e5d98fbb3c4fb544f7ed8c0cfb96c37f3c88c402c8a63db1c07cb9e68e093ccac4e598051cb48a9f058dc4b6567abe42435601",
];
/// A key from `openssl genrsa 2048`, in the same form.
const LONG: [&str; 2] = [
    "a73244de5bf54f9e38313ef90bf6ce73c050956e221d0ca84fed575479536c3f6cd221ef5405673bf63f3f74ecf0cf886129dd348e9c9f21401cf96165600e0b\
     d46a281bb2021c8583eef4d4faa8366465ca4e9c516207010d256c573a86469f5e7eea31ae4519557fad64b4e35c8bd20aed0c82824cd640117796d9d2a373f3\
     55d86eabd9e784978ba4680ee5946b829a351a7358b2c58a046f8d154bfa382382b020664abc539db40b15e716d2770d6897146abfdb8309a11fbe731de25d73\
     990af9ba4f5c39b5454dc5a2d4b774b6ba1580e88e91ffb5ca627b26b26708bbd2d56cd5e56d559f20b50439e28b7fbb151a30435e97092815a2d0c826c1a15f",
    "5cc2bf02bef232e20d3b053d172e2f0c793e3c298633a7ba19de0bfd89f286b409a3ebbfe455bb18c15e05ced146295df8ca4937c7878da1dcf836439b02d7c8\
     28695d2740737b6f77eb335a96568d16d6828f6a9a9c50567cfcae4716e9387562eff6eee948dced5a90d0b6ab0dc5651b3ab91e0f3ca20199af47ba41eafd80\
     b58914d0aa5918558b7199ad83c5960b4f95d0fe93dbfe44c8658ee64eddd6f32c271f20428601e2846455b6656caf2fbe207983531ff42dd5750491d8664eb2\
     880a5f6e72bb17edcba24a3dac899e8e8eb192c0024fd535f5cb587ceb0877ab2b4a336c35cc6e76ab4f42aee860546e884d750fa0df8c09f4c623965802f65",
];
const SHA256_BYTES: usize = 32;

/// An RSA key with the usual public exponent, 65537.
#[derive(Debug, Clone)]
pub(super) struct Rsa {
    modulus: BigUint,
    exponent: BigUint,
    public: Vec<u8>,
}

impl Rsa {
    /// Returns a key of 1024 bits, which is too short since 2013 (NIST SP 800-131A).
    pub(super) fn short() -> Self {
        Self::of(SHORT)
    }

    /// Returns a key of 2048 bits, which is long enough.
    pub(super) fn long() -> Self {
        Self::of(LONG)
    }

    fn of(numbers: [&str; 2]) -> Self {
        let [modulus, exponent] =
            numbers.map(|hex| BigUint::parse_bytes(hex.as_bytes(), 16).unwrap_or_default());
        let public = [der(0x02, &positive(&modulus)), der(0x02, &[1, 0, 1])].concat();
        Self { modulus, exponent, public: der(0x30, &public) }
    }

    fn bytes(&self) -> usize {
        self.modulus.to_bytes_be().len()
    }

    /// Signs a padded message (RFC 8017, 5.2.1). The signature is as long as the modulus.
    fn sign(&self, padded: &[u8]) -> Vec<u8> {
        let signature =
            BigUint::from_bytes_be(padded).modpow(&self.exponent, &self.modulus).to_bytes_be();
        let mut whole = vec![0; self.bytes().saturating_sub(signature.len())];
        whole.extend(signature);
        whole
    }

    /// Signs with RSASSA-PKCS1-v1_5 and SHA-1 (RFC 8017, 8.2).
    fn sign_sha1(&self, message: &[u8]) -> Vec<u8> {
        /// The prefix of a `DigestInfo` with SHA-1 (RFC 8017, 9.2).
        const INFO: [u8; 15] = [
            0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04,
            0x14,
        ];
        let digest = digest(&SHA1_FOR_LEGACY_USE_ONLY, message);
        let info = [&INFO[..], digest.as_ref()].concat();
        let mut padded = vec![0, 1];
        padded.resize(self.bytes().saturating_sub(info.len() + 1), 0xff);
        padded.push(0);
        padded.extend(info);
        self.sign(&padded)
    }

    /// Signs with RSASSA-PSS, SHA-256 and a salt of zeros (RFC 8017, 8.1 and 9.1.1).
    fn sign_pss(&self, message: &[u8]) -> Vec<u8> {
        let salt = [0; SHA256_BYTES];
        let hash = sha256(&[&[0; 8], sha256(&[message]).as_ref(), &salt]);
        let mut block = vec![0; self.bytes().saturating_sub(2 * SHA256_BYTES + 2)];
        block.push(1);
        block.extend(salt);
        let mask = (0_u32..)
            .flat_map(|counter| sha256(&[hash.as_ref(), &counter.to_be_bytes()]).as_ref().to_vec());
        let mut padded: Vec<u8> = block.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect();
        if let Some(first) = padded.first_mut() {
            *first &= 0x7f; // one bit shorter than the modulus
        }
        padded.extend(hash.as_ref());
        padded.push(0xbc);
        self.sign(&padded)
    }
}

impl PublicKeyData for Rsa {
    fn der_bytes(&self) -> &[u8] {
        &self.public
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &PKCS_RSA_SHA256
    }
}

/// Signs the handshake of a server whose certificate has this key.
impl SigningKey for Rsa {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        offered
            .contains(&SignatureScheme::RSA_PSS_SHA256)
            .then(|| Box::new(self.clone()) as Box<dyn Signer>)
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::RSA
    }
}

impl Signer for Rsa {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rustls::Error> {
        Ok(self.sign_pss(message))
    }

    fn scheme(&self) -> SignatureScheme {
        SignatureScheme::RSA_PSS_SHA256
    }
}

/// A key that signs certificates with SHA-1.
///
/// rcgen does not support SHA-1 and writes the identifier of SHA-256.
/// [`relabelled`](Self::relabelled) corrects it before and after signing.
pub(super) struct Sha1(pub(super) Rsa);

impl Sha1 {
    /// Replaces the identifier of SHA-256 with that of SHA-1 in a certificate or its signed part.
    pub(super) fn relabelled(der: &[u8]) -> Vec<u8> {
        const WITH_SHA256: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
        const WITH_SHA1: u8 = 0x05;
        let mut der = der.to_vec();
        let places: Vec<usize> = der
            .windows(9)
            .enumerate()
            .filter(|(_, window)| *window == WITH_SHA256)
            .map(|(at, _)| at + 8)
            .collect();
        for place in places {
            if let Some(byte) = der.get_mut(place) {
                *byte = WITH_SHA1;
            }
        }
        der
    }
}

impl PublicKeyData for Sha1 {
    fn der_bytes(&self) -> &[u8] {
        self.0.der_bytes()
    }

    fn algorithm(&self) -> &'static rcgen::SignatureAlgorithm {
        &PKCS_RSA_SHA256
    }
}

impl rcgen::SigningKey for Sha1 {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(self.0.sign_sha1(&Self::relabelled(message)))
    }
}

fn sha256(parts: &[&[u8]]) -> Digest {
    digest(&SHA256, &parts.concat())
}

/// Returns the bytes of a number with a leading zero, so that DER does not read it as negative.
fn positive(number: &BigUint) -> Vec<u8> {
    [vec![0], number.to_bytes_be()].concat()
}

/// Encodes a DER element: tag, length and content.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = match content.len().to_be_bytes() {
        [.., 0, short @ 0..=0x7f] => vec![short],
        [.., 0, byte] => vec![0x81, byte],
        [.., high, low] => vec![0x82, high, low],
    };
    [vec![tag], length, content.to_vec()].concat()
}
