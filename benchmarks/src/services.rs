//! The services in a process of their own, so that what is measured in this one is the functions alone.

use std::{
    env, io,
    io::{BufRead, BufReader},
    net::{Ipv4Addr, SocketAddr},
    process::{Command, Stdio},
};

use ::tests::{Failure, Outcome};
use local::{
    services::{Addresses, Services, TABLE},
    template::Template,
};
use serde_json::json;
use tokio::{io::AsyncReadExt, net::TcpListener};

use crate::{
    fill::Fill,
    process::{Ended, Process},
};

/// Services that end when this is dropped.
pub(crate) struct Elsewhere {
    child: Ended,
    /// Where they are.
    pub(crate) addresses: Addresses,
}

impl Elsewhere {
    /// Services with a table that is filled like this.
    pub(crate) fn start(fill: Fill) -> Result<Self, Failure> {
        let mut command = Command::new(env::current_exe()?);
        command.arg("services").args(fill.arguments()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = Ended(command.spawn()?);
        let mut line = String::new();
        BufReader::new(child.0.stdout.take().ok_or("the services tell nothing")?).read_line(&mut line)?;
        let mut addresses = line.split_whitespace().map(str::parse::<SocketAddr>);
        let mut next = || addresses.next().ok_or("the services did not start");
        let addresses = Addresses { stand_ins: next()??, dynamodb: next()?? };
        Ok(Self { child, addresses })
    }

    /// Their process.
    pub(crate) fn process(&self) -> Process {
        Process::of(&self.child.0)
    }
}

/// Serves in memory, tells on standard output where, and ends with its parent: nothing is left behind, however that
/// ends.
#[expect(clippy::print_stdout, reason = "the parent reads it")]
pub(crate) async fn serve(fill: Fill) -> Outcome {
    let template = Template::read(&Template::path())?;
    let services = Services::in_memory()?;
    services.create_tables(&template)?;
    // Nobody reads the stream here, and the engine would keep all of it in memory.
    let no_stream = json!({"TableName": TABLE, "StreamSpecification": {"StreamEnabled": false}});
    services.database.update_table(serde_json::from_value(no_stream)?).map_err(|error| error.to_string())?;
    let (stand_ins, dynamodb) = (listen().await?, listen().await?);
    let addresses = Addresses { stand_ins: stand_ins.local_addr()?, dynamodb: dynamodb.local_addr()? };

    let router = services.stand_ins();
    let serving = services.clone();
    tokio::spawn(async move { axum::serve(stand_ins, router).await });
    tokio::spawn(async move { serving.serve_dynamodb(dynamodb, std::future::pending()).await });
    fill.fill(&services, &addresses).await?;

    println!("{} {}", addresses.stand_ins, addresses.dynamodb);
    tokio::io::stdin().read_to_end(&mut Vec::new()).await?;
    Ok(())
}

async fn listen() -> io::Result<TcpListener> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await
}
