//! `list-invites`: every campaign, the newest first, page by page.

use serde_json::{Value, json};
use shared::domain::role::Role;
use tests::{Failure, Outcome, Shop};

fn ids(page: &Value) -> Result<Vec<String>, Failure> {
    let campaigns = page["campaigns"].as_array().ok_or("no list")?;
    Ok(campaigns.iter().filter_map(|campaign| campaign["campaign_id"].as_str().map(str::to_owned)).collect())
}

#[tokio::test]
async fn campaigns_are_told_as_they_stand_the_newest_first() -> Outcome {
    let shop = Shop::open().await?;
    shop.open_beside("other").await?;
    let mut begun = Vec::new();
    for _ in 0..3 {
        begun.insert(0, shop.invite(json!({"audience": "all"})).await?);
        shop.wait(1);
    }
    let support = shop.key(Role::Support).await?;
    let list = shop.ask("list-invites").bearer(&support).send().await;
    assert_eq!((list.status, ids(&list.body)?, &list.body["next"]), (200, begun.clone(), &Value::Null));
    assert_eq!(list.body["campaigns"][0], shop.campaign(&begun[0]).await);

    let others = shop.key_at("other", Role::Owner).await?;
    assert_eq!(ids(&shop.ask("list-invites").at("other").bearer(&others).send().await.body)?, Vec::<String>::new());
    Ok(())
}

#[tokio::test]
async fn many_come_in_pages_each_once() -> Outcome {
    let shop = Shop::open().await?;
    for _ in 0..12 {
        for _ in 0..10 {
            shop.invite(json!({"audience": "all"})).await?;
        }
        // With nobody to mail, they end at once.
        shop.minutes(1).await?;
    }
    let (mut seen, mut query) = (Vec::new(), String::new());
    loop {
        let list = shop.ask("list-invites").query(&query).bearer(&shop.owner_key).send().await;
        seen.extend(ids(&list.body)?);
        let Some(next) = list.body["next"].as_str() else { break };
        query = format!("before={next}");
    }
    let distinct: std::collections::BTreeSet<_> = seen.iter().collect();
    assert_eq!((seen.len(), distinct.len()), (120, 120));
    Ok(())
}

#[tokio::test]
async fn a_query_that_it_does_not_know_is_refused() -> Outcome {
    let shop = Shop::open().await?;
    for (query, field, code) in [("before=nowhere", "before", "invalid_place"), ("status=done", "", "unknown_field")] {
        let answer = shop.ask("list-invites").query(query).bearer(&shop.owner_key).send().await;
        assert_eq!(answer.invalid_field(), (field.to_owned(), code.to_owned()), "{query}");
    }
    Ok(())
}
