//! Trying again: how long to hold off after tries that brought nothing, and for how long what isn't
//! reached is waited for.

use core::time::Duration;

use crate::entropy::Entropy;
use crate::error::Error;
use crate::projection::project;
use crate::time::Instant;

/// The first pause between two tries; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// Tries in a row that brought nothing.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Retry {
    setbacks: u32,
}

project!(struct Retry { setbacks });

impl Retry {
    /// One try more has brought nothing; when the next may be made. Pauses are jittered, so that
    /// controllers that failed together don't try again together.
    pub(crate) fn set_back(&mut self, now: Instant, entropy: &mut Entropy) -> Instant {
        self.set_back_from(FIRST_PAUSE, now, entropy)
    }

    /// The same, with another first pause.
    pub(crate) fn set_back_from(
        &mut self,
        first: Duration,
        now: Instant,
        entropy: &mut Entropy,
    ) -> Instant {
        let doublings = self.setbacks.min(6);
        self.setbacks = self.setbacks.saturating_add(1);
        let pause = first.saturating_mul(1 << doublings);
        now.after(entropy.jittered(pause.min(LONGEST_PAUSE)))
    }

    /// A try has brought something.
    pub(crate) fn succeed(&mut self) {
        self.setbacks = 0;
    }
}

/// Engine or store aren't reached.
#[derive(Clone, Debug)]
pub(crate) struct Unreachable {
    since: Instant,
    /// What was told last, as whoever loses patience tells it.
    why: Error,
}

project!(struct Unreachable { since, why });

impl Unreachable {
    /// Notes one more try that reached nothing.
    pub(crate) fn note(known: &mut Option<Self>, now: Instant, why: Error) {
        let since = known.as_ref().map_or(now, |known| known.since);
        *known = Some(Self { since, why });
    }

    /// When whoever has so much patience loses it.
    pub(crate) fn until(&self, patience: Duration) -> Instant {
        self.since.after(patience)
    }

    /// What to tell, if it has lasted for longer than anybody has patience.
    pub(crate) fn verdict(&self, now: Instant, patience: Duration) -> Option<&Error> {
        (now.since(self.since) >= patience).then_some(&self.why)
    }
}
