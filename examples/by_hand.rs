//! The core driven by hand: no driver, no async, one thread, one effect after the other. Ensures a
//! user's container on the engine behind a Unix socket, tells where it answers, and purges the user.

use std::collections::VecDeque;
use std::error::Error;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use portreeve_core::command::{Command, Reply};
use portreeve_core::effect::{Effect, EngineEffect, Fence, IssuedEffect};
use portreeve_core::error::ApiMisuse;
use portreeve_core::lifecycle::{Lifecycle, Output};
use portreeve_core::outcome::{EngineOutcome, Outcome, ProbeOutcome};
use portreeve_core::seed::Seed;
use portreeve_core::settings::Readiness;
use portreeve_core::user::UserId;
use portreeve_examples::memory_store::MemoryStore;
use portreeve_tokio::now;
use portreeve_wire::docker::{self, Dialect, version};
use portreeve_wire::http::Request;

fn main() -> Result<(), Box<dyn Error>> {
    let config = portreeve_examples::config()?;
    let mut settings = config.settings;
    settings.readiness = Readiness::Running;
    let socket = config.engine.socket().ok_or("the engine has no socket")?;
    let (seed, installation) = (random()?, random()?);
    let store = MemoryStore::new(installation);
    let mut lifecycle = Lifecycle::new(settings, Seed::from_os_randomness(seed), now());

    let alice = UserId::new("alice")?;
    for command in [Command::Ensure(alice.clone()), Command::Purge(alice)] {
        match run(&mut lifecycle, socket, &store, command)? {
            Reply::Ensured(endpoint) => println!("alice's container answers at {}", endpoint.url),
            Reply::Purged(_) => println!("alice is gone"),
            reply => return Err(format!("{reply:?}").into()),
        }
    }
    Ok(())
}

/// The run loop: feeds a command in, and carries effects out until there is an answer.
fn run(
    lifecycle: &mut Lifecycle,
    socket: &Path,
    store: &MemoryStore,
    command: Command,
) -> Result<Reply, ApiMisuse> {
    let request = lifecycle.handle_command(now(), command)?;
    let (mut effects, mut answer) = (VecDeque::new(), None);
    loop {
        let deadline = loop {
            match lifecycle.poll() {
                Output::Effect(issued) => effects.push_back(issued),
                Output::Reply(to, reply) if to == request => answer = Some(reply),
                Output::Reply(..) | Output::Progress(..) | Output::Abandon(_) => {}
                Output::Looped(mistake) => eprintln!("a mistake in Portreeve: {mistake:?}"),
                Output::Idle(deadline) => break deadline,
            }
        };
        if let Some(IssuedEffect {
            id,
            effect,
            timeout,
            fence,
        }) = effects.pop_front()
        {
            let outcome = carry_out(socket, store, &effect, timeout, &fence);
            lifecycle.handle_outcome(now(), id, outcome)?;
        } else if let Some(reply) = answer.take() {
            return Ok(reply);
        } else {
            // An unanswered request always has a deadline.
            let at = deadline.map_or_else(now, |deadline| deadline.at);
            sleep(at.since(now()));
            lifecycle.handle_time(now())?;
        }
    }
}

fn carry_out(
    socket: &Path,
    store: &MemoryStore,
    effect: &Effect,
    timeout: Duration,
    fence: &Fence,
) -> Outcome {
    match effect {
        Effect::Store(effect) => Outcome::Store(store.carry_out(effect)),
        Effect::Engine(effect) => Outcome::Engine(ask_right_engine(socket, effect, timeout, fence)),
        // The readiness chosen above needs none.
        Effect::Probe(_) => Outcome::Probe(ProbeOutcome::Failed("not looked at".to_owned())),
    }
}

/// Each request has a connection of its own here, so another engine may be there each time.
fn ask_right_engine(
    socket: &Path,
    effect: &EngineEffect,
    timeout: Duration,
    fence: &Fence,
) -> EngineOutcome {
    if let Some(wanted) = &fence.engine {
        match ask_engine(socket, &EngineEffect::Identify, timeout) {
            EngineOutcome::Identified(found) if found == *wanted => {}
            EngineOutcome::Identified(found) => return EngineOutcome::OtherEngine(found),
            // Nothing else was asked for yet.
            EngineOutcome::Unclear(why) => return EngineOutcome::Unreachable(why),
            other => return other,
        }
    }
    if fence.not_after.is_some_and(|not_after| now() > not_after) {
        return EngineOutcome::Expired;
    }
    ask_engine(socket, effect, timeout)
}

fn ask_engine(socket: &Path, effect: &EngineEffect, timeout: Duration) -> EngineOutcome {
    let stream = match UnixStream::connect(socket) {
        Ok(stream) => stream,
        Err(error) => return EngineOutcome::Unreachable(error.to_string()),
    };
    let request = docker::request(effect, version::OLDEST);
    match exchange(stream, request, timeout) {
        Ok((status, body)) => docker::outcome(effect, Dialect::Docker, status, &body),
        // It was sent, so nobody knows.
        Err(error) => EngineOutcome::Unclear(error.to_string()),
    }
}

/// One request on a connection of its own, in HTTP/1.0, whose answers end with the connection.
fn exchange(
    mut stream: UnixStream,
    request: Request,
    timeout: Duration,
) -> io::Result<(u16, Vec<u8>)> {
    stream.set_read_timeout(Some(timeout))?;
    let Request {
        method,
        target,
        body,
    } = request;
    let kind = body.content_type().unwrap_or("text/plain");
    let body = body.into_bytes();
    let length = body.len();
    write!(
        stream,
        "{method} {target} HTTP/1.0\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\r\n"
    )?;
    stream.write_all(&body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let (head, body) = answer
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .map(|end| answer.split_at(end + 4))
        .ok_or(io::ErrorKind::InvalidData)?;
    let status = String::from_utf8_lossy(head)
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .ok_or(io::ErrorKind::InvalidData)?;
    Ok((status, body.to_vec()))
}

/// Fresh randomness of the operating system's, never shared.
fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}
