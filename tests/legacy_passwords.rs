//! Passwords that customers bring along: checked as their old platform did, kept as argon2id from the first sign-in on,
//! and never telling by the work who has which.

use std::{
    collections::BTreeMap,
    net::Ipv4Addr,
    sync::atomic::{AtomicUsize, Ordering},
};

use futures::future::{join, join_all};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::{
    crypto::{
        password::{Cost, PasswordHasher, Verdict},
        random,
    },
    domain::{
        account::{Account, StoredPassword},
        email_address::EmailAddress,
        identifier::AccountId,
    },
};
use tests::{Answer, Failure, Outcome, Shop};

/// One hash by another implementation; `vectors/README.md` tells which.
#[derive(Clone, Deserialize)]
struct Vector {
    format: String,
    password: String,
    stored: String,
    /// Other passwords that the old platform took for the same.
    #[serde(default)]
    also: Vec<String>,
    /// Whether it costs as much as its platform proposes.
    #[serde(default)]
    dear: bool,
}

fn vectors() -> Result<Vec<Vector>, Failure> {
    Ok(serde_json::from_str(include_str!("vectors/passwords.json"))?)
}

/// An account as an import leaves it: with a password that was stored elsewhere.
async fn bring_along(shop: &Shop, email: &str, stored: &str) -> Outcome {
    let address = EmailAddress::parse(email)?;
    let id = AccountId::from_random(random::bytes()?);
    let account = Account::open(id, address, Some(StoredPassword(stored.to_owned())), None, None, shop.clock.now());
    shop.open_account(&account).await
}

async fn login(shop: &Shop, network: usize, email: &str, password: &str) -> Answer {
    let network = Ipv4Addr::from_bits(0x0A00_0000 + u32::try_from(network).unwrap_or(u32::MAX));
    shop.ask("login").from(network).json(&json!({"email": email, "password": password})).send().await
}

async fn stored_password(shop: &Shop, email: &str) -> Result<String, Failure> {
    let account = shop.account(email).await?.ok_or("there is no account")?;
    Ok(account.password.map(|password| password.0).unwrap_or_default())
}

/// How many runs of argon2id something costs.
async fn runs_of(shop: &Shop, something: impl Future<Output = Answer>) -> (u16, u64) {
    let before = shop.context.passwords.runs();
    let answer = something.await;
    (answer.status, shop.context.passwords.runs() - before)
}

fn is_right(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Right { .. })
}

