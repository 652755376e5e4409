//! A rotation in the middle of everything: what is under way comes to its end, what was made with an old root is believed
//! for as long as it lives, and a root that has been retired proves nothing.

use std::{sync::Arc, time::Duration};

use futures::future::join_all;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use local::secrets_manager::STEPS;
use serde_json::{Value, json};
use shared::{
    crypto::{access_token::Subject, key_ring::KeyRing, signing_root::SigningRoot},
    domain::{
        identifier::{AccountId, SessionId},
        session::Proof,
        shop_slug::ShopSlug,
    },
};
use tests::{Answer, Customer, Failure, Outcome, Shop};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// From a rotation to the moment from which its root signs.
const WAITS: u64 = 2 * DAY;
/// What a campaign takes to mail its invitations, and everything else with it.
const BEGINNING: u64 = 2 * MINUTE;

/// Everything that can be under way, begun and not yet done.
struct UnderWay<'a> {
    shop: &'a Shop,
    session: Customer,
    mover: Customer,
    sign_up: Answer,
    sign_in: Answer,
    deletion: Answer,
    old_mailbox: Answer,
    new_mailbox: Answer,
}

const FLOWS: [&str; 11] = [
    "the sign-up code",
    "the sign-in code",
    "the deletion code",
    "the code from the old mailbox",
    "the code from the new mailbox",
    "the reset link",
    "the invitation",
    "the access token",
    "the refresh token",
    "the device token",
    "the password",
];

/// A shop with customers whose limits are fresh.
async fn shop_with_customers() -> Result<Shop, Failure> {
    let shop = Shop::open().await?;
    for name in ["signs-in", "leaves", "moves-soon", "moves-now", "resets", "stays", "is-known"] {
        shop.customer(&email(name)).await?;
    }
    shop.brought_along(&email("is-invited")).await?;
    shop.wait_a_day();
    Ok(shop)
}

fn email(name: &str) -> String {
    format!("{name}@example.com")
}

impl<'a> UnderWay<'a> {
    /// Begins everything within two minutes. But for one, the mails are not sent yet.
    async fn begin(shop: &'a Shop) -> Result<Self, Failure> {
        shop.invite(json!({"audience": "all"})).await?;
        assert_eq!(shop.minutes(2).await?, 1, "one is invited");

        let (moving, code) = shop.challenge(&email("moves-now"), "change-email").await?;
        let proof = json!({"challenge_id": moving, "code": code, "new_email": "new-now@example.com"});
        let token = Self::sign_in(shop, "moves-now").await?.access_token();
        let ask = |number, operation: &str, body: Value| shop.ask(operation).from_network(number).json(&body).send();
        let code_for = |number, name: &str, purpose: &str| ask(number, "send-code", json!({"email": email(name), "purpose": purpose}));
        let under_way = Self {
            shop,
            session: Self::sign_in(shop, "stays").await?,
            mover: Self::sign_in(shop, "moves-soon").await?,
            sign_up: ask(1, "create-account", json!({"email": email("signs-up"), "password": "a password of her own"})).await,
            sign_in: code_for(2, "signs-in", "sign-in").await,
            deletion: code_for(3, "leaves", "delete-account").await,
            old_mailbox: code_for(4, "moves-soon", "change-email").await,
            new_mailbox: shop.ask("change-email").bearer(&token).json(&proof).send().await,
        };
        let link = ask(5, "forgot-password", json!({"email": email("resets")})).await;
        let begun = [&under_way.sign_up, &under_way.sign_in, &under_way.deletion, &under_way.old_mailbox, &under_way.new_mailbox, &link];
        assert!(begun.iter().all(|answer| answer.status == 202), "{begun:?}");
        Ok(under_way)
    }

    async fn sign_in(shop: &Shop, name: &str) -> Result<Customer, Failure> {
        let (email, password) = (email(name), "a password of her own".to_owned());
        let session = shop.post("login", json!({"email": email, "password": password})).await;
        if session.status == 200 { Ok(Customer { email, password, session }) } else { Err(format!("{session:?}").into()) }
    }

