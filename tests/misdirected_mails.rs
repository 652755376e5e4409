//! Mails go to the stored address alone, and link to the shop's own pages alone, whatever a request says of itself.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use tests::{Outcome, Shop};

#[tokio::test]
async fn no_header_has_a_say_in_what_a_mail_links_to() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let issuer = shop.settings().await?.issuer.as_str().to_owned();
    let poisoned = |operation: &str, access_token: &str, body: Value| {
        let mut request = shop.ask(operation).from(shop.another_network()).bearer(access_token).json(&body);
        for name in ["host", "x-forwarded-host", "x-host", "x-forwarded-server", "x-original-host", "x-http-host-override"] {
            request = request.header(name, "evil.example");
        }
        for name in ["origin", "referer", "x-original-url", "x-rewrite-url", "x-forwarded-prefix"] {
            request = request.header(name, "https://evil.example/reset-password");
        }
        request
            .header("forwarded", "host=evil.example;proto=http;for=203.0.113.1")
            .header("x-forwarded-proto", "http")
            .header("accept-language", "fr")
            .send()
    };
    for (operation, body) in [
        ("forgot-password", json!({"email": ada.email})),
        ("send-code", json!({"email": ada.email})),
        ("send-code", json!({"email": ada.email, "purpose": "delete-account"})),
        ("create-account", json!({"email": ada.email})),
    ] {
        shop.wait(60);
        let answer = poisoned(operation, "", body).await;
        assert_eq!(answer.status, 202);
        assert!(!format!("{answer:?}").contains("evil"));
        shop.every_mail().await?;
    }
    // And those that mail when something has been proved, when Ada's mailbox may have mails again.
    shop.wait(3600);
    let opened = poisoned("create-account", "", json!({"email": "new@example.com"})).await;
    let right = json!({"challenge_id": opened.text("/challenge_id"), "code": shop.code("new@example.com").await?});
    let welcomed = poisoned("verify-code", "", right).await;
    let deleted = poisoned("delete-account", &welcomed.text("/access_token"), json!({"mode": "close"})).await;
    poisoned("forgot-password", "", json!({"email": ada.email})).await;
    let link = shop.link_token(&ada.email).await?;
    let reset = poisoned("reset-password", "", json!({"token": link, "password": ada.password})).await;
    assert_eq!((welcomed.status, deleted.status, reset.status), (200, 202, 204));

    let mails = shop.every_mail().await?;
    let kinds: std::collections::BTreeSet<_> = mails.iter().map(|mail| mail.kind.as_str()).collect();
    assert_eq!((mails.len(), kinds.len()), (11, 8), "{kinds:?}");
    let urls = shop.settings().await?.urls;
    let own = [&urls.home, &urls.sign_in, &urls.forgot_password, &urls.reset_password].map(|page| page.as_str());
    for mail in &mails {
        assert!(!format!("{mail:?}").contains("evil"), "{mail:?}");
        for body in [mail.text.clone(), mail.html.replace("&#x2f;", "/")] {
            for (at, _) in body.match_indices("http") {
                assert!(own.iter().any(|url| body[at..].starts_with(url)), "{}: {}", mail.kind, &body[at..]);
            }
        }
    }
    let session = poisoned("login", "", json!({"email": ada.email, "password": ada.password})).await;
    let token = session.text("/access_token");
    let claims = token.split('.').nth(1).unwrap_or_default();
    let claims: Value = serde_json::from_slice(&BASE64URL_NOPAD.decode(claims.as_bytes())?)?;
    assert_eq!(claims["iss"], issuer);
    Ok(())
}

#[tokio::test]
async fn every_mail_has_one_recipient_the_one_that_is_stored() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    for (operation, body) in [
        ("create-account", json!({"email": "ADA@example.com"})),
        ("send-code", json!({"email": "aDa@EXAMPLE.com"})),
        ("send-code", json!({"email": "ada@example.COM", "purpose": "delete-account"})),
        ("forgot-password", json!({"email": "adA@example.com"})),
    ] {
        shop.wait(60);
        assert_eq!(shop.ask(operation).from(shop.another_network()).json(&body).send().await.status, 202);
        shop.every_mail().await?;
    }
    let token = shop.link_token("ada@example.com").await?;
    assert_eq!(shop.post("reset-password", json!({"token": token, "password": "another password"})).await.status, 204);
    let session = shop.post("login", json!({"email": ada.email, "password": "another password"})).await;
    shop.ask("delete-account").bearer(&session.text("/access_token")).json(&json!({"mode": "erase"})).send().await;

    let mails = shop.every_mail().await?;
    let kinds: Vec<_> = mails.iter().rev().map(|mail| mail.kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "sign-up-code",
            "account-created",
            "already-registered",
            "sign-in-code",
            "delete-account-code",
            "reset-password",
            "password-changed",
            "account-closed"
        ]
    );
    for mail in &mails {
        assert_eq!((mail.to.as_str(), mail.headers["To"].as_str()), ("ada@example.com", "ada@example.com"), "{}", mail.kind);
        assert!(mail.headers.keys().all(|name| !matches!(name.to_ascii_lowercase().as_str(), "cc" | "bcc" | "resent-to")));
        assert!(mail.headers.values().all(|value| !value.contains(['\r', '\n'])));
    }
    Ok(())
}
