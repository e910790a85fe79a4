//! What a container is to be made of, as a client writes it down: read tolerantly, like the engine
//! does.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use portreeve_core::id::Port;
use portreeve_core::spec::EnvValue;
use serde_json::{Map, Value};

use super::refusal::Refusal;
use crate::engine::{Binding, HealthCheck, Mount, Protocol, Restart, Source, Spec};

/// A document; nothing at all is an empty one.
pub(super) fn json(body: &[u8]) -> Result<Value, Refusal> {
    if body.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    serde_json::from_slice(body).map_err(|error| Refusal::bad(format!("invalid JSON: {error}")))
}

pub(super) fn labels(value: &Value) -> Result<BTreeMap<String, String>, Refusal> {
    let object = match value {
        Value::Null => return Ok(BTreeMap::new()),
        Value::Object(object) => object,
        _ => return Err(Refusal::bad("labels must be an object of strings")),
    };
    object
        .iter()
        .map(|(key, value)| match value.as_str() {
            Some(value) => Ok((key.clone(), value.to_owned())),
            None => Err(Refusal::bad("labels must be an object of strings")),
        })
        .collect()
}

/// Variables, as the API lists them.
pub(super) fn environment(variables: &[(String, EnvValue)]) -> Vec<String> {
    variables
        .iter()
        .map(|(name, value)| format!("{name}={}", value.reveal()))
        .collect()
}

/// What a container is to be made of.
pub(super) fn spec(body: &Value) -> Result<Spec, Refusal> {
    let host = &body["HostConfig"];
    let image = body["Image"].as_str().unwrap_or_default();
    if image.is_empty() {
        return Err(Refusal::bad("No command specified"));
    }
    let mut spec = Spec::of_image(image);
    spec.entrypoint = words(&body["Entrypoint"]);
    spec.command = words(&body["Cmd"]);
    spec.environment = strings(&body["Env"])
        .filter_map(|variable| variable.split_once('='))
        .map(|(name, value)| (name.to_owned(), EnvValue::new(value.to_owned())))
        .collect();
    spec.labels = labels(&body["Labels"])?;
    let network = host["NetworkMode"].as_str().unwrap_or_default();
    let endpoints = body["NetworkingConfig"]["EndpointsConfig"].as_object();
    let endpoint = endpoints.and_then(|endpoints| endpoints.keys().next());
    spec.network = match (network, endpoint) {
        ("" | "default", Some(endpoint)) => endpoint.clone(),
        ("", None) => "default".to_owned(),
        (network, _) => network.to_owned(),
    };
    spec.bindings = bindings(&host["PortBindings"])?;
    spec.mounts = mounts(body)?;
    spec.restart = restart(&host["RestartPolicy"])?;
    spec.check = health_check(&body["Healthcheck"]);
    spec.auto_remove = host["AutoRemove"].as_bool().unwrap_or(false);
    if spec.auto_remove && spec.restart != Restart::No {
        return Err(Refusal::bad(
            "can't create 'AutoRemove' container with restart policy",
        ));
    }
    Ok(spec)
}

fn strings(value: &Value) -> impl Iterator<Item = &str> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

/// A list of words, or one.
fn words(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(word) => Some(vec![word.clone()]),
        Value::Array(_) => Some(strings(value).map(str::to_owned).collect()),
        _ => None,
    }
}

fn bindings(value: &Value) -> Result<Vec<Binding>, Refusal> {
    let mut bindings = Vec::new();
    for (port, hosts) in value.as_object().into_iter().flatten() {
        let (inside, protocol) = port.split_once('/').unwrap_or((port, "tcp"));
        let invalid = || Refusal::bad(format!("invalid port specification: \"{port}\""));
        let inside = inside.parse().map_err(|_| invalid())?;
        let protocol = match protocol {
            "tcp" => Protocol::Tcp,
            "udp" => Protocol::Udp,
            _ => return Err(invalid()),
        };
        for host in hosts.as_array().into_iter().flatten() {
            bindings.push(Binding {
                inside,
                protocol,
                address: host_address(host["HostIp"].as_str().unwrap_or_default())?,
                outside: host_port(host["HostPort"].as_str().unwrap_or_default())?,
            });
        }
    }
    Ok(bindings)
}

