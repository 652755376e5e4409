//! A code or a link that its caller sends again, because of a double tap or a lost answer: the same outcome for a minute,
//! nothing done twice, and nothing for anybody else.

use futures::future::join_all;
use serde_json::{Value, json};
use shared::domain::{
    block::{BlockRule, Scope},
    domain_name::DomainName,
};
use tests::{Answer, Failure, Outcome, Shop, text};

const EMAIL: &str = "ada@example.com";
const MOVED_TO: &str = "ada@new.example";
const NEW_PASSWORD: &str = "a brand new password";

/// Everything that is proved by a code: where the code goes, and whether its first proof opens an account.
const PROOFS: [(&str, &str, bool); 6] = [
    ("a sign-in", EMAIL, false),
    ("a sign-in from a known device", EMAIL, false),
    ("a sign-up by code", "new@example.com", true),
    ("a sign-up by form", "new@example.com", true),
    ("a fresh sign-in for a deletion", EMAIL, false),
    ("a move to another address", MOVED_TO, false),
];

/// What one request must have changed once.
#[derive(Debug, PartialEq)]
struct Traces {
    sessions: Vec<String>,
    accounts: usize,
    events: usize,
    mails: usize,
}

async fn traces(shop: &Shop, email: &str) -> Result<Traces, Failure> {
    let (mails, table) = (shop.every_mail().await?.len(), shop.table().await?);
    let mut sessions = table.sessions(email);
    sessions.sort();
    Ok(Traces { sessions, accounts: table.of("ACCOUNT").count(), events: table.audit().count(), mails })
}

/// A shop with Ada as its customer, and the request that redeems a code of this kind.
async fn awaiting(proof: &str, email: &str) -> Result<(Shop, Value), Failure> {
    let shop = Shop::open().await?;
    let ada = shop.customer(EMAIL).await?;
    shop.wait(60);
    let sent = match proof {
        "a sign-in from a known device" => shop.post("send-code", json!({"email": email, "device_token": ada.device_token()})).await,
        "a sign-up by form" => shop.post("create-account", json!({"email": email, "password": NEW_PASSWORD, "name": "New"})).await,
        "a fresh sign-in for a deletion" => shop.post("send-code", json!({"email": email, "purpose": "delete-account"})).await,
        "a move to another address" => {
            let (challenge_id, code) = shop.challenge(EMAIL, "change-email").await?;
            let body = json!({"challenge_id": challenge_id, "code": code, "new_email": email});
            shop.ask("change-email").bearer(&ada.access_token()).json(&body).send().await
        }
        _ => shop.post("send-code", json!({"email": email})).await,
    };
    let code = shop.code(email).await?;
    Ok((shop, json!({"challenge_id": sent.text("/challenge_id"), "code": code})))
}

/// A shop with a customer, and the request that sets a new password by a link of this kind.
async fn awaiting_password(link: &str) -> Result<(Shop, Value), Failure> {
    let shop = Shop::open().await?;
    match link {
        "an invitation" => {
            shop.imported(EMAIL, "a password from elsewhere").await?;
            shop.invite(json!({"audience": "all"})).await?;
            shop.minutes(1).await?;
        }
        _ => {
            shop.customer(EMAIL).await?;
            shop.wait(60);
            shop.post("forgot-password", json!({"email": EMAIL})).await;
        }
    }
    let token = shop.link_token(EMAIL).await?;
    Ok((shop, json!({"token": token, "password": NEW_PASSWORD})))
}

/// The same request with another code of the same length.
fn with_wrong_code(proof: &Value) -> Value {
    let code = proof["code"].as_str().unwrap_or_default();
    let last = if code.ends_with('2') { '3' } else { '2' };
    let wrong: String = code.chars().take(code.len() - 1).chain([last]).collect();
    json!({"challenge_id": proof["challenge_id"], "code": wrong})
}

fn expired() -> (u16, String) {
    (410, "expired".to_owned())
}

async fn refreshed(shop: &Shop, session: &Answer) -> Answer {
    shop.post("refresh-session", json!({"refresh_token": session.text("/refresh_token")})).await
}

