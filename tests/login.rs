//! `login`: an e-mail address and a password for a session.

use std::{net::IpAddr, time::Duration};

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use shared::{
    crypto::password::{Cost, PasswordHasher},
    domain::{
        block::{BlockRule, Scope},
        client_address::ClientAddress,
        domain_name::DomainName,
        email_address::EmailAddress,
        identifier::AccountId,
    },
};
use tests::{Answer, Customer, Failure, Outcome, Shop, text};

/// The status, and for how long the client is sent away.
fn told(answer: &Answer) -> (u16, u64) {
    (answer.status, answer.retry_after())
}

async fn guess(shop: &Shop, email: &str, password: &str) -> Answer {
    shop.post("login", json!({"email": email, "password": password})).await
}

/// A customer who has not just signed up.
async fn customer_of_yesterday(shop: &Shop) -> Result<Customer, Failure> {
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    Ok(ada)
}

#[tokio::test]
async fn the_right_password_opens_a_session_on_the_account() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;

    let answer = shop.post("login", json!({"email": "Ada@Example.com", "password": ada.password})).await;

    assert_eq!(answer.status, 200);
    assert_eq!(answer.text("/account/email"), "ada@example.com");
    assert_eq!(answer.body["account"]["is_new"], false);
    assert_eq!((answer.text("/token_type"), answer.body["expires_in"].clone()), ("Bearer".to_owned(), json!(900)));
    assert_eq!(shop.table().await?.sessions("ada@example.com").len(), 2);
    Ok(())
}

#[tokio::test]
async fn whatever_is_wrong_the_answer_is_the_same_and_no_session_begins() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.customer_without_password("code-only@example.com").await?;
    let gone = shop.customer("gone@example.com").await?;
    shop.ask("delete-account").bearer(&gone.access_token()).json(&json!({"mode": "close"})).send().await;
    let before = shop.table().await?;
    let mails = shop.every_mail().await?.len();

    let wrong = guess(&shop, &ada.email, "not her password").await;
    assert_eq!(wrong.refusal(), (401, "invalid_credentials".to_owned()));
    for email in ["nobody@example.com", "code-only@example.com", "gone@example.com"] {
        assert_eq!(guess(&shop, email, &ada.password).await.class(), wrong.class(), "{email}");
    }
    let after = shop.table().await?;
    for email in [&ada.email, "code-only@example.com", "gone@example.com"] {
        assert_eq!(after.account(email), before.account(email));
    }
    assert_eq!(shop.every_mail().await?.len(), mails);
    Ok(())
}

