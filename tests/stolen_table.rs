//! Every code that there can be, tried against a stolen table by somebody who has no key.

use std::{collections::HashSet, thread};

use aws_sdk_dynamodb::types::AttributeValue;
use data_encoding::{BASE32_NOPAD, BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER};
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use serde_json::json;
use sha1::Sha1;
use sha2::{Digest, Sha256};
use tests::{Item, Outcome, Shop, Table, text};

/// So much of a digest tells it from chance, and from a longer one that was cut.
const TELLING: usize = 10;

/// What somebody who looks for a code has of the table: its words, and the beginnings of everything that could be a
/// digest in one of the usual spellings.
#[derive(Default)]
struct Loot {
    words: HashSet<String>,
    digests: HashSet<[u8; TELLING]>,
}

impl Loot {
    fn of(table: &Table) -> Self {
        let mut loot = Self::default();
        table.0.iter().flat_map(texts).for_each(|text| loot.take(&text));
        loot
    }

    fn take(&mut self, text: &str) {
        let separated = |separates: fn(char) -> bool| text.split(separates).map(str::to_owned);
        let plain = separated(|character| !character.is_ascii_alphanumeric());
        let in_base64 = separated(|character| !(character.is_ascii_alphanumeric() || "+/-_".contains(character)));
        for word in plain.chain(in_base64) {
            let readings = [
                HEXLOWER.decode(word.to_ascii_lowercase().as_bytes()),
                BASE32_NOPAD.decode(word.to_ascii_uppercase().as_bytes()),
                BASE64_NOPAD.decode(word.as_bytes()),
                BASE64URL_NOPAD.decode(word.as_bytes()),
            ];
            for bytes in readings.into_iter().flatten() {
                self.digests.extend(bytes.first_chunk::<TELLING>());
                self.words.extend(String::from_utf8(bytes));
            }
            self.words.insert(word);
        }
    }

    /// Whether this digest stands in the table, whole or cut.
    fn has(&self, digest: &[u8]) -> bool {
        digest.first_chunk::<TELLING>().is_some_and(|beginning| self.digests.contains(beginning))
    }

    /// Whether this code stands in the table plainly, or under a hash with its challenge's nonce or without: quick enough
    /// to ask for every code.
    fn shows(&self, code: &str, nonce: &str) -> bool {
        self.words.contains(code) || self.has(&Sha256::digest(code)) || self.has(&Sha256::digest([nonce, code].concat()))
    }

    /// Whether this code stands in the table in any usual way, with any of these as salt or key.
    fn holds(&self, code: &str, salts: &[Vec<u8>]) -> bool {
        let is_hashed = |bytes: &[u8]| self.has(&Sha256::digest(bytes)) || self.has(&Sha1::digest(bytes)) || self.has(&Md5::digest(bytes));
        let is_salted = |salt: &Vec<u8>| {
            is_hashed(&[salt.as_slice(), code.as_bytes()].concat())
                || is_hashed(&[code.as_bytes(), salt.as_slice()].concat())
                || self.has(&mac::<Hmac<Sha256>>(salt, code))
                || self.has(&mac::<Hmac<Sha1>>(salt, code))
        };
        self.words.contains(code) || is_hashed(code.as_bytes()) || salts.iter().any(is_salted)
    }
}

fn mac<M: Mac + KeyInit>(key: &[u8], code: &str) -> Vec<u8> {
    M::new_from_slice(key).map(|mac| mac.chain_update(code).finalize().into_bytes().to_vec()).unwrap_or_default()
}

/// Every text and number of an item, however deep.
fn texts(item: &Item) -> Vec<String> {
    item.values().flat_map(within).collect()
}

fn within(value: &AttributeValue) -> Vec<String> {
    match value {
        AttributeValue::S(text) | AttributeValue::N(text) => vec![text.clone()],
        AttributeValue::M(fields) => texts(fields),
        AttributeValue::L(values) => values.iter().flat_map(within).collect(),
        AttributeValue::B(bytes) => vec![HEXLOWER.encode(bytes.as_ref())],
        other => vec![format!("{other:?}")],
    }
}

