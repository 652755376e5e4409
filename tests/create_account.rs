//! `create-account`: a form that waits until its own mailbox is proved.

use serde_json::{Value, json};
use shared::domain::{
    block::{BlockRule, Scope},
    domain_name::DomainName,
};
use tests::{Answer, Failure, Outcome, Shop, text};

/// Proves the mailbox by the newest code.
async fn verify(shop: &Shop, opened: &Answer, email: &str) -> Result<Answer, Failure> {
    let code = shop.code(email).await?;
    Ok(shop.post("verify-code", json!({"challenge_id": opened.text("/challenge_id"), "code": code})).await)
}

async fn login(shop: &Shop, email: &str, password: &str) -> u16 {
    shop.post("login", json!({"email": email, "password": password})).await.status
}

#[tokio::test]
async fn a_new_address_is_mailed_a_code_and_its_proof_opens_the_account_that_the_form_asked_for() -> Outcome {
    let shop = Shop::open().await?;
    let form = json!({"email": "Ada@Example.com", "password": "a fine password", "name": " Augusta ", "locale": "fr-CA", "marketing_consent": true});
    let opened = shop.post("create-account", form).await;

    assert_eq!(opened.status, 202);
    assert_eq!((opened.body["expires_in"].clone(), opened.body["resend_after"].clone()), (json!(600), json!(60)));
    assert_eq!(shop.mail_kinds("ada@example.com").await?, ["sign-up-code"]);
    assert_eq!(shop.table().await?.of("ACCOUNT").count(), 0, "nothing is opened before the proof");

    let session = verify(&shop, &opened, "ada@example.com").await?;
    assert_eq!(session.status, 200);
    let id = session.text("/account/id");
    assert_eq!(
        session.body["account"],
        json!({"id": id, "email": "ada@example.com", "name": "Augusta", "locale": "fr-CA", "is_new": true})
    );
    assert_eq!(shop.mail_kinds("ada@example.com").await?, ["account-created", "sign-up-code"]);
    assert_eq!(login(&shop, "ada@example.com", "a fine password").await, 200);

    let table = shop.table().await?;
    let account = table.account("ada@example.com").ok_or("there is no account")?;
    assert_eq!((text(account, "account_id"), text(account, "status")), (id.clone(), "active".to_owned()));
    assert_eq!(table.of("ID").map(|pointer| text(pointer, "account_id")).collect::<Vec<_>>(), [id]);
    Ok(())
}

