//! What can be seen of an engine, without what differs from one to the other: ids and times.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// What an engine answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// The engine's words for why it didn't do it, without ids.
    pub fn words(&self) -> String {
        let answer = self.json();
        without_ids(answer["message"].as_str().unwrap_or_default())
    }
}

/// A container, as an inspect tells it.
pub fn container(answer: &Answer) -> Value {
    if answer.status != 200 {
        return json!(answer.status);
    }
    let told = answer.json();
    let state = &told["State"];
    let never = |key: &str| {
        state[key]
            .as_str()
            .is_some_and(|time| time.starts_with("0001"))
    };
    let networks = &told["NetworkSettings"]["Networks"];
    let networks: BTreeMap<&String, bool> = networks
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, endpoint)| (name, endpoint["IPAddress"] != ""))
        .collect();
    json!({
        "name": told["Name"],
        "labels": told["Config"]["Labels"],
        "status": state["Status"],
        "flags": [state["Running"], state["Paused"], state["Restarting"], state["Dead"]],
        "pid": state["Pid"] != 0,
        "code": state["ExitCode"],
        "error": state["Error"] != "",
        "health": state["Health"]["Status"],
        "never started": never("StartedAt"),
        "never finished": never("FinishedAt"),
        "restarts": told["RestartCount"],
        "bindings": told["HostConfig"]["PortBindings"],
        "published": told["NetworkSettings"]["Ports"]["18789/tcp"],
        "networks": networks,
        "mounts": mounts(&told["Mounts"]),
    })
}

fn mounts(mounts: &Value) -> Value {
    let mut told: Vec<Value> = mounts
        .as_array()
        .into_iter()
        .flatten()
        .map(|mount| {
            let name = without_ids(mount["Name"].as_str().unwrap_or_default());
            json!([mount["Type"], name, mount["Destination"], mount["RW"]])
        })
        .collect();
    told.sort_by_key(Value::to_string);
    told.into()
}

/// Containers, as a list tells them.
pub fn list(answer: &Answer) -> Value {
    let told = answer.json();
    let entry = |entry: &Value| {
        let status = entry["Status"].as_str().unwrap_or_default();
        let note = status.rsplit_once('(').map_or("", |(_, note)| note);
        let ports = entry["Ports"].as_array().into_iter().flatten();
        // Ports that are exposed and not published are told, too, and mean nothing to anybody.
        let ports = ports.map(|port| &port["PublicPort"]);
        let ports: Vec<&Value> = ports.filter(|port| !port.is_null()).collect();
        json!({
            "names": entry["Names"],
            "state": entry["State"],
            "status": status.split(' ').next(),
            // A code, with how long ago, or a health.
            "note": note.split(')').next(),
            "labels": entry["Labels"],
            "ports": ports,
            "mounts": mounts(&entry["Mounts"]),
        })
    };
    told.as_array().into_iter().flatten().map(entry).collect()
}

/// A network, as an inspect tells it.
pub fn network(answer: &Answer) -> Value {
    if answer.status != 200 {
        return json!(answer.status);
    }
    let told = answer.json();
    let attached = told["Containers"].as_object().into_iter().flatten();
    let mut attached: Vec<&Value> = attached.map(|(_, endpoint)| &endpoint["Name"]).collect();
    attached.sort_by_key(ToString::to_string);
    json!({"name": told["Name"], "labels": told["Labels"], "attached": attached})
}

/// A volume, as an inspect tells it, or as it was made.
pub fn volume(answer: &Answer) -> Value {
    if !matches!(answer.status, 200 | 201) {
        return json!(answer.status);
    }
    let told = answer.json();
    let labels = told["Labels"]
        .as_object()
        .filter(|labels| !labels.is_empty());
    json!({"name": told["Name"], "driver": told["Driver"], "labels": labels})
}

/// A text in which whatever looks like an id or the beginning of one is alike.
pub fn without_ids(text: &str) -> String {
    let mut told = String::new();
    let mut word = String::new();
    for character in text.chars().chain(['\0']) {
        if character.is_ascii_alphanumeric() {
            word.push(character);
            continue;
        }
        let is_hex = word.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_hex && word.len() >= 12 {
            told.push_str("<id>");
        } else {
            told.push_str(&word);
        }
        word.clear();
        if character != '\0' {
            told.push(character);
        }
    }
    told
}
