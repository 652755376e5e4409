//! `create-key`: a key whose secret is shown once.

use std::net::Ipv4Addr;

use serde_json::json;
use shared::domain::role::Role;
use tests::{Outcome, Shop, text};

#[tokio::test]
async fn a_new_key_works_at_once_and_the_table_cannot_show_its_secret() -> Outcome {
    let shop = Shop::open().await?;
    let made = shop.ask("create-key").bearer(&shop.owner_key).json(&json!({"role": "checkout", "label": " Till 3 "})).send().await;
    assert_eq!(made.status, 201, "{made:?}");
    assert_eq!(made.headers["cache-control"], "no-store");
    assert_eq!(
        (made.text("/role"), made.text("/label"), made.text("/created_at")),
        ("checkout".into(), "Till 3".into(), shop.clock.now().rfc3339())
    );

    let key = made.text("/key");
    let check = json!({"email": "ada@example.com", "scope": "checkout"});
    assert_eq!(shop.ask("block-check").bearer(&key).json(&check).send().await.status, 200);

    let (_, secret) = key.rsplit_once('_').ok_or("a key has three parts")?;
    assert!(!shop.table().await?.holds(secret));
    Ok(())
}

#[tokio::test]
async fn nobody_makes_a_key_of_a_role_above_their_own() -> Outcome {
    let shop = Shop::open().await?;
    for (own, made, status) in [
        (Role::Administrator, "administrator", 201),
        (Role::Administrator, "checkout", 201),
        (Role::Administrator, "storefront", 201),
        (Role::Storefront, "storefront", 403),
        (Role::Administrator, "owner", 403),
        (Role::Owner, "owner", 201),
        (Role::StoreManager, "checkout", 403),
        (Role::StoreManager, "support", 403),
    ] {
        let key = shop.key(own).await?;
        let answer = shop.ask("create-key").bearer(&key).json(&json!({"role": made, "label": "Mine"})).send().await;
        assert_eq!(answer.status, status, "{own:?} {made}");
    }
    Ok(())
}

#[tokio::test]
async fn who_made_a_key_from_where_is_recorded_and_its_secret_is_not() -> Outcome {
    let shop = Shop::open().await?;
    let before = shop.table().await?.0.len();
    let body = json!({"role": "support", "label": "Back office"});
    let made = shop.ask("create-key").bearer(&shop.owner_key).from(Ipv4Addr::new(198, 51, 100, 7)).json(&body).send().await;
    let table = shop.table().await?;
    assert_eq!(table.0.len(), before + 2, "the key and its record");
    let record = table.0.iter().find(|item| text(item, "action") == "create-key").ok_or("nothing was recorded")?;
    assert_eq!(text(record, "subject"), made.text("/key_id"));
    assert_eq!(text(record, "from"), "198.51.100.7");
    let actor = record["actor"].as_m().map_err(|_| "no actor")?;
    assert_eq!((text(actor, "kind"), text(actor, "role")), ("key".into(), "owner".into()));
    assert!(shop.owner_key.contains(text(actor, "key_id").trim_start_matches("key_")));
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_a_key_is_refused_by_its_field() -> Outcome {
    let shop = Shop::open().await?;
    for (body, field, code) in [
        (json!({"label": "Mine"}), "role", "required"),
        (json!({"role": "support"}), "label", "required"),
        (json!({"role": "root", "label": "Mine"}), "role", "not_one_of_the_values"),
        (json!({"role": "support", "label": " "}), "label", "empty"),
        (json!({"role": "support", "label": "a".repeat(81)}), "label", "too_long"),
        (json!({"role": "support", "label": "a\u{7}b"}), "label", "invalid_characters"),
        (json!({"role": "support", "label": "Mine", "key": "vsk_mine"}), "", "unknown_field"),
    ] {
        let answer = shop.ask("create-key").bearer(&shop.owner_key).json(&body).send().await;
        assert_eq!(answer.invalid_field(), (field.to_owned(), code.to_owned()), "{body}");
    }
    Ok(())
}
