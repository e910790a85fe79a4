//! The value of every key, as it is being put together.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::num::NonZeroU16;
use std::time::Duration;

use portreeve_core::event::EventsKept;
use portreeve_core::settings::{Limits, PullPolicy, Readiness, Settings, StoreAway, Timing};
use portreeve_core::template::Template;
use portreeve_core::token::{Key, Keyring};
use portreeve_core::user::UserId;
use zeroize::Zeroizing;

use crate::choice::ReachFrom;

/// How long a command that a person waits for tries an engine or store that isn't reached. A
/// host that embeds Portreeve has more patience.
pub(crate) const PATIENCE: Duration = Duration::from_secs(3);

/// The value of every key.
#[derive(Clone)]
pub(crate) struct Values {
    pub(crate) docker_host: Option<String>,
    pub(crate) store: Option<String>,
    pub(crate) key_file: Option<String>,
    pub(crate) engine: String,
    pub(crate) generation: u64,
    pub(crate) container_name: String,
    pub(crate) volume_name: String,
    pub(crate) network: String,
    pub(crate) publish_on: IpAddr,
    pub(crate) reach: ReachFrom,
    pub(crate) advertised_host: Option<String>,
    pub(crate) readiness: Readiness,
    pub(crate) pull: PullPolicy,
    pub(crate) first_port: NonZeroU16,
    pub(crate) last_port: NonZeroU16,
    pub(crate) limits: Limits,
    pub(crate) idle_limit: Duration,
    pub(crate) store_away: StoreAway,
    pub(crate) events: EventsKept,
    pub(crate) timing: Timing,
    pub(crate) template: Template,
    pub(crate) users: BTreeMap<UserId, Template>,
    /// Whether `tcp://` means TLS, as the engine's own variables say.
    pub(crate) tls: bool,
}

impl Default for Values {
    fn default() -> Self {
        // Defaults don't depend on the key, and no token is sealed with this one.
        let unused = Keyring::new(Key::new(&Zeroizing::new([0; 32])), Vec::new());
        let mut defaults = Settings::new(Template::reference_service(), unused);
        defaults.timing.patience = PATIENCE;
        Self {
            docker_host: None,
            store: None,
            key_file: None,
            engine: defaults.engine.as_str().to_owned(),
            generation: defaults.generation,
            container_name: "mosaic-user-{user}".to_owned(),
            volume_name: "mosaic-user-{user}-state".to_owned(),
            network: defaults.network,
            publish_on: IpAddr::V4(Ipv4Addr::LOCALHOST),
            reach: ReachFrom::Host,
            advertised_host: None,
            readiness: defaults.readiness,
            pull: defaults.pull,
            first_port: defaults.ports.first(),
            last_port: defaults.ports.last(),
            limits: defaults.limits,
            idle_limit: defaults.idle_limit,
            store_away: defaults.store_away,
            events: defaults.events,
            timing: defaults.timing,
            template: defaults.template,
            users: defaults.overrides,
            tls: false,
        }
    }
}
