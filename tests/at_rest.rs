//! What somebody holds who has stolen the table, but not the keys.

use serde_json::json;
use tests::{Outcome, Shop};

#[tokio::test]
async fn nothing_in_the_table_can_be_played_back() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    let (challenge, code) = shop.challenge(&ada.email, "sign-in").await?;
    shop.wait(60);
    shop.post("forgot-password", json!({"email": ada.email})).await;
    let link = shop.link_token(&ada.email).await?;
    let next = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;

    let table = shop.table().await?;
    let link_secret = link.rsplit('.').next().unwrap_or_default();
    let body = |token: &str| token.split_once('.').map_or_else(String::new, |(_, rest)| rest.to_owned());
    for secret in [
        code.as_str(),
        link_secret,
        &ada.password,
        &body(&ada.refresh_token()),
        &body(&next.text("/refresh_token")),
        &ada.access_token(),
        &body(&ada.session.text("/device_token")),
        shop.owner_key.rsplit('_').next().unwrap_or_default(),
    ] {
        assert!(secret.len() >= 6 && !table.holds(&format!("\"{secret}")) && !table.holds(&format!("{secret}\"")), "{secret}");
    }
    assert!(table.holds(&challenge), "the search finds what is there");
    Ok(())
}

#[tokio::test]
async fn no_address_and_no_network_stands_in_a_key() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.block_email("eve@example.com").await?;
    shop.block(shared::domain::block::BlockRule::cidr("203.0.113.0/24")?, &shared::domain::block::Scope::ALL, None).await?;
    shop.post("login", json!({"email": ada.email, "password": "a wrong one"})).await;
    for item in shop.table().await?.0 {
        let key = format!("{:?} {:?}", item.get("pk"), item.get("sk"));
        for personal in ["ada", "eve", "example.com", "192.0.2", "203.0.113"] {
            assert!(!key.contains(personal), "{key}");
        }
    }
    Ok(())
}
