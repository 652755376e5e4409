//! `record-mail-event`: mail that comes back stops, is seen by staff, and goes out again when its mailbox works.

use std::fs;

use futures::future::join_all;
use local::{inbox::InboxMail, simulator::Fate};
use serde_json::{Value, json};
use shared::{
    domain::{
        mailbox::{Mailbox, Undeliverable},
        role::Role,
    },
    topic,
};
use tests::{Failure, Outcome, Shop, text};

pub(crate) const NOTED: topic::Outcome = topic::Outcome { noted: 1, unchanged: 0, passed: 0, unreadable: 0 };
pub(crate) const UNCHANGED: topic::Outcome = topic::Outcome { noted: 0, unchanged: 1, passed: 0, unreadable: 0 };
const PASSED: topic::Outcome = topic::Outcome { noted: 0, unchanged: 0, passed: 1, unreadable: 0 };
const UNREADABLE: topic::Outcome = topic::Outcome { noted: 0, unchanged: 0, passed: 0, unreadable: 1 };
const HOUR: u64 = 60 * 60;

/// Asks for a code and tells whether it comes; what the answer says does not depend on it.
pub(crate) async fn code_comes(shop: &Shop, email: &str) -> Result<bool, Failure> {
    code_comes_to(shop, json!({"email": email}), email).await
}

async fn code_comes_to(shop: &Shop, body: Value, email: &str) -> Result<bool, Failure> {
    let before = shop.mails(email).await?.len();
    let asked = shop.ask("send-code").from(shop.another_network()).json(&body).send().await;
    assert_eq!((asked.status, asked.body["expires_in"].is_u64()), (202, true), "{asked:?}");
    let after = shop.mails(email).await?.len();
    assert_eq!(shop.table().await?.of("MAIL").count(), 0, "sent or not, it leaves the outbox");
    Ok(after > before)
}

/// What is known of the mailbox of an account.
async fn known_of(shop: &Shop, email: &str) -> Result<Mailbox, Failure> {
    Ok(shop.account(email).await?.ok_or("there is no account")?.mailbox)
}

/// The actions of the mail service that are recorded, with how often in a row each has come.
async fn recorded(shop: &Shop) -> Result<Vec<(String, Option<String>)>, Failure> {
    let table = shop.table().await?;
    let by_mail_service = |item: &&tests::Item| {
        item.get("actor").and_then(|actor| actor.as_m().ok()).is_some_and(|actor| text(actor, "kind") == "mail-service")
    };
    let times = |item: &tests::Item| item.get("times").and_then(|times| times.as_n().ok()).cloned();
    let mut actions: Vec<_> = table.audit().filter(by_mail_service).map(|item| (text(item, "action"), times(item))).collect();
    actions.sort();
    Ok(actions)
}

#[tokio::test]
async fn an_address_that_bounces_gets_no_mail_for_an_hour_and_whoever_asks_sees_no_difference() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    assert_eq!(shop.tell(Fate::Bounce, &ada.email).await?, NOTED);

    let working = shop.post("send-code", json!({"email": "grace@example.com"})).await;
    let stopped = shop.post("send-code", json!({"email": ada.email})).await;
    assert_eq!((working.status, working.headers.clone()), (stopped.status, stopped.headers.clone()));
    assert_eq!(working.body["expires_in"], stopped.body["expires_in"]);
    let sent = shop.mails(&ada.email).await?.len();
    for (seconds, comes) in [(HOUR - 1, false), (60, true)] {
        shop.wait(seconds);
        assert_eq!(code_comes(&shop, &ada.email).await?, comes, "after {seconds} s more");
    }
    assert_eq!(shop.mails(&ada.email).await?.len(), sent + 1);
    Ok(())
}

#[tokio::test]
async fn what_a_real_mail_was_tagged_with_leads_to_its_account_and_is_nothing_personal() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait(60);
    assert!(code_comes(&shop, &ada.email).await?);
    let mail = shop.mails(&ada.email).await?.remove(0);
    let names: Vec<_> = mail.tags.keys().map(String::as_str).collect();
    assert_eq!(names, ["kind", "mailbox", "network", "store"]);
    assert!(!mail.tags.values().any(|value| value.contains('@') || value.contains("ada")), "{:?}", mail.tags);

    let mail = InboxMail { sent_at: shop.clock.now().rfc3339(), ..mail };
    let told = Fate::Bounce.told(&mail, &mail.sent_at);
    assert_eq!(shop.told(&told).await?, NOTED);
    assert_eq!(known_of(&shop, &ada.email).await?.undeliverable(), Some(Undeliverable::Bounced));
    Ok(())
}

