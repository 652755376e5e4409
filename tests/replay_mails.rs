//! `replay-mails`: what could not be sent is sent when it can be.

use futures::future::join_all;
use serde_json::{Value, json};
use shared::{domain::email_address::EmailAddress, operations::replay_mails::ReplayMails, stream};
use tests::{Outcome, Shop, text};

async fn replay(shop: &Shop) -> Value {
    shop.invoke::<ReplayMails>(json!({"store": "demo", "note": "The sender is verified now."})).await
}

/// Has these mails set aside: SES takes none from a sender that it does not know.
async fn set_aside(shop: &Shop, emails: &[&str]) -> Outcome {
    let sender = shop.settings().await?.sender;
    let unverified = EmailAddress::parse("shop@unverified.example")?;
    shop.set_up(|settings| settings.sender = unverified).await?;
    for email in emails {
        shop.post("forgot-password", json!({"email": email})).await;
    }
    assert_eq!(
        shop.every_mail().await?.iter().filter(|mail| emails.contains(&mail.to.as_str()) && mail.kind == "reset-password").count(),
        0
    );
    shop.set_up(|settings| settings.sender = sender).await?;
    Ok(())
}

#[tokio::test]
async fn a_mail_that_ses_rejected_goes_out_when_its_sender_is_verified_once_however_often_it_is_replayed() -> Outcome {
    let shop = Shop::open().await?;
    let emails = ["ada@example.com", "grace@example.com"];
    for email in emails {
        shop.customer(email).await?;
    }
    shop.wait_a_day();
    set_aside(&shop, &emails).await?;
    assert_eq!(shop.table().await?.of("MAIL").count(), 2, "nothing is lost");

    shop.wait(120);
    assert_eq!(replay(&shop).await["posted"], 0, "what is so young may be on its way still");
    shop.wait(1);
    let replays = join_all((0..5).map(|_| replay(&shop))).await;
    assert_eq!(replays.iter().filter_map(|outcome| outcome["posted"].as_u64()).sum::<u64>(), 2, "{replays:?}");

    for email in emails {
        let kinds = shop.mail_kinds(email).await?;
        assert_eq!(kinds.iter().filter(|kind| *kind == "reset-password").count(), 1, "{email}");
        let link = shop.link_token(email).await?;
        assert_eq!(shop.post("reset-password", json!({"token": link, "password": "another password"})).await.status, 204);
    }
    shop.every_mail().await?;
    assert_eq!(shop.table().await?.of("MAIL").count(), 0);
    Ok(())
}

#[tokio::test]
async fn what_was_given_up_by_the_stream_is_found_too() -> Outcome {
    let mut shop = Shop::open().await?;
    shop.post("send-code", json!({"email": "ada@example.com"})).await;
    shop.lose_ses()?;
    let event = serde_json::from_value(json!({"Records": shop.outbox_records()?}))?;
    assert_eq!(stream::handle(&shop.context, event, "").await.batch_item_failures.len(), 1);
    shop.find_everything_again()?;
    shop.wait(121);
    assert_eq!(replay(&shop).await, json!({"store": "demo", "posted": 1, "expired": 0, "unreadable": 0, "more": false}));
    let code = shop.code("ada@example.com").await?;
    assert_eq!(code.len(), 6);
    Ok(())
}

#[tokio::test]
async fn what_has_expired_is_removed_and_what_cannot_be_read_is_told_and_left() -> Outcome {
    let shop = Shop::open().await?;
    shop.post("send-code", json!({"email": "ada@example.com"})).await;
    shop.post("send-code", json!({"email": "grace@example.com"})).await;
    let broken = shop.table().await?.of("MAIL").find(|item| text(item, "to") == "grace@example.com").cloned().ok_or("no mail")?;
    let update =
        shop.dynamodb().update_item().table_name(shop.table_name()).key("pk", broken["pk"].clone()).key("sk", broken["sk"].clone());
    update.update_expression("REMOVE letter").send().await?;
    shop.wait(600);
    assert_eq!(replay(&shop).await, json!({"store": "demo", "posted": 0, "expired": 1, "unreadable": 1, "more": false}));
    let left: Vec<_> = shop.table().await?.of("MAIL").map(|item| text(item, "to")).collect();
    assert_eq!(left, ["grace@example.com"]);
    Ok(())
}

#[tokio::test]
async fn more_than_a_call_goes_through_are_replayed_by_the_next() -> Outcome {
    let shop = Shop::open().await?;
    let template = {
        shop.post("send-code", json!({"email": "ada@example.com"})).await;
        shop.table().await?.of("MAIL").next().cloned().ok_or("no mail")?
    };
    let puts = (0..1_004_u32).map(|number| {
        let mut item = template.clone();
        let id = format!("mail_{}", shared::domain::base32::encode(&u128::from(number).to_be_bytes()));
        let attribute = |text: String| aws_sdk_dynamodb::types::AttributeValue::S(text);
        item.insert("pk".to_owned(), attribute(format!("S#demo#M#{id}")));
        item.insert("place".to_owned(), attribute(format!("{:012}-{id}", shop.clock.now().unix_seconds())));
        item.insert("id".to_owned(), attribute(id));
        item.insert("genuine".to_owned(), aws_sdk_dynamodb::types::AttributeValue::Bool(false));
        shop.dynamodb().put_item().table_name(shop.table_name()).set_item(Some(item)).send()
    });
    for put in join_all(puts).await {
        put?;
    }
    shop.wait(121);
    let (first, second) = (replay(&shop).await, replay(&shop).await);
    let posted = |outcome: &Value| outcome["posted"].as_u64().unwrap_or_default();
    assert_eq!((posted(&first), posted(&first) + posted(&second)), (1_000, 1_005), "{first} {second}");
    assert_eq!((&first["more"], &second["more"]), (&json!(true), &json!(false)));
    Ok(())
}

#[tokio::test]
async fn it_is_recorded_with_its_reason_and_no_other_store_is_touched() -> Outcome {
    let shop = Shop::open().await?;
    shop.open_beside("other").await?;
    shop.ask("send-code").at("other").json(&json!({"email": "ada@example.com"})).send().await;
    shop.wait(121);
    let before: Vec<_> = shop.table().await?.of("MAIL").cloned().collect();
    assert_eq!(replay(&shop).await["posted"], 0);
    assert_eq!(shop.table().await?.of("MAIL").cloned().collect::<Vec<_>>(), before);
    let table = shop.table().await?;
    let record = table.audit().find(|item| text(item, "action") == "replay-mails").ok_or("nothing was recorded")?;
    assert_eq!((text(record, "subject"), text(record, "note")), ("mails".into(), "The sender is verified now.".into()));
    Ok(())
}

#[tokio::test]
async fn an_order_that_is_none_is_refused() -> Outcome {
    let shop = Shop::open().await?;
    for (order, status, code) in [
        (json!({"store": "nowhere", "note": "x"}), 404, "unknown_store"),
        (json!({"store": "demo"}), 422, "invalid_field"),
        (json!({"store": "demo", "note": "x", "all": true}), 422, "invalid_field"),
    ] {
        let refused = shop.invoke::<ReplayMails>(order.clone()).await;
        assert_eq!((&refused["status"], &refused["code"]), (&json!(status), &json!(code)), "{order}: {refused}");
    }
    Ok(())
}
