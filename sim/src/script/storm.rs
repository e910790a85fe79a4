//! Storms: scripts drawn from a seed, in which hosts ask for everything and the world does its
//! worst.

use std::time::Duration;

use portreeve_core::command::Command;
use portreeve_core::event::{EventsFrom, Position};
use portreeve_core::id::{Port, PortRange};
use portreeve_core::time::Instant;
use portreeve_core::user::UserId;

use super::chaos::{ChaosAction, Likeness, Oddity, Refusal, Silence};
use super::input::{Input, Script};
use crate::chance::Chance;
use crate::faults::Faults;

/// The size of a storm.
#[derive(Clone, Debug)]
pub struct Shape {
    /// How many controllers there are.
    pub controllers: usize,
    /// Who asks for containers.
    pub users: Vec<UserId>,
    /// The ports they get.
    pub ports: PortRange,
    /// How long it lasts.
    pub lasts: Duration,
    /// How long it takes on the average until somebody asks for something.
    pub pace: Duration,
    /// How long users may be idle.
    pub idle_limit: Duration,
    /// What the idle limit is set to, when a user gets a limit of their own.
    pub limit: Duration,
}

/// User ids that have been mixed up: one is a part of another, or the same but for case, or the
/// same in a name of limited characters.
const LIKE_EACH_OTHER: [&str; 12] = [
    "1", "10", "A", "a", "a.b", "a-b", "11", "b", "a b", "é", "x--0", "100",
];

/// The first `count` users of a simulation.
pub fn users(count: usize) -> Vec<UserId> {
    let id = |index: usize| match LIKE_EACH_OTHER.get(index) {
        Some(id) => (*id).to_owned(),
        None => format!("user-{index}"),
    };
    let user = |index| UserId::new(id(index)).ok();
    (0..count).filter_map(user).collect()
}

impl Shape {
    /// Draws one: small, so that those in it get in each other's way.
    pub fn drawn(chance: &mut Chance) -> Self {
        let count = 1 + chance.below(5);
        // Mostly a port for everybody, at times one too few.
        let ports = count + chance.below(4) - usize::from(count > 1 && chance.happens(0.3));
        let last = 19_000 + u16::try_from(ports.max(1)).unwrap_or(u16::MAX) - 1;
        let range = Port::new(19_000)
            .zip(Port::new(last))
            .and_then(|(first, last)| PortRange::new(first, last));
        Self {
            controllers: 3,
            users: users(count),
            ports: range.unwrap_or(PortRange::DEFAULT),
            lasts: chance.time(Duration::from_secs(20), Duration::from_secs(240)),
            pace: chance.time(Duration::from_millis(300), Duration::from_secs(6)),
            idle_limit: chance.time(Duration::from_secs(5), Duration::from_secs(60)),
            limit: chance.time(Duration::from_secs(1), Duration::from_secs(40)),
        }
    }
}

/// Draws a storm.
pub fn storm(shape: &Shape, faults: &Faults, chance: &mut Chance) -> Script {
    let mut script = Script::new();
    if chance.happens(0.25) {
        visits(shape, chance, &mut script);
    } else {
        let mix = Mix::drawn(chance);
        each(shape, Some(shape.pace), chance, &mut script, |chance| {
            mix.draw(shape, chance)
        });
    }
    breakdowns(shape, faults, chance, &mut script);
    people(shape, faults, chance, &mut script);
    newcomers(shape, faults.newcomer, chance, &mut script);
    clocks(shape, faults, chance, &mut script);
    followers(shape, chance, &mut script);
    failovers(shape, faults, chance, &mut script);
    script.sort_by_key(|(at, _)| *at);
    script
}

/// Longer than any storm and the calm after it.
const FOR_GOOD: Duration = Duration::from_secs(1_000_000);

fn away(chance: &mut Chance) -> Duration {
    chance.time(Duration::from_millis(100), Duration::from_secs(20))
}

fn still(chance: &mut Chance) -> Duration {
    chance.time(Duration::from_secs(1), Duration::from_secs(30))
}

