//! `view-block`: all that was written of a block.

use serde_json::json;
use shared::domain::role::Role;
use tests::{Outcome, Shop};

#[tokio::test]
async fn support_sees_the_note_the_evidence_and_who_has_done_what() -> Outcome {
    let shop = Shop::open().await?;
    let support = shop.key(Role::Support).await?;
    let body = json!({"type": "domain", "value": "mail.example", "reason_code": "abuse", "note": "First line.\nSecond line.",
        "evidence_url": "https://tickets.example/42?a=b#c"});
    let made = shop.ask("create-block").bearer(&shop.owner_key).json(&body).send().await;
    let query = format!("block_id={}", made.text("/block_id"));
    let view = shop.ask("view-block").bearer(&support).query(&query).send().await;
    assert_eq!((view.status, view.body.clone()), (200, made.body.clone()));
    assert_eq!([view.text("/note"), view.text("/evidence_url")], ["First line.\nSecond line.", "https://tickets.example/42?a=b#c"]);
    assert_eq!(view.body["accounts"], json!([]));
    Ok(())
}

#[tokio::test]
async fn every_look_at_blocks_is_recorded_with_who_looked_and_without_what_for() -> Outcome {
    let shop = Shop::open().await?;
    let id = shop.block_email("ada@example.com").await?;
    let staff = |operation: &str| shop.ask(operation).bearer(&shop.owner_key);
    assert_eq!(staff("view-block").query(&format!("block_id={}", id.as_str())).send().await.status, 200);
    assert_eq!(staff("list-blocks").send().await.status, 200);
    let by_address = json!({"type": "email", "value": "ada@example.com"});
    assert_eq!(staff("find-blocks").json(&by_address).send().await.status, 200);

    let record = staff("list-audit").send().await;
    for (action, subject) in [("view-block", id.as_str()), ("list-blocks", "blocks"), ("find-blocks", "blocks")] {
        let events = record.body["events"].as_array().ok_or("no events")?;
        let looks: Vec<_> = events.iter().filter(|event| event["action"] == action).map(|event| &event["subject"]).collect();
        assert_eq!(looks, [subject], "{action}");
    }
    assert!(!record.body.to_string().contains("ada@"));
    Ok(())
}

#[tokio::test]
async fn a_block_that_nobody_has_made_by_a_key_has_no_maker() -> Outcome {
    let shop = Shop::open().await?;
    let id = shop.block_email("ada@example.com").await?;
    let view = shop.ask("view-block").bearer(&shop.owner_key).query(&format!("block_id={}", id.as_str())).send().await;
    assert_eq!((view.status, &view.body["created_by"], view.text("/note")), (200, &json!(null), "for a test".to_owned()));
    Ok(())
}

#[tokio::test]
async fn a_block_is_found_in_its_own_shop_by_its_whole_name() -> Outcome {
    let shop = Shop::open().await?;
    shop.open_beside("other").await?;
    let others = shop.key_at("other", Role::Owner).await?;
    let id = shop.block_email("ada@example.com").await?;
    let view = |key: &str, query: String| shop.ask("view-block").bearer(key).query(&query).send();
    let elsewhere = shop.ask("view-block").at("other").bearer(&others).query(&format!("block_id={}", id.as_str())).send().await;
    assert_eq!(elsewhere.refusal(), (404, "not_found".to_owned()));
    assert_eq!(view(&shop.owner_key, "block_id=blk_aaaaaaaaaaaaaaaa".to_owned()).await.refusal(), (404, "not_found".to_owned()));
    for (query, field, code) in [
        ("", "block_id", "required"),
        ("block_id=blk_a", "block_id", "invalid_identifier"),
        ("block_id=ada%40example.com", "block_id", "invalid_identifier"),
    ] {
        assert_eq!(view(&shop.owner_key, query.to_owned()).await.invalid_field(), (field.to_owned(), code.to_owned()), "{query}");
    }
    Ok(())
}
