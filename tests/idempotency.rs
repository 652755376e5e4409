//! Requests of staff that are sent again under an `Idempotency-Key`: done once, and answered alike for a day.

use std::{fs, path::Path};

use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::join_all;
use local::functions::handlers;
use serde_json::{Value, json};
use shared::{domain::role::Role, http::Side};
use tests::{Answer, Failure, Outcome, Request, Shop, text};

const KEY: &str = "8e03978e-40d5-43dd-bc93-6894a57f9324";

/// Every operation that creates something, with what it answers.
const OPERATIONS: [(&str, u16); 5] =
    [("create-key", 201), ("annotate-account", 200), ("hold-account", 200), ("create-block", 201), ("invite-accounts", 202)];

/// A shop with a customer, whose account staff name.
async fn shop_with_customer() -> Result<(Shop, String), Failure> {
    let shop = Shop::open().await?;
    let account_id = shop.customer("ada@example.com").await?.account_id();
    Ok((shop, account_id))
}

/// A request to an operation, and another one.
fn bodies(operation: &str, account_id: &str) -> [Value; 2] {
    match operation {
        "create-key" => ["Desk", "Till"].map(|label| json!({"role": "support", "label": label})),
        "annotate-account" => ["Call after six.", "Call before six."].map(|note| json!({"account_id": account_id, "note": note})),
        "hold-account" => {
            ["Books.", "Audit."].map(|note| json!({"account_id": account_id, "kind": "legal", "action": "set", "note": note}))
        }
        "create-block" => ["203.0.113.0/24", "198.51.100.0/24"]
            .map(|value| json!({"type": "cidr", "value": value, "reason_code": "fraud", "note": "Stolen cards."})),
        _ => [false, true].map(|dry_run| json!({"audience": "all", "dry_run": dry_run})),
    }
}

fn ask<'a>(shop: &'a Shop, operation: &str, key: &str, body: &Value) -> Request<'a> {
    shop.ask(operation).bearer(&shop.owner_key).header("idempotency-key", key).json(body)
}

/// How often an operation was done, as the record has it.
async fn times(shop: &Shop, operation: &str) -> Result<usize, Failure> {
    Ok(shop.table().await?.audit().filter(|event| text(event, "action") == operation).count())
}

/// That two answers are the same, byte for byte.
fn assert_alike(again: &Answer, first: &Answer, what: &str) {
    assert_eq!((again.status, &again.raw, &again.headers), (first.status, &first.raw, &first.headers), "{what}");
}

/// The attributes of bytes that the table has.
async fn sealed(shop: &Shop) -> Result<Vec<Vec<u8>>, Failure> {
    let attributes = shop.table().await?.0.into_iter().flat_map(std::collections::HashMap::into_values);
    let bytes = attributes.filter_map(|attribute| match attribute {
        AttributeValue::B(bytes) => Some(bytes.into_inner()),
        _ => None,
    });
    Ok(bytes.collect())
}

