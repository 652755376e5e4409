//! Services that give no answer: nothing is let through, nothing is told but when to come back.

use futures::future::join_all;
use serde_json::{Value, json};
use tests::{Answer, Outcome, Shop};

fn assert_unavailable(answer: &Answer) {
    assert_eq!(answer.refusal(), (503, "unavailable".to_owned()));
    assert_eq!(answer.headers["retry-after"], "2");
    assert_eq!(answer.headers["cache-control"], "no-store");
}

/// A well-formed body for every operation that takes one from anybody.
fn requests(password: &str) -> [(&'static str, Value); 4] {
    [
        ("create-account", json!({"email": "new@example.com"})),
        ("login", json!({"email": "ada@example.com", "password": password})),
        ("send-code", json!({"email": "ada@example.com"})),
        ("forgot-password", json!({"email": "ada@example.com"})),
    ]
}

#[tokio::test]
async fn without_the_table_nobody_is_let_in_and_everybody_is_told_alike() -> Outcome {
    let mut shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.lose_the_table()?;
    let check = shop.ask("block-check").bearer(&shop.owner_key).json(&json!({"email": "ada@example.com", "scope": "checkout"}));
    let (anybodys, refreshed, ended, checked) = futures::join!(
        join_all(requests(&ada.password).into_iter().map(|(operation, body)| shop.post(operation, body))),
        shop.post("refresh-session", json!({"refresh_token": ada.refresh_token()})),
        shop.ask("logout").bearer(&ada.access_token()).json(&json!({})).send(),
        check.send(),
    );
    let answers: Vec<_> = anybodys.into_iter().chain([refreshed, ended, checked]).collect();
    answers.iter().for_each(assert_unavailable);
    assert!(answers.iter().all(|answer| answer.body == answers[0].body), "a fault looks the same everywhere");
    Ok(())
}

#[tokio::test]
async fn without_its_secrets_a_function_that_has_just_started_refuses_everything() -> Outcome {
    let mut shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.lose_the_secrets()?;
    let (anybodys, keys, ended) = futures::join!(
        join_all(requests(&ada.password).into_iter().map(|(operation, body)| shop.post(operation, body))),
        shop.ask("jwks").send(),
        shop.ask("logout").bearer(&ada.access_token()).json(&json!({})).send(),
    );
    anybodys.iter().chain([&keys, &ended]).for_each(assert_unavailable);
    Ok(())
}
