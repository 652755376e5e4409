//! `send-code`: a code in the mailbox, and the limits that all mails share.

use std::net::Ipv6Addr;

use serde_json::json;
use shared::domain::{block::Scope, policy::MailsPerHour};
use tests::{Failure, Outcome, Shop};

fn all_of(start: u64, count: u64, step: u64) -> impl Iterator<Item = (u64, u16, u64)> {
    (0..count).map(move |number| (start + number * step, 202, 0))
}

/// When an address may be sent a mail by whichever network, and how long it is sent away when it may not: five an hour, ten
/// a day.
fn schedule() -> Vec<(u64, u16, u64)> {
    let mut schedule: Vec<_> = all_of(0, 5, 60).collect();
    schedule.extend([(300, 429, 3300), (3599, 429, 1), (3600, 202, 0), (3601, 429, 59)]);
    schedule.extend(all_of(3660, 4, 60));
    schedule.extend([(7440, 429, 86_400 - 7440), (86_399, 429, 1), (86_400, 202, 0)]);
    schedule
}

/// The same for one network: a mail a minute, two an hour, four a day.
fn schedule_of_one_network() -> Vec<(u64, u16, u64)> {
    let mut schedule = vec![(0, 202, 0), (1, 429, 59), (59, 429, 1), (60, 202, 0), (120, 429, 3480), (3599, 429, 1)];
    schedule.extend([(3600, 202, 0), (3660, 202, 0), (7260, 429, 86_400 - 7260), (86_399, 429, 1), (86_400, 202, 0)]);
    schedule
}

#[tokio::test]
async fn a_known_address_and_a_new_one_are_both_mailed_a_code() -> Outcome {
    let shop = Shop::open().await?;
    shop.customer("ada@example.com").await?;
    shop.wait(60);
    for email in ["ada@example.com", "new@example.com"] {
        let sent = shop.post("send-code", json!({"email": email})).await;
        assert_eq!(sent.status, 202);
        assert_eq!((sent.body["expires_in"].clone(), sent.body["resend_after"].clone()), (json!(600), json!(60)));
        assert_eq!(sent.body.as_object().map(serde_json::Map::len), Some(3));
        assert_eq!(shop.mail_kinds(email).await?[0], "sign-in-code");
        assert_eq!(shop.code(email).await?.len(), 6);
    }
    Ok(())
}

#[tokio::test]
async fn the_code_for_a_deletion_goes_to_accounts_alone() -> Outcome {
    let shop = Shop::open().await?;
    shop.customer("ada@example.com").await?;
    shop.wait(60);
    let known = shop.post("send-code", json!({"email": "ada@example.com", "purpose": "delete-account"})).await;
    let unknown = shop.post("send-code", json!({"email": "new@example.com", "purpose": "delete-account"})).await;
    assert_eq!((known.status, known.class()), (202, unknown.class()));
    assert_eq!(shop.mail_kinds("ada@example.com").await?[0], "delete-account-code");
    assert_eq!(shop.mails("new@example.com").await?.len(), 0);
    Ok(())
}

#[tokio::test]
async fn another_purpose_is_refused() -> Outcome {
    let shop = Shop::open().await?;
    for purpose in ["reset-password", "sign-up", "Sign-In"] {
        let answer = shop.post("send-code", json!({"email": "ada@example.com", "purpose": purpose})).await;
        assert_eq!((answer.status, answer.invalid_field()), (422, ("purpose".to_owned(), "not_one_of_the_values".to_owned())), "{purpose}");
    }
    Ok(())
}

#[tokio::test]
async fn a_purpose_that_is_no_text_is_a_wrong_field_and_not_malformed_json() -> Outcome {
    let shop = Shop::open().await?;
    for purpose in [json!(["sign-in"]), json!(1)] {
        let answer = shop.post("send-code", json!({"email": "ada@example.com", "purpose": purpose})).await;
        assert_eq!((answer.status, answer.invalid_field()), (422, ("purpose".to_owned(), "wrong_type".to_owned())), "{purpose}");
    }
    Ok(())
}

#[tokio::test]
async fn a_blocked_address_gets_the_answer_and_no_mail_until_the_block_ends() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    let hour = std::time::Duration::from_secs(3600);
    let rule = shared::domain::block::BlockRule::Email(shared::domain::email_address::EmailAddress::parse(&ada.email)?);
    shop.block(rule, &Scope::ALL, Some(hour)).await?;
    let before = shop.every_mail().await?.len();

    assert_eq!(shop.post("send-code", json!({"email": ada.email})).await.status, 202);
    shop.wait(3599);
    assert_eq!(shop.post("send-code", json!({"email": ada.email})).await.status, 202);
    assert_eq!(shop.every_mail().await?.len(), before);
    shop.wait(60);
    assert_eq!(shop.post("send-code", json!({"email": ada.email})).await.status, 202);
    assert_eq!(shop.every_mail().await?.len(), before + 1);
    Ok(())
}

