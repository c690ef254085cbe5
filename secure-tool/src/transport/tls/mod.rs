//! The TLS settings of every connection: whom to trust and what to show in, a client configuration
//! out.
//!
//! | file | does |
//! |--|--|
//! | `roots` | which authorities may vouch for a server |
//! | `pins` | which keys a server may have beside that, and until when |
//! | `revocation` | which certificates were taken back |
//! | `verifier` | puts the three together: the authority first, then the key |
//! | `identity` | who a connection says that it is |
//! | `detail` | an error of TLS, as the operator is told |
//! | `handshake` | all of that for one endpoint, as it is now |
//! | `live` | a value that is made of files, and made again when they change |
//!
//! TLS 1.3 only, unless an API is allowed 1.2 out loud, with ring as the provider and the suites
//! and groups named here: neither the process's default provider nor a feature of another crate
//! changes it. reqwest ignores its own TLS options beside a configuration like this one, so
//! everything is said here.

pub(super) mod detail;
mod handshake;
mod identity;
mod live;
mod pins;
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
pub(super) use verifier::Unfit;

use self::handshake::Handshakes;
use super::connection::Connection;
use super::pool::Caller;
use crate::clock::Clock;
use crate::error::Error;
use crate::posture::PostureTls;

static VERSIONS: [&SupportedProtocolVersion; 1] = [&version::TLS13];
static OLD_VERSIONS: [&SupportedProtocolVersion; 2] = [&version::TLS13, &version::TLS12];

/// The suites of TLS 1.3: all that ring has, best first.
const SUITES_1_3: [SupportedCipherSuite; 3] = [
    suite::TLS13_AES_256_GCM_SHA384,
    suite::TLS13_AES_128_GCM_SHA256,
    suite::TLS13_CHACHA20_POLY1305_SHA256,
];

/// Those of TLS 1.2, where it is allowed: with forward secrecy (ECDHE) and authenticated encryption
/// (AEAD), as RFC 9325, 4.2 recommends.
const SUITES_1_2: [SupportedCipherSuite; 6] = [
    suite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    suite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    suite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
];

/// The groups that keys are agreed on in, best first.
const GROUPS: [&dyn SupportedKxGroup; 3] = [group::X25519, group::SECP256R1, group::SECP384R1];

/// How one endpoint shakes hands.
pub(super) struct Terms {
    provider: Arc<CryptoProvider>,
    versions: &'static [&'static SupportedProtocolVersion],
    /// Whether a session may be resumed.
    resumes: bool,
    time: Arc<dyn TimeProvider>,
    handshakes: Handshakes,
}

impl Terms {
    /// Reads the roots, the lists and the identities.
    pub(super) fn new(
        what: &str,
        connection: &Connection,
        clock: &Arc<dyn Clock>,
    ) -> Result<Self, Error> {
        let allows_1_2 = connection.tls_1_2.is_some();
        // On a resumed session the server proves nothing anew: neither roots nor pins nor lists are
        // looked at, and the identity is the one of then.
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

    /// What a handshake for this caller is made with, by the files as they are now.
    pub(super) async fn handshake(&self, caller: Caller<'_>, now: Duration) -> Handshake {
        self.handshakes.current(caller, now).await
    }

    /// The same without an identity, by the files as they were read last.
    pub(super) fn known_handshake(&self) -> Handshake {
        self.handshakes.known(Caller::Anonymous)
    }

    /// What an operator is shown of it.
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

    /// The versions, newest first.
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

    /// The names of the cipher suites, best first.
    fn suites(&self) -> Vec<&'static str> {
        self.provider.cipher_suites.iter().filter_map(|suite| suite.suite().as_str()).collect()
    }

    /// The names of the groups, best first.
    fn groups(&self) -> Vec<&'static str> {
        self.provider.kx_groups.iter().filter_map(|group| group.name().as_str()).collect()
    }

    /// The configuration of handshakes that are made with this.
    pub(super) fn config(&self, handshake: &Handshake) -> Result<ClientConfig, Error> {
        let builder = ClientConfig::builder_with_details(self.provider.clone(), self.time.clone())
            .with_protocol_versions(self.versions)
            .map_err(|error| Error::start("TLS can't be set up").because(error))?
            // The name for a verifier of one's own; ours asks webpki or the platform first.
            .dangerous()
            .with_custom_certificate_verifier(handshake.verifier.clone());
        let mut config = match &handshake.identity {
            Some(identity) => builder
                .with_client_cert_resolver(Arc::new(SingleCertAndKey::from(identity.clone()))),
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        config.enable_early_data = false; // what is sent early can be sent again by others
        // Of TLS 1.2: without it two handshakes can end in one key (RFC 7627).
        config.require_ems = true;
        // Nothing is unpacked before it is known who sent it.
        config.cert_decompressors = Vec::new();
        if !self.resumes {
            config.resumption = Resumption::disabled();
        }
        Ok(config)
    }
}

/// ring, with the suites and groups named above and no others.
fn provider(allows_1_2: bool) -> CryptoProvider {
    let old = if allows_1_2 { SUITES_1_2.as_slice() } else { &[] };
    CryptoProvider {
        cipher_suites: SUITES_1_3.iter().chain(old).copied().collect(),
        kx_groups: GROUPS.to_vec(),
        ..ring::default_provider()
    }
}

/// The guard's clock, for whether a certificate, a list or a pin is of its time.
#[derive(Debug)]
struct GuardTime(Arc<dyn Clock>);

impl TimeProvider for GuardTime {
    fn current_time(&self) -> Option<UnixTime> {
        self.0.wall().duration_since(UNIX_EPOCH).ok().map(UnixTime::since_unix_epoch)
    }
}
