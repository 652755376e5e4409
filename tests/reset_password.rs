//! `reset-password`: sets a password by a mailed link, once, and signs everybody out.

use serde_json::json;
use tests::{Customer, Failure, Outcome, Shop};

/// A customer with a fresh link.
async fn with_link(shop: &Shop) -> Result<(Customer, String), Failure> {
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    shop.post("forgot-password", json!({"email": ada.email})).await;
    let token = shop.link_token(&ada.email).await?;
    Ok((ada, token))
}

#[tokio::test]
async fn a_reset_sets_the_password_ends_everything_and_is_told() -> Outcome {
    let shop = Shop::open().await?;
    let (ada, token) = with_link(&shop).await?;
    let (challenge, code) =
        shop.challenge(&ada.email, "delete-account").await.or_else(|_| Ok::<_, Failure>((String::new(), String::new())))?;
    let reset = shop.post("reset-password", json!({"token": token, "password": "a new password"})).await;
    assert_eq!((reset.status, reset.body), (204, json!(null)));

    assert_eq!(shop.table().await?.sessions(&ada.email), Vec::<String>::new());
    assert_eq!(shop.post("refresh-session", json!({"refresh_token": ada.refresh_token()})).await.status, 401);
    if !challenge.is_empty() {
        assert_eq!(shop.post("verify-code", json!({"challenge_id": challenge, "code": code})).await.status, 410);
    }
    assert_eq!(shop.post("login", json!({"email": ada.email, "password": ada.password})).await.status, 401);
    assert_eq!(shop.post("login", json!({"email": ada.email, "password": "a new password"})).await.status, 200);
    assert_eq!(shop.mail_kinds(&ada.email).await?[0], "password-changed");
    let again = shop.post("reset-password", json!({"token": token, "password": "a third password"})).await;
    assert_eq!(again.refusal(), (410, "expired".to_owned()));
    Ok(())
}

#[tokio::test]
async fn a_code_that_was_sent_before_a_reset_is_worth_nothing_after_it() -> Outcome {
    let shop = Shop::open().await?;
    let (ada, token) = with_link(&shop).await?;
    shop.wait(60);
    let (challenge, code) = shop.challenge(&ada.email, "sign-in").await?;
    assert_eq!(shop.post("reset-password", json!({"token": token, "password": "a new password"})).await.status, 204);
    let late = shop.post("verify-code", json!({"challenge_id": challenge, "code": code})).await;
    assert_eq!(late.refusal(), (410, "expired".to_owned()));
    Ok(())
}

#[tokio::test]
async fn a_link_is_refused_after_a_day_though_it_still_stands_in_the_table() -> Outcome {
    for (seconds, status) in [(86_399, 204), (86_400, 410)] {
        let shop = Shop::open().await?;
        let (_, token) = with_link(&shop).await?;
        shop.wait(seconds);
        assert_eq!(shop.table().await?.of("CHALLENGE#RESET-LINK").count(), 1);
        let answer = shop.post("reset-password", json!({"token": token, "password": "a new password"})).await;
        assert_eq!(answer.status, status, "after {seconds} seconds");
    }
    Ok(())
}

#[tokio::test]
async fn a_newer_link_takes_the_older_ones_place() -> Outcome {
    let shop = Shop::open().await?;
    let (ada, old) = with_link(&shop).await?;
    shop.wait(60);
    shop.post("forgot-password", json!({"email": ada.email})).await;
    let new = shop.link_token(&ada.email).await?;
    assert_eq!(shop.post("reset-password", json!({"token": old, "password": "a new password"})).await.status, 410);
    assert_eq!(shop.post("reset-password", json!({"token": new, "password": "a new password"})).await.status, 204);
    Ok(())
}

#[tokio::test]
async fn a_token_that_is_not_the_links_is_refused_and_a_bad_password_uses_nothing_up() -> Outcome {
    let shop = Shop::open().await?;
    let (_, token) = with_link(&shop).await?;
    let mut altered = token.clone();
    altered.replace_range(token.len() - 2..token.len() - 1, if &token[token.len() - 2..token.len() - 1] == "A" { "B" } else { "A" });
    for forged in [altered.as_str(), "", "nonsense", token.split_once('.').map_or("", |(id, _)| id)] {
        let answer = shop.post("reset-password", json!({"token": forged, "password": "a new password"})).await;
        assert_eq!(answer.refusal(), (401, "invalid_token".to_owned()));
    }
    let common = shop.post("reset-password", json!({"token": token, "password": "password1"})).await;
    assert_eq!(common.invalid_field(), ("password".to_owned(), "too_common".to_owned()));
    assert_eq!(shop.post("reset-password", json!({"token": token, "password": "a new password"})).await.status, 204);
    Ok(())
}

#[tokio::test]
async fn a_customer_without_a_password_gets_a_first_one() -> Outcome {
    let shop = Shop::open().await?;
    let grace = shop.customer_without_password("grace@example.com").await?;
    shop.wait_a_day();
    shop.post("forgot-password", json!({"email": grace.email})).await;
    let token = shop.link_token(&grace.email).await?;
    assert_eq!(shop.post("reset-password", json!({"token": token, "password": "a first password"})).await.status, 204);
    assert_eq!(shop.post("login", json!({"email": grace.email, "password": "a first password"})).await.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_block_between_link_and_reset_is_told_and_nothing_changes() -> Outcome {
    let shop = Shop::open().await?;
    let (ada, token) = with_link(&shop).await?;
    shop.block(shared::domain::block::BlockRule::cidr("192.0.2.0/24")?, &shared::domain::block::Scope::ALL, None).await?;
    let answer = shop.post("reset-password", json!({"token": token, "password": "a new password"})).await;
    assert_eq!(answer.refusal(), (403, "blocked".to_owned()));
    let elsewhere = shop.ask("login").from([198, 51, 100, 1]).json(&json!({"email": ada.email, "password": ada.password})).send().await;
    assert_eq!(elsewhere.status, 200);
    Ok(())
}
