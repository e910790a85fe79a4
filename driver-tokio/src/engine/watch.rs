//! Follows what happens to containers.

use std::collections::VecDeque;

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use portreeve_core::effect::EngineEffect;
use portreeve_core::id::{EngineId, InstallationId};
use portreeve_core::outcome::{EngineEvent, EngineOutcome};
use portreeve_wire::docker::version::ApiVersion;
use portreeve_wire::docker::{self, EventDecoder};
use tracing::{Instrument as _, debug_span};

use super::client::EngineClient;
use super::error::EngineError;
use super::response::answer_to;
use crate::backend::{Events, Underway};

/// What happens to an installation's containers, from the moment it was asked for.
///
/// Dropping it ends its connection at once.
#[derive(Debug)]
pub struct EventStream {
    client: EngineClient,
    version: ApiVersion,
    body: Incoming,
    decoder: EventDecoder,
    /// Told already, and not asked for yet.
    ready: VecDeque<EngineEvent>,
}

impl EngineClient {
    /// Asks to be told what happens to containers that bear the installation's label. Returns once
    /// the engine has agreed to, or else with an `Unreachable` that tells why not, or with an
    /// `OtherEngine` where it isn't the one that is named.
    pub async fn watch(
        &self,
        installation: InstallationId,
        engine: Option<&EngineId>,
    ) -> Result<EventStream, EngineOutcome> {
        let effect = EngineEffect::Watch { installation };
        let span = debug_span!("engine.events");
        let (version, body) = self.open_events(&effect, engine).instrument(span).await?;
        Ok(EventStream {
            client: self.clone(),
            version,
            body,
            decoder: EventDecoder::new(installation),
            ready: VecDeque::new(),
        })
    }

    /// An engine that was upgraded meanwhile is asked again in a version it speaks.
    async fn open_events(
        &self,
        effect: &EngineEffect,
        on: Option<&EngineId>,
    ) -> Result<(ApiVersion, Incoming), EngineOutcome> {
        let mut was_refused = false;
        loop {
            let version = self.api_version().await.map_err(not_open)?;
            let request = docker::request(effect, version);
            let opened = match self.transport.open(request, on).await {
                Ok(opened) if opened.status() == 200 => {
                    return Ok((version, opened.into_body()));
                }
                Ok(opened) => self.transport.read(opened, answer_to(effect)).await,
                Err(error) => Err(error),
            };
            // It may be another engine that answers next time.
            self.forget(version).await;
            let answer = opened.map_err(not_open)?;
            if was_refused || !answer.refuses_version() {
                return Err(answer.outcome());
            }
            was_refused = true;
        }
    }
}

impl EventStream {
    /// The next event, or else how the stream ended: an `Unclear` that tells why. What happened
    /// after the last event is not known then.
    ///
    /// When the future is dropped before it is done, no event is lost.
    pub async fn next(&mut self) -> Result<EngineEvent, EngineOutcome> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(event);
            }
            let told = match self.piece().await {
                Ok(bytes) => self
                    .decoder
                    .feed(&bytes)
                    .map_err(|broken| broken.to_string()),
                Err(lost) => Err(lost.to_string()),
            };
            match told {
                Ok(told) => self.ready.extend(told),
                Err(why) => {
                    // It may be another engine that answers next time.
                    self.client.forget(self.version).await;
                    return Err(EngineOutcome::Unclear(why));
                }
            }
        }
    }

    /// Follows the events to their end, and tells how they ended.
    pub(super) async fn end(mut self) -> EngineOutcome {
        loop {
            if let Err(outcome) = self.next().await {
                return outcome;
            }
        }
    }

    /// The stream's next bytes.
    async fn piece(&mut self) -> Result<Bytes, EngineError> {
        let address = self.client.address();
        match self.body.frame().await {
            // Trailers bring no bytes.
            Some(Ok(frame)) => Ok(frame.into_data().unwrap_or_default()),
            Some(Err(error)) => Err(EngineError::of_answer(address, &error)),
            None => Err(EngineError::Lost {
                address: address.clone(),
                why: "its events ended".to_owned(),
            }),
        }
    }
}

impl Events for EventStream {
    fn next(&mut self) -> Underway<'_, Result<EngineEvent, EngineOutcome>> {
        Box::pin(self.next())
    }
}

/// Of a request for events that got no answer: nothing was begun by it.
fn not_open(error: EngineError) -> EngineOutcome {
    match error {
        EngineError::OtherEngine(found) => EngineOutcome::OtherEngine(found),
        other => EngineOutcome::Unreachable(other.to_string()),
    }
}
