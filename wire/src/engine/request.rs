//! What to send for an effect.

use std::fmt;

use http::Method;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use portreeve_core::effect::{ContainerRef, EngineEffect, Scope};
use portreeve_core::id::{ContainerId, InstallationId};
use portreeve_core::label;
use serde_json::{Value, json};

use super::create;
use super::events;
use super::pull;
use super::version::ApiVersion;

/// What stands for itself in a query's value or in one segment of a path.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');
/// What stands for itself in an image's name, which the engine's routes take with its slashes.
const IMAGE: &AsciiSet = &SEGMENT.remove(b'/').remove(b':').remove(b'@');
/// The longest filter that is sent, in bytes: neither clients nor what lies between take a path of
/// any length.
const LONGEST_FILTER: usize = 16 << 10;

/// One request to the engine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Request {
    /// How.
    pub method: Method,
    /// The path, from its slash on, and the query. Never holds a secret, and may be logged.
    pub path: String,
    /// What is sent along.
    pub body: Body,
}

impl Request {
    /// Makes it of its parts.
    pub fn new(method: Method, path: impl Into<String>, body: Body) -> Self {
        Self {
            method,
            path: path.into(),
            body,
        }
    }

    /// The same, spoken in this version of the API.
    #[must_use]
    pub fn versioned(mut self, version: ApiVersion) -> Self {
        self.path.insert_str(0, &format!("/v{version}"));
        self
    }
}

/// What is sent along with a request. Its `Debug` doesn't show it: it may hold a user's token.
#[derive(Clone, PartialEq, Eq, Default)]
pub enum Body {
    /// Nothing.
    #[default]
    Empty,
    /// A JSON document.
    Json(Vec<u8>),
    /// A tar archive.
    Tar(Vec<u8>),
}

impl Body {
    /// A JSON document.
    pub fn json(value: &Value) -> Self {
        Self::Json(value.to_string().into_bytes())
    }

    /// What to call it in the `Content-Type` header.
    pub fn content_type(&self) -> Option<&'static str> {
        match self {
            Self::Empty => None,
            Self::Json(_) => Some("application/json"),
            Self::Tar(_) => Some("application/x-tar"),
        }
    }

    /// Its bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        match self {
            Self::Empty => Vec::new(),
            Self::Json(bytes) | Self::Tar(bytes) => bytes,
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("Empty"),
            Self::Json(bytes) => write!(f, "Json({} bytes)", bytes.len()),
            Self::Tar(bytes) => write!(f, "Tar({} bytes)", bytes.len()),
        }
    }
}

/// Asks an engine which it is, whatever version of the API it speaks. What it answers is that of an
/// [`Identify`](EngineEffect::Identify).
pub fn identify() -> Request {
    unversioned(&EngineEffect::Identify)
}

/// What to send for an effect.
pub fn request(effect: &EngineEffect, version: ApiVersion) -> Request {
    unversioned(effect).versioned(version)
}

fn unversioned(effect: &EngineEffect) -> Request {
    match effect {
        EngineEffect::Identify => get("/info"),
        EngineEffect::Inspect(ContainerRef::Name(name))
        | EngineEffect::Examine(ContainerRef::Name(name)) => get(container(name, "/json")),
        EngineEffect::Inspect(ContainerRef::Id(id))
        | EngineEffect::Examine(ContainerRef::Id(id)) => get(container(id.as_str(), "/json")),
        EngineEffect::List(scope) => get(list(scope)),
        EngineEffect::Watch { installation } => events::request(*installation),
        EngineEffect::InspectImage { image } => get(format!("/images/{}/json", image_name(image))),
        EngineEffect::PullImage { image } => pull::request(image),
        EngineEffect::InspectNetwork { name } => get(format!("/networks/{}", encode(name))),
        EngineEffect::CreateNetwork { name, labels } => post(
            "/networks/create",
            Body::json(&json!({
                "Name": name,
                "Driver": "bridge",
                // Engines before API 1.44 make a second network of the same name without it.
                "CheckDuplicate": true,
                "Labels": object(labels),
            })),
        ),
        EngineEffect::EnsureVolume { name, labels } => post(
            "/volumes/create",
            Body::json(&json!({ "Name": name, "Labels": object(labels) })),
        ),
        EngineEffect::InspectVolume { name } => get(volume(name)),
        EngineEffect::ListVolumes(installation) => {
            let filters = json!({ "label": [of_installation(installation)] });
            get(format!("/volumes?filters={}", encode(&filters.to_string())))
        }
        // Without `force`, by which Docker means something else than Podman. Podman takes the
        // beginning of one volume's name for it where no name is exactly that: it has to be looked
        // at before.
        EngineEffect::RemoveVolume { name } => {
            Request::new(Method::DELETE, volume(name), Body::Empty)
        }
        EngineEffect::Create(spec) => post(
            format!("/containers/create?name={}", encode(&spec.name)),
            Body::json(&create::body(spec)),
        ),
        EngineEffect::Start { container: id } => act(id.as_str(), "/start"),
        EngineEffect::Unpause { container: id } => act(id.as_str(), "/unpause"),
        EngineEffect::Stop {
            container: id,
            grace,
        } => {
            let begun = u64::from(grace.subsec_nanos() > 0);
            let seconds = grace.as_secs().saturating_add(begun);
            act(id.as_str(), &format!("/stop?t={seconds}"))
        }
        // `v` removes the anonymous volumes that the image's VOLUME lines made for this one
        // container, and which nothing could find again; named volumes, the user's among them,
        // stay.
        EngineEffect::Remove { container: id } => Request::new(
            Method::DELETE,
            container(id.as_str(), "?force=true&v=true"),
            Body::Empty,
        ),
        EngineEffect::Logs {
            container: id,
            lines,
        } => get(container(
            id.as_str(),
            &format!("/logs?stdout=true&stderr=true&tail={lines}"),
        )),
    }
}

