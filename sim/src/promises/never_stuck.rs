//! Promise 4: every question is answered by its deadline.

use std::time::Duration;

use portreeve_core::command::Command;
use portreeve_core::settings::Settings;
use portreeve_core::time::Instant;

use super::verdict::Verdict;

/// Its name.
pub const PROMISE: &str = "Never stuck";

/// An answer took that long, beside the time in which its controller was kept from it.
///
/// # Errors
/// If that is longer than it may take.
pub fn in_time(command: &Command, took: Duration, patience: Duration) -> Verdict {
    if took <= patience {
        return Ok(());
    }
    Err(format!(
        "{command:?} was answered after {} s, and {} s is the longest it may take",
        took.as_secs(),
        patience.as_secs()
    ))
}

/// The sum of all that a question may wait for in turn. Each is a limit of the settings; some are
/// spent twice: a run that had to turn round waits for its turn again.
pub fn patience(settings: &Settings) -> Duration {
    let timing = &settings.timing;
    let once = timing.queue + timing.pull + timing.start + timing.patience;
    2 * once + timing.lease + timing.grace + timing.answer + timing.engine
}

/// For how long controllers stood still, which nobody can hold against them.
#[derive(Debug)]
pub(super) struct Standstills {
    controllers: Vec<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    patience: Duration,
    /// From when to when it stood still, as far as questions may still wait that were asked before.
    still: Vec<(Instant, Instant)>,
}

impl Standstills {
    pub(super) fn new(controllers: &[Settings]) -> Self {
        let waiting = |settings: &Settings| Waiting {
            patience: patience(settings),
            still: Vec::new(),
        };
        Self {
            controllers: controllers.iter().map(waiting).collect(),
        }
    }

    pub(super) fn patience(&self, controller: usize) -> Duration {
        self.controllers[controller].patience
    }

    pub(super) fn frozen(&mut self, now: Instant, controller: usize, until: Instant) {
        let still = &mut self.controllers[controller].still;
        match still.last_mut() {
            Some((_, before)) if *before >= now => *before = until,
            _ => still.push((now, until)),
        }
    }

    pub(super) fn gone(&mut self, controller: usize) {
        self.controllers[controller].still.clear();
    }

    /// How long an answer took of the time in which its controller didn't stand still.
    pub(super) fn answered(
        &self,
        now: Instant,
        controller: usize,
        (command, asked_at): (&Command, Instant),
    ) -> Verdict {
        let Waiting { patience, still } = &self.controllers[controller];
        let lost: Duration = still
            .iter()
            .map(|(from, until)| (*until).min(now).since((*from).max(asked_at)))
            .sum();
        let took = now.since(asked_at).saturating_sub(lost);
        in_time(command, took, *patience)
    }
}
