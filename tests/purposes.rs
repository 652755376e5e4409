//! Every code and link against every challenge, at every operation that redeems one and in both shops: each proves its
//! own challenge, for its own purpose, in its own shop, and nothing else.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use serde_json::{Value, json};
use shared::domain::role::Role;
use tests::{Answer, Failure, Item, Outcome, Shop, text};

use crate::takeovers::{ORIGINS, Origin, two_shops};

/// What a challenge is proved by, and where.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Redeemer {
    VerifyCode,
    ResetPassword,
}

/// A challenge that is open, with the secret that was mailed for it.
struct Open {
    what: String,
    store: &'static str,
    redeemer: Redeemer,
    challenge: String,
    secret: String,
}

/// Who asks, and where: at one address a stranger and a known device, somebody else, and the same in another shop.
const ASKERS: [(&str, &str, bool); 4] = [
    ("demo", "ada@example.com", false),
    ("demo", "ada@example.com", true),
    ("demo", "bob@example.com", false),
    ("other", "ada@example.com", false),
];

/// What each of them asks for.
const REQUESTS: [(&str, Option<&str>); 3] =
    [("send-code", Some("sign-in")), ("send-code", Some("delete-account")), ("forgot-password", None)];

/// Who signs up.
const SIGN_UPS: [(&str, &str); 3] = [("demo", "new@example.com"), ("demo", "newer@example.com"), ("other", "new@example.com")];

/// Whom the shop invites.
const INVITED: [&str; 2] = ["demo", "other"];

/// Has somebody invited, and reads the mail.
async fn invite(shop: &Shop, store: &'static str) -> Result<Open, Failure> {
    let email = "invited@example.com";
    shop.brought_along_to(store, email, None).await?;
    let owner_key = shop.key_at(store, Role::Owner).await?;
    let begun = shop.ask("invite-accounts").at(store).bearer(&owner_key).json(&json!({"audience": "all"})).send().await;
    assert_eq!((begun.status, shop.minutes(1).await?), (202, 1), "{begun:?}");
    let token = shop.link_token(email).await?;
    let (challenge, secret) = token.split_once('.').ok_or("a token has two parts")?;
    let (challenge, secret) = (challenge.to_owned(), secret.to_owned());
    Ok(Open { what: format!("an invitation at {store}"), store, redeemer: Redeemer::ResetPassword, challenge, secret })
}

/// Has a challenge opened, and reads its mail.
async fn open(shop: &Shop, store: &'static str, operation: &str, body: Value) -> Result<Open, Failure> {
    let email = body["email"].as_str().unwrap_or_default();
    let sent = shop.ask(operation).at(store).from(shop.another_network()).json(&body).send().await;
    assert_eq!(sent.status, 202, "{body}");
    let what = format!("{operation} {body} at {store}");
    if operation == "forgot-password" {
        let token = shop.link_token(email).await?;
        let (challenge, secret) = token.split_once('.').ok_or("a token has two parts")?;
        return Ok(Open { what, store, redeemer: Redeemer::ResetPassword, challenge: challenge.to_owned(), secret: secret.to_owned() });
    }
    Ok(Open { what, store, redeemer: Redeemer::VerifyCode, challenge: sent.text("/challenge_id"), secret: shop.code(email).await? })
}

/// A challenge of every purpose for everybody, the sign-ups last, all of them open at the same time.
async fn open_all(shop: &Shop, device_token: &str) -> Result<Vec<Open>, Failure> {
    let mut all = Vec::new();
    for (operation, purpose) in REQUESTS {
        for (store, email, known) in ASKERS {
            let mut body = json!({"email": email});
            if let Some(purpose) = purpose {
                body["purpose"] = json!(purpose);
            }
            if known {
                body["device_token"] = json!(device_token);
            }
            all.push(open(shop, store, operation, body).await?);
        }
        shop.wait(60);
    }
    for store in INVITED {
        all.push(invite(shop, store).await?);
    }
    for (store, email) in SIGN_UPS {
        all.push(open(shop, store, "create-account", json!({"email": email})).await?);
    }
    Ok(all)
}

