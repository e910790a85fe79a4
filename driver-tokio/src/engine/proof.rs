//! Connections that lead to one engine alone: each is asked which engine is at its other end before
//! anything else is sent over it. At the address of one engine another may answer by the time a new
//! connection is made, and to whoever asks that one every container looks lost.

use std::error::Error;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper::client::conn::http1;
use hyper::header::HOST;
use hyper::rt::{Read, Write};
use hyper::{Request, Uri};
use portreeve_core::effect::EngineEffect;
use portreeve_core::id::EngineId;
use portreeve_core::outcome::EngineOutcome;
use portreeve_wire::docker::{self, Dialect};
use tower_service::Service;

use super::response::SMALL;

/// How long an engine may take to tell which it is. Engines count their containers for that.
const TELLING: Duration = Duration::from_secs(10);

/// Makes connections by way of `C`, and hands on those that lead to the wanted engine.
#[derive(Clone, Debug)]
pub(super) struct Proving<C> {
    pub(super) connector: C,
    /// Any engine will do where none is named.
    pub(super) wanted: Option<EngineId>,
}

/// Why a connection that was made is of no use.
#[derive(Clone, Debug, thiserror::Error)]
pub(super) enum NotProven {
    #[error("another engine answers: {0}")]
    OtherEngine(EngineId),
    #[error("the engine didn't tell which it is: {0}")]
    Silent(String),
}

impl<C> Service<Uri> for Proving<C>
where
    C: Service<Uri>,
    C::Response: Read + Write + Unpin + Send + 'static,
    C::Error: Into<Box<dyn Error + Send + Sync>>,
    C::Future: Send + 'static,
{
    type Response = C::Response;
    type Error = Box<dyn Error + Send + Sync>;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.connector.poll_ready(context).map_err(Into::into)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let host = uri.host().unwrap_or_default().to_owned();
        let connecting = self.connector.call(uri);
        let wanted = self.wanted.clone();
        Box::pin(async move {
            let connection = connecting.await.map_err(Into::into)?;
            match wanted {
                None => Ok(connection),
                Some(wanted) => {
                    let proven = prove(connection, &host, &wanted);
                    let silent = |_elapsed| {
                        let text = format!("no answer within {} s", TELLING.as_secs());
                        NotProven::Silent(text)
                    };
                    Ok(tokio::time::timeout(TELLING, proven)
                        .await
                        .map_err(silent)??)
                }
            }
        })
    }
}