fn get(path: impl Into<String>) -> Request {
    Request::new(Method::GET, path, Body::Empty)
}

fn post(path: impl Into<String>, body: Body) -> Request {
    Request::new(Method::POST, path, body)
}

fn act(id: &str, what: &str) -> Request {
    post(container(id, what), Body::Empty)
}

fn container(name: &str, what: &str) -> String {
    format!("/containers/{}{what}", encode(name))
}

fn volume(name: &str) -> String {
    format!("/volumes/{}", encode(name))
}

fn list(scope: &Scope) -> String {
    let filters = match scope {
        Scope::Installation(installation) => json!({ "label": [of_installation(installation)] }),
        Scope::User(installation, user) => {
            json!({ "label": [of_installation(installation), format!("{}={user}", label::USER)] })
        }
        Scope::Ids(ids) => {
            let ids: Vec<&str> = ids.iter().map(ContainerId::as_str).collect();
            json!({ "id": ids })
        }
    };
    let filters = encode(&filters.to_string());
    if filters.len() > LONGEST_FILTER {
        // So many are picked out of all there are, when the answer is read.
        return "/containers/json?all=true".to_string();
    }
    format!("/containers/json?all=true&filters={filters}")
}

fn of_installation(installation: &InstallationId) -> String {
    format!("{}={installation}", label::INSTALLATION)
}

/// A text as one segment of a path or one value of a query.
pub(super) fn encode(text: &str) -> String {
    utf8_percent_encode(text, SEGMENT).to_string()
}

/// An image's name as part of a path.
pub(super) fn image_name(image: &str) -> String {
    utf8_percent_encode(image, IMAGE).to_string()
}

