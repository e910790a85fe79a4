//! Promises 2 and 4: an answer is the asker's own, and comes in time.

use std::time::Duration;

use portreeve_core::command::{Command, Endpoint, Reply, Rotated};
use portreeve_core::settings::Settings;
use portreeve_core::time::Instant;

use super::Verdict;
use super::ledger::Ledger;
use crate::world::Asked;

/// How long answers may take.
#[derive(Debug)]
pub(super) struct Answers {
    controllers: Vec<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    patience: Duration,
    /// For how long what was seen may be answered again without a look.
    trust: Duration,
    /// From when to when it stood still, as far as questions may still wait that were asked before.
    still: Vec<(Instant, Instant)>,
}

impl Answers {
    pub(super) fn new(controllers: &[Settings]) -> Self {
        let waiting = |settings: &Settings| Waiting {
            patience: patience(settings),
            trust: trust(settings),
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

    /// Every question is answered by its deadline, as long as the controller isn't kept from it.
    pub(super) fn in_time(&self, now: Instant, controller: usize, asked: &Asked) -> Verdict {
        let Waiting {
            patience, still, ..
        } = &self.controllers[controller];
        let lost: Duration = still
            .iter()
            .map(|(from, until)| (*until).min(now).since((*from).max(asked.at)))
            .sum();
        let took = now.since(asked.at).saturating_sub(lost);
        if took <= *patience {
            return Ok(());
        }
        Err(format!(
            "{:?} was answered after {} s, and {} s is the longest it may take",
            asked.command,
            took.as_secs(),
            patience.as_secs()
        ))
    }

    /// A container that is answered belongs to the user who asked, and is the one that was made.
    pub(super) fn yours(
        &self,
        which: usize,
        asked: &Asked,
        reply: &Reply,
        ledger: &Ledger,
    ) -> Verdict {
        let endpoint = match reply {
            Reply::Ensured(endpoint)
            | Reply::Rotated(Rotated {
                endpoint: Some(endpoint),
                ..
            }) => endpoint,
            Reply::Status(status) => {
                return match &asked.command {
                    Command::Status(user) if *user == status.user => Ok(()),
                    other => Err(format!(
                        "{other:?} was answered with the status of {:?}",
                        status.user
                    )),
                };
            }
            _ => return Ok(()),
        };
        let user = match &asked.command {
            Command::Ensure(user) | Command::Restart(user) | Command::Rotate(user) => user,
            other => return Err(format!("{other:?} was answered with an endpoint")),
        };
        let trust = self.controllers[which].trust;
        belongs(endpoint, user, asked.at.before(trust), ledger)
    }
}

fn belongs(
    endpoint: &Endpoint,
    user: &portreeve_core::user::UserId,
    seen_from: Instant,
    ledger: &Ledger,
) -> Verdict {
    let id = &endpoint.container;
    let made = ledger
        .container(id)
        .ok_or_else(|| format!("{user:?} was answered {id}, which was never made"))?;
    let wrong = |what: &str| Err(format!("{user:?} was answered {id}, {what}"));
    if endpoint.user != *user || made.user != *user {
        return wrong(&format!("which belongs to {:?}", made.user));
    }
    if made.port != endpoint.port || !endpoint.url.ends_with(&format!(":{}", made.port)) {
        return wrong(&format!(
            "which is on port {}, as {}",
            made.port, endpoint.url
        ));
    }
    if !made.ran {
        return wrong("which has never run");
    }
    if made.gone.is_some_and(|gone| gone < seen_from) {
        return wrong("which was gone long before the question");
    }
    Ok(())
}

/// While events are followed, what they and the last list told is answered again for that long: an
/// engine that drops events in silence isn't noticed sooner. Where they aren't, whoever asks is
/// served with what was seen a second before for others.
fn trust(settings: &Settings) -> Duration {
    if settings.upkeep.watch {
        settings.timing.trust
    } else {
        Duration::from_secs(1)
    }
}

/// The sum of all that a question may wait for in turn. Each is a limit of the settings; some are
/// spent twice: a run that had to turn round waits for its turn again.
fn patience(settings: &Settings) -> Duration {
    let timing = &settings.timing;
    let once = timing.queue + timing.pull + timing.start + timing.patience;
    2 * once + timing.lease + timing.grace + timing.answer + timing.engine
}
