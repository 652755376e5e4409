//! A device token has limits of its own, for as long as its account trusts the device: signing out everywhere and a new password revoke
//! it, and whoever holds it is a stranger from then on.

use serde_json::json;
use tests::{Answer, Customer, Failure, Outcome, Shop};

/// What revokes every device of an account.
const EVENTS: [&str; 5] =
    ["sign-out everywhere", "sign-out everywhere by a refresh token", "change of password", "reset", "return to a closed account"];

async fn happen(shop: &Shop, event: &str, ada: &Customer, session: &Answer) -> Outcome {
    let signed_in = |operation: &str, body| shop.ask(operation).bearer(&session.text("/access_token")).json(&body).send();
    let status = match event {
        "sign-out everywhere" => signed_in("logout", json!({"everywhere": true})).await.status,
        "sign-out everywhere by a refresh token" => {
            shop.post("logout", json!({"refresh_token": session.text("/refresh_token"), "everywhere": true})).await.status
        }
        "change of password" => {
            signed_in("change-password", json!({"current_password": ada.password, "new_password": "another password"})).await.status
        }
        "reset" => {
            shop.post("forgot-password", json!({"email": ada.email})).await;
            let token = shop.link_token(&ada.email).await?;
            shop.post("reset-password", json!({"token": token, "password": "another password"})).await.status
        }
        _ => {
            assert_eq!(signed_in("delete-account", json!({"mode": "close"})).await.status, 202);
            let (challenge_id, code) = shop.challenge(&ada.email, "sign-in").await?;
            shop.post("verify-code", json!({"challenge_id": challenge_id, "code": code})).await.status
        }
    };
    assert!(matches!(status, 200 | 204), "{event}: {status}");
    Ok(())
}

/// Whether a guess with this token is still evaluated after strangers have spent all guesses of a network at the address.
async fn guesses(shop: &Shop, network: u32, email: &str, device_token: &str) -> bool {
    let guess = |body| shop.ask("login").from_network(network).json(&body).send();
    let wrong = json!({"email": email, "password": "not the password"});
    while guess(wrong.clone()).await.status == 401 {}
    let with = json!({"email": email, "password": "not the password", "device_token": device_token});
    guess(with).await.status == 401
}

/// Whether a mail is sent on this token after strangers have spent the address's mails of a minute.
async fn is_mailed(shop: &Shop, network: u32, email: &str, device_token: &str) -> Result<bool, Failure> {
    let ask = |body| shop.ask("send-code").from_network(network).json(&body).send();
    ask(json!({"email": email})).await;
    let before = shop.mails(email).await?.len();
    ask(json!({"email": email, "device_token": device_token})).await;
    Ok(shop.mails(email).await?.len() > before)
}

#[tokio::test]
async fn signing_out_everywhere_and_a_new_password_make_every_device_a_stranger_until_it_signs_in_again() -> Outcome {
    for (number, event) in EVENTS.into_iter().enumerate() {
        let network = u32::try_from(number)? * 10;
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        shop.wait_a_day();
        let session = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
        let held = [ada.device_token(), session.text("/device_token")];
        for token in &held {
            assert!(guesses(&shop, network, &ada.email, token).await, "{event}: known before");
        }
        happen(&shop, event, &ada, &session).await?;

        for token in &held {
            assert!(!guesses(&shop, network + 1, &ada.email, token).await, "{event}: a guess");
        }
        shop.wait_a_day();
        for (number, token) in held.iter().enumerate() {
            let network = network + 2 + u32::try_from(number)?;
            assert!(!is_mailed(&shop, network, &ada.email, token).await?, "{event}: a mail");
        }

        // A device that signs in again is known again, even within the second of the event.
        shop.wait_a_day();
        let (challenge_id, code) = shop.challenge(&ada.email, "sign-in").await?;
        let again = shop.post("verify-code", json!({"challenge_id": challenge_id, "code": code})).await;
        assert!(guesses(&shop, network + 5, &ada.email, &again.text("/device_token")).await, "{event}: known again");
    }
    Ok(())
}

