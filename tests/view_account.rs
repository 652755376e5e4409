//! `view-account`: a customer's own account, with its sessions.

use serde_json::json;
use tests::{Outcome, Shop};

#[tokio::test]
async fn a_customer_sees_their_account_and_its_sessions() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait(60);
    let second =
        shop.ask("login").header("user-agent", "Firefox").json(&json!({"email": ada.email, "password": ada.password})).send().await;

    let seen = shop.ask("view-account").bearer(&second.text("/access_token")).send().await;

    assert_eq!(seen.status, 200, "{seen:?}");
    assert_eq!((seen.text("/id"), seen.text("/email"), seen.text("/name")), (ada.account_id(), ada.email, "Ada".to_owned()));
    assert_eq!(seen.body["sign_in_methods"], json!({"password": true, "code": true}));
    let sessions = seen.body["sessions"].as_array().ok_or("no sessions")?;
    assert_eq!(sessions.len(), 2);
    assert_eq!(
        (&sessions[0]["current"], &sessions[0]["method"], &sessions[0]["user_agent"]),
        (&json!(true), &json!("pwd"), &json!("Firefox"))
    );
    assert_eq!((&sessions[1]["current"], &sessions[1]["method"]), (&json!(false), &json!("otp")));
    Ok(())
}
