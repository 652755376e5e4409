//! One line for each invocation, and CloudWatch's metrics in it.

use std::{
    collections::BTreeSet,
    fs, io,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
};

use futures::{FutureExt, future::join_all};
use local::simulator::Fate;
use serde_json::{Value, json};
use shared::{
    domain::policy::{MAILS_PER_HOUR, MailsPerHour},
    operations::create_store::CreateStore,
    stream,
    telemetry::{
        Class, Invocation, Told,
        metrics::{METRICS, Metric},
        watched_start,
    },
};
use tests::{Failure, Log, Outcome, Shop, emf};

use crate::watched::{self, Watched};

/// The one line of this event.
fn only(log: &Log, event: &str) -> Result<Value, Failure> {
    let lines = log.of(event)?;
    assert_eq!(lines.len(), 1, "{lines:?}");
    Ok(lines.into_iter().next().unwrap_or_default())
}

/// What a line tells, without what every line has.
fn told(mut line: Value) -> Value {
    for member in ["_aws", "timestamp", "level", "target", "Duration", "request.id"] {
        assert!(line.as_object_mut().is_some_and(|members| members.remove(member).is_some()), "{member} in {line}");
    }
    line
}

#[tokio::test]
async fn the_line_of_a_request_tells_who_asked_for_what_where_and_how_it_ended() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let login = || shop.post("login", json!({"email": ada.email, "password": ada.password}));
    // The first request of a process to a store learns that there is one.
    login().await;
    let (log, _kept) = Log::of_this_test();
    login().await;
    assert_eq!(
        told(only(&log, "request")?),
        json!({
            "event": "request", "operation": "login", "store": "demo", "account.id": ada.account_id(), "class": "hashing", "status": 200,
            "outcome": "ok", "RoundTrips": 2, "SignIns": 1,
        })
    );

    log.clear();
    shop.ask("view-account").bearer(&ada.access_token()).send().await;
    assert_eq!(
        told(only(&log, "request")?),
        json!({
            "event": "request", "operation": "view-account", "store": "demo", "account.id": ada.account_id(), "class": "customers",
            "status": 200, "outcome": "ok", "RoundTrips": 1,
        })
    );

    log.clear();
    shop.ask("list-keys").bearer(&shop.owner_key).send().await;
    let key = shop.owner_key.split('_').nth(1).unwrap_or_default();
    assert_eq!(
        told(only(&log, "request")?),
        json!({
            "event": "request", "operation": "list-keys", "store": "demo", "key.id": format!("key_{key}"), "class": "staff", "status": 200,
            "outcome": "ok", "RoundTrips": 1,
        })
    );
    Ok(())
}

#[tokio::test]
async fn a_request_that_is_refused_says_by_which_code() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let (log, _kept) = Log::of_this_test();
    shop.post("login", json!({"email": ada.email, "password": "not hers"})).await;
    let line = told(only(&log, "request")?);
    assert_eq!((&line["status"], &line["outcome"], &line["Refusals"]), (&json!(401), &json!("invalid_credentials"), &json!(1)));
    assert!(line.get("Faults").is_none(), "it is nobody's fault but the caller's");

    log.clear();
    shop.ask("login").at("nobodys-store").json(&json!({"email": ada.email, "password": "not hers"})).send().await;
    let line = told(only(&log, "request")?);
    assert_eq!((&line["status"], &line["outcome"]), (&json!(404), &json!("unknown_store")));
    assert!(line.get("store").is_none(), "what somebody writes into a path is no store");
    Ok(())
}

#[tokio::test]
async fn a_fault_is_told_as_one_and_its_reason_names_the_same_request() -> Outcome {
    let mut shop = Shop::open().await?;
    shop.lose_the_table()?;
    let (log, _kept) = Log::of_this_test();
    shop.post("login", json!({"email": "ada@example.com", "password": "a password"})).await;
    let (line, reason) = (only(&log, "request")?, only(&log, "request.failed")?);
    assert_eq!((&line["status"], &line["outcome"], &line["Faults"]), (&json!(503), &json!("unavailable"), &json!(1)));
    assert!(line.get("Refusals").is_none());
    assert!(line["request.id"].as_str().is_some_and(|id| !id.is_empty()));
    for member in ["request.id", "operation"] {
        assert_eq!(line[member], reason[member], "{member}");
    }
    assert!(reason["error"].as_str().is_some_and(|error| error.starts_with("the table")), "{reason}");
    assert_eq!(reason["level"], "ERROR");
    assert!(line["RoundTrips"].as_u64() >= Some(1), "an attempt without an answer is a round trip, too: {line}");
    Ok(())
}

