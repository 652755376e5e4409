//! `logout`: the end of this session, or of all.

use serde_json::json;
use tests::{Answer, Customer, Failure, Outcome, Shop};

/// A customer with a second session.
async fn customer_of_two_sessions(shop: &Shop) -> Result<(Customer, Answer), Failure> {
    let ada = shop.customer("ada@example.com").await?;
    let second = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
    Ok((ada, second))
}

async fn refresh(shop: &Shop, token: String) -> u16 {
    shop.post("refresh-session", json!({"refresh_token": token})).await.status
}

#[tokio::test]
async fn a_customer_signs_out_of_this_session_alone() -> Outcome {
    for body in [Some(json!({})), Some(json!({"everywhere": false})), None] {
        let shop = Shop::open().await?;
        let (ada, second) = customer_of_two_sessions(&shop).await?;
        let request = shop.ask("logout").bearer(&ada.access_token());
        let answer = match body {
            Some(body) => request.json(&body).send().await,
            None => request.send().await,
        };
        assert_eq!((answer.status, answer.body.is_null()), (204, true));
        assert_eq!(refresh(&shop, ada.refresh_token()).await, 401);
        assert_eq!(refresh(&shop, second.text("/refresh_token")).await, 200);
        assert_eq!(shop.table().await?.sessions(&ada.email).len(), 1);
        assert_eq!(shop.ask("logout").bearer(&ada.access_token()).send().await.refusal(), (401, "invalid_token".to_owned()), "once");
    }
    Ok(())
}

#[tokio::test]
async fn a_customer_signs_out_everywhere_and_every_code_and_link_goes_too() -> Outcome {
    let shop = Shop::open().await?;
    let (ada, second) = customer_of_two_sessions(&shop).await?;
    shop.wait(60);
    let (challenge, code) = shop.challenge(&ada.email, "sign-in").await?;
    shop.wait(60);
    shop.post("forgot-password", json!({"email": ada.email})).await;
    let token = shop.link_token(&ada.email).await?;

    let answer = shop.ask("logout").bearer(&ada.access_token()).json(&json!({"everywhere": true})).send().await;
    assert_eq!(answer.status, 204);

    assert_eq!(shop.table().await?.sessions(&ada.email), Vec::<String>::new());
    assert_eq!((refresh(&shop, ada.refresh_token()).await, refresh(&shop, second.text("/refresh_token")).await), (401, 401));
    assert_eq!(shop.ask("logout").bearer(&second.text("/access_token")).send().await.status, 401);
    assert_eq!(shop.post("verify-code", json!({"challenge_id": challenge, "code": code})).await.status, 410);
    assert_eq!(shop.post("reset-password", json!({"token": token, "password": "another password"})).await.status, 410);
    assert_eq!(shop.post("login", json!({"email": ada.email, "password": ada.password})).await.status, 200, "the password stays");
    Ok(())
}

#[tokio::test]
async fn nobody_signs_out_without_an_access_token_of_their_own() -> Outcome {
    let shop = Shop::open().await?;
    let (ada, _) = customer_of_two_sessions(&shop).await?;
    let with = |header: String| shop.ask("logout").header("authorization", &header).send();
    for header in [
        String::new(),
        "Bearer".to_owned(),
        "Bearer ".to_owned(),
        ada.access_token(),
        format!("Basic {}", ada.access_token()),
        format!("Bearer {}", ada.refresh_token()),
        format!("Bearer {}", ada.device_token()),
        format!("Bearer {}", shop.owner_key),
        // Two headers, as API Gateway joins them.
        format!("Bearer {0},Bearer {0}", ada.access_token()),
    ] {
        let answer = with(header.clone()).await;
        assert_eq!(answer.refusal(), (401, "invalid_token".to_owned()), "{header}");
        assert_eq!(answer.headers["www-authenticate"], "Bearer error=\"invalid_token\"");
    }
    assert_eq!(shop.ask("logout").json(&json!({})).send().await.status, 401);
    assert_eq!(shop.table().await?.sessions(&ada.email).len(), 2);
    assert_eq!(with(format!("bearer {}", ada.access_token())).await.status, 204, "the scheme's case does not matter");
    Ok(())
}

#[tokio::test]
async fn an_access_token_is_believed_for_fifteen_minutes_and_not_a_second_longer() -> Outcome {
    for (seconds, status) in [(899, 204), (900, 401), (901, 401)] {
        let shop = Shop::open().await?;
        let ada = shop.customer("ada@example.com").await?;
        shop.wait(seconds);
        assert_eq!(shop.ask("logout").bearer(&ada.access_token()).send().await.status, status, "after {seconds} s");
        assert_eq!(shop.table().await?.sessions(&ada.email).len(), usize::from(status == 401));
    }
    Ok(())
}

