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
    for body in [json!({"everywhere": "yes"}), json!({"everywhere": 1}), json!({"everywhere": null}), json!({"session": "all"})] {
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
        (json!({"session_id": ""}), "invalid_identifier"),
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
