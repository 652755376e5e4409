//! `preview-mail`: how a mail would read, before anybody gets it.

use serde_json::{Value, json};
use tests::{Answer, Outcome, Shop};

async fn preview(shop: &Shop, body: Value) -> Answer {
    shop.ask("preview-mail").bearer(&shop.owner_key).json(&body).send().await
}

#[tokio::test]
async fn a_draft_is_shown_with_every_sample_and_neither_sent_nor_kept() -> Outcome {
    let shop = Shop::open().await?;
    let before = shop.table().await?.0;
    let draft =
        json!({"subject": "Come in, {{ name or \"friend\" }}", "body": "Dear {{ name }},\n\n{{ code }}\n\n[Sign in]({{ sign_in_url }})"});
    let seen = preview(&shop, json!({"kind": "sign-in-code", "language": "en", "draft": draft})).await;
    assert_eq!(seen.status, 200, "{seen:?}");
    assert_eq!(seen.text("/previews/0/subject"), "Come in, Ada Lovelace");
    assert_eq!(seen.text("/previews/1/subject"), "Come in, friend", "{seen:?}");
    assert!(
        seen.text("/previews/0/text").contains("Dear Ada Lovelace,\n\n483920\n\nSign in:\nhttp://127.0.0.1:9000/#sign-in\n\nNot you?"),
        "{seen:?}"
    );
    assert!(seen.text("/previews/1/text").contains("Dear ,\n\n"));
    let html = seen.text("/previews/0/html");
    assert!(html.contains("<p class=\"code\"") && html.contains("class=\"button\"") && html.contains("Not you?"), "{html}");
    let known: Vec<_> = seen.body["variables"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    assert!(["code", "minutes", "name", "shop", "sign_in_url"].iter().all(|name| known.contains(name)), "{known:?}");
    assert_eq!(shop.table().await?.0, before);
    assert!(shop.every_mail().await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn without_a_draft_the_mail_is_shown_as_it_is_now() -> Outcome {
    let shop = Shop::open().await?;
    let now = preview(&shop, json!({"kind": "invite", "language": "fr"})).await;
    assert_eq!((now.status, now.body["previews"].as_array().map(Vec::len)), (200, Some(2)));
    let own = json!({"revision": 0, "mail_templates": {"invite": {"fr": {"subject": "Venez chez {{ shop }}"}}}});
    assert_eq!(shop.ask("configure-store").bearer(&shop.owner_key).json(&own).send().await.status, 200);
    let then = preview(&shop, json!({"kind": "invite", "language": "fr"})).await;
    assert_eq!(then.text("/previews/0/subject"), "Venez chez Demo store");
    assert_eq!(then.text("/previews/0/text"), now.text("/previews/0/text"), "the body is the house's");
    Ok(())
}

#[tokio::test]
async fn every_mail_can_be_previewed_in_every_language() -> Outcome {
    let shop = Shop::open().await?;
    for kind in shared::domain::own_letter::LetterKind::ALL {
        for language in ["en", "fr", "nl", "de", "es"] {
            assert_eq!(preview(&shop, json!({"kind": kind, "language": language})).await.status, 200, "{kind:?} {language}");
        }
    }
    let unknown = preview(&shop, json!({"kind": "advertisement", "language": "en"})).await;
    assert_eq!(unknown.invalid_field(), ("kind".to_owned(), "unknown_mail".to_owned()));
    Ok(())
}
