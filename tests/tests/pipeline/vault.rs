//! Secrets of a Vault, against a double that implements its documented API (`tests::vault`).

use std::time::Duration;

use secure_tool::clock::ManualClock;
use secure_tool::{
    Connection, Error, Roots, Rule, Secret, Secrets, Tool, VaultAuth, VaultBuilder, VaultSecrets,
};
use secure_tool_testkit::hostile::{Certificate, HostileApi, Response, TlsVersion, Trap};
use serde_json::json;
use tests::vault::{HOST, Vault};
use tests::{
    GetProduct, Guard, Records, SendNote, TempFolder, agent, builder, canary, mail_api, rule,
    shop_api, start_api,
};

const FIRST: &str = "vault-canary-first-71c0";
const SECOND: &str = "vault-canary-second-2e9b";

/// Starts a Vault with the keys of the shop and of the mail service.
async fn filled() -> Vault {
    let vault = Vault::start().await;
    vault.put("bot/shop", json!({ "key": FIRST, "port": 8080, "nested": { "key": "x" } }));
    vault.put("bot/mail", json!({ "key": "vault-canary-mail-55d1" }));
    vault.state().app_roles.insert("bot".into(), "secret-id-canary-1".into());
    vault
}

/// Creates a store builder without a login method.
fn store(vault: &Vault) -> VaultBuilder {
    VaultSecrets::builder(format!("https://{HOST}:{}", vault.api.addr().port()))
        .connection(Connection::new().roots(Roots::Only(vec![vault.api.authority().to_vec()])))
        .dangerously_reach_at(vault.api.addr(), "a test's own server")
        .deadline(Duration::from_secs(1))
        .secret("SHOP_API_KEY", "bot/shop", "key")
}

fn by_role(vault: &Vault) -> VaultBuilder {
    store(vault).auth(VaultAuth::app_role("bot", "secret-id-canary-1".to_owned()))
}

/// Connects a store with the keys of the shop and of the mail service.
async fn both_secrets(vault: &Vault) -> VaultSecrets {
    let store = by_role(vault).secret("MAIL_API_KEY", "bot/mail", "key");
    store.connect().await.expect("a valid role")
}

/// Returns an error with its causes, and checks that it contains no text from Vault and no secret.
fn told(error: &Error) -> String {
    canary::saw_error(error);
    assert!(!format!("{error} {error:?}").contains("canary"), "{error:?}");
    error.to_string()
}

/// Returns the cached value of a secret.
struct CachedSecrets(VaultSecrets);

impl Secrets for CachedSecrets {
    fn secret(&self, name: &str) -> Result<Option<Secret>, Error> {
        self.0.secret(name)
    }
}

