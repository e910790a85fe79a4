//! Looks at whether a container answers.

use std::io;
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Empty;
use hyper::Request;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use portreeve_core::effect::{Probe, ProbeKind};
use portreeve_core::outcome::ProbeOutcome;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};

/// Looks once. Takes as long as it takes: the caller sets the limit.
pub(crate) async fn carry_out(probe: &Probe) -> ProbeOutcome {
    let looked = match &probe.kind {
        ProbeKind::Tcp { hold } => stays_open(probe, *hold).await,
        ProbeKind::Http { path } => answers(probe, path).await,
    };
    match looked {
        Ok(()) => ProbeOutcome::Passed,
        Err(why) => ProbeOutcome::Failed(why),
    }
}

async fn connect(probe: &Probe) -> Result<TcpStream, String> {
    TcpStream::connect((probe.host.as_str(), probe.port))
        .await
        .map_err(|error| format!("no connection to port {}: {error}", probe.port))
}

async fn stays_open(probe: &Probe, hold: Duration) -> Result<(), String> {
    let mut stream = connect(probe).await?;
    let until = Instant::now() + hold;
    let mut greeting = [0; 512];
    // Whatever a server says by itself is read on, so that its closing is seen behind it.
    loop {
        match timeout_at(until, stream.read(&mut greeting)).await {
            Err(_still_open) => return Ok(()),
            Ok(Ok(0)) => return Err(dropped(probe.port, None)),
            Ok(Ok(_said)) => {}
            Ok(Err(error)) => return Err(dropped(probe.port, Some(&error))),
        }
    }
}

fn dropped(port: u16, error: Option<&io::Error>) -> String {
    match error {
        Some(error) => format!("port {port} dropped the connection at once: {error}"),
        None => format!("port {port} closed the connection at once"),
    }
}

async fn answers(probe: &Probe, path: &str) -> Result<(), String> {
    let request = Request::get(path)
        .header(hyper::header::HOST, authority(&probe.host, probe.port))
        .header(hyper::header::CONNECTION, "close")
        .body(Empty::<Bytes>::new())
        .map_err(|error| format!("the path {path:?} can't be asked for: {error}"))?;
    let stream = connect(probe).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| format!("port {} doesn't speak HTTP: {error}", probe.port))?;
    // The connection is driven here and not in a task, so that a look that is given up leaves
    // nothing behind. Once it has ended, the answer is there or never will be.
    let mut response = pin!(sender.send_request(request));
    let response = tokio::select! {
        response = &mut response => response,
        _ended = connection => response.await,
    }
    .map_err(|error| format!("GET {path} was not answered: {error}"))?;
    let status = response.status();
    if (200..400).contains(&status.as_u16()) {
        Ok(())
    } else {
        Err(format!("GET {path} was answered with {status}"))
    }
}

fn authority(host: &str, port: u16) -> String {
    if host.contains(':') {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}