#[tokio::test]
async fn the_round_trips_in_the_line_are_those_that_were_made() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let (log, _kept) = Log::of_this_test();
    let staff = |operation: &str| shop.ask(operation).bearer(&shop.owner_key);
    let check = json!({"email": ada.email, "ip": "192.0.2.1", "scope": "checkout"});
    for request in [
        shop.ask("login").json(&json!({"email": ada.email, "password": ada.password})),
        shop.ask("login").json(&json!({"email": "nobody@example.com", "password": "not it"})),
        shop.ask("send-code").json(&json!({"email": ada.email})),
        shop.ask("jwks"),
        staff("block-check").json(&check),
        staff("list-blocks"),
        staff("annotate-account").json(&json!({"account_id": ada.account_id(), "add_tags": ["vip"], "note": "Call after six."})),
    ] {
        log.clear();
        shop.round_trips.reset();
        let answer = request.send().await;
        assert!(answer.status < 500, "{answer:?}");
        assert_eq!(only(&log, "request")?["RoundTrips"], shop.round_trips.in_sequence());
    }
    Ok(())
}

#[tokio::test]
async fn requests_at_the_same_time_are_counted_apart() -> Outcome {
    let shop = Shop::open().await?;
    shop.post("login", json!({"email": "nobody@example.com", "password": "not it"})).await;
    let (log, _kept) = Log::of_this_test();
    let emails: Vec<_> = (0..10).map(|number| format!("nobody{number}@example.com")).collect();
    join_all(emails.iter().map(|email| shop.post("login", json!({"email": email, "password": "not it"})))).await;
    let lines = log.of("request")?;
    let ids: BTreeSet<_> = lines.iter().map(|line| line["request.id"].to_string()).collect();
    assert_eq!(ids.len(), 10);
    assert!(lines.iter().all(|line| line["RoundTrips"] == 2), "{lines:?}");
    Ok(())
}

#[tokio::test]
async fn every_edge_writes_one_line_for_an_invocation() -> Outcome {
    let mut shop = Shop::open().await?;
    let (log, _kept) = Log::of_this_test();
    shop.invoke::<CreateStore>(json!({"store": "demo"})).await;
    let line = told(only(&log, "invocation")?);
    assert_eq!((&line["operation"], &line["outcome"], &line["class"]), (&json!("create-store"), &json!("invalid_field"), &json!("staff")));

    shop.tick().await?;
    let line = told(only(&log, "schedule")?);
    assert_eq!((&line["operation"], &line["outcome"], &line["class"]), (&json!("send-invites"), &json!("ok"), &json!("background")));

    shop.post("send-code", json!({"email": "ada@example.com"})).await;
    let records = shop.outbox_records()?;
    log.clear();
    let event = serde_json::from_value(json!({"Records": records}))?;
    stream::handle(&shop.functions.of("send-mail"), event, "an id of Lambda's").await;
    let line = only(&log, "batch")?;
    assert_eq!((&line["operation"], &line["outcome"]), (&json!("send-mail"), &json!("ok")));
    assert_eq!(line["request.id"], "an id of Lambda's");
    let mail = only(&log, "mail")?;
    assert_eq!((&mail["store"], &mail["mail.kind"], &mail["outcome"]), (&json!("demo"), &json!("sign-in-code"), &json!("sent")));
    assert_eq!(mail["request.id"], line["request.id"]);

    shop.lose_the_table()?;
    log.clear();
    assert!(shop.tick().await.is_err());
    let line = told(only(&log, "schedule")?);
    assert_eq!((&line["outcome"], &line["Faults"]), (&json!("failed"), &json!(1)));
    Ok(())
}

#[tokio::test]
async fn a_start_tells_how_long_it_took_or_why_there_was_none() -> Outcome {
    let (log, _kept) = Log::of_this_test();
    watched_start("login", async { Ok::<_, io::Error>(()) }).await?;
    assert!(only(&log, "start")?["ColdStart"].is_u64());
    let failed = watched_start("login", async { Err::<(), _>(io::Error::other("no table is named")) }).await;
    assert!(failed.is_err());
    let line = only(&log, "start.failed")?;
    assert_eq!((&line["operation"], &line["Faults"], &line["error"]), (&json!("login"), &json!(1), &json!("no table is named")));
    Ok(())
}

#[tokio::test]
async fn work_that_panics_has_its_line_too_without_what_it_panicked_of() -> Outcome {
    let (log, _kept) = Log::of_this_test();
    let invocation =
        Invocation { event: "request", operation: "login", class: Class::Customers, request_id: "r1".to_owned(), lambda_request_id: None };
    let work = invocation.watch(async { panic!("of a planted word") }, |()| Told::done(true));
    assert!(AssertUnwindSafe(work).catch_unwind().await.is_err(), "the runtime hears of it");
    let line = told(only(&log, "request")?);
    assert_eq!((&line["outcome"], &line["Faults"]), (&json!("failed"), &json!(1)));
    assert!(!log.text().contains("planted"));
    assert!(catch_unwind(shared::telemetry::hashed).is_ok(), "outside of an invocation there is nothing to add to");
    Ok(())
}

