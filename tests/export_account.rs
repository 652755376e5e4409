//! `export-account`: everything that is held on a customer.

use serde_json::{Value, json};
use shared::{
    domain::{
        block::{BlockRule, Scope},
        challenge::Slot,
        email_address::EmailAddress,
        shop_slug::ShopSlug,
    },
    store::read::Wanted,
};
use tests::{Answer, Outcome, Shop};

async fn export(shop: &Shop, access_token: &str) -> Answer {
    shop.ask("export-account").bearer(access_token).send().await
}

#[tokio::test]
async fn a_freshly_proved_customer_gets_everything() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let since = shop.clock.now().rfc3339();
    shop.hold(&ada.email).await?;
    let block = shop.block(BlockRule::Email(EmailAddress::parse(&ada.email)?), &[Scope::Checkout], None).await?;
    let session = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
    let token = session.text("/access_token");
    let address = json!({"country": "FR", "street": ["10 rue de la Paix"], "postal_code": "75002", "city": "Paris"});
    let told = json!({"marketing_consent": true, "shipping_address": address, "billing_address": address});
    let seen = shop.ask("update-account").bearer(&token).json(&told).send().await;
    assert_eq!(seen.status, 200, "{seen:?}");
    shop.wait(60);
    shop.challenge(&ada.email, "delete-account").await?;

    let exported = export(&shop, &token).await;

    assert_eq!(exported.status, 200, "{exported:?}");
    assert_eq!(exported.headers["cache-control"], "no-store");
    assert_eq!((exported.text("/status"), exported.text("/exported_at")), ("active".to_owned(), shop.clock.now().rfc3339()));
    assert_eq!(exported.body["account"], seen.body, "all that the account page shows, with consent, addresses and sessions");
    assert_eq!(exported.body["account"]["sessions"].as_array().map(Vec::len), Some(2), "a block from buying signs nobody out");
    assert_eq!(exported.body["holds"], json!([{"kind": "subscription", "since": since}]));
    let told = json!([{"block_id": block.as_str(), "match": "email", "reason_code": "abuse", "public_message": "Please call us.", "scopes": ["checkout"]}]);
    assert_eq!(exported.body["blocks"], told);
    assert_eq!(exported.body["challenges"].as_array().map(Vec::len), Some(1), "{exported:?}");
    assert_eq!(
        (exported.text("/challenges/0/purpose"), &exported.body["challenges"][0]["attempts"]),
        ("delete-account".to_owned(), &json!(0))
    );
    Ok(())
}

#[tokio::test]
async fn the_record_is_exported_with_the_customers_own_addresses_and_no_strangers_and_without_what_staff_did() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let signed_up = shop.clock.now().rfc3339();
    for _ in 0..105 {
        shop.wait(1);
        shop.ask("login").from([203, 0, 113, 7]).json(&json!({"email": ada.email, "password": ada.password})).send().await;
    }
    for _ in 0..5 {
        shop.ask("login").from([198, 51, 100, 66]).json(&json!({"email": ada.email, "password": "not hers"})).send().await;
    }
    shop.ask("list-audit").query(&format!("subject={}", ada.account_id())).bearer(&shop.owner_key).from([192, 0, 2, 99]).send().await;
    shop.wait(1);
    let session = shop.ask("login").from([203, 0, 113, 8]).json(&json!({"email": ada.email, "password": ada.password})).send().await;
    export(&shop, &session.text("/access_token")).await;

    let exported = export(&shop, &session.text("/access_token")).await;

    let events = exported.body["events"].as_array().ok_or("no events")?;
    let of = |action: &str| events.iter().filter(|event| event["action"] == action).collect::<Vec<_>>();
    let told = |action: &str, from: Value, times: Value, at: &str| json!({"at": at, "action": action, "from": from, "times": times});
    let now = shop.clock.now().rfc3339();
    assert_eq!(events.len(), 1 + 106 + 1 + 1, "on more than one page");
    assert_eq!(of("sign-in-by-password").first(), Some(&&told("sign-in-by-password", json!("203.0.113.8"), Value::Null, &now)));
    assert_eq!(of("export-account"), [&told("export-account", json!("192.0.2.1"), Value::Null, &now)], "the one before");
    assert_eq!(of("sign-up"), [&told("sign-up", json!("192.0.2.1"), Value::Null, &signed_up)]);
    assert_eq!(of("wrong-passwords").len(), 1);
    assert_eq!((&of("wrong-passwords")[0]["from"], &of("wrong-passwords")[0]["times"]), (&Value::Null, &json!(5)));
    assert!(!exported.raw.contains("198.51.100") && !exported.raw.contains("192.0.2.99"));
    Ok(())
}

