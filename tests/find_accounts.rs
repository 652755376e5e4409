//! `find-accounts`: by an address or its beginning, neither of which stands in a URL, a log or the table's keys.

use serde_json::{Value, json};
use tests::{Answer, Failure, Outcome, Shop, text};

async fn find(shop: &Shop, body: Value) -> Answer {
    shop.ask("find-accounts").bearer(&shop.owner_key).json(&body).send().await
}

fn emails(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{answer:?}");
    let accounts = answer.body["accounts"].as_array().cloned().unwrap_or_default();
    let mut emails: Vec<_> = accounts.iter().map(|account| account["email"].as_str().unwrap_or_default().to_owned()).collect();
    emails.sort();
    emails
}

async fn beginning(shop: &Shop, prefix: &str) -> Vec<String> {
    emails(&find(shop, json!({"email_prefix": prefix})).await)
}

#[tokio::test]
async fn a_whole_address_finds_its_account_in_any_spelling() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.customer("ada@example.org").await?;
    for typed in ["ada@example.com", "Ada@EXAMPLE.com"] {
        let answer = find(&shop, json!({"email": typed})).await;
        assert_eq!((emails(&answer), answer.text("/accounts/0/account_id")), (vec![ada.email.clone()], ada.account_id()));
        assert_eq!(answer.body["next"], Value::Null);
    }
    assert_eq!(emails(&find(&shop, json!({"email": "nobody@example.com"})).await), Vec::<String>::new());
    Ok(())
}

#[tokio::test]
async fn a_beginning_finds_those_who_begin_like_this_and_no_others() -> Outcome {
    let shop = Shop::open().await?;
    for email in ["ada@example.com", "adam@example.com", "adele@example.org", "a.da@example.com", "bob@ada.example"] {
        shop.imported(email, "a password").await?;
    }
    for (prefix, expected) in [
        ("ada", vec!["ada@example.com", "adam@example.com"]),
        ("ADA@", vec!["ada@example.com"]),
        ("ada@example.com", vec!["ada@example.com"]),
        ("ada@example.com.", vec![]),
        ("ade", vec!["adele@example.org"]),
        ("bob@ada", vec!["bob@ada.example"]),
        ("zoe", vec![]),
    ] {
        assert_eq!(beginning(&shop, prefix).await, expected, "{prefix}");
    }
    Ok(())
}

#[tokio::test]
async fn many_come_in_pages_each_once() -> Outcome {
    let shop = Shop::open().await?;
    for number in 0..130 {
        shop.imported(&format!("customer-{number:03}@example.com"), "a password").await?;
        shop.wait(u64::from(number % 3 == 0));
    }
    let first = find(&shop, json!({"email_prefix": "cust"})).await;
    let second = find(&shop, json!({"email_prefix": "cust", "before": first.text("/next")})).await;
    let mut all = emails(&first);
    assert_eq!(all.len(), 100);
    all.extend(emails(&second));
    all.sort();
    assert_eq!(all, (0..130).map(|number| format!("customer-{number:03}@example.com")).collect::<Vec<_>>());
    assert_eq!(second.body["next"], Value::Null);
    Ok(())
}

#[tokio::test]
async fn an_account_is_found_by_its_present_address_alone_and_not_once_it_is_erased() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let session = shop.moved(&ada, "lovelace@example.com").await?;
    assert_eq!((beginning(&shop, "ada").await, beginning(&shop, "love").await), (vec![], vec!["lovelace@example.com".to_owned()]));
    assert_eq!(emails(&find(&shop, json!({"email": "ada@example.com"})).await), Vec::<String>::new());

    let erased = shop.ask("delete-account").bearer(&session.text("/access_token")).json(&json!({"mode": "erase"})).send().await;
    assert_eq!(erased.status, 202);
    assert_eq!(beginning(&shop, "love").await, Vec::<String>::new());
    assert_eq!(emails(&find(&shop, json!({"email": "lovelace@example.com"})).await), Vec::<String>::new());
    Ok(())
}