#[test]
fn frozen_every_form_has_three_hashes_and_one_of_a_password_beyond_ascii() -> Outcome {
    let mut forms: BTreeMap<String, Vec<Vector>> = BTreeMap::new();
    for vector in vectors()? {
        forms.entry(vector.format.clone()).or_default().push(vector);
    }
    assert!(forms.len() > 50, "{}", forms.len());
    for (form, vectors) in forms {
        assert!(vectors.len() >= 3 && vectors.iter().any(|vector| !vector.password.is_ascii()), "{form}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn frozen_a_customer_of_every_form_signs_in_and_is_argon2id_from_then_on() -> Outcome {
    let shop = Shop::open().await?;
    // The shortest password of each form that is not ASCII: what is hashed wrong shows there.
    let mut of_each_form = BTreeMap::<String, Vector>::new();
    for vector in vectors()?.into_iter().filter(|vector| !vector.dear && !vector.password.is_ascii()) {
        of_each_form.entry(vector.format.clone()).or_insert(vector);
    }
    assert!(of_each_form.len() >= 50, "{}", of_each_form.len());
    let try_out = async |(number, vector): (usize, &Vector)| -> Outcome {
        let Vector { format, password, stored, .. } = vector;
        let email = format!("customer{number}@example.com");
        bring_along(&shop, &email, stored).await?;
        let wrong = format!("x{password}");
        assert_eq!(login(&shop, number, &email, &wrong).await.status, 401, "{format} {password}");
        assert_eq!(&stored_password(&shop, &email).await?, stored, "a wrong password changes nothing: {format}");

        assert_eq!(login(&shop, number, &email, password).await.status, 200, "{format} {password}");
        let replaced = stored_password(&shop, &email).await?;
        assert!(replaced.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{format}: {replaced}");
        assert_eq!(login(&shop, number, &email, password).await.status, 200, "{format} {password}, once more");
        Ok(())
    };
    join_all(of_each_form.values().enumerate().map(try_out)).await.into_iter().collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn frozen_every_password_that_is_brought_along_is_right_and_another_wrong() -> Outcome {
    let hasher = PasswordHasher::new(Cost::TRIFLING);
    for Vector { format, password, stored, .. } in vectors()?.into_iter().filter(|vector| !vector.dear) {
        let stored = StoredPassword(stored);
        assert!(is_right(&hasher.verify(password.as_bytes(), Some(&stored)).await?), "{format} {password}");
        let wrong = format!("x{password}");
        assert!(!is_right(&hasher.verify(wrong.as_bytes(), Some(&stored)).await?), "{format} {wrong}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn frozen_what_costs_as_much_as_its_platform_proposes_is_under_the_ceilings() -> Outcome {
    let hasher = PasswordHasher::new(Cost::TRIFLING);
    let mut dear = 0;
    for Vector { format, password, stored, .. } in vectors()?.into_iter().filter(|vector| vector.dear) {
        let verdict = hasher.verify(password.as_bytes(), Some(&StoredPassword(stored))).await?;
        assert!(is_right(&verdict), "{format} {password}");
        dear += 1;
    }
    assert_eq!(dear, 10);
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn frozen_what_the_old_platform_took_for_the_same_password_still_is() -> Outcome {
    let hasher = PasswordHasher::new(Cost::TRIFLING);
    let mut twins = 0;
    for Vector { format, stored, also, .. } in vectors()?.into_iter().filter(|vector| !vector.dear) {
        for password in also {
            let verdict = hasher.verify(password.as_bytes(), Some(&StoredPassword(stored.clone()))).await?;
            assert!(is_right(&verdict), "{format} {password:?}");
            twins += 1;
        }
    }
    assert!(twins >= 10, "{twins}");
    Ok(())
}

#[tokio::test]
async fn a_hash_of_todays_cost_by_another_program_is_right_and_stays() -> Outcome {
    let hasher = PasswordHasher::new(Cost::PRODUCTION);
    for Vector { password, stored, .. } in vectors()?.into_iter().filter(|vector| vector.format == "argon2id of today") {
        let stored = StoredPassword(stored);
        let verdict = hasher.verify(password.as_bytes(), Some(&stored)).await?;
        assert!(matches!(verdict, Verdict::Right { replacement: None }), "{password}");
        assert!(!is_right(&hasher.verify(format!("{password}x").as_bytes(), Some(&stored)).await?), "{password}");
    }
    assert_eq!(hasher.runs(), 8, "a check is one run");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_fast_digest_can_be_wrapped_and_still_signs_in() -> Outcome {
    let hasher = PasswordHasher::new(Cost::TRIFLING);
    let mut wrapped = 0;
    for Vector { format, password, stored, .. } in vectors()? {
        let Some(wrap) = hasher.wrap(&StoredPassword(stored.clone())).await? else { continue };
        let digest = stored.rsplit('$').next().unwrap_or_default().to_lowercase();
        assert!(!wrap.0.contains(&digest), "the digest itself is gone: {format}");
        assert!(!is_right(&hasher.verify(format!("{password}x").as_bytes(), Some(&wrap)).await?), "{format}");
        assert!(!is_right(&hasher.verify(digest.as_bytes(), Some(&wrap)).await?), "a stolen digest is no password: {format}");
        let verdict = hasher.verify(password.as_bytes(), Some(&wrap)).await?;
        let Verdict::Right { replacement: Some(StoredPassword(replacement)) } = verdict else {
            return Err(format!("{format} {password}").into());
        };
        assert!(replacement.starts_with("$argon2id$"), "{format}");
        wrapped += 1;
    }
    assert!(wrapped >= 60, "{wrapped}");
    Ok(())
}

#[tokio::test]
async fn only_fast_digests_are_wrapped() -> Outcome {
    let hasher = PasswordHasher::new(Cost::TRIFLING);
    let fast = ["md5", "sha", "OpenCart", "PrestaShop", "Magento 1", "Magento 2 :0", "Magento 2 :1"];
    for Vector { format, stored, .. } in vectors()? {
        let slow = format.contains("wrapped") || format.contains(":2") || format.contains(":3_");
        let expected = fast.iter().any(|start| format.starts_with(start)) && !slow;
        assert_eq!(hasher.wrap(&StoredPassword(stored)).await?.is_some(), expected, "{format}");
    }
    Ok(())
}

#[tokio::test]
async fn whatever_is_stored_a_wrong_password_costs_one_run() -> Outcome {
    let shop = Shop::open().await?;
    let md5 = "$vestibule$md5$$0cc175b9c0f1b6a831c399e269772661";
    let wrapped = shop.context.passwords.wrap(&StoredPassword(md5.to_owned())).await?.ok_or("md5 can be wrapped")?;
    shop.customer("known@example.com").await?;
    shop.customer_without_password("code-only@example.com").await?;
    shop.customer("blocked@example.com").await?;
    shop.block_email("blocked@example.com").await?;
    let closed = shop.customer("closed@example.com").await?;
    shop.ask("delete-account").bearer(&closed.access_token()).json(&json!({"mode": "close"})).send().await;
    for (email, stored) in [
        ("md5@example.com", md5),
        ("wrapped@example.com", wrapped.0.as_str()),
        ("bcrypt@example.com", "$2b$05$7fXVyW8dnDOyMLOVmNp8/.3BSiDMeL2MnZMZZJ7WRUAzAMyRhfzIC"),
        ("argon2@example.com", "$argon2id$v=19$m=64,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$Li8SnsxnCVlb5P4QpMHK6kYCkM/pNBpGwbkRSKOIYkE"),
        ("unreadable@example.com", "no hash at all"),
    ] {
        bring_along(&shop, email, stored).await?;
    }
    let names = ["known", "unknown", "code-only", "closed", "blocked", "md5", "wrapped", "bcrypt", "argon2", "unreadable"];
    for (number, name) in names.into_iter().enumerate() {
        let email = format!("{name}@example.com");
        assert_eq!(runs_of(&shop, login(&shop, number, &email, "not the password")).await, (401, 1), "{name}");
    }
    Ok(())
}

#[tokio::test]
async fn a_right_password_costs_one_run_and_a_wrapped_one_two() -> Outcome {
    let shop = Shop::open().await?;
    let own = shop.customer("known@example.com").await?;
    let blocked = shop.customer("blocked@example.com").await?;
    shop.block_email(&blocked.email).await?;
    let md5 = "$vestibule$md5$$5f4dcc3b5aa765d61d8327deb882cf99";
    let wrapped = shop.context.passwords.wrap(&StoredPassword(md5.to_owned())).await?.ok_or("md5 can be wrapped")?;
    bring_along(&shop, "md5@example.com", md5).await?;
    bring_along(&shop, "wrapped@example.com", &wrapped.0).await?;
    for (number, (email, password, expected)) in [
        (own.email.as_str(), own.password.as_str(), (200, 1)),
        (blocked.email.as_str(), blocked.password.as_str(), (403, 1)),
        ("md5@example.com", "password", (200, 1)),
        ("wrapped@example.com", "password", (200, 2)),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(runs_of(&shop, login(&shop, number, email, password)).await, expected, "{email}, for the first time");
        let again = if expected.0 == 200 { (200, 1) } else { expected };
        assert_eq!(runs_of(&shop, login(&shop, number, email, password)).await, again, "{email}, once more");
    }
    Ok(())
}

#[tokio::test]
async fn what_is_refused_before_it_is_a_guess_costs_no_run() -> Outcome {
    let shop = Shop::open().await?;
    shop.customer("ada@example.com").await?;
    let long = "x".repeat(257);
    for (body, status) in [
        (json!({"email": "ada@example.com", "password": long}), 422),
        (json!({"email": "ada@example.com", "password": "nul\0"}), 422),
        (json!({"email": "not an address", "password": "a password of her own"}), 422),
        (json!({"email": "ada@example.com"}), 400),
        (json!({"email": "ada@example.com", "password": 1}), 400),
        (json!(["ada@example.com", "a password of her own"]), 400),
        (Value::Null, 400),
    ] {
        let (answered, runs) = runs_of(&shop, shop.post("login", body.clone())).await;
        assert!(answered == status || (answered / 100 == 4 && status / 100 == 4), "{body}: {answered}");
        assert_eq!(runs, 0, "{body}");
    }
    let raw = shop.ask("login").raw("application/json", b"{\"email\":").send();
    assert_eq!(runs_of(&shop, raw).await, (400, 0));

    let mut evaluated = 0;
    for _ in 0..20 {
        let (status, runs) = runs_of(&shop, login(&shop, 1, "ada@example.com", "not the password")).await;
        assert_eq!(runs, u64::from(status == 401), "{status}");
        evaluated += runs;
    }
    assert_eq!(evaluated, 5, "the sixth waits");
    Ok(())
}

#[tokio::test]
async fn a_row_that_asks_for_too_much_is_wrong_and_not_run() -> Outcome {
    let shop = Shop::open().await?;
    let megabyte = "A".repeat(1 << 18);
    let hostile = [
        "$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$Li8SnsxnCVlb5P4QpMHK6kYCkM/pNBpGwbkRSKOIYkE".to_owned(),
        "$argon2id$v=19$m=8,t=4000000000,p=1$c29tZXNhbHRzb21lc2FsdA$Li8SnsxnCVlb5P4QpMHK6kYCkM/pNBpGwbkRSKOIYkE".to_owned(),
        "$argon2id$v=19$m=131072,t=1,p=16384$c29tZXNhbHRzb21lc2FsdA$Li8SnsxnCVlb5P4QpMHK6kYCkM/pNBpGwbkRSKOIYkE".to_owned(),
        "$argon2id$v=19$m=8,t=0,p=0$c29tZXNhbHRzb21lc2FsdA$Li8SnsxnCVlb5P4QpMHK6kYCkM/pNBpGwbkRSKOIYkE".to_owned(),
        "$argon2id$v=19$m=8,t=1,p=1$YQ$Li8SnsxnCVlb5P4QpMHK6kYCkM/pNBpGwbkRSKOIYkE".to_owned(),
        "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHRzb21lc2FsdA$".to_owned(),
        "$argon2id$v=19$m=8,t=1,p=1$****$Li8SnsxnCVlb5P4QpMHK6kYCkM/pNBpGwbkRSKOIYkE".to_owned(),
        format!("$argon2id$v=19$m=8,t=1,p=1${megabyte}$Li8SnsxnCVlb5P4QpMHK6kYCkM/pNBpGwbkRSKOIYkE"),
        "$2b$31$7fXVyW8dnDOyMLOVmNp8/.3BSiDMeL2MnZMZZJ7WRUAzAMyRhfzIC".to_owned(),
        "$2b$99$7fXVyW8dnDOyMLOVmNp8/.3BSiDMeL2MnZMZZJ7WRUAzAMyRhfzIC".to_owned(),
        "$2b$05$é".to_owned(),
        "$wp$2y$31$7fXVyW8dnDOyMLOVmNp8/.3BSiDMeL2MnZMZZJ7WRUAzAMyRhfzIC".to_owned(),
        "$P$z12345678Q9a8b7c6d5e4f3g2h1i0j".to_owned(),
        "$P$S984478476IagS59wHZvyQMArzfx58u.".to_owned(),
        "$S$S33783772bRXEx1aCsvY.dqgaaSu76XmVlKrW9Qu8IQlvxHlmzLf".to_owned(),
        "pbkdf2_sha256$1000000000$salt$Li8SnsxnCVlb5P4QpMHK6kYCkM/pNBpGwbkRSKOIYkE=".to_owned(),
        "pbkdf2_sha256$4294967295$salt$Li8SnsxnCVlb5P4QpMHK6kYCkM/pNBpGwbkRSKOIYkE=".to_owned(),
        "pbkdf2_sha256$0$salt$Li8SnsxnCVlb5P4QpMHK6kYCkM/pNBpGwbkRSKOIYkE=".to_owned(),
        "$pbkdf2-sha256$1000$c2FsdA$".to_owned(),
        format!("$pbkdf2-sha512$i=1900000,l=64${}${}", "c2FsdA", "A".repeat(900)),
        "$scrypt$ln=30,r=8,p=1$c29tZXNhbHRzb21lc2FsdA$Li8SnsxnCVlb5P4QpMHK6kYCkM/pNBpGwbkRSKOIYkE".to_owned(),
        "$scrypt$ln=64,r=8,p=1$c29tZXNhbHRzb21lc2FsdA$Li8SnsxnCVlb5P4QpMHK6kYCkM/pNBpGwbkRSKOIYkE".to_owned(),
        "$scrypt$ln=1,r=4294967295,p=4294967295$c29tZXNhbHRzb21lc2FsdA$Li8SnsxnCVlb5P4QpMHK6kYCkM/pNBpGwbkRSKOIYkE".to_owned(),
        "$scrypt$ln=4,r=0,p=0$c29tZXNhbHRzb21lc2FsdA$Li8SnsxnCVlb5P4QpMHK6kYCkM/pNBpGwbkRSKOIYkE".to_owned(),
        "$vestibule$firebase-scrypt$ln=30,r=8$c2FsdA$Bw==$c2lnbmVyIGtleSBvZiB0aGUgcHJvamVjdA==$AAAA".to_owned(),
        "$vestibule$firebase-scrypt$ln=14,r=8$c2FsdA$Bw==$$".to_owned(),
        "$vestibule$argon2id-32-2-4194304$c2FsdA$0cc175b9c0f1b6a831c399e269772661".to_owned(),
        format!("$vestibule${}md5$$0cc175b9c0f1b6a831c399e269772661", "md5+".repeat(100)),
        format!("$vestibule${}md5$$0cc175b9c0f1b6a831c399e269772661", "argon2id-32-2-65536+".repeat(3)),
        "$vestibule$argon2id-32-2-65536$$0cc175b9c0f1b6a831c399e2697726610cc175b9c0f1b6a831c399e269772661".to_owned(),
        "$vestibule$md5$$".to_owned(),
        "$vestibule$$$".to_owned(),
        "$vestibule$md5$$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$Li8SnsxnCVlb5P4QpMHK6kYCkM/pNBpGwbkRSKOIYkE".to_owned(),
        megabyte.clone(),
        String::new(),
        "$".repeat(500),
        "🚪".repeat(200),
    ];
    for (number, stored) in hostile.iter().enumerate() {
        let email = format!("hostile{number}@example.com");
        bring_along(&shop, &email, stored).await?;
        let shown: String = stored.chars().take(80).collect();
        assert_eq!(runs_of(&shop, login(&shop, number, &email, "a password")).await, (401, 1), "{shown}");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn five_hundred_logins_at_once_are_hashed_a_few_at_a_time_and_keep_no_block_check_waiting() -> Outcome {
    const LOGINS: usize = 500;
    const BLOCK_CHECKS: usize = 20;
    let shop = Shop::open().await?;
    let stored = vectors()?.into_iter().find(|vector| vector.format == "bcrypt 2b").ok_or("there is a bcrypt hash")?;
    for number in 0..LOGINS / 2 {
        bring_along(&shop, &format!("customer{number}@example.com"), &stored.stored).await?;
    }

    let pending = AtomicUsize::new(LOGINS);
    let logins = join_all((0..LOGINS).map(async |number| {
        let email = format!("customer{}@example.com", number / 2);
        let password = if number % 2 == 0 { stored.password.as_str() } else { "not the password" };
        let answer = login(&shop, number, &email, password).await;
        pending.fetch_sub(1, Ordering::Relaxed);
        answer
    }));
    let block_checks = async {
        let mut seen = Vec::new();
        for _ in 0..BLOCK_CHECKS {
            let body = json!({"email": "ada@example.com", "scope": "checkout"});
            let answer = shop.ask("block-check").bearer(&shop.owner_key).json(&body).send().await;
            seen.push((answer.status, pending.load(Ordering::Relaxed)));
        }
        seen
    };
    let (answers, seen) = join(logins, block_checks).await;

    for (number, answer) in answers.iter().enumerate() {
        assert_eq!(answer.status, if number % 2 == 0 { 200 } else { 401 }, "{number}: {answer:?}");
    }
    assert!(seen.iter().all(|(status, pending)| *status == 200 && *pending > 0), "{seen:?}");
    let passwords = &shop.context.passwords;
    assert!((1..=passwords.places()).contains(&passwords.most_at_once()), "{} at once", passwords.most_at_once());
    assert_eq!(passwords.runs(), LOGINS as u64, "each costs one");
    Ok(())
}
