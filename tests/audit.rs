//! The record of what was done at customers' accounts: one event for each thing, and nothing changes one.

use std::{collections::BTreeSet, time::Duration};

use aws_sdk_dynamodb::{
    config::{ConfigBag, Intercept, RuntimeComponents, interceptors::BeforeSerializationInterceptorContextRef},
    error::BoxError,
    operation::put_item::PutItemInput,
};
use futures::future::join_all;
use serde_json::{Value, json};
use shared::domain::role::Role;
use tests::{Answer, Failure, Item, Outcome, Request, Shop, text};

const PASSWORD: &str = "Planted-password-7";

/// The events that stand in the table, by their names.
async fn stored(shop: &Shop) -> Result<Vec<Item>, Failure> {
    let mut events: Vec<Item> = shop.table().await?.audit().cloned().collect();
    events.sort_by_key(|event| text(event, "sk"));
    Ok(events)
}

/// What `list-audit` finds, the newest first, but for the looks themselves.
async fn listed(shop: &Shop, query: &str) -> Result<Vec<Value>, Failure> {
    let answer = shop.ask("list-audit").query(query).bearer(&shop.owner_key).send().await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let events = answer.body["events"].as_array().ok_or("no list")?;
    Ok(events.iter().filter(|event| event["action"] != "list-audit").cloned().collect())
}

/// One customer's life, each step of it from another address, and after each a look at the record.
struct Life {
    shop: Shop,
    email: String,
    account_id: String,
    session: Answer,
    step: u8,
    seen: Vec<Item>,
}

impl Life {
    async fn begin(email: &str) -> Result<Self, Failure> {
        let shop = Shop::open().await?;
        // That the shop was opened is on the record, too.
        let seen = stored(&shop).await?;
        Ok(Self { shop, email: email.to_owned(), account_id: String::new(), session: Answer::default(), step: 0, seen })
    }

    fn ask(&self, operation: &str) -> Request<'_> {
        self.shop.ask(operation).from([203, 0, 113, self.step]).header("user-agent", "Planted-agent")
    }

    fn ask_signed_in(&self, operation: &str) -> Request<'_> {
        self.ask(operation).bearer(&self.session.text("/access_token"))
    }

    async fn sign_in_by_password(&self) -> Answer {
        self.ask("login").json(&json!({"email": self.email, "password": PASSWORD})).send().await
    }

    async fn sign_in_by_code(&self) -> Result<Answer, Failure> {
        self.shop.wait_a_day();
        let (challenge, code) = self.shop.challenge(&self.email, "sign-in").await?;
        Ok(self.ask("verify-code").json(&json!({"challenge_id": challenge, "code": code})).send().await)
    }

    /// That just this has been recorded since the last step, of this actor, and that everything before it stands as it was.
    async fn recorded(&mut self, action: &str, actor: &str) -> Outcome {
        let events = stored(&self.shop).await?;
        let new: Vec<_> = events.iter().filter(|event| !self.seen.contains(event)).collect();
        let [event] = new.as_slice() else { return Err(format!("{action}: {new:?}").into()) };
        assert!(self.seen.iter().all(|before| events.contains(before)), "{action}: an event has changed or gone");
        let whole = format!("{event:?}");
        assert!(!whole.contains("lanted") && !whole.contains('@') && !whole.contains("example"), "{whole}");

        let from = format!("203.0.113.{}", self.step);
        let now = self.shop.clock.now();
        assert_eq!(
            (text(event, "action"), text(event, "subject"), text(event, "from")),
            (action.into(), self.account_id.clone(), from.clone())
        );
        let ninety_days = now.plus(Duration::from_secs(90 * 86_400)).unix_seconds().to_string();
        assert_eq!(event["exp"].as_n(), Ok(&ninety_days), "{action}");

        let found = listed(&self.shop, &format!("subject={}&action={action}", self.account_id)).await?;
        let id = (actor == "customer").then(|| self.account_id.clone());
        let told = json!({"id": text(event, "id"), "at": now.rfc3339(), "actor": {"kind": actor, "id": id, "role": null},
            "action": action, "subject": self.account_id, "from": from, "times": null, "note": null});
        assert_eq!(found.first(), Some(&told), "{action}");
        self.seen = stored(&self.shop).await?;
        self.step += 1;
        // No two events of a life have their places at one moment.
        self.shop.wait(61);
        Ok(())
    }
}