#[tokio::test]
async fn what_a_sign_up_form_has_said_is_held_until_its_code_runs_out_and_so_it_is_told() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait(60);
    let form =
        json!({"email": ada.email, "password": "somebody's password", "name": "Somebody", "locale": "de", "marketing_consent": true});
    assert_eq!(shop.post("create-account", form).await.status, 202);

    let exported = export(&shop, &ada.access_token()).await;

    let challenge = &exported.body["challenges"][0];
    assert_eq!(
        (&challenge["purpose"], &challenge["name"], &challenge["locale"], &challenge["marketing_consent"]),
        (&json!("sign-up"), &json!("Somebody"), &json!("de"), &json!(true))
    );
    assert!(!exported.body.to_string().contains("argon2"));
    Ok(())
}

#[tokio::test]
async fn nothing_that_signs_in_is_exported_and_nothing_that_staff_has_written() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.block(BlockRule::Email(EmailAddress::parse(&ada.email)?), &[Scope::Checkout], None).await?;
    shop.hold(&ada.email).await?;
    let session = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
    shop.wait(60);
    let (challenge_id, code) = shop.challenge(&ada.email, "sign-in").await?;
    shop.wait(60);
    shop.post("forgot-password", json!({"email": ada.email})).await;
    let link = shop.link_token(&ada.email).await?;

    let exported = export(&shop, &session.text("/access_token")).await;

    assert_eq!((exported.status, exported.body["challenges"].as_array().map(Vec::len)), (200, Some(2)));
    let account = shop.account(&ada.email).await?.ok_or("there is no account")?;
    let email_key = shop.email_key(&ada.email).await?;
    let wanted = Wanted::in_shop(ShopSlug::parse("demo")?).challenges(email_key, Slot::all());
    let challenges = wanted.read(&shop.context.table, shop.clock.now()).await?.challenges;
    let mut secret: Vec<String> = challenges.into_iter().map(|challenge| challenge.seed.nonce).collect();
    assert_eq!(secret.len(), 2);
    secret.extend(account.sessions.into_values().map(|session| session.token_hash));
    secret.extend(account.password.map(|password| password.0));
    secret.extend([email_key.encoded(), challenge_id, code, link]);
    secret.extend(["argon2", "epoch", "revision", "last_write", "seed", "token", "staff only", "for a test", "note"].map(str::to_owned));
    let shown = exported.body.to_string();
    for secret in secret {
        assert!(!shown.contains(&secret), "{secret}");
    }
    Ok(())
}

#[tokio::test]
async fn a_sign_in_of_more_than_ten_minutes_ago_is_no_proof_and_a_fresh_one_is() -> Outcome {
    for (seconds, status) in [(600, 200), (601, 403)] {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        shop.wait(seconds);
        assert_eq!(export(&shop, &ada.access_token()).await.status, status, "after {seconds} s");
    }
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait(601);
    let refreshed = shop.post("refresh-session", json!({"refresh_token": ada.refresh_token()})).await;
    let refused = export(&shop, &refreshed.text("/access_token")).await;
    assert_eq!(refused.refusal(), (403, "proof_required".to_owned()), "a refresh proves nothing");
    let session = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
    assert_eq!(export(&shop, &session.text("/access_token")).await.status, 200);
    Ok(())
}

