//! Engines and stores of one's own, by calls that block.

use std::time::Duration;

use portreeve_core::effect::{EngineEffect, Fence, StoreEffect};
use portreeve_core::id::{EngineId, InstallationId};
use portreeve_core::outcome::{EngineEvent, EngineOutcome, StoreOutcome};
pub use portreeve_tokio::Backend;
use portreeve_tokio::internals::BackendsOf;

/// Carries out what is asked of a container engine.
///
/// Each effect says what it is to be answered with. It is called from threads that belong to the
/// handle, several at once.
pub trait Engine: Send + Sync + 'static {
    /// Carries out one request, which is not to be sent where its [`Fence`] forbids it: past its
    /// not-after time (by the clock that [`now`](crate::now) tells), or to another engine than it is
    /// for, which is `OtherEngine`. An engine that can be replaced behind the client's back by another
    /// must be looked at after each reconnection. Every failure is an outcome: `Unreachable` where
    /// surely nothing was done, `Unclear` where it may have been.
    ///
    /// After `limit` nobody waits for the outcome any more, and it had better return; a panic costs
    /// this effect alone. A [`Watch`](EngineEffect::Watch) goes to [`watch`](Self::watch) instead.
    fn carry_out(&self, effect: &EngineEffect, limit: Duration, fence: &Fence) -> EngineOutcome;

    /// Asks to be told what happens to an installation's containers on this engine, if one is
    /// named, and returns once that is agreed to; else `Unreachable` or `OtherEngine`. Needed only
    /// where [`Maintenance::watch`](portreeve_core::settings::Maintenance) is on: unless it is
    /// written, the engine tells nothing.
    fn watch(
        &self,
        _installation: InstallationId,
        _engine: Option<&EngineId>,
    ) -> Result<Box<dyn Events>, EngineOutcome> {
        let text = "this engine doesn't tell what happens".to_owned();
        Err(EngineOutcome::Unreachable(text))
    }

    /// From how many threads it may be called at once.
    fn at_once(&self) -> usize {
        32
    }
}

/// What happens on an engine, one after the other. Dropped where nobody wants to be told any more.
pub trait Events: Send + 'static {
    /// The next event, `None` where none came within `patience`, or how the stream ended: `Unclear`,
    /// with why.
    fn next(&mut self, patience: Duration) -> Result<Option<EngineEvent>, EngineOutcome>;
}

/// Carries out what is asked of a store.
///
/// Each effect is atomic, says what it is to be answered with, and is timed by the store's clock
/// alone. It is called from threads that belong to the handle, several at once, and serves any
/// number of controllers.
pub trait Store: Send + Sync + 'static {
    /// Carries out one statement. Every failure is an outcome: `Unreachable` where surely nothing
    /// was done, `Unclear` where it may have been.
    ///
    /// After `limit` nobody waits for the outcome any more, and it had better return; a panic costs
    /// this effect alone.
    fn carry_out(&self, effect: &StoreEffect, limit: Duration) -> StoreOutcome;

    /// From how many threads it may be called at once.
    fn at_once(&self) -> usize {
        8
    }
}

/// The engine and the store that a handle is opened over.
pub type Backends = BackendsOf<dyn Engine, dyn Store>;
