//! `list-accounts`: the shop's customers and their segments, page by page, as JSON and as files.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use serde_json::{Value, json};
use shared::{
    crypto::random,
    domain::{
        account::{Account, AccountStatus},
        block::{BlockRule, Scope},
        email_address::EmailAddress,
        identifier::AccountId,
        locale::Locale,
        person_name::PersonName,
        role::Role,
    },
};
use tests::{Answer, Failure, Outcome, Shop, text};

async fn list(shop: &Shop, query: &str) -> Answer {
    shop.ask("list-accounts").query(query).bearer(&shop.owner_key).send().await
}

/// The addresses on a page, in its order.
fn emails(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{answer:?}");
    let accounts = answer.body["accounts"].as_array().cloned().unwrap_or_default();
    accounts.iter().map(|account| account["email"].as_str().unwrap_or_default().to_owned()).collect()
}

/// The addresses that a filter finds.
async fn found(shop: &Shop, query: &str) -> BTreeSet<String> {
    emails(&list(shop, query).await).into_iter().collect()
}

/// Every page from the first to the last: what each customer is named by, in the order of the pages.
async fn from_first_to_last(shop: &Shop, filter: &str) -> Result<Vec<String>, Failure> {
    let (mut names, mut query) = (Vec::new(), filter.to_owned());
    loop {
        let page = list(shop, &query).await;
        let accounts = page.body["accounts"].as_array().ok_or_else(|| format!("{page:?}"))?;
        names.extend(accounts.iter().map(|account| account["account_id"].as_str().unwrap_or_default().to_owned()));
        let Some(next) = page.body["next"].as_str() else { return Ok(names) };
        query = format!("{filter}&before={next}");
    }
}

/// Has an account stand that was opened so many seconds ago.
async fn open(shop: &Shop, email: &str, seconds_ago: u64) -> Result<AccountId, Failure> {
    let id = AccountId::from_random(random::bytes()?);
    let since = shop.clock.now().minus(Duration::from_secs(seconds_ago));
    shop.open_account(&Account::open(id.clone(), EmailAddress::parse(email)?, None, None, None, since)).await?;
    Ok(id)
}

async fn annotate(shop: &Shop, id: &str, change: Value) -> Outcome {
    let mut body = change;
    body["account_id"] = json!(id);
    let answer = shop.ask("annotate-account").bearer(&shop.owner_key).json(&body).send().await;
    if answer.status == 200 { Ok(()) } else { Err(format!("{answer:?}").into()) }
}

fn set(emails: &[&str]) -> BTreeSet<String> {
    emails.iter().map(|email| (*email).to_owned()).collect()
}

#[tokio::test]
async fn a_customer_is_told_as_they_are_now_and_nothing_that_signs_in_is() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let opened = shop.clock.now().rfc3339();
    shop.wait(60);
    shop.ask("update-account").bearer(&ada.access_token()).json(&json!({"marketing_consent": true, "name": "Ada L."})).send().await;
    annotate(&shop, &ada.account_id(), json!({"add_tags": ["vip", "Berlin"], "types": ["donor"], "note": "Not for lists."})).await?;

    let answer = list(&shop, "").await;

    let entry = json!({"account_id": ada.account_id(), "email": "ada@example.com", "name": "Ada L.", "status": "active", "types": ["donor"],
        "tags": ["berlin", "vip"], "locale": "en", "marketing_consent": "given", "consent_at": shop.clock.now().rfc3339(),
        "created_at": opened, "orders": {"count": 0, "spent": {}, "last_at": null}, "undeliverable": null});
    assert_eq!((answer.status, &answer.body), (200, &json!({"accounts": [entry], "next": null})));
    assert_eq!(answer.headers["cache-control"], "no-store");
    Ok(())
}

#[tokio::test]
async fn the_newest_come_first_a_hundred_to_a_page_each_once() -> Outcome {
    let shop = Shop::open().await?;
    let mut opened = BTreeMap::new();
    // Some in the same second.
    for number in 0..230_u64 {
        opened.insert(open(&shop, &format!("customer-{number}@example.com"), number / 3).await?.as_str().to_owned(), number / 3);
    }
    shop.open_beside("other").await?;

    let names = from_first_to_last(&shop, "").await?;

    let ages: Vec<_> = names.iter().map(|name| opened[name]).collect();
    assert_eq!(names.len(), 230);
    assert_eq!(names.iter().cloned().collect::<BTreeSet<_>>(), opened.keys().cloned().collect());
    assert!(ages.is_sorted(), "{ages:?}");
    assert_eq!(list(&shop, "").await.body["accounts"].as_array().map(Vec::len), Some(100));
    let others = shop.key_at("other", Role::Support).await?;
    let answer = shop.ask("list-accounts").at("other").bearer(&others).send().await;
    assert_eq!(answer.body, json!({"accounts": [], "next": null}));
    Ok(())
}

