//! `create-store`: a store and its first owner's key, or nothing at all.

use futures::future::join_all;
use serde_json::{Value, json};
use shared::operations::create_store::CreateStore;
use tests::{Failure, Outcome, Shop, text};

/// An order that nothing is wrong with.
fn order() -> Value {
    json!({
        "store": "acme",
        "name": "Acme & Sons",
        "sender": "accounts@acme.example",
        "support_email": "help@acme.example",
        "issuer": "https://api.acme.example/acme",
        "urls": {
            "home": "https://acme.example",
            "sign_in": "https://acme.example/account#sign-in",
            "forgot_password": "https://acme.example/forgot",
            "reset_password": "https://acme.example/reset?x=1",
        },
        "language": "fr",
    })
}

fn with(pointer: &str, value: Value) -> Result<Value, Failure> {
    let mut order = order();
    *order.pointer_mut(pointer).ok_or("no such field")? = value;
    Ok(order)
}

#[tokio::test]
async fn a_new_store_takes_customers_at_once_and_its_owner_has_the_key() -> Outcome {
    let shop = Shop::open().await?;
    let made = shop.invoke::<CreateStore>(order()).await;
    assert_eq!((&made["store"], &made["owner_key"]["role"]), (&json!("acme"), &json!("owner")), "{made}");
    assert_eq!(made["owner_key"]["created_at"], shop.clock.now().rfc3339());

    let key = made["owner_key"]["key"].as_str().ok_or("no key")?;
    let body = json!({"role": "support", "label": "Desk"});
    assert_eq!(shop.ask("create-key").at("acme").bearer(key).json(&body).send().await.status, 201);
    assert_eq!(shop.ask("create-key").bearer(key).json(&body).send().await.status, 401, "of this store alone");

    let form = json!({"email": "ada@example.com", "password": "a fine password"});
    assert_eq!(shop.ask("create-account").at("acme").json(&form).send().await.status, 202);
    let mails = shop.mails("ada@example.com").await?;
    let mail = mails.first().ok_or("no mail")?;
    assert!(mail.headers["From"].ends_with("<accounts@acme.example>") && mail.headers["Reply-To"] == "help@acme.example");
    assert!(mail.text.contains("Bonjour") && mail.text.contains("Acme & Sons") && mail.text.contains("https://acme.example/"));
    Ok(())
}

#[tokio::test]
async fn the_table_cannot_show_the_first_key_and_tells_that_the_operator_made_it() -> Outcome {
    let shop = Shop::open().await?;
    let made = shop.invoke::<CreateStore>(order()).await;
    let key = made["owner_key"]["key"].as_str().ok_or("no key")?;
    let (_, secret) = key.rsplit_once('_').ok_or("a key has three parts")?;
    let table = shop.table().await?;
    assert!(!table.holds(secret));

    let of_store = |item: &&tests::Item| text(item, "pk").starts_with("S#acme");
    let record = table.0.iter().filter(of_store).find(|item| text(item, "action") == "create-store").ok_or("nothing was recorded")?;
    assert_eq!(json!(text(record, "subject")), made["owner_key"]["key_id"]);
    let actor = record["actor"].as_m().map_err(|_| "no actor")?;
    assert_eq!((text(actor, "kind"), actor.len(), record.contains_key("from")), ("operator".to_owned(), 1, false));
    Ok(())
}

#[tokio::test]
async fn a_store_that_is_there_is_not_touched() -> Outcome {
    let shop = Shop::open().await?;
    shop.invoke::<CreateStore>(order()).await;
    let before = shop.table().await?.0;
    for again in [order(), with("/name", json!("Another"))?, with("/language", json!("de"))?] {
        let refused = shop.invoke::<CreateStore>(again).await;
        assert_eq!((&refused["status"], &refused["code"]), (&json!(409), &json!("conflict")), "{refused}");
        assert!(refused["detail"].as_str().is_some_and(|detail| detail.contains("recover-store")), "it says what to do");
        assert_eq!(refused["owner_key"], Value::Null);
    }
    assert_eq!(shop.table().await?.0, before);
    Ok(())
}

