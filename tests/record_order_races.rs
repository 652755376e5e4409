//! Orders at the same moment, and whatever else happens to their customer then.

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::{Value, json};
use tests::{Answer, HeadStart, Outcome, Shop};

/// Tells of an order until it is taken: a shop repeats what was answered 503.
async fn insist(shop: &Shop, reference: &str, details: &Value) -> Answer {
    for _ in 0..50 {
        let answer = shop.order(reference, details.clone()).await;
        if answer.status != 503 {
            return answer;
        }
    }
    shop.order(reference, details.clone()).await
}

#[tokio::test]
async fn of_fifty_messages_of_one_order_one_is_counted() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    for (at, whose) in [json!({"account_id": ada.account_id()}), json!({"email": "guest@example.com"})].into_iter().enumerate() {
        let reference = format!("R-{at}");
        let answers = join_all((0..50).map(|_| insist(&shop, &reference, &whose))).await;
        let outcomes = |outcome: &str| answers.iter().filter(|answer| answer.text("/outcome") == outcome).count();
        assert_eq!((outcomes("recorded"), outcomes("unchanged")), (1, 49));
        let list = shop.orders_of(whose).await;
        assert_eq!(list.body["summary"]["count"], 1);
        assert_eq!(list.body["summary"]["spent"], json!({"EUR": 4_990}));
        assert_eq!(list.body["orders"].as_array().map(Vec::len), Some(1));
    }
    Ok(())
}

#[tokio::test]
async fn fifty_orders_at_once_are_all_counted() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    for whose in [json!({"account_id": ada.account_id()}), json!({"email": "guest@example.com"})] {
        let name = if whose.get("email").is_some() { "guest" } else { "own" };
        let answers = join_all((0..50).map(|number| {
            let mut details = whose.clone();
            details["placed_at"] = json!(format!("2026-11-01T10:00:{number:02}Z"));
            let (shop, reference) = (&shop, format!("{name}-{number}"));
            async move { insist(shop, &reference, &details).await }
        }))
        .await;
        assert!(answers.iter().all(|answer| answer.text("/outcome") == "recorded"));
        let list = shop.orders_of(whose).await;
        let summary = json!({"count": 50, "spent": {"EUR": 50 * 4_990}, "last_at": "2026-11-01T10:00:49Z"});
        assert_eq!(list.body["summary"], summary, "{name}");
        assert_eq!(list.body["orders"].as_array().map(Vec::len), Some(50));
    }
    Ok(())
}

#[tokio::test]
async fn of_many_refunds_at_once_the_newest_stands_and_the_sum_is_right() -> Outcome {
    let shop = Shop::open().await?;
    let whose = json!({"email": "guest@example.com", "placed_at": "2026-11-01T10:00:00Z"});
    insist(&shop, "R-1", &whose).await;
    let answers = join_all((1..=20).map(|number| {
        let mut details = whose.clone();
        details["refunded"] = json!(number * 100);
        details["changed_at"] = json!(format!("2026-11-02T10:00:{number:02}Z"));
        let shop = &shop;
        async move { insist(shop, "R-1", &details).await }
    }))
    .await;
    assert!(answers.iter().all(|answer| answer.status == 200));
    let list = shop.orders_of(json!({"email": "guest@example.com"})).await;
    assert_eq!((&list.body["orders"][0]["refunded"], &list.body["summary"]["spent"]), (&json!(2_000), &json!({"EUR": 2_990})));
    Ok(())
}

#[tokio::test]
async fn an_order_and_an_erasure_at_the_same_moment_leave_nothing_of_the_erased() -> Outcome {
    let mut seen = BTreeSet::new();
    for ahead in HeadStart::rounds(20) {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        let details = json!({"account_id": ada.account_id()});
        let delete = shop.ask("delete-account").bearer(&ada.access_token()).json(&json!({"mode": "erase"})).send();
        let (recorded, deleted) = shop.race(ahead, insist(&shop, "reference-of-ada", &details), delete).await;
        seen.insert(recorded.status);
        assert_eq!(deleted.status, 202, "{deleted:?}");
        assert!([200, 404].contains(&recorded.status), "{recorded:?}");
        shop.every_mail().await?;
        let table = shop.table().await?;
        assert!(!table.holds("ada@example.com") && !table.holds("reference-of-ada"));
        assert_eq!((table.of("ACCOUNT").count(), table.of("PROFILE").count(), table.of("GUEST").count()), (0, 0, 0));
    }
    assert_eq!(seen, BTreeSet::from([200, 404]), "both orders were seen");
    Ok(())
}

#[tokio::test]
async fn an_order_while_the_account_moves_goes_along() -> Outcome {
    for ahead in HeadStart::rounds(10) {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        let details = json!({"account_id": ada.account_id()});
        let (recorded, moved) = shop.race(ahead, insist(&shop, "R-1", &details), shop.moved(&ada, "ada@new.example")).await;
        assert_eq!(recorded.status, 200, "{recorded:?}");
        let list = shop.ask("list-orders").bearer(&moved?.text("/access_token")).send().await;
        assert_eq!(list.body["orders"].as_array().map(Vec::len), Some(1));
        let summary = shop.orders_of(json!({"account_id": ada.account_id()})).await.body["summary"]["count"].clone();
        assert_eq!(summary, 1);
        assert_eq!(shop.table().await?.of("PROFILE").count(), 1);
    }
    Ok(())
}

#[tokio::test]
async fn a_guest_who_signs_up_meanwhile_loses_no_order() -> Outcome {
    for ahead in HeadStart::rounds(10) {
        let shop = Shop::open().await?;
        let details = json!({"email": "ada@example.com"});
        let (recorded, ada) = shop.race(ahead, insist(&shop, "R-1", &details), shop.customer("ada@example.com")).await;
        assert_eq!(recorded.status, 200);
        let list = shop.orders_of(json!({"account_id": ada?.account_id()})).await;
        assert_eq!(list.body["summary"]["count"], 1);
    }
    Ok(())
}
