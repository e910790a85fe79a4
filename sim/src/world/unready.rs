//! Containers that run and don't get ready, since what they need isn't there for a while.

use std::sync::Arc;

use portreeve_core::time::Instant;
use portreeve_core::user::UserId;

use super::spells::Spells;
use crate::engine::{Personality, Program};

/// Whose containers don't get ready. What was started before such a spell ends is left as it is.
pub(super) type Unready = Spells<NotReady>;

/// What containers need isn't there.
#[derive(Debug)]
pub(super) struct NotReady;

impl Spells<NotReady> {
    /// How a container of that user's behaves that is started now with this program, if it doesn't
    /// get ready.
    pub(super) fn personality(
        &self,
        now: Instant,
        user: Option<&UserId>,
        program: &Program,
    ) -> Option<Arc<Personality>> {
        let until = self.of(now, user).map(|(_, until)| until).max()?;
        let usual = match program {
            Program::Plain(personality) => Personality::clone(personality),
            Program::FromSpec(_) => Personality::default(),
        };
        let after = Some(until.since(now));
        Some(Arc::new(Personality {
            listens_after: usual.listens_after.and(after),
            healthy_after: usual.healthy_after.and(after),
            ..usual
        }))
    }
}
