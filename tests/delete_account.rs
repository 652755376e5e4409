//! `delete-account`: closed or erased, unless something stands in the way.

use std::collections::BTreeSet;

use serde_json::json;
use tests::{Answer, Failure, HeadStart, Outcome, Shop, text};

async fn delete(shop: &Shop, access_token: &str, mode: &str) -> Answer {
    shop.ask("delete-account").bearer(access_token).json(&json!({"mode": mode})).send().await
}

/// Signs in by code, and opens an account where there is none.
async fn sign_in_by_code(shop: &Shop, email: &str, purpose: &str) -> Result<Answer, Failure> {
    shop.wait(60);
    let (challenge, code) = shop.challenge(email, purpose).await?;
    Ok(shop.post("verify-code", json!({"challenge_id": challenge, "code": code})).await)
}

#[tokio::test]
async fn a_closed_account_keeps_the_shops_books_and_nothing_that_signs_in() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;

    let answer = delete(&shop, &ada.access_token(), "close").await;
    assert_eq!((answer.status, answer.body.clone()), (202, json!({"mode": "close"})));

    let table = shop.table().await?;
    let account = table.account(&ada.email).ok_or("there is no account")?;
    assert_eq!(
        (text(account, "status"), text(account, "account_id"), text(account, "name")),
        ("closed".to_owned(), ada.account_id(), "Ada".to_owned())
    );
    assert!(!account.contains_key("password"));
    assert_eq!(table.sessions(&ada.email), Vec::<String>::new());
    assert_eq!((table.of("PROFILE").count(), table.of("ID").count()), (1, 1));
    assert_eq!(shop.mail_kinds(&ada.email).await?[0], "account-closed");

    assert_eq!(shop.post("refresh-session", json!({"refresh_token": ada.refresh_token()})).await.status, 401);
    assert_eq!(shop.post("login", json!({"email": ada.email, "password": ada.password})).await.status, 401);
    assert_eq!(delete(&shop, &ada.access_token(), "close").await.refusal(), (401, "invalid_token".to_owned()), "once");
    Ok(())
}

#[tokio::test]
async fn a_closed_profile_gives_up_its_addresses_and_keeps_the_rest() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let address = json!({"country": "FR", "street": ["12 rue de Rivoli"], "postal_code": "75001", "city": "Paris"});
    let told = json!({"marketing_consent": true, "shipping_address": address, "billing_address": address});
    assert_eq!(shop.ask("update-account").bearer(&ada.access_token()).json(&told).send().await.status, 200);
    assert!(shop.table().await?.holds("12 rue de Rivoli"));

    assert_eq!(delete(&shop, &ada.access_token(), "close").await.status, 202);
    let table = shop.table().await?;
    assert!(!table.holds("12 rue de Rivoli") && table.holds("marketing_consent"));
    Ok(())
}

#[tokio::test]
async fn a_customer_who_had_closed_the_account_comes_back_by_code_to_the_same_one() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    delete(&shop, &ada.access_token(), "close").await;

    let session = sign_in_by_code(&shop, &ada.email, "sign-in").await?;

    assert_eq!((session.status, session.text("/account/id")), (200, ada.account_id()));
    assert_eq!((session.body["account"]["is_new"].clone(), session.text("/account/name")), (json!(false), "Ada".to_owned()));
    let table = shop.table().await?;
    assert_eq!(table.account(&ada.email).map(|account| text(account, "status")), Some("active".to_owned()));
    assert_eq!(shop.post("login", json!({"email": ada.email, "password": ada.password})).await.status, 401, "the password is gone");
    assert_eq!(shop.post("refresh-session", json!({"refresh_token": ada.refresh_token()})).await.status, 401);
    Ok(())
}

