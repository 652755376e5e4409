//! Passwords that their platform altered before it hashed them, that keyboards type in several ways, and hashes with something around
//! them: each is imported, and every text that the customer may type signs in, before and after the old hash is replaced.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use shared::{
    crypto::password::{Cost, PasswordHasher},
    domain::{account::StoredPassword, mail::Letter},
};
use tests::{Failure, Outcome, Shop};

/// A hash as its platform had it, and what its customer may type. `vectors/README.md` says how they were made.
#[derive(Deserialize)]
struct Vector {
    kind: String,
    password: Value,
    typed: Vec<String>,
}

fn vectors() -> Result<Vec<Vector>, Failure> {
    Ok(serde_json::from_str(include_str!("vectors/altered-passwords.json"))?)
}

async fn login(shop: &Shop, network: usize, email: &str, password: &str) -> u16 {
    let network = u32::try_from(network).unwrap_or_default();
    shop.ask("login").from_network(network).json(&json!({"email": email, "password": password})).send().await.status
}

async fn import(shop: &Shop, email: &str, password: &Value) -> Value {
    let rows = json!({"rows": [{"email": email, "password": password, "email_verified": true}]});
    shop.ask("import-accounts").bearer(&shop.owner_key).json(&rows).send().await.body
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn frozen_whatever_the_old_platform_took_for_the_password_signs_in_again_and_again_in_whichever_order() -> Outcome {
    let shop = Shop::open().await?;
    let (mut tried, mut kinds) = (0, BTreeMap::<String, usize>::new());
    for (number, Vector { kind, password, mut typed }) in vectors()?.into_iter().enumerate() {
        for order in ["as listed", "the other way round"] {
            let email = format!("customer-{number}-{}@example.com", order.len());
            let case = format!("{kind}, {order}: {password}");
            assert_eq!(import(&shop, &email, &password).await["created"], 1, "{case}");
            assert_eq!(login(&shop, number, &email, &format!("x{}", typed[0])).await, 401, "{case}");
            for text in &typed {
                assert_eq!(login(&shop, number, &email, text).await, 200, "{case}: {text:?}");
                tried += 1;
            }
            let kept = shop.account(&email).await?.and_then(|account| account.password).ok_or("a password")?.0;
            assert!(kept.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{case}: {kept}");
            assert_eq!(login(&shop, number, &email, &format!("x{}", typed[0])).await, 401, "{case}");
            typed.reverse();
        }
        *kinds.entry(kind).or_default() += 1;
    }
    println!("{tried} sign-ins with {} kinds of hashes", kinds.len());
    assert!(tried > 350 && kinds.len() > 20, "{tried}, {kinds:?}");
    Ok(())
}

#[tokio::test]
async fn what_stands_around_a_hash_and_may_mean_something_is_refused() -> Outcome {
    let shop = Shop::open().await?;
    let bcrypt = "$2b$05$7fXVyW8dnDOyMLOVmNp8/.3BSiDMeL2MnZMZZJ7WRUAzAMyRhfzIC";
    for (hash, code) in [
        // A password that was not hashed at all.
        ("{noop}correct horse battery staple".to_owned(), "unsupported_hash"),
        // Over a secret of the shop, or in a form of Spring's own.
        ("{pbkdf2}5d923b44a6d129f3ddf3e3c8d29412723dcbde72445e8ef6bf3b508fbf17fa4ed4d6b99ca763d8dc".to_owned(), "unsupported_hash"),
        (
            "{scrypt}$e0801$8bWJaSu2IKSn9Z9kM+TPXfOc/9bdYSrN1oD9qfVThWEwdRTnO7re7Ei+fUZRJ68k9lTyuTeUp4of4g24hHnazw==$OAOec05=".to_owned(),
            "unsupported_hash",
        ),
        ("{bcrypt}not a hash".to_owned(), "unknown_hash"),
        ("{SSHA}tooshort".to_owned(), "unknown_hash"),
        ("{MD5}5f4dcc3b5aa765d61d8327deb882cf9".to_owned(), "unknown_hash"),
        ("{SHA-256}{salt5f4dcc3b5aa765d61d8327deb882cf99".to_owned(), "unknown_hash"),
        (format!("bcrypt_sha256${bcrypt}"), "unsupported_hash"),
        (format!("\"{bcrypt}"), "unknown_hash"),
    ] {
        let outcome = import(&shop, "ada@example.com", &json!({"format": "self-describing", "hash": hash})).await;
        assert_eq!(outcome["rows"][0]["errors"][0], json!({"field": "password", "code": code}), "{hash}");
    }
    for hash in [format!("{bcrypt}:salt"), format!("{bcrypt}:0:1"), format!("{bcrypt}:12")] {
        let outcome = import(&shop, "ada@example.com", &json!({"format": "magento", "hash": hash})).await;
        assert_eq!(outcome["refused"], 1, "{hash}");
    }
    Ok(())
}

#[tokio::test]
async fn a_password_that_is_set_here_is_the_same_on_every_keyboard() -> Outcome {
    let shop = Shop::open().await?;
    for (number, (set, typed)) in [
        ("größe und mañana", "gro\u{308}ße und man\u{303}ana"),
        ("gro\u{308}ße und mañana", "größe und mañana"),
        ("a walk in the rain", "a\u{a0}walk in\u{3000}the rain"),
        ("\u{1112}\u{1161}\u{11ab}\u{1100}\u{1173}\u{11af} 비밀번호", "한글 비밀번호"),
    ]
    .into_iter()
    .enumerate()
    {
        let email = format!("customer-{number}@example.com");
        let opened = shop.ask("create-account").from_network(number as u32).json(&json!({"email": email, "password": set})).send().await;
        let code = json!({"challenge_id": opened.text("/challenge_id"), "code": shop.code(&email).await?});
        let session = shop.post("verify-code", code).await;
        assert_eq!((login(&shop, number, &email, typed).await, login(&shop, number, &email, set).await), (200, 200), "{set:?}");
        // Blanks at the ends and the letters' case are the customer's own here.
        assert_eq!(login(&shop, number, &email, &format!("{set} ")).await, 401);

        let change = json!({"current_password": typed, "new_password": format!("{set}, once more")});
        let changed = shop.ask("change-password").bearer(&session.text("/access_token")).json(&change).send().await;
        assert_eq!(changed.status, 204, "{changed:?}");
        assert_eq!(login(&shop, number, &email, &format!("{typed}, once more")).await, 200, "{set:?}");
        assert!(shop.mail_kinds(&email).await?.contains(&Letter::PasswordChanged.kind().to_owned()));
    }
    Ok(())
}

#[tokio::test]
async fn a_guess_is_checked_once_and_twice_only_where_it_was_typed_in_another_form() -> Outcome {
    let hasher = PasswordHasher::new(Cost::TRIFLING);
    let stored = hasher.hash("größe und mañana".as_bytes()).await?;
    let md5 = StoredPassword("$vestibule$md5$$0cc175b9c0f1b6a831c399e269772661".to_owned());
    let wrapped = hasher.wrap(&md5).await?.ok_or("MD5 can be wrapped")?;
    let cases: [(&str, Option<&StoredPassword>, u64); 8] = [
        ("größe und mañana", Some(&stored), 1),
        ("not größe", Some(&stored), 1),
        ("fish&chips, it's", Some(&stored), 1),
        (" padded ", None, 1),
        ("gro\u{308}ße und man\u{303}ana", Some(&stored), 1),
        // Nobody can tell by the work whether there is an account.
        ("not gro\u{308}ße", Some(&stored), 2),
        ("not gro\u{308}ße", None, 2),
        ("ordinary", Some(&wrapped), 1),
    ];
    for (typed, stored, runs) in cases {
        let before = hasher.runs();
        hasher.verify(typed.as_bytes(), stored).await?;
        assert_eq!(hasher.runs() - before, runs, "{typed:?}");
    }
    Ok(())
}