    /// Takes one of [`FLOWS`] to its end: whether it succeeds.
    async fn ends(&self, flow: &str) -> Result<bool, Failure> {
        let shop = self.shop;
        let verify = async |opened: &Answer, code: String| {
            shop.post("verify-code", json!({"challenge_id": opened.text("/challenge_id"), "code": code})).await
        };
        let reset = async |token: String| shop.post("reset-password", json!({"token": token, "password": "a new password of mine"})).await;
        let answer = match flow {
            "the sign-up code" => verify(&self.sign_up, shop.code(&email("signs-up")).await?).await,
            "the sign-in code" => verify(&self.sign_in, shop.code(&email("signs-in")).await?).await,
            "the deletion code" => {
                let session = verify(&self.deletion, shop.code(&email("leaves")).await?).await;
                let delete = shop.ask("delete-account").bearer(&session.text("/access_token"));
                return Ok(delete.json(&json!({"mode": "erase"})).send().await.status == 202);
            }
            "the code from the old mailbox" => {
                let code = shop.code(&email("moves-soon")).await?;
                let token = shop.post("refresh-session", json!({"refresh_token": self.mover.refresh_token()})).await.text("/access_token");
                let proof =
                    json!({"challenge_id": self.old_mailbox.text("/challenge_id"), "code": code, "new_email": "new-soon@example.com"});
                let asked = shop.ask("change-email").bearer(&token).json(&proof).send().await;
                verify(&asked, shop.code("new-soon@example.com").await?).await
            }
            "the code from the new mailbox" => verify(&self.new_mailbox, shop.code("new-now@example.com").await?).await,
            "the reset link" => return Ok(reset(shop.link_token(&email("resets")).await?).await.status == 204),
            "the invitation" => return Ok(reset(shop.link_token(&email("is-invited")).await?).await.status == 204),
            "the access token" => shop.ask("view-account").bearer(&self.session.access_token()).send().await,
            "the refresh token" => shop.post("refresh-session", json!({"refresh_token": self.session.refresh_token()})).await,
            "the device token" => return Ok(knows(shop, &self.session.email, &self.session.device_token()).await),
            "the password" => shop.post("login", json!({"email": email("is-known"), "password": "a password of her own"})).await,
            other => return Err(format!("there is no {other}").into()),
        };
        Ok(answer.status == 200)
    }

    /// Those of [`FLOWS`] that fail.
    async fn failures(&self) -> Result<Vec<&'static str>, Failure> {
        let mut failed = Vec::new();
        for flow in FLOWS {
            if !self.ends(flow).await? {
                failed.push(flow);
            }
        }
        Ok(failed)
    }
}

/// Whether this device is known at this address: it is mailed though strangers have spent what strangers have.
async fn knows(shop: &Shop, email: &str, device_token: &str) -> bool {
    let stranger = json!({"email": email});
    for network in 10..15 {
        shop.ask("send-code").from_network(network).json(&stranger).send().await;
    }
    assert_eq!(shop.ask("send-code").from_network(8).json(&stranger).send().await.status, 429);
    shop.ask("send-code").from_network(9).json(&json!({"email": email, "device_token": device_token})).send().await.status == 202
}

async fn current(shop: &Shop) -> Result<String, Failure> {
    Ok(shop.context.signing_root().await?.current().to_owned())
}

/// Rotates, and tells the new root and how long it waits.
async fn rotated(shop: &Shop) -> Result<String, Failure> {
    shop.rotate().await?;
    Ok(shop.root_names()?.pop().ok_or("there is no root")?)
}

#[tokio::test]
async fn no_flow_fails_in_the_middle_of_a_rotation_wherever_that_stands() -> Outcome {
    for done in 1..=STEPS.len() {
        let shop = shop_with_customers().await?;
        let under_way = UnderWay::begin(&shop).await?;
        let version = shop.begin_rotation().await?;
        for step in &STEPS[..done] {
            shop.step(step, &version).await?;
        }
        // What functions have read is old, and they read anew.
        shop.wait(5 * MINUTE);
        assert_eq!(under_way.failures().await?, Vec::<&str>::new(), "after {done} steps");
    }
    Ok(())
}