/// What breaks by itself.
fn breakdowns(shape: &Shape, faults: &Faults, chance: &mut Chance, script: &mut Script) {
    let which = |chance: &mut Chance| chance.below(shape.controllers);
    let mut actions = |mean, draw: &dyn Fn(&mut Chance) -> ChaosAction| {
        each(shape, mean, chance, script, |chance| {
            Input::Chaos(draw(chance))
        });
    };
    actions(faults.crash, &|chance| {
        ChaosAction::Crash(which(chance), away(chance))
    });
    actions(faults.freeze, &|chance| {
        ChaosAction::Freeze(which(chance), still(chance))
    });
    actions(faults.engine_restart, &|chance| {
        ChaosAction::RestartEngine(away(chance))
    });
    actions(faults.store_outage, &|chance| {
        ChaosAction::LoseStore(away(chance))
    });
    actions(faults.stream_lost, &|chance| {
        ChaosAction::LoseStream(which(chance))
    });
    actions(faults.engine_swapped, &|chance| {
        ChaosAction::SwapEngine(away(chance))
    });
    actions(faults.registry_outage, &|chance| {
        ChaosAction::LoseRegistry(still(chance))
    });
    actions(faults.refusals, &|chance| {
        let refusal = *chance.one_of(&Refusal::ALL);
        let user = chance.one_of(&shape.users).clone();
        let whose = chance.happens(0.5).then_some(user);
        // Half of them last until the storm is over.
        let lasts = if chance.happens(0.5) {
            still(chance)
        } else {
            FOR_GOOD
        };
        ChaosAction::Refuse(refusal, whose, lasts)
    });
    actions(faults.unready, &|chance| {
        let user = chance.one_of(&shape.users).clone();
        let whose = chance.happens(0.7).then_some(user);
        // Some of them get ready in time.
        let lasts = chance.time(Duration::from_secs(1), Duration::from_secs(120));
        ChaosAction::Unready(whose, lasts)
    });
    actions(faults.store_cut_off, &|chance| {
        let silence = *chance.one_of(&Silence::ALL);
        // At times for longer than users may be idle.
        let lasts = chance.time(Duration::from_secs(1), Duration::from_secs(120));
        ChaosAction::CutOff(which(chance), silence, lasts)
    });
}

/// What people do.
fn people(shape: &Shape, faults: &Faults, chance: &mut Chance, script: &mut Script) {
    let which = |chance: &mut Chance| chance.below(shape.controllers);
    let user = |chance: &mut Chance| chance.one_of(&shape.users).clone();
    let mut actions = |mean, draw: &dyn Fn(&mut Chance) -> ChaosAction| {
        each(shape, mean, chance, script, |chance| {
            Input::Chaos(draw(chance))
        });
    };
    actions(faults.close, &|chance| {
        ChaosAction::Close(which(chance), away(chance))
    });
    actions(faults.deploy, &|chance| {
        let generation = chance.number() % 3;
        ChaosAction::Deploy(which(chance), generation, away(chance))
    });
    actions(faults.meddling, &meddling);
    actions(faults.port_occupied, &|chance| {
        ChaosAction::Occupy(a_port(shape, chance), still(chance))
    });
    actions(faults.squatter, &|chance| {
        ChaosAction::Squat(user(chance), still(chance))
    });
    actions(faults.volume_squatter, &|chance| {
        ChaosAction::SquatVolume(user(chance), still(chance))
    });
    actions(faults.image_lost, &|_| ChaosAction::LoseImage);
    actions(faults.copies, &|chance| {
        let likeness = *chance.one_of(&Likeness::ALL);
        // Half of them are left to be found by a repair.
        let stays = if chance.happens(0.5) {
            still(chance)
        } else {
            FOR_GOOD
        };
        ChaosAction::Copy(chance.below(64), likeness, stays)
    });
}

fn a_port(shape: &Shape, chance: &mut Chance) -> Port {
    let span = usize::try_from(shape.ports.count()).unwrap_or(1);
    let above = u16::try_from(chance.below(span)).unwrap_or(0);
    let port = shape.ports.first().checked_add(above);
    port.unwrap_or(shape.ports.first())
}

/// Further ahead than anything that is written may lie, and still be believed.
const AGES: Duration = Duration::from_secs(40 * 24 * 60 * 60);

