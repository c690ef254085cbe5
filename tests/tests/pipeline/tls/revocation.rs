//! Certificate revocation lists.

use std::path::PathBuf;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, IsCa, Issuer,
    KeyIdMethod, KeyPair, KeyUsagePurpose, SerialNumber, date_time_ymd,
};
use secure_tool::{Connection, Crls, Roots, Rule};
use secure_tool_testkit::hostile::{Certificate, Crl};
use tests::{Bench, Shop, TempFolder, rule, shop_api};

use super::{bench, is_answered, posture, rule_and_detail, search, tls, weakened};

/// Starts a shop with this certificate, and a guard that checks it against this list.
async fn listed(
    folder: &TempFolder,
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
async fn a_revoked_certificate_is_rejected() {
    let folder = TempFolder::new();
    let revoked = listed(&folder, Certificate::Revoked, Crl::Current, |crls| crls).await;
    assert_eq!(
        (rule(&search(&revoked).await), rule_and_detail(&revoked)),
        (Some(Rule::Tls), tls("certificate: revoked"))
    );
    assert_eq!((revoked.shop.handshakes(), revoked.shop.requests().len()), (0, 0));

    let other = listed(&folder, Certificate::Valid, Crl::Current, |crls| crls).await;
    assert!(is_answered(&other).await, "the list revokes another certificate");
    let text = "1 files for the whole chain; unknown status refused, expired lists refused";
    assert_eq!(
        (posture(&other).revocation.as_deref(), posture(&other).resumes),
        (Some(text), false)
    );
    let without = bench(|shop| shop.certificate(Certificate::Revoked), |_| Connection::new()).await;
    assert!(is_answered(&without).await, "the certificate is accepted without lists");
}

/// Returns an empty list of an unknown authority.
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
async fn unknown_and_expired_revocation_status_is_rejected_by_default() {
    let folder = TempFolder::new();
    let stale = listed(&folder, Certificate::Valid, Crl::Stale, |crls| crls).await;
    assert_eq!(rule(&search(&stale).await), Some(Rule::Tls));
    assert_eq!(rule_and_detail(&stale), tls("certificate: its revocation list has expired"));
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
        "a list must be signed by its issuer"
    );

    let unknown = folder.write("stranger.crl", stranger());
    let silent =
        bench(|shop| shop, |_| Connection::new().revocation(Crls::files([&unknown]))).await;
    assert_eq!(
        (rule(&search(&silent).await), rule_and_detail(&silent)),
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
async fn a_new_revocation_list_applies_to_the_next_call_and_closes_connections() {
    let folder = TempFolder::new();
    let bench = listed(&folder, Certificate::Revoked, Crl::Empty, |crls| crls).await;
    assert!(is_answered(&bench).await);
    let list = bench.shop.crl(Crl::Current).expect("a list");
    folder.write("list.crl", &list[..list.len() / 2]);
    bench.clock.advance(Duration::from_secs(1));
    assert!(is_answered(&bench).await, "a truncated list is rejected and the previous one stays");
    assert_eq!(bench.shop.connections(), 1);
    folder.write("list.crl", &list);
    assert!(is_answered(&bench).await, "the files are checked at most once per second");
    bench.clock.advance(Duration::from_secs(1));
    assert_eq!(
        (rule(&search(&bench).await), rule_and_detail(&bench)),
        (Some(Rule::Tls), tls("certificate: revoked"))
    );
    assert_eq!((bench.shop.connections(), bench.shop.requests().len()), (2, 3));
}

#[tokio::test]
async fn unusable_revocation_lists_are_a_build_error() {
    let folder = TempFolder::new();
    let shop = shop_api().await;
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
