//! `reset-password`: a new password by a mailed link, once.

use serde_json::json;
use shared::domain::{
    block::{BlockRule, Scope},
    domain_name::DomainName,
};
use tests::{Answer, Customer, Failure, Outcome, Shop};

const NEW: &str = "a brand new password";

async fn reset(shop: &Shop, token: &str, password: &str) -> Answer {
    shop.post("reset-password", json!({"token": token, "password": password})).await
}

async fn login(shop: &Shop, email: &str, password: &str) -> u16 {
    shop.post("login", json!({"email": email, "password": password})).await.status
}

/// A customer and the token of the link that she has been mailed.
async fn customer_with_link(shop: &Shop) -> Result<(Customer, String), Failure> {
    let ada = shop.customer("ada@example.com").await?;
    shop.wait(60);
    shop.post("forgot-password", json!({"email": ada.email})).await;
    let token = shop.link_token(&ada.email).await?;
    Ok((ada, token))
}

#[tokio::test]
async fn the_link_sets_the_password_once_and_tells_the_customer() -> Outcome {
    let shop = Shop::open().await?;
    let (ada, token) = customer_with_link(&shop).await?;

    let answer = reset(&shop, &token, NEW).await;
    assert_eq!((answer.status, answer.body.is_null()), (204, true));
    assert_eq!(shop.mail_kinds(&ada.email).await?[0], "password-changed");
    assert_eq!((login(&shop, &ada.email, &ada.password).await, login(&shop, &ada.email, NEW).await), (401, 200));

    assert_eq!(reset(&shop, &token, "yet another password").await.refusal(), (410, "expired".to_owned()));
    assert_eq!(login(&shop, &ada.email, NEW).await, 200);
    Ok(())
}

#[tokio::test]
async fn a_new_password_ends_every_session_code_and_link() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait(60);
    let (sign_in, sign_in_code) = shop.challenge(&ada.email, "sign-in").await?;
    shop.wait(60);
    let (deletion, deletion_code) = shop.challenge(&ada.email, "delete-account").await?;
    shop.wait(60);
    shop.post("forgot-password", json!({"email": ada.email})).await;
    let second = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;

    assert_eq!(reset(&shop, &shop.link_token(&ada.email).await?, NEW).await.status, 204);

    assert_eq!(shop.table().await?.sessions(&ada.email), Vec::<String>::new());
    for session in [&ada.session, &second] {
        assert_eq!(shop.post("refresh-session", json!({"refresh_token": session.text("/refresh_token")})).await.status, 401);
        assert_eq!(shop.ask("logout").bearer(&session.text("/access_token")).send().await.status, 401);
        let deleted = shop.ask("delete-account").bearer(&session.text("/access_token")).json(&json!({"mode": "close"})).send().await;
        assert_eq!(deleted.status, 401);
    }
    for (challenge, code) in [(sign_in, sign_in_code), (deletion, deletion_code)] {
        let verified = shop.post("verify-code", json!({"challenge_id": challenge, "code": code})).await;
        assert_eq!(verified.refusal(), (410, "expired".to_owned()));
    }
    Ok(())
}

#[tokio::test]
async fn only_the_newest_link_works() -> Outcome {
    let shop = Shop::open().await?;
    let (ada, old) = customer_with_link(&shop).await?;
    // Asked for again within half of its life, the same link is mailed once more.
    shop.wait(13 * 3600);
    shop.post("forgot-password", json!({"email": ada.email})).await;
    let newest = shop.link_token(&ada.email).await?;
    assert_eq!(reset(&shop, &old, NEW).await.refusal(), (410, "expired".to_owned()));
    assert_eq!(reset(&shop, &newest, NEW).await.status, 204);
    Ok(())
}

#[tokio::test]
async fn a_link_lives_a_day_and_not_a_second_longer_though_it_still_stands_in_the_table() -> Outcome {
    for (seconds, status) in [(86_399, 204), (86_400, 410), (200_000, 410)] {
        let shop = Shop::open().await?;
        let (ada, token) = customer_with_link(&shop).await?;
        shop.wait(seconds);
        assert_eq!(reset(&shop, &token, NEW).await.status, status, "after {seconds} s");
        let table = shop.table().await?;
        let open = table.of("CHALLENGE#RESET-LINK").filter(|item| !item.contains_key("redeemed"));
        assert_eq!(open.count(), usize::from(status == 410), "nobody has swept it away");
        assert_eq!(login(&shop, &ada.email, &ada.password).await, if status == 204 { 401 } else { 200 });
    }
    Ok(())
}

