//! Who carries effects out: one engine, which also tells what happens, and one store, behind traits so that tests (and one day
//! hosts with engines of their own) can put others in their place.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use portreeve_core::effect::{EngineEffect, StoreEffect};
use portreeve_core::outcome::{EngineOutcome, StoreOutcome};
use portreeve_core::time::Instant;

use crate::engine::EngineClient;
use crate::store::StoreClient;
use crate::watch::Events;

/// An effect on its way to an outcome.
pub(crate) type Underway<'a, O> = Pin<Box<dyn Future<Output = O> + Send + 'a>>;

/// Carries out what is asked of a container engine.
pub(crate) trait Engine: Send + Sync + 'static {
    /// Carries out one request, which is not to be sent past its not-after time. Every failure is
    /// an outcome.
    fn carry_out<'a>(
        &'a self,
        effect: &'a EngineEffect,
        not_after: Option<Instant>,
    ) -> Underway<'a, EngineOutcome>;
}

/// Carries out what is asked of a store.
pub(crate) trait Store: Send + Sync + 'static {
    /// Carries out one statement. Every failure is an outcome.
    fn carry_out<'a>(&'a self, effect: &'a StoreEffect) -> Underway<'a, StoreOutcome>;
}

/// All of them.
#[derive(Clone)]
pub(crate) struct Backends {
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) events: Arc<dyn Events>,
}

impl Engine for EngineClient {
    fn carry_out<'a>(
        &'a self,
        effect: &'a EngineEffect,
        not_after: Option<Instant>,
    ) -> Underway<'a, EngineOutcome> {
        Box::pin(self.carry_out_by(effect, not_after))
    }
}

impl Store for StoreClient {
    fn carry_out<'a>(&'a self, effect: &'a StoreEffect) -> Underway<'a, StoreOutcome> {
        Box::pin(self.carry_out(effect))
    }
}
