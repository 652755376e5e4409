//! `delete-account`: closes or erases the customer's own account, unless a hold stands.

use serde_json::json;
use shared::domain::account::AccountStatus;
use tests::{Answer, Outcome, Shop, text};

async fn delete(shop: &Shop, token: &str, mode: &str) -> Answer {
    shop.ask("delete-account").bearer(token).json(&json!({"mode": mode})).send().await
}

#[tokio::test]
async fn a_closed_account_signs_nobody_in_until_its_owner_comes_back_by_mail() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let closed = delete(&shop, &ada.access_token(), "close").await;
    assert_eq!((closed.status, closed.body), (202, json!({"mode": "close"})));
    let account = shop.account(&ada.email).await?.ok_or("the account is kept")?;
    assert!(account.status == AccountStatus::Closed && account.password.is_none() && account.sessions.is_empty());
    assert_eq!(shop.mail_kinds(&ada.email).await?[0], "account-closed");
    assert_eq!(shop.post("login", json!({"email": ada.email, "password": ada.password})).await.status, 401);
    assert_eq!(shop.post("refresh-session", json!({"refresh_token": ada.refresh_token()})).await.status, 401);
    assert_eq!(delete(&shop, &ada.access_token(), "erase").await.status, 401);

    shop.wait(61);
    let (challenge, code) = shop.challenge(&ada.email, "sign-in").await?;
    let back = shop.post("verify-code", json!({"challenge_id": challenge, "code": code})).await;
    assert_eq!(
        (back.status, back.text("/account/id"), back.text("/account/name")),
        (200, ada.session.text("/account/id"), "Ada".to_owned())
    );
    Ok(())
}

#[tokio::test]
async fn a_closed_account_is_taken_up_again_by_a_sign_up_with_its_new_password() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    delete(&shop, &ada.access_token(), "close").await;
    shop.wait(61);
    let opened = shop.post("create-account", json!({"email": ada.email, "password": "her second password"})).await;
    let code = shop.code(&ada.email).await?;
    let back = shop.post("verify-code", json!({"challenge_id": opened.text("/challenge_id"), "code": code})).await;
    assert_eq!(back.text("/account/id"), ada.session.text("/account/id"));
    assert_eq!(shop.post("login", json!({"email": ada.email, "password": "her second password"})).await.status, 200);
    Ok(())
}

#[tokio::test]
async fn an_erased_account_leaves_a_pseudonym_and_nothing_of_the_customer() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada.lovelace@example.com").await?;
    shop.wait(61);
    shop.post("forgot-password", json!({"email": ada.email})).await;
    let email_key = shop.email_key(&ada.email).await?.encoded();
    assert_eq!(delete(&shop, &ada.access_token(), "erase").await.status, 202);
    assert_eq!(shop.mail_kinds(&ada.email).await?[0], "account-closed");

    let table = shop.table().await?;
    assert!(!table.holds("ada.lovelace") && !table.holds("\"Ada\""), "neither address nor name");
    assert_eq!([table.of("ACCOUNT").count(), table.of("PROFILE").count()], [0, 0]);
    let pointer = table.of("ID").next().ok_or("the pseudonym stays")?;
    assert_eq!((text(pointer, "account_id"), pointer.contains_key("email_key")), (ada.session.text("/account/id"), false));
    let kinds: Vec<_> = table.0.iter().filter(|item| text(item, "pk").contains(&email_key)).map(|item| text(item, "sk")).collect();
    assert!(kinds.iter().all(|kind| kind == "LIMIT"), "counts alone are left, and only for a day: {kinds:?}");

    shop.wait(61);
    let (challenge, code) = shop.challenge(&ada.email, "sign-in").await?;
    let new = shop.post("verify-code", json!({"challenge_id": challenge, "code": code})).await;
    assert_eq!(new.body["account"]["is_new"], true);
    assert_ne!(new.text("/account/id"), ada.session.text("/account/id"));
    Ok(())
}

#[tokio::test]
async fn a_hold_stands_in_the_way_of_both_and_its_note_is_not_shown() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.hold(&ada.email).await?;
    for mode in ["close", "erase"] {
        let answer = delete(&shop, &ada.access_token(), mode).await;
        assert_eq!(answer.refusal(), (409, "held".to_owned()));
        assert_eq!(answer.body["holds"], json!([{"kind": "subscription", "since": shop.clock.now().rfc3339()}]));
    }
    assert_eq!(shop.post("refresh-session", json!({"refresh_token": ada.refresh_token()})).await.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_sign_in_of_more_than_ten_minutes_ago_is_renewed_by_a_code() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait(601);
    assert_eq!(delete(&shop, &ada.access_token(), "erase").await.refusal(), (403, "proof_required".to_owned()));
    let (challenge, code) = shop.challenge(&ada.email, "delete-account").await?;
    assert_eq!(shop.mail_kinds(&ada.email).await?[0], "delete-account-code");
    let fresh = shop.post("verify-code", json!({"challenge_id": challenge, "code": code})).await;
    shop.wait(600);
    assert_eq!(delete(&shop, &fresh.text("/access_token"), "erase").await.status, 202);
    Ok(())
}

#[tokio::test]
async fn a_code_for_a_deletion_opens_no_account() -> Outcome {
    let shop = Shop::open().await?;
    let sent = shop.post("send-code", json!({"email": "nobody@example.com", "purpose": "delete-account"})).await;
    assert_eq!(sent.status, 202);
    assert!(shop.mails("nobody@example.com").await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_hold_and_a_deletion_at_the_same_moment_do_not_both_win() -> Outcome {
    for _ in 0..20 {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        let token = ada.access_token();
        let (held, deleted) = futures::join!(shop.hold(&ada.email), delete(&shop, &token, "erase"));
        let account = shop.account(&ada.email).await?;
        match deleted.status {
            202 => assert!(account.is_none()),
            409 => assert!(held.is_ok() && account.is_some_and(|account| account.holds.len() == 1)),
            other => return Err(format!("an unexpected {other}").into()),
        }
    }
    Ok(())
}
