//! A receiver of messages signed by RFC 9421, built in one chain.

use std::time::Duration;

use secure_tool::Error;
use secure_tool::clock::ManualClock;
use secure_tool::signing::{Receiver, Rfc9421Verifier, Rfc9421VerifierBuilder, VerifyingKey};

type Settings = Vec<Box<dyn Fn(Receiver) -> Receiver>>;

/// The settings of a verifier and of its receiver.
#[must_use]
pub struct VerifierBuilder {
    builder: Rfc9421VerifierBuilder,
    receiver: Settings,
}

impl VerifierBuilder {
    pub fn rfc9421() -> Self {
        Self { builder: Rfc9421Verifier::builder(), receiver: Vec::new() }
    }

    pub fn key(self, key: VerifyingKey) -> Self {
        Self { builder: self.builder.key(key), ..self }
    }

    pub fn covers<S: Into<String>>(self, components: impl IntoIterator<Item = S>) -> Self {
        Self { builder: self.builder.covers(components), ..self }
    }

    pub fn tag(self, tag: &str) -> Self {
        Self { builder: self.builder.tag(tag), ..self }
    }

    pub fn max_age(self, time: Duration) -> Self {
        self.receiver(move |receiver| receiver.max_age(time))
    }

    pub fn skew(self, time: Duration) -> Self {
        self.receiver(move |receiver| receiver.skew(time))
    }

    pub fn remembers(self, most: usize) -> Self {
        self.receiver(move |receiver| receiver.remembers(most))
    }

    pub fn max_body(self, bytes: usize) -> Self {
        self.receiver(move |receiver| receiver.max_body(bytes))
    }

    pub fn clock(self, clock: ManualClock) -> Self {
        self.receiver(move |receiver| receiver.clock(clock.clone()))
    }

    pub fn build(self) -> Result<Receiver, Error> {
        let receiver = Receiver::new(self.builder.build()?);
        Ok(self.receiver.iter().fold(receiver, |receiver, set| set(receiver)))
    }

    fn receiver(mut self, set: impl Fn(Receiver) -> Receiver + 'static) -> Self {
        self.receiver.push(Box::new(set));
        self
    }
}
