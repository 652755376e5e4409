//! `create-block`: from the next request on, for whom it names and nobody else.

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::{Value, json};
use shared::domain::role::Role;
use tests::{Answer, Failure, HeadStart, Item, Outcome, Shop, text};

const NOTE: &str = "Three payments were taken back after delivery.";

fn block(kind: &str, value: &str) -> Value {
    json!({"type": kind, "value": value, "reason_code": "chargeback", "note": NOTE})
}

/// The same, with one more field.
fn with(mut body: Value, name: &str, value: impl Into<Value>) -> Value {
    body[name] = value.into();
    body
}

async fn create_by(shop: &Shop, key: &str, body: &Value) -> Answer {
    shop.ask("create-block").bearer(key).json(body).send().await
}

async fn create(shop: &Shop, body: &Value) -> Answer {
    create_by(shop, &shop.owner_key, body).await
}

/// Has a block stand, and tells its name.
async fn made(shop: &Shop, body: &Value) -> Result<String, Failure> {
    let answer = create(shop, body).await;
    if answer.status == 201 { Ok(answer.text("/block_id")) } else { Err(format!("no block was made: {answer:?}").into()) }
}

/// By which kind of block this is met, if by any.
async fn met(shop: &Shop, who: &str, value: &str, scope: &str) -> Option<String> {
    let body = with(json!({"scope": scope}), who, value);
    let answer = shop.ask("block-check").bearer(&shop.owner_key).json(&body).send().await;
    answer.body["blocked"].as_bool().unwrap_or_default().then(|| answer.text("/match"))
}

fn recorded<'a>(items: &'a [Item], action: &str) -> Vec<&'a Item> {
    items.iter().filter(|item| text(item, "action") == action).collect()
}

#[tokio::test]
async fn a_block_is_told_as_it_stands() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let key = shop.key(Role::StoreManager).await?;
    let key_id = format!("key_{}", key.split('_').nth(1).unwrap_or_default());
    let body = json!({"type": "email", "value": " Ada@EXAMPLE.com ", "reason_code": "abuse", "note": " Insulted the staff. ",
        "evidence_url": "https://tickets.example/42", "public_message": "Please call us.", "scopes": ["checkout", "sign-in", "checkout"],
        "expires_at": "2030-01-01T00:00:00+01:00"});

    let answer = create_by(&shop, &key, &body).await;

    assert_eq!((answer.status, answer.headers["cache-control"].as_str()), (201, "no-store"));
    let (id, now) = (answer.text("/block_id"), shop.clock.now().rfc3339());
    let told = json!({"block_id": id, "type": "email", "value": "ada@example.com", "state": "standing", "scopes": ["sign-in", "checkout"],
        "reason_code": "abuse", "created_at": now, "created_by": key_id, "expires_at": "2029-12-31T23:00:00Z", "lifted_at": null,
        "note": "Insulted the staff.", "evidence_url": "https://tickets.example/42", "public_message": "Please call us.",
        "accounts": [ada.account_id()],
        "history": [{"event": "created", "at": now, "by": key_id, "note": "Insulted the staff."}]});
    assert_eq!(answer.body, told);
    let viewed = shop.ask("view-block").bearer(&key).query(&format!("block_id={id}")).send().await;
    assert_eq!(viewed.body, told);
    Ok(())
}

