//! How the engine is reached and lost, seen from an engine that answers by a script.

use std::sync::{Arc, Mutex};

use portreeve_core::effect::{ContainerRef, EngineEffect, Scope};
use portreeve_core::id::{ContainerId, InstallationId};
use portreeve_core::observed::Health;
use portreeve_core::outcome::EngineOutcome;
use portreeve_tokio::engine::{EngineClient, UnservedAddress};
use portreeve_wire::docker::EngineAddress;
use portreeve_wire::http::{Body, Method};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the scripted engine does about one request.
enum Reply {
    /// Answer, and keep the connection.
    Answer(u16, &'static str, &'static str),
    /// Answer, and close the connection without having said so.
    AnswerAndClose(u16, &'static str, &'static str),
    /// Close the connection without a word.
    HangUp,
}

const NO_HEADER: &str = "";
const API_1_41: &str = "Api-Version: 1.41\r\n";
const API_1_44: &str = "Api-Version: 1.44\r\n";
const API_1_60: &str = "Api-Version: 1.60\r\n";

/// An engine that answers by a script, and remembers what it was asked, with the number of the
/// connection it was asked on.
struct ScriptedEngine {
    port: u16,
    heard: Arc<Mutex<Vec<(usize, String)>>>,
}

impl ScriptedEngine {
    /// `script` is given the request's first line without its protocol, and how many requests came
    /// before it.
    async fn start(script: impl Fn(&str, usize) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let (script, remembered) = (Arc::new(script), heard.clone());
        tokio::spawn(async move {
            for connection in 0.. {
                let (stream, _) = listener.accept().await.unwrap();
                let (script, heard) = (script.clone(), remembered.clone());
                tokio::spawn(async move { converse(stream, connection, &*script, &heard).await });
            }
        });
        Self { port, heard }
    }

    fn client(&self) -> EngineClient {
        client(&format!("tcp://127.0.0.1:{}", self.port))
    }

    fn heard(&self) -> Vec<String> {
        let heard = self.heard.lock().unwrap();
        heard.iter().map(|(_, line)| line.clone()).collect()
    }

    fn connections(&self) -> Vec<usize> {
        let heard = self.heard.lock().unwrap();
        heard.iter().map(|(connection, _)| *connection).collect()
    }
}

