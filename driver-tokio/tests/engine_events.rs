//! How events come and how they end, seen from an engine that sends its bytes as a test has it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use portreeve_core::effect::EngineEffect;
use portreeve_core::id::{ContainerId, InstallationId};
use portreeve_core::outcome::{ContainerChange, EngineEvent, EngineOutcome};
use portreeve_core::user::UserId;
use portreeve_tokio::engine::{EngineClient, EventStream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::timeout;

const INSTALLATION: InstallationId = InstallationId::from_bytes([0xab; 16]);
const HEAD: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
/// The last piece of an answer that ends as it should.
const END: &str = "0\r\n\r\n";

/// An engine that answers pings and sends what the test says to whoever else asks, whole connections
/// at a time.
struct Engine {
    client: EngineClient,
    /// A connection for each request that isn't a ping, with its first line.
    asked: mpsc::UnboundedReceiver<(String, TcpStream)>,
    pings: Arc<Mutex<usize>>,
}

impl Engine {
    /// `newest` tells the engine's newest version at each ping.
    async fn start(newest: impl Fn(usize) -> &'static str + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("tcp://{}", listener.local_addr().unwrap());
        let (ask, asked) = mpsc::unbounded_channel();
        let pings = Arc::new(Mutex::new(0));
        let (newest, counted) = (Arc::new(newest), pings.clone());
        tokio::spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let (ask, newest, counted) = (ask.clone(), newest.clone(), counted.clone());
                tokio::spawn(async move {
                    while let Some(line) = read_request(&mut stream).await {
                        if line != "GET /_ping" {
                            let _ = ask.send((line, stream));
                            return;
                        }
                        let before = {
                            let mut pings = counted.lock().unwrap();
                            *pings += 1;
                            *pings - 1
                        };
                        let version = newest(before);
                        let pong = format!(
                            "HTTP/1.1 200 OK\r\nApi-Version: {version}\r\nContent-Length: 0\r\n\r\n"
                        );
                        stream.write_all(pong.as_bytes()).await.unwrap();
                    }
                });
            }
        });
        Self {
            client: EngineClient::new(address.parse().unwrap()).unwrap(),
            asked,
            pings,
        }
    }

    /// The next request that isn't a ping.
    async fn asked(&mut self) -> (String, TcpStream) {
        let limit = Duration::from_secs(10);
        let asked = timeout(limit, self.asked.recv()).await;
        asked.expect("asked in time").unwrap()
    }

    /// Has the client watch, and opens the stream.
    async fn watched(&mut self) -> (EventStream, TcpStream) {
        let client = self.client.clone();
        let watch = tokio::spawn(async move { client.watch(INSTALLATION, None).await });
        let (line, mut stream) = self.asked().await;
        assert!(
            line.starts_with("GET /v1.41/events?filters=%7B%22"),
            "{line}"
        );
        stream.write_all(HEAD.as_bytes()).await.unwrap();
        (watch.await.unwrap().unwrap(), stream)
    }
}

/// Reads the head of a request (those sent here have no body).
async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.ok()?);
    }
    let head = String::from_utf8(head).unwrap();
    let line = head.lines().next()?;
    Some(line.trim_end_matches(" HTTP/1.1").to_string())
}

async fn send(stream: &mut TcpStream, text: &str) {
    let chunk = format!("{:x}\r\n{text}\r\n", text.len());
    stream.write_all(chunk.as_bytes()).await.unwrap();
}

fn told(action: &str) -> String {
    let installation = "ab".repeat(16);
    format!(
        r#"{{"Type":"container","Action":"{action}","Actor":{{"ID":"4f1c","Attributes":{{"portreeve.installation":"{installation}","portreeve.user":"ü}}"}}}}}}"#
    )
}

fn event(change: ContainerChange) -> EngineEvent {
    EngineEvent::Container {
        id: ContainerId::new("4f1c"),
        user: Some(UserId::new("ü}").unwrap()),
        change,
    }
}

async fn next(events: &mut EventStream) -> Result<EngineEvent, EngineOutcome> {
    let limit = Duration::from_secs(10);
    timeout(limit, events.next()).await.expect("told in time")
}

fn is_unclear(outcome: &EngineOutcome, words: &str) -> bool {
    matches!(outcome, EngineOutcome::Unclear(why) if why.contains(words))
}

#[tokio::test]
async fn the_stream_is_open_before_anything_happens() {
    let mut engine = Engine::start(|_| "1.41").await;
    let (mut events, mut stream) = engine.watched().await;
    send(&mut stream, &told("start")).await;
    assert_eq!(next(&mut events).await, Ok(event(ContainerChange::Started)));
}