/// Asks over a new connection which engine it leads to, and gives it back if that is the wanted one.
async fn prove<T>(connection: T, host: &str, wanted: &EngineId) -> Result<T, NotProven>
where
    T: Read + Write + Unpin + Send + 'static,
{
    let silent = |error: &dyn Error| NotProven::Silent(error.to_string());
    let (mut sender, running) = http1::handshake(connection)
        .await
        .map_err(|error| silent(&error))?;
    let question = docker::identify();
    let request = Request::builder()
        .method(question.method)
        .uri(question.target)
        // Engines behind a Unix socket look at no host.
        .header(HOST, if host.is_empty() { "localhost" } else { host })
        .body(Empty::<Bytes>::new())
        .map_err(|error| silent(&error))?;
    // The sender goes with it, which ends the exchange and leaves the connection open.
    let asking = async move {
        let answer = sender
            .send_request(request)
            .await
            .map_err(|error| silent(&error))?;
        let status = answer.status().as_u16();
        let body = Limited::new(answer.into_body(), SMALL).collect().await;
        let body = body.map_err(|error| silent(&*error))?.to_bytes();
        Ok((status, body))
    };
    let (parts, told) = tokio::join!(running.without_shutdown(), asking);
    let (status, body) = told?;
    match docker::outcome(&EngineEffect::Identify, Dialect::Docker, status, &body) {
        EngineOutcome::Identified(found) if found == *wanted => {}
        EngineOutcome::Identified(found) => return Err(NotProven::OtherEngine(found)),
        EngineOutcome::Refused(why) | EngineOutcome::Unclear(why) => {
            return Err(NotProven::Silent(why));
        }
        other => return Err(NotProven::Silent(format!("{other:?}"))),
    }
    let parts = parts.map_err(|error| silent(&error))?;
    if parts.read_buf.is_empty() {
        Ok(parts.io)
    } else {
        Err(NotProven::Silent(
            "it told more than it was asked".to_owned(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::{Arc, Mutex};

    use portreeve_core::effect::{ContainerRef, Fence};
    use portreeve_core::id::{ContainerId, InstallationId};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{UnixListener, UnixStream};
    use tokio::task::JoinSet;

    use super::*;
    use crate::engine::EngineClient;

    /// A socket at which one engine after another answers.
    struct Socket {
        directory: tempfile::TempDir,
        client: EngineClient,
        /// Ends with all of its connections when it is dropped.
        engine: Option<JoinSet<()>>,
        /// Each request with the id of the engine that heard it; pings are left out.
        heard: Arc<Mutex<Vec<String>>>,
    }

    impl Socket {
        fn new(engine: &'static str) -> Self {
            let directory = tempfile::tempdir().unwrap();
            let address = format!("unix://{}", directory.path().join("engine.sock").display());
            let mut socket = Self {
                directory,
                client: EngineClient::new(address.parse().unwrap()).unwrap(),
                engine: None,
                heard: Arc::default(),
            };
            socket.serve(engine);
            socket
        }

        fn path(&self) -> PathBuf {
            self.directory.path().join("engine.sock")
        }

        /// The engine ends, and so do all connections to it; another takes its place.
        async fn replace(&mut self, engine: &'static str) {
            if let Some(mut before) = self.engine.take() {
                before.shutdown().await;
            }
            std::fs::remove_file(self.path()).unwrap();
            self.serve(engine);
        }

        fn serve(&mut self, engine: &'static str) {
            let listener = UnixListener::bind(self.path()).unwrap();
            let heard = Arc::clone(&self.heard);
            let mut tasks = JoinSet::new();
            tasks.spawn(async move {
                let mut connections = JoinSet::new();
                while let Ok((stream, _)) = listener.accept().await {
                    connections.spawn(answer(stream, engine, Arc::clone(&heard)));
                }
            });
            self.engine = Some(tasks);
        }

        async fn on(&self, engine: &str, effect: EngineEffect) -> EngineOutcome {
            let fence = Fence {
                not_after: None,
                engine: Some(EngineId::new(engine)),
            };
            self.client.carry_out_within(&effect, &fence).await
        }

        fn take_heard(&self) -> Vec<String> {
            std::mem::take(&mut self.heard.lock().unwrap())
        }
    }

    async fn answer(mut stream: UnixStream, engine: &str, heard: Arc<Mutex<Vec<String>>>) {
        let mut request = Vec::new();
        while let Ok(byte) = stream.read_u8().await {
            request.push(byte);
            if !request.ends_with(b"\r\n\r\n") {
                continue;
            }
            let text = String::from_utf8(std::mem::take(&mut request)).unwrap();
            let (line, _) = text.split_once(" HTTP/").unwrap();
            let (status, body) = match line {
                "GET /_ping" => ("200 OK", String::new()),
                line if line.ends_with("/info") => ("200 OK", format!(r#"{{"ID":"{engine}"}}"#)),
                line if line.contains("/events") => ("200 OK", String::new()),
                _ => ("404 Not Found", r#"{"message":"no such container"}"#.into()),
            };
            if line != "GET /_ping" {
                let path = line.replace("/v1.41", "");
                let path = path.split('?').next().unwrap();
                heard.lock().unwrap().push(format!("{engine}: {path}"));
            }
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\nApi-Version: 1.41\r\nContent-Length: {length}\r\n\r\n{body}"
            );
            if stream.write_all(answer.as_bytes()).await.is_err() {
                return;
            }
        }
    }

    fn start() -> EngineEffect {
        EngineEffect::Start {
            container: ContainerId::new("c"),
        }
    }

    fn look() -> EngineEffect {
        EngineEffect::Inspect(ContainerRef::Name("n".to_owned()))
    }

    fn other() -> EngineOutcome {
        EngineOutcome::OtherEngine(EngineId::new("two"))
    }

    #[tokio::test]
    async fn it_is_asked_once_for_as_long_as_the_connection_lasts() {
        let socket = Socket::new("one");
        for effect in [start(), look(), start(), look()] {
            assert_eq!(socket.on("one", effect).await, EngineOutcome::Absent);
        }
        let heard = socket.take_heard();
        let asked = heard.iter().filter(|line| line.ends_with("/info"));
        assert_eq!(asked.count(), 1, "{heard:?}");
        assert_eq!(heard[0], "one: GET /info");
    }

    #[tokio::test]
    async fn an_engine_that_does_not_tell_is_not_reached() {
        let socket = Socket::new("");
        let outcome = socket.on("one", start()).await;
        assert!(
            matches!(&outcome, EngineOutcome::Unreachable(why) if why.contains("which it is")),
            "{outcome:?}"
        );
        assert_eq!(socket.take_heard(), [": GET /info"]);
    }

    #[tokio::test]
    async fn nothing_is_changed_on_an_engine_that_has_taken_its_place() {
        let mut socket = Socket::new("one");
        assert_eq!(socket.on("one", start()).await, EngineOutcome::Absent);
        socket.replace("two").await;
        socket.take_heard();
        assert_eq!(socket.on("one", start()).await, other());
        assert_eq!(socket.on("one", start()).await, other());
        assert_eq!(socket.take_heard(), ["two: GET /info"; 2]);
        // And once the right one is back, it is known.
        socket.replace("one").await;
        assert_eq!(socket.on("one", start()).await, EngineOutcome::Absent);
    }

    #[tokio::test]
    async fn what_another_engine_tells_is_not_believed() {
        let mut socket = Socket::new("one");
        assert_eq!(socket.on("one", look()).await, EngineOutcome::Absent);
        socket.replace("two").await;
        assert_eq!(socket.on("one", look()).await, other());
    }

    #[tokio::test]
    async fn another_engines_events_are_not_followed() {
        let socket = Socket::new("two");
        let installation = InstallationId::from_bytes([1; 16]);
        let one = EngineId::new("one");
        let opened = socket.client.watch(installation, Some(&one)).await;
        assert_eq!(opened.err(), Some(other()));
    }
}
