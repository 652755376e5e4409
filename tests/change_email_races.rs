//! A move to another address at the same moment as something else: there is one account or none, it is where its pointer
//! says, and nothing that ends sessions is outrun.

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::json;
use tests::{Answer, Customer, Failure, HeadStart, Outcome, Shop, text};

const OLD: &str = "ada@example.com";
const NEW: &str = "ada@new.example";

/// Ada, whose move waits for nothing but the code of the new mailbox.
struct Moving {
    shop: Shop,
    ada: Customer,
    challenge_id: String,
    code: String,
}

impl Moving {
    async fn asked_for() -> Result<Self, Failure> {
        let shop = Shop::open().await?;
        let ada = shop.customer(OLD).await?;
        shop.wait(60);
        let (challenge_id, code) = shop.challenge(OLD, "change-email").await?;
        let body = json!({"challenge_id": challenge_id, "code": code, "new_email": NEW});
        let asked = shop.ask("change-email").bearer(&ada.access_token()).json(&body).send().await;
        let code = shop.code(NEW).await?;
        shop.wait(60);
        Ok(Self { shop, ada, challenge_id: asked.text("/challenge_id"), code })
    }

    async fn proved_from(&self, network: u32) -> Answer {
        let body = json!({"challenge_id": self.challenge_id, "code": self.code});
        self.shop.ask("verify-code").from_network(network).json(&body).send().await
    }

    async fn proved(&self) -> Answer {
        self.proved_from(0).await
    }

    /// Ada's request, in the session of before the move.
    async fn asks(&self, operation: &str, body: serde_json::Value) -> Answer {
        self.shop.ask(operation).bearer(&self.ada.access_token()).json(&body).send().await
    }

    async fn sees(&self, session: &Answer) -> u16 {
        self.shop.ask("view-account").bearer(&session.text("/access_token")).send().await.status
    }

    async fn refreshes(&self, session: &Answer) -> u16 {
        self.shop.post("refresh-session", json!({"refresh_token": session.text("/refresh_token")})).await.status
    }

    /// Where Ada's account is, if anywhere: at one address, with its profile, and where its pointer says.
    async fn stands_at(&self) -> Result<Option<&'static str>, Failure> {
        let table = self.shop.table().await?;
        let own = |item: &&tests::Item| text(item, "account_id") == self.ada.account_id();
        let accounts: Vec<_> = table.of("ACCOUNT").filter(own).collect();
        let at = match accounts.as_slice() {
            [] => None,
            [account] => Some(if text(account, "email") == NEW { NEW } else { OLD }),
            _ => return Err("the account is there twice".into()),
        };
        let pointer = table.of("ID").find(own).ok_or("the pointer is gone")?;
        let email_key = match at {
            Some(email) => self.shop.email_key(email).await?.encoded(),
            None => String::new(),
        };
        assert_eq!(text(pointer, "email_key"), email_key);
        let profiles: Vec<_> = table.of("PROFILE").filter(own).map(|profile| text(profile, "pk")).collect();
        assert_eq!(profiles.len(), accounts.len(), "one profile for the account, and none without");
        assert!(profiles.iter().all(|pk| pk.ends_with(&email_key)));
        Ok(at)
    }
}