#[tokio::test]
async fn an_erased_account_leaves_a_pseudonym_and_nothing_personal() -> Outcome {
    let shop = Shop::open().await?;
    let form = json!({"email": "augusta.byron@example.com", "password": "a fine password", "name": "Augusta Byron", "locale": "en", "marketing_consent": true});
    let opened = shop.post("create-account", form).await;
    let code = shop.code("augusta.byron@example.com").await?;
    let session = shop.post("verify-code", json!({"challenge_id": opened.text("/challenge_id"), "code": code})).await;
    // Something of every kind that stands at an address.
    for purpose in ["sign-in", "delete-account"] {
        shop.wait(60);
        shop.challenge("augusta.byron@example.com", purpose).await?;
    }
    shop.wait(60);
    shop.post("forgot-password", json!({"email": "augusta.byron@example.com"})).await;
    shop.post("login", json!({"email": "augusta.byron@example.com", "password": "wrong"})).await;
    assert!(shop.table().await?.holds("augusta.byron@example.com"));

    let answer = delete(&shop, &session.text("/access_token"), "erase").await;
    assert_eq!((answer.status, answer.body.clone()), (202, json!({"mode": "erase"})));
    assert_eq!(shop.mail_kinds("augusta.byron@example.com").await?[0], "account-closed");

    let table = shop.table().await?;
    for gone in ["ACCOUNT", "PROFILE", "CHALLENGE#SIGN-IN", "CHALLENGE#DELETION", "CHALLENGE#RESET-LINK", "MAIL"] {
        assert_eq!(table.of(gone).count(), 0, "{gone}");
    }
    let pointer = table.of("ID").next().ok_or("there is no pointer")?;
    let mut attributes: Vec<_> = pointer.keys().map(String::as_str).collect();
    attributes.sort_unstable();
    assert_eq!(attributes, ["account_id", "erased_at", "pk", "sk"]);
    assert_eq!(text(pointer, "account_id"), session.text("/account/id"));
    for personal in ["augusta", "byron", "Augusta", "Byron"] {
        assert!(!table.holds(personal), "{personal}");
    }
    Ok(())
}

#[tokio::test]
async fn whoever_signs_up_again_after_an_erasure_is_somebody_new() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    delete(&shop, &ada.access_token(), "erase").await;
    assert_eq!(shop.post("login", json!({"email": ada.email, "password": ada.password})).await.status, 401);
    assert_eq!(shop.post("refresh-session", json!({"refresh_token": ada.refresh_token()})).await.status, 401);

    let session = sign_in_by_code(&shop, &ada.email, "sign-in").await?;

    assert_eq!(
        (session.status, session.body["account"]["is_new"].clone(), session.body["account"]["name"].clone()),
        (200, json!(true), json!(null))
    );
    assert_ne!(session.text("/account/id"), ada.account_id());
    assert_eq!(delete(&shop, &ada.access_token(), "erase").await.status, 401, "the old token is not the new account's");
    assert_eq!(shop.post("refresh-session", json!({"refresh_token": ada.refresh_token()})).await.status, 401);
    assert_eq!(shop.table().await?.of("ID").count(), 2);
    Ok(())
}

#[tokio::test]
async fn a_deletion_ends_every_code_and_link() -> Outcome {
    for mode in ["close", "erase"] {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        shop.wait(60);
        let sign_in = shop.challenge(&ada.email, "sign-in").await?;
        shop.wait(60);
        let deletion = shop.challenge(&ada.email, "delete-account").await?;
        shop.wait(60);
        shop.post("forgot-password", json!({"email": ada.email})).await;
        let token = shop.link_token(&ada.email).await?;

        assert_eq!(delete(&shop, &ada.access_token(), mode).await.status, 202);

        for (challenge, code) in [sign_in, deletion] {
            assert_eq!(shop.post("verify-code", json!({"challenge_id": challenge, "code": code})).await.status, 410, "{mode}");
        }
        assert_eq!(shop.post("reset-password", json!({"token": token, "password": "another password"})).await.status, 410, "{mode}");
        assert_eq!(shop.table().await?.0.iter().filter(|item| text(item, "sk").starts_with("CHALLENGE")).count(), 0, "{mode}");
    }
    Ok(())
}

#[tokio::test]
async fn a_hold_keeps_the_account_and_tells_its_kind_and_date_but_not_the_note() -> Outcome {
    for mode in ["close", "erase"] {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        shop.hold(&ada.email).await?;
        let since = shop.clock.now().rfc3339();
        let before = shop.table().await?.account(&ada.email).cloned();
        let mails = shop.every_mail().await?.len();

        let answer = delete(&shop, &ada.access_token(), mode).await;

        assert_eq!(answer.refusal(), (409, "held".to_owned()));
        assert_eq!(answer.body["holds"], json!([{"kind": "subscription", "since": since}]));
        assert!(!answer.body.to_string().contains("staff only"));
        assert_eq!(shop.table().await?.account(&ada.email).cloned(), before, "{mode}");
        assert_eq!(shop.every_mail().await?.len(), mails);
    }
    Ok(())
}

