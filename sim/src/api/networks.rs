//! Networks over HTTP.

use serde_json::{Map, Value, json};

use super::message::{Reply, Response};
use super::query::Query;
use super::refusal::Refusal;
use super::state::Api;
use super::{body, time};
use crate::engine::{Engine, Network, NetworkKind};

fn described(engine: &Engine, network: &Network) -> Value {
    let attached: Map<String, Value> = network
        .attached()
        .filter_map(|no| engine.container(no))
        .map(|container| {
            let address = container.address().map(|address| format!("{address}/16"));
            let document = json!({
                "Name": container.name(),
                "EndpointID": container.id().as_str(),
                "MacAddress": "",
                "IPv4Address": address.unwrap_or_default(),
                "IPv6Address": "",
            });
            (container.id().to_string(), document)
        })
        .collect();
    json!({
        "Name": network.name,
        "Id": &*network.id,
        "Created": time::written(network.created),
        "Scope": "local",
        "Driver": network.kind.driver,
        "EnableIPv6": false,
        "IPAM": {"Driver": "default", "Options": null, "Config": []},
        "Internal": network.kind.internal,
        "Attachable": false,
        "Ingress": false,
        "ConfigFrom": {"Network": ""},
        "ConfigOnly": false,
        "Containers": attached,
        "Options": {},
        "Labels": network.labels,
    })
}

pub(super) fn create(api: &mut Api, body: &[u8]) -> Result<Reply, Refusal> {
    let body = body::json(body)?;
    let labels = body::labels(&body["Labels"])?;
    let name = body["Name"].as_str().unwrap_or_default().trim();
    if name.is_empty() {
        return Err(Refusal::bad("network name cannot be empty"));
    }
    let kind = NetworkKind {
        internal: body["Internal"].as_bool().unwrap_or_default(),
        ..NetworkKind::of_driver(match body["Driver"].as_str() {
            None | Some("" | "default") => "bridge",
            Some(driver) => driver,
        })
    };
    let id = api.engine.create_network_of(name, kind, labels)?;
    let document = json!({ "Id": &*id, "Warning": "" });
    Ok(Reply::Whole(Response::json(201, &document)))
}

pub(super) fn inspect(api: &Api, asked: &str) -> Result<Reply, Refusal> {
    let network = api.engine.network(asked)?;
    let document = described(&api.engine, network);
    Ok(Reply::Whole(Response::json(200, &document)))
}

pub(super) fn list(api: &Api, query: &Query) -> Result<Reply, Refusal> {
    let filters = query.filters()?;
    filters.only(&["name", "id", "label", "driver", "scope", "type", "dangling"])?;
    let predefined = |network: &Network| network.is_predefined();
    let networks: Vec<Value> = api
        .engine
        .networks()
        .filter(|network| filters.any("name", |name| network.name.contains(name)))
        .filter(|network| filters.any("id", |id| network.id.starts_with(id)))
        .filter(|network| filters.any("driver", |driver| network.kind.driver == driver))
        .filter(|network| filters.any("type", |kind| (kind == "builtin") == predefined(network)))
        .filter(|network| filters.labels(|key| network.labels.get(key).cloned()))
        .map(|network| described(&api.engine, network))
        .collect();
    Ok(Reply::Whole(Response::json(200, &networks.into())))
}

pub(super) fn remove(api: &mut Api, asked: &str) -> Result<Reply, Refusal> {
    api.engine.remove_network(asked)?;
    Ok(Reply::Whole(Response::nothing(204)))
}
