//! `view-store`: the settings, as they are.

use serde_json::json;
use shared::domain::role::Role;
use tests::{Outcome, Shop};

#[tokio::test]
async fn whoever_reads_for_the_shop_sees_its_settings_with_their_revision() -> Outcome {
    let shop = Shop::open().await?;
    let key = shop.key(Role::Support).await?;
    let seen = shop.ask("view-store").bearer(&key).send().await;
    assert_eq!(seen.status, 200, "{seen:?}");
    assert_eq!(
        seen.body,
        json!({
            "store": "demo", "revision": 0, "name": "Demo store", "sender": "accounts@shop.example", "support_email": "help@shop.example",
            "issuer": "http://127.0.0.1:9000/demo",
            "urls": {
                "home": "http://127.0.0.1:9000/", "sign_in": "http://127.0.0.1:9000/#sign-in",
                "forgot_password": "http://127.0.0.1:9000/#forgot", "reset_password": "http://127.0.0.1:9000/reset-password",
            },
            "language": "en", "languages": ["en", "fr", "nl", "de", "es"], "accounts_on": true, "sign_up_open": true, "sign_in_by": "both",
            "mails_per_hour": 1000, "code_minutes": 10, "reset_link_minutes": 1440, "session_days": 90,
            "export_notes": false,
            "mail_templates": {},
        })
    );
    Ok(())
}

#[tokio::test]
async fn each_shop_sees_its_own() -> Outcome {
    let shop = Shop::open().await?;
    shop.open_beside("other").await?;
    let key = shop.key_at("other", Role::Support).await?;
    assert_eq!(shop.ask("view-store").at("other").bearer(&key).send().await.text("/issuer"), "http://127.0.0.1:9000/other");
    assert_eq!(shop.ask("view-store").bearer(&key).send().await.status, 401);
    Ok(())
}
