//! `orders`: recorded once, and listed.

use serde_json::json;
use tests::{Outcome, Shop};

use super::run::{by_owner, vestibule};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_of_an_account_or_an_address_is_recorded_and_listed() -> Outcome {
    let shop = Shop::open().await?;
    let account = shop.customer("ada@example.com").await?.account_id();
    let served = shop.serve().await?;
    let order = ["--total", "4990", "--currency", "EUR", "--placed-at", "2025-03-14T18:04:00Z"];
    let words = [&["orders", "record", "--account", &account, "--reference", "R-1042"], &order[..]].concat();

    let recorded = by_owner(&shop, &served, &words).await?;
    assert_eq!((recorded.code, recorded.row("outcome")?.ends_with("recorded")), (0, true), "{recorded:?}");
    let refund = ["--refunded", "1500", "--changed-at", "2025-03-20T09:00:00Z", "--json"];
    let changed = by_owner(&shop, &served, &[&words[..], &refund].concat()).await?.json()?;
    assert_eq!((&changed["outcome"], &changed["refunded"], &changed["signed_in"]), (&json!("changed"), &json!(1500), &json!(true)));

    let guest = [&["orders", "record", "--email", "-", "--reference", "R-1043", "--cancelled", "--json"], &order[..]].concat();
    let guest = vestibule(&guest).at(&served, &shop.owner_key).piped("guest@example.com\n").end().await?.json()?;
    assert_eq!((&guest["signed_in"], &guest["cancelled"]), (&json!(false), &json!(true)));

    let listed = by_owner(&shop, &served, &["orders", "list", "--account", &account]).await?;
    assert!(listed.row("R-1042")?.ends_with("EUR       4990   1500      no"), "{listed:?}");
    let of_guest = vestibule(&["orders", "list", "--email", "-"]).at(&served, &shop.owner_key).piped("guest@example.com").end().await?;
    assert!(of_guest.row("R-1043")?.ends_with("yes"), "{of_guest:?}");

    let bought = ["accounts", "list", "--orders-at-least", "1", "--orders-at-most", "9", "--spent-at-least", "EUR3000"];
    let buyers = by_owner(&shop, &served, &[&bought[..], &["--has-account", "true"]].concat()).await?;
    assert!(buyers.row("ada@example.com")?.ends_with("1       EUR: 3490  -"), "{buyers:?}");
    let guests = by_owner(&shop, &served, &["accounts", "list", "--has-account", "false"]).await?;
    assert!(guests.tells("guest@example.com") && !guests.tells("ada@example.com"), "{guests:?}");
    assert!(served.asked().iter().all(|request| !request.query.contains("example.com")));
    Ok(())
}
