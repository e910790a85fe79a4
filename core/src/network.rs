//! The network that containers are attached to: what can be one, and whether callers get through it.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use crate::id::{InstallationId, NetworkId};
use crate::settings::Reach;
use crate::time::Timestamp;

/// So many containers at most are on one network of the driver `bridge` at once: a bridge of Linux
/// has 1,024 ports, and one of them is the host's.
pub const BRIDGE_CEILING: u32 = 1023;

/// What engines take in a network's place for having none of its own. Ports aren't published there,
/// and no container has a name.
const MODES: [&str; 3] = ["default", "host", "none"];
/// The engine's own bridge, on which containers don't find each other by name.
const OWN_BRIDGE: &str = "bridge";
/// The drivers whose networks publish no ports. Of those that aren't known here nobody can say.
const UNPUBLISHED: [&str; 4] = ["host", "ipvlan", "macvlan", "null"];

/// A network, as the engine described it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Network {
    /// Its id.
    pub id: NetworkId,
    /// What drives it.
    pub driver: String,
    /// Whether it leads nowhere outside of it, so that a port that is published leads to nothing.
    pub internal: bool,
    /// The installation that made it, by its label.
    pub installation: Option<InstallationId>,
    /// When it was made, by the engine's clock; `None` where that isn't told.
    pub created: Option<Timestamp>,
}

impl Network {
    /// One of the driver `bridge`, of which nothing else is told.
    pub fn bridge(id: NetworkId) -> Self {
        Self {
            id,
            driver: "bridge".to_string(),
            internal: false,
            installation: None,
            created: None,
        }
    }
}

/// Why containers on a network can't serve their callers, or can't be put on it.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum NetworkFlaw {
    /// What is configured is no network's name: it is what an engine takes for having none, or no
    /// engine takes it.
    NoNetwork,
    /// Callers come by the containers' names, which mean nothing on the engine's own bridge.
    Nameless,
    /// Callers come by a host port, and it is internal.
    Internal,
    /// Callers come by a host port, and its driver publishes none.
    Unpublished {
        /// The driver.
        driver: String,
    },
    /// Several networks have the name, and engines don't choose between them.
    Ambiguous {
        /// The one to keep: the installation's own, or else the oldest.
        keep: NetworkId,
        /// The others.
        others: Vec<NetworkId>,
    },
    /// It takes no more containers for now: the engine's words.
    Full(String),
}

impl NetworkFlaw {
    /// What to do about it.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::Full(_) => {
                "stop some users, set `Limits::running` to what the network takes (a bridge 1,023 containers), or serve the others by another engine"
            }
            Self::Ambiguous { .. } => "remove the others, once nothing is attached to them",
            Self::Nameless | Self::NoNetwork => {
                "choose the name of a network of its own in `Settings::network`: it is made if it isn't there"
            }
            Self::Internal | Self::Unpublished { .. } => {
                "choose another network in `Settings::network`, or have callers come from that one (`Reach::Network`)"
            }
        }
    }
}

impl fmt::Display for NetworkFlaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoNetwork => f.write_str("is no network of containers' own"),
            Self::Nameless => f.write_str(
                "is the engine's own bridge, on which containers have no names to be reached by",
            ),
            Self::Internal => f.write_str("is internal: no host port leads to a container on it"),
            Self::Unpublished { driver } => write!(
                f,
                "is of the driver {driver:?}, which publishes no host ports"
            ),
            Self::Ambiguous { keep, others } => {
                write!(
                    f,
                    "is the name of several networks: keep {keep}, and remove "
                )?;
                for (place, other) in others.iter().enumerate() {
                    let comma = if place == 0 { "" } else { ", " };
                    write!(f, "{comma}{other}")?;
                }
                Ok(())
            }
            Self::Full(words) => write!(f, "takes no more containers: {words}"),
        }
    }
}

/// Why a network of that name can't be, or couldn't serve callers who come from there, whatever the
/// engine has: known from the configuration alone.
pub fn flaw_of_name(name: &str, reach: &Reach) -> Option<NetworkFlaw> {
    let is_inside = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    let begins_well = name.starts_with(|first: char| first.is_ascii_alphanumeric());
    if MODES.contains(&name) || !begins_well || !name.bytes().all(is_inside) {
        return Some(NetworkFlaw::NoNetwork);
    }
    match reach {
        Reach::Network { .. } if name == OWN_BRIDGE => Some(NetworkFlaw::Nameless),
        Reach::Network { .. } | Reach::Host { .. } => None,
    }
}

