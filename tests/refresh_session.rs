//! `refresh-session`: exchanges a refresh token for the next one.

use std::time::Duration;

use serde_json::json;
use shared::domain::{
    block::{BlockRule, Scope},
    domain_name::DomainName,
};
use tests::{Answer, Outcome, Shop};

async fn refresh(shop: &Shop, token: &str) -> Answer {
    shop.post("refresh-session", json!({"refresh_token": token})).await
}

#[tokio::test]
async fn a_token_is_exchanged_for_the_next_one_and_keeps_the_time_of_the_proof() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait(3_600);
    let next = refresh(&shop, &ada.refresh_token()).await;
    assert_eq!(next.status, 200);
    assert_ne!(next.text("/refresh_token"), ada.refresh_token());
    assert_eq!(next.text("/account/id"), ada.session.text("/account/id"));
    let delete = shop.ask("delete-account").bearer(&next.text("/access_token")).json(&json!({"mode": "erase"})).send().await;
    assert_eq!(delete.refusal(), (403, "proof_required".to_owned()), "a refresh proves nothing anew");
    Ok(())
}

#[tokio::test]
async fn a_replay_within_a_minute_is_the_same_lineage_and_a_later_one_ends_that_session_alone() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let other = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
    let first = ada.refresh_token();
    let second = refresh(&shop, &first).await.text("/refresh_token");
    shop.wait(60);
    assert_eq!(refresh(&shop, &first).await.text("/refresh_token"), second);
    shop.wait(1);
    assert_eq!(refresh(&shop, &first).await.refusal(), (401, "invalid_token".to_owned()));
    assert_eq!(refresh(&shop, &second).await.status, 401, "the family has ended");
    assert_eq!(refresh(&shop, &other.text("/refresh_token")).await.status, 200, "and only it");
    assert!(shop.mail_kinds(&ada.email).await?.iter().all(|kind| kind != "password-changed"));
    Ok(())
}

#[tokio::test]
async fn a_slow_tab_is_answered_with_the_session_as_it_is_now() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let first = ada.refresh_token();
    let second = refresh(&shop, &first).await.text("/refresh_token");
    shop.wait(10);
    let third = refresh(&shop, &second).await.text("/refresh_token");
    shop.wait(10);
    assert_eq!(refresh(&shop, &first).await.text("/refresh_token"), third);
    assert_eq!(refresh(&shop, &second).await.text("/refresh_token"), third);
    Ok(())
}

#[tokio::test]
async fn a_forged_token_is_refused_and_ends_nothing() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let token = ada.refresh_token();
    let altered: String =
        token.chars().rev().enumerate().map(|(at, letter)| if at == 5 { if letter == 'A' { 'B' } else { 'A' } } else { letter }).collect();
    let altered: String = altered.chars().rev().collect();
    for forged in [altered.as_str(), "", "k1.", "nonsense", &ada.access_token()] {
        assert_eq!(refresh(&shop, forged).await.refusal(), (401, "invalid_token".to_owned()), "{forged}");
    }
    assert_eq!(refresh(&shop, &token).await.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_session_ends_after_thirty_idle_days_and_after_ninety_in_all() -> Outcome {
    const DAY: u64 = 86_400;
    for (idle, status) in [(30 * DAY - 1, 200), (30 * DAY, 401)] {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        shop.wait(idle);
        assert_eq!(shop.table().await?.sessions(&ada.email).len(), 1, "it stands in the table");
        assert_eq!(refresh(&shop, &ada.refresh_token()).await.status, status, "after {idle} seconds");
    }
    let shop = Shop::open().await?;
    let mut token = shop.customer("ada@example.com").await?.refresh_token();
    for _ in 0..3 {
        shop.wait(29 * DAY);
        let answer = refresh(&shop, &token).await;
        assert_eq!(answer.status, 200);
        token = answer.text("/refresh_token");
    }
    shop.wait(3 * DAY);
    assert_eq!(refresh(&shop, &token).await.status, 401);
    Ok(())
}

#[tokio::test]
async fn a_block_of_domain_or_network_refuses_and_leaves_the_session_as_it_was() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@mail.example.com").await?;
    for rule in [BlockRule::Domain(DomainName::parse("example.com")?), BlockRule::cidr("192.0.2.0/28")?] {
        shop.block(rule, &[Scope::SignIn], Some(Duration::from_secs(600))).await?;
        for _ in 0..3 {
            assert_eq!(refresh(&shop, &ada.refresh_token()).await.refusal(), (403, "blocked".to_owned()));
            shop.wait(100);
        }
        shop.wait(300);
    }
    assert_eq!(refresh(&shop, &ada.refresh_token()).await.status, 200, "minutes later the token is still the current one");
    Ok(())
}

#[tokio::test]
async fn a_block_of_the_customer_ends_the_session_for_good() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.block(
        BlockRule::Account(shared::domain::identifier::AccountId::parse(&ada.session.text("/account/id"))?),
        &Scope::ALL,
        Some(Duration::from_secs(60)),
    )
    .await?;
    assert_eq!(refresh(&shop, &ada.refresh_token()).await.status, 401);
    shop.wait(60);
    assert_eq!(refresh(&shop, &ada.refresh_token()).await.status, 401, "though the block has run out");
    Ok(())
}
