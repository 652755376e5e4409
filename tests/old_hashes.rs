//! A store that holds hashes of other platforms answers every wrong password after as long as the slowest of them takes, until none
//! is left. Which forms it holds is on the safe side at every moment: from before the first such hash is written until after the
//! last one has gone.

use serde::Deserialize;
use serde_json::{Value, json};
use tests::{Answer, Customer, Failure, Item, Outcome, Shop, Table, text};

/// Hashes of "password": bcrypt's at its least cost, by Python's bcrypt 5.0, and MD5.
const BCRYPT: &str = "$2b$04$Cq4OXBwgJ7G3nnAZTz.ZSOyD3i9ypaik81leZGM2KV2GSaAcQivW2";
const MD5: &str = "5f4dcc3b5aa765d61d8327deb882cf99";

#[derive(Deserialize)]
struct Vector {
    format: String,
    password: String,
    stored: String,
}

/// A hash of each form that names itself, at a cost that a test can bear.
fn of_each_form() -> Result<Vec<Vector>, Failure> {
    let all: Vec<Vector> = serde_json::from_str(include_str!("vectors/passwords.json"))?;
    let wanted = [
        "bcrypt 2a",
        "bcrypt 2x",
        "phpass $P$",
        "Drupal $S$",
        "Drupal U$P$",
        "Django pbkdf2_sha1",
        "pbkdf2 sha256",
        "pbkdf2 sha512",
        "scrypt",
        "argon2i v=16",
        "argon2d without v",
        "argon2id of today",
        "WordPress $wp$2y$",
    ];
    let found: Vec<_> = wanted.iter().filter_map(|form| all.iter().position(|vector| vector.format == *form)).collect();
    assert_eq!(found.len(), wanted.len());
    Ok(all.into_iter().enumerate().filter(|(number, _)| found.contains(number)).map(|(_, vector)| vector).collect())
}

async fn import(shop: &Shop, rows: &[Value]) -> Outcome {
    let imported = shop.ask("import-accounts").bearer(&shop.owner_key).json(&json!({"rows": rows})).send().await;
    let done = imported.body["created"].as_u64().zip(imported.body["updated"].as_u64()).map(|(created, updated)| created + updated);
    assert_eq!(done, Some(rows.len() as u64), "{imported:?}");
    Ok(())
}

fn row(email: &str, hash: &str, verified: bool) -> Value {
    json!({"email": email, "password": {"format": "self-describing", "hash": hash}, "email_verified": verified})
}

async fn login(shop: &Shop, email: &str, password: &str) -> Answer {
    shop.ask("login").from(shop.another_network()).json(&json!({"email": email, "password": password})).send().await
}

/// A wrong password of somebody, at a time at which the store's marks are swept.
async fn guess(shop: &Shop) {
    shop.wait(601);
    assert_eq!(login(shop, "nobody@example.com", "not the password").await.status, 401);
}

fn forms(table: &Table) -> Vec<String> {
    let item = table.0.iter().find(|item| text(item, "pk").ends_with("#L#old-hashes#forms"));
    let forms = item.and_then(|item| item.get("forms")).and_then(|forms| forms.as_m().ok());
    forms.map(|forms| forms.keys().cloned().collect()).unwrap_or_default()
}

fn marks(table: &Table) -> Vec<&Item> {
    table.0.iter().filter(|item| text(item, "pk").ends_with("#OH")).collect()
}

