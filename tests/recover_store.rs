//! `recover-store`: a way back in for owners who have lost their keys.

use serde_json::{Value, json};
use shared::operations::recover_store::RecoverStore;
use tests::{Outcome, Shop, text};

#[tokio::test]
async fn a_recovered_owner_revokes_the_keys_that_were_lost() -> Outcome {
    let shop = Shop::open().await?;
    let made = shop.invoke::<RecoverStore>(json!({"store": "demo", "note": "The safe burned down."})).await;
    assert_eq!((&made["store"], &made["owner_key"]["role"]), (&json!("demo"), &json!("owner")), "{made}");
    let key = made["owner_key"]["key"].as_str().ok_or("no key")?;

    let lost = format!("key_{}", shop.owner_key.split('_').nth(1).ok_or("a key has three parts")?);
    let revoked = shop.ask("revoke-key").bearer(key).json(&json!({"key_id": lost, "note": "lost"})).send().await;
    assert_eq!(revoked.status, 204, "it is not the last of the owners' any more");
    assert_eq!(shop.ask("list-keys").bearer(&shop.owner_key).send().await.status, 401);
    assert_eq!(shop.ask("list-keys").bearer(key).send().await.status, 200);

    let last = json!({"key_id": made["owner_key"]["key_id"]});
    assert_eq!(shop.ask("revoke-key").bearer(key).json(&last).send().await.refusal(), (409, "conflict".to_owned()), "it counts");
    Ok(())
}

#[tokio::test]
async fn why_it_was_done_is_recorded_and_nothing_else_changes() -> Outcome {
    let shop = Shop::open().await?;
    let before = shop.settings().await?;
    let made = shop.invoke::<RecoverStore>(json!({"store": "demo", "note": "The safe burned down."})).await;
    let table = shop.table().await?;
    let record = table.0.iter().find(|item| text(item, "action") == "recover-store").ok_or("nothing was recorded")?;
    assert_eq!(
        (json!(text(record, "subject")), text(record, "note")),
        (made["owner_key"]["key_id"].clone(), "The safe burned down.".into())
    );
    assert_eq!(text(record["actor"].as_m().map_err(|_| "no actor")?, "kind"), "operator");
    let secret = made["owner_key"]["key"].as_str().and_then(|key| key.rsplit('_').next()).ok_or("no key")?;
    assert!(!table.holds(secret));
    assert_eq!(shop.settings().await?, before);
    Ok(())
}

#[tokio::test]
async fn a_store_that_there_is_none_of_is_not_made() -> Outcome {
    let shop = Shop::open().await?;
    let before = shop.table().await?.0;
    for (order, status, code) in [
        (json!({"store": "nowhere", "note": "lost"}), 404, "unknown_store"),
        (json!({"store": "demo"}), 422, "invalid_field"),
        (json!({"store": "demo", "note": ""}), 422, "invalid_field"),
        (json!({"store": "../demo", "note": "lost"}), 422, "invalid_field"),
        (json!({"store": "demo", "note": "lost", "role": "owner"}), 422, "invalid_field"),
        (Value::Null, 422, "invalid_field"),
    ] {
        let refused = shop.invoke::<RecoverStore>(order.clone()).await;
        assert_eq!((&refused["status"], &refused["code"]), (&json!(status), &json!(code)), "{order}: {refused}");
    }
    assert_eq!(shop.table().await?.0, before);
    Ok(())
}
