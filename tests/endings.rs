//! What ends with what: after each event, everything that was held before it, tried again.

use serde_json::json;
use shared::domain::{
    block::{BlockRule, Scope},
    domain_name::DomainName,
    identifier::AccountId,
};
use tests::{Answer, Customer, Failure, Outcome, Shop};

/// What becomes of something that was held.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Ends,
    Stays,
}
use Fate::{Ends, Stays};

/// What becomes of everything that was held.
struct Fates {
    /// Of the session that the event came from.
    this_access_token: Fate,
    this_refresh_token: Fate,
    /// Of the session in another browser.
    other_access_token: Fate,
    other_refresh_token: Fate,
    /// Of every open code and link, a known device's among them.
    proofs: Fate,
    password: Fate,
}

const EVERYTHING_ENDS: Fates = Fates {
    this_access_token: Ends,
    this_refresh_token: Ends,
    other_access_token: Ends,
    other_refresh_token: Ends,
    proofs: Ends,
    password: Ends,
};
const THIS_SESSION_ENDS: Fates = Fates {
    this_access_token: Ends,
    this_refresh_token: Ends,
    other_access_token: Stays,
    other_refresh_token: Stays,
    proofs: Stays,
    password: Stays,
};

const EVENTS: [(&str, Fates); 11] = [
    ("reset", EVERYTHING_ENDS),
    ("change of password", Fates { this_access_token: Stays, this_refresh_token: Stays, ..EVERYTHING_ENDS }),
    ("change of address", EVERYTHING_ENDS),
    ("block of the address", EVERYTHING_ENDS),
    ("block of the account", EVERYTHING_ENDS),
    // Whoever is blocked by the domain keeps the right to sign out and to be forgotten.
    ("block of the domain", Fates { this_access_token: Stays, other_access_token: Stays, ..EVERYTHING_ENDS }),
    ("close", EVERYTHING_ENDS),
    ("erase", EVERYTHING_ENDS),
    ("logout everywhere", Fates { password: Stays, ..EVERYTHING_ENDS }),
    ("logout", THIS_SESSION_ENDS),
    ("replay of a refresh token", THIS_SESSION_ENDS),
];

/// A code or link that was mailed.
enum Mailed {
    Code(String, String),
    Link(String),
}

/// Everything that a customer can hold.
struct Held {
    ada: Customer,
    /// The session that the event comes from, as it began and after a refresh.
    this: [Answer; 2],
    /// The session of another browser.
    other: Answer,
    proofs: Vec<Mailed>,
}

async fn hold_everything(shop: &Shop) -> Result<Held, Failure> {
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    let mut proofs = Vec::new();
    for (operation, purpose) in [("send-code", Some("sign-in")), ("send-code", Some("delete-account")), ("forgot-password", None)] {
        for device_token in [None, Some(ada.device_token())] {
            let mut body = json!({"email": ada.email});
            if let Some(purpose) = purpose {
                body["purpose"] = json!(purpose);
            }
            if let Some(device_token) = device_token {
                body["device_token"] = json!(device_token);
            }
            let sent = shop.ask(operation).from(shop.another_network()).json(&body).send().await;
            proofs.push(match purpose {
                Some(_) => Mailed::Code(sent.text("/challenge_id"), shop.code(&ada.email).await?),
                None => Mailed::Link(shop.link_token(&ada.email).await?),
            });
        }
        shop.wait(60);
    }
    let login = || shop.post("login", json!({"email": ada.email, "password": ada.password}));
    let (begun, other) = (login().await, login().await);
    let refreshed = shop.post("refresh-session", json!({"refresh_token": begun.text("/refresh_token")})).await;
    Ok(Held { ada, this: [begun, refreshed], other, proofs })
}

