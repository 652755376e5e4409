//! `export-account`: everything that is held on a customer.

use serde_json::json;
use tests::{Outcome, Shop};

#[tokio::test]
async fn a_freshly_proved_customer_gets_everything() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.hold(&ada.email).await?;
    let exported = || shop.ask("export-account").bearer(&ada.access_token()).send();

    let answer = exported().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!((answer.text("/status"), answer.text("/account/email")), ("active".to_owned(), ada.email.clone()));
    assert_eq!(answer.body["holds"][0]["kind"], json!("subscription"));

    shop.wait(601);
    assert_eq!(exported().await.refusal(), (403, "proof_required".to_owned()));
    Ok(())
}
