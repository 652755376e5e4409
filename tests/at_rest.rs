//! Whoever steals the table holds nothing that opens an account.

use aws_smithy_types::base64;
use serde_json::json;
use tests::{Failure, Outcome, Shop, Table};

/// Whether this text is a word of its own anywhere in the table: six digits may stand by chance within a longer number.
fn holds_word(table: &Table, needle: &str) -> bool {
    table.0.iter().any(|item| format!("{item:?}").split(|character: char| !character.is_ascii_alphanumeric()).any(|word| word == needle))
}

/// The forms that a code could be kept in by somebody who believes that it is hidden then.
fn forms(code: &str) -> Vec<String> {
    let reversed: String = code.chars().rev().collect();
    let hex: String = code.bytes().map(|byte| format!("{byte:02x}")).collect();
    let encoded = base64::encode(code.as_bytes());
    vec![code.to_owned(), reversed, hex, encoded.trim_end_matches('=').to_owned(), shared::domain::base32::encode(code.as_bytes())]
}

async fn table_holds_no_form_of(shop: &Shop, code: &str) -> Outcome {
    let table = shop.table().await?;
    for form in forms(code) {
        assert!(!holds_word(&table, &form), "{form}");
    }
    Ok(())
}

/// The parts of a token, each of which would do harm on its own.
fn parts(token: &str) -> Vec<&str> {
    token.split(['.', '_']).filter(|part| part.len() > 20).chain([token]).collect()
}

#[tokio::test]
async fn no_code_stands_in_the_table_neither_before_its_mail_is_sent_nor_after() -> Outcome {
    let shop = Shop::open().await?;
    shop.customer("ada@example.com").await?;
    for (operation, body) in [
        ("send-code", json!({"email": "ada@example.com"})),
        ("send-code", json!({"email": "ada@example.com", "purpose": "delete-account"})),
        ("create-account", json!({"email": "new@example.com"})),
    ] {
        shop.every_mail().await?;
        shop.wait(60);
        shop.post(operation, body.clone()).await;
        let with_outbox = shop.table().await?;
        assert_eq!(with_outbox.of("MAIL").count(), 1);
        let code = shop.code(body["email"].as_str().unwrap_or_default()).await?;
        for form in forms(&code) {
            assert!(!holds_word(&with_outbox, &form), "{form}");
        }
        table_holds_no_form_of(&shop, &code).await?;
    }
    Ok(())
}

#[tokio::test]
async fn no_longer_code_stands_in_the_table_either() -> Outcome {
    let shop = Shop::open().await?;
    let mut lengths = Vec::new();
    for round in 0..6 {
        let sent = shop.ask("send-code").from_network(round).json(&json!({"email": "ada@example.com"})).send().await;
        let code = shop.code("ada@example.com").await?;
        table_holds_no_form_of(&shop, &code).await?;
        assert!(code.len() == 6 || !shop.table().await?.holds(&code));
        lengths.push(code.len());
        for _ in 0..5 {
            let wrong = json!({"challenge_id": sent.text("/challenge_id"), "code": "222222"});
            shop.ask("verify-code").from_network(round).json(&wrong).send().await;
        }
        shop.wait(if round == 4 { 3600 } else { 60 });
    }
    assert_eq!((lengths.contains(&8), lengths.contains(&10)), (true, true), "{lengths:?}");
    Ok(())
}

#[tokio::test]
async fn no_link_stands_in_the_table_neither_before_its_mail_is_sent_nor_after() -> Outcome {
    let shop = Shop::open().await?;
    shop.customer("ada@example.com").await?;
    shop.wait(60);
    shop.post("forgot-password", json!({"email": "ada@example.com"})).await;
    let with_outbox = shop.table().await?;
    let token = shop.link_token("ada@example.com").await?;
    let (challenge, secret) = token.split_once('.').ok_or("a token has two parts")?;
    for table in [with_outbox, shop.table().await?] {
        assert!(table.holds(challenge), "the name is there");
        assert!(!table.holds(secret) && !table.holds(&secret[..16]) && !table.holds(&token));
    }
    Ok(())
}