#[tokio::test]
async fn only_the_password_as_it_was_typed_is_right() -> Outcome {
    let shop = Shop::open().await?;
    let twin = "x".repeat(72);
    let opened = shop.post("create-account", json!({"email": "ada@example.com", "password": format!("{twin}1")})).await;
    let code = shop.code("ada@example.com").await?;
    shop.post("verify-code", json!({"challenge_id": opened.text("/challenge_id"), "code": code})).await;

    for other in
        [twin.clone(), format!("{twin}2"), format!("{twin}1 "), format!(" {twin}1"), format!("{twin}1\n"), twin.to_uppercase() + "1"]
    {
        assert_eq!(guess(&shop, "ada@example.com", &other).await.status, 401, "{other:?}");
        shop.wait(16);
    }
    assert_eq!(guess(&shop, "ada@example.com", &format!("{twin}1")).await.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_password_that_cannot_be_one_is_refused_before_it_is_counted_or_hashed() -> Outcome {
    let shop = Shop::open().await?;
    shop.round_trips.reset();
    for (password, code) in [
        (json!("x".repeat(257)), "too_long"),
        (json!("\u{1d400}".repeat(256) + "x"), "too_long"),
        (json!("nul\u{0}"), "invalid_characters"),
        (json!(["a password"]), "wrong_type"),
        (Value::Null, "wrong_type"),
    ] {
        let answer = shop.post("login", json!({"email": "ada@example.com", "password": password})).await;
        assert_eq!((answer.status, answer.invalid_field()), (422, ("password".to_owned(), code.to_owned())));
    }
    assert_eq!(shop.round_trips.calls(), 0);
    Ok(())
}

#[tokio::test]
async fn a_block_is_told_after_the_right_password_alone() -> Outcome {
    for kind in ["email", "domain", "ip", "cidr", "account"] {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        let rule = match kind {
            "email" => BlockRule::Email(EmailAddress::parse(&ada.email)?),
            "domain" => BlockRule::Domain(DomainName::parse("example.com")?),
            "ip" => BlockRule::Ip(ClientAddress::parse("192.0.2.1")?),
            "cidr" => BlockRule::cidr("192.0.2.0/28")?,
            _ => BlockRule::Account(AccountId::parse(&ada.account_id())?),
        };
        shop.block(rule, &Scope::ALL, None).await?;
        let sessions = shop.table().await?.sessions(&ada.email).len();

        assert_eq!(guess(&shop, &ada.email, "not her password").await.refusal(), (401, "invalid_credentials".to_owned()), "{kind}");
        let right = guess(&shop, &ada.email, &ada.password).await;
        assert_eq!(right.refusal(), (403, "blocked".to_owned()), "{kind}");
        assert_eq!(right.text("/detail"), "Please call us.", "{kind}");
        assert_eq!(shop.table().await?.sessions(&ada.email).len(), sessions, "{kind}");

        let elsewhere = shop.ask("login").from_network(1).json(&json!({"email": ada.email, "password": ada.password})).send().await;
        assert_eq!(elsewhere.status, if matches!(kind, "ip" | "cidr") { 200 } else { 403 }, "{kind}");
    }
    Ok(())
}

#[tokio::test]
async fn a_block_that_is_not_for_sign_ins_lets_customers_sign_in() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.block(BlockRule::Email(EmailAddress::parse(&ada.email)?), &[Scope::SignUp, Scope::Checkout], None).await?;
    shop.block(BlockRule::Domain(DomainName::parse("example.com")?), &[Scope::Checkout], None).await?;
    assert_eq!(guess(&shop, &ada.email, &ada.password).await.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_block_ends_at_its_moment_though_it_still_stands_in_the_table() -> Outcome {
    for kind in ["email", "domain"] {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        let rule = match kind {
            "email" => BlockRule::Email(EmailAddress::parse(&ada.email)?),
            _ => BlockRule::Domain(DomainName::parse("example.com")?),
        };
        let block = shop.block(rule, &Scope::ALL, Some(Duration::from_secs(3600))).await?;
        shop.wait(3599);
        assert_eq!(guess(&shop, &ada.email, &ada.password).await.status, 403, "{kind}");
        shop.wait(1);
        assert_eq!(guess(&shop, &ada.email, &ada.password).await.status, 200, "{kind}");
        assert!(shop.table().await?.holds(block.as_str()));
    }
    Ok(())
}

#[tokio::test]
async fn after_five_wrong_passwords_in_a_row_each_further_one_waits_twice_as_long_up_to_a_quarter_of_an_hour() -> Outcome {
    let shop = Shop::open().await?;
    let ada = customer_of_yesterday(&shop).await?;
    for email in [ada.email.as_str(), "nobody@example.com"] {
        for _ in 0..5 {
            assert_eq!(told(&guess(&shop, email, "wrong").await), (401, 0));
        }
        for delay in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] {
            assert_eq!(told(&guess(&shop, email, "wrong").await), (429, delay));
            shop.wait(delay - 1);
            assert_eq!(told(&guess(&shop, email, "wrong").await), (429, 1));
            shop.wait(1);
            assert_eq!(told(&guess(&shop, email, "wrong").await), (401, 0), "{delay}");
        }
        shop.wait(900);
    }
    assert_eq!(guess(&shop, &ada.email, &ada.password).await.status, 200, "and the right one is still right");
    Ok(())
}

#[tokio::test]
async fn the_right_password_ends_a_row_of_wrong_ones_and_costs_no_guess() -> Outcome {
    let shop = Shop::open().await?;
    let ada = customer_of_yesterday(&shop).await?;
    for wrong in [4, 5] {
        for _ in 0..wrong {
            assert_eq!(told(&guess(&shop, &ada.email, "wrong").await), (401, 0));
        }
        shop.wait(1);
        assert_eq!(guess(&shop, &ada.email, &ada.password).await.status, 200);
    }
    for _ in 0..40 {
        assert_eq!(guess(&shop, &ada.email, &ada.password).await.status, 200);
    }
    Ok(())
}

#[tokio::test]
async fn a_row_of_wrong_passwords_is_forgotten_a_day_after_its_last() -> Outcome {
    let shop = Shop::open().await?;
    let ada = customer_of_yesterday(&shop).await?;
    for _ in 0..2 {
        for _ in 0..5 {
            assert_eq!(told(&guess(&shop, &ada.email, "wrong").await), (401, 0));
        }
        shop.wait_a_day();
    }
    Ok(())
}

#[tokio::test]
async fn at_one_address_a_network_has_thirty_guesses_in_a_quarter_of_an_hour() -> Outcome {
    let shop = Shop::open().await?;
    let ada = customer_of_yesterday(&shop).await?;
    // The right password in between ends every row, so that no delay does the work of the limit.
    for number in 0..30 {
        if number % 4 == 0 {
            assert_eq!(guess(&shop, &ada.email, &ada.password).await.status, 200);
        }
        assert_eq!(told(&guess(&shop, &ada.email, "wrong").await), (401, 0), "{number}");
    }
    assert_eq!(told(&guess(&shop, &ada.email, &ada.password).await), (429, 900));
    shop.wait(600);
    assert_eq!(told(&guess(&shop, &ada.email, &ada.password).await), (429, 300), "the network at large is free again, the pair is not");
    assert_eq!(guess(&shop, "nobody@example.com", "wrong").await.status, 401);
    shop.wait(300);
    assert_eq!(guess(&shop, &ada.email, &ada.password).await.status, 200);
    Ok(())
}

#[tokio::test]
async fn at_all_addresses_together_a_network_has_thirty_wrong_guesses_in_ten_minutes() -> Outcome {
    let shop = Shop::open().await?;
    let ada = customer_of_yesterday(&shop).await?;
    for number in 0..30 {
        assert_eq!(guess(&shop, &format!("customer-{number}@example.com"), "Winter2026!").await.status, 401);
        if number < 29 {
            assert_eq!(
                guess(&shop, &ada.email, &ada.password).await.status,
                200,
                "an account of one's own neither costs nor clears anything"
            );
        }
    }
    assert_eq!(told(&guess(&shop, "customer-30@example.com", "Winter2026!").await), (429, 600));
    assert_eq!(told(&guess(&shop, &ada.email, &ada.password).await), (429, 600));
    let elsewhere = shop.ask("login").from_network(1).json(&json!({"email": ada.email, "password": ada.password})).send().await;
    assert_eq!(elsewhere.status, 200);
    shop.wait(600);
    for _ in 0..5 {
        assert_eq!(
            told(&guess(&shop, "customer-30@example.com", "wrong").await),
            (401, 0),
            "what the network was refused cost the address nothing"
        );
    }
    Ok(())
}

#[tokio::test]
async fn a_stranger_elsewhere_spends_none_of_the_customers_guesses() -> Outcome {
    let shop = Shop::open().await?;
    let ada = customer_of_yesterday(&shop).await?;
    // Five of each eight are evaluated: fewer in all than make a mailed code necessary.
    for network in 0..19 {
        for _ in 0..8 {
            shop.ask("login").from_network(network).json(&json!({"email": ada.email, "password": "wrong"})).send().await;
        }
    }
    assert_eq!(guess(&shop, &ada.email, &ada.password).await.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_known_device_signs_in_after_a_stranger_at_its_own_network_has_spent_the_guesses() -> Outcome {
    let shop = Shop::open().await?;
    let ada = customer_of_yesterday(&shop).await?;
    for _ in 0..5 {
        guess(&shop, &ada.email, "wrong").await;
    }
    assert_eq!(guess(&shop, &ada.email, &ada.password).await.status, 429);
    let known = async |token: &str, password: &str| {
        shop.post("login", json!({"email": ada.email, "password": password, "device_token": token})).await
    };
    assert_eq!(known(&ada.device_token(), &ada.password).await.status, 200);

    for number in 0..30 {
        guess(&shop, &format!("customer-{number}@example.com"), "wrong").await;
    }
    assert_eq!(known(&ada.device_token(), &ada.password).await.status, 200, "nor does it matter what the network has spent elsewhere");

    let bob = shop.customer("bob@example.com").await?;
    for token in [bob.device_token(), "k1.".to_owned() + &"A".repeat(46), String::new()] {
        assert_eq!(known(&token, &ada.password).await.status, 429, "no device of hers");
    }
    for _ in 0..5 {
        assert_eq!(known(&ada.device_token(), "wrong").await.status, 401);
    }
    assert_eq!(told(&known(&ada.device_token(), &ada.password).await), (429, 1), "a device has the same limits, of its own");
    Ok(())
}

#[tokio::test]
async fn an_ipv6_network_is_its_first_sixty_four_bits_and_a_mapped_address_is_its_ipv4_one() -> Outcome {
    let shop = Shop::open().await?;
    let from = async |address: &str| -> Result<_, Failure> {
        let body = json!({"email": "ada@example.com", "password": "wrong"});
        Ok(shop.ask("login").from(address.parse::<IpAddr>()?).json(&body).send().await.status)
    };
    for address in ["2001:db8:1:2::1", "2001:db8:1:2::2", "2001:db8:1:2:ffff::1", "2001:db8:1:2:1:2:3:4", "2001:db8:1:2:8000::"] {
        assert_eq!(from(address).await?, 401);
    }
    assert_eq!((from("2001:db8:1:2:aaaa::").await?, from("2001:db8:1:3::1").await?), (429, 401));
    for address in ["198.51.100.7", "::ffff:198.51.100.7", "198.51.100.7", "::ffff:198.51.100.7", "::ffff:c633:6407"] {
        assert_eq!(from(address).await?, 401);
    }
    assert_eq!((from("198.51.100.7").await?, from("::ffff:198.51.100.8").await?), (429, 401));
    Ok(())
}

#[tokio::test]
async fn no_header_makes_another_network_of_a_caller() -> Outcome {
    let shop = Shop::open().await?;
    let ask = |number: u32| {
        let other = format!("203.0.113.{number}");
        let request = shop.ask("login").json(&json!({"email": "ada@example.com", "password": "wrong"}));
        request.header("x-forwarded-for", &other).header("x-real-ip", &other).header("forwarded", &format!("for={other}")).send()
    };
    for number in 0..5 {
        assert_eq!(ask(number).await.status, 401);
    }
    assert_eq!(told(&ask(5).await), (429, 1));
    Ok(())
}

#[tokio::test]
async fn a_password_is_kept_as_argon2id_of_todays_cost() -> Outcome {
    let shop = Shop::open_at_cost(Cost::PRODUCTION).await?;
    let ada = shop.customer("ada@example.com").await?;
    let table = shop.table().await?;
    let stored = table.account(&ada.email).map(|account| text(account, "password")).unwrap_or_default();
    assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
    let salt = stored.split('$').nth(4).unwrap_or_default();
    assert_eq!(salt.len(), 22, "16 bytes of salt");
    Ok(())
}

#[tokio::test]
async fn a_hash_of_another_cost_signs_in_and_is_replaced() -> Outcome {
    let shop = Shop::open_at_cost(Cost::PRODUCTION).await?;
    let ada = shop.customer("ada@example.com").await?;
    let old = PasswordHasher::new(Cost::TRIFLING).hash(b"an old password").await?.0;
    let item = shop.table().await?.account(&ada.email).cloned().ok_or("there is no account")?;
    let update = shop.dynamodb().update_item().table_name(shop.table_name()).key("pk", item["pk"].clone()).key("sk", item["sk"].clone());
    let update = update.update_expression("SET #p = :p").expression_attribute_names("#p", "password");
    update.expression_attribute_values(":p", AttributeValue::S(old.clone())).send().await?;

    assert_eq!(guess(&shop, &ada.email, "another password").await.status, 401);
    assert_eq!(shop.table().await?.account(&ada.email).map(|account| text(account, "password")), Some(old));
    assert_eq!(guess(&shop, &ada.email, "an old password").await.status, 200);
    let replaced = shop.table().await?.account(&ada.email).map(|account| text(account, "password")).unwrap_or_default();
    assert!(replaced.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{replaced}");
    assert_eq!(guess(&shop, &ada.email, "an old password").await.status, 200);
    Ok(())
}

#[tokio::test]
async fn an_answer_to_a_sign_in_is_kept_in_no_cache() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    for password in [ada.password.as_str(), "wrong"] {
        let answer = guess(&shop, &ada.email, password).await;
        assert_eq!(answer.headers["cache-control"], "no-store");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn guesses_at_the_same_moment_wait_as_long_as_guesses_in_a_row() -> Outcome {
    let shop = Shop::open().await?;
    shop.customer("ada@example.com").await?;
    let wrong = || shop.post("login", json!({"email": "ada@example.com", "password": "not the password"}));
    let burst = futures::future::join_all((0..20).map(|_| wrong())).await;
    assert!(burst.iter().all(|answer| matches!(answer.status, 401 | 429)));
    let evaluated = burst.iter().filter(|answer| answer.status == 401).count();
    // A refusal that the process remembers may be of a moment at which fewer of them were judged: it is asked again when that is over.
    let mut waited = 0;
    for _ in 0..evaluated {
        let next = wrong().await;
        if next.status == 401 {
            break;
        }
        let seconds: u64 = next.headers["retry-after"].parse()?;
        shop.wait(seconds);
        waited += seconds;
    }
    assert_eq!(waited, (1_u64 << (evaluated - 5).min(10)).min(900), "after {evaluated} at once");
    Ok(())
}

#[tokio::test]
async fn an_attackers_own_account_does_not_refill_a_network() -> Outcome {
    let shop = Shop::open().await?;
    let own = shop.customer("attacker@example.com").await?;
    let mut evaluated = 0;
    for number in 0..60 {
        evaluated += usize::from(
            shop.post("login", json!({"email": format!("victim{number}@example.com"), "password": "a stolen one"})).await.status == 401,
        );
        shop.post("login", json!({"email": own.email, "password": own.password})).await;
    }
    assert_eq!(evaluated, 30);
    Ok(())
}
