//! Least privilege: what a policy may say at all. What is missing in one fails the test that needs it; what none needs,
//! `whole_suite.rs` finds.

use std::{collections::BTreeSet, sync::Arc};

use local::{
    contexts::Contexts,
    demo,
    policy::{Grant, Policy, like},
    services::{Environment, SENDERS, environment},
    template::Template,
};
use serde_json::json;
use shared::{
    crypto::merchant_key::MerchantKey,
    domain::{email_address::EmailAddress, identifier::OrderId, role::Role, shop_slug::ShopSlug},
    store::{StoreError, read::Wanted, shops},
    stream,
};
use tests::{Failure, Outcome, Shop, text};

/// What a resource may leave open. Which identity SES asks for depends on what is verified, so the statement is limited by the
/// sender's address instead.
const OPEN_RESOURCES: [(&str, &str); 1] = [("send-mail", ":identity/*")];

/// Every grant, with its function.
fn grants() -> Result<Vec<(String, Grant)>, Failure> {
    let policies = Template::read(&Template::path())?.policies(&environment())?;
    let each = |(function, policy): (String, Policy)| policy.grants().into_iter().map(move |grant| (function.clone(), grant));
    Ok(policies.into_iter().flat_map(each).collect())
}

fn functions(grants: impl Iterator<Item = (String, Grant)>) -> Vec<String> {
    grants.map(|(function, _)| function).collect::<BTreeSet<_>>().into_iter().collect()
}

#[test]
fn no_function_but_send_mail_may_send_mail() -> Outcome {
    let mailing = grants()?.into_iter().filter(|(_, grant)| grant.action.starts_with("ses:"));
    assert_eq!(functions(mailing), ["send-mail"]);
    Ok(())
}

#[tokio::test]
async fn a_mail_from_a_sender_that_the_stack_does_not_include_is_set_aside_and_holds_up_no_other() -> Outcome {
    let shop = Shop::open().await?;
    for (store, sender) in
        [("foreign", "accounts@bank.example"), ("near", "accounts@shop.example.evil.example"), ("below", "a@sub.shop.example")]
    {
        shop.open_beside(store).await?;
        let sender = EmailAddress::parse(sender)?;
        shop.set_up_at(store, |settings| settings.sender = sender).await?;
        shop.ask("send-code").at(store).json(&json!({"email": "ada@example.com"})).send().await;
    }
    shop.post("send-code", json!({"email": "ada@example.com"})).await;

    let told = Environment::from_iter(environment().into_iter().chain([(SENDERS, "*@shop.example".to_owned())]));
    let functions = Contexts::by_role(&Template::read(&Template::path())?, &told, &shop.context, shop.clients(), Arc::new(()))?;
    let event = serde_json::from_value(json!({"Records": shop.outbox_records()?}))?;
    let again = stream::handle(&functions.of("send-mail"), event, "").await.batch_item_failures;
    assert!(again.is_empty(), "a repetition would hold up the other stores");
    let left: BTreeSet<_> = shop.table().await?.of("MAIL").map(|item| text(item, "shop")).collect();
    assert_eq!(left.iter().map(String::as_str).collect::<Vec<_>>(), ["below", "foreign", "near"], "for replay-mails");
    // By a stack that includes their senders they go out, so that nothing else has kept them.
    let sent: Vec<_> = shop.every_mail().await?.into_iter().map(|mail| mail.store).collect();
    assert_eq!((sent.len(), sent.last().map(String::as_str)), (4, Some("demo")));
    Ok(())
}

#[test]
fn no_function_may_scan_or_ask_in_partiql() -> Outcome {
    let scanning = |action: &str| action.contains("Scan") || action.contains("PartiQL");
    let scanning = grants()?.into_iter().filter(|(_, grant)| scanning(&grant.action));
    assert_eq!(functions(scanning), Vec::<String>::new());
    Ok(())
}

#[test]
fn every_action_and_every_resource_is_named() -> Outcome {
    for (function, grant) in grants()? {
        let open = grant.resource.contains(['*', '?']);
        let argued = OPEN_RESOURCES.iter().any(|(of, end)| *of == function && grant.resource.ends_with(end));
        assert!(!grant.action.contains(['*', '?']), "{function}: {grant}");
        assert!(!open || argued, "{function}: {grant}");
    }
    Ok(())
}

#[test]
fn what_is_allowed_on_the_table_is_allowed_for_kinds_of_keys() -> Outcome {
    let mut of_table = 0;
    for (function, grant) in grants()?.into_iter().filter(|(_, grant)| grant.action.starts_with("dynamodb:")) {
        let keys = grant.keys.clone().unwrap_or_default();
        // `S#` and any shop, then a name that is spelled out; or one of the partitions that are no shop's.
        let named = keys.strip_prefix("S#*#").is_some_and(|kind| kind.starts_with(char::is_alphabetic));
        assert!(named || ["D#*", "J"].contains(&keys.as_str()), "{function}: {grant}");
        of_table += 1;
    }
    assert!(of_table > 100, "the table's grants were looked at");
    Ok(())
}

