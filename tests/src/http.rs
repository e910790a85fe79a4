//! One HTTP request over a connection of its own, to a Unix socket or a TCP port.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper::header::HOST;
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};

use crate::runtime;

/// Longer than anything a case waits for; a request that takes this long hangs.
const PATIENCE: Duration = Duration::from_secs(120);

/// Where a server listens.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Address {
    /// On a socket in the file system.
    Unix(PathBuf),
    /// On `HOST:PORT`.
    Tcp(String),
}

impl Address {
    /// Reads the forms of `DOCKER_HOST` that the suite can use: `unix://PATH`, `tcp://HOST:PORT`,
    /// `http://HOST:PORT`.
    pub fn parse(url: &str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        match scheme {
            "unix" => Some(Self::Unix(rest.into())),
            "tcp" | "http" => Some(Self::Tcp(rest.trim_end_matches('/').to_owned())),
            _ => None,
        }
    }

    /// The address as a `DOCKER_HOST`.
    pub fn url(&self) -> String {
        match self {
            Self::Unix(path) => format!("unix://{}", path.display()),
            Self::Tcp(host) => format!("tcp://{host}"),
        }
    }
}

/// What a server answered.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// The body, whole.
    pub body: Bytes,
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON; `null` where it is something else.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }
}

/// A request in the making.
pub struct Call<'a> {
    address: &'a Address,
    method: Method,
    target: String,
    headers: Vec<(&'static str, String)>,
    body: Bytes,
    patience: Duration,
}

impl<'a> Call<'a> {
    /// A request with no body.
    pub fn new(address: &'a Address, method: Method, target: impl Into<String>) -> Self {
        Self {
            address,
            method,
            target: target.into(),
            headers: Vec::new(),
            body: Bytes::new(),
            patience: PATIENCE,
        }
    }

    /// With a header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// With a body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self
    }

    /// Given up after that long.
    #[must_use]
    pub fn within(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Sends it and reads the whole answer.
    pub fn send(self) -> io::Result<Answer> {
        runtime::wait_for(async {
            tokio::time::timeout(self.patience, self.exchange())
                .await
                .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
        })
    }

    async fn exchange(self) -> io::Result<Answer> {
        match self.address {
            Address::Unix(path) => self.over(UnixStream::connect(path).await?).await,
            Address::Tcp(host) => self.over(TcpStream::connect(host).await?).await,
        }
    }

    async fn over<S>(self, stream: S) -> io::Result<Answer>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(io::Error::other)?;
        runtime::spawn(connection);
        let mut request = Request::builder().method(self.method).uri(&self.target);
        request = request.header(HOST, "test");
        for (name, value) in &self.headers {
            request = request.header(*name, value);
        }
        let request = request
            .body(Full::new(self.body))
            .map_err(io::Error::other)?;
        let response = sender
            .send_request(request)
            .await
            .map_err(io::Error::other)?;
        let status = response.status().as_u16();
        let body = response
            .into_body()
            .collect()
            .await
            .map_err(io::Error::other)?;
        Ok(Answer {
            status,
            body: body.to_bytes(),
        })
    }
}