#[tokio::test]
async fn a_sign_in_within_the_second_of_a_sign_out_everywhere_is_known_and_the_session_before_it_is_not() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let out = shop.ask("logout").bearer(&ada.access_token()).json(&json!({"everywhere": true})).send().await;
    assert_eq!(out.status, 204);
    let session = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
    assert!(!guesses(&shop, 1, &ada.email, &ada.device_token()).await);
    assert!(guesses(&shop, 2, &ada.email, &session.text("/device_token")).await);
    Ok(())
}

#[tokio::test]
async fn what_an_unproved_password_opened_is_a_stranger_after_the_first_proof_of_the_mailbox() -> Outcome {
    let shop = Shop::open().await?;
    shop.imported("ada@example.com", "a password from elsewhere").await?;
    let stranger = shop.post("login", json!({"email": "ada@example.com", "password": "a password from elsewhere"})).await;
    let (challenge_id, code) = shop.challenge("ada@example.com", "sign-in").await?;
    let owner = shop.post("verify-code", json!({"challenge_id": challenge_id, "code": code})).await;
    assert!(!guesses(&shop, 1, "ada@example.com", &stranger.text("/device_token")).await);
    assert!(guesses(&shop, 2, "ada@example.com", &owner.text("/device_token")).await);
    Ok(())
}

#[tokio::test]
async fn a_device_of_a_closed_account_and_one_whose_refresh_token_was_copied_are_strangers() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    assert_eq!(shop.ask("delete-account").bearer(&ada.access_token()).json(&json!({"mode": "close"})).send().await.status, 202);
    assert!(!guesses(&shop, 1, &ada.email, &ada.device_token()).await, "closed");

    let eve = shop.customer("eve@example.com").await?;
    for _ in 0..2 {
        shop.wait(61);
        shop.post("refresh-session", json!({"refresh_token": eve.refresh_token()})).await;
    }
    assert!(!guesses(&shop, 2, &eve.email, &eve.device_token()).await, "copied");
    Ok(())
}

#[tokio::test]
async fn a_device_that_was_known_at_an_address_is_a_stranger_to_an_account_that_comes_there() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.moved(&ada, "ada@new.example").await?;
    let again = json!({"email": "ada@new.example", "password": ada.password});
    let session = shop.ask("login").from(shop.another_network()).json(&again).send().await;
    let back = Customer { email: "ada@new.example".to_owned(), password: ada.password.clone(), session };
    shop.moved(&back, "ada@example.com").await?;
    shop.wait_a_day();
    assert!(!guesses(&shop, 1, "ada@example.com", &ada.device_token()).await, "there and back");

    let eve = shop.customer("eve@example.com").await?;
    assert_eq!(shop.ask("delete-account").bearer(&eve.access_token()).json(&json!({"mode": "erase"})).send().await.status, 202);
    let rows = json!({"rows": [{"email": "eve@example.com", "created_at": "2019-03-01T10:00:00Z"}]});
    assert_eq!(shop.ask("import-accounts").bearer(&shop.owner_key).json(&rows).send().await.body["created"], 1);
    shop.wait_a_day();
    assert!(!guesses(&shop, 2, "eve@example.com", &eve.device_token()).await, "imported as one that is older");
    Ok(())
}

#[tokio::test]
async fn a_device_of_an_account_that_was_erased_is_a_stranger_to_the_next_one_at_the_address() -> Outcome {
    let shop = Shop::open().await?;
    let before = shop.customer("ada@example.com").await?;
    let erased = shop.ask("delete-account").bearer(&before.access_token()).json(&json!({"mode": "erase"})).send().await;
    assert_eq!(erased.status, 202);
    shop.wait_a_day();
    shop.customer("ada@example.com").await?;
    assert!(!guesses(&shop, 1, "ada@example.com", &before.device_token()).await);
    Ok(())
}