/// What is the same in two answers that show the same session.
fn session_of(answer: &Answer) -> (u16, String, Value) {
    (answer.status, answer.text("/refresh_token"), answer.body["account"].clone())
}

#[tokio::test]
async fn a_code_that_is_sent_again_within_a_minute_gets_the_session_that_it_has_opened() -> Outcome {
    for (proof, email, is_new) in PROOFS {
        let (shop, body) = awaiting(proof, email).await?;
        let first = shop.post("verify-code", body.clone()).await;
        assert_eq!((first.status, &first.body["account"]["is_new"]), (200, &json!(is_new)), "{proof}");
        let once = traces(&shop, email).await?;

        let again = [
            shop.ask("verify-code"),
            shop.ask("verify-code").header("user-agent", "Another program"),
            // From the Wi-Fi to the mobile network.
            shop.ask("verify-code").from([198, 51, 100, 9]),
        ];
        for request in again {
            let repeated = request.json(&body).send().await;
            assert_eq!(session_of(&repeated), session_of(&first), "{proof}");
            let seen = shop.ask("view-account").bearer(&repeated.text("/access_token")).send().await;
            assert_eq!(seen.status, 200, "{proof}: its access token is good");
        }
        assert_eq!(traces(&shop, email).await?, once, "{proof}: nothing is done twice");

        shop.wait(59);
        assert_eq!(session_of(&shop.post("verify-code", body.clone()).await), session_of(&first), "{proof}: after 59 s");
        shop.wait(1);
        assert_eq!(shop.post("verify-code", body).await.refusal(), expired(), "{proof}: after 60 s");
        assert_eq!(traces(&shop, email).await?, once, "{proof}");
        assert_eq!(refreshed(&shop, &first).await.status, 200, "{proof}: the session lives on");
    }
    Ok(())
}

#[tokio::test]
async fn a_code_that_is_sent_again_gets_the_session_as_it_is_now() -> Outcome {
    let (shop, body) = awaiting("a sign-in", EMAIL).await?;
    let mut current = shop.post("verify-code", body.clone()).await;
    for rotations in 1..=6 {
        shop.wait(1);
        current = refreshed(&shop, &current).await;
        let repeated = shop.post("verify-code", body.clone()).await;
        let tokens = (repeated.text("/refresh_token"), current.text("/refresh_token"));
        assert_eq!((repeated.status, &tokens.0), (200, &tokens.1), "after {rotations} refreshes");
    }
    assert_eq!(refreshed(&shop, &current).await.status, 200, "one lineage, and nobody is taken for a thief");
    Ok(())
}

#[tokio::test]
async fn the_last_of_five_guesses_can_be_sent_again_and_a_wrong_code_stays_a_guess() -> Outcome {
    let (shop, body) = awaiting("a sign-in", EMAIL).await?;
    for _ in 0..4 {
        assert_eq!(shop.post("verify-code", with_wrong_code(&body)).await.status, 401);
    }
    let first = shop.post("verify-code", body.clone()).await;
    for _ in 0..10 {
        assert_eq!(session_of(&shop.post("verify-code", body.clone()).await), session_of(&first), "right ones cost no guess");
    }
    assert_eq!(shop.post("verify-code", with_wrong_code(&body)).await.refusal(), (401, "invalid_code".to_owned()), "the fifth wrong one");
    for code in [with_wrong_code(&body), body] {
        assert_eq!(shop.post("verify-code", code).await.refusal(), expired());
    }
    Ok(())
}

#[tokio::test]
async fn codes_that_are_sent_again_spend_nothing_of_their_network() -> Outcome {
    let (shop, body) = awaiting("a sign-in", EMAIL).await?;
    for _ in 0..70 {
        assert_eq!(shop.post("verify-code", body.clone()).await.status, 200, "a network has sixty guesses in ten minutes");
    }
    Ok(())
}