#[tokio::test]
async fn each_filter_finds_its_segment_and_several_narrow_it() -> Outcome {
    let shop = Shop::open().await?;
    let account = |email: &str, locale: Option<&str>, days_ago: u64| -> Result<Account, Failure> {
        let since = shop.clock.now().minus(Duration::from_secs(days_ago * 86_400));
        let locale = locale.map(Locale::parse).transpose()?;
        Ok(Account::open(AccountId::from_random(random::bytes()?), EmailAddress::parse(email)?, None, None, locale, since))
    };
    let ada = account("ada@example.com", Some("fr-CA"), 1)?;
    let bob = Account { status: AccountStatus::Invited, ..account("bob@example.com", Some("FR"), 10)? };
    let eve = account("eve@example.com", Some("frr"), 20)?;
    let kim = Account { status: AccountStatus::Closed, ..account("kim@example.com", None, 30)? };
    for account in [&ada, &bob, &eve, &kim] {
        shop.open_account(account).await?;
    }
    let zoe = shop.customer("zoe@example.com").await?;
    shop.ask("update-account").bearer(&zoe.access_token()).json(&json!({"marketing_consent": false})).send().await;
    annotate(&shop, ada.id.as_str(), json!({"add_tags": ["vip"], "types": ["customer", "donor"]})).await?;
    annotate(&shop, kim.id.as_str(), json!({"add_tags": ["vip", "late"], "types": ["member"]})).await?;
    shop.block(BlockRule::Email(eve.email.clone()), &[Scope::Checkout], Some(Duration::from_secs(600))).await?;

    let today = shop.clock.now();
    let day = |days_ago: u64| today.minus(Duration::from_secs(days_ago * 86_400)).day();
    for (query, segment) in [
        ("type=donor".to_owned(), set(&["ada@example.com"])),
        ("type=subscriber".to_owned(), set(&[])),
        ("tag=VIP".to_owned(), set(&["ada@example.com", "kim@example.com"])),
        ("status=active".to_owned(), set(&["ada@example.com", "zoe@example.com"])),
        ("status=invited".to_owned(), set(&["bob@example.com"])),
        ("status=closed".to_owned(), set(&["kim@example.com"])),
        ("status=blocked".to_owned(), set(&["eve@example.com"])),
        ("locale=fr".to_owned(), set(&["ada@example.com", "bob@example.com"])),
        ("locale=fr-ca".to_owned(), set(&["ada@example.com"])),
        ("consent=refused".to_owned(), set(&["zoe@example.com"])),
        ("consent=given".to_owned(), set(&[])),
        ("consent=unasked&status=closed".to_owned(), set(&["kim@example.com"])),
        (format!("created_from={}", day(10)), set(&["ada@example.com", "bob@example.com", "zoe@example.com"])),
        (format!("created_until={}", day(20)), set(&["eve@example.com", "kim@example.com"])),
        (format!("created_from={}&created_until={}", day(20), day(10)), set(&["bob@example.com", "eve@example.com"])),
        (format!("created_from={}&created_until={}", day(9), day(2)), set(&[])),
        ("tag=vip&type=member&status=closed".to_owned(), set(&["kim@example.com"])),
        ("tag=vip&status=invited".to_owned(), set(&[])),
    ] {
        assert_eq!(found(&shop, &query).await, segment, "{query}");
    }
    shop.wait(601);
    assert_eq!(found(&shop, "status=blocked").await, set(&[]), "a block that has ended");
    Ok(())
}

