//! What the promises need to remember, and no controller knows.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use portreeve_core::id::{ContainerId, Port, RecordId};
use portreeve_core::projection::{Project, Projection};
use portreeve_core::spec::EnvValue;
use portreeve_core::time::Instant;
use portreeve_core::user::UserId;

/// Whoever joins others that wait may be served with what was seen that long before.
pub(crate) const LONG_BEFORE: Duration = Duration::from_secs(1);

/// It is part of the state, and never seen by the controllers.
#[derive(Clone, Default, Debug)]
pub(crate) struct Ghost {
    /// All containers that were made on a controller's word.
    pub made: BTreeMap<ContainerId, Made>,
    /// When the last activity was asked for that was answered.
    pub active: BTreeMap<UserId, Instant>,
    /// Since when the record says that the user is being stopped or removed.
    pub ending: BTreeMap<UserId, Instant>,
    /// Whose volume may be removed: a purge was asked for while it was there.
    pub purged: BTreeSet<UserId>,
    /// Whose record can't be understood.
    pub garbled: BTreeSet<UserId>,
    /// Which containers were taken off their network, until they are started anew.
    pub cut_off: BTreeSet<ContainerId>,
    /// Whose each script is.
    pub clients: Vec<Option<UserId>>,
}

/// A container that was made on a controller's word.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    pub user: UserId,
    pub record: RecordId,
    pub name: String,
    pub port: Port,
    pub token: EnvValue,
    /// By a request that came late.
    pub late: bool,
}

impl Ghost {
    /// Where a script stands among all: users' in the order of users, then the others.
    pub(crate) fn rank_of_client(&self, client: usize, out: &Projection) -> u64 {
        let whose = self.clients.get(client).and_then(Option::as_ref);
        let others = 1 << 32;
        let before = self.clients.iter().take(client);
        let earlier = before.filter(|other| other.as_ref() == whose).count();
        whose.map_or(others, |user| out.rank(user) << 16) + earlier as u64
    }

    pub(crate) fn project(&self, out: &mut Projection) {
        out.by_user(&self.active, Project::project);
        out.by_user(&self.ending, |at, out| out.age(*at, LONG_BEFORE));
        out.users(&self.purged);
        out.users(&self.garbled);
        // What is remembered of containers matters for those that may still turn up.
        for id in out.containers().to_vec() {
            self.cut_off.contains(&id).project(out);
            if let Some(made) = self.made.get(&id) {
                made.user.project(out);
                made.record.project(out);
                made.port.project(out);
                made.late.project(out);
            }
        }
    }
}
