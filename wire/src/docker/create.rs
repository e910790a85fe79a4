//! A container's specification, as the engine takes it.

use std::time::Duration;

use portreeve_core::label;
use portreeve_core::spec::ContainerSpec;
use portreeve_core::template::{Gpus, HealthCheck, Mount, MountSource, RestartPolicy, Template};
use serde_json::{Map, Value, json};

use super::labels;

/// The body of a create. Holds the user's token.
///
/// `AutoRemove` is never asked for: the engine reports the end of such a container before its name
/// is free.
pub(super) fn body(spec: &ContainerSpec) -> Value {
    let template = &spec.template;
    let port = container_port(template);
    let environment: Vec<String> = spec
        .environment
        .iter()
        .map(|(name, value)| format!("{name}={}", value.reveal()))
        .collect();
    let mut body = Fields::default();
    body.set("Image", template.image.as_str());
    body.set_some("Entrypoint", spec.entrypoint.as_deref().map(entrypoint));
    body.set_some("Cmd", spec.command.clone());
    body.set("Env", environment);
    body.set("Labels", labels::to_json(&spec.labels));
    body.set("ExposedPorts", json!({ port: {} }));
    body.set_some("User", template.user.as_deref());
    body.set_some("WorkingDir", template.working_dir.as_deref());
    body.set_some(
        "Healthcheck",
        template.health_check.as_ref().map(health_check),
    );
    body.set("HostConfig", host_config(spec));
    body.into_value()
}

fn host_config(spec: &ContainerSpec) -> Value {
    let template = &spec.template;
    let state = json!({
        "Type": "volume",
        "Source": spec.volume,
        "Target": template.state_path,
        // Where it is gone since it was made sure of, the engine makes it anew, in silence.
        "VolumeOptions": { "Labels": volume_labels(spec) },
    });
    let mounts: Vec<Value> = std::iter::once(state)
        .chain(template.mounts.iter().map(mount))
        .collect();
    let mut config = Fields::default();
    config.set("NetworkMode", spec.network.as_str());
    config.set_some(
        "PortBindings",
        spec.published.map(|published| {
            let binding = json!({
                "HostIp": published.on.to_string(),
                "HostPort": published.port.to_string(),
            });
            json!({ container_port(template): [binding] })
        }),
    );
    config.set("Mounts", mounts);
    config.set("RestartPolicy", restart_policy(template.restart));
    config.set("ReadonlyRootfs", template.read_only);
    config.set("Init", template.init);
    config.set_some("Memory", template.memory);
    config.set_some("NanoCpus", template.milli_cpus.map(nano_cpus));
    config.set_some("PidsLimit", template.pids);
    config.set_some("ShmSize", template.shm_size);
    config.set_some("DeviceRequests", template.gpus.as_ref().map(device_request));
    config.set_list("CapAdd", &template.cap_add);
    config.set_list("CapDrop", &template.cap_drop);
    config.set_list("SecurityOpt", &template.security_opt);
    config.set_list("ExtraHosts", &template.extra_hosts);
    config.into_value()
}

/// What says whose a volume is says so of its container, too.
fn volume_labels(spec: &ContainerSpec) -> Value {
    let of_volumes = |(key, _): &&(String, String)| label::is_of_volumes(key);
    let labels: Vec<_> = spec.labels.iter().filter(of_volumes).cloned().collect();
    labels::to_json(&labels)
}

fn container_port(template: &Template) -> String {
    format!("{}/tcp", template.gateway_port)
}

/// The engine takes an empty list for none given, and one empty text for "without one".
fn entrypoint(parts: &[String]) -> Value {
    if parts.is_empty() {
        json!([""])
    } else {
        json!(parts)
    }
}

fn mount(mount: &Mount) -> Value {
    let mut fields = Fields::default();
    match &mount.source {
        MountSource::Bind(path) => {
            fields.set("Type", "bind");
            fields.set("Source", path.as_str());
        }
        MountSource::Volume(name) => {
            fields.set("Type", "volume");
            fields.set("Source", name.as_str());
        }
        MountSource::Tmpfs(size) => {
            fields.set("Type", "tmpfs");
            fields.set_some(
                "TmpfsOptions",
                size.map(|bytes| json!({ "SizeBytes": bytes })),
            );
        }
    }
    fields.set("Target", mount.target.as_str());
    fields.set("ReadOnly", mount.read_only);
    fields.into_value()
}

