//! Carries the core's engine effects out.

use std::sync::Arc;
use std::time::{self, Duration};

use bytes::Bytes;
use hyper::http::response::Parts;
use portreeve_core::effect::{EngineEffect, Fence};
use portreeve_core::id::{ContainerId, EngineId, InstallationId};
use portreeve_core::outcome::EngineOutcome;
use portreeve_wire::docker::log_stream::LogRange;
use portreeve_wire::docker::stats::Sample;
use portreeve_wire::docker::version::{self, ApiVersion, Choice, EngineVersion, VersionError};
use portreeve_wire::docker::{self, EngineAddress, maintenance};
use portreeve_wire::http::{Body, Method, Request};
use tokio::sync::Mutex;
use tracing::{Instrument, debug, debug_span, trace};

use super::error::{EngineError, UnservedAddress};
use super::response::{LARGE, Reading, Response, SMALL, answer_to};
use super::transport::Transport;
use crate::backend::{Engine, Events, LogPieces, Underway};

/// A container engine. Clones share their connections.
///
/// It holds no policy and keeps no time: a caller that won't wait drops the future, and then
/// doesn't know whether the engine did what it was asked.
#[derive(Clone)]
pub struct EngineClient {
    pub(super) transport: Transport,
    /// The version in use, once it is settled; whoever settles it holds the lock, and the others
    /// wait for it.
    version: Arc<Mutex<Option<ApiVersion>>>,
}

impl EngineClient {
    /// A client for the engine at this address. Connects when it is first used.
    pub fn new(address: EngineAddress) -> Result<Self, UnservedAddress> {
        Ok(Self {
            transport: Transport::new(address)?,
            version: Arc::new(Mutex::new(None)),
        })
    }

    /// Where the engine is.
    pub fn address(&self) -> &EngineAddress {
        self.transport.address()
    }

    /// Carries out one effect. Every failure is an outcome, and nothing is sent a second time that
    /// the engine may have seen the first time.
    ///
    /// A `Watch` is carried out with nobody to tell the events to: [`watch`](Self::watch) tells
    /// them.
    pub async fn carry_out(&self, effect: &EngineEffect) -> EngineOutcome {
        self.carry_out_within(effect, &Fence::default()).await
    }

    /// The same, unless its fence forbids it when all is ready to send it: connecting, or settling
    /// the version, may take long, and another engine may be there then.
    pub(crate) async fn carry_out_within(
        &self,
        effect: &EngineEffect,
        fence: &Fence,
    ) -> EngineOutcome {
        if let EngineEffect::Watch { installation } = effect {
            return match self.watch(*installation, fence.engine.as_ref()).await {
                Ok(events) => events.end().await,
                Err(outcome) => outcome,
            };
        }
        let request = |version| docker::request(effect, version);
        match self.exchange(request, fence, answer_to(effect)).await {
            Ok(answer) => answer.outcome(),
            Err(error) => error.into(),
        }
    }

