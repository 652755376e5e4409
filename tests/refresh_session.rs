//! `refresh-session`: the next refresh token for the last one.

use std::time::Duration;

use serde_json::json;
use shared::domain::{
    block::{BlockRule, Scope},
    domain_name::DomainName,
};
use tests::{Answer, Outcome, Shop};

const DAY: u64 = 24 * 60 * 60;

async fn refresh(shop: &Shop, token: &str) -> Answer {
    shop.post("refresh-session", json!({"refresh_token": token})).await
}

fn next(answer: &Answer) -> String {
    answer.text("/refresh_token")
}

#[tokio::test]
async fn a_refresh_gives_the_next_token_and_a_fresh_access_token_of_the_same_session() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait(1000);
    assert_eq!(shop.ask("logout").bearer(&ada.access_token()).send().await.status, 401, "the access token has run out");

    let session = refresh(&shop, &ada.refresh_token()).await;
    assert_eq!(session.status, 200);
    assert_ne!(next(&session), ada.refresh_token());
    assert_eq!(
        session.body["account"],
        json!({"id": ada.account_id(), "email": ada.email, "name": "Ada", "locale": "en", "is_new": false})
    );
    assert_eq!(shop.table().await?.sessions(&ada.email).len(), 1);
    assert_eq!(refresh(&shop, &next(&session)).await.status, 200);
    assert_eq!(shop.ask("logout").bearer(&session.text("/access_token")).send().await.status, 204);
    assert_eq!(shop.table().await?.sessions(&ada.email).len(), 0);
    Ok(())
}

#[tokio::test]
async fn a_replay_within_a_minute_gets_the_same_lineage() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let first = refresh(&shop, &ada.refresh_token()).await;
    shop.wait(60);
    let replayed = refresh(&shop, &ada.refresh_token()).await;
    assert_eq!((replayed.status, next(&replayed)), (200, next(&first)));

    let second = refresh(&shop, &next(&first)).await;
    let replayed = refresh(&shop, &ada.refresh_token()).await;
    assert_eq!((replayed.status, next(&replayed)), (200, next(&second)), "also when it has gone on meanwhile");
    assert_eq!(refresh(&shop, &next(&second)).await.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_later_replay_ends_its_session_and_no_other_and_mails_nothing() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let other = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
    let current = refresh(&shop, &ada.refresh_token()).await;
    let mails = shop.every_mail().await?.len();
    shop.wait(61);

    assert_eq!(refresh(&shop, &ada.refresh_token()).await.refusal(), (401, "invalid_token".to_owned()));
    assert_eq!(refresh(&shop, &next(&current)).await.refusal(), (401, "invalid_token".to_owned()), "the whole family is gone");
    assert_eq!(shop.table().await?.sessions(&ada.email).len(), 1);
    assert_eq!(refresh(&shop, &next(&other)).await.status, 200);
    assert_eq!(shop.every_mail().await?.len(), mails);
    Ok(())
}

#[tokio::test]
async fn an_old_token_ends_the_session_however_many_came_after_it() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let mut token = ada.refresh_token();
    for _ in 0..10 {
        token = next(&refresh(&shop, &token).await);
    }
    shop.wait(61);
    assert_eq!(refresh(&shop, &ada.refresh_token()).await.status, 401);
    assert_eq!(refresh(&shop, &token).await.status, 401);
    Ok(())
}