#[tokio::test]
async fn an_address_without_an_account_is_spared_too_and_nothing_personal_is_kept_of_it() -> Outcome {
    let shop = Shop::open().await?;
    assert_eq!(shop.tell(Fate::Bounce, "typo@example.com").await?, NOTED);
    for operation in ["create-account", "send-code"] {
        shop.wait(60);
        assert_eq!(shop.post(operation, json!({"email": "typo@example.com"})).await.status, 202);
        assert_eq!(shop.mails("typo@example.com").await?.len(), 0, "{operation}");
    }
    let table = shop.table().await?;
    let item = table.of("MAILBOX").next().ok_or("nothing is known of the mailbox")?;
    assert!(!format!("{item:?}").contains("typo"), "{item:?}");
    let exp = item["exp"].as_n().map_err(|_| "no exp")?.parse::<i64>()?;
    assert!(exp > shop.clock.now().unix_seconds(), "it goes by itself");
    Ok(())
}

#[tokio::test]
async fn a_mailbox_that_is_proved_gets_mail_again_and_older_reports_do_not_count() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    let (challenge_id, code) = shop.challenge(&ada.email, "sign-in").await?;
    let late = shop.mail_event(Fate::Bounce, &ada.email).await?;
    assert_eq!(shop.tell(Fate::Bounce, &ada.email).await?, NOTED);

    let signed_in = shop.post("verify-code", json!({"challenge_id": challenge_id, "code": code})).await;
    assert_eq!(signed_in.status, 200);
    assert_eq!(known_of(&shop, &ada.email).await?, Mailbox::trusted(shop.clock.now()));
    assert_eq!(shop.told(&late).await?, UNCHANGED, "told late, of a mail from before the proof");
    shop.wait(1);
    assert_eq!(shop.tell(Fate::Bounce, &ada.email).await?, NOTED, "a mail from after it");
    Ok(())
}

#[tokio::test]
async fn a_reset_link_proves_the_mailbox_and_a_password_does_not() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    shop.post("forgot-password", json!({"email": ada.email})).await;
    let token = shop.link_token(&ada.email).await?;
    assert_eq!(shop.tell(Fate::Bounce, &ada.email).await?, NOTED);

    assert_eq!(shop.post("login", json!({"email": ada.email, "password": ada.password})).await.status, 200);
    assert_eq!(known_of(&shop, &ada.email).await?.undeliverable(), Some(Undeliverable::Bounced));

    assert_eq!(shop.post("reset-password", json!({"token": token, "password": "another password"})).await.status, 204);
    assert_eq!(known_of(&shop, &ada.email).await?.undeliverable(), None);
    assert_eq!(shop.mail_kinds(&ada.email).await?[0], "password-changed", "and its notice comes");
    Ok(())
}

#[tokio::test]
async fn a_sign_up_that_is_proved_begins_with_a_clean_mailbox() -> Outcome {
    let shop = Shop::open().await?;
    let opened = shop.post("create-account", json!({"email": "ada@example.com"})).await;
    let code = shop.code("ada@example.com").await?;
    assert_eq!(shop.tell(Fate::Bounce, "ada@example.com").await?, NOTED, "the digest of an address that has no account yet");
    shop.wait(1);
    let proved = shop.post("verify-code", json!({"challenge_id": opened.text("/challenge_id"), "code": code})).await;
    assert_eq!(proved.status, 200);
    assert_eq!(shop.mail_kinds("ada@example.com").await?[0], "account-created");
    assert_eq!(known_of(&shop, "ada@example.com").await?, Mailbox::trusted(shop.clock.now()));
    Ok(())
}

#[tokio::test]
async fn a_stop_grows_with_every_time_and_strangers_cannot_make_it_outlast_the_fault_by_much() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    let mut broken_for = 0;
    for (times, hours) in [(1_u32, 1_u64), (2, 4), (3, 16), (4, 64)] {
        // As soon as a mail is tried again, it comes back.
        assert_eq!(shop.tell(Fate::Bounce, &ada.email).await?, NOTED);
        assert_eq!(known_of(&shop, &ada.email).await?.bounced.map(|trouble| trouble.times), Some(times));
        assert!(hours <= (4 * broken_for).max(1), "{hours} hours after {broken_for}");
        shop.wait(hours * HOUR - 1);
        assert!(!code_comes(&shop, &ada.email).await?, "the {times}. time");
        shop.wait(1);
        broken_for += hours;
    }
    shop.wait(60);
    assert!(code_comes(&shop, &ada.email).await?);
    assert_eq!(recorded(&shop).await?.len(), 4);
    Ok(())
}

