//! Containers over HTTP.

mod described;
mod listed;

use std::time::Duration;

use serde_json::{Value, json};

use super::body;
use super::message::{Pending, Reply, Response, Then};
use super::query::Query;
use super::refusal::Refusal;
use super::state::Api;
use crate::engine::{Container, Done, Removal, SIGKILL, SIGTERM};

pub(super) use described::status;

/// How long a stop waits where nobody says.
const GRACE: Duration = Duration::from_secs(10);

pub(super) fn create(api: &mut Api, query: &Query, body: &[u8]) -> Result<Reply, Refusal> {
    let asked = body::json(body)?;
    let spec = body::spec(&asked)?;
    let name = match query.text("name").unwrap_or_default() {
        "" => format!("container_{}", &api.engine.new_id()[..12]),
        name => name.to_owned(),
    };
    let id = api.engine.create(&name, spec)?;
    api.asked.insert(id.to_string(), asked);
    let document = json!({ "Id": id.as_str(), "Warnings": [] });
    Ok(Reply::Whole(Response::json(201, &document)))
}

pub(super) fn inspect(api: &Api, asked: &str) -> Result<Reply, Refusal> {
    let container = api.engine.find(asked)?;
    let document = described::whole(api, container);
    Ok(Reply::Whole(Response::json(200, &document)))
}

pub(super) fn list(api: &Api, query: &Query) -> Result<Reply, Refusal> {
    let all = query.is_set("all");
    let filters = query.filters()?;
    filters.only(&[
        "id", "name", "label", "status", "health", "ancestor", "network", "volume", "publish",
        "expose", "exited", "before", "since", "is-task",
    ])?;
    // Which of them run is asked for by status, too.
    let all = all || !filters.of("status").is_empty();
    let mut entries: Vec<Value> = api
        .engine
        .containers()
        .rev()
        .filter(|container| all || container.is_running())
        .filter(|container| listed::passes(api, container, &filters))
        .map(|container| listed::entry(api, container))
        .collect();
    if let Some(limit) = query.number::<i64>("limit")?
        && let Ok(limit) = usize::try_from(limit)
        && limit > 0
    {
        entries.truncate(limit);
    }
    Ok(Reply::Whole(Response::json(200, &entries.into())))
}

/// A grace in seconds; negative has no end.
fn grace(query: &Query) -> Result<Option<Duration>, Refusal> {
    Ok(match query.number::<i64>("t")? {
        None => Some(GRACE),
        Some(seconds) => u64::try_from(seconds).ok().map(Duration::from_secs),
    })
}

fn signal(text: Option<&str>) -> Result<u8, Refusal> {
    let text = match text {
        None | Some("") => return Ok(SIGKILL),
        Some(text) => text,
    };
    if let Ok(number) = text.parse::<u8>()
        && (1..=64).contains(&number)
    {
        return Ok(number);
    }
    let upper = text.to_ascii_uppercase();
    match upper.strip_prefix("SIG").unwrap_or(&upper) {
        "HUP" => Ok(1),
        "INT" => Ok(2),
        "QUIT" => Ok(3),
        "KILL" => Ok(SIGKILL),
        "USR1" => Ok(10),
        "USR2" => Ok(12),
        "TERM" => Ok(SIGTERM),
        _ => Err(Refusal::bad(format!("Invalid signal: {text}"))),
    }
}

fn done(done: Done) -> Reply {
    match done {
        Done::Now => Reply::Whole(Response::nothing(204)),
        Done::Already => Reply::Whole(Response::nothing(304)),
        Done::Later(ticket) => Reply::Later(ticket, Pending(Then::Nothing)),
    }
}

