//! `cancel-invites`: nobody more is mailed.

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::json;
use tests::{Answer, HeadStart, Outcome, Shop, text};

async fn cancel(shop: &Shop, campaign: &str) -> Answer {
    shop.ask("cancel-invites").bearer(&shop.owner_key).json(&json!({"campaign_id": campaign, "note": "A mistake."})).send().await
}

#[tokio::test]
async fn whoever_waits_is_not_mailed_any_more_and_links_that_are_out_stay_good() -> Outcome {
    let shop = Shop::open().await?;
    for number in 0..6 {
        shop.brought_along(&format!("customer{number}@example.com")).await?;
    }
    let campaign = shop.invite(json!({"audience": "all", "mails_per_hour": 120, "reminder_days": [1, 1]})).await?;
    assert_eq!(shop.minutes(2).await?, 4);

    let cancelled = cancel(&shop, &campaign).await;
    assert_eq!((cancelled.status, cancelled.text("/status")), (200, "cancelled".to_owned()));
    assert_eq!((&cancelled.body["counts"]["sent"], &cancelled.body["counts"]["waiting"]), (&json!(4), &json!(2)));
    assert_eq!(cancelled.text("/ended_at"), shop.clock.now().rfc3339());

    assert_eq!(shop.minutes(3).await?, 0);
    shop.wait(2 * 86_400);
    assert_eq!(shop.minutes(3).await?, 0, "and nobody is reminded");
    let to = shop.every_mail().await?.into_iter().find(|mail| mail.kind == "invite").ok_or("nobody was invited")?.to;
    let reset = json!({"token": shop.link_token(&to).await?, "password": "a first password"});
    assert_eq!(shop.post("reset-password", reset).await.status, 204);
    Ok(())
}

#[tokio::test]
async fn what_is_over_stays_as_it_ended() -> Outcome {
    let shop = Shop::open().await?;
    let campaign = shop.invite(json!({"audience": "all"})).await?;
    let first = cancel(&shop, &campaign).await;
    shop.wait(60);
    assert_eq!(cancel(&shop, &campaign).await.body, first.body);
    let recorded = shop.table().await?.0.iter().filter(|item| text(item, "action") == "cancel-invites").count();
    assert_eq!(recorded, 1);

    let done = shop.invite(json!({"audience": "all"})).await?;
    shop.tick().await?;
    assert_eq!(cancel(&shop, &done).await.text("/status"), "done");
    Ok(())
}

#[tokio::test]
async fn a_campaign_of_nobody_or_of_another_shop_is_not_found() -> Outcome {
    let shop = Shop::open().await?;
    shop.open_beside("other").await?;
    let others = shop.key_at("other", shared::domain::role::Role::Owner).await?;
    let campaign = shop.invite(json!({"audience": "all"})).await?;
    assert_eq!(cancel(&shop, "cmp_aaaaaaaaaaaaaaaa").await.refusal(), (404, "not_found".to_owned()));
    let elsewhere = shop.ask("cancel-invites").at("other").bearer(&others).json(&json!({"campaign_id": campaign})).send().await;
    assert_eq!(elsewhere.refusal(), (404, "not_found".to_owned()));
    assert_eq!(shop.campaign(&campaign).await["status"], "scheduled");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_cancellation_stands_against_every_runner() -> Outcome {
    let mut statuses = BTreeSet::new();
    for ahead in HeadStart::rounds(4) {
        let shop = Shop::open().await?;
        let plenty = shared::domain::policy::MailsPerHour::parse(1_000_000)?;
        shop.set_up(|settings| settings.mails_per_hour = plenty).await?;
        for number in 0..150 {
            shop.brought_along(&format!("customer{number}@example.com")).await?;
        }
        let campaign = shop.invite(json!({"audience": "all"})).await?;
        let (cancelled, ticks) = shop.race(ahead, cancel(&shop, &campaign), join_all((0..2).map(|_| shop.tick()))).await;
        assert_eq!(cancelled.status, 200);
        assert!(ticks.iter().all(Result::is_ok));
        let mailed = shop.every_mail().await?.len();
        match ahead {
            HeadStart::FirstEnds => assert_eq!(mailed, 0),
            HeadStart::SecondEnds => assert!(mailed > 0),
            _ => {}
        }
        assert_eq!(shop.campaign(&campaign).await["status"], cancelled.body["status"]);
        assert_eq!(shop.minutes(3).await?, 0);
        assert_eq!(shop.every_mail().await?.len(), mailed);
        statuses.insert(cancelled.text("/status"));
    }
    assert!(statuses.contains("cancelled"), "{statuses:?}");
    Ok(())
}
