//! What the lifecycle wants of its driver.

use crate::command::{Progress, Reply};
use crate::effect::Errand;
use crate::id::{EffectId, RequestId};
use crate::time::Instant;

/// Something the `Lifecycle` wants its driver to do.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Output {
    /// Carry this out, and feed its outcome back under its number.
    Errand(Errand),
    /// Answer this request.
    Reply(RequestId, Reply),
    /// Tell whoever waits for this request how far it is; harmless to leave out.
    Progress(RequestId, Progress),
    /// Stop carrying this effect out ([`Watch`](crate::effect::EngineEffect::Watch), which has no
    /// end of its own). Its outcome is not waited for any more.
    Abandon(EffectId),
    /// Nothing more for now: wait for an outcome or a command, or until the deadline, and then
    /// say what time it is.
    Idle(Option<Deadline>),
}

/// When the `Lifecycle` wants to be told the time, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Deadline {
    /// When.
    pub at: Instant,
    /// What for, for whoever debugs.
    pub reason: &'static str,
}
