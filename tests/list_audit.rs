//! `list-audit`: who did what, when, from where and why.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use shared::domain::{place::Place, role::Role, timestamp::Timestamp};
use tests::{Answer, Failure, Outcome, Shop};

fn events(answer: &Answer) -> Result<Vec<Value>, Failure> {
    assert_eq!(answer.status, 200, "{answer:?}");
    Ok(answer.body["events"].as_array().ok_or("no list")?.clone())
}

async fn found(shop: &Shop, query: &str) -> Result<Vec<Value>, Failure> {
    events(&shop.ask("list-audit").query(query).bearer(&shop.owner_key).send().await)
}

fn key_id(key: &str) -> String {
    format!("key_{}", key.split('_').nth(1).unwrap_or_default())
}

/// Makes a key and tells its name.
async fn made(shop: &Shop, by: &str, label: &str) -> String {
    let made = shop.ask("create-key").bearer(by).from([203, 0, 113, 5]).json(&json!({"role": "checkout", "label": label})).send().await;
    made.text("/key_id")
}

#[tokio::test]
async fn an_event_tells_who_did_what_to_whom_when_from_where_and_why() -> Outcome {
    let shop = Shop::open().await?;
    let key = made(&shop, &shop.owner_key, "Till").await;
    shop.wait(7);
    let note = json!({"key_id": key, "note": "The laptop was stolen."});
    shop.ask("revoke-key").bearer(&shop.owner_key).from([203, 0, 113, 6]).json(&note).send().await;

    let events = found(&shop, &format!("subject={key}")).await?;

    let [revoked, created] = events.as_slice() else { return Err(format!("{events:?}").into()) };
    let owner = json!({"kind": "key", "id": key_id(&shop.owner_key), "role": "owner"});
    assert_eq!(
        *revoked,
        json!({"id": revoked["id"], "at": shop.clock.now().rfc3339(), "actor": owner, "action": "revoke-key", "subject": key,
            "from": "203.0.113.6", "times": null, "note": "The laptop was stolen."})
    );
    assert_eq!((&created["action"], &created["from"], &created["note"]), (&json!("create-key"), &json!("203.0.113.5"), &Value::Null));
    assert_eq!(created["actor"], owner);
    Ok(())
}

#[tokio::test]
async fn the_pages_of_today_go_on_after_midnight() -> Outcome {
    let shop = Shop::open().await?;
    for label in ["first", "second", "third"] {
        made(&shop, &shop.owner_key, label).await;
        shop.wait(1);
    }
    let today = found(&shop, "action=create-key").await?;
    let newest = today.first().and_then(|event| event["id"].as_str()).ok_or("nothing was recorded")?;
    let place = Place::new(Timestamp::from_unix_seconds(shop.clock.now().unix_seconds() - 1), newest);

    shop.wait_a_day();

    let rest = found(&shop, &format!("action=create-key&before={}", place.as_str())).await?;
    assert_eq!(rest, today[1..]);
    Ok(())
}

#[tokio::test]
async fn events_are_found_by_their_day_their_actor_their_subject_and_what_was_done() -> Outcome {
    let shop = Shop::open().await?;
    let administrator = shop.key(Role::Administrator).await?;
    let yesterday = shop.clock.now().day();
    let first = made(&shop, &administrator, "first").await;
    shop.wait_a_day();
    let second = made(&shop, &administrator, "second").await;
    shop.ask("revoke-key").bearer(&shop.owner_key).json(&json!({"key_id": first})).send().await;
    shop.open_beside("other").await?;
    let others = shop.key_at("other", Role::Owner).await?;
    assert_eq!(shop.ask("create-key").at("other").bearer(&others).json(&json!({"role": "support", "label": "x"})).send().await.status, 201);

    let subjects = async |query: &str| -> Result<BTreeSet<String>, Failure> {
        Ok(found(&shop, query).await?.iter().map(|event| format!("{} {}", event["action"], event["subject"])).collect())
    };
    let set = |events: &[(&str, &str)]| events.iter().map(|(action, subject)| format!("\"{action}\" \"{subject}\"")).collect();
    let (owner, of_administrator) = (key_id(&shop.owner_key), key_id(&administrator));
    let created = [("create-key", of_administrator.as_str()), ("create-key", &first)];
    let of_the_day = [created[0], created[1], ("create-store", &owner)];
    assert_eq!(subjects(&format!("day={yesterday}")).await?, set(&of_the_day), "a day");
    assert_eq!(subjects("action=create-key").await?, set(&[("create-key", &second)]), "today, if nothing else is said");
    assert_eq!(subjects(&format!("actor={of_administrator}")).await?, set(&[("create-key", &first), ("create-key", &second)]), "a key");
    assert_eq!(subjects(&format!("subject={first}")).await?, set(&[("create-key", &first), ("revoke-key", &first)]), "a subject");
    let both = format!("actor={of_administrator}&subject={first}");
    assert_eq!(subjects(&both).await?, set(&[("create-key", &first)]), "what one did to the other");
    assert_eq!(subjects(&format!("actor={owner}&day={yesterday}")).await?, set(&created[..1]), "what a key did on a day");
    assert_eq!(subjects(&format!("actor={owner}&day={yesterday}&action=revoke-key")).await?, set(&[]), "nothing of this kind");
    assert_eq!(subjects("day=2001-01-01").await?, set(&[]), "a day without anything");
    Ok(())
}