#[tokio::test]
async fn a_wrong_body_ends_nothing() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    for body in [json!({"everywhere": "yes"}), json!({"everywhere": 1}), json!({"everywhere": []}), json!({"session": "all"})] {
        let answer = shop.ask("logout").bearer(&ada.access_token()).json(&body).send().await;
        assert_eq!(answer.refusal(), (422, "invalid_field".to_owned()), "{body}");
    }
    assert_eq!(shop.table().await?.sessions(&ada.email).len(), 1);
    Ok(())
}

#[tokio::test]
async fn a_customer_ends_another_session_of_theirs_and_keeps_this_one() -> Outcome {
    let shop = Shop::open().await?;
    let (ada, second) = customer_of_two_sessions(&shop).await?;
    let seen = shop.ask("view-account").bearer(&ada.access_token()).send().await;
    let other = seen.body["sessions"].as_array().into_iter().flatten().find(|session| session["current"] == false);
    let body = json!({"session_id": other.ok_or("there is one session")?["id"]});

    for _ in 0..2 {
        let answer = shop.ask("logout").bearer(&ada.access_token()).json(&body).send().await;
        assert_eq!((answer.status, answer.body.is_null()), (204, true), "as often as one likes");
    }

    assert_eq!(refresh(&shop, second.text("/refresh_token")).await, 401);
    assert_eq!(shop.ask("view-account").bearer(&second.text("/access_token")).send().await.status, 401);
    assert_eq!(shop.ask("logout").bearer(&second.text("/access_token")).json(&body).send().await.status, 401);
    assert_eq!(shop.ask("view-account").bearer(&ada.access_token()).send().await.status, 200);
    assert_eq!(refresh(&shop, ada.refresh_token()).await, 200);
    Ok(())
}

#[tokio::test]
async fn a_session_that_is_not_the_customers_own_does_not_end() -> Outcome {
    let shop = Shop::open().await?;
    let (ada, bob) = (shop.customer("ada@example.com").await?, shop.customer("bob@example.com").await?);
    let theirs = shop.table().await?.sessions(&bob.email)[0].clone();
    for session_id in [theirs.as_str(), "ses_aaaaaaaaaaaaaaaa"] {
        let answer = shop.ask("logout").bearer(&ada.access_token()).json(&json!({"session_id": session_id})).send().await;
        assert_eq!((answer.status, answer.body.is_null()), (204, true), "{session_id}: whose it is is not told");
    }
    let table = shop.table().await?;
    assert_eq!((table.sessions(&bob.email), table.sessions(&ada.email).len()), (vec![theirs], 1));
    assert_eq!((refresh(&shop, bob.refresh_token()).await, refresh(&shop, ada.refresh_token()).await), (200, 200));
    Ok(())
}

#[tokio::test]
async fn what_is_no_session_or_one_and_all_at_once_ends_nothing() -> Outcome {
    let shop = Shop::open().await?;
    let (ada, _) = customer_of_two_sessions(&shop).await?;
    let own = shop.table().await?.sessions(&ada.email)[0].clone();
    for (body, code) in [
        (json!({"session_id": own, "everywhere": true}), "not_with_everywhere"),
        (json!({"session_id": own.to_uppercase()}), "invalid_identifier"),
        (json!({"session_id": format!("{own}.token_hash")}), "invalid_identifier"),
        (json!({"session_id": ada.account_id()}), "invalid_identifier"),
        (json!({"session_id": [own]}), "wrong_type"),
    ] {
        let answer = shop.ask("logout").bearer(&ada.access_token()).json(&body).send().await;
        assert_eq!((answer.status, answer.invalid_field()), (422, ("session_id".to_owned(), code.to_owned())), "{body}");
    }
    assert_eq!(shop.table().await?.sessions(&ada.email).len(), 2);
    Ok(())
}

/// Ada's second session, by the refresh token alone.
async fn log_out_by(shop: &Shop, token: &str, everywhere: bool) -> Answer {
    let body = if everywhere { json!({"refresh_token": token, "everywhere": true}) } else { json!({"refresh_token": token}) };
    shop.post("logout", body).await
}

