//! Processes that kill themselves, or freeze, at the effects of one command: in a world of its own
//! for each effect, with the same beginning.
//!
//! There are too many effects for each run of the suite. It interrupts at a fixed choice of them,
//! which differs from case to case and from store to store, and tells at which.

use std::env;
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use portreeve_tests::answer::{Endpoint, Finding};
use portreeve_tests::plan::Plan;
use portreeve_tests::process::{Failpoint, Order, Pending, Process, When};
use portreeve_tests::stores::Kind;
use portreeve_tests::story::{caught, eventually, together};
use portreeve_tests::world::{Controller, World};

/// What the next controller waits for.
pub(super) const LEASE: Duration = Duration::from_secs(2);
/// That many worlds at once, over all cases: more only wait for each other's containers.
const AT_ONCE: usize = 8;
/// That many of one case's.
const OF_ONE_CASE: usize = 4;
/// No command has that many effects.
const TOO_MANY: u64 = 80;
/// A busy engine may take that long to do what it was asked.
const ENGINE_IS_DONE: Duration = Duration::from_secs(60);
/// A process comes to its failpoint or answers before that.
const TO_BE_INTERRUPTED: Duration = Duration::from_secs(60);

/// Of how many moments one is played on each store, where this variable says nothing else. Odd, so
/// that of two moments neither is left out.
const ONE_IN: u64 = 15;
const ONE_IN_VARIABLE: &str = "PORTREEVE_TEST_FAILPOINTS";

/// A command, and how it begins.
pub(super) struct Beginning {
    /// Brings the world to where the command begins.
    pub prepare: fn(&World),
    /// How whoever carries it out is configured otherwise than who prepared it.
    pub differs: fn(&mut Plan),
    pub order: Order,
}

/// A moment of one of the command's effects.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Moment {
    pub when: When,
    /// From 1.
    pub effect: u64,
}

/// A process that is carrying the command out, and was interrupted or answered.
pub(super) struct Interrupted {
    pub process: Process,
    pub pending: Pending,
    /// The kind of effect that it was interrupted at; `None` if it answered before.
    pub at: Option<String>,
}

impl Beginning {
    /// Has a process begin that kills itself there, or freezes, and waits until it has or answers.
    pub fn interrupt(
        &self,
        world: &World,
        moment: Moment,
        killed: bool,
        differs: fn(&mut Plan),
    ) -> Interrupted {
        let Moment { when, effect } = moment;
        let failpoint = Failpoint {
            effect,
            when,
            killed,
        };
        let process = world.process_with_failpoint(failpoint, |plan| {
            plan.lease = LEASE;
            (self.differs)(plan);
            differs(plan);
        });
        let pending = process.begin(self.order.clone());
        let at = eventually(
            "it comes to its failpoint or answers",
            TO_BE_INTERRUPTED,
            || {
                if pending.is_answered() {
                    return Some(None);
                }
                process.interrupted_at().map(Some)
            },
        );
        world.note(format!("{moment:?} at {at:?}"));
        Interrupted {
            process,
            pending,
            at,
        }
    }
}

/// Plays it for these moments of each effect there is, as far as they are chosen. `play` gives the
/// kind of effect that was interrupted, and `None` where the command was answered before.
pub(super) fn everywhere(
    world: &World,
    whens: &[When],
    play: impl Fn(&World, Moment) -> Option<String> + Sync,
) {
    let moment = |number: u64| moment_of(whens, number);
    let chosen: Vec<_> = chosen(world, whens).collect();
    let (mut interrupted, mut over) = (Vec::new(), false);
    for numbers in chosen.chunks(OF_ONE_CASE) {
        let moments: Vec<_> = numbers.iter().copied().map(moment).collect();
        let ends = together(moments.iter().copied(), |moment| {
            in_a_world_of_its_own(world, moment, &play)
        });
        for (moment, at) in moments.into_iter().zip(ends) {
            match at {
                None => over = true,
                Some(at) => interrupted.push((moment, at)),
            }
        }
        if over {
            break;
        }
    }
    assert!(over, "the command never came to its end");
    // A short command may be over before its first chosen moment, and is interrupted sooner.
    let mut number = chosen[0];
    while interrupted.is_empty() && number > 0 {
        number /= 2;
        let moment = moment(number);
        interrupted.extend(in_a_world_of_its_own(world, moment, &play).map(|at| (moment, at)));
    }
    assert!(!interrupted.is_empty(), "nothing was interrupted");
    let (case, store) = (world.case(), world.store().name());
    let count = interrupted.len();
    let places: Vec<_> = interrupted
        .iter()
        .map(|(Moment { when, effect }, at)| format!("{when:?} {effect}, {at}"))
        .collect();
    eprintln!(
        "{case} on {store}: {count} failpoints; {}",
        places.join("; ")
    );
}

