//! `hold-account`: what keeps an account from being deleted, set and lifted by staff.

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::{Value, json};
use shared::domain::role::Role;
use tests::{Answer, Customer, Failure, HeadStart, Outcome, Shop, Table, text};

async fn hold(shop: &Shop, account_id: &str, kind: &str, action: &str, note: &str) -> Answer {
    let body = json!({"account_id": account_id, "kind": kind, "action": action, "note": note});
    shop.ask("hold-account").bearer(&shop.owner_key).json(&body).send().await
}

async fn delete(shop: &Shop, ada: &Customer, mode: &str) -> Answer {
    shop.ask("delete-account").bearer(&ada.access_token()).json(&json!({"mode": mode})).send().await
}

fn owner(shop: &Shop) -> Result<String, Failure> {
    Ok(format!("key_{}", shop.owner_key.split('_').nth(1).ok_or("a key has three parts")?))
}

#[tokio::test]
async fn a_hold_stands_until_it_is_lifted_and_no_deletion_passes_it() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let since = shop.clock.now().rfc3339();

    let held = hold(&shop, &ada.account_id(), "dispute", "set", " Order 1042 is disputed. ").await;
    assert_eq!(held.status, 200, "{held:?}");
    let standing = json!({"kind": "dispute", "since": since, "by": owner(&shop)?, "note": "Order 1042 is disputed."});
    assert_eq!(held.body, json!({"account_id": ada.account_id(), "status": "active", "holds": [standing]}));
    for mode in ["close", "erase"] {
        let refused = delete(&shop, &ada, mode).await;
        assert_eq!((refused.refusal(), &refused.body["holds"]), ((409, "held".into()), &json!([{"kind": "dispute", "since": since}])));
    }

    let lifted = hold(&shop, &ada.account_id(), "dispute", "lift", "Settled.").await;
    assert_eq!((lifted.status, &lifted.body["holds"]), (200, &json!([])));
    assert_eq!(delete(&shop, &ada, "erase").await.status, 202);
    Ok(())
}

#[tokio::test]
async fn to_set_a_hold_again_keeps_its_beginning_and_renews_its_note() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let since = shop.clock.now().rfc3339();
    hold(&shop, &ada.account_id(), "legal", "set", "Tax audit.").await;
    shop.wait(60);
    let manager = shop.key(Role::StoreManager).await?;
    let body = json!({"account_id": ada.account_id(), "kind": "legal", "action": "set", "note": "Tax audit of 2026."});
    let renewed = shop.ask("hold-account").bearer(&manager).json(&body).send().await;
    let by = format!("key_{}", manager.split('_').nth(1).ok_or("a key has three parts")?);
    assert_eq!(renewed.body["holds"], json!([{"kind": "legal", "since": since, "by": by, "note": "Tax audit of 2026."}]));
    Ok(())
}

#[tokio::test]
async fn what_is_repeated_changes_nothing_and_is_recorded_once() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let records = async || Ok::<_, Failure>(shop.table().await?.0.iter().filter(|item| text(item, "action") == "hold-account").count());
    for _ in 0..3 {
        assert_eq!(hold(&shop, &ada.account_id(), "subscription", "set", "Yearly.").await.status, 200);
    }
    assert_eq!(records().await?, 1);
    let before = shop.table().await?.account(&ada.email).cloned();
    assert_eq!(hold(&shop, &ada.account_id(), "membership", "lift", "Never was one.").await.body["holds"][0]["kind"], "subscription");
    assert_eq!((records().await?, shop.table().await?.account(&ada.email).cloned()), (1, before));
    for _ in 0..3 {
        assert_eq!(hold(&shop, &ada.account_id(), "subscription", "lift", "Cancelled.").await.body["holds"], json!([]));
    }
    assert_eq!(records().await?, 2);
    Ok(())
}

#[tokio::test]
async fn who_held_whose_account_and_why_is_recorded() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    hold(&shop, &ada.account_id(), "dispute", "set", "Order 1042 is disputed.").await;
    let record = shop.ask("list-audit").query("action=hold-account").bearer(&shop.owner_key).send().await;
    assert_eq!((record.text("/events/0/subject"), record.text("/events/0/note")), (ada.account_id(), "Order 1042 is disputed.".to_owned()));
    assert!(!Table(shop.table().await?.audit().cloned().collect()).holds("1042"), "the note goes with the customer");
    Ok(())
}

#[tokio::test]
async fn a_closed_account_can_be_held_and_an_erased_one_is_not_found() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    assert_eq!(delete(&shop, &ada, "close").await.status, 202);
    let held = hold(&shop, &ada.account_id(), "legal", "set", "Invoices of ten years.").await;
    assert_eq!((held.status, held.text("/status")), (200, "closed".to_owned()));

    let eve = shop.customer("eve@example.com").await?;
    assert_eq!(delete(&shop, &eve, "erase").await.status, 202);
    let before = shop.table().await?.0.len();
    assert_eq!(hold(&shop, &eve.account_id(), "legal", "set", "Too late.").await.refusal(), (404, "not_found".to_owned()));
    assert_eq!(shop.table().await?.0.len(), before, "a hold brings no account back");
    assert!(!shop.table().await?.holds("Too late."));
    Ok(())
}

