//! `change-password`: a new password for a customer who is signed in.

use std::collections::BTreeSet;

use futures::future::join_all;
use serde_json::{Value, json};
use tests::{Answer, HeadStart, Outcome, Shop};

const NEW: &str = "quite another one";

async fn change(shop: &Shop, access_token: &str, current: &str, new: &str) -> Answer {
    let body = json!({"current_password": current, "new_password": new});
    shop.ask("change-password").bearer(access_token).json(&body).send().await
}

async fn login(shop: &Shop, email: &str, password: &str) -> Answer {
    shop.post("login", json!({"email": email, "password": password})).await
}

async fn view(shop: &Shop, access_token: &str) -> u16 {
    shop.ask("view-account").bearer(access_token).send().await.status
}

async fn refresh(shop: &Shop, token: &str) -> u16 {
    shop.post("refresh-session", json!({"refresh_token": token})).await.status
}

fn count(answers: &[Answer], status: u16) -> usize {
    answers.iter().filter(|answer| answer.status == status).count()
}

#[tokio::test]
async fn a_new_password_keeps_this_session_and_ends_the_others() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let other = login(&shop, &ada.email, &ada.password).await;

    let changed = change(&shop, &ada.access_token(), &ada.password, NEW).await;

    assert_eq!((changed.status, changed.body.is_null()), (204, true), "{changed:?}");
    assert_eq!((view(&shop, &ada.access_token()).await, refresh(&shop, &ada.refresh_token()).await), (200, 200));
    assert_eq!((view(&shop, &other.text("/access_token")).await, refresh(&shop, &other.text("/refresh_token")).await), (401, 401));
    assert_eq!(login(&shop, &ada.email, &ada.password).await.status, 401);
    assert_eq!(login(&shop, &ada.email, NEW).await.status, 200);
    Ok(())
}

#[tokio::test]
async fn the_customer_is_told_once_and_everything_else_stays() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.hold(&ada.email).await?;
    let seen = || shop.ask("view-account").bearer(&ada.access_token()).send();
    let (before, mails) = (seen().await, shop.every_mail().await?.len());

    assert_eq!(change(&shop, &ada.access_token(), &ada.password, NEW).await.status, 204);

    assert_eq!(seen().await.body, before.body);
    assert_eq!((shop.mail_kinds(&ada.email).await?[0].as_str(), shop.every_mail().await?.len()), ("password-changed", mails + 1));
    assert_eq!(shop.account(&ada.email).await?.ok_or("gone")?.holds.len(), 1);
    Ok(())
}

#[tokio::test]
async fn every_code_and_link_of_before_is_worth_nothing() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let mut codes = Vec::new();
    for purpose in ["sign-in", "delete-account", "change-email"] {
        shop.wait(60);
        codes.push((purpose, shop.challenge(&ada.email, purpose).await?));
    }
    shop.wait(60);
    shop.post("forgot-password", json!({"email": ada.email})).await;
    let link = shop.link_token(&ada.email).await?;

    assert_eq!(change(&shop, &ada.access_token(), &ada.password, NEW).await.status, 204);

    for (purpose, (challenge_id, code)) in codes {
        let answer = match purpose {
            "change-email" => {
                let body = json!({"challenge_id": challenge_id, "code": code, "new_email": "ada@new.example"});
                shop.ask("change-email").bearer(&ada.access_token()).json(&body).send().await
            }
            _ => shop.post("verify-code", json!({"challenge_id": challenge_id, "code": code})).await,
        };
        assert_eq!(answer.refusal(), (410, "expired".to_owned()), "{purpose}");
    }
    assert_eq!(shop.post("reset-password", json!({"token": link, "password": "an attackers password"})).await.status, 410);
    assert_eq!(login(&shop, &ada.email, NEW).await.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_wrong_present_password_changes_nothing_and_a_missing_one_is_asked_for() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let (before, mails) = (shop.table().await?.account(&ada.email).cloned(), shop.every_mail().await?.len());

    for wrong in ["not her password", "A password of her own", "a password of her own "] {
        assert_eq!(change(&shop, &ada.access_token(), wrong, NEW).await.refusal(), (401, "invalid_credentials".to_owned()));
    }
    for body in [json!({"new_password": NEW}), json!({"new_password": NEW, "current_password": null})] {
        let refused = shop.ask("change-password").bearer(&ada.access_token()).json(&body).send().await;
        assert_eq!((refused.status, refused.invalid_field()), (422, ("current_password".to_owned(), "required".to_owned())));
    }

    assert_eq!(shop.table().await?.account(&ada.email).cloned(), before);
    assert_eq!(shop.every_mail().await?.len(), mails);
    Ok(())
}

#[tokio::test]
async fn a_password_that_cannot_be_one_is_refused_before_anything_is_counted_or_hashed() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.round_trips.reset();
    for (new, code) in [
        (json!("short"), "too_short"),
        (json!("password123"), "too_common"),
        (json!("x".repeat(257)), "too_long"),
        (json!("nul\u{0}nul\u{0}nul"), "invalid_characters"),
        (Value::Null, "wrong_type"),
    ] {
        let body = json!({"current_password": ada.password, "new_password": new});
        let refused = shop.ask("change-password").bearer(&ada.access_token()).json(&body).send().await;
        assert_eq!((refused.status, refused.invalid_field()), (422, ("new_password".to_owned(), code.to_owned())), "{new}");
    }
    assert_eq!(shop.round_trips.calls(), 0);
    Ok(())
}

