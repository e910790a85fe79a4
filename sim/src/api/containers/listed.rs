//! A container, as a list tells it.

use portreeve_core::observed::{ContainerState, Health};
use portreeve_core::time::Instant;
use serde_json::{Value, json};

use super::described::{health, protocol, word};
use crate::api::query::Filters;
use crate::api::{Api, images, time};
use crate::engine::Container;

pub(super) fn entry(api: &Api, container: &Container) -> Value {
    let now = api.engine().now();
    let (state, health) = container.listed_state(now);
    let spec = container.spec();
    let mut ports: Vec<Value> = container
        .listed_ports()
        .iter()
        .map(|binding| {
            json!({
                "IP": binding.address.to_string(),
                "PrivatePort": binding.inside,
                "PublicPort": binding.outside.map(std::num::NonZero::get),
                "Type": protocol(binding.protocol),
            })
        })
        .collect();
    if container.is_running() {
        let published = |port: &u16| container.bound().iter().all(|bound| bound.inside != *port);
        let exposed = container.image().exposed.iter().copied().filter(published);
        ports.extend(exposed.map(|port| json!({ "PrivatePort": port, "Type": "tcp" })));
    }
    let mounts: Vec<Value> = container
        .mounts()
        .iter()
        .filter_map(|mount| {
            let name = mount.volume.as_ref()?;
            Some(json!({
                "Type": "volume", "Name": &**name, "Source": "", "Destination": mount.target,
                "Driver": "local", "Mode": "", "RW": !mount.read_only, "Propagation": "",
            }))
        })
        .collect();
    let network = match container.network() {
        "default" | "" => "bridge",
        name => name,
    };
    json!({
        "Id": container.id().as_str(),
        "Names": [format!("/{}", container.name())],
        "Image": spec.image,
        "ImageID": images::id_of(container.image()),
        "Command": "",
        "Created": time::seconds(container.created_at()),
        "Ports": ports,
        "Labels": spec.labels,
        "State": word(&state),
        "Status": status(container, &state, health, now),
        "HostConfig": {"NetworkMode": container.network()},
        "NetworkSettings": {"Networks": { network: {
            "IPAMConfig": null, "Links": null, "Aliases": null,
            "NetworkID": container.network_id().unwrap_or_default(), "EndpointID": "", "Gateway": "",
            "IPAddress": container.address().map(|address| address.to_string()).unwrap_or_default(),
            "IPPrefixLen": 16, "IPv6Gateway": "", "GlobalIPv6Address": "",
            "GlobalIPv6PrefixLen": 0, "MacAddress": "", "DriverOpts": null,
        }}},
        "Mounts": mounts,
    })
}

/// What a list says in words, health among it.
fn status(
    container: &Container,
    state: &ContainerState,
    of_health: Health,
    now: Instant,
) -> String {
    let since = |instant: Option<Instant>| {
        time::ago(instant.map_or(std::time::Duration::ZERO, |instant| now.since(instant)))
    };
    let up = since(container.started_at());
    let finished = since(container.finished_at());
    match state {
        ContainerState::Stopped { exit_code: None } => "Created".to_owned(),
        ContainerState::Running => match of_health {
            Health::Absent | Health::Untold => format!("Up {up}"),
            Health::Starting => format!("Up {up} (health: starting)"),
            Health::Healthy | Health::Unhealthy => format!("Up {up} ({})", health(of_health)),
        },
        ContainerState::Paused => format!("Up {up} (Paused)"),
        ContainerState::Starting => {
            format!("Restarting ({}) {finished} ago", container.exit_code())
        }
        ContainerState::Removing => "Removal In Progress".to_owned(),
        ContainerState::Stopped {
            exit_code: Some(code),
        } => format!("Exited ({code}) {finished} ago"),
        ContainerState::Broken | ContainerState::Unknown(_) => "Dead".to_owned(),
    }
}

pub(super) fn passes(api: &Api, container: &Container, filters: &Filters) -> bool {
    let (state, of_health) = container.listed_state(api.engine().now());
    let is_before = |other: &str, before: bool| {
        let other = api.engine().find(other).map(Container::no);
        other.is_ok_and(|other| (container.no() < other) == before && container.no() != other)
    };
    let published = |port: &str| {
        let mut bound = container.bound().iter();
        let port = port.split('/').next().unwrap_or_default();
        bound.any(|bound| {
            bound
                .outside
                .is_some_and(|outside| outside.to_string() == port)
        })
    };
    filters.any("id", |id| container.id().as_str().starts_with(id))
        && filters.any("name", |name| {
            let name = name.trim_start_matches('/');
            container.name().contains(name)
        })
        && filters.labels(|key| container.spec().label(key).map(str::to_owned))
        && filters.any("status", |status| status == word(&state))
        && filters.any("health", |wanted| wanted == health(of_health))
        && filters.any("ancestor", |image| {
            crate::engine::whole_name(image) == container.image().name
        })
        && filters.any("network", |network| {
            network == container.network() || container.network_id() == Some(network)
        })
        && filters.any("volume", |volume| {
            let mut mounts = container.mounts().iter();
            mounts.any(|mount| mount.target == volume || mount.volume.as_deref() == Some(volume))
        })
        && filters.any("publish", published)
        && filters.any("exited", |code| {
            state
                == ContainerState::Stopped {
                    exit_code: Some(container.exit_code()),
                }
                && container.exit_code().to_string() == code
        })
        && filters.any("before", |other| is_before(other, true))
        && filters.any("since", |other| is_before(other, false))
}
