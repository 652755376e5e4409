//! What is secret or personal reaches no log line, whatever happens.

use std::{collections::BTreeSet, sync::Arc};

use futures::future::join_all;
use local::functions::{command_handlers, handlers, rotating, scheduled};
use serde_json::{Value, json};
use shared::stream;
use tests::{Failure, Log, Outcome, Request, Shop, emf};

/// What is secret or personal, in every place of a request that can hold it. All of it is marked.
fn planted(request: Request<'_>) -> Request<'_> {
    ["user-agent", "cookie", "referer", "origin", "x-forwarded-for", "x-planted"]
        .iter()
        .fold(request, |request, name| request.header(name, "planted-in-a-header 203.0.113.78"))
        .query("email=planted-in-a-query%40marker-domain.example&token=planted")
        .from([203, 0, 113, 77])
}

/// Every operation, with what it does something for, and what it refuses.
fn requests(email: &str, password: &str, wrong: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("create-account", json!({"email": email, "password": password, "name": "Planted Name"})),
        ("create-account", json!({"email": email, "password": "planted", "name": "https://planted.example"})),
        ("login", json!({"email": email, "password": password})),
        ("login", json!({"email": email, "password": "planted wrong password", "device_token": wrong})),
        ("login", json!({"email": "planted, no address", "password": 7})),
        ("login", json!({"planted_field": "planted"})),
        ("send-code", json!({"email": email, "purpose": "planted-purpose"})),
        ("send-code", json!({"email": email, "device_token": wrong})),
        ("forgot-password", json!({"email": email})),
        ("forgot-password", json!({"email": "planted@marker-domain.example\r\nBcc: planted"})),
        ("verify-code", json!({"challenge_id": wrong, "code": "planted"})),
        ("reset-password", json!({"token": wrong, "password": "planted new password"})),
        ("refresh-session", json!({"refresh_token": wrong})),
        ("logout", json!({"everywhere": "planted"})),
        ("view-account", json!({})),
        ("update-account", json!({"name": "Planted Name", "shipping_address": {"country": "GB", "city": "planted"}})),
        ("change-password", json!({"current_password": "planted wrong password", "new_password": "planted new password"})),
        ("change-email", json!({"challenge_id": wrong, "code": "planted", "new_email": email})),
        ("export-account", json!({})),
        ("delete-account", json!({"mode": "planted"})),
        (
            "record-order",
            json!({"email": email, "reference": "planted", "total": 1, "currency": "EUR", "placed_at": "2025-03-14T18:04:00Z", "signed_in": false}),
        ),
        ("record-order", json!({"email": email, "reference": "planted", "currency": "planted", "placed_at": "planted"})),
        ("admin/list-orders", json!({"email": email, "before": "planted"})),
        ("admin/list-orders", json!({"email": email})),
        ("list-orders", json!({})),
        ("admin/delete-account", json!({"account_id": wrong, "mode": "erase", "note": "planted"})),
        ("block-check", json!({"email": email, "ip": "203.0.113.79", "scope": "checkout"})),
        ("list-accounts", json!({})),
        ("find-accounts", json!({"email": email})),
        ("find-accounts", json!({"email_prefix": "planted", "before": "planted"})),
        ("admin/view-account", json!({})),
        ("annotate-account", json!({"account_id": wrong, "add_tags": ["planted"], "note": "planted"})),
        ("hold-account", json!({"account_id": wrong, "kind": "legal", "action": "set", "note": "planted"})),
        ("allow-mail", json!({"account_id": wrong, "note": "planted"})),
        ("allow-mail", json!({"email": email, "note": "planted"})),
        ("create-block", json!({"type": "email", "value": email, "reason_code": "planted", "note": "planted"})),
        ("create-block", json!({"type": "ip", "value": "203.0.113.79 planted", "reason_code": "fraud", "note": "planted"})),
        ("lift-block", json!({"block_id": wrong, "note": "planted"})),
        ("list-blocks", json!({})),
        ("find-blocks", json!({"type": "email", "value": email})),
        ("find-blocks", json!({"type": "cidr", "value": "planted"})),
        ("view-block", json!({})),
        ("create-key", json!({"role": "planted", "label": "planted"})),
        ("revoke-key", json!({"key_id": wrong, "note": "planted"})),
        (
            "import-accounts",
            json!({"rows": [{"email": email, "name": "Planted Name", "password": {"format": "wordpress", "hash": "planted"}}]}),
        ),
        ("import-accounts", json!({"rows": "planted", "planted": wrong})),
        ("list-keys", json!({})),
        ("preview-mail", json!({"kind": "sign-in-code", "language": "en", "draft": {"body": "planted {{ planted }}"}})),
        ("view-store", json!({})),
        ("configure-store", json!({"revision": 0, "name": "planted\nname", "sender": "planted", "urls": {"home": "planted"}})),
        ("list-audit", json!({})),
        ("invite-accounts", json!({"audience": "planted", "announcement": {"en": "planted"}, "note": "planted"})),
        ("invite-accounts", json!({"audience": "all", "announcement": {"en": "planted"}, "note": "planted"})),
        ("cancel-invites", json!({"campaign_id": "cmp_aaaaaaaaaaaaaaaa", "note": "planted"})),
        ("list-invites", json!({})),
        ("view-invites", json!({})),
        ("jwks", json!({})),
    ]
}

