//! `change-email`: both mailboxes proved, the old one told, and the account stays who it is.

use serde_json::json;
use tests::{Outcome, Shop};

#[tokio::test]
async fn an_account_moves_once_both_mailboxes_are_proved() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait(60);
    let (challenge_id, code) = shop.challenge(&ada.email, "change-email").await?;
    let body = json!({"challenge_id": challenge_id, "code": code, "new_email": "ada@new.example"});

    let asked = shop.ask("change-email").bearer(&ada.access_token()).json(&body).send().await;
    assert_eq!(asked.status, 202, "{asked:?}");
    assert_eq!(shop.account(&ada.email).await?.ok_or("gone")?.id.as_str(), ada.account_id(), "nothing has moved yet");
    let moved =
        shop.post("verify-code", json!({"challenge_id": asked.text("/challenge_id"), "code": shop.code("ada@new.example").await?})).await;

    assert_eq!(moved.status, 200, "{moved:?}");
    assert_eq!((moved.text("/account/id"), moved.text("/account/email")), (ada.account_id(), "ada@new.example".to_owned()));
    assert!(shop.account(&ada.email).await?.is_none());
    assert_eq!(shop.ask("view-account").bearer(&ada.access_token()).send().await.status, 401);
    assert_eq!(shop.ask("view-account").bearer(&moved.text("/access_token")).send().await.status, 200);
    assert_eq!(shop.post("login", json!({"email": "ada@new.example", "password": ada.password})).await.status, 200);
    Ok(())
}
