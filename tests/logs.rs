//! What is secret or personal reaches no log line, whatever happens.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex, PoisonError},
};

use serde_json::json;
use tests::{Outcome, Shop};
use tracing_subscriber::fmt::MakeWriter;

/// Everything that was logged.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn neither_addresses_nor_networks_nor_secrets_reach_the_log() -> Outcome {
    // For the whole process: what other tests log meanwhile is looked at too.
    let log = Log::default();
    tracing::subscriber::set_global_default(tracing_subscriber::fmt().with_writer(log.clone()).with_ansi(false).finish())?;

    let shop = Shop::open().await?;
    let ada = shop.customer("planted-marker@marker-domain.example").await?;
    shop.wait_a_day();
    let from = |operation: &str| shop.ask(operation).from([203, 0, 113, 77]);
    let wrong = from("login").json(&json!({"email": ada.email, "password": "planted wrong password"})).send().await;
    let right = from("login").json(&json!({"email": ada.email, "password": ada.password})).send().await;
    assert_eq!((wrong.status, right.status), (401, 200));
    let (challenge, code) = shop.challenge(&ada.email, "sign-in").await?;
    from("verify-code").json(&json!({"challenge_id": challenge, "code": code})).send().await;
    let malformed = from("login").json(&json!({"email": "planted marker, not an address", "password": 7})).send().await;
    assert_eq!(malformed.status, 422);
    assert!(!malformed.body.to_string().contains("planted"), "nor an answer");
    shop.wait(61);
    from("forgot-password").json(&json!({"email": ada.email})).send().await;
    let token = shop.link_token(&ada.email).await?;
    from("reset-password").json(&json!({"token": token, "password": "planted new password"})).send().await;
    from("refresh-session").json(&json!({"refresh_token": ada.refresh_token()})).send().await;
    from("block-check").bearer(&shop.owner_key).json(&json!({"email": ada.email, "ip": "203.0.113.78", "scope": "checkout"})).send().await;

    let lines = log.text();
    assert!(lines.lines().filter(|line| line.contains("operation=\"login\"")).count() >= 3, "the requests were logged: {lines}");
    let secrets = [
        ada.access_token(),
        ada.refresh_token(),
        right.text("/device_token"),
        shop.owner_key.clone(),
        token,
        challenge,
        code,
        ada.password,
    ];
    for planted in ["planted", "marker-domain", "203.0.113"].into_iter().chain(secrets.iter().map(String::as_str)) {
        assert!(!lines.contains(planted), "{planted} was logged");
    }
    Ok(())
}