/// Sends all of them, and makes sure that what is refused is not told back.
async fn send_all(shop: &Shop, requests: &[(&'static str, Value)], token: &str) {
    let send = async |(operation, body): &(&'static str, Value)| {
        let request = || planted(shop.ask(operation)).bearer(token);
        let broken = body.to_string().replace('}', ",");
        let answers = join_all([
            request().json(body).send(),
            request().json(body).at("planted-store").send(),
            request().raw("application/json", broken.as_bytes()).send(),
            request().raw("text/planted", body.to_string().as_bytes()).send(),
        ]);
        for answer in answers.await {
            let told = format!("{answer:?}").to_lowercase();
            let holds = ["planted", "marker-domain", "203.0.113"].iter().any(|marker| told.contains(marker));
            // Who writes a template is told what in it is wrong.
            assert!(answer.status < 300 || *operation == "preview-mail" || !holds, "{operation}: {told}");
        }
    };
    join_all(requests.iter().map(send)).await;
}

#[tokio::test]
async fn neither_addresses_nor_networks_nor_secrets_reach_the_log() -> Outcome {
    // For the whole process: what other tests log meanwhile is looked at too.
    let log = Log::of_the_process()?;

    let mut shop = Shop::open().await?;
    let ada = shop.customer("planted-marker@marker-domain.example").await?;
    let mut secrets = vec![ada.access_token(), ada.refresh_token(), ada.device_token(), shop.owner_key.clone(), ada.password.clone()];
    shop.wait_a_day();

    // What is right, first.
    let signed_in = planted(shop.ask("login")).json(&json!({"email": ada.email, "password": ada.password})).send().await;
    assert_eq!(signed_in.status, 200);
    let (challenge, code) = shop.challenge(&ada.email, "sign-in").await?;
    let body = json!({"challenge_id": challenge, "code": code});
    assert_eq!(planted(shop.ask("verify-code")).json(&body).send().await.status, 200);
    let refreshed = planted(shop.ask("refresh-session")).json(&json!({"refresh_token": signed_in.text("/refresh_token")})).send().await;
    assert_eq!(refreshed.status, 200);
    shop.wait(61);
    planted(shop.ask("forgot-password")).json(&json!({"email": ada.email})).send().await;
    let link = shop.link_token(&ada.email).await?;
    let body = json!({"token": link, "password": "planted new password"});
    assert_eq!(planted(shop.ask("reset-password")).json(&body).send().await.status, 204);
    let check = json!({"email": ada.email, "ip": "203.0.113.78", "scope": "checkout"});
    assert_eq!(planted(shop.ask("block-check")).bearer(&shop.owner_key).json(&check).send().await.status, 200);
    for (session, name) in
        [(&signed_in, "access_token"), (&refreshed, "access_token"), (&refreshed, "refresh_token"), (&refreshed, "device_token")]
    {
        secrets.push(session.text(&format!("/{name}")));
    }
    secrets.extend([challenge, code, link]);

    // Then everything that is refused, and everything when something gives no answer.
    let everything = requests(&ada.email, "planted new password", &signed_in.text("/refresh_token"));
    send_all(&shop, &everything, &signed_in.text("/access_token")).await;
    send_all(&shop, &everything, &shop.owner_key).await;
    shop.tick().await?;
    for (command, order) in command_handlers().into_values().flat_map(|command| orders().map(|order| (command, order))) {
        command(Arc::clone(&shop.context), order).await;
    }
    deliver(&shop, vec![unreadable()]).await?;
    shop.wait_a_day();
    planted(shop.ask("send-code")).json(&json!({"email": ada.email})).send().await;
    let records = shop.outbox_records()?;
    shop.lose_ses()?;
    assert_eq!(deliver(&shop, records).await?, 1);
    // A rotation that succeeds and one that does not.
    shop.rotate().await?;
    secrets.extend(shop.root_secrets()?);
    let version = shop.begin_rotation().await?;
    shop.put_pending(&version, "planted, no ring").await?;
    assert!(shop.step("testSecret", &version).await.is_err());
    shop.lose_the_secrets()?;
    send_all(&shop, &everything, "planted").await;
    send_all(&shop, &everything, &shop.owner_key).await;
    let _ = shop.tick().await;
    shop.lose_the_table()?;
    send_all(&shop, &everything, "planted").await;
    send_all(&shop, &everything, &shop.owner_key).await;
    assert!(shop.tick().await.is_err());
    for command in command_handlers().into_values() {
        command(Arc::clone(&shop.context), json!({"store": "planted-store", "note": "planted"})).await;
    }

    let lines = log.lines()?;
    for line in &lines {
        promised(line)?;
    }
    let told: BTreeSet<_> = lines.iter().filter_map(|line| line["operation"].as_str()).collect();
    let edges = handlers().into_keys().chain(command_handlers().into_keys()).chain(scheduled().into_keys());
    let edges = edges.chain(rotating().into_keys()).chain(["send-mail"]);
    for operation in edges {
        assert!(told.contains(operation), "no line of {operation} was looked at: what can be planted in its requests?");
    }
    for outcome in ["ok", "failed", "unavailable", "invalid_field", "invalid_credentials"] {
        assert!(lines.iter().any(|line| line["outcome"] == outcome), "{outcome}");
    }
    for event in [
        "request.failed",
        "invocation.failed",
        "campaigns.failed",
        "mail",
        "mail.failed",
        "mail.unreadable",
        "rotation.step",
        "rotation.failed",
    ] {
        assert!(lines.iter().any(|line| line["event"] == event), "{event}");
    }

    // The moment is a long number, in which any code may be found.
    let without_moments = |mut line: Value| {
        line["timestamp"].take();
        line["_aws"].take();
        line.to_string().to_lowercase()
    };
    let text: String = lines.into_iter().map(without_moments).collect();
    for marker in ["planted", "marker-domain", "203.0.113"].into_iter().chain(secrets.iter().map(String::as_str)) {
        assert!(!text.contains(&marker.to_lowercase()), "{marker} was logged");
    }
    Ok(())
}

/// What every line has, and what those have that tell of an invocation.
fn promised(line: &Value) -> Result<(), String> {
    emf::metrics(line)?;
    let holds = |name: &str| line[name].as_str().is_some_and(|text| !text.is_empty());
    let mut needed = vec!["timestamp", "level", "target"];
    if line["target"].as_str().is_some_and(|target| target.starts_with("shared")) {
        needed.push("event");
    }
    let of_invocation = ["request", "invocation", "batch", "schedule", "rotation"].iter().any(|event| line["event"] == *event);
    if of_invocation {
        needed.extend(["operation", "class", "outcome"]);
        if !(line["Duration"].is_u64() && line["RoundTrips"].is_u64() && line["request.id"].is_string()) {
            return Err(format!("a time, round trips and a name: {line}"));
        }
    }
    if line["event"] == "request" {
        needed.push("request.id");
        // Who is let in is let into a store.
        needed.extend((line["outcome"] == "ok" && line["operation"] != "jwks").then_some("store"));
    }
    match needed.into_iter().find(|name| !holds(name)) {
        Some(name) => Err(format!("{name}: {line}")),
        None => Ok(()),
    }
}

/// What an operator may mistype.
fn orders() -> [Value; 4] {
    let whole = json!({
        "store": "planted-by-operator", "name": "Planted Name", "sender": "planted@marker-domain.example",
        "support_email": "planted@marker-domain.example", "issuer": "https://planted.example",
        "urls": {"home": "https://planted.example/", "reset_password": "https://planted.example/reset"}, "language": "en",
    });
    [whole, json!({"store": "planted store"}), json!({"planted": "planted"}), json!("planted")]
}

/// A record of the outbox that holds no mail, but what might have been one.
fn unreadable() -> Value {
    json!({
        "eventID": "1", "eventName": "INSERT", "eventVersion": "1.1", "eventSource": "aws:dynamodb", "awsRegion": "eu-west-1",
        "dynamodb": {
            "Keys": {"pk": {"S": "S#demo#M#planted"}, "sk": {"S": "MAIL"}},
            "NewImage": {"to": {"S": "planted@marker-domain.example"}, "name": {"S": "Planted Name"}, "letter": {"S": "planted"}},
            "ApproximateCreationDateTime": 1_795_000_000, "SequenceNumber": "1", "SizeBytes": 100, "StreamViewType": "NEW_IMAGE",
        },
    })
}

async fn deliver(shop: &Shop, records: Vec<Value>) -> Result<usize, Failure> {
    let event = serde_json::from_value(json!({"Records": records}))?;
    Ok(stream::handle(&shop.functions.of("send-mail"), event, "").await.batch_item_failures.len())
}

#[tokio::test]
async fn no_url_in_a_mail_holds_an_address_and_a_links_token_stands_behind_the_hash_alone() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("planted-marker@marker-domain.example").await?;
    shop.wait(60);
    shop.post("forgot-password", json!({"email": ada.email})).await;
    let token = shop.link_token(&ada.email).await?;
    let mut urls = 0;
    for mail in shop.every_mail().await? {
        let html = mail.html.replace("&#x2f;", "/");
        for url in
            [&mail.text, &html].into_iter().flat_map(|body| body.split(['"', '<', '>', ' ', '\n'])).filter(|word| word.starts_with("http"))
        {
            let (sent, kept) = url.split_once('#').unwrap_or((url, ""));
            assert!(!sent.contains(['?', '@']) && !sent.contains("marker") && !sent.contains(&token), "{sent}");
            assert!(!kept.contains("marker") && !kept.contains('@'), "{kept}");
            urls += 1;
        }
    }
    assert!(urls > 3, "{urls}");
    Ok(())
}
