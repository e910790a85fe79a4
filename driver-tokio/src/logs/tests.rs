use std::sync::Arc;

use bytes::Bytes;
use portreeve_core::id::ContainerId;
use portreeve_core::outcome::{ContainerChange, EngineEvent, EngineOutcome};
use portreeve_wire::docker::log_stream::{LogLine, LogRange};
use tempfile::TempDir;
use tokio::sync::mpsc;

use crate::fakes::{FakeEngine, Starts, clients, settings};
use crate::handle::Portreeve;

const FIRST: &str = "2026-03-01T10:00:00.000000001Z";
const LATER: &str = "2026-03-01T10:00:00.000000002Z";
const FOLLOWED: LogRange = LogRange {
    follow: true,
    tail: None,
    since: None,
};

fn message(time: &str, text: &str) -> Bytes {
    let payload = format!("{time} {text}");
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&[1, 0, 0, 0], length.as_slice(), payload.as_bytes()]
        .concat()
        .into()
}

/// A user who runs, on an engine that will answer with these logs, each of which ends.
struct World {
    engine: Arc<FakeEngine>,
    portreeve: Portreeve,
    happens: mpsc::UnboundedSender<EngineEvent>,
    _directory: TempDir,
}

async fn world<const N: usize>(logs: [Vec<Result<Bytes, EngineOutcome>>; N]) -> World {
    let engine = FakeEngine::new(Starts::Done);
    let directory = tempfile::tempdir().unwrap();
    let portreeve = Portreeve::over(settings(), clients(&engine, &directory)).unwrap();
    portreeve.ensure("alice").await.unwrap();
    engine.logs.lock().unwrap().extend(logs.map(Into::into));
    let (happens, stream) = mpsc::unbounded_channel();
    engine.streams.lock().unwrap().push_back(stream);
    World {
        engine,
        portreeve,
        happens,
        _directory: directory,
    }
}

impl World {
    fn asked(&self) -> Vec<LogRange> {
        self.engine.ranges.lock().unwrap().clone()
    }
}

fn text(line: Option<LogLine>) -> String {
    String::from_utf8(line.expect("it is followed").text).unwrap()
}

#[tokio::test]
async fn what_was_printed_before_the_end_is_not_told() {
    let old = || Ok(message(FIRST, "old\n"));
    let new = Ok(message(LATER, "new\n"));
    let world = world([vec![old()], vec![old(), new]]).await;
    let range = LogRange {
        tail: Some(0),
        ..FOLLOWED
    };
    let mut logs = world.portreeve.logs("alice", range).await.unwrap();
    assert_eq!(text(logs.next_line().await.unwrap()), "new");
    let asked = world.asked();
    assert_eq!((asked[0].follow, asked[0].tail), (false, Some(1)));
    assert_eq!((asked[1].follow, asked[1].tail), (true, None));
    assert!(asked[1].since.is_some());
}

#[tokio::test]
async fn what_was_lost_on_the_way_is_read_again_and_nothing_else() {
    let whole = || Ok(message(FIRST, "whole\n"));
    let half = Ok(message(LATER, "half").slice(..30));
    let lost = Err(EngineOutcome::Unclear("gone".to_owned()));
    let again = Ok(message(LATER, "half and half\n"));
    let world = world([vec![whole(), half, lost], vec![whole(), again]]).await;
    let mut logs = world.portreeve.logs("alice", FOLLOWED).await.unwrap();
    assert_eq!(text(logs.next_line().await.unwrap()), "whole");
    assert_eq!(text(logs.next_line().await.unwrap()), "half and half");
}

/// Where a log is not followed, whoever asks is told that it broke off.
#[tokio::test]
async fn a_log_that_breaks_off_is_an_error_and_one_that_ends_is_none() {
    let lost = Err(EngineOutcome::Unclear("gone".to_owned()));
    let logs = [vec![Ok(message(FIRST, "one\n")), lost], vec![]];
    let world = world(logs).await;
    let range = LogRange::default();
    let mut logs = world.portreeve.logs("alice", range).await.unwrap();
    assert_eq!(text(logs.next_line().await.unwrap()), "one");
    let error = logs.next_line().await.unwrap_err();
    assert_eq!(error.code(), "engine_unreachable");
    let mut logs = world.portreeve.logs("alice", range).await.unwrap();
    assert_eq!(logs.next_line().await, Ok(None));
}

/// Two answers that bring nothing, and then it waits to be told that something has happened.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_of_the_users_has_the_log_read_on() {
    let one = || Ok(message(FIRST, "one\n"));
    let two = Ok(message(LATER, "two\n"));
    let world = world([vec![one()], vec![one()], vec![one(), two]]).await;
    let mut logs = world.portreeve.logs("alice", FOLLOWED).await.unwrap();
    assert_eq!(text(logs.next_line().await.unwrap()), "one");
    let started = EngineEvent::Container {
        id: ContainerId::new("c"),
        user: Some("alice".try_into().unwrap()),
        change: ContainerChange::Started,
    };
    world.happens.send(started).unwrap();
    assert_eq!(text(logs.next_line().await.unwrap()), "two");
    assert_eq!(world.asked().len(), 3);
}

/// However long a line is, no more of it is held than a piece, and what the engine sent at once.
#[tokio::test]
async fn a_line_without_an_end_is_told_in_pieces() {
    const PIECE: usize = 64 << 10;
    const PIECES: usize = 256;
    let part = message(FIRST, &"x".repeat(PIECE));
    let world = world([vec![Ok(part); PIECES]]).await;
    let mut logs = world
        .portreeve
        .logs("alice", LogRange::default())
        .await
        .unwrap();
    let mut length = 0;
    let mut goes_on = true;
    while let Some(line) = logs.next_line().await.unwrap() {
        assert!(goes_on && line.text.len() <= PIECE);
        length += line.text.len();
        goes_on = line.goes_on;
    }
    assert_eq!((length, goes_on), (PIECE * PIECES, false));
}

#[tokio::test]
async fn nobody_is_told_of_at_once() {
    let world = world([]).await;
    let error = world.portreeve.logs("bob", FOLLOWED).await.unwrap_err();
    assert_eq!(error.code(), "unknown_user");
}
