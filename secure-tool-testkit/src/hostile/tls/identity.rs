//! Issues client certificates for a given name.

use std::fmt;
use std::io;

use rcgen::{CertificateParams, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose, date_time_ymd};

use super::keys::{Authority, keys, named};
use super::sha256;

/// A client certificate and its private key, for an API that
/// [requires one](crate::hostile::Builder::demands_client_certificate).
///
/// Each call of a constructor generates a new key.
///
/// # Examples
///
/// ```
/// use secure_tool_testkit::hostile::ClientIdentity;
///
/// # fn main() -> std::io::Result<()> {
/// let agent = ClientIdentity::valid("support-bot")?;
/// assert!(agent.chain_pem().starts_with("-----BEGIN CERTIFICATE-----"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ClientIdentity {
    chain: String,
    key: String,
    sha256: [u8; 32],
}

impl ClientIdentity {
    /// Issues a valid certificate, signed by the
    /// [authority](crate::hostile::HostileApi::authority) of all APIs of this process.
    ///
    /// # Errors
    ///
    /// Returns an error if the operating system provides no random numbers, or if the name is not
    /// valid in a certificate.
    ///
    /// # Examples
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::ClientIdentity;
    /// # fn main() -> std::io::Result<()> {
    /// let agent = ClientIdentity::valid("support-bot")?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn valid(name: &str) -> io::Result<Self> {
        Self::signed(&params(name), &keys()?.trusted)
    }

    /// Issues a certificate that another authority signed, with the same name and another key.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`valid`](Self::valid).
    ///
    /// # Examples
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::ClientIdentity;
    /// # fn main() -> std::io::Result<()> {
    /// let untrusted = ClientIdentity::other_authority("support-bot")?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn other_authority(name: &str) -> io::Result<Self> {
        Self::signed(&params(name), &keys()?.other)
    }

    /// Issues a certificate that expired in the year 2001.
    ///
    /// # Errors
    ///
    /// Returns the same errors as [`valid`](Self::valid).
    ///
    /// # Examples
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::ClientIdentity;
    /// # fn main() -> std::io::Result<()> {
    /// let expired = ClientIdentity::expired("support-bot")?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn expired(name: &str) -> io::Result<Self> {
        let mut params = params(name);
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(2001, 1, 1);
        Self::signed(&params, &keys()?.trusted)
    }

    fn signed(params: &CertificateParams, authority: &Authority) -> io::Result<Self> {
        let key = KeyPair::generate().map_err(io::Error::other)?;
        let certificate = params.signed_by(&key, &authority.issuer).map_err(io::Error::other)?;
        Ok(Self {
            chain: certificate.pem(),
            key: key.serialize_pem(),
            sha256: sha256(certificate.der()),
        })
    }

    /// Returns the certificate chain in PEM, with the client's certificate first.
    ///
    /// # Examples
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::ClientIdentity;
    /// # fn main() -> std::io::Result<()> {
    /// # let agent = ClientIdentity::valid("support-bot")?;
    /// assert!(agent.chain_pem().contains("BEGIN CERTIFICATE"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn chain_pem(&self) -> &str {
        &self.chain
    }

    /// Returns the private key in PEM (PKCS#8).
    ///
    /// # Examples
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::ClientIdentity;
    /// # fn main() -> std::io::Result<()> {
    /// # let agent = ClientIdentity::valid("support-bot")?;
    /// assert!(agent.key_pem().contains("BEGIN PRIVATE KEY"));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn key_pem(&self) -> &str {
        &self.key
    }

    /// Returns the SHA-256 of the client's certificate in DER.
    ///
    /// [`Request::client_certificate`](crate::hostile::Request::client_certificate) returns the
    /// same value for a request of this client.
    ///
    /// # Examples
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::ClientIdentity;
    /// # fn main() -> std::io::Result<()> {
    /// let (one, two) = (ClientIdentity::valid("bot")?, ClientIdentity::valid("bot")?);
    /// assert_ne!(one.sha256(), two.sha256());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn sha256(&self) -> [u8; 32] {
        self.sha256
    }
}

impl fmt::Debug for ClientIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientIdentity").field("chain", &self.chain).finish_non_exhaustive()
    }
}

fn params(name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = named(name);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}
