//! The TLS settings of each connection: builds a client configuration from trust anchors and
//! identity.
//!
//! | file | role |
//! |--|--|
//! | `roots` | the trust anchors |
//! | `pins` | pinned keys with an expiry date |
//! | `revocation` | certificate revocation lists |
//! | `verifier` | checks the certificate first, then the pins |
//! | `identity` | client identities |
//! | `detail` | texts of TLS errors for the operator |
//! | `handshake` | the current inputs of a handshake of one endpoint |
//! | `reloadable` | a value loaded from files, and loaded again when they change |
//!
//! TLS 1.3 only, unless an API explicitly allows 1.2. The provider is ring, with the suites and
//! groups in this file. Neither the default provider of the process nor a feature of another crate
//! changes that. reqwest ignores its own TLS options next to a preconfigured backend, so this
//! module sets all of them.

pub(super) mod detail;
mod handshake;
mod identity;
mod pins;
mod reloadable;
mod revocation;
mod roots;
mod verifier;

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use rustls::client::Resumption;
use rustls::crypto::ring::cipher_suite as suite;
use rustls::crypto::ring::kx_group as group;
use rustls::crypto::{CryptoProvider, SupportedKxGroup, ring};
use rustls::pki_types::UnixTime;
use rustls::sign::SingleCertAndKey;
use rustls::time_provider::TimeProvider;
use rustls::{ClientConfig, SupportedCipherSuite, SupportedProtocolVersion, version};

pub(super) use handshake::Handshake;
pub use identity::Identity;
pub use pins::Pins;
pub use revocation::Crls;
pub use roots::Roots;
pub(super) use verifier::Rejected;

use self::handshake::Handshakes;
use super::connection::Connection;
use super::pool::Caller;
use crate::clock::Clock;
use crate::error::Error;
use crate::posture::PostureTls;

static VERSIONS: [&SupportedProtocolVersion; 1] = [&version::TLS13];
static OLD_VERSIONS: [&SupportedProtocolVersion; 2] = [&version::TLS13, &version::TLS12];

/// The suites of TLS 1.3: all that ring supports, best first.
const SUITES_1_3: [SupportedCipherSuite; 3] = [
    suite::TLS13_AES_256_GCM_SHA384,
    suite::TLS13_AES_128_GCM_SHA256,
    suite::TLS13_CHACHA20_POLY1305_SHA256,
];

/// The suites of TLS 1.2, where it is allowed: with forward secrecy (ECDHE) and authenticated
/// encryption (AEAD), as RFC 9325, 4.2 recommends.
const SUITES_1_2: [SupportedCipherSuite; 6] = [
    suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
];

/// The key exchange groups, best first.
const GROUPS: [&dyn SupportedKxGroup; 3] = [group::X25519, group::SECP256R1, group::SECP384R1];

/// The TLS settings of one endpoint.
pub(super) struct Terms {
    provider: Arc<CryptoProvider>,
    versions: &'static [&'static SupportedProtocolVersion],
    /// Whether sessions can be resumed.
    resumes: bool,
    time: Arc<dyn TimeProvider>,
    handshakes: Handshakes,
}

impl Terms {
    /// Reads the trust anchors, the revocation lists and the identities.
    pub(super) fn new(
        what: &str,
        connection: &Connection,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let allows_1_2 = connection.tls_1_2.is_some();
        // A resumed session skips the checks of trust anchors, pins and revocation lists, and keeps
        // the identity of the first handshake.
        let proves_each_time = connection.pins.is_some()
            || connection.revocation.is_some()
            || connection.has_identity();
        let provider = Arc::new(provider(allows_1_2));
        Ok(Self {
            handshakes: Handshakes::new(what, connection, &provider, clock.monotonic())?,
            provider,
            versions: if allows_1_2 { &OLD_VERSIONS } else { &VERSIONS },
            resumes: !proves_each_time && !allows_1_2,
            time: Arc::new(GuardTime(clock.clone())),
        })
    }

