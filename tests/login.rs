//! `login`: an e-mail address and a password for a session.

use serde_json::json;
use tests::{Outcome, Shop};

#[tokio::test]
async fn the_right_password_opens_a_session_on_the_account() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;

    let answer = shop.post("login", json!({"email": "Ada@Example.com", "password": ada.password})).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.text("/account/email"), "ada@example.com");
    assert_eq!(answer.body["account"]["is_new"], false);
    assert_eq!((answer.text("/token_type"), answer.body["expires_in"].clone()), ("Bearer".to_owned(), json!(900)));
    assert_eq!(shop.table().await?.sessions("ada@example.com").len(), 2);
    Ok(())
}
