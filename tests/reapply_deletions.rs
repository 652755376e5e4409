//! `reapply-deletions`: whoever was deleted stays deleted in an older copy of the table, and nobody else is touched.

use serde_json::{Value, json};
use shared::{
    domain::account::AccountStatus,
    operations::{create_store::CreateStore, reapply_deletions::ReapplyDeletions},
};
use tests::{Customer, Failure, Item, Outcome, Shop, Table, text};

const NOTE: &str = "The table was restored.";

/// Deletes an account by its customer, who has just signed in.
async fn delete(shop: &Shop, customer: &Customer, mode: &str) -> Outcome {
    let answer = shop.ask("delete-account").bearer(&customer.access_token()).json(&json!({"mode": mode})).send().await;
    if answer.status == 202 { Ok(()) } else { Err(format!("not deleted: {answer:?}").into()) }
}

/// Signs in by code, or up where there is no account.
async fn come_back(shop: &Shop, email: &str) -> Outcome {
    shop.wait(60);
    let (challenge, code) = shop.challenge(email, "sign-in").await?;
    let session = shop.post("verify-code", json!({"challenge_id": challenge, "code": code})).await;
    if session.status == 200 { Ok(()) } else { Err(format!("not back: {session:?}").into()) }
}

/// A copy of the table, and the moment that it is of.
async fn copy(shop: &Shop) -> Result<(Table, String), Failure> {
    // What is on its way is sent by the table that it was written to.
    shop.every_mail().await?;
    shop.wait(60);
    let copied = (shop.table().await?, shop.clock.now().rfc3339());
    shop.wait(60);
    Ok(copied)
}

/// Puts the copy in the table's place, as a restore does: the ledger is another table.
async fn restore(shop: &Shop, copy: &Table) -> Outcome {
    shop.every_mail().await?;
    let key =
        |item: &Item| item.iter().filter(|(name, _)| ["pk", "sk"].contains(&name.as_str())).map(|(k, v)| (k.clone(), v.clone())).collect();
    for item in shop.table().await?.0 {
        shop.dynamodb().delete_item().table_name(shop.table_name()).set_key(Some(key(&item))).send().await?;
    }
    for item in &copy.0 {
        shop.dynamodb().put_item().table_name(shop.table_name()).set_item(Some(item.clone())).send().await?;
    }
    Ok(())
}

/// Has all of it made again, page by page; tells what was done on all pages together, and how many there were.
async fn reapply(shop: &Shop, from: &str) -> Result<(Value, u32), Failure> {
    let (mut done, mut pages) = (json!({"closed": 0, "reopened": 0, "erased": 0, "forgotten": 0, "unchanged": 0}), 0);
    let mut after = Value::Null;
    loop {
        let page = shop.invoke::<ReapplyDeletions>(json!({"from": from, "after": after, "note": NOTE})).await;
        for (name, number) in done.as_object_mut().into_iter().flatten() {
            let more = page[name].as_u64().ok_or_else(|| format!("not done: {page}"))?;
            *number = (number.as_u64().unwrap_or_default() + more).into();
        }
        (pages, after) = (pages + 1, page["next"].clone());
        if after.is_null() {
            return Ok((done, pages));
        }
    }
}

fn done(closed: u32, reopened: u32, erased: u32, forgotten: u32, unchanged: u32) -> Value {
    json!({"closed": closed, "reopened": reopened, "erased": erased, "forgotten": forgotten, "unchanged": unchanged})
}

async fn standing(shop: &Shop, email: &str) -> Result<Option<AccountStatus>, Failure> {
    Ok(shop.account(email).await?.map(|account| account.status))
}

