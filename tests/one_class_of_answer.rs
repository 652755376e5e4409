//! What a stranger is told does not depend on who is at the address: the same answer, and the same kinds of items
//! written.

use std::{collections::BTreeSet, net::IpAddr};

use serde_json::{Value, json};
use shared::domain::{
    block::{BlockRule, Scope},
    domain_name::DomainName,
};
use tests::{Answer, Failure, Item, Outcome, Shop, Table, text};

/// Everybody who can be at an address, and where they ask from. The domains have one length, for a challenge's name
/// has the domain in it.
const EVERYBODY: [(&str, &str); 8] = [
    ("known@example.com", "192.0.2.1"),
    ("unknown@example.com", "192.0.2.1"),
    ("blocked@example.com", "192.0.2.1"),
    ("known@blocked.com", "192.0.2.1"),
    ("networked@example.com", "198.51.100.1"),
    ("passwordless@example.com", "192.0.2.1"),
    ("closed@example.com", "192.0.2.1"),
    ("held@example.com", "192.0.2.1"),
];
const PASSWORD: &str = "a password of her own";

async fn shop_of_everybody() -> Result<Shop, Failure> {
    let shop = Shop::open().await?;
    for email in ["known@example.com", "blocked@example.com", "known@blocked.com", "networked@example.com", "held@example.com"] {
        shop.customer(email).await?;
    }
    shop.customer_without_password("passwordless@example.com").await?;
    let closed = shop.customer("closed@example.com").await?;
    let answer = shop.ask("delete-account").bearer(&closed.access_token()).json(&json!({"mode": "close"})).send().await;
    assert_eq!(answer.status, 202);
    shop.hold("held@example.com").await?;
    shop.block_email("blocked@example.com").await?;
    shop.block(BlockRule::Domain(DomainName::parse("blocked.com")?), &Scope::ALL, None).await?;
    shop.block(BlockRule::cidr("198.51.100.0/24")?, &Scope::ALL, None).await?;
    Ok(shop)
}

/// The kinds of the items that are new or other than before: the sort key, and for limits which.
fn written(before: &Table, after: &Table) -> BTreeSet<String> {
    let kind = |item: &Item| match text(item, "sk").as_str() {
        "LIMIT" => text(item, "pk").split('#').nth(3).unwrap_or_default().to_owned(),
        sk => sk.to_owned(),
    };
    after.0.iter().filter(|item| !before.0.contains(item)).map(kind).collect()
}

/// What somebody is told, and which kinds of items it leaves.
async fn told(shop: &Shop, operation: &str, from: &str, body: Value) -> Result<(Answer, BTreeSet<String>), Failure> {
    let before = shop.table().await?;
    let answer = shop.ask(operation).from(from.parse::<IpAddr>()?).json(&body).send().await;
    Ok((answer, written(&before, &shop.table().await?)))
}

async fn is_one_class(operation: &str, status: u16, kinds: &[&str], body: impl Fn(&str) -> Value) -> Outcome {
    let shop = shop_of_everybody().await?;
    let mut first = None;
    for (email, from) in EVERYBODY {
        shop.wait_a_day();
        let (answer, written) = told(&shop, operation, from, body(email)).await?;
        assert_eq!(answer.status, status, "{operation} {email}");
        let class = first.get_or_insert_with(|| answer.class());
        assert_eq!(answer.class(), *class, "{operation} {email}");
        assert_eq!(written, kinds.iter().map(|kind| (*kind).to_owned()).collect(), "{operation} {email}");
    }
    Ok(())
}

#[tokio::test]
async fn to_create_an_account() -> Outcome {
    let kinds = ["CHALLENGE#SIGN-IN", "MAIL", "mails-hour", "sends-address", "sends-network", "sign-ups-network"];
    is_one_class("create-account", 202, &kinds, |email| json!({"email": email, "password": "a fine password", "name": "Ada"})).await
}