#[tokio::test]
async fn each_step_of_a_customers_life_is_recorded_once_with_who_whom_when_and_from_where() -> Outcome {
    let mut life = Life::begin("planted-ada@example.com").await?;
    let form = json!({"email": life.email, "password": PASSWORD, "name": "Planted Name"});
    let opened = life.ask("create-account").json(&form).send().await;
    let code = life.shop.code(&life.email).await?;
    let proof = json!({"challenge_id": opened.text("/challenge_id"), "code": code});
    life.session = life.ask("verify-code").json(&proof).send().await;
    life.account_id = life.session.text("/account/id");
    life.recorded("sign-up", "customer").await?;

    let first = life.sign_in_by_password().await;
    life.recorded("sign-in-by-password", "customer").await?;
    life.session = life.sign_in_by_code().await?;
    life.recorded("sign-in-by-code", "customer").await?;

    life.ask("refresh-session").json(&json!({"refresh_token": first.text("/refresh_token")})).send().await;
    life.shop.wait(61);
    let stolen = life.ask("refresh-session").json(&json!({"refresh_token": first.text("/refresh_token")})).send().await;
    assert_eq!(stolen.status, 401);
    life.recorded("refresh-token-reused", "visitor").await?;

    let passwords = json!({"current_password": PASSWORD, "new_password": "Planted-password-8"});
    assert_eq!(life.ask_signed_in("change-password").json(&passwords).send().await.status, 204);
    life.recorded("change-password", "customer").await?;
    assert_eq!(life.ask("forgot-password").json(&json!({"email": life.email})).send().await.status, 202);
    let token = life.shop.link_token(&life.email).await?;
    assert_eq!(life.ask("reset-password").json(&json!({"token": token, "password": PASSWORD})).send().await.status, 204);
    life.recorded("reset-password", "customer").await?;

    for (body, action) in [(json!({}), "sign-out"), (json!({"everywhere": true}), "sign-out-everywhere")] {
        life.session = life.sign_in_by_password().await;
        life.recorded("sign-in-by-password", "customer").await?;
        assert_eq!(life.ask_signed_in("logout").json(&body).send().await.status, 204);
        life.recorded(action, "customer").await?;
    }

    life.session = life.sign_in_by_code().await?;
    life.recorded("sign-in-by-code", "customer").await?;
    let (challenge, code) = life.shop.challenge(&life.email, "change-email").await?;
    let move_there = json!({"challenge_id": challenge, "code": code, "new_email": "planted-ada@example.net"});
    let sent = life.ask_signed_in("change-email").json(&move_there).send().await;
    let proof = json!({"challenge_id": sent.text("/challenge_id"), "code": life.shop.code("planted-ada@example.net").await?});
    life.email = "planted-ada@example.net".to_owned();
    life.session = life.ask("verify-code").json(&proof).send().await;
    life.recorded("change-email", "customer").await?;

    assert_eq!(life.ask_signed_in("export-account").send().await.status, 200);
    life.recorded("export-account", "customer").await?;
    assert_eq!(life.ask_signed_in("delete-account").json(&json!({"mode": "close"})).send().await.status, 202);
    life.recorded("close-account", "customer").await?;
    life.session = life.sign_in_by_code().await?;
    life.recorded("sign-in-by-code", "customer").await?;
    assert_eq!(life.ask_signed_in("delete-account").json(&json!({"mode": "erase"})).send().await.status, 202);
    life.recorded("erase-account", "customer").await?;

    let by_actor = listed(&life.shop, &format!("actor={}", life.account_id)).await?;
    let by_subject = listed(&life.shop, &format!("subject={}", life.account_id)).await?;
    assert_eq!((by_actor.len(), by_subject.len()), (15, 16), "all but the token's reuse were their own doing");
    Ok(())
}