#[tokio::test]
async fn guesses_at_the_present_password_count_as_those_at_a_sign_in_and_the_right_one_ends_the_row() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let token = ada.access_token();
    for _ in 0..3 {
        assert_eq!(change(&shop, &token, "not her password", NEW).await.status, 401);
    }
    for _ in 0..2 {
        assert_eq!(login(&shop, &ada.email, "not her password").await.status, 401);
    }
    for refused in [change(&shop, &token, &ada.password, NEW).await, login(&shop, &ada.email, &ada.password).await] {
        assert_eq!((refused.refusal(), refused.retry_after()), ((429, "rate_limited".to_owned()), 1), "the sixth has to wait");
    }
    shop.wait(1);
    assert_eq!(change(&shop, &token, "not her password", NEW).await.status, 401);
    let refused = change(&shop, &token, &ada.password, NEW).await;
    assert_eq!((refused.status, refused.retry_after()), (429, 2), "and the seventh longer");

    let elsewhere = shop.ask("change-password").from_network(1).bearer(&token);
    let body = json!({"current_password": ada.password, "new_password": NEW});
    assert_eq!(elsewhere.json(&body).send().await.status, 204, "on another network nobody has guessed");
    shop.wait(2);
    assert_eq!(change(&shop, &token, NEW, "and yet another one").await.status, 204);
    for _ in 0..5 {
        assert_eq!(login(&shop, &ada.email, "not her password").await.status, 401, "the row has ended");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_three_hundred_guesses_at_once_here_and_at_the_sign_in_at_most_thirty_are_evaluated() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let token = ada.access_token();
    let guess = |number: usize| {
        let (shop, email, token) = (&shop, &ada.email, &token);
        async move {
            match number % 2 {
                0 => login(shop, email, &format!("guess {number}")).await,
                _ => change(shop, token, &format!("guess {number}"), NEW).await,
            }
        }
    };
    let answers = join_all((0..300).map(guess)).await;
    let evaluated = count(&answers, 401);
    assert!((1..=30).contains(&evaluated), "{evaluated} were evaluated");
    assert!(answers.iter().all(|answer| matches!(answer.status, 401 | 429 | 503)));
    let refused = change(&shop, &token, &ada.password, NEW).await;
    assert!(refused.status == 429 && refused.retry_after() > 0, "{refused:?}");
    Ok(())
}

#[tokio::test]
async fn a_session_that_has_ended_spends_no_guess() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.ask("logout").bearer(&ada.access_token()).send().await;
    for _ in 0..40 {
        assert_eq!(change(&shop, &ada.access_token(), &ada.password, NEW).await.refusal(), (401, "invalid_token".to_owned()));
    }
    assert_eq!(login(&shop, &ada.email, &ada.password).await.status, 200);
    Ok(())
}