async fn happen(shop: &Shop, event: &str, held: &Held) -> Result<u16, Failure> {
    let access_token = held.this[1].text("/access_token");
    let with_session = |operation: &str, body| shop.ask(operation).bearer(&access_token).json(&body).send();
    Ok(match event {
        "reset" => {
            let Some(Mailed::Link(token)) = held.proofs.last() else { return Err("the last proof is a link".into()) };
            shop.post("reset-password", json!({"token": token, "password": "another password"})).await.status
        }
        "change of password" => {
            let passwords = json!({"current_password": held.ada.password, "new_password": "another password"});
            with_session("change-password", passwords).await.status
        }
        "change of address" => {
            let (challenge_id, code) = shop.challenge(&held.ada.email, "change-email").await?;
            let proof = json!({"challenge_id": challenge_id, "code": code, "new_email": "ada@new.example"});
            let asked = with_session("change-email", proof).await.text("/challenge_id");
            let moved = json!({"challenge_id": asked, "code": shop.code("ada@new.example").await?});
            shop.post("verify-code", moved).await.status
        }
        "block of the address" => shop.block_email(&held.ada.email).await.map(|_| 200)?,
        "block of the account" => {
            shop.block(BlockRule::Account(AccountId::parse(&held.ada.account_id())?), &Scope::ALL, None).await.map(|_| 200)?
        }
        "block of the domain" => shop.block(BlockRule::Domain(DomainName::parse("example.com")?), &Scope::ALL, None).await.map(|_| 200)?,
        "logout everywhere" => with_session("logout", json!({"everywhere": true})).await.status,
        "logout" => with_session("logout", json!({})).await.status,
        "replay of a refresh token" => {
            shop.wait(61);
            let replayed = shop.post("refresh-session", json!({"refresh_token": held.this[0].text("/refresh_token")})).await;
            if replayed.status == 401 { 200 } else { replayed.status }
        }
        mode => with_session("delete-account", json!({"mode": mode})).await.status,
    })
}

/// Makes sure of a fate: a success, or a refusal that tells no more than that.
fn assert_fate(fate: Fate, answer: &Answer, what: &str) {
    let expected = match fate {
        Stays => matches!(answer.status, 200 | 204),
        Ends => matches!(answer.status, 401 | 403 | 410),
    };
    assert!(expected, "{what} should be one that {fate:?}: {answer:?}");
}

#[tokio::test]
async fn after_every_event_what_it_ends_is_worth_nothing_and_the_rest_is_as_before() -> Outcome {
    for (event, fates) in EVENTS {
        let shop = Shop::open().await?;
        let held = hold_everything(&shop).await?;
        let ada = &held.ada;
        let done = happen(&shop, event, &held).await?;
        assert!(matches!(done, 200 | 202 | 204), "{event}: {done}");
        let sessions = shop.table().await?.sessions(&ada.email).len();

        let right = shop.ask("login").from_network(1).json(&json!({"email": ada.email, "password": ada.password})).send().await;
        assert_fate(fates.password, &right, &format!("{event}: the password"));

        let this = held.this.each_ref().map(|session| ("this", session, fates.this_access_token, fates.this_refresh_token));
        let other = [("the other", &held.other, fates.other_access_token, fates.other_refresh_token)];
        for (which, session, access_token, refresh_token) in this.into_iter().chain(other) {
            let refreshed = shop.post("refresh-session", json!({"refresh_token": session.text("/refresh_token")})).await;
            assert_fate(refresh_token, &refreshed, &format!("{event}: {which} session's refresh token"));
            if access_token == Ends {
                for (operation, body) in [("logout", json!({"everywhere": true})), ("delete-account", json!({"mode": "erase"}))] {
                    let answer = shop.ask(operation).bearer(&session.text("/access_token")).json(&body).send().await;
                    assert_fate(Ends, &answer, &format!("{event}: {which} session's access token at {operation}"));
                }
            }
        }
        for mailed in &held.proofs {
            let answer = match mailed {
                Mailed::Code(challenge, code) => shop.post("verify-code", json!({"challenge_id": challenge, "code": code})).await,
                Mailed::Link(_) if fates.proofs == Stays => continue,
                Mailed::Link(token) => shop.post("reset-password", json!({"token": token, "password": "an attackers password"})).await,
            };
            assert_fate(fates.proofs, &answer, &format!("{event}: a proof"));
        }
        if fates.proofs == Ends && fates.password == Ends {
            assert_eq!(shop.table().await?.sessions(&ada.email).len(), sessions, "{event}");
        }

        // What stays is used last: a sign-out ends its session, and a reset all of them.
        for (session, access_token) in [(&held.this[1], fates.this_access_token), (&held.other, fates.other_access_token)] {
            if access_token == Stays {
                let answer = shop.ask("logout").bearer(&session.text("/access_token")).send().await;
                assert_fate(Stays, &answer, &format!("{event}: an access token"));
            }
        }
        if let (Stays, Some(Mailed::Link(token))) = (fates.proofs, held.proofs.last()) {
            let answer = shop.post("reset-password", json!({"token": token, "password": "another password"})).await;
            assert_fate(Stays, &answer, &format!("{event}: a link"));
        }
    }
    Ok(())
}

