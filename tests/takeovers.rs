//! What attackers try with what was meant for something or somebody else.

use serde_json::{Value, json};
use tests::{Failure, Outcome, Shop};

/// A proof: what it is for, its challenge, and its code or token.
struct Proof {
    what_for: &'static str,
    challenge: String,
    secret: String,
}

#[tokio::test]
async fn a_code_or_link_proves_its_own_challenge_and_nothing_else() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let eve = shop.customer("eve@example.com").await?;
    shop.wait_a_day();
    let mut proofs = Vec::new();
    for email in [&ada.email, &eve.email] {
        for what_for in ["sign-in", "delete-account"] {
            let (challenge, secret) = shop.challenge(email, what_for).await?;
            proofs.push(Proof { what_for, challenge, secret });
            shop.wait(60);
        }
        shop.post("forgot-password", json!({"email": email})).await;
        let secret = shop.link_token(email).await?;
        let challenge = secret.split_once('.').map(|(id, _)| id.to_owned()).unwrap_or_default();
        proofs.push(Proof { what_for: "reset-password", challenge, secret });
        shop.wait(60);
    }

    let (mut tried, mut accepted) = (0, 0);
    for (row, one) in proofs.iter().enumerate() {
        for (column, other) in proofs.iter().enumerate() {
            if row == column {
                continue;
            }
            tried += 1;
            let answer = match other.what_for {
                "reset-password" => {
                    let secret = one.secret.rsplit('.').next().unwrap_or_default();
                    shop.post("reset-password", json!({"token": format!("{}.{secret}", other.challenge), "password": "a stolen account"}))
                        .await
                }
                _ if one.secret == other.secret => continue,
                _ => {
                    let guess = json!({"challenge_id": other.challenge, "code": one.secret.get(..6)});
                    shop.ask("verify-code").from([10, 0, u8::try_from(row)?, u8::try_from(column)?]).json(&guess).send().await
                }
            };
            accepted += usize::from(answer.status < 300);
        }
    }
    assert_eq!((tried, accepted), (30, 0));
    Ok(())
}

#[tokio::test]
async fn a_links_challenge_takes_no_code_and_a_codes_challenge_no_link() -> Outcome {
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    shop.post("forgot-password", json!({"email": ada.email})).await;
    let link = shop.link_token(&ada.email).await?;
    let challenge = link.split_once('.').map_or("", |(id, _)| id);
    assert_eq!(shop.post("verify-code", json!({"challenge_id": challenge, "code": "000000"})).await.status, 410);
    assert_eq!(shop.post("reset-password", json!({"token": link, "password": "a new password"})).await.status, 204, "and it is still good");
    Ok(())
}

#[tokio::test]
async fn what_one_shop_gave_is_worth_nothing_in_another() -> Outcome {
    let shop = Shop::open().await?;
    shop.open_another("other").await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    let fresh = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
    let (challenge, code) = shop.challenge(&ada.email, "sign-in").await?;
    shop.wait(60);
    shop.post("forgot-password", json!({"email": ada.email})).await;
    let link = shop.link_token(&ada.email).await?;
    for (operation, body) in [
        ("verify-code", json!({"challenge_id": challenge, "code": code})),
        ("reset-password", json!({"token": link, "password": "a new password"})),
        ("refresh-session", json!({"refresh_token": fresh.text("/refresh_token")})),
        ("login", json!({"email": ada.email, "password": ada.password})),
    ] {
        let answer = shop.ask(operation).at("other").json(&body).send().await;
        assert!(matches!(answer.status, 401 | 410), "{operation}: {answer:?}");
    }
    let logout = shop.ask("logout").at("other").bearer(&fresh.text("/access_token")).send().await;
    assert_eq!(logout.status, 401);
    Ok(())
}

fn base64(json: &Value) -> String {
    data_encoding::BASE64URL_NOPAD.encode(json.to_string().as_bytes())
}