#[tokio::test]
async fn a_token_that_is_not_quite_the_links_is_refused_and_the_link_still_works() -> Outcome {
    let shop = Shop::open().await?;
    let (_, token) = customer_with_link(&shop).await?;
    let (challenge, secret) = token.split_once('.').ok_or("a token has two parts")?;
    let altered = |secret: &str, at: usize| {
        let other = if secret[at..=at].eq_ignore_ascii_case("A") { "B" } else { "A" };
        format!("{}{other}{}", &secret[..at], &secret[at + 1..])
    };
    for wrong in [
        String::new(),
        challenge.to_owned(),
        format!("{challenge}."),
        format!(".{secret}"),
        format!("{challenge}.{}", altered(secret, 0)),
        format!("{challenge}.{}", altered(secret, 30)),
        format!("{challenge}.{}", &secret[1..]),
        format!("{challenge}.{secret}A"),
        format!("{challenge}.{secret}="),
        format!("{}.{secret}", challenge.to_uppercase()),
    ] {
        assert_eq!(reset(&shop, &wrong, NEW).await.refusal(), (401, "invalid_token".to_owned()), "{wrong:?}");
    }
    let elsewhere = format!("{}{}", &challenge[..40], altered(&challenge[40..], 0).to_lowercase());
    assert_eq!(reset(&shop, &format!("{elsewhere}.{secret}"), NEW).await.refusal(), (410, "expired".to_owned()), "another challenge");
    assert_eq!(reset(&shop, &token, NEW).await.status, 204);
    Ok(())
}

#[tokio::test]
async fn a_password_that_cannot_be_set_does_not_spend_the_link() -> Outcome {
    let shop = Shop::open().await?;
    let (ada, token) = customer_with_link(&shop).await?;
    for (password, code) in [("seven77", "too_short"), ("Password123", "too_common"), ("nul \u{0} within", "invalid_characters")] {
        let answer = reset(&shop, &token, password).await;
        assert_eq!((answer.status, answer.invalid_field()), (422, ("password".to_owned(), code.to_owned())));
    }
    assert_eq!(login(&shop, &ada.email, &ada.password).await, 200);
    assert_eq!(reset(&shop, &token, NEW).await.status, 204);
    Ok(())
}

#[tokio::test]
async fn a_mail_scanner_that_opens_the_link_changes_nothing() -> Outcome {
    let shop = Shop::open().await?;
    let (_, token) = customer_with_link(&shop).await?;
    for method in ["GET", "HEAD", "PUT"] {
        let answer = shop.ask("reset-password").by(method).json(&json!({"token": token, "password": NEW})).send().await;
        assert_eq!(answer.status, 404, "{method}");
    }
    assert_eq!(reset(&shop, &token, NEW).await.status, 204);
    Ok(())
}

#[tokio::test]
async fn whoever_is_blocked_meanwhile_is_told_so_and_the_password_stays() -> Outcome {
    let shop = Shop::open().await?;
    let (ada, token) = customer_with_link(&shop).await?;
    shop.block(BlockRule::Domain(DomainName::parse("example.com")?), &[Scope::SignIn], Some(std::time::Duration::from_secs(3600))).await?;
    let answer = reset(&shop, &token, NEW).await;
    assert_eq!((answer.refusal(), answer.text("/detail")), ((403, "blocked".to_owned()), "Please call us.".to_owned()));
    shop.wait(3600);
    assert_eq!(login(&shop, &ada.email, &ada.password).await, 200);
    assert_eq!(reset(&shop, &token, NEW).await.status, 204, "the block has ended, the link has not");
    Ok(())
}

#[tokio::test]
async fn a_customer_who_had_closed_the_account_may_come_back_by_the_link() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.ask("delete-account").bearer(&ada.access_token()).json(&json!({"mode": "close"})).send().await;
    shop.wait(60);
    shop.post("forgot-password", json!({"email": ada.email})).await;
    assert_eq!(reset(&shop, &shop.link_token(&ada.email).await?, NEW).await.status, 204);
    let session = shop.post("login", json!({"email": ada.email, "password": NEW})).await;
    assert_eq!((session.status, session.text("/account/id")), (200, ada.account_id()));
    Ok(())
}