#[tokio::test]
async fn whoever_was_deleted_does_not_come_back_with_an_older_copy() -> Outcome {
    let shop = Shop::open().await?;
    let (ada, grace, joan) =
        (shop.customer("ada@example.com").await?, shop.customer("grace@example.com").await?, shop.customer("joan@example.com").await?);
    let address = json!({"country": "FR", "street": ["12 rue de Rivoli"], "postal_code": "75001", "city": "Paris"});
    for customer in [&ada, &grace] {
        let told = json!({"shipping_address": address});
        assert_eq!(shop.ask("update-account").bearer(&customer.access_token()).json(&told).send().await.status, 200);
    }
    shop.wait(60);
    shop.challenge(&grace.email, "delete-account").await?;
    let (copied, moment) = copy(&shop).await?;
    let untouched: Vec<_> = shop.table().await?.account(&joan.email).cloned().into_iter().collect();

    delete(&shop, &ada, "close").await?;
    delete(&shop, &grace, "erase").await?;
    restore(&shop, &copied).await?;
    assert!(shop.table().await?.holds("grace@example.com"), "she is back");
    let mails = shop.every_mail().await?.len();

    assert_eq!(reapply(&shop, &moment).await?, (done(1, 0, 1, 0, 1), 1), "a guest there was none of at her address");

    let table = shop.table().await?;
    assert!(!table.holds("grace@example.com") && !table.holds("12 rue de Rivoli"));
    let pointer = table.of("ID").find(|item| text(item, "account_id") == grace.account_id()).ok_or("no pointer")?;
    assert!(pointer.contains_key("erased_at") && !pointer.contains_key("email_key"));
    let closed = table.account(&ada.email).ok_or("closed, not erased")?;
    assert_eq!((text(closed, "status"), closed.contains_key("password")), ("closed".to_owned(), false));
    assert_eq!(table.sessions(&ada.email), Vec::<String>::new());
    assert_eq!(table.account(&joan.email).cloned().into_iter().collect::<Vec<_>>(), untouched, "nobody else is touched");
    assert_eq!(shop.every_mail().await?.len(), mails, "nobody is told twice");

    for (customer, status) in [(&ada, 401), (&grace, 401), (&joan, 200)] {
        let login = shop.post("login", json!({"email": customer.email, "password": customer.password})).await;
        assert_eq!(login.status, status, "{}", customer.email);
    }
    Ok(())
}

#[tokio::test]
async fn what_is_made_again_is_recorded_with_the_operators_note() -> Outcome {
    let shop = Shop::open().await?;
    let (ada, grace) = (shop.customer("ada@example.com").await?, shop.customer("grace@example.com").await?);
    let (copied, moment) = copy(&shop).await?;
    delete(&shop, &ada, "close").await?;
    delete(&shop, &grace, "erase").await?;
    restore(&shop, &copied).await?;
    reapply(&shop, &moment).await?;

    let table = shop.table().await?;
    for (customer, action) in [(ada, "close-account"), (grace, "erase-account")] {
        let record = table.audit().find(|item| text(item, "action") == action).ok_or("nothing was recorded")?;
        assert_eq!((text(record, "subject"), text(record, "note")), (customer.account_id(), NOTE.to_owned()));
        assert_eq!(text(record["actor"].as_m().map_err(|_| "no actor")?, "kind"), "operator");
    }
    Ok(())
}

#[tokio::test]
async fn it_may_be_made_as_often_as_one_likes_and_from_any_earlier_moment() -> Outcome {
    let shop = Shop::open().await?;
    let beginning = shop.clock.now().rfc3339();
    let (ada, grace, joan) =
        (shop.customer("ada@example.com").await?, shop.customer("grace@example.com").await?, shop.customer("joan@example.com").await?);
    // Before the copy: closed and back, and erased and somebody new.
    delete(&shop, &joan, "close").await?;
    come_back(&shop, &joan.email).await?;
    let dora = shop.customer("dora@example.com").await?;
    delete(&shop, &dora, "erase").await?;
    come_back(&shop, &dora.email).await?;
    let (copied, _) = copy(&shop).await?;
    delete(&shop, &ada, "close").await?;
    delete(&shop, &grace, "erase").await?;
    restore(&shop, &copied).await?;

    let (first, _) = reapply(&shop, &beginning).await?;
    assert_eq!(first, done(1, 0, 1, 0, 5), "what the copy has already is left as it is");
    let after = shop.table().await?;
    for email in [&joan.email, &dora.email] {
        assert_eq!(standing(&shop, email).await?, Some(AccountStatus::Active), "{email}");
    }
    let (second, _) = reapply(&shop, &beginning).await?;
    assert_eq!(second, done(0, 0, 0, 0, 7));
    assert_eq!(shop.table().await?.0, after.0);

    // And after the shop has opened again.
    come_back(&shop, &ada.email).await?;
    come_back(&shop, &grace.email).await?;
    let before = (shop.table().await?.account(&ada.email).cloned(), shop.table().await?.account(&grace.email).cloned());
    let (third, _) = reapply(&shop, &beginning).await?;
    assert_eq!((&third["closed"], &third["erased"]), (&json!(0), &json!(0)));
    let table = shop.table().await?;
    assert_eq!((table.account(&ada.email).cloned(), table.account(&grace.email).cloned()), before, "who has come back is let be");
    Ok(())
}

