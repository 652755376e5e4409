//! What a stranger is told does not depend on who is at the address: the same answer, and the same kinds of items
//! written.

use std::{collections::BTreeSet, net::IpAddr};

use local::simulator::Fate;
use serde_json::{Value, json};
use shared::domain::{
    base32,
    block::{BlockRule, Scope},
    domain_name::DomainName,
    policy::MailsPerHour,
};
use tests::{Answer, Failure, Item, Outcome, Shop, Table, text};

/// Everybody who can be at an address, and where they ask from. The domains have one length, for a challenge's name
/// has the domain in it.
const EVERYBODY: [(&str, &str); 11] = [
    ("known@example.com", "192.0.2.1"),
    ("unknown@example.com", "192.0.2.1"),
    ("blocked@example.com", "192.0.2.1"),
    ("known@blocked.com", "192.0.2.1"),
    ("networked@example.com", "198.51.100.1"),
    ("passwordless@example.com", "192.0.2.1"),
    ("closed@example.com", "192.0.2.1"),
    ("held@example.com", "192.0.2.1"),
    ("pending@example.com", "192.0.2.1"),
    ("erased@example.com", "192.0.2.1"),
    ("imported@example.com", "192.0.2.1"),
];
/// Whose sign-up waits for its proof.
const PENDING: &str = "pending@example.com";
const PASSWORD: &str = "a password of her own";

async fn shop_of_everybody() -> Result<Shop, Failure> {
    let shop = Shop::open().await?;
    for email in ["known@example.com", "blocked@example.com", "known@blocked.com", "networked@example.com", "held@example.com"] {
        shop.customer(email).await?;
    }
    shop.customer_without_password("passwordless@example.com").await?;
    for (email, mode) in [("closed@example.com", "close"), ("erased@example.com", "erase")] {
        shop.wait_a_day();
        let customer = shop.customer(email).await?;
        let answer = shop.ask("delete-account").bearer(&customer.access_token()).json(&json!({"mode": mode})).send().await;
        assert_eq!(answer.status, 202);
    }
    shop.imported("imported@example.com", PASSWORD).await?;
    shop.hold("held@example.com").await?;
    shop.block_email("blocked@example.com").await?;
    shop.block(BlockRule::Domain(DomainName::parse("blocked.com")?), &Scope::ALL, None).await?;
    shop.block(BlockRule::cidr("198.51.100.0/24")?, &Scope::ALL, None).await?;
    Ok(shop)
}

/// The next day, when every limit is fresh; a sign-up that is to be waiting has just been sent.
async fn another_day(shop: &Shop, email: &str) {
    shop.wait_a_day();
    if email == PENDING {
        let form = json!({"email": email, "password": PASSWORD});
        assert_eq!(shop.ask("create-account").from_network(1).json(&form).send().await.status, 202);
        shop.wait(60);
    }
}

/// The kinds of the items that are new or other than before: the sort key, and for limits which.
fn written(before: &Table, after: &Table) -> BTreeSet<String> {
    let kind = |item: &Item| match text(item, "sk").as_str() {
        "LIMIT" => text(item, "pk").split('#').nth(3).unwrap_or_default().to_owned(),
        // Which of the places side by side a challenge is in.
        sk => sk.trim_end_matches(|number: char| number.is_ascii_digit()).trim_end_matches('#').to_owned(),
    };
    after.0.iter().filter(|item| !before.0.contains(item)).map(kind).collect()
}

/// What somebody is told, and which kinds of items it leaves.
async fn told(shop: &Shop, operation: &str, from: &str, body: Value) -> Result<(Answer, BTreeSet<String>), Failure> {
    let before = shop.table().await?;
    let answer = shop.ask(operation).from(from.parse::<IpAddr>()?).json(&body).send().await;
    Ok((answer, written(&before, &shop.table().await?)))
}

async fn is_one_class(operation: &str, status: u16, kinds: &[&str], body: impl Fn(&str) -> Value) -> Outcome {
    let shop = shop_of_everybody().await?;
    let mut first = None;
    for (email, from) in EVERYBODY {
        another_day(&shop, email).await;
        let (answer, written) = told(&shop, operation, from, body(email)).await?;
        assert_eq!(answer.status, status, "{operation} {email}");
        let class = first.get_or_insert_with(|| answer.class());
        assert_eq!(answer.class(), *class, "{operation} {email}");
        assert_eq!(written, kinds.iter().map(|kind| (*kind).to_owned()).collect(), "{operation} {email}");
    }
    Ok(())
}

#[tokio::test]
async fn to_create_an_account() -> Outcome {
    let kinds = ["CHALLENGE#SIGN-IN", "MAIL", "mails-hour", "mails-network", "sends-address"];
    is_one_class("create-account", 202, &kinds, |email| json!({"email": email, "password": "a fine password", "name": "Ada"})).await
}

#[tokio::test]
async fn to_be_sent_a_code() -> Outcome {
    let kinds = ["CHALLENGE#SIGN-IN", "MAIL", "mails-hour", "mails-network", "sends-address"];
    is_one_class("send-code", 202, &kinds, |email| json!({"email": email})).await
}

