//! What the API refuses, what does not answer, and how that ends.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Router,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde_json::json;
use shared::domain::role::Role;
use tests::{Failure, Outcome, Served, Shop};

use super::run::{by_owner, vestibule};

const KEY: &str = "vsk_aaaaaaaaaaaaaaaa_bbbbbbbbbbbbbbbb";

/// A server that gives these answers, one after another, the last for ever.
async fn answering(answers: Vec<fn() -> Response>) -> Result<Served, Failure> {
    let count = Arc::new(AtomicUsize::new(0));
    let router = Router::new().fallback(move || {
        let at = count.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
        let answer = answers[at]();
        async move { answer }
    });
    Served::freely(router).await
}

fn unavailable() -> Response {
    let problem = json!({"status": 503, "code": "unavailable", "detail": "Please try again.", "title": "Service Unavailable"});
    (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "2")], problem.to_string()).into_response()
}

fn no_keys() -> Response {
    r#"{"keys": [], "next": null}"#.into_response()
}

const LIST: [&str; 2] = ["keys", "list"];
const MAKE: [&str; 6] = ["keys", "create", "--role", "support", "--label", "x"];
const DELETE: [&str; 8] = ["accounts", "delete", "acc_aaaaaaaaaaaaaaaaaaaaaaaaaa", "--mode", "close", "--note", "x", "--yes"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refusal_says_what_the_api_says() -> Outcome {
    let shop = Shop::open().await?;
    let served = shop.serve().await?;

    let low = vestibule(&LIST).at(&served, &shop.key(Role::Support).await?).end().await?;
    assert_eq!((low.code, low.output.as_str()), (1, ""));
    assert!(low.errors.starts_with("Refused: ") && low.errors.contains("(403 forbidden)"), "{low:?}");

    let label = "x".repeat(81);
    let field = by_owner(&shop, &served, &["keys", "create", "--role", "support", "--label", &label]).await?;
    assert_eq!(field.code, 1);
    assert!(field.errors.ends_with("(422 invalid_field)\n  label: too_long\n"), "{field:?}");

    let stranger = vestibule(&LIST).at(&served, KEY).end().await?;
    assert!(stranger.errors.contains("(401 invalid_token)"), "{stranger:?}");
    let nowhere = vestibule(&LIST).at(&served, &shop.owner_key).with("VESTIBULE_STORE", "nowhere").end().await?;
    assert_eq!(nowhere.code, 1);
    assert!(nowhere.errors.contains("unknown_store") && nowhere.errors.contains("VESTIBULE_STORE"), "{nowhere:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_gets_the_problem_document() -> Outcome {
    let shop = Shop::open().await?;
    let served = shop.serve().await?;
    let low = vestibule(&["--json", "keys", "list"]).at(&served, &shop.key(Role::Support).await?).end().await?;
    assert_eq!((low.code, low.output.as_str()), (1, ""));
    let problem: serde_json::Value = serde_json::from_str(&low.errors)?;
    assert_eq!((&problem["status"], &problem["code"]), (&json!(403), &json!("forbidden")));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_is_asked_again_as_late_as_the_api_says() -> Outcome {
    let served = answering(vec![unavailable, || StatusCode::BAD_GATEWAY.into_response(), no_keys]).await?;
    let listed = vestibule(&LIST).at(&served, KEY).end().await?;
    assert_eq!(listed.code, 0, "{listed:?}");
    assert_eq!(listed.waits, [Duration::from_secs(2), Duration::from_millis(500)]);

    let down = answering(vec![unavailable]).await?;
    let listed = vestibule(&LIST).at(&down, KEY).end().await?;
    assert_eq!((listed.code, listed.waits.len(), down.asked().len()), (3, 3, 4));
    assert!(listed.errors.contains("Please try again. (503 unavailable)"), "{listed:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_must_not_be_done_twice_is_asked_for_once() -> Outcome {
    let served = answering(vec![unavailable]).await?;
    let deleted = vestibule(&DELETE).at(&served, KEY).end().await?;
    assert_eq!((deleted.code, deleted.waits.len(), served.asked().len()), (3, 0, 1), "{deleted:?}");
    assert!(!served.asked()[0].headers.contains_key("idempotency-key"));

    let nobody = vestibule(&DELETE).at(&served, KEY).with("VESTIBULE_URL", "http://127.0.0.1:1").end().await?;
    assert_eq!((nobody.code, nobody.waits.len()), (3, 0));
    assert!(nobody.errors.contains("Look before you try again."), "{nobody:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_created_is_asked_for_again_under_one_idempotency_key() -> Outcome {
    const ACCOUNT: &str = "acc_aaaaaaaaaaaaaaaaaaaaaaaaaa";
    const CREATE: [&[&str]; 5] = [
        &MAKE,
        &["accounts", "annotate", ACCOUNT, "--note", "x"],
        &["accounts", "hold", ACCOUNT, "legal", "--note", "x"],
        &["blocks", "create", "--ip", "203.0.113.7", "--reason", "fraud", "--note", "x"],
        &["invites", "start", "--all", "--dry-run"],
    ];
    let mut keys = BTreeSet::new();
    for arguments in CREATE.iter().flat_map(|arguments| [arguments, arguments]) {
        let served = answering(vec![unavailable]).await?;
        let made = vestibule(arguments).at(&served, KEY).end().await?;
        assert_eq!((made.code, made.waits.len(), served.asked().len()), (3, 3, 4), "{made:?}");
        let sent: BTreeSet<_> = served.asked().into_iter().filter_map(|request| request.headers.get("idempotency-key").cloned()).collect();
        assert_eq!(sent.len(), 1, "{arguments:?}");
        keys.extend(sent);

        let nobody = vestibule(arguments).at(&served, KEY).with("VESTIBULE_URL", "http://127.0.0.1:1").end().await?;
        assert!(nobody.errors.contains("Look before you try again."), "a second run has another key: {nobody:?}");
    }
    assert_eq!(keys.len(), 2 * CREATE.len(), "each run has its own");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_an_api_it_says_where_it_has_looked() -> Outcome {
    let nobody = vestibule(&LIST)
        .with("VESTIBULE_URL", "http://127.0.0.1:1")
        .with("VESTIBULE_STORE", "demo")
        .with("VESTIBULE_KEY", KEY)
        .end()
        .await?;
    assert_eq!((nobody.code, nobody.waits.len()), (3, 3));
    assert!(nobody.errors.starts_with("No answer from http://127.0.0.1:1/demo/admin: "), "{nobody:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redirect_is_not_followed_with_the_key() -> Outcome {
    let elsewhere = answering(vec![no_keys]).await?;
    let target = elsewhere.url.clone();
    let served = Served::freely(Router::new().fallback(move || async move { Redirect::temporary(&target) })).await?;
    let listed = vestibule(&LIST).at(&served, KEY).end().await?;
    assert_eq!((listed.code, elsewhere.asked().len()), (3, 0));
    assert!(listed.errors.contains("not one of this API (status 307)"), "{listed:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_of_something_else_is_not_taken_for_an_answer() -> Outcome {
    for answer in [|| "<html>".into_response(), || r#"{"keys": 1}"#.into_response(), || "[]".into_response()] as [fn() -> Response; 3] {
        let listed = vestibule(&LIST).at(&answering(vec![answer]).await?, KEY).end().await?;
        assert_eq!((listed.code, listed.output.as_str()), (3, ""), "{listed:?}");
        assert!(listed.errors.contains("Check the URL"), "{listed:?}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_that_leads_back_to_itself_ends() -> Outcome {
    let served = answering(vec![|| r#"{"keys": [{"key_id": "key_a"}], "next": "key_a"}"#.into_response()]).await?;
    let listed = vestibule(&LIST).at(&served, KEY).end().await?;
    assert_eq!((listed.code, served.asked().len()), (0, 2), "{listed:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_in_an_answer_steers_the_terminal() -> Outcome {
    let served =
        answering(vec![|| r#"{"keys": [{"key_id": "key_a", "label": "\u001b[2Jx\u202ey"}], "next": null}"#.into_response()]).await?;
    let listed = vestibule(&LIST).at(&served, KEY).end().await?;
    assert!(!listed.tells("\u{1b}") && !listed.tells("\u{202e}") && listed.tells("[2Jx"), "{listed:?}");
    let refusing =
        answering(vec![|| (StatusCode::FORBIDDEN, r#"{"status": 403, "code": "forbidden", "detail": "a\u001b[2J"}"#).into_response()])
            .await?;
    assert!(!vestibule(&LIST).at(&refusing, KEY).end().await?.tells("\u{1b}"));
    Ok(())
}
