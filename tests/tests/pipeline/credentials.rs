//! Credentials: whose key is sent, what becomes of it when it is rotated, old or refused, and where it never is.

use std::time::Duration;

use secure_tool::clock::Clock;
use secure_tool::{Agent, Clearance, Connection, Roots, Rule, Secret};
use secure_tool_testkit::hostile::{Answer, HostileApi};
use tests::canary::secret;
use tests::stores::ChangingSecrets;
use tests::{Bench, SEARCH, SHOP_KEY, Session, Shop, page, rule};

const DAY: Duration = Duration::from_hours(24);
const SECOND: Duration = Duration::from_secs(1);
const READ: (&str, &str) = ("read_everything", "{}");
const ORDER: (&str, &str) = ("place_order", r#"{"product":"KT-2041"}"#);

/// A bench whose store of secrets can be changed.
async fn changing(connection: Connection) -> (Bench, ChangingSecrets) {
    let store = ChangingSecrets::new();
    let bench = Bench::with(|builder| builder.secrets(store.clone()).connection::<Shop>(connection)).await;
    (bench, store)
}

/// The credentials that the shop was shown, in order.
fn shown(shop: &HostileApi) -> Vec<String> {
    let bearer = |value: Option<&str>| value.unwrap_or_default().strip_prefix("Bearer ").unwrap_or_default().to_owned();
    shop.requests().iter().map(|request| bearer(request.header("authorization"))).collect()
}

/// The shop takes these credentials and refuses all others.
fn takes(shop: &HostileApi, keys: &[&str]) {
    let headers: Vec<String> = keys.iter().map(|key| format!("Bearer {key}")).collect();
    shop.answer_with(move |request| {
        let taken = headers.iter().any(|header| request.header("authorization") == Some(header));
        if taken {
            Answer::json(if request.method() == "POST" { "[]".into() } else { page("fine") })
        } else {
            Answer::new(401, "application/json", "{}")
        }
    });
}

/// What became of credentials, by the audit: which and what.
fn notices(bench: &Bench) -> Vec<(String, String)> {
    let text = |record: &serde_json::Value, field: &str| record[field].as_str().unwrap_or_default().to_owned();
    let records = bench.records();
    let notices = records.iter().filter(|record| record["kind"] == "credential");
    notices.map(|record| (text(record, "credential"), text(record, "decision"))).collect()
}

fn notice(name: &str, what: &str) -> (String, String) {
    (name.to_owned(), what.to_owned())
}

async fn call(session: &Session, (tool, arguments): (&str, &str)) -> Option<Rule> {
    let outcome = session.call(tool, arguments).await;
    assert!(outcome.answer().is_some() || outcome.refusal().is_some());
    rule(&outcome)
}

fn bot(name: &str) -> Agent {
    Agent::new(name).grant::<Shop>(["products:read", "orders:write"]).clearance(Clearance::Internal)
}

// Whose key.

#[tokio::test]
async fn each_agent_sends_its_own_key_and_no_other() {
    let (bench, store) = changing(Connection::new()).await;
    let (seven, eight) = (secret("bot-7"), secret("bot-8"));
    store.set("SHOP_KEY_BOT_7", &seven);
    store.set("SHOP_KEY_BOT_8", &eight);
    let session = |agent| bench.guard.session(agent).expect("its secret is there");
    let sessions = [
        (session(bot("bot-7").secret_for::<Shop>("SHOP_KEY_BOT_7")), "SHOP_KEY_BOT_7", seven.as_str()),
        (session(bot("bot-8").secret_for::<Shop>("SHOP_KEY_BOT_8")), "SHOP_KEY_BOT_8", eight.as_str()),
        (session(bot("bot-9")), "SHOP_API_KEY", SHOP_KEY),
    ];
    for round in 0..3 {
        for (session, name, key) in &sessions {
            bench.shop.clear();
            // An API that echoes one agent's key to another: each is searched for in all answers.
            bench.shop.answer(Answer::json(page(&format!("{seven} {eight} {SHOP_KEY}"))));
            let outcome = session.call("search_products", SEARCH).await;
            assert!(outcome.for_model().contains("[secret removed] [secret removed] [secret removed]"), "{}", outcome.for_model());
            assert_eq!(call(session, ("count_stock", r#"{"product":"A"}"#)).await, Some(Rule::Drift), "a handler's calls too");
            assert_eq!(shown(&bench.shop), [*key, *key], "round {round}");
            assert_eq!(bench.last_record()["credential"], *name);
        }
    }
}

#[tokio::test]
async fn calls_at_once_do_not_mix_keys_up() {
    let (bench, store) = changing(Connection::new()).await;
    bench.shop.answer_with(|request| {
        // Which session it was stands in the request, by an argument of its own.
        let pairs = request.query_pairs();
        let term = pairs.iter().find(|(name, _)| name == "term").map(|(_, value)| value.clone()).unwrap_or_default();
        let own = request.header("authorization").unwrap_or_default().starts_with(&format!("Bearer {term}-"));
        if own { Answer::json(page("own")) } else { Answer::new(500, "application/json", "{}") }
    });
    let mut calls = tokio::task::JoinSet::new();
    for number in 0..8 {
        let name = format!("bot{number}");
        store.set(&name, secret(&name));
        let session = bench.guard.session(bot(&name).secret_for::<Shop>(&name)).expect("its secret is there");
        for _ in 0..5 {
            let (session, arguments) = (session.clone(), format!(r#"{{"category":"a","term":"{name}","limit":5}}"#));
            calls.spawn(async move { rule(&session.call("search_products", &arguments).await) });
        }
    }
    while let Some(done) = calls.join_next().await {
        assert_eq!(done.expect("no panic"), None);
    }
    assert_eq!(bench.shop.requests().len(), 40);
}

#[tokio::test]
async fn an_agents_secret_that_can_not_be_used_is_an_error_when_the_session_is_opened() {
    let (bench, store) = changing(Connection::new()).await;
    store.set("SHORT", "-canar-");
    store.set("UNFIT", format!("{}\r\nx: y", secret("unfit")));
    for (agent, words) in [
        (bot("a").secret_for::<Shop>("NOT_THERE"), "secret `NOT_THERE` of agent `a` for API `Shop` is missing"),
        (bot("a").secret_for::<Shop>("SHORT"), "`SHORT` is shorter than 8 bytes"),
        (bot("a").secret_for::<Shop>("UNFIT"), "can't stand in a header"),
        (bot("a").secret_for::<tests::Local>("SHOP_API_KEY"), "`Local`, which no tool reaches"),
    ] {
        let error = bench.guard.session(agent).expect_err(words).to_string();
        assert!(error.contains(words), "{words}: {error}");
    }
    let local = Bench::with(|builder| builder.tool(secure_tool::Tool::of::<tests::ReadLocalDocument>())).await;
    let error = local.guard.session(bot("a").secret_for::<tests::Local>("SHOP_API_KEY")).expect_err("no credential is sent there");
    assert!(error.to_string().contains("no credential is sent to"), "{error}");
}

#[tokio::test]
async fn where_each_agent_must_have_its_own_key_there_is_no_shared_one() {
    let (store, connection) = (ChangingSecrets::new(), Connection::new().secret_per_agent());
    store.remove("SHOP_API_KEY");
    store.set("SHOP_KEY_BOT_7", secret("bot-7"));
    let bench = Bench::with(|builder| builder.secrets(store.clone()).connection::<Shop>(connection)).await;
    let error = bench.guard.session(bot("bot-8")).expect_err("it has none").to_string();
    assert!(error.contains("agent `bot-8` has no secret of its own for API `Shop`"), "{error}");
    let session = bench.guard.session(bot("bot-7").secret_for::<Shop>("SHOP_KEY_BOT_7")).expect("it has one");
    assert_eq!(call(&session, READ).await, None);
    assert_eq!(shown(&bench.shop), [secret("bot-7")]);
    // One that may not call the API needs no key for it.
    assert!(bench.guard.session(Agent::new("mailer").grant::<tests::Mail>(["mail:read"])).is_ok());
}

// Rotation.

#[tokio::test]
async fn a_new_value_is_sent_from_the_next_look_on_and_the_old_one_is_still_scrubbed() {
    let (bench, store) = changing(Connection::new()).await;
    let session = bench.session();
    assert_eq!(call(&session, READ).await, None);
    let mut values = vec![SHOP_KEY.to_owned()];
    for version in 1..=7 {
        values.push(secret(&format!("shop-v{version}")));
        store.set("SHOP_API_KEY", values.last().expect("one"));
        bench.clock.advance(SECOND);
        bench.shop.answer(Answer::json(page(&values.join(" "))));
        let outcome = session.call("search_products", SEARCH).await;
        assert_eq!(shown(&bench.shop).last(), values.last(), "version {version}");
        assert_eq!(outcome.for_model().matches("[secret removed]").count(), values.len(), "{}", outcome.for_model());
    }
    assert_eq!(notices(&bench), vec![notice("SHOP_API_KEY", "rotated"); 7]);
}

#[tokio::test]
async fn a_store_is_asked_once_a_second_however_many_calls_there_are() {
    let (bench, store) = changing(Connection::new()).await;
    let (session, (before, _)) = (bench.session(), store.counts());
    for _ in 0..50 {
        assert_eq!(call(&session, READ).await, None);
    }
    assert_eq!(store.counts(), (before, 0));
    bench.clock.advance(SECOND);
    for _ in 0..50 {
        assert_eq!(call(&session, READ).await, None);
    }
    assert_eq!(store.counts(), (before + 1, 0));
}

#[tokio::test]
async fn within_the_overlap_the_value_before_is_tried_where_the_new_one_is_refused() {
    let (bench, store) = changing(Connection::new().secret_overlap(60 * SECOND)).await;
    let (session, new) = (bench.session(), secret("shop-new"));
    store.set("SHOP_API_KEY", &new);
    bench.clock.advance(SECOND);
    takes(&bench.shop, &[SHOP_KEY]);
    // An effect too: a refused request was not carried out.
    assert_eq!(call(&session, ORDER).await, None);
    assert_eq!(shown(&bench.shop), [new.as_str(), SHOP_KEY]);
    assert_eq!(bench.records().iter().filter(|record| record["kind"] == "intent").count(), 1);
    bench.shop.clear();
    assert_eq!(call(&session, READ).await, None);
    assert_eq!(shown(&bench.shop), [SHOP_KEY], "what was accepted is sent first for ten seconds");
    bench.clock.advance(10 * SECOND);
    takes(&bench.shop, &[&new]);
    bench.shop.clear();
    assert_eq!(call(&session, READ).await, None);
    assert_eq!(shown(&bench.shop), [new.as_str()], "then the new one again");
    assert_eq!(notices(&bench), [notice("SHOP_API_KEY", "rotated"), notice("SHOP_API_KEY", "previous_used")]);
}

#[tokio::test]
async fn what_is_sent_first_in_an_overlap_may_be_refused_too() {
    let (bench, store) = changing(Connection::new().secret_overlap(60 * SECOND)).await;
    let (session, new) = (bench.session(), secret("shop-new"));
    store.set("SHOP_API_KEY", &new);
    bench.clock.advance(SECOND);
    takes(&bench.shop, &[SHOP_KEY]);
    assert_eq!(call(&session, READ).await, None);
    takes(&bench.shop, &[&new]);
    bench.shop.clear();
    assert_eq!(call(&session, READ).await, None);
    assert_eq!(shown(&bench.shop), [SHOP_KEY, new.as_str()], "the API has learned of the new key meanwhile");
    bench.shop.clear();
    assert_eq!(call(&session, READ).await, None);
    assert_eq!(shown(&bench.shop), [new.as_str()]);
}

#[tokio::test]
async fn after_the_overlap_and_without_one_the_value_before_is_not_sent() {
    for (overlap, wait) in [(SECOND, SECOND), (Duration::ZERO, Duration::ZERO)] {
        let (bench, store) = changing(Connection::new().secret_overlap(overlap)).await;
        let (session, new) = (bench.session(), secret("shop-new"));
        store.set("SHOP_API_KEY", &new);
        bench.clock.advance(SECOND);
        assert_eq!(call(&session, READ).await, None);
        bench.clock.advance(wait);
        takes(&bench.shop, &[SHOP_KEY]);
        bench.shop.clear();
        assert_eq!(call(&session, READ).await, Some(Rule::Rejected));
        assert!(!shown(&bench.shop).contains(&SHOP_KEY.to_owned()), "{overlap:?}");
    }
}

#[tokio::test]
async fn a_refused_value_makes_the_store_be_asked_again() {
    let (bench, store) = changing(Connection::new()).await;
    let (session, new) = (bench.session(), secret("shop-new"));
    takes(&bench.shop, &[&new]);
    store.set_remotely("SHOP_API_KEY", &new);
    assert_eq!(call(&session, ORDER).await, None);
    assert_eq!((shown(&bench.shop), store.counts().1), (vec![SHOP_KEY.to_owned(), new.clone()], 1));
    bench.shop.clear();
    assert_eq!(call(&session, READ).await, None);
    assert_eq!(shown(&bench.shop), [new], "from then on at once");
}

#[tokio::test]
async fn a_model_can_not_make_the_guard_hammer_the_store_or_the_api() {
    let (bench, store) = changing(Connection::new()).await;
    let (session, (asked, _)) = (bench.session(), store.counts());
    takes(&bench.shop, &[]);
    for second in 0_usize..20 {
        for _ in 0..10 {
            assert_eq!(call(&session, READ).await, Some(Rule::Rejected));
        }
        assert_eq!(store.counts().1, 1 + second / 10, "one refresh in ten seconds");
        bench.clock.advance(SECOND);
    }
    assert_eq!(bench.shop.requests().len(), 200, "nothing changed, so nothing was sent again");
    assert!(store.counts().0 - asked <= 22, "{:?}", store.counts());
}

#[tokio::test]
async fn of_calls_that_are_refused_at_once_one_refreshes() {
    let (bench, store) = changing(Connection::new()).await;
    let new = secret("shop-new");
    takes(&bench.shop, &[&new]);
    store.set_remotely("SHOP_API_KEY", &new);
    let mut calls = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let session = bench.session();
        calls.spawn(async move { call(&session, READ).await });
    }
    while let Some(done) = calls.join_next().await {
        assert_eq!(done.expect("no panic"), None);
    }
    assert_eq!(store.counts().1, 1);
}

#[tokio::test]
async fn a_store_that_hangs_holds_up_only_who_needs_it_and_not_beyond_its_deadline() {
    let (bench, store) = changing(Connection::new()).await;
    store.hang(true);
    takes(&bench.shop, &[]);
    let session = bench.session();
    // The call's deadline is a second; the refusal that came is what it ends with.
    let outcome = tokio::time::timeout(Duration::from_secs(15), session.call("read_document", "{}")).await.expect("an end");
    assert_eq!(rule(&outcome), Some(Rule::Rejected));
    takes(&bench.shop, &[SHOP_KEY]);
    assert_eq!(call(&session, READ).await, None, "who is not refused waits for nobody");
    takes(&bench.shop, &[]);
    assert_eq!(call(&session, READ).await, Some(Rule::Rejected), "one with more time waits for the end of the refresh that was begun");
    assert_eq!((store.counts().1, notices(&bench)), (1, vec![notice("", "refresh_failed")]));
}

// What is not taken.

#[tokio::test]
async fn a_new_value_that_can_not_be_used_is_not_taken_and_the_operator_is_told_once() {
    for (value, what) in [
        (Some("-canar-".to_owned()), "unfit"),
        (Some(format!("{}\r\nx-evil: 1", secret("unfit"))), "unfit"),
        (Some(format!(" {}", secret("unfit"))), "unfit"),
        (None, "missing"),
    ] {
        let (bench, store) = changing(Connection::new()).await;
        let session = bench.session();
        match &value {
            Some(value) => store.set("SHOP_API_KEY", value),
            None => store.remove("SHOP_API_KEY"),
        }
        for _ in 0..10 {
            bench.clock.advance(SECOND);
            assert_eq!(call(&session, READ).await, None);
        }
        assert_eq!(shown(&bench.shop), vec![SHOP_KEY; 10], "{value:?}");
        assert_eq!(notices(&bench), [notice("SHOP_API_KEY", what)]);
        bench.clock.advance(Duration::from_hours(1));
        assert_eq!(call(&session, READ).await, None);
        assert_eq!(notices(&bench).len(), 2, "and again after an hour");
    }
}

#[tokio::test]
async fn a_store_that_breaks_leaves_the_values_that_were_known() {
    let (bench, store) = changing(Connection::new()).await;
    let session = bench.session();
    store.break_down(true);
    for _ in 0..10 {
        bench.clock.advance(SECOND);
        assert_eq!(call(&session, READ).await, None);
    }
    assert_eq!(notices(&bench), [notice("SHOP_API_KEY", "unreadable")]);
    takes(&bench.shop, &[]);
    assert_eq!(call(&session, READ).await, Some(Rule::Rejected));
    assert_eq!(notices(&bench).last(), Some(&notice("", "refresh_failed")));
}

// Age.

fn issued_before(bench_clock: &impl Clock, age: Duration) -> Secret {
    Secret::new(SHOP_KEY.to_owned()).issued(bench_clock.wall() - age)
}

async fn aged(age: Duration) -> (Bench, ChangingSecrets) {
    let store = ChangingSecrets::new();
    store.set_secret("SHOP_API_KEY", issued_before(&secure_tool::clock::ManualClock::new(), age));
    let connection = Connection::new().secret_age(80 * DAY, 90 * DAY);
    let bench = Bench::with(|builder| builder.secrets(store.clone()).connection::<Shop>(connection)).await;
    (bench, store)
}

#[tokio::test]
async fn an_old_value_is_warned_of_and_then_refused() {
    let (bench, store) = aged(79 * DAY).await;
    let session = bench.session();
    assert_eq!(call(&session, READ).await, None);
    assert_eq!(notices(&bench), []);
    bench.clock.advance(DAY);
    for _ in 0..20 {
        assert_eq!(call(&session, READ).await, None);
    }
    assert_eq!(notices(&bench), [notice("SHOP_API_KEY", "aging")], "one warning for twenty calls");
    bench.clock.advance(10 * DAY);
    bench.shop.clear();
    for tool in [READ, ORDER] {
        let outcome = session.call(tool.0, tool.1).await;
        assert_eq!(rule(&outcome), Some(Rule::Credential));
        assert_eq!(outcome.for_model(), Rule::Dns.text(), "the model is told that the service can't be reached");
    }
    assert_eq!((bench.shop.requests().len(), bench.last_record()["rule"].as_str()), (0, Some("send.credential")));
    assert_eq!(notices(&bench).last(), Some(&notice("SHOP_API_KEY", "too_old")));
    // A new one, and all is well.
    let new = secret("shop-new");
    store.set_secret("SHOP_API_KEY", Secret::new(new.clone()).issued(bench.clock.wall()));
    bench.clock.advance(SECOND);
    assert_eq!(call(&session, READ).await, None);
    assert_eq!(shown(&bench.shop), [new]);
}

#[tokio::test]
async fn an_age_that_nobody_knows_is_an_error_where_it_is_limited() {
    let connection = || Connection::new().secret_age(80 * DAY, 90 * DAY);
    let build = |builder: secure_tool::guard::Builder| tests::Guard::build(builder).expect_err("no age").to_string();
    let builder = || {
        tests::builder(&[])
            .toolset::<tests::AllTools>()
            .audit(tests::Records::new())
            .connection::<Shop>(connection())
            .roots(Roots::Platform)
    };
    let error = build(builder());
    assert!(error.contains("`SHOP_API_KEY`") && error.contains("`FixedSecrets`"), "{error}");
    let error = build(builder().secrets(ChangingSecrets::new()));
    assert!(error.contains("`ChangingSecrets`"), "{error}");
    let backwards = Connection::new().secret_age(90 * DAY, 80 * DAY);
    assert!(build(builder().connection::<Shop>(backwards)).contains("warns of the age of a secret after refusing it"));
    // Too old from the start is an error at the start.
    let store = ChangingSecrets::new();
    store.set_secret("SHOP_API_KEY", issued_before(&secure_tool::clock::ManualClock::new(), 91 * DAY));
    let error = build(builder().secrets(store).clock(secure_tool::clock::ManualClock::new()));
    assert!(error.contains("too old"), "{error}");
}

#[tokio::test]
async fn a_new_value_of_unknown_age_is_not_taken_where_age_is_limited() {
    let (bench, store) = aged(DAY).await;
    store.set("SHOP_API_KEY", secret("shop-new"));
    bench.clock.advance(SECOND);
    assert_eq!(call(&bench.session(), READ).await, None);
    assert_eq!((shown(&bench.shop), notices(&bench)), (vec![SHOP_KEY.to_owned()], vec![notice("SHOP_API_KEY", "unfit")]));
}

#[tokio::test]
async fn an_end_that_the_store_gives_out_is_heeded_and_the_store_asked_again_before() {
    let (bench, store) = changing(Connection::new()).await;
    let ends = |value: &str, at| Secret::new(value.to_owned()).expires(at);
    store.set_secret("SHOP_API_KEY", ends(SHOP_KEY, bench.clock.wall() + 60 * SECOND));
    bench.clock.advance(SECOND);
    let session = bench.session();
    assert_eq!(call(&session, READ).await, None);
    bench.clock.advance(60 * SECOND);
    assert_eq!(call(&session, READ).await, Some(Rule::Credential));
    let new = secret("shop-new");
    store.set_remotely("SHOP_API_KEY", &new);
    bench.clock.advance(10 * SECOND);
    assert_eq!(call(&session, READ).await, None);
    assert_eq!(shown(&bench.shop), [SHOP_KEY, new.as_str()]);
}

#[tokio::test]
async fn setting_the_clock_back_makes_no_value_younger() {
    let (bench, _store) = aged(79 * DAY).await;
    let session = bench.session();
    bench.clock.set_back(60 * DAY);
    bench.clock.advance(12 * DAY);
    assert_eq!(call(&session, READ).await, Some(Rule::Credential), "91 days have passed, whatever the calendar says");
}

// Files.

#[tokio::test]
async fn a_mounted_file_is_reread_and_what_vanishes_is_told_of() {
    let folder = std::env::temp_dir().join(format!("secure-tool-mounted-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let put = |text: &str| {
        std::fs::write(folder.join("new"), text).expect("written");
        std::fs::rename(folder.join("new"), folder.join("SHOP_API_KEY")).expect("renamed");
    };
    put(&format!("{SHOP_KEY}\n"));
    std::fs::write(folder.join("MAIL_API_KEY"), tests::MAIL_KEY).expect("written");
    let store = secure_tool::PrefixedSecrets::new(secure_tool::FileSecrets::new(&folder));
    let connection = Connection::new().secret_age(Duration::from_hours(24 * 365 * 100), Duration::from_hours(24 * 365 * 200));
    let bench = Bench::with(|builder| builder.secrets(store).connection::<Shop>(connection)).await;
    let (session, new) = (bench.session(), secret("mounted"));
    assert_eq!(call(&session, READ).await, None);
    put(&format!("{new}\n"));
    bench.clock.advance(SECOND);
    assert_eq!(call(&session, READ).await, None);
    put("\n");
    bench.clock.advance(SECOND);
    assert_eq!(call(&session, READ).await, None);
    std::fs::remove_dir_all(&folder).expect("removed");
    bench.clock.advance(SECOND);
    assert_eq!(call(&session, READ).await, None);
    assert_eq!(shown(&bench.shop), [SHOP_KEY, &new, &new, &new]);
    let expected = ["rotated", "unreadable", "missing"].map(|what| notice("SHOP_API_KEY", what));
    assert_eq!(notices(&bench), expected, "how old a file is can be told, so a limit is no error");
}

// Where it never is.

#[tokio::test]
async fn an_echo_of_the_credential_reaches_nobody() {
    let bench = Bench::new().await;
    let session = bench.session();
    let encoded = |text: &str| -> Vec<String> {
        let percent: String = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
        // base64, by Python's standard library: of the key alone, and behind `Bearer `.
        let base64 = ["c2hvcC1jYW5hcnktNWYyZTc3YTBjMQ==", "QmVhcmVyIHNob3AtY2FuYXJ5LTVmMmU3N2EwYzE="];
        [text.to_owned(), percent].into_iter().chain(base64.map(str::to_owned)).collect()
    };
    for echo in encoded(SHOP_KEY) {
        for answer in [
            Answer::json(page(&echo)),
            Answer::json(page("fine")).header("x-echo", &echo).header("set-cookie", format!("k={echo}")),
            Answer::new(200, format!("application/json; k=\"{echo}\""), page("fine")),
            Answer::new(200, format!("text/{echo}"), "{}"),
            Answer::new(401, "application/json", format!(r#"{{"error":"{echo} is not known"}}"#)),
            Answer::new(500, "text/html", format!("<pre>{echo}</pre>")),
            Answer::redirect(302, format!("https://evil.example/?k={echo}")),
            Answer::json(format!(r#"{{"items":"{echo}"}}"#)),
            Answer::json(format!("{{\"{echo}\":")),
            Answer::raw(format!("HTTP/1.1 200 {echo}\r\n{echo}\r\n\r\n")),
            in_pieces(&page(&echo)),
        ] {
            bench.shop.answer(answer);
            // The session, the records and all logs are looked through.
            let outcome = session.call("search_products", SEARCH).await;
            assert!(!format!("{outcome:?}").contains(&echo), "{outcome:?}");
            assert!(!bench.audit.lines().concat().contains(&echo), "{:?}", bench.audit.lines().last());
        }
        bench.clock.advance(Duration::from_mins(1));
    }
    bench.shop.answer(in_pieces(&page(SHOP_KEY)));
    let outcome = session.call("search_products", SEARCH).await;
    assert!(outcome.for_model().contains("[secret removed]"), "a secret that came in pieces: {}", outcome.for_model());
}

/// An answer each byte of which is a chunk of its own.
fn in_pieces(body: &str) -> Answer {
    let chunks: String = body.bytes().map(|byte| format!("1\r\n{}\r\n", char::from(byte))).collect();
    Answer::raw(format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n{chunks}0\r\n\r\n"))
}

#[tokio::test]
async fn no_token_of_a_model_a_user_or_an_agent_is_passed_on() {
    let bench = Bench::new().await;
    let session = bench.guard.session(tests::agent().principal("Bearer evil-token").tenant("evil-token")).expect("granted");
    session.user_said("My token is \"evil-token\", write to bob@corp.example. authorization: Bearer evil-token");
    session.user_attached("authorization: Bearer evil-token");
    bench.mail.answer(Answer::new(204, "", ""));
    let arguments = r#"{"to":["bob@corp.example"],"text":"x-api-key: evil-token","request_id":"Bearer evil-token"}"#;
    assert!(session.call("send_mail", arguments).await.answer().is_some());
    let requests = bench.mail.requests();
    let headers = requests.first().expect("one").headers();
    let of = |header: &str| {
        headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case(header)).map(|(_, value)| value.as_str()).collect::<Vec<_>>()
    };
    assert_eq!((of("x-api-key"), of("authorization")), (vec![tests::MAIL_KEY], vec![]), "{headers:?}");
    // It stands in the header that was declared for an argument, and in no other.
    let others = headers.iter().filter(|(name, value)| name != "x-request-id" && value.contains("evil-token"));
    assert_eq!(others.count(), 0, "{headers:?}");
}

/// While compiling, ST0103 refuses an argument in a header that is the transport's or the API's; these are specs that no derive would write.
#[test]
fn an_argument_can_not_stand_in_the_place_of_a_credential() {
    use secure_tool::spec::{Field, Place, Record, ToolSpec};
    let written = secure_tool::Tool::of::<tests::SendMail>();
    for header in ["authorization", "Authorization", "x-api-key", "X-API-Key", "cookie", "proxy-authorization", "host"] {
        let own = |field: &Field| Field { place: if field.name == "request_id" { Place::Header(header) } else { field.place }, ..*field };
        let fields: Vec<Field> = written.spec().arguments.fields.iter().map(own).collect();
        let arguments = Record { fields: fields.leak(), ..*written.spec().arguments };
        let spec = ToolSpec { arguments: Box::leak(Box::new(arguments)), ..*written.spec() };
        let tool = secure_tool::Tool::new(Box::leak(Box::new(spec)), *written.code());
        let builder = tests::builder(&[]).roots(Roots::Platform).tool(tool).audit(tests::Records::new());
        let error = tests::Guard::build(builder).expect_err(header).to_string();
        assert!(error.contains(&format!("writes header `{header}`")), "{error}");
    }
}
