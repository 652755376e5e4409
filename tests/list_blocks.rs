//! `list-blocks`: newest first, and by what staff ask for.

use std::{collections::BTreeSet, time::Duration};

use serde_json::{Value, json};
use shared::domain::{
    block::{BlockRule, Scope},
    email_address::EmailAddress,
    role::Role,
};
use tests::{Answer, Failure, Outcome, Shop};

async fn list(shop: &Shop, query: &str) -> Answer {
    shop.ask("list-blocks").bearer(&shop.owner_key).query(query).send().await
}

fn values(answer: &Answer) -> Vec<String> {
    let blocks = answer.body["blocks"].as_array().into_iter().flatten();
    blocks.map(|block| block["value"].as_str().unwrap_or_default().to_owned()).collect()
}

async fn block(shop: &Shop, kind: &str, value: &str, reason: &str, seconds: Option<u64>) -> Result<String, Failure> {
    let end = seconds.map(|seconds| shop.clock.now().plus(Duration::from_secs(seconds)).rfc3339());
    let body = json!({"type": kind, "value": value, "reason_code": reason, "note": "For staff alone.", "expires_at": end});
    let answer = shop.ask("create-block").bearer(&shop.owner_key).json(&body).send().await;
    shop.wait(1);
    if answer.status == 201 { Ok(answer.text("/block_id")) } else { Err(format!("no block was made: {answer:?}").into()) }
}

#[tokio::test]
async fn blocks_are_listed_by_state_type_and_reason_the_newest_first() -> Outcome {
    let shop = Shop::open().await?;
    block(&shop, "email", "one@example.com", "fraud", None).await?;
    let lifted = block(&shop, "email", "two@example.com", "abuse", None).await?;
    block(&shop, "domain", "three.example", "fraud", Some(60)).await?;
    block(&shop, "cidr", "198.51.100.0/24", "abuse", None).await?;
    block(&shop, "ip", "203.0.113.9", "other", Some(3600)).await?;
    let body = json!({"block_id": lifted, "note": "Mistaken."});
    shop.ask("lift-block").bearer(&shop.owner_key).json(&body).send().await;
    shop.wait(60);

    let (one, two, three, four, five) = ("one@example.com", "two@example.com", "three.example", "198.51.100.0/24", "203.0.113.9");
    for (query, wanted) in [
        ("", vec![five, four, three, two, one]),
        ("state=all", vec![five, four, three, two, one]),
        ("state=standing", vec![five, four, one]),
        ("state=expired", vec![three]),
        ("state=lifted", vec![two]),
        ("type=email", vec![two, one]),
        ("type=domain", vec![three]),
        ("type=account", vec![]),
        ("reason_code=fraud", vec![three, one]),
        ("reason_code=abuse&state=standing", vec![four]),
        ("reason_code=abuse&state=standing&type=email", vec![]),
    ] {
        let answer = list(&shop, query).await;
        assert_eq!(
            (answer.status, values(&answer), &answer.body["next"]),
            (200, wanted.iter().map(|value| (*value).to_owned()).collect(), &Value::Null),
            "{query}"
        );
    }
    assert!(!list(&shop, "").await.body.to_string().contains("For staff alone."), "notes are for whoever opens a block");
    Ok(())
}

#[tokio::test]
async fn a_long_list_comes_in_pages_and_each_block_once() -> Outcome {
    let shop = Shop::open().await?;
    let mut expected = Vec::new();
    for number in 0..230 {
        let email = format!("customer-{number}@example.com");
        let lifetime = (number % 10 != 0).then(|| Duration::from_secs(1));
        shop.block(BlockRule::Email(EmailAddress::parse(&email)?), &Scope::ALL, lifetime).await?;
        expected.insert(0, email);
        // Some in the same second.
        if number % 3 == 0 {
            shop.wait(1);
        }
    }
    shop.wait(1);
    for (state, wanted) in [("all", 230), ("standing", 23), ("expired", 207), ("lifted", 0)] {
        let (mut seen, mut pages, mut before) = (Vec::new(), 0, String::new());
        loop {
            let page = list(&shop, &format!("state={state}{before}")).await;
            assert!(values(&page).len() <= 100);
            seen.extend(values(&page));
            pages += 1;
            match page.body["next"].as_str() {
                Some(next) => before = format!("&before={next}"),
                None => break,
            }
        }
        assert_eq!((seen.len(), seen.iter().collect::<BTreeSet<_>>().len()), (wanted, wanted), "{state}");
        assert!(pages <= 4, "{state}: {pages}");
        if state == "all" {
            let position = |email: &String| expected.iter().position(|known| known == email).unwrap_or_default() / 3;
            assert!(seen.iter().map(position).collect::<Vec<_>>().windows(2).all(|pair| pair[0] <= pair[1] + 1), "the newest first");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_shop_lists_its_own_blocks_for_keys_that_read_and_for_right_questions() -> Outcome {
    let shop = Shop::open().await?;
    shop.open_beside("other").await?;
    let others = shop.key_at("other", Role::Owner).await?;
    block(&shop, "email", "one@example.com", "fraud", None).await?;
    let elsewhere = shop.ask("list-blocks").at("other").bearer(&others).send().await;
    assert_eq!(elsewhere.body, json!({"blocks": [], "next": null}));
    let support = shop.key(Role::Support).await?;
    assert_eq!(values(&shop.ask("list-blocks").bearer(&support).send().await), ["one@example.com"]);
    for (query, field, code) in [
        ("state=blocked", "state", "not_one_of_the_values"),
        ("type=person", "type", "not_one_of_the_values"),
        ("reason_code=mood", "reason_code", "not_one_of_the_values"),
        ("before=nowhere", "before", "invalid_place"),
        ("state=all&state=lifted", "state", "duplicate"),
        // An address has no place in a URL: whoever tries is told so by the first try.
        ("value=one%40example.com", "", "unknown_field"),
    ] {
        assert_eq!(list(&shop, query).await.invalid_field(), (field.to_owned(), code.to_owned()), "{query}");
    }
    Ok(())
}
