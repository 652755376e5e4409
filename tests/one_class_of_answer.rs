//! Who has an account, is blocked, or was deleted shows in no public answer and in no shape of the table.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use shared::domain::{
    block::{BlockRule, Scope},
    domain_name::DomainName,
};
use tests::{Failure, Outcome, Shop, text};

const ADDRESSES: [&str; 8] = [
    "known@plain.example",
    "unknown@plain.example",
    "codeonly@plain.example",
    "blocked@plain.example",
    "domain@blocked.example",
    "closed@plain.example",
    "held@plain.example",
    "erased@plain.example",
];

async fn populated() -> Result<Shop, Failure> {
    let shop = Shop::open().await?;
    for email in ADDRESSES.into_iter().filter(|email| !email.starts_with("unknown") && !email.starts_with("codeonly")) {
        let customer = shop.customer(email).await?;
        let mode = if email.starts_with("closed") { "close" } else { "erase" };
        if email.starts_with("closed") || email.starts_with("erased") {
            shop.ask("delete-account").bearer(&customer.access_token()).json(&json!({"mode": mode})).send().await;
        }
        shop.wait(601);
    }
    shop.customer_without_password("codeonly@plain.example").await?;
    shop.block_email("blocked@plain.example").await?;
    shop.block(BlockRule::Domain(DomainName::parse("blocked.example")?), &Scope::ALL, None).await?;
    shop.hold("held@plain.example").await?;
    shop.wait_a_day();
    Ok(shop)
}

/// The kinds of items with the names of their attributes.
async fn shape(shop: &Shop) -> Result<BTreeSet<(String, Vec<String>)>, Failure> {
    let item = |item: &tests::Item| {
        let mut names: Vec<_> = item.keys().cloned().collect();
        names.sort();
        (text(item, "sk"), names)
    };
    Ok(shop
        .table()
        .await?
        .0
        .iter()
        .filter(|item| matches!(text(item, "sk").as_str(), "MAIL" | "CHALLENGE#SIGN-IN" | "CHALLENGE#RESET-LINK"))
        .map(item)
        .collect())
}

#[tokio::test]
async fn every_public_operation_answers_every_address_alike() -> Outcome {
    let shop = populated().await?;
    for (operation, more) in [
        ("create-account", json!({"password": "a stranger's password", "name": "Stranger"})),
        ("send-code", json!({})),
        ("send-code", json!({"purpose": "delete-account"})),
        ("forgot-password", json!({})),
        ("login", json!({"password": "a wrong password"})),
    ] {
        let mut classes = Vec::new();
        for (number, email) in ADDRESSES.into_iter().enumerate() {
            let mut body: Value = more.clone();
            body["email"] = json!(email);
            let network = [10, 0, 0, u8::try_from(number)?];
            let answer = shop.ask(operation).from(network).json(&body).send().await;
            let mut class = answer.class();
            // The name of a challenge is as long as the domain in it, which its sender knows.
            if let Some(id) = class.2.get_mut("challenge_id") {
                *id = json!("a name");
            }
            classes.push(class);
        }
        assert!(classes.iter().all(|class| *class == classes[0]), "{operation}: {classes:#?}");
        shop.mails("").await?;
        shop.wait_a_day();
    }
    Ok(())
}

#[tokio::test]
async fn a_wrong_code_is_answered_alike_whatever_the_address() -> Outcome {
    let shop = populated().await?;
    let mut classes = Vec::new();
    for (number, email) in ADDRESSES.into_iter().enumerate() {
        let network = [10, 0, 0, u8::try_from(number)?];
        let sent = shop.ask("send-code").from(network).json(&json!({"email": email})).send().await;
        let real = shop.code(email).await.unwrap_or_default();
        let wrong = if real == "000000" { "000001" } else { "000000" };
        let guess =
            || shop.ask("verify-code").from(network).json(&json!({"challenge_id": sent.text("/challenge_id"), "code": wrong})).send();
        let mut answers = Vec::new();
        for _ in 0..7 {
            answers.push(guess().await.class());
        }
        classes.push(answers);
    }
    assert!(classes.iter().all(|class| *class == classes[0]), "{classes:#?}");
    Ok(())
}

#[tokio::test]
async fn what_is_written_for_an_address_has_one_shape() -> Outcome {
    for operation in ["send-code", "forgot-password"] {
        let mut shapes = Vec::new();
        for email in ["nobody@plain.example", "blocked@plain.example"] {
            let shop = Shop::open().await?;
            shop.block_email("blocked@plain.example").await?;
            assert_eq!(shop.post(operation, json!({"email": email})).await.status, 202);
            shapes.push(shape(&shop).await?);
        }
        assert_eq!(shapes[0].len(), 2);
        assert_eq!(shapes[0], shapes[1], "{operation}");
    }
    Ok(())
}

#[tokio::test]
async fn a_wrong_password_makes_as_many_calls_whatever_the_address() -> Outcome {
    let shop = populated().await?;
    let mut calls = BTreeSet::new();
    for (number, email) in ADDRESSES.into_iter().enumerate() {
        shop.round_trips.reset();
        let request = shop.ask("login").from([10, 0, 0, u8::try_from(number)?]);
        request.json(&json!({"email": email, "password": "a wrong password"})).send().await;
        calls.insert((shop.round_trips.in_sequence(), shop.round_trips.calls()));
    }
    assert_eq!(calls.len(), 1, "{calls:?}");
    Ok(())
}
