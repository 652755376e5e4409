//! How much a whole shop on one machine does: `cargo local --memory`, in release, under load.

use std::{
    io::{BufRead, BufReader},
    net::{Ipv4Addr, SocketAddr},
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    time::{Duration, Instant},
};

use ::tests::{Failure, Outcome};
use futures::future::{self, Either, try_join_all};
use local::{services::config, shop::Options};
use serde_json::{Value, json};
use shared::{clock::Clock, crypto::password::Cost, operations::Context};

use super::inbox::Inbox;
use crate::{
    client::Connection,
    customers,
    findings::{Bounds, Findings},
    page::Table,
    process::{self, Ended, Process},
    statistics::{megabytes, milliseconds},
};

/// Where the shop is: the ports of a shop that a developer has open are left alone.
const PORT: u16 = 19_000;
/// How many ask at the same time.
const CONNECTIONS: [u32; 3] = [1, 8, 32];
/// How long each load lasts.
const LOAD: Duration = Duration::from_secs(15);
/// How many times better the rate with fewer connections may be: more of them may queue, and cost no more.
const COLLAPSE: f64 = 1.5;

pub(super) async fn measure() -> Result<Findings, Failure> {
    let shop = Shop::open().await?;
    let columns = ["", "connections", "a second", "CPU of the shop for each, ms", "peak memory so far, MB"];
    let (mut table, mut bounds) = (Table::new(&columns), Bounds::default());
    for (what, flow) in [("logins", Flow::Login), ("code flows", Flow::Code)] {
        let mut best = 0.0_f64;
        for connections in CONNECTIONS {
            let cpu = shop.process.cpu_time()?;
            let begun = Instant::now();
            let done = shop.load(flow, connections).await?;
            let rate = f64::from(done) / begun.elapsed().as_secs_f64();
            let each = (shop.process.cpu_time()? - cpu) / done.max(1);
            bounds.at_most(
                COLLAPSE,
                format_args!("{what} at {connections} connections: the best rate with fewer, against theirs"),
                best / rate,
            );
            best = best.max(rate);
            table = table.row([
                what.to_owned(),
                connections.to_string(),
                format!("{rate:.1}"),
                milliseconds(each),
                megabytes(shop.process.peak_memory()?),
            ]);
        }
    }
    Ok(bounds.told_in(format!(
        "API, functions, table, mail pump and inbox in one process, at production cost, for {} seconds each; the load comes from another
process on the same cores. A code flow is `send-code`, the code from `/inbox.json`, `verify-code`. The pump looks for mails 20
times a second, which is most of what a single code flow waits for.\n\n{table}",
        LOAD.as_secs()
    )))
}

#[derive(Clone, Copy)]
enum Flow {
    Login,
    Code,
}

/// `cargo local --memory`, with more customers than the demo store has.
struct Shop {
    _program: Ended,
    process: Process,
    api: SocketAddr,
    customers: Vec<String>,
    /// Networks and new addresses, each used once: the limits on them are not what is measured.
    next: AtomicU32,
}

impl Shop {
    async fn open() -> Result<Self, Failure> {
        let program = process::build(&["--bin=local".to_owned()])?.join("local");
        let mut command = Command::new(program);
        command.args(["--memory", "--port", &PORT.to_string()]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = Ended(command.spawn()?);
        let mut told = BufReader::new(child.0.stdout.take().ok_or("the shop tells nothing")?).lines();
        if !told.any(|line| line.is_ok_and(|line| line == "The shop is open.")) {
            return Err(format!("the shop did not start; is port {PORT} free?").into());
        }
        let options = Options::at_port(PORT);
        let context = Context::new(&config(), options.services().clients(), Clock::system(), Cost::PRODUCTION);
        customers::lift_the_mail_budget(&context).await?;
        let customers = customers::open_many(&context, CONNECTIONS.into_iter().max().unwrap_or(1)).await?;
        Ok(Self { process: Process::of(&child.0), _program: child, api: options.api(), customers, next: AtomicU32::new(0) })
    }

    /// Has so many customers do this over and over; gives how often it was done.
    async fn load(&self, flow: Flow, connections: u32) -> Result<u32, Failure> {
        let end = Instant::now() + LOAD;
        let inbox = Inbox::new(self.api);
        let done = AtomicU32::new(0);
        let customers = self.customers.iter().take(connections as usize).map(async |email| {
            while Instant::now() < end {
                match flow {
                    Flow::Login => self.log_in(email, end, &done).await?,
                    Flow::Code => {
                        self.sign_in_by_code(&inbox).await?;
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                }
            }
            Ok::<(), Failure>(())
        });
        match future::select(Box::pin(try_join_all(customers)), Box::pin(inbox.watch())).await {
            Either::Left((ended, _)) => ended?,
            Either::Right((failed, _)) => return Err(failed),
        };
        Ok(done.into_inner())
    }

    /// Logs in over one connection until the end.
    async fn log_in(&self, email: &str, end: Instant, done: &AtomicU32) -> Outcome {
        let mut connection = Connection::open(self.api, self.network()).await?;
        let form = customers::sign_in(email).to_string();
        while Instant::now() < end {
            connection.expect(200, "POST", "/demo/login", &form).await?;
            done.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    /// A new customer, from a network of their own.
    async fn sign_in_by_code(&self, inbox: &Inbox) -> Outcome {
        let email = format!("new-{}@example.com", self.next.fetch_add(1, Ordering::Relaxed));
        let mut connection = Connection::open(self.api, self.network()).await?;
        let waiting = inbox.wait_for_mail().await;
        let sent = connection.expect(202, "POST", "/demo/send-code", &json!({ "email": email }).to_string()).await?;
        let code = inbox.code(&email).await;
        drop(waiting);
        let challenge = sent.get("challenge_id").and_then(Value::as_str).unwrap_or_default();
        let form = json!({"challenge_id": challenge, "code": code});
        connection.expect(200, "POST", "/demo/verify-code", &form.to_string()).await.map(|_| ())
    }

    /// One of sixteen million.
    fn network(&self) -> Ipv4Addr {
        Ipv4Addr::from_bits(Ipv4Addr::new(127, 1, 0, 1).to_bits() + self.next.fetch_add(1, Ordering::Relaxed))
    }
}
