//! The `ClientHello`: the first message of a handshake as it is on the wire (RFC 8446, 4.1.2).

use std::collections::BTreeMap;

use secure_tool::{Agent, Connection, Roots, Tool};
use tests::{SEARCH, SearchProducts, Shop, builder};
use tokio::io::AsyncReadExt;
use tokio::net::TcpListener;

const EXTENDED_MASTER_SECRET: u16 = 23;
const TICKET_OF_1_2: u16 = 35;
const PRE_SHARED_KEY: u16 = 41;
const EARLY_DATA: u16 = 42;
const SUPPORTED_VERSIONS: u16 = 43;
const SUPPORTED_GROUPS: u16 = 10;
const COMPRESS_CERTIFICATE: u16 = 27;
const RENEGOTIATION: u16 = 0x00ff;

/// Returns the numbers of a list.
fn numbers(bytes: &[u8]) -> Vec<u16> {
    bytes.chunks(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect()
}

#[derive(Debug)]
struct Hello {
    suites: Vec<u16>,
    extensions: BTreeMap<u16, Vec<u8>>,
}

impl Hello {
    fn parse(message: &[u8]) -> Self {
        // Skips the header (4 bytes), the version (2) and the random value (32).
        let mut rest = &message[4 + 2 + 32..];
        let mut take = |width: usize| {
            let length =
                rest[..width].iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
            let (taken, left) = rest[width..].split_at(length);
            rest = left;
            taken.to_vec()
        };
        let _session = take(1);
        let suites = numbers(&take(2));
        let _compression = take(1);
        let all = take(2);
        let (mut extensions, mut rest) = (BTreeMap::new(), all.as_slice());
        while let [a, b, c, d, left @ ..] = rest {
            let (value, left) = left.split_at(usize::from(u16::from_be_bytes([*c, *d])));
            extensions.insert(u16::from_be_bytes([*a, *b]), value.to_vec());
            rest = left;
        }
        Self { suites, extensions }
    }
}

/// Returns the `ClientHello` that a guard with this connection sends to a silent listener.
async fn hello(connection: Connection) -> Hello {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback");
    let at = listener.local_addr().expect("an address");
    let guard = builder(&[])
        .roots(Roots::Bundled)
        .dangerously_reach_host_at("api.shop.example", at, "a test's own listener")
        .tool(Tool::of::<SearchProducts>())
        .dangerously_without_audit("a test")
        .connection::<Shop>(connection)
        .build()
        .expect("a sound guard");
    let session =
        guard.session(Agent::new("a").grant::<Shop>(["products:read"])).expect("declared");
    let listen = async {
        let (mut stream, _) = listener.accept().await.expect("a connection");
        let mut header = [0; 5];
        stream.read_exact(&mut header).await.expect("a record");
        let mut body = vec![0; usize::from(u16::from_be_bytes([header[3], header[4]]))];
        stream.read_exact(&mut body).await.expect("all of it");
        Hello::parse(&body)
    };
    let (hello, outcome) = tokio::join!(listen, session.call("search_products", SEARCH));
    assert!(outcome.refusal().is_some());
    hello
}

fn versions(hello: &Hello) -> Vec<u16> {
    numbers(&hello.extensions[&SUPPORTED_VERSIONS][1..])
}

#[tokio::test]
async fn the_client_hello_offers_what_the_posture_states() {
    let hello = hello(Connection::new()).await;
    // TLS_AES_256_GCM_SHA384, TLS_AES_128_GCM_SHA256, TLS_CHACHA20_POLY1305_SHA256.
    assert_eq!(hello.suites, [0x1302, 0x1301, 0x1303]);
    assert_eq!(versions(&hello), [0x0304], "TLS 1.3");
    // x25519, secp256r1, secp384r1.
    assert_eq!(numbers(&hello.extensions[&SUPPORTED_GROUPS][2..]), [0x001d, 0x0017, 0x0018]);
    assert!(
        !hello.extensions.contains_key(&COMPRESS_CERTIFICATE),
        "certificate compression is not offered"
    );
    for early in [EARLY_DATA, PRE_SHARED_KEY] {
        assert!(!hello.extensions.contains_key(&early), "{early}");
    }
}

#[tokio::test]
async fn an_allowed_tls_1_2_uses_only_forward_secrecy_and_authenticated_encryption() {
    let hello = hello(Connection::new().dangerously_allow_tls_1_2("a test")).await;
    assert_eq!(versions(&hello), [0x0304, 0x0303]);
    let old: Vec<_> = hello
        .suites
        .iter()
        .filter(|suite| !matches!(**suite, 0x1301..=0x1303 | RENEGOTIATION))
        .copied()
        .collect();
    // ECDHE_ECDSA and ECDHE_RSA with AES-GCM and ChaCha20-Poly1305: RFC 5289 and RFC 7905.
    assert_eq!(old, [0xc02c, 0xc02b, 0xcca9, 0xc030, 0xc02f, 0xcca8]);
    assert!(hello.extensions.contains_key(&EXTENDED_MASTER_SECRET));
    assert!(!hello.extensions.contains_key(&TICKET_OF_1_2), "no session is resumed");
}
