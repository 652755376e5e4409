//! `send-mail`: from the outbox to SES, once.

use aws_sdk_dynamodb::types::AttributeValue;
use local::services::CONFIGURATION_SET;
use serde_json::{Map, Value, json};
use shared::{domain::email_address::EmailAddress, stream};
use tests::{Failure, Item, Outcome, Shop, text};

/// An attribute as it stands in a record of the stream.
fn wire(value: &AttributeValue) -> Value {
    match value {
        AttributeValue::S(text) => json!({"S": text}),
        AttributeValue::N(number) => json!({"N": number}),
        AttributeValue::Bool(truth) => json!({"BOOL": truth}),
        AttributeValue::M(map) => json!({"M": wire_item(map)}),
        AttributeValue::L(list) => json!({"L": list.iter().map(wire).collect::<Vec<_>>()}),
        _ => json!({"NULL": true}),
    }
}

fn wire_item(item: &Item) -> Map<String, Value> {
    item.iter().map(|(name, value)| (name.clone(), wire(value))).collect()
}

/// The record that tells of a new item.
fn record(number: u32, item: Map<String, Value>) -> Value {
    json!({
        "eventID": number.to_string(),
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "eu-west-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_795_000_000,
            "Keys": {"pk": {"S": "S#demo#M#mail"}, "sk": {"S": "MAIL"}},
            "NewImage": item,
            "SequenceNumber": number.to_string(),
            "SizeBytes": 100,
            "StreamViewType": "NEW_IMAGE",
        },
    })
}

/// Hands records to the function; tells how many have to come again.
async fn deliver(shop: &Shop, records: Vec<Value>) -> Result<usize, Failure> {
    let event = serde_json::from_value(json!({"Records": records}))?;
    Ok(stream::handle(&shop.functions.of("send-mail"), event, "").await.batch_item_failures.len())
}

/// What stands in the outbox.
async fn outbox(shop: &Shop) -> Result<Vec<Item>, Failure> {
    Ok(shop.table().await?.of("MAIL").cloned().collect())
}

#[tokio::test]
async fn a_mail_leaves_the_outbox_when_it_is_sent() -> Outcome {
    let shop = Shop::open().await?;
    shop.post("send-code", json!({"email": "ada@example.com"})).await;
    assert_eq!(outbox(&shop).await?.len(), 1);

    let mails = shop.every_mail().await?;

    assert_eq!((mails.len(), outbox(&shop).await?.len()), (1, 0));
    let (mail, settings) = (&mails[0], shop.settings().await?);
    assert_eq!((mail.to.as_str(), mail.store.as_str(), mail.kind.as_str()), ("ada@example.com", "demo", "sign-in-code"));
    assert!(mail.headers["From"].contains(settings.sender.as_str()));
    assert_eq!(Some(mail.headers["Reply-To"].as_str()), settings.support_email.as_ref().map(|email| email.as_str()));
    assert_eq!(mail.headers["Auto-Submitted"], "auto-generated");
    assert!(mail.subject.contains(settings.name.as_str()));
    let code = shop.code("ada@example.com").await?;
    assert!(mail.html.contains(&code) && !mail.subject.contains(&code), "a code in the subject shows on a locked screen");
    Ok(())
}

#[tokio::test]
async fn a_mail_is_sent_by_the_configuration_set_that_tells_of_its_bounces() -> Outcome {
    let mut shop = Shop::open().await?;
    for (number, (named, sent_by)) in [(Some(CONFIGURATION_SET), CONFIGURATION_SET), (None, "")].into_iter().enumerate() {
        shop.send_by(named)?;
        let email = format!("customer-{number}@example.com");
        shop.post("send-code", json!({"email": email})).await;
        assert_eq!(shop.mails(&email).await?[0].configuration_set, sent_by);
    }
    Ok(())
}

