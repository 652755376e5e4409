//! `accounts`: what staff see and do of customers.

use shared::domain::role::Role;
use tests::{Outcome, Shop};

use super::run::{by_owner, vestibule};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hold_is_set_and_lifted_by_the_name_of_its_reason() -> Outcome {
    let shop = Shop::open().await?;
    let account = shop.customer("ada@example.com").await?.account_id();
    let served = shop.serve().await?;

    let held = by_owner(&shop, &served, &["accounts", "hold", &account, "dispute", "--note", "Order 1042 is disputed."]).await?;
    assert_eq!(held.code, 0, "{held:?}");
    assert!(held.output.starts_with(&format!("The account {account} is held by: dispute.\n\n")), "{held:?}");
    assert!(held.row("Order 1042")?.trim_start().starts_with("dispute "), "{held:?}");
    assert_eq!(shop.account("ada@example.com").await?.ok_or("no account")?.holds.len(), 1);

    let lifted = by_owner(&shop, &served, &["accounts", "lift-hold", &account, "dispute", "--note", "Settled.", "--json"]).await?;
    assert_eq!(lifted.json()?["holds"], serde_json::json!([]));
    assert!(shop.account("ada@example.com").await?.ok_or("no account")?.holds.is_empty());

    let support = shop.key(Role::Support).await?;
    let refused = vestibule(&["accounts", "hold", &account, "legal", "--note", "x"]).at(&served, &support).end().await?;
    assert_eq!((refused.code, refused.errors.contains("403 forbidden")), (1, true), "{refused:?}");
    Ok(())
}
