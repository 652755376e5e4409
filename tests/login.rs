//! `login`: an e-mail address and a password for a session.

use serde_json::json;
use shared::{
    crypto::password::{Cost, PasswordHasher},
    domain::{
        block::{BlockRule, Scope},
        email_address::EmailAddress,
    },
};
use tests::{Outcome, Shop};

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
async fn a_wrong_password_an_unknown_address_and_a_customer_without_one_are_answered_alike() -> Outcome {
    let shop = Shop::open().await?;
    shop.customer("ada@example.com").await?;
    shop.customer_without_password("grace@example.com").await?;
    let mut classes = Vec::new();
    for email in ["ada@example.com", "grace@example.com", "nobody@example.com"] {
        let answer = shop.post("login", json!({"email": email, "password": "not the password"})).await;
        assert_eq!(answer.refusal(), (401, "invalid_credentials".to_owned()));
        classes.push(answer.class());
    }
    assert!(classes.iter().all(|class| *class == classes[0]));
    Ok(())
}

#[tokio::test]
async fn a_password_that_differs_in_case_space_or_end_is_another() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    for near in [ada.password.to_uppercase(), format!("{} ", ada.password), ada.password[..ada.password.len() - 1].to_owned()] {
        assert_eq!(shop.post("login", json!({"email": ada.email, "password": near})).await.status, 401);
    }
    Ok(())
}

#[tokio::test]
async fn after_five_wrong_passwords_in_a_row_each_next_one_waits_twice_as_long() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    for email in [ada.email.as_str(), "nobody@example.com"] {
        let wrong = || shop.post("login", json!({"email": email, "password": "not the password"}));
        for _ in 0..5 {
            assert_eq!(wrong().await.status, 401);
        }
        for delay in [1, 2, 4, 8, 16] {
            let early = wrong().await;
            assert_eq!((early.status, early.headers["retry-after"].clone()), (429, delay.to_string()));
            shop.wait(delay);
            assert_eq!(wrong().await.status, 401, "after {delay} seconds");
        }
        shop.wait(900);
    }
    let other_network = shop.ask("login").from([198, 51, 100, 1]).json(&json!({"email": ada.email, "password": ada.password})).send().await;
    assert_eq!(other_network.status, 200, "a stranger's guesses cost the customer nothing elsewhere");
    Ok(())
}

#[tokio::test]
async fn the_right_password_ends_the_row_and_is_not_counted() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let login = |password: &str| shop.post("login", json!({"email": ada.email, "password": password}));
    for _ in 0..3 {
        for _ in 0..4 {
            assert_eq!(login("not the password").await.status, 401);
        }
        assert_eq!(login(&ada.password).await.status, 200);
    }
    for _ in 0..40 {
        assert_eq!(login(&ada.password).await.status, 200, "right ones are given back");
    }
    Ok(())
}

#[tokio::test]
async fn one_network_guesses_thirty_passwords_in_ten_minutes_at_all_addresses_together() -> Outcome {
    let shop = Shop::open().await?;
    let guess = |number: u32| shop.post("login", json!({"email": format!("somebody{number}@example.com"), "password": "a stolen one"}));
    for number in 0..30 {
        assert_eq!(guess(number).await.status, 401);
    }
    let over = guess(30).await;
    assert_eq!((over.status, over.headers["retry-after"].as_str()), (429, "600"));
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

#[tokio::test]
async fn a_known_device_signs_in_when_its_network_has_spent_its_guesses() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    for number in 0..31 {
        shop.post("login", json!({"email": format!("somebody{number}@example.com"), "password": "a stolen one"})).await;
    }
    let login = json!({"email": ada.email, "password": ada.password});
    assert_eq!(shop.post("login", login.clone()).await.status, 429);
    let mut known = login;
    known["device_token"] = json!(ada.session.text("/device_token"));
    assert_eq!(shop.post("login", known.clone()).await.status, 200);
    shop.wait(180 * 24 * 3_600 - 1);
    for number in 0..31 {
        shop.post("login", json!({"email": format!("somebody{number}@example.com"), "password": "a stolen one"})).await;
    }
    assert_eq!(shop.post("login", known.clone()).await.status, 200);
    shop.wait(1);
    assert_eq!(shop.post("login", known).await.status, 429, "after 180 days it is a stranger's");
    Ok(())
}

#[tokio::test]
async fn a_blocked_customer_is_told_after_the_right_password_alone() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.block_email(&ada.email).await?;
    let wrong = shop.post("login", json!({"email": ada.email, "password": "not the password"})).await;
    assert_eq!(wrong.refusal(), (401, "invalid_credentials".to_owned()));
    let right = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
    assert_eq!((right.refusal(), right.text("/detail")), ((403, "blocked".to_owned()), "Please call us.".to_owned()));
    assert!(shop.table().await?.sessions(&ada.email).is_empty());
    Ok(())
}

#[tokio::test]
async fn a_block_of_another_scope_or_one_that_has_run_out_lets_sign_in() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let login = || shop.post("login", json!({"email": ada.email, "password": ada.password}));
    shop.block(BlockRule::Email(EmailAddress::parse(&ada.email)?), &[Scope::Checkout, Scope::SignUp], None).await?;
    assert_eq!(login().await.status, 200);
    shop.block(BlockRule::cidr("192.0.2.0/24")?, &[Scope::SignIn], Some(std::time::Duration::from_secs(60))).await?;
    shop.wait(59);
    assert_eq!(login().await.status, 403);
    shop.wait(1);
    assert_eq!(login().await.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_hash_of_an_older_cost_is_replaced_at_the_next_sign_in() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let old = PasswordHasher::new(Cost::PRODUCTION).hash(ada.password.as_bytes()).await?;
    shop.set_account_text(&ada.email, "password", &old.0).await?;
    assert_eq!(shop.post("login", json!({"email": ada.email, "password": ada.password})).await.status, 200);
    let stored = shop.account(&ada.email).await?.and_then(|account| account.password).ok_or("there is a password")?;
    assert!(stored.0.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "the cost of this shop");
    assert_eq!(shop.post("login", json!({"email": ada.email, "password": ada.password})).await.status, 200);
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
    let next = wrong().await;
    assert_eq!(next.status, 429);
    let expected = 1_u64 << (evaluated - 5).min(10);
    assert_eq!(next.headers["retry-after"], expected.min(900).to_string(), "after {evaluated} at once");
    Ok(())
}
