//! An attacker signs an address up before its owner does, and hopes that the owner proves the mailbox for them.

use serde_json::json;
use shared::{
    domain::{
        challenge::{Asker, Proves, Slot},
        shop_slug::ShopSlug,
    },
    store::read::Wanted,
};
use tests::{Failure, Outcome, Shop};

/// Who asks, in which order: `A` the attacker for a sign-up with a password, `L` the attacker for a reset link, `V` the
/// victim. What somebody asks for from elsewhere leaves the challenge of whoever asked before as it was.
const ORDERS: [&str; 6] = ["AV", "VA", "VAV", "AAV", "LAV", "AVL"];

/// The attacker's password.
const PLANTED: &str = "an attackers password";

/// What the link to the reset challenge at this address would be, whether it was ever mailed or not.
async fn link_to(shop: &Shop, email: &str) -> Result<String, Failure> {
    let slot = Slot { proves: Proves::ResetLink, asker: Asker::Stranger, number: 0 };
    let wanted = Wanted::in_shop(ShopSlug::parse("demo")?).challenges(shop.email_key(email).await?, [slot]);
    let challenge = wanted.read(&shop.context.table, shop.clock.now()).await?.challenges.pop().ok_or("there is no challenge")?;
    Ok(shop.context.signing_root().await?.link_token(&challenge.seed).ok_or("the seed has no link")?)
}

/// Has somebody be at the address, or nobody.
async fn settle(shop: &Shop, who: &str, email: &str) -> Outcome {
    match who {
        "somebody who has closed the account" => {
            let customer = shop.customer(email).await?;
            let closed = shop.ask("delete-account").bearer(&customer.access_token()).json(&json!({"mode": "close"})).send().await;
            assert_eq!(closed.status, 202);
        }
        "somebody who was imported" => shop.imported(email, "a password from elsewhere").await?,
        _ => {}
    }
    shop.wait_a_day();
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_whatever_order_an_attacker_asks_nothing_of_theirs_is_adopted_when_the_owner_proves_the_mailbox() -> Outcome {
    let shop = Shop::open().await?;
    let mut number = 0;
    for who in ["nobody", "somebody who has closed the account", "somebody who was imported"] {
        for order in ORDERS {
            for operation in ["send-code", "create-account"] {
                number += 1;
                let email = format!("victim-{number}@example.com");
                let case = format!("{who}, {order}, {operation}");
                settle(&shop, who, &email).await?;

                let (mut planted, mut links, mut own) = (Vec::new(), Vec::new(), None);
                for asker in order.chars() {
                    let from = |operation: &str, body| shop.ask(operation).from_network(number).json(&body).send();
                    match asker {
                        'A' => {
                            let sent = from("create-account", json!({"email": email, "password": PLANTED, "name": "Mallory"})).await;
                            planted.push((sent.text("/challenge_id"), shop.code(&email).await?));
                        }
                        'L' => {
                            assert_eq!(from("forgot-password", json!({"email": email})).await.status, 202);
                            links.push(link_to(&shop, &email).await?);
                        }
                        _ => {
                            let sent = shop.post(operation, json!({"email": email})).await;
                            own = Some((sent.text("/challenge_id"), shop.code(&email).await?));
                        }
                    }
                    shop.wait(60);
                }
                let (challenge, code) = own.ok_or("the victim has asked")?;
                let session = shop.post("verify-code", json!({"challenge_id": challenge, "code": code})).await;
                assert_eq!(session.status, 200, "{case}: {session:?}");
                assert_ne!(session.text("/account/name"), "Mallory", "{case}");

                let login = json!({"email": email, "password": PLANTED});
                assert_eq!(shop.ask("login").from_network(number).json(&login).send().await.status, 401, "{case}");
                for (challenge, _) in &planted {
                    let answer = shop.post("verify-code", json!({"challenge_id": challenge, "code": code})).await;
                    let refusals = [(410, "expired".to_owned()), (401, "invalid_code".to_owned())];
                    assert!(refusals.contains(&answer.refusal()), "{case}: {answer:?}");
                }
                // A link that was mailed went to the owner's mailbox. One that was not is not right, even in an attacker's hands.
                for link in links.iter().filter(|_| who == "nobody") {
                    let answer = shop.post("reset-password", json!({"token": link, "password": PLANTED})).await;
                    assert!(matches!(answer.status, 401 | 410), "{case}: {answer:?}");
                }
                assert_eq!(shop.table().await?.sessions(&email).len(), 1, "{case}");
                // Even with its own code, which only the owner's mailbox has, nothing that the attacker's form said is adopted now.
                for (challenge, code) in &planted {
                    let answer = shop.post("verify-code", json!({"challenge_id": challenge, "code": code})).await;
                    assert!(answer.status == 410 || answer.text("/account/name") != "Mallory", "{case}: {answer:?}");
                }
                assert_eq!(shop.ask("login").from_network(number).json(&login).send().await.status, 401, "{case}");
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_owners_code_proves_no_sign_up_that_an_attacker_has_opened_since_and_opens_an_account_without_their_password() -> Outcome {
    let shop = Shop::open().await?;
    // From elsewhere, and from the owner's own network, where the newer request takes the place of the older one.
    for (operation, attacker) in [("send-code", 1), ("create-account", 1), ("send-code", 2), ("create-account", 2)] {
        let email = format!("victim-of-{operation}-by-{attacker}@example.com");
        let own = shop.ask(operation).from_network(2).json(&json!({"email": email})).send().await;
        let code = shop.code(&email).await?;
        shop.wait(60);
        let planted = shop.ask("create-account").from_network(attacker).json(&json!({"email": email, "password": PLANTED})).send().await;
        let planted_code = shop.code(&email).await?;
        let (own, planted) = (own.text("/challenge_id"), planted.text("/challenge_id"));
        if code != planted_code {
            for (challenge, code) in [(&own, &planted_code), (&planted, &code)] {
                let answer = shop.post("verify-code", json!({"challenge_id": challenge, "code": code})).await;
                assert!(matches!(answer.status, 401 | 410), "{operation} {attacker}: {answer:?}");
            }
        }
        let answer = shop.post("verify-code", json!({"challenge_id": own, "code": code})).await;
        assert_eq!(answer.status, if attacker == 1 { 200 } else { 410 }, "{operation} {attacker}: {answer:?}");
        let login = json!({"email": email, "password": PLANTED});
        assert_eq!(shop.ask("login").from_network(attacker).json(&login).send().await.status, 401, "{operation} {attacker}");
    }
    Ok(())
}