#[tokio::test]
async fn a_bounce_that_is_told_a_hundred_times_at_once_counts_once() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    for email in [ada.email.as_str(), "nobody@example.com"] {
        let event = shop.mail_event(Fate::Bounce, email).await?;
        let told = join_all((0..100).map(|_| shop.told(&event))).await;
        let told = told.into_iter().collect::<Result<Vec<_>, _>>()?;
        assert_eq!(told.iter().filter(|outcome| **outcome == NOTED).count(), 1, "{email}");
        assert_eq!(told.iter().filter(|outcome| **outcome == UNCHANGED).count(), 99, "{email}");
        shop.wait(2 * HOUR);
        assert_eq!(shop.told(&event).await?, UNCHANGED, "nor hours later");
    }
    let once = ("mail-bounced".to_owned(), Some("1".to_owned()));
    assert_eq!(recorded(&shop).await?, [once.clone(), once]);
    Ok(())
}

#[tokio::test]
async fn reports_and_sign_ins_at_the_same_moment_lose_nothing() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    let (bounce, complaint) = (shop.mail_event(Fate::Bounce, &ada.email).await?, shop.mail_event(Fate::Complaint, &ada.email).await?);
    let logins = join_all(
        (0..10_u32)
            .map(|network| shop.ask("login").from_network(network).json(&json!({"email": ada.email, "password": ada.password})).send()),
    );
    let (told, logins) = futures::join!(join_all([shop.told(&bounce), shop.told(&complaint)]), logins);
    assert!(told.into_iter().all(|outcome| outcome == Ok(NOTED)));
    assert!(logins.iter().all(|answer| answer.status == 200), "{logins:?}");
    let known = known_of(&shop, &ada.email).await?;
    assert!(known.bounced.is_some() && known.complained.is_some());
    Ok(())
}

#[tokio::test]
async fn a_bounce_of_an_address_that_the_account_has_left_says_nothing_of_the_new_one() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait(1);
    let event = shop.mail_event(Fate::Bounce, &ada.email).await?;
    shop.moved(&ada, "ada@new.example").await?;
    assert_eq!(shop.told(&event).await?, NOTED, "of the old address");
    assert_eq!(known_of(&shop, "ada@new.example").await?.undeliverable(), None);
    shop.wait(60);
    assert!(code_comes(&shop, "ada@new.example").await?);
    assert!(!code_comes(&shop, &ada.email).await?);
    Ok(())
}

#[tokio::test]
async fn whoever_calls_a_code_spam_is_spared_strangers_and_not_kept_from_their_account() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    assert_eq!(shop.tell(Fate::Complaint, &ada.email).await?, NOTED);
    assert!(!code_comes(&shop, &ada.email).await?, "anybody could have asked for it");
    let at_home = json!({"email": ada.email, "device_token": ada.device_token()});
    assert!(code_comes_to(&shop, at_home, &ada.email).await?, "their own device");
    let passwords = json!({"current_password": ada.password, "new_password": "another password"});
    let signed_in = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
    let changed = shop.ask("change-password").bearer(&signed_in.text("/access_token")).json(&passwords).send().await;
    assert_eq!(changed.status, 204, "{changed:?}");
    assert_eq!(shop.mail_kinds(&ada.email).await?[0], "password-changed", "what they have to know");
    shop.wait_a_day();
    assert!(code_comes(&shop, &ada.email).await?, "not for ever");
    Ok(())
}

#[tokio::test]
async fn a_complaint_that_is_taken_back_is_none() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    assert_eq!(shop.tell(Fate::Complaint, &ada.email).await?, NOTED);
    let late = shop.mail_event(Fate::Complaint, &ada.email).await?;
    shop.wait(60);
    assert_eq!(shop.tell(Fate::NotSpam, &ada.email).await?, NOTED);
    assert_eq!(known_of(&shop, &ada.email).await?.undeliverable(), None);
    assert!(code_comes(&shop, &ada.email).await?);
    assert_eq!(shop.told(&late).await?, UNCHANGED, "told once more, and late");
    assert_eq!(
        recorded(&shop).await?,
        [("mail-complained".to_owned(), Some("1".to_owned())), ("mail-complaint-withdrawn".to_owned(), None)]
    );
    Ok(())
}