#[tokio::test]
async fn what_is_refused_leaves_no_event() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.hold(&ada.email).await?;
    let (challenge, _) = {
        shop.wait(61);
        shop.challenge(&ada.email, "sign-in").await?
    };
    let before = stored(&shop).await?;
    let ask = |operation: &str, body: Value| shop.ask(operation).bearer(&ada.access_token()).json(&body).send();
    let mut answers = vec![
        ask("login", json!({"email": ada.email, "password": "not hers"})).await,
        ask("login", json!({"email": "nobody@example.com", "password": "not theirs"})).await,
        ask("verify-code", json!({"challenge_id": challenge, "code": "abcdefgh23"})).await,
        ask("reset-password", json!({"token": "nonsense", "password": "another password"})).await,
        ask("change-password", json!({"current_password": "not hers", "new_password": "another password"})).await,
        ask("delete-account", json!({"mode": "erase"})).await,
        ask("logout", json!({"everywhere": true, "session_id": "ses_aaaaaaaaaaaaaaaa"})).await,
        ask("refresh-session", json!({"refresh_token": "nonsense"})).await,
    ];
    shop.block_email(&ada.email).await?;
    answers.push(ask("login", json!({"email": ada.email, "password": ada.password})).await);
    answers.push(ask("logout", json!({})).await);
    assert!(answers.iter().all(|answer| (400..500).contains(&answer.status)), "{answers:?}");
    assert_eq!(stored(&shop).await?, before);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn twenty_right_passwords_at_once_are_twenty_sign_ins_on_the_record() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    let login = || shop.post("login", json!({"email": ada.email, "password": ada.password}));
    let answers = join_all((0..20).map(|_| login())).await;
    assert!(answers.iter().all(|answer| answer.status == 200));

    let signed_in = listed(&shop, &format!("subject={}&action=sign-in-by-password", ada.account_id())).await?;
    let recorded: BTreeSet<_> = signed_in.iter().filter_map(|event| event["id"].as_str()?.strip_prefix("aud_")).collect();
    let sessions = shop.table().await?.sessions(&ada.email);
    let sessions: BTreeSet<_> = sessions.iter().filter_map(|id| id.strip_prefix("ses_")).collect();
    assert_eq!((signed_in.len(), recorded), (20, sessions), "each has the name of its session");
    Ok(())
}

#[tokio::test]
async fn every_fifth_wrong_password_in_a_row_is_recorded_whether_there_is_an_account_or_not() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("planted-ada@example.com").await?;
    shop.wait_a_day();
    let mut told = Vec::new();
    for (email, network) in [(ada.email.as_str(), 1), ("planted-nobody@example.com", 2)] {
        let (mut statuses, mut counts) = (Vec::new(), Vec::new());
        for _ in 0..11 {
            let before = stored(&shop).await?.len();
            let guess = json!({"email": email, "password": "not it"});
            statuses.push(shop.ask("login").from_network(network).json(&guess).send().await.status);
            counts.push(stored(&shop).await?.len() - before);
            shop.wait(900);
        }
        assert_eq!(statuses, [401; 11]);
        assert_eq!(counts, [0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0]);
        told.push(statuses);
    }
    // Five at once get a number each.
    let guess = |_| shop.ask("login").from_network(3).json(&json!({"email": ada.email, "password": "not it"})).send();
    join_all((0..5).map(guess)).await;

    let digest = shop.email_key("planted-nobody@example.com").await?.encoded();
    let account = ada.account_id();
    let visitor = json!({"kind": "visitor", "id": null, "role": null});
    for (subject, expected) in [
        (account.as_str(), vec![(5, "10.0.3.0"), (10, "10.0.1.0"), (5, "10.0.1.0")]),
        (digest.as_str(), vec![(10, "10.0.2.0"), (5, "10.0.2.0")]),
    ] {
        let events = listed(&shop, &format!("subject={subject}&action=wrong-passwords")).await?;
        let seen: Vec<_> =
            events.iter().map(|event| (event["times"].as_u64().unwrap_or(0), event["from"].as_str().unwrap_or(""))).collect();
        assert_eq!(seen, expected);
        assert!(events.iter().all(|event| event["actor"] == visitor));
    }
    assert!(stored(&shop).await?.iter().all(|event| !format!("{event:?}").contains("planted")));
    Ok(())
}