/// Tries to prove a challenge by a secret.
async fn redeem(shop: &Shop, redeemer: Redeemer, store: &str, from: u32, challenge: &str, secret: &str) -> Answer {
    let (operation, body) = match redeemer {
        Redeemer::VerifyCode => ("verify-code", json!({"challenge_id": challenge, "code": secret})),
        Redeemer::ResetPassword => {
            ("reset-password", json!({"token": format!("{challenge}.{secret}"), "password": "an attackers password"}))
        }
    };
    shop.ask(operation).from_network(from).at(store).json(&body).send().await
}

/// Puts these items back as they were, so that no attempt is the last one and nothing that was proved stays so.
async fn put_back(shop: &Shop, items: &[Item]) -> Outcome {
    let put = |item: &Item| Ok(WriteRequest::builder().put_request(PutRequest::builder().set_item(Some(item.clone())).build()?).build());
    let puts = items.iter().map(put).collect::<Result<Vec<_>, Failure>>()?;
    let of_table = HashMap::from([(shop.table_name().to_owned(), puts)]);
    shop.dynamodb().batch_write_item().set_request_items(Some(of_table)).send().await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_every_secret_at_every_challenge_operation_and_shop_only_the_right_one_is_accepted() -> Outcome {
    for origin in ORIGINS {
        let shop = two_shops(origin).await?;
        let ada = shop.post("login", json!({"email": "ada@example.com", "password": "a password of her own"})).await;
        let all = open_all(&shop, &ada.text("/device_token")).await?;
        let stands = |item: &&Item| text(item, "sk") == "ACCOUNT" || text(item, "sk").starts_with("CHALLENGE#");
        let as_it_was: Vec<Item> = shop.table().await?.0.iter().filter(stands).cloned().collect();
        assert_eq!((all.len(), as_it_was.len()), (17, 5 + 17));

        let mut tried = 0;
        for challenge in &all {
            for proof in &all {
                for redeemer in [Redeemer::VerifyCode, Redeemer::ResetPassword] {
                    for store in ["demo", "other"] {
                        let same = challenge.challenge == proof.challenge;
                        tried += 1;
                        // Two codes of six digits may be the same by chance.
                        if same && (redeemer, store) == (challenge.redeemer, challenge.store) || !same && challenge.secret == proof.secret {
                            continue;
                        }
                        let answer = redeem(&shop, redeemer, store, tried, &challenge.challenge, &proof.secret).await;
                        let cell = format!("the secret of {} for {} by {redeemer:?} at {store}", proof.what, challenge.what);
                        assert!(matches!(answer.status, 401 | 410 | 422), "{cell}: {answer:?}");
                        if answer.code() == "invalid_code" {
                            put_back(&shop, &as_it_was).await?;
                        }
                    }
                }
            }
        }
        assert_eq!(tried, 17 * 17 * 2 * 2, "every cell");
        for open in &all {
            let answer = redeem(&shop, open.redeemer, open.store, tried, &open.challenge, &open.secret).await;
            assert!(matches!(answer.status, 200 | 204), "{}: {answer:?}", open.what);
            put_back(&shop, &as_it_was).await?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_challenges_name_that_was_altered_names_nothing() -> Outcome {
    let shop = two_shops(Origin::SignedUp).await?;
    let mut tried = 0;
    for (store, operation, email) in [("demo", "send-code", "ada@example.com"), ("other", "create-account", "new@example.com")] {
        let Open { challenge, secret, what, .. } = open(&shop, store, operation, json!({"email": email})).await?;
        for at in 0..challenge.len() {
            let other = if &challenge[at..=at] == "a" { "c" } else { "a" };
            let altered = format!("{}{other}{}", &challenge[..at], &challenge[at + 1..]);
            let answer = redeem(&shop, Redeemer::VerifyCode, store, tried, &altered, &secret).await;
            assert!(matches!(answer.status, 410 | 422), "{what} altered at {at}: {answer:?}");
            tried += 1;
        }
        assert_eq!(redeem(&shop, Redeemer::VerifyCode, store, tried, &challenge, &secret).await.status, 200, "{what}");
    }
    assert!(tried > 100);
    Ok(())
}