#[tokio::test]
async fn a_full_mailbox_a_vacation_or_a_virus_of_ours_keeps_nobody_from_their_mail() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let before = shop.table().await?.0.len();
    for fate in [Fate::TransientBounce, Fate::UndeterminedBounce, Fate::DeliveryDelay, Fate::Reject, Fate::Delivery] {
        shop.wait_a_day();
        for _ in 0..20 {
            assert_eq!(shop.tell(fate, &ada.email).await?, PASSED, "{fate:?}");
        }
        assert_eq!(shop.table().await?.0.len(), before, "{fate:?}");
    }
    assert!(code_comes(&shop, &ada.email).await?);
    Ok(())
}

#[tokio::test]
async fn what_is_no_message_of_ours_changes_nothing_and_is_done_with() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    let event = shop.mail_event(Fate::Bounce, &ada.email).await?;
    let altered = |alter: &dyn Fn(&mut Value)| -> Result<Value, Failure> {
        let mut event = event.clone();
        let mut message: Value = serde_json::from_str(event["Records"][0]["Sns"]["Message"].as_str().ok_or("no message")?)?;
        alter(&mut message);
        event["Records"][0]["Sns"]["Message"] = message.to_string().into();
        Ok(event)
    };
    let before = shop.table().await?.0;
    for (what, event) in [
        ("no tags", altered(&|message| message["mail"]["tags"] = json!({}))?),
        ("a store that is no name", altered(&|message| message["mail"]["tags"]["store"] = json!(["../demo"]))?),
        ("an address for a digest", altered(&|message| message["mail"]["tags"]["mailbox"] = json!(["ada@example.com"]))?),
        ("another type", altered(&|message| message["eventType"] = json!("Watches"))?),
        ("another bounce", altered(&|message| message["bounce"]["bounceType"] = json!("Lasting"))?),
        ("no bounce", altered(&|message| message["bounce"] = Value::Null)?),
        ("no moment", altered(&|message| message["mail"]["timestamp"] = json!("yesterday"))?),
        ("an identity's own notification", altered(&|message| message["eventType"] = Value::Null)?),
        ("words", json!({"Records": [{"Sns": {"Message": "Successfully validated SNS topic."}}]})),
        ("a queue's record", json!({"Records": [{"eventSource": "aws:sqs", "body": "{}"}]})),
        ("no records", json!({"hello": "world"})),
        ("nothing", Value::Null),
    ] {
        assert_eq!(shop.told(&event).await?, UNREADABLE, "{what}");
    }
    let unknown_shop = altered(&|message| message["mail"]["tags"]["store"] = json!(["nowhere"]))?;
    assert_eq!(shop.told(&unknown_shop).await?, UNCHANGED, "a shop that is gone");
    let tomorrow = altered(&|message| message["mail"]["timestamp"] = json!("2999-01-01T00:00:00.000Z"))?;
    assert_eq!(shop.table().await?.0, before);
    assert_eq!(shop.told(&tomorrow).await?, NOTED, "a clock that is wrong stops no mail for ever");
    assert_eq!(known_of(&shop, &ada.email).await?.bounced.map(|trouble| trouble.at), Some(shop.clock.now()));
    Ok(())
}

