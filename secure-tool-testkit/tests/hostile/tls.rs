//! Tests of the hostile API's certificates, TLS versions and keys.

use std::io::Write;
use std::sync::Arc;

use ring::digest::{SHA256, digest};
use ring::signature::{
    RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY as RSA_SHA1, UnparsedPublicKey,
};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, PrivateKeyDer, ServerName,
    SignatureVerificationAlgorithm, UnixTime, alg_id,
};
use rustls::version::{TLS12, TLS13};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme};
use secure_tool_testkit::hostile::{
    Certificate, ClientIdentity, Crl, HostileApi, Request, TlsVersion,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::{HOST, Outcome, config, connect, connect_with, failure, roots};

/// The request of the clients below.
const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n";

fn ring() -> CryptoProvider {
    rustls::crypto::ring::default_provider()
}

/// Returns the configuration of a client with this verifier.
fn verified_by(api: &HostileApi, verifier: Arc<dyn ServerCertVerifier>) -> Outcome<ClientConfig> {
    let mut config = config(api, &TLS13)?;
    config.dangerous().set_certificate_verifier(verifier);
    Ok(config)
}

#[tokio::test]
async fn each_bad_certificate_is_rejected_for_its_own_reason() -> Outcome {
    let cases = [
        (Certificate::Expired, "certificate expired"),
        (Certificate::NotYetValid, "certificate not valid yet"),
        (Certificate::SelfSigned, "UnknownIssuer"),
        (Certificate::WrongHost, "not valid for name \"api.shop.example\""),
        (Certificate::WrongAuthority, "BadSignature"),
        (Certificate::WeakKey, "BadSignature"),
        (Certificate::WeakSignature, "UnsupportedSignatureAlgorithm"),
    ];
    for (certificate, reason) in cases {
        let api = HostileApi::builder(HOST).certificate(certificate).start().await?;
        let error = failure(connect(&api, &TLS13)).await?.to_string();
        assert!(error.contains(reason), "{certificate:?}: {error}");
        assert_eq!(
            (api.connections(), api.handshakes(), api.requests().len()),
            (1, 0, 0),
            "{certificate:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn tls_1_2_server_rejects_a_client_that_requires_1_3() -> Outcome {
    let api = HostileApi::builder(HOST).tls(TlsVersion::V12Only).start().await?;
    let error = failure(connect(&api, &TLS13)).await?.to_string();
    assert!(error.contains("ProtocolVersion"), "{error}");
    assert_eq!((api.connections(), api.handshakes()), (1, 0));
    // The version is the only reason for the rejection.
    connect(&api, &TLS12).await?;

    let new = HostileApi::builder(HOST).start().await?;
    failure(connect(&new, &TLS12)).await?;

    let both = HostileApi::builder(HOST).tls(TlsVersion::Both).start().await?;
    for version in [&TLS12, &TLS13] {
        let stream = connect(&both, version).await?;
        assert_eq!(stream.get_ref().1.protocol_version(), Some(version.version));
    }
    Ok(())
}

/// Verifies the chain, but accepts any signature of the handshake.
#[derive(Debug)]
struct ChainOnly(Arc<WebPkiServerVerifier>);

impl ServerCertVerifier for ChainOnly {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.0.verify_server_cert(leaf, others, name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

/// `sha1WithRSAEncryption`, which rustls does not support.
#[derive(Debug)]
struct Sha1;

impl SignatureVerificationAlgorithm for Sha1 {
    fn verify_signature(
        &self,
        key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        UnparsedPublicKey::new(&RSA_SHA1, key)
            .verify(message, signature)
            .map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::RSA_ENCRYPTION
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        AlgorithmIdentifier::from_slice(&[
            0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x05, 0x05, 0x00,
        ])
    }
}

#[tokio::test]
async fn weak_certificates_are_valid_apart_from_the_weakness() -> Outcome {
    let api = HostileApi::builder(HOST).certificate(Certificate::WeakKey).start().await?;
    let verifier =
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots(&api)?), Arc::new(ring()))
            .build()?;
    connect_with(&api, verified_by(&api, Arc::new(ChainOnly(verifier)))?).await?;

    let api = HostileApi::builder(HOST).certificate(Certificate::WeakSignature).start().await?;
    let mut provider = ring();
    let known = provider.signature_verification_algorithms;
    let all =
        known.all.iter().copied().chain([&Sha1 as &dyn SignatureVerificationAlgorithm]).collect();
    provider.signature_verification_algorithms =
        WebPkiSupportedAlgorithms { all: Vec::leak(all), mapping: known.mapping };
    let verifier =
        WebPkiServerVerifier::builder_with_provider(Arc::new(roots(&api)?), Arc::new(provider))
            .build()?;
    connect_with(&api, verified_by(&api, verifier)?).await?;
    Ok(())
}

#[tokio::test]
async fn revoked_certificate_is_accepted_without_a_revocation_list() -> Outcome {
    let verdict = async |certificate, crl| -> Outcome<String> {
        let api = HostileApi::builder(HOST).certificate(certificate).start().await?;
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots(&api)?), Arc::new(ring()))
                .with_crls([api.crl(crl)?.into()])
                .enforce_revocation_expiration()
                .build()?;
        let connected = connect_with(&api, verified_by(&api, verifier)?).await;
        Ok(connected.err().map(|error| error.to_string()).unwrap_or_default())
    };
    assert_eq!(verdict(Certificate::Valid, Crl::Current).await?, "");
    assert_eq!(verdict(Certificate::Revoked, Crl::Empty).await?, "");
    for (certificate, crl, reason) in [
        (Certificate::Revoked, Crl::Current, "Revoked"),
        (Certificate::Valid, Crl::Stale, "revocation list expired"),
        (Certificate::Valid, Crl::WrongAuthority, "revocation list: BadSignature"),
    ] {
        let error = verdict(certificate, crl).await?;
        assert!(error.contains(reason), "{crl:?}: {error}");
    }
    let api = HostileApi::builder(HOST).certificate(Certificate::Revoked).start().await?;
    connect(&api, &TLS13).await?;
    Ok(())
}

/// Returns the SHA-256 of each window of 91 bytes in each certificate that the server sends. One
/// window is the public key of an ECDSA leaf in DER.
async fn shown(api: &HostileApi) -> Outcome<Vec<Vec<Vec<u8>>>> {
    let stream = connect(api, &TLS13).await?;
    let chain = stream.get_ref().1.peer_certificates().ok_or("no certificate")?;
    let keys = |certificate: &CertificateDer<'_>| {
        certificate.windows(91).map(|window| digest(&SHA256, window).as_ref().to_vec()).collect()
    };
    Ok(chain.iter().map(keys).collect())
}

