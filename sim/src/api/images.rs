//! Images over HTTP.

use std::fmt::Write as _;
use std::time::Duration;

use portreeve_core::spec::EnvValue;
use serde_json::{Value, json};

use super::body;
use super::message::{Pending, Reply, Response, Then};
use super::program::program;
use super::query::Query;
use super::refusal::Refusal;
use super::state::Api;
use crate::engine::{Done, HealthCheck, Image, Program, whole_name};

/// An image's id: made of its name, as no image here has any contents.
pub(super) fn id_of(image: &Image) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut digits = String::from("sha256:");
    for round in 0..4_u8 {
        for byte in image.name.bytes().chain([round]) {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        // A string takes whatever is written to it.
        let _ = write!(digits, "{hash:016x}");
    }
    digits
}

fn described(image: &Image) -> Value {
    let environment: Vec<String> = body::environment(&image.environment);
    json!({
        "Id": id_of(image),
        "RepoTags": [image.name],
        "RepoDigests": [],
        "Parent": "", "Comment": "", "Created": "2026-01-01T00:00:00Z",
        "Container": "", "DockerVersion": "", "Author": "",
        "Config": {
            "Env": environment,
            "Labels": image.labels,
            "Entrypoint": null, "Cmd": null, "WorkingDir": "", "User": "",
        },
        "Architecture": "amd64", "Os": "linux", "Size": 0, "VirtualSize": 0,
        "GraphDriver": {"Name": "simulated", "Data": null},
        "RootFS": {"Type": "layers", "Layers": []},
        "Metadata": {"LastTagTime": "0001-01-01T00:00:00Z"},
    })
}

pub(super) fn inspect(api: &Api, name: &str) -> Result<Reply, Refusal> {
    let found = api.engine.image(name).map_err(|failure| {
        let words = format!("no such image: {name}: {}", failure.text());
        Refusal::Request(failure.status(), words)
    });
    let document = described(found?);
    Ok(Reply::Whole(Response::json(200, &document)))
}

pub(super) fn list(api: &Api) -> Reply {
    let images: Vec<Value> = api
        .engine
        .images()
        .map(|image| {
            json!({
                "Id": id_of(image), "ParentId": "", "RepoTags": [image.name], "RepoDigests": [],
                "Created": 1_767_225_600, "Size": 0, "SharedSize": -1, "VirtualSize": 0,
                "Labels": image.labels, "Containers": -1,
            })
        })
        .collect();
    Reply::Whole(Response::json(200, &images.into()))
}

pub(super) fn remove(api: &mut Api, name: &str) -> Result<Reply, Refusal> {
    let tag = whole_name(name);
    api.engine.remove_image(name)?;
    let document = json!([{ "Untagged": tag }]);
    Ok(Reply::Whole(Response::json(200, &document)))
}

pub(super) fn tag(api: &mut Api, name: &str, query: &Query) -> Result<Reply, Refusal> {
    let other = named(query, "repo");
    api.engine.tag_image(name, &other)?;
    Ok(Reply::Whole(Response::nothing(201)))
}

fn named(query: &Query, key: &str) -> String {
    let repository = query.text(key).unwrap_or_default();
    match query.text("tag").unwrap_or_default() {
        "" => repository.to_owned(),
        digest if digest.starts_with("sha256:") => format!("{repository}@{digest}"),
        tag => format!("{repository}:{tag}"),
    }
}

/// A pull, or the import of an archive.
pub(super) fn create(api: &mut Api, query: &Query) -> Result<Reply, Refusal> {
    if query.text("fromImage").is_some_and(|name| !name.is_empty()) {
        return pull(api, &named(query, "fromImage"));
    }
    let mut image = Image::new(&named(query, "repo"));
    image.program = Program::FromSpec(program);
    for change in query.all("changes") {
        apply(&mut image, change)?;
    }
    let document = json!({ "status": id_of(&image) });
    api.engine.add_image(image);
    Ok(Reply::Whole(lines(&[document])))
}