/// What a challenge's own item offers as salts.
fn salts(item: &Item) -> Vec<Vec<u8>> {
    texts(item).into_iter().map(String::into_bytes).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn none_of_a_million_codes_can_be_told_from_the_others() -> Outcome {
    let shop = Shop::open().await?;
    shop.customer("ada@example.com").await?;
    shop.wait_a_day();
    let mut right = Vec::new();
    for purpose in ["sign-in", "delete-account"] {
        shop.every_mail().await?;
        shop.post("send-code", json!({"email": "ada@example.com", "purpose": purpose})).await;
        // With the mail still in the outbox.
        let table = shop.table().await?;
        right.push((shop.code("ada@example.com").await?, table));
        shop.wait(60);
    }

    for (code, table) in &right {
        let loot = Loot::of(table);
        let is_challenge = |item: &&Item| text(item, "sk").starts_with("CHALLENGE#");
        let salts: Vec<_> = table.0.iter().filter(is_challenge).flat_map(salts).collect();
        assert!(salts.len() > 10 && loot.digests.len() > 5, "there is something to try");
        assert!(!loot.holds(code, &salts), "the right code is under a hash with what stands beside it");
    }

    let (_, table) = &right[1];
    let loot = Loot::of(table);
    let seed = table.of("CHALLENGE#DELETION").find_map(|item| item["seed"].as_m().ok()).ok_or("the challenge has a seed")?;
    let nonce = text(seed, "nonce");
    let found = |codes: std::ops::Range<u32>| -> Vec<String> {
        codes.map(|code| format!("{code:06}")).filter(|code| loot.shows(code, &nonce)).collect()
    };
    let found: Vec<String> = thread::scope(|scope| {
        let (low, high) = (scope.spawn(|| found(0..500_000)), found(500_000..1_000_000));
        low.join().map(|low| [low, high].concat()).map_err(|_| "the search has ended")
    })?;
    // The mail budget is counted by the hours since 1970, which have six digits too, and come before any code.
    let hours: Vec<_> = table.of("LIMIT").filter_map(|item| Some(text(item, "pk").split_once("#mails-hour#")?.1.to_owned())).collect();
    assert!(found.iter().all(|code| hours.contains(code)), "{found:?}");
    Ok(())
}

#[test]
fn a_code_that_is_kept_carelessly_is_found() {
    let (code, nonce) = ("271828", "fjvuyxrqnsbs5ztj3k4ck6hcni");
    let salted = format!("{nonce}{code}");
    for careless in [
        code.to_owned(),
        format!("sign-in:{code}"),
        HEXLOWER.encode(code.as_bytes()),
        BASE64_NOPAD.encode(code.as_bytes()),
        HEXLOWER.encode(&Md5::digest(code)),
        HEXLOWER.encode(&Sha256::digest(code)).to_uppercase(),
        BASE32_NOPAD.encode(&Sha256::digest(&salted)).to_lowercase(),
        BASE64URL_NOPAD.encode(&Sha1::digest(&salted)),
        BASE64_NOPAD.encode(&mac::<Hmac<Sha256>>(nonce.as_bytes(), code)[..16]),
    ] {
        let item = Item::from([
            ("nonce".to_owned(), AttributeValue::S(nonce.to_owned())),
            ("kept".to_owned(), AttributeValue::S(careless.clone())),
        ]);
        let (salts, loot) = (salts(&item), Loot::of(&Table(vec![item])));
        assert!(loot.holds(code, &salts), "{careless}");
        assert!(!loot.holds("271829", &salts), "{careless}");
    }
    for quickly_found in [code.to_owned(), HEXLOWER.encode(&Sha256::digest(code)), BASE64_NOPAD.encode(&Sha256::digest(&salted))] {
        let loot = Loot::of(&Table(vec![Item::from([("kept".to_owned(), AttributeValue::S(quickly_found.clone()))])]));
        assert!(loot.shows(code, nonce) && !loot.shows("271829", nonce), "{quickly_found}");
    }
}