fn in_a_world_of_its_own(
    outer: &World,
    moment: Moment,
    play: impl Fn(&World, Moment) -> Option<String>,
) -> Option<String> {
    let _turn = Turn::take();
    let world = outer.another();
    match caught(|| play(&world, moment)) {
        Ok(at) => at,
        Err(why) => panic!("{moment:?}: {why}\n{}", world.report()),
    }
}

/// The moments that are chosen, by number: one of so many, beginning with another one for each
/// case, and half-way on for the other store.
fn chosen(world: &World, whens: &[When]) -> impl Iterator<Item = u64> {
    let one_in = env::var(ONE_IN_VARIABLE).map_or(ONE_IN, |text| {
        text.parse().expect("PORTREEVE_TEST_FAILPOINTS is a number")
    });
    // FNV-1a, which is the same on every machine.
    let hash = world
        .case()
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
    let half_way = match world.store() {
        Kind::Sqlite => 0,
        Kind::Postgres => one_in / 2,
    };
    let per_effect = u64::try_from(whens.len()).expect("few");
    (0..(TOO_MANY - 1) * per_effect)
        .filter(move |number| number % one_in == (hash % one_in + half_way) % one_in)
}

/// The moment of that number, from 0.
fn moment_of(whens: &[When], number: u64) -> Moment {
    let count = u64::try_from(whens.len()).expect("few");
    let which = usize::try_from(number % count).expect("few");
    Moment {
        when: whens[which],
        effect: number / count + 1,
    }
}

/// A controller with the lease of all that play in a scene.
#[track_caller]
pub(super) fn controller(world: &World, differs: fn(&mut Plan)) -> Controller {
    world.controller_that(|plan| {
        plan.lease = LEASE;
        differs(plan);
    })
}

#[track_caller]
pub(super) fn running(world: &World, user: &str) -> Endpoint {
    let endpoint = world.controller().ensure(user);
    endpoint.answers();
    endpoint.keep("precious");
    endpoint
}

#[track_caller]
pub(super) fn stopped(world: &World, user: &str) {
    running(world, user);
    world.controller().stop(user);
}

/// A repair mends whatever it finds, and then finds nothing. What whoever is gone had asked of the
/// engine may be done only after that, so one that runs by then is found by the next.
#[track_caller]
pub(super) fn is_put_right(controller: &Controller) {
    let late = |finding: &Finding| finding.problem == "runs_unrecorded";
    eventually("a repair leaves nothing to repair", ENGINE_IS_DONE, || {
        let found = controller.repair(false);
        if found.iter().any(|finding| finding.remedy == "awaited") {
            return None;
        }
        for finding in found {
            assert_eq!(finding.remedy, "mended", "{finding:#?}");
        }
        let left = controller.repair(true);
        assert!(left.iter().all(late), "a repair leaves {left:#?}");
        left.is_empty().then_some(())
    });
}

/// A turn among [`AT_ONCE`].
struct Turn;

static TAKEN: (Mutex<usize>, Condvar) = (Mutex::new(0), Condvar::new());

impl Turn {
    fn take() -> Self {
        let taken = TAKEN.0.lock().expect("no panic while it is held");
        let mut taken = TAKEN
            .1
            .wait_while(taken, |taken| *taken >= AT_ONCE)
            .expect("no panic while it is held");
        *taken += 1;
        Self
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *TAKEN.0.lock().expect("no panic while it is held") -= 1;
        TAKEN.1.notify_one();
    }
}
