//! Client identities (mutual TLS).

use std::fs;
use std::time::Duration;

use secure_tool::{Agent, Clearance, Connection, ErrorKind, Identity, Outcome, Roots, Rule};
use secure_tool_testkit::hostile::{Builder, ClientIdentity, HostileApi, Response};
use tests::{Bench, SEARCH, Session, Shop, TempFolder, agent, open_session, page, rule, shop_api};

use super::{bench, is_answered, posture, relay, rule_and_detail, search, tls};

const MISSING: &str = "the server requires a client certificate";

/// Writes the identity to files of this name.
pub(super) fn files(folder: &TempFolder, name: &str, identity: &ClientIdentity) -> Identity {
    let chain = folder.write(&format!("{name}.pem"), identity.chain_pem());
    Identity::files(chain, folder.write(&format!("{name}.key"), identity.key_pem()))
}

fn valid(name: &str) -> ClientIdentity {
    ClientIdentity::valid(name).expect("an identity")
}

async fn demanding(connection: Connection) -> Bench {
    bench(Builder::demands_client_certificate, |_| connection).await
}

/// Creates an agent of this tenant and name that may search.
fn named(tenant: &str, name: &str) -> Agent {
    Agent::new(name).tenant(tenant).grant::<Shop>(["products:read"]).clearance(Clearance::Internal)
}

fn session(bench: &Bench, agent: Agent) -> Session {
    bench.guard.session(agent).expect("declared")
}

/// Starts a shop that requires a client certificate, and a guard that has one for the agent `one` of
/// the tenant `acme` only.
async fn one_identity() -> (Bench, ClientIdentity, TempFolder) {
    let (folder, client) = (TempFolder::new(), valid("one"));
    let identity = files(&folder, "one", &client);
    let connection = Connection::new().identity_for(&named("acme", "one"), identity);
    (demanding(connection).await, client, folder)
}

async fn search_as(bench: &Bench, agent: Agent) -> Outcome {
    session(bench, agent).call("search_products", SEARCH).await
}

/// Returns the client certificate of each request, as the server saw it.
fn seen(bench: &Bench) -> Vec<Option<[u8; 32]>> {
    bench
        .shop
        .requests()
        .iter()
        .map(secure_tool_testkit::hostile::Request::client_certificate)
        .collect()
}

#[tokio::test]
async fn a_required_client_certificate_is_shown_or_the_call_is_refused() {
    let without = demanding(Connection::new()).await;
    assert_eq!(
        (rule(&search(&without).await), rule_and_detail(&without)),
        (Some(Rule::Tls), tls(MISSING))
    );
    assert!(without.shop.requests().is_empty());

    let (folder, client) = (TempFolder::new(), valid("support"));
    let identity = files(&folder, "support", &client);
    let chain = folder.path().join("support.pem").display().to_string();
    let with = demanding(Connection::new().identity(identity)).await;
    assert!(is_answered(&with).await && is_answered(&with).await);
    assert_eq!(seen(&with), [Some(client.sha256()); 2]);
    assert_eq!((with.shop.connections(), with.shop.resumptions()), (1, 0));
    let shown = serde_json::to_string(with.guard.posture()).expect("plain data");
    assert_eq!(posture(&with).identity, Some(chain));
    assert!(
        !shown.contains("PRIVATE") && !shown.contains("support.key"),
        "the posture shows only the path"
    );
}

#[tokio::test]
async fn a_rejected_client_certificate_is_reported_with_its_reason() {
    let folder = TempFolder::new();
    for (client, detail) in [
        (ClientIdentity::expired("support"), "the server rejects the client certificate: expired"),
        (
            ClientIdentity::other_authority("support"),
            "the server cannot verify the client certificate or its key",
        ),
    ] {
        let bench = demanding(Connection::new().identity(files(
            &folder,
            "support",
            &client.expect("an identity"),
        )))
        .await;
        let outcome = search(&bench).await;
        assert_eq!((rule(&outcome), rule_and_detail(&bench)), (Some(Rule::Tls), tls(detail)));
        assert!(bench.shop.requests().is_empty());
        assert!(!outcome.for_model().contains("certificate"));
    }
}

