//! What is going to happen by itself.

use portreeve_core::id::Port;
use portreeve_core::outcome::EngineEvent;

use super::guest::Guest;
use super::question::QuestionId;
use super::subscription::Subscription;

/// Something that is going to happen.
#[derive(Clone, Debug)]
pub(super) enum Happening {
    /// A driver sends an effect.
    Send(u64),
    /// An effect arrives where it takes hold.
    Arrive(u64),
    /// What came of it is told.
    Answer(u64),
    /// Its driver waits no longer.
    Timeout(u64),
    /// An event is told to who follows.
    Tell(Subscription, EngineEvent),
    /// A controller's deadline has come.
    Wake(usize),
    /// A controller that stood still goes on, unless it was told to stand still for longer.
    Thaw(usize),
    /// A controller's process starts, unless it has since.
    Boot(usize),
    /// A host waits no longer.
    Withdraw(QuestionId),
    EngineBack,
    /// The right engine answers again, unless another is to for longer.
    EngineHome,
    StoreBack,
    /// A replica takes over the store, unless one has since.
    FailOver,
    /// Whoever listened on a port is gone.
    Vacate(Port),
    /// Whoever made things that aren't ours removes them.
    Leave(Guest),
    RegistryBack,
}
