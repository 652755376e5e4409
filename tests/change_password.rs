//! `change-password`: a new password for a customer who is signed in.

use serde_json::json;
use tests::{Outcome, Shop};

#[tokio::test]
async fn a_new_password_keeps_this_session_and_ends_the_others() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let other = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;

    let body = json!({"current_password": ada.password, "new_password": "quite another one"});
    let changed = shop.ask("change-password").bearer(&ada.access_token()).json(&body).send().await;

    assert_eq!(changed.status, 204, "{changed:?}");
    assert_eq!(shop.ask("view-account").bearer(&ada.access_token()).send().await.status, 200);
    assert_eq!(shop.ask("view-account").bearer(&other.text("/access_token")).send().await.status, 401);
    assert_eq!(shop.post("login", json!({"email": ada.email, "password": ada.password})).await.status, 401);
    assert_eq!(shop.post("login", json!({"email": ada.email, "password": "quite another one"})).await.status, 200);
    Ok(())
}