#[tokio::test]
async fn agents_never_share_a_client_certificate() {
    let folder = TempFolder::new();
    let (one, two, rest) = (valid("one"), valid("two"), valid("rest"));
    let connection = Connection::new()
        .identity(files(&folder, "rest", &rest))
        .identity_for(&named("acme", "one"), files(&folder, "one", &one))
        .identity_for(&named("acme", "two"), files(&folder, "two", &two));
    let bench = demanding(connection).await;
    let callers = [
        (session(&bench, named("acme", "one")), one.sha256()),
        (session(&bench, named("acme", "two")), two.sha256()),
        (session(&bench, named("acme", "three")), rest.sha256()),
        (session(&bench, named("other", "one")), rest.sha256()),
    ];
    // One after the other over open connections, then concurrently.
    for round in 0..2 {
        for (caller, certificate) in &callers {
            assert!(caller.call("search_products", SEARCH).await.answer().is_some());
            assert_eq!(seen(&bench).last(), Some(&Some(*certificate)), "round {round}");
        }
    }
    assert_eq!(bench.shop.connections(), 4);
    bench.shop.clear();
    // Each caller puts its number into an argument, so that the server can match calls and
    // certificates.
    let call = |(at, (caller, _)): (usize, &(Session, [u8; 32]))| {
        let arguments = format!(r#"{{"category":"kettles","term":"caller {at}","limit":5}}"#);
        let caller = caller.clone();
        async move { assert!(caller.call("search_products", &arguments).await.answer().is_some()) }
    };
    let mut calls: Vec<_> = Vec::new();
    for _ in 0..6 {
        calls.extend(callers.iter().enumerate().map(call).map(tokio::spawn));
    }
    for call in calls {
        call.await.expect("no panic");
    }
    let requests = bench.shop.requests();
    assert_eq!(requests.len(), 24);
    for request in requests {
        let term =
            request.query_pairs().into_iter().find(|(name, _)| name == "term").expect("a term").1;
        let at: usize = term.trim_start_matches("caller ").parse().expect("a number");
        assert_eq!(request.client_certificate(), Some(callers[at].1), "{term}");
    }
    let identities = posture(&bench).identities;
    assert_eq!(identities.keys().collect::<Vec<_>>(), ["acme/one", "acme/two"]);
}

#[tokio::test]
async fn an_agent_without_an_identity_cannot_use_the_connection_of_another() {
    let (bench, client, _folder) = one_identity().await;
    assert!(search_as(&bench, named("acme", "one")).await.answer().is_some());
    for stranger in [named("acme", "two"), named("other", "one")] {
        assert_eq!(rule(&search_as(&bench, stranger).await), Some(Rule::Tls));
    }
    assert_eq!(seen(&bench), [Some(client.sha256())]);
}

#[tokio::test]
async fn a_rejected_client_certificate_does_not_block_other_agents() {
    let (bench, _client, _folder) = one_identity().await;
    let stranger = session(&bench, named("acme", "two"));
    // The number of failures that opens a circuit.
    for _ in 0..10 {
        assert_eq!(rule(&stranger.call("search_products", SEARCH).await), Some(Rule::Tls));
    }
    assert_eq!(
        rule(&stranger.call("read_everything", "{}").await),
        Some(Rule::CircuitOpen),
        "the circuit of the rejected agent"
    );
    assert!(search_as(&bench, named("acme", "one")).await.answer().is_some());
}

#[tokio::test]
async fn a_changed_identity_is_shown_by_the_next_call_over_a_new_connection() {
    let (folder, old, new) = (TempFolder::new(), valid("old"), valid("new"));
    let bench = demanding(Connection::new().identity(files(&folder, "client", &old))).await;
    assert!(is_answered(&bench).await);
    files(&folder, "client", &new);
    assert!(is_answered(&bench).await, "the files are checked at most once per second");
    bench.clock.advance(Duration::from_secs(1));
    assert!(is_answered(&bench).await);
    assert_eq!(seen(&bench), [Some(old.sha256()), Some(old.sha256()), Some(new.sha256())]);
    assert_eq!(bench.shop.connections(), 2);
}

#[tokio::test]
async fn an_incomplete_identity_keeps_the_previous_one_in_use() {
    let (folder, old, new) = (TempFolder::new(), valid("old"), valid("new"));
    let bench = demanding(
        Connection::new().identity(files(&folder, "client", &old)).max_age(Duration::ZERO),
    )
    .await;
    let steps: [&dyn Fn(); 4] = [
        // The chain alone does not match the old key.
        &|| drop(folder.write("client.pem", new.chain_pem())),
        &|| drop(folder.write("client.key", &new.key_pem()[..100])),
        &|| fs::remove_file(folder.path().join("client.key")).expect("it was there"),
        &|| drop(folder.write("client.key", "")),
    ];
    for (at, step) in steps.iter().enumerate() {
        step();
        bench.clock.advance(Duration::from_secs(1));
        assert!(is_answered(&bench).await, "step {at}");
        assert_eq!(seen(&bench).last(), Some(&Some(old.sha256())), "step {at}");
    }
    folder.write("client.key", new.key_pem());
    bench.clock.advance(Duration::from_secs(1));
    assert!(is_answered(&bench).await);
    assert_eq!(seen(&bench).last(), Some(&Some(new.sha256())));
}

#[test]
fn an_unusable_identity_is_a_build_error_that_shows_no_key() {
    let (folder, one, other) = (TempFolder::new(), valid("one"), valid("other"));
    files(&folder, "one", &one);
    files(&folder, "other", &other);
    folder.write("none.pem", "nothing of the kind");
    folder.write("broken.key", one.key_pem().replace("-----END", "----END"));
    let build = |chain: &str, key: &str| {
        let identity = Identity::files(folder.path().join(chain), folder.path().join(key));
        let builder = tests::builder(&[])
            .toolset::<tests::AllTools>()
            .audit(secure_tool::audit::MemoryAudit::new());
        builder
            .roots(Roots::Bundled)
            .connection::<Shop>(Connection::new().identity_for(&agent(), identity))
            .build()
    };
    assert!(build("one.pem", "one.key").is_ok());
    for (chain, key, words, kind) in [
        ("missing.pem", "one.key", "missing.pem", ErrorKind::System),
        ("one.pem", "missing.key", "missing.key", ErrorKind::System),
        ("one.pem", "other.key", "not match its certificate", ErrorKind::Secret),
        ("none.pem", "one.key", "no PEM certificate", ErrorKind::Secret),
        ("one.pem", "none.pem", "no unencrypted PEM key", ErrorKind::Secret),
        ("one.pem", "broken.key", "no unencrypted PEM key", ErrorKind::Secret),
    ] {
        let error = build(chain, key).expect_err(words);
        let mut whole = vec![error.to_string(), format!("{error:?}")];
        assert!(
            whole[0].contains("API `Shop`: client identity") && whole[0].contains(words),
            "{words}: {whole:?}"
        );
        assert_eq!(error.kind(), kind, "{whole:?}");
        let mut source = std::error::Error::source(&error);
        while let Some(error) = source {
            whole.push(format!("{error} {error:?}"));
            source = error.source();
        }
        let line = one.key_pem().lines().nth(1).expect("a line of the key");
        assert!(!whole.concat().contains(line), "{words}: the error shows no line of the key");
    }
}

#[tokio::test]
async fn an_effect_with_a_rejected_certificate_was_not_made_or_is_unknown_on_an_older_client() {
    let order = r#"{"product":"KT-2041"}"#;
    let strict = demanding(Connection::new()).await;
    assert_eq!(rule(&strict.session().call("place_order", order).await), Some(Rule::Tls));
    assert_eq!(
        (rule_and_detail(&strict), strict.last_record()["decision"].as_str()),
        (tls(MISSING), Some("refused"))
    );
    assert!(strict.shop.requests().is_empty());

    let open = shop_api().await;
    open.respond(Response::json(page("fine")).header("connection", "close"));
    let shut = HostileApi::builder("api.shop.example")
        .demands_client_certificate()
        .start()
        .await
        .expect("loopback");
    let (at, _ends) = relay(open.addr(), shut.addr()).await;
    let audit = tests::Records::new();
    let builder = tests::builder_at(&open, at).toolset::<tests::AllTools>().audit(audit.clone());
    let session = open_session(builder, agent());
    assert!(session.call("search_products", SEARCH).await.answer().is_some());
    assert_eq!(rule(&session.call("place_order", order).await), Some(Rule::EffectUnknown));
    let last = audit.lines().pop().expect("a record");
    assert!(last.contains(r#""detail":"send.exchange: the connection broke"#), "{last}");
    assert_eq!((open.requests().len(), shut.requests().len()), (1, 0));
}
