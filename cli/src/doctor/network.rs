//! The network that containers are attached to: whether callers get through it, and how many it takes.

use std::time::Duration;

use portreeve_config::Configuration;
use portreeve_core::effect::EngineEffect;
use portreeve_core::id::InstallationId;
use portreeve_core::network::{self, BRIDGE_CEILING, Network, NetworkFlaw};
use portreeve_core::outcome::EngineOutcome;
use portreeve_core::settings::Reach;
use portreeve_tokio::engine::EngineClient;

use super::check::Check;
use super::engine::{Engine, carry_out, containers, describe};
use crate::codes::Exit;

const NAME: &str = "network";
/// So many containers short of the ceiling a warning is due.
const HEADROOM: usize = 100;

/// The network, and how full it is where that can be told.
pub(super) async fn examine(
    configuration: &Configuration,
    engine: &Engine,
    installation: Option<InstallationId>,
) -> Vec<Check> {
    let Engine::Reached { client, .. } = engine else {
        return Vec::new();
    };
    let name = configuration.network();
    // Both have checks of their own.
    let Ok(reach) = configuration.reach() else {
        return Vec::new();
    };
    if network::flaw_of_name(name, &reach).is_some() {
        return Vec::new();
    }
    let limit = configuration.timing().engine;
    let find = EngineEffect::FindNetworks {
        name: name.to_owned(),
    };
    match carry_out(client, &find, limit).await {
        EngineOutcome::Networks(found) => {
            let attached = match found.as_slice() {
                [only] => attached(client, only, limit).await,
                _ => None,
            };
            let running = configuration.limits().running;
            let room = room(name, &found, attached, running);
            let mut checks = vec![check(name, &reach, &found, installation)];
            checks.extend(room);
            checks
        }
        outcome => vec![Check::bad(
            NAME,
            Exit::Failed,
            format!("{name}: {}", describe(&outcome)),
            "the engine's own words say what it objects to",
        )],
    }
}

fn check(
    name: &str,
    reach: &Reach,
    found: &[Network],
    installation: Option<InstallationId>,
) -> Check {
    let Some(flaw) = network::flaw(name, reach, found, installation) else {
        let is_there = if found.is_empty() {
            "will be made at first use"
        } else {
            "is there"
        };
        return Check::good(NAME, format!("{name} {is_there}"));
    };
    let mend = match &flaw {
        NetworkFlaw::Ambiguous { .. } => {
            "remove those with `docker network rm ID`, once nothing is attached to them"
        }
        _ => "choose another network, or reach = \"network\" if callers are on this one",
    };
    Check::bad(NAME, Exit::Failed, format!("{name} {flaw}"), mend)
}

/// How many running containers are on the network, whoever's they are; `None` if the engine doesn't tell.
async fn attached(client: &EngineClient, network: &Network, limit: Duration) -> Option<usize> {
    let id = network.id.as_str();
    if !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let query = format!("filters=%7B%22network%22%3A%5B%22{id}%22%5D%7D");
    let listed = containers(client, &query, limit).await?;
    Some(listed.len())
}

/// Whether more may be running than the network takes, or nearly as many are.
fn room(
    name: &str,
    found: &[Network],
    attached: Option<usize>,
    running: Option<u32>,
) -> Option<Check> {
    let is_bridge = found.iter().all(|network| network.driver == "bridge");
    let ceiling = usize::try_from(BRIDGE_CEILING).unwrap_or(usize::MAX);
    let nearly = attached.filter(|attached| attached + HEADROOM > ceiling);
    let too_many = running.filter(|running| *running > BRIDGE_CEILING);
    let detail = match (nearly, too_many) {
        _ if !is_bridge => return None,
        (Some(attached), _) => format!("{attached} containers run on {name}"),
        (None, Some(running)) => format!("limits.running is {running}"),
        (None, None) => return None,
    };
    Some(Check::doubtful(
        "room on the network",
        format!("{detail}, and a bridge takes {BRIDGE_CEILING} at once, whoever's they are"),
        "set limits.running to what is left for users, or serve the others by another engine",
    ))
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use portreeve_api::program::Verdict;
    use portreeve_core::id::NetworkId;

    use super::*;

    fn bridge() -> Network {
        Network::bridge(NetworkId::new("0a1b"))
    }

    #[test]
    fn a_network_that_serves_no_callers_is_told() {
        let reach = Reach::Host {
            name: "127.0.0.1".to_owned(),
            publish_on: IpAddr::V4(Ipv4Addr::LOCALHOST),
        };
        let internal = Network {
            internal: true,
            ..bridge()
        };
        let status = |found: &[Network]| check("net", &reach, found, None).seen.status;
        assert_eq!(status(&[]), Verdict::Good);
        assert_eq!(status(&[bridge()]), Verdict::Good);
        assert_eq!(status(&[internal]), Verdict::Bad);
        let other = Network::bridge(NetworkId::new("9c8d"));
        let check = check("net", &reach, &[bridge(), other], None);
        assert!(check.seen.detail.ends_with("keep 0a1b, and remove 9c8d"));
    }

    #[test]
    fn a_bridge_that_is_nearly_full_or_will_be_is_a_warning() {
        let warns = |driver: &str, attached, running| {
            let network = Network {
                driver: driver.to_owned(),
                ..bridge()
            };
            room("net", &[network], attached, running).is_some()
        };
        assert!(warns("bridge", Some(950), None));
        assert!(warns("bridge", None, Some(1024)));
        assert!(!warns("bridge", Some(900), Some(1023)));
        assert!(!warns("overlay", Some(2000), Some(2000)));
    }
}
