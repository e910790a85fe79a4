//! Answers and events of any length: read in little memory, and one over-long part of them costs itself
//! alone.

use std::io::{self, BufRead as _, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::{fs, thread};

use portreeve_core::effect::{EngineEffect, Scope};
use portreeve_core::id::{ContainerId, InstallationId};
use portreeve_core::outcome::{ContainerChange, EngineEvent, EngineOutcome};
use portreeve_core::user::UserId;
use portreeve_tokio::engine::EngineClient;

const INSTALLATION: InstallationId = InstallationId::from_bytes([0xab; 16]);
const MIB: usize = 1 << 20;

/// An engine that answers a ping, and whatever else with what the test writes.
fn engine(
    answer: impl Fn(&mut dyn Write) -> io::Result<()> + Send + Sync + 'static,
) -> EngineClient {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            // A client that hangs up is none to answer.
            let _ = serve(stream.unwrap(), &answer);
        }
    });
    EngineClient::new(address.parse().unwrap()).unwrap()
}

fn serve(
    mut stream: TcpStream,
    answer: &dyn Fn(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut requests = BufReader::new(stream.try_clone()?);
    loop {
        let mut first = String::new();
        let mut line = String::new();
        requests.read_line(&mut first)?;
        while requests.read_line(&mut line)? > 2 {
            line.clear();
        }
        if first.starts_with("GET /_ping ") {
            stream
                .write_all(b"HTTP/1.1 200 OK\r\nApi-Version: 1.41\r\nContent-Length: 0\r\n\r\n")?;
            continue;
        }
        // Its body ends with the connection.
        stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
        return answer(&mut stream);
    }
}

/// Writes a text of so many bytes, none of which is held for it.
fn write_long(to: &mut dyn Write, length: usize) -> io::Result<()> {
    const PIECE: [u8; 4096] = [b'x'; 4096];
    for _ in 0..length / PIECE.len() {
        to.write_all(&PIECE)?;
    }
    Ok(())
}

/// Writes labels of a container of ours, one of which is so long. The engine tells them in the order of
/// their names.
fn write_labels(to: &mut dyn Write, length: usize) -> io::Result<()> {
    write!(to, r#"{{"a":""#)?;
    write_long(to, length)?;
    let installation = "ab".repeat(16);
    write!(
        to,
        r#"","portreeve.installation":"{installation}","portreeve.user":"u"}}"#
    )
}

fn write_container(to: &mut dyn Write, id: &str, length: usize) -> io::Result<()> {
    write!(
        to,
        r#"{{"Id":"{id}","Names":["/{id}"],"State":"running","Labels":"#
    )?;
    write_labels(to, length)?;
    write!(to, "}}")
}

fn write_event(to: &mut dyn Write, action: &str, length: usize) -> io::Result<()> {
    write!(
        to,
        r#"{{"Type":"container","Action":"{action}","Actor":{{"ID":"4f1c","Attributes":"#
    )?;
    write_labels(to, length)?;
    writeln!(to, "}}}}")
}

/// The most memory that this process has had, in bytes, where the system tells.
fn peak() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let peak = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kibibytes: usize = peak.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kibibytes << 10)
}

/// The lists, pulls and events of these tests are told at once, so each bound holds for all of them.
fn assert_little_memory_was_taken(before: Option<usize>) {
    if let (Some(before), Some(after)) = (before, peak()) {
        let grown = after.saturating_sub(before) / MIB;
        eprintln!("it took {grown} MiB");
        assert!(grown < 64, "it took {grown} MiB");
    }
}

#[tokio::test]
async fn a_list_of_any_length_is_read_but_for_an_entry_that_is_too_long() {
    let client = engine(|to| {
        write!(to, "[")?;
        for number in 0..16 {
            write_container(to, &format!("large-{number}"), 4 * MIB)?;
            write!(to, ",")?;
        }
        write_container(to, "too-large", 9 * MIB)?;
        for number in 0..1000 {
            write!(to, ",")?;
            write_container(to, &format!("small-{number}"), 0)?;
        }
        write!(to, "]")
    });
    let before = peak();
    let effect = EngineEffect::List(Scope::Installation(INSTALLATION));
    let outcome = client.carry_out(&effect).await;
    let EngineOutcome::ListedInPart { containers, unread } = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(containers.len(), 1016);
    assert!(
        unread.starts_with("too-large is described in 943"),
        "{unread}"
    );
    assert_little_memory_was_taken(before);
}

#[tokio::test]
async fn a_pull_may_tell_of_its_progress_for_as_long_as_it_takes() {
    let client = engine(|to| {
        let progress = r#"{"status":"Extracting","progressDetail":{"current":1},"id":"4f1c"}"#;
        let pieces = format!("{progress}\r\n").repeat(1000);
        for _ in 0..65 * MIB / pieces.len() {
            to.write_all(pieces.as_bytes())?;
        }
        Ok(())
    });
    let before = peak();
    let image = "alpine:3".to_owned();
    let outcome = client.carry_out(&EngineEffect::PullImage { image }).await;
    assert_eq!(outcome, EngineOutcome::Done);
    assert_little_memory_was_taken(before);
}

#[tokio::test]
async fn labels_of_any_length_break_no_stream_of_events() {
    let client = engine(|to| {
        write_event(to, "create", 4 * MIB)?;
        write_event(to, "start", 9 * MIB)?;
        write_event(to, "die", 0)
    });
    let mut events = client.watch(INSTALLATION, None).await.unwrap();
    let event = |change| EngineEvent::Container {
        id: ContainerId::new("4f1c"),
        user: Some(UserId::new("u").unwrap()),
        change,
    };
    for told in [
        event(ContainerChange::Created),
        EngineEvent::Missed,
        event(ContainerChange::Died),
    ] {
        assert_eq!(events.next().await, Ok(told));
    }
}
