//! `annotate-account`: what staff write on a customer, and that none of it is lost.

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::{Value, json};
use shared::domain::role::Role;
use tests::{Answer, Customer, Failure, HeadStart, Outcome, Shop, text};

async fn annotate(shop: &Shop, account_id: &str, change: Value) -> Answer {
    let mut body = change;
    body["account_id"] = json!(account_id);
    shop.ask("annotate-account").bearer(&shop.owner_key).json(&body).send().await
}

fn texts(answer: &Answer) -> Vec<String> {
    let notes = answer.body["notes"].as_array().cloned().unwrap_or_default();
    notes.iter().map(|note| note["text"].as_str().unwrap_or_default().to_owned()).collect()
}

/// The proof of the new mailbox, by which Ada moves there.
async fn proof_of_a_move(shop: &Shop, ada: &Customer, to: &str) -> Result<Value, Failure> {
    shop.wait(60);
    let (challenge_id, code) = shop.challenge(&ada.email, "change-email").await?;
    let body = json!({"challenge_id": challenge_id, "code": code, "new_email": to});
    let asked = shop.ask("change-email").bearer(&ada.access_token()).json(&body).send().await;
    Ok(json!({"challenge_id": asked.text("/challenge_id"), "code": shop.code(to).await?}))
}

async fn moved(shop: &Shop, ada: &Customer, to: &str) -> Result<Answer, Failure> {
    let proof = proof_of_a_move(shop, ada, to).await?;
    Ok(shop.post("verify-code", proof).await)
}

#[tokio::test]
async fn tags_types_and_a_dated_note_with_its_author_stand_until_they_are_removed() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let by = format!("key_{}", shop.owner_key.split('_').nth(1).ok_or("a key has three parts")?);
    let change = json!({"add_tags": [" VIP ", "Early   Bird", "vip"], "types": ["donor", "customer"], "note": "Call after six."});

    let first = annotate(&shop, &ada.account_id(), change).await;

    assert_eq!(first.status, 200, "{first:?}");
    let note = json!({"note_id": first.text("/notes/0/note_id"), "at": shop.clock.now().rfc3339(), "by": by, "text": "Call after six."});
    assert_eq!(
        first.body,
        json!({"account_id": ada.account_id(), "tags": ["early bird", "vip"], "types": ["customer", "donor"], "notes": [note]})
    );

    shop.wait(60);
    let second = annotate(&shop, &ada.account_id(), json!({"remove_tags": ["VIP", "never was"], "note": "Moved to Berlin."})).await;
    assert_eq!((&second.body["tags"], &second.body["types"]), (&json!(["early bird"]), &json!(["customer", "donor"])));
    assert_eq!(texts(&second), ["Moved to Berlin.", "Call after six."]);

    let last = json!({"types": [], "remove_tags": ["early bird"], "remove_notes": [note["note_id"], "note_aaaaaaaaaaaaaaaa"]});
    let last = annotate(&shop, &ada.account_id(), last).await;
    assert_eq!((&last.body["tags"], &last.body["types"], texts(&last)), (&json!([]), &json!([]), vec!["Moved to Berlin.".to_owned()]));
    Ok(())
}

#[tokio::test]
async fn what_changes_nothing_writes_nothing() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    annotate(&shop, &ada.account_id(), json!({"add_tags": ["vip"], "types": ["member"]})).await;
    let before = shop.table().await?.0;
    for change in [
        json!({}),
        json!({"add_tags": ["VIP"]}),
        json!({"types": ["member", "member"]}),
        json!({"types": null, "note": null}),
        json!({"remove_tags": ["late"]}),
    ] {
        let answer = annotate(&shop, &ada.account_id(), change).await;
        assert_eq!((answer.status, &answer.body["tags"], &answer.body["types"]), (200, &json!(["vip"]), &json!(["member"])));
    }
    assert_eq!(shop.table().await?.0, before);
    Ok(())
}

#[tokio::test]
async fn the_record_names_the_account_and_does_not_repeat_the_words() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    annotate(&shop, &ada.account_id(), json!({"add_tags": ["vip"], "note": "Marker-of-a-note"})).await;
    let table = shop.table().await?;
    let record = table.0.iter().find(|item| text(item, "action") == "annotate-account").ok_or("nothing was recorded")?;
    assert_eq!(text(record, "subject"), ada.account_id());
    assert!(!format!("{record:?}").contains("Marker-of-a-note"));
    Ok(())
}