#[tokio::test]
async fn consent_to_advertising_is_kept_with_its_time_and_source_and_only_if_something_was_said() -> Outcome {
    for (said, kept) in [(json!(true), Some(true)), (json!(false), Some(false)), (Value::Null, None)] {
        let shop = Shop::open().await?;
        let opened = shop.post("create-account", json!({"email": "ada@example.com", "marketing_consent": said})).await;
        verify(&shop, &opened, "ada@example.com").await?;

        let table = shop.table().await?;
        let profile = table.of("PROFILE").next().ok_or("there is no profile")?;
        let consent = profile.get("marketing_consent").and_then(|consent| consent.as_m().ok());
        assert_eq!(consent.and_then(|consent| consent.get("given")?.as_bool().ok().copied()), kept, "{said}");
        if let Some(consent) = consent {
            assert_eq!(consent["at"].as_n().ok(), Some(&shop.clock.now().unix_seconds().to_string()));
            assert_eq!(text(consent, "source"), "create-account");
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_sign_up_without_a_password_opens_an_account_that_no_password_opens() -> Outcome {
    let shop = Shop::open().await?;
    shop.customer_without_password("ada@example.com").await?;
    for password in ["", "null", "a password of her own"] {
        assert_eq!(login(&shop, "ada@example.com", password).await, 401, "{password:?}");
    }
    Ok(())
}

#[tokio::test]
async fn an_address_that_has_an_account_learns_so_by_mail_and_its_account_stays_as_it_is() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait(60);
    let before = shop.table().await?.account(&ada.email).cloned();

    let opened = shop.post("create-account", json!({"email": ada.email, "password": "another password", "name": "Mallory"})).await;

    assert_eq!(opened.status, 202);
    assert_eq!(shop.mail_kinds(&ada.email).await?[0], "already-registered");
    let mail = &shop.mails(&ada.email).await?[0];
    assert!(mail.text.contains("Ada") && !mail.text.contains("Mallory"), "a stranger's words are not mailed: {}", mail.text);
    assert_eq!(shop.table().await?.account(&ada.email).cloned(), before);
    assert_eq!((login(&shop, &ada.email, "another password").await, login(&shop, &ada.email, &ada.password).await), (401, 200));
    Ok(())
}

#[tokio::test]
async fn an_attackers_password_is_worth_nothing_once_the_owner_proves_the_mailbox_by_another_request() -> Outcome {
    for operation in ["send-code", "create-account"] {
        let shop = Shop::open().await?;
        let planted = shop
            .ask("create-account")
            .from_network(66)
            .json(&json!({"email": "ada@example.com", "password": "attackers own"}))
            .send()
            .await;
        let attackers_code = shop.code("ada@example.com").await?;
        shop.wait(60);
        let own = shop.post(operation, json!({"email": "ada@example.com"})).await;
        let session = verify(&shop, &own, "ada@example.com").await?;

        assert_eq!((session.status, session.body["account"]["is_new"].clone()), (200, json!(true)), "{operation}");
        assert_eq!(login(&shop, "ada@example.com", "attackers own").await, 401, "{operation}");
        let late = shop.post("verify-code", json!({"challenge_id": planted.text("/challenge_id"), "code": attackers_code})).await;
        assert_eq!(late.refusal(), (410, "expired".to_owned()), "{operation}");
        assert_eq!(shop.table().await?.sessions("ada@example.com").len(), 1, "{operation}");
    }
    Ok(())
}

#[tokio::test]
async fn the_owners_code_proves_no_sign_up_that_an_attacker_opened_meanwhile_and_stays_good_for_the_owners_own() -> Outcome {
    let shop = Shop::open().await?;
    let (own, code) = shop.challenge("ada@example.com", "sign-in").await?;
    shop.wait(60);
    let planted =
        shop.ask("create-account").from_network(66).json(&json!({"email": "ada@example.com", "password": "attackers own"})).send().await;

    let prove = |challenge: &str| shop.post("verify-code", json!({"challenge_id": challenge, "code": code}));
    assert_eq!(prove(&planted.text("/challenge_id")).await.status, 401);
    assert_eq!(shop.table().await?.of("ACCOUNT").count(), 0);
    assert_eq!(prove(&own).await.status, 200);
    assert_eq!(login(&shop, "ada@example.com", "attackers own").await, 401);
    Ok(())
}

#[tokio::test]
async fn of_two_forms_only_the_newer_one_takes_effect() -> Outcome {
    let shop = Shop::open().await?;
    shop.post("create-account", json!({"email": "ada@example.com", "password": "the first password", "name": "First"})).await;
    shop.wait(60);
    let opened = shop.post("create-account", json!({"email": "ada@example.com", "password": "the second password"})).await;
    let session = verify(&shop, &opened, "ada@example.com").await?;

    assert_eq!((session.status, session.body["account"]["name"].clone()), (200, Value::Null));
    assert_eq!(login(&shop, "ada@example.com", "the first password").await, 401);
    assert_eq!(login(&shop, "ada@example.com", "the second password").await, 200);
    Ok(())
}

#[tokio::test]
async fn the_name_in_a_form_is_not_mailed_before_its_owner_has_proved_the_mailbox() -> Outcome {
    let shop = Shop::open().await?;
    let opened = shop.post("create-account", json!({"email": "ada@example.com", "name": "Free Watches Inc"})).await;
    assert!(shop.every_mail().await?.iter().all(|mail| !format!("{mail:?}").contains("Free Watches Inc")));
    verify(&shop, &opened, "ada@example.com").await?;
    assert!(shop.mails("ada@example.com").await?[0].text.contains("Free Watches Inc"), "the welcome");
    Ok(())
}

#[tokio::test]
async fn the_mails_speak_the_language_of_the_form_or_else_of_the_shop() -> Outcome {
    for (locale, greeting) in [("fr", "Bonjour"), ("FR-ca", "Bonjour"), ("en-GB", "Hello"), ("pt-BR", "Hello")] {
        let shop = Shop::open().await?;
        let opened = shop.post("create-account", json!({"email": "ada@example.com", "locale": locale})).await;
        verify(&shop, &opened, "ada@example.com").await?;
        let mails = shop.mails("ada@example.com").await?;
        assert_eq!(mails.len(), 2);
        assert!(mails.iter().all(|mail| mail.text.starts_with(greeting)), "{locale}: {mails:?}");
    }
    Ok(())
}

#[tokio::test]
async fn a_customer_who_had_closed_the_account_takes_it_up_again_with_what_the_new_form_says() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.ask("delete-account").bearer(&ada.access_token()).json(&json!({"mode": "close"})).send().await;
    shop.wait(60);

    let form = json!({"email": ada.email, "password": "a newer password", "name": "Countess", "locale": "fr"});
    let opened = shop.post("create-account", form).await;
    assert_eq!(shop.mail_kinds(&ada.email).await?[0], "sign-up-code");
    let session = verify(&shop, &opened, &ada.email).await?;

    assert_eq!((session.status, session.text("/account/id")), (200, ada.account_id()), "{session:?}");
    assert_eq!(session.body["account"]["is_new"], false);
    assert_eq!((login(&shop, &ada.email, &ada.password).await, login(&shop, &ada.email, "a newer password").await), (401, 200));
    let table = shop.table().await?;
    let account = table.account(&ada.email).ok_or("there is no account")?;
    assert_eq!(
        (text(account, "status"), text(account, "name"), text(account, "locale")),
        ("active".to_owned(), "Countess".to_owned(), "fr".to_owned())
    );
    Ok(())
}

#[tokio::test]
async fn the_answer_to_a_customer_who_comes_back_tells_the_account_as_it_is_now() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.ask("delete-account").bearer(&ada.access_token()).json(&json!({"mode": "close"})).send().await;
    shop.wait(60);

    let opened = shop.post("create-account", json!({"email": ada.email, "name": "Countess", "locale": "fr"})).await;
    let session = verify(&shop, &opened, &ada.email).await?;

    assert_eq!((session.text("/account/name"), session.text("/account/locale")), ("Countess".to_owned(), "fr".to_owned()));
    Ok(())
}