async fn converse(
    mut stream: TcpStream,
    connection: usize,
    script: &(dyn Fn(&str, usize) -> Reply + Send + Sync),
    heard: &Mutex<Vec<(usize, String)>>,
) {
    while let Some(line) = read_request(&mut stream).await {
        let before = {
            let mut heard = heard.lock().unwrap();
            heard.push((connection, line.clone()));
            heard.len() - 1
        };
        let (status, headers, body, closes) = match script(&line, before) {
            Reply::Answer(status, headers, body) => (status, headers, body, false),
            Reply::AnswerAndClose(status, headers, body) => (status, headers, body, true),
            Reply::HangUp => return,
        };
        let answer = format!(
            "HTTP/1.1 {status} X\r\n{headers}Content-Length: {}\r\n\r\n{body}",
            body.len()
        );
        if stream.write_all(answer.as_bytes()).await.is_err() || closes {
            return;
        }
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

fn client(address: &str) -> EngineClient {
    EngineClient::new(address.parse().unwrap()).unwrap()
}

fn start() -> EngineEffect {
    EngineEffect::Start {
        container: ContainerId::new("4f1c"),
    }
}

fn unreachable(outcome: &EngineOutcome) -> &str {
    match outcome {
        EngineOutcome::Unreachable(why) => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn one_ping_and_one_connection_serve_all_that_comes_after() {
    let engine = ScriptedEngine::start(|line, _| match line {
        "GET /_ping" => Reply::Answer(200, API_1_41, "OK"),
        _ => Reply::Answer(204, NO_HEADER, ""),
    })
    .await;
    let client = engine.client();
    for _ in 0..3 {
        assert_eq!(client.carry_out(&start()).await, EngineOutcome::Done);
    }
    let start = "POST /v1.41/containers/4f1c/start";
    assert_eq!(engine.heard(), ["GET /_ping", start, start, start]);
    assert_eq!(engine.connections(), [0; 4]);
}

#[tokio::test]
async fn many_at_once_ask_for_the_version_once() {
    let engine = ScriptedEngine::start(|line, _| match line {
        "GET /_ping" => Reply::Answer(200, API_1_41, "OK"),
        _ => Reply::Answer(204, NO_HEADER, ""),
    })
    .await;
    let client = engine.client();
    let all: Vec<_> = (0..20)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { client.carry_out(&start()).await })
        })
        .collect();
    for one in all {
        assert_eq!(one.await.unwrap(), EngineOutcome::Done);
    }
    let pings = engine
        .heard()
        .iter()
        .filter(|line| *line == "GET /_ping")
        .count();
    assert_eq!((pings, engine.heard().len()), (1, 21));
}

#[tokio::test]
async fn an_engine_upgraded_under_us_is_asked_for_its_version_again() {
    let engine = ScriptedEngine::start(|line, before| match (line, before) {
        ("GET /_ping", 0) => Reply::Answer(200, API_1_41, "OK"),
        ("GET /_ping", _) => Reply::Answer(200, API_1_44, "OK"),
        (line, _) if line.contains("/v1.41/") => Reply::Answer(
            400,
            NO_HEADER,
            r#"{"message":"client version 1.41 is too old. Minimum supported API version is 1.44"}"#,
        ),
        _ => Reply::Answer(204, NO_HEADER, ""),
    })
    .await;
    assert_eq!(
        engine.client().carry_out(&start()).await,
        EngineOutcome::Done
    );
    assert_eq!(
        engine.heard(),
        [
            "GET /_ping",
            "POST /v1.41/containers/4f1c/start",
            "GET /_ping",
            "POST /v1.44/containers/4f1c/start",
        ]
    );
}

#[tokio::test]
async fn a_newer_engine_is_asked_for_its_oldest_version() {
    let engine = ScriptedEngine::start(|line, _| match line {
        "GET /_ping" => Reply::Answer(200, API_1_60, "OK"),
        "GET /version" => Reply::Answer(200, NO_HEADER, r#"{"MinAPIVersion":"1.44"}"#),
        _ => Reply::Answer(304, NO_HEADER, ""),
    })
    .await;
    assert_eq!(
        engine.client().carry_out(&start()).await,
        EngineOutcome::AlreadyDone
    );
    assert_eq!(
        engine.heard(),
        [
            "GET /_ping",
            "GET /version",
            "POST /v1.52/containers/4f1c/start"
        ]
    );
}

#[tokio::test]
async fn what_is_no_engine_is_refused() {
    let engine = ScriptedEngine::start(|_, _| Reply::Answer(200, NO_HEADER, "hello")).await;
    let outcome = engine.client().carry_out(&start()).await;
    assert!(
        matches!(&outcome, EngineOutcome::Refused(why) if why.contains("DOCKER_HOST")),
        "{outcome:?}"
    );
    assert_eq!(engine.heard(), ["GET /_ping"]);
}

#[tokio::test]
async fn a_kept_connection_that_was_closed_is_replaced() {
    let engine = ScriptedEngine::start(|line, _| match line {
        "GET /_ping" => Reply::AnswerAndClose(200, API_1_41, "OK"),
        _ => Reply::AnswerAndClose(204, NO_HEADER, ""),
    })
    .await;
    let client = engine.client();
    // A request may be on its way into a closing connection, which is for the caller to know; it
    // is never sent twice.
    let mut done = 0;
    for asked in 1..=20 {
        match client.carry_out(&start()).await {
            EngineOutcome::Done => done += 1,
            EngineOutcome::Unclear(_) | EngineOutcome::Unreachable(_) => {}
            other => panic!("{other:?}"),
        }
        let starts = engine
            .heard()
            .iter()
            .filter(|line| line.contains("start"))
            .count();
        assert!(done <= starts && starts <= asked, "{done} {starts} {asked}");
    }
    assert!(done > 0);
}

#[tokio::test]
async fn a_request_whose_answer_is_lost_is_in_doubt_and_never_sent_again() {
    let engine = ScriptedEngine::start(|line, before| match (line, before) {
        ("GET /_ping", _) => Reply::Answer(200, API_1_41, "OK"),
        (_, 1) => Reply::HangUp,
        _ => Reply::Answer(204, NO_HEADER, ""),
    })
    .await;
    let client = engine.client();
    let outcome = client.carry_out(&start()).await;
    assert!(
        matches!(&outcome, EngineOutcome::Unclear(why) if why.contains("lost")),
        "{outcome:?}"
    );
    assert_eq!(engine.heard().len(), 2);
    // Another engine may have taken its place.
    assert_eq!(client.carry_out(&start()).await, EngineOutcome::Done);
    assert_eq!(engine.heard()[2], "GET /_ping");
}

#[tokio::test]
async fn an_answer_without_end_is_given_up() {
    let endless: &str = "x".repeat(9 << 20).leak();
    let engine = ScriptedEngine::start(move |line, _| match line {
        "GET /_ping" => Reply::Answer(200, API_1_41, "OK"),
        _ => Reply::Answer(200, NO_HEADER, endless),
    })
    .await;
    let inspect = EngineEffect::Inspect(ContainerRef::Name("x".to_string()));
    let outcome = engine.client().carry_out(&inspect).await;
    assert!(
        matches!(&outcome, EngineOutcome::Unclear(why) if why.contains("larger")),
        "{outcome:?}"
    );
}

#[tokio::test]
async fn a_ping_that_is_lost_leaves_nothing_in_doubt() {
    let engine = ScriptedEngine::start(|_, _| Reply::HangUp).await;
    let outcome = engine.client().carry_out(&start()).await;
    assert!(unreachable(&outcome).contains("lost"));
}

#[tokio::test]
async fn where_nobody_listens_nothing_was_done() {
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        listener.local_addr().unwrap().port()
    };
    let outcome = client(&format!("tcp://127.0.0.1:{port}"))
        .carry_out(&start())
        .await;
    let why = unreachable(&outcome);
    assert!(why.contains(&format!("tcp://127.0.0.1:{port}")) && why.contains("start the engine"));

    let outcome = client("unix:///nonexistent/engine.sock")
        .carry_out(&start())
        .await;
    let why = unreachable(&outcome);
    assert!(why.contains("no unix:///nonexistent/engine.sock") && why.contains("DOCKER_HOST"));
}

#[tokio::test]
async fn a_path_that_is_none_is_an_error() {
    let engine = ScriptedEngine::start(|_, _| Reply::Answer(200, API_1_41, "OK")).await;
    let client = engine.client();
    for path in ["no slash", "/a b", "/\u{7f}", "/a\r\nX: y"] {
        assert!(
            client.send(Method::GET, path, Body::Empty).await.is_err(),
            "{path:?}"
        );
    }
    let endless = EngineEffect::Inspect(ContainerRef::Name("x".repeat(100_000)));
    assert!(matches!(
        client.carry_out(&endless).await,
        EngineOutcome::Refused(_)
    ));
    assert_eq!(engine.heard(), ["GET /_ping"; 1]);
}

#[test]
fn addresses_that_are_not_served_say_what_to_do() {
    let unserved = |text: &str| {
        let address: EngineAddress = text.parse().unwrap();
        EngineClient::new(address).unwrap_err()
    };
    for text in ["https://engine", "ssh://engine"] {
        assert!(unserved(text).to_string().contains("ssh -nNTL"));
    }
    assert_eq!(
        unserved(&format!("unix:///{}", "x".repeat(200))),
        UnservedAddress::LongSocketPath {
            length: 201,
            limit: 107
        }
    );
}

/// Podman's lists leave health out, and each of its answers says that it is Podman's.
#[tokio::test]
async fn who_has_answered_decides_what_a_list_without_health_means() {
    const LIST: &str = r#"[{"Id": "1", "State": "running", "Status": "Up 4 days", "Labels": {}}]"#;
    for (header, health) in [
        (NO_HEADER, Health::Absent),
        ("Libpod-API-Version: 4.3.1\r\n", Health::Untold),
    ] {
        let engine = ScriptedEngine::start(move |line, _| match line {
            "GET /_ping" => Reply::Answer(200, API_1_41, "OK"),
            _ => Reply::Answer(200, header, LIST),
        })
        .await;
        let list = EngineEffect::List(Scope::Installation(InstallationId::from_bytes([7; 16])));
        let outcome = engine.client().carry_out(&list).await;
        let EngineOutcome::Listed(listed) = outcome else {
            panic!("{outcome:?}");
        };
        assert_eq!(listed[0].health, health);
    }
}