#[test]
fn every_operation_that_takes_a_key_is_tried_here_and_says_so() -> Outcome {
    let document: Value = serde_saphyr::from_str(&fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi.yaml"))?)?;
    for (operation, handler) in handlers() {
        for endpoint in handler.endpoints {
            let tried = endpoint.side == Side::Merchant && OPERATIONS.iter().any(|(name, _)| *name == operation);
            assert_eq!(endpoint.takes_idempotency_key, tried, "{operation}");
            let audience = if endpoint.side == Side::Merchant { "admin/" } else { "" };
            let described = &document["paths"][format!("/{{store}}/{audience}{operation}")];
            let parameters = &described[endpoint.method.as_str().to_lowercase()]["parameters"];
            let reference = json!({"$ref": "#/components/parameters/IdempotencyKey"});
            assert_eq!(parameters.as_array().is_some_and(|all| all.contains(&reference)), tried, "openapi.yaml on {operation}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_request_that_is_sent_again_is_answered_alike_and_done_once() -> Outcome {
    for (operation, status) in OPERATIONS {
        let (shop, account_id) = shop_with_customer().await?;
        let [body, _] = bodies(operation, &account_id);
        let first = ask(&shop, operation, KEY, &body).send().await;
        assert_eq!(first.status, status, "{operation}: {first:?}");

        shop.wait(1);
        for again in [
            ask(&shop, operation, KEY, &body),
            // In the quotes of a structured field, from elsewhere, and with other blanks in the body.
            ask(&shop, operation, &format!("\"{KEY}\""), &body),
            ask(&shop, operation, KEY, &body).from_network(7),
            ask(&shop, operation, KEY, &body).raw("application/json", serde_json::to_string_pretty(&body)?.as_bytes()),
        ] {
            assert_alike(&again.send().await, &first, operation);
        }
        shop.wait(86_398);
        assert_alike(&ask(&shop, operation, KEY, &body).send().await, &first, operation);
        assert_eq!(times(&shop, operation).await?, 1, "{operation}");
    }
    Ok(())
}

#[tokio::test]
async fn without_a_key_or_under_another_one_it_is_done_again() -> Outcome {
    for operation in ["create-key", "annotate-account", "invite-accounts"] {
        let (shop, account_id) = shop_with_customer().await?;
        let [body, _] = bodies(operation, &account_id);
        let requests = [None, None, Some("one"), Some("two"), Some("One")];
        for key in requests {
            let request = shop.ask(operation).bearer(&shop.owner_key).json(&body);
            let answer = key.map_or(request.clone(), |key| request.header("idempotency-key", key)).send().await;
            assert!(answer.status < 300, "{operation}: {answer:?}");
        }
        assert_eq!(times(&shop, operation).await?, requests.len(), "{operation}");
    }
    Ok(())
}

#[tokio::test]
async fn a_key_that_was_given_to_another_request_is_refused() -> Outcome {
    for (operation, _) in OPERATIONS {
        let (shop, account_id) = shop_with_customer().await?;
        let [body, other] = bodies(operation, &account_id);
        let first = ask(&shop, operation, KEY, &body).send().await;
        let refused = ask(&shop, operation, KEY, &other).send().await;
        assert_eq!(refused.refusal(), (422, "idempotency_key_reused".to_owned()), "{operation}");
        assert_alike(&ask(&shop, operation, KEY, &body).send().await, &first, operation);
        assert_eq!(times(&shop, operation).await?, 1, "{operation}");
    }
    Ok(())
}

#[tokio::test]
async fn a_key_is_its_holders_own_in_one_store_for_one_operation() -> Outcome {
    let (shop, account_id) = shop_with_customer().await?;
    let [body, _] = bodies("create-key", &account_id);
    let first = ask(&shop, "create-key", KEY, &body).send().await;

    let colleague = shop.key(Role::Administrator).await?;
    let theirs = ask(&shop, "create-key", KEY, &body).bearer(&colleague).send().await;
    shop.open_beside("elsewhere").await?;
    let owner_elsewhere = shop.key_at("elsewhere", Role::Owner).await?;
    let elsewhere = ask(&shop, "create-key", KEY, &body).at("elsewhere").bearer(&owner_elsewhere).send().await;
    let made: std::collections::BTreeSet<_> = [&first, &theirs, &elsewhere].map(|answer| answer.text("/key")).into();
    assert_eq!((made.len(), theirs.status, elsewhere.status), (3, 201, 201));

    let [note, _] = bodies("annotate-account", &account_id);
    assert_eq!(ask(&shop, "annotate-account", KEY, &note).send().await.status, 200, "another operation");
    Ok(())
}

#[tokio::test]
async fn an_answer_is_kept_for_a_day_and_not_a_second_longer() -> Outcome {
    for operation in ["create-key", "annotate-account", "invite-accounts"] {
        let (shop, account_id) = shop_with_customer().await?;
        let [body, other] = bodies(operation, &account_id);
        ask(&shop, operation, KEY, &body).send().await;
        shop.wait(86_400);
        let next = ask(&shop, operation, KEY, &other).send().await;
        assert!(next.status < 300, "{operation}: nobody has swept the old answer, and it counts no more: {next:?}");
        assert_eq!(times(&shop, operation).await?, 2, "{operation}");
        assert_alike(&ask(&shop, operation, KEY, &other).send().await, &next, operation);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_at_once_one_is_done_and_all_are_answered_alike() -> Outcome {
    for (operation, status) in OPERATIONS {
        let (shop, account_id) = shop_with_customer().await?;
        let [body, other] = bodies(operation, &account_id);
        let answers = join_all((0..20).map(|number| ask(&shop, operation, KEY, &body).from_network(number).send())).await;
        let done: Vec<_> = answers.iter().filter(|answer| answer.status == status).collect();
        assert!(answers.iter().all(|answer| answer.status == status || answer.status == 503), "{operation}: {answers:?}");
        let first = done.first().ok_or("nothing was done")?;
        for answer in &done {
            assert_alike(answer, first, operation);
        }
        println!("{operation}: {} of {} answered alike", done.len(), answers.len());
        assert_eq!(times(&shop, operation).await?, 1, "{operation}");
        assert_alike(&ask(&shop, operation, KEY, &body).send().await, first, operation);

        // Two different requests under one key: one of them is done, and the other is refused.
        let key = "another";
        let (one, two) = futures::join!(ask(&shop, operation, key, &body).send(), ask(&shop, operation, key, &other).send());
        if operation == "create-key" {
            let mut statuses = [one.status, two.status];
            statuses.sort_unstable();
            assert_eq!(statuses, [201, 422], "{one:?} {two:?}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_new_key_whose_answer_was_lost_is_had_again_and_works() -> Outcome {
    let shop = Shop::open().await?;
    let body = json!({"role": "owner", "label": "The other owner"});
    let lost = ask(&shop, "create-key", KEY, &body).send().await;
    let again = ask(&shop, "create-key", KEY, &body).send().await;
    assert_eq!(again.text("/key"), lost.text("/key"));
    let listed = shop.ask("list-keys").bearer(&again.text("/key")).send().await;
    assert_eq!(listed.body["keys"].as_array().map(Vec::len), Some(2), "no key that nobody knows");
    Ok(())
}

#[tokio::test]
async fn nothing_in_the_table_opens_an_answer_that_is_kept_there() -> Outcome {
    for (operation, _) in OPERATIONS {
        let (shop, account_id) = shop_with_customer().await?;
        let [body, _] = bodies(operation, &account_id);
        let answer = ask(&shop, operation, KEY, &body).send().await;
        let kept = sealed(&shop).await?;
        assert_eq!(kept.len(), 1, "{operation}: the answer");
        let in_the_clear = |bytes: &[u8], word: &str| bytes.windows(word.len()).any(|window| window == word.as_bytes());
        for word in ["{", "key_id", "account_id", "block_id", "campaign_id", account_id.as_str()] {
            // A single byte may stand in anything that is sealed.
            assert!(word.len() == 1 || !in_the_clear(&kept[0], word), "{operation}: {word}");
        }
        let table = shop.table().await?;
        assert!(!table.holds(KEY), "{operation}: the client's own name for the request");
        if let Some((_, secret)) = answer.text("/key").rsplit_once('_') {
            assert!(!table.holds(secret) && !in_the_clear(&kept[0], secret));
        }
        let records: Vec<_> = table.of("ANSWER").collect();
        let [record] = records.as_slice() else { return Err(format!("{operation}: {records:?}").into()) };
        let mut names: Vec<_> = record.keys().map(String::as_str).collect();
        names.sort_unstable();
        assert_eq!(names, ["exp", "pk", "request", "sealed", "sk"], "{operation}");
        let end = (shop.clock.now().unix_seconds() + 86_400).to_string();
        assert_eq!(record["exp"].as_n(), Ok(&end), "{operation}");
    }
    Ok(())
}

#[tokio::test]
async fn what_was_refused_is_not_kept_and_can_be_put_right_under_the_same_key() -> Outcome {
    let (shop, account_id) = shop_with_customer().await?;
    let [body, _] = bodies("create-key", &account_id);
    let wrong = json!({"role": "support", "label": ""});
    assert_eq!(ask(&shop, "create-key", KEY, &wrong).send().await.status, 422);
    let support = shop.key(Role::Support).await?;
    assert_eq!(ask(&shop, "create-key", KEY, &body).bearer(&support).send().await.status, 403);
    assert_eq!(shop.table().await?.of("ANSWER").count(), 0);
    assert_eq!(ask(&shop, "create-key", KEY, &body).send().await.status, 201);
    Ok(())
}

#[tokio::test]
async fn a_revoked_key_gets_no_answer_again() -> Outcome {
    let (shop, account_id) = shop_with_customer().await?;
    let [body, _] = bodies("create-key", &account_id);
    let administrator = shop.key(Role::Administrator).await?;
    let made = ask(&shop, "create-key", KEY, &body).bearer(&administrator).send().await;
    assert_eq!(made.status, 201);
    let key_id = format!("key_{}", administrator.split('_').nth(1).unwrap_or_default());
    assert_eq!(shop.ask("revoke-key").bearer(&shop.owner_key).json(&json!({"key_id": key_id})).send().await.status, 204);
    let again = ask(&shop, "create-key", KEY, &body).bearer(&administrator).send().await;
    assert_eq!(again.refusal(), (401, "invalid_token".to_owned()));
    Ok(())
}

#[tokio::test]
async fn an_answer_about_a_customer_is_not_had_again_once_they_are_erased() -> Outcome {
    for operation in ["annotate-account", "hold-account"] {
        let (shop, account_id) = shop_with_customer().await?;
        let [body, _] = bodies(operation, &account_id);
        assert_eq!(ask(&shop, operation, KEY, &body).send().await.status, 200);
        if operation == "hold-account" {
            let lift = json!({"account_id": account_id, "kind": "legal", "action": "lift", "note": "Done."});
            assert_eq!(ask(&shop, operation, "another", &lift).send().await.status, 200);
        }
        let erase = json!({"account_id": account_id, "mode": "erase", "note": "They asked for it."});
        assert_eq!(shop.ask("admin/delete-account").bearer(&shop.owner_key).json(&erase).send().await.status, 202);
        assert_eq!(ask(&shop, operation, KEY, &body).send().await.refusal(), (404, "not_found".to_owned()), "{operation}");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_no_idempotency_key_is_refused_by_its_name_and_does_nothing() -> Outcome {
    for (operation, status) in OPERATIONS {
        let (shop, account_id) = shop_with_customer().await?;
        let [body, _] = bodies(operation, &account_id);
        for (key, code) in [("", "empty"), ("\"\"", "empty"), (" ", "empty"), (&"k".repeat(256), "too_long"), ("clé", "invalid_characters")]
        {
            let answer = ask(&shop, operation, key, &body).send().await;
            let refusal = (answer.status, answer.invalid_field());
            assert_eq!(refusal, (422, ("Idempotency-Key".to_owned(), code.to_owned())), "{operation} {key:?}");
        }
        assert_eq!(times(&shop, operation).await?, 0, "{operation}");
        assert_eq!(ask(&shop, operation, &"k".repeat(255), &body).send().await.status, status, "{operation}");
    }
    Ok(())
}

#[tokio::test]
async fn operations_that_are_idempotent_by_themselves_ignore_the_header() -> Outcome {
    let shop = Shop::open().await?;
    let check = json!({"email": "ada@example.com", "scope": "checkout"});
    for key in [KEY, "", &"k".repeat(300)] {
        assert_eq!(ask(&shop, "block-check", key, &check).send().await.status, 200);
    }
    assert_eq!(shop.table().await?.of("ANSWER").count(), 0);
    Ok(())
}