#[tokio::test]
async fn to_be_sent_a_code_for_a_deletion() -> Outcome {
    let kinds = ["CHALLENGE#DELETION", "MAIL", "mails-hour", "mails-network", "sends-address"];
    is_one_class("send-code", 202, &kinds, |email| json!({"email": email, "purpose": "delete-account"})).await
}

#[tokio::test]
async fn to_be_sent_a_link() -> Outcome {
    let kinds = ["CHALLENGE#RESET-LINK", "MAIL", "mails-hour", "mails-network", "sends-address"];
    is_one_class("forgot-password", 202, &kinds, |email| json!({"email": email})).await
}

#[tokio::test]
async fn to_move_an_account_there() -> Outcome {
    let shop = shop_of_everybody().await?;
    shop.wait(600);
    let mover = shop.customer("mover@example.com").await?;
    let mut first = None;
    for (email, _) in EVERYBODY {
        shop.wait_a_day();
        let session = shop.post("login", json!({"email": mover.email, "password": mover.password})).await;
        let (challenge_id, code) = shop.challenge(&mover.email, "change-email").await?;
        let body = json!({"challenge_id": challenge_id, "code": code, "new_email": email});
        let before = shop.table().await?;
        let answer = shop.ask("change-email").bearer(&session.text("/access_token")).json(&body).send().await;
        assert_eq!(answer.status, 202, "{email}");
        let written = written(&before, &shop.table().await?);
        let class = first.get_or_insert_with(|| (answer.class(), written.clone()));
        assert_eq!((answer.class(), written), *class, "{email}");
    }
    let (_, written) = first.ok_or("nobody was tried")?;
    for kind in ["CHALLENGE#NEW-MAILBOX", "MAIL", "mails-hour", "mails-network", "sends-address"] {
        assert!(written.contains(kind), "{kind}");
    }
    Ok(())
}

#[tokio::test]
async fn to_sign_in_with_a_wrong_password() -> Outcome {
    is_one_class(
        "login",
        401,
        &["passwords-network", "passwords-pair", "stranger-failures"],
        |email| json!({"email": email, "password": "not her password"}),
    )
    .await
}

#[tokio::test]
async fn to_sign_in_too_often() -> Outcome {
    let shop = shop_of_everybody().await?;
    let mut first = None;
    for (email, from) in EVERYBODY {
        another_day(&shop, email).await;
        let mut classes = Vec::new();
        for _ in 0..7 {
            let body = json!({"email": email, "password": "not her password"});
            classes.push(told(&shop, "login", from, body).await?.0.class());
        }
        assert_eq!(classes.iter().map(|(status, ..)| *status).collect::<Vec<_>>(), [401, 401, 401, 401, 401, 429, 429], "{email}");
        let all = first.get_or_insert_with(|| classes.clone());
        assert_eq!(classes, *all, "{email}");
    }
    Ok(())
}

