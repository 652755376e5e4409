//! `cargo local`: a whole shop on a laptop.

use std::process::ExitCode;

use clap::Parser;
use local::shop::{Options, Shop};
use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

/// Runs a whole shop on this machine: API, embedded DynamoDB, mail inbox, demo store. Nothing leaves the machine.
#[derive(Parser)]
#[command(name = "cargo local", bin_name = "cargo local")]
struct Arguments {
    /// The API's port; the services take the two after it.
    #[arg(long, default_value_t = 9000, value_parser = clap::value_parser!(u16).range(1024..=65533))]
    port: u16,
    /// Keep nothing: the table lives in memory.
    #[arg(long, conflicts_with = "reset")]
    memory: bool,
    /// Throw away what earlier runs kept under target/local.
    #[arg(long)]
    reset: bool,
    /// Start the services alone, for `cargo lambda watch` to run the functions against.
    #[arg(long)]
    services: bool,
}

#[tokio::main]
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "this is a program for a terminal")]
async fn main() -> ExitCode {
    let Arguments { port, memory, reset, services } = Arguments::parse();
    show_requests();
    let options = Options { memory, reset, services_only: services, ..Options::at_port(port) };
    let shop = match Shop::start(options.clone(), |step| eprintln!("  {step} …")).await {
        Ok(shop) => shop,
        Err(error) => {
            eprintln!("\nThe shop did not start: {error}");
            return ExitCode::FAILURE;
        }
    };
    println!("{}", welcome(&options, &shop.owner_key));
    let interrupted = wait_for_the_end().await;
    eprintln!("\n  ending …");
    match (shop.end().await, interrupted) {
        (Ok(()), Ok(())) => ExitCode::SUCCESS,
        (Err(error), _) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
        (_, Err(error)) => {
            eprintln!("the signals of this terminal cannot be heard: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Shows what the functions log, a line for each request and each mail.
fn show_requests() {
    let ours = Targets::new().with_target("shared", LevelFilter::INFO);
    let lines = tracing_subscriber::fmt::layer().compact().with_target(false).without_time().with_writer(std::io::stderr);
    tracing_subscriber::registry().with(ours).with(lines).init();
}

/// Ctrl-C, or a polite `kill`.
async fn wait_for_the_end() -> std::io::Result<()> {
    #[cfg(unix)]
    {
        let mut terminated = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            interrupted = tokio::signal::ctrl_c() => interrupted,
            _ = terminated.recv() => Ok(()),
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await
}

fn welcome(options: &Options, owner_key: &str) -> String {
    let (api, inbox, services) = (options.api(), options.inbox(), options.services());
    if options.services_only {
        return format!(
            "
The services are running.

  Inbox      http://{inbox}/inbox
  DynamoDB   http://{dynamodb}
  SES, Secrets Manager   http://{stand_ins}

In another terminal, run the functions against them, with hot reload:

  cargo lambda watch -A 127.0.0.1 -P {port} --env-file target/local/services.env --ignore-changes

(Leave --ignore-changes out to have a function rebuilt when its code changes.) Ctrl-C ends the services.",
            dynamodb = services.dynamodb,
            stand_ins = services.stand_ins,
            port = options.port,
        );
    }
    let kept = if options.memory { "in memory only" } else { "target/local/shop.db; start afresh with --reset" };
    format!(
        "
The shop is open.

  Store      http://{api}/          sign up, sign in, reset, delete as a customer
  Inbox      http://{inbox}/inbox   every mail that the shop sends
  Mails      http://{inbox}/mails   every mail that there is, in every language
  API        http://{api}/demo/<operation>
  Owner key  {owner_key}   (also in target/local/demo.env)
  Staff      cargo vestibule --local --help
  Data       {kept}

Try it: ask for a code, then find it in the inbox.

  curl -s http://{api}/demo/send-code -H 'content-type: application/json' -d '{{\"email\":\"ada@example.com\"}}'

Ctrl-C ends it."
    )
}
