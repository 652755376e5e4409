//! `view-account`: a customer's own account, with its sessions.

use std::time::Duration;

use serde_json::{Value, json};
use shared::domain::{
    block::{BlockRule, Scope},
    email_address::EmailAddress,
};
use tests::{Answer, Failure, Outcome, Shop};

async fn view(shop: &Shop, access_token: &str) -> Answer {
    shop.ask("view-account").bearer(access_token).send().await
}

/// One field of every session that is shown, in the order that they are shown in.
fn of_sessions(seen: &Answer, field: &str) -> Vec<Value> {
    seen.body["sessions"].as_array().into_iter().flatten().map(|session| session[field].clone()).collect()
}

#[tokio::test]
async fn a_customer_sees_their_account_and_its_sessions() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait(60);
    let second =
        shop.ask("login").header("user-agent", "Firefox").json(&json!({"email": ada.email, "password": ada.password})).send().await;

    let seen = view(&shop, &second.text("/access_token")).await;

    assert_eq!(seen.status, 200, "{seen:?}");
    assert_eq!((seen.text("/id"), seen.text("/email"), seen.text("/name")), (ada.account_id(), ada.email, "Ada".to_owned()));
    assert_eq!(seen.body["sign_in_methods"], json!({"password": true, "code": true}));
    assert_eq!(of_sessions(&seen, "current"), [true, false]);
    assert_eq!(of_sessions(&seen, "method"), ["pwd", "otp"]);
    assert_eq!(of_sessions(&seen, "user_agent")[0], "Firefox");
    Ok(())
}

#[tokio::test]
async fn what_there_is_none_of_is_null_and_nothing_else_is_shown() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer_without_password("ada@example.com").await?;
    let now = shop.clock.now();

    let seen = view(&shop, &ada.access_token()).await;

    let session = json!({
        "id": shop.table().await?.sessions(&ada.email)[0], "current": true, "method": "otp", "user_agent": null,
        "signed_in_at": now.rfc3339(), "last_used_at": now.rfc3339(),
        "expires_at": now.plus(Duration::from_secs(30 * 24 * 60 * 60)).rfc3339(),
    });
    let account = json!({
        "id": ada.account_id(), "email": "ada@example.com", "name": null, "locale": null, "created_at": now.rfc3339(),
        "sign_in_methods": {"password": false, "code": true}, "marketing_consent": null, "shipping_address": null,
        "billing_address": null, "sessions": [session],
    });
    assert_eq!(seen.body, account);
    assert_eq!(seen.headers["cache-control"], "no-store");
    Ok(())
}

#[tokio::test]
async fn the_session_that_was_used_last_comes_first_and_one_that_has_run_out_is_gone() -> Outcome {
    const DAY: u64 = 24 * 60 * 60;
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait(60);
    let second = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
    assert_eq!(of_sessions(&view(&shop, &second.text("/access_token")).await, "current"), [true, false]);

    shop.wait(29 * DAY);
    let refreshed = shop.post("refresh-session", json!({"refresh_token": ada.refresh_token()})).await;
    let seen = view(&shop, &refreshed.text("/access_token")).await;
    assert_eq!(of_sessions(&seen, "current"), [true, false], "it is older and was used last");
    assert_eq!(of_sessions(&seen, "last_used_at")[0], shop.clock.now().rfc3339());

    shop.wait(2 * DAY);
    let refreshed = shop.post("refresh-session", json!({"refresh_token": refreshed.text("/refresh_token")})).await;
    let seen = view(&shop, &refreshed.text("/access_token")).await;
    assert_eq!(of_sessions(&seen, "current"), [true]);
    assert_eq!(shop.table().await?.sessions(&ada.email).len(), 2, "the other is in the table still");
    Ok(())
}

