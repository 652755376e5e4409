//! `blocks`: who is kept from what.

use serde_json::json;
use tests::{Outcome, Shop};

use super::run::{by_owner, vestibule};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_address_is_asked_about_without_standing_in_the_arguments_or_a_url() -> Outcome {
    let shop = Shop::open().await?;
    let blocked = shop.block_email("eve@example.com").await?;
    let served = shop.serve().await?;
    let check = ["blocks", "check", "--scope", "checkout", "--email", "-"];

    let eve = vestibule(&check).at(&served, &shop.owner_key).piped("eve@example.com\n").end().await?;
    assert_eq!(eve.code, 0, "{eve:?}");
    assert!(eve.row("blocked ")?.ends_with("yes") && eve.row("block id")?.ends_with(blocked.as_str()), "{eve:?}");
    let ada = vestibule(&check).at(&served, &shop.owner_key).piped("ada@example.com").end().await?;
    assert_eq!((ada.code, ada.output.as_str()), (0, "blocked  no\n"));
    for request in served.asked() {
        assert!(request.query.is_empty() && !request.path.contains("example"), "{request:?}");
    }

    let nothing = vestibule(&check).at(&served, &shop.owner_key).end().await?;
    assert_eq!((nothing.code, served.asked().len()), (2, 2), "{nothing:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_tells_all_that_is_known() -> Outcome {
    let shop = Shop::open().await?;
    let account = shop.customer("ada@example.com").await?.account_id();
    let served = shop.serve().await?;
    let words =
        ["blocks", "check", "--json", "--scope", "sign-in", "--ip", "192.0.2.9", "--account", &account, "--email", "ada@example.com"];
    let checked = by_owner(&shop, &served, &words).await?;
    assert_eq!(checked.json()?, json!({"blocked": false}), "{checked:?}");
    let asked: serde_json::Value = serde_json::from_slice(&served.asked()[0].body)?;
    assert_eq!(asked, json!({"scope": "sign-in", "ip": "192.0.2.9", "account_id": account, "email": "ada@example.com"}));

    let nobody = by_owner(&shop, &served, &["blocks", "check", "--scope", "sign-in"]).await?;
    assert_eq!((nobody.code, served.asked().len()), (2, 1), "{nobody:?}");
    Ok(())
}
