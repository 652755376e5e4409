//! `delete-account` on the merchant's side: as the customer's own, by a key and with a reason.

use std::{collections::BTreeSet, net::Ipv4Addr};

use serde_json::json;
use shared::domain::{account::AccountStatus, role::Role};
use tests::{Answer, Failure, HeadStart, Outcome, Shop, text};

const NOTE: &str = "Asked for by phone, and called back.";

async fn delete(shop: &Shop, account_id: &str, mode: &str) -> Answer {
    let body = json!({"account_id": account_id, "mode": mode, "note": NOTE});
    shop.ask("admin/delete-account").bearer(&shop.owner_key).json(&body).send().await
}

/// Brings an account into this state, and tells its name.
async fn account_in(shop: &Shop, state: &str) -> Result<String, Failure> {
    let id = match state {
        "invited" => {
            shop.imported("ada@example.com", "a password of her own").await?;
            shop.account("ada@example.com").await?.ok_or("there is no account")?.id.as_str().to_owned()
        }
        _ => shop.customer("ada@example.com").await?.account_id(),
    };
    if state == "closed" {
        assert_eq!(delete(shop, &id, "close").await.status, 202);
    }
    Ok(id)
}

#[tokio::test]
async fn every_account_can_be_closed_and_erased_unless_it_is_closed_already_or_held() -> Outcome {
    for state in ["invited", "active", "closed"] {
        for mode in ["close", "erase"] {
            for held in [false, true] {
                let case = format!("{state} {mode} held={held}");
                let shop = Shop::open().await?;
                let id = account_in(&shop, state).await?;
                if held {
                    shop.hold("ada@example.com").await?;
                }
                let before = (shop.every_mail().await?.len(), shop.table().await?.0);

                let answer = delete(&shop, &id, mode).await;

                if held || (state, mode) == ("closed", "close") {
                    let code = if held { "held" } else { "conflict" };
                    assert_eq!(answer.refusal(), (409, code.to_owned()), "{case}");
                    assert!((shop.every_mail().await?.len(), shop.table().await?.0) == before, "{case}: something has changed");
                    continue;
                }
                assert_eq!((answer.status, answer.body.clone()), (202, json!({"mode": mode})), "{case}");
                let told = shop.mail_kinds("ada@example.com").await?.first().is_some_and(|kind| kind == "account-closed");
                assert_eq!(told, state != "invited", "{case}: who never came is told nothing");
                let account = shop.account("ada@example.com").await?;
                assert_eq!(account.as_ref().map(|account| account.status), (mode == "close").then_some(AccountStatus::Closed), "{case}");
                assert!(account.is_none_or(|account| account.password.is_none() && account.sessions.is_empty()), "{case}");
                assert_eq!(shop.table().await?.holds("ada@example.com"), mode == "close", "{case}");
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_holds_are_told_to_staff_with_what_to_do() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.hold(&ada.email).await?;
    let answer = delete(&shop, &ada.account_id(), "erase").await;
    assert_eq!(answer.body["holds"], json!([{"kind": "subscription", "since": shop.clock.now().rfc3339()}]));
    assert!(answer.text("/detail").contains("Lift them first"));
    assert!(!answer.body.to_string().contains("staff only"));
    Ok(())
}

#[tokio::test]
async fn sessions_codes_and_links_end_with_the_account() -> Outcome {
    for mode in ["close", "erase"] {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        shop.wait(60);
        let (challenge, code) = shop.challenge(&ada.email, "sign-in").await?;
        shop.wait(60);
        shop.post("forgot-password", json!({"email": ada.email})).await;
        let link = shop.link_token(&ada.email).await?;

        assert_eq!(delete(&shop, &ada.account_id(), mode).await.status, 202, "{mode}");

        let view = shop.ask("view-account").bearer(&ada.access_token()).send().await;
        assert_eq!(view.refusal(), (401, "invalid_token".to_owned()), "{mode}");
        for (operation, body, status) in [
            ("refresh-session", json!({"refresh_token": ada.refresh_token()}), 401),
            ("login", json!({"email": ada.email, "password": ada.password}), 401),
            ("verify-code", json!({"challenge_id": challenge, "code": code}), 410),
            ("reset-password", json!({"token": link, "password": "another password"}), 410),
        ] {
            assert_eq!(shop.post(operation, body).await.status, status, "{mode} {operation}");
        }
        let standing = shop.account(&ada.email).await?.map(|account| account.status);
        assert_eq!(standing, (mode == "close").then_some(AccountStatus::Closed), "{mode}: nothing has brought it back");
    }
    Ok(())
}

#[tokio::test]
async fn a_customer_whose_account_staff_has_closed_comes_back_to_it_by_code() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    assert_eq!(delete(&shop, &ada.account_id(), "close").await.status, 202);
    shop.wait(60);
    let (challenge, code) = shop.challenge(&ada.email, "sign-in").await?;
    let session = shop.post("verify-code", json!({"challenge_id": challenge, "code": code})).await;
    assert_eq!((session.status, session.text("/account/id")), (200, ada.account_id()));
    Ok(())
}

#[tokio::test]
async fn an_account_that_is_not_there_or_not_any_more_is_not_found() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    assert_eq!(delete(&shop, "acc_aaaaaaaaaaaaaaaaaaaaaaaaaa", "erase").await.refusal(), (404, "not_found".to_owned()));
    assert_eq!(delete(&shop, &ada.account_id(), "erase").await.status, 202);
    let before = shop.table().await?.0;
    for mode in ["close", "erase"] {
        assert_eq!(delete(&shop, &ada.account_id(), mode).await.refusal(), (404, "not_found".to_owned()), "{mode}");
    }
    assert_eq!(shop.table().await?.0, before);
    Ok(())
}

#[tokio::test]
async fn another_shops_account_is_none_of_this_one() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.open_beside("other").await?;
    let key = shop.key_at("other", Role::Owner).await?;
    let body = json!({"account_id": ada.account_id(), "mode": "erase", "note": NOTE});
    let answer = shop.ask("admin/delete-account").at("other").bearer(&key).json(&body).send().await;
    assert_eq!(answer.refusal(), (404, "not_found".to_owned()));
    assert!(shop.account(&ada.email).await?.is_some());
    Ok(())
}

