//! Services that give no answer: nothing is let through, nothing is told but when to come back.

use futures::future::join_all;
use local::secrets::{INDEX_KEY_SECRET, SIGNING_ROOT_SECRET};
use serde_json::{Value, json};
use tests::{Answer, Failure, Log, Outcome, Shop};

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

#[tokio::test]
async fn a_function_goes_on_for_an_hour_without_secrets_manager_and_says_so() -> Outcome {
    let (log, _logging) = Log::of_this_test();
    let stale = || -> Result<Vec<Value>, Failure> {
        let lines = log.of("secrets.stale")?;
        log.clear();
        Ok(lines.into_iter().map(|line| json!([line["secret"], line["age_seconds"], line["StaleKeys"]])).collect())
    };

    let mut shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let login = async |shop: &Shop| shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
    shop.find_everything_again()?;
    assert_eq!(login(&shop).await.status, 200, "both secrets are read");
    shop.secrets_line.cut(true);
    shop.wait(299);
    assert_eq!((login(&shop).await.status, stale()?), (200, vec![]), "they are not asked for yet");
    shop.wait(1);
    assert_eq!(login(&shop).await.status, 200);
    let mut both = stale()?;
    both.sort_by_key(Value::to_string);
    assert_eq!(both, [json!(["INDEX_KEY_SECRET", 300, 1]), json!(["SIGNING_ROOT_SECRET", 300, 1])]);
    shop.wait(19);
    assert_eq!((login(&shop).await.status, stale()?), (200, vec![]), "not a line for each request");
    shop.wait(3600 - 319 - 1);
    assert_eq!((login(&shop).await.status, stale()?.len()), (200, 2));

    shop.wait(1);
    assert_unavailable(&login(&shop).await);
    assert_unavailable(&shop.ask("jwks").send().await);
    shop.secrets_line.cut(false);
    assert_eq!(login(&shop).await.status, 200, "and at once when it answers again");
    Ok(())
}

#[tokio::test]
async fn an_empty_or_broken_secret_is_never_a_key() -> Outcome {
    for (secret, broken) in [
        (
            SIGNING_ROOT_SECRET,
            &["", " ", "null", "{}", r#"{"current":"k1","k1":""}"#, r#"{"roots":[]}"#, "no JSON at all, however long it may be"][..],
        ),
        (INDEX_KEY_SECRET, &["", " ", "short"]),
    ] {
        for value in broken {
            let mut shop = Shop::open().await?;
            let ada = shop.customer("ada@example.com").await?;
            let login = async |shop: &Shop| shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
            assert_eq!(login(&shop).await.status, 200, "each function has read it for itself");
            shop.replace_secret(secret, value).await?;
            shop.wait(3599);
            assert_eq!(login(&shop).await.status, 200, "what was read before is good for an hour: {value}");
            shop.wait(1);
            assert_unavailable(&login(&shop).await);
            shop.find_everything_again()?;
            for (operation, body) in requests(&ada.password) {
                assert_unavailable(&shop.post(operation, body).await);
            }
        }
    }
    Ok(())
}