#[tokio::test]
async fn a_refresh_token_ends_its_session_however_old_the_access_token_is() -> Outcome {
    for (seconds, header) in
        [(0, None), (0, Some("an access token")), (920, Some("an access token")), (920, Some("nonsense")), (86_400, None)]
    {
        let shop = Shop::open().await?;
        let (ada, second) = customer_of_two_sessions(&shop).await?;
        shop.wait(seconds);
        let request = shop.ask("logout").json(&json!({"refresh_token": second.text("/refresh_token")}));
        let request = match header {
            None => request,
            Some("nonsense") => request.bearer("nonsense"),
            Some(_) => request.bearer(&second.text("/access_token")),
        };
        let events = shop.table().await?.audit().count();
        let answer = request.send().await;
        assert_eq!((answer.status, answer.body.is_null()), (204, true), "after {seconds} s, with {header:?}");
        assert_eq!(shop.table().await?.audit().count(), events + 1, "it is recorded");
        assert_eq!(refresh(&shop, second.text("/refresh_token")).await, 401);
        assert_eq!(refresh(&shop, ada.refresh_token()).await, 200, "the other session lives on");
    }
    Ok(())
}

#[tokio::test]
async fn a_refresh_token_whose_session_has_ended_is_answered_alike_and_ends_nothing() -> Outcome {
    for end in ["logout", "logout everywhere", "block", "erase", "idle"] {
        let shop = Shop::open().await?;
        let (ada, second) = customer_of_two_sessions(&shop).await?;
        let asks = |operation: &str, body| shop.ask(operation).bearer(&second.text("/access_token")).json(&body).send();
        match end {
            "logout" => drop(asks("logout", json!({})).await),
            "logout everywhere" => drop(asks("logout", json!({"everywhere": true})).await),
            "block" => drop(shop.block_email(&ada.email).await?),
            "erase" => drop(asks("delete-account", json!({"mode": "erase"})).await),
            _ => shop.wait(31 * 24 * 60 * 60),
        }
        let before = shop.table().await?.audit().count();
        for _ in 0..2 {
            assert_eq!(log_out_by(&shop, &second.text("/refresh_token"), false).await.status, 204, "{end}");
        }
        let everywhere = log_out_by(&shop, &second.text("/refresh_token"), true).await;
        assert_eq!(everywhere.refusal(), (401, "invalid_token".to_owned()), "{end}: it cannot end other sessions any more");
        assert_eq!(shop.table().await?.audit().count(), before, "{end}: nothing is recorded");
    }
    Ok(())
}

#[tokio::test]
async fn a_current_refresh_token_signs_out_everywhere_and_an_older_one_ends_its_own_session_alone() -> Outcome {
    let shop = Shop::open().await?;
    let (ada, second) = customer_of_two_sessions(&shop).await?;
    let next = shop.post("refresh-session", json!({"refresh_token": second.text("/refresh_token")})).await;
    let old = log_out_by(&shop, &second.text("/refresh_token"), true).await;
    assert_eq!((old.refusal(), shop.table().await?.sessions(&ada.email).len()), ((401, "invalid_token".to_owned()), 2));
    assert_eq!(log_out_by(&shop, &next.text("/refresh_token"), true).await.status, 204);
    assert_eq!(shop.table().await?.sessions(&ada.email), Vec::<String>::new());
    assert_eq!(refresh(&shop, ada.refresh_token()).await, 401);

    let session = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
    let next = shop.post("refresh-session", json!({"refresh_token": session.text("/refresh_token")})).await;
    shop.wait(3600);
    assert_eq!(log_out_by(&shop, &session.text("/refresh_token"), false).await.status, 204);
    assert_eq!(refresh(&shop, next.text("/refresh_token")).await, 401, "the session has ended");
    Ok(())
}

#[tokio::test]
async fn what_is_no_refresh_token_of_this_store_signs_nobody_out() -> Outcome {
    let shop = Shop::open().await?;
    let (ada, second) = customer_of_two_sessions(&shop).await?;
    shop.open_beside("elsewhere").await?;
    let token = second.text("/refresh_token");
    let at = token.len() / 2;
    let other = if token[at..=at].eq("A") { "B" } else { "A" };
    for wrong in [
        String::new(),
        "nonsense".to_owned(),
        second.text("/access_token"),
        ada.device_token(),
        shop.owner_key.clone(),
        format!("{}{other}{}", &token[..at], &token[at + 1..]),
    ] {
        for everywhere in [false, true] {
            assert_eq!(log_out_by(&shop, &wrong, everywhere).await.refusal(), (401, "invalid_token".to_owned()), "{wrong:?}");
        }
    }
    let elsewhere = shop.ask("logout").at("elsewhere").json(&json!({"refresh_token": token})).send().await;
    assert_eq!(elsewhere.refusal(), (401, "invalid_token".to_owned()), "another store's");
    let own = shop.table().await?.sessions(&ada.email)[0].clone();
    let both = shop.post("logout", json!({"refresh_token": token, "session_id": own})).await;
    assert_eq!(both.invalid_field(), ("session_id".to_owned(), "not_with_refresh_token".to_owned()));
    assert_eq!(shop.table().await?.sessions(&ada.email).len(), 2);
    Ok(())
}