/// How many forms are held, and how many marks there are.
async fn held(shop: &Shop) -> Result<(usize, usize), Failure> {
    let table = shop.table().await?;
    Ok((forms(&table).len(), marks(&table).len()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_form_is_held_until_the_last_customer_who_has_it_has_signed_in() -> Outcome {
    for Vector { format, password, stored } in of_each_form()? {
        let shop = Shop::open().await?;
        import(&shop, &[row("ada@example.com", &stored, true), row("zoe@example.com", &stored, true)]).await?;
        assert_eq!(held(&shop).await?, (1, 2), "{format}");
        shop.wait_a_day();
        guess(&shop).await;
        assert_eq!(held(&shop).await?, (1, 2), "{format}");

        assert_eq!(login(&shop, "zoe@example.com", &password).await.status, 200, "{format}");
        guess(&shop).await;
        let (forms, marks) = held(&shop).await?;
        assert!(forms == 1 && marks > 0, "{format}");

        assert_eq!(login(&shop, "ada@example.com", &password).await.status, 200, "{format}");
        guess(&shop).await;
        guess(&shop).await;
        assert_eq!(held(&shop).await?, (0, 0), "{format}");
    }
    Ok(())
}

#[tokio::test]
async fn a_digest_is_held_as_the_hash_that_is_wrapped_around_it() -> Outcome {
    let shop = Shop::open().await?;
    let password = json!({"format": "digest", "algorithm": "md5", "hash": MD5});
    import(&shop, &[json!({"email": "ada@example.com", "password": password, "email_verified": true})]).await?;
    assert_eq!(forms(&shop.table().await?), ["wrapped"]);
    shop.wait_a_day();
    assert_eq!(login(&shop, "ada@example.com", "password").await.status, 200);
    guess(&shop).await;
    guess(&shop).await;
    assert_eq!(held(&shop).await?, (0, 0));
    Ok(())
}

#[tokio::test]
async fn a_dry_run_a_row_without_a_password_and_a_hash_of_todays_hold_nothing() -> Outcome {
    let shop = Shop::open().await?;
    let dry = json!({"dry_run": true, "rows": [row("ada@example.com", BCRYPT, true)]});
    assert_eq!(shop.ask("import-accounts").bearer(&shop.owner_key).json(&dry).send().await.body["created"], 1);
    let todays = shop.context.passwords.hash(b"a password").await?.0;
    import(&shop, &[row("zoe@example.com", &todays, true), json!({"email": "eve@example.com"})]).await?;
    assert_eq!(held(&shop).await?, (0, 0));
    Ok(())
}

/// What ends a hash, other than its owner's sign-in by the password.
const ENDINGS: [&str; 5] = ["first proof of the mailbox", "reset", "deletion by staff", "password of one's own", "another import"];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_is_forgotten_whatever_has_ended_its_last_hash() -> Outcome {
    for ending in ENDINGS {
        let (shop, email) = (Shop::open().await?, "ada@example.com");
        import(&shop, &[row(email, BCRYPT, ending == "password of one's own")]).await?;
        shop.wait_a_day();
        match ending {
            "first proof of the mailbox" => drop(signed_in_by_code(&shop, email).await?),
            "reset" => {
                shop.post("forgot-password", json!({"email": email})).await;
                let token = shop.link_token(email).await?;
                assert_eq!(shop.post("reset-password", json!({"token": token, "password": "another password"})).await.status, 204);
            }
            "deletion by staff" => {
                let account = shop.account(email).await?.ok_or("an account")?.id;
                let erase = json!({"account_id": account.as_str(), "mode": "erase", "note": "They asked by phone."});
                assert_eq!(shop.ask("admin/delete-account").bearer(&shop.owner_key).json(&erase).send().await.status, 202);
            }
            "password of one's own" => {
                let session = signed_in_by_code(&shop, email).await?.text("/access_token");
                let passwords = json!({"current_password": "password", "new_password": "another password"});
                assert_eq!(shop.ask("change-password").bearer(&session).json(&passwords).send().await.status, 204);
            }
            _ => {
                let todays = shop.context.passwords.hash(b"a password").await?.0;
                import(&shop, &[row(email, &todays, false)]).await?;
            }
        }
        guess(&shop).await;
        guess(&shop).await;
        assert_eq!(held(&shop).await?, (0, 0), "{ending}");
    }
    Ok(())
}

async fn signed_in_by_code(shop: &Shop, email: &str) -> Result<Answer, Failure> {
    let (challenge_id, code) = shop.challenge(email, "sign-in").await?;
    let session = shop.post("verify-code", json!({"challenge_id": challenge_id, "code": code})).await;
    assert_eq!(session.status, 200);
    Ok(session)
}

#[tokio::test]
async fn a_hash_that_has_moved_to_another_address_is_still_held() -> Outcome {
    let shop = Shop::open().await?;
    import(&shop, &[row("ada@example.com", BCRYPT, true)]).await?;
    shop.wait_a_day();
    let session = signed_in_by_code(&shop, "ada@example.com").await?;
    let ada = Customer { email: "ada@example.com".to_owned(), password: "password".to_owned(), session };
    shop.moved(&ada, "ada@new.example").await?;
    shop.wait_a_day();
    guess(&shop).await;
    assert_eq!(held(&shop).await?, (1, 1));

    assert_eq!(login(&shop, "ada@new.example", "password").await.status, 200);
    guess(&shop).await;
    guess(&shop).await;
    assert_eq!(held(&shop).await?, (0, 0));
    Ok(())
}

#[tokio::test]
async fn hundreds_of_ended_hashes_are_swept_a_page_at_a_time_up_to_the_first_that_stands() -> Outcome {
    let shop = Shop::open().await?;
    let rows: Vec<_> = (0..60).map(|number| row(&format!("customer{number}@example.com"), BCRYPT, true)).collect();
    for rows in rows.chunks(20) {
        import(&shop, rows).await?;
    }
    shop.wait_a_day();
    for number in 0..59 {
        assert_eq!(login(&shop, &format!("customer{number}@example.com"), "password").await.status, 200);
    }
    for _ in 0..5 {
        guess(&shop).await;
    }
    let (forms, left) = held(&shop).await?;
    assert!(forms == 1 && (1..60).contains(&left), "{left}");

    assert_eq!(login(&shop, "customer59@example.com", "password").await.status, 200);
    for _ in 0..5 {
        guess(&shop).await;
    }
    assert_eq!(held(&shop).await?, (0, 0));
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn imports_at_the_same_moment_hold_the_forms_of_all_of_them() -> Outcome {
    let vectors = of_each_form()?;
    for round in 0..5 {
        let shop = Shop::open().await?;
        let imports = vectors.iter().enumerate().map(async |(number, vector)| {
            import(&shop, &[row(&format!("customer{round}-{number}@example.com"), &vector.stored, true)]).await
        });
        futures::future::try_join_all(imports).await?;
        let one_after_the_other = Shop::open().await?;
        for (number, vector) in vectors.iter().enumerate() {
            import(&one_after_the_other, &[row(&format!("customer{number}@example.com"), &vector.stored, true)]).await?;
        }
        let (mut at_once, mut in_turn) = (forms(&shop.table().await?), forms(&one_after_the_other.table().await?));
        at_once.sort();
        in_turn.sort();
        assert_eq!(at_once, in_turn);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_import_beside_a_sweep_is_held_whichever_comes_first() -> Outcome {
    let mut left_by_the_sweep = [0; 2];
    for round in 0..30 {
        let shop = Shop::open().await?;
        import(&shop, &[row("ada@example.com", BCRYPT, true)]).await?;
        shop.wait_a_day();
        assert_eq!(login(&shop, "ada@example.com", "password").await.status, 200);
        if round % 2 == 0 {
            guess(&shop).await;
        }
        shop.wait(601);
        let rows = [row("zoe@example.com", BCRYPT, true)];
        let (imported, _) = futures::join!(import(&shop, &rows), login(&shop, "nobody@example.com", "not the password"));
        imported?;
        let (forms, marks) = held(&shop).await?;
        assert!(forms == 1 && marks >= 1, "{forms}, {marks}");
        left_by_the_sweep[marks - 1] += 1;
        guess(&shop).await;
        assert_eq!(held(&shop).await?.0, 1);
    }
    println!("marks left beside the import: none {}, one {}", left_by_the_sweep[0], left_by_the_sweep[1]);
    Ok(())
}
