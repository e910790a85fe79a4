//! The engine, for what a case does and looks at behind Portreeve's back. Shares no code with what is tested.

use std::collections::BTreeMap;
use std::env;
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::Method;
use serde_json::{Value, json};

use crate::Unavailable;
use crate::http::{Address, Answer, Call};

/// So long the engine may go on with what it was asked by a controller that is gone.
const LATE: Duration = Duration::from_secs(10);
/// How often it is looked again meanwhile.
const EVERY: Duration = Duration::from_millis(200);

/// A container engine.
#[derive(Clone, Debug)]
pub struct Engine {
    address: Address,
}

/// A container, as the engine described it when it was looked at.
#[derive(Clone, Debug)]
pub struct Container(Value);

impl Engine {
    /// The engine that `DOCKER_HOST` names.
    pub fn from_env() -> Result<Self, Unavailable> {
        let url = env::var("DOCKER_HOST")
            .map_err(|_| Unavailable::NotGiven("DOCKER_HOST is not set".to_owned()))?;
        let address = Address::parse(&url)
            .ok_or_else(|| Unavailable::Broken(format!("the suite can't use DOCKER_HOST={url}")))?;
        let engine = Self { address };
        match engine.call(Method::GET, "/_ping").send() {
            Ok(answer) if answer.status == 200 => Ok(engine),
            Ok(answer) => Err(Unavailable::Broken(format!(
                "{url} answers a ping with {}",
                answer.status
            ))),
            Err(error) => Err(Unavailable::Broken(format!(
                "{url} is not reached: {error}"
            ))),
        }
    }

    /// Where it listens.
    pub fn address(&self) -> &Address {
        &self.address
    }

    fn call(&self, method: Method, target: &str) -> Call<'_> {
        Call::new(&self.address, method, target)
    }

    /// Sends a request that must succeed.
    fn done(&self, method: &Method, target: &str, body: Option<Value>) -> Answer {
        let answer = self.tried(method, target, body);
        assert!(
            matches!(answer.status, 200..=299 | 304),
            "{method} {target}: {} {}",
            answer.status,
            answer.text()
        );
        answer
    }

    /// Sends a request that may fail.
    fn tried(&self, method: &Method, target: &str, body: Option<Value>) -> Answer {
        let mut call = self.call(method.clone(), target);
        if let Some(body) = body {
            call = call
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        match call.send() {
            Ok(answer) => answer,
            Err(error) => panic!("{method} {target}: {error}"),
        }
    }

    fn found(&self, target: &str) -> Option<Value> {
        let answer = self.tried(&Method::GET, target, None);
        match answer.status {
            404 => None,
            200 => Some(answer.json()),
            other => panic!("GET {target}: {other} {}", answer.text()),
        }
    }
}

/// Images.
impl Engine {
    /// Makes an image of a file system.
    pub fn import_image(&self, name: &str, tar: Vec<u8>, changes: &[&str]) {
        let (repository, tag) = name.split_once(':').expect("an image name with a tag");
        let changes: Vec<_> = changes.iter().map(|change| encode(change)).collect();
        let target = format!(
            "/images/create?fromSrc=-&repo={}&tag={tag}&changes={}",
            encode(repository),
            changes.join("&changes=")
        );
        let answer = self
            .call(Method::POST, &target)
            .header("content-type", "application/x-tar")
            .body(Bytes::from(tar))
            .send()
            .expect("the engine takes an image");
        assert!(
            answer.status == 200 && !answer.text().contains("\"error\""),
            "{}: {}",
            answer.status,
            answer.text()
        );
    }

    /// Makes an image of a container as it is, with such changes as a Dockerfile has them. It has
    /// the container's labels.
    pub fn commit(&self, container: &str, name: &str, changes: &[&str]) {
        let (repository, tag) = name.split_once(':').expect("an image name with a tag");
        let mut target = format!(
            "/commit?container={container}&repo={}&tag={tag}&pause=0",
            encode(repository)
        );
        if !changes.is_empty() {
            target.push_str("&changes=");
            target.push_str(&encode(&changes.join("\n")));
        }
        self.done(&Method::POST, &target, Some(json!({})));
    }

    /// Gives an image another name.
    pub fn tag_image(&self, image: &str, name: &str) {
        let (repository, tag) = name.split_once(':').expect("an image name with a tag");
        let target = format!("/images/{image}/tag?repo={}&tag={tag}", encode(repository));
        self.done(&Method::POST, &target, None);
    }

    /// Takes a name from an image, and removes the image with its last one.
    pub fn remove_image(&self, name: &str) {
        self.tried(&Method::DELETE, &format!("/images/{name}?force=1"), None);
    }
}