#[tokio::test]
async fn a_mail_waits_until_its_configuration_set_is_there() -> Outcome {
    let mut shop = Shop::open().await?;
    shop.post("send-code", json!({"email": "ada@example.com"})).await;
    let event = || -> Result<_, Failure> { Ok(serde_json::from_value(json!({"Records": shop.outbox_records()?}))?) };
    let (first, second) = (event()?, event()?);
    shop.send_by(Some("nobody-made-this"))?;
    assert_eq!(stream::handle(&shop.functions.of("send-mail"), first, "").await.batch_item_failures.len(), 1);
    assert_eq!(outbox(&shop).await?.len(), 1, "nothing is lost");
    shop.find_everything_again()?;
    assert!(stream::handle(&shop.functions.of("send-mail"), second, "").await.batch_item_failures.is_empty());
    assert_eq!(shop.mails("ada@example.com").await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn look_alikes_leave_neither_a_mail_nor_anything_in_the_outbox() -> Outcome {
    let shop = Shop::open().await?;
    shop.block_email("blocked@example.com").await?;
    for (operation, body) in [
        ("create-account", json!({"email": "blocked@example.com"})),
        ("send-code", json!({"email": "blocked@example.com"})),
        ("send-code", json!({"email": "nobody@example.com", "purpose": "delete-account"})),
        ("forgot-password", json!({"email": "blocked@example.com"})),
        ("forgot-password", json!({"email": "nobody@example.com"})),
    ] {
        shop.wait(60);
        assert_eq!(shop.ask(operation).from(shop.another_network()).json(&body).send().await.status, 202);
        assert_eq!(outbox(&shop).await?.len(), 1, "{body}");
        assert_eq!(shop.every_mail().await?.len(), 0, "{body}");
        assert_eq!(outbox(&shop).await?.len(), 0, "{body}");
    }
    Ok(())
}

#[tokio::test]
async fn a_record_that_comes_twice_sends_once() -> Outcome {
    let shop = Shop::open().await?;
    shop.post("send-code", json!({"email": "ada@example.com"})).await;
    let item = wire_item(&outbox(&shop).await?[0]);
    // A batch has every record once; a batch that comes again has it again.
    for _ in 0..3 {
        assert_eq!(deliver(&shop, vec![record(1, item.clone())]).await?, 0);
    }
    assert_eq!(shop.every_mail().await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_mail_that_comes_too_late_is_dropped() -> Outcome {
    for (seconds, mails) in [(599, 1), (600, 0)] {
        let shop = Shop::open().await?;
        shop.post("send-code", json!({"email": "ada@example.com"})).await;
        shop.wait(seconds);
        assert_eq!((shop.every_mail().await?.len(), outbox(&shop).await?.len()), (mails, 0), "after {seconds} s");
    }
    Ok(())
}

#[tokio::test]
async fn a_record_that_cannot_be_read_does_not_keep_the_mails_behind_it_waiting() -> Outcome {
    let shop = Shop::open().await?;
    shop.post("send-code", json!({"email": "ada@example.com"})).await;
    let item = wire_item(&outbox(&shop).await?[0]);
    let without = |name: &str| {
        let mut item = item.clone();
        item.remove(name);
        item
    };
    let with = |name: &str, value: Value| {
        let mut item = item.clone();
        item.insert(name.to_owned(), value);
        item
    };
    let unreadable = [
        Map::new(),
        without("letter"),
        without("to"),
        without("shop"),
        with("to", json!({"S": "a@evil.example, b@evil.example"})),
        with("to", json!({"SS": ["a@evil.example", "b@evil.example"]})),
        with("letter", json!({"M": {"kind": {"S": "free-watches"}}})),
        with("exp", json!({"S": "tomorrow"})),
    ];
    let records: Vec<_> = (1..).zip(unreadable).map(|(number, item)| record(number, item)).chain([record(99, item.clone())]).collect();
    assert_eq!(deliver(&shop, records).await?, 0);
    let mails = shop.every_mail().await?;
    assert_eq!(mails.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), ["ada@example.com"]);
    Ok(())
}

#[tokio::test]
async fn a_record_that_the_outbox_knows_nothing_of_sends_nothing() -> Outcome {
    let shop = Shop::open().await?;
    shop.customer("ada@example.com").await?;
    let sent = shop.every_mail().await?.len();
    let forged = json!({
        "pk": {"S": "S#demo#M#mail_aaaaaaaaaaaaaaaaaaaaaaaaaa"}, "sk": {"S": "MAIL"}, "shop": {"S": "demo"},
        "id": {"S": "mail_aaaaaaaaaaaaaaaaaaaaaaaaaa"}, "letter": {"M": {"kind": {"S": "account-created"}}},
        "to": {"S": "ada@example.com"}, "genuine": {"BOOL": true}, "exp": {"N": "4102444800"},
    });
    assert_eq!(deliver(&shop, vec![record(1, forged.as_object().cloned().unwrap_or_default())]).await?, 0);
    assert_eq!(shop.every_mail().await?.len(), sent);
    Ok(())
}

#[tokio::test]
async fn the_code_is_computed_when_the_mail_is_sent_and_stands_in_no_record() -> Outcome {
    let shop = Shop::open().await?;
    shop.post("send-code", json!({"email": "ada@example.com"})).await;
    let item = outbox(&shop).await?[0].clone();
    let code = shop.code("ada@example.com").await?;
    let words: Vec<String> = format!("{item:?}").split(|character: char| !character.is_alphanumeric()).map(str::to_owned).collect();
    assert!(!words.contains(&code));
    assert_eq!(text(&item, "to"), "ada@example.com");
    Ok(())
}

#[tokio::test]
async fn a_mail_that_ses_rejects_is_set_aside_at_once_and_the_others_of_its_batch_are_sent() -> Outcome {
    let shop = Shop::open().await?;
    shop.open_beside("rejected").await?;
    let unverified = EmailAddress::parse("shop@unverified.example")?;
    shop.set_up_at("rejected", |settings| settings.sender = unverified).await?;
    for store in ["demo", "rejected", "demo"] {
        let email = format!("{store}-{}@example.com", shop.table().await?.of("MAIL").count());
        shop.ask("send-code").at(store).json(&json!({"email": email})).send().await;
    }
    assert_eq!(deliver(&shop, shop.outbox_records()?).await?, 0, "nothing has to come again");
    let sent: Vec<_> = shop.every_mail().await?.into_iter().map(|mail| mail.to).collect();
    assert_eq!(sent.len(), 2, "{sent:?}");
    let left: Vec<_> = outbox(&shop).await?.iter().map(|item| text(item, "shop")).collect();
    assert_eq!(left, ["rejected"], "for replay-mails");
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
    let failed = stream::handle(&shop.functions.of("send-mail"), event()?, "").await.batch_item_failures;
    let first = records[0]["dynamodb"]["SequenceNumber"].as_str().map(str::to_owned);
    assert_eq!(failed.into_iter().map(|failure| failure.item_identifier).collect::<Vec<_>>(), [first]);
    assert_eq!(shop.table().await?.of("MAIL").count(), 2, "nothing is lost");

    shop.find_everything_again()?;
    assert!(stream::handle(&shop.functions.of("send-mail"), event()?, "").await.batch_item_failures.is_empty());
    for email in ["ada@example.com", "grace@example.com"] {
        let mails = shop.mails(email).await?;
        assert_eq!(mails.iter().map(|mail| mail.to.as_str()).collect::<Vec<_>>(), [email], "one mail, one recipient");
    }
    Ok(())
}