#[tokio::test]
async fn segments_are_made_of_orders_and_spend_with_an_account_and_without() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait(60);
    shop.customer("bob@example.com").await?;
    let order = async |reference: &str, whose: Value| {
        let answer = shop.order(reference, whose).await;
        assert_eq!(answer.status, 200, "{answer:?}");
    };
    // Ada has ordered twice signed in, and once as a guest; Gil only as a guest.
    order("1", json!({"account_id": ada.account_id()})).await;
    order("2", json!({"account_id": ada.account_id(), "currency": "USD", "total": 100})).await;
    order("3", json!({"email": "ada@example.com", "total": 10})).await;
    shop.wait(60);
    order("4", json!({"email": "gil@example.com", "total": 5_000})).await;

    let all = ["ada@example.com", "bob@example.com", "gil@example.com"];
    for (query, segment) in [
        ("", set(&all)),
        ("has_account=true", set(&all[..2])),
        ("has_account=false", set(&all[2..])),
        ("orders_at_least=1", set(&["ada@example.com", "gil@example.com"])),
        ("orders_at_least=3", set(&["ada@example.com"])),
        ("orders_at_least=4", set(&[])),
        ("orders_at_most=0", set(&["bob@example.com"])),
        ("orders_at_least=1&orders_at_most=1", set(&["gil@example.com"])),
        ("spent_at_least=EUR5000", set(&["ada@example.com", "gil@example.com"])),
        ("spent_at_least=EUR5001", set(&[])),
        ("spent_at_least=USD100", set(&["ada@example.com"])),
        ("spent_at_least=EUR5000&has_account=true", set(&["ada@example.com"])),
        ("status=active&orders_at_least=1", set(&["ada@example.com"])),
        ("consent=unasked&has_account=false", set(&["gil@example.com"])),
        ("locale=en&orders_at_least=1", set(&["ada@example.com"])),
    ] {
        assert_eq!(found(&shop, query).await, segment, "{query}");
    }

    let guest = list(&shop, "has_account=false").await;
    let now = shop.clock.now().rfc3339();
    let entry = json!({"account_id": null, "email": "gil@example.com", "name": null, "status": null, "types": [], "tags": [],
        "locale": null, "marketing_consent": "unasked", "consent_at": null, "created_at": now,
        "orders": {"count": 1, "spent": {"EUR": 5_000}, "last_at": now}, "undeliverable": null});
    assert_eq!(guest.body["accounts"], json!([entry]));
    let file = list(&shop, "orders_at_least=3&format=csv").await;
    assert!(file.raw.contains(",\"3\",\"EUR5000, USD100\",\""), "{}", file.raw);

    // A guest who opens an account is listed with it, once.
    shop.customer("gil@example.com").await?;
    assert_eq!(emails(&list(&shop, "orders_at_least=1&orders_at_most=1").await), ["gil@example.com"]);
    assert_eq!(found(&shop, "has_account=false").await, set(&[]));
    Ok(())
}

#[tokio::test]
async fn a_page_may_be_short_and_the_list_is_whole() -> Outcome {
    let shop = Shop::open().await?;
    let needle = open(&shop, "needle@example.com", 5_000).await?;
    annotate(&shop, needle.as_str(), json!({"add_tags": ["needle"]})).await?;
    for number in 0..1_050_u64 {
        open(&shop, &format!("customer-{number}@example.com"), number).await?;
    }
    let first = list(&shop, "tag=needle").await;
    assert_eq!(emails(&first), Vec::<String>::new(), "a thousand were looked at");
    let next = first.text("/next");
    assert!(!next.is_empty());
    let second = list(&shop, &format!("tag=needle&before={next}")).await;
    assert_eq!((emails(&second), &second.body["next"]), (vec!["needle@example.com".to_owned()], &Value::Null));

    let file = list(&shop, "format=csv").await;
    assert_eq!(file.raw.lines().count(), 1 + 1_000, "the columns, and as many rows as are looked at");
    let link = file.headers.get("link").and_then(|link| link.strip_prefix("<?")?.strip_suffix(">; rel=\"next\"")).ok_or("no link")?;
    let rest = list(&shop, link).await;
    assert_eq!((rest.raw.lines().count(), rest.headers.get("link")), (1 + 51, None));
    Ok(())
}