#[tokio::test]
async fn other_key_rotates_and_appended_certificate_has_the_pinned_key() -> Outcome {
    let first = HostileApi::builder(HOST).start().await?;
    let other = HostileApi::builder(HOST).other_key().start().await?;
    assert_ne!(first.spki_sha256(), other.spki_sha256());
    assert_eq!(
        HostileApi::builder("mail.example").start().await?.spki_sha256(),
        first.spki_sha256()
    );
    assert!(
        shown(&first)
            .await?
            .first()
            .is_some_and(|leaf| leaf.contains(&first.spki_sha256().to_vec()))
    );

    let impostor =
        HostileApi::builder(HOST).certificate(Certificate::Appended).other_key().start().await?;
    assert_eq!(impostor.spki_sha256(), other.spki_sha256());
    let chain = shown(&impostor).await?;
    let [leaf, appended] = chain.as_slice() else { return Err("not two certificates".into()) };
    assert!(
        leaf.contains(&other.spki_sha256().to_vec())
            && !leaf.contains(&first.spki_sha256().to_vec())
    );
    assert!(appended.contains(&first.spki_sha256().to_vec()));
    Ok(())
}

/// Returns the configuration of a client with a certificate.
fn as_client(api: &HostileApi, identity: &ClientIdentity) -> Outcome<ClientConfig> {
    let chain = CertificateDer::pem_slice_iter(identity.chain_pem().as_bytes())
        .collect::<Result<Vec<_>, _>>()?;
    let key = PrivateKeyDer::from_pem_slice(identity.key_pem().as_bytes())?;
    let builder =
        ClientConfig::builder_with_provider(Arc::new(ring())).with_protocol_versions(&[&TLS13])?;
    Ok(builder.with_root_certificates(roots(api)?).with_client_auth_cert(chain, key)?)
}