#[tokio::test]
async fn no_flow_fails_that_begins_before_a_root_signs_and_ends_after() -> Outcome {
    let shop = shop_with_customers().await?;
    let new = rotated(&shop).await?;
    shop.wait(WAITS - BEGINNING - 1);
    let under_way = UnderWay::begin(&shop).await?;
    assert_eq!(current(&shop).await?, "k1");
    shop.wait(1);
    assert_eq!(current(&shop).await?, new);
    assert_eq!(under_way.failures().await?, Vec::<&str>::new());

    let session = UnderWay::sign_in(&shop, "is-known").await?;
    assert_eq!(decode_header(session.access_token())?.kid, Some(new.clone()), "what is new is made with the new root");
    assert!(session.device_token().starts_with(&format!("{new}.")) && session.refresh_token().starts_with(&format!("{new}.")));
    Ok(())
}

#[tokio::test]
async fn a_wrong_code_is_answered_alike_at_known_and_unknown_addresses_when_the_root_changes() -> Outcome {
    let shop = shop_with_customers().await?;
    rotated(&shop).await?;
    shop.wait(WAITS - 1);
    let mut answers = Vec::new();
    let opened = join_all(["signs-in", "nobody"].map(|name| shop.post("send-code", json!({"email": email(name)})))).await;
    shop.wait(1);
    for opened in opened {
        let body = json!({"challenge_id": opened.text("/challenge_id"), "code": "000000"});
        answers.push(shop.post("verify-code", body).await.refusal());
    }
    assert_eq!(answers[0], answers[1]);
    Ok(())
}

#[tokio::test]
async fn what_an_old_root_has_made_is_believed_to_its_very_end() -> Outcome {
    let shop = shop_with_customers().await?;
    rotated(&shop).await?;
    shop.wait(WAITS - BEGINNING - 1);
    let begun = shop.clock.now();
    let under_way = UnderWay::begin(&shop).await?;
    let made = shop.clock.now();
    shop.wait(1);
    assert_ne!(current(&shop).await?, "k1", "the root that has made it all signs no more");

    let until = |end| shop.clock.advance(Duration::from_secs(end).saturating_sub(shop.clock.now().since(made)) - Duration::from_secs(1));
    until(10 * MINUTE);
    for code in FLOWS.into_iter().filter(|flow| flow.contains("code")) {
        assert!(under_way.ends(code).await?, "{code}");
    }
    until(15 * MINUTE);
    assert!(under_way.ends("the access token").await?);
    until(DAY);
    assert!(under_way.ends("the reset link").await?);
    // The first was mailed as soon as the campaign had begun.
    until(7 * DAY - made.since(begun).as_secs());
    assert!(under_way.ends("the invitation").await?);

    let mut token = under_way.session.refresh_token();
    for day in [28, 56, 84, 90] {
        until(day * DAY);
        if day == 84 {
            // The next rotation comes while the session lives.
            shop.rotate().await?;
        }
        let refreshed = shop.post("refresh-session", json!({"refresh_token": token})).await;
        assert_eq!(refreshed.status, 200, "on day {day}: {refreshed:?}");
        token = refreshed.text("/refresh_token");
    }
    until(178 * DAY);
    shop.rotate().await?;
    until(180 * DAY);
    assert!(under_way.ends("the device token").await?);
    Ok(())
}

