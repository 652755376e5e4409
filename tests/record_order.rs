//! `record-order`: an order counts once, with whom it belongs to, and stands as it was last told of.

use std::net::Ipv4Addr;

use serde_json::{Value, json};
use shared::domain::role::Role;
use tests::{Answer, Failure, Outcome, Shop, text};

/// The references that a list has, the newest first.
fn references(list: &Answer) -> Vec<String> {
    let orders = list.body["orders"].as_array().cloned().unwrap_or_default();
    orders.iter().map(|order| order["reference"].as_str().unwrap_or_default().to_owned()).collect()
}

async fn own(shop: &Shop, access_token: &str) -> Vec<String> {
    references(&shop.ask("list-orders").bearer(access_token).send().await)
}

#[tokio::test]
async fn an_order_is_told_back_as_it_stands() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let answer = shop
        .order(" R-1042 ", json!({"account_id": ada.account_id(), "placed_at": "2026-11-01T09:00:00.25+01:00", "currency": "eur"}))
        .await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let mut told = answer.body.clone();
    assert!(told["order_id"].as_str().is_some_and(|id| id.starts_with("ord_")));
    told["order_id"] = json!("");
    let stands = json!({"outcome": "recorded", "order_id": "", "reference": "R-1042", "signed_in": true, "placed_at": "2026-11-01T08:00:00Z",
        "currency": "EUR", "total": 4_990, "refunded": 0, "cancelled": false, "changed_at": "2026-11-01T08:00:00Z"});
    assert_eq!(told, stands);
    Ok(())
}

#[tokio::test]
async fn an_order_that_is_told_again_is_the_same_one_and_writes_nothing() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    for whose in [json!({"account_id": ada.account_id()}), json!({"email": "guest@example.com"})] {
        let reference = whose.to_string().len().to_string();
        assert_eq!(shop.order(&reference, whose.clone()).await.text("/outcome"), "recorded");
        let before = shop.table().await?.0;
        let again = shop.order(&reference, whose.clone()).await;
        assert_eq!((again.status, again.text("/outcome")), (200, "unchanged".to_owned()));
        assert!(shop.table().await?.0 == before, "{whose}");
        assert_eq!(shop.orders_of(whose).await.body["summary"]["count"], 1);
    }
    Ok(())
}

#[tokio::test]
async fn refunds_and_cancellations_change_what_was_spent_and_come_in_any_order() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let day = |day: u32| format!("2026-11-{day:02}T10:00:00Z");
    let order = |reference: &'static str, more: Value| {
        let mut details = json!({"account_id": ada.account_id(), "placed_at": day(1)});
        details.as_object_mut().into_iter().for_each(|details| details.extend(more.as_object().cloned().unwrap_or_default()));
        shop.order(reference, details)
    };
    let summary = async || shop.orders_of(json!({"account_id": ada.account_id()})).await.body["summary"].clone();
    let comes_to = |count: u32, spent: Value| json!({"count": count, "spent": spent, "last_at": day(1)});

    order("A", json!({})).await;
    order("B", json!({"total": 1_000, "currency": "USD"})).await;
    assert_eq!(summary().await, comes_to(2, json!({"EUR": 4_990, "USD": 1_000})));

    let refund = json!({"refunded": 990, "changed_at": day(5)});
    assert_eq!(order("A", refund.clone()).await.text("/outcome"), "changed");
    assert_eq!(summary().await, comes_to(2, json!({"EUR": 4_000, "USD": 1_000})));

    // The first message comes once more, late: it is older than what is known.
    let late = order("A", json!({})).await;
    assert_eq!((late.text("/outcome"), late.body["refunded"].clone()), ("unchanged".to_owned(), json!(990)));
    assert_eq!(order("A", json!({"total": 1, "changed_at": day(4)})).await.text("/outcome"), "unchanged");
    assert_eq!(summary().await, comes_to(2, json!({"EUR": 4_000, "USD": 1_000})));

    assert_eq!(order("A", json!({"cancelled": true, "refunded": 4_990, "changed_at": day(6)})).await.text("/outcome"), "changed");
    assert_eq!(summary().await, comes_to(1, json!({"USD": 1_000})));
    // It was a mistake.
    assert_eq!(order("A", json!({"changed_at": day(7)})).await.text("/outcome"), "changed");
    assert_eq!(summary().await, comes_to(2, json!({"EUR": 4_990, "USD": 1_000})));
    // A correction within the same second.
    assert_eq!(order("A", json!({"total": 5_000, "changed_at": day(7)})).await.text("/outcome"), "changed");
    assert_eq!(summary().await, comes_to(2, json!({"EUR": 5_000, "USD": 1_000})));
    Ok(())
}

