//! `send-mail`: sends what stands in the outbox, once as far as anybody can, and drops what is not to be sent.

use serde_json::json;
use shared::stream;
use tests::{Outcome, Shop};

#[tokio::test]
async fn what_was_sent_or_dropped_leaves_the_outbox() -> Outcome {
    let shop = Shop::open().await?;
    shop.post("send-code", json!({"email": "ada@example.com"})).await;
    shop.post("forgot-password", json!({"email": "nobody@example.com"})).await;
    assert_eq!(shop.table().await?.of("MAIL").count(), 2, "a mail and a look-alike");
    assert_eq!(shop.mail_kinds("ada@example.com").await?, ["sign-in-code"]);
    assert!(shop.mails("nobody@example.com").await?.is_empty());
    assert_eq!(shop.table().await?.of("MAIL").count(), 0);
    Ok(())
}

#[tokio::test]
async fn a_record_that_comes_twice_is_sent_once() -> Outcome {
    let shop = Shop::open().await?;
    shop.post("send-code", json!({"email": "ada@example.com"})).await;
    let records = shop.outbox_records()?;
    for _ in 0..2 {
        let event = serde_json::from_value(json!({"Records": records}))?;
        assert!(stream::handle(&shop.context, event).await.batch_item_failures.is_empty());
    }
    assert_eq!(shop.mails("ada@example.com").await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_code_that_has_run_out_before_it_was_sent_is_not_sent() -> Outcome {
    let shop = Shop::open().await?;
    shop.post("send-code", json!({"email": "ada@example.com"})).await;
    shop.wait(600);
    assert!(shop.mails("ada@example.com").await?.is_empty());
    assert_eq!(shop.table().await?.of("MAIL").count(), 0);
    Ok(())
}

#[tokio::test]
async fn a_record_that_cannot_be_read_keeps_no_mail_waiting() -> Outcome {
    let shop = Shop::open().await?;
    shop.post("send-code", json!({"email": "ada@example.com"})).await;
    let mut records = shop.outbox_records()?;
    let mut broken = records[0].clone();
    broken["dynamodb"]["NewImage"] = json!({"pk": {"S": "S#demo#M#x"}, "sk": {"S": "MAIL"}});
    records.insert(0, broken);
    let event = serde_json::from_value(json!({"Records": records}))?;
    assert!(stream::handle(&shop.context, event).await.batch_item_failures.is_empty());
    assert_eq!(shop.mails("ada@example.com").await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_mail_that_ses_does_not_take_is_named_to_come_again_with_all_after_it() -> Outcome {
    let mut shop = Shop::open().await?;
    for email in ["ada@example.com", "grace@example.com"] {
        shop.post("send-code", json!({"email": email})).await;
    }
    let records = shop.outbox_records()?;
    let event = || serde_json::from_value(json!({"Records": records}));
    // The signing root stays known, so SES is what is lost.
    shop.lose_ses()?;
    let failed = stream::handle(&shop.context, event()?).await.batch_item_failures;
    let first = records[0]["dynamodb"]["SequenceNumber"].as_str().map(str::to_owned);
    assert_eq!(failed.into_iter().map(|failure| failure.item_identifier).collect::<Vec<_>>(), [first]);
    assert_eq!(shop.table().await?.of("MAIL").count(), 2, "nothing is lost");

    shop.find_everything_again()?;
    assert!(stream::handle(&shop.context, event()?).await.batch_item_failures.is_empty());
    for email in ["ada@example.com", "grace@example.com"] {
        let mails = shop.mails(email).await?;
        assert_eq!(mails.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), [email], "one mail, one recipient");
    }
    Ok(())
}

#[tokio::test]
async fn a_mail_that_comes_twice_carries_the_same_code() -> Outcome {
    let shop = Shop::open().await?;
    shop.post("send-code", json!({"email": "ada@example.com"})).await;
    let records = shop.outbox_records()?;
    let outbox = shop.table().await?.of("MAIL").next().cloned().ok_or("a mail is on its way")?;
    for _ in 0..2 {
        // As if the process had died before it could take the mail out of the outbox.
        shop.dynamodb().put_item().table_name(shop.table_name()).set_item(Some(outbox.clone())).send().await?;
        let event = serde_json::from_value(json!({"Records": records}))?;
        stream::handle(&shop.context, event).await;
    }
    let texts: Vec<_> = shop.mails("ada@example.com").await?.into_iter().map(|mail| mail.text).collect();
    assert!(texts.len() >= 2 && texts.iter().all(|text| *text == texts[0]));
    Ok(())
}