/// Containers.
impl Engine {
    /// Looks at the container of a name or id.
    pub fn container(&self, name: &str) -> Option<Container> {
        self.found(&format!("/containers/{name}/json"))
            .map(Container)
    }

    /// Looks at all containers that bear a label.
    pub fn containers(&self, label: &str) -> Vec<Container> {
        let filters = json!({ "label": [label] }).to_string();
        let target = format!("/containers/json?all=1&filters={}", encode(&filters));
        let listed = self.done(&Method::GET, &target, None).json();
        listed
            .as_array()
            .expect("a list of containers")
            .iter()
            // One that goes away between the list and the look was not there.
            .filter_map(|listed| self.container(listed["Id"].as_str()?))
            .collect()
    }

    /// Makes a container that Portreeve knows nothing of, and gives its id.
    pub fn create_container(&self, name: &str, body: Value) -> String {
        let target = format!("/containers/create?name={}", encode(name));
        let made = self.done(&Method::POST, &target, Some(body)).json();
        made["Id"].as_str().expect("an id").to_owned()
    }

    /// Starts a container by hand.
    pub fn start(&self, container: &str) {
        self.done(
            &Method::POST,
            &format!("/containers/{container}/start"),
            None,
        );
    }

    /// Stops a container by hand, killing it at once if need be.
    pub fn stop(&self, container: &str) {
        self.done(
            &Method::POST,
            &format!("/containers/{container}/stop?t=1"),
            None,
        );
    }

    /// Kills a container and waits until it is dead.
    pub fn kill(&self, container: &str) {
        self.done(
            &Method::POST,
            &format!("/containers/{container}/kill"),
            None,
        );
        self.done(
            &Method::POST,
            &format!("/containers/{container}/wait?condition=not-running"),
            None,
        );
    }

    /// Freezes a container.
    pub fn pause(&self, container: &str) {
        self.done(
            &Method::POST,
            &format!("/containers/{container}/pause"),
            None,
        );
    }

    /// Gives a container another name.
    pub fn rename(&self, container: &str, name: &str) {
        let target = format!("/containers/{container}/rename?name={}", encode(name));
        self.done(&Method::POST, &target, None);
    }

    /// Removes a container by force, but not its volumes.
    pub fn remove(&self, container: &str) {
        self.done(
            &Method::DELETE,
            &format!("/containers/{container}?force=1"),
            None,
        );
    }

    /// Waits until a container has ended, and gives its exit code.
    pub fn wait(&self, container: &str) -> i64 {
        let target = format!("/containers/{container}/wait?condition=not-running");
        let ended = self.done(&Method::POST, &target, None).json();
        ended["StatusCode"].as_i64().expect("an exit code")
    }

    /// The last lines a container wrote.
    pub fn log(&self, container: &str) -> String {
        let target = format!("/containers/{container}/logs?stdout=1&stderr=1&tail=10");
        unframed(&self.tried(&Method::GET, &target, None).body)
    }
}

/// What may fail, for who interferes while the engine may be away.
impl Engine {
    /// The ids of all containers that bear a label, if that can be told.
    pub fn try_ids(&self, label: &str) -> Option<Vec<String>> {
        let filters = json!({ "label": [label] }).to_string();
        let target = format!("/containers/json?all=1&filters={}", encode(&filters));
        let listed = self.call(Method::GET, &target).send().ok()?;
        let listed = (listed.status == 200).then(|| listed.json())?;
        let ids = listed.as_array()?.iter();
        ids.map(|listed| Some(listed["Id"].as_str()?.to_owned()))
            .collect()
    }

    /// Looks at the container of a name or an id or its beginning, if there is one and it can be looked at.
    pub fn try_container(&self, id: &str) -> Option<Container> {
        let target = format!("/containers/{id}/json");
        let answer = self.call(Method::GET, &target).send().ok()?;
        (answer.status == 200).then(|| Container(answer.json()))
    }

    /// Sends a request without a body; whether it was done.
    pub fn try_post(&self, target: &str) -> bool {
        self.succeeds(Method::POST, target)
    }

    /// Puts a container on a network; whether it was done.
    pub fn try_connect(&self, network: &str, id: &str) -> bool {
        self.moves(network, "connect", id)
    }

    /// Takes a container off a network; whether it was done.
    pub fn try_disconnect(&self, network: &str, id: &str) -> bool {
        self.moves(network, "disconnect", id)
    }

    fn moves(&self, network: &str, how: &str, id: &str) -> bool {
        self.call(Method::POST, &format!("/networks/{network}/{how}"))
            .header("content-type", "application/json")
            .body(json!({ "Container": id }).to_string())
            .send()
            .is_ok_and(|answer| answer.status == 200)
    }