#[tokio::test]
async fn a_reference_is_one_order_of_one_customer_moment_and_currency() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let bob = shop.customer("bob@example.com").await?;
    shop.order("R-1", json!({"account_id": ada.account_id()})).await;
    let before = shop.table().await?.0;
    for other in [
        json!({"account_id": bob.account_id()}),
        json!({"email": ada.email}),
        json!({"email": "guest@example.com"}),
        json!({"account_id": ada.account_id(), "signed_in": false}),
        json!({"account_id": ada.account_id(), "currency": "USD"}),
        json!({"account_id": ada.account_id(), "placed_at": "2026-11-01T10:00:00Z"}),
    ] {
        let answer = shop.order("R-1", other.clone()).await;
        assert_eq!(answer.refusal(), (409, "conflict".to_owned()), "{other}");
    }
    assert!(shop.table().await?.0 == before, "nothing was written");
    // Another spelling is another order, and another shop has its own.
    assert_eq!(shop.order("r-1", json!({"account_id": bob.account_id()})).await.text("/outcome"), "recorded");
    shop.open_beside("other").await?;
    let key = shop.key_at("other", Role::Checkout).await?;
    let body = json!({"email": "ada@example.com", "reference": "R-1", "total": 1, "currency": "EUR", "placed_at": "2026-11-01T10:00:00Z",
        "signed_in": false});
    let there = shop.ask("record-order").at("other").bearer(&key).json(&body).send().await;
    assert_eq!(there.text("/outcome"), "recorded");
    Ok(())
}

#[tokio::test]
async fn customers_see_what_they_have_ordered_signed_in_and_staff_see_all_of_it() -> Outcome {
    let shop = Shop::open().await?;
    let email = "ada@example.com";
    // A guest, who then opens an account.
    shop.order("guest-1", json!({"email": email})).await;
    assert_eq!(references(&shop.orders_of(json!({"email": email})).await), ["guest-1"]);
    let ada = shop.customer(email).await?;
    shop.wait(10);
    shop.order("own-1", json!({"account_id": ada.account_id()})).await;
    shop.wait(10);
    shop.order("guest-2", json!({"email": email})).await;
    shop.wait(10);
    shop.order("by-phone", json!({"account_id": ada.account_id(), "signed_in": false})).await;

    assert_eq!(own(&shop, &ada.access_token()).await, ["own-1"]);
    for whose in [json!({"email": email}), json!({"account_id": ada.account_id()})] {
        let list = shop.orders_of(whose.clone()).await;
        assert_eq!(references(&list), ["by-phone", "guest-2", "own-1", "guest-1"], "{whose}");
        assert_eq!(list.body["summary"], json!({"count": 4, "spent": {"EUR": 4 * 4_990}, "last_at": shop.clock.now().rfc3339()}));
    }
    Ok(())
}

#[tokio::test]
async fn an_address_that_is_recorded_tells_nothing_of_itself_to_the_public() -> Outcome {
    let shop = Shop::open().await?;
    shop.order("guest-1", json!({"email": "guest@example.com"})).await;
    for operation in ["create-account", "send-code", "forgot-password"] {
        // The first request of a process to a store learns that there is one.
        shop.ask(operation).from(shop.another_network()).json(&json!({"email": "first@example.com"})).send().await;
        let mut asked = Vec::new();
        for email in ["guest@example.com", "nobody@example.com"] {
            shop.wait(60);
            shop.round_trips.reset();
            let answer = shop.ask(operation).from(shop.another_network()).json(&json!({"email": email})).send().await;
            asked.push((answer.class(), shop.round_trips.calls(), shop.round_trips.in_sequence()));
        }
        assert_eq!(asked[0], asked[1], "{operation}");
    }
    let guest = shop.customer("guest@example.com").await?;
    assert_eq!(guest.session.body["account"]["is_new"], true, "an order is no account");
    Ok(())
}

#[tokio::test]
async fn a_customer_who_closes_and_returns_finds_the_orders_again() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.order("before", json!({"account_id": ada.account_id()})).await;
    assert_eq!(shop.ask("delete-account").bearer(&ada.access_token()).json(&json!({"mode": "close"})).send().await.status, 202);
    shop.wait(60);
    // What the shop learns late, it can still tell.
    assert_eq!(shop.order("late", json!({"account_id": ada.account_id()})).await.status, 200);
    assert_eq!(references(&shop.orders_of(json!({"account_id": ada.account_id()})).await), ["late", "before"]);
    assert_eq!(shop.table().await?.account(&ada.email).map(|account| text(account, "status")), Some("closed".to_owned()));

    let (challenge, code) = shop.challenge(&ada.email, "sign-in").await?;
    let session = shop.post("verify-code", json!({"challenge_id": challenge, "code": code})).await;
    assert_eq!(own(&shop, &session.text("/access_token")).await, ["late", "before"]);
    Ok(())
}

