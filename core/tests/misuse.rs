//! Drivers that tell what can't be.

use portreeve_core::command::{Command, Reply};
use portreeve_core::error::ApiMisuse;
use portreeve_core::id::{ContainerId, EffectId, Revision};
use portreeve_core::outcome::{EngineEvent, EngineOutcome, Outcome, ProbeOutcome, StoreOutcome};
use portreeve_core::time::Instant;

use crate::world::{World, user};

#[test]
fn misuse_is_told_at_the_first_offence() {
    let mut world = World::new(1);
    let now = world.now;
    assert_eq!(
        world.lifecycle.handle_time(Instant::ORIGIN),
        Err(ApiMisuse::TimeWentBack {
            now: Instant::ORIGIN,
            before: now
        })
    );
    let outcome = Outcome::Engine(EngineOutcome::Done);
    assert_eq!(
        world.lifecycle.handle_outcome(now, EffectId(77), outcome),
        Err(ApiMisuse::UnknownEffect(EffectId(77)))
    );
}

/// Each answer belongs to questions of its kind.
#[test]
fn an_answer_to_something_else_is_misuse() {
    let mut world = World::new(1);
    let now = world.now;
    world.command(Command::Ensure(user("alice")));
    let (inspect, load) = (EffectId(2), EffectId(3));
    let stored = StoreOutcome::Stored {
        revision: Revision(1),
        port: None,
        last_active: None,
        shares_volume: false,
    };
    let answers = [
        (load, Outcome::Store(stored)),
        (load, Outcome::Store(StoreOutcome::Conflict)),
        (load, Outcome::Store(StoreOutcome::LimitReached)),
        (load, Outcome::Store(StoreOutcome::Active)),
        (load, Outcome::Store(StoreOutcome::Longest(Vec::new()))),
        (load, Outcome::Store(StoreOutcome::Touched(Vec::new()))),
        (load, Outcome::Store(StoreOutcome::LockHeld)),
        (load, Outcome::Engine(EngineOutcome::Done)),
        (inspect, Outcome::Engine(EngineOutcome::Listed(Vec::new()))),
        (
            inspect,
            Outcome::Engine(EngineOutcome::Created(ContainerId::new("c"))),
        ),
        (inspect, Outcome::Engine(EngineOutcome::Volumes(Vec::new()))),
        (inspect, Outcome::Engine(EngineOutcome::Log(Vec::new()))),
        (inspect, Outcome::Store(StoreOutcome::Done)),
        (inspect, Outcome::Probe(ProbeOutcome::Passed)),
    ];
    for (effect, outcome) in answers {
        let told = format!("{outcome:?}");
        let taken = world.lifecycle.handle_outcome(now, effect, outcome);
        assert_eq!(taken, Err(ApiMisuse::WrongOutcome(effect)), "{told}");
    }
    // It still waits for the right ones.
    assert!(matches!(world.ensure("alice"), Reply::Ensured(_)));
}

/// Found by the fuzzer: such an event passed in silence.
#[test]
fn an_event_under_the_number_of_what_is_no_watch_is_misuse() {
    let mut world = World::new(1);
    world.command(Command::Ensure(user("alice")));
    let now = world.now;
    let event = EngineEvent::Opened;
    // The second effect looks at the container.
    let inspect = EffectId(2);
    assert_eq!(
        world.lifecycle.handle_event(now, inspect, event.clone()),
        Err(ApiMisuse::WrongOutcome(inspect))
    );
    let unknown = EffectId(77);
    assert_eq!(
        world.lifecycle.handle_event(now, unknown, event),
        Err(ApiMisuse::UnknownEffect(unknown))
    );
    assert!(matches!(world.ensure("alice"), Reply::Ensured(_)));
}