#[tokio::test]
async fn a_code_that_is_sent_again_brings_no_session_back_that_has_ended() -> Outcome {
    for end in ["logout", "logout everywhere", "block", "block of the domain", "reset", "close", "erase", "move"] {
        let (shop, body) = awaiting("a fresh sign-in for a deletion", EMAIL).await?;
        let first = shop.post("verify-code", body.clone()).await;
        let asks = |operation: &str, body: Value| shop.ask(operation).bearer(&first.text("/access_token")).json(&body).send();
        let status = match end {
            "logout" => asks("logout", json!({})).await.status,
            "logout everywhere" => asks("logout", json!({"everywhere": true})).await.status,
            "block" => shop.block_email(EMAIL).await.map(|_| 200)?,
            "block of the domain" => {
                shop.block(BlockRule::Domain(DomainName::parse("example.com")?), &Scope::ALL, None).await.map(|_| 200)?
            }
            "reset" => {
                shop.wait(1);
                let known = json!({"email": EMAIL, "device_token": first.text("/device_token")});
                shop.post("forgot-password", known).await;
                let token = shop.link_token(EMAIL).await?;
                shop.post("reset-password", json!({"token": token, "password": NEW_PASSWORD})).await.status
            }
            "move" => {
                let known = json!({"email": EMAIL, "purpose": "change-email", "device_token": first.text("/device_token")});
                let sent = shop.post("send-code", known).await;
                let proof = json!({"challenge_id": sent.text("/challenge_id"), "code": shop.code(EMAIL).await?, "new_email": MOVED_TO});
                let asked = asks("change-email", proof).await;
                let proof = json!({"challenge_id": asked.text("/challenge_id"), "code": shop.code(MOVED_TO).await?});
                shop.post("verify-code", proof).await.status
            }
            mode => asks("delete-account", json!({"mode": mode})).await.status,
        };
        assert!(matches!(status, 200 | 202 | 204), "{end}: {status}");
        let before = traces(&shop, EMAIL).await?;

        let repeated = shop.post("verify-code", body).await;
        let refusal = if end == "block of the domain" || end == "block" { vec![403, 410] } else { vec![410] };
        assert!(refusal.contains(&repeated.status), "{end}: {repeated:?}");
        assert_eq!(traces(&shop, EMAIL).await?, before, "{end}");
    }
    Ok(())
}

#[tokio::test]
async fn a_second_reader_of_the_mail_who_did_not_ask_for_the_code_gets_nothing_of_its_session() -> Outcome {
    let (shop, body) = awaiting("a sign-in from a known device", EMAIL).await?;
    assert_eq!(shop.post("verify-code", body.clone()).await.status, 200);
    let sessions = shop.table().await?.sessions(EMAIL).len();
    // The second reader has the code, and can have a challenge of their own: another mail, with another code.
    let own = shop.ask("send-code").from_network(7).json(&json!({"email": EMAIL})).send().await;
    let with_first_code = json!({"challenge_id": own.text("/challenge_id"), "code": body["code"]});
    if shop.code(EMAIL).await? != body["code"] {
        assert_eq!(shop.ask("verify-code").from_network(7).json(&with_first_code).send().await.status, 401);
    }
    assert_eq!(shop.table().await?.sessions(EMAIL).len(), sessions);
    Ok(())
}

#[tokio::test]
async fn what_is_kept_of_a_redeemed_code_opens_no_session_and_is_swept_away_a_minute_later() -> Outcome {
    let (shop, body) = awaiting("a sign-up by form", "new@example.com").await?;
    let session = shop.post("verify-code", body).await;
    let table = shop.table().await?;
    let kept: Vec<_> = table.of("CHALLENGE#SIGN-IN").filter(|item| text(item, "email") == "new@example.com").collect();
    let [kept] = kept.as_slice() else { return Err(format!("{kept:?}").into()) };
    let end = kept["exp"].as_n().map_err(|_| "it has no end")?;
    assert_eq!(*end, (shop.clock.now().unix_seconds() + 60).to_string());
    assert!(!kept.contains_key("form"), "neither the password's hash nor the name");
    assert!(!table.holds(&session.text("/refresh_token")));
    Ok(())
}