#[tokio::test]
async fn no_token_of_a_session_stands_in_the_table() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let by_password = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
    let refreshed = shop.post("refresh-session", json!({"refresh_token": ada.refresh_token()})).await;
    let table = shop.table().await?;
    for session in [&ada.session, &by_password, &refreshed] {
        for name in ["access_token", "refresh_token", "device_token"] {
            let token = session.text(&format!("/{name}"));
            assert!(token.len() > 30, "{name}");
            for part in parts(&token) {
                assert!(!table.holds(part), "{name}: {part}");
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_fingerprint_of_a_refresh_token_refreshes_nothing() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let account = shop.account(&ada.email).await?.ok_or("there is no account")?;
    let session = account.sessions.values().next().ok_or("there is no session")?;
    for stolen in [session.token_hash.clone(), format!("k1.{}", session.token_hash)] {
        assert_eq!(shop.post("refresh-session", json!({"refresh_token": stolen})).await.status, 401);
        assert_eq!(shop.ask("logout").bearer(&stolen).send().await.status, 401);
    }
    Ok(())
}

#[tokio::test]
async fn no_password_stands_in_the_table_from_the_form_to_the_account() -> Outcome {
    let shop = Shop::open().await?;
    let marker = "Marker-of-a-password-7";
    let opened = shop.post("create-account", json!({"email": "ada@example.com", "password": marker})).await;
    let waiting = shop.table().await?;
    let code = shop.code("ada@example.com").await?;
    shop.post("verify-code", json!({"challenge_id": opened.text("/challenge_id"), "code": code})).await;
    shop.post("login", json!({"email": "ada@example.com", "password": marker})).await;
    shop.post("login", json!({"email": "ada@example.com", "password": format!("{marker}8")})).await;
    for table in [waiting, shop.table().await?] {
        for form in [marker.to_owned(), marker.to_lowercase(), base64::encode(marker).trim_end_matches('=').to_owned()] {
            assert!(!table.holds(&form), "{form}");
        }
        assert!(table.holds("$argon2id$"));
    }
    Ok(())
}

#[tokio::test]
async fn the_owners_key_stands_in_the_table_as_a_fingerprint() -> Outcome {
    let shop = Shop::open().await?;
    let table = shop.table().await?;
    let secret = shop.owner_key.rsplit('_').next().unwrap_or_default();
    let fingerprints = table.0.iter().filter(|item| item.contains_key("fingerprint")).count();
    assert_eq!((secret.len(), fingerprints), (52, 1));
    assert!(!table.holds(secret) && !table.holds(&shop.owner_key) && !table.holds("vsk_"));
    Ok(())
}

#[tokio::test]
async fn no_address_and_no_network_stands_in_a_key_of_the_table() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("marker.ada@example.com").await?;
    shop.block_email("marker.eve@example.com").await?;
    shop.block(shared::domain::block::BlockRule::cidr("198.51.100.0/24")?, &shared::domain::block::Scope::ALL, None).await?;
    shop.post("login", json!({"email": "marker.nobody@example.com", "password": "wrong"})).await;
    shop.post("login", json!({"email": ada.email, "password": ada.password, "device_token": ada.device_token()})).await;
    let (challenge, _) = {
        shop.wait(60);
        shop.challenge(&ada.email, "sign-in").await?
    };
    shop.post("verify-code", json!({"challenge_id": challenge, "code": "abcdefgh23"})).await;
    let keys: Vec<String> = shop.table().await?.0.iter().map(|item| format!("{:?}{:?}", item["pk"], item["sk"])).collect();
    assert!(keys.len() > 8);
    for personal in ["marker", "example.com", "192.0.2", "198.51.100"] {
        assert!(keys.iter().all(|key| !key.contains(personal)), "{personal}");
    }
    let whole = shop.table().await?;
    assert!(!whole.holds("marker.nobody"));
    // From where something was done, the record alone tells.
    let record = Table(whole.audit().cloned().collect());
    let rest = Table(whole.0.iter().filter(|item| !record.0.contains(item)).cloned().collect());
    assert!(record.holds("192.0.2.1") && !record.holds("marker") && !rest.holds("192.0.2"));
    // Staff read in a block's own item whom it names. What requests are told by does not say.
    let (own, others): (Vec<_>, Vec<_>) = whole.0.into_iter().partition(|item| tests::text(item, "sk") == "BLOCK");
    let (own, others) = (Table(own), Table(others));
    for blocked in ["marker.eve@example.com", "198.51.100.0/24"] {
        assert!(own.holds(blocked) && !others.holds(blocked), "{blocked}");
    }
    assert!(!others.holds("marker.eve") && !others.holds("198.51.100"));
    Ok(())
}

#[tokio::test]
async fn every_item_that_is_not_meant_to_stay_says_when_it_ends() -> Result<(), Failure> {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait(60);
    for purpose in ["sign-in", "delete-account"] {
        let (challenge, _) = shop.challenge(&ada.email, purpose).await?;
        shop.post("verify-code", json!({"challenge_id": challenge, "code": "abcdefgh23"})).await;
        shop.wait(60);
    }
    shop.post("forgot-password", json!({"email": ada.email})).await;
    shop.post("login", json!({"email": ada.email, "password": "wrong"})).await;
    shop.post("login", json!({"email": ada.email, "password": "wrong", "device_token": ada.device_token()})).await;
    let table = shop.table().await?;
    let mut kinds = std::collections::BTreeSet::new();
    for item in &table.0 {
        let recorded = tests::text(item, "pk").contains("#T#");
        let kind = if recorded { "AUDIT".to_owned() } else { tests::text(item, "sk") };
        if matches!(kind.as_str(), "STORE" | "COUNT" | "ACCOUNT" | "PROFILE" | "ID") || kind.starts_with("key_") {
            continue;
        }
        let end = item.get("exp").and_then(|end| end.as_n().ok()).and_then(|end| end.parse::<i64>().ok());
        let now = shop.clock.now().unix_seconds();
        let days = match (recorded, item.contains_key("from")) {
            (true, true) => 90,
            // What the operator did to open the shop is kept as long as what its staff do.
            (true, false) => 400,
            (false, _) => 3,
        };
        assert!(end.is_some_and(|end| end <= now + days * 86_400), "{item:?}");
        kinds.insert(kind);
    }
    let expected = ["AUDIT", "CHALLENGE#DELETION", "CHALLENGE#RESET-LINK", "CHALLENGE#SIGN-IN", "LIMIT", "MAIL"];
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), expected);
    Ok(())
}

