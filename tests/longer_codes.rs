//! Codes that grow under attack instead of locking anybody out: the same for every address, as far as an attacker sees.

use serde_json::{Value, json};
use tests::{Failure, Item, Outcome, Shop, text};

/// Whom the codes are guessed at, and by which request they are mailed: none at all is, where the address is blocked
/// or has no account to delete.
const GUESSED_AT: [(&str, &str, Option<&str>, bool); 6] = [
    ("known@example.com", "send-code", Some("sign-in"), true),
    ("unknown@example.com", "send-code", Some("sign-in"), true),
    ("blocked@example.com", "send-code", Some("sign-in"), false),
    ("deletes@example.com", "send-code", Some("delete-account"), true),
    ("nobody@example.com", "send-code", Some("delete-account"), false),
    ("signs-up@example.com", "create-account", None, true),
];

/// The format of the code of the challenge at this address that ends last.
fn format_of(items: &[Item], email: &str) -> String {
    let challenges = items.iter().filter(|item| text(item, "sk").starts_with("CHALLENGE#") && text(item, "email") == email);
    let newest = challenges.max_by_key(|item| item.get("exp").and_then(|exp| exp.as_n().ok()?.parse::<i64>().ok()));
    let seed = newest.and_then(|item| item.get("seed")?.as_m().ok());
    seed.map(|seed| text(seed, "format")).unwrap_or_default()
}

/// What an attacker is told by five guesses at a new code, in the words of every answer.
async fn guess_five_times(shop: &Shop, email: &str, operation: &str, purpose: Option<&str>, from: u32) -> Result<Vec<Value>, Failure> {
    let mut body = json!({"email": email});
    if let Some(purpose) = purpose {
        body["purpose"] = json!(purpose);
    }
    let sent = shop.ask(operation).from_network(from).json(&body).send().await;
    let mut told = vec![json!([sent.status, sent.headers, sent.body["expires_in"], sent.body["resend_after"]])];
    for _ in 0..6 {
        // Only the longest codes have this shape, and one of them in 10^15 is this one.
        let guess = json!({"challenge_id": sent.text("/challenge_id"), "code": "aaaaaaaaaa"});
        let answer = shop.ask("verify-code").from_network(from).json(&guess).send().await;
        told.push(json!([answer.status, answer.headers, answer.body]));
    }
    Ok(told)
}

#[tokio::test]
async fn codes_grow_after_fifteen_and_twenty_five_wrong_ones_alike_for_every_address_and_nobody_is_locked_out() -> Outcome {
    let shop = Shop::open().await?;
    for email in ["known@example.com", "blocked@example.com", "deletes@example.com"] {
        shop.customer(email).await?;
    }
    shop.block_email("blocked@example.com").await?;
    shop.wait_a_day();

    let mut first: Option<Vec<Vec<Value>>> = None;
    for (email, operation, purpose, mailed) in GUESSED_AT {
        let (mut told, mut formats, mut lengths) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..6 {
            told.push(guess_five_times(&shop, email, operation, purpose, round).await?);
            formats.push(format_of(&shop.table().await?.0, email));
            if mailed {
                lengths.push(shop.code(email).await?.len());
            }
            shop.wait(if round < 4 { 60 } else { 3600 });
        }
        assert_eq!(formats, ["digits6", "digits6", "digits6", "digits8", "digits8", "base32"], "{email}");
        assert_eq!(lengths, if mailed { vec![6, 6, 6, 8, 8, 10] } else { Vec::new() }, "{email}");
        let of_first = first.get_or_insert_with(|| told.clone());
        assert_eq!(&told, of_first, "{email}: an attacker is told the same");

        if mailed {
            let purpose = purpose.unwrap_or("sign-in");
            let (challenge, code) = shop.challenge(email, purpose).await?;
            let right = json!({"challenge_id": challenge, "code": code});
            assert_eq!((code.len(), shop.post("verify-code", right).await.status), (10, 200), "{email}");
            shop.wait(60);
            assert_eq!(shop.challenge(email, purpose).await?.1.len(), 8, "{email}: the right code has ended the row");
        }
        shop.wait_a_day();
    }
    Ok(())
}