#[tokio::test]
async fn an_account_that_has_moved_to_another_address_is_found_there() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.moved(&ada, "ada@new.example").await?;
    assert_eq!(delete(&shop, &ada.account_id(), "erase").await.status, 202);
    assert_eq!(shop.mail_kinds("ada@new.example").await?[0], "account-closed");
    let table = shop.table().await?;
    assert!(!table.holds("ada@new.example") && !table.holds("ada@example.com"));
    Ok(())
}

#[tokio::test]
async fn who_has_deleted_it_from_where_and_why_is_recorded() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let key = shop.key(Role::StoreManager).await?;
    let body = json!({"account_id": ada.account_id(), "mode": "erase", "note": NOTE});
    let request = shop.ask("admin/delete-account").bearer(&key).from(Ipv4Addr::new(198, 51, 100, 7)).json(&body);
    assert_eq!(request.send().await.status, 202);
    let table = shop.table().await?;
    let record = table.0.iter().find(|item| text(item, "action") == "erase-account").ok_or("nothing was recorded")?;
    assert_eq!(
        (text(record, "subject"), text(record, "from"), text(record, "note")),
        (ada.account_id(), "198.51.100.7".to_owned(), NOTE.to_owned())
    );
    let actor = record["actor"].as_m().map_err(|_| "no actor")?;
    assert!(key.contains(text(actor, "key_id").trim_start_matches("key_")));
    Ok(())
}

#[tokio::test]
async fn each_route_takes_its_own_callers_alone() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let named = json!({"account_id": ada.account_id(), "mode": "erase", "note": NOTE});
    for (route, bearer, body) in [
        ("admin/delete-account", ada.access_token(), named.clone()),
        ("admin/delete-account", ada.access_token(), json!({"mode": "erase"})),
        ("delete-account", shop.owner_key.clone(), json!({"mode": "erase"})),
        ("delete-account", shop.owner_key.clone(), named.clone()),
    ] {
        let answer = shop.ask(route).bearer(&bearer).json(&body).send().await;
        assert_eq!(answer.refusal(), (401, "invalid_token".to_owned()), "{route} {body}");
    }
    let answer = shop.ask("delete-account").bearer(&ada.access_token()).json(&named).send().await;
    assert_eq!(answer.refusal(), (422, "invalid_field".to_owned()), "a customer names nobody");
    assert!(shop.account(&ada.email).await?.is_some());
    Ok(())
}

#[tokio::test]
async fn a_shop_that_is_called_admin_has_the_same_two_routes() -> Outcome {
    let shop = Shop::open().await?;
    shop.open_beside("admin").await?;
    let key = shop.key_at("admin", Role::Owner).await?;
    let body = json!({"account_id": "acc_aaaaaaaaaaaaaaaaaaaaaaaaaa", "mode": "erase", "note": NOTE});
    let by_staff = shop.ask("admin/delete-account").at("admin").bearer(&key).json(&body).send().await;
    assert_eq!(by_staff.refusal(), (404, "not_found".to_owned()));
    let by_customer = shop.ask("delete-account").at("admin").bearer(&key).json(&json!({"mode": "erase"})).send().await;
    assert_eq!(by_customer.refusal(), (401, "invalid_token".to_owned()));
    Ok(())
}