#[tokio::test]
async fn what_a_campaign_leaves_behind_says_when_it_ends() -> Result<(), Failure> {
    let shop = Shop::open().await?;
    shop.brought_along("ada@example.com").await?;
    let before: Vec<_> = shop.table().await?.0.iter().map(|item| (item["pk"].clone(), item["sk"].clone())).collect();
    let campaign = shop.invite(json!({"audience": "all"})).await?;
    shop.tick().await?;
    let ends = |table: Table| {
        let new = table.0.into_iter().filter(|item| !before.contains(&(item["pk"].clone(), item["sk"].clone())));
        let end = |item: &tests::Item| item.get("exp").and_then(|end| end.as_n().ok()).and_then(|end| end.parse::<i64>().ok());
        let days = |end: i64| (end - shop.clock.now().unix_seconds()) / 86_400;
        let mut ends: Vec<_> = new.map(|item| (tests::text(&item, "sk"), end(&item).map(days))).collect();
        ends.retain(|(kind, _)| !kind.contains("-aud_"));
        ends.sort();
        ends
    };
    let told = |kind: &str, days| (kind.to_owned(), days);
    let open = [
        told("CAMPAIGN", None),
        told("CHALLENGE#INVITE", Some(7)),
        told("COUNT", None),
        told("LIMIT", Some(0)),
        told("MAIL", Some(7)),
        told(&format!("demo#{campaign}"), None),
    ];
    assert_eq!(ends(shop.table().await?), open);

    shop.every_mail().await?;
    shop.ask("cancel-invites").bearer(&shop.owner_key).json(&json!({"campaign_id": campaign})).send().await;
    // The mails that were sent are counted for three days, beside those that come back.
    let limits = [told("LIMIT", Some(0)), told("LIMIT", Some(3))];
    let over = [&[told("CAMPAIGN", Some(400)), told("CHALLENGE#INVITE", Some(7)), told("COUNT", None)][..], &limits].concat();
    assert_eq!(ends(shop.table().await?), over);
    Ok(())
}

