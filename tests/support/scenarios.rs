//! One request that succeeds for every operation, and for those variants of it that write something else.

use aws_sdk_dynamodb::types::AttributeValue;
use local::{
    api::Api,
    contexts::Contexts,
    demo,
    event::HttpRequest,
    functions::{command_handlers, handlers, rotating, scheduled, subscribed},
    secrets::SIGNING_ROOT_SECRET,
    secrets_manager::{STEPS, event},
    simulator::Fate,
    template::{Function, Template},
};
use serde_json::{Value, json};
use shared::{domain::email_address::EmailAddress, schedule, stream, topic};

use crate::{Answer, Failure, Request, Shop, openapi, shop::answered};

/// Every route of the template, by what it is asked for by.
///
/// # Errors
/// If the template cannot be read.
pub fn every() -> Result<Vec<String>, Failure> {
    Ok(Template::read(&Template::path())?.functions().flat_map(asked_as).collect())
}

/// Requests to operations that have one of their own already, which write something else.
const VARIANTS: [&str; 11] = [
    OF_A_SIGN_UP,
    OF_A_MOVE,
    "login of an imported customer",
    "reset-password by an invitation",
    "delete-account that closes",
    "admin/delete-account that closes",
    "hold-account that lifts",
    "create-block of an account",
    "create-block of a network",
    "record-order of a guest",
    "import-accounts of a known customer",
];

/// The name of the function that the table's stream goes into.
const SEND_MAIL: &str = "send-mail";

/// Every scenario: of every route, command, schedule, topic, stream and rotation there is, and the variants.
///
/// # Errors
/// If the template cannot be read.
pub fn all() -> Result<Vec<String>, Failure> {
    let steps = STEPS.iter().flat_map(|step| rotating().into_keys().map(move |name| format!("{name} {step}")));
    let without_a_route = command_handlers().into_keys().chain(scheduled().into_keys()).chain(subscribed().into_keys()).chain([SEND_MAIL]);
    let mut all: Vec<_> = every()?.into_iter().chain(VARIANTS.map(str::to_owned)).collect();
    all.extend(without_a_route.map(str::to_owned).chain(steps));
    all.sort();
    all.dedup();
    Ok(all)
}

