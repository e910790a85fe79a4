//! What the engine says of a container, read tolerantly: a part that is missing, `null` or of
//! another form than expected is taken for not told, and never spoils the rest.

use std::time::Duration;

use jiff::Timestamp;
use portreeve_core::id::{ContainerId, Port};
use portreeve_core::label::{self, Labelled, Labels};
use portreeve_core::observed::{Configured, ContainerState, Health, Observed};
use serde_json::Value;

use super::dialect::Dialect;
use super::labels;
use crate::text::one_line;

/// Reads the answer to an inspect; `None` if it names no container.
pub(super) fn from_inspect(answer: &Value) -> Option<Observed> {
    let labels = &answer["Config"]["Labels"];
    let state = &answer["State"];
    Some(Observed {
        id: id(answer)?,
        name: bare_name(text(&answer["Name"])).to_string(),
        labels: read_labels(labels),
        state: read_state(text(&state["Status"]), state["ExitCode"].as_i64()),
        health: inspected_health(answer),
        configured: Configured::Inspected {
            port: one_port(labels, bindings(&answer["HostConfig"]["PortBindings"])),
            volumes: named_volumes(&answer["HostConfig"]),
        },
        networks: networks(answer),
        ran_for: ran_for(state),
    })
}

/// Reads one entry of a list; `None` if it names no container.
pub(super) fn from_entry(entry: &Value, dialect: Dialect) -> Option<Observed> {
    let labels = &entry["Labels"];
    let status = text(&entry["Status"]);
    let published = entry["Ports"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|port| host_port(&port["PublicPort"]));
    Some(Observed {
        id: id(entry)?,
        name: listed_name(&entry["Names"]).to_string(),
        labels: read_labels(labels),
        state: read_state(text(&entry["State"]), exit_code(status)),
        health: match &entry["Health"]["Status"] {
            Value::String(health) => read_health(health),
            _ => health_in(status).unwrap_or(match dialect {
                Dialect::Docker => Health::Absent,
                Dialect::Podman => Health::Untold,
            }),
        },
        // A list tells the ports of running containers only. What the label says of it is no
        // evidence: the container may have it from its image.
        configured: Configured::Listed {
            port: one_port(labels, published),
        },
        networks: networks(entry),
        ran_for: None,
    })
}

pub(super) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn id(container: &Value) -> Option<ContainerId> {
    let id = text(&container["Id"]);
    (!id.is_empty()).then(|| ContainerId::new(id))
}

/// The names of the networks it is attached to, which engines tell of stopped ones, too.
fn networks(container: &Value) -> Option<Vec<String>> {
    let networks = container["NetworkSettings"]["Networks"].as_object()?;
    let mut names: Vec<String> = networks.keys().cloned().collect();
    names.sort();
    Some(names)
}

/// How long the process ran that has ended; `None` while one runs, and where none ever did (engines
/// write the year 1 for that). One that ends at once may have ended, by the engine's word, some
/// milliseconds before it began.
fn ran_for(state: &Value) -> Option<Duration> {
    // The second one is Podman's.
    if !matches!(text(&state["Status"]), "exited" | "stopped") {
        return None;
    }
    let time = |key: &str| {
        let time: Timestamp = text(&state[key]).parse().ok()?;
        (time > Timestamp::UNIX_EPOCH).then_some(time)
    };
    let ran = time("FinishedAt")?.duration_since(time("StartedAt")?);
    Some(Duration::try_from(ran).unwrap_or(Duration::ZERO))
}

/// A name without the engine's leading slash.
fn bare_name(name: &str) -> &str {
    name.strip_prefix('/').unwrap_or(name)
}

/// The container's own name; the others have one more slash, and are what other containers that
/// are linked to it call it.
pub(super) fn listed_name(names: &Value) -> &str {
    names
        .as_array()
        .into_iter()
        .flatten()
        .map(|name| bare_name(text(name)))
        .find(|name| !name.is_empty() && !name.contains('/'))
        .unwrap_or_default()
}

fn read_labels(labels: &Value) -> Labelled<Labels> {
    Labels::read(labels::pairs(labels))
}

