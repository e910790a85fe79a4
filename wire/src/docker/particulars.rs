//! What a container was made of, for whoever adopts it: read as tolerantly as the rest.

use portreeve_core::id::Port;
use portreeve_core::outcome::{MountedVolume, Particulars};
use portreeve_core::spec::EnvValue;
use serde_json::Value;

use super::container::{self, host_port};

/// Reads the answer to an inspect; `None` if it names no container.
pub(super) fn from_inspect(answer: &Value) -> Option<Particulars> {
    Some(Particulars {
        observed: container::from_inspect(answer)?,
        environment: environment(&answer["Config"]["Env"]),
        volumes: volumes(answer),
        ports: ports(
            &answer["HostConfig"]["PortBindings"],
            &answer["NetworkSettings"]["Ports"],
        ),
        auto_remove: answer["HostConfig"]["AutoRemove"].as_bool() == Some(true),
    })
}

/// A variable without a value is one that the image has and the container hasn't.
fn environment(variables: &Value) -> Vec<(String, EnvValue)> {
    texts(variables)
        .filter_map(|variable| variable.split_once('='))
        .map(|(name, value)| (name.to_string(), EnvValue::new(value.to_string())))
        .collect()
}

/// Mounts of folders and the like have no name. Anonymous volumes have one, made up by the engine.
/// It removes those along with the container that the container's own configuration doesn't name;
/// Podman names them there, too.
fn volumes(answer: &Value) -> Vec<MountedVolume> {
    let named = container::named_volumes(&answer["HostConfig"]);
    answer["Mounts"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|mount| mount["Type"].as_str() == Some("volume"))
        .filter_map(|mount| {
            let name = mount["Name"].as_str().filter(|name| !name.is_empty())?;
            let target = mount["Destination"].as_str()?;
            Some(MountedVolume {
                name: name.to_string(),
                target: target.to_string(),
                anonymous: is_made_up(name) || !named.iter().any(|named| named == name),
            })
        })
        .collect()
}

