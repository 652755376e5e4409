//! `view-account`, the merchant's side: all that staff may know of a customer, and the record of the look.

use serde_json::{Value, json};
use shared::domain::{
    block::{BlockRule, Scope},
    email_address::EmailAddress,
    role::Role,
};
use tests::{Answer, Outcome, Shop, text};

async fn view(shop: &Shop, account_id: &str) -> Answer {
    shop.ask("admin/view-account").query(&format!("account_id={account_id}")).bearer(&shop.owner_key).send().await
}

#[tokio::test]
async fn staff_see_the_profile_and_what_they_have_written_and_nothing_that_signs_in() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let opened = shop.clock.now().rfc3339();
    shop.wait(60);
    let address = json!({"country": "GB", "street": ["10 Downing Street"], "city": "London", "postal_code": "SW1A 2AA"});
    let patch = json!({"marketing_consent": true, "shipping_address": address});
    assert_eq!(shop.ask("update-account").bearer(&ada.access_token()).json(&patch).send().await.status, 200);
    shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
    let words = json!({"account_id": ada.account_id(), "add_tags": ["vip"], "types": ["donor"], "note": "Call after six."});
    let annotated = shop.ask("annotate-account").bearer(&shop.owner_key).json(&words).send().await;
    let held = shop.set_hold(&ada.account_id(), "dispute").await;
    let now = shop.clock.now().rfc3339();
    for (reference, whose) in [("1", json!({"account_id": ada.account_id()})), ("2", json!({"email": ada.email}))] {
        assert_eq!(shop.order(reference, whose).await.status, 200);
    }

    let seen = view(&shop, &ada.account_id()).await;

    assert_eq!(seen.status, 200, "{seen:?}");
    assert_eq!(
        seen.body,
        json!({
            "account_id": ada.account_id(), "email": "ada@example.com", "name": "Ada", "locale": "en", "status": "active",
            "created_at": opened, "sign_in_methods": {"password": true, "code": true}, "sessions": 2, "last_seen_at": now,
            "marketing_consent": {"given": true, "at": now, "source": "update-account"},
            "shipping_address": address, "billing_address": null,
            "tags": ["vip"], "types": ["donor"], "notes": annotated.body["notes"], "holds": held.body["holds"], "blocks": [],
            "orders": {"count": 2, "spent": {"EUR": 9_980}, "last_at": now}, "imported": null,
            "mailbox": {"bounced": null, "complained": null},
        })
    );
    assert_eq!(seen.headers["cache-control"], "no-store");
    Ok(())
}

#[tokio::test]
async fn what_there_is_none_of_is_null_or_empty() -> Outcome {
    let shop = Shop::open().await?;
    shop.imported("ada@example.com", "a password").await?;
    let id = shop.account("ada@example.com").await?.ok_or("not there")?.id;
    let seen = view(&shop, id.as_str()).await;
    for (name, value) in [
        ("status", json!("invited")),
        ("sessions", json!(0)),
        ("last_seen_at", Value::Null),
        ("marketing_consent", Value::Null),
        ("notes", json!([])),
        ("holds", json!([])),
    ] {
        assert_eq!(seen.body[name], value, "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn a_block_is_seen_with_its_scopes_and_a_session_that_has_ended_is_not_counted() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let block = shop.block(BlockRule::Email(EmailAddress::parse(&ada.email)?), &[Scope::SignIn, Scope::Checkout], None).await?;
    let seen = view(&shop, &ada.account_id()).await;
    assert_eq!((seen.text("/status"), &seen.body["sessions"]), ("blocked".to_owned(), &json!(0)));
    assert_eq!(
        seen.body["blocks"],
        json!([{"block_id": block, "match": "email", "reason_code": "abuse", "public_message": "Please call us.", "scopes": ["sign-in", "checkout"]}])
    );
    Ok(())
}

#[tokio::test]
async fn an_account_stays_what_it_was_named_through_a_move_and_is_gone_once_erased() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let session = shop.moved(&ada, "ada@new.example").await?;
    assert_eq!(view(&shop, &ada.account_id()).await.text("/email"), "ada@new.example");
    let erased = shop.ask("delete-account").bearer(&session.text("/access_token")).json(&json!({"mode": "erase"})).send().await;
    assert_eq!(erased.status, 202);
    assert_eq!(view(&shop, &ada.account_id()).await.refusal(), (404, "not_found".to_owned()));
    Ok(())
}

#[tokio::test]
async fn every_look_is_recorded_with_whose_account_it_was() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let support = shop.key(Role::Support).await?;
    for _ in 0..2 {
        let request = shop.ask("admin/view-account").query(&format!("account_id={}", ada.account_id()));
        assert_eq!(request.bearer(&support).send().await.status, 200);
    }
    view(&shop, "acc_aaaaaaaaaaaaaaaaaaaaaaaaaa").await;
    shop.ask("view-account").bearer(&ada.access_token()).send().await;
    let table = shop.table().await?;
    let looks: Vec<_> = table.0.iter().filter(|item| text(item, "action") == "view-account").map(|item| text(item, "subject")).collect();
    assert_eq!(looks, [ada.account_id(), ada.account_id()], "those that showed something");
    Ok(())
}

#[tokio::test]
async fn each_side_takes_its_own_caller_and_names_its_account_in_its_own_way() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let query = format!("account_id={}", ada.account_id());
    assert_eq!(shop.ask("admin/view-account").query(&query).bearer(&ada.access_token()).send().await.status, 401);
    assert_eq!(shop.ask("view-account").query(&query).bearer(&shop.owner_key).send().await.status, 401);
    shop.open_beside("other").await?;
    let others = shop.key_at("other", Role::Owner).await?;
    let answer = shop.ask("admin/view-account").at("other").query(&query).bearer(&others).send().await;
    assert_eq!(answer.refusal(), (404, "not_found".to_owned()));
    for (query, field, code) in [
        ("", "account_id", "required"),
        ("account_id=1", "account_id", "invalid_identifier"),
        ("account_id=acc_aaaaaaaaaaaaaaaaaaaaaaaaaa&email=ada%40example.com", "", "unknown_field"),
    ] {
        let answer = shop.ask("admin/view-account").query(query).bearer(&shop.owner_key).send().await;
        assert_eq!(answer.invalid_field(), (field.to_owned(), code.to_owned()), "{query}");
    }
    Ok(())
}