#[tokio::test]
async fn notes_stay_when_an_account_is_closed_and_go_when_it_is_erased() -> Outcome {
    for (mode, stay) in [("close", true), ("erase", false)] {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        annotate(&shop, &ada.account_id(), json!({"add_tags": ["marker-tag"], "note": "Marker-of-a-note"})).await;
        let deleted = shop.ask("delete-account").bearer(&ada.access_token()).json(&json!({"mode": mode})).send().await;
        assert_eq!(deleted.status, 202);
        let table = shop.table().await?;
        assert_eq!((table.holds("Marker-of-a-note"), table.holds("marker-tag")), (stay, stay), "{mode}");
        let late = annotate(&shop, &ada.account_id(), json!({"note": "Afterwards."})).await;
        assert_eq!(late.status, if stay { 200 } else { 404 }, "{mode}");
        assert_eq!(shop.table().await?.holds("Afterwards."), stay);
    }
    Ok(())
}

#[tokio::test]
async fn customers_see_nothing_of_it_but_their_tags_in_the_export() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    annotate(&shop, &ada.account_id(), json!({"add_tags": ["marker"], "note": "A marker of a note"})).await;
    let seen = shop.ask("view-account").bearer(&ada.access_token()).send().await;
    assert!(seen.status == 200 && !seen.body.to_string().contains("marker"));
    let exported = shop.ask("export-account").bearer(&ada.access_token()).send().await;
    assert!(exported.status == 200 && !exported.body.to_string().contains("A marker of a note"));
    assert_eq!(exported.body["tags"], json!(["marker"]));
    Ok(())
}

#[tokio::test]
async fn what_is_written_goes_along_to_another_address() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    annotate(&shop, &ada.account_id(), json!({"add_tags": ["vip"], "note": "Before."})).await;
    assert_eq!(moved(&shop, &ada, "ada@new.example").await?.status, 200);
    let after = annotate(&shop, &ada.account_id(), json!({"note": "After."})).await;
    assert_eq!((texts(&after), &after.body["tags"]), (vec!["After.".to_owned(), "Before.".to_owned()], &json!(["vip"])));
    assert_eq!(shop.table().await?.of("PROFILE").count(), 1);
    Ok(())
}

#[tokio::test]
async fn an_account_holds_fifty_tags_and_forty_notes_of_the_longest_and_still_moves() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let line = "\u{10348}".repeat(100);
    let address = json!({"country": "GB", "street": [line, line, line], "city": line, "organization": line, "name": line.get(..200), "postal_code": "SW1A 2AA"});
    let patch = json!({"shipping_address": address, "billing_address": address});
    let told = shop.ask("update-account").bearer(&ada.access_token()).json(&patch).send().await;
    assert_eq!(told.status, 200, "{told:?}");

    let tags: Vec<_> = (0..50).map(|number| format!("{number:02}{}", "\u{10348}".repeat(38))).collect();
    for some in tags.chunks(25) {
        assert_eq!(annotate(&shop, &ada.account_id(), json!({"add_tags": some})).await.status, 200);
    }
    for _ in 0..40 {
        let note = "\u{10348}".repeat(2_000);
        assert_eq!(annotate(&shop, &ada.account_id(), json!({"note": note})).await.status, 200);
    }
    let before = shop.table().await?.0;
    for (change, what) in [(json!({"add_tags": ["one more"]}), "50 tags"), (json!({"note": "One more."}), "40 notes")] {
        let refused = annotate(&shop, &ada.account_id(), change).await;
        assert_eq!(refused.refusal(), (409, "conflict".to_owned()));
        assert!(refused.text("/detail").contains(what), "{refused:?}");
    }
    assert_eq!(shop.table().await?.0, before);
    let exchange = json!({"add_tags": ["one more"], "remove_tags": [tags[0]]});
    assert_eq!(annotate(&shop, &ada.account_id(), exchange).await.status, 200);
    assert_eq!(moved(&shop, &ada, "ada@new.example").await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_written_is_refused_by_its_field() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    for (change, field, code) in [
        (json!({"add_tags": ["fine", " "]}), "add_tags[1]", "empty"),
        (json!({"add_tags": ["a,b"]}), "add_tags[0]", "invalid_characters"),
        (json!({"remove_tags": ["a".repeat(41)]}), "remove_tags[0]", "too_long"),
        (json!({"add_tags": "vip"}), "add_tags", "wrong_type"),
        (json!({"types": ["friend"]}), "types[0]", "not_one_of_the_values"),
        (json!({"note": "a".repeat(2_001)}), "note", "too_long"),
        (json!({"note": "a".repeat(2_001)}), "note", "too_long"),
        (json!({"remove_notes": ["1"]}), "remove_notes[0]", "invalid_identifier"),
        (json!({"author": "me"}), "", "unknown_field"),
    ] {
        let answer = annotate(&shop, &ada.account_id(), change.clone()).await;
        assert_eq!((answer.status, answer.invalid_field()), (422, (field.to_owned(), code.to_owned())), "{change}");
    }
    let nobody = annotate(&shop, "acc_aaaaaaaaaaaaaaaaaaaaaaaaaa", json!({"note": "Who?"})).await;
    assert_eq!(nobody.refusal(), (404, "not_found".to_owned()));
    Ok(())
}

