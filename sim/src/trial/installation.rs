//! What a trial plays on: how the controllers are configured, what the containers do, and what the
//! engine is like. None of it is a fault.

use std::sync::Arc;
use std::time::Duration;

use portreeve_core::settings::{Readiness, Settings};
use portreeve_core::template::Template;
use portreeve_core::token::{Key, Keyring};

use crate::chance::Chance;
use crate::engine::{Habits, HealthCheck, Image, OnTerm, Personality, Program};
use crate::script::Shape;

/// An installation.
pub(super) struct Installation {
    pub settings: Settings,
    pub image: Image,
    pub habits: Habits,
}

impl Installation {
    /// Draws one.
    pub(super) fn drawn(shape: &Shape, chance: &mut Chance) -> Self {
        let settings = settings(shape, chance);
        let mut image = image(&settings.template.image, chance);
        if settings.readiness == Readiness::Healthy {
            image.check = Some(HealthCheck {
                interval: chance.time(Duration::from_secs(1), Duration::from_secs(4)),
                ..HealthCheck::default()
            });
        }
        Self {
            settings,
            image,
            habits: habits(chance),
        }
    }
}

/// Small limits and short times, so that much happens in little time.
fn settings(shape: &Shape, chance: &mut Chance) -> Settings {
    let mut settings = Settings::new(
        Template::reference_service(),
        Keyring::new(Key::new(&[7; 32].into()), Vec::new()),
    );
    settings.ports = shape.ports;
    settings.idle_limit = shape.idle_limit;
    settings.limits.starting = 1 + u32::try_from(chance.below(4)).unwrap_or(0);
    // So that what is read by pages is read in several.
    settings.limits.page = settings.limits.starting;
    let often = |chance: &mut Chance| {
        let every = chance.time(Duration::from_secs(2), Duration::from_secs(30));
        chance.happens(0.6).then_some(every)
    };
    settings.maintenance.watch = chance.happens(0.6);
    settings.maintenance.sweep = often(chance);
    settings.maintenance.reap = often(chance);
    settings.maintenance.compare = settings.maintenance.reap;
    settings.readiness = match chance.below(6) {
        0 => Readiness::None,
        1 => Readiness::Tcp,
        2 => Readiness::Http("/".to_owned()),
        3 => Readiness::Healthy,
        _ => Readiness::Running,
    };
    if chance.clone().happens(0.3) {
        settings.events.count = 16;
    }
    settings.timing.pull = Duration::from_secs(60);
    settings.timing.grace = chance.time(Duration::from_secs(1), Duration::from_secs(12));
    settings.timing.rest = chance.time(Duration::from_millis(100), Duration::from_secs(10));
    settings.timing.quarantine = chance.time(Duration::from_secs(1), Duration::from_secs(20));
    settings
}

fn image(name: &str, chance: &mut Chance) -> Image {
    let after = chance.time(Duration::ZERO, Duration::from_secs(3));
    let on_term = match chance.below(3) {
        0 => OnTerm::Ignores,
        1 => OnTerm::Ends { after, code: 0 },
        _ => OnTerm::Ends {
            after: Duration::from_millis(20),
            code: 143,
        },
    };
    let ready_after = chance.time(Duration::ZERO, Duration::from_secs(2));
    let personality = Personality {
        listens_after: Some(ready_after),
        healthy_after: Some(ready_after),
        on_term,
        ..Personality::default()
    };
    Image {
        program: Program::Plain(Arc::new(personality)),
        ..Image::new(name)
    }
}

/// Some engines are at once done with everything, others are like Docker on a busy machine.
fn habits(chance: &mut Chance) -> Habits {
    let mut upto = |most: Duration| {
        let time = chance.time(Duration::ZERO, most);
        if chance.happens(0.5) {
            time
        } else {
            Duration::ZERO
        }
    };
    Habits {
        removal: upto(Duration::from_secs(1)),
        pull: upto(Duration::from_secs(20)),
        networks_appear_after: upto(Duration::from_millis(20)),
        lists_lag: chance
            .happens(0.5)
            .then_some((Duration::from_millis(50), Duration::from_millis(115))),
        // At times not enough for all.
        bridge_ceiling: chance.happens(0.2).then(|| 1 + chance.below(4)),
        lists_no_health: lists_no_health(chance),
    }
}

/// Drawn aside, so that the scripts that were kept still play on the installations they broke something on.
fn lists_no_health(chance: &Chance) -> bool {
    let mut aside = Chance::about(chance.clone().number(), [0, 0, 8]);
    aside.happens(0.25)
}
