//! Many strangers' guesses at one account: nobody is locked out, and a guessed password alone is worth nothing.

use futures::future::join_all;
use serde_json::json;
use tests::{Answer, Customer, Failure, Outcome, Shop};

/// Where the customer is with a new phone: no attacker's network.
const ELSEWHERE: u32 = 100_000;

/// So many wrong passwords, four from each network, so that none of them has to wait.
async fn guessed_at(shop: &Shop, email: &str, times: u32) {
    let guesses = (0..times).map(|number| {
        let body = json!({"email": email, "password": format!("guess {number}")});
        async move { shop.ask("login").from_network(number / 4).json(&body).send().await }
    });
    for answer in join_all(guesses).await {
        assert_eq!(answer.refusal(), (401, "invalid_credentials".to_owned()));
    }
}

async fn from_a_new_phone(shop: &Shop, email: &str, password: &str) -> Answer {
    shop.ask("login").from_network(ELSEWHERE).json(&json!({"email": email, "password": password})).send().await
}

async fn notices(shop: &Shop, email: &str) -> Result<usize, Failure> {
    Ok(shop.mail_kinds(email).await?.iter().filter(|kind| *kind == "wrong-passwords").count())
}

async fn shop_with_ada() -> Result<(Shop, Customer), Failure> {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    Ok((shop, ada))
}

#[tokio::test]
async fn after_a_hundred_wrong_guesses_of_strangers_a_right_password_from_a_new_device_needs_a_mailed_code() -> Outcome {
    let (shop, ada) = shop_with_ada().await?;
    guessed_at(&shop, &ada.email, 99).await;
    assert_eq!(from_a_new_phone(&shop, &ada.email, &ada.password).await.status, 200);
    assert_eq!(notices(&shop, &ada.email).await?, 0);
    guessed_at(&shop, &ada.email, 1).await;
    assert_eq!(notices(&shop, &ada.email).await?, 1);

    let sessions = shop.table().await?.sessions(&ada.email);
    let asked = from_a_new_phone(&shop, &ada.email, &ada.password).await;
    assert_eq!(asked.refusal(), (401, "challenge_required".to_owned()));
    assert_eq!(shop.table().await?.sessions(&ada.email), sessions, "the password alone opens nothing");
    let code = shop.code(&ada.email).await?;
    let body = json!({"challenge_id": asked.text("/challenge_id"), "code": code});
    let opened = shop.ask("verify-code").from_network(ELSEWHERE).json(&body).send().await;
    assert_eq!((opened.status, opened.text("/account/email")), (200, ada.email.clone()));

    // The new phone is known from here on, and so is the old one.
    for device in [opened.text("/device_token"), ada.device_token()] {
        let known = json!({"email": ada.email, "password": ada.password, "device_token": device});
        assert_eq!(shop.post("login", known).await.status, 200);
    }
    Ok(())
}

#[tokio::test]
async fn a_wrong_password_is_answered_as_before_whether_there_is_an_account_or_not() -> Outcome {
    let (shop, ada) = shop_with_ada().await?;
    let mut costs = Vec::new();
    for email in [ada.email.as_str(), "nobody@example.com"] {
        guessed_at(&shop, email, 99).await;
        shop.round_trips.reset();
        guessed_at(&shop, email, 1).await;
        costs.push((shop.round_trips.in_sequence(), shop.round_trips.calls()));
        let wrong = from_a_new_phone(&shop, email, "not the password").await;
        assert_eq!(wrong.refusal(), (401, "invalid_credentials".to_owned()), "{email}");
    }
    assert_eq!(costs[0], costs[1], "the notice takes the same calls where there is nobody to mail it to");
    assert_eq!((notices(&shop, &ada.email).await?, notices(&shop, "nobody@example.com").await?), (1, 0));
    Ok(())
}