fn decode(part: &str) -> Result<Value, Failure> {
    Ok(serde_json::from_slice(&data_encoding::BASE64URL_NOPAD.decode(part.as_bytes())?)?)
}

#[tokio::test]
async fn forged_access_tokens_are_refused() -> Outcome {
    use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    let token = ada.access_token();
    let parts: Vec<&str> = token.split('.').collect();
    let (header, claims) = (decode(parts[0])?, decode(parts[1])?);
    let jwks = shop.ask("jwks").send().await;
    let public_key = jwks.text("/keys/0/x") + &jwks.text("/keys/0/y");

    let with = |changes: Value| {
        let mut header = header.clone();
        header.as_object_mut().into_iter().for_each(|header| header.extend(changes.as_object().cloned().unwrap_or_default()));
        base64(&header)
    };
    let mut hs256 = Header::new(Algorithm::HS256);
    hs256.typ = Some("at+jwt".to_owned());
    hs256.kid = Some("k1".to_owned());
    let mut others_claims = claims.clone();
    others_claims["sub"] = json!("acc_aaaaaaaaaaaaaaaaaaaaaaaaaa");
    let forged = [
        format!("{}.{}.", with(json!({"alg": "none"})), parts[1]),
        format!("{}.{}.{}", with(json!({"alg": "none"})), parts[1], parts[2]),
        encode(&hs256, &claims, &EncodingKey::from_secret(public_key.as_bytes()))?,
        format!("{}.{}.{}", with(json!({"kid": "k2"})), parts[1], parts[2]),
        format!("{}.{}.{}", with(json!({"jku": "https://evil.example/jwks"})), parts[1], parts[2]),
        format!("{}.{}.{}", with(json!({"jwk": jwks.body["keys"][0]})), parts[1], parts[2]),
        format!("{}.{}.{}", with(json!({"typ": "JWT"})), parts[1], parts[2]),
        format!("{}.{}.{}", parts[0], base64(&others_claims), parts[2]),
        format!("{}.{}.{}", parts[0], parts[1], "A".repeat(86)),
        format!("{}.{}", parts[0], parts[1]),
        format!("{token}."),
        String::new(),
    ];
    for token in forged {
        let answer = shop.ask("logout").bearer(&token).send().await;
        assert_eq!(answer.refusal(), (401, "invalid_token".to_owned()), "{token}");
    }
    assert_eq!(shop.ask("logout").bearer(&token).send().await.status, 204, "the one that was altered is good");
    Ok(())
}

#[tokio::test]
async fn nothing_from_before_a_block_is_worth_anything_after_it_was_lifted_by_time() -> Outcome {
    use shared::domain::{
        block::{BlockRule, Scope},
        email_address::EmailAddress,
    };
    let shop = Shop::open().await?;
    let ada = shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    let session = shop.post("login", json!({"email": ada.email, "password": ada.password})).await;
    let (challenge, code) = shop.challenge(&ada.email, "sign-in").await?;
    shop.wait(60);
    shop.post("forgot-password", json!({"email": ada.email})).await;
    let link = shop.link_token(&ada.email).await?;
    shop.block(BlockRule::Email(EmailAddress::parse(&ada.email)?), &Scope::ALL, Some(std::time::Duration::from_secs(30))).await?;
    shop.wait(30);
    assert_eq!(shop.post("verify-code", json!({"challenge_id": challenge, "code": code})).await.status, 410);
    assert_eq!(shop.post("reset-password", json!({"token": link, "password": "a new password"})).await.status, 410);
    assert_eq!(shop.post("refresh-session", json!({"refresh_token": session.text("/refresh_token")})).await.status, 401);
    assert_eq!(shop.ask("logout").bearer(&session.text("/access_token")).send().await.status, 401);
    assert_eq!(shop.post("login", json!({"email": ada.email, "password": ada.password})).await.status, 200);
    Ok(())
}