#[tokio::test]
async fn a_file_is_csv_in_which_no_cell_is_a_formula() -> Outcome {
    let shop = Shop::open().await?;
    let names = ["=cmd|' /C calc'!A0", "+1+1", "-2+3+cmd|' /C calc'!A0", "＝1+1", "\"Ada\", Countess", "Zoë; Müller"];
    for (number, name) in names.iter().enumerate() {
        let email = EmailAddress::parse(&format!("{}@example.com", ["=1+1", "+ada", "-ada", "a1", "a2", "a3"][number]))?;
        let since = shop.clock.now().minus(Duration::from_secs(number as u64));
        let id = AccountId::from_random(random::bytes()?);
        shop.open_account(&Account::open(id.clone(), email, None, Some(PersonName::parse(name)?), None, since)).await?;
        annotate(&shop, id.as_str(), json!({"add_tags": ["@home", "vip"]})).await?;
    }

    let file = list(&shop, "format=csv").await;

    assert_eq!((file.status, &*file.headers["content-type"]), (200, "text/csv; charset=utf-8"));
    assert_eq!(file.headers["content-disposition"], "attachment; filename=\"list-accounts.csv\"");
    let mut rows = file.raw.split("\r\n");
    let columns = "\u{feff}\"account_id\",\"email\",\"name\",\"status\",\"types\",\"tags\",\"locale\",\"marketing_consent\",\"consent_at\",\"created_at\",\"orders\",\"spent\",\"last_order_at\",\"undeliverable\"";
    assert_eq!(rows.next(), Some(columns));
    for (cells, row) in [
        "\"'=1+1@example.com\",\"'=cmd|' /C calc'!A0\"",
        "\"'+ada@example.com\",\"'+1+1\"",
        "\"'-ada@example.com\",\"'-2+3+cmd|' /C calc'!A0\"",
        "\"a1@example.com\",\"'＝1+1\"",
        "\"a2@example.com\",\"\"\"Ada\"\", Countess\"",
        "\"a3@example.com\",\"Zoë; Müller\"",
    ]
    .into_iter()
    .zip(rows.by_ref())
    {
        let whole = format!(",{cells},\"active\",\"\",\"'@home, vip\",\"\",\"unasked\",\"\",\"");
        assert!(row.starts_with("\"acc_") && row.contains(&whole) && row.ends_with("Z\",\"0\",\"\",\"\",\"\""), "{row}");
    }
    assert_eq!(rows.collect::<Vec<_>>(), [""], "a file ends with its last row");
    Ok(())
}