    /// Sends a request to remove something; whether it was done.
    pub fn try_delete(&self, target: &str) -> bool {
        self.succeeds(Method::DELETE, target)
    }

    fn succeeds(&self, method: Method, target: &str) -> bool {
        self.call(method, target)
            .send()
            .is_ok_and(|answer| matches!(answer.status, 200..=299 | 304))
    }
}

/// Networks and volumes.
impl Engine {
    /// Makes a network.
    pub fn create_network(&self, name: &str) {
        let body = json!({ "Name": name, "CheckDuplicate": true });
        self.done(&Method::POST, "/networks/create", Some(body));
    }

    /// Looks at the network of a name.
    pub fn network(&self, name: &str) -> Option<Value> {
        self.found(&format!("/networks/{name}"))
    }

    /// Removes a network; its containers must be gone or stopped.
    pub fn remove_network(&self, name: &str) {
        self.done(&Method::DELETE, &format!("/networks/{name}"), None);
    }

    /// Makes a volume.
    pub fn create_volume(&self, name: &str, labels: &BTreeMap<&str, &str>) {
        let body = json!({ "Name": name, "Labels": labels });
        self.done(&Method::POST, "/volumes/create", Some(body));
    }

    /// Looks at all volumes whose name starts with the prefix.
    pub fn volumes(&self, prefix: &str) -> BTreeMap<String, Value> {
        let listed = self.done(&Method::GET, "/volumes", None).json();
        let volumes = listed["Volumes"].as_array().into_iter().flatten();
        volumes
            .map(|volume| {
                let name = volume["Name"].as_str().unwrap_or_default();
                (name.to_owned(), volume.clone())
            })
            .filter(|(name, _)| name.starts_with(prefix))
            .collect()
    }

    /// Removes a volume that no container uses.
    pub fn remove_volume(&self, name: &str) {
        self.done(&Method::DELETE, &format!("/volumes/{name}"), None);
    }

    /// Looks at the volume of a name.
    pub fn volume(&self, name: &str) -> Option<Value> {
        self.found(&format!("/volumes/{name}"))
    }
}

/// What a case leaves behind.
impl Engine {
    /// Removes all containers whose label `label`, and all volumes and networks whose name, starts
    /// with the prefix. An engine goes on with what a controller asked of it before it was gone, so
    /// it is looked again until nothing is found. Says what could not be removed.
    pub fn sweep(&self, label: &str, prefix: &str) -> Vec<String> {
        let deadline = Instant::now() + LATE;
        loop {
            let found = self.left_behind(label, prefix);
            let kept: Vec<_> = found
                .iter()
                .filter_map(|target| self.removed(target).err())
                .collect();
            if found.is_empty() || Instant::now() > deadline {
                return kept;
            }
            if !kept.is_empty() {
                thread::sleep(EVERY);
            }
        }
    }

    /// The targets of all that a case made, containers before the volumes and networks that they use.
    fn left_behind(&self, label: &str, prefix: &str) -> Vec<String> {
        let filters = encode(&json!({ "label": [label] }).to_string());
        let containers = format!("/containers/json?all=1&filters={filters}");
        let label = |thing: &Value| thing["Labels"][label].as_str().map(str::to_owned);
        let name = |thing: &Value| thing["Name"].as_str().map(str::to_owned);
        let found = [
            self.belonging(&containers, "", prefix, label, |thing| {
                format!(
                    "/containers/{}?force=1&v=1",
                    thing["Id"].as_str().unwrap_or_default()
                )
            }),
            self.belonging("/volumes", "/Volumes", prefix, name, |thing| {
                format!(
                    "/volumes/{}?force=1",
                    thing["Name"].as_str().unwrap_or_default()
                )
            }),
            // Several networks may have one name.
            self.belonging("/networks", "", prefix, name, |thing| {
                format!("/networks/{}", thing["Id"].as_str().unwrap_or_default())
            }),
        ];
        found.into_iter().flatten().collect()
    }

    /// The targets of all things listed whose mark starts with the prefix.
    fn belonging(
        &self,
        list: &str,
        within: &str,
        prefix: &str,
        mark: impl Fn(&Value) -> Option<String>,
        target: impl Fn(&Value) -> String,
    ) -> Vec<String> {
        let Ok(answer) = self.call(Method::GET, list).send() else {
            return Vec::new();
        };
        let listed = answer.json();
        let things = listed.pointer(within).and_then(Value::as_array);
        let things = things.into_iter().flatten();
        let ours = things.filter(|thing| mark(thing).is_some_and(|mark| mark.starts_with(prefix)));
        ours.map(target).collect()
    }