/// What is done to a container by a `POST` to its last segment.
pub(super) fn act(api: &mut Api, asked: &str, act: &str, query: &Query) -> Result<Reply, Refusal> {
    let engine = &mut api.engine;
    Ok(match act {
        "start" => done(engine.start(asked)?),
        "stop" => done(engine.stop(asked, grace(query)?)?),
        "restart" => done(engine.restart(asked, grace(query)?)?),
        "kill" => {
            let signal = signal(query.text("signal"))?;
            done(engine.kill(asked, signal)?)
        }
        "pause" => done(engine.pause(asked)?),
        "unpause" => done(engine.unpause(asked)?),
        "rename" => done(engine.rename(asked, query.text("name").unwrap_or_default())?),
        "wait" => wait(api, asked, query)?,
        // Terminals have no size here.
        "resize" => Reply::Whole(Response::nothing(200)),
        "attach" | "exec" => {
            let why = "nothing really runs here that could be attached to: run it with -d";
            return Err(Refusal::Request(501, why.to_owned()));
        }
        _ => return Err(Refusal::Request(404, "page not found".to_owned())),
    })
}

fn wait(api: &mut Api, asked: &str, query: &Query) -> Result<Reply, Refusal> {
    let id = api.engine.find(asked)?.id().to_string();
    let condition = query.text("condition").unwrap_or_default();
    let done = match condition {
        "removed" => api.engine.wait_until_removed(&id)?,
        "next-exit" => api.engine.wait_until_ended(&id, true)?,
        _ => api.engine.wait_until_ended(&id, false)?,
    };
    Ok(match done {
        Done::Now | Done::Already => Reply::Whole(Response::json(200, &api.exit_code(&id))),
        Done::Later(ticket) => Reply::Later(ticket, Pending(Then::ExitCode(id))),
    })
}

pub(super) fn remove(api: &mut Api, asked: &str, query: &Query) -> Result<Reply, Refusal> {
    let how = Removal {
        force: query.is_set("force"),
        volumes: query.is_set("v"),
    };
    Ok(match api.engine.remove(asked, how)? {
        Done::Now | Done::Already => Reply::Whole(Response::nothing(204)),
        Done::Later(ticket) => Reply::Later(ticket, Pending(Then::Nothing)),
    })
}

pub(super) fn logs(api: &Api, asked: &str, query: &Query) -> Result<Reply, Refusal> {
    if !query.is_set("stdout") && !query.is_set("stderr") {
        return Err(Refusal::bad(
            "Bad parameters: you must choose at least one stream",
        ));
    }
    let container = api.engine.find(asked)?;
    let lines = container.lines();
    let most = query.number::<usize>("tail").ok().flatten();
    let first = most.map_or(0, |most| lines.len().saturating_sub(most));
    let framed = !api.has_terminal(container);
    if query.is_set("follow") {
        return Ok(Reply::Follow {
            container: container.id().to_string(),
            sent: first,
            framed,
        });
    }
    Ok(Reply::Whole(Response {
        status: 200,
        content_type: "application/octet-stream",
        body: lines[first..]
            .iter()
            .flat_map(|line| frame(line, framed))
            .collect(),
    }))
}

impl Api {
    fn has_terminal(&self, container: &Container) -> bool {
        let asked = self.asked.get(container.id().as_str());
        asked.is_some_and(|asked| asked["Tty"] == true)
    }

    /// What a container has said beyond so many lines, as bytes of a log, and whether there may be
    /// more; `None` once it is gone.
    pub fn said_since(
        &self,
        id: &str,
        sent: usize,
        framed: bool,
    ) -> Option<(Vec<u8>, usize, bool)> {
        let container = self.engine.find(id).ok()?;
        let lines = container.lines();
        let new = &lines[sent.min(lines.len())..];
        let bytes = new.iter().flat_map(|line| frame(line, framed)).collect();
        Some((bytes, lines.len(), container.is_running()))
    }
}

/// A line as the log has it: each in a frame that begins with its stream and its length.
fn frame(line: &str, framed: bool) -> Vec<u8> {
    const STDOUT: u8 = 1;
    let length = u32::try_from(line.len() + 1).unwrap_or(u32::MAX);
    let mut bytes = Vec::with_capacity(line.len() + 9);
    if framed {
        bytes.extend([STDOUT, 0, 0, 0]);
        bytes.extend(length.to_be_bytes());
    }
    bytes.extend(line.bytes());
    bytes.push(b'\n');
    bytes
}
