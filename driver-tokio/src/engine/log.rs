//! A container's log, as it comes.

use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::http::response::Parts;
use portreeve_core::id::{ContainerId, EngineId};
use portreeve_core::outcome::EngineOutcome;
use portreeve_wire::docker::log_stream::{self, LogRange};
use portreeve_wire::docker::not_told;
use tracing::{Instrument as _, debug_span};

use super::client::EngineClient;
use super::error::EngineError;
use super::response::{Reading as _, Response, SMALL};
use crate::backend::{LogPieces, Underway};

/// An engine's answer to a request for a container's log. Dropping it ends its connection at once.
#[derive(Debug)]
pub struct LogAnswer {
    client: EngineClient,
    body: Incoming,
}

impl EngineClient {
    /// Asks this engine for a container's log. Returns once it has agreed to tell it, or else with an
    /// `Absent`, or with what went wrong.
    pub async fn log(
        &self,
        container: &ContainerId,
        range: LogRange,
        engine: &EngineId,
    ) -> Result<LogAnswer, EngineOutcome> {
        let span = debug_span!("engine.log", %container);
        let body = self.open_log(container, range, engine).instrument(span);
        Ok(LogAnswer {
            client: self.clone(),
            body: body.await?,
        })
    }

    /// An engine that was upgraded meanwhile is asked again in a version it speaks.
    async fn open_log(
        &self,
        container: &ContainerId,
        range: LogRange,
        engine: &EngineId,
    ) -> Result<Incoming, EngineOutcome> {
        let mut was_refused = false;
        loop {
            let version = self.api_version().await?;
            let request = version.spoken(log_stream::request(container, range));
            let opened = match self.transport.open(request, Some(engine)).await {
                Ok(opened) if opened.status() == 200 => return Ok(opened.into_body()),
                Ok(opened) => {
                    let begin = |head: &Parts| Response::of(head, SMALL);
                    self.transport.read(opened, begin).await
                }
                Err(error) => Err(error),
            };
            let answer = match opened {
                Ok(answer) if !answer.refuses_version() || was_refused => {
                    return Err(not_told(answer.status, &answer.body));
                }
                other => other,
            };
            // It may be another engine that answers next time.
            self.forget(version).await;
            answer?;
            was_refused = true;
        }
    }
}

impl LogAnswer {
    /// The next bytes, or `None` at the answer's end. When the future is dropped before it is done,
    /// nothing is lost.
    pub async fn next(&mut self) -> Result<Option<Bytes>, EngineOutcome> {
        match self.body.frame().await {
            // Trailers bring no bytes.
            Some(Ok(frame)) => Ok(Some(frame.into_data().unwrap_or_default())),
            Some(Err(error)) => Err(EngineError::of_answer(self.client.address(), &error).into()),
            None => Ok(None),
        }
    }
}

impl LogPieces for LogAnswer {
    fn next(&mut self) -> Underway<'_, Result<Option<Bytes>, EngineOutcome>> {
        Box::pin(self.next())
    }
}
