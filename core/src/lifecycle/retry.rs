//! Trying again: how long to hold off after tries that brought nothing, and for how long what isn't
//! reached is waited for.

use core::time::Duration;

use crate::entropy::Entropy;
use crate::error::Error;
use crate::projection::project;
use crate::time::Instant;

/// How long the pauses between tries are.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// The first pause; each further one is twice as long.
    first: Duration,
    /// The longest.
    longest: Duration,
}

impl Pace {
    /// What is expected to be over soon.
    pub(crate) const USUAL: Self = Self {
        first: Duration::from_millis(50),
        longest: Duration::from_secs(2),
    };
    /// Engines may take seconds to take off a network what a container has left there.
    pub(crate) const CROWDED: Self = Self {
        first: Duration::from_millis(200),
        longest: Duration::from_secs(2),
    };
    /// Whoever has a volume in use has it for long.
    pub(crate) const VOLUME_IN_USE: Self = Self {
        first: Duration::from_secs(1),
        longest: Duration::from_secs(4),
    };
}

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
        self.set_back_at(Pace::USUAL, now, entropy)
    }

    /// The same, with other pauses.
    pub(crate) fn set_back_at(
        &mut self,
        pace: Pace,
        now: Instant,
        entropy: &mut Entropy,
    ) -> Instant {
        let doublings = self.setbacks.min(6);
        self.setbacks = self.setbacks.saturating_add(1);
        let pause = pace.first.saturating_mul(1 << doublings);
        now.after(entropy.jittered(pause.min(pace.longest)))
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