/// What ends an open invitation, and how it is then refused.
const ENDINGS_OF_AN_INVITATION: [(&str, u16); 10] = [
    ("a newer invitation", 410),
    ("its own use", 410),
    ("a reset", 410),
    ("a sign-in by code", 410),
    ("a sign-in by a password that was verified", 410),
    ("a block of the address", 410),
    ("a block of the domain", 403),
    ("close", 410),
    ("erase", 410),
    ("seven days", 410),
];

/// Has a link to a first password mailed to somebody who was imported, with a password that was verified.
async fn invited(shop: &Shop) -> Result<String, Failure> {
    shop.imported_from("ada@example.com", "a password from elsewhere", true).await?;
    shop.invite(json!({"audience": "all", "reminder_days": [1]})).await?;
    shop.minutes(1).await?;
    shop.link_token("ada@example.com").await
}

async fn end_invitation(shop: &Shop, event: &str, token: &str) -> Outcome {
    let email = "ada@example.com";
    let status = match event {
        "a newer invitation" => {
            shop.wait(24 * 60 * 60);
            assert_eq!(shop.minutes(1).await?, 1);
            200
        }
        "its own use" => shop.post("reset-password", json!({"token": token, "password": "a first password"})).await.status,
        "a reset" => {
            shop.post("forgot-password", json!({"email": email})).await;
            let newest = shop.link_token(email).await?;
            shop.post("reset-password", json!({"token": newest, "password": "a first password"})).await.status
        }
        "a sign-in by code" => {
            let (challenge_id, code) = shop.challenge(email, "sign-in").await?;
            shop.post("verify-code", json!({"challenge_id": challenge_id, "code": code})).await.status
        }
        "a sign-in by a password that was verified" => {
            shop.post("login", json!({"email": email, "password": "a password from elsewhere"})).await.status
        }
        "a block of the address" => shop.block_email(email).await.map(|_| 200)?,
        "a block of the domain" => {
            shop.block(BlockRule::Domain(DomainName::parse("example.com")?), &Scope::ALL, None).await.map(|_| 200)?
        }
        "seven days" => {
            shop.wait(7 * 24 * 60 * 60);
            200
        }
        mode => {
            let account = shop.account(email).await?.ok_or("there is no account")?;
            let body = json!({"account_id": account.id.as_str(), "mode": mode, "note": "for a test"});
            shop.ask("admin/delete-account").bearer(&shop.owner_key).json(&body).send().await.status
        }
    };
    assert!(matches!(status, 200 | 202 | 204), "{event}: {status}");
    Ok(())
}

#[tokio::test]
async fn an_invitation_that_has_ended_sets_no_password() -> Outcome {
    for (event, status) in ENDINGS_OF_AN_INVITATION {
        let shop = Shop::open().await?;
        let token = invited(&shop).await?;
        end_invitation(&shop, event, &token).await?;
        let before = shop.account("ada@example.com").await?.map(|account| account.standing());
        let answer =
            shop.ask("reset-password").from_network(7).json(&json!({"token": token, "password": "an attackers password"})).send().await;
        assert_eq!(answer.status, status, "after {event}: {answer:?}");
        assert_eq!(shop.account("ada@example.com").await?.map(|account| account.standing()), before, "after {event}");
    }
    Ok(())
}