#[tokio::test]
async fn a_shop_that_takes_no_new_customers_mails_codes_to_its_own_alone() -> Outcome {
    let shop = Shop::open().await?;
    shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    shop.set_up(|settings| settings.sign_up_open = false).await?;
    let known = shop.post("send-code", json!({"email": "ada@example.com"})).await;
    let unknown = shop.post("send-code", json!({"email": "new@example.com"})).await;
    assert_eq!((known.status, known.class()), (202, unknown.class()));
    assert_eq!(shop.mails("new@example.com").await?.len(), 0);
    assert_eq!(shop.mail_kinds("ada@example.com").await?[0], "sign-in-code");
    Ok(())
}

/// Walks through both schedules with an address that is known, one that is not, and one that is blocked.
async fn keeps_to_the_schedules(operation: &str) -> Outcome {
    keeps_to(operation, &schedule(), |step, number| 3 * step + number).await?;
    keeps_to(operation, &schedule_of_one_network(), |_, number| number).await
}

/// Walks through a schedule, each step from a network that is told by its number and that of the address.
async fn keeps_to(operation: &str, schedule: &[(u64, u16, u64)], network: impl Fn(u32, u32) -> u32) -> Outcome {
    let shop = Shop::open().await?;
    let addresses = ["known@example.com", "unknown@example.com", "blocked@example.com"];
    shop.customer(addresses[0]).await?;
    shop.customer(addresses[2]).await?;
    shop.block_email(addresses[2]).await?;
    shop.wait_a_day();

    let mut moment = 0;
    for (step, (at, status, retry_after)) in (0..).zip(schedule.iter().copied()) {
        shop.wait(at - moment);
        moment = at;
        for (number, email) in (0..).zip(addresses) {
            let answer = shop.ask(operation).from_network(network(step, number)).json(&json!({"email": email})).send().await;
            assert_eq!((answer.status, answer.retry_after()), (status, retry_after), "{operation} for {email} after {at} s");
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_address_is_mailed_a_code_five_times_an_hour_and_ten_times_a_day_less_than_half_of_it_by_one_network_whoever_it_is() -> Outcome {
    keeps_to_the_schedules("send-code").await
}

#[tokio::test]
async fn an_address_is_mailed_a_sign_up_five_times_an_hour_and_ten_times_a_day_less_than_half_of_it_by_one_network_whoever_it_is() -> Outcome
{
    keeps_to_the_schedules("create-account").await
}

#[tokio::test]
async fn an_address_is_mailed_a_link_five_times_an_hour_and_ten_times_a_day_less_than_half_of_it_by_one_network_whoever_it_is() -> Outcome {
    keeps_to_the_schedules("forgot-password").await
}

#[tokio::test]
async fn the_three_that_mail_share_the_limit_of_an_address() -> Outcome {
    let shop = Shop::open().await?;
    let body = json!({"email": "ada@example.com"});
    for (number, operation) in (0..).zip(["send-code", "create-account", "forgot-password", "send-code", "create-account"]) {
        shop.wait(60);
        assert_eq!(shop.ask(operation).from_network(number).json(&body).send().await.status, 202);
    }
    shop.wait(60);
    for operation in ["send-code", "create-account", "forgot-password"] {
        assert_eq!(shop.ask(operation).from_network(9).json(&body).send().await.retry_after(), 3300, "{operation}");
    }
    Ok(())
}

#[tokio::test]
async fn a_mail_bomb_from_a_hundred_networks_is_five_mails_an_hour_and_ten_a_day() -> Outcome {
    let shop = Shop::open().await?;
    for (pause, mails) in [(36, 5), (828, 10)] {
        for number in 0..100 {
            let email = ["victim@example.com", "VICTIM@example.com", "victim@EXAMPLE.com"][number as usize % 3];
            shop.ask("send-code").from_network(number).json(&json!({"email": email})).send().await;
            shop.mails("victim@example.com").await?;
            shop.wait(pause);
        }
        assert_eq!(shop.mails("victim@example.com").await?.len(), mails, "within an hour, then within a day");
    }
    Ok(())
}

/// Sends to a fresh address.
async fn send(shop: &Shop, number: usize, from: &str) -> Result<(u16, u64), Failure> {
    let body = json!({"email": format!("customer-{number}@example.com")});
    let answer = shop.ask("send-code").from(from.parse::<std::net::IpAddr>()?).json(&body).send().await;
    Ok((answer.status, answer.retry_after()))
}

#[tokio::test]
async fn a_network_causes_ten_mails_in_ten_minutes_and_its_refusal_costs_the_address_nothing() -> Outcome {
    let shop = Shop::open().await?;
    for number in 0..10 {
        assert_eq!(send(&shop, number, "192.0.2.1").await?, (202, 0));
    }
    let wait = spent(&send(&shop, 10, "192.0.2.1").await?);
    assert_eq!(send(&shop, 10, "192.0.2.2").await?, (202, 0), "the address itself is free");
    shop.wait(wait - 1);
    assert_eq!(send(&shop, 11, "192.0.2.1").await?, (429, 1));
    shop.wait(1);
    assert_eq!(send(&shop, 11, "192.0.2.1").await?, (202, 0));
    Ok(())
}

/// How long a network is sent away that has spent its ten minutes: they are counted minute by minute.
fn spent((status, retry_after): &(u16, u64)) -> u64 {
    assert!(*status == 429 && (600..=660).contains(retry_after), "{status}, {retry_after} s");
    *retry_after
}

#[tokio::test]
async fn the_refusal_of_an_address_costs_its_network_nothing() -> Outcome {
    let shop = Shop::open().await?;
    assert_eq!(send(&shop, 0, "192.0.2.1").await?, (202, 0));
    for _ in 0..20 {
        assert_eq!(send(&shop, 0, "192.0.2.1").await?, (429, 60));
    }
    for number in 1..10 {
        assert_eq!(send(&shop, number, "192.0.2.1").await?, (202, 0));
    }
    spent(&send(&shop, 10, "192.0.2.1").await?);
    Ok(())
}

#[tokio::test]
async fn an_ipv6_network_is_its_first_sixty_four_bits_at_least_and_a_mapped_address_is_its_ipv4_one() -> Outcome {
    let shop = Shop::open().await?;
    for number in 0..10 {
        let within = Ipv6Addr::from_bits(0x2001_0db8_0001_0002_0000_0000_0000_0000 | (0xdead_beef_u128 * (number as u128 + 1)));
        assert_eq!(send(&shop, number, &within.to_string()).await?, (202, 0));
    }
    spent(&send(&shop, 10, "2001:db8:1:2:ffff::1").await?);
    assert_eq!(send(&shop, 10, "2001:db8:1:3::1").await?, (202, 0));

    for number in 20..30 {
        assert_eq!(send(&shop, number, if number % 2 == 0 { "198.51.100.7" } else { "::ffff:198.51.100.7" }).await?, (202, 0));
    }
    spent(&send(&shop, 30, "::ffff:198.51.100.7").await?);
    Ok(())
}

#[tokio::test]
async fn no_header_makes_another_network_of_a_caller() -> Outcome {
    let shop = Shop::open().await?;
    let ask = |number: u32| {
        let other = format!("203.0.113.{number}");
        let body = json!({"email": format!("customer-{number}@example.com")});
        let request = shop.ask("send-code").json(&body).header("x-forwarded-for", &other).header("x-real-ip", &other);
        request.header("forwarded", &format!("for={other}")).header("cf-connecting-ip", &other).header("true-client-ip", &other).send()
    };
    for number in 0..10 {
        assert_eq!(ask(number).await.status, 202);
    }
    let refused = ask(10).await;
    spent(&(refused.status, refused.retry_after()));
    Ok(())
}

#[tokio::test]
async fn a_known_device_gets_its_code_after_strangers_have_spent_all_that_the_address_had() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    for number in 0..5 {
        assert_eq!(shop.ask("send-code").from_network(number).json(&json!({"email": ada.email})).send().await.status, 202);
        shop.wait(60);
    }
    assert_eq!(shop.ask("send-code").json(&json!({"email": ada.email})).send().await.status, 429);

    let known = json!({"email": ada.email, "device_token": ada.device_token()});
    let sent = shop.post("send-code", known.clone()).await;
    assert_eq!(sent.status, 202);
    let code = shop.code(&ada.email).await?;
    let session = shop.post("verify-code", json!({"challenge_id": sent.text("/challenge_id"), "code": code})).await;
    assert_eq!(session.status, 200);

    assert_eq!(shop.post("send-code", known.clone()).await.retry_after(), 60, "the device has limits too, of its own");
    for _ in 0..4 {
        shop.wait(60);
        assert_eq!(shop.post("send-code", known.clone()).await.status, 202);
    }
    shop.wait(60);
    assert_eq!(shop.post("send-code", known).await.retry_after(), 3300);
    Ok(())
}

#[tokio::test]
async fn a_known_device_gets_its_code_from_a_network_whose_mails_are_spent() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    for number in 0..10 {
        send(&shop, number, "192.0.2.1").await?;
    }
    spent(&send(&shop, 10, "192.0.2.1").await?);
    for operation in ["send-code", "forgot-password"] {
        let answer = shop.post(operation, json!({"email": ada.email, "device_token": ada.device_token()})).await;
        assert_eq!(answer.status, 202, "{operation}");
        shop.wait(60);
    }
    assert_eq!(shop.mail_kinds(&ada.email).await?[..2], ["reset-password", "sign-in-code"]);
    Ok(())
}

#[tokio::test]
async fn only_a_device_token_of_this_address_that_is_under_half_a_year_old_is_known() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let bob = shop.customer("bob@example.com").await?;
    let day = 24 * 60 * 60;
    shop.wait(179 * day);
    let spend = async || {
        for number in 0..5 {
            shop.wait(60);
            shop.ask("send-code").from_network(number).json(&json!({"email": ada.email})).send().await;
        }
        shop.wait(60);
    };
    let ask = async |token: String| {
        shop.ask("send-code").from_network(9).json(&json!({"email": ada.email, "device_token": token})).send().await.status
    };

    spend().await;
    let mut altered = ada.device_token();
    altered.replace_range(10..11, if &altered[10..11] == "A" { "B" } else { "A" });
    for stranger in
        [bob.device_token(), altered, ada.refresh_token(), ada.access_token(), String::new(), "k1.".to_owned(), "x".repeat(10_000)]
    {
        assert_eq!(ask(stranger.clone()).await, 429, "{stranger}");
    }
    assert_eq!(ask(ada.device_token()).await, 202);

    shop.wait(day);
    spend().await;
    assert_eq!(ask(ada.device_token()).await, 429, "half a year has gone by");
    Ok(())
}

