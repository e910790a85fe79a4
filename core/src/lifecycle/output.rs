//! What the lifecycle wants of its driver.

use crate::command::{Progress, Reply};
use crate::effect::IssuedEffect;
use crate::id::{EffectId, RequestId};
use crate::time::Instant;
use crate::user::UserId;

/// Something the `Lifecycle` wants its driver to do.
///
/// It is exhaustive, as [effects](crate::effect::Effect) are: a driver must not pass one over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
    /// Carry this out, and feed its outcome back under its number.
    Effect(IssuedEffect),
    /// Answer this request.
    Reply(RequestId, Reply),
    /// Tell whoever waits for this request how far it is; harmless to leave out.
    Progress(RequestId, Progress),
    /// Stop carrying this effect out ([`Watch`](crate::effect::EngineEffect::Watch), which has no
    /// end of its own), and feed any outcome back under its number, as of each effect. Nobody waits for
    /// it; but until then the number is kept, so that what is still told under it is no misuse.
    Abandon(EffectId),
    /// Tell whoever maintains this: the lifecycle has made a mistake of its own.
    Looped(Loop),
    /// Nothing more for now: wait for an outcome or a command, or until the deadline, and then
    /// say what time it is.
    Idle(Option<Deadline>),
}

/// More steps were taken for a user without any wait than a sound decision table ever asks for. The user
/// is left alone until something is heard or the next deadline comes, so that all others are served.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Loop {
    /// For whom.
    pub user: UserId,
    /// The row of the [decision table](crate::lifecycle::decision_table) that decided last, counted from
    /// zero.
    pub row: usize,
    /// What it says is to be done.
    pub step: &'static str,
    /// How often this has happened since the lifecycle was made, this time included.
    pub times: u64,
}

/// When the `Lifecycle` wants to be told the time, and what for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Deadline {
    /// When.
    pub at: Instant,
    /// What for, for whoever debugs.
    pub timer: Timer,
}

/// What the `Lifecycle` waits for that time alone brings. One that is not looked at in time delays
/// what it is for, and breaks nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Timer {
    /// An effect is overdue, and is given up.
    Effect,
    /// A user's next step is due, its lease is to be renewed, or a deadline of its requests comes.
    User,
    /// Engine, network or image are asked for again.
    Prerequisite,
    /// The store is asked again for records, or told again of activity.
    Batch,
    /// A command that concerns many users goes on, or runs out of time.
    Bulk,
    /// Ports are looked for again that others can give up, or have rested.
    PortSearch,
    /// The engine's events are to be followed again, or its containers to be listed.
    Events,
    /// It is time for a sweep, or to reap.
    Maintenance,
}
