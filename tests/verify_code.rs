//! `verify-code`: redeems a mailed code, once, for a session.

use serde_json::json;
use shared::domain::block::{BlockRule, Scope};
use tests::{Outcome, Shop};

#[tokio::test]
async fn the_first_proof_of_a_new_address_opens_its_account() -> Outcome {
    let shop = Shop::open().await?;
    let (challenge, code) = shop.challenge("new@example.com", "sign-in").await?;
    let answer = shop.post("verify-code", json!({"challenge_id": challenge, "code": code})).await;
    assert_eq!((answer.status, answer.body["account"]["is_new"].clone()), (200, json!(true)));
    assert_eq!(shop.mail_kinds("new@example.com").await?, ["account-created", "sign-in-code"]);
    let table = shop.table().await?;
    assert_eq!([table.of("ACCOUNT").count(), table.of("PROFILE").count(), table.of("ID").count()], [1, 1, 1]);
    Ok(())
}

#[tokio::test]
async fn a_code_signs_in_to_the_account_that_is_there_and_once() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    let (challenge, code) = shop.challenge(&ada.email, "sign-in").await?;
    let verify = || shop.post("verify-code", json!({"challenge_id": challenge, "code": code}));
    let answer = verify().await;
    assert_eq!((answer.status, answer.body["account"]["is_new"].clone()), (200, json!(false)));
    assert_eq!(answer.text("/account/id"), ada.session.text("/account/id"));
    assert_eq!(verify().await.refusal(), (410, "expired".to_owned()));
    Ok(())
}

#[tokio::test]
async fn a_code_is_refused_from_its_tenth_minute_on_though_it_still_stands_in_the_table() -> Outcome {
    for (seconds, status) in [(599, 200), (600, 410)] {
        let shop = Shop::open().await?;
        shop.customer("ada@example.com").await?;
        shop.wait_a_day();
        let (challenge, code) = shop.challenge("ada@example.com", "sign-in").await?;
        shop.wait(seconds);
        assert_eq!(shop.table().await?.of("CHALLENGE#SIGN-IN").count(), 1);
        let answer = shop.post("verify-code", json!({"challenge_id": challenge, "code": code})).await;
        assert_eq!(answer.status, status, "after {seconds} seconds");
    }
    Ok(())
}

#[tokio::test]
async fn only_the_newest_code_is_worth_anything() -> Outcome {
    let shop = Shop::open().await?;
    let (old, old_code) = shop.challenge("ada@example.com", "sign-in").await?;
    shop.wait(60);
    let (new, new_code) = shop.challenge("ada@example.com", "sign-in").await?;
    assert_eq!(shop.post("verify-code", json!({"challenge_id": old, "code": old_code})).await.status, 410);
    if old_code != new_code {
        assert_eq!(shop.post("verify-code", json!({"challenge_id": new, "code": old_code})).await.status, 401);
    }
    assert_eq!(shop.post("verify-code", json!({"challenge_id": new, "code": new_code})).await.status, 200);
    Ok(())
}

#[tokio::test]
async fn the_sixth_guess_is_refused_even_if_it_is_right() -> Outcome {
    let shop = Shop::open().await?;
    let (challenge, code) = shop.challenge("ada@example.com", "sign-in").await?;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    for _ in 0..5 {
        let answer = shop.post("verify-code", json!({"challenge_id": challenge, "code": wrong})).await;
        assert_eq!(answer.refusal(), (401, "invalid_code".to_owned()));
    }
    let right = shop.post("verify-code", json!({"challenge_id": challenge, "code": code})).await;
    assert_eq!(right.refusal(), (410, "expired".to_owned()));
    Ok(())
}

#[tokio::test]
async fn one_network_guesses_at_sixty_codes_in_ten_minutes_and_only_guesses_count() -> Outcome {
    let shop = Shop::open().await?;
    let (challenge, code) = shop.challenge("ada@example.com", "sign-in").await?;
    let verify = |challenge: &str, code: &str| shop.post("verify-code", json!({"challenge_id": challenge, "code": code}));
    assert_eq!(verify(&challenge, &code).await.status, 200);
    for _ in 0..70 {
        assert_eq!(verify(&never_opened(), "000000").await.status, 410, "nothing was guessed at");
    }
    for number in 0..12 {
        let sent = shop.ask("send-code").from([10, 0, 0, number]).json(&json!({"email": format!("new{number}@example.com")})).send().await;
        for _ in 0..5 {
            // Eight digits where six are right.
            assert_eq!(verify(&sent.text("/challenge_id"), "00000000").await.status, 401);
        }
    }
    let sent = shop.ask("send-code").from([10, 0, 0, 99]).json(&json!({"email": "late@example.com"})).send().await;
    let over = verify(&sent.text("/challenge_id"), "00000000").await;
    assert_eq!((over.status, over.headers["retry-after"].as_str()), (429, "600"));
    Ok(())
}