fn count(answers: &[Answer], status: u16) -> usize {
    answers.iter().filter(|answer| answer.status == status).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twenty_proofs_of_the_new_mailbox_one_moves_the_account() -> Outcome {
    let moving = Moving::asked_for().await?;
    let answers = join_all((0..20).map(|number| moving.proved_from(number))).await;

    let sessions: BTreeSet<_> = answers.iter().filter(|answer| answer.status == 200).map(|answer| answer.text("/refresh_token")).collect();
    assert_eq!((sessions.len(), count(&answers, 200) + count(&answers, 410)), (1, 20), "one session, for all who got one");
    assert_eq!(moving.stands_at().await?, Some(NEW));
    assert_eq!(moving.shop.table().await?.sessions(NEW).len(), 1);
    let kinds = moving.shop.mail_kinds(NEW).await?;
    assert_eq!(kinds, ["email-changed-new", "new-email-code"]);
    assert_eq!(moving.shop.mail_kinds(OLD).await?.iter().filter(|kind| *kind == "email-changed-old").count(), 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twenty_requests_by_one_code_one_is_mailed() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer(OLD).await?;
    shop.wait(60);
    let (challenge_id, code) = shop.challenge(OLD, "change-email").await?;
    let mails = shop.every_mail().await?.len();
    let ask = |number: u32| {
        let body = json!({"challenge_id": challenge_id, "code": code, "new_email": format!("ada{number}@new.example")});
        shop.ask("change-email").from_network(number).bearer(&ada.access_token()).json(&body).send()
    };
    let answers = join_all((0..20).map(ask)).await;

    assert_eq!((count(&answers, 202), count(&answers, 410)), (1, 19));
    assert_eq!(shop.every_mail().await?.len(), mails + 1);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_change_of_the_name_or_the_addresses_comes_before_the_move_or_not_at_all() -> Outcome {
    let address = json!({"country": "FR", "street": ["10 rue de la Paix"], "postal_code": "75002", "city": "Paris"});
    let bodies = [json!({"name": "Ada L."}), json!({"billing_address": address}), json!({"name": "Ada L.", "billing_address": address})];
    let mut seen = BTreeSet::new();
    for (body, ahead) in bodies.iter().cycle().zip(HeadStart::rounds(18)) {
        let moving = Moving::asked_for().await?;
        let (moved, updated) = moving.shop.race(ahead, moving.proved(), moving.asks("update-account", body.clone())).await;
        seen.insert(updated.status);

        assert_eq!(moved.status, 200, "{moved:?}");
        assert!(matches!(updated.status, 200 | 401), "{updated:?}");
        assert_eq!(moving.stands_at().await?, Some(NEW));
        let view = moving.shop.ask("view-account").bearer(&moved.text("/access_token")).send().await;
        for (field, value) in body.as_object().into_iter().flatten() {
            assert_eq!(view.body[field] == *value, updated.status == 200, "{field}: {updated:?} {view:?}");
        }
    }
    assert_eq!(seen, BTreeSet::from([200, 401]), "both orders were seen");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hold_comes_before_the_move_and_goes_with_it_or_finds_the_account_where_it_is() -> Outcome {
    for ahead in HeadStart::rounds(16) {
        let moving = Moving::asked_for().await?;
        let account_id = moving.ada.account_id();
        let (moved, held) = moving.shop.race(ahead, moving.proved(), moving.shop.set_hold(&account_id, "legal")).await;

        assert_eq!((moved.status, moving.stands_at().await?, held.status), (200, Some(NEW), 200));
        assert_eq!(moving.shop.account(NEW).await?.ok_or("not moved")?.holds.len(), 1);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_refresh_or_a_sign_in_at_the_old_address_does_not_stop_the_move_nor_outlive_it() -> Outcome {
    let mut seen = BTreeSet::new();
    for ahead in HeadStart::rounds(10) {
        let moving = Moving::asked_for().await?;
        let others = futures::future::join(
            moving.shop.post("refresh-session", json!({"refresh_token": moving.ada.refresh_token()})),
            moving.shop.post("login", json!({"email": OLD, "password": moving.ada.password})),
        );
        let (moved, (refreshed, signed_in)) = moving.shop.race(ahead, moving.proved(), others).await;
        seen.extend([("refreshed", refreshed.status), ("signed in", signed_in.status)]);
        assert_eq!((moved.status, moving.stands_at().await?), (200, Some(NEW)), "{moved:?}");
        for session in [&refreshed, &signed_in] {
            assert!(matches!(session.status, 200 | 401), "{session:?}");
            assert_eq!((moving.sees(session).await, moving.refreshes(session).await), (401, 401));
        }
        assert_eq!(moving.shop.table().await?.sessions(NEW).len(), 1);
        assert_eq!((moving.sees(&moved).await, moving.refreshes(&moved).await), (200, 200));
    }
    let both = ["refreshed", "signed in"].into_iter().flat_map(|what| [(what, 200), (what, 401)]);
    assert_eq!(seen, both.collect(), "both orders were seen");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_block_of_the_old_address_ends_the_account_there_or_finds_nobody() -> Outcome {
    let mut seen = BTreeSet::new();
    for ahead in HeadStart::rounds(16) {
        let moving = Moving::asked_for().await?;
        let (moved, blocked) = moving.shop.race(ahead, moving.proved(), moving.shop.block_email(OLD)).await;
        blocked?;
        seen.insert(moved.status);

        let at = moving.stands_at().await?;
        assert_eq!(moving.sees(&moving.ada.session).await, 401);
        assert_eq!(moving.refreshes(&moving.ada.session).await, 401);
        match moved.status {
            200 => assert_eq!((at, moving.sees(&moved).await), (Some(NEW), 200), "the block named an address that nobody had any more"),
            _ => assert_eq!((at, moved.status, moving.shop.table().await?.sessions(OLD).len()), (Some(OLD), 410, 0)),
        }
    }
    assert_eq!(seen, BTreeSet::from([200, 410]), "both orders were seen");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_block_of_the_new_address_stops_the_move_or_ends_its_session() -> Outcome {
    let mut seen = BTreeSet::new();
    for ahead in HeadStart::rounds(16) {
        let moving = Moving::asked_for().await?;
        let (moved, blocked) = moving.shop.race(ahead, moving.proved(), moving.shop.block_email(NEW)).await;
        let block = blocked?;

        let at = moving.stands_at().await?;
        seen.insert(at);
        match at {
            Some(NEW) => {
                assert_eq!((moving.sees(&moved).await, moving.refreshes(&moved).await), (401, 401), "{moved:?}");
                let account = moving.shop.account(NEW).await?.ok_or("gone")?;
                assert!(account.sessions.is_empty() && account.blocks.iter().any(|entry| entry.block_id == block));
            }
            at => assert!(at == Some(OLD) && matches!(moved.status, 403 | 410) && moving.sees(&moving.ada.session).await == 200),
        }
    }
    assert_eq!(seen, BTreeSet::from([Some(NEW), Some(OLD)]), "both orders were seen");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_move_and_a_deletion_one_is_made() -> Outcome {
    let mut seen = BTreeSet::new();
    for (mode, ahead) in ["erase", "close"].into_iter().flat_map(|mode| HeadStart::rounds(8).map(move |ahead| (mode, ahead))) {
        let moving = Moving::asked_for().await?;
        let (moved, deleted) = moving.shop.race(ahead, moving.proved(), moving.asks("delete-account", json!({"mode": mode}))).await;
        seen.insert((mode, moved.status));

        match (moved.status, deleted.status, moving.stands_at().await?) {
            (200, 401, Some(NEW)) => assert_eq!(moving.sees(&moved).await, 200),
            (410, 202, None) => assert_eq!(mode, "erase"),
            (410, 202, Some(OLD)) => assert!(mode == "close" && moving.shop.table().await?.sessions(OLD).is_empty()),
            other => return Err(format!("{mode}: {other:?}").into()),
        }
    }
    assert_eq!(seen, BTreeSet::from([("erase", 200), ("erase", 410), ("close", 200), ("close", 410)]), "both orders were seen");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_move_and_a_new_password_by_link_or_by_session_one_is_made() -> Outcome {
    let mut seen = BTreeSet::new();
    for (by, ahead) in ["link", "session"].into_iter().flat_map(|by| HeadStart::rounds(8).map(move |ahead| (by, ahead))) {
        let moving = Moving::asked_for().await?;
        moving.shop.post("forgot-password", json!({"email": OLD})).await;
        let link = moving.shop.link_token(OLD).await?;
        let set = async {
            match by {
                "link" => moving.shop.post("reset-password", json!({"token": link, "password": "a new password"})).await,
                _ => {
                    let body = json!({"current_password": moving.ada.password, "new_password": "a new password"});
                    moving.asks("change-password", body).await
                }
            }
        };
        let (moved, set) = moving.shop.race(ahead, moving.proved(), set).await;
        seen.insert((by, moved.status));

        let (at, password) = match (moved.status, set.status) {
            (200, 401 | 410) => (NEW, moving.ada.password.as_str()),
            (410, 204) => (OLD, "a new password"),
            other => return Err(format!("{by}: {other:?}").into()),
        };
        assert_eq!(moving.stands_at().await?, Some(at));
        let login = moving.shop.ask("login").from_network(9).json(&json!({"email": at, "password": password}));
        assert_eq!(login.send().await.status, 200);
        assert_eq!(moving.sees(&moving.ada.session).await, if at == OLD && by == "session" { 200 } else { 401 });
    }
    assert_eq!(seen, BTreeSet::from([("link", 200), ("link", 410), ("session", 200), ("session", 410)]), "both orders were seen");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_move_and_a_sign_up_at_the_new_address_one_gets_it() -> Outcome {
    let mut seen = BTreeSet::new();
    for ahead in HeadStart::rounds(10) {
        let moving = Moving::asked_for().await?;
        let shop = &moving.shop;
        let sign_up = shop.post("create-account", json!({"email": NEW, "password": "a newcomers password"})).await;
        let body = json!({"challenge_id": sign_up.text("/challenge_id"), "code": shop.code(NEW).await?});
        let (moved, signed_up) = shop.race(ahead, moving.proved(), shop.post("verify-code", body)).await;
        seen.insert(moved.status);

        let at = moving.stands_at().await?;
        match (moved.status, signed_up.status) {
            (200, 410) => assert_eq!((at, shop.table().await?.of("ACCOUNT").count()), (Some(NEW), 1)),
            (410, 200) => {
                assert_eq!((at, shop.table().await?.of("ACCOUNT").count()), (Some(OLD), 2));
                assert_eq!(moving.sees(&moving.ada.session).await, 200, "Ada has lost nothing");
            }
            other => return Err(format!("{other:?}").into()),
        }
    }
    assert_eq!(seen, BTreeSet::from([200, 410]), "both orders were seen");
    Ok(())
}
