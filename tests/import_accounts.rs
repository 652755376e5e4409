//! `import-accounts`: customers of another platform, with the passwords that they have there.

use std::{
    collections::BTreeMap,
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use aws_sdk_dynamodb::config::{ConfigBag, Intercept, interceptors::BeforeSerializationInterceptorContextRef};
use aws_smithy_runtime_api::box_error::BoxError;
use futures::future::{join, join_all};
use local::simulator::Fate;
use serde::Deserialize;
use serde_json::{Value, json};
use shared::{
    clock::Clock,
    domain::{
        account::{Account, AccountStatus},
        role::Role,
    },
};
use tests::{Answer, Failure, Item, Outcome, Shop, text};

/// MD5 of `password`.
const MD5: &str = "5f4dcc3b5aa765d61d8327deb882cf99";

async fn import(shop: &Shop, body: Value) -> Answer {
    shop.ask("import-accounts").bearer(&shop.owner_key).json(&body).send().await
}

async fn rows(shop: &Shop, rows: &[Value]) -> Answer {
    import(shop, json!({"rows": rows})).await
}

async fn login(shop: &Shop, network: usize, email: &str, password: &str) -> u16 {
    let network = u32::try_from(network).unwrap_or(u32::MAX);
    shop.ask("login").from_network(network).json(&json!({"email": email, "password": password})).send().await.status
}

/// Created, updated, unchanged, skipped and refused.
fn counts(answer: &Answer) -> [u64; 5] {
    ["created", "updated", "unchanged", "skipped", "refused"].map(|name| answer.body[name].as_u64().unwrap_or(u64::MAX))
}

async fn account(shop: &Shop, email: &str) -> Result<Account, Failure> {
    Ok(shop.account(email).await?.ok_or("there is no account")?)
}

/// What is stored of the password.
async fn stored(shop: &Shop, email: &str) -> Result<String, Failure> {
    Ok(account(shop, email).await?.password.map(|password| password.0).unwrap_or_default())
}

/// Everything but the record of what staff did and the limits.
async fn customers(shop: &Shop) -> Result<Vec<Item>, Failure> {
    let mut items = shop.table().await?.0;
    items.retain(|item| ["ACCOUNT", "PROFILE", "ID"].contains(&text(item, "sk").as_str()));
    items.sort_by_key(|item| (text(item, "pk"), text(item, "sk")));
    Ok(items)
}

fn ada() -> Value {
    json!({
        "email": "Ada@Example.com",
        "external_id": "207119551",
        "password": {"format": "digest", "algorithm": "md5", "hash": MD5},
        "name": "Ada Lovelace",
        "locale": "en-GB",
        "created_at": "2019-03-01T10:00:00+01:00",
        "marketing_consent": {"given": true, "at": "2019-03-01T10:00:00+01:00", "source": "Newsletter form"},
        "shipping_address": {"country": "gb", "street": ["10 Downing Street"], "city": "London", "postal_code": "sw1a2aa"},
        "tags": ["VIP", "b2b"],
        "types": ["customer", "member"],
        "note": "Prefers the phone.",
        "billing_address": {"country": "DE", "street": ["Hauptstr. 1"], "city": "Berlin", "postal_code": "10115"},
    })
}

#[tokio::test]
async fn a_customer_is_brought_along_with_all_that_the_row_says_and_signs_in_with_the_old_password() -> Outcome {
    let shop = Shop::open().await?;
    let answer = rows(&shop, &[ada()]).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(
        answer.body,
        json!({"dry_run": false, "processed": 1, "created": 1, "updated": 0, "unchanged": 0, "skipped": 0, "refused": 0, "rows": []})
    );
    let brought = account(&shop, "ada@example.com").await?;
    assert_eq!((brought.status, brought.created_at.unix_seconds()), (AccountStatus::Invited, 1_551_430_800));
    assert!(shop.every_mail().await?.is_empty(), "nobody is mailed");

    assert_eq!(login(&shop, 1, "ada@example.com", "not the password").await, 401);
    assert_eq!(account(&shop, "ada@example.com").await?.status, AccountStatus::Invited);
    let session = shop.post("login", json!({"email": "ada@example.com", "password": "password"})).await;
    assert_eq!(session.status, 200);
    let signed_in = account(&shop, "ada@example.com").await?;
    assert_eq!((signed_in.status, signed_in.id), (AccountStatus::Active, brought.id));
    let now = shop.clock.now().rfc3339();
    let profile = shop.table().await?.of("PROFILE").next().cloned().ok_or("there is a profile")?;
    for word in ["vip", "b2b", "member", "Prefers the phone.", shop.owner_key.split('_').nth(1).unwrap_or_default()] {
        assert!(format!("{profile:?}").contains(word), "{word}");
    }
    let export = shop.ask("export-account").bearer(&session.text("/access_token")).send().await;
    assert_eq!(export.body["imported"], json!({"at": now, "external_id": "207119551"}));
    let seen = &export.body["account"];
    assert_eq!((seen["name"].as_str(), seen["locale"].as_str()), (Some("Ada Lovelace"), Some("en-GB")));
    assert_eq!(seen["marketing_consent"], json!({"given": true, "at": "2019-03-01T09:00:00Z", "source": "Newsletter form"}));
    assert_eq!(seen["shipping_address"]["postal_code"], "SW1A 2AA");
    assert_eq!(seen["billing_address"]["city"], "Berlin");
    Ok(())
}

#[tokio::test]
async fn a_customer_without_a_password_signs_in_by_code() -> Outcome {
    let shop = Shop::open().await?;
    assert_eq!(counts(&rows(&shop, &[json!({"email": "ada@example.com"})]).await), [1, 0, 0, 0, 0]);
    let id = account(&shop, "ada@example.com").await?.id;
    let (challenge, code) = shop.challenge("ada@example.com", "sign-in").await?;
    let session = shop.post("verify-code", json!({"challenge_id": challenge, "code": code})).await;
    assert_eq!(
        (session.status, session.text("/account/id"), &session.body["account"]["is_new"]),
        (200, id.as_str().to_owned(), &json!(false))
    );
    assert_eq!(account(&shop, "ada@example.com").await?.status, AccountStatus::Active);
    Ok(())
}

#[tokio::test]
async fn a_row_that_cannot_be_imported_says_why_and_stops_no_other() -> Outcome {
    let shop = Shop::open().await?;
    let tomorrow = shop.clock.now().plus(Duration::from_secs(2 * 86_400)).rfc3339();
    let bad = [
        (json!({}), "email", "required"),
        (json!({"email": "ada at example.com"}), "email", "invalid_address"),
        (json!({"email": 7}), "email", "wrong_type"),
        (json!("ada@example.com"), "", "wrong_type"),
        (json!(["ada@example.com"]), "", "wrong_type"),
        (Value::Null, "", "wrong_type"),
        (json!({"email": "a@example.com", "role": "owner"}), "", "unknown_field"),
        (json!({"email": "a@example.com", "status": "active"}), "", "unknown_field"),
        (json!({"email": "a@example.com", "email_verified": "maybe"}), "email_verified", "wrong_type"),
        (json!({"email": "a@example.com", "password": "secret"}), "password", "wrong_type"),
        (json!({"email": "a@example.com", "password": {"format": "rot13", "hash": "x"}}), "password.format", "not_one_of_the_values"),
        (json!({"email": "a@example.com", "password": {"format": "self-describing", "hash": MD5}}), "password", "unknown_hash"),
        (json!({"email": "a@example.com", "password": {"format": "self-describing", "hash": "$nothing$"}}), "password", "unusable_hash"),
        (json!({"email": "a@example.com", "password": {"format": "prestashop", "hash": MD5}}), "password", "cookie_key_required"),
        (
            json!({"email": "a@example.com", "password": {"format": "django", "hash": "bcrypt_sha256$$2b$12$x"}}),
            "password",
            "unsupported_hash",
        ),
        (
            json!({"email": "a@example.com", "marketing_consent": {"given": "yes", "source": "Form"}}),
            "marketing_consent.given",
            "wrong_type",
        ),
        (
            json!({"email": "a@example.com", "marketing_consent": {"given": true, "source": "Form", "at": tomorrow}}),
            "marketing_consent.at",
            "in_the_future",
        ),
        (json!({"email": "good0@example.com"}), "email", "duplicate"),
        (json!({"email": "Good0@EXAMPLE.com"}), "email", "duplicate"),
    ];
    let mixed: Vec<_> = bad
        .iter()
        .enumerate()
        .flat_map(|(number, (row, ..))| [json!({"email": format!("good{number}@example.com")}), row.clone()])
        .collect();
    let answer = rows(&shop, &mixed).await;
    let expected: Vec<_> = bad
        .iter()
        .enumerate()
        .map(|(number, (_, field, code))| json!({"row": 2 * number + 2, "outcome": "refused", "errors": [{"field": field, "code": code}]}))
        .collect();
    assert_eq!(answer.body["rows"], json!(expected));
    let many = u64::try_from(bad.len())?;
    assert_eq!(counts(&answer), [many, 0, 0, 0, many]);
    assert_eq!(shop.table().await?.of("ACCOUNT").count(), bad.len());
    Ok(())
}

#[tokio::test]
async fn what_is_only_for_the_eye_and_cannot_be_used_is_left_out_with_a_warning() -> Outcome {
    let shop = Shop::open().await?;
    let row = json!({
        "email": "ada@example.com", "name": "www.evil.example", "locale": "english",
        "shipping_address": {"country": "GB", "street": ["1 High St"], "city": "Keswick", "postal_code": "75001"},
        "billing_address": {"country": "GB", "street": ["1 High St", 2]}, "tags": ["good", "bad;bad"], "note": "a\u{0}b",
    });
    let answer = rows(&shop, &[row, json!({"email": "bob@example.com", "name": "Bob"})]).await;
    assert_eq!(counts(&answer), [2, 0, 0, 0, 0]);
    let warnings = json!([
        {"field": "name", "code": "link_in_name"},
        {"field": "locale", "code": "invalid_language_tag"},
        {"field": "shipping_address", "code": "invalid_postal_code"},
        {"field": "billing_address.street[1]", "code": "wrong_type"},
        {"field": "note", "code": "invalid_characters"},
        {"field": "tags[1]", "code": "invalid_characters"},
    ]);
    assert_eq!(answer.body["rows"], json!([{"row": 1, "outcome": "created", "warnings": warnings}]));
    assert!(account(&shop, "ada@example.com").await?.name.is_none());
    // Of an address, that part alone is left out.
    let seen = as_staff(&shop, "ada@example.com").await?;
    assert_eq!(seen["shipping_address"], json!({"country": "GB", "street": ["1 High St"], "city": "Keswick"}));
    Ok(())
}

#[tokio::test]
async fn what_a_sign_in_does_not_depend_on_costs_itself_alone() -> Outcome {
    let shop = Shop::open().await?;
    let late = shop.clock.now().plus(Duration::from_secs(2 * 86_400)).rfc3339();
    for (number, (field, value, warned, code)) in [
        ("external_id", json!("Kunde 12"), "external_id", "invalid_identifier"),
        ("external_id", json!("KD-Ü1"), "external_id", "invalid_identifier"),
        ("external_id", json!(12), "external_id", "wrong_type"),
        ("created_at", json!("yesterday"), "created_at", "invalid_moment"),
        ("created_at", json!("2562-03-01"), "created_at", "in_the_future"),
        ("created_at", json!(late), "created_at", "in_the_future"),
        ("types", json!(["Customer ", "wholesale"]), "types[1]", "not_one_of_the_values"),
        ("types", json!("wholesale"), "types", "wrong_type"),
        ("tags", json!({"vip": true}), "tags", "wrong_type"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut row = json!({"email": format!("c{number}@example.com")});
        row[field] = value;
        let answer = rows(&shop, std::slice::from_ref(&row)).await;
        let warnings = json!([{"field": warned, "code": code}]);
        assert_eq!(answer.body["rows"], json!([{"row": 1, "outcome": "created", "warnings": warnings}]), "{row}");
    }
    assert_eq!(as_staff(&shop, "c6@example.com").await?["types"], json!(["customer"]));
    Ok(())
}

#[tokio::test]
async fn what_is_blank_is_not_there() -> Outcome {
    let shop = Shop::open().await?;
    for (number, (field, value)) in [
        ("email_verified", Value::Null),
        ("email_verified", json!(" ")),
        ("tags", Value::Null),
        ("tags", json!("")),
        ("tags", json!(["vip", ""])),
        ("types", Value::Null),
        ("types", json!([" "])),
        ("password", json!({"format": "self-describing", "hash": " \u{200b}"})),
        ("password", json!({"format": "Django", "hash": "!unusable"})),
        ("marketing_consent", json!({"given": true})),
        ("marketing_consent", json!({"given": true, "source": " "})),
    ]
    .into_iter()
    .enumerate()
    {
        let email = format!("c{number}@example.com");
        let mut row = json!({"email": email, "created_at": if number % 2 == 0 { "2019-03-01" } else { "2019-03-01 00:00:00" }});
        row[field] = value;
        let answer = rows(&shop, std::slice::from_ref(&row)).await;
        assert_eq!((counts(&answer), &answer.body["rows"]), ([1, 0, 0, 0, 0], &json!([])), "{row}");
        let brought = account(&shop, &email).await?;
        assert_eq!((brought.password.is_some(), brought.created_at.unix_seconds()), (false, 1_551_398_400), "{row}");
        if field == "marketing_consent" {
            assert_eq!(as_staff(&shop, &email).await?["marketing_consent"]["source"], "import", "{row}");
        }
    }
    Ok(())
}

/// A customer as staff see them.
async fn as_staff(shop: &Shop, email: &str) -> Result<Value, Failure> {
    let id = shop.account(email).await?.ok_or("there is no account")?.id;
    let seen = shop.ask("admin/view-account").query(&format!("account_id={}", id.as_str())).bearer(&shop.owner_key).send().await;
    Ok(seen.body)
}

#[tokio::test]
async fn of_an_imported_address_only_the_part_that_cannot_be_read_is_left_out() -> Outcome {
    let whole = json!({"country": "US", "street": ["1 Main St"], "city": "Boston", "region": "MA", "postal_code": "02139"});
    for (part, sent, kept, warning) in [
        ("region", json!("Narnia"), json!("Narnia"), ("shipping_address", "unknown_region")),
        ("region", Value::Null, Value::Null, ("shipping_address", "region_required")),
        ("city", json!(""), Value::Null, ("shipping_address", "city_required")),
        ("city", json!("Bos\u{7}ton"), Value::Null, ("shipping_address.city", "invalid_characters")),
        ("postal_code", json!("SW1A 2AA"), Value::Null, ("shipping_address", "invalid_postal_code")),
        ("postal_code", Value::Null, Value::Null, ("shipping_address", "postal_code_required")),
        ("postal_code", json!("2139"), json!("02139"), ("shipping_address", "leading_zero_restored")),
        ("postal_code", json!("2139.0"), json!("02139"), ("shipping_address", "leading_zero_restored")),
        ("postal_code", json!("42223"), json!("42223"), ("shipping_address", "postal_code_outside_region")),
        ("name", json!("www.evil.example"), Value::Null, ("shipping_address.name", "link_in_name")),
        ("organization", json!(7), Value::Null, ("shipping_address.organization", "wrong_type")),
        ("street", json!(["1 Main St", "a".repeat(101)]), json!(["1 Main St"]), ("shipping_address.street[1]", "too_long")),
        ("street", json!(["1", "2", "3", "4"]), json!(["1", "2", "3"]), ("shipping_address", "too_many_lines")),
    ] {
        let shop = Shop::open().await?;
        let mut address = whole.clone();
        address[part] = sent;
        let row = json!({"email": "ada@example.com", "shipping_address": address});
        let answer = rows(&shop, std::slice::from_ref(&row)).await;
        let warnings = json!([{"field": warning.0, "code": warning.1}]);
        assert_eq!(answer.body["rows"], json!([{"row": 1, "outcome": "created", "warnings": warnings}]), "{address}");
        assert_eq!(counts(&rows(&shop, &[row]).await), [0, 0, 1, 0, 0], "and a second time it says so already");
        let mut expected = whole.clone();
        expected[part] = kept;
        let expected: serde_json::Map<_, _> = expected
            .as_object()
            .ok_or("an object")?
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        assert_eq!(as_staff(&shop, "ada@example.com").await?["shipping_address"], Value::Object(expected), "{address}");
    }
    Ok(())
}

#[tokio::test]
async fn an_imported_address_without_a_country_or_a_street_is_left_out_and_the_customer_is_not() -> Outcome {
    let shop = Shop::open().await?;
    for (number, (address, code)) in [
        (json!({"street": ["1 Main St"], "city": "Boston"}), "country_required"),
        (json!({"country": "Atlantis", "street": ["1 Main St"]}), "unknown_country"),
        (json!({"country": "US", "city": "Boston", "street": []}), "street_required"),
    ]
    .into_iter()
    .enumerate()
    {
        let email = format!("c{number}@example.com");
        let answer = rows(&shop, &[json!({"email": email, "billing_address": address})]).await;
        let warnings = json!([{"field": "billing_address", "code": code}]);
        assert_eq!(answer.body["rows"], json!([{"row": 1, "outcome": "created", "warnings": warnings}]), "{address}");
        assert_eq!(as_staff(&shop, &email).await?["billing_address"], Value::Null, "{address}");
    }
    Ok(())
}

#[tokio::test]
async fn of_more_tags_than_a_customer_can_have_the_rest_is_left_out_with_a_warning() -> Outcome {
    let shop = Shop::open().await?;
    let tags = |numbers: std::ops::Range<u32>| numbers.map(|number| format!("tag{number:02}")).collect::<Vec<_>>();
    let fits = rows(&shop, &[json!({"email": "ada@example.com", "tags": tags(0..50)})]).await;
    assert_eq!((counts(&fits), fits.body["rows"].clone()), ([1, 0, 0, 0, 0], json!([])));
    let warned = json!([{"row": 1, "outcome": "unchanged", "warnings": [{"field": "tags", "code": "too_many"}]}]);
    let one_more = rows(&shop, &[json!({"email": "ada@example.com", "tags": tags(50..51)})]).await;
    assert_eq!(one_more.body["rows"], warned);
    Ok(())
}

#[tokio::test]
async fn what_is_known_of_a_mailbox_stays_known_of_the_customer_who_is_brought_along() -> Outcome {
    let shop = Shop::open().await?;
    shop.tell(Fate::Bounce, "ada@example.com").await?;
    assert_eq!(counts(&rows(&shop, &[json!({"email": "ada@example.com"})]).await), [1, 0, 0, 0, 0]);
    assert!(account(&shop, "ada@example.com").await?.mailbox.undeliverable().is_some());
    let asked = shop.post("send-code", json!({"email": "ada@example.com"})).await;
    assert_eq!((asked.status, shop.mails("ada@example.com").await?.len()), (202, 0));
    Ok(())
}

#[tokio::test]
async fn the_same_import_again_changes_nothing_and_says_so() -> Outcome {
    let shop = Shop::open().await?;
    let strong = shop.context.passwords.hash(b"a password of his own").await?.0;
    let bob = json!({"email": "bob@example.com", "password": {"format": "self-describing", "hash": strong}, "marketing_consent": {"given": false, "source": "Form"}});
    let batch = [ada(), bob, json!({"email": "eve@example.com"})];
    assert_eq!(counts(&rows(&shop, &batch).await), [3, 0, 0, 0, 0]);
    let before = customers(&shop).await?;
    shop.wait(3600);
    assert_eq!(counts(&rows(&shop, &batch).await), [0, 0, 3, 0, 0]);
    assert_eq!(customers(&shop).await?, before);
    Ok(())
}

#[tokio::test]
async fn a_later_import_renews_who_has_not_been_here_yet_and_leaves_what_it_does_not_say() -> Outcome {
    let shop = Shop::open().await?;
    rows(&shop, &[ada()]).await;
    let before = account(&shop, "ada@example.com").await?;
    shop.wait(60);
    let other = json!({"format": "digest", "algorithm": "sha1", "hash": "5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8"});
    for (change, told) in [
        (json!({"email": "ada@example.com", "name": "Countess Lovelace"}), [0, 1, 0, 0, 0]),
        (json!({"email": "ada@example.com", "password": other}), [0, 1, 0, 0, 0]),
        (json!({"email": "ada@example.com", "password": other, "external_id": "207119551"}), [0, 0, 1, 0, 0]),
        (json!({"email": "ada@example.com", "marketing_consent": {"given": false, "source": "Newsletter form"}}), [0, 1, 0, 0, 0]),
        (json!({"email": "ada@example.com", "tags": ["newsletter"], "types": ["donor"], "note": "Twice?"}), [0, 1, 0, 0, 0]),
        (json!({"email": "ada@example.com", "tags": ["Newsletter", "vip"], "types": ["member"], "note": "Twice?"}), [0, 0, 1, 0, 0]),
        (json!({"email": "ada@example.com", "created_at": "2001-01-01T00:00:00Z"}), [0, 0, 1, 0, 0]),
    ] {
        assert_eq!(counts(&rows(&shop, std::slice::from_ref(&change)).await), told, "{change}");
    }
    let after = account(&shop, "ada@example.com").await?;
    assert_eq!((after.id, after.created_at, after.status), (before.id, before.created_at, AccountStatus::Invited));
    assert_eq!(after.name.map(|name| name.as_str().to_owned()).as_deref(), Some("Countess Lovelace"));
    assert_eq!(after.epoch, before.epoch.next(), "another password ends what the one before might have begun");
    let profile = shop.table().await?.of("PROFILE").next().cloned().ok_or("there is a profile")?;
    let consent = profile["marketing_consent"].as_m().map_err(|_| "a consent")?;
    assert_eq!(consent["at"].as_n().ok(), Some(&shop.clock.now().unix_seconds().to_string()), "said without a date, it is dated now");
    assert!(profile.contains_key("shipping_address"));
    assert_eq!(login(&shop, 1, "ada@example.com", "password").await, 200, "SHA-1 of the same password");
    Ok(())
}

#[tokio::test]
async fn who_has_proved_an_account_or_is_blocked_is_left_as_they_are() -> Outcome {
    let shop = Shop::open().await?;
    shop.customer("active@example.com").await?;
    let closed = shop.customer("closed@example.com").await?;
    shop.ask("delete-account").bearer(&closed.access_token()).json(&json!({"mode": "close"})).send().await;
    rows(&shop, &[json!({"email": "invited@example.com"})]).await;
    shop.customer_without_password("no-password@example.com").await?;
    for email in ["invited@example.com", "nobody@example.com", "spelling@example.com"] {
        shop.block_email(email).await?;
    }
    let batch: Vec<_> = ["active", "closed", "invited", "nobody", "no-password", "spelling+of-it", "spelling+another"]
        .iter()
        .map(|name| {
            let password = json!({"format": "digest", "algorithm": "md5", "hash": MD5});
            json!({"email": format!("{name}@example.com"), "name": "Mallory", "password": password, "locale": "fr"})
        })
        .collect();
    let before = customers(&shop).await?;
    for dry_run in [true, false] {
        let answer = import(&shop, json!({"dry_run": dry_run, "rows": batch})).await;
        let reasons = ["active", "closed", "blocked", "blocked", "active", "blocked", "blocked"];
        let told: Vec<_> =
            reasons.iter().enumerate().map(|(number, reason)| json!({"row": number + 1, "outcome": "skipped", "reason": reason})).collect();
        assert_eq!((counts(&answer), &answer.body["rows"]), ([0, 0, 0, 7, 0], &json!(told)));
    }
    assert_eq!(customers(&shop).await?, before);
    assert_eq!(shop.context.passwords.runs(), 2, "the two passwords that were set here, and no hash for a row that is skipped");
    assert_eq!(login(&shop, 1, "no-password@example.com", "password").await, 401);
    Ok(())
}

#[tokio::test]
async fn a_block_that_has_ended_keeps_nobody_out() -> Outcome {
    let shop = Shop::open().await?;
    let rule = shared::domain::block::BlockRule::Email(shared::domain::email_address::EmailAddress::parse("ada@example.com")?);
    shop.block(rule, &shared::domain::block::Scope::ALL, Some(Duration::from_secs(60))).await?;
    assert_eq!(counts(&rows(&shop, &[ada()]).await), [0, 0, 0, 1, 0]);
    shop.wait(61);
    assert_eq!(counts(&rows(&shop, &[ada()]).await), [1, 0, 0, 0, 0]);
    Ok(())
}

#[tokio::test]
async fn a_dry_run_tells_what_would_come_of_it_and_writes_nothing() -> Outcome {
    let shop = Shop::open().await?;
    rows(&shop, &[ada(), json!({"email": "old@example.com", "name": "Old"})]).await;
    shop.customer("active@example.com").await?;
    let before = shop.table().await?.0;
    let runs = shop.context.passwords.runs();
    let md5 = json!({"format": "digest", "algorithm": "md5", "hash": MD5});
    let batch = [
        json!({"email": "new@example.com", "password": md5}),
        json!({"email": "old@example.com", "name": "New", "password": md5}),
        ada(),
        json!({"email": "active@example.com"}),
        json!({"email": "nobody"}),
    ];
    let answer = import(&shop, json!({"dry_run": true, "rows": batch})).await;
    assert_eq!((counts(&answer), &answer.body["dry_run"]), ([1, 1, 1, 1, 1], &json!(true)));
    assert_eq!(shop.table().await?.0, before, "not even a record");
    assert_eq!(shop.context.passwords.runs() - runs, 1, "the one that tells that Ada's password is still the same");
    assert_eq!(counts(&rows(&shop, &batch).await), [1, 1, 1, 1, 1], "and so it comes");
    Ok(())
}

/// A hash of another implementation; `vectors/README.md` tells which.
#[derive(Clone, Deserialize)]
struct Vector {
    format: String,
    password: String,
    stored: String,
    original: Option<String>,
    #[serde(default)]
    dear: bool,
}

/// How a client hands over a hash: as its platform wrote it, or in the form that names itself.
fn handed_over(vector: &Vector) -> Result<Value, Failure> {
    let salt = || -> Result<String, Failure> {
        let salt = vector.stored.split('$').nth(3).ok_or("a salt")?;
        Ok(String::from_utf8(data_encoding::BASE64_NOPAD.decode(salt.as_bytes())?)?)
    };
    Ok(match &vector.original {
        Some(original) if vector.format.starts_with("Magento") => json!({"format": "magento", "hash": original}),
        Some(original) if vector.format.starts_with("PrestaShop") => {
            json!({"format": "prestashop", "hash": original, "cookie_key": salt()?})
        }
        Some(original) if vector.format.starts_with("OpenCart") => json!({"format": "opencart", "hash": original, "salt": salt()?}),
        Some(original) => return Err(format!("{}: {original}", vector.format).into()),
        None => json!({"format": "self-describing", "hash": vector.stored}),
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_customer_of_every_form_is_imported_signs_in_and_is_argon2id_from_then_on() -> Outcome {
    let shop = Shop::open().await?;
    let mut of_each_form = BTreeMap::<String, Vector>::new();
    let vectors: Vec<Vector> = serde_json::from_str(include_str!("vectors/passwords.json"))?;
    for vector in vectors.into_iter().filter(|vector| !vector.dear && !vector.password.is_ascii()) {
        of_each_form.entry(vector.format.clone()).or_insert(vector);
    }
    assert!(of_each_form.len() >= 50, "{}", of_each_form.len());
    let email = |number: usize| format!("customer{number}@example.com");
    let batch =
        of_each_form.values().enumerate().map(|(number, vector)| Ok(json!({"email": email(number), "password": handed_over(vector)?})));
    let batch = batch.collect::<Result<Vec<_>, Failure>>()?;
    let answer = rows(&shop, &batch).await;
    assert_eq!(answer.body["created"], batch.len(), "{answer:?}");
    assert_eq!(counts(&rows(&shop, &batch).await), [0, 0, u64::try_from(batch.len())?, 0, 0], "the same again");

    let table = shop.table().await?;
    for (number, Vector { format, stored: form, .. }) in of_each_form.values().enumerate() {
        let kept = stored(&shop, &email(number)).await?;
        let slow = !form.starts_with("$vestibule$") || form.contains("argon2id") || form.contains("firebase");
        assert_eq!(kept == *form, slow, "{format}: {kept}");
        assert!(
            slow || (kept.contains("$argon2id$v=19$") && !table.holds(form.rsplit('$').next().unwrap_or_default())),
            "{format}: {kept}"
        );
    }
    let sign_in = async |(number, Vector { format, password, .. }): (usize, &Vector)| -> Outcome {
        assert_eq!(login(&shop, number, &email(number), &format!("x{password}")).await, 401, "{format}");
        assert_eq!(login(&shop, number, &email(number), password).await, 200, "{format} {password}");
        let signed_in = account(&shop, &email(number)).await?;
        assert_eq!(signed_in.status, AccountStatus::Active, "{format}");
        let kept = signed_in.password.map(|password| password.0).unwrap_or_default();
        assert!(kept.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{format}: {kept}");
        assert_eq!(login(&shop, number, &email(number), password).await, 200, "{format}, once more");
        Ok(())
    };
    join_all(of_each_form.values().enumerate().map(sign_in)).await.into_iter().collect()
}

#[tokio::test]
async fn a_hash_that_asks_for_too_much_is_refused_before_any_work() -> Outcome {
    let shop = Shop::open().await?;
    let salted = "c29tZXNhbHRzb21lc2FsdA$Li8SnsxnCVlb5P4QpMHK6kYCkM/pNBpGwbkRSKOIYkE";
    let hostile = [
        json!({"format": "self-describing", "hash": format!("$argon2id$v=19$m=4194304,t=2,p=1${salted}")}),
        json!({"format": "self-describing", "hash": format!("$argon2id$v=19$m=8,t=4000000000,p=1${salted}")}),
        json!({"format": "self-describing", "hash": "$2b$31$7fXVyW8dnDOyMLOVmNp8/.3BSiDMeL2MnZMZZJ7WRUAzAMyRhfzIC"}),
        json!({"format": "self-describing", "hash": format!("pbkdf2_sha256$1000000000${salted}=")}),
        json!({"format": "self-describing", "hash": format!("$scrypt$ln=30,r=8,p=1${salted}")}),
        json!({"format": "self-describing", "hash": "$P$z12345678Q9a8b7c6d5e4f3g2h1i0j"}),
        json!({"format": "django", "hash": format!("argon2$argon2id$v=19$m=4194304,t=2,p=1${salted}")}),
        json!({"format": "django", "hash": "bcrypt$$2b$31$7fXVyW8dnDOyMLOVmNp8/.3BSiDMeL2MnZMZZJ7WRUAzAMyRhfzIC"}),
        json!({"format": "magento", "hash": format!("{}:salt:3_32_2_4294967295", "a".repeat(64))}),
        json!({"format": "magento", "hash": format!("{}:salt:{}", "a".repeat(64), ["0"; 20].join(":"))}),
        json!({"format": "firebase", "hash": "A".repeat(88), "salt": "c2FsdA==", "salt_separator": "Bw==", "signer_key": "A".repeat(88), "mem_cost": 30, "rounds": 8}),
    ];
    let batch: Vec<_> = hostile
        .iter()
        .enumerate()
        .map(|(number, password)| json!({"email": format!("c{number}@example.com"), "password": password}))
        .collect();
    let answer = rows(&shop, &batch).await;
    for (row, password) in answer.body["rows"].as_array().ok_or("rows")?.iter().zip(&hostile) {
        assert_eq!(row["errors"], json!([{"field": "password", "code": "unusable_hash"}]), "{password}");
    }
    assert_eq!(counts(&answer), [0, 0, 0, 0, u64::try_from(hostile.len())?]);
    assert_eq!((shop.context.passwords.runs(), shop.context.passwords.most_at_once()), (0, 0));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_call_takes_a_thousand_rows_and_a_mebibyte() -> Outcome {
    let shop = Shop::open().await?;
    let some = |count: usize| -> Vec<_> { (0..count).map(|number| json!({"email": format!("c{number}@example.com")})).collect() };
    assert_eq!(rows(&shop, &some(1_001)).await.invalid_field(), ("rows".to_owned(), "too_many_rows".to_owned()));
    assert_eq!(rows(&shop, &[]).await.invalid_field(), ("rows".to_owned(), "empty".to_owned()));
    let padded = |length: usize| {
        let text = json!({"rows": some(1_000)}).to_string();
        format!("{text}{}", " ".repeat(length - text.len()))
    };
    let send = |body: String| shop.ask("import-accounts").bearer(&shop.owner_key).raw("application/json", body.as_bytes()).send();
    let large = send(padded(1024 * 1024 + 1)).await;
    assert_eq!((large.refusal(), large.text("/detail")), ((413, "too_large".to_owned()), "The body may have 1024 KiB at most.".to_owned()));
    assert_eq!(shop.table().await?.of("ACCOUNT").count(), 0);
    let taken = send(padded(1024 * 1024)).await;
    assert_eq!((taken.body["processed"].as_u64(), counts(&taken)), (Some(1_000), [1_000, 0, 0, 0, 0]));
    let table = shop.table().await?;
    assert_eq!([table.of("ACCOUNT").count(), table.of("PROFILE").count(), table.of("ID").count()], [1_000; 3]);
    Ok(())
}

/// Does something when so many calls have been made to the table.
#[derive(Clone)]
struct AtCall(usize, Arc<AtomicUsize>, Arc<dyn Fn() + Send + Sync>);

impl std::fmt::Debug for AtCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AtCall(..)")
    }
}

impl Intercept for AtCall {
    fn name(&self) -> &'static str {
        "AtCall"
    }

    fn read_before_execution(&self, _: &BeforeSerializationInterceptorContextRef<'_>, _: &mut ConfigBag) -> Result<(), BoxError> {
        let Self(at, calls, act) = self;
        if calls.fetch_add(1, Ordering::SeqCst) + 1 == *at {
            act();
        }
        Ok(())
    }
}

#[tokio::test]
async fn when_the_time_is_over_the_answer_says_how_far_it_came_and_the_rest_may_follow() -> Outcome {
    let mut shop = Shop::open().await?;
    let batch: Vec<_> = (0..60).map(|number| json!({"email": format!("c{number}@example.com")})).collect();
    let clock: Clock = shop.clock.clone();
    // In the middle of the first rows: the key, the record and a read come before.
    shop.watch(AtCall(10, Arc::default(), Arc::new(move || clock.advance(Duration::from_secs(20)))))?;
    let first = rows(&shop, &batch).await;
    assert_eq!((first.body["processed"].as_u64(), counts(&first)), (Some(20), [20, 0, 0, 0, 0]));
    let rest = rows(&shop, &batch[20..]).await;
    assert_eq!((rest.body["processed"].as_u64(), counts(&rest)), (Some(40), [40, 0, 0, 0, 0]));
    assert_eq!(shop.table().await?.of("ACCOUNT").count(), 60);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_key_that_is_revoked_meanwhile_imports_no_further() -> Outcome {
    let mut shop = Shop::open().await?;
    let key = shop.key(Role::Administrator).await?;
    let key_id = format!("key_{}", key.split('_').nth(1).ok_or("a key has three parts")?);
    let batch: Vec<_> = (0..200).map(|number| json!({"email": format!("c{number}@example.com")})).collect();
    // Revoked behind everybody's back, while the first rows are written.
    let item = shop.table().await?.0.into_iter().find(|item| text(item, "sk") == key_id).ok_or("the key is there")?;
    let (client, table) = (shop.dynamodb().clone(), shop.table_name());
    let handle = tokio::runtime::Handle::current();
    let revoke = move || {
        let (client, item) = (client.clone(), item.clone());
        let revoked = async move {
            let call = client.update_item().table_name(table).key("pk", item["pk"].clone()).key("sk", item["sk"].clone());
            let now = aws_sdk_dynamodb::types::AttributeValue::N("1".to_owned());
            let _ = call.update_expression("SET revoked_at = :now").expression_attribute_values(":now", now).send().await;
        };
        tokio::task::block_in_place(|| handle.block_on(revoked));
    };
    shop.watch(AtCall(5, Arc::default(), Arc::new(revoke)))?;
    let answer = shop.ask("import-accounts").bearer(&key).json(&json!({"rows": batch})).send().await;
    assert_eq!(answer.refusal(), (401, "invalid_token".to_owned()));
    assert_eq!(shop.table().await?.of("ACCOUNT").count(), 20, "those that were under way");
    Ok(())
}

#[tokio::test]
async fn a_call_is_recorded_before_its_first_row_and_after_its_last_and_holds_nothing_of_the_customers() -> Outcome {
    let shop = Shop::open().await?;
    let body = json!({"note": "The move from Magento", "rows": [ada(), {"email": "nobody"}]});
    let network = Ipv4Addr::new(198, 51, 100, 7);
    shop.ask("import-accounts").bearer(&shop.owner_key).from(network).json(&body).send().await;
    let table = shop.table().await?;
    let mut records: Vec<_> = table.0.iter().filter(|item| text(item, "action") == "import-accounts").collect();
    records.sort_by_key(|record| text(record, "note").len());
    let told: Vec<_> = records.iter().map(|record| (text(record, "subject"), text(record, "note"), text(record, "from"))).collect();
    let from = network.to_string();
    assert_eq!(
        told,
        [
            ("accounts".to_owned(), "The move from Magento".to_owned(), from.clone()),
            ("accounts".to_owned(), "2 rows: 1 created, 0 updated, 0 unchanged, 0 skipped, 1 refused".to_owned(), from),
        ]
    );
    assert!(records.iter().all(|record| !format!("{record:?}").to_lowercase().contains("ada")));
    Ok(())
}

/// How often a race is run; a longer trial is asked for by the environment.
fn rounds() -> usize {
    std::env::var("VESTIBULE_RACE_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(1)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_sign_up_and_an_import_at_the_same_moment_one_makes_the_account_and_its_password_alone_works() -> Outcome {
    const CUSTOMERS: usize = 40;
    const FEW: usize = 5;
    for _ in 0..rounds() {
        let shop = Shop::open().await?;
        let email = |number: usize| format!("c{number}@example.com");
        let own = "a password of her own";
        let mut proofs = Vec::new();
        for number in 0..CUSTOMERS {
            let form = json!({"email": email(number), "password": own});
            let opened = shop.ask("create-account").from_network(u32::try_from(number)?).json(&form).send().await;
            proofs.push(json!({"challenge_id": opened.text("/challenge_id"), "code": shop.code(&email(number)).await?}));
        }
        let md5 = json!({"format": "digest", "algorithm": "md5", "hash": MD5});
        let batch: Vec<_> = (0..CUSTOMERS).map(|number| json!({"email": email(number), "password": md5})).collect();
        let redeem = |(number, proof): (usize, &Value)| {
            let request = shop.ask("verify-code").from_network(u32::try_from(number).unwrap_or(0)).json(proof);
            async move {
                tokio::time::sleep(Duration::from_millis(u64::try_from(number).unwrap_or(0))).await;
                request.send().await
            }
        };
        // The first few sign up before the import, the last few after it, and most at the same time.
        let each: Vec<_> = proofs.iter().enumerate().collect();
        let mut redeemed = join_all(each[..FEW].iter().copied().map(redeem)).await;
        let (meanwhile, imported) = join(join_all(each[FEW..CUSTOMERS - FEW].iter().copied().map(redeem)), rows(&shop, &batch)).await;
        redeemed.extend(meanwhile);
        redeemed.extend(join_all(each[CUSTOMERS - FEW..].iter().copied().map(redeem)).await);
        assert!(redeemed[..FEW].iter().all(|answer| answer.status == 200), "they came before the import");
        assert!(redeemed[CUSTOMERS - FEW..].iter().all(|answer| answer.status == 410), "the import came before them");

        assert_eq!(imported.body["processed"], CUSTOMERS, "{imported:?}");
        let signed_up = redeemed.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(counts(&imported), [u64::try_from(CUSTOMERS - signed_up)?, 0, 0, u64::try_from(signed_up)?, 0]);
        let table = shop.table().await?;
        assert_eq!([table.of("ACCOUNT").count(), table.of("ID").count(), table.of("PROFILE").count()], [CUSTOMERS; 3]);
        for (number, answer) in redeemed.iter().enumerate() {
            assert!([200, 410].contains(&answer.status), "{answer:?}");
            let (right, wrong) = if answer.status == 200 { (own, "password") } else { ("password", own) };
            assert_eq!(login(&shop, 1_000 + number, &email(number), wrong).await, 401, "{number} {answer:?}");
            assert_eq!(login(&shop, 1_000 + number, &email(number), right).await, 200, "{number} {answer:?}");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_ten_imports_of_the_same_rows_at_once_one_creates_each_account() -> Outcome {
    for _ in 0..rounds() {
        let shop = Shop::open().await?;
        let batch: Vec<_> = (0..50).map(|number| json!({"email": format!("c{number}@example.com"), "name": "Ada"})).collect();
        let answers = join_all((0..10).map(|_| rows(&shop, &batch))).await;
        let sum = |name: &str| answers.iter().filter_map(|answer| answer.body[name].as_u64()).sum::<u64>();
        assert_eq!([sum("created"), sum("unchanged"), sum("processed")], [50, 450, 500], "{answers:?}");
        let table = shop.table().await?;
        assert_eq!([table.of("ACCOUNT").count(), table.of("ID").count(), table.of("PROFILE").count()], [50; 3]);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_import_of_another_password_and_a_first_sign_in_at_once_leave_one_password() -> Outcome {
    const CUSTOMERS: usize = 25;
    for _ in 0..rounds() {
        let shop = Shop::open().await?;
        let email = |number: usize| format!("c{number}@example.com");
        let with = |hash: &str| -> Vec<_> {
            let password = json!({"format": "digest", "algorithm": "md5", "hash": hash});
            (0..CUSTOMERS).map(|number| json!({"email": email(number), "password": password})).collect()
        };
        rows(&shop, &with(MD5)).await;
        // MD5 of `newpassword`.
        let (first, second) = join(
            join_all((0..CUSTOMERS).map(|number| {
                let shop = &shop;
                async move { login(shop, number, &format!("c{number}@example.com"), "password").await }
            })),
            rows(&shop, &with("5e9d11a14ad1c8dd77e98ef9b53fd1ba")),
        )
        .await;
        let signed_in = first.iter().filter(|status| **status == 200).count();
        assert_eq!(counts(&second), [0, u64::try_from(CUSTOMERS - signed_in)?, 0, u64::try_from(signed_in)?, 0], "{second:?}");
        for (number, status) in first.iter().enumerate() {
            let (right, wrong) = if *status == 200 { ("password", "newpassword") } else { ("newpassword", "password") };
            assert_eq!(login(&shop, 100 + number, &email(number), wrong).await, 401, "{number} {status}");
            assert_eq!(login(&shop, 100 + number, &email(number), right).await, 200, "{number} {status}");
        }
    }
    Ok(())
}