#[tokio::test]
async fn whoever_is_named_is_out_by_the_next_request_and_is_told_after_the_right_proof_alone() -> Outcome {
    for kind in ["email", "account"] {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        let other = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
        shop.wait(60);
        let (challenge_id, code) = shop.challenge(&ada.email, "sign-in").await?;
        let value = if kind == "email" { ada.email.clone() } else { ada.account_id() };

        made(&shop, &with(block(kind, &value), "public_message", "Please call us.")).await?;

        assert_eq!(shop.table().await?.sessions(&ada.email), Vec::<String>::new(), "{kind}");
        for token in [ada.refresh_token(), other.text("/refresh_token")] {
            assert_eq!(shop.post("refresh-session", json!({"refresh_token": token})).await.status, 401, "{kind}");
        }
        let view = shop.ask("view-account").bearer(&ada.access_token()).send().await;
        assert_eq!(view.status, 401, "{kind}");
        let late = shop.post("verify-code", json!({"challenge_id": challenge_id, "code": code})).await;
        assert_eq!(late.refusal(), (410, "expired".to_owned()), "{kind}");
        let wrong = shop.post("login", json!({"email": ada.email, "password": "not her password"})).await;
        assert_eq!(wrong.refusal(), (401, "invalid_credentials".to_owned()), "{kind}");
        let right = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
        assert_eq!((right.refusal(), right.text("/detail")), ((403, "blocked".to_owned()), "Please call us.".to_owned()), "{kind}");
        for (who, value) in [("email", &ada.email), ("account_id", &ada.account_id())] {
            assert_eq!(met(&shop, who, value, "checkout").await.as_deref(), Some(kind), "{who}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn every_spelling_of_a_value_is_one_block_and_it_meets_its_own_and_no_others() -> Outcome {
    for (kind, typed, stored, who, inside, outside) in [
        (
            "email",
            "ADA@Example.com",
            "ada@example.com",
            "email",
            ["ada@example.com", "Ada+x@EXAMPLE.com"],
            ["bob@example.com", "a.da@example.com"],
        ),
        (
            "email",
            "a.d.a+x@googlemail.com",
            "a.d.a+x@googlemail.com",
            "email",
            ["ada@gmail.com", "ad.a+y@gmail.com"],
            ["adb@gmail.com", "ada@example.com"],
        ),
        (
            "email",
            "ada@M\u{dc}LLER.example",
            "ada@xn--mller-kva.example",
            "email",
            ["ada@m\u{fc}ller.example", "ada@XN--mller-kva.example"],
            ["ada@muller.example", "ada@mail.xn--mller-kva.example"],
        ),
        (
            "domain",
            "Example.COM.",
            "example.com",
            "email",
            ["x@example.com", "x@a.b.example.com"],
            ["x@notexample.com", "x@example.com.example"],
        ),
        (
            "domain",
            "b\u{fc}cher.example",
            "xn--bcher-kva.example",
            "email",
            ["x@B\u{dc}CHER.example", "x@mail.xn--bcher-kva.example"],
            ["x@bucher.example", "x@xn--bcher-kva.example.com"],
        ),
        ("ip", "::ffff:192.0.2.7", "192.0.2.7", "ip", ["192.0.2.7", "::ffff:c000:207"], ["192.0.2.6", "::192.0.2.7"]),
        (
            "ip",
            "2001:DB8::0:7",
            "2001:db8::/64",
            "ip",
            ["2001:db8::7", "2001:db8:0:0:ffff:ffff:ffff:ffff"],
            ["2001:db8:0:1::7", "2001:db8:1::7"],
        ),
        ("cidr", "198.51.100.77/22", "198.51.100.0/22", "ip", ["198.51.100.0", "198.51.103.255"], ["198.51.99.255", "198.51.104.0"]),
        ("cidr", "198.51.100.64/27", "198.51.100.64/27", "ip", ["198.51.100.64", "198.51.100.95"], ["198.51.100.63", "198.51.100.96"]),
        (
            "cidr",
            "::ffff:198.51.100.0/120",
            "198.51.100.0/24",
            "ip",
            ["198.51.100.0", "::ffff:198.51.100.255"],
            ["198.51.99.255", "198.51.101.0"],
        ),
        (
            "cidr",
            "2001:DB8:1:2::9/64",
            "2001:db8:1:2::/64",
            "ip",
            ["2001:db8:1:2::", "2001:db8:1:2:ffff:ffff:ffff:ffff"],
            ["2001:db8:1:1:ffff::", "2001:db8:1:3::"],
        ),
        (
            "cidr",
            "2001:db8:4000::/35",
            "2001:db8:4000::/35",
            "ip",
            ["2001:db8:4000::", "2001:db8:5fff:ffff::1"],
            ["2001:db8:3fff:ffff::", "2001:db8:6000::"],
        ),
    ] {
        let shop = Shop::open().await?;
        let answer = create(&shop, &block(kind, typed)).await;
        assert_eq!((answer.status, answer.text("/value")), (201, stored.to_owned()), "{typed}");
        for address in inside {
            assert_eq!(met(&shop, who, address, "sign-up").await.as_deref(), Some(kind), "{typed} {address}");
        }
        for address in outside {
            assert_eq!(met(&shop, who, address, "sign-up").await, None, "{typed} {address}");
        }
        let again = create(&shop, &block(kind, stored)).await;
        assert_eq!(again.text("/block_id"), answer.text("/block_id"), "{typed}");
    }
    Ok(())
}

#[tokio::test]
async fn a_block_keeps_from_its_scopes_and_from_nothing_else() -> Outcome {
    for (scopes, signs_in, signs_up) in [
        (["sign-in"].as_slice(), false, true),
        (&["sign-up"], true, false),
        (&["checkout"], true, true),
        (&["sign-in", "checkout"], false, true),
    ] {
        for kind in ["email", "domain", "cidr"] {
            let shop = Shop::open().await?;
            let ada = shop.customer("ada@example.com").await?;
            shop.wait(60);
            let value = |email: &str| match kind {
                "email" => email.to_owned(),
                "domain" => "example.com".to_owned(),
                _ => "192.0.2.0/24".to_owned(),
            };
            made(&shop, &with(block(kind, &value(&ada.email)), "scopes", scopes)).await?;
            if kind == "email" {
                made(&shop, &with(block(kind, "new@example.com"), "scopes", scopes)).await?;
            }

            let (who, whom) = if kind == "cidr" { ("ip", "192.0.2.9") } else { ("email", "ada@example.com") };
            for scope in ["sign-in", "sign-up", "checkout"] {
                assert_eq!(met(&shop, who, whom, scope).await.is_some(), scopes.contains(&scope), "{kind} {scopes:?} {scope}");
            }
            // Whoever may go on signing in is not signed out.
            let refreshed = shop.post("refresh-session", json!({"refresh_token": ada.refresh_token()})).await;
            assert_eq!(refreshed.status == 200, signs_in, "{kind} {scopes:?}");
            let login = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
            assert_eq!(login.status, if signs_in { 200 } else { 403 }, "{kind} {scopes:?}");
            shop.post("create-account", json!({"email": "new@example.com"})).await;
            assert_eq!(shop.mails("new@example.com").await?.is_empty(), !signs_up, "{kind} {scopes:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_block_ends_at_its_moment_and_cannot_end_before_it_begins() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let now = shop.clock.now();
    for end in [now.rfc3339(), now.minus(std::time::Duration::from_secs(1)).rfc3339(), "1970-01-01T00:00:00Z".to_owned()] {
        let answer = create(&shop, &with(block("email", &ada.email), "expires_at", end)).await;
        assert_eq!(answer.invalid_field(), ("expires_at".to_owned(), "not_in_the_future".to_owned()));
    }
    let end = now.plus(std::time::Duration::from_secs(3600)).rfc3339();
    made(&shop, &with(block("email", &ada.email), "expires_at", end)).await?;
    let login = || shop.post("login", json!({"email": ada.email, "password": ada.password}));
    shop.wait(3599);
    assert_eq!(login().await.refusal(), (403, "blocked".to_owned()));
    shop.wait(1);
    assert_eq!(login().await.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_network_that_is_wide_takes_force_and_one_that_no_shop_can_mean_is_refused_with_it() -> Outcome {
    let shop = Shop::open().await?;
    for (network, forced) in [
        ("10.0.0.0/16", false),
        ("10.0.0.0/15", true),
        ("10.0.0.0/8", true),
        ("::ffff:10.0.0.0/111", true),
        ("2001:db8::/32", false),
        ("2001:db0::/31", true),
        ("2001:db0::/28", true),
    ] {
        let answer = create(&shop, &block("cidr", network)).await;
        if forced {
            assert_eq!(answer.invalid_field(), ("force".to_owned(), "required_for_wide_network".to_owned()), "{network}");
            assert_eq!(create(&shop, &with(block("cidr", network), "force", false)).await.status, 422, "{network}");
            assert_eq!(create(&shop, &with(block("cidr", network), "force", true)).await.status, 201, "{network}");
        } else {
            assert_eq!(answer.status, 201, "{network}");
        }
    }
    for (network, code) in [
        ("10.0.0.0/7", "network_too_wide"),
        ("0.0.0.0/0", "network_too_wide"),
        ("2000::/3", "network_too_wide"),
        ("::/0", "network_too_wide"),
        ("2001:db8::/96", "network_too_narrow"),
    ] {
        let answer = create(&shop, &with(block("cidr", network), "force", true)).await;
        assert_eq!(answer.invalid_field(), ("value".to_owned(), code.to_owned()), "{network}");
    }
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_a_block_is_refused_by_its_field() -> Outcome {
    let shop = Shop::open().await?;
    let right = block("email", "eve@example.com");
    let without = |name: &str| {
        let mut body = right.clone();
        drop(body.as_object_mut().and_then(|body| body.remove(name)));
        body
    };
    for (body, field, code) in [
        (without("type"), "type", "required"),
        (without("value"), "value", "required"),
        (without("reason_code"), "reason_code", "required"),
        (without("note"), "note", "required"),
        (with(right.clone(), "type", "person"), "type", "not_one_of_the_values"),
        (with(right.clone(), "value", json!(["eve@example.com"])), "value", "wrong_type"),
        (with(right.clone(), "value", "eve"), "value", "invalid_address"),
        (with(right.clone(), "value", "eve eve@example.com"), "value", "invalid_local_part"),
        (with(right.clone(), "value", "eve@\u{212a}elvin.example"), "value", "confusable_domain"),
        (block("domain", "localhost"), "value", "invalid_domain"),
        (block("domain", "a@example.com"), "value", "invalid_domain"),
        (block("email", "*@example.com"), "value", "use_type_domain"),
        (block("ip", "192.0.2.0/24"), "value", "invalid_ip_address"),
        (block("ip", "192.0.2.1, 192.0.2.2"), "value", "invalid_ip_address"),
        (block("cidr", "192.0.2.1"), "value", "invalid_network"),
        (block("cidr", "192.0.2.0/33"), "value", "invalid_network"),
        (block("account", "ada@example.com"), "value", "invalid_identifier"),
        (with(right.clone(), "reason_code", "mood"), "reason_code", "not_one_of_the_values"),
        (with(right.clone(), "note", " \n "), "note", "empty"),
        (with(right.clone(), "note", "a".repeat(2_001)), "note", "too_long"),
        (with(right.clone(), "note", "a\u{7}b"), "note", "invalid_characters"),
        (with(right.clone(), "evidence_url", "javascript:alert(1)"), "evidence_url", "invalid_url"),
        (with(right.clone(), "evidence_url", "tickets.example/42"), "evidence_url", "invalid_url"),
        (with(right.clone(), "public_message", "a".repeat(501)), "public_message", "too_long"),
        (with(right.clone(), "scopes", json!([])), "scopes", "empty"),
        (with(right.clone(), "scopes", json!(["everything"])), "scopes[0]", "not_one_of_the_values"),
        (with(right.clone(), "scopes", "sign-in"), "scopes", "wrong_type"),
        (with(right.clone(), "expires_at", "tomorrow"), "expires_at", "invalid_moment"),
        (with(right.clone(), "expires_at", "2030-01-01"), "expires_at", "invalid_moment"),
        (with(right.clone(), "notify", "yes"), "notify", "wrong_type"),
        (with(block("domain", "example.com"), "notify", true), "notify", "nobody_to_notify"),
        (with(block("ip", "192.0.2.1"), "notify", true), "notify", "nobody_to_notify"),
        (with(block("cidr", "192.0.2.0/24"), "notify", true), "notify", "nobody_to_notify"),
        (with(right.clone(), "block_id", "blk_aaaaaaaaaaaaaaaa"), "", "unknown_field"),
        (with(right.clone(), "created_by", "key_aaaaaaaaaaaaaaaa"), "", "unknown_field"),
    ] {
        let before = shop.table().await?.0.len();
        let answer = create(&shop, &body).await;
        assert_eq!((answer.status, answer.invalid_field()), (422, (field.to_owned(), code.to_owned())), "{body}");
        assert_eq!(shop.table().await?.0.len(), before, "{body}");
    }
    Ok(())
}

#[tokio::test]
async fn an_account_that_there_is_none_of_or_that_was_erased_is_not_found() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.ask("delete-account").bearer(&ada.access_token()).json(&json!({"mode": "erase"})).send().await;
    for id in ["acc_aaaaaaaaaaaaaaaaaaaaaaaaaa", &ada.account_id()] {
        assert_eq!(create(&shop, &block("account", id)).await.refusal(), (404, "not_found".to_owned()));
    }
    Ok(())
}

#[tokio::test]
async fn the_same_request_again_is_the_same_block_made_recorded_and_mailed_once() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let body = with(block("email", &ada.email), "notify", true);

    let answers = join_all((0..10).map(|_| create(&shop, &body))).await;

    let id = answers[0].text("/block_id");
    for answer in &answers {
        assert_eq!((answer.status, answer.text("/block_id")), (201, id.clone()), "{answer:?}");
        assert_eq!(answer.body, answers[0].body);
    }
    shop.wait(5);
    assert_eq!(create(&shop, &body).await.body, answers[0].body, "a lost answer is asked for again");
    let table = shop.table().await?;
    assert_eq!((recorded(&table.0, "create-block").len(), table.of("BLOCK").count()), (1, 1));
    assert_eq!(shop.mail_kinds(&ada.email).await?.iter().filter(|kind| *kind == "account-blocked").count(), 1);

    let key = shop.key(Role::StoreManager).await?;
    assert_ne!(create_by(&shop, &key, &body).await.text("/block_id"), id, "somebody else's block is another one");
    assert_ne!(create(&shop, &with(body.clone(), "note", "Something else.")).await.text("/block_id"), id);
    assert_eq!(shop.table().await?.of("BLOCK").count(), 3);
    Ok(())
}

#[tokio::test]
async fn a_block_that_was_lifted_or_has_run_out_can_be_made_once_more_in_the_same_words() -> Outcome {
    let shop = Shop::open().await?;
    let body = block("email", "eve@example.com");
    let mut ids = Vec::new();
    for round in 0..25 {
        shop.round_trips.reset();
        let id = made(&shop, &body).await?;
        assert!(shop.round_trips.in_sequence() <= 4, "{round}: nobody looks through all of them");
        let lift = json!({"block_id": id, "note": "A mistake."});
        assert_eq!(shop.ask("lift-block").bearer(&shop.owner_key).json(&lift).send().await.status, 204);
        assert_eq!(met(&shop, "email", "eve@example.com", "checkout").await, None);
        ids.push(id);
    }
    ids.push(made(&shop, &body).await?);
    assert!(met(&shop, "email", "eve@example.com", "checkout").await.is_some());
    ids.sort();
    ids.dedup();
    assert_eq!((ids.len(), shop.table().await?.of("BLOCK").count()), (26, 26));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn staff_who_block_one_customer_at_the_same_moment_do_not_undo_each_other() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let by_email = (0..6).map(|number| with(block("email", &ada.email), "note", format!("Reason {number}.")));
    let by_account = (6..12).map(|number| with(block("account", &ada.account_id()), "note", format!("Reason {number}.")));
    let bodies: Vec<_> = by_email.chain(by_account).collect();

    let answers = join_all(bodies.iter().map(|body| create(&shop, body))).await;

    assert!(answers.iter().all(|answer| answer.status == 201), "{answers:?}");
    let account = shop.account(&ada.email).await?.ok_or("the account is there")?;
    let mut on_account: Vec<_> = account.blocks.iter().map(|block| block.block_id.as_str().to_owned()).collect();
    let mut ids: Vec<_> = answers.iter().map(|answer| answer.text("/block_id")).collect();
    on_account.sort();
    ids.sort();
    assert_eq!(on_account, ids);
    // However many are lifted, the customer is blocked as long as one stands.
    for id in &ids {
        assert_eq!(shop.post("login", json!({"email": ada.email, "password": ada.password})).await.status, 403);
        let lift = json!({"block_id": id, "note": "Done."});
        assert_eq!(shop.ask("lift-block").bearer(&shop.owner_key).json(&lift).send().await.status, 204);
    }
    assert_eq!(shop.post("login", json!({"email": ada.email, "password": ada.password})).await.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_customer_who_is_to_be_told_is_mailed_in_their_language() -> Outcome {
    let words = [
        ("en", "You cannot use it until we lift the block", "you cannot buy anything until we lift the block"),
        ("fr", "Vous ne pouvez pas l\u{2019}utiliser", "vous ne pouvez plus commander"),
        ("nl", "U kunt het niet gebruiken", "u kunt niet bestellen"),
        ("de", "erst wieder nutzen, wenn wir die Sperre aufheben", "erst wieder bestellen, wenn wir die Sperre aufheben"),
        ("es", "No puede usarla", "no puede comprar"),
    ];
    for (locale, unusable, no_orders) in words {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        let change = json!({"locale": locale});
        shop.ask("update-account").bearer(&ada.access_token()).json(&change).send().await;
        let told = with(with(block("email", "A.D.A@example.com"), "notify", true), "public_message", "Please call us: 020 7946 0000.");
        for (body, wanted) in [
            (with(told.clone(), "value", "ada@example.com"), Some(unusable)),
            (with(with(told.clone(), "value", "ada@example.com"), "scopes", ["checkout"].as_slice()), Some(no_orders)),
            (with(with(told.clone(), "value", "ada@example.com"), "scopes", ["sign-up"].as_slice()), None),
            (with(block("account", &ada.account_id()), "notify", true), Some(unusable)),
            (block("email", "ada@example.com"), None),
            (told.clone(), None),
            (with(told.clone(), "value", "ada+other@example.com"), None),
        ] {
            let before = shop.every_mail().await?.len();
            made(&shop, &body).await?;
            let mails = shop.every_mail().await?;
            let Some(wanted) = wanted else {
                assert_eq!(mails.len(), before, "{locale} {body}");
                continue;
            };
            let mail = &mails[0];
            assert_eq!((mails.len(), mail.to.as_str(), mail.kind.as_str()), (before + 1, "ada@example.com", "account-blocked"));
            let said = mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(said.contains(wanted), "{locale}: {said}");
            assert_eq!(said.contains("Please call us: 020 7946 0000."), body.get("public_message").is_some(), "{locale}: {said}");
            assert!(!mail.text.contains(NOTE) && !mail.html.contains(NOTE), "the note is for staff");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_customer_who_has_closed_the_account_is_left_alone() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.ask("delete-account").bearer(&ada.access_token()).json(&json!({"mode": "close"})).send().await;
    let before = shop.every_mail().await?.len();
    made(&shop, &with(block("email", &ada.email), "notify", true)).await?;
    assert_eq!(shop.every_mail().await?.len(), before);
    Ok(())
}

#[tokio::test]
async fn who_has_blocked_from_where_and_why_is_recorded() -> Outcome {
    let shop = Shop::open().await?;
    let key = shop.key(Role::StoreManager).await?;
    let request = shop.ask("create-block").bearer(&key).from([198, 51, 100, 7]).json(&block("ip", "203.0.113.9"));
    let made = request.send().await;
    let table = shop.table().await?;
    let records = recorded(&table.0, "create-block");
    assert_eq!(records.len(), 1);
    let told = ["subject", "from", "note"].map(|name| text(records[0], name));
    assert_eq!(told, [made.text("/block_id"), "198.51.100.7".to_owned(), NOTE.to_owned()]);
    let actor = records[0]["actor"].as_m().map_err(|_| "no actor")?;
    assert_eq!((text(actor, "role"), text(actor, "key_id")), ("store-manager".to_owned(), made.text("/created_by")));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_key_that_is_being_revoked_has_blocked_before_or_does_not_at_all() -> Outcome {
    let shop = Shop::open().await?;
    let mut seen = BTreeSet::new();
    for (round, ahead) in HeadStart::rounds(10).enumerate() {
        let stolen = shop.key(Role::StoreManager).await?;
        let id = format!("key_{}", stolen.split('_').nth(1).unwrap_or_default());
        let bodies: Vec<_> = (0..4).map(|number| block("email", &format!("victim-{round}-{number}@example.com"))).collect();
        let revoke = shop.ask("revoke-key").bearer(&shop.owner_key).json(&json!({"key_id": id})).send();
        let (revoked, answers) = shop.race(ahead, revoke, join_all(bodies.iter().map(|body| create_by(&shop, &stolen, body)))).await;
        assert_eq!(revoked.status, 204);
        for (number, answer) in answers.iter().enumerate() {
            seen.insert(answer.status);
            let stands = met(&shop, "email", &format!("victim-{round}-{number}@example.com"), "sign-in").await.is_some();
            assert_eq!(stands, answer.status == 201);
        }
        assert_eq!(create_by(&shop, &stolen, &block("email", "late@example.com")).await.status, 401);
    }
    assert_eq!(seen, BTreeSet::from([201, 401]), "both orders were seen");
    Ok(())
}

#[tokio::test]
async fn nothing_that_staff_have_written_reaches_the_customer_or_the_checkout() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let checkout = shop.key(Role::Checkout).await?;
    let body = with(with(block("email", &ada.email), "evidence_url", "https://tickets.example/42"), "scopes", ["checkout"].as_slice());
    made(&shop, &body).await?;
    let export = shop.ask("export-account").bearer(&ada.access_token()).send().await;
    let check = json!({"email": ada.email, "scope": "checkout"});
    let check = shop.ask("block-check").bearer(&checkout).json(&check).send().await;
    assert_eq!(check.body["blocked"], true);
    made(&shop, &block("email", &ada.email)).await?;
    let login = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
    assert_eq!(login.text("/detail"), "This customer is blocked. Please contact the shop.");
    for answer in [export, check, login] {
        let told = answer.body.to_string();
        assert!(!told.contains(NOTE) && !told.contains("tickets.example") && !told.contains("key_"), "{told}");
    }
    Ok(())
}

#[tokio::test]
async fn an_erased_customer_stays_blocked_and_what_was_written_of_them_goes() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let evidence = with(block("email", &ada.email), "evidence_url", "https://tickets.example/42");
    let standing = made(&shop, &with(evidence.clone(), "scopes", ["sign-up"].as_slice())).await?;
    let lifted = made(&shop, &with(evidence, "scopes", ["checkout"].as_slice())).await?;
    let lift = json!({"block_id": lifted, "note": "She has paid."});
    assert_eq!(shop.ask("lift-block").bearer(&shop.owner_key).json(&lift).send().await.status, 204);

    let erased = shop.ask("delete-account").bearer(&ada.access_token()).json(&json!({"mode": "erase"})).send().await;
    assert_eq!(erased.status, 202);

    for (id, state) in [(&standing, "standing"), (&lifted, "lifted")] {
        let view = shop.ask("view-block").bearer(&shop.owner_key).query(&format!("block_id={id}")).send().await;
        assert_eq!((view.status, view.text("/state")), (200, state.to_owned()));
        for forgotten in ["value", "note", "evidence_url"] {
            assert_eq!(view.body[forgotten], Value::Null, "{id} {forgotten}");
        }
    }
    let table = shop.table().await?;
    let blocks: Vec<_> = table.of("BLOCK").chain(table.of("BLOCKS")).collect();
    let kept = format!("{blocks:?}");
    assert!(
        !kept.contains("ada@example.com") && !kept.contains(NOTE) && !kept.contains("She has paid.") && !kept.contains("tickets.example")
    );
    assert!(met(&shop, "email", "ada@example.com", "sign-up").await.is_some());
    let lift = json!({"block_id": standing, "note": "No more."});
    assert_eq!(shop.ask("lift-block").bearer(&shop.owner_key).json(&lift).send().await.status, 204);
    assert_eq!(met(&shop, "email", "ada@example.com", "sign-up").await, None, "it is lifted though nobody can read whom it named");
    Ok(())
}

/// How many blocks of the table say something of somebody.
async fn told_of(shop: &Shop) -> Result<usize, Failure> {
    let words = ["value", "note", "evidence_url", "lift_note"];
    Ok(shop.table().await?.of("BLOCK").filter(|block| words.iter().any(|word| block.contains_key(*word))).count())
}

#[tokio::test]
async fn what_was_written_of_a_guest_or_of_another_spelling_goes_with_an_erasure_too() -> Outcome {
    let shop = Shop::open().await?;
    let erase = async |email: &str| {
        let body = json!({"email": email, "mode": "erase", "note": "Asked for by letter."});
        shop.ask("admin/delete-account").bearer(&shop.owner_key).json(&body).send().await.status
    };
    assert_eq!(shop.order("R-1", json!({"email": "guest@example.com"})).await.status, 200);
    made(&shop, &block("email", "guest@example.com")).await?;
    let lifted = made(&shop, &with(block("email", "guest@example.com"), "scopes", ["checkout"].as_slice())).await?;
    let lift = json!({"block_id": lifted, "note": "Paid."});
    assert_eq!(shop.ask("lift-block").bearer(&shop.owner_key).json(&lift).send().await.status, 204);
    made(&shop, &block("email", "somebody.else@example.com")).await?;
    assert_eq!(erase("guest@example.com").await, 202);
    assert_eq!(told_of(&shop).await?, 1, "that of somebody else");
    assert!(met(&shop, "email", "guest@example.com", "sign-in").await.is_some(), "it stands all the same");

    // It ended before there was an account, or names the same mailbox by another spelling.
    let end = shop.clock.now().plus(std::time::Duration::from_secs(60)).rfc3339();
    made(&shop, &with(block("email", "ada@gmail.com"), "expires_at", end)).await?;
    shop.wait(60);
    shop.customer("ada@gmail.com").await?;
    made(&shop, &with(block("email", "a.da+shop@gmail.com"), "scopes", ["checkout"].as_slice())).await?;
    assert_eq!(told_of(&shop).await?, 3);
    assert_eq!(erase("ada@gmail.com").await, 202);
    assert_eq!(told_of(&shop).await?, 1);
    Ok(())
}

#[tokio::test]
async fn a_customer_with_more_blocks_than_a_transaction_takes_can_be_erased() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    for number in 0..110 {
        let body = with(block("email", &ada.email), "scopes", ["checkout"].as_slice());
        made(&shop, &with(body, "note", format!("Chargeback {number}."))).await?;
    }
    let erased = shop.ask("delete-account").bearer(&ada.access_token()).json(&json!({"mode": "erase"})).send().await;
    assert_eq!((erased.status, told_of(&shop).await?), (202, 0), "{erased:?}");
    assert_eq!(shop.table().await?.of("ACCOUNT").count(), 0);
    Ok(())
}

#[tokio::test]
async fn a_name_that_is_blocked_over_and_over_holds_what_stands_and_no_more() -> Outcome {
    let shop = Shop::open().await?;
    for number in 0..5 {
        let end = shop.clock.now().plus(std::time::Duration::from_secs(60)).rfc3339();
        made(&shop, &with(with(block("ip", "203.0.113.9"), "expires_at", end), "note", format!("Attack {number}."))).await?;
        shop.wait(60);
    }
    let last = made(&shop, &block("ip", "203.0.113.9")).await?;
    let table = shop.table().await?;
    let entries: Vec<_> = table.of("BLOCKS").flat_map(|item| item.keys().filter(|name| name.starts_with("blk_")).cloned()).collect();
    assert_eq!(entries, [last]);
    assert_eq!(table.of("BLOCK").count(), 6, "what has ended is still to be seen");
    Ok(())
}

#[tokio::test]
async fn what_is_kept_of_a_block_ends_four_hundred_days_after_the_block() -> Outcome {
    let shop = Shop::open().await?;
    let (now, day) = (shop.clock.now().unix_seconds(), 86_400);
    let end = shop.clock.now().plus(std::time::Duration::from_secs(3600)).rfc3339();
    let for_good = made(&shop, &block("email", "one@example.com")).await?;
    let for_an_hour = made(&shop, &with(block("email", "two@example.com"), "expires_at", end)).await?;
    let lifted = made(&shop, &block("email", "three@example.com")).await?;
    shop.wait(7);
    shop.ask("lift-block").bearer(&shop.owner_key).json(&json!({"block_id": lifted, "note": "Done."})).send().await;
    let table = shop.table().await?;
    let exp = |id: &str| {
        let item = table.of("BLOCK").find(|item| text(item, "block_id") == id)?;
        item.get("exp")?.as_n().ok()?.parse::<i64>().ok()
    };
    assert_eq!([exp(&for_good), exp(&for_an_hour), exp(&lifted)], [None, Some(now + 3600 + 400 * day), Some(now + 7 + 400 * day)]);
    Ok(())
}

#[tokio::test]
async fn an_ipv6_address_is_blocked_found_and_lifted_as_the_64_that_its_customer_has() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let created = create(&shop, &block("ip", "2001:db8:1:2::7")).await;
    assert_eq!((created.status, created.text("/value"), created.text("/type")), (201, "2001:db8:1:2::/64".into(), "ip".into()));
    let login = |from: &str| {
        let from: std::net::IpAddr = from.parse().unwrap();
        shop.ask("login").from(from).json(&json!({"email": ada.email, "password": ada.password})).send()
    };
    for (from, status) in [
        ("2001:db8:1:2::7", 403),
        ("2001:db8:1:2::8", 403),
        ("2001:db8:1:2:ffff:ffff:ffff:ffff", 403),
        ("2001:db8:1:3::7", 200),
        ("2001:db8:1:1:ffff::", 200),
    ] {
        assert_eq!(login(from).await.status, status, "{from}");
    }

    // Another address of the same customer is the same block, asked for again.
    let again = create(&shop, &block("ip", "2001:db8:1:2:a:b:c:d")).await;
    assert_eq!((again.status, again.text("/block_id")), (201, created.text("/block_id")));
    for (kind, value) in [("ip", "2001:db8:1:2::9"), ("ip", "2001:db8:1:2::/64"), ("cidr", "2001:db8:1:2::/64")] {
        let found = shop.ask("find-blocks").bearer(&shop.owner_key).json(&json!({"type": kind, "value": value})).send().await;
        assert_eq!(found.text("/blocks/0/block_id"), created.text("/block_id"), "{kind} {value}");
    }
    let lift = json!({"block_id": created.text("/block_id"), "note": "A mistake."});
    assert_eq!(shop.ask("lift-block").bearer(&shop.owner_key).json(&lift).send().await.status, 204);
    assert_eq!(login("2001:db8:1:2::8").await.status, 200);
    Ok(())
}