#[tokio::test]
async fn a_file_takes_a_store_manager() -> Outcome {
    let shop = Shop::open().await?;
    shop.customer("ada@example.com").await?;
    for (role, page, file) in [(Role::Checkout, 403, 403), (Role::Support, 200, 403), (Role::StoreManager, 200, 200)] {
        let key = shop.key(role).await?;
        for (query, status) in [("format=json", page), ("format=csv", file)] {
            let answer = shop.ask("list-accounts").query(query).bearer(&key).send().await;
            assert_eq!(answer.status, status, "{role:?} {query}");
            assert_eq!(answer.raw.contains("ada@example.com"), status == 200);
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_look_is_recorded_with_its_filters_and_a_stranger_has_nothing_looked_up() -> Outcome {
    let shop = Shop::open().await?;
    list(&shop, "tag=vip&consent=given&format=csv").await;
    let table = shop.table().await?;
    let record = table.0.iter().find(|item| text(item, "action") == "list-accounts").ok_or("nothing was recorded")?;
    assert_eq!(text(record, "subject"), "accounts");
    assert_eq!(text(record, "note"), r#"{"tag":"vip","consent":"given","format":"csv"}"#);

    shop.round_trips.reset();
    let stranger =
        shop.ask("list-accounts").bearer("vsk_aaaaaaaaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa").send().await;
    assert_eq!((stranger.status, shop.round_trips.in_sequence() <= 2), (401, true), "the key, and the record of its refusal");
    assert_eq!(shop.table().await?.0.iter().filter(|item| text(item, "action") == "list-accounts").count(), 1);
    Ok(())
}

#[tokio::test]
async fn whoever_was_erased_is_gone_and_whoever_has_closed_is_there() -> Outcome {
    let shop = Shop::open().await?;
    for (email, mode) in [("ada@example.com", "close"), ("eve@example.com", "erase")] {
        let customer = shop.customer(email).await?;
        let deleted = shop.ask("delete-account").bearer(&customer.access_token()).json(&json!({"mode": mode})).send().await;
        assert_eq!(deleted.status, 202);
    }
    let answer = list(&shop, "").await;
    assert_eq!((emails(&answer), answer.text("/accounts/0/status")), (vec!["ada@example.com".to_owned()], "closed".to_owned()));
    assert!(!list(&shop, "format=csv").await.raw.contains("eve@"));
    Ok(())
}

#[tokio::test]
async fn a_query_that_it_does_not_know_is_refused_and_nothing_recorded() -> Outcome {
    let shop = Shop::open().await?;
    let before = shop.table().await?.0.len();
    for (query, field, code) in [
        ("type=friend", "type", "not_one_of_the_values"),
        ("tag=a%2Cb", "tag", "invalid_characters"),
        ("status=erased", "status", "not_one_of_the_values"),
        ("locale=french", "locale", "invalid_language_tag"),
        ("consent=true", "consent", "not_one_of_the_values"),
        ("created_from=2026-02-30", "created_from", "invalid_day"),
        ("created_until=today", "created_until", "invalid_day"),
        ("has_account=yes", "has_account", "not_one_of_the_values"),
        ("orders_at_least=-1", "orders_at_least", "invalid_number"),
        ("orders_at_most=many", "orders_at_most", "invalid_number"),
        ("spent_at_least=5000", "spent_at_least", "invalid_amount"),
        ("spent_at_least=XXQ5000", "spent_at_least", "invalid_amount"),
        ("before=1", "before", "invalid_place"),
        ("format=xlsx", "format", "not_one_of_the_values"),
        ("email=ada%40example.com", "", "unknown_field"),
        ("tag=a&tag=b", "tag", "duplicate"),
    ] {
        let answer = list(&shop, query).await;
        assert_eq!((answer.status, answer.invalid_field()), (422, (field.to_owned(), code.to_owned())), "{query}");
    }
    assert_eq!(shop.table().await?.0.len(), before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn whoever_is_there_all_the_time_is_listed_once_while_others_come_move_and_go() -> Outcome {
    let shop = Shop::open().await?;
    let mut stay = BTreeSet::new();
    let mut movers = Vec::new();
    for number in 0..3 {
        let mover = shop.customer(&format!("mover-{number}@example.com")).await?;
        stay.insert(mover.account_id());
        movers.push(mover);
    }
    for number in 0..240_u64 {
        stay.insert(open(&shop, &format!("customer-{number}@example.com"), 10 + number).await?.as_str().to_owned());
    }
    let mut leavers = Vec::new();
    for number in 0..12_u64 {
        leavers.push(open(&shop, &format!("leaver-{number}@example.com"), 20 * number).await?);
    }

    let (ended, annotated) = (AtomicBool::new(false), stay.iter().take(40).cloned().collect::<Vec<_>>());
    let writing = async {
        let moving = async {
            for (number, mover) in movers.iter().enumerate() {
                shop.moved(mover, &format!("moved-{number}@new.example")).await?;
            }
            Outcome::Ok(())
        };
        let coming = async {
            for number in 0..80 {
                open(&shop, &format!("newcomer-{number}@example.com"), number % 7).await?;
            }
            Outcome::Ok(())
        };
        let changing = async {
            for id in &annotated {
                annotate(&shop, id, json!({"add_tags": ["changed"]})).await?;
            }
            Outcome::Ok(())
        };
        let leaving = async {
            for id in &leavers {
                let body = json!({"account_id": id, "mode": "erase", "note": "Asked for it."});
                assert_eq!(shop.ask("admin/delete-account").bearer(&shop.owner_key).json(&body).send().await.status, 202);
            }
            Outcome::Ok(())
        };
        let (moved, came, changed, left) = futures::join!(moving, coming, changing, leaving);
        ended.store(true, Ordering::Relaxed);
        moved.and(came).and(changed).and(left)
    };
    let reading = async {
        let mut times = 0;
        while !ended.load(Ordering::Relaxed) || times < 3 {
            let names = from_first_to_last(&shop, "").await?;
            let each: BTreeSet<_> = names.iter().cloned().collect();
            assert_eq!(each.len(), names.len(), "nobody is listed twice");
            assert_eq!(stay.difference(&each).collect::<Vec<_>>(), Vec::<&String>::new(), "nobody is left out");
            times += 1;
        }
        Outcome::Ok(())
    };
    let (written, read) = futures::join!(writing, reading);
    written?;
    read?;

    let last: BTreeSet<_> = from_first_to_last(&shop, "").await?.into_iter().collect();
    assert_eq!(last.len(), stay.len() + 80, "whoever came is there, and whoever left is not");
    assert!(leavers.iter().all(|id| !last.contains(id.as_str())));
    assert_eq!(from_first_to_last(&shop, "tag=changed").await?.len(), 40);
    Ok(())
}

#[tokio::test]
async fn an_index_that_is_behind_a_move_hides_nobody() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.customer("bob@example.com").await?;
    shop.moved(&ada, "ada@new.example").await?;
    shop.leave_indexes_behind("ada@example.com", "ada@new.example").await?;
    assert_eq!(found(&shop, "").await, set(&["ada@new.example", "bob@example.com"]));
    Ok(())
}
