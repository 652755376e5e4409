//! `allow-mail`: staff vouch for a mailbox that works, and mail goes there again.

use futures::future::join_all;
use local::simulator::Fate;
use serde_json::{Value, json};
use shared::domain::role::Role;
use tests::{Answer, Failure, HeadStart, Item, Outcome, Shop, text};

use crate::record_mail_event::{NOTED, UNCHANGED, code_comes};

const NOTE: &str = "She has made room in her mailbox.";

async fn allow(shop: &Shop, whose: Value) -> Answer {
    let mut body = whose;
    body["note"] = json!(NOTE);
    shop.ask("allow-mail").bearer(&shop.owner_key).json(&body).send().await
}

async fn recorded(shop: &Shop) -> Result<Vec<Item>, Failure> {
    Ok(shop.table().await?.audit().filter(|item| text(item, "action") == "allow-mail").cloned().collect())
}

#[tokio::test]
async fn mail_that_has_stopped_goes_out_at_once_and_older_reports_do_not_stop_it_again() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    for (fate, what, other, hours) in [(Fate::Bounce, "bounced", "complained", 1), (Fate::Complaint, "complained", "bounced", 24)] {
        shop.wait_a_day();
        let late = shop.mail_event(fate, &ada.email).await?;
        assert_eq!(shop.tell(fate, &ada.email).await?, NOTED);
        assert!(!code_comes(&shop, &ada.email).await?, "{what}");

        let at = shop.clock.now();
        let until = at.plus(std::time::Duration::from_secs(hours * 60 * 60)).rfc3339();
        shop.wait(60);
        let allowed = allow(&shop, json!({"account_id": ada.account_id()})).await;
        let cleared = json!({what: {"at": at.rfc3339(), "times": 1, "stopped_until": until}, other: null});
        assert_eq!((allowed.status, &allowed.body), (200, &json!({"account_id": ada.account_id(), "cleared": cleared})));
        assert!(code_comes(&shop, &ada.email).await?, "{what}");

        assert_eq!(shop.told(&late).await?, UNCHANGED, "{what}: told once more, and late");
        shop.wait(60);
        assert_eq!(shop.tell(fate, &ada.email).await?, NOTED, "{what}: a mail from after it");
        let again = allow(&shop, json!({"email": ada.email})).await;
        assert_eq!(again.body["cleared"][what]["times"], 1, "{what}: it begins anew");
    }
    Ok(())
}

#[tokio::test]
async fn an_address_without_an_account_is_allowed_by_its_own_name_and_staff_see_what_it_was_spared_for() -> Outcome {
    let shop = Shop::open().await?;
    let guest = "guest@example.com";
    assert_eq!(shop.tell(Fate::Bounce, guest).await?, NOTED);
    let known = async |body: Value| {
        let found = shop.ask("find-accounts").bearer(&shop.owner_key).json(&body).send().await;
        assert_eq!((found.status, &found.body["accounts"]), (200, &json!([])), "{found:?}");
        found.body["mailbox"].clone()
    };
    assert_eq!(known(json!({"email": guest})).await["bounced"]["times"], 1);
    assert_eq!(known(json!({"email_prefix": guest})).await, Value::Null, "a beginning is no mailbox");

    shop.wait(1);
    let allowed = allow(&shop, json!({"email": "Guest@EXAMPLE.com"})).await;
    assert_eq!((allowed.status, &allowed.body["account_id"]), (200, &Value::Null), "{allowed:?}");
    assert_eq!(allowed.body["cleared"]["bounced"]["times"], 1);
    assert_eq!(known(json!({"email": guest})).await, json!({"bounced": null, "complained": null}));
    assert!(code_comes(&shop, guest).await?);
    let kept = shop.table().await?.of("MAILBOX").next().cloned().ok_or("it is not remembered that staff vouch for it")?;
    assert!(!format!("{kept:?}").contains("guest"), "{kept:?}");
    Ok(())
}