/// Whether it looks like a name that engines make up: 64 hexadecimal digits.
fn is_made_up(name: &str) -> bool {
    name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What each port was configured to be published on, running or not; where no port was named, what
/// the engine chose for as long as the container runs.
fn ports(configured: &Value, chosen: &Value) -> Vec<(u16, Port)> {
    let mut ports = published(configured);
    for port in published(chosen) {
        if !ports.iter().any(|(inside, _)| *inside == port.0) {
            ports.push(port);
        }
    }
    ports.sort_unstable();
    ports
}

/// The TCP ports among these, once each: they are told once for each address they are published on.
fn published(bindings: &Value) -> Vec<(u16, Port)> {
    let mut published = Vec::new();
    for (port, bindings) in bindings.as_object().into_iter().flatten() {
        let Some(inside) = tcp_port(port) else {
            continue;
        };
        for binding in bindings.as_array().into_iter().flatten() {
            published.extend(host_port(&binding["HostPort"]).map(|outside| (inside, outside)));
        }
    }
    published.sort_unstable();
    published.dedup();
    published
}

/// The port in a text like `18789/tcp`, or `18789` alone.
fn tcp_port(text: &str) -> Option<u16> {
    let (port, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    (protocol == "tcp").then(|| port.parse().ok()).flatten()
}

fn texts(list: &Value) -> impl Iterator<Item = &str> {
    list.as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use portreeve_core::label::Labelled;
    use serde_json::json;

    use super::*;

    /// What Docker 20.10.24 tells of a container, less what isn't read; the last mount is a newer
    /// engine's.
    fn answer() -> Value {
        json!({
            "Id": "8943cec7d27e",
            "Name": "/mosaic-user-1",
            "State": {"Status": "running", "ExitCode": 0},
            "HostConfig": {
                "Binds": ["mosaic-user-1-state:/home/node/.openclaw", "/srv:/b"],
                "AutoRemove": false,
                "PortBindings": {
                    "18789/tcp": [
                        {"HostIp": "127.0.0.1", "HostPort": "19000"},
                        {"HostIp": "::1", "HostPort": "19000"},
                    ],
                    "53/udp": [{"HostIp": "", "HostPort": "19053"}],
                    "80/tcp": [{"HostIp": "", "HostPort": ""}],
                },
            },
            "Mounts": [
                {
                    "Type": "volume", "Name": "3448c721bf01", "Destination": "/scratch",
                    "Source": "/var/lib/docker/volumes/3448c721bf01/_data",
                    "Driver": "local", "Mode": "", "RW": true, "Propagation": "",
                },
                {
                    "Type": "volume", "Name": "mosaic-user-1-state",
                    "Source": "/var/lib/docker/volumes/mosaic-user-1-state/_data",
                    "Destination": "/home/node/.openclaw",
                    "Driver": "local", "Mode": "z", "RW": true, "Propagation": "",
                },
                {
                    "Type": "bind", "Source": "/srv", "Destination": "/b", "Mode": "", "RW": true,
                    "Propagation": "rprivate",
                },
                {"Type": "tmpfs", "Source": "", "Destination": "/t", "Mode": "", "RW": true},
                {"Type": "cluster", "Name": "csi", "Source": "", "Destination": "/c", "RW": true},
            ],
            "Config": {"Env": ["AGENT_TOKEN=hunter2-hunter2", "EMPTY=", "EQ=a=b"], "Labels": {}},
            "NetworkSettings": {
                "Ports": {
                    "18789/tcp": [{"HostIp": "127.0.0.1", "HostPort": "19000"}],
                    "53/udp": [{"HostIp": "0.0.0.0", "HostPort": "19053"}],
                    "80/tcp": [
                        {"HostIp": "0.0.0.0", "HostPort": "49153"},
                        {"HostIp": "::", "HostPort": "49153"},
                    ],
                },
            },
        })
    }

    fn port(port: u16) -> Port {
        Port::new(port).unwrap()
    }

    #[test]
    fn a_container_and_what_it_was_made_of() {
        let particulars = from_inspect(&answer()).unwrap();
        assert_eq!(particulars.observed.name, "mosaic-user-1");
        assert_eq!(particulars.observed.labels, Labelled::Not);
        let variables: Vec<(&str, &str)> = particulars
            .environment
            .iter()
            .map(|(name, value)| (name.as_str(), value.reveal()))
            .collect();
        assert_eq!(
            variables,
            [
                ("AGENT_TOKEN", "hunter2-hunter2"),
                ("EMPTY", ""),
                ("EQ", "a=b")
            ]
        );
        let volume = |name: &str, target: &str, anonymous| MountedVolume {
            name: name.to_string(),
            target: target.to_string(),
            anonymous,
        };
        assert_eq!(
            particulars.volumes,
            [
                volume("3448c721bf01", "/scratch", true),
                volume("mosaic-user-1-state", "/home/node/.openclaw", false),
            ]
        );
        assert!(!particulars.auto_remove);
        assert_eq!(particulars.ports, [(80, port(49153)), (18789, port(19000))]);
        assert!(!format!("{particulars:?}").contains("hunter2"));
    }

    /// Docker tells of an anonymous volume as of a named one, but for the container's configuration:
    /// there it isn't (an image's `VOLUME`), or without a name (`-v /path`, a mount without a source).
    /// Podman has it among the binds, under the name that it made up.
    #[test]
    fn whether_a_volume_is_anonymous() {
        let made_up = "3448c721bf01".repeat(6)[..64].to_string();
        let is_anonymous = |name: &str, host_config: Value| {
            let mut answer = answer();
            answer["HostConfig"] = host_config;
            answer["Mounts"] = json!([{"Type": "volume", "Name": name, "Destination": "/s"}]);
            from_inspect(&answer).unwrap().volumes[0].anonymous
        };
        let by_mount = |source: &str| json!({"Mounts": [{"Type": "volume", "Source": source, "Target": "/s"}]});
        assert!(is_anonymous(
            &made_up,
            json!({"Binds": null, "Mounts": null})
        ));
        assert!(is_anonymous(
            &made_up,
            json!({"Mounts": [{"Type": "volume", "Target": "/s"}]})
        ));
        assert!(is_anonymous(
            &made_up,
            json!({"Binds": [format!("{made_up}:/s:rw")]})
        ));
        assert!(is_anonymous("named", json!({"Binds": ["other:/s"]})));
        assert!(!is_anonymous("named", json!({"Binds": ["named:/s:z"]})));
        assert!(!is_anonymous("named", by_mount("named")));
    }

    #[test]
    fn whether_the_engine_removes_it_by_itself() {
        for (told, removes) in [
            (json!(true), true),
            (json!(false), false),
            (json!(null), false),
        ] {
            let mut answer = answer();
            answer["HostConfig"]["AutoRemove"] = told;
            assert_eq!(from_inspect(&answer).unwrap().auto_remove, removes);
        }
    }

    #[test]
    fn what_is_configured_counts_before_what_the_engine_chose() {
        let mut answer = answer();
        answer["NetworkSettings"]["Ports"]["18789/tcp"][0]["HostPort"] = "1".into();
        let particulars = from_inspect(&answer).unwrap();
        assert!(particulars.ports.contains(&(18789, port(19000))));
        assert_eq!(particulars.ports.len(), 2);
    }

    #[test]
    fn what_is_not_told_or_odd_is_left_out() {
        for odd in [json!(null), json!({}), json!([7, null, {}]), json!("x")] {
            let mut answer = answer();
            answer["Config"]["Env"] = odd.clone();
            answer["Mounts"] = odd.clone();
            answer["HostConfig"]["PortBindings"] = odd.clone();
            answer["NetworkSettings"]["Ports"] = json!({"18789/tcp": odd, "x/tcp": [], "1": null});
            let particulars = from_inspect(&answer).unwrap();
            assert!(particulars.environment.is_empty());
            assert!(particulars.volumes.is_empty());
            assert!(particulars.ports.is_empty());
        }
        assert_eq!(from_inspect(&json!({"Name": "/x"})), None);
    }
}