#[tokio::test]
async fn the_shops_budget_of_mails_is_kept_a_fifth_for_known_devices_and_a_quarter_of_the_rest_for_addresses_with_an_account() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let bob = shop.customer("bob@example.com").await?;
    let carol = shop.customer("carol@example.com").await?;
    let ten = MailsPerHour::parse(10)?;
    shop.set_up(|settings| settings.mails_per_hour = ten).await?;
    // To the first minute of an hour.
    shop.wait(3600 - shop.clock.now().unix_seconds().unsigned_abs() % 3600 + 60);
    let stranger = async |number: u32| {
        let body = json!({"email": format!("stranger-{number}@example.com")});
        let answer = shop.ask("send-code").from_network(number).json(&body).send().await;
        (answer.status, answer.retry_after())
    };
    let known = async |customer: &tests::Customer| {
        let answer = shop.post("send-code", json!({"email": customer.email, "device_token": customer.device_token()})).await;
        (answer.status, answer.retry_after())
    };

    // As a stranger, too, somebody with an account is mailed what addresses without one may not have.
    let forgetful = async |customer: &tests::Customer, number: u32| {
        let answer = shop.ask("send-code").from_network(number).json(&json!({"email": customer.email})).send().await;
        (answer.status, answer.retry_after())
    };

    let before = shop.every_mail().await?.len();
    for number in 0..20 {
        assert_eq!(stranger(number).await, (202, 0), "whether it is mailed, the answer does not tell");
    }
    assert_eq!(shop.every_mail().await?.len(), before + 6);
    assert_eq!((forgetful(&ada, 20).await, forgetful(&bob, 21).await), ((202, 0), (202, 0)));
    assert_eq!(shop.every_mail().await?.len(), before + 8);
    assert_eq!((forgetful(&carol, 22).await, stranger(23).await), ((429, 3540), (429, 3540)), "until the next hour");
    assert_eq!((known(&ada).await, known(&bob).await), ((202, 0), (202, 0)), "refused strangers take nothing from customers");
    assert_eq!(known(&carol).await, (429, 3540));

    shop.wait(3539);
    assert_eq!(stranger(20).await, (429, 1));
    shop.wait(1);
    assert_eq!((stranger(20).await, known(&carol).await), ((202, 0), (202, 0)));
    Ok(())
}

#[tokio::test]
async fn a_shop_without_a_budget_sends_nobody_a_mail() -> Outcome {
    let shop = Shop::open().await?;
    let none = MailsPerHour::parse(0)?;
    shop.set_up(|settings| settings.mails_per_hour = none).await?;
    for operation in ["send-code", "create-account", "forgot-password"] {
        assert_eq!(shop.post(operation, json!({"email": "ada@example.com"})).await.status, 429);
    }
    assert!(shop.every_mail().await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn refreshing_makes_no_fresh_limits() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    let mut session = ada.session.clone();
    let mut sent = 0;
    for _ in 0..20 {
        let answer = shop.post("send-code", json!({"email": ada.email, "device_token": session.text("/device_token")})).await;
        sent += usize::from(answer.status == 202);
        session = shop.post("refresh-session", json!({"refresh_token": session.text("/refresh_token")})).await;
        shop.wait(61);
    }
    assert_eq!(sent, 5, "all of an address's devices share its limit");
    Ok(())
}
