//! A small HTTP/1.1 client on one connection, so that the load and not its maker is what is measured.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
};

use ::tests::Failure;
use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpSocket, TcpStream},
};

/// A connection that is kept.
pub(crate) struct Connection(BufReader<TcpStream>);

impl Connection {
    /// Connects from this loopback address, which the server takes for the client's network.
    pub(crate) async fn open(server: SocketAddr, from: Ipv4Addr) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.bind(SocketAddr::from((from, 0)))?;
        let stream = socket.connect(server).await?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Sends this and gives status and body.
    pub(crate) async fn send(&mut self, method: &str, path: &str, body: &str) -> Result<(u16, Value), Failure> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        self.0.write_all(request.as_bytes()).await?;
        let status = self.line().await?.split(' ').nth(1).unwrap_or_default().parse()?;
        let mut length = 0;
        loop {
            let line = self.line().await?.to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body).await?;
        Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
    }

    /// Sends this, and fails unless this status comes back: what was refused was not measured.
    pub(crate) async fn expect(&mut self, expected: u16, method: &str, path: &str, body: &str) -> Result<Value, Failure> {
        let (status, answer) = self.send(method, path, body).await?;
        if status != expected {
            return Err(format!("{method} {path}: {status} {answer}").into());
        }
        Ok(answer)
    }

    async fn line(&mut self) -> Result<String, Failure> {
        let mut line = String::new();
        if self.0.read_line(&mut line).await? == 0 {
            return Err("the server has closed the connection".into());
        }
        Ok(line.trim_end().to_owned())
    }
}
