//! `configure-store`: what a shop sets, from the next request on.

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::{Value, json};
use shared::domain::role::Role;
use tests::{Answer, Customer, Failure, HeadStart, Outcome, Shop, text};

/// Changes settings as the owner, on whatever they are.
async fn configure(shop: &Shop, change: Value) -> Result<Answer, Failure> {
    let mut patch = change;
    patch["revision"] = json!(shop.settings().await?.revision);
    Ok(shop.ask("configure-store").bearer(&shop.owner_key).json(&patch).send().await)
}

/// The same, and it succeeds.
async fn set(shop: &Shop, change: Value) -> Outcome {
    let answer = configure(shop, change).await?;
    assert_eq!(answer.status, 200, "{answer:?}");
    Ok(())
}

#[tokio::test]
async fn what_is_sent_changes_and_everything_else_stays() -> Outcome {
    let shop = Shop::open().await?;
    let before = shop.ask("view-store").bearer(&shop.owner_key).send().await.body;
    let changed =
        configure(&shop, json!({"name": " Ada's shop ", "urls": {"home": "https://shop.example"}, "support_email": null})).await?;
    let mut expected = before;
    expected["revision"] = json!(1);
    expected["name"] = json!("Ada's shop");
    expected["urls"]["home"] = json!("https://shop.example/");
    expected["support_email"] = Value::Null;
    assert_eq!((changed.status, &changed.body), (200, &expected));
    assert_eq!(shop.ask("view-store").bearer(&shop.owner_key).send().await.body, expected);
    Ok(())
}

