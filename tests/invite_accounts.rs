//! `invite-accounts`: what can be asked for, and what is written down.

use serde_json::json;
use shared::domain::{policy::MailsPerHour, role::Role, shop::SignInBy};
use tests::{Answer, Outcome, Shop, text};

async fn ask(shop: &Shop, body: serde_json::Value) -> Answer {
    shop.ask("invite-accounts").bearer(&shop.owner_key).json(&body).send().await
}

#[tokio::test]
async fn a_campaign_is_answered_at_once_with_what_was_asked_for_and_nothing_done_yet() -> Outcome {
    let shop = Shop::open().await?;
    shop.brought_along("ada@example.com").await?;
    let begun = ask(
        &shop,
        json!({"audience": "all", "start_at": "2027-01-01T09:00:00+01:00", "mails_per_hour": 100, "reminder_days": [3],
            "only_without_password": true, "announcement": {"en": " We have moved. "}, "note": "The move."}),
    )
    .await;
    assert_eq!(begun.status, 202, "{begun:?}");
    let owner = format!("key_{}", shop.owner_key.split('_').nth(1).unwrap_or_default());
    let nobody = json!({"active": 0, "closed": 0, "blocked": 0, "undeliverable": 0, "has_password": 0, "invited_lately": 0, "unknown": 0});
    assert_eq!(
        begun.body,
        json!({"campaign_id": begun.text("/campaign_id"), "status": "scheduled", "audience": "all", "only_without_password": true,
            "dry_run": false, "start_at": "2027-01-01T08:00:00Z", "mails_per_hour": 100, "reminder_days": [3],
            "announcement": {"en": "We have moved."}, "created_at": shop.clock.now().rfc3339(), "created_by": owner,
            "ended_at": null,
            "counts": {"waiting": 0, "sent": 0, "reminded": 0, "activated": 0, "skipped": nobody, "counted_at": null}})
    );
    assert_eq!(shop.every_mail().await?.len(), 0);
    assert_eq!(shop.campaign(&begun.text("/campaign_id")).await, begun.body);
    Ok(())
}

