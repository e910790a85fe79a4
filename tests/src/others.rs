//! What others make on the engine, be it for a user before Portreeve came, or in its name.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::engine::{Container, Engine};
use crate::world::World;

/// Where the reference service's containers keep their state.
const STATE: &str = "/home/node/.openclaw";
/// Where they listen.
const GATEWAY: &str = "18789/tcp";

/// A container as the reference service makes it, which bears nobody's labels.
pub struct Reference {
    /// Its name.
    pub name: String,
    /// The volume it keeps its state in; without one it keeps it in itself.
    pub volume: Option<String>,
    /// The token it lets in.
    pub token: String,
    /// The host port it is published on, on all interfaces.
    pub port: Option<u16>,
}

impl World {
    /// How the reference service would have made a user's container.
    pub fn reference(&self, user: &str, port: u16) -> Reference {
        Reference {
            name: self.container_name(user),
            volume: Some(format!("{}-{user}-of-old", self.plan().prefix)),
            token: format!("{user}s-token-of-old"),
            port: Some(port),
        }
    }

    /// Makes it and starts it; gives its id.
    pub fn make(&self, reference: &Reference) -> String {
        self.make_with(reference, |_| {})
    }

    /// Makes it a little differently, and starts it; gives its id.
    pub fn make_with(&self, reference: &Reference, differs: impl FnOnce(&mut Value)) -> String {
        let (label, value) = self.plan().label();
        let mut body = json!({
            "Image": self.images.first(),
            "Env": [
                format!("AGENT_TOKEN={}", reference.token),
                "AGENT_ID=of-old",
                "MOSAIC_API_URL=http://mosaic-api:3000/api",
            ],
            "Labels": { label: value },
            "ExposedPorts": { GATEWAY: {} },
            "HostConfig": { "RestartPolicy": { "Name": "unless-stopped" } },
        });
        let host = &mut body["HostConfig"];
        if let Some(volume) = &reference.volume {
            host["Binds"] = json!([format!("{volume}:{STATE}")]);
        }
        if let Some(port) = reference.port {
            host["PortBindings"] = json!({ GATEWAY: [{ "HostPort": port.to_string() }] });
        }
        differs(&mut body);
        let id = self.engine.create_container(&reference.name, body);
        self.engine.start(&id);
        id
    }

    /// Makes a container that bears the labels of another, but for some, and gives its id.
    pub fn lookalike(&self, name: &str, of: &Container, differs: &[(&str, &str)]) -> String {
        let mut labels = of.labels();
        for (label, value) in differs {
            labels.insert((*label).to_owned(), (*value).to_owned());
        }
        let body = json!({ "Image": self.images.first(), "Labels": labels });
        self.engine.create_container(name, body)
    }

    /// Makes a container as one of ours is made for a user, after another, but for some labels, and
    /// gives its id: on the port that its label tells, with the user's volume, under the user's
    /// name.
    pub fn twin(&self, of: &Container, user: &str, differs: &[(&str, &str)]) -> String {
        let mut labels = of.labels();
        labels.insert("portreeve.user".to_owned(), user.to_owned());
        for (label, value) in differs {
            labels.insert((*label).to_owned(), (*value).to_owned());
        }
        let port = labels["portreeve.port"].clone();
        let body = json!({
            "Image": self.images.first(),
            "Labels": labels,
            "ExposedPorts": { GATEWAY: {} },
            "HostConfig": {
                "PortBindings": { GATEWAY: [{ "HostIp": "127.0.0.1", "HostPort": port }] },
                "Mounts": [{ "Type": "volume", "Source": self.volume_name(user), "Target": STATE }],
            },
        });
        self.engine
            .create_container(&self.container_name(user), body)
    }

    /// Starts a container of an image, with a body that is changed before, and gives its id. It
    /// bears the label of the case, and whatever its image hands on.
    pub fn run_image(&self, name: &str, image: &str, differs: impl FnOnce(&mut Value)) -> String {
        let (label, value) = self.plan().label();
        let mut body = json!({ "Image": image, "Labels": { label: value }, "HostConfig": {} });
        differs(&mut body);
        let id = self.engine.create_container(name, body);
        self.engine.start(&id);
        id
    }

    /// A name for a container that is no user's.
    pub fn elsewhere(&self) -> String {
        format!("{}-elsewhere", self.plan().prefix)
    }

    /// Starts a container of the first image on the case's network with a command for the gateway,
    /// waits for its end, and gives its exit code and what it wrote.
    pub fn run_on_the_network(&self, command: &[&str]) -> (i64, String) {
        let (label, value) = self.plan().label();
        let body = json!({
            "Image": self.images.first(),
            "Cmd": command,
            "Labels": { label: value },
            "HostConfig": { "NetworkMode": self.plan().network },
        });
        let id = self.engine.create_container(&self.elsewhere(), body);
        self.engine.start(&id);
        let ended = (self.engine.wait(&id), self.engine.log(&id));
        self.engine.remove(&id);
        ended
    }
}

impl Engine {
    /// What must be the same when nothing was changed: all that bears the label, and all volumes
    /// with the prefix.
    pub fn picture(&self, label: &str, prefix: &str) -> BTreeMap<String, Value> {
        let containers = self.containers(label).into_iter();
        let volumes = self.volumes(prefix).into_iter();
        containers
            .map(|container| (container.id(), container.untouched()))
            .chain(volumes)
            .collect()
    }
}