#[tokio::test]
async fn a_link_that_is_sent_again_with_the_same_password_is_answered_alike_and_changes_nothing() -> Outcome {
    for link in ["a reset", "an invitation"] {
        let (shop, body) = awaiting_password(link).await?;
        assert_eq!(shop.post("reset-password", body.clone()).await.status, 204, "{link}");
        let session = shop.post("login", json!({"email": EMAIL, "password": NEW_PASSWORD})).await;
        let once = traces(&shop, EMAIL).await?;
        for network in 0..8 {
            let repeated = shop.ask("reset-password").from_network(network).json(&body).send().await;
            assert_eq!((repeated.status, repeated.body.is_null()), (204, true), "{link}");
        }
        assert_eq!(traces(&shop, EMAIL).await?, once, "{link}: no second mail, and nobody is signed out again");
        assert_eq!(refreshed(&shop, &session).await.status, 200, "{link}");

        shop.wait(59);
        assert_eq!(shop.post("reset-password", body.clone()).await.status, 204, "{link}: after 59 s");
        shop.wait(1);
        assert_eq!(shop.post("reset-password", body).await.refusal(), expired(), "{link}: after 60 s");
    }
    Ok(())
}

#[tokio::test]
async fn a_link_that_was_used_sets_no_other_password_and_lets_nobody_guess_the_one_that_it_has_set() -> Outcome {
    let (shop, body) = awaiting_password("a reset").await?;
    assert_eq!(shop.post("reset-password", body.clone()).await.status, 204);
    let guess = |number: usize| json!({"token": body["token"], "password": format!("an attackers guess {number}")});
    for number in 0..5 {
        assert_eq!(shop.post("reset-password", guess(number)).await.refusal(), expired());
    }
    assert_eq!(shop.post("reset-password", body).await.refusal(), expired(), "a sixth is not evaluated");
    assert_eq!(shop.post("login", json!({"email": EMAIL, "password": NEW_PASSWORD})).await.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_link_is_not_answered_alike_once_its_password_or_account_has_changed() -> Outcome {
    for change in ["change of password", "block", "logout everywhere", "erase"] {
        let (shop, body) = awaiting_password("a reset").await?;
        assert_eq!(shop.post("reset-password", body.clone()).await.status, 204);
        let session = shop.post("login", json!({"email": EMAIL, "password": NEW_PASSWORD})).await;
        let asks = |operation: &str, body: Value| shop.ask(operation).bearer(&session.text("/access_token")).json(&body).send();
        let status = match change {
            "change of password" => {
                asks("change-password", json!({"current_password": NEW_PASSWORD, "new_password": "quite another one"})).await.status
            }
            "block" => shop.block_email(EMAIL).await.map(|_| 200)?,
            "logout everywhere" => asks("logout", json!({"everywhere": true})).await.status,
            mode => asks("delete-account", json!({"mode": mode})).await.status,
        };
        assert!(matches!(status, 200 | 202 | 204), "{change}: {status}");
        let before = traces(&shop, EMAIL).await?;
        let repeated = shop.post("reset-password", body).await;
        assert!(matches!(repeated.status, 403 | 410), "{change}: {repeated:?}");
        assert_eq!(traces(&shop, EMAIL).await?, before, "{change}");
    }
    Ok(())
}

#[tokio::test]
async fn a_change_of_address_that_is_asked_for_again_is_under_way_already() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer(EMAIL).await?;
    shop.wait(60);
    let (challenge_id, code) = shop.challenge(EMAIL, "change-email").await?;
    let body = |to: &str| json!({"challenge_id": challenge_id, "code": code, "new_email": to});
    let ask = |body: Value| shop.ask("change-email").bearer(&ada.access_token()).json(&body).send();
    let first = ask(body(MOVED_TO)).await;
    assert_eq!(first.status, 202);
    let once = traces(&shop, EMAIL).await?;

    shop.wait(20);
    for _ in 0..3 {
        let repeated = ask(body(MOVED_TO)).await;
        assert_eq!((repeated.status, repeated.text("/challenge_id")), (202, first.text("/challenge_id")), "{repeated:?}");
        assert_eq!((&repeated.body["expires_in"], &repeated.body["resend_after"]), (&json!(580), &json!(40)));
    }
    assert_eq!(ask(body("ada@third.example")).await.refusal(), expired(), "one code, one address");
    assert_eq!(traces(&shop, EMAIL).await?, once, "no second mail");
    let proof = json!({"challenge_id": first.text("/challenge_id"), "code": shop.code(MOVED_TO).await?});
    assert_eq!(shop.post("verify-code", proof).await.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_change_of_address_is_not_asked_for_again_after_a_minute() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer(EMAIL).await?;
    shop.wait(60);
    let (challenge_id, code) = shop.challenge(EMAIL, "change-email").await?;
    let body = json!({"challenge_id": challenge_id, "code": code, "new_email": MOVED_TO});
    let ask = || shop.ask("change-email").bearer(&ada.access_token()).json(&body).send();
    assert_eq!(ask().await.status, 202);
    shop.wait(59);
    assert_eq!(ask().await.status, 202);
    shop.wait(1);
    assert_eq!(ask().await.refusal(), expired());
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_double_tap_gets_one_session_twice() -> Outcome {
    for (proof, email, _) in PROOFS {
        let (shop, body) = awaiting(proof, email).await?;
        let sessions = shop.table().await?.sessions(email).len();
        let answers = join_all((0..2).map(|_| shop.post("verify-code", body.clone()))).await;
        assert_eq!(session_of(&answers[0]), session_of(&answers[1]), "{proof}");
        assert_eq!(answers[0].status, 200, "{proof}: {answers:?}");
        let left = shop.table().await?.sessions(email).len();
        assert_eq!(left, if email == MOVED_TO { 1 } else { sessions + 1 }, "{proof}");
    }
    for link in ["a reset", "an invitation"] {
        let (shop, body) = awaiting_password(link).await?;
        let answers = join_all((0..2).map(|_| shop.post("reset-password", body.clone()))).await;
        assert_eq!((answers[0].status, answers[1].status), (204, 204), "{link}");
        let notice = if link == "a reset" { "password-changed" } else { "account-created" };
        assert_eq!(shop.mail_kinds(EMAIL).await?.iter().filter(|kind| *kind == notice).count(), 1, "{link}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_double_tap_asks_for_one_change_of_address() -> Outcome {
    for spelling in [MOVED_TO, "ADA@NEW.EXAMPLE"] {
        for _ in 0..10 {
            let shop = Shop::open().await?;
            let ada = shop.customer(EMAIL).await?;
            shop.wait(60);
            let (challenge_id, code) = shop.challenge(EMAIL, "change-email").await?;
            let ask = |to: &str| {
                let body = json!({"challenge_id": challenge_id, "code": code, "new_email": to});
                shop.ask("change-email").bearer(&ada.access_token()).json(&body).send()
            };
            let (first, second) = futures::join!(ask(MOVED_TO), ask(spelling));
            assert_eq!((first.status, second.status), (202, 202), "{first:?}, {second:?}");
            assert_eq!(first.text("/challenge_id"), second.text("/challenge_id"));
            assert_eq!(shop.mails(MOVED_TO).await?.len(), 1);
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_change_of_password_that_is_asked_for_again_is_made_once_and_answered_alike() -> Outcome {
    for with_one in [true, false] {
        let shop = Shop::open().await?;
        let ada = if with_one { shop.customer(EMAIL).await? } else { shop.customer_without_password(EMAIL).await? };
        let change = |to: &str| {
            let mut body = json!({"new_password": to});
            if with_one {
                body["current_password"] = json!(ada.password);
            }
            shop.ask("change-password").bearer(&ada.access_token()).json(&body).send()
        };
        let (first, second) = futures::join!(change("another password"), change("another password"));
        assert_eq!((first.status, second.status), (204, 204), "{first:?}, {second:?}");
        shop.wait(30);
        assert_eq!(change("another password").await.status, 204, "an answer that was lost");
        assert_eq!(shop.mail_kinds(EMAIL).await?.iter().filter(|kind| *kind == "password-changed").count(), 1);

        let other = change("a third password").await;
        assert_eq!(other.status, if with_one { 401 } else { 422 }, "another change needs the password of now: {other:?}");
        shop.wait(60);
        assert_ne!(change("another password").await.status, 204, "a minute later it is a guess");
    }
    Ok(())
}
