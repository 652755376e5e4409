//! The checks, in their order. None of them changes anything that a customer or staff would see: a code that nobody asked
//! for runs out, and a wrong password at an address of nobody's is counted against this network alone.

use http::Method;
use serde_json::{Value, json};

use super::{Check, Finding, Plan, Probe, Reply};
use crate::{client::Client, failure::Failure};

/// An origin that no shop has (RFC 6761).
const FOREIGN: &str = "https://storefront.invalid";
/// An address of nobody's (RFC 2606), so that no customer's guesses are spent.
const NOBODY: &str = "smoke-test@example.com";
/// In the form of a key, but of no store.
const NO_KEY: &str = "Bearer vsk_aaaaaaaaaaaaaaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// Every check.
#[must_use]
pub fn every() -> [Check; 8] {
    [
        Check {
            name: "jwks",
            title: "the keys that verify tokens are published",
            advice: "Check the URL and the store's name. A 503 means that the function cannot read the signing root: look at its log.",
            look: jwks,
        },
        Check {
            name: "cors",
            title: "pages of the storefront may call the API",
            advice: "Put the origin, with https:// and without a path, into the parameter AllowedOrigins, and deploy again.",
            look: cors,
        },
        Check {
            name: "cors-foreign",
            title: "pages of anybody else may not",
            advice: "The parameter AllowedOrigins has a * in it, or something in front of the API answers for it. List the storefronts.",
            look: cors_foreign,
        },
        Check {
            name: "block-check",
            title: "a checkout may ask with this key",
            advice: "With 401: the key is not one of this store's; recover-store makes an owner's. With 404: create-store was not invoked. \
                     With 503: the function cannot read the table or the index key; look at its log.",
            look: block_check,
        },
        Check {
            name: "wrong-key",
            title: "a key of nobody's is refused",
            advice: "Stop here: something in front of the functions answers for them. Nobody may use the store until this passes.",
            look: wrong_key,
        },
        Check {
            name: "wrong-password",
            title: "a sign-in with a wrong password is refused",
            advice: "With 503: the function cannot read the table or a secret, or has too little memory; look at its log. With 429: this \
                     network has guessed too often; wait as long as it says.",
            look: wrong_password,
        },
        Check {
            name: "headers",
            title: "no answer may be cached, guessed at or set a cookie",
            advice: "Something between here and the functions changes headers: a CDN or a proxy. Have it pass them on.",
            look: headers,
        },
        Check {
            name: "code",
            title: "a code is mailed",
            advice: "With 429: it was asked for a moment ago; wait a minute. With 503: look at the function's log. When it passes, the mail is \
                     on its way, not there: the queue of unsent mails must stay empty, and a mailbox of your own must get it.",
            look: code,
        },
    ]
}

fn get(path: &str) -> Probe<'_> {
    Probe { method: Method::GET, path, headers: &[], body: None }
}

fn post<'a>(path: &'a str, headers: &'a [(&'a str, &'a str)], body: &'a Value) -> Probe<'a> {
    Probe { method: Method::POST, path, headers, body: Some(body) }
}

fn passed_if(expected: bool, reply: &Reply) -> Finding {
    if expected { Finding::Passed } else { Finding::Failed(reply.found()) }
}

fn jwks(client: &Client, _: &Plan) -> Result<Finding, Failure> {
    let reply = client.probe(&get(".well-known/jwks.json"))?;
    let set = reply.json();
    let Some(keys) = set.get("keys").and_then(Value::as_array).filter(|keys| reply.status == 200 && !keys.is_empty()) else {
        return Ok(Finding::Failed(format!("{}, and no keys", reply.found())));
    };
    let is = |key: &Value, name: &str, value: &str| key.get(name).and_then(Value::as_str) == Some(value);
    // RFC 7518 §6.2.1: 32 bytes of each coordinate in base64url. A private key would have a `d`.
    let coordinate = |key: &Value, name: &str| key.get(name).and_then(Value::as_str).is_some_and(|text| text.len() == 43);
    let is_public = |key: &Value| {
        is(key, "kty", "EC") && is(key, "crv", "P-256") && is(key, "alg", "ES256") && key.get("kid").is_some() && key.get("d").is_none()
    };
    let valid = keys.iter().all(|key| is_public(key) && coordinate(key, "x") && coordinate(key, "y"));
    Ok(if valid { Finding::Passed } else { Finding::Failed("a key that is no public key for ES256".to_owned()) })
}

