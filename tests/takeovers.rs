//! What would give one customer's account to another, tried from every side: between customers who have signed up, and between those
//! who were imported with a password that nobody has proved.

use serde_json::{Value, json};
use tests::{Answer, Failure, Outcome, Shop};

async fn reset(shop: &Shop, store: &str, token: &str) -> Answer {
    shop.ask("reset-password").at(store).json(&json!({"token": token, "password": "an attackers password"})).send().await
}

/// Where the customers of a shop come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    SignedUp,
    Imported,
}

pub(crate) const ORIGINS: [Origin; 2] = [Origin::SignedUp, Origin::Imported];

impl Origin {
    /// Has somebody be a customer, with the password of all customers.
    async fn customer(self, shop: &Shop, email: &str) -> Outcome {
        match self {
            Self::SignedUp => shop.customer(email).await.map(|_| ()),
            Self::Imported => {
                shop.imported(email, "a password of her own").await?;
                let session = shop.post("login", json!({"email": email, "password": "a password of her own"})).await;
                if session.status == 200 { Ok(()) } else { Err("no session".into()) }
            }
        }
    }
}

/// Two shops; Ada is a customer of both, and Bob of the first.
pub(crate) async fn two_shops(origin: Origin) -> Result<Shop, Failure> {
    let shop = Shop::open().await?;
    shop.open_beside("other").await?;
    origin.customer(&shop, "ada@example.com").await?;
    origin.customer(&shop, "bob@example.com").await?;
    let there = |operation: &str, body: Value| shop.ask(operation).at("other").json(&body).send();
    let opened = there("create-account", json!({"email": "ada@example.com", "password": "a password of her own"})).await;
    let right = json!({"challenge_id": opened.text("/challenge_id"), "code": shop.code("ada@example.com").await?});
    assert_eq!(there("verify-code", right).await.status, 200);
    shop.wait_a_day();
    Ok(shop)
}

#[tokio::test]
async fn no_token_is_taken_for_another_kind() -> Outcome {
    for origin in ORIGINS {
        let shop = two_shops(origin).await?;
        let session = shop.post("login", json!({"email": "ada@example.com", "password": "a password of her own"})).await;
        shop.post("forgot-password", json!({"email": "ada@example.com"})).await;
        let link = shop.link_token("ada@example.com").await?;
        let (access, refresh, device) = (session.text("/access_token"), session.text("/refresh_token"), session.text("/device_token"));

        for wrong in [&access, &device, &link, &shop.owner_key] {
            assert_eq!(shop.post("refresh-session", json!({"refresh_token": wrong})).await.status, 401);
        }
        for wrong in [&access, &refresh, &device, &shop.owner_key] {
            assert_eq!(reset(&shop, "demo", wrong).await.status, 401);
        }
        for wrong in [&refresh, &device, &link, &shop.owner_key] {
            assert_eq!(shop.ask("logout").bearer(wrong).send().await.status, 401);
            assert_eq!(shop.ask("delete-account").bearer(wrong).json(&json!({"mode": "erase"})).send().await.status, 401);
        }
        for wrong in [&access, &refresh, &device, &link] {
            let answer = shop.ask("block-check").bearer(wrong).json(&json!({"email": "ada@example.com", "scope": "checkout"})).send().await;
            assert_eq!(answer.status, 401);
        }
        assert_eq!(shop.post("refresh-session", json!({"refresh_token": refresh})).await.status, 200);
    }
    Ok(())
}

#[tokio::test]
async fn refresh_and_device_tokens_are_of_one_shop() -> Outcome {
    for origin in ORIGINS {
        let shop = two_shops(origin).await?;
        let login = |store: &str| {
            shop.ask("login").at(store).json(&json!({"email": "ada@example.com", "password": "a password of her own"})).send()
        };
        let (here, there) = (login("demo").await, login("other").await);
        for (store, session) in [("demo", &there), ("other", &here)] {
            let answer = shop.ask("refresh-session").at(store).json(&json!({"refresh_token": session.text("/refresh_token")})).send().await;
            assert_eq!(answer.refusal(), (401, "invalid_token".to_owned()));
        }
        for _ in 0..5 {
            shop.post("login", json!({"email": "ada@example.com", "password": "wrong"})).await;
        }
        let with = |session: &Answer| {
            shop.post(
                "login",
                json!({"email": "ada@example.com", "password": "a password of her own", "device_token": session.text("/device_token")}),
            )
        };
        let statuses = (with(&there).await.status, with(&here).await.status);
        assert_eq!(statuses, (429, 200));
        for (store, session) in [("demo", &here), ("other", &there)] {
            let answer = shop.ask("refresh-session").at(store).json(&json!({"refresh_token": session.text("/refresh_token")})).send().await;
            assert_eq!(answer.status, 200);
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_shops_customers_blocks_and_limits_are_its_own() -> Outcome {
    for origin in ORIGINS {
        let shop = two_shops(origin).await?;
        shop.block_email("ada@example.com").await?;
        let there = |operation: &str, body: Value| shop.ask(operation).at("other").json(&body).send();
        let right = json!({"email": "ada@example.com", "password": "a password of her own"});
        assert_eq!((shop.post("login", right.clone()).await.status, there("login", right).await.status), (403, 200));
        assert_eq!(
            there("login", json!({"email": "bob@example.com", "password": "a password of her own"})).await.status,
            401,
            "Bob is a customer of the first shop"
        );
        for number in 0..10 {
            assert_eq!(shop.post("send-code", json!({"email": format!("customer-{number}@example.com")})).await.status, 202);
        }
        assert_eq!(shop.post("send-code", json!({"email": "bob@example.com"})).await.status, 429);
        assert_eq!(there("send-code", json!({"email": "bob@example.com"})).await.status, 202);
    }
    Ok(())
}

#[tokio::test]
async fn a_session_of_one_account_does_nothing_to_another() -> Outcome {
    for origin in ORIGINS {
        let shop = Shop::open().await?;
        let mut sessions = Vec::new();
        for email in ["ada@example.com", "eve@example.com"] {
            origin.customer(&shop, email).await?;
            sessions.push(shop.post("login", json!({"email": email, "password": "a password of her own"})).await);
        }
        let before = shop.table().await?.sessions("ada@example.com");
        let [ada, eve] = sessions.as_slice() else { return Err("two sessions".into()) };
        assert_eq!(shop.ask("logout").bearer(&eve.text("/access_token")).json(&json!({"everywhere": true})).send().await.status, 204);
        assert_eq!(shop.post("refresh-session", json!({"refresh_token": ada.text("/refresh_token")})).await.status, 200);
        let eve = shop.post("login", json!({"email": "eve@example.com", "password": "a password of her own"})).await;
        let erased = shop.ask("delete-account").bearer(&eve.text("/access_token")).json(&json!({"mode": "erase"})).send().await;
        // A password that was imported proves nothing, so it deletes nothing either.
        assert_eq!(erased.status, if origin == Origin::Imported { 403 } else { 202 }, "{erased:?}");
        assert_eq!(shop.table().await?.sessions("ada@example.com"), before);
    }
    Ok(())
}
