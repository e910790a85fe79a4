//! Whom a row is for.

use crate::lifecycle::decision::facts::Facts;
use crate::lifecycle::decision::goal::Goal;

/// Users, by what is wanted for them.
#[derive(Clone, Copy)]
pub(super) enum Whom {
    /// Those for whom somebody wants something.
    Wanted,
    /// Those for whom nobody wants anything.
    Unwanted,
    /// All.
    Everybody,
    /// Those for whom one of these is wanted, in words.
    Goals(&'static str, &'static [Goal]),
    /// Those whose container is to run, whether as it is, started anew, or after its token was
    /// replaced.
    Serving,
}

pub(super) const ABSENT: Whom = Whom::Goals("absent", &[Goal::Absent]);
pub(super) const REAPED: Whom = Whom::Goals("reaped", &[Goal::Reaped]);
pub(super) const STOPPED: Whom = Whom::Goals("stopped, reaped", &[Goal::Stopped, Goal::Reaped]);
pub(super) const EVICTED: Whom = Whom::Goals("evicted", &[Goal::Evicted]);
pub(super) const ADOPTED: Whom = Whom::Goals("adopted", &[Goal::Adopted]);
pub(super) const REPAIRED: Whom = Whom::Goals("repaired", &[Goal::Repaired]);
pub(super) const ROTATED: Whom = Whom::Goals("rotated", &[Goal::Rotated]);
pub(super) const RENEWED: Whom = Whom::Goals("fresh, rotated", &[Goal::Fresh, Goal::Rotated]);
/// Those of whom a user who doesn't exist needs nothing.
pub(super) const ENDED: Whom = Whom::Goals(
    "stopped, reaped, evicted, rotated, absent",
    &[
        Goal::Stopped,
        Goal::Reaped,
        Goal::Evicted,
        Goal::Rotated,
        Goal::Absent,
    ],
);
/// Those that another controller may see to as well.
pub(super) const SEEN_TO: Whom = Whom::Goals(
    "reaped, evicted, repaired",
    &[Goal::Reaped, Goal::Evicted, Goal::Repaired],
);

impl Whom {
    pub(super) fn holds(self, facts: &Facts) -> bool {
        match self {
            Self::Wanted => facts.goal.is_wanted(),
            Self::Unwanted => !facts.goal.is_wanted(),
            Self::Everybody => true,
            Self::Goals(_, goals) => facts.goal().is_some_and(|goal| goals.contains(&goal)),
            Self::Serving => facts.is_serving(),
        }
    }

    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Wanted => "any",
            Self::Unwanted => "none",
            Self::Everybody => "any or none",
            Self::Goals(words, _) => words,
            Self::Serving => "running",
        }
    }
}
