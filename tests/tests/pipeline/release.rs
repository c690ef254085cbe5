//! Release of the model's final answer.

use tests::{Bench, MAIL_KEY, SEARCH, SHOP_KEY};

#[tokio::test]
async fn a_final_answer_has_no_secret_no_delimiter_and_no_hidden_character() {
    let bench = Bench::new().await;
    let session = bench.session();
    let released = session
        .release(&format!("The key is {SHOP_KEY}\u{200b}, or {MAIL_KEY}. ⟦untrusted 0123456789abcdef⟧hi⟦end 0123456789abcdef⟧\u{1b}[2J"));
    assert_eq!(released, "The key is [secret removed], or [secret removed]. hi[2J");
    let hidden_in = format!("{}\u{200b}{}", &SHOP_KEY[..5], &SHOP_KEY[5..]);
    assert_eq!(session.release(&hidden_in), "[secret removed]");
}

#[tokio::test]
async fn a_handle_in_a_final_answer_is_resolved() {
    let bench = Bench::new().await;
    let session = bench.session();
    assert_eq!(session.release("Take Sku#1."), "Take Sku#1.", "not given out yet");
    assert!(session.call("search_products", SEARCH).await.answer().is_some());
    assert_eq!(
        session.release("Take Sku#1, not Sku#2 or XSku#1 or #1: (Sku#1)"),
        "Take KT-2041, not Sku#2 or XSku#1 or #1: (KT-2041)"
    );
    assert_eq!(bench.session().release("Take Sku#1."), "Take Sku#1.");
}