#[tokio::test]
async fn nobody_changes_a_password_without_a_session_of_this_shop() -> Outcome {
    let shop = Shop::open().await?;
    shop.open_beside("other").await?;
    let (ada, bob) = (shop.customer("ada@example.com").await?, shop.customer("bob@example.com").await?);
    let body = json!({"current_password": ada.password, "new_password": NEW});
    let ask = || shop.ask("change-password").json(&body);
    assert_eq!(ask().send().await.status, 401);
    assert_eq!(ask().at("other").bearer(&ada.access_token()).send().await.refusal(), (401, "invalid_token".to_owned()));
    for token in [ada.refresh_token(), ada.device_token(), shop.owner_key.clone()] {
        assert_eq!(ask().bearer(&token).send().await.status, 401);
    }
    for extra in ["email", "account_id", "session_id"] {
        let mut body = body.clone();
        body[extra] = json!(ada.email);
        assert_eq!(shop.ask("change-password").bearer(&bob.access_token()).json(&body).send().await.status, 422, "{extra}");
    }
    assert_eq!(login(&shop, &ada.email, &ada.password).await.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_first_password_needs_a_sign_in_of_the_last_ten_minutes() -> Outcome {
    for (seconds, status) in [(600, 204), (601, 403)] {
        let shop = Shop::open().await?;
        let ada = shop.customer_without_password("ada@example.com").await?;
        shop.wait(seconds);
        let answer = shop.ask("change-password").bearer(&ada.access_token()).json(&json!({"new_password": NEW})).send().await;
        assert_eq!(answer.status, status, "after {seconds} s");
        assert_eq!(login(&shop, &ada.email, NEW).await.status, if status == 204 { 200 } else { 401 });
        if status == 403 {
            assert_eq!(answer.code(), "proof_required");
            let guessed = change(&shop, &ada.access_token(), "any password", NEW).await;
            assert_eq!(guessed.refusal(), (401, "invalid_credentials".to_owned()), "there is no password to guess");
        } else {
            assert_eq!(shop.mail_kinds(&ada.email).await?[0], "password-changed");
            let again = shop.ask("change-password").bearer(&ada.access_token()).json(&json!({"new_password": "another one"})).send().await;
            assert_eq!(again.invalid_field().0, "current_password", "now there is one");
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_twenty_changes_at_once_by_one_session_one_is_made_and_its_password_works() -> Outcome {
    for _ in 0..3 {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        let token = ada.access_token();
        let password = |number: u32| format!("new password number {number}");
        let change = |number: u32| {
            let body = json!({"current_password": ada.password, "new_password": password(number)});
            shop.ask("change-password").from_network(number).bearer(&token).json(&body).send()
        };
        let answers = join_all((0..20).map(change)).await;

        assert_eq!((count(&answers, 204), count(&answers, 401)), (1, 19));
        let lost = answers.iter().find(|answer| answer.status == 401).ok_or("all were made")?;
        assert_eq!(lost.code(), "invalid_credentials", "the session stands: it is the password that is another");
        let login = |number: u32| {
            let body = json!({"email": ada.email, "password": password(number)});
            shop.ask("login").from_network(100 + number).json(&body).send()
        };
        let logins = join_all((0..20).map(login)).await;
        assert!(answers.iter().zip(&logins).all(|(change, login)| (change.status == 204) == (login.status == 200)));
        assert_eq!(shop.account(&ada.email).await?.ok_or("gone")?.epoch.0, 1, "one change");
        assert_eq!(shop.mail_kinds(&ada.email).await?.iter().filter(|kind| *kind == "password-changed").count(), 1);
        assert_eq!((view(&shop, &token).await, refresh(&shop, &ada.refresh_token()).await), (200, 200));
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_refresh_at_the_same_moment_does_not_cost_the_session() -> Outcome {
    for ahead in HeadStart::rounds(20) {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        let token = ada.access_token();
        let refreshing = shop.post("refresh-session", json!({"refresh_token": ada.refresh_token()}));
        let (changed, refreshed) = shop.race(ahead, change(&shop, &token, &ada.password, NEW), refreshing).await;
        assert_eq!((changed.status, refreshed.status), (204, 200));
        assert_eq!(view(&shop, &refreshed.text("/access_token")).await, 200);
        assert_eq!(refresh(&shop, &refreshed.text("/refresh_token")).await, 200);
        assert_eq!(shop.table().await?.sessions(&ada.email).len(), 1);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_sign_in_by_the_old_password_outlives_a_change_that_comes_at_the_same_moment() -> Outcome {
    let mut seen = BTreeSet::new();
    for ahead in HeadStart::rounds(20) {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        let token = ada.access_token();
        let old = |number: u32| {
            let body = json!({"email": ada.email, "password": ada.password});
            shop.ask("login").from_network(number).json(&body).send()
        };
        let (changed, logins) = shop.race(ahead, change(&shop, &token, &ada.password, NEW), join_all((0..5).map(old))).await;

        assert_eq!(changed.status, 204);
        for answer in &logins {
            seen.insert(answer.status);
            assert_eq!(refresh(&shop, &answer.text("/refresh_token")).await, 401);
        }
        assert_eq!(shop.table().await?.sessions(&ada.email).len(), 1);
        assert_eq!(view(&shop, &token).await, 200);
    }
    assert_eq!(seen, BTreeSet::from([200, 401]), "both orders were seen");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_change_at_the_moment_of_a_block_a_deletion_or_a_reset_leaves_no_session() -> Outcome {
    const ENDS: [&str; 4] = ["block", "erase", "close", "reset"];
    let mut seen = BTreeSet::new();
    for (end, ahead) in ENDS.into_iter().flat_map(|end| HeadStart::rounds(6).map(move |ahead| (end, ahead))) {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        let token = ada.access_token();
        shop.wait(60);
        shop.post("forgot-password", json!({"email": ada.email})).await;
        let link = shop.link_token(&ada.email).await?;
        let ending = async {
            match end {
                "block" => shop.block_email(&ada.email).await.map_or(0, |_| 204),
                "reset" => shop.post("reset-password", json!({"token": link, "password": "a reset password"})).await.status,
                mode => shop.ask("delete-account").bearer(&token).json(&json!({"mode": mode})).send().await.status,
            }
        };
        let (changed, ended) = shop.race(ahead, change(&shop, &token, &ada.password, NEW), ending).await;
        seen.insert((end, changed.status));

        // A link or a deletion of before a change is worth nothing after it: then the change alone was made.
        let stands = changed.status == 204 && matches!((end, ended), ("reset", 410) | ("erase" | "close", 401));
        assert!(stands || matches!(ended, 202 | 204), "{end}: {ended} {changed:?}");
        assert_eq!(view(&shop, &token).await, if stands { 200 } else { 401 }, "{end}: {ended} {changed:?}");
        assert_eq!(refresh(&shop, &ada.refresh_token()).await, if stands { 200 } else { 401 });
    }
    assert_eq!(seen, ENDS.into_iter().flat_map(|end| [(end, 204), (end, 401)]).collect(), "both orders were seen");
    Ok(())
}
