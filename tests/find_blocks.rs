//! `find-blocks`: by the very value, in a body.

use serde_json::{Value, json};
use shared::domain::{
    block::{BlockRule, Scope},
    client_address::ClientAddress,
    role::Role,
};
use tests::{Answer, Outcome, Shop};

async fn find(shop: &Shop, kind: &str, value: &str) -> Answer {
    shop.ask("find-blocks").bearer(&shop.owner_key).json(&json!({"type": kind, "value": value})).send().await
}

fn values(answer: &Answer) -> Vec<String> {
    let blocks = answer.body["blocks"].as_array().into_iter().flatten();
    blocks.map(|block| block["value"].as_str().unwrap_or_default().to_owned()).collect()
}

#[tokio::test]
async fn every_block_of_a_value_is_found_in_any_spelling_and_none_of_another() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    for (kind, value) in [
        ("email", "ada@example.com"),
        ("email", "ada+shop@example.com"),
        ("email", "bob@example.com"),
        ("domain", "example.com"),
        ("domain", "mail.example.com"),
        ("ip", "198.51.100.7"),
        ("cidr", "198.51.100.7/32"),
        ("cidr", "198.51.100.0/24"),
        ("account", &ada.account_id()),
    ] {
        let body = json!({"type": kind, "value": value, "reason_code": "fraud", "note": "Stolen cards."});
        let made = shop.ask("create-block").bearer(&shop.owner_key).json(&body).send().await;
        assert_eq!(made.status, 201, "{value}");
        shop.wait(1);
    }
    for (kind, value, found) in [
        ("email", "ADA@example.com", vec!["ada+shop@example.com", "ada@example.com"]),
        ("email", "ada+other@EXAMPLE.com", vec!["ada+shop@example.com", "ada@example.com"]),
        ("email", "bob@example.com", vec!["bob@example.com"]),
        ("email", "eve@example.com", vec![]),
        ("domain", "Example.com", vec!["example.com"]),
        ("domain", "shop.example.com", vec![]),
        ("ip", "::ffff:198.51.100.7", vec!["198.51.100.7/32", "198.51.100.7"]),
        ("cidr", "198.51.100.9/24", vec!["198.51.100.0/24"]),
        ("account", &ada.account_id(), vec![&ada.account_id()]),
    ] {
        assert_eq!(values(&find(&shop, kind, value).await), found, "{kind} {value}");
    }
    Ok(())
}

#[tokio::test]
async fn what_has_ended_is_found_too_and_a_long_past_comes_in_pages() -> Outcome {
    let shop = Shop::open().await?;
    let rule = BlockRule::Ip(ClientAddress::parse("203.0.113.9")?);
    for _ in 0..120 {
        shop.block(rule.clone(), &Scope::ALL, Some(std::time::Duration::from_secs(1))).await?;
        shop.wait(1);
    }
    let id = shop.block(rule, &Scope::ALL, None).await?;
    let lift = json!({"block_id": id.as_str(), "note": "Done."});
    assert_eq!(shop.ask("lift-block").bearer(&shop.owner_key).json(&lift).send().await.status, 204);

    let first = find(&shop, "ip", "203.0.113.9").await;
    assert_eq!(
        (values(&first).len(), &first.body["blocks"][0]["state"], &first.body["blocks"][1]["state"]),
        (100, &json!("lifted"), &json!("expired"))
    );
    let rest = json!({"type": "ip", "value": "203.0.113.9", "before": first.text("/next")});
    let rest = shop.ask("find-blocks").bearer(&shop.owner_key).json(&rest).send().await;
    assert_eq!((values(&rest).len(), &rest.body["next"]), (21, &Value::Null));
    Ok(())
}

#[tokio::test]
async fn a_value_that_is_none_is_refused_and_another_shop_has_its_own() -> Outcome {
    let shop = Shop::open().await?;
    shop.open_beside("other").await?;
    let others = shop.key_at("other", Role::Owner).await?;
    shop.block_email("ada@example.com").await?;
    let body = json!({"type": "email", "value": "ada@example.com"});
    let elsewhere = shop.ask("find-blocks").at("other").bearer(&others).json(&body).send().await;
    assert_eq!(elsewhere.body, json!({"blocks": [], "next": null}));
    for (body, field, code) in [
        (json!({"value": "ada@example.com"}), "type", "required"),
        (json!({"type": "email"}), "value", "required"),
        (json!({"type": "email", "value": "ada"}), "value", "invalid_address"),
        (json!({"type": "ip", "value": "192.0.2.0/24"}), "value", "invalid_ip_address"),
        (json!({"type": "cidr", "value": "0.0.0.0/0"}), "value", "network_too_wide"),
        (json!({"type": "email", "value": "ada@example.com", "before": "nowhere"}), "before", "invalid_place"),
    ] {
        let answer = shop.ask("find-blocks").bearer(&shop.owner_key).json(&body).send().await;
        assert_eq!(answer.invalid_field(), (field.to_owned(), code.to_owned()), "{body}");
    }
    Ok(())
}
