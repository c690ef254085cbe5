//! Own keys of agents.

use secure_tool::{Agent, Connection, Rule};
use secure_tool_testkit::hostile::Response;
use tests::canary::secret;
use tests::stores::ChangingSecrets;
use tests::{Bench, SEARCH, SHOP_KEY, Shop, page, rule};

use super::{READ, bot, call, changing, shown};

#[tokio::test]
async fn each_agent_sends_only_its_own_key() {
    let (bench, store) = changing(Connection::new()).await;
    let (seven, eight) = (secret("bot-7"), secret("bot-8"));
    store.set("SHOP_KEY_BOT_7", &seven);
    store.set("SHOP_KEY_BOT_8", &eight);
    let session = |agent| bench.guard.session(agent).expect("its secret is there");
    let sessions = [
        (
            session(bot("bot-7").secret_for::<Shop>("SHOP_KEY_BOT_7")),
            "SHOP_KEY_BOT_7",
            seven.as_str(),
        ),
        (
            session(bot("bot-8").secret_for::<Shop>("SHOP_KEY_BOT_8")),
            "SHOP_KEY_BOT_8",
            eight.as_str(),
        ),
        (session(bot("bot-9")), "SHOP_API_KEY", SHOP_KEY),
    ];
    for round in 0..3 {
        for (session, name, key) in &sessions {
            bench.shop.clear();
            // The API echoes one agent's key to another: all keys are scrubbed from all responses.
            bench.shop.respond(Response::json(page(&format!("{seven} {eight} {SHOP_KEY}"))));
            let outcome = session.call("search_products", SEARCH).await;
            assert!(
                outcome.for_model().contains("[secret removed] [secret removed] [secret removed]"),
                "{}",
                outcome.for_model()
            );
            assert_eq!(
                call(session, ("count_stock", r#"{"product":"A"}"#)).await,
                Some(Rule::Drift),
                "the requests of a handler use the key too"
            );
            assert_eq!(shown(&bench.shop), [*key, *key], "round {round}");
            assert_eq!(bench.last_record()["credential"], *name);
        }
    }
}

#[tokio::test]
async fn concurrent_calls_do_not_mix_up_keys() {
    let (bench, store) = changing(Connection::new()).await;
    bench.shop.respond_with(|request| {
        // An argument carries the number of the session.
        let pairs = request.query_pairs();
        let term = pairs
            .iter()
            .find(|(name, _)| name == "term")
            .map(|(_, value)| value.clone())
            .unwrap_or_default();
        let own = request
            .header("authorization")
            .unwrap_or_default()
            .starts_with(&format!("Bearer {term}-"));
        if own { Response::json(page("own")) } else { Response::new(500, "application/json", "{}") }
    });
    let mut calls = tokio::task::JoinSet::new();
    for number in 0..8 {
        let name = format!("bot{number}");
        store.set(&name, secret(&name));
        let session =
            bench.guard.session(bot(&name).secret_for::<Shop>(&name)).expect("its secret is there");
        for _ in 0..5 {
            let (session, arguments) =
                (session.clone(), format!(r#"{{"category":"a","term":"{name}","limit":5}}"#));
            calls.spawn(async move { rule(&session.call("search_products", &arguments).await) });
        }
    }
    while let Some(done) = calls.join_next().await {
        assert_eq!(done.expect("no panic"), None);
    }
    assert_eq!(bench.shop.requests().len(), 40);
}

#[tokio::test]
async fn an_unusable_agent_secret_is_an_error_when_the_session_is_opened() {
    let (bench, store) = changing(Connection::new()).await;
    store.set("SHORT", "-canar-");
    store.set("UNFIT", format!("{}\r\nx: y", secret("unfit")));
    for (agent, words) in [
        (
            bot("a").secret_for::<Shop>("NOT_THERE"),
            "secret `NOT_THERE` of agent `a` for API `Shop` is missing",
        ),
        (bot("a").secret_for::<Shop>("SHORT"), "`SHORT` is shorter than 8 bytes"),
        (bot("a").secret_for::<Shop>("UNFIT"), "not a valid header value"),
        (bot("a").secret_for::<tests::Local>("SHOP_API_KEY"), "`Local`, which no tool reaches"),
    ] {
        let error = bench.guard.session(agent).expect_err(words).to_string();
        assert!(error.contains(words), "{words}: {error}");
    }
    let local =
        Bench::with(|builder| builder.tool(secure_tool::Tool::of::<tests::ReadLocalDocument>()))
            .await;
    let error = local
        .guard
        .session(bot("a").secret_for::<tests::Local>("SHOP_API_KEY"))
        .expect_err("no credential is sent there");
    assert!(error.to_string().contains("no credential is sent to"), "{error}");
}

#[tokio::test]
async fn with_secret_per_agent_there_is_no_shared_key() {
    let (store, connection) = (ChangingSecrets::new(), Connection::new().secret_per_agent());
    store.remove("SHOP_API_KEY");
    store.set("SHOP_KEY_BOT_7", secret("bot-7"));
    let bench =
        Bench::with(|builder| builder.secrets(store.clone()).connection::<Shop>(connection)).await;
    let error = bench.guard.session(bot("bot-8")).expect_err("it has none").to_string();
    assert!(
        error.contains("agent `bot-8` has no secret of its own, which is required for API `Shop`"),
        "{error}"
    );
    let session =
        bench.guard.session(bot("bot-7").secret_for::<Shop>("SHOP_KEY_BOT_7")).expect("it has one");
    assert_eq!(call(&session, READ).await, None);
    assert_eq!(shown(&bench.shop), [secret("bot-7")]);
    // An agent without a grant for the API needs no key.
    assert!(bench.guard.session(Agent::new("mailer").grant::<tests::Mail>(["mail:read"])).is_ok());
}