#[tokio::test]
async fn one_byte_at_a_time() {
    let mut engine = Engine::start(|_| "1.41").await;
    let (mut events, mut stream) = engine.watched().await;
    let text = format!("{}{}\n{}", told("create"), told("start"), told("die"));
    stream.set_nodelay(true).unwrap();
    let sending = tokio::spawn(async move {
        for byte in text.as_bytes() {
            stream.write_all(b"1\r\n").await.unwrap();
            stream.write_all(&[*byte]).await.unwrap();
            stream.write_all(b"\r\n").await.unwrap();
        }
        stream
    });
    for change in [
        ContainerChange::Created,
        ContainerChange::Started,
        ContainerChange::Died,
    ] {
        assert_eq!(next(&mut events).await, Ok(event(change)));
    }
    sending.await.unwrap();
}

#[tokio::test]
async fn a_stream_that_is_cut_in_the_middle_of_an_event() {
    let mut engine = Engine::start(|_| "1.41").await;
    let (mut events, mut stream) = engine.watched().await;
    let half = told("die");
    send(&mut stream, &format!("{}{}", told("start"), &half[..40])).await;
    drop(stream);
    assert_eq!(next(&mut events).await, Ok(event(ContainerChange::Started)));
    let ended = next(&mut events).await.unwrap_err();
    assert!(is_unclear(&ended, "lost"), "{ended:?}");
    // Another engine may have taken its place.
    engine.watched().await;
    assert_eq!(*engine.pings.lock().unwrap(), 2);
}

#[tokio::test]
async fn a_stream_that_ends_as_it_should_has_ended_all_the_same() {
    let mut engine = Engine::start(|_| "1.41").await;
    let (mut events, mut stream) = engine.watched().await;
    send(&mut stream, &told("start")).await;
    stream.write_all(END.as_bytes()).await.unwrap();
    assert_eq!(next(&mut events).await, Ok(event(ContainerChange::Started)));
    let ended = next(&mut events).await.unwrap_err();
    assert!(is_unclear(&ended, "ended"), "{ended:?}");
}

#[tokio::test]
async fn what_is_no_event_ends_the_stream() {
    let mut engine = Engine::start(|_| "1.41").await;
    let (mut events, mut stream) = engine.watched().await;
    send(&mut stream, "<html>}").await;
    let ended = next(&mut events).await.unwrap_err();
    assert!(is_unclear(&ended, "can't be read"), "{ended:?}");
}

#[tokio::test]
async fn an_engine_that_does_not_want_to_was_not_reached() {
    for (answer, words) in [
        (
            "HTTP/1.1 500 X\r\nContent-Length: 18\r\n\r\n{\"message\":\"boom\"}",
            "boom",
        ),
        ("HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n", "404"),
        // It hangs up.
        ("", "lost"),
    ] {
        let mut engine = Engine::start(|_| "1.41").await;
        let client = engine.client.clone();
        let watch = tokio::spawn(async move { client.watch(INSTALLATION, None).await });
        let (_, mut stream) = engine.asked().await;
        stream.write_all(answer.as_bytes()).await.unwrap();
        drop(stream);
        let outcome = watch.await.unwrap().unwrap_err();
        assert!(
            matches!(&outcome, EngineOutcome::Unreachable(why) if why.contains(words)),
            "{outcome:?}"
        );
    }
}

#[tokio::test]
async fn an_engine_upgraded_under_us_is_asked_again_in_a_version_it_speaks() {
    let mut engine = Engine::start(|before| if before == 0 { "1.41" } else { "1.44" }).await;
    let client = engine.client.clone();
    let watch = tokio::spawn(async move { client.watch(INSTALLATION, None).await });
    let (line, mut stream) = engine.asked().await;
    assert!(line.starts_with("GET /v1.41/"), "{line}");
    let refusal =
        r#"{"message":"client version 1.41 is too old. Minimum supported API version is 1.44"}"#;
    let answer = format!(
        "HTTP/1.1 400 X\r\nContent-Length: {}\r\n\r\n{refusal}",
        refusal.len()
    );
    stream.write_all(answer.as_bytes()).await.unwrap();
    drop(stream);
    let (line, mut stream) = engine.asked().await;
    assert!(line.starts_with("GET /v1.44/"), "{line}");
    stream.write_all(HEAD.as_bytes()).await.unwrap();
    assert!(watch.await.unwrap().is_ok());
}

#[tokio::test]
async fn a_stream_that_is_dropped_ends_its_connection() {
    let mut engine = Engine::start(|_| "1.41").await;
    let (events, mut stream) = engine.watched().await;
    drop(events);
    let limit = Duration::from_secs(10);
    let end = timeout(limit, stream.read_u8()).await.unwrap();
    assert!(end.is_err(), "{end:?}");
}

#[tokio::test]
async fn carried_out_as_an_effect_it_ends_with_the_stream() {
    let mut engine = Engine::start(|_| "1.41").await;
    let client = engine.client.clone();
    let effect = EngineEffect::Watch {
        installation: INSTALLATION,
    };
    let watch = tokio::spawn(async move { client.carry_out(&effect).await });
    let (_, mut stream) = engine.asked().await;
    stream.write_all(HEAD.as_bytes()).await.unwrap();
    send(&mut stream, &told("start")).await;
    drop(stream);
    let outcome = watch.await.unwrap();
    assert!(is_unclear(&outcome, "lost"), "{outcome:?}");
}