/// Whom a browser would let call `login`.
fn let_in(client: &Client, origin: &str) -> Result<(u16, String), Failure> {
    let headers =
        [("origin", origin), ("access-control-request-method", "POST"), ("access-control-request-headers", "authorization,content-type")];
    let reply = client.probe(&Probe { method: Method::OPTIONS, path: "login", headers: &headers, body: None })?;
    Ok((reply.status, reply.header("access-control-allow-origin").to_owned()))
}

fn cors(client: &Client, plan: &Plan) -> Result<Finding, Failure> {
    let Some(origin) = &plan.origin else { return Ok(Finding::Skipped("name the storefront by --origin".to_owned())) };
    let (status, allowed) = let_in(client, origin)?;
    let found = if allowed.is_empty() { "no origin".to_owned() } else { allowed.clone() };
    let passed = (200..300).contains(&status) && allowed == *origin;
    Ok(if passed { Finding::Passed } else { Finding::Failed(format!("status {status}, which lets in {found}")) })
}

fn cors_foreign(client: &Client, _: &Plan) -> Result<Finding, Failure> {
    let (_, allowed) = let_in(client, FOREIGN)?;
    let passed = allowed != FOREIGN && allowed != "*";
    Ok(if passed { Finding::Passed } else { Finding::Failed(format!("{FOREIGN} is let in")) })
}

fn block_check(client: &Client, _: &Plan) -> Result<Finding, Failure> {
    let body = json!({"ip": "192.0.2.1", "scope": "checkout"});
    let bearer = client.bearer();
    let reply = client.probe(&post("admin/block-check", &[("authorization", bearer.as_str())], &body))?;
    Ok(passed_if(reply.status == 200 && reply.json().get("blocked").is_some_and(Value::is_boolean), &reply))
}

fn wrong_key(client: &Client, _: &Plan) -> Result<Finding, Failure> {
    let reply = client.probe(&Probe { headers: &[("authorization", NO_KEY)], ..get("admin/list-keys") })?;
    Ok(passed_if(reply.status == 401 && reply.code() == "invalid_token", &reply))
}

fn wrong_password(client: &Client, _: &Plan) -> Result<Finding, Failure> {
    let reply = client.probe(&post("login", &[], &json!({"email": NOBODY, "password": "not the password of anybody"})))?;
    if is_switched_off(&reply) {
        return Ok(Finding::Skipped("the store takes no passwords".to_owned()));
    }
    Ok(passed_if(reply.status == 401 && reply.code() == "invalid_credentials", &reply))
}

fn headers(client: &Client, _: &Plan) -> Result<Finding, Failure> {
    // A customer's own page, without the customer.
    let reply = client.probe(&get("view-account"))?;
    let expected = [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("content-type", "application/problem+json"),
        ("set-cookie", ""),
    ];
    let other = expected.iter().find(|(name, value)| reply.header(name) != *value);
    Ok(other.map_or(Finding::Passed, |(name, _)| Finding::Failed(format!("{name}: {}", reply.header(name)))))
}

fn code(client: &Client, plan: &Plan) -> Result<Finding, Failure> {
    let Some(email) = &plan.mail_to else { return Ok(Finding::Skipped("--no-mail".to_owned())) };
    let reply = client.probe(&post("send-code", &[], &json!({"email": email, "purpose": "sign-in"})))?;
    if is_switched_off(&reply) {
        return Ok(Finding::Skipped("the store mails no codes to sign in with".to_owned()));
    }
    Ok(passed_if(reply.status == 202 && reply.json().get("challenge_id").is_some(), &reply))
}

fn is_switched_off(reply: &Reply) -> bool {
    reply.status == 403 && matches!(reply.code().as_str(), "accounts_off" | "method_off")
}
