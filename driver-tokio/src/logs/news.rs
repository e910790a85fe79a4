//! Waiting until there may be more of a log that has come to its end.

use std::sync::Arc;
use std::time::Duration;

use portreeve_core::command::LogSource;
use portreeve_core::id::ContainerId;
use portreeve_core::outcome::EngineEvent;
use portreeve_core::user::UserId;
use tokio::time::{sleep, timeout};

use crate::backend::Events;
use crate::driver::Driver;

/// How long is waited at first where no event tells that something has happened: engines tell none of
/// containers that were adopted, and some tell none at all.
const FIRST: Duration = Duration::from_millis(500);
/// How long at most.
const LONGEST: Duration = Duration::from_secs(10);
/// How long an engine may take to agree to tell what happens.
const OPENING: Duration = Duration::from_secs(5);
/// How long a log that was opened may say nothing until events aren't listened for any more: it is open.
const SILENT: Duration = Duration::from_secs(1);

/// What happens to a user's containers while no log of theirs can be read.
#[derive(Default)]
pub(super) struct News {
    events: Option<Box<dyn Events>>,
    /// The container whose log was read last.
    container: Option<ContainerId>,
    /// How long is waited next; not at all where something came since.
    pause: Duration,
}

impl News {
    /// Begins to listen to what happens on the engine, unless it does. What has happened before is to be
    /// looked for afterwards: at once, since the next wait is none where something came.
    pub(super) async fn subscribe(&mut self, driver: &Arc<Driver>, source: &LogSource) {
        self.container = Some(source.container.clone());
        if self.events.is_some() {
            return;
        }
        let watch = driver
            .engine()
            .watch(source.installation, Some(&source.engine));
        self.events = match timeout(OPENING, watch).await {
            Ok(Ok(events)) => Some(events),
            // There will be another try after a while.
            Ok(Err(_)) | Err(_) => None,
        };
    }

    /// Lines have come: once the log ends, it is read on at once.
    pub(super) fn something_came(&mut self) {
        self.events = None;
        self.pause = Duration::ZERO;
    }

    /// What is read, unless that takes so long that events needn't be listened for.
    pub(super) async fn beside<T>(&mut self, read: impl Future<Output = T>) -> Option<T> {
        if self.events.is_none() {
            return Some(read.await);
        }
        match timeout(SILENT, read).await {
            Ok(read) => Some(read),
            Err(_elapsed) => {
                self.events = None;
                self.pause = Duration::ZERO;
                None
            }
        }
    }

    /// Waits until something has happened to the user's containers, or for a while.
    pub(super) async fn wait(&mut self, user: &UserId) {
        let pause = self.pause;
        self.pause = (pause * 2).clamp(FIRST, LONGEST);
        let pause = sleep(pause);
        tokio::pin!(pause);
        if let Some(events) = &mut self.events {
            tokio::select! {
                heard = heard(&mut **events, user, self.container.as_ref()) => {
                    if heard {
                        return;
                    }
                    self.events = None;
                }
                () = &mut pause => return,
            }
        }
        pause.await;
    }
}

/// Completes once something has happened that may concern the user; false where nothing is told any more.
async fn heard(events: &mut dyn Events, user: &UserId, container: Option<&ContainerId>) -> bool {
    loop {
        match events.next().await {
            Ok(EngineEvent::Opened) => {}
            Ok(EngineEvent::Missed) => return true,
            Ok(EngineEvent::Container {
                id, user: whose, ..
            }) => {
                if whose.as_ref() == Some(user) || Some(&id) == container {
                    return true;
                }
            }
            Err(_) => return false,
        }
    }
}
