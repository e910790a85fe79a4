//! What `doctor` says of an engine whose clock is wrong.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use crate::program::{Home, checks};

/// An engine that knows nothing but its id, its version, and what time it is.
fn engine_at(system_time: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            answer(stream.unwrap(), &system_time);
        }
    });
    format!("tcp://{address}")
}

/// Answers one request, and closes the connection.
fn answer(mut stream: TcpStream, system_time: &str) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
    let Some(Ok(first)) = lines.next() else {
        return;
    };
    while lines
        .next()
        .is_some_and(|line| line.is_ok_and(|line| !line.is_empty()))
    {}
    let (status, body) = match first.split(' ').nth(1).unwrap_or_default() {
        "/_ping" => (200, "OK".to_owned()),
        "/version" => (
            200,
            r#"{"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12"}"#.to_owned(),
        ),
        target if target.ends_with("/info") => (
            200,
            format!(r#"{{"ID":"engine","SystemTime":"{system_time}"}}"#),
        ),
        _ => (404, r#"{"message":"no such thing"}"#.to_owned()),
    };
    let head = format!(
        "HTTP/1.1 {status} OK\r\nApi-Version: 1.41\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let _ = stream.write_all((head + &body).as_bytes());
}

fn told(system_time: String) -> Vec<serde_json::Value> {
    let home = Home::new().with("DOCKER_HOST", &engine_at(system_time));
    let run = home.run(&["doctor", "--json"]);
    checks(&run.document(), "clocks")
}

#[test]
fn doctor_warns_of_an_engine_whose_clock_is_wrong() {
    let told_of_wrong = told("2020-01-01T01:00:00.123456789+01:00".to_owned());
    let [warning] = &told_of_wrong[..] else {
        panic!("{told_of_wrong:?}");
    };
    assert_eq!(warning["status"], "warn", "{warning}");
    let detail = warning["detail"].as_str().unwrap();
    assert!(detail.starts_with("the engine's clock is "), "{detail}");
    assert!(detail.ends_with(" s behind this machine's"), "{detail}");
    assert!(told(jiff::Timestamp::now().to_string()).is_empty());
}
