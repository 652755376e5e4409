//! `update-account`: what customers say of themselves.

use serde_json::{Value, json};
use tests::{Outcome, Shop};

#[tokio::test]
async fn what_is_sent_changes_and_what_is_not_sent_stays() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let update = |body: Value| shop.ask("update-account").bearer(&ada.access_token()).json(&body).send();
    let address = json!({"country": "FR", "street": ["10 rue de la Paix"], "postal_code": "75002", "city": "Paris"});

    let updated = update(json!({"locale": "fr", "marketing_consent": true, "shipping_address": address})).await;
    assert_eq!(updated.status, 200, "{updated:?}");
    assert_eq!((updated.text("/name"), updated.text("/locale")), ("Ada".to_owned(), "fr".to_owned()));
    assert_eq!(updated.body["marketing_consent"]["source"], "update-account");
    assert_eq!(updated.text("/shipping_address/city"), "Paris");

    let removed = update(json!({"name": null, "shipping_address": null})).await;
    assert_eq!(
        (&removed.body["name"], &removed.body["shipping_address"], removed.text("/locale")),
        (&Value::Null, &Value::Null, "fr".to_owned())
    );
    let seen = shop.ask("view-account").bearer(&ada.access_token()).send().await;
    assert_eq!(seen.body, removed.body);
    Ok(())
}
