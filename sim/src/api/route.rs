//! Which request is about what.

use super::message::{Reply, Request, Response};
use super::query::{Query, decode};
use super::refusal::Refusal;
use super::state::Api;
use super::version::{VERSIONS, Version};
use super::{containers, events, images, networks, system, volumes};

pub(super) fn route(api: &mut Api, request: Request<'_>) -> Result<Reply, Refusal> {
    let (path, query) = request
        .target
        .split_once('?')
        .unwrap_or((request.target, ""));
    let query = Query::parse(query);
    let path = unversioned(path)?;
    let (first, rest) = path
        .strip_prefix('/')
        .unwrap_or(path)
        .split_once('/')
        .unwrap_or((path.trim_start_matches('/'), ""));
    let json = |value| Ok(Reply::Whole(Response::json(200, &value)));
    match (request.method, first, rest) {
        ("GET" | "HEAD", "_ping", "") => Ok(Reply::Whole(system::ping())),
        ("GET", "version", "") => json(system::version()),
        ("GET", "info", "") => json(system::info(api)),
        ("GET", "events", "") => events::open(api, &query),
        (_, "containers", rest) => container(api, request, rest, &query),
        (_, "images", rest) => image(api, request.method, rest, &query),
        (_, "networks", rest) => network(api, request, rest, &query),
        (_, "volumes", rest) => volume(api, request, rest, &query),
        _ => Err(not_found()),
    }
}

fn not_found() -> Refusal {
    Refusal::Request(404, "page not found".to_owned())
}

/// The path without the version it may begin with, which must be one of ours.
fn unversioned(path: &str) -> Result<&str, Refusal> {
    let Some(version) = path.strip_prefix("/v") else {
        return Ok(path);
    };
    let (version, rest) = version.split_once('/').unwrap_or((version, ""));
    let Some((major, minor)) = version.split_once('.') else {
        return Ok(path);
    };
    let (Ok(major), Ok(minor)) = (major.parse(), minor.parse()) else {
        return Ok(path);
    };
    let asked = Version(major, minor);
    let (newest, oldest) = VERSIONS;
    if asked > newest {
        return Err(Refusal::bad(format!(
            "client version {asked} is too new. Maximum supported API version is {newest}"
        )));
    }
    if asked < oldest {
        return Err(Refusal::bad(format!(
            "client version {asked} is too old. Minimum supported API version is {oldest}, please upgrade your client to a newer version"
        )));
    }
    // With the slash that was split off.
    Ok(&path[path.len() - rest.len()..])
}

fn container(
    api: &mut Api,
    request: Request<'_>,
    rest: &str,
    query: &Query,
) -> Result<Reply, Refusal> {
    match (request.method, rest) {
        ("GET", "json") => return containers::list(api, query),
        ("POST", "create") => return containers::create(api, query, request.body),
        _ => {}
    }
    let (name, act) = rest.split_once('/').unwrap_or((rest, ""));
    let name = decode(name);
    match (request.method, act) {
        ("GET", "json") => containers::inspect(api, &name),
        ("GET", "logs") => containers::logs(api, &name, query),
        ("GET", "stats") => containers::stats(api, &name),
        ("DELETE", "") => containers::remove(api, &name, query),
        ("POST", act) if !act.is_empty() => containers::act(api, &name, act, query),
        _ => Err(not_found()),
    }
}

fn image(api: &mut Api, method: &str, rest: &str, query: &Query) -> Result<Reply, Refusal> {
    match (method, rest) {
        ("GET", "json") => return Ok(images::list(api)),
        ("POST", "create") => return images::create(api, query),
        _ => {}
    }
    let rest = decode(rest);
    if method == "DELETE" {
        return images::remove(api, &rest);
    }
    // An image's name has slashes of its own.
    match (method, rest.rsplit_once('/')) {
        ("GET", Some((name, "json"))) => images::inspect(api, name),
        ("POST", Some((name, "tag"))) => images::tag(api, name, query),
        _ => Err(not_found()),
    }
}

fn network(
    api: &mut Api,
    request: Request<'_>,
    rest: &str,
    query: &Query,
) -> Result<Reply, Refusal> {
    match (request.method, rest) {
        ("GET", "") => networks::list(api, query),
        ("POST", "create") => networks::create(api, request.body),
        ("GET", name) if !name.contains('/') => networks::inspect(api, &decode(name)),
        ("DELETE", name) if !name.contains('/') => networks::remove(api, &decode(name)),
        _ => Err(not_found()),
    }
}

fn volume(
    api: &mut Api,
    request: Request<'_>,
    rest: &str,
    query: &Query,
) -> Result<Reply, Refusal> {
    match (request.method, rest) {
        ("GET", "") => volumes::list(api, query),
        ("POST", "create") => volumes::create(api, request.body),
        ("GET", name) if !name.contains('/') => volumes::inspect(api, &decode(name)),
        ("DELETE", name) if !name.contains('/') => volumes::remove(api, &decode(name), query),
        _ => Err(not_found()),
    }
}
