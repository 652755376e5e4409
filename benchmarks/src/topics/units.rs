//! Sequential round trips and consumed capacity of every operation that succeeds.

pub(super) use ::tests::scenarios::{OF_A_SIGN_UP, every, operation_of};
use ::tests::{Failure, Item, Request, Shop, scenarios, text};
use serde_json::json;

use crate::{
    capacity::{Consumed, Consumption, Sizes, Units},
    findings::{Bounds, Findings},
    page::Table,
    stored::Stored,
};

/// What one start of a function cost at the table.
pub(super) struct Cost {
    /// How many, one after the other.
    pub(super) round_trips: u32,
    consumed: Consumed,
    /// What DynamoDB bills.
    pub(super) by_the_rules: Units,
    /// What stands in the table afterwards and did not before.
    pub(super) stored: Stored,
    /// The mails that it puts on their way.
    pub(super) mails: usize,
}

/// How many round trips an operation may make, one after the other: each is time that a customer waits.
fn budget(operation: &str) -> u32 {
    match operation {
        // The keys are derived from a secret that is known.
        "jwks" => 0,
        // The key is looked at before the index: what lists everybody does nothing for a stranger.
        "list-accounts" | "list-blocks" | "find-blocks" => 3,
        // The key, the record, what stands at the addresses, the customers, the record of what has come of it.
        "import-accounts" => 5,
        "block-check" | "refresh-session" | "logout" | "view-account" | "list-keys" | "view-invites" | "view-store" | "preview-mail" => 1,
        // An account is named by what stays, and kept under its address: it takes a read to find it.
        "admin/view-account" | "annotate-account" | "hold-account" | "allow-mail" | "lift-block" | "record-order" => 3,
        // A list is an index and what stands in the table.
        "list-orders" => 3,
        "admin/list-orders" => 4,
        // What blocks say of whoever is erased is looked for by the address.
        "delete-account" => 3,
        "admin/delete-account" => 4,
        _ => 2,
    }
}

pub(super) async fn measure() -> Result<Findings, Failure> {
    let costs = costs().await?;
    let mut bounds = Bounds::default();
    for (operation, Cost { round_trips, .. }) in &costs {
        bounds.at_most(f64::from(budget(operation)), format_args!("round trips of `{operation}`"), f64::from(*round_trips));
    }
    let columns = ["operation", "round trips in a row", "budget", "calls", "read units", "write units", "by the rules"];
    let table = costs.iter().fold(Table::new(&columns), |table, (operation, cost)| {
        table.row([format!("`{operation}`"), cost.round_trips.to_string(), budget(operation).to_string()].into_iter().chain(figures(cost)))
    });
    let refused = refusals().await?;
    for (refusal, cost) in &refused {
        bounds.at_most(1.0, format_args!("write units of {refusal}"), cost.consumed.units.write);
    }
    let columns = ["refusal", "round trips in a row", "calls", "read units", "write units", "by the rules"];
    let refused = refused.iter().fold(Table::new(&columns), |table, (refusal, cost)| {
        table.row([refusal.clone(), cost.round_trips.to_string()].into_iter().chain(figures(cost)))
    });
    Ok(bounds.told_in(format!(
        "One request that succeeds, by a customer with an account of a few days. Units are those that the engine reports. *By the
rules* are those that DynamoDB's published rules bill for the items' sizes: a strong read is a unit for each 4 KB, a write
one for each KB, twice that in a transaction, and never less than one; a list of an index costs half, and what comes into an
index or leaves it is one write more.\n\n{table}\n\n\
One request that is refused, by a process that has served the store before: by a limit, by a limit that this process
remembers, and for a store that does not exist.\n\n{refused}"
    )))
}

/// What is the same of a request that succeeds and of one that is refused: calls and units.
fn figures(cost: &Cost) -> [String; 4] {
    let Cost { consumed: Consumed { calls, units, .. }, by_the_rules, .. } = cost;
    let rules = if units == by_the_rules { "the same".to_owned() } else { format!("{} and {}", by_the_rules.read, by_the_rules.write) };
    [calls.to_string(), units.read.to_string(), units.write.to_string(), rules]
}