/// Clocks that are set, or jump. The store's is set by little or by much: what lay ahead by hours would
/// hold its ports up for hours. Drawn aside, so that all else comes as it would without.
fn clocks(shape: &Shape, faults: &Faults, chance: &Chance, script: &mut Script) {
    let mut aside = Chance::about(chance.clone().number(), [0, 0, 11]);
    if faults.store_clock.is_some() {
        // So that it can be set back.
        let began = ChaosAction::StoreClockForward(20 * AGES);
        script.push((Instant::ORIGIN, Input::Chaos(began)));
    }
    each(shape, faults.store_clock, &mut aside, script, |chance| {
        let by = if chance.happens(0.4) {
            AGES
        } else {
            chance.time(Duration::from_secs(1), Duration::from_secs(120))
        };
        Input::Chaos(if chance.happens(0.5) {
            ChaosAction::StoreClockForward(by)
        } else {
            ChaosAction::StoreClockBack(by)
        })
    });
    each(shape, faults.host_clock, &mut aside, script, |chance| {
        let by = chance.time(Duration::from_millis(100), Duration::from_secs(120));
        Input::Chaos(ChaosAction::HostClockForward(
            chance.below(shape.controllers),
            by,
        ))
    });
}

/// Some read the event log: from wherever they like, and some of it at a time. Drawn aside, too.
fn followers(shape: &Shape, chance: &Chance, script: &mut Script) {
    let mut aside = Chance::about(chance.clone().number(), [0, 0, 12]);
    let pace = Some(shape.pace * 4);
    each(shape, pace, &mut aside, script, |chance| {
        let user = chance.one_of(&shape.users).clone();
        let from = match chance.below(6) {
            0 => EventsFrom::Oldest,
            1 => EventsFrom::Now,
            2 => EventsFrom::Since(chance.time(Duration::ZERO, shape.lasts)),
            _ => EventsFrom::After(Position(chance.number() % 64)),
        };
        let command = Command::Events {
            from,
            user: chance.happens(0.3).then_some(user),
            limit: u32::try_from(1 + chance.below(20)).unwrap_or(1),
        };
        Input::Ask(chance.below(shape.controllers), command)
    });
}

/// The store loses what was written within seconds. Drawn aside, as clocks are.
fn failovers(shape: &Shape, faults: &Faults, chance: &Chance, script: &mut Script) {
    let mut aside = Chance::about(chance.clone().number(), [0, 0, 13]);
    each(shape, faults.store_failover, &mut aside, script, |chance| {
        let lag = chance.time(Duration::from_millis(10), Duration::from_secs(10));
        Input::Chaos(ChaosAction::FailOver(lag))
    });
}

/// Users come with what something else made for them, and soon after they are to be adopted. At times two
/// come with containers on one volume.
fn newcomers(shape: &Shape, mean: Option<Duration>, chance: &mut Chance, script: &mut Script) {
    let Some(mean) = mean else { return };
    let mut at = chance.wait(mean);
    while at < shape.lasts {
        let oddity = chance.happens(0.5).then(|| *chance.one_of(&Oddity::ALL));
        newcomer(shape, at, oddity, chance, script);
        if oddity == Some(Oddity::Shared) {
            newcomer(shape, at, oddity, chance, script);
        }
        at += chance.wait(mean);
    }
}

fn newcomer(
    shape: &Shape,
    at: Duration,
    oddity: Option<Oddity>,
    chance: &mut Chance,
    script: &mut Script,
) {
    let user = chance.one_of(&shape.users).clone();
    let stays = chance.time(Duration::from_secs(1), Duration::from_secs(30));
    let port = a_port(shape, chance);
    let comes = match oddity {
        None => ChaosAction::Bring(user.clone(), port, stays),
        Some(oddity) => ChaosAction::BringOdd(user.clone(), port, oddity, stays),
    };
    script.push((Instant::ORIGIN.after(at), Input::Chaos(comes)));
    let asked = at + chance.time(Duration::ZERO, Duration::from_secs(5));
    let adopt = Input::Ask(chance.below(shape.controllers), Command::Adopt(user));
    script.push((Instant::ORIGIN.after(asked), adopt));
}