#[tokio::test]
async fn a_customer_who_comes_back_and_refuses_advertising_is_not_left_with_the_old_consent() -> Outcome {
    let shop = Shop::open().await?;
    let opened = shop.post("create-account", json!({"email": "ada@example.com", "marketing_consent": true})).await;
    let session = verify(&shop, &opened, "ada@example.com").await?;
    shop.ask("delete-account").bearer(&session.text("/access_token")).json(&json!({"mode": "close"})).send().await;
    shop.wait(60);

    let opened = shop.post("create-account", json!({"email": "ada@example.com", "marketing_consent": false})).await;
    assert_eq!(verify(&shop, &opened, "ada@example.com").await?.status, 200);

    let table = shop.table().await?;
    let consent = table.of("PROFILE").next().and_then(|profile| profile.get("marketing_consent")?.as_m().ok());
    assert_eq!(consent.and_then(|consent| consent.get("given")?.as_bool().ok()), Some(&false));
    Ok(())
}

#[tokio::test]
async fn a_shop_that_takes_no_new_customers_says_so_to_everybody_alike_and_mails_nobody() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    shop.set_up(|settings| settings.sign_up_open = false).await?;
    let mails = shop.every_mail().await?.len();

    let answers = [
        shop.post("create-account", json!({"email": ada.email})).await,
        shop.post("create-account", json!({"email": "new@example.com"})).await,
    ];

    assert_eq!(answers[0].refusal(), (403, "forbidden".to_owned()));
    assert_eq!(answers[0].class(), answers[1].class());
    assert_eq!(shop.every_mail().await?.len(), mails);
    Ok(())
}

#[tokio::test]
async fn whoever_is_blocked_gets_the_same_answer_and_no_mail() -> Outcome {
    let domain = BlockRule::Domain(DomainName::parse("example.com")?);
    let network = BlockRule::cidr("192.0.2.0/24")?;
    for rule in [domain, network] {
        for scopes in [&Scope::ALL[..], &[Scope::SignUp]] {
            let shop = Shop::open().await?;
            shop.block(rule.clone(), scopes, None).await?;
            let opened = shop.post("create-account", json!({"email": "ada@example.com", "password": "a fine password"})).await;
            assert_eq!((opened.status, shop.every_mail().await?.len()), (202, 0));
        }
    }
    let shop = Shop::open().await?;
    shop.block_email("ada@example.com").await?;
    let opened = shop.post("create-account", json!({"email": "ada@example.com"})).await;
    assert_eq!((opened.status, shop.every_mail().await?.len()), (202, 0));
    Ok(())
}