#[tokio::test]
async fn of_many_orders_for_one_name_one_is_done() -> Outcome {
    let shop = Shop::open().await?;
    let names = ["One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight"];
    let orders = names.map(|name| with("/name", json!(name)));
    let answers =
        join_all(orders.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().map(|order| shop.invoke::<CreateStore>(order))).await;
    let keys: Vec<_> = answers.iter().filter_map(|answer| answer["owner_key"]["key"].as_str()).collect();
    assert_eq!(keys.len(), 1);
    assert_eq!(answers.iter().filter(|answer| answer["code"] == "conflict").count(), 7, "{answers:?}");
    let listed = shop.ask("list-keys").at("acme").bearer(keys[0]).send().await;
    assert_eq!(listed.body["keys"].as_array().map(Vec::len), Some(1), "{listed:?}");
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_a_store_is_refused_by_its_field_and_changes_nothing() -> Outcome {
    let shop = Shop::open().await?;
    let before = shop.table().await?.0;
    let missing = |name: &str| {
        let mut order = order();
        order.as_object_mut().map(|order| order.remove(name));
        order
    };
    let mut unknown = order();
    unknown["plan"] = json!("gold");
    for (order, field, code) in [
        (missing("store"), "store", "required"),
        (missing("urls"), "urls", "required"),
        (missing("language"), "language", "required"),
        (unknown, "", "unknown_field"),
        (with("/store", json!("Acme"))?, "store", "invalid_store"),
        (with("/store", json!(""))?, "store", "invalid_store"),
        (with("/store", json!("a".repeat(41)))?, "store", "invalid_store"),
        (with("/name", json!(" "))?, "name", "empty"),
        (with("/name", json!("a".repeat(61)))?, "name", "too_long"),
        (with("/name", json!("Acme\u{0}\r\nBcc: eve@evil.example"))?, "name", "invalid_characters"),
        (with("/sender", json!("Acme <accounts@acme.example>"))?, "sender", "invalid_local_part"),
        (with("/support_email", json!("nobody"))?, "support_email", "invalid_address"),
        (with("/issuer", json!("https://api.acme.example/other"))?, "issuer", "must_end_in_store"),
        (with("/issuer", json!("https://api.acme.example/acme?x=1"))?, "issuer", "must_end_in_store"),
        (with("/issuer", json!("http://api.acme.example/acme"))?, "issuer", "https_required"),
        (with("/urls/home", json!("acme.example"))?, "urls.home", "invalid_url"),
        (with("/urls/home", json!("https://acme.example@evil.example"))?, "urls.home", "invalid_url"),
        (with("/urls/sign_in", json!("javascript:alert(1)"))?, "urls.sign_in", "invalid_url"),
        (with("/urls/sign_in", json!("https://acme.example/\u{202e}x"))?, "urls.sign_in", "invalid_characters"),
        (with("/urls/forgot_password", json!(format!("https://acme.example/{}", "a".repeat(500))))?, "urls.forgot_password", "too_long"),
        (with("/urls/reset_password", json!("https://acme.example/#reset"))?, "urls.reset_password", "fragment_not_allowed"),
        (with("/language", json!("pt"))?, "language", "not_one_of_the_values"),
        (with("/urls", json!("https://acme.example"))?, "urls", "wrong_type"),
        (json!([]), "", "wrong_type"),
        (json!("acme"), "", "wrong_type"),
    ] {
        let refused = shop.invoke::<CreateStore>(order.clone()).await;
        assert_eq!((&refused["status"], &refused["code"]), (&json!(422), &json!("invalid_field")), "{order}: {refused}");
        assert_eq!(refused["errors"], json!([{"field": field, "code": code}]), "{order}");
    }
    assert_eq!(shop.table().await?.0, before);
    Ok(())
}

#[tokio::test]
async fn a_laptops_own_pages_need_no_certificate() -> Outcome {
    let shop = Shop::open().await?;
    let local = with("/urls/home", json!("http://localhost:3000/"))?;
    assert_eq!(shop.invoke::<CreateStore>(local).await["store"], "acme");
    Ok(())
}

#[tokio::test]
async fn a_table_that_gives_no_answer_makes_no_store_and_says_so() -> Outcome {
    let mut shop = Shop::open().await?;
    shop.lose_the_table()?;
    let refused = shop.invoke::<CreateStore>(order()).await;
    assert_eq!((&refused["status"], &refused["code"]), (&json!(503), &json!("unavailable")), "{refused}");
    Ok(())
}