#[tokio::test]
async fn a_token_that_is_not_quite_ours_ends_nothing() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let current = next(&refresh(&shop, &ada.refresh_token()).await);
    shop.wait(61);
    for token in [&ada.refresh_token(), &current] {
        for at in (0..token.len()).step_by(9) {
            let other = if &token[at..=at] == "A" { "B" } else { "A" };
            let altered = format!("{}{other}{}", &token[..at], &token[at + 1..]);
            assert_eq!(refresh(&shop, &altered).await.refusal(), (401, "invalid_token".to_owned()), "altered at {at}");
        }
    }
    for nonsense in [String::new(), ".".to_owned(), "k1.".to_owned(), format!("{current}="), ada.access_token(), ada.device_token()] {
        assert_eq!(refresh(&shop, &nonsense).await.status, 401, "{nonsense}");
    }
    assert_eq!(refresh(&shop, &current).await.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_session_ends_after_thirty_days_without_a_refresh_though_it_still_stands_in_the_table() -> Outcome {
    for (seconds, status) in [(30 * DAY - 1, 200), (30 * DAY, 401), (31 * DAY, 401)] {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        shop.wait(seconds);
        assert_eq!(refresh(&shop, &ada.refresh_token()).await.status, status, "after {seconds} s");
        assert_eq!(shop.table().await?.sessions(&ada.email).len(), 1, "nobody has swept it away");
    }
    Ok(())
}

#[tokio::test]
async fn a_session_ends_after_ninety_days_however_often_it_was_refreshed() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let mut token = ada.refresh_token();
    for _ in 0..3 {
        shop.wait(29 * DAY);
        let session = refresh(&shop, &token).await;
        assert_eq!(session.status, 200);
        token = next(&session);
    }
    shop.wait(3 * DAY - 1);
    let last = refresh(&shop, &token).await;
    assert_eq!(last.status, 200);
    shop.wait(1);
    assert_eq!(refresh(&shop, &next(&last)).await.refusal(), (401, "invalid_token".to_owned()));
    assert_eq!(refresh(&shop, &token).await.status, 401, "nor does the grace of its last rotation help");
    assert_eq!(shop.table().await?.sessions(&ada.email).len(), 1, "nobody has swept it away");
    Ok(())
}

#[tokio::test]
async fn a_session_that_has_run_out_makes_room_at_the_next_sign_in() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait(30 * DAY);
    assert_eq!(shop.post("login", json!({"email": ada.email, "password": ada.password})).await.status, 200);
    assert_eq!(shop.table().await?.sessions(&ada.email).len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_refresh_is_no_fresh_proof() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait(601);
    let session = refresh(&shop, &ada.refresh_token()).await;
    let deleted = shop.ask("delete-account").bearer(&session.text("/access_token")).json(&json!({"mode": "close"})).send().await;
    assert_eq!(deleted.refusal(), (403, "proof_required".to_owned()));
    Ok(())
}

#[tokio::test]
async fn a_blocked_customer_is_told_so_and_goes_on_with_the_same_token_after_the_block() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let rule = BlockRule::Domain(DomainName::parse("example.com")?);
    shop.block(rule, &[Scope::SignIn], Some(Duration::from_secs(3600))).await?;
    for _ in 0..3 {
        shop.wait(1000);
        let answer = refresh(&shop, &ada.refresh_token()).await;
        assert_eq!((answer.refusal(), answer.text("/detail")), ((403, "blocked".to_owned()), "Please call us.".to_owned()));
    }
    shop.wait(600);
    let session = refresh(&shop, &ada.refresh_token()).await;
    assert_eq!(session.status, 200);
    assert_eq!(refresh(&shop, &next(&session)).await.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_block_of_the_address_or_the_account_ends_its_sessions() -> Outcome {
    for by_account in [false, true] {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        if by_account {
            let rule = BlockRule::Account(shared::domain::identifier::AccountId::parse(&ada.account_id())?);
            shop.block(rule, &[Scope::SignIn], Some(Duration::from_secs(60))).await?;
        } else {
            shop.block_email(&ada.email).await?;
        }
        assert_eq!(shop.table().await?.sessions(&ada.email), Vec::<String>::new());
        assert_eq!(refresh(&shop, &ada.refresh_token()).await.status, 401);
        shop.wait(60);
        assert_eq!(refresh(&shop, &ada.refresh_token()).await.status, 401, "what has ended stays so");
    }
    Ok(())
}

#[tokio::test]
async fn a_wrong_body_is_refused_by_its_field() -> Outcome {
    let shop = Shop::open().await?;
    let answer = shop.post("refresh-session", json!({})).await;
    assert_eq!((answer.status, answer.invalid_field()), (422, ("refresh_token".to_owned(), "required".to_owned())));
    let answer = shop.post("refresh-session", json!({"refresh_token": 7})).await;
    assert_eq!((answer.status, answer.invalid_field()), (422, ("refresh_token".to_owned(), "wrong_type".to_owned())));
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
