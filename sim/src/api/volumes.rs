//! Volumes over HTTP.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::message::{Reply, Response};
use super::query::Query;
use super::refusal::Refusal;
use super::state::Api;
use super::{body, time};
use crate::engine::{Done, Volume};

fn described(volume: &Volume, labels: Option<&BTreeMap<String, String>>) -> Value {
    json!({
        "Name": &*volume.name,
        "Driver": "local",
        "Mountpoint": format!("/nowhere/volumes/{}/_data", volume.name),
        "CreatedAt": time::written(volume.created),
        "Labels": labels.filter(|labels| !labels.is_empty()),
        "Options": null,
        "Scope": "local",
    })
}

pub(super) fn create(api: &mut Api, body: &[u8]) -> Result<Reply, Refusal> {
    let body = body::json(body)?;
    let labels = body::labels(&body["Labels"])?;
    let name = match body["Name"].as_str().unwrap_or_default() {
        "" => api.engine.new_id(),
        name => name.to_owned(),
    };
    if let Some(driver) = body["Driver"]
        .as_str()
        .filter(|driver| !matches!(*driver, "" | "local"))
    {
        let plugin =
            format!("error looking up volume plugin {driver}: plugin \"{driver}\" not found");
        return Err(Refusal::Request(404, plugin));
    }
    if !is_valid(&name) {
        return Err(Refusal::bad(format!(
            "create {name}: \"{name}\" includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, use absolute path"
        )));
    }
    let (volume, labels) = api.engine.create_volume(&name, || labels);
    Ok(Reply::Whole(Response::json(
        201,
        &described(volume, labels),
    )))
}

fn is_valid(name: &str) -> bool {
    name.len() > 1
        && name.starts_with(|first: char| first.is_ascii_alphanumeric())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
}

pub(super) fn inspect(api: &mut Api, name: &str) -> Result<Reply, Refusal> {
    let volume = api.engine.inspect_volume(name)?;
    let document = described(volume, Some(&volume.labels));
    Ok(Reply::Whole(Response::json(200, &document)))
}

pub(super) fn list(api: &Api, query: &Query) -> Result<Reply, Refusal> {
    let filters = query.filters()?;
    filters.only(&["name", "label", "dangling", "driver"])?;
    let dangling = |wanted: &str, volume: &Volume| {
        matches!(wanted, "1" | "true") == (volume.users().next().is_none())
    };
    let volumes: Vec<Value> = api
        .engine
        .volumes()
        .filter(|volume| filters.any("name", |name| volume.name.contains(name)))
        .filter(|volume| filters.labels(|key| volume.labels.get(key).cloned()))
        .filter(|volume| filters.any("dangling", |wanted| dangling(wanted, volume)))
        .filter(|_| filters.any("driver", |driver| driver == "local"))
        .map(|volume| described(volume, Some(&volume.labels)))
        .collect();
    let document = json!({ "Volumes": volumes, "Warnings": null });
    Ok(Reply::Whole(Response::json(200, &document)))
}

pub(super) fn remove(api: &mut Api, name: &str, query: &Query) -> Result<Reply, Refusal> {
    match api.engine.remove_volume(name) {
        Ok(Done::Now | Done::Already | Done::Later(_)) => {}
        // Forced, it is no failure that there was nothing to remove.
        Err(crate::engine::Failure::NoSuchVolume(_)) if query.is_set("force") => {}
        Err(failure) => return Err(failure.into()),
    }
    Ok(Reply::Whole(Response::nothing(204)))
}