#[tokio::test]
async fn one_message_of_many_that_cannot_be_read_keeps_no_other_from_being_noted() -> Outcome {
    let shop = Shop::open().await?;
    let mut records = vec![json!({"Sns": {"Message": "{"}})];
    for email in ["ada@example.com", "grace@example.com"] {
        let event = shop.mail_event(Fate::Bounce, email).await?;
        records.push(event["Records"][0].clone());
        records.push(event["Records"][0].clone());
    }
    let outcome = shop.told(&json!({"Records": records})).await?;
    assert_eq!(outcome, topic::Outcome { noted: 2, unchanged: 2, passed: 0, unreadable: 1 });
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_noted_comes_again() -> Outcome {
    let mut shop = Shop::open().await?;
    let event = shop.mail_event(Fate::Bounce, "ada@example.com").await?;
    shop.lose_the_table()?;
    assert_eq!(shop.told(&event).await, Err(topic::Incomplete));
    shop.find_everything_again()?;
    assert_eq!(shop.told(&event).await?, NOTED);
    Ok(())
}

#[tokio::test]
async fn neither_a_secret_nor_ses_is_needed() -> Outcome {
    let mut shop = Shop::open().await?;
    let event = shop.mail_event(Fate::Bounce, "ada@example.com").await?;
    shop.lose_the_secrets()?;
    assert_eq!(shop.told(&event).await?, NOTED);
    Ok(())
}

#[tokio::test]
async fn the_examples_of_what_ses_writes_are_read() -> Outcome {
    let shop = Shop::open().await?;
    for (file, outcome) in [
        ("ok-bounce", NOTED),
        ("ok-transient-bounce", PASSED),
        ("ok-complaint", NOTED),
        // It speaks of the moment of the complaint itself, and takes it back.
        ("ok-not-spam", NOTED),
        ("ok-delay-and-reject", topic::Outcome { passed: 2, ..PASSED }),
        ("ok-unreadable-message", topic::Outcome { unreadable: 2, ..UNREADABLE }),
    ] {
        let path = format!("{}/../events/record-mail-event/{file}.json", env!("CARGO_MANIFEST_DIR"));
        let event = serde_json::from_str(&fs::read_to_string(path)?)?;
        assert_eq!(shop.told(&event).await?, outcome, "{file}");
    }
    Ok(())
}

#[tokio::test]
async fn staff_and_the_customer_see_that_mail_comes_back() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let grace = shop.customer("grace@example.com").await?;
    shop.customer("fine@example.com").await?;
    shop.wait_a_day();
    shop.tell(Fate::Bounce, &ada.email).await?;
    shop.tell(Fate::Complaint, &grace.email).await?;
    let (now, key) = (shop.clock.now().rfc3339(), shop.key(Role::Support).await?);

    let seen = shop.ask("admin/view-account").query(&format!("account_id={}", ada.account_id())).bearer(&key).send().await;
    assert_eq!(seen.body["mailbox"]["complained"], Value::Null);
    assert_eq!((&seen.body["mailbox"]["bounced"]["at"], &seen.body["mailbox"]["bounced"]["times"]), (&json!(now), &json!(1)));
    for (filter, emails) in [("bounced", [ada.email.as_str()]), ("complained", [grace.email.as_str()])] {
        let listed = shop.ask("list-accounts").query(&format!("undeliverable={filter}")).bearer(&key).send().await;
        let found: Vec<_> =
            listed.body["accounts"].as_array().into_iter().flatten().filter_map(|account| account["email"].as_str()).collect();
        assert_eq!(found, emails, "{filter}");
        assert_eq!(listed.body["accounts"][0]["undeliverable"], filter);
    }
    let wrong = shop.ask("list-accounts").query("undeliverable=lost").bearer(&key).send().await;
    assert_eq!(wrong.status, 422);
    let found = shop.ask("find-accounts").bearer(&key).json(&json!({"email": ada.email})).send().await;
    assert_eq!(found.body["accounts"][0]["undeliverable"], "bounced");
    let audit = shop.ask("list-audit").query(&format!("subject={}", ada.account_id())).bearer(&shop.owner_key).send().await;
    let event = audit.body["events"].as_array().into_iter().flatten().find(|event| event["action"] == "mail-bounced").cloned();
    assert_eq!(event.map(|event| event["actor"].clone()), Some(json!({"kind": "mail-service", "id": null, "role": null})));

    let signed_in = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
    let exported = shop.ask("export-account").bearer(&signed_in.text("/access_token")).send().await;
    assert_eq!(exported.body["mailbox"]["bounced"]["times"], 1);
    let events = exported.body["events"].as_array().cloned().unwrap_or_default();
    assert!(events.iter().any(|event| event["action"] == "mail-bounced" && event["from"].is_null()));
    Ok(())
}

#[tokio::test]
async fn on_a_laptop_the_mailbox_simulator_bounces_as_it_does_at_ses() -> Outcome {
    let shop = Shop::open().await?;
    for (email, kept) in
        [("bounce@simulator.amazonses.com", 1), ("ooto@simulator.amazonses.com", 1), ("complaint@simulator.amazonses.com", 2)]
    {
        assert!(code_comes(&shop, email).await?);
        shop.every_mail().await?;
        assert_eq!(shop.table().await?.of("MAILBOX").count(), kept, "{email}");
    }
    Ok(())
}