#[tokio::test]
async fn so_is_every_fifth_wrong_present_password_and_every_fifth_by_a_known_device() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait(61);
    for _ in 0..5 {
        let wrong = json!({"current_password": "not hers", "new_password": "another password"});
        let answer = shop.ask("change-password").bearer(&ada.access_token()).from([203, 0, 113, 1]).json(&wrong).send().await;
        assert_eq!(answer.refusal(), (401, "invalid_credentials".to_owned()));
    }
    for network in 0..5 {
        let wrong = json!({"email": ada.email, "password": "not hers", "device_token": ada.device_token()});
        assert_eq!(shop.ask("login").from_network(network).json(&wrong).send().await.status, 401);
    }
    let events = listed(&shop, &format!("subject={}&action=wrong-passwords", ada.account_id())).await?;
    let mut seen: Vec<_> = events.iter().map(|event| (event["times"].clone(), event["from"].clone())).collect();
    seen.sort_by_key(|(_, from)| from.to_string());
    assert_eq!(seen, [(json!(5), json!("10.0.4.0")), (json!(5), json!("203.0.113.1"))]);
    Ok(())
}

#[tokio::test]
async fn what_staff_did_is_kept_for_four_hundred_days() -> Outcome {
    let shop = Shop::open().await?;
    shop.key(Role::Support).await?;
    let made = stored(&shop).await?.into_iter().find(|event| text(event, "action") == "create-key").ok_or("no event")?;
    let end = shop.clock.now().plus(Duration::from_secs(400 * 86_400)).unix_seconds().to_string();
    assert_eq!(made["exp"].as_n(), Ok(&end));
    Ok(())
}

#[tokio::test]
async fn the_wrong_codes_that_make_an_addresss_codes_longer_are_recorded_whether_there_is_an_account_or_not() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    let mut network = 0;
    for email in [ada.email.as_str(), "nobody@example.com"] {
        let mut counts = Vec::new();
        for _ in 0..5 {
            let before = stored(&shop).await?.len();
            network += 1;
            let sent = shop.ask("send-code").from_network(network).json(&json!({"email": email})).send().await;
            let wrong = json!({"challenge_id": sent.text("/challenge_id"), "code": "abcdefgh23"});
            let guesses = join_all((0..5).map(|_| shop.ask("verify-code").from_network(network).json(&wrong).send())).await;
            assert!(guesses.iter().all(|answer| answer.status == 401), "{guesses:?}");
            counts.push(stored(&shop).await?.len() - before);
            shop.wait(61);
        }
        assert_eq!(counts, [0, 0, 1, 0, 1], "{email}");
    }
    let digest = shop.email_key("nobody@example.com").await?.encoded();
    for subject in [ada.account_id(), digest] {
        let events = listed(&shop, &format!("subject={subject}&action=wrong-codes")).await?;
        let times: Vec<_> = events.iter().map(|event| event["times"].clone()).collect();
        assert_eq!(times, [json!(25), json!(15)]);
    }
    Ok(())
}

