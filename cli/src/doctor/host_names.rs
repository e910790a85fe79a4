//! Names on the containers' network that aren't ours, and that a user's container could be given, too.
//!
//! Containers reach each other by name. Where users' containers are named `mosaic-{user}`, the one of a
//! user `api` is reached by the name that others know the platform's service `mosaic-api` by.

use std::collections::BTreeMap;

use portreeve_config::Configuration;
use portreeve_core::effect::StoreEffect;
use portreeve_core::id::{ContainerId, InstallationId};
use portreeve_core::label;
use portreeve_core::name::Naming;
use portreeve_core::outcome::StoreOutcome;
use portreeve_core::record::Row;
use portreeve_core::user::UserId;
use portreeve_tokio::store::StoreClient;
use serde_json::Value;
use tokio::time::timeout;

use super::check::Check;
use super::engine::{Engine, containers};

/// How many names are told, and looked up in the store.
const NAMED: usize = 20;
/// The name of a service of a Compose project, by which it is reached beside its containers' names.
const SERVICE: &str = "com.docker.compose.service";

/// A container of others, with a name that this user's could be given.
type Taken = BTreeMap<UserId, (String, ContainerId)>;

/// Whether others on the network go by names that the configured one makes of some user's id. Nothing is
/// said where the engine doesn't list its containers: that is told of by other checks.
pub(super) async fn examine(
    configuration: &Configuration,
    engine: &Engine,
    installation: Option<InstallationId>,
) -> Option<Check> {
    let Engine::Reached { client, .. } = engine else {
        return None;
    };
    let naming = configuration.naming().ok()?;
    let listed = containers(client, "all=1", configuration.timing().engine).await?;
    let mut taken = taken(&listed, configuration.network(), installation, &naming);
    if installation.is_some() && !taken.is_empty() {
        leave_adopted_out(configuration, &mut taken).await;
    }
    check(&taken)
}

fn taken(
    containers: &[Value],
    network: &str,
    installation: Option<InstallationId>,
    naming: &Naming,
) -> Taken {
    let ours = installation.map(|installation| installation.to_string());
    let is_ours = |container: &Value| {
        let bears = container["Labels"][label::INSTALLATION].as_str();
        bears.is_some() && bears == ours.as_deref()
    };
    let mut taken = Taken::new();
    for container in containers.iter().filter(|container| !is_ours(container)) {
        let id = ContainerId::new(container["Id"].as_str().unwrap_or_default());
        for name in host_names(container, network) {
            if let Some(user) = naming.user_of_container(name) {
                let found = (name.to_owned(), id.clone());
                taken.entry(user).or_insert(found);
            }
        }
    }
    taken
}

/// By which names others on the network reach it; none where it isn't on it.
fn host_names<'a>(container: &'a Value, network: &str) -> Vec<&'a str> {
    let Some(endpoint) = container["NetworkSettings"]["Networks"].get(network) else {
        return Vec::new();
    };
    let lists = [
        &container["Names"],
        &endpoint["Aliases"],
        &endpoint["DNSNames"],
    ];
    let listed = lists.into_iter().filter_map(Value::as_array).flatten();
    let service = &container["Labels"][SERVICE];
    let names = listed.chain([service]).filter_map(Value::as_str);
    names.map(|name| name.trim_start_matches('/')).collect()
}

/// A container that was adopted bears no labels of ours: the user's record names it.
async fn leave_adopted_out(configuration: &Configuration, taken: &mut Taken) {
    let client = configuration.store_address().ok();
    let Some(client) = client.and_then(|address| StoreClient::new(address).ok()) else {
        return;
    };
    let load = StoreEffect::Load {
        engine: configuration.engine_name(),
        users: taken.keys().take(NAMED).cloned().collect(),
    };
    let limit = configuration.timing().store;
    if let Ok(StoreOutcome::Loaded { rows, .. }) = timeout(limit, client.carry_out(&load)).await {
        for (user, row) in rows {
            if let Row::Found(record) = row
                && let Some((_, id)) = taken.get(&user)
                && record.body.container.as_ref() == Some(id)
            {
                taken.remove(&user);
            }
        }
    }
}

fn check(taken: &Taken) -> Option<Check> {
    let told: Vec<_> = taken
        .iter()
        .take(NAMED)
        .map(|(user, (name, _))| format!("{name} (of a user {user:?})"))
        .collect();
    (!told.is_empty()).then(|| {
        Check::doubtful(
            "host names",
            format!(
                "others on the network have names that users' containers could be given: {}",
                told.join(", ")
            ),
            "choose a container_name that nothing else is named like; or adopt them, if they are those users'",
        )
    })
}

#[cfg(test)]
mod tests {
    use portreeve_api::program::Verdict;
    use serde_json::json;

    use super::*;

    const OURS: InstallationId = InstallationId::from_bytes([1; 16]);

    fn container(name: &str, labels: &Value, network: &str) -> Value {
        json!({
            "Id": name, "Names": [format!("/{name}")], "Labels": labels,
            "NetworkSettings": {"Networks": {network: {"Aliases": null}}},
        })
    }

    fn users(containers: &[Value], pattern: &str) -> Vec<String> {
        let naming = Naming::new(pattern, "state-{user}").unwrap();
        let taken = taken(containers, "agents", Some(OURS), &naming);
        taken.keys().map(ToString::to_string).collect()
    }

    #[test]
    fn names_of_others_that_users_could_be_given_are_told() {
        let bare = json!({});
        let ours = json!({label::INSTALLATION: OURS.to_string()});
        let service = json!({SERVICE: "mosaic-web"});
        let containers = [
            container("mosaic-API", &bare, "agents"),
            container("mosaic-alice", &ours, "agents"),
            container("project-web-1", &service, "agents"),
            container("mosaic-elsewhere", &bare, "bridge"),
            container("mosaic-not_an_id", &bare, "agents"),
            container("postgres", &bare, "agents"),
        ];
        assert_eq!(users(&containers, "mosaic-{user}"), ["api", "web"]);
        let none: [&str; 0] = [];
        assert_eq!(users(&containers, "mosaic-user-{user}"), none);
    }

    #[test]
    fn another_installations_containers_are_others() {
        let other = InstallationId::from_bytes([2; 16]).to_string();
        let theirs = container("mosaic-bob", &json!({label::INSTALLATION: other}), "agents");
        assert_eq!(users(&[theirs], "mosaic-{user}"), ["bob"]);
    }

    #[test]
    fn it_is_a_warning_that_names_who_could_take_which_name() {
        assert_eq!(check(&Taken::new()), None);
        let user = UserId::new("api").unwrap();
        let found = ("mosaic-api".to_owned(), ContainerId::new("c"));
        let check = check(&Taken::from([(user, found)])).unwrap();
        assert_eq!(check.seen.status, Verdict::Doubtful);
        assert!(
            check
                .seen
                .detail
                .ends_with(r#": mosaic-api (of a user "api")"#)
        );
    }
}