fn restart_policy(policy: RestartPolicy) -> Value {
    match policy {
        RestartPolicy::No => json!({ "Name": "no" }),
        RestartPolicy::OnFailure { retries } => {
            json!({ "Name": "on-failure", "MaximumRetryCount": retries })
        }
        RestartPolicy::UnlessStopped => json!({ "Name": "unless-stopped" }),
    }
}

fn nano_cpus(milli_cpus: u64) -> u64 {
    milli_cpus.saturating_mul(1_000_000)
}

fn device_request(gpus: &Gpus) -> Value {
    let mut request = Fields::default();
    match gpus {
        Gpus::All => request.set("Count", -1),
        Gpus::Count(count) => request.set("Count", *count),
        Gpus::Devices(ids) => request.set("DeviceIDs", ids.as_slice()),
    }
    request.set("Capabilities", json!([["gpu"]]));
    json!([request.into_value()])
}

fn health_check(check: &HealthCheck) -> Value {
    let mut fields = Fields::default();
    fields.set("Test", check.test.as_slice());
    fields.set_some("Interval", check.interval.map(nanoseconds));
    fields.set_some("Timeout", check.timeout.map(nanoseconds));
    fields.set_some("StartPeriod", check.start_period.map(nanoseconds));
    fields.set_some("Retries", check.retries);
    fields.into_value()
}

fn nanoseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

/// A JSON object in the making. What isn't set is left to the engine, and isn't in it: `null`s
/// read differently from engine to engine.
#[derive(Default)]
struct Fields(Map<String, Value>);