    /// Returns the inputs of a handshake for this caller, from the current files.
    pub(super) async fn handshake(&self, caller: Caller<'_>, now: Duration) -> Handshake {
        self.handshakes.current(caller, now).await
    }

    /// Returns the inputs of a handshake without an identity, from the files as last read.
    pub(super) fn known_handshake(&self) -> Handshake {
        self.handshakes.known(Caller::Anonymous)
    }

    /// Returns the entry for the posture report.
    pub(super) fn posture(&self, connection: &Connection) -> PostureTls {
        PostureTls {
            versions: self.versions(),
            suites: self.suites(),
            groups: self.groups(),
            roots: format!("{:?}", connection.roots.as_ref().unwrap_or(&Roots::Platform)),
            pinned_until: connection.pins.as_ref().map(|pins| pins.until().to_owned()),
            identity: connection.identity.as_ref().map(Identity::name),
            identities: connection
                .identities
                .iter()
                .map(|((tenant, agent), identity)| (format!("{tenant}/{agent}"), identity.name()))
                .collect(),
            revocation: connection.revocation.as_ref().map(Crls::describe),
            resumes: self.resumes,
            max_age_seconds: connection.max_age.as_secs(),
        }
    }

    /// Returns the versions, newest first.
    fn versions(&self) -> Vec<&'static str> {
        self.versions
            .iter()
            .map(
                |version| {
                    if version.version == rustls::ProtocolVersion::TLSv1_3 { "1.3" } else { "1.2" }
                },
            )
            .collect()
    }

    /// Returns the names of the cipher suites, best first.
    fn suites(&self) -> Vec<&'static str> {
        self.provider.cipher_suites.iter().filter_map(|suite| suite.suite().as_str()).collect()
    }

    /// Returns the names of the groups, best first.
    fn groups(&self) -> Vec<&'static str> {
        self.provider.kx_groups.iter().filter_map(|group| group.name().as_str()).collect()
    }

    /// Builds the configuration of handshakes with these inputs.
    pub(super) fn config(&self, handshake: &Handshake) -> Result<ClientConfig, Error> {
        let builder = ClientConfig::builder_with_details(self.provider.clone(), self.time.clone())
            .with_protocol_versions(self.versions)
            .map_err(|error| {
                Error::start("the TLS versions and cipher suites do not fit together")
                    .because(error)
            })?
            // rustls calls any custom verifier dangerous. Ours first calls webpki or the platform
            // verifier.
            .dangerous()
            .with_custom_certificate_verifier(handshake.verifier.clone());
        let mut config = match &handshake.identity {
            Some(identity) => builder
                .with_client_cert_resolver(Arc::new(SingleCertAndKey::from(identity.clone()))),
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config.enable_early_data = false; // an attacker can replay early data
        // For TLS 1.2: without it, two handshakes can derive the same key (RFC 7627).
        config.require_ems = true;
        // A certificate is not decompressed, because its sender is not yet authenticated.
        config.cert_decompressors = Vec::new();
        if !self.resumes {
            config.resumption = Resumption::disabled();
        }
        Ok(config)
    }
}

/// Returns the ring provider with only the suites and groups above.
fn provider(allows_1_2: bool) -> CryptoProvider {
    let old = if allows_1_2 { SUITES_1_2.as_slice() } else { &[] };
    CryptoProvider {
        cipher_suites: SUITES_1_3.iter().chain(old).copied().collect(),
        kx_groups: GROUPS.to_vec(),
        ..ring::default_provider()
    }
}

/// Uses the guard's clock for the validity of certificates, revocation lists and pins.
#[derive(Debug)]
struct GuardTime(Arc<dyn Clock>);

impl TimeProvider for GuardTime {
    fn current_time(&self) -> Option<UnixTime> {
        self.0.wall().duration_since(UNIX_EPOCH).ok().map(UnixTime::since_unix_epoch)
    }
}
