//! How fast each function starts, and how large it is, as it is packaged.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use ::tests::Failure;
use local::{services::Addresses, template::Template};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpListener,
    time::{sleep, timeout},
};

use crate::{
    fill::Fill,
    findings::{Bounds, Findings},
    page::Table,
    process::{self, Ended, Process},
    services::Elsewhere,
    statistics::{Durations, in_megabytes, megabytes, milliseconds},
};

/// Enough that the ninth decile is no accident.
const STARTS: usize = 20;
/// What it holds once it waits; what the start leaves to other threads is over by then.
const IDLE_AFTER: Duration = Duration::from_millis(100);
/// A function that does not ask for work is broken.
const PATIENCE: Duration = Duration::from_secs(10);

/// In milliseconds.
const SLOW: f64 = 20.0;
/// In megabytes.
const LARGE: f64 = 4.0;

pub(super) async fn measure() -> Result<Findings, Failure> {
    let operations: Vec<_> = Template::read(&Template::path())?.functions().map(|function| function.operation).collect();
    let selection: Vec<_> = operations.iter().map(|operation| format!("--package={operation}")).collect();
    let folder = process::build(&selection)?;
    let services = Elsewhere::start(Fill::default())?;
    let mut bounds = Bounds::default();
    let mut table = Table::new(&["function", "start, median, ms", "p90, ms", "program, MB", "zipped, MB", "idle, MB"]);
    for operation in operations {
        let program = folder.join(&operation);
        let (mut starts, mut idle) = (Durations::default(), 0);
        for _ in 0..STARTS {
            let start = start(&program, &services.addresses).await?;
            starts.push(start.took);
            idle = idle.max(start.idle);
        }
        let (size, zipped, took) = (program.metadata()?.len(), zipped(&program)?, starts.quantile(0.5));
        bounds.at_most(SLOW, format_args!("milliseconds to start `{operation}`"), took.as_secs_f64() * 1e3);
        bounds.at_most(LARGE, format_args!("megabytes of `{operation}`, zipped"), in_megabytes(zipped));
        table = table.row([
            format!("`{operation}`"),
            milliseconds(took),
            milliseconds(starts.quantile(0.9)),
            megabytes(size),
            megabytes(zipped),
            megabytes(idle),
        ]);
    }
    Ok(bounds.told_in(format!(
        "From the start of the process to its first request for work, with both secrets fetched on the way, {STARTS} times. The runtime
API and Secrets Manager answer on loopback without TLS. Zipped is deflated, as a deployment package is. Wanted: 2 ms and 2.5 MB
zipped.\n\n{table}"
    )))
}

struct Start {
    took: Duration,
    idle: u64,
}

/// Starts a function as Lambda does, waits until it asks for work, and ends it.
async fn start(program: &Path, services: &Addresses) -> Result<Start, Failure> {
    let runtime = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let mut command = Command::new(program);
    command.env_clear().envs(environment(runtime.local_addr()?)).envs(services.environment()).stdout(Stdio::null()).stderr(Stdio::null());
    let begun = Instant::now();
    let child = Ended(command.spawn()?);
    let asked = async {
        let mut line = String::new();
        let (connection, _) = runtime.accept().await?;
        let mut connection = BufReader::new(connection);
        connection.read_line(&mut line).await?;
        let took = begun.elapsed();
        if !line.contains("/runtime/invocation/next") {
            return Err(Failure::from(format!("the function asked for {line}")));
        }
        // The connection is held open: a function whose runtime hangs up ends.
        sleep(IDLE_AFTER).await;
        Ok(Start { took, idle: Process::of(&child.0).memory()? })
    };
    timeout(PATIENCE, asked).await?
}

/// What Lambda tells every function.
fn environment(runtime: SocketAddr) -> [(&'static str, String); 6] {
    [
        ("AWS_LAMBDA_RUNTIME_API", runtime.to_string()),
        ("AWS_LAMBDA_FUNCTION_NAME", "measured".to_owned()),
        ("AWS_LAMBDA_FUNCTION_VERSION", "1".to_owned()),
        ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "1769".to_owned()),
        ("AWS_LAMBDA_LOG_GROUP_NAME", "measured".to_owned()),
        ("AWS_LAMBDA_LOG_STREAM_NAME", "measured".to_owned()),
    ]
}

/// The size of the program, deflated.
fn zipped(program: &Path) -> Result<u64, Failure> {
    let output = Command::new("gzip").args(["--stdout", "-6"]).arg(program).output()?;
    if !output.status.success() {
        return Err("gzip failed".into());
    }
    Ok(u64::try_from(output.stdout.len())?)
}