#[tokio::test]
async fn where_nothing_stops_mail_nothing_changes_and_nothing_is_recorded() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait(60);
    shop.tell(Fate::Bounce, &ada.email).await?;
    shop.wait(60);
    assert_eq!(allow(&shop, json!({"email": ada.email})).await.text("/account_id"), ada.account_id());
    let before = shop.table().await?.0;
    let nothing = json!({"bounced": null, "complained": null});
    for whose in [json!({"account_id": ada.account_id()}), json!({"email": ada.email}), json!({"email": "nobody@example.com"})] {
        let again = allow(&shop, whose.clone()).await;
        assert_eq!((again.status, &again.body["cleared"]), (200, &nothing), "{whose}");
    }
    assert_eq!((shop.table().await?.0, recorded(&shop).await?.len()), (before, 1));
    Ok(())
}

#[tokio::test]
async fn who_allowed_it_to_whom_and_why_is_recorded_once_however_many_do_at_once() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait(60);
    for email in [ada.email.as_str(), "guest@example.com"] {
        shop.tell(Fate::Complaint, email).await?;
        shop.wait(60);
        let answers = join_all((0..10).map(|_| allow(&shop, json!({"email": email})))).await;
        assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
        assert_eq!(answers.iter().filter(|answer| !answer.body["cleared"]["complained"].is_null()).count(), 1, "{email}");
    }
    let mut subjects: Vec<_> = recorded(&shop).await?.iter().map(|event| (text(event, "subject"), text(event, "note"))).collect();
    subjects.sort();
    let of_guest = shop.email_key("guest@example.com").await?.encoded();
    let mut expected = [ada.account_id(), of_guest].map(|subject| (subject, NOTE.to_owned()));
    expected.sort();
    assert_eq!(subjects, expected);
    Ok(())
}

#[tokio::test]
async fn a_report_at_the_same_moment_is_not_lost() -> Outcome {
    let mut seen = Vec::new();
    for ahead in HeadStart::rounds(8) {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        shop.wait(60);
        shop.tell(Fate::Bounce, &ada.email).await?;
        shop.wait(60);
        let complaint = shop.mail_event(Fate::Complaint, &ada.email).await?;
        let (allowed, told) = shop.race(ahead, allow(&shop, json!({"account_id": ada.account_id()})), shop.told(&complaint)).await;
        // In either order: what staff have vouched for at that moment covers what its reader said at the same moment.
        let known = shop.account(&ada.email).await?.ok_or("no account")?.mailbox;
        let told = told?;
        assert!(known.bounced.is_none() && known.complained.is_none(), "{known:?}");
        assert_eq!(allowed.body["cleared"]["complained"].is_null(), told == UNCHANGED, "{allowed:?}");
        seen.push(told == UNCHANGED);
    }
    assert!(seen.contains(&true) && seen.contains(&false), "both orders were seen");
    Ok(())
}

#[tokio::test]
async fn nobody_elses_mailbox_is_touched_and_one_name_is_asked_for() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait(60);
    shop.tell(Fate::Bounce, &ada.email).await?;
    shop.open_beside("other").await?;
    let others = shop.key_at("other", Role::Owner).await?;
    let elsewhere = async |whose: Value| shop.ask("allow-mail").at("other").bearer(&others).json(&whose).send().await;
    let before = shop.account(&ada.email).await?.ok_or("no account")?.mailbox;
    assert_eq!(elsewhere(json!({"account_id": ada.account_id(), "note": NOTE})).await.refusal(), (404, "not_found".to_owned()));
    assert_eq!(elsewhere(json!({"email": ada.email, "note": NOTE})).await.body["account_id"], Value::Null);
    assert_eq!(shop.account(&ada.email).await?.ok_or("no account")?.mailbox, before);

    let nobody = json!({"account_id": "acc_aaaaaaaaaaaaaaaaaaaaaaaaaa"});
    assert_eq!(allow(&shop, nobody).await.refusal(), (404, "not_found".to_owned()));
    for (whose, field, code) in [
        (json!({}), "email", "one_of_email_account_id_required"),
        (json!({"email": ada.email, "account_id": ada.account_id()}), "email", "one_of_email_account_id_required"),
        (json!({"email": "no address"}), "email", "invalid_address"),
    ] {
        let refused = allow(&shop, whose.clone()).await;
        assert_eq!(refused.invalid_field(), (field.to_owned(), code.to_owned()), "{whose}");
    }
    let without_note = shop.ask("allow-mail").bearer(&shop.owner_key).json(&json!({"email": ada.email})).send().await;
    assert_eq!(without_note.invalid_field(), ("note".to_owned(), "required".to_owned()));
    Ok(())
}