    fn removed(&self, target: &str) -> Result<(), String> {
        match self.call(Method::DELETE, target).send() {
            Ok(answer) if matches!(answer.status, 200..=299 | 404) => Ok(()),
            Ok(answer) => Err(format!("DELETE {target}: {}", answer.text())),
            Err(error) => Err(format!("DELETE {target}: {error}")),
        }
    }
}

impl Container {
    fn text(&self, pointer: &str) -> String {
        let found = self.0.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_default().to_owned()
    }

    /// Its id.
    pub fn id(&self) -> String {
        self.text("/Id")
    }

    /// Its name.
    pub fn name(&self) -> String {
        self.text("/Name").trim_start_matches('/').to_owned()
    }

    /// What it is doing, in the engine's word.
    pub fn state(&self) -> String {
        self.text("/State/Status")
    }

    /// Whether its process runs and isn't frozen.
    pub fn is_running(&self) -> bool {
        self.state() == "running"
    }

    /// When it was started last.
    pub fn started_at(&self) -> String {
        self.text("/State/StartedAt")
    }

    /// The image it was made of, as it was asked for.
    pub fn image(&self) -> String {
        self.text("/Config/Image")
    }

    /// The value of an environment variable.
    pub fn variable(&self, name: &str) -> Option<String> {
        let variables = self.0.pointer("/Config/Env")?.as_array()?;
        variables.iter().find_map(|variable| {
            let (key, value) = variable.as_str()?.split_once('=')?;
            (key == name).then(|| value.to_owned())
        })
    }

    /// The value of a label.
    pub fn label(&self, name: &str) -> Option<String> {
        let value = self.0.pointer("/Config/Labels")?.get(name)?;
        Some(value.as_str()?.to_owned())
    }

    /// All its labels.
    pub fn labels(&self) -> BTreeMap<String, String> {
        let labels = self.0.pointer("/Config/Labels");
        serde_json::from_value(labels.cloned().unwrap_or_default()).unwrap_or_default()
    }

    /// What its health check says, if it has one.
    pub fn health(&self) -> Option<String> {
        let health = self.0.pointer("/State/Health/Status")?;
        Some(health.as_str()?.to_owned())
    }

    /// When its health check came to an end last, as the engine writes it.
    pub fn last_check(&self) -> Option<String> {
        let checks = self.0.pointer("/State/Health/Log")?.as_array()?;
        Some(checks.last()?["End"].as_str()?.to_owned())
    }

    /// The host addresses and ports it is bound to, whether or not it runs.
    pub fn bindings(&self) -> Vec<(String, u16)> {
        let bound = self.0.pointer("/HostConfig/PortBindings");
        let bound = bound.and_then(Value::as_object).into_iter().flatten();
        bound
            .filter_map(|(_, bindings)| bindings.as_array())
            .flatten()
            .map(|binding| {
                let port = binding["HostPort"]
                    .as_str()
                    .and_then(|port| port.parse().ok());
                let address = binding["HostIp"].as_str().unwrap_or_default();
                (address.to_owned(), port.unwrap_or_default())
            })
            .collect()
    }

    /// The networks it is attached to.
    pub fn networks(&self) -> Vec<String> {
        let networks = self.0.pointer("/NetworkSettings/Networks");
        let networks = networks.and_then(Value::as_object).into_iter().flatten();
        networks.map(|(name, _)| name.clone()).collect()
    }

    /// The address it has on a network while it runs.
    pub fn address_on(&self, network: &str) -> String {
        self.text(&format!("/NetworkSettings/Networks/{network}/IPAddress"))
    }

    /// The volumes mounted in it and where.
    pub fn volumes(&self) -> Vec<(String, String)> {
        let mounts = self.0.pointer("/Mounts").and_then(Value::as_array);
        mounts
            .into_iter()
            .flatten()
            .map(|mount| {
                let text = |field: &str| mount[field].as_str().unwrap_or_default().to_owned();
                (text("Name"), text("Destination"))
            })
            .collect()
    }

    /// All that must stay the same in a container that nobody touched.
    pub fn untouched(&self) -> Value {
        json!([
            self.0["Id"],
            self.0["Name"],
            self.0["State"],
            self.0["Config"],
            self.0["HostConfig"]
        ])
    }
}

/// Percent-encodes all but what stands for itself anywhere in a URL.
fn encode(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

/// Log lines come in frames: a stream's number, three zeros, the length in four bytes, and so many
/// bytes of text.
fn unframed(mut frames: &[u8]) -> String {
    let mut text = String::new();
    while let Some((header, rest)) = frames.split_first_chunk::<8>() {
        let [_, _, _, _, length @ ..] = *header;
        let length = usize::try_from(u32::from_be_bytes(length)).expect("a frame fits in memory");
        let (content, next) = rest.split_at(length.min(rest.len()));
        text += &String::from_utf8_lossy(content);
        frames = next;
    }
    text
}
