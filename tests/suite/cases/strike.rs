//! How a process is struck at the effects of one command: in a world of its own for each effect, with the same beginning.
//!
//! There are too many effects for each run of the suite. It strikes at a fixed choice of them, which differs from case to
//! case and from store to store, and tells at which.

use std::env;
use std::fmt::Write as _;
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
/// A process strikes itself or answers before that.
const TO_STRIKE: Duration = Duration::from_secs(60);

/// Of how many strikes one is played, where this variable says nothing else. Odd, so that of two moments neither is left
/// out.
const ONE_IN: u64 = 7;
const STRIKES: &str = "PORTREEVE_TEST_STRIKES";

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
pub(super) struct Strike {
    pub when: When,
    /// From 1.
    pub effect: u64,
}

/// A process that is carrying the command out, and was struck or answered.
pub(super) struct Struck {
    pub process: Process,
    pub pending: Pending,
    /// The kind of effect that it was struck at; `None` if it answered before.
    pub at: Option<String>,
}

impl Beginning {
    /// Has a process begin that kills itself there, or freezes, and waits until it has or answers.
    pub fn strike(
        &self,
        world: &World,
        strike: Strike,
        killed: bool,
        differs: fn(&mut Plan),
    ) -> Struck {
        let Strike { when, effect } = strike;
        let failpoint = Failpoint {
            effect,
            when,
            killed,
        };
        let process = world.struck_process(failpoint, |plan| {
            plan.lease = LEASE;
            (self.differs)(plan);
            differs(plan);
        });
        let pending = process.begin(self.order.clone());
        let at = eventually("it is struck or answers", TO_STRIKE, || {
            if pending.is_answered() {
                return Some(None);
            }
            process.struck().map(Some)
        });
        world.note(format!("{strike:?} at {at:?}"));
        Struck {
            process,
            pending,
            at,
        }
    }
}

/// Plays it for strikes at these moments of each effect there is, as far as they are chosen. `play` tells which kind of
/// effect was struck, and `None` where the command was answered before.
pub(super) fn everywhere(
    world: &World,
    moments: &[When],
    play: impl Fn(&World, Strike) -> Option<String> + Sync,
) {
    let chosen: Vec<_> = chosen(world, moments).collect();
    let (mut told, mut count, mut over) = (String::new(), 0, false);
    for strikes in chosen.chunks(OF_ONE_CASE) {
        let struck = together(strikes.iter().copied(), |strike| {
            in_a_world_of_its_own(world, strike, &play)
        });
        for (Strike { when, effect }, at) in strikes.iter().zip(struck) {
            match at {
                None => over = true,
                Some(at) => {
                    count += 1;
                    let _ = write!(told, "; {when:?} {effect}, {at}");
                }
            }
        }
        if over {
            break;
        }
    }
    assert!(over, "the command never came to its end");
    assert!(count > 0, "nothing was struck");
    let (case, store) = (world.case(), world.store().name());
    eprintln!("{case} on {store}: {count} strikes{told}");
}

fn in_a_world_of_its_own(
    outer: &World,
    strike: Strike,
    play: impl Fn(&World, Strike) -> Option<String>,
) -> Option<String> {
    let _turn = Turn::take();
    let world = outer.another();
    match caught(|| play(&world, strike)) {
        Ok(at) => at,
        Err(why) => panic!("{strike:?}: {why}\n{}", world.report()),
    }
}

/// One of so many, beginning with another one for each case, and half-way on for the other store.
fn chosen(world: &World, moments: &[When]) -> impl Iterator<Item = Strike> {
    let one_in = env::var(STRIKES).map_or(ONE_IN, |told| {
        told.parse().expect("PORTREEVE_TEST_STRIKES is a number")
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
    let is_chosen = move |number: u64| number % one_in == (hash % one_in + half_way) % one_in;
    let all = (1..TOO_MANY).flat_map(|effect| moments.iter().map(move |when| (effect, *when)));
    (0..)
        .zip(all)
        .filter(move |(number, _)| is_chosen(*number))
        .map(|(_, (effect, when))| Strike { when, effect })
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

/// A repair mends whatever it finds, and then finds nothing. What whoever is gone had asked of the engine may be done
/// only after that, so one that runs by then is found by the next.
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
