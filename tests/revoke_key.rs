//! `revoke-key`: from the next request on.

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::{Value, json};
use shared::domain::role::Role;
use tests::{Answer, Failure, HeadStart, Outcome, Shop, text};

fn id_of(key: &str) -> Result<String, Failure> {
    Ok(format!("key_{}", key.split('_').nth(1).ok_or("a key has three parts")?))
}

async fn revoke(shop: &Shop, by: &str, key: &str) -> Result<Answer, Failure> {
    Ok(shop.ask("revoke-key").bearer(by).json(&json!({"key_id": id_of(key)?})).send().await)
}

async fn opens(shop: &Shop, key: &str) -> bool {
    shop.ask("block-check").bearer(key).json(&json!({"email": "ada@example.com", "scope": "checkout"})).send().await.status == 200
}

#[tokio::test]
async fn a_revoked_key_is_refused_by_the_next_request_and_stays_in_the_list() -> Outcome {
    let shop = Shop::open().await?;
    let key = shop.key(Role::Support).await?;
    assert!(opens(&shop, &key).await);
    shop.wait(5);
    let body = json!({"key_id": id_of(&key)?, "note": "The laptop was stolen."});
    assert_eq!(shop.ask("revoke-key").bearer(&shop.owner_key).json(&body).send().await.status, 204);
    assert!(!opens(&shop, &key).await);
    assert!(opens(&shop, &shop.owner_key).await);

    let list = shop.ask("list-keys").bearer(&shop.owner_key).send().await;
    let listed = list.body["keys"].as_array().ok_or("no list")?.iter().find(|entry| entry["key_id"] == body["key_id"]).cloned();
    let listed = listed.ok_or("a revoked key is listed")?;
    assert_eq!(listed["revoked_at"], json!(shop.clock.now().rfc3339()));
    assert_eq!(listed["revoked_by"], json!(id_of(&shop.owner_key)?));
    assert!(shop.table().await?.holds("The laptop was stolen."));
    Ok(())
}

#[tokio::test]
async fn to_revoke_twice_is_to_revoke_once() -> Outcome {
    let shop = Shop::open().await?;
    let key = shop.key(Role::Owner).await?;
    for answer in join_all((0..20).map(|_| revoke(&shop, &shop.owner_key, &key))).await {
        assert_eq!(answer?.status, 204);
    }
    assert_eq!(revoke(&shop, &shop.owner_key, &key).await?.status, 204);
    let records = shop.table().await?.0.iter().filter(|item| text(item, "action") == "revoke-key").count();
    assert_eq!(records, 1);
    // Counted once: the last owner's key is still known to be the last.
    assert_eq!(revoke(&shop, &shop.owner_key, &shop.owner_key).await?.refusal(), (409, "conflict".to_owned()));
    Ok(())
}

#[tokio::test]
async fn an_administrator_revokes_any_key_but_an_owners() -> Outcome {
    let shop = Shop::open().await?;
    let administrator = shop.key(Role::Administrator).await?;
    for role in [Role::Checkout, Role::Support, Role::StoreManager, Role::Administrator] {
        let key = shop.key(role).await?;
        assert_eq!(revoke(&shop, &administrator, &key).await?.status, 204, "{role:?}");
        assert!(!opens(&shop, &key).await);
    }
    assert_eq!(revoke(&shop, &administrator, &shop.owner_key).await?.refusal(), (403, "forbidden".to_owned()));
    assert_eq!(revoke(&shop, &administrator, &administrator).await?.status, 204, "its own");
    assert!(!opens(&shop, &administrator).await);
    Ok(())
}

#[tokio::test]
async fn an_owners_key_is_revoked_by_another_owner_who_shows_theirs_and_never_by_itself() -> Outcome {
    let shop = Shop::open().await?;
    // Nobody may have the second one: the answer that showed it could have been lost.
    let second = shop.key(Role::Owner).await?;
    assert_eq!(revoke(&shop, &shop.owner_key, &shop.owner_key).await?.refusal(), (409, "conflict".to_owned()));
    assert!(opens(&shop, &shop.owner_key).await);
    assert_eq!(revoke(&shop, &second, &shop.owner_key).await?.status, 204);
    assert!(!opens(&shop, &shop.owner_key).await && opens(&shop, &second).await);
    Ok(())
}

#[tokio::test]
async fn one_of_two_owners_who_revoke_each_other_stays() -> Outcome {
    let shop = Shop::open().await?;
    let mut one = shop.owner_key.clone();
    for ahead in HeadStart::rounds(10) {
        let made = shop.ask("create-key").bearer(&one).json(&json!({"role": "owner", "label": "the other"})).send().await;
        let two = made.text("/key");
        let (by_one, by_two) = shop.race(ahead, revoke(&shop, &one, &two), revoke(&shop, &two, &one)).await;
        let mut statuses = [by_one?.status, by_two?.status];
        statuses.sort_unstable();
        assert!(matches!(statuses, [204, 401 | 409]), "{statuses:?}");
        assert_ne!(opens(&shop, &one).await, opens(&shop, &two).await);
        one = if opens(&shop, &one).await { one } else { two };
    }
    Ok(())
}

#[tokio::test]
async fn a_key_made_by_one_that_is_being_revoked_comes_before_or_not_at_all() -> Outcome {
    let shop = Shop::open().await?;
    let mut seen = BTreeSet::new();
    for ahead in HeadStart::rounds(10) {
        let stolen = shop.key(Role::Administrator).await?;
        let body = json!({"role": "administrator", "label": "a way back"});
        let made = join_all((0..4).map(|_| shop.ask("create-key").bearer(&stolen).json(&body).send()));
        let (revoked, made) = shop.race(ahead, revoke(&shop, &shop.owner_key, &stolen), made).await;
        assert_eq!(revoked?.status, 204);
        seen.extend(made.iter().map(|answer| answer.status));
        let late = shop.ask("create-key").bearer(&stolen).json(&body).send().await;
        assert_eq!(late.status, 401);
        // Whatever came before is listed with its maker, so that it can be revoked as well.
        let list: Value = shop.ask("list-keys").bearer(&shop.owner_key).send().await.body;
        assert!(
            list["keys"]
                .as_array()
                .is_some_and(|keys| keys.iter().all(|key| key["label"] != "a way back" || key["created_by"].is_string()))
        );
    }
    assert_eq!(seen, BTreeSet::from([201, 401]), "both orders were seen");
    Ok(())
}

#[tokio::test]
async fn a_key_that_there_is_none_of_is_not_found() -> Outcome {
    let shop = Shop::open().await?;
    shop.open_beside("other").await?;
    let others = shop.key_at("other", Role::Support).await?;
    for key in ["vsk_aaaaaaaaaaaaaaaa_x", others.as_str()] {
        assert_eq!(revoke(&shop, &shop.owner_key, key).await?.refusal(), (404, "not_found".to_owned()));
    }
    for (body, field, code) in
        [(json!({}), "key_id", "required"), (json!({"key_id": "vsk_aaaaaaaaaaaaaaaa"}), "key_id", "invalid_identifier")]
    {
        let answer = shop.ask("revoke-key").bearer(&shop.owner_key).json(&body).send().await;
        assert_eq!(answer.invalid_field(), (field.to_owned(), code.to_owned()), "{body}");
    }
    Ok(())
}
