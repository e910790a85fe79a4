//! What to send for an effect.

use portreeve_core::effect::{ContainerRef, EngineEffect, Scope};
use portreeve_core::id::ContainerId;
use serde_json::json;

use super::version::ApiVersion;
use super::{create, events, image, labels, pull};
use crate::http::{Body, Request, encode};

/// The longest filter that is sent, in bytes: neither clients nor what lies between take a path of
/// any length.
const LONGEST_FILTER: usize = 16 << 10;

/// Asks an engine which it is, whatever version of the API it speaks. What it answers is that of an
/// [`Identify`](EngineEffect::Identify).
pub fn identify() -> Request {
    unversioned(&EngineEffect::Identify)
}

/// What to send for an effect.
pub fn request(effect: &EngineEffect, version: ApiVersion) -> Request {
    version.spoken(unversioned(effect))
}

fn unversioned(effect: &EngineEffect) -> Request {
    match effect {
        EngineEffect::Identify => Request::get("/info"),
        EngineEffect::Inspect(ContainerRef::Name(name))
        | EngineEffect::Examine(ContainerRef::Name(name)) => Request::get(container(name, "/json")),
        EngineEffect::Inspect(ContainerRef::Id(id))
        | EngineEffect::Examine(ContainerRef::Id(id)) => {
            Request::get(container(id.as_str(), "/json"))
        }
        EngineEffect::List(scope) => Request::get(list(scope)),
        EngineEffect::Watch { installation } => events::request(*installation),
        EngineEffect::InspectImage { image } => {
            Request::get(format!("/images/{}/json", image::encode(image)))
        }
        EngineEffect::PullImage { image } => pull::request(image),
        EngineEffect::FindNetworks { name } => find_networks(name),
        EngineEffect::CreateNetwork { name, labels } => Request::post(
            "/networks/create",
            Body::json(&json!({
                "Name": name,
                "Driver": "bridge",
                // Engines before API 1.44 make a second network of the same name without it.
                "CheckDuplicate": true,
                "Labels": labels::to_json(labels),
            })),
        ),
        EngineEffect::EnsureVolume { name, labels } => Request::post(
            "/volumes/create",
            Body::json(&json!({ "Name": name, "Labels": labels::to_json(labels) })),
        ),
        EngineEffect::InspectVolume { name } => Request::get(volume(name)),
        EngineEffect::ListVolumes(installation) => {
            let filters = json!({ "label": [labels::of_installation(*installation)] });
            Request::get(format!("/volumes?filters={}", encode(&filters.to_string())))
        }
        // Without `force`, by which Docker means something else than Podman. Podman takes the
        // beginning of one volume's name for it where no name is exactly that: it has to be looked
        // at before.
        EngineEffect::RemoveVolume { name } => Request::delete(volume(name)),
        EngineEffect::Create(spec) => Request::post(
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
        EngineEffect::Remove { container: id } => {
            Request::delete(container(id.as_str(), "?force=true&v=true"))
        }
        EngineEffect::Logs {
            container: id,
            lines,
        } => Request::get(container(
            id.as_str(),
            &format!("/logs?stdout=true&stderr=true&tail={lines}"),
        )),
    }
}

/// By the name's path, an engine that has two of that name answers that it doesn't know which.
fn find_networks(name: &str) -> Request {
    let filters = json!({ "name": [name] }).to_string();
    Request::get(format!("/networks?filters={}", encode(&filters)))
}

fn act(id: &str, what: &str) -> Request {
    Request::post(container(id, what), Body::Empty)
}

pub(super) fn container(name: &str, what: &str) -> String {
    format!("/containers/{}{what}", encode(name))
}

fn volume(name: &str) -> String {
    format!("/volumes/{}", encode(name))
}

fn list(scope: &Scope) -> String {
    let filters = match scope {
        Scope::Installation(installation) => {
            json!({ "label": [labels::of_installation(*installation)] })
        }
        Scope::User(installation, user) => {
            json!({ "label": [labels::of_installation(*installation), labels::of_user(user)] })
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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use portreeve_core::id::InstallationId;
    use portreeve_core::user::UserId;
    use serde_json::Value;

    use super::*;

    fn line(effect: &EngineEffect) -> String {
        let request = request(effect, ApiVersion::new(1, 41));
        format!("{} {}", request.method, request.target)
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
                EngineEffect::FindNetworks { name: "a b".into() },
                "GET /v1.41/networks?filters=%7B%22name%22%3A%5B%22a%20b%22%5D%7D".into(),
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
        assert!(ids(Scope::MOST_IDS).contains("filters"));
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
}