/// What a thief makes with a root, as of this moment.
async fn forged(shop: &Shop, stolen: &str, customer: &Customer) -> Result<(String, String), Failure> {
    let root = SigningRoot::at(Arc::new(KeyRing::parse(stolen)?), shop.clock.now());
    let (slug, email_key, issuer) = (ShopSlug::parse("demo")?, shop.email_key(&customer.email).await?, shop.settings().await?.issuer);
    let claims = customer.access_token().split('.').nth(1).unwrap_or_default().to_owned();
    let claims: Value = serde_json::from_slice(&data_encoding::BASE64URL_NOPAD.decode(claims.as_bytes())?)?;
    let subject = Subject {
        shop: &slug,
        issuer: issuer.as_str(),
        account_id: &AccountId::parse(&customer.account_id())?,
        email_key: &email_key,
        session_id: &SessionId::parse(claims["sid"].as_str().unwrap_or_default())?,
        authenticated_at: shop.clock.now(),
        proof: Proof::Password,
    };
    let access = root.access_token(&subject, shop.clock.now())?;
    Ok((access, root.device_token(&slug, &email_key, shop.clock.now()).ok_or("there is no root")?))
}

#[tokio::test]
async fn a_root_that_was_stolen_makes_nothing_any_more_once_it_is_retired() -> Outcome {
    let shop = shop_with_customers().await?;
    let stolen = shop.signing_root();
    rotated(&shop).await?;
    let switched = WAITS + 5 * MINUTE;
    let mut waited = 0;
    for (name, after, access_is_believed, device_is_believed) in [
        ("stays", 0, true, true),
        ("resets", switched + 15 * MINUTE - 1, true, true),
        ("leaves", switched + 15 * MINUTE, false, true),
        ("signs-in", switched + 180 * DAY - 1, false, true),
        ("is-known", switched + 180 * DAY, false, false),
        ("stays", switched + 400 * DAY, false, false),
    ] {
        shop.wait(after - waited);
        waited = after;
        let customer = UnderWay::sign_in(&shop, name).await?;
        let (access, device) = forged(&shop, &stolen, &customer).await?;
        let viewed = shop.ask("view-account").bearer(&access).send().await.status;
        assert_eq!(viewed == 200, access_is_believed, "a forged access token after {after} s: {viewed}");
        assert_eq!(knows(&shop, &customer.email, &device).await, device_is_believed, "a forged device token after {after} s");
    }
    // It stood in the ring all the while; the next rotation leaves it out.
    assert!(shop.root_names()?.contains(&"k1".to_owned()));
    shop.rotate().await?;
    assert!(!shop.root_names()?.contains(&"k1".to_owned()));
    Ok(())
}

/// A shop's back end, which fetches the keys once and keeps them.
struct Verifier {
    keys: JwkSet,
    fetched: u64,
}

impl Verifier {
    async fn fetch(shop: &Shop, at: u64) -> Result<Self, Failure> {
        Ok(Self { keys: serde_json::from_value(shop.ask("jwks").send().await.body)?, fetched: at })
    }

    /// Whether it takes the token: by signature, for its own times are this machine's.
    fn takes(&self, token: &str) -> Result<bool, Failure> {
        let kid = decode_header(token)?.kid.unwrap_or_default();
        let Some(key) = self.keys.find(&kid) else { return Ok(false) };
        let mut validation = Validation::new(Algorithm::ES256);
        validation.set_audience(&["demo"]);
        validation.validate_exp = false;
        Ok(decode::<Value>(token, &DecodingKey::from_jwk(key)?, &validation).is_ok())
    }
}

