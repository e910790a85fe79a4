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

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;
    use tokio::net::TcpListener;

    use super::*;

    /// Looks at a server that does this with its first connection.
    async fn look<F>(kind: ProbeKind, serve: impl FnOnce(TcpStream) -> F) -> ProbeOutcome
    where
        F: Future<Output = ()>,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let probe = Probe {
            host: "127.0.0.1".to_owned(),
            port: listener.local_addr().unwrap().port(),
            kind,
        };
        let served = async {
            let (stream, _) = listener.accept().await.unwrap();
            serve(stream).await;
            std::future::pending::<()>().await;
        };
        tokio::select! {
            outcome = carry_out(&probe) => outcome,
            () = served => unreachable!("it is pending"),
        }
    }

    fn tcp() -> ProbeKind {
        ProbeKind::Tcp {
            hold: Duration::from_millis(100),
        }
    }

    fn http() -> ProbeKind {
        ProbeKind::Http {
            path: "/health?deep=1".to_owned(),
        }
    }

    async fn answer(mut stream: TcpStream, text: &'static str) {
        let mut request = vec![0; 1024];
        let length = stream.read(&mut request).await.unwrap();
        assert!(request[..length].starts_with(b"GET /health?deep=1 HTTP/1.1\r\n"));
        stream.write_all(text.as_bytes()).await.unwrap();
    }

    #[tokio::test]
    async fn a_connection_that_is_dropped_at_once_is_no_answer() {
        let outcome = look(tcp(), async |stream| drop(stream)).await;
        assert!(matches!(outcome, ProbeOutcome::Failed(why) if why.contains("at once")));
    }

    #[tokio::test]
    async fn a_connection_that_stays_open_is_one() {
        let mut kept = None;
        let outcome = look(tcp(), async |stream| kept = Some(stream)).await;
        assert_eq!(outcome, ProbeOutcome::Passed);
    }

    #[tokio::test]
    async fn a_greeting_before_the_connection_is_dropped_is_no_answer() {
        let outcome = look(tcp(), async |mut stream| {
            stream.write_all(b"220 hello\r\n").await.unwrap();
        })
        .await;
        assert!(matches!(outcome, ProbeOutcome::Failed(_)));
    }

    #[tokio::test]
    async fn a_status_from_200_to_399_is_an_answer() {
        for (text, passes) in [
            ("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", true),
            (
                "HTTP/1.1 302 Found\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n",
                true,
            ),
            (
                "HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n",
                false,
            ),
            ("HTTP/1.1 503 Not yet\r\ncontent-length: 0\r\n\r\n", false),
            ("220 this is not http\r\n", false),
            ("", false),
        ] {
            let outcome = look(http(), async |stream| answer(stream, text).await).await;
            assert_eq!(
                outcome == ProbeOutcome::Passed,
                passes,
                "{text}: {outcome:?}"
            );
        }
    }

    #[tokio::test]
    async fn nobody_there_is_no_answer() {
        let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = closed.local_addr().unwrap().port();
        drop(closed);
        for kind in [tcp(), http()] {
            let host = "127.0.0.1".to_owned();
            let outcome = carry_out(&Probe { host, port, kind }).await;
            assert!(matches!(outcome, ProbeOutcome::Failed(why) if why.contains("no connection")));
        }
    }

    #[test]
    fn an_ipv6_address_stands_in_brackets() {
        assert_eq!(authority("::1", 80), "[::1]:80");
        assert_eq!(authority("mosaic-user-a", 18789), "mosaic-user-a:18789");
    }
}
