//! `jwks`: access tokens, verified by a library that is not ours.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, errors::ErrorKind, jwk::JwkSet};
use serde_json::{Value, json};
use tests::{Failure, Outcome, Shop};

async fn keys(shop: &Shop, store: &str) -> Result<JwkSet, Failure> {
    Ok(serde_json::from_value(shop.ask("jwks").at(store).send().await.body)?)
}

/// What a shop's back end would check; but for the end, which is on this machine's clock there and on the test's here.
fn validation(issuer: &str, audience: &str) -> Validation {
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_issuer(&[issuer]);
    validation.set_audience(&[audience]);
    validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    validation.validate_exp = false;
    validation
}

#[tokio::test]
async fn the_keys_are_public_and_may_be_kept_for_five_minutes() -> Outcome {
    let shop = Shop::open().await?;
    let answer = shop.ask("jwks").send().await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        (answer.headers["cache-control"].as_str(), answer.headers["content-type"].as_str()),
        ("public, max-age=300", "application/json")
    );
    let key = &answer.body["keys"][0];
    assert_eq!(
        (key["kty"].clone(), key["crv"].clone(), key["alg"].clone(), key["use"].clone()),
        (json!("EC"), json!("P-256"), json!("ES256"), json!("sig"))
    );
    let mut names: Vec<_> = key.as_object().into_iter().flat_map(serde_json::Map::keys).cloned().collect();
    names.sort();
    assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x", "y"], "and no `d`");
    Ok(())
}

#[tokio::test]
async fn an_access_token_is_verified_by_the_key_that_it_names() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait(60);
    let by_password = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
    let set = keys(&shop, "demo").await?;
    let issuer = shop.settings().await?.issuer.as_str().to_owned();

    for (session, proof) in [(&ada.session, "otp"), (&by_password, "pwd")] {
        let token = session.text("/access_token");
        let header = decode_header(&token)?;
        assert_eq!((header.alg, header.typ.as_deref()), (Algorithm::ES256, Some("at+jwt")));
        let key = set.find(header.kid.as_deref().unwrap_or_default()).ok_or("the token names no key of the set")?;
        let claims = decode::<Value>(&token, &DecodingKey::from_jwk(key)?, &validation(&issuer, "demo"))?.claims;

        assert_eq!(claims["sub"], ada.account_id());
        assert_eq!(
            (claims["amr"].clone(), claims["aud"].clone(), claims["client_id"].clone()),
            (json!([proof]), json!("demo"), json!("demo"))
        );
        let number = |name: &str| claims[name].as_i64().unwrap_or_default();
        assert_eq!(number("exp") - number("iat"), 900);
        assert_eq!(number("auth_time"), number("iat"));
        assert!(claims["sid"].as_str().is_some_and(|sid| sid.starts_with("ses_")) && claims["jti"].is_string());
        assert!(!claims.to_string().contains("ada@example.com"), "a token goes through logs: no address in it");
    }
    Ok(())
}

#[tokio::test]
async fn a_refreshed_token_keeps_the_session_and_the_moment_of_its_proof() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait(5000);
    let refreshed = shop.post("refresh-session", json!({"refresh_token": ada.refresh_token()})).await;
    let set = keys(&shop, "demo").await?;
    let key = DecodingKey::from_jwk(set.keys.first().ok_or("there is no key")?)?;
    let issuer = shop.settings().await?.issuer.as_str().to_owned();
    let claims = |token: String| decode::<Value>(&token, &key, &validation(&issuer, "demo")).map(|token| token.claims);
    let (before, after) = (claims(ada.access_token())?, claims(refreshed.text("/access_token"))?);
    for kept in ["sub", "sid", "auth_time", "amr"] {
        assert_eq!(before[kept], after[kept], "{kept}");
    }
    assert_ne!(before["jti"], after["jti"]);
    assert_eq!(after["iat"].as_i64().zip(before["iat"].as_i64()).map(|(after, before)| after - before), Some(5000));
    Ok(())
}

#[tokio::test]
async fn a_shops_keys_verify_no_other_shops_tokens() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.open_beside("other").await?;
    let issuer = shop.settings().await?.issuer.as_str().to_owned();
    let set = keys(&shop, "other").await?;
    for key in &set.keys {
        let refused = decode::<Value>(&ada.access_token(), &DecodingKey::from_jwk(key)?, &validation(&issuer, "demo"));
        assert_eq!(refused.err().map(|error| error.into_kind()), Some(ErrorKind::InvalidSignature));
    }
    assert_ne!(set, keys(&shop, "demo").await?);
    Ok(())
}

#[tokio::test]
async fn a_malformed_store_has_no_keys() -> Outcome {
    let shop = Shop::open().await?;
    for store in ["DEMO", "de_mo", "d%65mo", &"x".repeat(41)] {
        assert_eq!(shop.ask("jwks").at(store).send().await.refusal(), (404, "unknown_store".to_owned()), "{store}");
    }
    Ok(())
}
