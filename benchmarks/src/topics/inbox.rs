//! The inbox of a shop under load: read as a whole, for everybody who waits for a mail.

use std::{
    cell::RefCell,
    collections::HashMap,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use ::tests::Failure;
use futures::FutureExt;
use serde_json::Value;
use tokio::{
    sync::{RwLock, RwLockReadGuard},
    time::sleep,
};

use crate::client::Connection;

/// How often it is looked into: a fraction of what the mail takes.
const LOOK: Duration = Duration::from_millis(20);
/// With more mails than this it is emptied, so that looking into it stays cheap.
const MAILS_AT_MOST: usize = 50;

/// The codes that have come, by recipient.
pub(super) struct Inbox {
    api: SocketAddr,
    codes: RefCell<HashMap<String, String>>,
    /// Held by everybody who waits for a mail, and by nobody while the inbox is emptied.
    emptying: RwLock<()>,
}

impl Inbox {
    /// The inbox of the shop here.
    pub(super) fn new(api: SocketAddr) -> Self {
        Self { api, codes: RefCell::default(), emptying: RwLock::new(()) }
    }

    /// As long as this is held, no mail is thrown away.
    pub(super) async fn wait_for_mail(&self) -> RwLockReadGuard<'_, ()> {
        self.emptying.read().await
    }

    /// The code for this address, once it has come.
    pub(super) async fn code(&self, email: &str) -> String {
        loop {
            if let Some(code) = self.codes.borrow_mut().remove(email) {
                return code;
            }
            sleep(LOOK / 4).await;
        }
    }

    /// Looks into it over and over; ends only if that fails.
    pub(super) async fn watch(&self) -> Failure {
        match self.look_forever().await {
            Ok(never) => match never {},
            Err(error) => error,
        }
    }

    async fn look_forever(&self) -> Result<std::convert::Infallible, Failure> {
        let mut connection = Connection::open(self.api, Ipv4Addr::LOCALHOST).await?;
        let mut turn = None;
        loop {
            let mails = connection.expect(200, "GET", "/inbox.json", "").await?;
            let mails = mails.as_array().map(Vec::as_slice).unwrap_or_default();
            self.codes.borrow_mut().extend(mails.iter().filter_map(code));
            if mails.len() > MAILS_AT_MOST {
                // Whoever comes from now on waits for this, and this for those who wait for a mail: they are still looked for.
                let nobody_waits = turn.get_or_insert_with(|| Box::pin(self.emptying.write())).as_mut().now_or_never();
                if nobody_waits.is_some() {
                    connection.expect(204, "DELETE", "/inbox.json", "").await?;
                    turn = None;
                }
            }
            sleep(LOOK).await;
        }
    }
}

/// The recipient and the code of a mail that has one: six digits on a line of their own.
fn code(mail: &Value) -> Option<(String, String)> {
    let text = |name: &str| mail.get(name).and_then(Value::as_str);
    let code = text("text")?.lines().find(|line| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit()))?;
    Some((text("to")?.to_owned(), code.to_owned()))
}
