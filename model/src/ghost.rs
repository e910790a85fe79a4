//! What the promises need to remember, and no controller knows.

use std::collections::{BTreeMap, BTreeSet};

use portreeve_core::id::ContainerId;
use portreeve_core::projection::{Project, Projection};
use portreeve_core::time::Instant;
use portreeve_core::user::UserId;
use portreeve_sim::occurrence::Occurrence;
use portreeve_sim::promises::a_crash_loses_nothing::LONG_BEFORE;
use portreeve_sim::promises::bounded_effort::{Effort, WINDOW};
use portreeve_sim::promises::{Made, Origin, Timeless, Verdict};

/// It is part of the state, and never seen by the controllers.
#[derive(Clone, Debug)]
pub(crate) struct Ghost {
    /// The promises that remember no time.
    pub timeless: Timeless,
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
    /// What was asked of the engine within the last minute, where that is bounded.
    pub effort: Option<Effort>,
    /// Whose each script is.
    pub clients: Vec<Option<UserId>>,
}

impl Ghost {
    /// Nothing has happened yet, the promises are these, and the scripts are these users'.
    pub(crate) fn new(
        timeless: Timeless,
        clients: Vec<Option<UserId>>,
        most_changes: Option<usize>,
    ) -> Self {
        Self {
            timeless,
            active: BTreeMap::new(),
            ending: BTreeMap::new(),
            purged: BTreeSet::new(),
            garbled: BTreeSet::new(),
            cut_off: BTreeSet::new(),
            effort: most_changes.map(Effort::new),
            clients,
        }
    }

    /// What is known of a container that was made on a controller's word.
    pub(crate) fn made(&self, id: &ContainerId) -> Option<&Made> {
        let made = self.timeless.ledger().container(id);
        made.filter(|made| made.origin != Origin::Adopted)
    }

    /// Where a script stands among all: users' in the order of users, then the others.
    pub(crate) fn rank_of_client(&self, client: usize, out: &Projection) -> u64 {
        let whose = self.clients.get(client).and_then(Option::as_ref);
        let others = 1 << 32;
        let before = self.clients.iter().take(client);
        let earlier = before.filter(|other| other.as_ref() == whose).count();
        whose.map_or(others, |user| out.rank(user) << 16) + earlier as u64
    }

    /// What happened counts as effort, where that is bounded.
    pub(crate) fn observe_effort(&mut self, now: Instant, occurrence: Occurrence<'_>) -> Verdict {
        let Some(effort) = &mut self.effort else {
            return Ok(());
        };
        match occurrence {
            Occurrence::Sent { controller, effect } => {
                return effort.sent(now, controller, effect, self.timeless.ledger());
            }
            Occurrence::Answered {
                controller,
                command,
                reply,
                ..
            } => effort.answered(controller, command, reply),
            Occurrence::Gone(controller) => effort.gone(controller),
            _ => {}
        }
        Ok(())
    }

    pub(crate) fn project(&self, out: &mut Projection) {
        out.by_user(&self.active, Project::project);
        out.by_user(&self.ending, |at, out| out.age(*at, LONG_BEFORE));
        out.users(&self.purged);
        out.users(&self.garbled);
        for (controller, user, sent) in self.effort.iter().flat_map(Effort::changes) {
            controller.project(out);
            user.project(out);
            for sent in sent {
                out.due(sent.after(WINDOW));
            }
        }
        // What is remembered of containers matters for those that may still turn up. All else that
        // promises without times remember follows from the world.
        for id in out.containers().to_vec() {
            self.cut_off.contains(&id).project(out);
            if let Some(made) = self.made(&id) {
                made.user.project(out);
                made.record.project(out);
                made.port.project(out);
                (made.origin == Origin::MadeLate).project(out);
            }
        }
    }
}