#[tokio::test]
async fn a_token_whose_session_has_ended_shows_nothing() -> Outcome {
    for end in ["logout", "logout elsewhere", "reset", "block", "close", "erase"] {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        let second = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
        match end {
            "logout" => drop(shop.ask("logout").bearer(&ada.access_token()).send().await),
            "logout elsewhere" => {
                let everywhere = shop.ask("logout").bearer(&second.text("/access_token")).json(&json!({"everywhere": true}));
                assert_eq!(everywhere.send().await.status, 204);
            }
            "reset" => {
                shop.wait(60);
                shop.post("forgot-password", json!({"email": ada.email})).await;
                let reset = json!({"token": shop.link_token(&ada.email).await?, "password": "another password"});
                assert_eq!(shop.post("reset-password", reset).await.status, 204);
            }
            "block" => drop(shop.block_email(&ada.email).await?),
            mode => {
                let delete = shop.ask("delete-account").bearer(&second.text("/access_token")).json(&json!({"mode": mode}));
                assert_eq!(delete.send().await.status, 202);
            }
        }
        assert_eq!(view(&shop, &ada.access_token()).await.refusal(), (401, "invalid_token".to_owned()), "{end}");
    }
    Ok(())
}

#[tokio::test]
async fn nobody_sees_an_account_without_an_access_token_of_this_shop() -> Outcome {
    let shop = Shop::open().await?;
    shop.open_beside("other").await?;
    let ada = shop.customer("ada@example.com").await?;

    let elsewhere = shop.ask("view-account").at("other").bearer(&ada.access_token()).send().await;
    assert_eq!(elsewhere.refusal(), (401, "invalid_token".to_owned()));
    assert_eq!(shop.ask("view-account").send().await.status, 401);
    for token in [ada.refresh_token(), ada.device_token(), shop.owner_key.clone(), String::new()] {
        assert_eq!(view(&shop, &token).await.refusal(), (401, "invalid_token".to_owned()), "{token}");
    }
    shop.wait(900);
    assert_eq!(view(&shop, &ada.access_token()).await.status, 401, "after fifteen minutes");
    Ok(())
}

#[tokio::test]
async fn whose_account_is_shown_only_the_token_says() -> Outcome {
    let shop = Shop::open().await?;
    let (ada, bob) = (shop.customer("ada@example.com").await?, shop.customer("bob@example.com").await?);
    let ask = || shop.ask("view-account").bearer(&ada.access_token());

    let queried = ask().query(&format!("id={}&email=bob%40example.com", bob.account_id())).send().await;
    assert_eq!((queried.status, queried.text("/email")), (200, ada.email.clone()));
    for body in [json!({"id": bob.account_id()}), json!({"email": bob.email})] {
        let shown = ask().json(&body).send().await;
        assert_eq!((shown.status, shown.text("/email")), (200, ada.email.clone()), "a GET has no body");
    }
    assert_eq!(ask().by("POST").send().await.status, 404);
    Ok(())
}

/// What stands in the table of a customer and nobody but the table may know.
async fn secrets(shop: &Shop, email: &str) -> Result<Vec<String>, Failure> {
    let account = shop.account(email).await?.ok_or("there is no account")?;
    let fingerprints = account.sessions.values().map(|session| session.token_hash.clone());
    let password = account.password.map(|password| password.0);
    Ok(fingerprints.chain(password).chain([shop.email_key(email).await?.encoded()]).collect())
}

#[tokio::test]
async fn nothing_secret_is_shown_and_nothing_that_is_for_staff() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let rule = BlockRule::Email(EmailAddress::parse(&ada.email)?);
    shop.block(rule, &[Scope::Checkout], None).await?;
    shop.hold(&ada.email).await?;
    let session = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;

    let seen = view(&shop, &session.text("/access_token")).await;

    assert_eq!(seen.status, 200);
    let shown = seen.body.to_string();
    for secret in secrets(&shop, &ada.email).await? {
        assert!(!shown.contains(&secret), "{secret}");
    }
    for word in ["argon2", "epoch", "revision", "staff only", "for a test", "hold", "block", "token"] {
        assert!(!shown.contains(word), "{word}");
    }
    Ok(())
}
