//! A container, as an inspect tells it.

use portreeve_core::observed::{ContainerState, Health};
use serde_json::{Map, Value, json};

use crate::api::{Api, body, images, time};
use crate::engine::{Binding, Container, Protocol};

/// Its state in Docker's word.
pub(in crate::api) fn status(container: &Container) -> &'static str {
    word(&container.state())
}

pub(super) fn word(state: &ContainerState) -> &'static str {
    match state {
        ContainerState::Stopped { exit_code: None } => "created",
        ContainerState::Running => "running",
        ContainerState::Paused => "paused",
        ContainerState::Starting => "restarting",
        ContainerState::Removing => "removing",
        ContainerState::Stopped { exit_code: Some(_) } => "exited",
        ContainerState::Broken | ContainerState::Unknown(_) => "dead",
    }
}

pub(super) fn health(health: Health) -> &'static str {
    match health {
        Health::Absent | Health::Untold => "none",
        Health::Starting => "starting",
        Health::Healthy => "healthy",
        Health::Unhealthy => "unhealthy",
    }
}

pub(super) fn whole(api: &Api, container: &Container) -> Value {
    let nothing = Value::Null;
    let asked = api.asked.get(container.id().as_str()).unwrap_or(&nothing);
    let name = container.name();
    json!({
        "Id": container.id().as_str(),
        "Created": time::written(container.created_at()),
        "Path": "",
        "Args": [],
        "State": state(container),
        "Image": images::id_of(container.image()),
        "ResolvConfPath": "", "HostnamePath": "", "HostsPath": "", "LogPath": "",
        "Name": format!("/{name}"),
        "RestartCount": container.restart_count(),
        "Driver": "simulated",
        "Platform": "linux",
        "MountLabel": "", "ProcessLabel": "", "AppArmorProfile": "", "ExecIDs": null,
        "HostConfig": host_config(container, asked),
        "GraphDriver": {"Name": "simulated", "Data": null},
        "Mounts": mounts(container),
        "Config": config(container, asked),
        "NetworkSettings": network_settings(api, container),
    })
}

fn state(container: &Container) -> Value {
    let state = container.state();
    let running = matches!(
        state,
        ContainerState::Running | ContainerState::Paused | ContainerState::Starting
    );
    let mut document = json!({
        "Status": word(&state),
        "Running": running,
        "Paused": state == ContainerState::Paused,
        "Restarting": state == ContainerState::Starting,
        "OOMKilled": false,
        "Dead": state == ContainerState::Broken,
        "Pid": if container.is_running() { container.no() } else { 0 },
        "ExitCode": container.exit_code(),
        "Error": container.error().unwrap_or_default(),
        "StartedAt": time::written_or_never(container.started_at()),
        "FinishedAt": time::written_or_never(container.finished_at()),
    });
    if container.health() != Health::Absent {
        document["Health"] = json!({
            "Status": health(container.health()), "FailingStreak": 0, "Log": [],
        });
    }
    document
}

/// What was asked for, with what Docker says where nothing was.
fn over(defaults: Value, asked: &Value) -> Value {
    let mut document = defaults;
    for (key, value) in asked.as_object().into_iter().flatten() {
        if !value.is_null() {
            document[key] = value.clone();
        }
    }
    document
}

fn host_config(container: &Container, asked: &Value) -> Value {
    let defaults = json!({
        "Binds": null, "ContainerIDFile": "",
        "LogConfig": {"Type": "json-file", "Config": {}},
        "NetworkMode": container.network(),
        "PortBindings": ports(&container.spec().bindings),
        "RestartPolicy": {"Name": "no", "MaximumRetryCount": 0},
        "AutoRemove": false, "VolumeDriver": "", "VolumesFrom": null,
        "CapAdd": null, "CapDrop": null, "Dns": [], "DnsOptions": [], "DnsSearch": [],
        "ExtraHosts": null, "GroupAdd": null, "IpcMode": "private", "Cgroup": "", "Links": null,
        "OomScoreAdj": 0, "PidMode": "", "Privileged": false, "PublishAllPorts": false,
        "ReadonlyRootfs": false, "SecurityOpt": null, "UTSMode": "", "UsernsMode": "",
        "ShmSize": 67_108_864, "Runtime": "none", "Isolation": "", "Memory": 0, "NanoCpus": 0,
        "PidsLimit": null,
    });
    over(defaults, &asked["HostConfig"])
}