/// A pull. What every registry is taken to have is whatever it is asked for.
fn pull(api: &mut Api, name: &str) -> Result<Reply, Refusal> {
    if is_to_be_had(name) {
        let mut image = Image::new(name);
        image.program = Program::FromSpec(program);
        api.engine.publish_image(image);
    }
    match api.engine.pull(name)? {
        Done::Now | Done::Already => Ok(Reply::Whole(pulled(name))),
        Done::Later(ticket) => Ok(Reply::Later(ticket, Pending(Then::Pulled(name.to_owned())))),
    }
}

/// Registries on this very machine are real or aren't there, and those that can't exist don't.
fn is_to_be_had(name: &str) -> bool {
    let Some((registry, _)) = name.split_once('/') else {
        return true;
    };
    let host = registry.split(':').next().unwrap_or_default();
    let is_loopback = host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback());
    !is_loopback && !host.ends_with(".invalid")
}

pub(super) fn pulled(name: &str) -> Response {
    let name = whole_name(name);
    let (repository, tag) = name.rsplit_once(':').unwrap_or((&name, "latest"));
    lines(&[
        json!({ "status": format!("Pulling from {repository}"), "id": tag }),
        json!({ "status": format!("Status: Downloaded newer image for {name}") }),
    ])
}

fn lines(lines: &[Value]) -> Response {
    let mut body = Vec::new();
    for line in lines {
        body.extend(line.to_string().into_bytes());
        body.extend(b"\r\n");
    }
    Response {
        status: 200,
        content_type: "application/json",
        body,
    }
}

/// One line as in a Dockerfile.
fn apply(image: &mut Image, change: &str) -> Result<(), Refusal> {
    let (keyword, rest) = change.trim().split_once(' ').unwrap_or((change, ""));
    let rest = rest.trim();
    match keyword.to_ascii_uppercase().as_str() {
        "ENV" => {
            let (name, value) = rest
                .split_once('=')
                .or_else(|| rest.split_once(' '))
                .ok_or_else(|| Refusal::bad("ENV must have two arguments"))?;
            let value = EnvValue::new(value.trim_matches('"').to_owned());
            image.environment.push((name.to_owned(), value));
        }
        "LABEL" => {
            let (key, value) = rest.split_once('=').unwrap_or((rest, ""));
            let value = value.trim_matches('"').to_owned();
            image.labels.insert(key.trim_matches('"').to_owned(), value);
        }
        "EXPOSE" => {
            let port = rest.split('/').next().unwrap_or_default();
            image.exposed.extend(port.parse::<u16>());
        }
        "VOLUME" => match serde_json::from_str::<Vec<String>>(rest) {
            Ok(paths) => image.volumes.extend(paths),
            Err(_) => image.volumes.push(rest.to_owned()),
        },
        "HEALTHCHECK" => image.check = Some(health_check(rest)),
        // What runs is the same program whatever it is called.
        "ENTRYPOINT" | "CMD" | "USER" | "WORKDIR" | "STOPSIGNAL" | "ONBUILD" => {}
        other => {
            return Err(Refusal::bad(format!("unknown instruction: {other}")));
        }
    }
    Ok(())
}

/// `--interval=200ms CMD …`, or `NONE`.
fn health_check(line: &str) -> HealthCheck {
    let mut check = HealthCheck {
        disabled: line.trim() == "NONE",
        ..HealthCheck::default()
    };
    for word in line.split_whitespace() {
        let Some((name, value)) = word
            .strip_prefix("--")
            .and_then(|word| word.split_once('='))
        else {
            break;
        };
        match name {
            "interval" => check.interval = duration(value).unwrap_or(check.interval),
            "start-period" => check.start_period = duration(value).unwrap_or(check.start_period),
            "retries" => check.retries = value.parse().unwrap_or(check.retries),
            _ => {}
        }
    }
    check
}

fn duration(text: &str) -> Option<Duration> {
    let end = text.find(|letter: char| !letter.is_ascii_digit())?;
    let (number, unit) = text.split_at(end);
    let number: u64 = number.parse().ok()?;
    match unit {
        "ms" => Some(Duration::from_millis(number)),
        "s" => Some(Duration::from_secs(number)),
        "m" => Some(Duration::from_secs(number.checked_mul(60)?)),
        _ => None,
    }
}