/// The volumes that the container itself is configured to mount, by their names: not those that its
/// image asks for. Docker tells them as `Binds` or as `Mounts`, depending on how they were asked
/// for. Podman tells all as `Binds`, also anonymous ones.
pub(super) fn named_volumes(host_config: &Value) -> Vec<String> {
    let entries = |key: &str| host_config[key].as_array().into_iter().flatten();
    let bound = entries("Binds").filter_map(|bind| {
        let (source, _) = text(bind).split_once(':')?;
        Some(source)
    });
    let mounted = entries("Mounts")
        .filter(|mount| text(&mount["Type"]) == "volume")
        .map(|mount| text(&mount["Source"]));
    let mut volumes: Vec<String> = bound
        .chain(mounted)
        .filter(|source| !source.is_empty() && !source.starts_with(['/', '.', '~']))
        .map(str::to_string)
        .collect();
    volumes.sort();
    volumes.dedup();
    volumes
}

fn labelled_port(labels: &Value) -> Option<Port> {
    text(&labels[label::PORT]).parse().ok()
}

fn read_state(state: &str, exit_code: Option<i64>) -> ContainerState {
    match state {
        // The last two are Podman's.
        "created" | "configured" | "initialized" => ContainerState::Stopped { exit_code: None },
        "running" => ContainerState::Running,
        "paused" => ContainerState::Paused,
        "restarting" => ContainerState::Starting,
        "removing" => ContainerState::Removing,
        "dead" => ContainerState::Broken,
        // The last one is Podman's.
        "exited" | "stopped" => match exit_code {
            Some(code) => ContainerState::Stopped {
                exit_code: Some(code),
            },
            None => ContainerState::Unknown(format!("{state}, without a code")),
        },
        "" => ContainerState::Unknown("none told".to_string()),
        other => ContainerState::Unknown(one_line(other)),
    }
}

/// The code in a status like `Exited (137) 5 minutes ago`.
fn exit_code(status: &str) -> Option<i64> {
    let (_, from_code) = status.split_once('(')?;
    let (code, _) = from_code.split_once(')')?;
    code.parse().ok()
}

/// One that has a check, and of which nothing is told yet, hasn't passed it.
fn inspected_health(answer: &Value) -> Health {
    let told = read_health(text(&answer["State"]["Health"]["Status"]));
    let check = text(&answer["Config"]["Healthcheck"]["Test"][0]);
    match told {
        Health::Absent if !matches!(check, "" | "NONE") => Health::Starting,
        told => told,
    }
}

fn read_health(health: &str) -> Health {
    match health {
        "" | "none" => Health::Absent,
        "healthy" => Health::Healthy,
        "unhealthy" => Health::Unhealthy,
        // Whatever else it may be, it has a check that hasn't passed.
        _ => Health::Starting,
    }
}

/// The health in a status like `Up 5 seconds (healthy)`, for engines whose lists have no field for
/// it; `None` where it tells none.
fn health_in(status: &str) -> Option<Health> {
    let noted = |note: &str| status.ends_with(note);
    if noted("(healthy)") {
        Some(Health::Healthy)
    } else if noted("(unhealthy)") {
        Some(Health::Unhealthy)
    } else if noted("(health: starting)") {
        Some(Health::Starting)
    } else {
        None
    }
}

/// The host ports that a container is bound to, whether or not it runs.
fn bindings(bindings: &Value) -> impl Iterator<Item = Port> {
    bindings
        .as_object()
        .into_iter()
        .flat_map(|bindings| bindings.values())
        .filter_map(Value::as_array)
        .flatten()
        .filter_map(|binding| host_port(&binding["HostPort"]))
}

pub(super) fn host_port(value: &Value) -> Option<Port> {
    match value {
        Value::String(digits) => digits.parse().ok(),
        Value::Number(number) => Port::new(u16::try_from(number.as_u64()?).ok()?),
        _ => None,
    }
}

