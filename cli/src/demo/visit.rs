//! Calls a gateway as a user's client would.

use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::client::conn::http1;
use hyper::header::{AUTHORIZATION, HOST};
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use portreeve_core::token::Token;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::failure::Failure;

const PATIENCE: Duration = Duration::from_secs(5);
/// More than any gateway of ours says.
const LIMIT: usize = 64 << 10;

/// What a gateway said.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) text: String,
}

/// Sends `GET /` with a token.
pub(super) async fn call(url: &str, token: &Token) -> Result<Answer, Failure> {
    let failed = |why: String| {
        Failure::new(
            "demo_failed",
            format!("{url} was not answered: {why}"),
            "is something between this machine and the engine's ports?",
        )
    };
    match timeout(PATIENCE, exchange(url, token)).await {
        Ok(answer) => answer.map_err(|error| failed(error.to_string())),
        Err(_) => Err(failed(format!("nothing within {} s", PATIENCE.as_secs()))),
    }
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

async fn exchange(url: &str, token: &Token) -> Result<Answer, BoxError> {
    let uri: Uri = url.parse()?;
    let authority = uri.authority().ok_or("it has no host")?;
    let host = authority
        .host()
        .trim_start_matches('[')
        .trim_end_matches(']');
    let port = authority.port_u16().ok_or("it has no port")?;
    let stream = TcpStream::connect((host, port)).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let request = Request::get("/")
        .header(HOST, authority.as_str())
        .header(AUTHORIZATION, format!("Bearer {}", token.reveal()))
        .body(Empty::<Bytes>::new())?;
    let response = sender.send_request(request).await?;
    let status = response.status().as_u16();
    let body = Limited::new(response.into_body(), LIMIT).collect().await?;
    connection.abort();
    Ok(Answer {
        status,
        text: String::from_utf8_lossy(&body.to_bytes()).into_owned(),
    })
}