#[tokio::test]
async fn a_look_at_the_record_is_recorded_and_finds_others_but_not_itself() -> Outcome {
    let shop = Shop::open().await?;
    let administrator = shop.key(Role::Administrator).await?;
    let today = shop.clock.now().day();
    let asked = key_id(&administrator);
    let first = shop.ask("list-audit").query(&format!("subject={asked}")).bearer(&administrator).from([203, 0, 113, 9]).send().await;
    assert_eq!(events(&first)?.len(), 1, "that the key was made");

    let looks = found(&shop, "action=list-audit").await?;
    assert_eq!(looks.len(), 1, "not its own");
    let seen: Vec<_> =
        ["/actor/id", "/subject", "/from"].iter().map(|field| looks[0].pointer(field).cloned().unwrap_or_default()).collect();
    assert_eq!(seen, [json!(asked), json!(asked), json!("203.0.113.9")]);
    let again = found(&shop, "action=list-audit").await?;
    let subjects: BTreeSet<_> = again.iter().filter_map(|event| event["subject"].as_str()).collect();
    assert_eq!(subjects, BTreeSet::from([asked.as_str(), today.as_str()]));
    Ok(())
}

#[tokio::test]
async fn many_events_come_in_pages_newest_first_and_each_once() -> Outcome {
    let shop = Shop::open().await?;
    let administrator = shop.key(Role::Administrator).await?;
    for number in 0..230 {
        made(&shop, &administrator, "one of many").await;
        if number % 3 == 0 {
            shop.wait(1);
        }
    }
    let of_administrator = format!("actor={}", key_id(&administrator));
    for search in ["action=create-key", of_administrator.as_str()] {
        let (mut seen, mut pages, mut before) = (Vec::new(), 0, String::new());
        loop {
            let page = shop.ask("list-audit").query(&format!("{search}{before}")).bearer(&shop.owner_key).send().await;
            seen.extend(events(&page)?);
            pages += 1;
            let Some(next) = page.body["next"].as_str() else { break };
            before = format!("&before={next}");
        }
        let made = seen.iter().filter(|event| event["actor"]["id"] == key_id(&administrator)).count();
        assert_eq!((made, pages), (230, 3), "{search}");
        assert_eq!(seen.iter().map(|event| event["id"].to_string()).collect::<BTreeSet<_>>().len(), seen.len(), "{search}");
        let moments: Vec<_> = seen.iter().map(|event| event["at"].to_string()).collect();
        assert!(moments.is_sorted_by(|newer, older| newer >= older), "{search}");
    }
    Ok(())
}

#[tokio::test]
async fn a_file_has_the_same_events_and_no_cell_that_is_a_formula() -> Outcome {
    let shop = Shop::open().await?;
    for _ in 0..110 {
        made(&shop, &shop.owner_key, "Till").await;
    }
    let key = made(&shop, &shop.owner_key, "Till").await;
    shop.wait(1);
    let note = json!({"key_id": key, "note": "=HYPERLINK(\"http://evil.example\",\"x\")\nsecond line"});
    shop.ask("revoke-key").bearer(&shop.owner_key).json(&note).send().await;

    let ask = |query: &str| shop.ask("list-audit").query(query).bearer(&shop.owner_key).send();
    let file = ask("action=revoke-key&format=csv").await;
    let event = found(&shop, "action=revoke-key").await?.pop().ok_or("no event")?;

    assert_eq!(file.headers["content-type"], "text/csv; charset=utf-8");
    assert_eq!(file.headers["content-disposition"], "attachment; filename=\"list-audit.csv\"");
    let cell = |pointer: &str| event.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    let row = format!(
        "\"{}\",\"revoke-key\",\"{key}\",\"key\",\"{}\",\"owner\",\"192.0.2.1\",\"\",\"'=HYPERLINK(\"\"http://evil.example\"\",\"\"x\"\")\nsecond line\",\"{}\"\r\n",
        cell("/at"),
        key_id(&shop.owner_key),
        cell("/id"),
    );
    assert!(
        file.raw.starts_with(
            "\u{feff}\"at\",\"action\",\"subject\",\"actor\",\"actor_id\",\"actor_role\",\"from\",\"times\",\"note\",\"id\"\r\n"
        )
    );
    assert!(file.raw.ends_with(&row), "{}", file.raw);

    let today = shop.clock.now().day();
    let first = ask(&format!("day={today}&format=csv")).await;
    let link = first.headers.get("link").ok_or("there is more")?;
    let next = link.strip_prefix("<?").and_then(|link| link.strip_suffix(">; rel=\"next\"")).ok_or("a link to the next page")?;
    assert!(next.starts_with(&format!("day={today}&format=csv&before=")), "{next}");
    let second = ask(next).await;
    let rows = |file: &Answer| file.raw.lines().filter(|line| line.contains("\"create-key\"")).count();
    assert_eq!((rows(&first) + rows(&second), second.headers.get("link")), (111, None));
    Ok(())
}

#[tokio::test]
async fn a_query_that_it_does_not_know_is_refused_and_nothing_recorded() -> Outcome {
    let shop = Shop::open().await?;
    let before = shop.table().await?.0.len();
    for (query, field, code) in [
        ("day=yesterday", "day", "invalid_day"),
        ("day=2026-02-30", "day", "invalid_day"),
        ("actor=ada", "actor", "invalid_identifier"),
        ("subject=ada%40example.com", "subject", "invalid_subject"),
        ("action=Revoke", "action", "invalid_action"),
        ("before=nowhere", "before", "invalid_place"),
        ("format=xml", "format", "not_one_of_the_values"),
        ("key_id=key_aaaaaaaaaaaaaaaa", "", "unknown_field"),
        ("action=sign-in&action=sign-out", "action", "duplicate"),
    ] {
        let answer = shop.ask("list-audit").query(query).bearer(&shop.owner_key).send().await;
        assert_eq!(answer.invalid_field(), (field.to_owned(), code.to_owned()), "{query}");
    }
    assert_eq!(shop.table().await?.0.len(), before);
    Ok(())
}
