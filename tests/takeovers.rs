//! What would give one customer's account to another, tried from every side.

use aws_smithy_types::base64;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, jwk::Jwk};
use serde_json::{Value, json};
use shared::{
    crypto::{access_token::Subject, signing_root::SigningRoot},
    domain::{
        block::{BlockRule, Scope},
        domain_name::DomainName,
        identifier::{AccountId, SessionId},
        session::Proof,
        shop::ShopSlug,
    },
};
use tests::{Answer, Failure, Outcome, Shop};

/// A challenge that is open, with the code that proves it.
struct Open {
    what: &'static str,
    store: &'static str,
    id: String,
    code: String,
}

async fn open(shop: &Shop, what: &'static str, store: &'static str, operation: &str, body: Value) -> Result<Open, Failure> {
    let sent = shop.ask(operation).at(store).json(&body).send().await;
    assert_eq!(sent.status, 202, "{what}");
    let email = body["email"].as_str().unwrap_or_default();
    Ok(Open { what, store, id: sent.text("/challenge_id"), code: shop.code(email).await? })
}

async fn verify(shop: &Shop, store: &str, challenge: &str, code: &str) -> Answer {
    shop.ask("verify-code").at(store).json(&json!({"challenge_id": challenge, "code": code})).send().await
}

async fn reset(shop: &Shop, store: &str, token: &str) -> Answer {
    shop.ask("reset-password").at(store).json(&json!({"token": token, "password": "an attackers password"})).send().await
}

/// Two shops; Ada is a customer of both, and Bob of the first.
async fn two_shops() -> Result<Shop, Failure> {
    let shop = Shop::open().await?;
    shop.open_beside("other").await?;
    shop.customer("ada@example.com").await?;
    shop.customer("bob@example.com").await?;
    let there =
        open(&shop, "sign-up there", "other", "create-account", json!({"email": "ada@example.com", "password": "a password of her own"}))
            .await?;
    assert_eq!(verify(&shop, "other", &there.id, &there.code).await.status, 200);
    shop.wait_a_day();
    Ok(shop)
}

/// A challenge of every purpose, at another address and in another shop, all of them open at the same time.
async fn one_of_each(shop: &Shop) -> Result<Vec<Open>, Failure> {
    let mut all = vec![
        open(shop, "Ada's sign-in", "demo", "send-code", json!({"email": "ada@example.com"})).await?,
        open(shop, "Bob's sign-in", "demo", "send-code", json!({"email": "bob@example.com"})).await?,
        open(shop, "Ada's sign-in at the other shop", "other", "send-code", json!({"email": "ada@example.com"})).await?,
        open(shop, "a sign-up", "demo", "create-account", json!({"email": "new@example.com"})).await?,
    ];
    shop.wait(60);
    all.push(open(shop, "Ada's deletion", "demo", "send-code", json!({"email": "ada@example.com", "purpose": "delete-account"})).await?);
    Ok(all)
}

#[tokio::test]
async fn a_code_proves_its_own_challenge_and_no_other() -> Outcome {
    let shop = two_shops().await?;
    let all = one_of_each(&shop).await?;
    for challenge in &all {
        for proof in all.iter().filter(|proof| proof.id != challenge.id && proof.code != challenge.code) {
            let answer = verify(&shop, challenge.store, &challenge.id, &proof.code).await;
            assert_eq!(answer.refusal(), (401, "invalid_code".to_owned()), "the code of {} for {}", proof.what, challenge.what);
        }
    }
    for challenge in &all {
        assert_eq!(verify(&shop, challenge.store, &challenge.id, &challenge.code).await.status, 200, "{}", challenge.what);
    }
    Ok(())
}

#[tokio::test]
async fn a_challenge_is_proved_in_its_own_shop_alone() -> Outcome {
    let shop = two_shops().await?;
    let all = one_of_each(&shop).await?;
    for challenge in &all {
        let elsewhere = if challenge.store == "demo" { "other" } else { "demo" };
        let answer = verify(&shop, elsewhere, &challenge.id, &challenge.code).await;
        assert_eq!(answer.refusal(), (410, "expired".to_owned()), "{}", challenge.what);
    }
    for challenge in &all {
        assert_eq!(verify(&shop, challenge.store, &challenge.id, &challenge.code).await.status, 200, "{}", challenge.what);
    }
    Ok(())
}

