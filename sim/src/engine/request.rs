//! What is asked of an engine, what comes of it, and who waits for that.

use portreeve_core::effect::EngineEffect;

use super::numbers::Ticket;

/// What kind of effect was asked for: as much as the meaning of a failure depends on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[allow(missing_docs, reason = "named like the effects")]
pub enum Asked {
    Identify,
    Inspect,
    Examine,
    List,
    Watch,
    InspectImage,
    PullImage,
    FindNetworks,
    CreateNetwork,
    EnsureVolume,
    InspectVolume,
    ListVolumes,
    RemoveVolume,
    Create,
    Start,
    Unpause,
    Stop,
    Remove,
    Logs,
    /// No effect of the lifecycle's.
    Other,
}

impl From<&EngineEffect> for Asked {
    fn from(effect: &EngineEffect) -> Self {
        match effect {
            EngineEffect::Identify => Self::Identify,
            EngineEffect::Inspect(_) => Self::Inspect,
            EngineEffect::Examine(_) => Self::Examine,
            EngineEffect::List(_) => Self::List,
            EngineEffect::Watch { .. } => Self::Watch,
            EngineEffect::InspectImage { .. } => Self::InspectImage,
            EngineEffect::PullImage { .. } => Self::PullImage,
            EngineEffect::FindNetworks { .. } => Self::FindNetworks,
            EngineEffect::CreateNetwork { .. } => Self::CreateNetwork,
            EngineEffect::EnsureVolume { .. } => Self::EnsureVolume,
            EngineEffect::InspectVolume { .. } => Self::InspectVolume,
            EngineEffect::ListVolumes(_) => Self::ListVolumes,
            EngineEffect::RemoveVolume { .. } => Self::RemoveVolume,
            EngineEffect::Create(_) => Self::Create,
            EngineEffect::Start { .. } => Self::Start,
            EngineEffect::Unpause { .. } => Self::Unpause,
            EngineEffect::Stop { .. } => Self::Stop,
            EngineEffect::Remove { .. } => Self::Remove,
            EngineEffect::Logs { .. } => Self::Logs,
        }
    }
}

/// What came of a request that was understood.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Done {
    /// It is done.
    Now,
    /// There was nothing to do.
    Already,
    /// It has begun, and is answered under that number.
    Later(Ticket),
}

/// Somebody who waits for something to happen to a container.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Waiter {
    pub(super) ticket: Ticket,
    pub(super) asked: Asked,
    pub(super) until: Until,
}

/// What a [`Waiter`] waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Until {
    /// Its process has ended, as it was asked to.
    Stopped,
    /// It has been stopped and started.
    Restarted,
    /// Its process has ended, of whatever reason.
    Ended,
    /// It is gone.
    Removed,
}