#[tokio::test]
async fn a_sign_in_of_more_than_ten_minutes_ago_is_no_proof_and_a_code_for_the_deletion_is_one() -> Outcome {
    for (seconds, status) in [(600, 202), (601, 403)] {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        shop.wait(seconds);
        assert_eq!(delete(&shop, &ada.access_token(), "close").await.status, status, "after {seconds} s");
    }
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait(601);
    assert_eq!(delete(&shop, &ada.access_token(), "erase").await.refusal(), (403, "proof_required".to_owned()));
    let session = sign_in_by_code(&shop, &ada.email, "delete-account").await?;
    assert_eq!(session.status, 200);
    assert_eq!(delete(&shop, &session.text("/access_token"), "erase").await.status, 202);
    Ok(())
}

#[tokio::test]
async fn an_ended_session_deletes_nothing() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let other = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
    shop.ask("logout").bearer(&ada.access_token()).send().await;

    assert_eq!(delete(&shop, &ada.access_token(), "erase").await.refusal(), (401, "invalid_token".to_owned()));
    assert_eq!(shop.ask("delete-account").json(&json!({"mode": "erase"})).send().await.status, 401);
    assert_eq!(shop.ask("delete-account").bearer(&shop.owner_key).json(&json!({"mode": "erase"})).send().await.status, 401);
    assert!(shop.table().await?.account(&ada.email).is_some());
    assert_eq!(delete(&shop, &other.text("/access_token"), "erase").await.status, 202);
    Ok(())
}

#[tokio::test]
async fn a_customer_deletes_no_account_but_their_own() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let bob = shop.customer("bob@example.com").await?;
    for extra in ["account_id", "email", "sub"] {
        let mut body = json!({"mode": "erase"});
        body[extra] = json!(if extra == "email" { bob.email.clone() } else { bob.account_id() });
        let answer = shop.ask("delete-account").bearer(&ada.access_token()).json(&body).send().await;
        assert_eq!(answer.refusal(), (422, "invalid_field".to_owned()), "{body}");
    }
    assert_eq!(delete(&shop, &ada.access_token(), "erase").await.status, 202);
    assert!(shop.table().await?.account(&bob.email).is_some());
    assert_eq!(shop.post("refresh-session", json!({"refresh_token": bob.refresh_token()})).await.status, 200);
    Ok(())
}

#[tokio::test]
async fn another_mode_deletes_nothing() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    for body in [json!({}), json!({"mode": "delete"}), json!({"mode": ""}), json!({"mode": "Close"})] {
        let answer = shop.ask("delete-account").bearer(&ada.access_token()).json(&body).send().await;
        assert_eq!((answer.status, answer.invalid_field().0), (422, "mode".to_owned()), "{body}");
    }
    assert_eq!(shop.table().await?.sessions(&ada.email).len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_block_outlives_the_account_that_it_named() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let rule = shared::domain::block::BlockRule::Email(shared::domain::email_address::EmailAddress::parse(&ada.email)?);
    shop.block(rule, &[shared::domain::block::Scope::SignUp], None).await?;
    let session = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
    assert_eq!(delete(&shop, &session.text("/access_token"), "erase").await.status, 202);
    let mails = shop.mails(&ada.email).await?.len();

    shop.wait_a_day();
    for operation in ["create-account", "send-code"] {
        assert_eq!(shop.post(operation, json!({"email": ada.email})).await.status, 202);
        shop.wait(60);
    }
    assert_eq!(shop.mails(&ada.email).await?.len(), mails);
    assert!(!shop.table().await?.holds("ACCOUNT"));
    Ok(())
}

#[tokio::test]
async fn a_hold_and_a_deletion_at_the_same_moment_do_not_both_win() -> Outcome {
    let mut seen = BTreeSet::new();
    for ahead in HeadStart::rounds(20) {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        let token = ada.access_token();
        let (held, deleted) = shop.race(ahead, shop.hold(&ada.email), delete(&shop, &token, "erase")).await;
        seen.insert(deleted.status);
        let account = shop.account(&ada.email).await?;
        match deleted.status {
            202 => assert!(account.is_none()),
            409 => assert!(held.is_ok() && account.is_some_and(|account| account.holds.len() == 1)),
            other => return Err(format!("an unexpected {other}").into()),
        }
    }
    assert_eq!(seen, BTreeSet::from([202, 409]), "both orders were seen");
    Ok(())
}
