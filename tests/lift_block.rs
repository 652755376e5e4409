//! `lift-block`: everywhere at once, and what was written stays.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::join_all;
use serde_json::{Value, json};
use shared::domain::role::Role;
use tests::{Answer, Customer, Failure, HeadStart, Outcome, Shop, text};

async fn block(shop: &Shop, kind: &str, value: &str, scopes: &[&str]) -> Result<String, Failure> {
    let body = json!({"type": kind, "value": value, "reason_code": "fraud", "note": "Stolen cards.", "scopes": scopes});
    let answer = shop.ask("create-block").bearer(&shop.owner_key).json(&body).send().await;
    if answer.status == 201 { Ok(answer.text("/block_id")) } else { Err(format!("no block was made: {answer:?}").into()) }
}

const EVERYTHING: &[&str] = &["sign-in", "sign-up", "checkout"];

async fn lift_by(shop: &Shop, key: &str, id: &str) -> Answer {
    shop.ask("lift-block").bearer(key).json(&json!({"block_id": id, "note": "The bank was mistaken."})).send().await
}

async fn lift(shop: &Shop, id: &str) -> Answer {
    lift_by(shop, &shop.owner_key, id).await
}

async fn blocked(shop: &Shop, who: &str, value: &str) -> bool {
    let mut body = json!({"scope": "checkout"});
    body[who] = json!(value);
    let answer = shop.ask("block-check").bearer(&shop.owner_key).json(&body).send().await;
    answer.body["blocked"].as_bool().unwrap_or_default()
}

async fn view(shop: &Shop, id: &str) -> Answer {
    shop.ask("view-block").bearer(&shop.owner_key).query(&format!("block_id={id}")).send().await
}

/// That no entry of a block is left under any name or on any account.
async fn assert_nowhere(shop: &Shop, id: &str) -> Outcome {
    let table = shop.table().await?;
    let left: Vec<_> = table.of("BLOCKS").chain(table.of("ACCOUNT")).filter(|item| item.contains_key(id)).collect();
    assert!(left.is_empty(), "{left:?}");
    Ok(())
}

/// What verifies the last code of a move to another address.
async fn proof_of_a_move(shop: &Shop, ada: &Customer, new_email: &str) -> Result<Value, Failure> {
    shop.wait(60);
    let (challenge_id, code) = shop.challenge(&ada.email, "change-email").await?;
    let proof = json!({"challenge_id": challenge_id, "code": code, "new_email": new_email});
    let asked = shop.ask("change-email").bearer(&ada.access_token()).json(&proof).send().await;
    Ok(json!({"challenge_id": asked.text("/challenge_id"), "code": shop.code(new_email).await?}))
}