#[tokio::test]
async fn a_challenges_name_that_was_altered_names_nothing() -> Outcome {
    let shop = two_shops().await?;
    let all = one_of_each(&shop).await?;
    let mut tried = 0;
    for challenge in &all {
        for at in 0..challenge.id.len() {
            for other in ["a", "c", "e"].iter().filter(|other| **other != &challenge.id[at..=at]).take(1) {
                let altered = format!("{}{other}{}", &challenge.id[..at], &challenge.id[at + 1..]);
                let answer = shop.ask("verify-code").from_network(tried).at(challenge.store);
                let answer = answer.json(&json!({"challenge_id": altered, "code": challenge.code})).send().await;
                assert!(matches!(answer.status, 410 | 422), "{} altered at {at}: {answer:?}", challenge.what);
                tried += 1;
            }
        }
        assert_eq!(verify(&shop, challenge.store, &challenge.id, &challenge.code).await.status, 200, "{}", challenge.what);
    }
    assert!(tried > 200);
    Ok(())
}

#[tokio::test]
async fn a_code_does_not_reset_a_password_and_a_link_does_not_sign_in() -> Outcome {
    let shop = two_shops().await?;
    let codes = one_of_each(&shop).await?;
    shop.wait(60);
    let mut links = Vec::new();
    for (store, email) in [("demo", "ada@example.com"), ("demo", "bob@example.com"), ("other", "ada@example.com")] {
        assert_eq!(shop.ask("forgot-password").at(store).json(&json!({"email": email})).send().await.status, 202);
        links.push((store, shop.link_token(email).await?));
    }
    let parts =
        |token: &str| token.split_once('.').map(|(challenge, secret)| (challenge.to_owned(), secret.to_owned())).unwrap_or_default();

    for (store, link) in &links {
        let (challenge, secret) = parts(link);
        for code in &codes {
            assert_eq!(
                verify(&shop, store, &challenge, &code.code).await.refusal(),
                (410, "expired".to_owned()),
                "a link's challenge takes no code"
            );
            for token in [
                format!("{}.{}", code.id, code.code),
                format!("{}.{secret}", code.id),
                format!("{challenge}.{}", code.code),
                code.code.clone(),
            ] {
                let answer = reset(&shop, store, &token).await;
                assert!(matches!(answer.status, 401 | 410), "{} {token}: {answer:?}", code.what);
            }
        }
        for (elsewhere, other) in &links {
            let (others_challenge, others_secret) = parts(other);
            if others_challenge != challenge {
                assert_eq!(reset(&shop, store, &format!("{challenge}.{others_secret}")).await.status, 401);
                assert!(matches!(reset(&shop, store, &format!("{others_challenge}.{secret}")).await.status, 401 | 410));
            }
            if elsewhere != store {
                assert_eq!(reset(&shop, store, other).await.status, 410, "a link of another shop");
            }
        }
    }
    for (store, link) in &links {
        assert_eq!(reset(&shop, store, link).await.status, 204);
    }
    Ok(())
}

#[tokio::test]
async fn no_token_is_taken_for_another_kind() -> Outcome {
    let shop = two_shops().await?;
    let session = shop.post("login", json!({"email": "ada@example.com", "password": "a password of her own"})).await;
    shop.post("forgot-password", json!({"email": "ada@example.com"})).await;
    let link = shop.link_token("ada@example.com").await?;
    let (access, refresh, device) = (session.text("/access_token"), session.text("/refresh_token"), session.text("/device_token"));

    for wrong in [&access, &device, &link, &shop.owner_key] {
        assert_eq!(shop.post("refresh-session", json!({"refresh_token": wrong})).await.status, 401);
    }
    for wrong in [&access, &refresh, &device, &shop.owner_key] {
        assert_eq!(reset(&shop, "demo", wrong).await.status, 401);
    }
    for wrong in [&refresh, &device, &link, &shop.owner_key] {
        assert_eq!(shop.ask("logout").bearer(wrong).send().await.status, 401);
        assert_eq!(shop.ask("delete-account").bearer(wrong).json(&json!({"mode": "erase"})).send().await.status, 401);
    }
    for wrong in [&access, &refresh, &device, &link] {
        let answer = shop.ask("block-check").bearer(wrong).json(&json!({"email": "ada@example.com", "scope": "checkout"})).send().await;
        assert_eq!(answer.status, 401);
    }
    assert_eq!(shop.post("refresh-session", json!({"refresh_token": refresh})).await.status, 200);
    Ok(())
}

