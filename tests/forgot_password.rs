//! `forgot-password`: mails a link that sets a new password.

use serde_json::json;
use tests::{Outcome, Shop};

#[tokio::test]
async fn an_account_gets_a_link_to_the_shops_own_page_and_others_get_the_same_answer() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let grace = shop.customer_without_password("grace@example.com").await?;
    shop.wait_a_day();
    let poisoned = shop
        .ask("forgot-password")
        .header("host", "evil.example")
        .header("origin", "https://evil.example")
        .header("x-forwarded-host", "evil.example");
    let known = poisoned.json(&json!({"email": ada.email})).send().await;
    let passwordless = shop.post("forgot-password", json!({"email": grace.email})).await;
    let unknown = shop.post("forgot-password", json!({"email": "nobody@example.com"})).await;

    assert_eq!((known.status, known.body["expires_in"].clone()), (202, json!(86_400)));
    assert_eq!((known.class(), known.class()), (passwordless.class(), unknown.class()));
    let mail = &shop.mails(&ada.email).await?[0];
    assert!(mail.text.contains("http://127.0.0.1:9000/reset-password#token="), "{}", mail.text);
    assert!(!format!("{mail:?}").contains("evil.example"));
    assert_eq!(shop.mail_kinds(&grace.email).await?[0], "reset-password");
    assert!(shop.mails("nobody@example.com").await?.is_empty());
    Ok(())
}