#[tokio::test]
async fn what_is_no_deletion_is_refused_by_its_field() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let right = json!({"account_id": ada.account_id(), "mode": "close", "note": NOTE});
    for (name, value, code) in [
        ("account_id", json!(7), "wrong_type"),
        ("email", json!("ada.example.com"), "invalid_address"),
        ("account_id", json!("ada@example.com"), "invalid_identifier"),
        ("mode", json!("delete"), "not_one_of_the_values"),
        ("note", json!("  "), "empty"),
        ("note", json!("a".repeat(2_001)), "too_long"),
    ] {
        let mut body = right.clone();
        body[name] = value;
        let answer = shop.ask("admin/delete-account").bearer(&shop.owner_key).json(&body).send().await;
        assert_eq!(answer.invalid_field(), (name.to_owned(), code.to_owned()), "{body}");
    }
    for (body, code) in [
        (json!({"mode": "close", "note": NOTE}), "one_of_email_account_id_required"),
        (json!({"account_id": ada.account_id(), "email": ada.email, "mode": "close", "note": NOTE}), "one_of_email_account_id_required"),
    ] {
        let answer = shop.ask("admin/delete-account").bearer(&shop.owner_key).json(&body).send().await;
        assert_eq!(answer.invalid_field(), ("email".to_owned(), code.to_owned()), "{body}");
    }
    for missing in ["mode", "note"] {
        let mut body = right.clone();
        body.as_object_mut().ok_or("an object")?.remove(missing);
        let answer = shop.ask("admin/delete-account").bearer(&shop.owner_key).json(&body).send().await;
        assert_eq!(answer.invalid_field(), (missing.to_owned(), "required".to_owned()));
    }
    assert!(shop.account(&ada.email).await?.is_some_and(|account| account.status == AccountStatus::Active));
    Ok(())
}

#[tokio::test]
async fn whatever_comes_at_the_same_moment_is_ended_or_refused() -> Outcome {
    for mode in ["close", "erase"] {
        let mut seen = BTreeSet::new();
        for ahead in HeadStart::rounds(10) {
            let shop = Shop::open().await?;
            let ada = shop.customer("ada@example.com").await?;
            let id = ada.account_id();
            let login = shop.post("login", json!({"email": ada.email, "password": ada.password}));
            let refresh = shop.post("refresh-session", json!({"refresh_token": ada.refresh_token()}));
            let own = shop.ask("delete-account").bearer(&ada.access_token()).json(&json!({"mode": mode})).send();

            let customers = futures::future::join3(login, refresh, own);
            let (by_staff, (login, refresh, own)) = shop.race(ahead, delete(&shop, &id, mode), customers).await;
            seen.insert(by_staff.status == 202);

            // One of the two has deleted it, and the other has found it deleted.
            assert_eq!([by_staff.status, own.status].iter().filter(|status| **status == 202).count(), 1, "{by_staff:?} {own:?}");
            assert!(by_staff.status == 202 || by_staff.status == if mode == "close" { 409 } else { 404 }, "{by_staff:?}");
            for session in [login, refresh] {
                let again = shop.post("refresh-session", json!({"refresh_token": session.text("/refresh_token")})).await;
                assert!((400..500).contains(&again.status), "{mode}: a session has survived: {again:?}");
            }
            assert_eq!(shop.mail_kinds(&ada.email).await?.iter().filter(|kind| *kind == "account-closed").count(), 1);
            assert_eq!(shop.account(&ada.email).await?.is_some(), mode == "close");
        }
        assert_eq!(seen, BTreeSet::from([false, true]), "{mode}: both orders were seen");
    }
    Ok(())
}

#[tokio::test]
async fn a_hold_at_the_same_moment_keeps_the_account_or_comes_too_late() -> Outcome {
    let mut seen = BTreeSet::new();
    for ahead in HeadStart::rounds(20) {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        let id = ada.account_id();
        let (held, deleted) = shop.race(ahead, shop.hold(&ada.email), delete(&shop, &id, "erase")).await;
        seen.insert(deleted.status);
        let account = shop.account(&ada.email).await?;
        match deleted.status {
            202 => assert!(account.is_none()),
            409 => assert!(held.is_ok() && account.is_some_and(|account| account.holds.len() == 1)),
            other => return Err(format!("an unexpected {other}").into()),
        }
    }
    assert_eq!(seen, BTreeSet::from([202, 409]), "both orders were seen");
    Ok(())
}

#[tokio::test]
async fn a_key_that_is_revoked_meanwhile_deletes_nothing_more() -> Outcome {
    let mut seen = BTreeSet::new();
    for ahead in HeadStart::rounds(10) {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        let key = shop.key(Role::StoreManager).await?;
        let key_id = format!("key_{}", key.split('_').nth(1).ok_or("a key has three parts")?);
        let body = json!({"account_id": ada.account_id(), "mode": "erase", "note": NOTE});
        let delete = shop.ask("admin/delete-account").bearer(&key).json(&body).send();
        let revoke = shop.ask("revoke-key").bearer(&shop.owner_key).json(&json!({"key_id": key_id})).send();
        let (deleted, revoked) = shop.race(ahead, delete, revoke).await;
        assert_eq!(revoked.status, 204);
        seen.insert(deleted.status);
        assert_eq!(shop.account(&ada.email).await?.is_none(), deleted.status == 202);
    }
    assert_eq!(seen, BTreeSet::from([202, 401]), "both orders were seen");
    Ok(())
}
