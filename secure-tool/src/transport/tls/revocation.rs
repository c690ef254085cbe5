//! Which certificates were taken back: files of lists in, what webpki decides by out.

use std::collections::BTreeSet;
use std::path::PathBuf;

use rustls::client::ServerCertVerifierBuilder;
use rustls::pki_types::CertificateRevocationListDer;
use rustls::pki_types::pem::PemObject;
use secrecy::{ExposeSecret, SecretSlice};
use webpki::{BorrowedCertRevocationList, CertRevocationList};

use crate::error::Error;

/// Certificate revocation lists (RFC 5280, 5) that an API's server is looked up in.
///
/// Strict by default: every certificate of the chain below the root is looked up; one whose issuer
/// has no list here, and one whose list is past its `nextUpdate`, is refused. So give the list of
/// every issuer in the chain, and see that new ones come in time. What that is too much for says
/// so, one by one, and it shows in [`Guard::posture`](crate::Guard::posture).
///
/// The files are read when the guard is built, and again when they have changed, which is looked
/// for at most once a second. What can't be read or is no list then changes nothing: the lists that
/// were read stay, until their `nextUpdate`, and an event of tracing at level `WARN` tells. With
/// new lists, connections are made anew. A connection that is open when a list expires is used on,
/// up to [`Connection::max_age`](crate::Connection::max_age).
///
/// Not taken: delta lists, indirect lists, lists by reason. Two lists of one issuer and one scope
/// are an error, because only one of them would be looked at. Where the system decides about
/// certificates ([`Roots::Platform`](crate::Roots::Platform) on Windows and Apple) lists are an
/// error of `build`.
///
/// ```
/// use secure_tool::{Connection, Crls, Roots};
///
/// let connection = Connection::new().roots(Roots::Bundled).revocation(Crls::files(["/etc/crls/issuer.crl", "/etc/crls/intermediate.crl"]));
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
    /// Lists from files, each in DER, or one or more in PEM.
    #[must_use]
    pub fn files(files: impl IntoIterator<Item = impl Into<PathBuf>>) -> Self {
        Self {
            files: files.into_iter().map(Into::into).collect(),
            leaf_only: None,
            unknown: None,
            expired: None,
        }
    }

    /// Looks up the server's own certificate only, and not those of its intermediate authorities.
    #[must_use]
    pub fn dangerously_leaf_only(mut self, reason: impl Into<String>) -> Self {
        self.leaf_only = Some(reason.into());
        self
    }

    /// Accepts a certificate whose issuer has no list here.
    #[must_use]
    pub fn dangerously_accept_unknown(mut self, reason: impl Into<String>) -> Self {
        self.unknown = Some(reason.into());
        self
    }

    /// Goes by a list that is past its `nextUpdate` as if it were not.
    #[must_use]
    pub fn dangerously_accept_expired_lists(mut self, reason: impl Into<String>) -> Self {
        self.expired = Some(reason.into());
        self
    }

    /// The same for webpki, whose own defaults are the whole chain, refusing what is unknown, and
    /// not minding expired lists.
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

    /// As the posture tells.
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

/// The lists in the contents of files.
pub(super) fn parse(
    contents: &[SecretSlice<u8>],
) -> Result<Vec<CertificateRevocationListDer<'static>>, Error> {
    let mut lists = Vec::new();
    for content in contents {
        let content = content.expose_secret();
        if content.windows(10).any(|window| window == b"-----BEGIN") {
            let found: Result<Vec<_>, _> =
                CertificateRevocationListDer::pem_slice_iter(content).collect();
            // The source is not given: it may hold a line of the file.
            let found = found.ok().filter(|found| !found.is_empty());
            lists.extend(
                found
                    .ok_or_else(|| Error::start("a file of revocation lists holds none in PEM"))?,
            );
        } else {
            lists.push(CertificateRevocationListDer::from(content.to_vec()));
        }
    }
    if lists.is_empty() {
        return Err(Error::configuration("revocation lists were asked for, and no file was given"));
    }
    let mut scopes = BTreeSet::new();
    for list in &lists {
        let list = BorrowedCertRevocationList::from_der(list).map_err(|error| {
            Error::start("a file of revocation lists holds none that can be used").because(error)
        })?;
        let list = CertRevocationList::from(list);
        let scope = (list.issuer().to_vec(), list.issuing_distribution_point().map(<[u8]>::to_vec));
        if !scopes.insert(scope) {
            return Err(Error::start(
                "two revocation lists are of one issuer and one scope; keep the newer one",
            ));
        }
    }
    Ok(lists)
}