#[test]
fn what_decides_who_may_do_what_is_written_by_few() -> Outcome {
    let writers = [
        ("S#*#K", vec!["create-key", "create-store", "recover-store", "revoke-key"]),
        ("S#*#KC", vec!["create-key", "create-store", "recover-store", "revoke-key"]),
        ("S#*#MT", vec!["configure-store"]),
        ("S#*#S", vec!["configure-store", "create-store"]),
    ];
    let writes = |grant: &Grant| ["PutItem", "UpdateItem", "DeleteItem"].iter().any(|action| grant.action.ends_with(action));
    for (kind, expected) in writers {
        let writing =
            grants()?.into_iter().filter(|(_, grant)| writes(grant) && grant.keys.as_deref().is_some_and(|keys| like(keys, kind)));
        assert_eq!(functions(writing), expected, "{kind}");
    }
    Ok(())
}

#[test]
fn no_function_may_update_or_delete_what_is_recorded() -> Outcome {
    let changes = |grant: &Grant| !["BatchGetItem", "PutItem", "Query"].iter().any(|action| grant.action.ends_with(action));
    // The record of a day, and the ledger's deletions of a day.
    let kept = ["S#demo#T#2026-11-22#0", "D#2026-11-22"];
    let of_record = |grant: &Grant| grant.keys.as_deref().is_some_and(|keys| kept.iter().any(|key| like(keys, key)));
    let changing = grants()?.into_iter().filter(|(_, grant)| of_record(grant) && changes(grant));
    assert_eq!(functions(changing), Vec::<String>::new());
    Ok(())
}

#[test]
fn mails_on_their_way_are_read_by_who_sends_them_and_who_has_them_sent_again() -> Outcome {
    let reads = |grant: &Grant| ["GetItem", "Query"].iter().any(|action| grant.action.ends_with(action));
    let reading =
        grants()?.into_iter().filter(|(_, grant)| reads(grant) && grant.keys.as_deref().is_some_and(|keys| like(keys, "S#demo#M#x")));
    assert_eq!(functions(reading), ["replay-mails", "send-mail"]);
    Ok(())
}

#[test]
fn no_grant_lies_within_another() -> Outcome {
    for (function, policy) in Template::read(&Template::path())?.policies(&environment())? {
        let needless: Vec<_> = policy.needless().iter().map(Grant::to_string).collect();
        assert_eq!(needless, Vec::<String>::new(), "{function}");
    }
    Ok(())
}

#[test]
fn a_function_is_told_the_names_of_what_it_may_reach_and_of_nothing_else() -> Outcome {
    let template = Template::read(&Template::path())?;
    let (policies, environments) = (template.policies(&environment())?, template.environments());
    let variables = [
        ("TABLE_NAME", "*:table/vestibule"),
        ("LEDGER_NAME", "*:table/vestibule-ledger"),
        ("INDEX_KEY_SECRET", "*:secret:*/index-key*"),
        ("SIGNING_ROOT_SECRET", "*:secret:*/signing-root*"),
        ("CONFIGURATION_SET", "*:configuration-set/*"),
    ];
    for (function, policy) in policies {
        for (variable, resource) in variables {
            let told = environments.get(&function).is_some_and(|told| told.contains_key(variable));
            let may_reach = policy.grants().iter().any(|grant| like(resource, &grant.resource));
            assert_eq!(told, may_reach, "{function} and {variable}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn every_function_may_do_ahead_what_is_done_before_the_first_request() -> Outcome {
    let shop = Shop::open().await?;
    let template = Template::read(&Template::path())?;
    for function in template.functions() {
        let context = shop.functions.of(&function.operation);
        context.table.connect().await.map_err(|error| format!("{}: {}", function.operation, shared::telemetry::chain(&error)))?;
    }
    Ok(())
}

#[tokio::test]
async fn a_function_that_is_taken_over_reaches_no_further_than_its_policy() -> Outcome {
    let shop = Shop::open().await?;
    let functions = Contexts::by_role(&Template::read(&Template::path())?, &environment(), &shop.context, shop.clients(), Arc::new(()))?;
    let (slug, now) = (ShopSlug::parse(demo::SLUG)?, shop.clock.now());
    let key = shop.key(Role::Support).await?;
    let settings = shop.settings().await?;
    let id = MerchantKey::parse(&key).ok_or("no key was made")?.id;

    let login = functions.of("login");
    let refused = login.table.write(shops::change(&slug, &settings)?).await.err().ok_or("the shop's settings were changed")?;
    assert!(matches!(refused, StoreError::Unavailable(_)));
    let said = shared::telemetry::chain(&refused);
    assert!(said.contains("AccessDenied") && said.contains("login is not authorized to perform: dynamodb:"), "{said}");
    let order = OrderId::from_random([1; 16]);
    assert!(Wanted::in_shop(slug.clone()).order(order).read(&login.table, now).await.is_err(), "orders are not for it");
    assert!(Wanted::in_shop(slug.clone()).read(&login.table, now).await?.shop.is_some(), "the shop is");

    let view_store = functions.of("view-store");
    assert_eq!(Wanted::in_shop(slug).merchant_key(id).read(&view_store.table, now).await?.merchant_keys.len(), 1, "staff ask this one");
    assert!(view_store.index_key.get().await.is_err() && view_store.signing_root().await.is_err());
    assert!(login.index_key.get().await.is_ok() && login.signing_root().await.is_ok());
    Ok(())
}
