//! Containers that run and don't get ready, since what they need isn't there for a while.

use std::sync::Arc;

use portreeve_core::time::Instant;
use portreeve_core::user::UserId;

use crate::engine::{Personality, Program};

/// Whose containers don't get ready, all users' if not one's, and until when.
#[derive(Default, Debug)]
pub(super) struct Unready(Vec<(Option<UserId>, Instant)>);

impl Unready {
    /// What is started from now on gets ready as ever. What was started before is left as it is.
    pub(super) fn end(&mut self) {
        self.0.clear();
    }

    /// Until when a container of that user's doesn't get ready.
    fn until(&self, now: Instant, user: Option<&UserId>) -> Option<Instant> {
        let concerns = |(whose, until): &&(Option<UserId>, Instant)| {
            now < *until && (whose.is_none() || whose.as_ref() == user)
        };
        self.0
            .iter()
            .filter(concerns)
            .map(|(_, until)| *until)
            .max()
    }

    /// What containers of that user's need, or of all users', isn't there until then.
    pub(super) fn begin(&mut self, user: Option<UserId>, until: Instant) {
        self.0.push((user, until));
    }

    /// How a container of that user's behaves that is started now with this program, if it doesn't get ready.
    pub(super) fn personality(
        &self,
        now: Instant,
        user: Option<&UserId>,
        program: &Program,
    ) -> Option<Arc<Personality>> {
        let until = self.until(now, user)?;
        let usual = match program {
            Program::Plain(personality) => Personality::clone(personality),
            Program::Told(_) => Personality::default(),
        };
        let after = Some(until.since(now));
        Some(Arc::new(Personality {
            listens_after: usual.listens_after.and(after),
            healthy_after: usual.healthy_after.and(after),
            ..usual
        }))
    }
}