#[tokio::test]
async fn a_key_that_is_refused_is_recorded_ten_times_an_hour_and_what_is_no_key_never() -> Outcome {
    let shop = Shop::open().await?;
    let (support, revoked) = (shop.key(Role::Support).await?, shop.key(Role::Owner).await?);
    let id = |key: &str| format!("key_{}", key.split('_').nth(1).unwrap_or_default());
    shop.ask("revoke-key").bearer(&shop.owner_key).json(&json!({"key_id": id(&revoked)})).send().await;
    let (name, _) = shop.owner_key.rsplit_once('_').ok_or("a key has three parts")?;
    let (_, secret) = support.rsplit_once('_').ok_or("a key has three parts")?;
    let crossed = format!("{name}_{secret}");
    let made_up = format!("vsk_aaaaaaaaaaaaaaaa_{secret}");

    let check = json!({"email": "ada@example.com", "scope": "checkout"});
    let before = stored(&shop).await?.len();
    for _ in 0..12 {
        assert_eq!(shop.ask("list-keys").bearer(&support).from([203, 0, 113, 1]).send().await.status, 403);
        assert_eq!(shop.ask("block-check").bearer(&revoked).from([203, 0, 113, 2]).json(&check).send().await.status, 401);
        assert_eq!(shop.ask("block-check").bearer(&crossed).from([203, 0, 113, 3]).json(&check).send().await.status, 401);
        assert_eq!(shop.ask("block-check").bearer(&made_up).json(&check).send().await.status, 401);
        assert_eq!(shop.ask("block-check").bearer(&support).json(&check).send().await.status, 200);
    }
    assert_eq!(stored(&shop).await?.len() - before, 30);
    shop.wait(3_600);
    shop.ask("list-keys").bearer(&support).send().await;

    let nobody = json!({"kind": "visitor", "id": null, "role": null});
    let holder = json!({"kind": "key", "id": id(&support), "role": "support"});
    for (query, expected, number) in [
        ("action=role-too-low", json!([holder, "list-keys", "203.0.113.1"]), 11),
        ("action=revoked-key-shown", json!([nobody, id(&revoked), "203.0.113.2"]), 10),
        ("action=wrong-key-shown", json!([nobody, id(&shop.owner_key), "203.0.113.3"]), 10),
    ] {
        let events = listed(&shop, query).await?;
        let oldest = events.last().ok_or("no event")?;
        assert_eq!((json!([oldest["actor"], oldest["subject"], oldest["from"]]), events.len()), (expected, number), "{query}");
    }
    Ok(())
}

/// Has the table take no single new item.
#[derive(Debug)]
struct NothingNew;

impl Intercept for NothingNew {
    fn name(&self) -> &'static str {
        "NothingNew"
    }

    fn read_before_serialization(
        &self,
        context: &BeforeSerializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if context.input().downcast_ref::<PutItemInput>().is_some() { Err("the table takes no new item".into()) } else { Ok(()) }
    }
}

#[tokio::test]
async fn what_cannot_be_recorded_is_not_answered_and_a_refused_key_is_refused_all_the_same() -> Outcome {
    let mut shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let support = shop.key(Role::Support).await?;
    shop.wait_a_day();
    shop.watch(NothingNew)?;
    let right = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
    assert_eq!(right.refusal(), (503, "unavailable".to_owned()));
    for (email, network) in [("ada@example.com", 1), ("nobody@example.com", 2)] {
        let mut statuses = Vec::new();
        for _ in 0..5 {
            let guess = json!({"email": email, "password": "not it"});
            statuses.push(shop.ask("login").from_network(network).json(&guess).send().await.status);
        }
        assert_eq!(statuses, [401, 401, 401, 401, 503], "{email}");
    }
    assert_eq!(shop.ask("list-audit").bearer(&shop.owner_key).send().await.status, 503);
    assert_eq!(shop.ask("list-audit").bearer(&support).send().await.refusal(), (403, "forbidden".to_owned()));
    Ok(())
}