/// Returns the credential that a guard with this store sends to the shop, or the refusal.
async fn sent(store: &VaultSecrets) -> Result<String, String> {
    let shop = shop_api().await;
    let builder = builder(&[&shop])
        .tool(Tool::of::<GetProduct>())
        .secrets(CachedSecrets(store.clone()))
        .dangerously_without_audit("a test");
    let guard = Guard::build(builder).map_err(|error| told(&error))?;
    let session = guard
        .session(secure_tool::Agent::new("a").grant::<tests::Shop>(["products:read"]))
        .expect("declared");
    session.user_said("tell me of KT-2041");
    let outcome = session.call("get_product", r#"{"sku":"KT-2041"}"#).await;
    let requests = shop.requests();
    let request = requests.first().unwrap_or_else(|| panic!("{}", outcome.for_model()));
    Ok(request.header("authorization").unwrap_or_default().to_owned())
}

#[tokio::test]
async fn each_declared_secret_is_fetched_once_and_then_read_from_memory() {
    let vault = filled().await;
    let folder = TempFolder::new();
    let token = folder.write("once", "root-canary-token-0\n");
    let store = store(&vault)
        .auth(VaultAuth::token_file(&token))
        .secret("SHOP_PORT", "bot/shop", "key")
        .secret("MAIL_API_KEY", "bot/mail", "key")
        .connect()
        .await
        .expect("all are there");
    assert_eq!(
        vault.request_lines(),
        ["GET /v1/secret/data/bot/mail", "GET /v1/secret/data/bot/shop"],
        "each entry is read once"
    );
    let requests = vault.api.requests();
    let request = requests.first().expect("one");
    let names: Vec<_> =
        request.headers().iter().map(|(name, _)| name.to_ascii_lowercase()).collect();
    assert_eq!(
        (request.header("x-vault-token"), request.header("x-vault-request")),
        (Some("root-canary-token-0"), Some("true"))
    );
    assert!(
        !names.contains(&"x-vault-namespace".to_owned())
            && !names.contains(&"authorization".to_owned()),
        "{names:?}"
    );
    vault.api.clear();
    for name in ["SHOP_API_KEY", "SHOP_PORT", "MAIL_API_KEY"] {
        assert!(store.secret(name).expect("memory").is_some(), "{name}");
    }
    assert!(
        store.secret("OTHER").expect("memory").is_none(),
        "an undeclared name is not looked up"
    );
    assert_eq!(sent(&store).await, Ok(format!("Bearer {FIRST}")));
    assert_eq!(vault.request_lines(), Vec::<String>::new());
}

#[tokio::test]
async fn the_namespace_is_sent_with_each_request() {
    let vault = filled().await;
    vault.state().namespace = Some("team/shop".into());
    assert!(by_role(&vault).connect().await.is_err(), "without the namespace nothing is found");
    vault.api.clear();
    by_role(&vault).namespace("team/shop").connect().await.expect("in its namespace");
    let requests = vault.api.requests();
    assert_eq!(requests.len(), 2);
    assert!(
        requests.iter().all(|request| request.header("x-vault-namespace") == Some("team/shop"))
    );
}

#[tokio::test]
async fn a_failure_is_reported_by_kind_without_text_from_vault() {
    let vault = filled().await;
    let folder = TempFolder::new();
    let token = folder.write("kinds", "root-canary-token-0");
    let stranger = folder.write("stranger", "root-canary-token-1");
    vault.state().put("bot/gone", json!({ "key": FIRST }));
    vault.state().delete("bot/gone");
    vault.state().put("bot/shredded", json!({ "key": FIRST }));
    vault.state().destroy("bot/shredded");
    let with = |path: &str, field: &str| {
        store(&vault).auth(VaultAuth::token_file(&token)).secret("SHOP_API_KEY", path, field)
    };
    for (builder, kind) in [
        (store(&vault).auth(VaultAuth::token_file(&stranger)), "denied (403)"),
        (with("bot/nowhere", "key"), "the path does not exist (404)"),
        (with("bot/gone", "key"), "the newest version was deleted (404)"),
        (with("bot/shredded", "key"), "the newest version was destroyed (404)"),
        (with("bot/shop", "absent"), "it has no text in field `absent`"),
        (with("bot/shop", "port"), "it has no text in field `port`"),
        (with("bot/shop", "nested"), "it has no text in field `nested`"),
        (
            store(&vault).auth(VaultAuth::app_role("bot", "wrong-canary-id".to_owned())),
            "the login at `auth/approle`: Vault rejected the request (4xx)",
        ),
    ] {
        let told = told(&builder.connect().await.expect_err(kind));
        assert!(told.contains(kind), "{kind}: {told}");
    }
    vault.state().sealed = true;
    assert!(
        told(&by_role(&vault).connect().await.expect_err("sealed"))
            .contains("Vault is sealed or in maintenance (503)")
    );
}

#[tokio::test]
async fn a_misbehaving_vault_stops_at_a_limit() {
    let vault = filled().await;
    let folder = TempFolder::new();
    let token = folder.write("misbehaves", "root-canary-token-0");
    let trap = Trap::start().await.expect("loopback");
    for (answer, kind) in [
        (Response::silence(), "send.timeout"),
        (Response::drip(Duration::from_millis(50)), "send.timeout"),
        (Response::huge(), "send.answer_too_large"),
        (Response::json("canary-garbage"), "does not match Vault's API"),
        (Response::json("{}"), "does not match Vault's API"),
        (
            Response::json(r#"{"data":{"data":{"key":"canary-x"},"metadata":{"version":1}}}"#),
            "does not match Vault's API",
        ),
        (
            Response::json(
                r#"{"data":{"data":{"key":"canary-x"},"metadata":{"version":1,"created_time":"canary","deletion_time":"","destroyed":false}}}"#,
            ),
            "does not match Vault's API",
        ),
        (Response::raw("canary nonsense"), "send.exchange"),
        (Response::redirect(307, format!("https://{}/canary", trap.addr())), "check.redirect"),
        (Response::new(429, "text/plain", "canary"), "(429)"),
        (Response::new(500, "text/plain", "canary"), "(5xx"),
        (Response::new(204, "", ""), "(5xx or an unexpected status)"),
    ] {
        vault.state().instead = Some(answer);
        let connecting = store(&vault).auth(VaultAuth::token_file(&token)).connect();
        let error = tokio::time::timeout(Duration::from_secs(15), connecting)
            .await
            .expect("an end")
            .expect_err(kind);
        let told = told(&error);
        assert!(told.contains(kind), "{kind}: {told}");
    }
    assert!(vault.api.sent() < 4 << 20, "{} bytes", vault.api.sent());
    assert_eq!(trap.hits(), 0);
    vault.state().instead = None;
    assert!(
        store(&vault).auth(VaultAuth::token_file(&token)).connect().await.is_ok(),
        "the next refresh works"
    );
}

#[tokio::test]
async fn an_untrusted_vault_receives_no_token() {
    let folder = TempFolder::new();
    let token = folder.write("tls", "root-canary-token-0");
    for certificate in [
        Certificate::Expired,
        Certificate::SelfSigned,
        Certificate::WrongHost,
        Certificate::WrongAuthority,
    ] {
        let vault = Vault::with(|builder| builder.certificate(certificate)).await;
        let error = store(&vault)
            .auth(VaultAuth::token_file(&token))
            .connect()
            .await
            .expect_err("no certificate");
        assert!(told(&error).contains("send.tls: certificate: "), "{certificate:?}");
        assert!(vault.api.requests().is_empty(), "{certificate:?}");
    }
    let vault = Vault::with(|builder| builder.tls(TlsVersion::V12Only)).await;
    let error =
        store(&vault).auth(VaultAuth::token_file(&token)).connect().await.expect_err("TLS 1.2");
    assert!(told(&error).contains("send.tls"));
    assert!(vault.api.requests().is_empty());
}

#[tokio::test]
async fn a_vault_at_a_special_use_address_needs_an_escape_hatch() {
    let local = start_api("localhost").await;
    let connecting = VaultSecrets::builder(format!("https://localhost:{}", local.addr().port()))
        .connection(Connection::new().roots(Roots::Only(vec![local.authority().to_vec()])))
        .auth(VaultAuth::app_role("bot", "secret-id-canary-1".to_owned()))
        .secret("SHOP_API_KEY", "bot/shop", "key")
        .connect();
    assert!(told(&connecting.await.expect_err("loopback")).contains("send.address"));
    assert_eq!(local.connections(), 0);
}

#[tokio::test]
async fn invalid_settings_are_errors_before_anything_is_sent() {
    let vault = filled().await;
    let role = || VaultAuth::app_role("bot", "secret-id-canary-1".to_owned());
    for (builder, word) in [
        (store(&vault), "login method"),
        (VaultSecrets::builder(format!("https://{HOST}")).auth(role()), "no secret is declared"),
        (store(&vault).auth(role()).mount("../sys"), "the mount"),
        (store(&vault).auth(role().at("a//b")), "the mount"),
        (store(&vault).auth(role()).secret("X", "a/../../sys", "key"), "the path"),
        (store(&vault).auth(role()).namespace("a\nb"), "the namespace"),
        (
            VaultSecrets::builder(format!("http://{HOST}")).auth(role()).secret("X", "a", "b"),
            "not https",
        ),
        (
            VaultSecrets::builder(format!("https://u:p-canary-1@{HOST}"))
                .auth(role())
                .secret("X", "a", "b"),
            "a user name",
        ),
        (
            VaultSecrets::builder(format!("https://{HOST}/?a")).auth(role()).secret("X", "a", "b"),
            "a query",
        ),
        (
            VaultSecrets::builder("https://127.0.0.1:8200").auth(role()).secret("X", "a", "b"),
            "no host name",
        ),
    ] {
        canary::saw("a builder", &format!("{builder:?}"));
        let told = told(&builder.connect().await.expect_err(word));
        assert!(told.contains(word), "{word}: {told}");
    }
    assert_eq!(vault.api.connections(), 0);
}

#[tokio::test]
async fn a_role_logs_in_and_its_token_is_renewed_before_it_expires() {
    let vault = filled().await;
    let clock = ManualClock::new();
    let store = by_role(&vault).clock(clock.clone()).connect().await.expect("a good role");
    let requests = vault.api.requests();
    let login: serde_json::Value = serde_json::from_slice(requests[0].body()).expect("JSON");
    assert_eq!(login, json!({ "role_id": "bot", "secret_id": "secret-id-canary-1" }));
    assert_eq!(
        (requests[0].target(), requests[0].header("x-vault-token")),
        ("/v1/auth/approle/login", None)
    );
    assert_eq!(requests[1].header("x-vault-token"), Some("hvs.login-canary-1"));
    let read = "GET /v1/secret/data/bot/shop".to_owned();
    let asked = async |after: u64| {
        vault.api.clear();
        clock.advance(Duration::from_secs(after));
        let refreshed = store.refresh().await.map_err(|error| told(&error));
        (refreshed, vault.request_lines())
    };
    assert_eq!(asked(2399).await, (Ok(()), vec![read.clone()]), "before two thirds of the lease");
    assert_eq!(
        asked(1).await,
        (Ok(()), vec!["POST /v1/auth/token/renew-self".to_owned(), read.clone()])
    );
    assert_eq!(asked(2399).await, (Ok(()), vec![read.clone()]), "the renewal started a new lease");
    assert_eq!(
        asked(3600).await,
        (Ok(()), vec!["POST /v1/auth/approle/login".to_owned(), read.clone()]),
        "an expired token is not renewed"
    );
    vault.state().renewed = Some(0);
    let both = [
        "POST /v1/auth/token/renew-self".to_owned(),
        "POST /v1/auth/approle/login".to_owned(),
        read.clone(),
    ];
    assert_eq!(asked(2400).await, (Ok(()), both.to_vec()), "a failed renewal causes a new login");
    vault.state().renewed = Some(60);
    assert_eq!(
        asked(2400).await,
        (Ok(()), both.to_vec()),
        "a token near its maximum lifetime causes a new login"
    );
    vault.state().logins_left = Some(0);
    assert_eq!(asked(2400).await, (Ok(()), both.to_vec()), "a valid token stays in use");
    assert!(asked(1200).await.0.expect_err("it has ended").contains("the login at `auth/approle`"));
}

#[tokio::test]
async fn a_token_is_renewed_in_the_background() {
    let vault = filled().await;
    vault.state().lease = 1;
    let store = by_role(&vault).connect().await.expect("a good role");
    // The store renews after 2/3 of a second of real time; the test waits for the request.
    let renewed = async {
        while !vault.request_lines().contains(&"POST /v1/auth/token/renew-self".to_owned()) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(15), renewed).await.expect("a renewal");
    drop(store);
}

#[tokio::test]
async fn a_revoked_token_is_replaced_and_a_denied_path_causes_no_login() {
    let vault = filled().await;
    let store = both_secrets(&vault).await;
    vault.state().tokens.clear();
    vault.api.clear();
    store.refresh().await.expect("a new token");
    assert_eq!(
        vault.request_lines().iter().filter(|asked| asked.contains("login")).count(),
        1,
        "{:?}",
        vault.request_lines()
    );
    vault.state().denied.insert("bot/mail".into());
    vault.api.clear();
    assert!(
        told(&store.refresh().await.expect_err("denied"))
            .contains("`bot/mail`, for secret `MAIL_API_KEY`: denied (403)")
    );
    let asked = [
        "GET /v1/secret/data/bot/mail",
        "GET /v1/auth/token/lookup-self",
        "GET /v1/secret/data/bot/shop",
    ];
    assert_eq!(
        vault.request_lines(),
        asked,
        "the token is valid, so there is no login, and the other secrets are read"
    );
    assert!(store.secret("MAIL_API_KEY").expect("memory").is_some(), "the known value stays");
}

#[tokio::test]
async fn a_token_in_a_file_is_read_again() {
    let vault = filled().await;
    let folder = TempFolder::new();
    let token = folder.write("file", "root-canary-token-0");
    let store =
        store(&vault).auth(VaultAuth::token_file(&token)).connect().await.expect("a good token");
    vault.state().tokens = ["root-canary-token-9".to_owned()].into();
    assert!(told(&store.refresh().await.expect_err("the old one")).contains("denied (403)"));
    std::fs::write(&token, "root-canary-token-9\n").expect("a temporary file");
    store.refresh().await.expect("the new one");
    std::fs::write(&token, "two words").expect("a temporary file");
    assert!(
        told(&store.refresh().await.expect_err("no token"))
            .contains("contains no valid credential")
    );
}

#[tokio::test]
async fn a_service_account_logs_in_with_its_jwt() {
    let vault = filled().await;
    let folder = TempFolder::new();
    let jwt = folder.write("jwt", "jwt-canary-1\n");
    vault.state().kubernetes.insert("bot".into(), "jwt-canary-1".into());
    let auth = || VaultAuth::kubernetes("bot").jwt_file(&jwt);
    let store = store(&vault).auth(auth()).connect().await.expect("a good role");
    assert_eq!(sent(&store).await, Ok(format!("Bearer {FIRST}")));
    let body: serde_json::Value =
        serde_json::from_slice(vault.api.requests()[0].body()).expect("JSON");
    assert_eq!(body, json!({ "role": "bot", "jwt": "jwt-canary-1" }));
    vault.state().kubernetes.clear();
    assert!(
        told(&self::store(&vault).auth(auth()).connect().await.expect_err("no role"))
            .contains("the login at `auth/kubernetes`: denied")
    );
}

#[tokio::test]
async fn a_rotated_secret_is_read_by_the_next_refresh() {
    let vault = filled().await;
    let store = by_role(&vault).connect().await.expect("a good role");
    vault.state().now = 60;
    vault.put("bot/shop", json!({ "key": SECOND }));
    assert_eq!(
        sent(&store).await,
        Ok(format!("Bearer {FIRST}")),
        "the old value before the refresh"
    );
    let issued = |store: &VaultSecrets| {
        format!("{:?}", store.secret("SHOP_API_KEY").expect("memory").expect("a secret"))
    };
    let before = issued(&store);
    store.refresh().await.expect("two versions");
    assert_eq!(sent(&store).await, Ok(format!("Bearer {SECOND}")));
    assert_ne!(issued(&store), before, "the age counts from the new version");
    vault.state().fall_back("bot/shop");
    store.refresh().await.expect("a replica that lags");
    assert_eq!(
        sent(&store).await,
        Ok(format!("Bearer {SECOND}")),
        "an older version does not replace a newer one"
    );
}

#[tokio::test]
async fn a_deleted_secret_expires_and_an_unreachable_vault_expires_nothing() {
    let vault = filled().await;
    let store = both_secrets(&vault).await;
    vault.state().sealed = true;
    vault.api.clear();
    assert!(told(&store.refresh().await.expect_err("sealed")).contains("(503)"));
    assert_eq!(
        vault.request_lines().len(),
        1,
        "a failure that affects all requests ends the refresh"
    );
    assert_eq!(sent(&store).await, Ok(format!("Bearer {FIRST}")));
    vault.state().sealed = false;
    vault.state().delete("bot/shop");
    store.refresh().await.expect("it is known that it is gone");
    assert!(
        sent(&store)
            .await
            .expect_err("no key")
            .contains("secret `SHOP_API_KEY` of API `Shop` is too old to be sent")
    );
    vault.put("bot/shop", json!({ "key": SECOND }));
    store.refresh().await.expect("another version");
    assert_eq!(sent(&store).await, Ok(format!("Bearer {SECOND}")));
}

#[tokio::test]
async fn own_connections_are_in_the_posture_and_in_the_first_record() {
    let vault = filled().await;
    let store = both_secrets(&vault).await;
    assert!(!format!("{store:?}").contains("canary"), "{store:?}");
    let mail = mail_api().await;
    let audit = Records::new();
    let guard = Guard::build(
        builder(&[&mail]).tool(Tool::of::<SendNote>()).secrets(store).audit(audit.clone()),
    )
    .expect("a sound guard");
    let posture = guard.posture();
    let [own] = posture.connections.as_slice() else { panic!("{posture:?}") };
    assert_eq!(
        (own.purpose.as_str(), own.host.as_str(), own.path.as_str()),
        ("secret manager", HOST, "/")
    );
    assert!(own.tls.starts_with("TLS 1.3, roots: 1 set in code"), "{}", own.tls);
    assert!(
        posture.weakened.iter().any(
            |weakness| weakness.what.contains(HOST) && weakness.reason == "a test's own server"
        ),
        "{posture}"
    );
    let first = audit.parsed().remove(0);
    assert_eq!(first["posture"]["connections"][0]["host"], HOST);
    assert!(guard.session(agent()).is_err(), "the guard has no shop");
}

/// Builds a guard that reads the shop's key from this store.
async fn guarded(store: VaultSecrets, clock: &ManualClock) -> (HostileApi, Guard, Records) {
    let shop = shop_api().await;
    let audit = Records::new();
    let builder = builder(&[&shop])
        .tool(Tool::of::<GetProduct>())
        .secrets(store)
        .audit(audit.clone())
        .clock(clock.clone());
    let guard = Guard::build(builder).expect("a sound guard");
    (shop, guard, audit)
}

/// Returns the credential of one call to the shop.
async fn keys_of_a_call(guard: &Guard, shop: &HostileApi) -> (Option<Rule>, Vec<String>) {
    shop.clear();
    let session = guard
        .session(secure_tool::Agent::new("a").grant::<tests::Shop>(["products:read"]))
        .expect("declared");
    session.user_said("tell me of KT-2041");
    let outcome = session.call("get_product", r#"{"sku":"KT-2041"}"#).await;
    let sent = shop
        .requests()
        .iter()
        .map(|request| request.header("authorization").unwrap_or_default().to_owned())
        .collect();
    (rule(&outcome), sent)
}

/// Makes a call that finds the secrets due, and waits until the refresh is complete.
async fn refreshed(store: &VaultSecrets, guard: &Guard, shop: &HostileApi) {
    let known = || format!("{:?}", store.secret("SHOP_API_KEY"));
    let before = known();
    assert_eq!(
        keys_of_a_call(guard, shop).await.1.len(),
        1,
        "a call does not wait for the refresh"
    );
    let changed = async {
        while known() == before {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(15), changed).await.expect("a refresh");
}

#[tokio::test]
async fn a_rotated_secret_is_used_after_a_rejection_and_after_the_refresh_interval() {
    let (vault, clock) = (filled().await, ManualClock::new());
    let store = by_role(&vault).clock(clock.clone()).connect().await.expect("a good role");
    let (shop, guard, audit) = guarded(store.clone(), &clock).await;
    let (first, second, third) = (
        format!("Bearer {FIRST}"),
        format!("Bearer {SECOND}"),
        "Bearer vault-canary-third-90aa".to_owned(),
    );
    assert_eq!(keys_of_a_call(&guard, &shop).await, (None, vec![first.clone()]));
    clock.advance(Duration::from_mins(1));
    vault.put("bot/shop", json!({ "key": SECOND }));
    shop.respond_with(|request| {
        let is_good = request.header("authorization") == Some(&format!("Bearer {SECOND}"));
        Response::json("{}").status(if is_good { 200 } else { 401 })
    });
    assert_eq!(
        keys_of_a_call(&guard, &shop).await,
        (None, vec![first, second.clone()]),
        "rejected, refreshed, retried once"
    );
    assert_eq!(keys_of_a_call(&guard, &shop).await, (None, vec![second.clone()]));
    shop.respond(Response::json("{}"));
    vault.state().now = 120;
    vault.put("bot/shop", json!({ "key": "vault-canary-third-90aa" }));
    clock.advance(Duration::from_secs(299));
    assert_eq!(keys_of_a_call(&guard, &shop).await, (None, vec![second]));
    clock.advance(Duration::from_secs(1));
    refreshed(&store, &guard, &shop).await;
    assert_eq!(
        keys_of_a_call(&guard, &shop).await,
        (None, vec![third]),
        "5 minutes after the last refresh"
    );
    let rotations = audit.lines().iter().filter(|line| line.contains("\"rotated\"")).count();
    assert_eq!(rotations, 2, "{:#?}", audit.lines());
}

#[tokio::test]
async fn a_deleted_secret_is_not_sent() {
    let (vault, clock) = (filled().await, ManualClock::new());
    let store = by_role(&vault).clock(clock.clone()).connect().await.expect("a good role");
    let (shop, guard, _audit) = guarded(store.clone(), &clock).await;
    assert_eq!(keys_of_a_call(&guard, &shop).await.0, None);
    vault.state().destroy("bot/shop");
    clock.advance(Duration::from_mins(5));
    refreshed(&store, &guard, &shop).await;
    assert_eq!(keys_of_a_call(&guard, &shop).await, (Some(Rule::Credential), vec![]));
    vault.put("bot/shop", json!({ "key": SECOND }));
    clock.advance(Duration::from_secs(10));
    assert_eq!(keys_of_a_call(&guard, &shop).await, (None, vec![format!("Bearer {SECOND}")]));
}

#[tokio::test]
async fn a_secret_expires_at_its_deletion_time_in_vault() {
    let (vault, clock) = (filled().await, ManualClock::new());
    vault.state().delete_at("bot/shop", 120);
    let store = by_role(&vault).clock(clock.clone()).connect().await.expect("a good role");
    let (shop, guard, _audit) = guarded(store, &clock).await;
    assert_eq!(keys_of_a_call(&guard, &shop).await.0, None);
    clock.advance(Duration::from_secs(121));
    assert_eq!(keys_of_a_call(&guard, &shop).await, (Some(Rule::Credential), vec![]));
}