/// Has everything happen that is counted.
async fn everything() -> Result<Log, Failure> {
    let mut shop = Shop::open().await?;
    let (log, _kept) = Log::of_this_test();
    watched_start("login", async { Ok::<_, io::Error>(()) }).await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait(61);
    let (challenge_id, code) = shop.challenge(&ada.email, "sign-in").await?;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    shop.post("verify-code", json!({"challenge_id": challenge_id, "code": wrong})).await;
    for _ in 0..5 {
        shop.post("login", json!({"email": ada.email, "password": "not hers"})).await;
    }
    shop.ask("view-account").bearer(&ada.access_token()).send().await;
    shop.ask("list-keys").bearer(&shop.owner_key).send().await;
    shop.post("refresh-session", json!({"refresh_token": ada.refresh_token()})).await;
    shop.wait(61);
    shop.post("refresh-session", json!({"refresh_token": ada.refresh_token()})).await;
    shop.tick().await?;
    for fate in [Fate::Bounce, Fate::Complaint] {
        shop.tell(fate, "grace@example.com").await?;
    }

    for number in 0..25 {
        shop.tell(Fate::Bounce, &format!("gone-{number}@example.com")).await?;
    }
    for number in 0..6 {
        shop.ask("send-code").from_network(number).json(&json!({"email": format!("new-{number}@example.com")})).send().await;
    }

    let none = MailsPerHour::parse(0)?;
    shop.set_up(|settings| settings.mails_per_hour = none).await?;
    shop.post("forgot-password", json!({"email": ada.email})).await;
    shop.set_up(|settings| settings.mails_per_hour = MAILS_PER_HOUR).await?;
    shop.wait_a_day();
    shop.post("forgot-password", json!({"email": ada.email})).await;
    let unreadable = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../events/send-mail/ok-unreadable-record.json"))?;
    let mut event: Value = serde_json::from_str(&unreadable)?;
    if let Some(records) = event["Records"].as_array_mut() {
        records.extend(shop.outbox_records()?);
    }
    // What the secrets were asked for last is a day ago.
    shop.context.keys().await?;
    shop.silence_ses_and_the_secrets();
    stream::handle(&shop.functions.of("send-mail"), serde_json::from_value(event)?, "").await;
    shop.wait(6 * 60);
    shop.context.keys().await?;
    shop.lose_the_table()?;
    shop.post("login", json!({"email": ada.email, "password": "not hers"})).await;
    assert!(shop.tick().await.is_err());
    Ok(log)
}

#[tokio::test]
async fn every_metric_is_where_cloudwatch_looks_for_it_and_so_is_what_is_watched() -> Outcome {
    let mut seen = BTreeSet::new();
    for line in everything().await?.lines()? {
        let found = emf::metrics(&line)?;
        // What is written in capitals is a metric, and nothing else is.
        let members = line.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
        let capitals: BTreeSet<_> = members.filter(|name| name.starts_with(|first: char| first.is_ascii_uppercase())).collect();
        assert_eq!(capitals, found.iter().map(|metric| metric.name.as_str()).collect(), "{line}");
        assert!(found.iter().all(|metric| metric.namespace == Log::NAMESPACE));
        seen.extend(found);
    }

    for Metric { name, unit, dimensions } in METRICS.iter() {
        for set in *dimensions {
            let told = seen.iter().any(|seen| seen.name == *name && seen.unit == *unit && seen.told_apart_by() == *set);
            assert!(told, "{name} by {set:?}: is it still written?");
        }
    }

    let watched = [watched::by_alarms()?, watched::by_the_dashboard()?].concat();
    assert!(watched.len() > 20, "{watched:?}");
    for metric in watched {
        let Watched { name, dimensions } = &metric;
        let told = seen.iter().any(|seen| {
            let pairs = seen.dimensions.iter().zip(dimensions);
            let alike = pairs.into_iter().all(|((name, value), (wanted, of))| name == wanted && of.as_ref().is_none_or(|of| of == value));
            seen.name == *name && seen.dimensions.len() == dimensions.len() && alike
        });
        assert!(told, "nothing writes what is watched: {metric:?}");
    }
    Ok(())
}

#[test]
fn no_metric_is_told_apart_by_what_has_no_end() {
    // Each value is a metric that is paid for: operations, codes and classes are few, and shops and customers are many.
    for metric in &METRICS {
        assert!(metric.dimensions.iter().all(|set| set.len() <= 1), "{}", metric.name);
        let allowed = metric.dimensions.iter().flat_map(|set| set.iter()).all(|name| ["operation", "class", "outcome"].contains(name));
        assert!(allowed, "{}", metric.name);
    }
}
