//! How much is asked of the engine for one user, whatever comes of it.

use alloc::collections::VecDeque;
use alloc::format;
use alloc::string::{String, ToString};
use core::time::Duration;

use crate::effect::EngineEffect;
#[cfg(feature = "model-checking")]
use crate::projection::{Project, Projection};
use crate::time::Instant;

/// The time in which changes are counted.
const WINDOW: Duration = Duration::from_secs(60);
/// So many of them are kept for what ends something, so that what failing starts left behind can
/// always be stopped and removed.
const KEPT_FOR_ENDINGS: usize = 4;

/// Who would have to wait for longer is told so instead.
const SHORT_WAIT: Duration = Duration::from_secs(5);

/// The changes that were asked of the engine for one user within the last minute, and since a host
/// was last told that what it wanted is so.
///
/// Every kind of failure has a limit or growing pauses of its own. This bound holds even where one
/// of them is wrong, or several take turns.
#[derive(Clone, Default, Debug)]
pub(crate) struct Effort {
    /// When each was sent, oldest first.
    changes: VecDeque<Instant>,
    /// The engine's last words, since then, where it didn't do what it was asked for.
    pub refusal: Option<String>,
}

#[cfg(feature = "model-checking")]
impl Project for Effort {
    fn project(&self, out: &mut Projection) {
        out.word(self.changes.len() as u64);
        for sent in &self.changes {
            out.due(sent.after(WINDOW));
        }
    }
}

impl Effort {
    /// Notes that a change was sent.
    pub(crate) fn note(&mut self, now: Instant) {
        self.forget_old(now);
        self.changes.push_back(now);
    }

    /// What a host wanted is so: whatever comes next was asked for anew.
    pub(crate) fn succeed(&mut self) {
        self.changes.clear();
        self.refusal = None;
    }

    /// What kept a run from its end, with the engine's last words if it refused something.
    pub(crate) fn with_last_words(&self, last: &str) -> String {
        match &self.refusal {
            Some(words) if !last.contains(words.as_str()) => {
                format!("{last}; the engine's last words: {words}")
            }
            Some(_) | None => last.to_string(),
        }
    }

    /// When this change may be sent, if not now. `most` is what a minute may have.
    pub(crate) fn waits_until(
        &mut self,
        effect: &EngineEffect,
        most: usize,
        now: Instant,
    ) -> Option<Instant> {
        self.forget_old(now);
        if ends_something(effect) {
            self.next(most, now)
        } else {
            self.next_start(most, now)
        }
    }

    /// When something may be made or started, if not now.
    pub(crate) fn next_start(&self, most: usize, now: Instant) -> Option<Instant> {
        self.next(most.saturating_sub(KEPT_FOR_ENDINGS), now)
    }

    /// When the last of them is a minute ago.
    pub(crate) fn ends(&self) -> Option<Instant> {
        self.changes.back().map(|sent| sent.after(WINDOW))
    }

    /// Whether that is too long for whoever waits: they are told instead.
    pub(crate) fn is_long(at: Instant, now: Instant) -> bool {
        now.after(SHORT_WAIT) < at
    }

    /// When there are less than so many within the last minute, if there aren't now.
    fn next(&self, most: usize, now: Instant) -> Option<Instant> {
        let ends = |sent: &Instant| sent.after(WINDOW);
        let blocking = self.changes.len().checked_sub(most)?;
        let at = self.changes.get(blocking).map(ends)?;
        (now < at).then_some(at)
    }

    fn forget_old(&mut self, now: Instant) {
        while self
            .changes
            .front()
            .is_some_and(|sent| sent.after(WINDOW) <= now)
        {
            self.changes.pop_front();
        }
    }
}

fn ends_something(effect: &EngineEffect) -> bool {
    matches!(
        effect,
        EngineEffect::Stop { .. } | EngineEffect::Remove { .. } | EngineEffect::RemoveVolume { .. }
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::ContainerId;

    const MOST: usize = 20;

    fn container() -> ContainerId {
        ContainerId::new("4f1c")
    }

    fn start() -> EngineEffect {
        EngineEffect::Start {
            container: container(),
        }
    }

    fn remove() -> EngineEffect {
        EngineEffect::Remove {
            container: container(),
        }
    }

    #[test]
    fn starts_wait_before_endings_do_and_both_for_the_oldest() {
        let mut effort = Effort::default();
        let second = |second: u64| Instant::ORIGIN.after(Duration::from_secs(second));
        for sent in 0..16 {
            assert_eq!(effort.waits_until(&start(), MOST, second(sent)), None);
            effort.note(second(sent));
        }
        let now = second(16);
        assert_eq!(effort.waits_until(&start(), MOST, now), Some(second(60)));
        for sent in 16..20 {
            assert_eq!(effort.waits_until(&remove(), MOST, second(sent)), None);
            effort.note(second(sent));
        }
        let now = second(20);
        assert_eq!(effort.waits_until(&remove(), MOST, now), Some(second(60)));
        // Starts wait until all but 15 are over.
        assert_eq!(effort.waits_until(&start(), MOST, now), Some(second(64)));
        assert_eq!(effort.waits_until(&remove(), MOST, second(60)), None);
        effort.succeed();
        assert_eq!(effort.waits_until(&start(), MOST, now), None);
    }
}