/// A well-formed name of a challenge that was never opened.
fn never_opened() -> String {
    use shared::domain::{
        challenge::{Asker, ChallengeId, Place, Proves, Slot},
        domain_name::DomainName,
        identifier::EmailKey,
    };
    let slot = Slot { proves: Proves::SignIn, asker: Asker::Stranger };
    let domain = DomainName::parse("example.com").unwrap_or_else(|_| unreachable!("it is a domain"));
    ChallengeId::from_random(&Place { slot, email_key: EmailKey::from_digest([7; 20]), domain }, [7; 9]).as_str().to_owned()
}

#[tokio::test]
async fn a_block_that_comes_after_the_code_is_told_to_whoever_has_proved_the_mailbox() -> Outcome {
    let shop = Shop::open().await?;
    for rule in [BlockRule::cidr("192.0.2.0/24")?, BlockRule::Domain(shared::domain::domain_name::DomainName::parse("example.com")?)] {
        let (challenge, code) = shop.challenge("new@mail.example.com", "sign-in").await?;
        shop.block(rule, &Scope::ALL, Some(std::time::Duration::from_secs(300))).await?;
        let answer = shop.post("verify-code", json!({"challenge_id": challenge, "code": code})).await;
        assert_eq!((answer.refusal(), answer.text("/detail")), ((403, "blocked".to_owned()), "Please call us.".to_owned()));
        assert_eq!(shop.table().await?.of("ACCOUNT").count(), 0);
        let wrong = if code == "000000" { "000001" } else { "000000" };
        let answer = shop.post("verify-code", json!({"challenge_id": challenge, "code": wrong})).await;
        assert_eq!(answer.refusal(), (401, "invalid_code".to_owned()), "and to nobody else");
        shop.wait(300);
    }
    Ok(())
}

#[tokio::test]
async fn the_oldest_of_twenty_sessions_goes() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait(1);
    let mut second = None;
    for _ in 0..19 {
        let session = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
        second = second.or(Some(session));
        shop.wait(1);
    }
    shop.wait(60);
    let (challenge, code) = shop.challenge(&ada.email, "sign-in").await?;
    assert_eq!(shop.post("verify-code", json!({"challenge_id": challenge, "code": code})).await.status, 200);
    assert_eq!(shop.table().await?.sessions(&ada.email).len(), 20);
    assert_eq!(shop.post("refresh-session", json!({"refresh_token": ada.refresh_token()})).await.status, 401);
    let second = second.ok_or("there were others")?.text("/refresh_token");
    assert_eq!(shop.post("refresh-session", json!({"refresh_token": second})).await.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_spent_network_costs_no_attempt_and_no_known_device_its_code() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    let known = shop.post("send-code", json!({"email": ada.email, "device_token": ada.session.text("/device_token")})).await;
    let known_code = shop.code(&ada.email).await?;
    let (strangers, strangers_code) = shop.challenge(&ada.email, "sign-in").await?;
    // Somebody else on the same network guesses at challenges of their own.
    for number in 0..12 {
        let sent = shop.ask("send-code").from([10, 0, 0, number]).json(&json!({"email": format!("own{number}@example.com")})).send().await;
        for _ in 0..5 {
            let wrong = json!({"challenge_id": sent.text("/challenge_id"), "code": "00000000"});
            assert_eq!(shop.post("verify-code", wrong).await.status, 401);
        }
    }
    let verify = |challenge: &str, code: &str| shop.post("verify-code", json!({"challenge_id": challenge, "code": code}));
    for _ in 0..6 {
        assert_eq!(verify(&strangers, &strangers_code).await.status, 429);
    }
    assert_eq!(verify(&known.text("/challenge_id"), &known_code).await.status, 200);
    let elsewhere = shop.ask("verify-code").from([198, 51, 100, 1]).json(&json!({"challenge_id": strangers, "code": strangers_code}));
    assert_eq!(elsewhere.send().await.status, 200, "six refusals were no guesses");
    Ok(())
}
