//! `view-invites`: how far a campaign has come, for those who may know.

use serde_json::json;
use shared::domain::role::Role;
use tests::{Outcome, Shop};

#[tokio::test]
async fn a_campaign_tells_whom_it_waits_for_whom_it_has_mailed_and_who_has_come() -> Outcome {
    let shop = Shop::open().await?;
    for number in 0..4 {
        shop.brought_along(&format!("customer{number}@example.com")).await?;
    }
    let campaign = shop.invite(json!({"audience": "all", "mails_per_hour": 60, "reminder_days": [1]})).await?;
    let told = async || {
        let seen = shop.campaign(&campaign).await;
        let counts = ["waiting", "sent", "reminded", "activated"].map(|count| seen["counts"][count].as_u64().unwrap_or(99));
        (seen["status"].as_str().unwrap_or_default().to_owned(), counts)
    };
    assert_eq!(told().await, ("scheduled".to_owned(), [0, 0, 0, 0]));
    shop.minutes(1).await?;
    assert_eq!(told().await, ("mailing".to_owned(), [3, 1, 0, 0]));
    shop.minutes(4).await?;
    assert_eq!(told().await, ("following".to_owned(), [0, 4, 0, 0]));

    let reset = json!({"token": shop.link_token("customer0@example.com").await?, "password": "a first password"});
    assert_eq!(shop.post("reset-password", reset).await.status, 204);
    shop.wait(6 * 60 * 60);
    shop.minutes(1).await?;
    assert_eq!(told().await, ("following".to_owned(), [0, 4, 0, 1]));
    shop.wait(18 * 60 * 60);
    shop.minutes(5).await?;
    assert_eq!(told().await, ("following".to_owned(), [0, 4, 3, 1]));
    Ok(())
}

#[tokio::test]
async fn a_campaign_of_nobody_or_of_another_shop_is_not_found() -> Outcome {
    let shop = Shop::open().await?;
    shop.open_beside("other").await?;
    let others = shop.key_at("other", Role::Owner).await?;
    let campaign = shop.invite(json!({"audience": "all"})).await?;
    for (store, key, id) in [("demo", &shop.owner_key, "cmp_aaaaaaaaaaaaaaaa"), ("other", &others, campaign.as_str())] {
        let answer = shop.ask("view-invites").at(store).bearer(key).query(&format!("campaign_id={id}")).send().await;
        assert_eq!(answer.refusal(), (404, "not_found".to_owned()), "{store}");
    }
    for (query, field, code) in [("", "campaign_id", "required"), ("campaign_id=x", "campaign_id", "invalid_identifier")] {
        let answer = shop.ask("view-invites").bearer(&shop.owner_key).query(query).send().await;
        assert_eq!(answer.invalid_field(), (field.to_owned(), code.to_owned()), "{query}");
    }
    Ok(())
}