#[tokio::test]
async fn an_account_of_another_shop_is_not_found() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.open_beside("other").await?;
    let others = shop.key_at("other", Role::Owner).await?;
    let body = json!({"account_id": ada.account_id(), "kind": "legal", "action": "set", "note": "Ours."});
    let answer = shop.ask("hold-account").at("other").bearer(&others).json(&body).send().await;
    assert_eq!(answer.refusal(), (404, "not_found".to_owned()));
    assert!(shop.account(&ada.email).await?.ok_or("gone")?.holds.is_empty());
    Ok(())
}

#[tokio::test]
async fn what_is_no_hold_is_refused_by_its_field() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let right = json!({"account_id": ada.account_id(), "kind": "legal", "action": "set", "note": "Books."});
    for (name, value, code) in [
        ("account_id", json!("acc_1"), "invalid_identifier"),
        ("account_id", Value::Null, "wrong_type"),
        ("kind", json!("grudge"), "not_one_of_the_values"),
        ("action", json!("toggle"), "not_one_of_the_values"),
        ("note", json!(" \n "), "empty"),
        ("note", json!("é".repeat(2_001)), "too_long"),
        ("note", json!("a\u{7}b"), "invalid_characters"),
    ] {
        let mut body = right.clone();
        body[name] = value;
        let answer = shop.ask("hold-account").bearer(&shop.owner_key).json(&body).send().await;
        assert_eq!((answer.status, answer.invalid_field()), (422, (name.to_owned(), code.to_owned())), "{body}");
    }
    for name in ["account_id", "kind", "action", "note"] {
        let mut body = right.clone();
        body.as_object_mut().ok_or("no object")?.remove(name);
        let answer = shop.ask("hold-account").bearer(&shop.owner_key).json(&body).send().await;
        assert_eq!(answer.invalid_field(), (name.to_owned(), "required".to_owned()));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn four_holds_at_the_same_moment_all_stand_and_so_does_each_that_is_not_lifted() -> Outcome {
    for _ in 0..5 {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        let id = ada.account_id();
        let kinds = ["subscription", "membership", "dispute", "legal"];
        let answers = join_all(kinds.iter().map(|kind| hold(&shop, &id, kind, "set", "At once."))).await;
        assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
        let stand = shop.account(&ada.email).await?.ok_or("gone")?.holds;
        assert_eq!(stand.keys().map(|kind| kind.name()).collect::<BTreeSet<_>>(), kinds.into());

        let (lifted, renewed) =
            futures::join!(hold(&shop, &id, "dispute", "lift", "Settled."), hold(&shop, &id, "legal", "set", "Renewed."));
        assert_eq!((lifted.status, renewed.status), (200, 200));
        let stand = shop.account(&ada.email).await?.ok_or("gone")?.holds;
        assert_eq!(stand.keys().map(|kind| kind.name()).collect::<Vec<_>>(), ["subscription", "membership", "legal"]);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hold_and_a_deletion_at_the_same_moment_the_second_sees_the_first() -> Outcome {
    let mut seen = BTreeSet::new();
    for (mode, ahead) in ["close", "erase"].into_iter().flat_map(|mode| HeadStart::rounds(12).map(move |ahead| (mode, ahead))) {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        let id = ada.account_id();
        let (held, deleted) = shop.race(ahead, shop.set_hold(&id, "legal"), delete(&shop, &ada, mode)).await;
        seen.insert((mode, deleted.status));
        let account = shop.account(&ada.email).await?;
        let told = (held.status, held.text("/status"), deleted.status);
        match (mode, account) {
            ("erase", None) => assert_eq!((held.status, deleted.status), (404, 202)),
            (_, Some(account)) if deleted.status == 202 => {
                assert_eq!((told, account.holds.len()), ((200, "closed".to_owned(), 202), 1), "held once it was closed");
            }
            (_, account) => {
                assert_eq!(told, (200, "active".to_owned(), 409));
                assert_eq!(account.ok_or("gone")?.holds.len(), 1);
            }
        }
    }
    assert_eq!(seen, BTreeSet::from([("close", 202), ("close", 409), ("erase", 202), ("erase", 409)]), "both orders were seen");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hold_by_a_key_that_is_being_revoked_comes_before_or_not_at_all() -> Outcome {
    let mut seen = BTreeSet::new();
    for ahead in HeadStart::rounds(10) {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        let manager = shop.key(Role::StoreManager).await?;
        let key_id = format!("key_{}", manager.split('_').nth(1).ok_or("a key has three parts")?);
        let body = json!({"account_id": ada.account_id(), "kind": "legal", "action": "set", "note": "Books."});
        let hold = shop.ask("hold-account").bearer(&manager).json(&body).send();
        let revoke = shop.ask("revoke-key").bearer(&shop.owner_key).json(&json!({"key_id": key_id})).send();
        let (held, revoked) = shop.race(ahead, hold, revoke).await;
        seen.insert(held.status);
        assert_eq!(revoked.status, 204);
        let stands = !shop.account(&ada.email).await?.ok_or("gone")?.holds.is_empty();
        assert_eq!((held.status, stands), if held.status == 200 { (200, true) } else { (401, false) });
    }
    assert_eq!(seen, BTreeSet::from([200, 401]), "both orders were seen");
    Ok(())
}
