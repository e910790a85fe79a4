//! Who carries effects out: an engine, which also tells what happens, and a store. Hosts may bring
//! their own of either.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use portreeve_core::effect::{EngineEffect, Fence, StoreEffect};
use portreeve_core::id::{ContainerId, EngineId, InstallationId};
use portreeve_core::outcome::{EngineEvent, EngineOutcome, StoreOutcome};
use portreeve_wire::docker::EngineAddress;
use portreeve_wire::docker::log_stream::LogRange;
use portreeve_wire::docker::stats::Sample;
use portreeve_wire::store::StoreAddress;

use crate::config::Config;

/// What is under way, on its way to an outcome.
pub type Underway<'a, O> = Pin<Box<dyn Future<Output = O> + Send + 'a>>;

/// Carries out what is asked of a container engine.
///
/// Each effect says what it is to be answered with. Many are under way at once, in any order.
pub trait Engine: Send + Sync + 'static {
    /// Carries out one request, which is not to be sent where its [`Fence`] forbids it: past its
    /// not-after time (by the clock that [`now`](crate::now) tells), or to another engine than it is
    /// for, which is `OtherEngine`. An engine that can be replaced behind the client's back by another
    /// must be looked at after each reconnection. Every failure is an outcome: `Unreachable` where
    /// surely nothing was done, `Unclear` where it may have been.
    ///
    /// After `limit` the future is dropped; a panic costs this effect alone. A
    /// [`Watch`](EngineEffect::Watch) goes to [`watch`](Self::watch) instead.
    fn carry_out<'a>(
        &'a self,
        effect: &'a EngineEffect,
        limit: Duration,
        fence: &'a Fence,
    ) -> Underway<'a, EngineOutcome>;

    /// Asks to be told what happens to an installation's containers on this engine, if one is
    /// named. Done once that is agreed to; else `Unreachable` or `OtherEngine`. Needed only where
    /// [`Maintenance::watch`](portreeve_core::settings::Maintenance) is on: unless it is written,
    /// the engine tells nothing.
    fn watch<'a>(
        &'a self,
        _installation: InstallationId,
        _engine: Option<&'a EngineId>,
    ) -> Underway<'a, Result<Box<dyn Events>, EngineOutcome>> {
        let text = "this engine doesn't tell what happens".to_owned();
        Box::pin(async { Err(EngineOutcome::Unreachable(text)) })
    }

    /// Asks for a container's log on this engine and no other: every message with its time, as the
    /// [`log_stream`](portreeve_wire::docker::log_stream) of the wire has it. Done once that is agreed
    /// to; else `Absent` where there is no such container, or what went wrong. Needed only where logs are
    /// asked for: unless it is written, the engine has none.
    fn log<'a>(
        &'a self,
        _container: &'a ContainerId,
        _range: LogRange,
        _engine: &'a EngineId,
    ) -> Underway<'a, Result<Box<dyn LogPieces>, EngineOutcome>> {
        let text = "this engine has no logs".to_owned();
        Box::pin(async { Err(EngineOutcome::Refused(text)) })
    }

    /// Takes a reading of what a container takes of the machine: `Absent` where there is no such
    /// container, or what went wrong. Needed only where that is asked for: unless it is written, the
    /// engine doesn't tell.
    fn stats<'a>(
        &'a self,
        _container: &'a ContainerId,
    ) -> Underway<'a, Result<Sample, EngineOutcome>> {
        let text = "this engine doesn't tell what containers take".to_owned();
        Box::pin(async { Err(EngineOutcome::Refused(text)) })
    }
}

/// A container's log, piece by piece.
pub trait LogPieces: Send {
    /// The next bytes, cut anywhere; `None` at the end, or what went wrong. When the future is dropped
    /// half-way, nothing is lost.
    fn next(&mut self) -> Underway<'_, Result<Option<Bytes>, EngineOutcome>>;
}

/// What happens on an engine, one after the other.
pub trait Events: Send {
    /// The next event, or how the stream ended: `Unclear`, with why. Dropped with the future
    /// half-way where nobody wants to be told any more.
    fn next(&mut self) -> Underway<'_, Result<EngineEvent, EngineOutcome>>;
}

/// Carries out what is asked of a store.
///
/// Each effect is atomic, says what it is to be answered with, and is timed by the store's clock
/// alone. Many are under way at once, for any number of controllers.
pub trait Store: Send + Sync + 'static {
    /// Carries out one statement. Every failure is an outcome: `Unreachable` where surely nothing
    /// was done, `Unclear` where it may have been.
    ///
    /// After `limit` the future is dropped; a panic costs this effect alone.
    fn carry_out<'a>(
        &'a self,
        effect: &'a StoreEffect,
        limit: Duration,
    ) -> Underway<'a, StoreOutcome>;
}

/// One of the two ends that effects go to: the built-in client of an address, or one's own.
pub enum Backend<A, T: ?Sized> {
    /// What is at this address.
    At(A),
    /// One's own client.
    Own(Arc<T>),
}

/// The engine and the store that a handle is opened over.
pub type Backends = BackendsOf<dyn Engine, dyn Store>;

/// The same for any driver: `E` and `S` are its traits for clients of one's own.
pub struct BackendsOf<E: ?Sized, S: ?Sized> {
    /// The container engine.
    pub engine: Backend<EngineAddress, E>,
    /// The store.
    pub store: Backend<StoreAddress, S>,
}

impl<E: ?Sized, S: ?Sized> BackendsOf<E, S> {
    /// Those at a configuration's addresses.
    pub fn of(config: Config) -> (portreeve_core::settings::Settings, Self) {
        let backends = Self {
            engine: Backend::At(config.engine),
            store: Backend::At(config.store),
        };
        (config.settings, backends)
    }
}

impl<E: ?Sized, S: ?Sized> fmt::Debug for BackendsOf<E, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Backends")
            .field("engine", &self.engine)
            .field("store", &self.store)
            .finish()
    }
}

impl<A: fmt::Debug, T: ?Sized> fmt::Debug for Backend<A, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(address) => f.debug_tuple("At").field(address).finish(),
            Self::Own(_) => f.write_str("Own(..)"),
        }
    }
}

/// The clients of the engine and of the store, ready to be asked.
#[derive(Clone)]
pub struct Clients {
    /// The container engine's.
    pub engine: Arc<dyn Engine>,
    /// The store's.
    pub store: Arc<dyn Store>,
}
