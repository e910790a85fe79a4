//! Changes of a record that concern no container. They go along with whatever is written of the
//! user next, and are no run of their own: a start under way goes on.

use alloc::vec::Vec;
use core::time::Duration;

use super::last_progress::LastProgress;
use crate::event::Actor;
use crate::id::EffectId;
use crate::lifecycle::request::Requester;
use crate::projection::project;
use crate::time::Instant;

/// What is to be changed, and who waits for that.
#[derive(Clone, Debug)]
pub(crate) struct Amendment {
    pub change: RecordChange,
    pub waiters: Vec<Requester>,
    /// Who asked for it last.
    pub actor: Option<Actor>,
    pub deadline: Instant,
    /// What those who wait were told last of how far it is.
    pub last_progress: Option<LastProgress>,
}

project!(struct Amendment { change, waiters, actor: left_out, deadline: due, last_progress: left_out });

#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct RecordChange {
    pub idle_limit: Option<IdleLimit>,
    /// The token is to be sealed with the newest key.
    pub reseal: bool,
}

project!(struct RecordChange { idle_limit, reseal });

/// Which idle limit a user is to have.
#[derive(Clone, Copy, Debug)]
pub(crate) enum IdleLimit {
    Configured,
    Own(Duration),
}

project!(
    enum IdleLimit {
        Configured,
        Own(limit),
    }
);

/// An amendment that a write under way carries.
#[derive(Clone, Debug)]
pub(crate) struct Carried {
    pub by: EffectId,
    pub amendment: Amendment,
}

project!(struct Carried { by, amendment });

impl Amendment {
    /// The same and what is wanted since, which counts more.
    pub(crate) fn and(mut self, later: Option<Self>) -> Self {
        if let Some(later) = later {
            self.change.idle_limit = later.change.idle_limit.or(self.change.idle_limit);
            self.change.reseal |= later.change.reseal;
            self.waiters.extend(later.waiters);
            self.actor = later.actor;
            self.deadline = self.deadline.min(later.deadline);
        }
        self
    }

    pub(crate) fn forget(&mut self, requester: Requester) {
        self.waiters.retain(|waiting| *waiting != requester);
    }
}
