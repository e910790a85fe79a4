//! Whether a container is as it is configured now.

use super::lent::Context;
use crate::id::Port;
use crate::observed::Observed;
use crate::spec::PublishedPort;
use crate::user::UserId;

impl Context {
    /// Whether the container was made from another configuration than the current one.
    pub(crate) fn is_outdated(&self, user: &UserId, observed: &Observed) -> bool {
        // One that was adopted was made from nobody knows what.
        observed
            .labels
            .told()
            .is_none_or(|labels| labels.spec != self.hashes.of(user))
    }

    /// Whether new containers have a host port.
    pub(crate) fn publishes(&self) -> bool {
        self.settings.reach.publish_on().is_some()
    }

    /// Where a new container is published for which `port` is claimed.
    pub(crate) fn published(&self, port: Option<Port>) -> Option<PublishedPort> {
        let on = self.settings.reach.publish_on()?;
        Some(PublishedPort { on, port: port? })
    }

    /// Whether the container was taken off the network that it was made for. One that was made for
    /// another network than is configured now, or made by nobody knows whom, is where it was put.
    pub(crate) fn is_cut_off(&self, user: &UserId, observed: &Observed) -> bool {
        let (Some(networks), Some(_)) = (&observed.networks, observed.labels.told()) else {
            return false;
        };
        !networks.contains(&self.settings.network)
            && (networks.is_empty() || !self.is_outdated(user, observed))
    }
}