impl Fields {
    fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.0.insert(key.to_string(), value.into());
    }

    fn set_some(&mut self, key: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.set(key, value);
        }
    }

    fn set_list(&mut self, key: &str, items: &[String]) {
        if !items.is_empty() {
            self.set(key, items);
        }
    }

    fn into_value(self) -> Value {
        Value::Object(self.0)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    use portreeve_core::id::Port;
    use portreeve_core::spec::{EnvValue, PublishedPort};

    use super::*;

    fn spec(template: Template) -> ContainerSpec {
        ContainerSpec {
            name: "user-1".into(),
            template,
            entrypoint: None,
            command: None,
            environment: vec![
                ("AGENT_TOKEN".into(), EnvValue::new("t=1".into())),
                ("EMPTY".into(), EnvValue::new(String::new())),
            ],
            labels: vec![
                ("k".into(), "v".into()),
                ("portreeve.user".into(), "1".into()),
            ],
            volume: "user-1-state".into(),
            network: "net".into(),
            published: Some(PublishedPort {
                on: IpAddr::V4(Ipv4Addr::LOCALHOST),
                port: Port::new(19000).unwrap(),
            }),
        }
    }

    #[test]
    fn the_default_template() {
        assert_eq!(
            body(&spec(Template::reference_service())),
            json!({
                "Image": "alpine/openclaw:latest",
                "Env": ["AGENT_TOKEN=t=1", "EMPTY="],
                "Labels": {"k": "v", "portreeve.user": "1"},
                "ExposedPorts": {"18789/tcp": {}},
                "HostConfig": {
                    "NetworkMode": "net",
                    "PortBindings": {
                        "18789/tcp": [{"HostIp": "127.0.0.1", "HostPort": "19000"}],
                    },
                    "Mounts": [{
                        "Type": "volume",
                        "Source": "user-1-state",
                        "Target": "/home/node/.openclaw",
                        "VolumeOptions": {"Labels": {"portreeve.user": "1"}},
                    }],
                    "RestartPolicy": {"Name": "no"},
                    "ReadonlyRootfs": false,
                    "Init": false,
                    "PidsLimit": 4096,
                    "CapDrop": ["AUDIT_WRITE", "MKNOD", "NET_RAW"],
                    "SecurityOpt": ["no-new-privileges"],
                },
            })
        );
    }

    /// Docker takes the host ports from the bindings alone, whatever is exposed.
    #[test]
    fn a_container_that_publishes_nothing() {
        let mut spec = spec(Template::reference_service());
        spec.published = None;
        let body = body(&spec);
        assert_eq!(body["ExposedPorts"], json!({"18789/tcp": {}}));
        assert_eq!(body["HostConfig"].get("PortBindings"), None);
    }

    /// A template in which everything is set.
    fn full_template() -> Template {
        let mount = |source, target: &str, read_only| {
            let mut mount = Mount::new(source, target);
            mount.read_only = read_only;
            mount
        };
        let mut template = Template::new("i");
        template.gateway_port = 80;
        template.state_path = "/state".into();
        template.mounts = vec![
            mount(MountSource::Bind("/srv".into()), "/a", true),
            mount(MountSource::Volume("shared".into()), "/b", false),
            mount(MountSource::Tmpfs(Some(1024)), "/c", false),
            mount(MountSource::Tmpfs(None), "/d", false),
        ];
        template.memory = Some(1 << 30);
        template.milli_cpus = Some(1500);
        template.pids = Some(9);
        template.gpus = Some(Gpus::Devices(vec!["0".into(), "GPU-3".into()]));
        template.shm_size = Some(64);
        template.user = Some("1000:1000".into());
        template.working_dir = Some("/w".into());
        template.cap_add = vec!["NET_ADMIN".into()];
        template.cap_drop = vec![];
        template.read_only = true;
        template.security_opt = vec![];
        template.init = true;
        template.restart = RestartPolicy::OnFailure { retries: 3 };
        let mut check = HealthCheck::new(vec!["CMD".into(), "true".into()]);
        check.interval = Some(Duration::from_millis(1500));
        check.retries = Some(2);
        check.start_period = Some(Duration::MAX);
        template.health_check = Some(check);
        template.extra_hosts = vec!["db:10.0.0.1".into()];
        template
    }

    #[test]
    fn everything_that_can_be_set() {
        let mut spec = spec(full_template());
        spec.entrypoint = Some(vec![]);
        spec.command = Some(vec!["serve".into()]);
        spec.published.as_mut().unwrap().on = IpAddr::V6(Ipv6Addr::LOCALHOST);
        assert_eq!(
            body(&spec),
            json!({
                "Image": "i",
                "Entrypoint": [""],
                "Cmd": ["serve"],
                "Env": ["AGENT_TOKEN=t=1", "EMPTY="],
                "Labels": {"k": "v", "portreeve.user": "1"},
                "ExposedPorts": {"80/tcp": {}},
                "User": "1000:1000",
                "WorkingDir": "/w",
                "Healthcheck": {
                    "Test": ["CMD", "true"],
                    "Interval": 1_500_000_000,
                    "Retries": 2,
                    "StartPeriod": i64::MAX,
                },
                "HostConfig": {
                    "NetworkMode": "net",
                    "PortBindings": {"80/tcp": [{"HostIp": "::1", "HostPort": "19000"}]},
                    "Mounts": [
                        {
                            "Type": "volume",
                            "Source": "user-1-state",
                            "Target": "/state",
                            "VolumeOptions": {"Labels": {"portreeve.user": "1"}},
                        },
                        {"Type": "bind", "Source": "/srv", "Target": "/a", "ReadOnly": true},
                        {"Type": "volume", "Source": "shared", "Target": "/b", "ReadOnly": false},
                        {
                            "Type": "tmpfs",
                            "TmpfsOptions": {"SizeBytes": 1024},
                            "Target": "/c",
                            "ReadOnly": false,
                        },
                        {"Type": "tmpfs", "Target": "/d", "ReadOnly": false},
                    ],
                    "RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 3},
                    "ReadonlyRootfs": true,
                    "Init": true,
                    "Memory": 1_073_741_824,
                    "NanoCpus": 1_500_000_000,
                    "PidsLimit": 9,
                    "ShmSize": 64,
                    "DeviceRequests": [
                        {"DeviceIDs": ["0", "GPU-3"], "Capabilities": [["gpu"]]},
                    ],
                    "CapAdd": ["NET_ADMIN"],
                    "ExtraHosts": ["db:10.0.0.1"],
                },
            })
        );
    }

    #[test]
    fn gpus_by_number_and_restart_policies() {
        let host_config = |gpus, restart| {
            let mut template = Template::reference_service();
            template.gpus = Some(gpus);
            template.restart = restart;
            body(&spec(template))["HostConfig"].clone()
        };
        let all = host_config(Gpus::All, RestartPolicy::UnlessStopped);
        assert_eq!(all["DeviceRequests"][0]["Count"], -1);
        assert_eq!(all["RestartPolicy"], json!({"Name": "unless-stopped"}));
        let two = host_config(Gpus::Count(2), RestartPolicy::No);
        assert_eq!(two["DeviceRequests"][0]["Count"], 2);
    }
}
