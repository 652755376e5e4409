//! Who sends a request is judged before its body: a stranger learns nothing of a body, and has little of it parsed.

use local::template::{Function, Template};
use serde_json::json;
use shared::{domain::role::Role, http::Side};
use tests::{Failure, Outcome, Shop};

/// Bodies that no operation takes, each for another reason, and how the holder of a right key is told.
fn bodies() -> Vec<(&'static str, &'static str, Vec<u8>, [u16; 3])> {
    let rows: Vec<_> = (0..20_000).map(|number| json!({"email": format!("customer-{number}@example.com")})).collect();
    vec![
        ("not JSON", "application/json", b"{".to_vec(), [400; 3]),
        ("of another type", "text/plain", b"{}".to_vec(), [415; 3]),
        ("no object", "application/json", b"[]".to_vec(), [422; 3]),
        ("an unknown field", "application/json", b"{\"no_such_field\":1}".to_vec(), [422; 3]),
        ("deep", "application/json", [vec![b'['; 10_000], vec![b']'; 5_000]].concat(), [400, 413, 422]),
        ("large", "application/json", json!({ "rows": rows }).to_string().into_bytes(), [413, 422, 422]),
        ("too large", "application/json", vec![b' '; 2 * 1024 * 1024], [413; 3]),
    ]
}

fn posts(side: Side) -> Result<Vec<String>, Failure> {
    let template = Template::read(&Template::path())?;
    let has_body = |function: &Function| function.routes.iter().any(|route| route.side() == side && route.method != "GET");
    let prefix = if side == Side::Merchant { "admin/" } else { "" };
    let names: Vec<_> = template.functions().filter(has_body).map(|function| format!("{prefix}{}", function.operation)).collect();
    assert!(names.len() > 10);
    Ok(names)
}

#[tokio::test]
async fn every_operation_of_the_staff_judges_the_key_before_the_body() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.open_beside("other").await?;
    let others = shop.key_at("other", Role::Owner).await?;
    let revoked = shop.key(Role::Owner).await?;
    let storefront = shop.key(Role::Storefront).await?;
    let id = format!("key_{}", revoked.split('_').nth(1).ok_or("a key has three parts")?);
    assert_eq!(shop.ask("revoke-key").bearer(&shop.owner_key).json(&json!({"key_id": id})).send().await.status, 204);
    let (name, _) = shop.owner_key.rsplit_once('_').ok_or("a key has three parts")?;
    let (_, secret) = others.rsplit_once('_').ok_or("a key has three parts")?;
    let crossed = format!("{name}_{secret}");
    let access = ada.access_token();

    let mut judged = 0;
    for operation in posts(Side::Merchant)? {
        for (what, content_type, body, told) in bodies() {
            for (shown, key) in [
                ("no key", None),
                ("not a key", Some("vsk_nonsense")),
                ("a customer's token", Some(access.as_str())),
                ("another shop's owner", Some(others.as_str())),
                ("another secret", Some(crossed.as_str())),
                ("a revoked owner", Some(revoked.as_str())),
            ] {
                let request = shop.ask(&operation).raw(content_type, &body);
                let answer = key.map_or(request.clone(), |key| request.bearer(key)).send().await;
                assert_eq!(answer.refusal(), (401, "invalid_token".to_owned()), "{operation}, {shown}, {what}");
                judged += 1;
            }
            let low = shop.ask(&operation).raw(content_type, &body).bearer(&storefront).send().await;
            assert_eq!(low.refusal(), (403, "forbidden".to_owned()), "{operation}, {what}");
            let right = shop.ask(&operation).raw(content_type, &body).bearer(&shop.owner_key).send().await;
            assert!(told.contains(&right.status), "{operation}, {what}: {right:?}");
        }
    }
    println!("{judged} of {judged} requests without a right key got 401, whatever their body");
    Ok(())
}

#[tokio::test]
async fn every_operation_of_a_customer_judges_the_token_before_the_body() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let access = ada.access_token();
    let (signed, _) = access.rsplit_once('.').ok_or("a token has three parts")?;
    let forged = format!("{signed}.{}", "A".repeat(86));
    let storefront = shop.key(Role::Storefront).await?;
    let of_visitors = ["create-account", "login", "send-code", "verify-code", "forgot-password", "reset-password", "refresh-session"];
    shop.wait(16 * 60);
    for operation in posts(Side::Storefront)?.iter().filter(|operation| !of_visitors.contains(&operation.as_str())) {
        for (what, content_type, body, _) in bodies() {
            for (shown, token) in [
                ("no token", None),
                ("a forged one", Some(&forged)),
                ("one that has run out", Some(&access)),
                ("a key", Some(&shop.owner_key)),
            ] {
                let request = shop.ask(operation).raw(content_type, &body);
                let answer = token.map_or(request.clone(), |token| request.bearer(token)).send().await;
                assert_eq!(answer.refusal(), (401, "invalid_token".to_owned()), "{operation}, {shown}, {what}");
            }
        }
    }
    let id = format!("key_{}", storefront.split('_').nth(1).ok_or("a key has three parts")?);
    assert_eq!(shop.ask("revoke-key").bearer(&shop.owner_key).json(&json!({"key_id": id})).send().await.status, 204);
    for operation in of_visitors {
        for (what, content_type, body, told) in bodies() {
            let request = shop.ask(operation).raw(content_type, &body);
            assert!(told.contains(&request.clone().send().await.status), "{operation}, {what}");
            let by_key = request.header("x-vestibule-storefront-key", &storefront).header("x-vestibule-client-ip", "198.51.100.1");
            assert_eq!(by_key.send().await.refusal(), (401, "invalid_storefront_key".to_owned()), "{operation}, {what}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn every_answer_tells_browsers_to_come_by_tls_alone() -> Outcome {
    let shop = Shop::open().await?;
    for (operation, status) in [("jwks", 200), ("send-code", 400), ("list-keys", 401), ("view-account", 401)] {
        let answer = shop.ask(operation).raw("application/json", b"{").send().await;
        assert_eq!(answer.status, status, "{operation}");
        assert_eq!(answer.headers["strict-transport-security"], "max-age=63072000; includeSubDomains", "{operation}");
    }
    let nowhere = shop.ask("send-code").at("nowhere").json(&json!({"email": "ada@example.com"})).send().await;
    assert_eq!((nowhere.status, nowhere.headers.contains_key("strict-transport-security")), (404, true));
    Ok(())
}

#[tokio::test]
async fn a_key_is_judged_before_an_idempotency_key_that_is_none() -> Outcome {
    let shop = Shop::open().await?;
    let block = json!({"type": "email", "value": "eve@example.com", "reason_code": "fraud"});
    let ask = |key: &str| shop.ask("create-block").bearer(key).header("idempotency-key", &"k".repeat(1_000)).json(&block).send();
    let (name, secret) = shop.owner_key.rsplit_once('_').ok_or("a key has three parts")?;
    let wrong = format!("{name}_{}", secret.chars().rev().collect::<String>());
    assert_eq!(ask(&wrong).await.refusal(), (401, "invalid_token".to_owned()));
    assert_eq!(ask(&shop.owner_key).await.status, 422);
    Ok(())
}