/// The port among several: what the label says if it is one of them, or else the only one.
fn one_port(labels: &Value, ports: impl Iterator<Item = Port>) -> Option<Port> {
    let mut ports: Vec<Port> = ports.collect();
    if let Some(labelled) = labelled_port(labels)
        && ports.contains(&labelled)
    {
        return Some(labelled);
    }
    // One port is told once for each address it is published on.
    ports.dedup();
    match ports.as_slice() {
        [port] => Some(*port),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn port(port: u16) -> Option<Port> {
        Port::new(port)
    }

    fn labels() -> Value {
        json!({
            "portreeve.installation": "ab".repeat(16),
            "portreeve.user": "a b/ü",
            "portreeve.record": "cd".repeat(16),
            "portreeve.port": "19000",
            "portreeve.spec": "1:ff",
            "portreeve.token-generation": "2",
            "com.example": "x",
        })
    }

    fn inspected(change: impl FnOnce(&mut Value)) -> Observed {
        let mut answer = json!({
            "Id": "4f1c",
            "Name": "/mosaic-user-1",
            "Path": "/gateway",
            "Args": null,
            "State": {
                "Status": "running", "Running": true, "Paused": false, "Restarting": false,
                "OOMKilled": false, "Dead": false, "Pid": 42, "ExitCode": 0, "Error": "",
            },
            "HostConfig": {
                "PortBindings": {"18789/tcp": [{"HostIp": "127.0.0.1", "HostPort": "19000"}]},
            },
            "Config": {"Entrypoint": "/gateway", "Cmd": null, "Labels": labels()},
            "NetworkSettings": {"Ports": {}},
        });
        change(&mut answer);
        from_inspect(&answer).unwrap()
    }

    fn listed(change: impl FnOnce(&mut Value)) -> Observed {
        let mut entry = json!({
            "Id": "4f1c",
            "Names": ["/other/alias", "/mosaic-user-1"],
            "State": "running",
            "Status": "Up 5 seconds (healthy)",
            "Labels": labels(),
            "Ports": [
                {"IP": "0.0.0.0", "PrivatePort": 18789, "PublicPort": 19000, "Type": "tcp"},
                {"IP": "::", "PrivatePort": 18789, "PublicPort": 19000, "Type": "tcp"},
                {"PrivatePort": 9, "Type": "udp"},
            ],
        });
        change(&mut entry);
        from_entry(&entry, Dialect::Docker).unwrap()
    }

    #[test]
    fn an_inspected_container() {
        let container = inspected(|_| ());
        assert_eq!(container.id.as_str(), "4f1c");
        assert_eq!(container.name, "mosaic-user-1");
        assert_eq!(container.state, ContainerState::Running);
        assert_eq!(container.health, Health::Absent);
        assert_eq!(container.port(), port(19000));
        let labels = container.labels.told().unwrap();
        assert_eq!(labels.user.as_str(), "a b/ü");
        assert_eq!(labels.token_generation, 2);
    }

    #[test]
    fn a_list_calls_a_container_by_its_own_name() {
        let name = |names: Value| listed(|entry| entry["Names"] = names).name;
        assert_eq!(
            name(json!(["/other/alias", "/mosaic-user-1"])),
            "mosaic-user-1"
        );
        assert_eq!(name(json!(["", "/", 7, "podman-style"])), "podman-style");
        for names in [json!(null), json!([]), json!(["/other/alias", ""])] {
            assert_eq!(name(names), "");
        }
    }

    #[test]
    fn how_long_it_ran_is_told_once_it_has_ended() {
        let ran = |status: &str, began: &str, ended: &str| {
            let inspected = inspected(|answer| {
                answer["State"] =
                    json!({"Status": status, "StartedAt": began, "FinishedAt": ended});
            });
            inspected.ran_for
        };
        let began = "2026-01-02T03:04:05.5Z";
        let later = "2026-01-02T04:04:06.75+01:00";
        let never = "0001-01-01T00:00:00Z";
        let second = Some(Duration::from_millis(1250));
        assert_eq!(ran("exited", began, later), second);
        assert_eq!(ran("stopped", began, later), second);
        assert_eq!(ran("exited", later, began), Some(Duration::ZERO));
        for (status, began, ended) in [
            ("running", began, later),
            ("running", later, began),
            ("created", never, never),
            ("exited", never, later),
            ("exited", began, never),
            ("exited", "", ""),
        ] {
            assert_eq!(ran(status, began, ended), None, "{status} {began} {ended}");
        }
    }

    #[test]
    fn states_of_docker_and_podman() {
        for (status, expected) in [
            ("created", ContainerState::Stopped { exit_code: None }),
            ("configured", ContainerState::Stopped { exit_code: None }),
            ("initialized", ContainerState::Stopped { exit_code: None }),
            ("paused", ContainerState::Paused),
            ("restarting", ContainerState::Starting),
            ("removing", ContainerState::Removing),
            (
                "exited",
                ContainerState::Stopped {
                    exit_code: Some(137),
                },
            ),
            (
                "stopped",
                ContainerState::Stopped {
                    exit_code: Some(137),
                },
            ),
            ("dead", ContainerState::Broken),
            ("stopping", ContainerState::Unknown("stopping".into())),
            ("", ContainerState::Unknown("none told".into())),
        ] {
            let inspected = inspected(|answer| {
                answer["State"] = json!({"Status": status, "ExitCode": 137});
            });
            assert_eq!(inspected.state, expected);
            let listed = listed(|entry| {
                entry["State"] = status.into();
                entry["Status"] = "Exited (137) 5 minutes ago".into();
            });
            assert_eq!(listed.state, expected);
        }
    }

    /// What Podman's lists leave out isn't that there is none.
    #[test]
    fn podmans_list_tells_no_health_and_dockers_that_there_is_none() {
        let entry = |health: Value| json!({"Id": "1", "State": "running", "Status": "Up 4 days", "Health": health});
        let health = |dialect, health| from_entry(&entry(health), dialect).unwrap().health;
        assert_eq!(health(Dialect::Podman, Value::Null), Health::Untold);
        assert_eq!(health(Dialect::Docker, Value::Null), Health::Absent);
        for dialect in [Dialect::Docker, Dialect::Podman] {
            assert_eq!(health(dialect, json!({"Status": "none"})), Health::Absent);
            assert_eq!(
                health(dialect, json!({"Status": "unhealthy"})),
                Health::Unhealthy
            );
        }
    }

    #[test]
    fn health_from_its_field_or_from_the_status() {
        for (status, expected) in [
            ("Up 5 seconds", Health::Absent),
            ("Up 5 seconds (health: starting)", Health::Starting),
            ("Up 5 seconds (healthy)", Health::Healthy),
            ("Up 5 seconds (unhealthy)", Health::Unhealthy),
            ("Up 5 seconds (Paused)", Health::Absent),
        ] {
            assert_eq!(
                listed(|entry| entry["Status"] = status.into()).health,
                expected
            );
        }
        for (health, expected) in [
            ("", Health::Absent),
            ("none", Health::Absent),
            ("starting", Health::Starting),
            ("healthy", Health::Healthy),
            ("unhealthy", Health::Unhealthy),
            ("new in 2031", Health::Starting),
        ] {
            let field = json!({"Status": health, "FailingStreak": 0});
            assert_eq!(
                inspected(|answer| answer["State"]["Health"] = field.clone()).health,
                expected
            );
            let listed = listed(|entry| {
                entry["Status"] = "Up 5 seconds".into();
                entry["Health"] = field;
            });
            assert_eq!(listed.health, expected);
        }
    }

    #[test]
    fn networks_from_an_inspect_and_from_a_list() {
        let told = json!({"b": {"NetworkID": "7f"}, "a": null});
        let names = Some(vec!["a".to_string(), "b".to_string()]);
        for (networks, expected) in [
            (told, names),
            (json!({}), Some(Vec::new())),
            (json!(null), None),
            (json!(["a"]), None),
        ] {
            let settings = json!({"Networks": networks});
            let inspected = inspected(|answer| answer["NetworkSettings"] = settings.clone());
            assert_eq!(inspected.networks, expected);
            let listed = listed(|entry| entry["NetworkSettings"] = settings);
            assert_eq!(listed.networks, expected);
        }
        assert_eq!(listed(|_| ()).networks, None);
    }

    #[test]
    fn a_check_that_nothing_is_told_of_yet_has_not_passed() {
        for (check, expected) in [
            (json!({"Test": ["CMD", "/check"]}), Health::Starting),
            (json!({"Test": ["NONE"]}), Health::Absent),
            (json!({"Test": []}), Health::Absent),
            (json!(null), Health::Absent),
        ] {
            let health = |told: Value| {
                let checked = inspected(|answer| {
                    answer["Config"]["Healthcheck"] = check.clone();
                    answer["State"]["Health"] = told;
                });
                checked.health
            };
            assert_eq!(health(Value::Null), expected, "{check}");
            assert_eq!(health(json!({"Status": ""})), expected, "{check}");
            assert_eq!(health(json!({"Status": "healthy"})), Health::Healthy);
        }
    }

    #[test]
    fn the_label_is_no_evidence_of_the_port() {
        assert_eq!(listed(|_| ()).port(), port(19000));
        assert_eq!(listed(|entry| entry["Ports"] = json!([])).port(), None);
        let moved = json!([{"PublicPort": 19001}]);
        assert_eq!(listed(|entry| entry["Ports"] = moved).port(), port(19001));
        let unbound = inspected(|answer| answer["HostConfig"]["PortBindings"] = json!({}));
        assert_eq!(unbound.port(), None);
    }

    #[test]
    fn the_volumes_that_a_container_is_configured_with() {
        let volumes = |host_config: Value| {
            let container = inspected(|answer| {
                answer["HostConfig"] = host_config;
                // An image's volume, and one of another container's (`--volumes-from`).
                answer["Mounts"] = json!([
                    {"Type": "volume", "Name": "handed-on", "Destination": "/h"},
                ]);
            });
            match container.configured {
                Configured::Inspected { volumes, .. } => volumes,
                Configured::Listed { .. } => panic!("it was looked at"),
            }
        };
        let told = volumes(json!({
            "Binds": ["b-state:/state:rw", "/srv:/srv", "a:/a", "a:/b", ":/d", "e", 7],
            "Mounts": [
                {"Type": "volume", "Source": "c", "Target": "/e"},
                {"Type": "volume", "Target": "/anonymous"},
                {"Type": "bind", "Source": "d", "Target": "/f"},
                {"Type": "tmpfs", "Target": "/g"},
                null,
            ],
        }));
        assert_eq!(told, ["a", "b-state", "c"]);
        for odd in [
            json!(null),
            json!({"Binds": null}),
            json!({"Binds": {}, "Mounts": "x"}),
        ] {
            assert_eq!(volumes(odd), Vec::<String>::new());
        }
        assert!(listed(|_| ()).is_listed());
    }

    #[test]
    fn labels_that_can_not_be_read_whole_are_somebodys() {
        let read = |labels: Value| listed(|entry| entry["Labels"] = labels).labels;
        assert_eq!(
            read(json!({"com.example": "x", "portreeve": "y"})),
            Labelled::Not
        );
        assert_eq!(read(json!([])), Labelled::Not);
        for (key, value) in [
            ("portreeve.port", json!("no port")),
            ("portreeve.port", json!(19000)),
            ("portreeve.installation", json!("short")),
            ("portreeve.user", json!("")),
        ] {
            let mut odd = labels();
            odd[key] = value;
            assert_eq!(read(odd), Labelled::Unreadable, "{key}");
        }
        assert_eq!(read(json!({"portreeve.user": "1"})), Labelled::Unreadable);
        assert_eq!(read(json!({"portreeve.new": "1"})), Labelled::Unreadable);
    }

    #[test]
    fn among_several_ports_the_labelled_one_counts() {
        let several = json!({
            "80/tcp": [{"HostPort": "8080"}],
            "18789/tcp": [{"HostPort": "19000"}],
            "9/tcp": null,
            "10/tcp": [{"HostPort": ""}, {"HostPort": "0"}, {"HostPort": "1-2"}, null],
        });
        let container = |labels: Value| {
            inspected(|answer| {
                answer["HostConfig"]["PortBindings"] = several.clone();
                answer["Config"]["Labels"] = labels;
            })
        };
        assert_eq!(container(labels()).port(), port(19000));
        assert_eq!(container(Value::Null).port(), None);
        assert_eq!(container(Value::Null).labels, Labelled::Not);
    }
}