/// Pairs as a JSON object; the last of equal keys counts.
pub(super) fn object(pairs: &[(String, String)]) -> Value {
    Value::Object(
        pairs
            .iter()
            .map(|(key, value)| (key.clone(), Value::from(value.as_str())))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use portreeve_core::user::UserId;

    use super::*;

    fn line(effect: &EngineEffect) -> String {
        let request = request(effect, ApiVersion::new(1, 41));
        format!("{} {}", request.method, request.path)
    }

    fn id() -> ContainerId {
        ContainerId::new("4f1c")
    }

    #[test]
    fn every_look_is_one_line() {
        let installation = InstallationId::from_bytes([0xab; 16]);
        // What an id may hold that JSON and a filter care about.
        let user = UserId::new("a=\"b").unwrap();
        let list = EngineEffect::List;
        let ab = "ab".repeat(16);
        let name = |name: &str| EngineEffect::Inspect(ContainerRef::Name(name.into()));
        for (effect, expected) in [
            (EngineEffect::Identify, "GET /v1.41/info".into()),
            (
                name("a/../b c?é"),
                "GET /v1.41/containers/a%2F..%2Fb%20c%3F%C3%A9/json".into(),
            ),
            (
                EngineEffect::Inspect(ContainerRef::Id(id())),
                "GET /v1.41/containers/4f1c/json".into(),
            ),
            (
                list(Scope::Installation(installation)),
                format!(
                    "GET /v1.41/containers/json?all=true&filters=%7B%22label%22%3A%5B%22portreeve.installation%3D{ab}%22%5D%7D"
                ),
            ),
            (
                list(Scope::User(installation, user)),
                format!(
                    "GET /v1.41/containers/json?all=true&filters=%7B%22label%22%3A%5B%22portreeve.installation%3D{ab}%22%2C%22portreeve.user%3Da%3D%5C%22b%22%5D%7D"
                ),
            ),
            (
                list(Scope::Ids(vec![id(), ContainerId::new("5a2d")])),
                "GET /v1.41/containers/json?all=true&filters=%7B%22id%22%3A%5B%224f1c%22%2C%225a2d%22%5D%7D".into(),
            ),
            (
                EngineEffect::Examine(ContainerRef::Id(id())),
                "GET /v1.41/containers/4f1c/json".into(),
            ),
            (
                EngineEffect::Examine(ContainerRef::Name("a/b".into())),
                "GET /v1.41/containers/a%2Fb/json".into(),
            ),
            (
                EngineEffect::InspectVolume { name: "a/b".into() },
                "GET /v1.41/volumes/a%2Fb".into(),
            ),
            (
                EngineEffect::RemoveVolume { name: "a/b".into() },
                "DELETE /v1.41/volumes/a%2Fb".into(),
            ),
            (
                EngineEffect::InspectImage {
                    image: "reg:5000/a/b@sha256:12?".into(),
                },
                "GET /v1.41/images/reg:5000/a/b@sha256:12%3F/json".into(),
            ),
            (
                EngineEffect::InspectNetwork { name: "a b".into() },
                "GET /v1.41/networks/a%20b".into(),
            ),
            (
                EngineEffect::Logs {
                    container: id(),
                    lines: 20,
                },
                "GET /v1.41/containers/4f1c/logs?stdout=true&stderr=true&tail=20".into(),
            ),
        ] {
            assert_eq!(line(&effect), expected);
        }
    }

    #[test]
    fn volumes_are_listed_by_their_label() {
        let listed = EngineEffect::ListVolumes(InstallationId::from_bytes([0xab; 16]));
        let ab = "ab".repeat(16);
        assert_eq!(
            line(&listed),
            format!(
                "GET /v1.41/volumes?filters=%7B%22label%22%3A%5B%22portreeve.installation%3D{ab}%22%5D%7D"
            )
        );
    }

    #[test]
    fn every_change_of_a_container_is_one_line() {
        let container = id();
        for (effect, expected) in [
            (
                EngineEffect::Start {
                    container: container.clone(),
                },
                "POST /v1.41/containers/4f1c/start",
            ),
            (
                EngineEffect::Unpause {
                    container: container.clone(),
                },
                "POST /v1.41/containers/4f1c/unpause",
            ),
            (
                EngineEffect::Stop {
                    container: container.clone(),
                    grace: Duration::from_millis(9001),
                },
                "POST /v1.41/containers/4f1c/stop?t=10",
            ),
            (
                EngineEffect::Stop {
                    container: container.clone(),
                    grace: Duration::from_secs(9),
                },
                "POST /v1.41/containers/4f1c/stop?t=9",
            ),
            (
                EngineEffect::Stop {
                    container: container.clone(),
                    grace: Duration::MAX,
                },
                "POST /v1.41/containers/4f1c/stop?t=18446744073709551615",
            ),
            (
                EngineEffect::Remove { container },
                "DELETE /v1.41/containers/4f1c?force=true&v=true",
            ),
        ] {
            assert_eq!(line(&effect), expected);
        }
    }

    #[test]
    fn many_ids_are_looked_for_among_all_containers() {
        let ids = |count: usize| {
            let id = ContainerId::new("4f".repeat(32));
            line(&EngineEffect::List(Scope::Ids(vec![id; count])))
        };
        assert!(ids(200).contains("filters"));
        assert_eq!(ids(20_000), "GET /v1.41/containers/json?all=true");
    }

    #[test]
    fn networks_and_volumes_are_made_with_labels() {
        let labels = vec![("k".to_string(), "v".to_string())];
        let body = |effect| -> Value {
            serde_json::from_slice(&request(&effect, ApiVersion::new(1, 41)).body.into_bytes())
                .unwrap()
        };
        assert_eq!(
            body(EngineEffect::CreateNetwork {
                name: "n".into(),
                labels: labels.clone()
            }),
            json!({"Name": "n", "Driver": "bridge", "CheckDuplicate": true, "Labels": {"k": "v"}})
        );
        assert_eq!(
            body(EngineEffect::EnsureVolume {
                name: "v".into(),
                labels
            }),
            json!({"Name": "v", "Labels": {"k": "v"}})
        );
    }

    #[test]
    fn a_body_is_not_shown() {
        let request = Request::new(Method::POST, "/x", Body::Json(b"hunter2".to_vec()));
        assert_eq!(
            format!("{request:?}"),
            r#"Request { method: POST, path: "/x", body: Json(7 bytes) }"#
        );
    }
}