/// Moves an account to another address.
async fn move_to(shop: &Shop, ada: &Customer, new_email: &str) -> Outcome {
    let proof = proof_of_a_move(shop, ada, new_email).await?;
    assert_eq!(shop.post("verify-code", proof).await.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_lifted_block_lets_its_customer_in_by_the_next_request_and_is_still_to_be_seen() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let manager = shop.key(Role::StoreManager).await?;
    let key_id = format!("key_{}", manager.split('_').nth(1).unwrap_or_default());
    let id = block(&shop, "email", &ada.email, EVERYTHING).await?;
    let made_at = shop.clock.now().rfc3339();
    shop.wait(5);

    let lifted = lift_by(&shop, &manager, &id).await;

    assert_eq!((lifted.status, lifted.body.clone()), (204, Value::Null));
    assert!(!blocked(&shop, "email", &ada.email).await && !blocked(&shop, "account_id", &ada.account_id()).await);
    assert_eq!(shop.post("login", json!({"email": ada.email, "password": ada.password})).await.status, 200);
    let ended = shop.post("refresh-session", json!({"refresh_token": ada.refresh_token()})).await;
    assert_eq!(ended.status, 401, "what has ended stays ended");
    assert_nowhere(&shop, &id).await?;

    let (view, now) = (view(&shop, &id).await, shop.clock.now().rfc3339());
    assert_eq!((view.text("/state"), view.text("/lifted_at"), view.text("/value")), ("lifted".into(), now.clone(), ada.email.clone()));
    let owner = view.text("/created_by");
    let history = json!([{"event": "created", "at": made_at, "by": owner, "note": "Stolen cards."},
        {"event": "lifted", "at": now, "by": key_id, "note": "The bank was mistaken."}]);
    assert_eq!(view.body["history"], history);
    Ok(())
}

#[tokio::test]
async fn a_block_is_taken_from_under_every_name_that_it_has() -> Outcome {
    for (kind, value, who, met) in [
        ("email", "a.d.a+x@googlemail.com", "email", ["a.d.a+x@googlemail.com", "ada@gmail.com"]),
        ("domain", "example.com", "email", ["a@example.com", "a@mail.example.com"]),
        ("ip", "192.0.2.7", "ip", ["192.0.2.7", "::ffff:192.0.2.7"]),
        ("cidr", "198.51.96.0/21", "ip", ["198.51.96.0", "198.51.103.255"]),
        ("cidr", "2001:db8:8000::/33", "ip", ["2001:db8:8000::", "2001:db8:ffff:ffff::1"]),
    ] {
        let shop = Shop::open().await?;
        let (other, id) = (block(&shop, kind, value, &["checkout"]).await?, block(&shop, kind, value, EVERYTHING).await?);
        assert_eq!(lift(&shop, &id).await.status, 204);
        assert_nowhere(&shop, &id).await?;
        for address in met {
            assert!(blocked(&shop, who, address).await, "{value} {address}: another block stands");
        }
        assert_eq!(lift(&shop, &other).await.status, 204);
        for address in met {
            assert!(!blocked(&shop, who, address).await, "{value} {address}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_block_is_taken_off_every_account_that_has_come_to_its_address_wherever_that_is_now() -> Outcome {
    let shop = Shop::open().await?;
    let first = shop.customer("mallory@example.com").await?;
    let id = block(&shop, "email", "mallory@example.com", &["checkout"]).await?;
    move_to(&shop, &first, "first@new.example").await?;
    shop.wait_a_day();
    let second = shop.customer("mallory@example.com").await?;
    move_to(&shop, &second, "second@new.example").await?;
    shop.wait_a_day();
    let third = shop.customer("mallory+3@example.com").await?;
    let fourth = shop.customer("fourth@example.com").await?;
    move_to(&shop, &fourth, "mallory@example.com").await?;
    let erased = shop.customer("mallory+5@example.com").await?;
    shop.ask("delete-account").bearer(&erased.access_token()).json(&json!({"mode": "erase"})).send().await;
    let accounts = [&first, &second, &third, &fourth];
    for account in accounts {
        assert!(blocked(&shop, "account_id", &account.account_id()).await, "{}", account.email);
    }

    assert_eq!(lift(&shop, &id).await.status, 204);

    for account in accounts {
        assert!(!blocked(&shop, "account_id", &account.account_id()).await, "{}", account.email);
    }
    assert_nowhere(&shop, &id).await?;
    Ok(())
}

#[tokio::test]
async fn however_many_accounts_a_block_stands_on_it_is_lifted_whole() -> Outcome {
    let shop = Shop::open().await?;
    let id = block(&shop, "email", "mallory@example.com", EVERYTHING).await?;
    let table = shop.table().await?;
    let item = table.of("BLOCK").find(|item| text(item, "block_id") == id).ok_or("the block is there")?;
    // As if so many had come and gone: none of them leads anywhere any more.
    let account = |number: u8| shared::domain::identifier::AccountId::from_random([number; 16]).as_str().to_owned();
    let accounts: HashMap<_, _> = (0..90).map(|number| (account(number), AttributeValue::N("1795000000".to_owned()))).collect();
    let key = |name: &str| item[name].clone();
    let update = shop.dynamodb().update_item().table_name(shop.table_name()).key("pk", key("pk")).key("sk", key("sk"));
    update.update_expression("SET accounts = :a").expression_attribute_values(":a", AttributeValue::M(accounts)).send().await?;

    assert_eq!(lift(&shop, &id).await.status, 204);

    assert!(!blocked(&shop, "email", "mallory@example.com").await);
    assert_eq!(view(&shop, &id).await.text("/state"), "lifted");
    let records = shop.table().await?.0.iter().filter(|item| text(item, "action") == "lift-block").count();
    assert_eq!(records, 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn to_lift_twice_is_to_lift_once() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let id = block(&shop, "account", &ada.account_id(), EVERYTHING).await?;
    for answer in join_all((0..10).map(|_| lift(&shop, &id))).await {
        assert_eq!(answer.status, 204, "{answer:?}");
    }
    let first = view(&shop, &id).await.body;
    shop.wait(5);
    assert_eq!(lift(&shop, &id).await.status, 204);
    assert_eq!(view(&shop, &id).await.body, first, "who was first has lifted it");
    let records = shop.ask("list-audit").query("action=lift-block").bearer(&shop.owner_key).send().await;
    assert_eq!(records.body["events"].as_array().map(Vec::len), Some(1));
    assert_eq!([records.text("/events/0/subject"), records.text("/events/0/note")], [id, "The bank was mistaken.".to_owned()]);
    Ok(())
}

#[tokio::test]
async fn a_block_that_has_run_out_can_be_lifted_as_well() -> Outcome {
    let shop = Shop::open().await?;
    let end = shop.clock.now().plus(Duration::from_secs(60)).rfc3339();
    let body = json!({"type": "ip", "value": "203.0.113.9", "reason_code": "fraud", "note": "An attack.", "expires_at": end});
    let id = shop.ask("create-block").bearer(&shop.owner_key).json(&body).send().await.text("/block_id");
    shop.wait(60);
    assert_eq!(view(&shop, &id).await.text("/state"), "expired");
    assert_eq!(lift(&shop, &id).await.status, 204);
    let view = view(&shop, &id).await;
    let events: Vec<_> = view.body["history"].as_array().into_iter().flatten().map(|event| event["event"].clone()).collect();
    assert_eq!((view.text("/state"), events), ("lifted".to_owned(), vec![json!("created"), json!("expired"), json!("lifted")]));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_block_that_is_lifted_while_its_customer_signs_up_moves_or_leaves_stands_on_nobody_afterwards() -> Outcome {
    for (what, ahead) in ["signs up", "moves", "leaves"].into_iter().flat_map(|what| HeadStart::rounds(8).map(move |ahead| (what, ahead))) {
        let shop = Shop::open().await?;
        let id = block(&shop, "email", "ada@example.com", &["checkout"]).await?;
        let ada = shop.customer("ada@example.com").await?;
        assert!(blocked(&shop, "account_id", &ada.account_id()).await, "{what}: the block is on the account before the race");
        let request = match what {
            "signs up" => {
                let (challenge_id, code) = shop.challenge("ada+1@example.com", "sign-in").await?;
                shop.ask("verify-code").json(&json!({"challenge_id": challenge_id, "code": code}))
            }
            "moves" => shop.ask("verify-code").json(&proof_of_a_move(&shop, &ada, "ada@new.example").await?),
            _ => shop.ask("delete-account").bearer(&ada.access_token()).json(&json!({"mode": "erase"})),
        };
        let (done, lifted) = shop.race(ahead, request.send(), lift(&shop, &id)).await;
        assert_eq!(lifted.status, 204, "{what} {ahead:?}");
        assert_nowhere(&shop, &id).await?;
        match (what, done.status) {
            ("leaves", 202) => assert!(shop.account(&ada.email).await?.is_none()),
            ("signs up" | "moves", 200) => {
                assert!(!blocked(&shop, "account_id", &done.text("/account/id")).await, "{what} {ahead:?}");
            }
            // A code that meets the lift may be spent in vain, and then another is asked for; one that is alone is not.
            ("signs up" | "moves", 410) if !matches!(ahead, HeadStart::FirstEnds | HeadStart::SecondEnds) => {
                assert_eq!(shop.account("ada+1@example.com").await?.map(|account| account.id), None);
            }
            other => return Err(format!("{ahead:?}: {other:?} {done:?}").into()),
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_block_that_is_made_while_another_is_lifted_stands() -> Outcome {
    for ahead in HeadStart::rounds(10) {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        let old = block(&shop, "email", &ada.email, EVERYTHING).await?;
        let id = ada.account_id();
        let (new, lifted) = shop.race(ahead, block(&shop, "account", &id, EVERYTHING), lift(&shop, &old)).await;
        let new = new?;
        assert_eq!(lifted.status, 204);
        assert_nowhere(&shop, &old).await?;
        assert_eq!(shop.post("login", json!({"email": ada.email, "password": ada.password})).await.status, 403);
        assert_eq!(lift(&shop, &new).await.status, 204);
        assert_eq!(shop.post("login", json!({"email": ada.email, "password": ada.password})).await.status, 200);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_key_that_is_being_revoked_has_lifted_before_or_does_not_at_all() -> Outcome {
    let shop = Shop::open().await?;
    let mut seen = BTreeSet::new();
    for (number, ahead) in HeadStart::rounds(10).enumerate() {
        let stolen = shop.key(Role::StoreManager).await?;
        let id = block(&shop, "ip", &format!("203.0.113.{number}"), EVERYTHING).await?;
        let key_id = format!("key_{}", stolen.split('_').nth(1).unwrap_or_default());
        let revoke = shop.ask("revoke-key").bearer(&shop.owner_key).json(&json!({"key_id": key_id})).send();
        let (revoked, lifted) = shop.race(ahead, revoke, lift_by(&shop, &stolen, &id)).await;
        seen.insert(lifted.status);
        assert_eq!(revoked.status, 204);
        assert!(matches!(lifted.status, 204 | 401), "{lifted:?}");
        assert_eq!(blocked(&shop, "ip", &format!("203.0.113.{number}")).await, lifted.status == 401);
        assert_eq!(lift_by(&shop, &stolen, &id).await.status, 401);
    }
    assert_eq!(seen, BTreeSet::from([204, 401]), "both orders were seen");
    Ok(())
}

#[tokio::test]
async fn a_block_of_another_shop_or_of_no_shop_is_not_found_and_nothing_is_lifted_without_a_reason() -> Outcome {
    let shop = Shop::open().await?;
    shop.open_beside("other").await?;
    let others = shop.key_at("other", Role::Owner).await?;
    let id = block(&shop, "ip", "203.0.113.9", EVERYTHING).await?;
    let body = json!({"block_id": id, "note": "Mine."});
    let elsewhere = shop.ask("lift-block").at("other").bearer(&others).json(&body).send().await;
    assert_eq!(elsewhere.refusal(), (404, "not_found".to_owned()));
    assert_eq!(lift(&shop, "blk_aaaaaaaaaaaaaaaa").await.refusal(), (404, "not_found".to_owned()));
    for (body, field, code) in [
        (json!({"note": "Why."}), "block_id", "required"),
        (json!({"block_id": id}), "note", "required"),
        (json!({"block_id": id, "note": " "}), "note", "empty"),
        (json!({"block_id": "203.0.113.9", "note": "Why."}), "block_id", "invalid_identifier"),
        (json!({"block_id": id, "note": "Why.", "value": "203.0.113.9"}), "", "unknown_field"),
    ] {
        let answer = shop.ask("lift-block").bearer(&shop.owner_key).json(&body).send().await;
        assert_eq!(answer.invalid_field(), (field.to_owned(), code.to_owned()), "{body}");
    }
    assert!(blocked(&shop, "ip", "203.0.113.9").await);
    Ok(())
}