/// Requests for mails that are refused: by the limit of the caller's network, by the same once more, and for no store.
async fn refusals() -> Result<Vec<(String, Cost)>, Failure> {
    let mut costs = Vec::new();
    for operation in ["send-code", "create-account", "forgot-password"] {
        let (shop, consumption) = watched().await?;
        let ask = |number: u32| shop.ask(operation).json(&json!({"email": format!("customer-{number}@example.com")}));
        for number in 0..10 {
            ask(number).send().await;
        }
        for (what, request, status) in [
            ("by a limit", ask(10), 429),
            ("by a limit that is remembered", ask(11), 429),
            ("for a store that does not exist", ask(12).at("no-such-store"), 404),
        ] {
            let (answer, cost) = cost_of(&shop, &consumption, request.send()).await?;
            if answer.status != status {
                return Err(format!("{operation}, {what}: {answer:?}").into());
            }
            costs.push((format!("`{operation}`, {what}"), cost));
        }
    }
    Ok(costs)
}

/// One request to each route of the template.
async fn costs() -> Result<Vec<(String, Cost)>, Failure> {
    let mut costs = Vec::new();
    for operation in every()? {
        let cost = cost(&operation).await?;
        costs.push((operation, cost));
    }
    Ok(costs)
}

/// A request that will succeed, to a process that knows the store: the first request to a store learns that there is one.
pub(super) async fn prepare<'shop>(shop: &'shop Shop, operation: &str) -> Result<Option<Request<'shop>>, Failure> {
    let first = "first@example.com";
    match operation {
        "login" => {
            let customer = shop.customer(first).await?;
            shop.post("login", json!({"email": first, "password": customer.password})).await;
        }
        "send-code" | "forgot-password" => {
            shop.ask(operation).from_network(1).json(&json!({"email": first})).send().await;
        }
        "change-email" => {
            shop.moved(&shop.customer(first).await?, "first@new.example").await?;
        }
        _ => {}
    }
    scenarios::prepare(shop, operation).await
}

/// What a request that succeeds costs.
pub(super) async fn cost(operation: &str) -> Result<Cost, Failure> {
    let (shop, consumption) = watched().await?;
    let request = prepare(&shop, operation).await?.ok_or_else(|| format!("units.rs has no request to {operation}"))?;
    let (answer, cost) = cost_of(&shop, &consumption, request.send()).await?;
    if (200..300).contains(&answer.status) { Ok(cost) } else { Err(format!("{operation}: {answer:?}").into()) }
}

/// A shop whose every call to the table is seen.
pub(super) async fn watched() -> Result<(Shop, Consumption), Failure> {
    let consumption = Consumption::default();
    let mut shop = Shop::open().await?;
    shop.watch(consumption.clone())?;
    Ok((shop, consumption))
}

/// What this costs at the shop's table.
pub(super) async fn cost_of<T>(shop: &Shop, consumption: &Consumption, act: impl Future<Output = T>) -> Result<(T, Cost), Failure> {
    let before = everything(shop).await?;
    shop.round_trips.reset();
    consumption.take();
    let outcome = act.await;
    let (round_trips, consumed) = (u32::try_from(shop.round_trips.in_sequence())?, consumption.take());
    let (after, now) = (everything(shop).await?, shop.clock.now());
    let mails = |items: &[Item]| items.iter().filter(|item| text(item, "sk") == "MAIL").count();
    let cost = Cost {
        round_trips,
        by_the_rules: Units::by_the_rules(&consumed.touched, &Sizes::of(&before), &Sizes::of(&after)),
        consumed,
        stored: Stored::of(&after, now) - Stored::of(&before, now),
        mails: mails(&after).saturating_sub(mails(&before)),
    };
    Ok((outcome, cost))
}

/// What stands in the table and in the ledger.
async fn everything(shop: &Shop) -> Result<Vec<Item>, Failure> {
    let (table, ledger) = (shop.table().await?, shop.ledger().await?);
    Ok(table.0.into_iter().chain(ledger.0).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_operation_is_measured_and_within_its_budget() {
        for (operation, Cost { round_trips, .. }) in costs().await.unwrap() {
            assert!(round_trips <= budget(&operation), "{operation} makes {round_trips} round trips in a row");
        }
    }
}