#[tokio::test]
async fn nobody_exports_an_account_but_by_a_session_that_stands_on_it() -> Outcome {
    let shop = Shop::open().await?;
    shop.open_beside("other").await?;
    let (ada, bob) = (shop.customer("ada@example.com").await?, shop.customer("bob@example.com").await?);
    let ask = || shop.ask("export-account").bearer(&bob.access_token());
    assert_eq!(ask().json(&json!({"account_id": ada.account_id()})).send().await.text("/account/email"), bob.email);
    assert_eq!(ask().query(&format!("account_id={}", ada.account_id())).send().await.text("/account/email"), bob.email);
    assert_eq!(ask().at("other").send().await.refusal(), (401, "invalid_token".to_owned()));
    assert_eq!(shop.ask("export-account").send().await.status, 401);
    assert_eq!(export(&shop, &shop.owner_key).await.status, 401);

    shop.ask("logout").bearer(&ada.access_token()).send().await;
    let refused = export(&shop, &ada.access_token()).await;
    assert_eq!(refused.refusal(), (401, "invalid_token".to_owned()));
    assert_eq!(refused.body.get("account"), None::<&Value>);
    Ok(())
}

#[tokio::test]
async fn what_was_bought_at_the_proved_address_and_what_staff_sort_the_customer_by_is_exported_and_notes_where_the_store_says_so() -> Outcome
{
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    assert_eq!(shop.order("R-1", json!({"email": "Ada@Example.com"})).await.status, 200);
    assert_eq!(shop.order("R-2", json!({"account_id": ada.account_id()})).await.status, 200);
    assert_eq!(shop.order("R-3", json!({"email": "bob@example.com"})).await.status, 200);
    let annotation = json!({"account_id": ada.account_id(), "add_tags": ["vip"], "types": ["member"], "note": "Prefers the phone."});
    let annotated = shop.ask("annotate-account").bearer(&shop.owner_key).json(&annotation).send().await;
    assert_eq!(annotated.status, 200, "{annotated:?}");

    let without = export(&shop, &ada.access_token()).await;
    let references = |export: &Answer| {
        let orders = export.body["orders"].as_array().cloned().unwrap_or_default();
        let mut orders: Vec<_> = orders.iter().map(|order| (order["reference"].clone(), order["signed_in"].clone())).collect();
        orders.sort_by_key(|(reference, _)| reference.to_string());
        orders
    };
    assert_eq!(references(&without), [(json!("R-1"), json!(false)), (json!("R-2"), json!(true))]);
    assert_eq!((&without.body["tags"], &without.body["types"]), (&json!(["vip"]), &json!(["member"])));
    assert!(without.body.get("notes").is_none());
    assert!(!without.raw.contains("Prefers the phone."));

    let at = shop.clock.now().rfc3339();
    let set = json!({"revision": shop.settings().await?.revision, "export_notes": true});
    let set = shop.ask("configure-store").bearer(&shop.owner_key).json(&set).send().await;
    assert_eq!((set.status, &set.body["export_notes"]), (200, &json!(true)), "{set:?}");
    let with = export(&shop, &ada.access_token()).await;
    assert_eq!(with.body["notes"], json!([{"at": at, "text": "Prefers the phone."}]), "without who wrote it");
    Ok(())
}

#[tokio::test]
async fn orders_of_guests_are_not_given_to_a_session_that_an_unproved_password_opened() -> Outcome {
    let shop = Shop::open().await?;
    shop.imported("ada@example.com", "a password from elsewhere").await?;
    assert_eq!(shop.order("R-1", json!({"email": "ada@example.com"})).await.status, 200);
    let stranger = shop.post("login", json!({"email": "ada@example.com", "password": "a password from elsewhere"})).await;
    let seen = export(&shop, &stranger.text("/access_token")).await;
    assert_eq!((seen.status, &seen.body["orders"]), (200, &json!([])));

    let (challenge_id, code) = shop.challenge("ada@example.com", "sign-in").await?;
    let owner = shop.post("verify-code", json!({"challenge_id": challenge_id, "code": code})).await;
    let seen = export(&shop, &owner.text("/access_token")).await;
    assert_eq!(seen.body["orders"][0]["reference"], "R-1");
    Ok(())
}