#[tokio::test]
async fn what_is_left_out_is_the_shops_share_from_now_on() -> Outcome {
    let shop = Shop::open().await?;
    let begun = ask(&shop, json!({"audience": "all", "start_at": "2020-01-01T00:00:00Z"})).await;
    assert_eq!((begun.text("/start_at"), &begun.body["mails_per_hour"]), (shop.clock.now().rfc3339(), &json!(400)));
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_is_told_by_its_field() -> Outcome {
    let shop = Shop::open().await?;
    let names = |count: usize| -> Vec<String> {
        let name = |number: usize| format!("acc_{}", shared::domain::base32::encode(&(number as u128).to_be_bytes()));
        (0..count).map(name).collect()
    };
    for (body, field, code) in [
        (json!({}), "audience", "required"),
        (json!({"audience": "everybody"}), "audience", "not_one_of_the_values"),
        (json!({"audience": {"account_ids": []}}), "audience.account_ids", "empty"),
        (json!({"audience": {"account_ids": names(401)}}), "audience.account_ids", "too_many"),
        (json!({"audience": {"account_ids": ["ada@example.com"]}}), "audience.account_ids[0]", "invalid_identifier"),
        (json!({"audience": "all", "mails_per_hour": 0}), "mails_per_hour", "too_low"),
        (json!({"audience": "all", "mails_per_hour": 401}), "mails_per_hour", "too_high"),
        (json!({"audience": "all", "mails_per_hour": -1}), "mails_per_hour", "wrong_type"),
        (json!({"audience": "all", "start_at": "tomorrow"}), "start_at", "invalid_moment"),
        (json!({"audience": "all", "start_at": "2036-01-01T00:00:00Z"}), "start_at", "out_of_range"),
        (json!({"audience": "all", "reminder_days": [1, 1, 1]}), "reminder_days", "too_many"),
        (json!({"audience": "all", "reminder_days": [0]}), "reminder_days[0]", "too_low"),
        (json!({"audience": "all", "announcement": {"en": "See www.evil.example"}}), "announcement.en", "link_in_text"),
        (json!({"audience": "all", "announcement": {"en": "é".repeat(1_001)}}), "announcement.en", "too_long"),
        (json!({"audience": "all", "announcement": {"pt": "Olá"}}), "announcement", "not_one_of_the_values"),
        (json!({"audience": "all", "to": "eve@evil.example"}), "", "unknown_field"),
    ] {
        let answer = ask(&shop, body.clone()).await;
        assert_eq!(answer.invalid_field(), (field.to_owned(), code.to_owned()), "{body}: {answer:?}");
    }
    assert_eq!(ask(&shop, json!({"audience": {"account_ids": names(400)}})).await.status, 202);
    Ok(())
}

#[tokio::test]
async fn a_shop_without_a_share_for_invitations_is_told_so() -> Outcome {
    let shop = Shop::open().await?;
    let one = MailsPerHour::parse(1)?;
    shop.set_up(|settings| settings.mails_per_hour = one).await?;
    let answer = ask(&shop, json!({"audience": "all"})).await;
    assert_eq!(answer.invalid_field(), ("mails_per_hour".to_owned(), "too_high".to_owned()));
    Ok(())
}

#[tokio::test]
async fn ten_campaigns_are_open_at_most_however_many_are_asked_for_at_once() -> Outcome {
    let shop = Shop::open().await?;
    let answers = futures::future::join_all((0..14).map(|_| ask(&shop, json!({"audience": "all"})))).await;
    let begun: Vec<_> = answers.iter().filter(|answer| answer.status == 202).collect();
    let refused = answers.iter().filter(|answer| answer.refusal() == (409, "conflict".to_owned())).count();
    assert_eq!((begun.len(), refused), (10, 4));
    let cancelled = json!({"campaign_id": begun[0].text("/campaign_id")});
    assert_eq!(shop.ask("cancel-invites").bearer(&shop.owner_key).json(&cancelled).send().await.status, 200);
    assert_eq!(ask(&shop, json!({"audience": "all"})).await.status, 202, "one has ended");
    shop.tick().await?;
    assert_eq!(ask(&shop, json!({"audience": "all"})).await.status, 202, "with nobody to mail, they all have");
    Ok(())
}

#[tokio::test]
async fn who_began_a_campaign_and_why_is_recorded() -> Outcome {
    let shop = Shop::open().await?;
    let administrator = shop.key(Role::Administrator).await?;
    let body = json!({"audience": "all", "note": "The move."});
    let begun = shop.ask("invite-accounts").bearer(&administrator).json(&body).send().await;
    let table = shop.table().await?;
    let record = table.0.iter().find(|item| text(item, "action") == "invite-accounts").ok_or("nothing was recorded")?;
    assert_eq!((text(record, "subject"), text(record, "note")), (begun.text("/campaign_id"), "The move.".to_owned()));
    Ok(())
}

#[tokio::test]
async fn where_customers_have_no_passwords_they_are_invited_to_sign_in_by_a_code() -> Outcome {
    let shop = Shop::open().await?;
    shop.brought_along("ada@example.com").await?;
    shop.set_up(|settings| settings.sign_in_by = SignInBy::Code).await?;
    let campaign = shop.invite(json!({"audience": "all"})).await?;
    assert_eq!(shop.minutes(1).await?, 1);

    let mail = shop.mails("ada@example.com").await?.pop().ok_or("nobody was invited")?;
    assert!(mail.text.contains(shop.settings().await?.urls.sign_in.as_str()), "{}", mail.text);
    assert!(!mail.text.contains("token=") && !mail.text.contains("Choose"), "{}", mail.text);

    let (challenge, code) = shop.challenge("ada@example.com", "sign-in").await?;
    let session = shop.post("verify-code", json!({"challenge_id": challenge, "code": code})).await;
    assert_eq!(session.status, 200, "{session:?}");
    // Who has come is counted every six hours.
    shop.wait(6 * 60 * 60);
    shop.tick().await?;
    assert_eq!(shop.campaign(&campaign).await["counts"]["activated"], 1);
    Ok(())
}
