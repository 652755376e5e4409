//! `jwks`: what a shop verifies access tokens by, with a library that is not ours.

use std::collections::HashSet;

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};
use serde_json::{Value, json};
use tests::{Failure, Outcome, Shop};

async fn keys(shop: &Shop, store: &str) -> Result<JwkSet, Failure> {
    Ok(serde_json::from_value(shop.ask("jwks").at(store).send().await.body)?)
}

/// What a shop does with a token, but for the time, which the test holds.
fn verify(keys: &JwkSet, token: &str) -> Result<Value, Failure> {
    let header = decode_header(token)?;
    let key = keys.find(header.kid.as_deref().unwrap_or_default()).ok_or("no such key")?;
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_audience(&["demo"]);
    validation.set_issuer(&["http://127.0.0.1:9000/demo"]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.validate_exp = false;
    Ok(decode::<Value>(token, &DecodingKey::from_jwk(key)?, &validation)?.claims)
}

#[tokio::test]
async fn an_access_token_is_verified_by_any_library() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let token = ada.access_token();
    let answer = shop.ask("jwks").send().await;
    assert_eq!((answer.status, answer.headers["cache-control"].as_str()), (200, "public, max-age=300"));

    let claims = verify(&keys(&shop, "demo").await?, &token)?;
    let now = shop.clock.now().unix_seconds();
    assert_eq!(claims["sub"], ada.session.body["account"]["id"]);
    assert_eq!((claims["iat"].clone(), claims["exp"].clone(), claims["auth_time"].clone()), (json!(now), json!(now + 900), json!(now)));
    assert_eq!((claims["amr"].clone(), claims["client_id"].clone()), (json!(["otp"]), json!("demo")));
    assert_eq!((decode_header(&token)?.typ.as_deref(), decode_header(&token)?.alg), (Some("at+jwt"), Algorithm::ES256));
    assert!(!claims.to_string().contains("example.com"), "no address in a token");
    let names: HashSet<_> = claims.as_object().ok_or("claims")?.keys().map(String::as_str).collect();
    assert_eq!(names, HashSet::from(["iss", "aud", "client_id", "sub", "key", "sid", "jti", "iat", "exp", "auth_time", "amr"]));

    let by_password = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
    assert_eq!(verify(&keys(&shop, "demo").await?, &by_password.text("/access_token"))?["amr"], json!(["pwd"]));
    Ok(())
}

#[tokio::test]
async fn another_shops_keys_verify_nothing_of_this_one() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    assert!(verify(&keys(&shop, "other").await?, &ada.access_token()).is_err());
    Ok(())
}

#[tokio::test]
async fn nothing_secret_is_published() -> Outcome {
    let shop = Shop::open().await?;
    let answer = shop.ask("jwks").send().await;
    let key = answer.body["keys"][0].as_object().ok_or("a key")?;
    let names: HashSet<_> = key.keys().map(String::as_str).collect();
    assert_eq!(names, HashSet::from(["kty", "crv", "use", "alg", "kid", "x", "y"]));
    Ok(())
}
