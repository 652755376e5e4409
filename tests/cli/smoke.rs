//! `smoke`: a store that answers as it should passes, one that does not is told by what is wrong, and nothing is changed.

use axum::{Router, http::HeaderMap};
use serde_json::Value;
use shared::domain::role::Role;
use tests::{Failure, Item, Outcome, Served, Shop, text};

use super::run::{Ended, by_owner, vestibule};

/// What the template lets in unless it is told otherwise.
const ORIGIN: &str = "http://localhost:3000";
const CHECKS: [&str; 8] = ["jwks", "cors", "cors-foreign", "block-check", "wrong-key", "wrong-password", "headers", "code"];

/// The checks that ended like this.
fn ended_as(ended: &Ended, outcome: &str) -> Result<Vec<String>, Failure> {
    let ended_so = |line: &Value| line["outcome"] == outcome;
    Ok(ended.json_lines()?.iter().filter(|line| ended_so(line)).map(|line| line["check"].as_str().unwrap_or_default().to_owned()).collect())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_answers_as_it_should_passes_every_check() -> Outcome {
    let shop = Shop::open().await?;
    let served = shop.serve().await?;
    let passed = by_owner(&shop, &served, &["smoke", "--origin", ORIGIN]).await?;
    assert_eq!((passed.code, passed.errors.as_str()), (0, ""), "{passed:?}");
    assert_eq!(passed.output.lines().filter(|line| line.starts_with("ok  ")).count(), CHECKS.len(), "{passed:?}");
    assert_eq!(shop.mail_kinds("success@simulator.amazonses.com").await?, ["sign-in-code"]);

    shop.wait(60);
    let key = shop.key(Role::Checkout).await?;
    let by_checkout = vestibule(&["--json", "smoke", "--origin", ORIGIN, "--mail-to", "-"]).at(&served, &key).piped("ada@example.com\n");
    let by_checkout = by_checkout.end().await?;
    assert_eq!((by_checkout.code, ended_as(&by_checkout, "passed")?), (0, CHECKS.map(str::to_owned).to_vec()), "any key will do");
    assert_eq!(shop.mail_kinds("ada@example.com").await?, ["sign-in-code"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_changed_that_customers_or_staff_would_see() -> Outcome {
    let shop = Shop::open().await?;
    shop.customer("ada@example.com").await?;
    let served = shop.serve().await?;
    let lasting = async || -> Result<Vec<Item>, Failure> {
        let passing = |item: &Item| {
            item.contains_key("exp") && ["LIMIT", "MAIL"].iter().any(|kind| text(item, "sk") == *kind)
                || text(item, "sk").starts_with("CHALLENGE#")
        };
        let mut items: Vec<_> = shop.table().await?.0.into_iter().filter(|item| !passing(item)).collect();
        items.sort_by_key(|item| (text(item, "pk"), text(item, "sk")));
        Ok(items)
    };
    let before = lasting().await?;
    for _ in 0..3 {
        // A network may have two mails an hour sent to one address.
        shop.wait(3600);
        let run = by_owner(&shop, &served, &["smoke", "--origin", ORIGIN]).await?;
        assert_eq!(run.code, 0, "{}", run.output);
    }
    assert_eq!(lasting().await?, before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_does_not_apply_is_skipped_and_nothing_is_mailed_that_is_not_wanted() -> Outcome {
    let shop = Shop::open().await?;
    let served = shop.serve().await?;
    let skipped = by_owner(&shop, &served, &["--json", "smoke", "--no-mail"]).await?;
    assert_eq!((skipped.code, ended_as(&skipped, "skipped")?), (0, vec!["cors".to_owned(), "code".to_owned()]));
    assert_eq!(shop.every_mail().await?.len(), 0);

    shop.set_up(|settings| settings.accounts_on = false).await?;
    let off = by_owner(&shop, &served, &["--json", "smoke", "--origin", ORIGIN]).await?;
    assert_eq!((off.code, ended_as(&off, "skipped")?), (0, vec!["wrong-password".to_owned(), "code".to_owned()]), "{off:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_thing_that_is_wrong_is_told_with_what_to_do() -> Outcome {
    let shop = Shop::open().await?;
    let served = shop.serve().await?;
    let another_key = format!("vsk_{}_{}", "a".repeat(16), "a".repeat(52));
    let failed = |ended: &Ended| ended_as(ended, "failed");

    let origin = by_owner(&shop, &served, &["--json", "smoke", "--origin", "https://other.example", "--no-mail"]).await?;
    assert_eq!((origin.code, failed(&origin)?), (1, vec!["cors".to_owned()]));
    assert!(origin.row("cors\"")?.contains("AllowedOrigins"), "{origin:?}");
    assert!(origin.errors.contains("1 of the checks failed"), "{origin:?}");

    let key = vestibule(&["--json", "smoke", "--no-mail"]).at(&served, &another_key).end().await?;
    assert_eq!((key.code, failed(&key)?), (1, vec!["block-check".to_owned()]));
    assert!(key.row("block-check")?.contains("status 401 invalid_token"), "{key:?}");

    let store = vestibule(&["--json", "smoke"]).at(&served, &shop.owner_key).with("VESTIBULE_STORE", "nowhere").end().await?;
    assert_eq!(failed(&store)?, ["block-check", "wrong-key", "wrong-password", "code"], "{store:?}");

    assert_eq!(by_owner(&shop, &served, &["smoke"]).await?.code, 0);
    let again = by_owner(&shop, &served, &["smoke"]).await?;
    assert_eq!((again.code, again.row("FAILED")?.contains("a code is mailed")), (1, true), "{again:?}");
    assert!(again.tells("status 429 rate_limited") && again.tells("wait a minute"), "{again:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn something_else_that_answers_in_its_place_passes_nothing() -> Outcome {
    let shop = Shop::open().await?;
    let welcoming = |headers: HeaderMap| async move {
        let origin = headers.get("origin").cloned();
        let mut answer = HeaderMap::new();
        answer.extend(origin.map(|origin| (axum::http::header::ACCESS_CONTROL_ALLOW_ORIGIN, origin)));
        (answer, "{}")
    };
    let served = Served::freely(Router::new().fallback(welcoming)).await?;
    let ended = by_owner(&shop, &served, &["--json", "smoke", "--origin", ORIGIN]).await?;
    let failed = ended_as(&ended, "failed")?;
    assert_eq!((ended.code, failed), (1, CHECKS.iter().filter(|check| **check != "cors").map(|check| (*check).to_owned()).collect()));

    let gone = vestibule(&["--json", "smoke", "--origin", ORIGIN]).at(&served, &shop.owner_key).with("VESTIBULE_URL", "http://127.0.0.1:1");
    let gone = gone.end().await?;
    assert_eq!((gone.code, ended_as(&gone, "failed")?.len()), (1, CHECKS.len()));
    assert!(gone.tells("No answer from"), "{gone:?}");
    Ok(())
}
