//! Strangers who want to spend what others need: the mails of a store, those of one customer, and the table behind them.

use std::{
    collections::BTreeSet,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use futures::future::join_all;
use local::{inbox::InboxMail, simulator::Fate};
use serde_json::{Value, json};
use tests::{Customer, Failure, Outcome, Shop};

use crate::floods::count;

const HOUR: u64 = 60 * 60;
/// How long an attack lasts: longer than the day that any limit remembers.
const ATTACK: u64 = 26 * HOUR;
/// How often the attacker comes back: as soon as the shortest window of a network is over.
const STEP: u64 = 10 * 60;
/// How many requests the attacker makes each time: more than any network is allowed.
const REQUESTS: u64 = 24;

/// Everything that an attack is looked at for.
#[derive(Debug, Default)]
struct Figures {
    asked: usize,
    let_through: usize,
    attackers_mails: usize,
    honest_mails: usize,
    bounces: usize,
}

/// Somebody whose network nobody else is in.
fn elsewhere(number: u64) -> u32 {
    10_000 + u32::try_from(number).unwrap_or_default()
}

/// Has every mail to a made-up address come back that has not yet.
async fn bounce(shop: &Shop, bounced: &mut BTreeSet<String>) -> Outcome {
    let sent_at = shop.clock.now().rfc3339();
    for mail in shop.every_mail().await? {
        if mail.to.starts_with("made-up") && bounced.insert(mail.id.clone()) {
            let mail = InboxMail { sent_at: sent_at.clone(), ..mail };
            shop.told(&Fate::Bounce.told(&mail, &sent_at)).await?;
        }
    }
    Ok(())
}

/// The customer's known device and two strangers from elsewhere get what they ask for, at once.
async fn honest_people(shop: &Shop, customers: &mut [Customer], number: u64) -> Outcome {
    let customer = &mut customers[usize::try_from(number)? % customers.len()];
    let mails = shop.mails(&customer.email).await?.len();
    let known = json!({"email": customer.email, "device_token": customer.device_token()});
    let code = shop.ask("send-code").from_network(elsewhere(number)).json(&known).send().await;
    let body = json!({"challenge_id": code.text("/challenge_id"), "code": shop.code(&customer.email).await?});
    assert_eq!((code.status, shop.post("verify-code", body).await.status), (202, 200), "a known device, step {number}");

    let reset = shop.ask("forgot-password").from_network(elsewhere(number)).json(&json!({"email": customer.email})).send().await;
    assert_eq!(reset.status, 202, "a reset, step {number}: {reset:?}");
    let token = shop.link_token(&customer.email).await?;
    assert_eq!(shop.mails(&customer.email).await?.len(), mails + 2, "step {number}");
    if number.is_multiple_of(12) {
        let body = json!({"token": token, "password": customer.password});
        assert_eq!(shop.post("reset-password", body).await.status, 204, "a reset, step {number}");
        // The reset has revoked the device: it is known again from the next sign-in on.
        let again = json!({"email": customer.email, "password": customer.password});
        customer.session = shop.ask("login").from_network(elsewhere(number)).json(&again).send().await;
    }

    let email = format!("honest-{number}@example.com");
    let form = json!({"email": email, "password": "a password of her own"});
    let opened = shop.ask("create-account").from_network(elsewhere(number)).json(&form).send().await;
    let body = json!({"challenge_id": opened.text("/challenge_id"), "code": shop.code(&email).await?});
    let session = shop.ask("verify-code").from_network(elsewhere(number)).json(&body).send().await;
    assert_eq!((opened.status, session.status), (202, 200), "a sign-up, step {number}");
    Ok(())
}

/// Lets an attacker with these addresses do their worst for 26 hours.
#[expect(clippy::print_stdout, reason = "the figures are what is shown")]
async fn does_its_worst(what: &str, address: impl Fn(u64) -> IpAddr) -> Result<Figures, Failure> {
    let shop = Shop::open().await?;
    let mut customers = Vec::new();
    for number in 0..24 {
        customers.push(shop.customer(&format!("customer-{number}@example.com")).await?);
    }
    shop.wait_a_day();
    let before = shop.every_mail().await?.len();
    let (mut figures, mut bounced, mut number) = (Figures::default(), BTreeSet::new(), 0);
    for step in 0..ATTACK / STEP {
        for _ in 0..REQUESTS / 4 {
            let wave = (0..4).map(|_| {
                number += 1;
                let operation = ["create-account", "send-code"][usize::try_from(number % 2).unwrap_or_default()];
                let body = json!({"email": format!("made-up-{number}@example.com")});
                shop.ask(operation).from(address(number)).json(&body).send()
            });
            let answers = join_all(wave.collect::<Vec<_>>()).await;
            figures.asked += answers.len();
            figures.let_through += count(&answers, 202);
            assert_eq!(count(&answers, 202) + count(&answers, 429), answers.len(), "{answers:?}");
        }
        honest_people(&shop, &mut customers, step).await?;
        bounce(&shop, &mut bounced).await?;
        shop.wait(STEP);
    }
    let mails = shop.every_mail().await?.len() - before;
    figures.attackers_mails = bounced.len();
    figures.honest_mails = mails - bounced.len();
    figures.bounces = bounced.len();
    println!(
        "{what} for {} hours: {} requests, {} let through, {} mailed and bounced; honest people {} mails; bounce rate {:.1} %",
        ATTACK / HOUR,
        figures.asked,
        figures.let_through,
        figures.attackers_mails,
        figures.honest_mails,
        100.0 * figures.bounces as f64 / mails as f64,
    );
    Ok(figures)
}

/// The attack is over, nobody was kept from anything, and SES has nothing to look into: that begins at 5 in 100.
fn held(figures: &Figures, let_through_at_most: usize) {
    let Figures { let_through, honest_mails, bounces, .. } = figures;
    assert!(*let_through <= let_through_at_most, "{figures:?}");
    assert!(bounces * 100 < (honest_mails + bounces) * 5, "{figures:?}");
    assert!(*bounces > 0, "an attacker who reaches nobody proves nothing: {figures:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_ipv6_site_that_does_its_worst_for_26_hours_keeps_nobody_from_anything() -> Outcome {
    // Of its 65,536 networks each request takes another: consecutive ones share no /56.
    let site = |number: u64| {
        let network = u128::from(number.wrapping_mul(0x9E37) & 0xFFFF);
        IpAddr::from(Ipv6Addr::from_bits(0x2001_0db8_0bad_0000_0000_0000_0000_0001 | (network << 64)))
    };
    held(&does_its_worst("one IPv6 /48", site).await?, 360);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_ipv4_address_that_does_its_worst_for_26_hours_keeps_nobody_from_anything() -> Outcome {
    held(&does_its_worst("one IPv4 address", |_| IpAddr::from(Ipv4Addr::new(203, 0, 113, 7))).await?, 240);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_ipv4_block_that_does_its_worst_for_26_hours_keeps_nobody_from_anything() -> Outcome {
    let block = |number: u64| IpAddr::from(Ipv4Addr::new(203, 0, 113, u8::try_from(number % 256).unwrap_or_default()));
    held(&does_its_worst("one IPv4 /24", block).await?, 480);
    Ok(())
}

/// The ways to be mailed something, with where it is redeemed; all of them mail somebody who has an account.
const ASKED_FOR: [(&str, Option<&str>); 4] =
    [("send-code", Some("sign-in")), ("send-code", Some("delete-account")), ("create-account", None), ("forgot-password", None)];

fn asked_with(email: &str, purpose: Option<&str>) -> Value {
    purpose.map_or_else(|| json!({"email": email}), |purpose| json!({"email": email, "purpose": purpose}))
}

#[tokio::test]
async fn a_stranger_neither_delays_nor_replaces_nor_spends_what_a_customer_asks_for() -> Outcome {
    for (operation, purpose) in ASKED_FOR {
        for stranger_first in [true, false] {
            let shop = Shop::open().await?;
            let email = if operation == "create-account" { "new@example.com" } else { "ada@example.com" };
            if operation != "create-account" {
                shop.customer(email).await?;
                shop.wait_a_day();
            }
            let case = format!("{operation} {purpose:?}, the stranger first: {stranger_first}");
            let ask = |network: u32| shop.ask(operation).from_network(network).json(&asked_with(email, purpose)).send();
            if stranger_first {
                assert_eq!(ask(1).await.status, 202, "{case}");
            }
            let own = ask(2).await;
            assert_eq!(own.status, 202, "{case}: in the same minute");
            let secret = if operation == "forgot-password" { shop.link_token(email).await? } else { shop.code(email).await? };

            // Whatever is asked for from elsewhere, and guessed at there.
            for (network, (operation, purpose)) in
                (3..).zip([("send-code", Some("sign-in")), ("create-account", None), (operation, purpose)])
            {
                let sent = shop.ask(operation).from_network(network).json(&asked_with(email, purpose)).send().await;
                assert_eq!(sent.status, 202, "{case}");
                for _ in 0..5 {
                    let guess = json!({"challenge_id": sent.text("/challenge_id"), "code": "00000000"});
                    if operation != "forgot-password" {
                        assert_eq!(shop.ask("verify-code").from_network(network).json(&guess).send().await.status, 401, "{case}");
                    }
                }
            }
            let redeemed = if operation == "forgot-password" {
                shop.post("reset-password", json!({"token": secret, "password": "another password"})).await
            } else {
                shop.post("verify-code", json!({"challenge_id": own.text("/challenge_id"), "code": secret})).await
            };
            assert!(matches!(redeemed.status, 200 | 204), "{case}: {redeemed:?}");
        }
    }
    Ok(())
}

/// What an attacker is called, where its requests come from, and how much of it is let through in an hour and in a day.
type Attacker<'a> = (&'a str, &'a dyn Fn(u64) -> IpAddr, [usize; 2]);

#[tokio::test]
async fn one_network_that_asks_all_day_leaves_its_victim_most_of_the_mail() -> Outcome {
    let site = |number: u64| IpAddr::from(Ipv6Addr::from_bits(0x2001_0db8_0bad_0000_0000_0000_0000_0001 | (u128::from(number) << 64)));
    let block = |number: u64| IpAddr::from(Ipv4Addr::new(203, 0, 113, u8::try_from(number % 256).unwrap_or_default()));
    let address = |_| IpAddr::from(Ipv4Addr::new(203, 0, 113, 7));
    let attackers: [Attacker<'_>; 3] =
        [("one address", &address, [2, 4]), ("one IPv4 /24", &block, [3, 6]), ("one IPv6 /48", &site, [2, 4])];
    for (what, address, [in_an_hour, in_a_day]) in attackers {
        let shop = Shop::open().await?;
        let email = "victim@example.com";
        let mut of_attacker = 0;
        for minute in 0..24 * 60 {
            // In the last minute of the first hour, and of the day.
            if [59, 24 * 60 - 1].contains(&minute) {
                assert_eq!(of_attacker, if minute == 59 { in_an_hour } else { in_a_day }, "{what}");
                for (network, operation) in (50 + minute..).zip(["send-code", "create-account"]) {
                    let sent = shop.ask(operation).from_network(network).json(&json!({"email": email})).send().await;
                    assert_eq!(sent.status, 202, "{what}, {operation}");
                }
            } else if minute % 5 == 0 {
                let operation = ["send-code", "create-account"][usize::try_from(minute / 5 % 2)?];
                let asked = shop.ask(operation).from(address(u64::from(minute))).json(&json!({"email": email})).send().await;
                of_attacker += usize::from(asked.status == 202);
            }
            shop.wait(60);
        }
    }
    Ok(())
}

#[tokio::test]
async fn whoever_asks_again_is_mailed_the_same_code_with_what_is_left_of_its_guesses_until_half_of_its_life() -> Outcome {
    let shop = Shop::open().await?;
    let email = "ada@example.com";
    let ask = async || -> Result<(String, String, Value), Failure> {
        let sent = shop.ask("send-code").from_network(1).json(&json!({"email": email})).send().await;
        assert_eq!(sent.status, 202);
        Ok((sent.text("/challenge_id"), shop.code(email).await?, sent.body["expires_in"].clone()))
    };
    let guess = async |challenge: &str| {
        let body = json!({"challenge_id": challenge, "code": "00000000"});
        shop.ask("verify-code").from_network(1).json(&body).send().await.status
    };
    let (challenge, code, _) = ask().await?;
    for _ in 0..3 {
        assert_eq!(guess(&challenge).await, 401);
    }
    shop.wait(300);
    assert_eq!(ask().await?, (challenge.clone(), code.clone(), json!(300)));
    assert_eq!([guess(&challenge).await, guess(&challenge).await, guess(&challenge).await], [401, 401, 410], "a resend refills nothing");

    // The last guess is spent, or half of its life is over: then there is another one.
    shop.wait(HOUR);
    let (third, ..) = ask().await?;
    assert_ne!(third, challenge);
    shop.wait(301);
    let (fourth, code, expires_in) = ask().await?;
    assert_eq!((third == fourth, expires_in), (false, json!(600)));
    assert_eq!(guess(&third).await, 410, "of one network's codes the newest alone");
    let body = json!({"challenge_id": fourth, "code": code});
    assert_eq!(shop.post("verify-code", body).await.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_refusal_by_a_limit_on_mails_costs_one_write_at_most_and_none_if_it_is_remembered_or_there_is_no_store() -> Outcome {
    for operation in ["send-code", "create-account", "forgot-password"] {
        let shop = Shop::open().await?;
        let ask = |number: u32| shop.ask(operation).json(&json!({"email": format!("customer-{number}@example.com")}));
        shop.round_trips.reset();
        let unknown = ask(0).at("no-such-store").send().await;
        assert_eq!((unknown.status, shop.round_trips.calls()), (404, 1), "{operation}: a read and nothing else");

        for number in 0..10 {
            assert_eq!(ask(number).send().await.status, 202, "{operation}");
        }
        let before = shop.table().await?.0;
        shop.round_trips.reset();
        let first = ask(10).send().await;
        assert_eq!((first.status, shop.round_trips.calls()), (429, 2), "{operation}: a read, and a mail reserved that nobody sends");
        let changed: Vec<_> = shop.table().await?.0.into_iter().filter(|item| !before.contains(item)).collect();
        assert_eq!(changed.len(), 1, "{operation}: {changed:?}");

        shop.round_trips.reset();
        for number in 11..20 {
            assert_eq!(ask(number).send().await.status, 429, "{operation}");
        }
        assert_eq!(shop.round_trips.calls(), 0, "{operation}: what is remembered is not asked for");

        // One address at which a network has had its share, from everywhere else in the network.
        shop.wait(3600);
        let victim = |number: u8| shop.ask(operation).from([203, 0, 113, number]).json(&json!({"email": "victim@example.com"})).send();
        let statuses = [victim(1).await.status, victim(2).await.status, victim(3).await.status, victim(4).await.status];
        assert_eq!(statuses, [202, 202, 202, 429], "{operation}");
        shop.round_trips.reset();
        assert_eq!((victim(5).await.status, shop.round_trips.calls()), (429, 0), "{operation}");
        // What was reserved for those who were refused is used by the next who is not.
        let table = shop.table().await?;
        let next = ask(30).send().await;
        assert_eq!(next.status, 202);
        let counted = |items: &[tests::Item]| {
            items.iter().filter(|item| tests::text(item, "pk").contains("#mails-hour#")).cloned().collect::<Vec<_>>()
        };
        assert_eq!(counted(&shop.table().await?.0), counted(&table.0), "{operation}");
    }
    Ok(())
}

#[tokio::test]
async fn a_count_that_fails_is_not_taken_back() -> Outcome {
    use aws_sdk_dynamodb::types::AttributeValue;

    let shop = Shop::open().await?;
    let ask =
        |number: u32| shop.ask("send-code").from_network(number).json(&json!({"email": format!("customer-{number}@example.com")})).send();
    for number in 0..12 {
        assert_eq!(ask(number).await.status, 202);
    }
    let counts = async |strangers: AttributeValue| -> Outcome {
        let table = shop.table().await?;
        let hour = table.of("LIMIT").find(|item| tests::text(item, "pk").contains("#mails-hour#")).ok_or("nothing was counted")?;
        let update =
            shop.dynamodb().update_item().table_name(shop.table_name()).key("pk", hour["pk"].clone()).key("sk", hour["sk"].clone());
        update.update_expression("SET strangers = :value").expression_attribute_values(":value", strangers).send().await?;
        Ok(())
    };
    // A text cannot be added to.
    counts(AttributeValue::S("no number".to_owned())).await?;
    for number in 12..20 {
        assert_eq!(ask(number).await.refusal(), (503, "unavailable".to_owned()));
    }
    counts(AttributeValue::N("12".to_owned())).await?;
    assert_eq!(ask(20).await.status, 202);
    let table = shop.table().await?;
    let hour = table.of("LIMIT").find(|item| tests::text(item, "pk").contains("#mails-hour#")).ok_or("nothing was counted")?;
    assert_eq!(hour["strangers"], AttributeValue::N("13".to_owned()));
    Ok(())
}

#[tokio::test]
async fn mail_to_addresses_without_an_account_stops_when_too_much_comes_back_and_begins_again_by_itself() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let mut number = 0;
    let mut mailed = async |email: Option<&str>| -> Result<bool, Failure> {
        number += 1;
        let unknown = format!("new-{number}@example.com");
        let email = email.unwrap_or(&unknown);
        let before = shop.mails(email).await?.len();
        let sent = shop.ask("send-code").from_network(number).json(&json!({"email": email})).send().await;
        assert_eq!(sent.status, 202, "the answer does not tell");
        Ok(shop.mails(email).await?.len() > before)
    };
    for number in 0..24 {
        shop.tell(Fate::Bounce, &format!("gone-{number}@example.com")).await?;
    }
    assert!(mailed(None).await?, "twenty-four are no rate");
    shop.wait(HOUR);
    shop.tell(Fate::Bounce, "gone-24@example.com").await?;
    // A mail that comes back is told of once, however often.
    let mut trickle = 0;
    for _ in 0..8 {
        trickle += usize::from(mailed(None).await?);
    }
    assert_eq!(trickle, 5, "some go through, to find out what becomes of them");
    assert!(mailed(Some(&ada.email)).await?, "whoever has an account is mailed");
    shop.wait(HOUR);
    assert!(mailed(None).await?, "and some more in the next hour");

    shop.wait(48 * HOUR);
    for _ in 0..8 {
        assert!(mailed(None).await?, "what came back the day before yesterday does not count");
    }
    Ok(())
}

#[tokio::test]
async fn a_network_whose_mails_come_back_gets_no_more_to_addresses_without_an_account_and_others_do() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let mut bounced = BTreeSet::new();
    let ask = async |from: [u8; 4], email: &str| -> Result<bool, Failure> {
        let before = shop.mails(email).await?.len();
        assert_eq!(shop.ask("send-code").from(from).json(&json!({"email": email})).send().await.status, 202);
        Ok(shop.mails(email).await?.len() > before)
    };
    for number in 0..4 {
        assert!(ask([203, 0, 113, number], &format!("made-up-{number}@example.com")).await?);
    }
    bounce(&shop, &mut bounced).await?;
    assert_eq!(bounced.len(), 4);
    assert!(!ask([203, 0, 113, 9], "new@example.com").await?, "from the whole block");
    assert!(ask([203, 0, 113, 9], &ada.email).await?, "but to whoever has an account");
    assert!(ask([203, 0, 114, 9], "new@example.com").await?, "and from elsewhere");
    shop.wait(48 * HOUR);
    assert!(ask([203, 0, 113, 9], "newer@example.com").await?, "two days later it is forgotten");
    Ok(())
}