#[tokio::test]
async fn to_prove_a_mailbox_with_a_wrong_code() -> Outcome {
    for (operation, purpose, slot) in [
        ("send-code", Some("sign-in"), "CHALLENGE#SIGN-IN"),
        ("send-code", Some("delete-account"), "CHALLENGE#DELETION"),
        ("create-account", None, "CHALLENGE#SIGN-IN"),
    ] {
        let shop = shop_of_everybody().await?;
        let mut first = None;
        for (email, from) in EVERYBODY {
            another_day(&shop, email).await;
            let mut body = json!({"email": email});
            if let Some(purpose) = purpose {
                body["purpose"] = json!(purpose);
            }
            let sent = told(&shop, operation, from, body).await?.0;
            let mut classes = Vec::new();
            for guess in 0..6 {
                // Of a shape that no mail of these has.
                let body = json!({"challenge_id": sent.text("/challenge_id"), "code": "abcdefgh23"});
                let (answer, written) = told(&shop, "verify-code", from, body).await?;
                classes.push(answer.class());
                let kinds: &[&str] = if guess < 5 { &[slot, "codes-network", "wrong-codes"] } else { &[] };
                assert_eq!(written, kinds.iter().map(|kind| (*kind).to_owned()).collect(), "{operation} {email}");
            }
            assert_eq!(
                classes.iter().map(|(status, ..)| *status).collect::<Vec<_>>(),
                [401, 401, 401, 401, 401, 410],
                "{operation} {email}"
            );
            let all = first.get_or_insert_with(|| classes.clone());
            assert_eq!(classes, *all, "{operation} {email}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn to_ask_for_mails_too_often() -> Outcome {
    for (operation, purpose) in
        [("create-account", None), ("send-code", Some("sign-in")), ("send-code", Some("delete-account")), ("forgot-password", None)]
    {
        let shop = shop_of_everybody().await?;
        let mut first = None;
        // A sign-up that waits for its proof has had a mail already, which counts as any other does.
        for (email, from) in EVERYBODY.into_iter().filter(|(email, _)| *email != PENDING) {
            shop.wait_a_day();
            let mut body = json!({"email": email});
            if let Some(purpose) = purpose {
                body["purpose"] = json!(purpose);
            }
            let mut classes = Vec::new();
            for pause in [0, 0, 60, 0, 60, 60, 60, 0, 60, 0] {
                shop.wait(pause);
                classes.push(shop.ask(operation).from(from.parse::<IpAddr>()?).json(&body).send().await.class());
            }
            let statuses: Vec<_> = classes.iter().map(|(status, ..)| *status).collect();
            assert_eq!(statuses, [202, 429, 202, 429, 429, 429, 429, 429, 429, 429], "{operation} {email}");
            let all = first.get_or_insert_with(|| classes.clone());
            assert_eq!(classes, *all, "{operation} {email}: a class has the Retry-After in it");
        }
    }
    Ok(())
}

/// Has so many mails of the store come back that those to addresses without an account are stopped.
async fn stop_mail_to_unknown_addresses(shop: &Shop) -> Outcome {
    // An address is stopped the longer the more often it bounces, and counts no more meanwhile.
    let now = shop.clock.now().unix_seconds();
    for number in 0..25 {
        shop.tell(Fate::Bounce, &format!("bounces-{number}-at-{now}@example.com")).await?;
    }
    for number in 0..6 {
        let body = json!({"email": format!("new-{number}@example.com")});
        assert_eq!(shop.ask("send-code").from_network(number).json(&body).send().await.status, 202);
    }
    Ok(())
}

/// Has one kind of address use up its share of the store's mails in this hour.
async fn spend_the_share_of_unknown_addresses(shop: &Shop) -> Outcome {
    let twenty = MailsPerHour::parse(20)?;
    shop.set_up(|settings| settings.mails_per_hour = twenty).await?;
    for number in 0..16 {
        let body = json!({"email": format!("new-{number}@example.com")});
        assert_eq!(shop.ask("send-code").from_network(number).json(&body).send().await.status, 202);
    }
    Ok(())
}

#[tokio::test]
async fn to_ask_while_mails_to_addresses_without_an_account_are_withheld() -> Outcome {
    let kinds = ["CHALLENGE#SIGN-IN", "MAIL", "mails-network", "sends-address"].map(str::to_owned);
    for stopped in [true, false] {
        let shop = shop_of_everybody().await?;
        let mut first = None;
        for (email, from) in EVERYBODY.into_iter().filter(|(email, _)| *email != PENDING) {
            shop.wait(2 * 24 * 3600 + 1);
            if stopped {
                stop_mail_to_unknown_addresses(&shop).await?;
            } else {
                spend_the_share_of_unknown_addresses(&shop).await?;
            }
            let mails = shop.every_mail().await?.len();
            let (answer, mut written) = told(&shop, "send-code", from, json!({"email": email})).await?;
            // A grant of the budget that was not used before is used now, so that nothing is counted.
            written.remove("mails-hour");
            assert_eq!(written, kinds.iter().cloned().collect(), "{email}");
            let class = first.get_or_insert_with(|| answer.class());
            assert_eq!((answer.status, answer.class()), (202, class.clone()), "{email}");
            let mailed =
                ["known@example.com", "passwordless@example.com", "closed@example.com", "held@example.com", "imported@example.com"];
            assert_eq!(shop.every_mail().await?.len() - mails, usize::from(mailed.contains(&email)), "{email}, stopped: {stopped}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn to_set_a_password_by_a_link_that_is_made_up() -> Outcome {
    let shop = shop_of_everybody().await?;
    let mut first = None;
    for (email, from) in EVERYBODY {
        another_day(&shop, email).await;
        let sent = told(&shop, "send-code", from, json!({"email": email})).await?.0;
        // The name of a reset link's challenge at the same address: another place, and other random bits.
        let mut name = base32::decode_any(&sent.text("/challenge_id")).ok_or("a challenge's name is base32")?;
        name[0] = 4;
        name[21..30].fill(7);
        let token = format!("{}.{}", base32::encode(&name), "A".repeat(43));
        let mut classes = Vec::new();
        for asked in [false, true] {
            if asked {
                shop.wait(60);
                assert_eq!(told(&shop, "forgot-password", from, json!({"email": email})).await?.0.status, 202);
            }
            let (answer, written) = told(&shop, "reset-password", from, json!({"token": token, "password": PASSWORD})).await?;
            assert_eq!((answer.status, written), (410, BTreeSet::new()), "{email}");
            classes.push(answer.class());
        }
        let all = first.get_or_insert_with(|| classes.clone());
        assert_eq!(classes, *all, "{email}");
    }
    Ok(())
}

#[tokio::test]
async fn but_whoever_has_proved_who_they_are_is_told() -> Outcome {
    let shop = shop_of_everybody().await?;
    let mut statuses = Vec::new();
    for (email, from) in EVERYBODY {
        let answer = told(&shop, "login", from, json!({"email": email, "password": PASSWORD})).await?.0;
        statuses.push(answer.status);
    }
    assert_eq!(statuses, [200, 401, 403, 403, 403, 401, 401, 200, 401, 401, 200]);
    Ok(())
}
