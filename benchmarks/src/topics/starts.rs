//! How fast each function starts, answers for the first time, and how large it is, as it is packaged.

use std::{
    fs,
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use ::tests::Failure;
use local::{services::Addresses, template::Template};
use shared::clock::Clock;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
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

/// Those whose first event needs nothing from before.
const VISITED: [&str; 5] = ["create-account", "forgot-password", "jwks", "login", "send-code"];

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
    let mut table = Table::new(&["function", "start, median, ms", "p90, ms", "first answer, ms", "program, MB", "zipped, MB", "idle, MB"]);
    for operation in operations {
        let program = folder.join(&operation);
        let event = visit(&operation)?;
        let (mut starts, mut answers, mut idle) = (Durations::default(), Durations::default(), 0);
        for _ in 0..STARTS {
            let start = start(&program, &services.addresses, event.as_deref()).await?;
            starts.push(start.took);
            start.answered.into_iter().for_each(|took| answers.push(took));
            idle = idle.max(start.idle);
        }
        let (size, zipped, took) = (program.metadata()?.len(), zipped(&program)?, starts.quantile(0.5));
        bounds.at_most(SLOW, format_args!("milliseconds to start `{operation}`"), took.as_secs_f64() * 1e3);
        bounds.at_most(LARGE, format_args!("megabytes of `{operation}`, zipped"), in_megabytes(zipped));
        table = table.row([
            format!("`{operation}`"),
            milliseconds(took),
            milliseconds(starts.quantile(0.9)),
            event.map(|_| milliseconds(answers.quantile(0.5))).unwrap_or_default(),
            megabytes(size),
            megabytes(zipped),
            megabytes(idle),
        ]);
    }
    Ok(bounds.told_in(format!(
        "From the start of the process to its first request for work, with its secrets fetched and a connection to the table made on the
way, {STARTS} times. The first answer is that of what asks for nothing from before, at a shop that the table does not have: one
read. Everything answers on loopback without TLS, which would cost each connection some milliseconds more. Zipped is deflated,
as a deployment package is. Wanted: 2 ms and 2.5 MB zipped.\n\n{table}"
    )))
}

struct Start {
    took: Duration,
    idle: u64,
    answered: Option<Duration>,
}

/// Starts a function as Lambda does, waits until it asks for work, gives it some, if there is any, and ends it.
async fn start(program: &Path, services: &Addresses, event: Option<&str>) -> Result<Start, Failure> {
    let runtime = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let mut command = Command::new(program);
    command.env_clear().envs(environment(runtime.local_addr()?)).envs(services.environment()).stdout(Stdio::null()).stderr(Stdio::null());
    let begun = Instant::now();
    let child = Ended(command.spawn()?);
    let asked = async {
        let (connection, _) = runtime.accept().await?;
        let mut connection = BufReader::new(connection);
        expect(&mut connection, "/runtime/invocation/next").await?;
        let took = begun.elapsed();
        // The connection is held open: a function whose runtime hangs up ends.
        sleep(IDLE_AFTER).await;
        let idle = Process::of(&child.0).memory()?;
        let answered = match event {
            Some(event) => Some(answer(&mut connection, event).await?),
            None => None,
        };
        Ok(Start { took, idle, answered })
    };
    timeout(PATIENCE, asked).await?
}

/// How long a function takes from an event to its answer.
async fn answer(connection: &mut BufReader<TcpStream>, event: &str) -> Result<Duration, Failure> {
    let deadline = Clock::system().now().plus(PATIENCE);
    let handed_over = format!(
        "HTTP/1.1 200 OK\r\nlambda-runtime-aws-request-id: first\r\nlambda-runtime-deadline-ms: {}\r\n\
         lambda-runtime-invoked-function-arn: arn\r\ncontent-length: {}\r\n\r\n{event}",
        deadline.unix_seconds() * 1000,
        event.len()
    );
    let begun = Instant::now();
    connection.get_mut().write_all(handed_over.as_bytes()).await?;
    expect(connection, "/runtime/invocation/first/response").await?;
    Ok(begun.elapsed())
}

/// Reads what the function asks of the runtime, which is this.
async fn expect(connection: &mut BufReader<TcpStream>, path: &str) -> Result<(), Failure> {
    let mut line = String::new();
    connection.read_line(&mut line).await?;
    if !line.contains(path) {
        return Err(format!("the function asked for {line}").into());
    }
    while line.trim_end() != "" {
        line.clear();
        connection.read_line(&mut line).await?;
    }
    Ok(())
}

/// A request that any visitor can make, if the function has visitors.
fn visit(operation: &str) -> Result<Option<String>, Failure> {
    if !VISITED.contains(&operation) {
        return Ok(None);
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("events").join(operation);
    let mut events: Vec<PathBuf> = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_, std::io::Error>>()?;
    events.sort();
    let first = events.first().ok_or("the operation has no event")?;
    Ok(Some(fs::read_to_string(first)?))
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