fn config(container: &Container, asked: &Value) -> Value {
    let id = container.id().as_str();
    let spec = container.spec();
    let defaults = json!({
        "Hostname": &id[..id.len().min(12)], "Domainname": "", "User": "",
        "AttachStdin": false, "AttachStdout": false, "AttachStderr": false,
        "Tty": false, "OpenStdin": false, "StdinOnce": false,
        "Cmd": null, "Image": spec.image, "Volumes": null, "WorkingDir": "", "Entrypoint": null,
        "OnBuild": null,
    });
    let mut document = over(defaults, asked);
    if let Some(fields) = document.as_object_mut() {
        fields.remove("HostConfig");
        fields.remove("NetworkingConfig");
        fields.insert("Env".into(), body::environment(&spec.environment).into());
        fields.insert("Labels".into(), json!(spec.labels));
        if let Some(Value::String(word)) = fields.get("Entrypoint").cloned() {
            fields.insert("Entrypoint".into(), json!([word]));
        }
        if fields.get("Hostname").is_some_and(|name| name == "") {
            fields.insert("Hostname".into(), json!(&id[..id.len().min(12)]));
        }
    }
    document
}

fn mounts(container: &Container) -> Value {
    let volumes = container.mounts().iter().filter_map(|mount| {
        let name = mount.volume.as_ref()?;
        Some(json!({
            "Type": "volume",
            "Name": &**name,
            "Source": format!("/nowhere/volumes/{name}/_data"),
            "Destination": mount.target,
            "Driver": "local",
            "Mode": "",
            "RW": !mount.read_only,
            "Propagation": "",
        }))
    });
    volumes.collect()
}

/// Ports by the container's, as inspects have them.
pub(super) fn ports(bindings: &[Binding]) -> Value {
    let mut ports: Map<String, Value> = Map::new();
    for binding in bindings {
        let key = format!("{}/{}", binding.inside, protocol(binding.protocol));
        let address = match binding.address {
            address if address.is_unspecified() && address.is_ipv4() => "0.0.0.0".to_owned(),
            address => address.to_string(),
        };
        let port = binding.outside.map(|port| port.to_string());
        let document = json!({ "HostIp": address, "HostPort": port.unwrap_or_default() });
        if let Some(told_of) = ports.entry(key).or_insert_with(|| json!([])).as_array_mut() {
            told_of.push(document);
        }
    }
    Value::Object(ports)
}

pub(super) fn protocol(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Tcp => "tcp",
        Protocol::Udp => "udp",
    }
}

fn network_settings(api: &Api, container: &Container) -> Value {
    let address = container.address().map(|address| address.to_string());
    let address = address.unwrap_or_default();
    let name = match container.network() {
        "default" | "" => "bridge",
        name => name,
    };
    let network = api.engine().network(name).ok();
    let id = container.network_id().unwrap_or_default();
    let key = network.map_or(name, |network| network.name.as_str());
    let networks = json!({
        key: {
            "IPAMConfig": null, "Links": null, "Aliases": null,
            "NetworkID": id,
            "EndpointID": if container.is_running() { container.id().as_str() } else { "" },
            "Gateway": "", "IPAddress": address, "IPPrefixLen": 16,
            "IPv6Gateway": "", "GlobalIPv6Address": "", "GlobalIPv6PrefixLen": 0,
            "MacAddress": "", "DriverOpts": null,
        },
    });
    json!({
        "Bridge": "", "SandboxID": "", "HairpinMode": false,
        "LinkLocalIPv6Address": "", "LinkLocalIPv6PrefixLen": 0,
        "Ports": ports(container.bound()),
        "SandboxKey": "", "SecondaryIPAddresses": null, "SecondaryIPv6Addresses": null,
        "EndpointID": "", "Gateway": "", "GlobalIPv6Address": "", "GlobalIPv6PrefixLen": 0,
        "IPAddress": if key == "bridge" { address.as_str() } else { "" },
        "IPPrefixLen": 0, "IPv6Gateway": "", "MacAddress": "",
        "Networks": networks,
    })
}