#[tokio::test]
async fn a_verifier_that_keeps_the_keys_for_a_day_takes_every_token_across_a_rotation() -> Outcome {
    let shop = shop_with_customers().await?;
    let mut session = UnderWay::sign_in(&shop, "stays").await?.session;
    let mut verifiers = Vec::new();
    let (mut signed_by, mut taken) = (Vec::new(), 0);
    for hour in 0..(4 * 24) {
        let now = hour * HOUR;
        if hour == 24 {
            shop.rotate().await?;
        }
        verifiers.push(Verifier::fetch(&shop, now).await?);
        verifiers.retain(|verifier| now - verifier.fetched <= DAY);
        session = shop.post("refresh-session", json!({"refresh_token": session.text("/refresh_token")})).await;
        let token = session.text("/access_token");
        signed_by.push(decode_header(&token)?.kid.unwrap_or_default());
        for verifier in &verifiers {
            assert!(verifier.takes(&token)?, "keys fetched at {} s, token of {now} s", verifier.fetched);
            taken += 1;
        }
        // And one that fetches them now takes what was signed until now and still lives.
        shop.wait(15 * MINUTE);
        assert!(Verifier::fetch(&shop, now).await?.takes(&token)?);
        shop.wait(45 * MINUTE);
    }
    signed_by.dedup();
    assert_eq!((signed_by.len(), signed_by[0].as_str()), (2, "k1"), "the root has changed once");
    assert!(taken > 2_000, "{taken}");
    let kids: Vec<_> = Verifier::fetch(&shop, 0).await?.keys.keys.into_iter().map(|key| key.common.key_id).collect();
    assert_eq!(kids, [signed_by.pop()], "a root whose tokens have ended is published no more");
    Ok(())
}

#[tokio::test]
async fn a_function_that_has_not_heard_of_a_rotation_signs_with_the_same_root_as_the_others() -> Outcome {
    let shop = shop_with_customers().await?;
    let session = UnderWay::sign_in(&shop, "stays").await?;
    // Each function has read the roots for itself.
    shop.context.signing_root().await?;
    let refreshed = shop.post("refresh-session", json!({"refresh_token": session.refresh_token()})).await;
    shop.secrets_line.cut(true);
    let new = rotated(&shop).await?;
    shop.wait(HOUR - 1);
    let others = shop.rotator();
    let (behind, ahead) = (shop.context.signing_root().await?, others.signing_root().await?);
    assert_eq!(behind.current(), ahead.current());
    let slug = ShopSlug::parse("demo")?;
    let kids = |root: &SigningRoot| json!(root.public_keys(&slug)).to_string();
    assert!(!kids(&behind).contains(&new) && kids(&ahead).contains(&new));
    let again = shop.post("refresh-session", json!({"refresh_token": refreshed.text("/refresh_token")})).await;
    assert_eq!(again.status, 200, "{again:?}");
    Ok(())
}

#[tokio::test]
async fn requests_go_on_in_parallel_with_a_rotation_and_with_the_change_of_the_root() -> Outcome {
    let shop = shop_with_customers().await?;
    let sessions = join_all((0..20).map(|_| UnderWay::sign_in(&shop, "stays"))).await.into_iter().collect::<Result<Vec<_>, _>>()?;
    let mut tokens: Vec<_> = sessions.iter().map(Customer::refresh_token).collect();
    let mut answered = 0;
    let mut round = async |beside: std::pin::Pin<Box<dyn Future<Output = Outcome> + '_>>| -> Outcome {
        let refreshed = join_all(tokens.iter().map(|token| shop.post("refresh-session", json!({"refresh_token": token}))));
        let (refreshed, done) = futures::join!(refreshed, beside);
        done?;
        let viewed = refreshed.iter().map(|session| shop.ask("view-account").bearer(&session.text("/access_token")).send());
        assert!(join_all(viewed).await.iter().chain(&refreshed).all(|answer| answer.status == 200));
        tokens = refreshed.iter().map(|session| session.text("/refresh_token")).collect();
        answered += 2 * refreshed.len();
        Ok(())
    };

    let version = shop.begin_rotation().await?;
    for step in STEPS {
        // Every function reads anew while the step is done.
        shop.wait(5 * MINUTE);
        round(Box::pin(async { Ok(shop.step(step, &version).await.map(|_| ())?) })).await?;
    }
    // The root was made with the first step, a quarter of an hour ago.
    shop.wait(WAITS - 15 * MINUTE - 50);
    assert_eq!(current(&shop).await?, "k1");
    for _ in 0..10 {
        round(Box::pin(async {
            for _ in 0..10 {
                shop.wait(1);
                tokio::task::yield_now().await;
            }
            Ok(())
        }))
        .await?;
    }
    assert_eq!(answered, 2 * 20 * 14);
    assert_ne!(current(&shop).await?, "k1");
    Ok(())
}
