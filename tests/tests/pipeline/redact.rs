//! Stage 9.

use secure_tool::FixedSecrets;
use secure_tool_testkit::hostile::Answer;
use serde_json::json;
use tests::{Bench, MAIL_KEY, SEARCH, SHOP_KEY, page};

#[tokio::test]
async fn declared_redactions_are_made() {
    let bench = Bench::new().await;
    let session = bench.session();
    let outcome = session.call("search_products", SEARCH).await;
    let item = outcome.structured().expect("answered")["items"][0].clone();
    let text = outcome.for_model();
    assert!(item["supplier_phone"].as_str().is_some_and(|phone| phone.contains("**********4567")), "{item}");
    assert!(item["supplier_email"].as_str().is_some_and(|email| email.starts_with("hash:")), "{item}");
    assert!(item.get("purchase_price").is_none());
    for canary in ["49 30", "123456", "ann@supplier.example", "11.5"] {
        assert!(!text.contains(canary), "{canary} in {text}");
        assert!(!bench.audit.lines().concat().contains(canary));
    }
    // Equal values stay equal.
    let again = session.call("search_products", SEARCH).await.structured().expect("answered");
    assert_eq!(again["items"][0]["supplier_email"], item["supplier_email"]);
    assert_eq!(bench.last_record()["redactions"], json!({ "drop": 1, "hash": 1, "mask": 1 }));
}

#[tokio::test]
async fn a_credential_that_the_api_echoes_is_removed() {
    let bench = Bench::new().await;
    let session = bench.session();
    for echoed in [
        format!("your key is {SHOP_KEY}."),
        "c2hvcC1jYW5hcnktNWYyZTc3YTBjMQ==".to_owned(),
        "eHNob3AtY2FuYXJ5LTVmMmU3N2EwYzE".to_owned(),
        "73686f702d63616e6172792d35663265373761306331".to_owned(),
        "shop%2Dcanary%2D5f2e77a0c1".to_owned(),
    ] {
        bench.shop.answer(Answer::json(page(&echoed)));
        let outcome = session.call("search_products", SEARCH).await;
        let shown = format!("{} {:?} {:?}", outcome.for_model(), outcome.structured(), bench.audit.lines());
        assert!(shown.contains("[secret removed]"), "{echoed}: {shown}");
        assert!(!shown.contains(SHOP_KEY) && !shown.contains(&echoed), "{shown}");
    }
    // Nothing that is taken out may put it together again.
    bench.shop.answer(Answer::json(page(&format!("{}\u{200b}{}", &SHOP_KEY[..7], &SHOP_KEY[7..]))));
    let outcome = session.call("search_products", SEARCH).await;
    assert!(outcome.answer().is_some() && !outcome.for_model().contains(SHOP_KEY), "{outcome:?}");
    bench.shop.answer_with(|request| {
        let echo = request.header("authorization").unwrap_or_default().to_owned();
        Answer::json(json!({ echo.as_str(): { "headers": [echo] } }).to_string())
    });
    let outcome = session.call("read_document", "{}").await;
    assert!(outcome.answer().is_some() && !format!("{outcome:?}").contains(SHOP_KEY), "{outcome:?}");
}

#[tokio::test]
async fn a_credential_of_digits_is_removed_from_numbers_too() {
    let secrets = FixedSecrets::new().with("SHOP_API_KEY", "4929871100347781".to_owned()).with("MAIL_API_KEY", MAIL_KEY.to_owned());
    let bench = Bench::with(|builder| builder.secrets(secrets)).await;
    bench.shop.answer(Answer::json(r#"{"n":4929871100347781,"list":[-4929871100347781.5],"t":"4929871100347781"}"#));
    let outcome = bench.session().call("read_document", "{}").await;
    let text = outcome.for_model();
    assert!(outcome.structured().is_some_and(|value| value.is_object()) && !text.contains("4929871100347781"), "{text}");
}