#[tokio::test]
async fn whoever_closed_an_account_and_came_back_keeps_it_without_what_was_closed() -> Outcome {
    let shop = Shop::open().await?;
    let (by_code, by_link) = (shop.customer("ada@example.com").await?, shop.customer("grace@example.com").await?);
    let address = json!({"country": "FR", "street": ["12 rue de Rivoli"], "postal_code": "75001", "city": "Paris"});
    let told = json!({"shipping_address": address});
    assert_eq!(shop.ask("update-account").bearer(&by_code.access_token()).json(&told).send().await.status, 200);
    let (before, moment) = copy(&shop).await?;
    for customer in [&by_code, &by_link] {
        delete(&shop, customer, "close").await?;
    }
    let (between, later) = copy(&shop).await?;
    come_back(&shop, &by_code.email).await?;
    shop.post("forgot-password", json!({"email": by_link.email})).await;
    let link = shop.link_token(&by_link.email).await?;
    assert_eq!(shop.post("reset-password", json!({"token": link, "password": "another password"})).await.status, 204);

    for (copied, moment, closed) in [(before, moment, 2), (between, later, 0)] {
        restore(&shop, &copied).await?;
        let (made, _) = reapply(&shop, &moment).await?;
        assert_eq!((&made["closed"], &made["reopened"]), (&json!(closed), &json!(2)));
        for customer in [&by_code, &by_link] {
            let account = shop.account(&customer.email).await?.ok_or("gone")?;
            assert_eq!((account.id.as_str(), account.status), (customer.account_id().as_str(), AccountStatus::Active));
            assert!(account.password.is_none() && account.sessions.is_empty(), "what was closed stays closed");
            assert_eq!(shop.post("login", json!({"email": customer.email, "password": customer.password})).await.status, 401);
        }
        assert!(!shop.table().await?.holds("12 rue de Rivoli"));
        assert_eq!(reapply(&shop, &moment).await?.0["unchanged"], json!(closed + 2), "once");
    }
    Ok(())
}

#[tokio::test]
async fn a_hold_that_stood_in_the_copy_does_not_stand_in_the_way() -> Outcome {
    let shop = Shop::open().await?;
    let (ada, grace) = (shop.customer("ada@example.com").await?, shop.customer("grace@example.com").await?);
    shop.hold(&ada.email).await?;
    shop.hold(&grace.email).await?;
    let (copied, moment) = copy(&shop).await?;
    for (customer, mode) in [(&ada, "close"), (&grace, "erase")] {
        let lift = json!({"account_id": customer.account_id(), "kind": "subscription", "action": "lift", "note": "over"});
        assert_eq!(shop.ask("hold-account").bearer(&shop.owner_key).json(&lift).send().await.status, 200);
        delete(&shop, customer, mode).await?;
    }
    restore(&shop, &copied).await?;
    assert_eq!(reapply(&shop, &moment).await?.0, done(1, 0, 1, 0, 1));
    assert_eq!((standing(&shop, &ada.email).await?, standing(&shop, &grace.email).await?), (Some(AccountStatus::Closed), None));
    Ok(())
}

#[tokio::test]
async fn an_account_is_erased_wherever_it_stands_in_the_copy_and_guests_by_their_address() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("old@example.com").await?;
    for (reference, email) in [("1", "old@example.com"), ("2", "new@example.com"), ("3", "guest@example.com")] {
        assert_eq!(shop.order(reference, json!({"email": email})).await.status, 200);
    }
    let (copied, moment) = copy(&shop).await?;
    let moved = shop.moved(&ada, "new@example.com").await?;
    let erase = json!({"mode": "erase"});
    assert_eq!(shop.ask("delete-account").bearer(&moved.text("/access_token")).json(&erase).send().await.status, 202);
    let of_guest = json!({"email": "guest@example.com", "mode": "erase", "note": "asked for by letter"});
    assert_eq!(shop.ask("admin/delete-account").bearer(&shop.owner_key).json(&of_guest).send().await.status, 202);

    restore(&shop, &copied).await?;
    assert_eq!(reapply(&shop, &moment).await?.0, done(0, 0, 1, 2, 0));
    let table = shop.table().await?;
    assert_eq!(table.of("ACCOUNT").count(), 0);
    assert!(!table.holds("new@example.com") && !table.holds("guest@example.com"));
    let left: Vec<_> = table.of("GUEST").map(|item| text(item, "email")).collect();
    assert_eq!(left, ["old@example.com"], "what was bought from the old address as a guest was never erased");
    Ok(())
}

