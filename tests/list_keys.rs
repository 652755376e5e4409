//! `list-keys`: every key, page by page, and no secret.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use shared::domain::role::Role;
use tests::{Failure, Outcome, Shop};

fn ids(page: &Value) -> Result<Vec<String>, Failure> {
    let keys = page["keys"].as_array().ok_or("no list")?;
    Ok(keys.iter().filter_map(|key| key["key_id"].as_str().map(str::to_owned)).collect())
}

#[tokio::test]
async fn a_key_is_told_by_its_name_role_and_label_and_nothing_that_opens_anything() -> Outcome {
    let shop = Shop::open().await?;
    let made = shop.ask("create-key").bearer(&shop.owner_key).json(&json!({"role": "support", "label": "Desk"})).send().await;
    shop.open_beside("other").await?;
    shop.key_at("other", Role::Owner).await?;

    let list = shop.ask("list-keys").bearer(&shop.owner_key).send().await;

    assert_eq!((list.status, ids(&list.body)?.len(), &list.body["next"]), (200, 2, &Value::Null));
    let entry =
        list.body["keys"].as_array().ok_or("no list")?.iter().find(|key| key["key_id"] == made.body["key_id"]).ok_or("not listed")?;
    let owner = format!("key_{}", shop.owner_key.split('_').nth(1).unwrap_or_default());
    assert_eq!(
        *entry,
        json!({"key_id": made.text("/key_id"), "role": "support", "label": "Desk", "created_at": shop.clock.now().rfc3339(),
            "created_by": owner, "revoked_at": null, "revoked_by": null})
    );
    for key in [made.text("/key"), shop.owner_key.clone()] {
        let (_, secret) = key.rsplit_once('_').ok_or("a key has three parts")?;
        assert!(!list.body.to_string().contains(secret));
    }
    assert!(!list.body.to_string().contains("fingerprint"));
    Ok(())
}

#[tokio::test]
async fn many_keys_come_in_pages_each_once() -> Outcome {
    let shop = Shop::open().await?;
    for _ in 0..120 {
        shop.key(Role::Checkout).await?;
    }
    let (mut seen, mut pages, mut after) = (Vec::new(), 0, String::new());
    loop {
        let list = shop.ask("list-keys").query(&after).bearer(&shop.owner_key).send().await;
        assert_eq!(list.status, 200, "{list:?}");
        seen.extend(ids(&list.body)?);
        pages += 1;
        let Some(next) = list.body["next"].as_str() else { break };
        after = format!("after={next}");
    }
    assert_eq!((pages, seen.len()), (2, 121));
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 121);
    Ok(())
}

#[tokio::test]
async fn a_query_that_it_does_not_know_is_refused() -> Outcome {
    let shop = Shop::open().await?;
    for (query, field, code) in [
        ("after=nowhere", "after", "invalid_identifier"),
        ("role=owner", "", "unknown_field"),
        ("after=key_aaaaaaaaaaaaaaaa&after=key_aaaaaaaaaaaaaaaa", "after", "duplicate"),
    ] {
        let answer = shop.ask("list-keys").query(query).bearer(&shop.owner_key).send().await;
        assert_eq!(answer.invalid_field(), (field.to_owned(), code.to_owned()), "{query}");
    }
    assert_eq!(shop.ask("list-keys").query("after=").bearer(&shop.owner_key).send().await.status, 200, "a blank is nothing");
    Ok(())
}

#[tokio::test]
async fn an_operation_without_a_query_passes_over_what_is_in_it() -> Outcome {
    let shop = Shop::open().await?;
    assert_eq!(shop.ask("jwks").query("utm_source=mail&a=1&a=2&%00=%FF").send().await.status, 200);
    Ok(())
}
