//! The parts of a TLS handshake that can change while a guard lives: the verifier of the server,
//! and the client identity of the caller.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::CryptoProvider;
use rustls::sign::CertifiedKey;

use super::identity::{self, Identity};
use super::reloadable::Reloadable;
use super::revocation;
use super::roots::{Anchors, Roots};
use super::verifier::Verifier;
use crate::error::Error;
use crate::transport::Connection;
use crate::transport::pool::Caller;

/// The verifier and the identities of one endpoint.
pub(crate) struct Handshakes {
    verifier: Trust,
    identities: Vec<Reloadable<CertifiedKey>>,
    /// The index of each agent's identity, by tenant and agent.
    agents: BTreeMap<(String, String), usize>,
    /// The index of the identity of all other agents.
    default: Option<usize>,
}

enum Trust {
    /// A verifier that never changes.
    Fixed(Arc<Verifier>),
    /// A verifier with revocation lists, rebuilt when they change.
    Listed(Reloadable<Verifier>),
}

/// The inputs of one handshake.
#[derive(Clone)]
pub(crate) struct Handshake {
    /// The index of the identity, or `None` without one.
    pub(crate) slot: Option<usize>,
    pub(super) verifier: Arc<Verifier>,
    pub(super) identity: Option<Arc<CertifiedKey>>,
}

impl Handshake {
    /// Returns whether both use the same trust anchors, pins and revocation lists.
    pub(crate) fn trusts_as(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.verifier, &other.verifier)
    }

    /// Returns whether both use the same verifier and the same identity.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let same_identity = match (&self.identity, &other.identity) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            (None, None) => true,
            _ => false,
        };
        same_identity && self.trusts_as(other)
    }
}

impl Handshakes {
    pub(crate) fn new(
        what: &str,
        connection: &Connection,
        provider: &Arc<CryptoProvider>,
        now: Duration,
    ) -> Result<Self, Error> {
        let mut handshakes = Self {
            verifier: trust(what, connection, provider, now)?,
            identities: Vec::new(),
            agents: BTreeMap::new(),
            default: None,
        };
        let mut known: Vec<&Identity> = Vec::new();
        let mut slot = |identity| match known.iter().position(|other| *other == identity) {
            Some(slot) => Ok(slot),
            None => {
                known.push(identity);
                handshakes.identities.push(live(what, identity, provider, now)?);
                Ok(known.len() - 1)
            }
        };
        let default = connection.identity.as_ref().map(&mut slot).transpose()?;
        let agents = connection
            .identities
            .iter()
            .map(|(agent, identity)| Ok((agent.clone(), slot(identity)?)));
        let agents = agents.collect::<Result<_, Error>>()?;
        Ok(Self { agents, default, ..handshakes })
    }

    /// Returns the inputs of a handshake for this caller, from the files as they were last read.
    pub(crate) fn known(&self, caller: Caller<'_>) -> Handshake {
        let slot = self.slot(caller);
        let verifier = match &self.verifier {
            Trust::Fixed(verifier) => verifier.clone(),
            Trust::Listed(live) => live.value(),
        };
        Handshake {
            slot,
            verifier,
            identity: slot.and_then(|slot| self.identities.get(slot)).map(Reloadable::value),
        }
    }

    /// Returns the inputs of a handshake for this caller, after it checked the files for changes.
    pub(crate) async fn current(&self, caller: Caller<'_>, now: Duration) -> Handshake {
        if let Trust::Listed(live) = &self.verifier {
            live.check(now).await;
        }
        if let Some(live) = self.slot(caller).and_then(|slot| self.identities.get(slot)) {
            live.check(now).await;
        }
        self.known(caller)
    }

    fn slot(&self, caller: Caller<'_>) -> Option<usize> {
        match caller {
            Caller::Agent(agent) => self
                .agents
                .get(&(agent.tenant.clone(), agent.name.clone()))
                .copied()
                .or(self.default),
            Caller::Guard => self.default,
            Caller::Anonymous => None,
        }
    }
}

fn trust(
    what: &str,
    connection: &Connection,
    provider: &Arc<CryptoProvider>,
    now: Duration,
) -> Result<Trust, Error> {
    let anchors = Anchors::of(connection.roots.as_ref().unwrap_or(&Roots::Platform))?;
    let verifier = {
        let (what, pins) = (what.to_owned(), connection.pins.clone());
        move |authority| Verifier { what: what.clone(), authority, pins: pins.clone() }
    };
    let Some(lists) = connection.revocation.clone() else {
        return Ok(Trust::Fixed(Arc::new(verifier(anchors.verifier(None, provider)?))));
    };
    let (files, provider) = (lists.files.clone(), provider.clone());
    let make = move |contents: &[_]| {
        let found = revocation::parse(contents)?;
        Ok(verifier(anchors.verifier(Some((&lists, found)), &provider)?))
    };
    Ok(Trust::Listed(Reloadable::new(format!("{what}: revocation lists"), files, now, make)?))
}

fn live(
    what: &str,
    identity: &Identity,
    provider: &Arc<CryptoProvider>,
    now: Duration,
) -> Result<Reloadable<CertifiedKey>, Error> {
    let provider = provider.clone();
    let make = move |contents: &[_]| identity::parse(contents, &provider);
    Reloadable::new(
        format!("{what}: client identity `{}`", identity.name()),
        identity.paths(),
        now,
        make,
    )
}