#[tokio::test]
async fn to_be_sent_a_code() -> Outcome {
    let kinds = ["CHALLENGE#SIGN-IN", "MAIL", "mails-hour", "sends-address", "sends-network"];
    is_one_class("send-code", 202, &kinds, |email| json!({"email": email})).await
}

#[tokio::test]
async fn to_be_sent_a_code_for_a_deletion() -> Outcome {
    let kinds = ["CHALLENGE#DELETION", "MAIL", "mails-hour", "sends-address", "sends-network"];
    is_one_class("send-code", 202, &kinds, |email| json!({"email": email, "purpose": "delete-account"})).await
}

#[tokio::test]
async fn to_be_sent_a_link() -> Outcome {
    let kinds = ["CHALLENGE#RESET-LINK", "MAIL", "mails-hour", "sends-address", "sends-network"];
    is_one_class("forgot-password", 202, &kinds, |email| json!({"email": email})).await
}

#[tokio::test]
async fn to_sign_in_with_a_wrong_password() -> Outcome {
    is_one_class("login", 401, &["passwords-network", "passwords-pair"], |email| json!({"email": email, "password": "not her password"}))
        .await
}

#[tokio::test]
async fn to_sign_in_too_often() -> Outcome {
    let shop = shop_of_everybody().await?;
    let mut first = None;
    for (email, from) in EVERYBODY {
        shop.wait_a_day();
        let mut classes = Vec::new();
        for _ in 0..7 {
            let body = json!({"email": email, "password": "not her password"});
            classes.push(told(&shop, "login", from, body).await?.0.class());
        }
        assert_eq!(classes.iter().map(|(status, ..)| *status).collect::<Vec<_>>(), [401, 401, 401, 401, 401, 429, 429], "{email}");
        let all = first.get_or_insert_with(|| classes.clone());
        assert_eq!(classes, *all, "{email}");
    }
    Ok(())
}

#[tokio::test]
async fn to_prove_a_mailbox_with_a_wrong_code() -> Outcome {
    for (operation, purpose, slot) in [
        ("send-code", Some("sign-in"), "CHALLENGE#SIGN-IN"),
        ("send-code", Some("delete-account"), "CHALLENGE#DELETION"),
        ("create-account", None, "CHALLENGE#SIGN-IN"),
    ] {
        let shop = shop_of_everybody().await?;
        let mut first = None;
        for (email, from) in EVERYBODY {
            shop.wait_a_day();
            let mut body = json!({"email": email});
            if let Some(purpose) = purpose {
                body["purpose"] = json!(purpose);
            }
            let sent = told(&shop, operation, from, body).await?.0;
            let mut classes = Vec::new();
            for guess in 0..6 {
                // Of a shape that no mail of these has.
                let body = json!({"challenge_id": sent.text("/challenge_id"), "code": "abcdefgh23"});
                let (answer, written) = told(&shop, "verify-code", from, body).await?;
                classes.push(answer.class());
                let kinds: &[&str] = if guess < 5 { &[slot, "codes-network", "wrong-codes"] } else { &["codes-network"] };
                assert_eq!(written, kinds.iter().map(|kind| (*kind).to_owned()).collect(), "{operation} {email}");
            }
            assert_eq!(
                classes.iter().map(|(status, ..)| *status).collect::<Vec<_>>(),
                [401, 401, 401, 401, 401, 410],
                "{operation} {email}"
            );
            let all = first.get_or_insert_with(|| classes.clone());
            assert_eq!(classes, *all, "{operation} {email}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn but_whoever_has_proved_who_they_are_is_told() -> Outcome {
    let shop = shop_of_everybody().await?;
    let mut statuses = Vec::new();
    for (email, from) in EVERYBODY {
        let answer = told(&shop, "login", from, json!({"email": email, "password": PASSWORD})).await?.0;
        statuses.push(answer.status);
    }
    assert_eq!(statuses, [200, 401, 403, 403, 403, 401, 401, 200]);
    Ok(())
}
