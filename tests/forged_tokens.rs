//! Access tokens that somebody else has made, or that say what we never said: believed at no endpoint.

use std::sync::Arc;

use data_encoding::BASE64URL_NOPAD;
use hkdf::Hkdf;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode, jwk::Jwk};
use local::template::{Function, Template};
use serde_json::{Value, json};
use sha2::Sha256;
use shared::{
    crypto::{access_token::Subject, key_ring::KeyRing, signing_root::SigningRoot},
    domain::{
        address_keys::AddressKeys,
        challenge::{Asker, ChallengeId, ChallengePlace, Proves, Slot},
        domain_name::DomainName,
        identifier::{AccountId, SessionId},
        session::Proof,
        shop_slug::ShopSlug,
    },
    http::Side,
};
use tests::{Failure, Outcome, Shop};

use crate::takeovers::{Origin, two_shops};

fn base64url(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

fn from_base64url(text: &str) -> Result<Vec<u8>, Failure> {
    Ok(BASE64URL_NOPAD.decode(text.as_bytes())?)
}

/// The P-256 key of this scalar (RFC 5958).
fn key_of(scalar: [u8; 32]) -> EncodingKey {
    let mut der = vec![
        0x30, 0x41, 2, 1, 0, 0x30, 0x13, 6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7, 4, 0x27,
        0x30, 0x25, 2, 1, 1, 4, 0x20,
    ];
    der.extend(scalar);
    EncodingKey::from_ec_der(&der)
}

/// A key of an attacker's own.
fn attackers_key() -> EncodingKey {
    key_of([7; 32])
}

/// The shop's own key, made from the secret without the code that ships.
fn shops_key(shop: &Shop) -> Result<EncodingKey, Failure> {
    let roots: Value = serde_json::from_str(&shop.signing_root())?;
    let root = roots["current"].as_str().and_then(|current| roots[current].as_str()).ok_or("there is no current root")?;
    let mut scalar = [0; 32];
    let expanded = Hkdf::<Sha256>::new(None, root.as_bytes()).expand(b"vestibule/access-token/1/demo/0", &mut scalar);
    expanded.map_err(|error| error.to_string())?;
    Ok(key_of(scalar))
}

/// Every operation that takes a session: whoever shows none is told so before anything else.
async fn session_endpoints(shop: &Shop) -> Result<Vec<String>, Failure> {
    let mut endpoints = Vec::new();
    for Function { operation, routes, .. } in Template::read(&Template::path())?.functions() {
        let of_customers = routes.iter().any(|route| route.side() == Side::Storefront);
        if of_customers && shop.ask(&operation).send().await.refusal() == (401, "invalid_token".to_owned()) {
            endpoints.push(operation);
        }
    }
    assert!(["logout", "delete-account"].iter().all(|known| endpoints.contains(&(*known).to_owned())), "{endpoints:?}");
    Ok(endpoints)
}

/// A body that an endpoint does something with.
async fn body_of(shop: &Shop, endpoint: &str) -> Result<Value, Failure> {
    Ok(match endpoint {
        "logout" => json!({"everywhere": true}),
        "delete-account" => json!({"mode": "erase"}),
        "change-password" => json!({"current_password": "a password of her own", "new_password": "a thief's own password"}),
        "change-email" => {
            let slot = Slot { proves: Proves::OldMailbox, asker: Asker::Stranger, number: 0 };
            let (email_key, domain) = (shop.email_key("ada@example.com").await?, DomainName::parse("example.com")?);
            let challenge_id = ChallengeId::from_random(
                ChallengePlace { slot, address: AddressKeys::unfolded(email_key, domain), moves_from: None },
                [7; 9],
            );
            json!({"challenge_id": challenge_id, "code": "123456", "new_email": "thief@example.com"})
        }
        _ => json!({}),
    })
}

/// Tries these as access tokens wherever one is taken.
async fn none_is_believed(shop: &Shop, store: &str, tokens: &[(&str, String)]) -> Outcome {
    for endpoint in session_endpoints(shop).await? {
        for (what, token) in tokens {
            let answer = shop.ask(&endpoint).at(store).bearer(token).json(&body_of(shop, &endpoint).await?).send().await;
            // A token that names another address has no use for this one's code, whoever signed it.
            let of_another = endpoint == "change-email" && answer.refusal() == (410, "expired".to_owned());
            assert!(of_another || answer.refusal() == (401, "invalid_token".to_owned()), "{what} at {endpoint}: {answer:?}");
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
    header.x5u = Some("https://evil.example/chain.pem".to_owned());
    forged.push(("x5u", encode(&header, &claims, &attackers_key())?));
    header.x5u = None;
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
    forged.push(("with a dot more", format!("{token}.")));
    forged.push(("with dots for parts", format!("{}...{}", parts[0], parts[2])));
    for length in [0, 1, parts[0].len(), token.len() / 2, token.len() - 1] {
        forged.push(("truncated", token[..length].to_owned()));
    }
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
    let shop = two_shops(Origin::SignedUp).await?;
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
    let ring = KeyRing::parse(&json!({"current": "k1", "k1": "x".repeat(64)}).to_string())?;
    let root = SigningRoot::at(Arc::new(ring), shop.clock.now());
    let issuer = shop.settings().await?.issuer;
    let subject = Subject {
        shop: &ShopSlug::parse("demo")?,
        issuer: issuer.as_str(),
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
async fn what_we_have_signed_is_believed_for_its_own_session_type_audience_and_time_alone() -> Outcome {
    let shop = Shop::open().await?;
    let (ada, bob) = (shop.customer("ada@example.com").await?, shop.customer("bob@example.com").await?);
    let part = |token: &str, at: usize| from_base64url(token.split('.').nth(at).unwrap_or_default());
    let header: Value = serde_json::from_slice(&part(&ada.access_token(), 0)?)?;
    let claims: Value = serde_json::from_slice(&part(&ada.access_token(), 1)?)?;
    let bobs: Value = serde_json::from_slice(&part(&bob.access_token(), 1)?)?;
    let key = shops_key(&shop)?;
    let signed = |header: &Value, claims: &Value| -> Result<String, Failure> {
        let message = format!("{}.{}", base64url(header.to_string().as_bytes()), base64url(claims.to_string().as_bytes()));
        let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::ES256)?;
        Ok(format!("{message}.{signature}"))
    };
    let now = shop.clock.now().unix_seconds();

    let mut refused = Vec::new();
    for (name, value) in [
        ("typ", json!("JWT")),
        ("typ", json!("id+jwt")),
        ("typ", Value::Null),
        ("alg", json!("none")),
        ("alg", json!("HS256")),
        ("alg", json!("RS256")),
        ("kid", json!("k2")),
        ("kid", json!(["k1"])),
        ("jku", json!("https://evil.example/jwks.json")),
        ("jwk", json!({})),
        ("x5u", json!("https://evil.example/chain.pem")),
        ("x5c", json!([])),
        ("crit", json!([])),
    ] {
        let mut header = header.clone();
        header[name] = value;
        refused.push((name, signed(&header, &claims)?));
    }
    for (name, value) in [
        ("aud", json!("other")),
        ("aud", json!(["demo", "other"])),
        ("aud", Value::Null),
        ("sub", bobs["sub"].clone()),
        ("sub", json!("acc_aaaaaaaaaaaaaaaaaaaaaaaaaa")),
        ("sub", json!("")),
        ("sid", bobs["sid"].clone()),
        ("sid", json!("ses_aaaaaaaaaaaaaaaa")),
        ("sid", Value::Null),
        ("key", bobs["key"].clone()),
        ("key", json!("")),
        ("exp", json!(now)),
        ("exp", json!(now - 1)),
        ("exp", json!("never")),
        ("exp", Value::Null),
        ("iat", json!(now + 61)),
        ("iat", Value::Null),
    ] {
        let mut claims = claims.clone();
        claims[name] = value;
        refused.push((name, signed(&header, &claims)?));
    }
    none_is_believed(&shop, "demo", &refused).await?;
    let table = shop.table().await?;
    assert_eq!((table.sessions(&ada.email).len(), table.sessions(&bob.email).len()), (1, 1));

    let same = signed(&header, &claims)?;
    assert_eq!(shop.ask("logout").bearer(&same).send().await.status, 204, "and what we would have signed is believed");
    Ok(())
}
