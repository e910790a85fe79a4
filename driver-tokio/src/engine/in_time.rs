//! The last moment at which a request may still be sent.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

use hyper_util::client::legacy::connect::CaptureConnection;
use portreeve_core::time::Instant;

use crate::clock;

/// Drives a request to its answer, or to `None` where it is past its not-after time before it has
/// a connection: nothing of it was sent then. Once it has one, its answer is waited for however
/// long that takes.
///
/// The client hands a request over to its connection in the very poll in which it gets one, so the
/// clock is read right before. What remains is how long that connection's task and the system
/// take to write it, and one rare turn: where a kept connection closes just as the request is
/// handed over, the client sends it on another, and the time it takes to make that isn't looked at.
pub(super) async fn in_time<T>(
    not_after: Option<Instant>,
    connection: &CaptureConnection,
    request: impl Future<Output = T>,
) -> Option<T> {
    let mut request = pin!(request);
    poll_fn(|context| {
        let waits = connection.connection_metadata().is_none();
        let expired = not_after.is_some_and(|not_after| clock::now() > not_after);
        if waits && expired {
            return Poll::Ready(None);
        }
        request.as_mut().poll(context).map(Some)
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use hyper_util::client::legacy::connect::capture_connection;
    use portreeve_core::effect::{EngineEffect, Fence};
    use portreeve_core::id::ContainerId;
    use portreeve_core::outcome::EngineOutcome;
    use portreeve_wire::docker::EngineAddress;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;
    use tokio::sync::{Semaphore, oneshot};

    use super::*;
    use crate::engine::EngineClient;

    /// An engine that answers each request once the test lets it, a ping or whatever it is.
    struct SlowEngine {
        client: EngineClient,
        /// Gets a permit with each request that is heard.
        heard: Arc<Semaphore>,
        /// Each permit lets one answer go.
        let_answer: Arc<Semaphore>,
    }

    impl SlowEngine {
        async fn start() -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = format!("tcp://{}", listener.local_addr().unwrap());
            let address: EngineAddress = address.parse().unwrap();
            let engine = Self {
                client: EngineClient::new(address).unwrap(),
                heard: Arc::new(Semaphore::new(0)),
                let_answer: Arc::new(Semaphore::new(0)),
            };
            let (heard, let_answer) = (engine.heard.clone(), engine.let_answer.clone());
            tokio::spawn(async move {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut request = Vec::new();
                while let Ok(byte) = stream.read_u8().await {
                    request.push(byte);
                    if request.ends_with(b"\r\n\r\n") {
                        request.clear();
                        heard.add_permits(1);
                        let_answer.acquire().await.unwrap().forget();
                        let answer = b"HTTP/1.1 204 X\r\nApi-Version: 1.41\r\n\r\n";
                        stream.write_all(answer).await.unwrap();
                    }
                }
            });
            engine
        }

        /// A change that may be begun until then, which the test meets half-way.
        fn change(&self, not_after: Instant) -> tokio::task::JoinHandle<EngineOutcome> {
            let client = self.client.clone();
            tokio::spawn(async move {
                let container = ContainerId::new("c");
                let effect = EngineEffect::Start { container };
                let fence = Fence {
                    not_after: Some(not_after),
                    engine: None,
                };
                client.carry_out_within(&effect, &fence).await
            })
        }

        async fn heard_one(&self) {
            self.heard.acquire().await.unwrap().forget();
        }
    }

    /// Waits for the one thing that brings no event.
    async fn pass(not_after: Instant) {
        while clock::now() <= not_after {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    #[tokio::test]
    async fn a_ping_that_takes_too_long_lets_no_change_be_sent() {
        let engine = SlowEngine::start().await;
        let not_after = clock::now().after(Duration::from_millis(20));
        let change = engine.change(not_after);
        engine.heard_one().await;
        pass(not_after).await;
        engine.let_answer.add_permits(2);
        assert_eq!(change.await.unwrap(), EngineOutcome::Expired);
        assert_eq!(engine.heard.available_permits(), 0, "only the ping");
    }

    #[tokio::test]
    async fn the_answer_to_what_was_sent_in_time_is_waited_for() {
        let engine = SlowEngine::start().await;
        // Time enough for a ping and a change even on a machine that is busy.
        let not_after = clock::now().after(Duration::from_secs(1));
        let change = engine.change(not_after);
        engine.heard_one().await;
        engine.let_answer.add_permits(1);
        engine.heard_one().await;
        pass(not_after).await;
        engine.let_answer.add_permits(1);
        assert_eq!(change.await.unwrap(), EngineOutcome::Done);
    }

    #[tokio::test]
    async fn a_connection_that_comes_too_late_is_not_used() {
        let connection = capture_connection(&mut hyper::Request::new(()));
        let (connected, connecting) = oneshot::channel();
        let not_after = clock::now().after(Duration::from_millis(20));
        let request =
            tokio::spawn(async move { in_time(Some(not_after), &connection, connecting).await });
        pass(not_after).await;
        connected.send("sent").unwrap();
        assert_eq!(request.await.unwrap(), None);
    }
}