#[tokio::test]
async fn what_cannot_be_a_form_is_refused_by_its_field() -> Outcome {
    let shop = Shop::open().await?;
    let long = "x".repeat(257);
    let wide = "\u{1d400}".repeat(256) + "x";
    for (field, value, code) in [
        ("password", json!("seven77"), "too_short"),
        ("password", json!("\u{1d400}\u{1d400}\u{1d400}\u{1d400}"), "too_short"),
        ("password", json!(long), "too_long"),
        ("password", json!(wide), "too_long"),
        ("password", json!("PassWord1"), "too_common"),
        ("password", json!("qwertyuiop"), "too_common"),
        ("password", json!("a nul \u{0} within"), "invalid_characters"),
        ("password", json!(12_345_678), "wrong_type"),
        ("name", json!("n".repeat(101)), "too_long"),
        ("name", json!("Ada\r\nBcc: all@example.com"), "link_in_name"),
        ("name", json!("Ada\u{7}"), "invalid_characters"),
        ("name", json!("see https://evil.example"), "link_in_name"),
        ("name", json!("write to me@evil.example"), "link_in_name"),
        ("locale", json!(["fr"]), "wrong_type"),
        ("marketing_consent", json!("yes"), "wrong_type"),
        ("email", Value::Null, "wrong_type"),
    ] {
        let mut form = json!({"email": "ada@example.com"});
        form[field] = value;
        let answer = shop.post("create-account", form.clone()).await;
        assert_eq!(answer.refusal(), (422, "invalid_field".to_owned()), "{form}");
        assert_eq!(answer.invalid_field(), (field.to_owned(), code.to_owned()), "{form}");
    }
    let nobody = shop.post("create-account", json!({"password": "a fine password"})).await;
    assert_eq!(nobody.invalid_field(), ("email".to_owned(), "required".to_owned()));
    assert!(shop.every_mail().await?.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_password_is_taken_exactly_as_typed_from_eight_characters_to_two_hundred_and_fifty_six() -> Outcome {
    for password in ["eight8ch".to_owned(), "  spaces around  ".to_owned(), "\u{1d400}".repeat(256), "e\u{301}toile filante".to_owned()] {
        let shop = Shop::open().await?;
        let opened = shop.post("create-account", json!({"email": "ada@example.com", "password": password})).await;
        verify(&shop, &opened, "ada@example.com").await?;
        assert_eq!(login(&shop, "ada@example.com", &password).await, 200, "{password}");
        for other in [password.trim().to_owned(), password.to_uppercase(), password.chars().skip(1).collect()] {
            if other != password {
                assert_eq!(login(&shop, "ada@example.com", &other).await, 401, "{other}");
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn one_network_opens_twenty_sign_ups_an_hour_and_may_still_send_codes() -> Outcome {
    let shop = Shop::open().await?;
    let sign_up = |number: usize| shop.post("create-account", json!({"email": format!("customer-{number}@example.com")}));
    for number in 0..20 {
        if number == 10 {
            shop.wait(660);
        }
        assert_eq!(sign_up(number).await.status, 202, "{number}");
    }
    shop.wait(660);

    let refused = sign_up(20).await;
    assert_eq!(refused.refusal(), (429, "rate_limited".to_owned()));
    // An hour is counted in tenths.
    let wait = refused.retry_after();
    assert!((3600 - 1320..=3600 - 1320 + 360).contains(&wait), "{wait}");
    assert_eq!(shop.post("send-code", json!({"email": "customer-21@example.com"})).await.status, 202);
    assert_eq!(shop.ask("create-account").from_network(2).json(&json!({"email": "customer-20@example.com"})).send().await.status, 202);
    shop.wait(wait - 1);
    assert_eq!(sign_up(22).await.retry_after(), 1);
    shop.wait(1);
    assert_eq!(sign_up(22).await.status, 202);
    Ok(())
}