fn host_address(text: &str) -> Result<IpAddr, Refusal> {
    match text {
        "" => Ok(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        text => text
            .parse()
            .map_err(|_| Refusal::bad(format!("invalid IP address: {text}"))),
    }
}

fn host_port(text: &str) -> Result<Option<Port>, Refusal> {
    match text {
        "" | "0" => Ok(None),
        text => match text.parse() {
            Ok(port) => Ok(Some(port)),
            Err(_) => Err(Refusal::bad(format!(
                "invalid port specification: \"{text}\""
            ))),
        },
    }
}

fn mounts(body: &Value) -> Result<Vec<Mount>, Refusal> {
    let host = &body["HostConfig"];
    let mut mounts = Vec::new();
    for mount in host["Mounts"].as_array().into_iter().flatten() {
        let source = mount["Source"].as_str().unwrap_or_default();
        let source = match mount["Type"].as_str().unwrap_or_default() {
            "volume" if source.is_empty() => Source::Anonymous,
            "volume" => Source::Volume(source.to_owned()),
            "bind" => Source::Bind(source.to_owned()),
            "tmpfs" => Source::Tmpfs,
            other => return Err(Refusal::bad(format!("mount type unknown: \"{other}\""))),
        };
        mounts.push(Mount {
            source,
            labels: labels(&mount["VolumeOptions"]["Labels"])?,
            target: mount["Target"].as_str().unwrap_or_default().to_owned(),
            read_only: mount["ReadOnly"].as_bool().unwrap_or(false),
        });
    }
    for bind in strings(&host["Binds"]) {
        mounts.push(bound(bind)?);
    }
    for (target, _) in body["Volumes"].as_object().into_iter().flatten() {
        if mounts.iter().all(|mount| mount.target != *target) {
            mounts.push(Mount {
                source: Source::Anonymous,
                labels: BTreeMap::new(),
                target: target.clone(),
                read_only: false,
            });
        }
    }
    Ok(mounts)
}

/// `SOURCE:TARGET[:MODES]`.
fn bound(text: &str) -> Result<Mount, Refusal> {
    let mut parts = text.split(':');
    let (Some(source), Some(target)) = (parts.next(), parts.next()) else {
        return Err(Refusal::bad(format!(
            "invalid volume specification: '{text}'"
        )));
    };
    let modes = parts.next().unwrap_or_default();
    let source = if source.starts_with('/') {
        Source::Bind(source.to_owned())
    } else {
        Source::Volume(source.to_owned())
    };
    Ok(Mount {
        source,
        labels: BTreeMap::new(),
        target: target.to_owned(),
        read_only: modes.split(',').any(|mode| mode == "ro"),
    })
}

fn restart(policy: &Value) -> Result<Restart, Refusal> {
    let retries = policy["MaximumRetryCount"].as_u64().unwrap_or(0);
    match policy["Name"].as_str().unwrap_or_default() {
        "" | "no" => Ok(Restart::No),
        "always" => Ok(Restart::Always),
        "unless-stopped" => Ok(Restart::UnlessStopped),
        "on-failure" => Ok(Restart::OnFailure {
            retries: u32::try_from(retries).unwrap_or(u32::MAX),
        }),
        other => Err(Refusal::bad(format!("invalid restart policy '{other}'"))),
    }
}

fn health_check(value: &Value) -> Option<HealthCheck> {
    let test: Vec<&str> = strings(&value["Test"]).collect();
    let otherwise = HealthCheck::default();
    let time = |key: &str| {
        let nanos = value[key].as_u64().filter(|nanos| *nanos > 0);
        nanos.map(Duration::from_nanos)
    };
    let first = test.first()?;
    Some(HealthCheck {
        interval: time("Interval").unwrap_or(otherwise.interval),
        retries: value["Retries"]
            .as_u64()
            .filter(|retries| *retries > 0)
            .and_then(|retries| u32::try_from(retries).ok())
            .unwrap_or(otherwise.retries),
        start_period: time("StartPeriod").unwrap_or_default(),
        disabled: *first == "NONE",
    })
}