fn base64url(bytes: &[u8]) -> String {
    base64::encode(bytes).trim_end_matches('=').replace('+', "-").replace('/', "_")
}

fn from_base64url(text: &str) -> Result<Vec<u8>, Failure> {
    let padding = "=".repeat((4 - text.len() % 4) % 4);
    Ok(base64::decode(text.replace('-', "+").replace('_', "/") + &padding)?)
}

/// A P-256 key of an attacker's own (RFC 5958, with the scalar 0x0707…07).
fn attackers_key() -> EncodingKey {
    let mut der = vec![
        0x30, 0x41, 2, 1, 0, 0x30, 0x13, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7, 4, 0x27,
        0x30, 0x25, 2, 1, 1, 4, 0x20,
    ];
    der.extend([7; 32]);
    EncodingKey::from_ec_der(&der)
}

/// Tries these as access tokens wherever one is taken.
async fn none_is_believed(shop: &Shop, store: &str, tokens: &[(&str, String)]) -> Outcome {
    for (what, token) in tokens {
        for (operation, body) in [("logout", json!({"everywhere": true})), ("delete-account", json!({"mode": "erase"}))] {
            let answer = shop.ask(operation).at(store).bearer(token).json(&body).send().await;
            assert_eq!(answer.refusal(), (401, "invalid_token".to_owned()), "{what} at {operation}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn an_access_token_that_we_have_not_signed_is_worth_nothing() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let token = ada.access_token();
    let parts: Vec<&str> = token.split('.').collect();
    let claims: Value = serde_json::from_slice(&from_base64url(parts[1])?)?;
    let genuine: Value = serde_json::from_slice(&from_base64url(parts[0])?)?;
    let jwk = shop.ask("jwks").send().await.body["keys"][0].clone();
    let public_key =
        [vec![4], from_base64url(jwk["x"].as_str().unwrap_or_default())?, from_base64url(jwk["y"].as_str().unwrap_or_default())?].concat();
    let under = |header: &Value| format!("{}.{}", base64url(header.to_string().as_bytes()), parts[1]);

    let mut forged: Vec<(&str, String)> = Vec::new();
    for algorithm in ["none", "None", "NONE", "nOnE", ""] {
        let header = json!({"alg": algorithm, "typ": "at+jwt", "kid": genuine["kid"]});
        forged.push(("no algorithm, no signature", format!("{}.", under(&header))));
        forged.push(("no algorithm, the old signature", format!("{}.{}", under(&header), parts[2])));
    }
    forged.push(("no signature", format!("{}.{}.", parts[0], parts[1])));
    forged.push(("no signature at all", format!("{}.{}", parts[0], parts[1])));
    forged.push(("a signature of zeros", format!("{}.{}.{}", parts[0], parts[1], base64url(&[0; 64]))));
    forged.push(("a signature of ones", format!("{}.{}.{}", parts[0], parts[1], base64url(&[1; 64]))));

    // The public key as an HMAC secret, in every form that it is known in.
    let mut symmetric = Header::new(Algorithm::HS256);
    symmetric.typ = Some("at+jwt".to_owned());
    symmetric.kid = genuine["kid"].as_str().map(str::to_owned);
    let secrets = [
        public_key.clone(),
        public_key[1..].to_vec(),
        public_key[1..33].to_vec(),
        jwk.to_string().into_bytes(),
        Vec::new(),
        b"k1".to_vec(),
    ];
    for secret in secrets {
        forged.push(("HS256 with the public key", encode(&symmetric, &claims, &EncodingKey::from_secret(&secret))?));
    }

    // Signed well, by somebody else, who offers the key along with it.
    let mut header = Header::new(Algorithm::ES256);
    header.typ = Some("at+jwt".to_owned());
    header.kid = genuine["kid"].as_str().map(str::to_owned);
    forged.push(("another key under our name", encode(&header, &claims, &attackers_key())?));
    header.jku = Some("https://evil.example/jwks.json".to_owned());
    forged.push(("jku", encode(&header, &claims, &attackers_key())?));
    header.jku = None;
    header.jwk = Some(Jwk::from_encoding_key(&attackers_key(), Algorithm::ES256)?);
    forged.push(("jwk", encode(&header, &claims, &attackers_key())?));
    header.jwk = None;
    for kid in ["", "k0", "k2", "../../dev/null", "' OR 1=1", "current"] {
        header.kid = Some(kid.to_owned());
        forged.push(("another kid", encode(&header, &claims, &attackers_key())?));
    }
    header.kid = None;
    forged.push(("no kid", encode(&header, &claims, &attackers_key())?));

    // Ours, but for a detail.
    for (what, change) in [
        ("alg", json!("ES384")),
        ("typ", json!("JWT")),
        ("typ", json!("id+jwt")),
        ("kid", json!("k2")),
        ("jku", json!("x")),
        ("crit", json!(["b64"])),
    ] {
        let mut header = genuine.clone();
        header[what] = change;
        forged.push(("an altered header", format!("{}.{}", under(&header), parts[2])));
    }
    for (what, change) in [
        ("sub", json!("acc_aaaaaaaaaaaaaaaaaaaaaaaaaa")),
        ("exp", json!(4_102_444_800_u64)),
        ("aud", json!("other")),
        ("auth_time", json!(4_102_444_800_u64)),
        ("role", json!("owner")),
    ] {
        let mut claims = claims.clone();
        claims[what] = change;
        forged.push(("altered claims", format!("{}.{}.{}", parts[0], base64url(claims.to_string().as_bytes()), parts[2])));
    }
    forged.push(("with padding", format!("{token}=")));
    forged.push(("with a fourth part", format!("{token}.{}", parts[2])));
    forged.push(("without a header", format!("{}.{}", parts[1], parts[2])));
    forged.push(("in capitals", token.to_uppercase()));

    none_is_believed(&shop, "demo", &forged).await?;
    assert!(forged.len() > 40);
    assert_eq!(shop.table().await?.sessions(&ada.email).len(), 1);
    assert_eq!(shop.ask("logout").bearer(&token).send().await.status, 204, "and the genuine one is believed");
    Ok(())
}

#[tokio::test]
async fn an_access_token_is_of_one_shop_one_root_and_one_quarter_of_an_hour() -> Outcome {
    let shop = two_shops().await?;
    let here = shop.post("login", json!({"email": "ada@example.com", "password": "a password of her own"})).await.text("/access_token");
    let there = shop
        .ask("login")
        .at("other")
        .json(&json!({"email": "ada@example.com", "password": "a password of her own"}))
        .send()
        .await
        .text("/access_token");

    // A root of an attacker's own, under our root's name, for claims that are right to the letter.
    let claims: Value = serde_json::from_slice(&from_base64url(here.split('.').nth(1).unwrap_or_default())?)?;
    let root = SigningRoot::parse(&json!({"current": "k1", "k1": "x".repeat(64)}).to_string())?;
    let subject = Subject {
        shop: &ShopSlug::parse("demo")?,
        issuer: &shop.settings().await?.issuer,
        account_id: &AccountId::parse(claims["sub"].as_str().unwrap_or_default())?,
        email_key: &shop.email_key("ada@example.com").await?,
        session_id: &SessionId::parse(claims["sid"].as_str().unwrap_or_default())?,
        authenticated_at: shop.clock.now(),
        proof: Proof::Password,
    };
    let forged = root.access_token(&subject, shop.clock.now())?;

    none_is_believed(&shop, "demo", &[("another shop's", there.clone()), ("another root's", forged.clone())]).await?;
    none_is_believed(&shop, "other", &[("another shop's", here.clone()), ("another root's", forged)]).await?;
    shop.wait(900);
    none_is_believed(&shop, "demo", &[("an expired one", here)]).await?;
    none_is_believed(&shop, "other", &[("an expired one", there)]).await?;
    Ok(())
}

#[tokio::test]
async fn refresh_and_device_tokens_are_of_one_shop() -> Outcome {
    let shop = two_shops().await?;
    let login =
        |store: &str| shop.ask("login").at(store).json(&json!({"email": "ada@example.com", "password": "a password of her own"})).send();
    let (here, there) = (login("demo").await, login("other").await);
    for (store, session) in [("demo", &there), ("other", &here)] {
        let answer = shop.ask("refresh-session").at(store).json(&json!({"refresh_token": session.text("/refresh_token")})).send().await;
        assert_eq!(answer.refusal(), (401, "invalid_token".to_owned()));
    }
    for _ in 0..5 {
        shop.post("login", json!({"email": "ada@example.com", "password": "wrong"})).await;
    }
    let with = |session: &Answer| {
        shop.post(
            "login",
            json!({"email": "ada@example.com", "password": "a password of her own", "device_token": session.text("/device_token")}),
        )
    };
    let statuses = (with(&there).await.status, with(&here).await.status);
    assert_eq!(statuses, (429, 200));
    for (store, session) in [("demo", &here), ("other", &there)] {
        let answer = shop.ask("refresh-session").at(store).json(&json!({"refresh_token": session.text("/refresh_token")})).send().await;
        assert_eq!(answer.status, 200);
    }
    Ok(())
}

#[tokio::test]
async fn a_shops_customers_blocks_and_limits_are_its_own() -> Outcome {
    let shop = two_shops().await?;
    shop.block_email("ada@example.com").await?;
    let there = |operation: &str, body: Value| shop.ask(operation).at("other").json(&body).send();
    let right = json!({"email": "ada@example.com", "password": "a password of her own"});
    assert_eq!((shop.post("login", right.clone()).await.status, there("login", right).await.status), (403, 200));
    assert_eq!(
        there("login", json!({"email": "bob@example.com", "password": "a password of her own"})).await.status,
        401,
        "Bob is a customer of the first shop"
    );
    for number in 0..10 {
        assert_eq!(shop.post("send-code", json!({"email": format!("customer-{number}@example.com")})).await.status, 202);
    }
    assert_eq!(shop.post("send-code", json!({"email": "bob@example.com"})).await.status, 429);
    assert_eq!(there("send-code", json!({"email": "bob@example.com"})).await.status, 202);
    Ok(())
}

#[tokio::test]
async fn no_header_has_a_say_in_what_a_mail_links_to() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let issuer = shop.settings().await?.issuer;
    let poisoned = |operation: &str, body: Value| {
        let mut request = shop.ask(operation).json(&body);
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
        ("create-account", json!({"email": "new@example.com"})),
    ] {
        shop.wait(60);
        let answer = poisoned(operation, body).await;
        assert_eq!(answer.status, 202);
        assert!(!format!("{answer:?}").contains("evil"));
    }
    let mails = shop.every_mail().await?;
    assert_eq!(mails.len(), 7);
    let urls = shop.settings().await?.urls;
    let own = [&urls.home, &urls.sign_in, &urls.forgot_password, &urls.reset_password];
    for mail in &mails {
        assert!(!format!("{mail:?}").contains("evil"), "{mail:?}");
        for body in [mail.text.clone(), mail.html.replace("&#x2f;", "/")] {
            for (at, _) in body.match_indices("http") {
                assert!(own.iter().any(|url| body[at..].starts_with(url.as_str())), "{}: {}", mail.kind, &body[at..]);
            }
        }
    }
    let session = poisoned("login", json!({"email": ada.email, "password": ada.password})).await;
    let claims: Value = serde_json::from_slice(&from_base64url(session.text("/access_token").split('.').nth(1).unwrap_or_default())?)?;
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
        assert_eq!(shop.post(operation, body).await.status, 202);
        shop.every_mail().await?;
    }
    let token = shop.link_token("ada@example.com").await?;
    assert_eq!(reset(&shop, "demo", &token).await.status, 204);
    let session = shop.post("login", json!({"email": ada.email, "password": "an attackers password"})).await;
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

/// What a customer held before something ended it.
struct Held {
    sessions: Vec<Answer>,
    challenges: Vec<(String, String)>,
    link: String,
}

async fn hold_everything(shop: &Shop) -> Result<Held, Failure> {
    let ada = shop.customer("ada@example.com").await?;
    shop.wait(60);
    let mut challenges = Vec::new();
    for purpose in ["sign-in", "delete-account"] {
        challenges.push(shop.challenge(&ada.email, purpose).await?);
        shop.wait(60);
    }
    shop.post("forgot-password", json!({"email": ada.email})).await;
    let link = shop.link_token(&ada.email).await?;
    let refreshed = shop.post("refresh-session", json!({"refresh_token": ada.refresh_token()})).await;
    let second = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
    Ok(Held { sessions: vec![ada.session, refreshed, second], challenges, link })
}

#[tokio::test]
async fn nothing_that_was_held_before_a_reset_a_block_or_a_deletion_is_worth_anything_after_it() -> Outcome {
    for end in ["reset", "block of the address", "block of the account", "block of the domain", "logout everywhere", "close", "erase"] {
        let shop = Shop::open().await?;
        let held = hold_everything(&shop).await?;
        let access_token = held.sessions[2].text("/access_token");
        let done = match end {
            "reset" => reset(&shop, "demo", &held.link).await.status,
            "block of the address" => shop.block_email("ada@example.com").await.map(|_| 200)?,
            "block of the account" => {
                let rule = BlockRule::Account(AccountId::parse(&held.sessions[0].text("/account/id"))?);
                shop.block(rule, &Scope::ALL, None).await.map(|_| 200)?
            }
            "block of the domain" => {
                shop.block(BlockRule::Domain(DomainName::parse("example.com")?), &Scope::ALL, None).await.map(|_| 200)?
            }
            "logout everywhere" => shop.ask("logout").bearer(&access_token).json(&json!({"everywhere": true})).send().await.status,
            mode => shop.ask("delete-account").bearer(&access_token).json(&json!({"mode": mode})).send().await.status,
        };
        assert!(matches!(done, 200 | 202 | 204), "{end}: {done}");
        let before = shop.table().await?.sessions("ada@example.com").len();

        for session in &held.sessions {
            let refreshed = shop.post("refresh-session", json!({"refresh_token": session.text("/refresh_token")})).await;
            assert!(matches!(refreshed.status, 401 | 403), "{end}: {refreshed:?}");
            // Whoever is blocked by the domain keeps the right to sign out and to be forgotten.
            if end != "block of the domain" {
                for (operation, body) in [("logout", json!({})), ("delete-account", json!({"mode": "erase"}))] {
                    let answer = shop.ask(operation).bearer(&session.text("/access_token")).json(&body).send().await;
                    assert_eq!(answer.refusal(), (401, "invalid_token".to_owned()), "{end}: {operation}");
                }
            }
        }
        for (challenge, code) in &held.challenges {
            let answer = verify(&shop, "demo", challenge, code).await;
            assert!(matches!(answer.status, 403 | 410), "{end}: {answer:?}");
        }
        let answer = reset(&shop, "demo", &held.link).await;
        assert!(matches!(answer.status, 403 | 410), "{end}: {answer:?}");
        assert_eq!(shop.table().await?.sessions("ada@example.com").len(), before, "{end}");
    }
    Ok(())
}

#[tokio::test]
async fn a_session_of_one_account_does_nothing_to_another() -> Outcome {
    let shop = Shop::open().await?;
    let (ada, eve) = (shop.customer("ada@example.com").await?, shop.customer("eve@example.com").await?);
    assert_eq!(shop.ask("logout").bearer(&eve.access_token()).json(&json!({"everywhere": true})).send().await.status, 204);
    assert_eq!(shop.post("refresh-session", json!({"refresh_token": ada.refresh_token()})).await.status, 200);
    let eve = shop.post("login", json!({"email": "eve@example.com", "password": eve.password})).await;
    assert_eq!(shop.ask("delete-account").bearer(&eve.text("/access_token")).json(&json!({"mode": "erase"})).send().await.status, 202);
    assert_eq!(shop.table().await?.sessions(&ada.email).len(), 1);
    Ok(())
}