#[tokio::test]
async fn orders_follow_the_account_to_another_address_and_a_guests_stay_with_theirs() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.order("own", json!({"account_id": ada.account_id()})).await;
    shop.order("guest-at-old", json!({"email": "ada@example.com"})).await;
    shop.order("guest-at-new", json!({"email": "ada@new.example"})).await;
    let moved = shop.moved(&ada, "ada@new.example").await?;

    assert_eq!(own(&shop, &moved.text("/access_token")).await, ["own"]);
    let mut at_new = references(&shop.orders_of(json!({"account_id": ada.account_id()})).await);
    at_new.sort();
    assert_eq!(at_new, ["guest-at-new", "own"]);
    assert_eq!(references(&shop.orders_of(json!({"email": "ada@example.com"})).await), ["guest-at-old"]);
    // The history goes on there, refunds included.
    let order = json!({"account_id": ada.account_id(), "placed_at": "2026-11-18T10:00:00Z"});
    assert_eq!(shop.order("after", order).await.text("/outcome"), "recorded");
    assert_eq!(own(&shop, &moved.text("/access_token")).await.len(), 2);
    Ok(())
}

#[tokio::test]
async fn an_erased_customers_orders_lead_to_nobody_and_nobody_can_tell_which_they_were() -> Outcome {
    for by_staff in [false, true] {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada.byron@example.com").await?;
        shop.order("reference-of-ada", json!({"account_id": ada.account_id()})).await;
        shop.order("reference-of-a-guest", json!({"email": ada.email})).await;
        let seeds = seeds(&shop).await?;
        assert_eq!(seeds.len(), 2);

        let erased = if by_staff {
            let body = json!({"email": ada.email, "mode": "erase", "note": "Asked for by letter."});
            shop.ask("admin/delete-account").bearer(&shop.owner_key).json(&body).send().await
        } else {
            shop.ask("delete-account").bearer(&ada.access_token()).json(&json!({"mode": "erase"})).send().await
        };
        assert_eq!(erased.status, 202);
        shop.every_mail().await?;

        let table = shop.table().await?;
        for gone in ["byron", "reference-of-ada", "reference-of-a-guest"].into_iter().chain(seeds.iter().map(String::as_str)) {
            assert!(!table.holds(gone), "{gone}");
        }
        let email_key = shop.email_key(&ada.email).await?.encoded();
        let left: Vec<_> = table.0.iter().filter(|item| format!("{item:?}").contains(&email_key)).map(|item| text(item, "sk")).collect();
        assert!(left.iter().all(|sk| sk == "LIMIT"), "{left:?}");
        for order in table.of("ORDER") {
            let mut names: Vec<_> = order.keys().map(String::as_str).filter(|name| *name != "last_write").collect();
            names.sort_unstable();
            let kept = [
                "cancelled",
                "changed_at",
                "currency",
                "list",
                "order_id",
                "pk",
                "place",
                "placed_at",
                "reference",
                "refunded",
                "signed_in",
                "sk",
                "total",
            ];
            assert_eq!(names, kept);
            assert!(!format!("{order:?}").contains(&ada.account_id()));
        }

        // Late messages bring nobody back.
        let late = shop.order("reference-of-ada", json!({"account_id": ada.account_id(), "refunded": 1})).await;
        assert_eq!(late.refusal(), (404, "not_found".to_owned()));
        let late = shop.order("reference-of-a-guest", json!({"email": ada.email, "refunded": 1})).await;
        assert_eq!(late.refusal(), (409, "conflict".to_owned()));
        assert!(!shop.table().await?.holds("byron"));
        let list = shop.orders_of(json!({"email": ada.email})).await;
        assert_eq!(list.body, json!({"summary": {"count": 0, "spent": {}, "last_at": null}, "orders": [], "next": null}));
    }
    Ok(())
}

/// The secrets of the histories that the table has.
async fn seeds(shop: &Shop) -> Result<Vec<String>, Failure> {
    let table = shop.table().await?;
    Ok(table.0.iter().map(|item| text(item, "history")).filter(|seed| !seed.is_empty()).collect())
}

#[tokio::test]
async fn a_guest_without_an_account_can_be_erased_by_the_address() -> Outcome {
    let shop = Shop::open().await?;
    shop.order("guest-1", json!({"email": "guest@example.com"})).await;
    let delete = async |email: &str, mode: &str| {
        let body = json!({"email": email, "mode": mode, "note": "Asked for by letter."});
        shop.ask("admin/delete-account").bearer(&shop.owner_key).json(&body).send().await
    };
    assert_eq!(delete("guest@example.com", "close").await.refusal(), (409, "conflict".to_owned()));
    assert_eq!(delete("nobody@example.com", "erase").await.refusal(), (404, "not_found".to_owned()));
    let mails = shop.every_mail().await?.len();
    assert_eq!(delete("guest@example.com", "erase").await.status, 202);
    assert!(!shop.table().await?.holds("guest@example.com"));
    assert_eq!(shop.every_mail().await?.len(), mails, "nobody is mailed who has no account");
    assert_eq!(delete("guest@example.com", "erase").await.refusal(), (404, "not_found".to_owned()));
    Ok(())
}