#[tokio::test]
async fn null_brings_back_what_the_house_sets_and_nothing_else_can_be_taken_away() -> Outcome {
    let shop = Shop::open().await?;
    let before = shop.ask("view-store").bearer(&shop.owner_key).send().await.body;
    set(&shop, json!({"languages": ["en"], "sign_in_by": "code", "mails_per_hour": 7, "code_minutes": 5, "reset_link_minutes": 10, "session_days": 1}))
        .await?;
    let nothing = json!({"languages": null, "sign_in_by": null, "mails_per_hour": null, "code_minutes": null, "reset_link_minutes": null, "session_days": null});
    let mut after = configure(&shop, nothing).await?.body;
    assert_eq!(after["revision"], 2);
    after["revision"] = json!(0);
    assert_eq!(after, before);
    for (field, value) in [
        ("name", json!({"name": null})),
        ("sender", json!({"sender": null})),
        ("issuer", json!({"issuer": null})),
        ("urls", json!({"urls": null})),
        ("urls.home", json!({"urls": {"home": null}})),
        ("language", json!({"language": null})),
        ("accounts_on", json!({"accounts_on": null})),
        ("sign_up_open", json!({"sign_up_open": null})),
        ("export_notes", json!({"export_notes": null})),
    ] {
        let refused = configure(&shop, value).await?;
        assert_eq!(refused.invalid_field().0, field, "{refused:?}");
    }
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_set_is_refused_by_its_field_and_changes_nothing() -> Outcome {
    let shop = Shop::open().await?;
    let before = shop.settings().await?;
    for (change, field, code) in [
        (json!({"name": ""}), "name", "empty"),
        (json!({"name": "a".repeat(61)}), "name", "too_long"),
        (json!({"name": "a\u{7}b"}), "name", "invalid_characters"),
        (json!({"sender": "nobody"}), "sender", "invalid_address"),
        (json!({"sender": "a@shop.example, b@shop.example"}), "sender", "invalid_local_part"),
        (json!({"support_email": "help@shop.example\r\nBcc: eve@evil.example"}), "support_email", "invalid_local_part"),
        (json!({"issuer": "https://api.shop.example/other"}), "issuer", "must_end_in_store"),
        (json!({"urls": {"home": "http://shop.example/"}}), "urls.home", "https_required"),
        (json!({"urls": {"sign_in": "//shop.example/"}}), "urls.sign_in", "invalid_url"),
        (json!({"urls": {"reset_password": "https://shop.example/#reset"}}), "urls.reset_password", "fragment_not_allowed"),
        (json!({"urls": {"admin": "https://shop.example/"}}), "", "unknown_field"),
        (json!({"language": "pt"}), "language", "not_one_of_the_values"),
        (json!({"languages": []}), "languages", "empty"),
        (json!({"languages": ["en", "pt"]}), "languages[1]", "not_one_of_the_values"),
        (json!({"languages": ["fr"]}), "language", "not_among_languages"),
        (json!({"sign_in_by": "magic"}), "sign_in_by", "not_one_of_the_values"),
        (json!({"mails_per_hour": 1_000_001}), "mails_per_hour", "too_high"),
        (json!({"mails_per_hour": -1}), "mails_per_hour", "wrong_type"),
        (json!({"code_minutes": 2}), "code_minutes", "too_low"),
        (json!({"code_minutes": 11}), "code_minutes", "too_high"),
        (json!({"reset_link_minutes": 9}), "reset_link_minutes", "too_low"),
        (json!({"reset_link_minutes": 1441}), "reset_link_minutes", "too_high"),
        (json!({"session_days": 0}), "session_days", "too_low"),
        (json!({"session_days": 91}), "session_days", "too_high"),
        (json!({"session_days": "9"}), "session_days", "wrong_type"),
        (json!({"store": "other"}), "", "unknown_field"),
    ] {
        let refused = configure(&shop, change.clone()).await?;
        assert_eq!(refused.invalid_field(), (field.to_owned(), code.to_owned()), "{change}");
    }
    let without = shop.ask("configure-store").bearer(&shop.owner_key).json(&json!({"sign_up_open": false})).send().await;
    assert_eq!(without.invalid_field(), ("revision".to_owned(), "required".to_owned()));
    assert_eq!(shop.settings().await?, before);
    Ok(())
}

#[tokio::test]
async fn the_bounds_themselves_may_be_set() -> Outcome {
    let shop = Shop::open().await?;
    for change in [
        json!({"mails_per_hour": 0, "code_minutes": 3, "reset_link_minutes": 10, "session_days": 1}),
        json!({"mails_per_hour": 1_000_000, "code_minutes": 10, "reset_link_minutes": 1440, "session_days": 90}),
    ] {
        set(&shop, change).await?;
    }
    Ok(())
}

#[tokio::test]
async fn of_two_who_change_the_settings_at_once_one_is_told_to_look_again() -> Outcome {
    let shop = Shop::open().await?;
    for round in 0..5 {
        let revision = shop.settings().await?.revision;
        let patch = |number: u64| json!({"revision": revision, "mails_per_hour": 100 + round * 10 + number});
        let asked = join_all((0..8).map(|number| shop.ask("configure-store").bearer(&shop.owner_key).json(&patch(number)).send())).await;
        let done: Vec<_> = asked.iter().filter(|answer| answer.status == 200).collect();
        assert_eq!(done.len(), 1, "{asked:?}");
        assert_eq!(asked.iter().filter(|answer| answer.refusal() == (409, "conflict".to_owned())).count(), 7);
        let settings = shop.settings().await?;
        assert_eq!((settings.revision, json!(settings.mails_per_hour)), (revision + 1, done[0].body["mails_per_hour"].clone()));
    }
    let late = json!({"revision": 0, "name": "An old page's idea"});
    assert_eq!(shop.ask("configure-store").bearer(&shop.owner_key).json(&late).send().await.refusal(), (409, "conflict".to_owned()));
    Ok(())
}

#[tokio::test]
async fn what_changed_is_recorded_by_its_name_and_not_by_its_value() -> Outcome {
    let shop = Shop::open().await?;
    let administrator = shop.key(Role::Administrator).await?;
    let patch = json!({"revision": 0, "sender": "marker@shop.example", "urls": {"home": "https://marker.example"}, "sign_up_open": true});
    let request = shop.ask("configure-store").bearer(&administrator).from([198, 51, 100, 7]).json(&patch);
    assert_eq!(request.send().await.status, 200);
    let table = shop.table().await?;
    let records: Vec<_> = table.0.iter().filter(|item| text(item, "action") == "configure-store").collect();
    assert_eq!(records.len(), 1);
    assert_eq!((text(records[0], "subject"), text(records[0], "note")), ("settings".to_owned(), "sender, urls.home".to_owned()));
    assert_eq!(text(records[0], "from"), "198.51.100.7");
    assert!(!format!("{:?}", records[0]).contains("marker"));

    set(&shop, json!({"sender": "marker@shop.example"})).await?;
    assert_eq!((shop.settings().await?.revision, shop.table().await?.0.len()), (1, table.0.len()), "what is so already is no change");
    Ok(())
}

#[tokio::test]
async fn a_key_that_is_revoked_meanwhile_changes_nothing() -> Outcome {
    let shop = Shop::open().await?;
    let mut seen = BTreeSet::new();
    for ahead in HeadStart::rounds(8) {
        let stolen = shop.key(Role::Administrator).await?;
        let id = format!("key_{}", stolen.split('_').nth(1).ok_or("a key has three parts")?);
        let before = shop.settings().await?;
        let patch = json!({"revision": before.revision, "sign_up_open": !before.sign_up_open});
        let revoke = json!({"key_id": id});
        let change = shop.ask("configure-store").bearer(&stolen).json(&patch).send();
        let revoke = shop.ask("revoke-key").bearer(&shop.owner_key).json(&revoke).send();
        let (changed, revoked) = shop.race(ahead, change, revoke).await;
        assert_eq!(revoked.status, 204);
        seen.insert(changed.status);
        assert_eq!(shop.settings().await?.sign_up_open != before.sign_up_open, changed.status == 200);
        let late = json!({"revision": shop.settings().await?.revision, "sign_up_open": before.sign_up_open});
        assert_eq!(shop.ask("configure-store").bearer(&stolen).json(&late).send().await.status, 401);
    }
    assert_eq!(seen, BTreeSet::from([200, 401]), "both orders were seen");
    Ok(())
}

/// Two who are signed in, and what was mailed before anything was switched.
struct Before {
    ada: Customer,
    carol: Customer,
    link: String,
    sign_in: Value,
    deletion: Value,
    sign_up: Value,
}

async fn before(shop: &Shop) -> Result<Before, Failure> {
    let (ada, bob, carol) =
        (shop.customer("ada@example.com").await?, shop.customer("bob@example.com").await?, shop.customer("carol@example.com").await?);
    shop.wait(60);
    let form = json!({"email": "new@example.com", "password": "a fine password"});
    let opened = shop.ask("create-account").from_network(1).json(&form).send().await;
    let sign_up = json!({"challenge_id": opened.text("/challenge_id"), "code": shop.code("new@example.com").await?});
    let proof = |(challenge, code): (String, String)| json!({"challenge_id": challenge, "code": code});
    let sign_in = proof(shop.challenge(&bob.email, "sign-in").await?);
    let deletion = proof(shop.challenge(&carol.email, "delete-account").await?);
    shop.post("forgot-password", json!({"email": ada.email})).await;
    Ok(Before { link: shop.link_token(&ada.email).await?, ada, carol, sign_in, deletion, sign_up })
}

/// What customers and strangers ask for, and what they are answered.
async fn ask_for_everything(shop: &Shop, before: &Before) -> Vec<(&'static str, Answer)> {
    let post = async |number: u32, operation: &str, body: Value| shop.ask(operation).from_network(number).json(&body).send().await;
    let passwords = json!({"current_password": before.carol.password, "new_password": "another password"});
    let change = shop.ask("change-password").bearer(&before.carol.access_token()).json(&passwords);
    vec![
        ("a login", post(10, "login", json!({"email": before.ada.email, "password": before.ada.password})).await),
        ("a login of nobody", post(11, "login", json!({"email": "nobody@example.com", "password": "a password"})).await),
        ("a link", post(12, "forgot-password", json!({"email": "a@example.com"})).await),
        ("a link that was mailed", post(13, "reset-password", json!({"token": before.link, "password": "another password"})).await),
        ("a code", post(14, "send-code", json!({"email": "b@example.com"})).await),
        ("a code that was mailed", post(15, "verify-code", before.sign_in.clone()).await),
        ("a sign-up", post(16, "create-account", json!({"email": "c@example.com"})).await),
        ("a sign-up with a password", post(17, "create-account", json!({"email": "d@example.com", "password": "a fine password"})).await),
        ("a sign-up that waits", post(18, "verify-code", before.sign_up.clone()).await),
        ("a code for a deletion", post(19, "send-code", json!({"email": "e@example.com", "purpose": "delete-account"})).await),
        ("a code for a move", post(20, "send-code", json!({"email": "f@example.com", "purpose": "change-email"})).await),
        ("a proof for a deletion", post(21, "verify-code", before.deletion.clone()).await),
        ("another password", change.send().await),
        ("the account", shop.ask("view-account").bearer(&before.carol.access_token()).send().await),
        ("a refresh", post(22, "refresh-session", json!({"refresh_token": before.carol.refresh_token()})).await),
    ]
}

#[tokio::test]
async fn each_way_to_sign_in_can_be_switched_off_and_what_only_proves_a_mailbox_goes_on() -> Outcome {
    for (sign_in_by, expected) in [
        ("both", [200, 401, 202, 204, 202, 200, 202, 202, 200, 202, 202, 200, 204, 200, 200]),
        ("code", [403, 403, 403, 403, 202, 200, 202, 403, 200, 202, 202, 200, 403, 200, 200]),
        ("password", [200, 401, 202, 204, 403, 403, 422, 202, 200, 202, 202, 200, 204, 200, 200]),
    ] {
        let shop = Shop::open().await?;
        let mailed = before(&shop).await?;
        set(&shop, json!({"sign_in_by": sign_in_by, "session_days": 89})).await?;
        for ((what, answer), status) in ask_for_everything(&shop, &mailed).await.iter().zip(expected) {
            assert_eq!(answer.status, status, "{what}, by {sign_in_by}: {answer:?}");
            assert!(status != 403 || answer.code() == "method_off", "{what}, by {sign_in_by}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_is_switched_off_is_refused_alike_for_everybody_and_spends_no_limit() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.block_email("blocked@example.com").await?;
    shop.wait(60);
    for (sign_in_by, operation, body) in
        [("code", "login", json!({"password": ada.password})), ("code", "forgot-password", json!({})), ("password", "send-code", json!({}))]
    {
        set(&shop, json!({"sign_in_by": sign_in_by})).await?;
        let mails = shop.every_mail().await?.len();
        let mut classes = Vec::new();
        for email in ["ada@example.com", "nobody@example.com", "blocked@example.com"] {
            for _ in 0..40 {
                let mut body = body.clone();
                body["email"] = json!(email);
                classes.push(shop.post(operation, body).await.class());
            }
        }
        assert_eq!((classes[0].0, &classes[0].2["code"]), (403, &json!("method_off")));
        assert!(classes.iter().all(|class| *class == classes[0]), "{operation}");
        assert_eq!(shop.every_mail().await?.len(), mails);
        set(&shop, json!({"sign_in_by": "both"})).await?;
        let mut body = body;
        body["email"] = json!("ada@example.com");
        assert!(shop.post(operation, body).await.status < 300, "{operation}, a moment later");
        shop.wait(60);
    }
    Ok(())
}

#[tokio::test]
async fn a_password_that_was_sent_before_the_switch_does_not_come_in_by_it() -> Outcome {
    let shop = Shop::open().await?;
    let mailed = before(&shop).await?;
    set(&shop, json!({"sign_in_by": "code"})).await?;
    let session = shop.post("verify-code", mailed.sign_up).await;
    let seen = shop.ask("view-account").bearer(&session.text("/access_token")).send().await;
    assert_eq!(seen.body["sign_in_methods"], json!({"password": false, "code": true}));
    set(&shop, json!({"sign_in_by": "both"})).await?;
    assert_eq!(shop.post("login", json!({"email": "new@example.com", "password": "a fine password"})).await.status, 401);
    let kept = shop.ask("view-account").bearer(&mailed.ada.access_token()).send().await;
    assert_eq!(kept.body["sign_in_methods"]["password"], true, "a password of before is kept");
    Ok(())
}

#[tokio::test]
async fn a_shop_without_accounts_refuses_its_customers_and_serves_its_staff() -> Outcome {
    let shop = Shop::open().await?;
    let mailed = before(&shop).await?;
    set(&shop, json!({"accounts_on": false})).await?;
    let mails = shop.every_mail().await?.len();
    let bearer = mailed.ada.access_token();
    let mut answers = ask_for_everything(&shop, &mailed).await;
    for (operation, body) in [
        ("update-account", json!({"name": "Eve"})),
        ("delete-account", json!({"mode": "erase"})),
        ("export-account", json!({})),
        ("list-orders", json!({})),
        ("change-email", json!({"challenge_id": mailed.sign_in["challenge_id"], "code": "123456", "new_email": "g@example.com"})),
    ] {
        answers.push((operation, shop.ask(operation).bearer(&bearer).json(&body).send().await));
    }
    for (what, answer) in answers {
        // A challenge of another kind is one that never was, whatever the shop does.
        let expected = if what == "change-email" { (410, "expired") } else { (403, "accounts_off") };
        assert_eq!(answer.refusal(), (expected.0, expected.1.to_owned()), "{what}");
    }
    assert_eq!(shop.every_mail().await?.len(), mails, "nobody is mailed anything");

    let check = json!({"email": "ada@example.com", "scope": "checkout"});
    assert_eq!(shop.ask("block-check").bearer(&shop.owner_key).json(&check).send().await.status, 200);
    assert_eq!(shop.ask("list-keys").bearer(&shop.owner_key).send().await.status, 200);
    assert_eq!(shop.ask("jwks").send().await.status, 200, "tokens of before are still verified");

    set(&shop, json!({"accounts_on": true})).await?;
    let again = ask_for_everything(&shop, &mailed).await;
    let statuses: Vec<_> = again.iter().map(|(_, answer)| answer.status).collect();
    assert_eq!(statuses, [200, 401, 202, 204, 202, 200, 202, 202, 200, 202, 202, 200, 204, 200, 200], "as if nothing had been");
    Ok(())
}

#[tokio::test]
async fn signing_out_goes_on_without_accounts() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    set(&shop, json!({"accounts_on": false})).await?;
    assert_eq!(shop.ask("logout").bearer(&ada.access_token()).json(&json!({})).send().await.status, 204);
    assert!(shop.table().await?.sessions(&ada.email).is_empty());
    Ok(())
}

#[tokio::test]
async fn a_closed_sign_up_is_closed_at_once_and_open_again_at_once() -> Outcome {
    let shop = Shop::open().await?;
    for (open, status) in [(false, 403), (true, 202), (false, 403)] {
        set(&shop, json!({"sign_up_open": open})).await?;
        let form = json!({"email": "new@example.com"});
        assert_eq!(shop.post("create-account", form).await.status, status);
        shop.wait(60);
    }
    Ok(())
}

#[tokio::test]
async fn figures_count_for_what_begins_from_now_on() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    set(&shop, json!({"code_minutes": 3, "reset_link_minutes": 30, "session_days": 2})).await?;
    shop.wait(60);
    let sent = shop.post("send-code", json!({"email": ada.email})).await;
    assert_eq!(sent.body["expires_in"], 180);
    let mail = shop.mails(&ada.email).await?.into_iter().next().ok_or("no mail")?;
    assert!(mail.text.contains("for 3 minutes"), "{}", mail.text);
    let code = shop.code(&ada.email).await?;
    shop.wait(180);
    let late = shop.post("verify-code", json!({"challenge_id": sent.text("/challenge_id"), "code": code})).await;
    assert_eq!(late.refusal(), (410, "expired".to_owned()));
    assert_eq!(shop.post("forgot-password", json!({"email": ada.email})).await.body["expires_in"], 1800);

    let short = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
    shop.wait(47 * 3600);
    let refreshed = shop.post("refresh-session", json!({"refresh_token": short.text("/refresh_token")})).await;
    assert_eq!(refreshed.status, 200);
    shop.wait(3600);
    assert_eq!(shop.post("refresh-session", json!({"refresh_token": refreshed.text("/refresh_token")})).await.status, 401, "two days");
    assert_eq!(shop.post("refresh-session", json!({"refresh_token": ada.refresh_token()})).await.status, 200, "it began before");
    Ok(())
}

#[tokio::test]
async fn mails_are_from_the_new_name_and_lead_to_the_new_pages_at_once() -> Outcome {
    let shop = Shop::open().await?;
    let change =
        json!({"name": "Ada & Sons", "sender": "post@ada.example", "support_email": null, "urls": {"home": "https://ada.example/"}});
    set(&shop, change).await?;
    shop.post("send-code", json!({"email": "grace@example.com"})).await;
    let mail = shop.mails("grace@example.com").await?.into_iter().next().ok_or("no mail")?;
    assert!(mail.headers["From"].ends_with("<post@ada.example>") && !mail.headers.contains_key("Reply-To"), "{mail:?}");
    assert!(mail.subject.contains("Ada & Sons") && mail.text.contains("https://ada.example/"));
    Ok(())
}

#[tokio::test]
async fn a_language_that_is_not_offered_is_not_written_in() -> Outcome {
    let shop = Shop::open().await?;
    set(&shop, json!({"language": "de", "languages": ["de", "nl"]})).await?;
    for (number, (locale, greeting)) in
        [("fr", "Guten Tag"), ("nl-BE", "Hallo"), ("de", "Guten Tag"), ("pt", "Guten Tag")].iter().enumerate()
    {
        let email = format!("a{number}@example.com");
        shop.post("create-account", json!({"email": email, "locale": locale})).await;
        let mail = shop.mails(&email).await?.into_iter().next().ok_or("no mail")?;
        assert!(mail.text.contains(greeting), "{locale}: {}", mail.text);
    }
    Ok(())
}
