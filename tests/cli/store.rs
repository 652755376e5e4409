//! `store`: the settings, seen and changed.

use axum::{Router, http::StatusCode, response::IntoResponse};
use serde_json::json;
use tests::{Outcome, Served, Shop};

use super::run::{by_owner, vestibule};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_are_changed_together_and_the_others_stay() -> Outcome {
    let shop = Shop::open().await?;
    let served = shop.serve().await?;
    let before = by_owner(&shop, &served, &["store", "view", "--json"]).await?.json()?;

    let mut words =
        vec!["store", "configure", "--yes", "--set", "name=Ada's shop", "--set", "reset_link_minutes=60", "--unset", "support_email"];
    words.extend(["--set", "languages=[\"en\", \"fr\"]", "--set", "urls.home=https://shop.example.com/"]);
    let changed = by_owner(&shop, &served, &words).await?;
    assert_eq!(changed.code, 0, "{changed:?}");
    assert!(changed.output.starts_with("The store is set up like this now:\n\n"), "{changed:?}");
    assert!(changed.row("name ")?.ends_with("Ada's shop") && changed.row("languages")?.ends_with("en, fr"), "{changed:?}");

    let mut expected = before;
    for (name, value) in [
        ("revision", json!(1)),
        ("name", json!("Ada's shop")),
        ("reset_link_minutes", json!(60)),
        ("support_email", json!(null)),
        ("languages", json!(["en", "fr"])),
    ] {
        expected[name] = value;
    }
    expected["urls"]["home"] = json!("https://shop.example.com/");
    assert_eq!(by_owner(&shop, &served, &["store", "view", "--json"]).await?.json()?, expected);

    for (setting, told) in [("nothing=1", "\n  unknown_field\n"), ("mails_per_hour=many", "mails_per_hour: "), ("name=", "name: ")] {
        let refused = by_owner(&shop, &served, &["store", "configure", "--yes", "--set", setting]).await?;
        assert_eq!((refused.code, refused.errors.contains(told)), (1, true), "{refused:?}");
    }
    assert_eq!(by_owner(&shop, &served, &["store", "configure", "--yes"]).await?.code, 2);
    assert_eq!(by_owner(&shop, &served, &["store", "configure", "--yes", "--set", "name"]).await?.code, 2);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_asked_about_is_what_is_changed() -> Outcome {
    let shop = Shop::open().await?;
    let served = shop.serve().await?;
    let no = vestibule(&["store", "configure", "--set", "name=Second"]).at(&served, &shop.owner_key).typed("no\n").end().await?;
    let asked: Vec<_> = served.asked().into_iter().map(|request| (request.method, request.path)).collect();
    assert_eq!((no.code, asked), (1, vec![("GET".to_owned(), "/demo/admin/view-store".to_owned())]), "{no:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_colleague_who_was_faster_is_not_overwritten() -> Outcome {
    let shop = Shop::open().await?;
    let real = shop.serve().await?;
    // The settings as they were before the colleague came.
    let old = by_owner(&shop, &real, &["store", "view", "--json"]).await?.output;
    by_owner(&shop, &real, &["store", "configure", "--yes", "--set", "name=First"]).await?;
    let answer = shop.ask("configure-store").bearer(&shop.owner_key).json(&json!({"revision": 0, "name": "Second"})).send().await;
    let (status, conflict) = (StatusCode::from_u16(answer.status)?, answer.body.to_string());
    let late = Router::new()
        .route("/demo/admin/view-store", axum::routing::get(move || async move { old }))
        .route("/demo/admin/configure-store", axum::routing::post(move || async move { (status, conflict).into_response() }));
    let served = Served::freely(late).await?;

    let words = ["store", "configure", "--yes", "--set", "name=Second"];
    let refused = vestibule(&words).at(&served, &shop.owner_key).end().await?;
    assert_eq!((refused.code, refused.errors.contains("(409 conflict)")), (1, true), "{refused:?}");
    let sent: serde_json::Value = serde_json::from_slice(&served.asked()[1].body)?;
    assert_eq!(sent, json!({"revision": 0, "name": "Second"}), "what was looked at is what is changed");
    assert_eq!(by_owner(&shop, &real, &["store", "view", "--json"]).await?.json()?["name"], "First");
    Ok(())
}
