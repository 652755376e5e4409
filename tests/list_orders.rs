//! `list-orders`: customers see their own, staff see a customer's, in pages.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use shared::domain::role::Role;
use tests::{Answer, Outcome, Shop, text};

fn references(list: &Answer) -> Vec<String> {
    let orders = list.body["orders"].as_array().cloned().unwrap_or_default();
    orders.iter().map(|order| order["reference"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn a_customer_without_orders_has_an_empty_list() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let list = shop.ask("list-orders").bearer(&ada.access_token()).send().await;
    assert_eq!((list.status, list.body), (200, json!({"orders": [], "next": null})));
    Ok(())
}

#[tokio::test]
async fn years_of_orders_come_in_pages_and_none_twice() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    for number in 0..230_u32 {
        let details = if number % 2 == 0 { json!({"account_id": ada.account_id()}) } else { json!({"email": ada.email}) };
        let mut details = details;
        details["placed_at"] = json!(format!("2026-10-{:02}T{:02}:00:00Z", 1 + number / 24, number % 24));
        assert_eq!(shop.order(&number.to_string(), details).await.status, 200);
    }
    let newest_first = |step: usize| (0..230_u32).step_by(step).map(|number| number.to_string()).rev().collect::<Vec<_>>();

    let (mut seen, mut pages, mut before) = (Vec::new(), Vec::new(), None::<String>);
    loop {
        let mut whose = json!({"account_id": ada.account_id()});
        whose["before"] = before.clone().map_or(Value::Null, Value::from);
        let list = shop.orders_of(whose).await;
        assert_eq!(list.body["summary"]["count"], 230, "of all, on every page");
        pages.push(references(&list).len());
        seen.extend(references(&list));
        before = list.body["next"].as_str().map(str::to_owned);
        if before.is_none() {
            break;
        }
    }
    assert_eq!(pages, [100, 100, 30]);
    assert_eq!(seen, newest_first(1));

    let first = shop.ask("list-orders").bearer(&ada.access_token()).send().await;
    let second = shop.ask("list-orders").bearer(&ada.access_token()).query(&format!("before={}", first.text("/next"))).send().await;
    let own: Vec<_> = references(&first).into_iter().chain(references(&second)).collect();
    assert_eq!((own, second.body["next"].clone()), (newest_first(2), Value::Null));

    let export = shop.ask("export-account").bearer(&ada.access_token()).send().await;
    assert_eq!(
        references(&export).into_iter().collect::<BTreeSet<_>>().len(),
        230,
        "all of them, those of the guest at the same address too"
    );
    Ok(())
}

#[tokio::test]
async fn nobody_sees_anothers_orders() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let bob = shop.customer("bob@example.com").await?;
    shop.order("of-ada", json!({"account_id": ada.account_id()})).await;
    let list = shop.ask("list-orders").bearer(&bob.access_token()).send().await;
    assert_eq!(references(&list), Vec::<String>::new());
    let named = shop.ask("list-orders").bearer(&bob.access_token()).query(&format!("account_id={}", ada.account_id())).send().await;
    assert_eq!(named.refusal(), (422, "invalid_field".to_owned()));
    shop.ask("logout").bearer(&ada.access_token()).send().await;
    let ended = shop.ask("list-orders").bearer(&ada.access_token()).send().await;
    assert_eq!(ended.refusal(), (401, "invalid_token".to_owned()));
    for (route, bearer) in [("list-orders", &shop.owner_key), ("admin/list-orders", &bob.access_token())] {
        let request = shop.ask(route).bearer(bearer);
        let request = if route == "list-orders" { request } else { request.json(&json!({"email": "ada@example.com"})) };
        assert_eq!(request.send().await.refusal(), (401, "invalid_token".to_owned()), "{route}");
    }
    Ok(())
}

#[tokio::test]
async fn a_look_by_staff_is_recorded_and_holds_no_address() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let key = shop.key(Role::Support).await?;
    for whose in [json!({"account_id": ada.account_id()}), json!({"email": "nobody@example.com"})] {
        assert_eq!(shop.ask("admin/list-orders").bearer(&key).json(&whose).send().await.status, 200, "{whose}");
    }
    let table = shop.table().await?;
    let mut subjects: Vec<_> =
        table.0.iter().filter(|item| text(item, "action") == "list-orders").map(|item| text(item, "subject")).collect();
    subjects.sort();
    let mut looked_at = vec![ada.account_id(), shop.email_key("nobody@example.com").await?.encoded()];
    looked_at.sort();
    assert_eq!(subjects, looked_at);
    assert!(!table.holds("nobody@example.com"));
    Ok(())
}

#[tokio::test]
async fn what_names_nobody_or_no_page_is_refused() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let id = ada.account_id();
    for (body, field, code) in [
        (json!({}), "email", "one_of_email_account_id_required"),
        (json!({"email": "ada@example.com", "account_id": id}), "email", "one_of_email_account_id_required"),
        (json!({"account_id": id, "before": "yesterday"}), "before", "invalid_place"),
        (json!({"account_id": "acc_1"}), "account_id", "invalid_identifier"),
    ] {
        let answer = shop.orders_of(body.clone()).await;
        assert_eq!(answer.invalid_field(), (field.to_owned(), code.to_owned()), "{body}");
    }
    let answer = shop.ask("list-orders").bearer(&ada.access_token()).query("before=yesterday").send().await;
    assert_eq!(answer.invalid_field(), ("before".to_owned(), "invalid_place".to_owned()));
    Ok(())
}