/// Notes what happens again and again, every `mean` on the average.
fn each(
    shape: &Shape,
    mean: Option<Duration>,
    chance: &mut Chance,
    script: &mut Script,
    mut draw: impl FnMut(&mut Chance) -> Input,
) {
    let Some(mean) = mean else { return };
    let mut at = chance.wait(mean);
    while at < shape.lasts {
        script.push((Instant::ORIGIN.after(at), draw(chance)));
        at += chance.wait(mean);
    }
}

/// People come, are there for a while, and go, for about as long as they may be idle. Nobody stops
/// anything by hand; reaps are asked for all the time.
fn visits(shape: &Shape, chance: &mut Chance, script: &mut Script) {
    let mut ask = |at: Duration, command: Command, chance: &mut Chance| {
        let input = Input::Ask(chance.below(shape.controllers), command);
        script.push((Instant::ORIGIN.after(at), input));
    };
    for user in &shape.users {
        let mut at = chance.time(Duration::ZERO, Duration::from_secs(20));
        while at < shape.lasts {
            ask(at, Command::Ensure(user.clone()), chance);
            let leaves = at + chance.time(Duration::from_secs(1), Duration::from_secs(30));
            while at < leaves {
                at += chance.time(Duration::from_millis(200), Duration::from_secs(8));
                ask(at, Command::Touch(user.clone()), chance);
            }
            at += shape.idle_limit + chance.time(Duration::ZERO, Duration::from_secs(15));
        }
    }
    let mut at = Duration::ZERO;
    while at < shape.lasts {
        at += chance.time(Duration::from_millis(200), Duration::from_secs(3));
        ask(at, Command::Reap, chance);
    }
}

fn meddling(chance: &mut Chance) -> ChaosAction {
    let which = chance.below(64);
    match chance.below(8) {
        0..3 => ChaosAction::Kill(which),
        3 | 4 => ChaosAction::Remove(which),
        5 => ChaosAction::Rename(which),
        6 => ChaosAction::Pause(which),
        _ => ChaosAction::Stop(which),
    }
}

/// How often each command is asked for: drawn, too, so that some storms are all touches and reaps
/// and others all restarts.
struct Mix {
    weights: [u32; 13],
}

impl Mix {
    fn drawn(chance: &mut Chance) -> Self {
        let mut weights = [12, 6, 3, 6, 1, 1, 1, 2, 1, 1, 1, 1, 2];
        for weight in &mut weights {
            *weight *= *chance.one_of(&[0, 1, 1, 2, 4]);
        }
        // Without an ensure nothing ever happens.
        weights[0] = weights[0].max(6);
        Self { weights }
    }

    fn draw(&self, shape: &Shape, chance: &mut Chance) -> Input {
        let controller = chance.below(shape.controllers);
        let user = chance.one_of(&shape.users).clone();
        let sum: u32 = self.weights.iter().sum();
        let mut left = u32::try_from(chance.below(sum as usize)).unwrap_or(0);
        let drawn = self.weights.iter().position(|weight| {
            let here = left < *weight;
            left = left.saturating_sub(*weight);
            here
        });
        let command = match drawn.unwrap_or(0) {
            0 => Command::Ensure(user),
            1 => Command::Stop(user),
            2 => Command::Restart(user),
            3 => Command::Touch(user),
            4 if chance.happens(0.3) => Command::LogSource(user),
            4 => Command::Status(user),
            5 if chance.happens(0.3) => Command::ListRunning {
                after: None,
                limit: u32::MAX,
            },
            5 => Command::List {
                // From the first on, or from anybody.
                after: (user != shape.users[0]).then_some(user),
                limit: u32::MAX,
            },
            6 => Command::Health,
            7 => Command::Reap,
            8 => Command::Repair {
                dry_run: chance.happens(0.2),
            },
            9 => Command::Purge(user),
            10 => Command::Rotate(user),
            11 => Command::Rekey,
            _ => {
                let limits = [None, Some(Duration::ZERO), Some(shape.limit)];
                Command::LimitIdle(user, *chance.one_of(&limits))
            }
        };
        if chance.happens(0.05) {
            let patience = chance.time(Duration::from_millis(1), Duration::from_secs(2));
            return Input::AskFor(controller, command, patience);
        }
        Input::Ask(controller, command)
    }
}
