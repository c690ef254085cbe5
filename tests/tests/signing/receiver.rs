//! The other checks of a receiver: age, replay, size and key rotation.

use std::time::Duration;

use secure_tool::clock::ManualClock;
use secure_tool::signing::{Request, Unverified};

use crate::rfc9421::{URL, order, signer, verifier};
use crate::verifier::VerifierBuilder;
use crate::{HMAC, OTHER, bytes, signing, verifying};

#[test]
fn an_accepted_message_is_rejected_again_until_its_window_ends() {
    let clock = ManualClock::new();
    let receiver = verifier(&clock).build().unwrap();
    let fields = signer(&clock).build().unwrap().request(&order()).unwrap();
    let request = order().fields(bytes(&fields));
    assert!(receiver.request(&request).is_ok());
    assert_eq!(receiver.request(&request).unwrap_err(), Unverified::Replayed);
    clock.advance(Duration::from_secs(330)); // the window and the skew, to the last second
    assert_eq!(receiver.request(&request).unwrap_err(), Unverified::Replayed);
    clock.advance(Duration::from_secs(1));
    assert_eq!(receiver.request(&request).unwrap_err(), Unverified::TooOld);
}

#[test]
fn a_rejected_message_is_not_remembered() {
    let clock = ManualClock::new();
    let receiver = verifier(&clock).build().unwrap();
    let fields = signer(&clock).build().unwrap().request(&order()).unwrap();
    let other = Request::new("POST", URL)
        .field("content-type", b"application/json")
        .field("idempotency-key", b"7f")
        .body(b"{}");
    assert_eq!(receiver.request(&other.fields(bytes(&fields))).unwrap_err(), Unverified::Digest);
    assert!(receiver.request(&order().fields(bytes(&fields))).is_ok());
}

#[test]
fn a_full_replay_memory_rejects_messages_until_time_passes() {
    let clock = ManualClock::new();
    let receiver = verifier(&clock).remembers(2).build().unwrap();
    let take = || {
        let fields = signer(&clock).build().unwrap().request(&order()).unwrap();
        receiver.request(&order().fields(bytes(&fields))).map(drop)
    };
    assert_eq!([take(), take(), take()], [Ok(()), Ok(()), Err(Unverified::MemoryFull)]);
    clock.advance(Duration::from_secs(331));
    assert_eq!(take(), Ok(()));
}

#[test]
fn a_clock_difference_above_the_skew_is_rejected() {
    let (here, there) = (ManualClock::new(), ManualClock::new());
    let take = |signed_by: &ManualClock, verified_by: &ManualClock, skew: u64| {
        let fields = signer(signed_by).build().unwrap().request(&order()).unwrap();
        let receiver = verifier(verified_by).skew(Duration::from_secs(skew)).build().unwrap();
        receiver.request(&order().fields(bytes(&fields))).map(drop)
    };
    there.advance(Duration::from_secs(30));
    assert_eq!(take(&there, &here, 30), Ok(()));
    assert_eq!(take(&there, &here, 29), Err(Unverified::TooNew));
    there.advance(Duration::from_mins(5));
    assert_eq!(take(&here, &there, 30), Ok(()));
    there.advance(Duration::from_secs(1));
    assert_eq!(take(&here, &there, 30), Err(Unverified::TooOld));
}

#[test]
fn old_and_new_keys_overlap_and_ids_are_unique() {
    let clock = ManualClock::new();
    let receiver = VerifierBuilder::rfc9421()
        .key(verifying("new", HMAC))
        .key(verifying("old", OTHER))
        .clock(clock.clone())
        .build()
        .unwrap();
    for (id, secret) in [("new", HMAC), ("old", OTHER)] {
        let signer = secure_tool::signing::Rfc9421Signer::builder(signing(id, secret))
            .clock(clock.clone())
            .build()
            .unwrap();
        let fields = signer.request(&order()).unwrap();
        let verified = receiver.request(&order().fields(bytes(&fields))).unwrap();
        assert_eq!(verified.key_id(), id);
    }
    assert!(VerifierBuilder::rfc9421().build().is_err(), "no key");
    let twice = VerifierBuilder::rfc9421().key(verifying("a", HMAC)).key(verifying("a", OTHER));
    assert!(twice.build().is_err(), "one id twice");
}

#[test]
fn a_body_above_the_limit_is_rejected_and_a_proof_hides_its_body() {
    let clock = ManualClock::new();
    let fields = signer(&clock).build().unwrap().request(&order()).unwrap();
    let request = order().fields(bytes(&fields));
    let small = verifier(&clock).max_body(11).build().unwrap();
    assert_eq!(small.request(&request).unwrap_err(), Unverified::TooLarge);
    let verified = verifier(&clock).max_body(12).build().unwrap().request(&request).unwrap();
    assert_eq!(verified.created(), secure_tool::clock::Clock::wall(&clock));
    assert_eq!(verified.body(), br#"{"order":42}"#);
    assert!(!format!("{verified:?}").contains("order"), "{verified:?}");
}

#[test]
fn a_changed_port_and_a_removed_query_are_rejected() {
    let clock = ManualClock::new();
    let fields = signer(&clock).build().unwrap().request(&order()).unwrap();
    for url in [
        "https://hooks.corp.example:8443/orders?shop=7",
        "https://hooks.corp.example/orders",
        "https://hooks.corp.example/orders?shop=8",
        "https://hooks.corp.example.evil.example/orders?shop=7",
    ] {
        let request = Request::new("POST", url)
            .field("content-type", b"application/json")
            .field("idempotency-key", b"7f")
            .body(br#"{"order":42}"#)
            .fields(bytes(&fields));
        let why = verifier(&clock).build().unwrap().request(&request).map(drop);
        assert_eq!(why, Err(Unverified::Wrong), "{url}");
    }
}
