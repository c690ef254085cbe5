//! Attacks on the tools of the support bot.

use shop_bot::SearchProducts;

#[tokio::test]
async fn search_products_withstands_attacks() {
    secure_tool_testkit::attack::<SearchProducts>().await.assert();
}
