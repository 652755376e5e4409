//! `create-account`: asks a new customer to prove their mailbox.

use serde_json::json;
use shared::{
    domain::{session::Proof, shop::ShopSlug},
    store::{read::Wanted, shops},
};
use tests::{Outcome, Shop, text};

#[tokio::test]
async fn a_sign_up_opens_no_account_until_its_mailbox_is_proved() -> Outcome {
    let shop = Shop::open().await?;
    let form = json!({"email": "ada@example.com", "password": "a password of her own", "name": "Ada", "locale": "fr-CA", "marketing_consent": true});

    let opened = shop.post("create-account", form).await;
    assert_eq!((opened.status, opened.body["expires_in"].clone(), opened.body["resend_after"].clone()), (202, json!(600), json!(60)));
    assert_eq!(shop.table().await?.of("ACCOUNT").count(), 0);

    let code = shop.code("ada@example.com").await?;
    let proved = shop.post("verify-code", json!({"challenge_id": opened.text("/challenge_id"), "code": code})).await;
    assert_eq!(proved.status, 200);
    assert_eq!(proved.body["account"]["is_new"], true);
    assert_eq!((proved.text("/account/name"), proved.text("/account/locale")), ("Ada".to_owned(), "fr-CA".to_owned()));
    assert_eq!(shop.mail_kinds("ada@example.com").await?, ["account-created", "sign-up-code"]);

    let table = shop.table().await?;
    let profile = table.of("PROFILE").next().ok_or("there is a profile")?;
    let consent = profile["marketing_consent"].as_m().map_err(|_| "the consent is a map")?;
    assert_eq!((consent["given"].as_bool(), text(consent, "source")), (Ok(&true), "create-account".to_owned()));
    let account = shop.account("ada@example.com").await?.ok_or("there is an account")?;
    assert_eq!(account.sessions.values().map(|session| session.proof).collect::<Vec<_>>(), [Proof::Code]);
    let login = shop.post("login", json!({"email": "ada@example.com", "password": "a password of her own"})).await;
    assert_eq!(login.status, 200);
    Ok(())
}

#[tokio::test]
async fn an_address_with_an_account_gets_the_same_answer_and_another_mail() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    let again = shop.post("create-account", json!({"email": ada.email, "password": "a stranger's password"})).await;
    let new = shop.post("create-account", json!({"email": "new@example.com", "password": "a stranger's password"})).await;
    assert_eq!(again.class(), new.class());
    assert_eq!(shop.mail_kinds(&ada.email).await?[0], "already-registered");
    assert_eq!(shop.post("login", json!({"email": ada.email, "password": "a stranger's password"})).await.status, 401);
    Ok(())
}

#[tokio::test]
async fn a_strangers_password_does_not_wait_for_the_owner_of_the_mailbox() -> Outcome {
    let shop = Shop::open().await?;
    let planted = shop
        .ask("create-account")
        .from([198, 51, 100, 1])
        .json(&json!({"email": "ada@example.com", "password": "the stranger's own"}))
        .send()
        .await;
    let planted_code = shop.code("ada@example.com").await?;
    shop.wait(60);
    let (challenge, code) = shop.challenge("ada@example.com", "sign-in").await?;
    assert_eq!(shop.post("verify-code", json!({"challenge_id": challenge, "code": code})).await.status, 200);

    let late = shop.post("verify-code", json!({"challenge_id": planted.text("/challenge_id"), "code": planted_code})).await;
    assert_eq!(late.refusal(), (410, "expired".to_owned()));
    let login = shop.post("login", json!({"email": "ada@example.com", "password": "the stranger's own"})).await;
    assert_eq!(login.refusal(), (401, "invalid_credentials".to_owned()));
    assert!(shop.account("ada@example.com").await?.is_some_and(|account| account.password.is_none()));
    Ok(())
}

#[tokio::test]
async fn twenty_sign_ups_an_hour_come_from_one_network() -> Outcome {
    let shop = Shop::open().await?;
    for number in 0..20 {
        // Ten mails in ten minutes is another limit.
        shop.wait(61);
        let answer = shop.post("create-account", json!({"email": format!("new{number}@example.com")})).await;
        assert_eq!(answer.status, 202, "{number}");
    }
    let over = shop.post("create-account", json!({"email": "new20@example.com"})).await;
    assert_eq!((over.refusal(), over.headers["retry-after"].clone()), ((429, "rate_limited".to_owned()), (3_600 - 19 * 61).to_string()));
    let elsewhere = shop.ask("create-account").from([198, 51, 100, 1]).json(&json!({"email": "new20@example.com"})).send().await;
    assert_eq!(elsewhere.status, 202);
    Ok(())
}

#[tokio::test]
async fn a_password_that_is_short_common_or_too_long_is_refused_and_nothing_is_mailed() -> Outcome {
    let shop = Shop::open().await?;
    for (password, code) in
        [("7 chars", "too_short"), ("PassWord1", "too_common"), (&*"x".repeat(257), "too_long"), ("nul\0nul\0nul", "invalid_characters")]
    {
        let answer = shop.post("create-account", json!({"email": "ada@example.com", "password": password})).await;
        assert_eq!((answer.status, answer.invalid_field()), (422, ("password".to_owned(), code.to_owned())));
    }
    assert!(shop.mails("ada@example.com").await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn what_a_returning_customer_says_about_advertising_replaces_what_was_said_before() -> Outcome {
    let shop = Shop::open().await?;
    let sign_up = async |consent: bool| {
        let opened = shop.post("create-account", json!({"email": "ada@example.com", "marketing_consent": consent})).await;
        let code = shop.code("ada@example.com").await?;
        Ok::<_, tests::Failure>(shop.post("verify-code", json!({"challenge_id": opened.text("/challenge_id"), "code": code})).await)
    };
    let first = sign_up(true).await?;
    shop.ask("delete-account").bearer(&first.text("/access_token")).json(&json!({"mode": "close"})).send().await;
    shop.wait(61);
    assert_eq!(sign_up(false).await?.status, 200);
    let table = shop.table().await?;
    let profile = table.of("PROFILE").next().ok_or("there is a profile")?;
    let consent = profile["marketing_consent"].as_m().map_err(|_| "the consent is a map")?;
    assert_eq!(consent["given"].as_bool(), Ok(&false));
    assert_eq!(consent["at"].as_n().map(String::as_str), Ok(shop.clock.now().unix_seconds().to_string().as_str()));
    Ok(())
}

#[tokio::test]
async fn a_shop_that_takes_no_new_customers_says_so_and_spends_no_limit() -> Outcome {
    let shop = Shop::open().await?;
    let slug = ShopSlug::parse("demo")?;
    let mut settings = Wanted::in_shop(slug.clone()).read(&shop.context.table, shop.clock.now()).await?.shop.ok_or("there is a shop")?;
    settings.sign_up_open = false;
    shops::put(&shop.context.table, &slug, &settings).await?;
    for _ in 0..3 {
        let refused = shop.post("create-account", json!({"email": "new@example.com"})).await;
        assert_eq!(refused.refusal(), (403, "forbidden".to_owned()));
    }
    let code = shop.post("send-code", json!({"email": "new@example.com"})).await;
    assert_eq!(code.status, 202, "alike for every address");
    assert!(shop.mails("new@example.com").await?.is_empty());
    Ok(())
}
