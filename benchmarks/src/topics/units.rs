//! Sequential round trips and consumed capacity of every operation that succeeds.

use ::tests::{Failure, Item, Request, Shop, text};
use local::{
    simulator::Fate,
    template::{Function, Template},
};
use serde_json::{Value, json};

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

/// Every route of the template, by what it is asked for by.
pub(super) fn every() -> Result<Vec<String>, Failure> {
    Ok(Template::read(&Template::path())?.functions().flat_map(asked_as).collect())
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

/// What each route of a function is asked for by: of two, the merchant's says so.
fn asked_as(Function { operation, routes, .. }: Function) -> Vec<String> {
    let of_both = |at: usize| if at == 0 { operation.clone() } else { format!("admin/{operation}") };
    (0..routes.len()).map(of_both).collect()
}

/// The code of a customer who is new opens an account.
pub(super) const OF_A_SIGN_UP: &str = "verify-code of a sign-up";

/// The operation that is asked, of a request that is told apart from another to the same.
pub(super) fn operation_of(request: &str) -> &str {
    request.split(' ').next().unwrap_or(request)
}

/// A request that will succeed, with everything done that comes before it; none if the operation is not known here.
pub(super) async fn prepare<'shop>(shop: &'shop Shop, operation: &str) -> Result<Option<Request<'shop>>, Failure> {
    let ada = shop.customer("ada@example.com").await?;
    // Her mails may be sent again; her session is still young.
    shop.wait(60);
    let request = shop.ask(operation_of(operation));
    Ok(Some(match operation {
        "create-account" => request.json(&json!({"email": "new@example.com", "password": "a new password", "name": "New", "locale": "en"})),
        "login" => {
            let password = json!({"email": ada.email, "password": ada.password});
            // The first request of a process to a store learns that there is one.
            shop.post("login", password.clone()).await;
            request.json(&password)
        }
        "send-code" | "forgot-password" => {
            served_before(shop, operation).await;
            request.json(&json!({"email": ada.email}))
        }
        "verify-code" => {
            let (challenge, code) = shop.challenge(&ada.email, "sign-in").await?;
            request.json(&json!({"challenge_id": challenge, "code": code}))
        }
        OF_A_SIGN_UP => {
            let opened = shop.post("create-account", json!({"email": "new@example.com", "password": "a new password"})).await;
            request.json(&json!({"challenge_id": opened.text("/challenge_id"), "code": shop.code("new@example.com").await?}))
        }
        "reset-password" => {
            shop.post("forgot-password", json!({"email": ada.email})).await;
            request.json(&json!({"token": shop.link_token(&ada.email).await?, "password": "another password"}))
        }
        "refresh-session" => request.json(&json!({"refresh_token": ada.refresh_token()})),
        "logout" => request.bearer(&ada.access_token()).json(&json!({})),
        "view-account" | "export-account" => request.bearer(&ada.access_token()),
        "update-account" => {
            let address = json!({"country": "GB", "street": ["10 Downing Street"], "city": "London", "postal_code": "SW1A 2AA"});
            request.bearer(&ada.access_token()).json(&json!({"name": "Ada L.", "shipping_address": address}))
        }
        "change-password" => {
            let passwords = json!({"current_password": ada.password, "new_password": "another password"});
            request.bearer(&ada.access_token()).json(&passwords)
        }
        "change-email" => {
            // So that its process knows the store when it is measured.
            shop.moved(&shop.customer("first@example.com").await?, "first@new.example").await?;
            let (challenge, code) = shop.challenge(&ada.email, "change-email").await?;
            let proof = json!({"challenge_id": challenge, "code": code, "new_email": "ada@new.example"});
            request.bearer(&ada.access_token()).json(&proof)
        }
        "delete-account" => request.bearer(&ada.access_token()).json(&json!({"mode": "erase"})),
        "list-orders" | "admin/list-orders" | "record-order" => {
            let order = |reference: &str| {
                json!({"account_id": ada.account_id(), "reference": reference, "total": 4990, "currency": "EUR",
                    "placed_at": "2026-11-01T10:00:00Z", "signed_in": true})
            };
            if operation == "record-order" {
                return Ok(Some(request.bearer(&shop.owner_key).json(&order("R-1"))));
            }
            for reference in ["R-1", "R-2", "R-3"] {
                shop.ask("record-order").bearer(&shop.owner_key).json(&order(reference)).send().await;
            }
            match operation {
                "list-orders" => request.bearer(&ada.access_token()),
                _ => request.bearer(&shop.owner_key).json(&json!({"account_id": ada.account_id()})),
            }
        }
        "admin/delete-account" => {
            request.bearer(&shop.owner_key).json(&json!({"account_id": ada.account_id(), "mode": "erase", "note": "She has asked for it."}))
        }
        "block-check" => request.bearer(&shop.owner_key).json(&json!({"email": ada.email, "ip": "192.0.2.1", "scope": "checkout"})),
        "find-accounts" => request.bearer(&shop.owner_key).json(&json!({"email": ada.email})),
        "admin/view-account" => request.bearer(&shop.owner_key).query(&format!("account_id={}", ada.account_id())),
        "annotate-account" => {
            let words = json!({"account_id": ada.account_id(), "add_tags": ["vip"], "note": "Prefers to be called after six."});
            request.bearer(&shop.owner_key).json(&words)
        }
        "hold-account" => {
            let hold = json!({"account_id": ada.account_id(), "kind": "dispute", "action": "set", "note": "Order 1042 is disputed."});
            request.bearer(&shop.owner_key).json(&hold)
        }
        "allow-mail" => {
            // After the sign-up, which has proved the mailbox.
            shop.wait(1);
            shop.tell(Fate::Bounce, &ada.email).await?;
            request.bearer(&shop.owner_key).json(&json!({"account_id": ada.account_id(), "note": "She has made room in her mailbox."}))
        }
        "create-block" => request.bearer(&shop.owner_key).json(&block_of(&ada.email)),
        "lift-block" => {
            let made = shop.ask("create-block").bearer(&shop.owner_key).json(&block_of(&ada.email)).send().await;
            request.bearer(&shop.owner_key).json(&json!({"block_id": made.text("/block_id"), "note": "It was another customer."}))
        }
        "list-blocks" | "find-blocks" | "view-block" => {
            let made = shop.ask("create-block").bearer(&shop.owner_key).json(&block_of(&ada.email)).send().await;
            let request = request.bearer(&shop.owner_key);
            match operation {
                "find-blocks" => request.json(&json!({"type": "email", "value": ada.email})),
                "view-block" => request.query(&format!("block_id={}", made.text("/block_id"))),
                _ => request,
            }
        }
        "create-key" => request.bearer(&shop.owner_key).json(&json!({"role": "checkout", "label": "Till"})),
        "revoke-key" => {
            let made = shop.ask("create-key").bearer(&shop.owner_key).json(&json!({"role": "checkout", "label": "Till"})).send().await;
            request.bearer(&shop.owner_key).json(&json!({"key_id": made.text("/key_id")}))
        }
        "list-invites" => request.bearer(&shop.owner_key),
        "invite-accounts" => request.bearer(&shop.owner_key).json(&json!({"audience": "all", "reminder_days": [3, 7]})),
        "cancel-invites" => request.bearer(&shop.owner_key).json(&json!({"campaign_id": shop.invite(json!({"audience": "all"})).await?})),
        "view-invites" => {
            let campaign = shop.invite(json!({"audience": "all"})).await?;
            request.bearer(&shop.owner_key).query(&format!("campaign_id={campaign}"))
        }
        "import-accounts" => {
            let rows =
                json!([{"email": "new@example.com", "password": {"format": "wordpress", "hash": "5f4dcc3b5aa765d61d8327deb882cf99"}}]);
            request.bearer(&shop.owner_key).json(&json!({"rows": rows}))
        }
        "list-accounts" | "list-keys" | "list-audit" | "view-store" => request.bearer(&shop.owner_key),
        "preview-mail" => request.bearer(&shop.owner_key).json(&json!({"kind": "sign-in-code", "language": "en"})),
        "configure-store" => request.bearer(&shop.owner_key).json(&json!({"revision": 0, "reset_link_minutes": 60})),
        "jwks" => request,
        _ => return Ok(None),
    }))
}

/// Has the operation's process serve the store once, so that it knows the store when it is measured.
async fn served_before(shop: &Shop, operation: &str) {
    shop.ask(operation).from_network(1).json(&json!({"email": "somebody-before@example.com"})).send().await;
}

/// What a shop's staff send to block a customer.
fn block_of(email: &str) -> Value {
    json!({"type": "email", "value": email, "reason_code": "fraud", "note": "Three payments with stolen cards."})
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
