//! What goes wrong over days. A storm's faults (`faults`) are drawn to find mistakes within
//! minutes; these are what an operator might see, and the same for every seed.

use std::time::Duration;

use portreeve_core::time::Instant;

use portreeve_sim::chance::Chance;
use portreeve_sim::faults::{Faults, Severity};
use portreeve_sim::script::ChaosAction;

/// What happens now and then.
#[derive(Clone, Copy, Debug)]
enum Event {
    Crash,
    Freeze,
    Close,
    EngineRestart,
    StoreOutage,
    StreamLost,
    Meddling,
}

/// Faults with how often each happens, and when each comes next.
#[derive(Clone, Debug)]
pub(super) struct Weather {
    events: Vec<(Instant, Event, Duration)>,
    chance: Chance,
    controllers: usize,
}

const HOUR: Duration = Duration::from_secs(3600);

/// What goes wrong with effects and starts.
pub(super) fn faults(severity: Severity) -> Faults {
    let scale = match severity {
        Severity::None => return Faults::default(),
        Severity::Light => 1.0,
        Severity::Heavy => 20.0,
    };
    Faults {
        unreachable: 0.000_5 * scale,
        lost: 0.000_2 * scale,
        answer_lost: 0.000_5 * scale,
        unanswered: 0.000_1 * scale,
        slow: 0.001 * scale,
        event_dropped: 0.000_5 * scale,
        start_fails: 0.001 * scale,
        ..Faults::default()
    }
}

impl Weather {
    pub(super) fn new(severity: Severity, controllers: usize, seed: u64) -> Self {
        let scale = match severity {
            Severity::None => None,
            Severity::Light => Some(1),
            Severity::Heavy => Some(20),
        };
        let mut chance = Chance::about(seed, [0, 0, 4]);
        let usual = [
            (Event::Crash, 24),
            (Event::Freeze, 24),
            (Event::Close, 24),
            (Event::EngineRestart, 7 * 24),
            (Event::StoreOutage, 48),
            (Event::StreamLost, 6),
            (Event::Meddling, 24),
        ];
        let events = scale.map(|scale| {
            let every = |(event, hours): (Event, u32)| {
                let mean = HOUR * hours / scale;
                (Instant::ORIGIN.after(chance.wait(mean)), event, mean)
            };
            usual.into_iter().map(every).collect()
        });
        Self {
            events: events.unwrap_or_default(),
            chance,
            controllers,
        }
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.events.iter().map(|(at, ..)| *at).min()
    }

    /// What happens next, which is due.
    pub(super) fn take(&mut self) -> Option<ChaosAction> {
        let (at, event, mean) = self.events.iter_mut().min_by_key(|(at, ..)| *at)?;
        *at = at.after(self.chance.wait(*mean));
        let event = *event;
        let seconds = |chance: &mut Chance, least, most| {
            chance.time(Duration::from_secs(least), Duration::from_secs(most))
        };
        let which = self.chance.below(self.controllers);
        Some(match event {
            Event::Crash => ChaosAction::Crash(which, seconds(&mut self.chance, 1, 20)),
            Event::Freeze => ChaosAction::Freeze(which, seconds(&mut self.chance, 1, 30)),
            Event::Close => ChaosAction::Close(which, seconds(&mut self.chance, 5, 20)),
            Event::EngineRestart => ChaosAction::RestartEngine(seconds(&mut self.chance, 5, 30)),
            Event::StoreOutage => ChaosAction::LoseStore(seconds(&mut self.chance, 5, 60)),
            Event::StreamLost => ChaosAction::LoseStream(which),
            Event::Meddling => ChaosAction::Kill(self.chance.below(usize::from(u16::MAX))),
        })
    }
}
