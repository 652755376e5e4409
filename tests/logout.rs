//! `logout`: ends this session, or all of the customer's.

use serde_json::json;
use tests::{Outcome, Shop};

#[tokio::test]
async fn a_session_that_was_ended_is_over_and_the_others_go_on() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let other = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
    // Without a body it is this session too.
    let ended = shop.ask("logout").bearer(&ada.access_token()).send().await;
    assert_eq!((ended.status, ended.body), (204, json!(null)));
    assert_eq!(shop.post("refresh-session", json!({"refresh_token": ada.refresh_token()})).await.status, 401);
    assert_eq!(shop.post("refresh-session", json!({"refresh_token": other.text("/refresh_token")})).await.status, 200);
    let again = shop.ask("logout").bearer(&ada.access_token()).json(&json!({})).send().await;
    assert_eq!(again.refusal(), (401, "invalid_token".to_owned()));
    Ok(())
}

#[tokio::test]
async fn everywhere_ends_every_session_and_every_open_code() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let other = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
    shop.wait(61);
    let (challenge, code) = shop.challenge(&ada.email, "sign-in").await?;
    assert_eq!(shop.ask("logout").bearer(&ada.access_token()).json(&json!({"everywhere": true})).send().await.status, 204);
    assert!(shop.table().await?.sessions(&ada.email).is_empty());
    assert_eq!(shop.post("refresh-session", json!({"refresh_token": other.text("/refresh_token")})).await.status, 401);
    assert_eq!(shop.post("verify-code", json!({"challenge_id": challenge, "code": code})).await.status, 410);
    Ok(())
}

#[tokio::test]
async fn nobody_is_signed_out_without_a_token_of_theirs() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let token = ada.access_token();
    let requests = [
        shop.ask("logout"),
        shop.ask("logout").header("authorization", &token),
        shop.ask("logout").header("authorization", &format!("Basic {token}")),
        shop.ask("logout").bearer(&ada.refresh_token()),
        shop.ask("logout").bearer(&shop.owner_key),
        shop.ask("logout").at("other").bearer(&token),
    ];
    for request in requests {
        let answer = request.send().await;
        assert_eq!(answer.refusal(), (401, "invalid_token".to_owned()));
        assert_eq!(answer.headers["www-authenticate"], "Bearer error=\"invalid_token\"");
    }
    shop.wait(900);
    assert_eq!(shop.ask("logout").bearer(&token).send().await.status, 401, "a quarter of an hour later it has run out");
    assert_eq!(shop.table().await?.sessions(&ada.email).len(), 1);
    Ok(())
}