#[tokio::test]
async fn an_export_has_the_customers_own_orders() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.order("guest", json!({"email": ada.email})).await;
    shop.order("own", json!({"account_id": ada.account_id(), "refunded": 90})).await;
    let export = shop.ask("export-account").bearer(&ada.access_token()).send().await;
    let mut orders = references(&export);
    orders.sort();
    assert_eq!(orders, ["guest", "own"], "and those that were placed at the proved address without an account");
    let own = export.body["orders"].as_array().and_then(|orders| orders.iter().find(|order| order["reference"] == "own"));
    assert_eq!(own.map(|order| &order["refunded"]), Some(&json!(90)));
    Ok(())
}

#[tokio::test]
async fn a_checkouts_key_records_and_is_recorded_without_the_reference() -> Outcome {
    let shop = Shop::open().await?;
    let key = shop.key(Role::Checkout).await?;
    let body = json!({"email": "guest@example.com", "reference": "reference-of-a-guest", "total": 1, "currency": "EUR",
        "placed_at": "2026-11-01T10:00:00Z", "signed_in": false});
    let request = shop.ask("record-order").bearer(&key).from(Ipv4Addr::new(198, 51, 100, 7)).json(&body);
    let answer = request.send().await;
    assert_eq!(answer.status, 200);
    let table = shop.table().await?;
    let record = table.0.iter().find(|item| text(item, "action") == "record-order").ok_or("nothing was recorded")?;
    assert_eq!((text(record, "subject"), text(record, "from")), (answer.text("/order_id"), "198.51.100.7".to_owned()));
    assert!(!format!("{record:?}").contains("reference-of-a-guest"));
    assert!(!table.holds("reference-of-a-guest"), "a reference is sealed from the beginning");
    Ok(())
}

#[tokio::test]
async fn what_is_no_order_is_refused_by_its_field() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let of_ada = |name: &str, value: Value| {
        let mut details = json!({"account_id": ada.account_id()});
        details[name] = value;
        details
    };
    for (details, field, code) in [
        (json!({}), "email", "one_of_email_account_id_required"),
        (of_ada("email", json!("ada@example.com")), "email", "one_of_email_account_id_required"),
        (json!({"email": "ada@example.com", "signed_in": true}), "account_id", "required_when_signed_in"),
        (of_ada("reference", json!(" ")), "reference", "empty"),
        (of_ada("reference", json!("R".repeat(65))), "reference", "too_long"),
        (of_ada("reference", json!("R\u{7}1")), "reference", "invalid_characters"),
        (of_ada("total", json!(-1)), "total", "wrong_type"),
        (of_ada("total", json!(49.9)), "total", "wrong_type"),
        (of_ada("total", json!("4990")), "total", "wrong_type"),
        (of_ada("total", json!(1_000_000_000_000_u64)), "total", "too_large"),
        (of_ada("refunded", json!(4_991)), "refunded", "more_than_total"),
        (of_ada("currency", json!("euro")), "currency", "unknown_currency"),
        (of_ada("currency", json!("XYZ")), "currency", "unknown_currency"),
        (of_ada("placed_at", json!("2026-11-01")), "placed_at", "invalid_moment"),
        (of_ada("placed_at", json!(1_795_000_000)), "placed_at", "wrong_type"),
        (of_ada("placed_at", json!("2026-12-24T10:00:00Z")), "placed_at", "in_the_future"),
        (of_ada("changed_at", json!("2026-12-24T10:00:00Z")), "changed_at", "in_the_future"),
        (of_ada("changed_at", json!("2026-11-01T10:00:00Z")), "changed_at", "before_placed_at"),
        (of_ada("signed_in", json!("yes")), "signed_in", "wrong_type"),
        (of_ada("paid", json!(true)), "", "unknown_field"),
    ] {
        let answer = shop.order("R-1", details.clone()).await;
        assert_eq!(answer.invalid_field(), (field.to_owned(), code.to_owned()), "{details}");
    }
    let nobody = shop.order("R-1", json!({"account_id": "acc_aaaaaaaaaaaaaaaaaaaaaaaaaa"})).await;
    assert_eq!(nobody.refusal(), (404, "not_found".to_owned()));
    assert_eq!(shop.table().await?.of("ORDER").count(), 0);
    Ok(())
}
