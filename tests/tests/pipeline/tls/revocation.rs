//! Which certificates were taken back.

use std::path::PathBuf;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, IsCa, Issuer,
    KeyIdMethod, KeyPair, KeyUsagePurpose, SerialNumber, date_time_ymd,
};
use secure_tool::{Connection, Crls, Roots, Rule};
use secure_tool_testkit::hostile::{Certificate, Crl};
use tests::{Bench, Shop, rule};

use super::{Folder, bench, is_answered, posture, search, tls, told, weakened};

/// A shop with this certificate, and a guard that looks it up in this list.
async fn listed(
    folder: &Folder,
    certificate: Certificate,
    crl: Crl,
    crls: impl FnOnce(Crls) -> Crls,
) -> Bench {
    bench(
        |shop| shop.certificate(certificate),
        |shop| {
            Connection::new().revocation(crls(Crls::files([
                folder.write("list.crl", shop.crl(crl).expect("a list"))
            ])))
        },
    )
    .await
}

#[tokio::test]
async fn a_revoked_certificate_is_refused_where_lists_were_given() {
    let folder = Folder::new();
    let revoked = listed(&folder, Certificate::Revoked, Crl::Current, |crls| crls).await;
    assert_eq!(
        (rule(&search(&revoked).await), told(&revoked)),
        (Some(Rule::Tls), tls("certificate: revoked"))
    );
    assert_eq!((revoked.shop.handshakes(), revoked.shop.requests().len()), (0, 0));

    let other = listed(&folder, Certificate::Valid, Crl::Current, |crls| crls).await;
    assert!(is_answered(&other).await, "the list names another certificate");
    let text = "1 files for the whole chain; unknown status refused, expired lists refused";
    assert_eq!(
        (posture(&other).revocation.as_deref(), posture(&other).resumes),
        (Some(text), false)
    );
    let without = bench(|shop| shop.certificate(Certificate::Revoked), |_| Connection::new()).await;
    assert!(is_answered(&without).await, "or this test sees something else");
}

/// An empty list of an authority that nobody knows.
fn stranger() -> Vec<u8> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::CrlSign];
    let list = CertificateRevocationListParams {
        this_update: date_time_ymd(2000, 1, 1),
        next_update: date_time_ymd(4000, 1, 1),
        crl_number: SerialNumber::from(1),
        issuing_distribution_point: None,
        revoked_certs: Vec::new(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    let issuer = Issuer::new(params, KeyPair::generate().expect("a key"));
    list.signed_by(&issuer).expect("a list").der().to_vec()
}

#[tokio::test]
async fn what_lists_do_not_tell_is_refused_unless_it_was_declared_with_a_reason() {
    let folder = Folder::new();
    let stale = listed(&folder, Certificate::Valid, Crl::Stale, |crls| crls).await;
    assert_eq!(rule(&search(&stale).await), Some(Rule::Tls));
    assert_eq!(told(&stale), tls("certificate: its revocation list has expired"));
    let accepted = listed(&folder, Certificate::Valid, Crl::Stale, |crls| {
        crls.dangerously_accept_expired_lists("a test")
    })
    .await;
    assert!(is_answered(&accepted).await);
    assert_eq!(
        weakened(&accepted),
        ["the connection of API `Shop` accepts expired revocation lists"]
    );

    let forged = listed(&folder, Certificate::Valid, Crl::WrongAuthority, |crls| {
        crls.dangerously_accept_unknown("a test")
    })
    .await;
    assert_eq!(
        rule(&search(&forged).await),
        Some(Rule::Tls),
        "a list that its issuer has not signed is no list"
    );

    let unknown = folder.write("stranger.crl", stranger());
    let silent =
        bench(|shop| shop, |_| Connection::new().revocation(Crls::files([&unknown]))).await;
    assert_eq!(
        (rule(&search(&silent).await), told(&silent)),
        (Some(Rule::Tls), tls("certificate: no revocation list covers it"))
    );
    let accepted = bench(
        |shop| shop,
        |_| {
            Connection::new()
                .revocation(Crls::files([&unknown]).dangerously_accept_unknown("a test"))
        },
    )
    .await;
    assert!(is_answered(&accepted).await);
    assert_eq!(
        weakened(&accepted),
        ["the connection of API `Shop` accepts certificates that no revocation list covers"]
    );
}

#[tokio::test]
async fn a_new_list_holds_from_the_next_call_on_and_open_connections_go_with_the_old_one() {
    let folder = Folder::new();
    let bench = listed(&folder, Certificate::Revoked, Crl::Empty, |crls| crls).await;
    assert!(is_answered(&bench).await);
    let list = bench.shop.crl(Crl::Current).expect("a list");
    folder.write("list.crl", &list[..list.len() / 2]);
    bench.clock.advance(Duration::from_secs(1));
    assert!(is_answered(&bench).await, "half of a list is none, and the one before holds");
    assert_eq!(bench.shop.connections(), 1);
    folder.write("list.crl", &list);
    assert!(is_answered(&bench).await, "looked for at most once a second");
    bench.clock.advance(Duration::from_secs(1));
    assert_eq!(
        (rule(&search(&bench).await), told(&bench)),
        (Some(Rule::Tls), tls("certificate: revoked"))
    );
    assert_eq!((bench.shop.connections(), bench.shop.requests().len()), (2, 3));
}

#[tokio::test]
async fn lists_that_can_not_be_used_are_found_before_the_first_call() {
    let folder = Folder::new();
    let shop = secure_tool_testkit::hostile::HostileApi::builder("api.shop.example")
        .start()
        .await
        .expect("loopback");
    let build = |files: Vec<PathBuf>| {
        let builder = tests::builder(&[])
            .toolset::<tests::AllTools>()
            .audit(secure_tool::audit::MemoryAudit::new());
        builder
            .roots(Roots::Bundled)
            .connection::<Shop>(Connection::new().revocation(Crls::files(files)))
            .build()
    };
    let empty = folder.write("empty.crl", shop.crl(Crl::Empty).expect("a list"));
    let current = folder.write("current.crl", shop.crl(Crl::Current).expect("a list"));
    assert!(build(vec![empty.clone(), folder.write("other.crl", stranger())]).is_ok());
    for (files, words) in [
        (vec![], "has no file"),
        (vec![folder.path().join("missing.crl")], "missing.crl"),
        (vec![folder.write("text.crl", "nothing of the kind")], "no usable list"),
        (vec![folder.write("half.pem", "-----BEGIN X509 CRL-----\nAAAA")], "no PEM list"),
        (vec![empty, current], "the same issuer"),
    ] {
        let error = build(files).expect_err(words);
        assert!(
            error.to_string().contains("API `Shop`: revocation lists")
                && error.to_string().contains(words),
            "{words}: {error}"
        );
    }
}