/// Connects, sends a request, and reads the first 12 bytes of the response.
async fn send_request(api: &HostileApi, config: ClientConfig) -> Outcome<String> {
    let mut stream = connect_with(api, config).await?;
    stream.write_all(REQUEST).await?;
    let mut response = [0; 12];
    stream.read_exact(&mut response).await?;
    Ok(String::from_utf8_lossy(&response).into_owned())
}

#[tokio::test]
async fn client_without_a_valid_certificate_gets_no_response() -> Outcome {
    let api = HostileApi::builder(HOST).demands_client_certificate().start().await?;
    for (identity, reason) in [
        (None, "CertificateRequired"),
        (Some(ClientIdentity::other_authority("agent")?), "DecryptError"),
        (Some(ClientIdentity::expired("agent")?), "CertificateExpired"),
    ] {
        let config =
            identity.map_or_else(|| config(&api, &TLS13), |identity| as_client(&api, &identity))?;
        let error = failure(send_request(&api, config)).await?.to_string();
        assert!(error.contains(reason), "{error}");
        assert_eq!((api.handshakes(), api.requests().len()), (0, 0), "{reason}");
    }
    let (one, two) = (ClientIdentity::valid("one")?, ClientIdentity::valid("two")?);
    assert_ne!(one.sha256(), two.sha256());
    for identity in [&one, &two] {
        assert_eq!(send_request(&api, as_client(&api, identity)?).await?, "HTTP/1.1 200");
    }
    let shown: Vec<_> = api.requests().iter().map(Request::client_certificate).collect();
    assert_eq!(shown, [Some(one.sha256()), Some(two.sha256())]);
    // A client presents no certificate unless the server requests one.
    let api = HostileApi::builder(HOST).start().await?;
    send_request(&api, as_client(&api, &one)?).await?;
    assert_eq!(api.requests().iter().map(Request::client_certificate).collect::<Vec<_>>(), [None]);
    Ok(())
}

#[tokio::test]
async fn session_resumption_and_early_data_are_counted() -> Outcome {
    let api = HostileApi::builder(HOST).demands_client_certificate().start().await?;
    let identity = ClientIdentity::valid("agent")?;
    let mut config = as_client(&api, &identity)?;
    config.enable_early_data = true;
    send_request(&api, config.clone()).await?;
    assert_eq!((api.handshakes(), api.resumptions(), api.early_data()), (1, 0, 0));
    send_request(&api, config.clone()).await?;
    assert_eq!((api.handshakes(), api.resumptions(), api.early_data()), (2, 1, 0));

    let connector = TlsConnector::from(Arc::new(config.clone()));
    let early = |connection: &mut rustls::ClientConnection| {
        connection
            .early_data()
            .expect("a ticket that allows it")
            .write_all(REQUEST)
            .expect("a write to memory");
    };
    let tcp = TcpStream::connect(api.addr()).await?;
    let mut stream = connector.connect_with(ServerName::try_from(HOST)?, tcp, early).await?;
    stream.read_exact(&mut [0; 12]).await?;
    assert_eq!(
        (api.handshakes(), api.resumptions(), api.early_data()),
        (3, 2, REQUEST.len() as u64)
    );
    let shown: Vec<_> = api
        .requests()
        .iter()
        .map(|request| (request.method().to_owned(), request.client_certificate()))
        .collect();
    assert_eq!(
        shown,
        vec![("GET".to_owned(), Some(identity.sha256())); 3],
        "a resumed session has the same client certificate"
    );

    config.resumption = Resumption::disabled();
    send_request(&api, config).await?;
    assert_eq!((api.handshakes(), api.resumptions()), (4, 2));
    Ok(())
}