#[tokio::test]
async fn what_staff_wrote_of_an_erased_customer_is_gone_from_the_copy_as_well() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let block = json!({"type": "email", "value": ada.email, "reason_code": "abuse", "note": "Insulted the staff.", "scopes": ["checkout"]});
    assert_eq!(shop.ask("create-block").bearer(&shop.owner_key).json(&block).send().await.status, 201);
    let (copied, moment) = copy(&shop).await?;
    delete(&shop, &ada, "erase").await?;
    restore(&shop, &copied).await?;
    assert!(shop.table().await?.of("BLOCK").any(|item| text(item, "note") == "Insulted the staff."), "it is back");

    assert_eq!(reapply(&shop, &moment).await?.0, done(0, 0, 1, 0, 1));

    let blocks: Vec<_> = shop.table().await?.of("BLOCK").map(|item| (text(item, "note"), text(item, "value"))).collect();
    assert_eq!(blocks, [(String::new(), String::new())]);
    Ok(())
}

#[tokio::test]
async fn a_guest_who_has_begun_to_buy_since_is_let_be() -> Outcome {
    let shop = Shop::open().await?;
    let beginning = shop.clock.now().rfc3339();
    shop.order("1", json!({"email": "guest@example.com"})).await;
    shop.wait(60);
    let of_guest = json!({"email": "guest@example.com", "mode": "erase", "note": "asked for by letter"});
    assert_eq!(shop.ask("admin/delete-account").bearer(&shop.owner_key).json(&of_guest).send().await.status, 202);
    shop.wait(60);
    shop.order("2", json!({"email": "guest@example.com"})).await;
    let before = shop.table().await?;
    assert_eq!(reapply(&shop, &beginning).await?.0, done(0, 0, 0, 0, 1));
    assert_eq!(shop.table().await?.0, before.0);
    Ok(())
}

#[tokio::test]
async fn many_deletions_on_many_days_come_in_pages_and_none_is_missed() -> Outcome {
    let shop = Shop::open().await?;
    let mut customers = Vec::new();
    for number in 0..6 {
        customers.push(shop.customer(&format!("c{number}@example.com")).await?);
        shop.wait_a_day();
    }
    for number in 0..120 {
        shop.brought_along(&format!("b{number}@example.com")).await?;
    }
    let (copied, moment) = copy(&shop).await?;
    for customer in &customers {
        let erase = json!({"account_id": customer.account_id(), "mode": "erase", "note": "asked for"});
        assert_eq!(shop.ask("admin/delete-account").bearer(&shop.owner_key).json(&erase).send().await.status, 202);
        shop.wait_a_day();
    }
    for number in 0..120 {
        let email = format!("b{number}@example.com");
        let erase = json!({"email": email, "mode": "erase", "note": "asked for"});
        assert_eq!(shop.ask("admin/delete-account").bearer(&shop.owner_key).json(&erase).send().await.status, 202, "{email}");
    }
    restore(&shop, &copied).await?;
    assert_eq!(shop.table().await?.of("ACCOUNT").count(), 126);

    let (made, pages) = reapply(&shop, &moment).await?;
    assert_eq!(made, done(0, 0, 126, 0, 126));
    assert!(pages >= 9, "a page for each day, and three of a hundred entries for the last: {pages}");
    assert_eq!(shop.table().await?.of("ACCOUNT").count(), 0);
    Ok(())
}