/// What starts a function.
#[derive(Clone, Debug)]
pub enum Act {
    /// A request to a route.
    Request(HttpRequest),
    /// The operator, by this command.
    Command(&'static str, Value),
    /// The clock.
    Schedule,
    /// SES, by its topic.
    Topic(Value),
    /// The table's stream.
    Stream(Vec<Value>),
    /// Secrets Manager.
    Rotation(Value),
}

impl Act {
    /// What the functions answer; what has no status of its own is told as 200 or 503.
    ///
    /// # Errors
    /// If there is no such function.
    pub async fn perform(&self, functions: &Contexts, api: &Api) -> Result<Answer, Failure> {
        let done = |done: bool| Answer { status: if done { 200 } else { 503 }, ..Answer::default() };
        Ok(match self {
            Self::Request(request) => {
                let answer = answered(api, request).await;
                openapi::hold(request, &answer);
                answer
            }
            Self::Command(name, order) => {
                let command = command_handlers().remove(name).ok_or("there is no such command")?;
                let body = command(functions.of(name), order.clone()).await;
                let status = body.get("status").and_then(Value::as_u64).and_then(|status| u16::try_from(status).ok()).unwrap_or(200);
                Answer { status, body, ..Answer::default() }
            }
            Self::Schedule => done(schedule::handle(&functions.of("send-invites"), "").await.is_ok()),
            Self::Topic(event) => done(topic::handle(&functions.of("record-mail-event"), event, "").await.is_ok()),
            Self::Stream(records) => {
                let batch = serde_json::from_value(json!({"Records": records}))?;
                done(stream::handle(&functions.of(SEND_MAIL), batch, "").await.batch_item_failures.is_empty())
            }
            Self::Rotation(event) => {
                let rotate = rotating().remove("rotate-keys").ok_or("there is no such rotation")?;
                done(rotate(functions.of("rotate-keys"), event.clone()).await.is_ok())
            }
        })
    }
}

/// What a scenario does, with everything done that comes before it.
///
/// # Errors
/// If there is no such scenario, or something before it fails.
pub async fn ready(shop: &Shop, scenario: &str) -> Result<Act, Failure> {
    let named = |name: &str| command_handlers().into_keys().find(|command| *command == name).ok_or("there is no such command");
    Ok(match scenario {
        "create-store" => Act::Command(named(scenario)?, demo::order("beside", crate::shop::PAGES, crate::shop::PAGES)),
        "recover-store" => Act::Command(named(scenario)?, json!({"store": demo::SLUG, "note": "The safe burned down."})),
        "reapply-deletions" => Act::Command(named(scenario)?, an_older_table(shop).await?),
        "replay-mails" => {
            a_mail_set_aside(shop).await?;
            Act::Command(named(scenario)?, json!({"store": demo::SLUG, "note": "The sender is verified now."}))
        }
        "send-invites" => {
            for number in 0..3 {
                shop.brought_along(&format!("customer{number}@example.com")).await?;
            }
            shop.invite(json!({"audience": "all"})).await?;
            Act::Schedule
        }
        "record-mail-event" => {
            let ada = shop.customer("ada@example.com").await?;
            shop.wait(60);
            Act::Topic(shop.mail_event(Fate::Bounce, &ada.email).await?)
        }
        SEND_MAIL => {
            let ada = shop.customer("ada@example.com").await?;
            shop.wait(60);
            shop.every_mail().await?;
            let before = shop.outbox_records()?.len();
            shop.post("forgot-password", json!({"email": ada.email})).await;
            shop.ask("send-code").from_network(1).json(&json!({"email": "new@example.com"})).send().await;
            Act::Stream(shop.outbox_records()?.split_off(before))
        }
        _ => match scenario.strip_prefix("rotate-keys ") {
            Some(step) => {
                let version = shop.begin_rotation().await?;
                for before in STEPS.iter().take_while(|before| **before != step) {
                    shop.step(before, &version).await?;
                }
                Act::Rotation(event(step, SIGNING_ROOT_SECRET, &version))
            }
            None => {
                let request = prepare(shop, scenario).await?.ok_or_else(|| format!("scenarios.rs has no request to {scenario}"))?;
                let request = if takes_idempotency_key(scenario) { request.header("idempotency-key", scenario) } else { request };
                Act::Request(request.made().1)
            }
        },
    })
}

/// Whether a client may name this request, so that it is done once however often it is sent.
fn takes_idempotency_key(scenario: &str) -> bool {
    let handler = handlers().remove(operation_of(scenario));
    handler.is_some_and(|handler| handler.endpoints.iter().any(|endpoint| endpoint.takes_idempotency_key))
}

/// A mail that SES has rejected, whose sender is verified by now.
async fn a_mail_set_aside(shop: &Shop) -> Result<(), Failure> {
    let ada = shop.customer("ada@example.com").await?;
    shop.every_mail().await?;
    shop.wait(60);
    let sender = shop.settings().await?.sender;
    let unverified = EmailAddress::parse("shop@unverified.example")?;
    shop.set_up(|settings| settings.sender = unverified).await?;
    shop.post("forgot-password", json!({"email": ada.email})).await;
    shop.every_mail().await?;
    shop.set_up(|settings| settings.sender = sender).await?;
    shop.wait(600);
    Ok(())
}

/// A table that was restored from before a deletion, and the order to make that again.
async fn an_older_table(shop: &Shop) -> Result<Value, Failure> {
    let ada = shop.customer("ada@example.com").await?;
    shop.every_mail().await?;
    shop.wait(60);
    let (copy, from) = (shop.table().await?, shop.clock.now().rfc3339());
    shop.wait(60);
    shop.ask("delete-account").bearer(&ada.access_token()).json(&json!({"mode": "erase"})).send().await;
    shop.every_mail().await?;
    for item in shop.table().await?.0 {
        let key = |name: &str| item.get(name).cloned().unwrap_or(AttributeValue::Null(true));
        shop.dynamodb().delete_item().table_name(shop.table_name()).key("pk", key("pk")).key("sk", key("sk")).send().await?;
    }
    for item in copy.0 {
        shop.dynamodb().put_item().table_name(shop.table_name()).set_item(Some(item)).send().await?;
    }
    Ok(json!({"from": from, "after": null, "note": "The table was restored."}))
}

/// What each route of a function is asked for by: of two, the merchant's says so.
fn asked_as(Function { operation, routes, .. }: Function) -> Vec<String> {
    let of_both = |at: usize| if at == 0 { operation.clone() } else { format!("admin/{operation}") };
    (0..routes.len()).map(of_both).collect()
}

/// The code of a customer who is new opens an account.
pub const OF_A_SIGN_UP: &str = "verify-code of a sign-up";

/// The code from the new mailbox moves an account.
pub const OF_A_MOVE: &str = "verify-code of a move";

/// The operation that is asked, of a request that is told apart from another to the same.
#[must_use]
pub fn operation_of(request: &str) -> &str {
    request.split(' ').next().unwrap_or(request)
}

/// A request that will succeed, with everything done that comes before it; none if the operation is not known here.
///
/// # Errors
/// If something before it fails.
pub async fn prepare<'shop>(shop: &'shop Shop, operation: &str) -> Result<Option<Request<'shop>>, Failure> {
    let ada = shop.customer("ada@example.com").await?;
    // Her mails may be sent again; her session is still young.
    shop.wait(60);
    let request = shop.ask(operation_of(operation));
    Ok(Some(match operation {
        "create-account" => request.json(&json!({"email": "new@example.com", "password": "a new password", "name": "New", "locale": "en"})),
        "login" => request.json(&json!({"email": ada.email, "password": ada.password})),
        "send-code" | "forgot-password" => request.json(&json!({"email": ada.email})),
        "verify-code" => {
            let (challenge, code) = shop.challenge(&ada.email, "sign-in").await?;
            request.json(&json!({"challenge_id": challenge, "code": code}))
        }
        OF_A_SIGN_UP => {
            let opened = shop.post("create-account", json!({"email": "new@example.com", "password": "a new password"})).await;
            request.json(&json!({"challenge_id": opened.text("/challenge_id"), "code": shop.code("new@example.com").await?}))
        }
        OF_A_MOVE => {
            let (challenge, code) = shop.challenge(&ada.email, "change-email").await?;
            let body = json!({"challenge_id": challenge, "code": code, "new_email": "ada@new.example"});
            let asked = shop.ask("change-email").bearer(&ada.access_token()).json(&body).send().await;
            request.json(&json!({"challenge_id": asked.text("/challenge_id"), "code": shop.code("ada@new.example").await?}))
        }
        "login of an imported customer" => {
            shop.imported("imported@example.com", "a password from elsewhere").await?;
            request.json(&json!({"email": "imported@example.com", "password": "a password from elsewhere"}))
        }
        "reset-password by an invitation" => {
            shop.brought_along("invited@example.com").await?;
            shop.invite(json!({"audience": "all"})).await?;
            shop.tick().await?;
            request.json(&json!({"token": shop.link_token("invited@example.com").await?, "password": "another password"}))
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
            let (challenge, code) = shop.challenge(&ada.email, "change-email").await?;
            let proof = json!({"challenge_id": challenge, "code": code, "new_email": "ada@new.example"});
            request.bearer(&ada.access_token()).json(&proof)
        }
        "delete-account" => request.bearer(&ada.access_token()).json(&json!({"mode": "erase"})),
        "delete-account that closes" => request.bearer(&ada.access_token()).json(&json!({"mode": "close"})),
        "record-order of a guest" => {
            let order = json!({"email": "guest@example.com", "reference": "R-1", "total": 4990, "currency": "EUR",
                "placed_at": "2026-11-01T10:00:00Z", "signed_in": false});
            request.bearer(&shop.owner_key).json(&order)
        }
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
        "admin/delete-account that closes" => {
            request.bearer(&shop.owner_key).json(&json!({"account_id": ada.account_id(), "mode": "close", "note": "She has asked for it."}))
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
        "hold-account that lifts" => {
            shop.set_hold(&ada.account_id(), "dispute").await;
            let hold = json!({"account_id": ada.account_id(), "kind": "dispute", "action": "lift", "note": "It is settled."});
            request.bearer(&shop.owner_key).json(&hold)
        }
        "allow-mail" => {
            // After the sign-up, which has proved the mailbox.
            shop.wait(1);
            shop.tell(Fate::Bounce, &ada.email).await?;
            request.bearer(&shop.owner_key).json(&json!({"account_id": ada.account_id(), "note": "She has made room in her mailbox."}))
        }
        "create-block" => request.bearer(&shop.owner_key).json(&block_of(&ada.email)),
        "create-block of an account" => {
            let block = json!({"type": "account", "value": ada.account_id(), "reason_code": "fraud", "note": "Stolen cards."});
            request.bearer(&shop.owner_key).json(&block)
        }
        "create-block of a network" => {
            let block = json!({"type": "cidr", "value": "198.51.100.0/22", "reason_code": "fraud", "note": "Stolen cards."});
            request.bearer(&shop.owner_key).json(&block)
        }
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
        "import-accounts of a known customer" => {
            shop.brought_along("known@example.com").await?;
            let rows = json!([{"email": "known@example.com", "name": "Known", "locale": "fr"}, {"email": "new@example.com"}]);
            request.bearer(&shop.owner_key).json(&json!({"rows": rows}))
        }
        "list-accounts" | "list-keys" | "list-audit" | "view-store" => request.bearer(&shop.owner_key),
        "preview-mail" => request.bearer(&shop.owner_key).json(&json!({"kind": "sign-in-code", "language": "en"})),
        "configure-store" => request.bearer(&shop.owner_key).json(&json!({"revision": 0, "reset_link_minutes": 60})),
        "jwks" => request,
        _ => return Ok(None),
    }))
}

/// What a shop's staff send to block a customer.
fn block_of(email: &str) -> Value {
    json!({"type": "email", "value": email, "reason_code": "fraud", "note": "Three payments with stolen cards."})
}