#[tokio::test]
async fn an_index_that_is_behind_a_move_hides_nobody() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.moved(&ada, "ada@new.example").await?;
    shop.leave_indexes_behind("ada@example.com", "ada@new.example").await?;
    let found = shop.ask("find-accounts").bearer(&shop.owner_key).json(&json!({"email_prefix": "ada@"})).send().await;
    assert_eq!((found.status, found.text("/accounts/0/email")), (200, "ada@new.example".to_owned()), "{found:?}");
    Ok(())
}

#[tokio::test]
async fn a_guest_is_found_by_the_address_of_their_orders() -> Outcome {
    let shop = Shop::open().await?;
    assert_eq!(shop.order("1", json!({"email": "gil@example.com"})).await.status, 200);
    for body in [json!({"email": "gil@example.com"}), json!({"email_prefix": "gil"})] {
        let answer = find(&shop, body).await;
        assert_eq!((emails(&answer), &answer.body["accounts"][0]["account_id"]), (vec!["gil@example.com".to_owned()], &Value::Null));
    }
    // With an account, they are one customer.
    shop.customer("gil@example.com").await?;
    assert_eq!(beginning(&shop, "gil").await, ["gil@example.com"]);
    Ok(())
}

#[tokio::test]
async fn a_customer_of_another_shop_is_not_found() -> Outcome {
    let shop = Shop::open().await?;
    shop.customer("ada@example.com").await?;
    shop.open_beside("other").await?;
    let others = shop.key_at("other", shared::domain::role::Role::Owner).await?;
    for body in [json!({"email": "ada@example.com"}), json!({"email_prefix": "ada"})] {
        let answer = shop.ask("find-accounts").at("other").bearer(&others).json(&body).send().await;
        assert_eq!(emails(&answer), Vec::<String>::new(), "{body}");
    }
    Ok(())
}

#[tokio::test]
async fn the_table_tells_neither_what_was_typed_nor_how_an_address_begins() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("qxz@example.com").await?;
    find(&shop, json!({"email_prefix": "qxz"})).await;
    find(&shop, json!({"email": "qxz@example.com"})).await;
    find(&shop, json!({"email": "marker-of-nobody@example.com"})).await;
    let table = shop.table().await?;
    let subjects = |action: &str| {
        let mut subjects: Vec<_> = table.0.iter().filter(|item| text(item, "action") == action).map(|item| text(item, "subject")).collect();
        subjects.sort();
        subjects
    };
    assert_eq!(subjects("find-accounts"), [ada.account_id(), "accounts".to_owned(), "accounts".to_owned()]);
    assert!(!table.holds("marker-of-nobody"));
    for item in &table.0 {
        for name in ["pk", "sk", "list", "search", "place"] {
            assert!(!text(item, name).contains("qxz"), "{name}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_is_no_beginning_or_not_one_thing_is_refused_by_its_field() -> Result<(), Failure> {
    let shop = Shop::open().await?;
    let before = shop.table().await?.0.len();
    for (body, field, code) in [
        (json!({}), "email", "either_email_or_email_prefix"),
        (json!({"email": null, "email_prefix": null}), "email", "either_email_or_email_prefix"),
        (json!({"email": "ada@example.com", "email_prefix": "ada"}), "email", "either_email_or_email_prefix"),
        (json!({"email": "ada"}), "email", "invalid_address"),
        (json!({"email_prefix": "ad"}), "email_prefix", "too_short"),
        (json!({"email_prefix": "a".repeat(255)}), "email_prefix", "too_long"),
        (json!({"email_prefix": "zoë@"}), "email_prefix", "invalid_characters"),
        (json!({"email_prefix": "ada@", "before": "1"}), "before", "invalid_place"),
    ] {
        let answer = find(&shop, body.clone()).await;
        assert_eq!((answer.status, answer.invalid_field()), (422, (field.to_owned(), code.to_owned())), "{body}");
    }
    assert_eq!(shop.table().await?.0.len(), before);
    Ok(())
}
