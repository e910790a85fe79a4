//! Containers over HTTP.

mod described;
mod listed;

use std::time::Duration;

use serde_json::{Value, json};

use super::message::{LogForm, Pending, Reply, Response, Then};
use super::query::Query;
use super::refusal::Refusal;
use super::state::Api;
use super::{body, events, time};
use crate::engine::{Container, Done, Line, Removal, SIGKILL, SIGTERM};

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
    let form = LogForm {
        framed: !api.has_terminal(container),
        times: query.is_set("timestamps"),
        since: events::moment(api, query, "since")?,
    };
    let lines = container.lines();
    let most = query.number::<usize>("tail").ok().flatten();
    let first = most.map_or(0, |most| lines.len().saturating_sub(most));
    if query.is_set("follow") {
        return Ok(Reply::Follow {
            container: container.id().to_string(),
            sent: first,
            form,
        });
    }
    Ok(Reply::Whole(Response {
        status: 200,
        content_type: "application/octet-stream",
        body: said(&lines[first..], form),
    }))
}

/// What a container takes of the machine: a hundredth of a processor, and a tenth of what memory it may have.
/// There is one reading at once, also for whoever asks for one after the other.
pub(super) fn stats(api: &Api, asked: &str) -> Result<Reply, Refusal> {
    const PROCESSORS: u64 = 4;
    const MEMORY: u64 = 16 << 30;
    let container = api.engine.find(asked)?;
    let body = api.asked.get(container.id().as_str());
    let limit = body.and_then(|asked| asked["HostConfig"]["Memory"].as_u64());
    let limit = limit.filter(|limit| *limit > 0).unwrap_or(MEMORY);
    let now = api.engine.now().as_micros().saturating_mul(1000);
    let mut stats = json!({
        "id": container.id().as_str(),
        "name": format!("/{}", container.name()),
        "read": time::written(api.engine.now()),
        "precpu_stats": {"cpu_usage": {"total_usage": 0}},
        "cpu_stats": {"cpu_usage": {"total_usage": 0}},
        "memory_stats": {},
    });
    if container.is_running() {
        stats["cpu_stats"] = json!({
            "cpu_usage": {"total_usage": now / 100},
            "system_cpu_usage": now.saturating_mul(PROCESSORS),
            "online_cpus": PROCESSORS,
        });
        stats["memory_stats"] = json!({
            "usage": limit / 10,
            "limit": limit,
            "stats": {"inactive_file": 0},
        });
        stats["networks"] = json!({"eth0": {"rx_bytes": 0, "tx_bytes": 0}});
    }
    Ok(Reply::Whole(Response::json(200, &stats)))
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
        form: LogForm,
    ) -> Option<(Vec<u8>, usize, bool)> {
        let container = self.engine.find(id).ok()?;
        let lines = container.lines();
        let new = &lines[sent.min(lines.len())..];
        Some((said(new, form), lines.len(), container.is_running()))
    }
}

/// Lines as the log has them: each in a frame that begins with its stream and its length, or as they are.
fn said(lines: &[Line], form: LogForm) -> Vec<u8> {
    const STDOUT: u8 = 1;
    let is_wanted = |line: &&Line| {
        let at = time::nanoseconds(line.at);
        form.since.is_none_or(|since| at >= since)
    };
    let mut bytes = Vec::new();
    for line in lines.iter().filter(is_wanted) {
        let message = if form.times {
            format!("{} {}\n", time::written(line.at), line.text)
        } else {
            format!("{}\n", line.text)
        };
        if form.framed {
            let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
            bytes.extend([STDOUT, 0, 0, 0]);
            bytes.extend(length.to_be_bytes());
        }
        bytes.extend(message.bytes());
    }
    bytes
}