/// Why the networks of that name, as far as there are any, don't serve callers who come from there.
/// Those that come by containers' names are served on any: host ports that are published beside
/// aren't what they come by.
pub fn flaw(
    name: &str,
    reach: &Reach,
    found: &[Network],
    installation: Option<InstallationId>,
) -> Option<NetworkFlaw> {
    if let Some(flaw) = flaw_of_name(name, reach) {
        return Some(flaw);
    }
    match found {
        [] => None,
        [only] => flaw_of(only, reach),
        several => ambiguous(several, installation),
    }
}

fn flaw_of(network: &Network, reach: &Reach) -> Option<NetworkFlaw> {
    match reach {
        Reach::Network { .. } => None,
        Reach::Host { .. } if network.internal => Some(NetworkFlaw::Internal),
        Reach::Host { .. } => {
            UNPUBLISHED
                .contains(&network.driver.as_str())
                .then(|| NetworkFlaw::Unpublished {
                    driver: network.driver.clone(),
                })
        }
    }
}

fn ambiguous(found: &[Network], installation: Option<InstallationId>) -> Option<NetworkFlaw> {
    let is_others =
        |network: &Network| installation.is_none() || network.installation != installation;
    // One whose age isn't told counts as the youngest.
    let age = |network: &Network| network.created.map_or(i64::MAX, Timestamp::as_micros);
    let keep = found
        .iter()
        .min_by_key(|network| (is_others(network), age(network), network.id.clone()))?;
    let others = found.iter().filter(|network| network.id != keep.id);
    Some(NetworkFlaw::Ambiguous {
        keep: keep.id.clone(),
        others: others.map(|network| network.id.clone()).collect(),
    })
}

#[cfg(test)]
mod tests {
    use core::net::{IpAddr, Ipv4Addr};

    use super::*;

    const OURS: InstallationId = InstallationId::from_bytes([7; 16]);

    fn by_host_port() -> Reach {
        Reach::Host {
            name: "127.0.0.1".to_string(),
            publish_on: IpAddr::V4(Ipv4Addr::LOCALHOST),
        }
    }

    const BY_NAME: Reach = Reach::Network { publish_on: None };

    fn network(id: &str, created: Option<i64>) -> Network {
        let created = created.map(Timestamp::from_micros);
        Network {
            created,
            ..Network::bridge(NetworkId::new(id))
        }
    }

    #[test]
    fn what_is_no_network_of_containers_own() {
        for reach in [by_host_port(), BY_NAME] {
            for name in [
                "host",
                "none",
                "default",
                "container:api",
                "ns:/x",
                "",
                "-x",
                "a b",
                "ä",
            ] {
                assert_eq!(
                    flaw_of_name(name, &reach),
                    Some(NetworkFlaw::NoNetwork),
                    "{name}"
                );
            }
            for name in ["mosaic-internal", "hosts", "a_b.c", "7"] {
                assert_eq!(flaw_of_name(name, &reach), None, "{name}");
            }
        }
        assert_eq!(flaw_of_name("bridge", &by_host_port()), None);
        assert_eq!(
            flaw_of_name("bridge", &BY_NAME),
            Some(NetworkFlaw::Nameless)
        );
    }

    #[test]
    fn a_network_that_no_host_port_leads_into_serves_those_on_it_alone() {
        let mut internal = network("1", None);
        internal.internal = true;
        let mut unpublished = network("2", None);
        unpublished.driver = "macvlan".to_string();
        let flaw =
            |network: &Network, reach| flaw("n", &reach, core::slice::from_ref(network), None);
        assert_eq!(flaw(&internal, by_host_port()), Some(NetworkFlaw::Internal));
        assert!(matches!(
            flaw(&unpublished, by_host_port()),
            Some(NetworkFlaw::Unpublished { driver }) if driver == "macvlan"
        ));
        assert_eq!(flaw(&network("3", None), by_host_port()), None);
        for network in [&internal, &unpublished] {
            assert_eq!(flaw(network, BY_NAME), None);
        }
    }

    #[test]
    fn of_several_the_installations_own_or_the_oldest_is_to_be_kept() {
        let kept = |found: &[Network]| match flaw("n", &by_host_port(), found, Some(OURS)) {
            Some(NetworkFlaw::Ambiguous { keep, others }) => {
                assert_eq!(others.len(), found.len() - 1);
                keep.as_str().to_string()
            }
            other => panic!("{other:?}"),
        };
        let [unknown, young, old] = [
            network("a", None),
            network("b", Some(2)),
            network("c", Some(1)),
        ];
        assert_eq!(kept(&[unknown.clone(), young.clone(), old.clone()]), "c");
        let mut ours = young;
        ours.installation = Some(OURS);
        assert_eq!(kept(&[unknown, ours, old]), "b");
    }
}