    /// Sends a request of the caller's own, in the version of the API in use, and reads the status
    /// and the body of the answer. The path is written to logs.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Body,
    ) -> Result<(u16, Bytes), EngineError> {
        let answer = self
            .send_versioned(&Request::new(method, path, body))
            .await?;
        Ok((answer.status, answer.body.into()))
    }

    /// What the engine says of itself.
    pub async fn version(&self) -> Result<EngineVersion, EngineError> {
        let any = Fence::default();
        let answer = self.transmit(version::about_engine(), &any, small).await?;
        match answer.status {
            200 => Ok(EngineVersion::read(&answer.body)),
            _ => Err(VersionError::NotAnEngine.into()),
        }
    }

    /// The version of the API in use; settled with the engine unless it was before.
    pub async fn api_version(&self) -> Result<ApiVersion, EngineError> {
        let mut settled = self.version.lock().await;
        if let Some(version) = *settled {
            return Ok(version);
        }
        let version = self.settle().await.map_err(EngineError::before_sending)?;
        debug!(%version, "settled the version of the engine's API");
        Ok(*settled.insert(version))
    }

    /// Makes an image of a tar archive of its root file system; see [`maintenance::import_image`].
    pub async fn import_image(
        &self,
        reference: &str,
        tar: Vec<u8>,
        changes: &[&str],
    ) -> Result<(), EngineError> {
        self.maintain(&maintenance::import_image(reference, tar, changes))
            .await
    }

    /// Removes an image's name, and the image where it has no other.
    pub async fn remove_image(&self, reference: &str) -> Result<(), EngineError> {
        self.maintain(&maintenance::remove_image(reference)).await
    }

    /// Removes a network that nothing is attached to.
    pub async fn remove_network(&self, name: &str) -> Result<(), EngineError> {
        self.maintain(&maintenance::remove_network(name)).await
    }

    /// Removes a volume that nothing uses.
    pub async fn remove_volume(&self, name: &str) -> Result<(), EngineError> {
        self.maintain(&maintenance::remove_volume(name)).await
    }

    async fn maintain(&self, request: &Request) -> Result<(), EngineError> {
        let answer = self.send_versioned(request).await?;
        maintenance::done(request, answer.status, &answer.body).map_err(EngineError::Refused)
    }

    pub(super) async fn send_versioned(&self, request: &Request) -> Result<Response, EngineError> {
        let request = |version: ApiVersion| version.spoken(request.clone());
        let begin = |head: &Parts| Response::of(head, LARGE);
        self.exchange(request, &Fence::default(), begin).await
    }

    /// Sends a request in the settled version. An engine that was upgraded meanwhile refuses the
    /// version before it looks at the request; that one is sent again in a version it speaks.
    async fn exchange<R: Reading>(
        &self,
        request: impl Fn(ApiVersion) -> Request,
        fence: &Fence,
        begin: impl Fn(&Parts) -> R,
    ) -> Result<R, EngineError> {
        let version = self.api_version().await?;
        let answer = match self.transmit(request(version), fence, &begin).await {
            // It may be another engine that answers next time.
            Err(error @ (EngineError::Unreachable(_) | EngineError::Lost { .. })) => {
                self.forget(version).await;
                return Err(error);
            }
            other => other?,
        };
        if !answer.refuses_version() {
            return Ok(answer);
        }
        self.forget(version).await;
        let version = self.api_version().await?;
        self.transmit(request(version), fence, &begin).await
    }

    /// Has the version settled again, unless somebody has done so since.
    pub(super) async fn forget(&self, version: ApiVersion) {
        let mut settled = self.version.lock().await;
        if *settled == Some(version) {
            *settled = None;
        }
    }

    async fn settle(&self) -> Result<ApiVersion, EngineError> {
        let any = Fence::default();
        let pong = self.transmit(version::ping(), &any, small).await?;
        if pong.status >= 500 {
            // A proxy's word, as a rule, that the engine behind it isn't there.
            return Err(EngineError::Unreachable(format!(
                "{} answered a ping with status {}",
                self.address(),
                pong.status
            )));
        }
        let newest = pong.headers.get(version::API_VERSION);
        match version::choose(newest.and_then(|newest| newest.to_str().ok()))? {
            Choice::Use(version) => Ok(version),
            Choice::AskOldest => Ok(version::settle(&self.version().await?)?),
        }
    }

    async fn transmit<R: Reading>(
        &self,
        request: Request,
        fence: &Fence,
        begin: impl Fn(&Parts) -> R,
    ) -> Result<R, EngineError> {
        let span = debug_span!("engine", method = %request.method, path = %request.target);
        let started = time::Instant::now();
        async {
            let begin = |head: &Parts| {
                trace!(%head.status, "answers");
                begin(head)
            };
            let result = self.transport.exchange(request, fence, begin).await;
            let elapsed = started.elapsed();
            match &result {
                Ok(_) => trace!(?elapsed, "answered"),
                Err(error) => debug!(%error, ?elapsed, "failed"),
            }
            result
        }
        .instrument(span)
        .await
    }
}

/// An answer that never has many parts.
fn small(head: &Parts) -> Response {
    Response::of(head, SMALL)
}

impl Engine for EngineClient {
    fn carry_out<'a>(
        &'a self,
        effect: &'a EngineEffect,
        _limit: Duration,
        fence: &'a Fence,
    ) -> Underway<'a, EngineOutcome> {
        Box::pin(self.carry_out_within(effect, fence))
    }

    fn watch<'a>(
        &'a self,
        installation: InstallationId,
        engine: Option<&'a EngineId>,
    ) -> Underway<'a, Result<Box<dyn Events>, EngineOutcome>> {
        Box::pin(async move {
            let stream = self.watch(installation, engine).await?;
            Ok(Box::new(stream) as Box<dyn Events>)
        })
    }

    fn log<'a>(
        &'a self,
        container: &'a ContainerId,
        range: LogRange,
        engine: &'a EngineId,
    ) -> Underway<'a, Result<Box<dyn LogPieces>, EngineOutcome>> {
        Box::pin(async move {
            let answer = self.log(container, range, engine).await?;
            Ok(Box::new(answer) as Box<dyn LogPieces>)
        })
    }

    fn stats<'a>(
        &'a self,
        container: &'a ContainerId,
    ) -> Underway<'a, Result<Sample, EngineOutcome>> {
        Box::pin(self.stats(container))
    }
}

impl std::fmt::Debug for EngineClient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EngineClient")
            .field("address", &self.address().to_string())
            .finish_non_exhaustive()
    }
}
