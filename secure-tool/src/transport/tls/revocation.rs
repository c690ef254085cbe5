//! Certificate revocation lists: parses the files for webpki.

use std::collections::BTreeSet;
use std::path::PathBuf;

use rustls::client::ServerCertVerifierBuilder;
use rustls::pki_types::CertificateRevocationListDer;
use rustls::pki_types::pem::PemObject;
use secrecy::{ExposeSecret, SecretSlice};
use webpki::{BorrowedCertRevocationList, CertRevocationList};

use crate::error::Error;

/// Certificate revocation lists (RFC 5280, 5) for the certificates of an API's server.
///
/// Strict by default: each certificate of the chain below the trust anchor is checked. A
/// certificate whose issuer has no list, or whose list is past its `nextUpdate`, is rejected. So
/// provide the list of each issuer in the chain, and renew the lists in time. The `dangerously_`
/// methods weaken these defaults, and [`Guard::posture`](crate::Guard::posture) lists them.
///
/// The guard reads the files when it is built. It checks them for changes at most once per second,
/// and then opens new connections. If a file is then unreadable or invalid, the previous lists stay
/// in use until their `nextUpdate`, and a tracing event at level `WARN` reports it. A connection
/// that is open when a list expires stays in use up to
/// [`Connection::max_age`](crate::Connection::max_age).
///
/// Delta lists, indirect lists and lists by reason are not supported. Two lists of one issuer and
/// one scope are an error, because only one of them would be used. With
/// [`Roots::Platform`](crate::Roots::Platform) on Windows and Apple systems, lists are an error of
/// `build`.
///
/// ```
/// use secure_tool::{Connection, Crls, Roots};
///
/// let lists = Crls::files(["/etc/crls/issuer.crl", "/etc/crls/intermediate.crl"]);
/// let connection = Connection::new().roots(Roots::Bundled).revocation(lists);
/// # let _ = connection;
/// ```
#[derive(Debug, Clone)]
pub struct Crls {
    pub(crate) files: Vec<PathBuf>,
    pub(crate) leaf_only: Option<String>,
    pub(crate) unknown: Option<String>,
    pub(crate) expired: Option<String>,
}

impl Crls {
    /// Creates lists from files. A file contains one list in DER, or one or more in PEM.
    ///
    /// ```
    /// let lists = secure_tool::Crls::files(["/etc/crls/issuer.crl"]);
    /// # let _ = lists;
    /// ```
    #[must_use]
    pub fn files(files: impl IntoIterator<Item = impl Into<PathBuf>>) -> Self {
        Self {
            files: files.into_iter().map(Into::into).collect(),
            leaf_only: None,
            unknown: None,
            expired: None,
        }
    }

    /// Checks only the server's own certificate, not those of intermediate authorities.
    ///
    /// ```
    /// use secure_tool::Crls;
    ///
    /// let lists = Crls::files(["/etc/crls/issuer.crl"])
    ///     .dangerously_leaf_only("the root authority publishes no list");
    /// # let _ = lists;
    /// ```
    #[must_use]
    pub fn dangerously_leaf_only(mut self, reason: impl Into<String>) -> Self {
        self.leaf_only = Some(reason.into());
        self
    }

    /// Accepts a certificate whose issuer has no list.
    ///
    /// ```
    /// use secure_tool::Crls;
    ///
    /// let lists = Crls::files(["/etc/crls/issuer.crl"])
    ///     .dangerously_accept_unknown("the vendor's second issuer publishes no list");
    /// # let _ = lists;
    /// ```
    #[must_use]
    pub fn dangerously_accept_unknown(mut self, reason: impl Into<String>) -> Self {
        self.unknown = Some(reason.into());
        self
    }

    /// Uses a list even after its `nextUpdate`.
    ///
    /// ```
    /// use secure_tool::Crls;
    ///
    /// let lists = Crls::files(["/etc/crls/issuer.crl"])
    ///     .dangerously_accept_expired_lists("the issuer is often late");
    /// # let _ = lists;
    /// ```
    #[must_use]
    pub fn dangerously_accept_expired_lists(mut self, reason: impl Into<String>) -> Self {
        self.expired = Some(reason.into());
        self
    }

    /// Applies the settings to webpki. Its own defaults check the whole chain, reject an unknown
    /// status, and accept expired lists.
    pub(super) fn apply(
        &self,
        mut builder: ServerCertVerifierBuilder,
    ) -> ServerCertVerifierBuilder {
        if self.leaf_only.is_some() {
            builder = builder.only_check_end_entity_revocation();
        }
        if self.unknown.is_some() {
            builder = builder.allow_unknown_revocation_status();
        }
        if self.expired.is_none() {
            builder = builder.enforce_revocation_expiration();
        }
        builder
    }

    /// Returns the text for the posture report.
    pub(crate) fn describe(&self) -> String {
        let depth = if self.leaf_only.is_some() { "the leaf" } else { "the whole chain" };
        let unknown = if self.unknown.is_some() { "accepted" } else { "refused" };
        let expired = if self.expired.is_some() { "accepted" } else { "refused" };
        format!(
            "{} files for {depth}; unknown status {unknown}, expired lists {expired}",
            self.files.len()
        )
    }
}

/// Parses the lists in the contents of files.
pub(super) fn parse(
    contents: &[SecretSlice<u8>],
) -> Result<Vec<CertificateRevocationListDer<'static>>, Error> {
    let mut lists = Vec::new();
    for content in contents {
        let content = content.expose_secret();
        if content.windows(10).any(|window| window == b"-----BEGIN") {
            let found: Result<Vec<_>, _> =
                CertificateRevocationListDer::pem_slice_iter(content).collect();
            // The error has no source: it could contain a line of the file.
            let found = found.ok().filter(|found| !found.is_empty());
            lists.extend(
                found.ok_or_else(|| Error::start("a revocation list file contains no PEM list"))?,
            );
        } else {
            lists.push(CertificateRevocationListDer::from(content.to_vec()));
        }
    }
    if lists.is_empty() {
        return Err(Error::configuration("`Crls::files` has no file; add the list of each issuer"));
    }
    let mut scopes = BTreeSet::new();
    for list in &lists {
        let list = BorrowedCertRevocationList::from_der(list).map_err(|error| {
            Error::start("a revocation list file contains no usable list").because(error)
        })?;
        let list = CertRevocationList::from(list);
        let scope = (list.issuer().to_vec(), list.issuing_distribution_point().map(<[u8]>::to_vec));
        if !scopes.insert(scope) {
            return Err(Error::start(
                "two revocation lists have the same issuer and scope; keep the newer one",
            ));
        }
    }
    Ok(lists)
}