/// Says which of these markers an item still holds.
fn held(table: &Table, markers: &[String]) -> Vec<String> {
    let holds = |item: &tests::Item, marker: &str| format!("{item:?}").contains(marker);
    let of = |item: &tests::Item, marker: &String| {
        holds(item, marker).then(|| format!("{marker} in {} {}", tests::text(item, "pk"), tests::text(item, "sk")))
    };
    table.0.iter().flat_map(|item| markers.iter().filter_map(move |marker| of(item, marker))).collect()
}

#[tokio::test]
async fn after_an_erasure_nothing_is_left_of_what_staff_wrote_and_can_be_read_of_it_until_then() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("marker-address@example.com").await?;
    shop.wait_a_day();
    let staff = |operation: &str, body: serde_json::Value| shop.ask(operation).bearer(&shop.owner_key).json(&body).send();
    let id = ada.account_id();
    for action in ["set", "lift"] {
        let hold = json!({"account_id": id, "kind": "dispute", "action": action, "note": format!("marker-hold-{action}")});
        assert_eq!(staff("hold-account", hold).await.status, 200);
    }
    let mut blocks = Vec::new();
    for (number, whom) in [json!({"type": "account", "value": id}), json!({"type": "email", "value": ada.email})].into_iter().enumerate() {
        for again in ["lifted", "standing"] {
            let mut block = json!({"scopes": ["checkout"], "reason_code": "abuse", "note": format!("marker-block-{number}-{again}"),
                "public_message": format!("marker-public-{number}-{again}"), "evidence_url": format!("https://files.example/marker-evidence-{number}-{again}")});
            block.as_object_mut().into_iter().for_each(|block| block.extend(whom.as_object().cloned().unwrap_or_default()));
            let created = staff("create-block", block).await;
            assert_eq!(created.status, 201, "{created:?}");
            blocks.push(created.text("/block_id"));
            if again == "lifted" {
                let lift = json!({"block_id": created.text("/block_id"), "note": format!("marker-lift-{number}")});
                assert_eq!(staff("lift-block", lift).await.status, 204);
            }
        }
    }
    // A move that is asked for and never made.
    let session = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
    let (challenge_id, code) = shop.challenge(&ada.email, "change-email").await?;
    let asked = json!({"challenge_id": challenge_id, "code": code, "new_email": "marker-new@example.com"});
    let asked = shop.ask("change-email").bearer(&session.text("/access_token")).json(&asked).send().await;
    assert_eq!(asked.status, 202, "{asked:?}");
    shop.every_mail().await?;

    let notes: Vec<String> =
        ["hold-set", "hold-lift", "block-0-lifted", "block-0-standing", "block-1-lifted", "block-1-standing", "lift-0", "lift-1"]
            .map(|name| format!("marker-{name}"))
            .into();
    let read = async || shop.ask("list-audit").bearer(&shop.owner_key).send().await;
    let before = read().await;
    for note in &notes {
        assert!(before.body.to_string().contains(note.as_str()), "{note} can be read: {}", before.body);
    }
    let recorded = Table(shop.table().await?.audit().cloned().collect());
    assert_eq!(held(&recorded, &notes), Vec::<String>::new(), "the record holds no note about somebody as it was written");

    let erased = shop.ask("delete-account").bearer(&session.text("/access_token")).json(&json!({"mode": "erase"})).send().await;
    assert_eq!(erased.status, 202, "{erased:?}");
    shop.every_mail().await?;
    let markers = ["marker".to_owned()];
    assert_eq!(held(&shop.table().await?, &markers), Vec::<String>::new());
    assert_eq!(held(&shop.ledger().await?, &markers), Vec::<String>::new());
    let after = read().await;
    assert!(after.status == 200 && !after.body.to_string().contains("marker"), "{}", after.body);
    assert!(after.body.to_string().contains("create-block"), "what was done stays");
    // Whoever is blocked stays blocked.
    let check = staff("block-check", json!({"email": ada.email, "scope": "checkout"})).await;
    assert_eq!(check.body["blocked"], json!(true), "{check:?}");
    Ok(())
}