#[tokio::test]
async fn the_customer_is_notified_once_a_day_and_the_challenges_end_a_day_after_the_guesses() -> Outcome {
    let (shop, ada) = shop_with_ada().await?;
    for _ in 0..3 {
        guessed_at(&shop, &ada.email, 100).await;
        shop.wait(7 * 3600);
    }
    assert_eq!(notices(&shop, &ada.email).await?, 1);
    guessed_at(&shop, &ada.email, 1).await;
    shop.wait(23 * 3600);
    assert_eq!(from_a_new_phone(&shop, &ada.email, &ada.password).await.status, 200, "those of the day before are over");
    guessed_at(&shop, &ada.email, 100).await;
    assert_eq!(notices(&shop, &ada.email).await?, 2, "and the next day has a notice of its own");
    Ok(())
}

#[tokio::test]
async fn where_customers_do_not_sign_in_by_code_the_code_of_a_challenge_is_good_all_the_same() -> Outcome {
    let (shop, ada) = shop_with_ada().await?;
    let revision = shop.ask("view-store").bearer(&shop.owner_key).send().await.body["revision"].clone();
    let settings = json!({"revision": revision, "sign_in_by": "password"});
    assert_eq!(shop.ask("configure-store").bearer(&shop.owner_key).json(&settings).send().await.status, 200);
    guessed_at(&shop, &ada.email, 100).await;
    let asked = from_a_new_phone(&shop, &ada.email, &ada.password).await;
    let body = json!({"challenge_id": asked.text("/challenge_id"), "code": shop.code(&ada.email).await?});
    assert_eq!(shop.ask("verify-code").from_network(ELSEWHERE).json(&body).send().await.status, 200);
    Ok(())
}

#[tokio::test]
async fn strangers_who_spend_the_mails_of_the_address_do_not_spend_the_code_of_a_challenge() -> Outcome {
    let (shop, ada) = shop_with_ada().await?;
    guessed_at(&shop, &ada.email, 100).await;
    for number in 0..20 {
        shop.ask("send-code").from_network(number).json(&json!({"email": ada.email})).send().await;
        shop.wait(180);
    }
    assert_eq!(from_a_new_phone(&shop, &ada.email, &ada.password).await.refusal(), (401, "challenge_required".to_owned()));
    assert_eq!(shop.mail_kinds(&ada.email).await?[0], "sign-in-code");
    Ok(())
}

#[tokio::test]
async fn whoever_has_learned_by_the_challenge_that_a_password_is_right_needs_a_code_the_day_after_as_well() -> Outcome {
    let (shop, ada) = shop_with_ada().await?;
    guessed_at(&shop, &ada.email, 100).await;
    assert_eq!(from_a_new_phone(&shop, &ada.email, &ada.password).await.code(), "challenge_required");
    for _ in 0..3 {
        shop.wait_a_day();
        assert_eq!(from_a_new_phone(&shop, &ada.email, &ada.password).await.code(), "challenge_required");
    }
    let known = json!({"email": ada.email, "password": ada.password, "device_token": ada.device_token()});
    assert_eq!(shop.post("login", known).await.status, 200, "a known device notices nothing");

    // Until the next proof of the mailbox.
    let (challenge_id, code) = shop.challenge(&ada.email, "sign-in").await?;
    assert_eq!(shop.post("verify-code", json!({"challenge_id": challenge_id, "code": code})).await.status, 200);
    assert_eq!(from_a_new_phone(&shop, &ada.email, &ada.password).await.status, 200);
    Ok(())
}

#[tokio::test]
async fn whoever_has_the_password_neither_replaces_nor_delays_the_code_of_a_known_device() -> Outcome {
    let (shop, ada) = shop_with_ada().await?;
    guessed_at(&shop, &ada.email, 100).await;
    let ask = || shop.post("send-code", json!({"email": ada.email, "device_token": ada.device_token()}));
    let own = ask().await;
    assert_eq!(own.status, 202);
    let code = shop.code(&ada.email).await?;
    for _ in 0..5 {
        assert_eq!(from_a_new_phone(&shop, &ada.email, &ada.password).await.code(), "challenge_required");
        shop.wait(60);
    }
    let opened = shop.post("verify-code", json!({"challenge_id": own.text("/challenge_id"), "code": code})).await;
    assert_eq!(opened.status, 200, "{opened:?}");
    assert_eq!(ask().await.status, 202);
    Ok(())
}