#[tokio::test]
async fn a_page_that_was_cut_off_is_made_again_from_where_it_was() -> Outcome {
    let shop = Shop::open().await?;
    let (ada, grace) = (shop.customer("ada@example.com").await?, shop.customer("grace@example.com").await?);
    let (copied, moment) = copy(&shop).await?;
    delete(&shop, &ada, "erase").await?;
    shop.wait_a_day();
    let erase = json!({"account_id": grace.account_id(), "mode": "erase", "note": "asked for"});
    assert_eq!(shop.ask("admin/delete-account").bearer(&shop.owner_key).json(&erase).send().await.status, 202);
    restore(&shop, &copied).await?;

    let first = shop.invoke::<ReapplyDeletions>(json!({"from": moment, "note": NOTE})).await;
    assert_eq!(
        (&first["erased"], standing(&shop, &grace.email).await?),
        (&json!(1), Some(AccountStatus::Active)),
        "the next day's is to come"
    );
    let second = json!({"from": moment, "after": first["next"], "note": NOTE});
    for erased in [1, 0] {
        assert_eq!(shop.invoke::<ReapplyDeletions>(second.clone()).await["erased"], json!(erased));
    }
    assert_eq!(shop.table().await?.of("ACCOUNT").count(), 0);
    Ok(())
}

#[tokio::test]
async fn the_ledger_says_nothing_personal_and_not_who_was_where() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.order("1", json!({"email": ada.email})).await;
    delete(&shop, &ada, "close").await?;
    come_back(&shop, &ada.email).await?;
    let erase = json!({"account_id": ada.account_id(), "mode": "erase", "note": "her words"});
    assert_eq!(shop.ask("admin/delete-account").bearer(&shop.owner_key).json(&erase).send().await.status, 202);

    let ledger = shop.ledger().await?;
    let events: Vec<_> = ledger.0.iter().map(|item| text(item, "event")).collect();
    assert_eq!((ledger.0.len(), events.iter().filter(|event| *event == "erased").count()), (4, 1), "{events:?}");
    for personal in ["ada@example.com", "Ada", "her words", "192.0.2.1"] {
        assert!(!ledger.holds(personal), "{personal}");
    }
    let digest = shop.email_key(&ada.email).await?.encoded();
    for entry in &ledger.0 {
        let entry = format!("{entry:?}");
        assert!(!(entry.contains(&digest) && entry.contains(&ada.account_id())), "{entry}");
    }
    let kept = |item: &Item| {
        let number = |name: &str| item[name].as_n().ok().and_then(|number| number.parse::<i64>().ok()).unwrap_or_default();
        number("exp") - number("at")
    };
    assert!(ledger.0.iter().all(|item| kept(item) == 400 * 24 * 60 * 60), "longer than any backup may be kept");
    Ok(())
}

#[tokio::test]
async fn a_deletion_that_is_refused_is_not_in_the_ledger() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.hold(&ada.email).await?;
    let refused = shop.ask("delete-account").bearer(&ada.access_token()).json(&json!({"mode": "erase"})).send().await;
    assert_eq!((refused.status, shop.ledger().await?.0.len()), (409, 0));
    Ok(())
}

#[tokio::test]
async fn every_shop_of_the_table_has_its_own_back() -> Outcome {
    let shop = Shop::open().await?;
    shop.open_beside("other").await?;
    shop.brought_along_to("other", "ada@example.com", None).await?;
    let ada = shop.customer("ada@example.com").await?;
    let (copied, moment) = copy(&shop).await?;
    delete(&shop, &ada, "erase").await?;
    restore(&shop, &copied).await?;
    assert_eq!(reapply(&shop, &moment).await?.0["erased"], json!(1));
    let left: Vec<_> = shop.table().await?.of("ACCOUNT").map(|item| text(item, "pk")).collect();
    assert!(left.len() == 1 && left[0].starts_with("S#other#"), "{left:?}");
    Ok(())
}

#[tokio::test]
async fn what_is_no_order_is_refused_and_changes_nothing() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let (copied, moment) = copy(&shop).await?;
    delete(&shop, &ada, "erase").await?;
    restore(&shop, &copied).await?;
    let before = shop.table().await?.0;
    for order in [
        json!({"note": NOTE}),
        json!({"from": moment}),
        json!({"from": "yesterday", "note": NOTE}),
        json!({"from": moment, "note": " "}),
        json!({"from": moment, "after": "S#demo", "note": NOTE}),
        json!({"from": moment, "store": "demo", "note": NOTE}),
    ] {
        let refused = shop.invoke::<ReapplyDeletions>(order.clone()).await;
        assert_eq!((&refused["status"], &refused["code"]), (&json!(422), &json!("invalid_field")), "{order}: {refused}");
    }
    // An order for another function.
    assert_eq!(shop.invoke::<CreateStore>(json!({"from": moment, "note": NOTE})).await["status"], json!(422));
    assert_eq!(shop.table().await?.0, before);
    Ok(())
}