#[tokio::test]
async fn an_account_of_another_shop_is_not_found() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.open_beside("other").await?;
    let others = shop.key_at("other", Role::Owner).await?;
    let body = json!({"account_id": ada.account_id(), "note": "Marker of another shop"});
    let answer = shop.ask("annotate-account").at("other").bearer(&others).json(&body).send().await;
    assert_eq!(answer.refusal(), (404, "not_found".to_owned()));
    assert!(!shop.table().await?.holds("Marker of another shop"));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twenty_who_write_at_the_same_moment_all_have_written() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let id = ada.account_id();
    let write =
        |number: usize| annotate(&shop, &id, json!({"add_tags": [format!("tag {number:02}")], "note": format!("note {number:02}")}));
    let (answers, named) = futures::join!(join_all((0..20).map(write)), async {
        let patch = json!({"name": "Ada L.", "marketing_consent": true});
        shop.ask("update-account").bearer(&ada.access_token()).json(&patch).send().await
    });
    assert!(answers.iter().all(|answer| answer.status == 200), "{answers:?}");
    assert_eq!(named.status, 200);
    let after = annotate(&shop, &id, json!({})).await;
    let expected = |what: &str| (0..20).map(|number| format!("{what} {number:02}")).collect::<BTreeSet<_>>();
    assert_eq!(texts(&after).into_iter().collect::<BTreeSet<_>>(), expected("note"));
    assert_eq!(after.body["tags"], json!(expected("tag")));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_note_at_the_moment_of_a_move_to_another_address_is_not_lost() -> Outcome {
    for ahead in HeadStart::rounds(12) {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        let (id, proof) = (ada.account_id(), proof_of_a_move(&shop, &ada, "ada@new.example").await?);
        let change = json!({"add_tags": ["vip"], "note": "Meanwhile."});
        let (moved, annotated) = shop.race(ahead, shop.post("verify-code", proof), annotate(&shop, &id, change)).await;
        assert_eq!((moved.status, annotated.status), (200, 200), "{annotated:?}");
        let after = annotate(&shop, &id, json!({})).await;
        assert_eq!((texts(&after), &after.body["tags"]), (vec!["Meanwhile.".to_owned()], &json!(["vip"])));
        assert_eq!(shop.table().await?.of("PROFILE").count(), 1);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_note_at_the_moment_of_an_erasure_is_gone_with_it() -> Outcome {
    let mut seen = BTreeSet::new();
    for ahead in HeadStart::rounds(12) {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        let (id, token) = (ada.account_id(), ada.access_token());
        let body = json!({"mode": "erase"});
        let erase = shop.ask("delete-account").bearer(&token).json(&body).send();
        let (erased, annotated) = shop.race(ahead, erase, annotate(&shop, &id, json!({"note": "Marker-of-a-note"}))).await;
        assert_eq!(erased.status, 202);
        seen.insert(annotated.status);
        let table = shop.table().await?;
        assert_eq!((table.of("PROFILE").count(), table.holds("Marker-of-a-note")), (0, false));
    }
    assert_eq!(seen, BTreeSet::from([200, 404]), "both orders were seen");
    Ok(())
}
