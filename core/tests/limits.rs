//! How long a request may take, how many may be at it at once, and what is said when that is over.

use std::time::Duration;

use portreeve_core::command::{Command, Reply};
use portreeve_core::effect::{Effect, EngineEffect};
use portreeve_core::error::Error;
use portreeve_core::observed::{ContainerState, Health};
use portreeve_core::settings::{Readiness, Settings};

use crate::world::{Fault, LIST, World, user};

const SECOND: Duration = Duration::from_secs(1);

/// A world whose containers never become ready.
fn never_ready(differs: impl FnOnce(&mut Settings)) -> World {
    let mut world = World::new(1);
    world.health = Health::Starting;
    world.restart_with(1, |settings| {
        settings.readiness = Readiness::Healthy;
        differs(settings);
    });
    world
}

/// How long a command took, and what it failed with.
fn failed(world: &mut World, command: Command) -> (Duration, Error) {
    let began = world.now;
    match world.run(command) {
        Reply::Failed(error) => (world.now.since(began), error),
        other => panic!("it didn't fail: {other:?}"),
    }
}

/// Within the milliseconds that an effect takes.
#[track_caller]
fn assert_took(took: Duration, expected: Duration) {
    let most = expected + Duration::from_millis(20);
    assert!(
        (expected..most).contains(&took),
        "{took:?} for {expected:?}"
    );
}

#[test]
fn a_start_has_its_time() {
    let mut world = never_ready(|settings| settings.timing.start = SECOND * 9);
    // What a new container needs is known to be there, so that it waits for nothing else.
    world.health = Health::Healthy;
    world.ensure("bob");
    world.health = Health::Starting;
    let (took, error) = failed(&mut world, Command::Ensure(user("alice")));
    assert!(
        matches!(error, Error::StartTimeout { after, .. } if after == SECOND * 9),
        "{error:?}"
    );
    let late = took.saturating_sub(SECOND * 9);
    assert!(
        took >= SECOND * 9 && late < Duration::from_millis(5),
        "{took:?}"
    );
}

/// What it waits for is not a start, and it says so.
#[test]
fn a_start_that_never_gets_to_start_has_the_same_time() {
    let mut world = World::new(1);
    world.restart_with(1, |settings| settings.timing.start = SECOND * 9);
    world.ensure("alice");
    let request = world.command(Command::Stop(user("alice")));
    world.drive_until(|call| call == "store: put stopping, lease");
    // That controller stands still, with the lease for 15 s.
    world.add_controller(2);
    let (took, error) = failed(&mut world, Command::Ensure(user("alice")));
    assert!(
        matches!(error, Error::Timeout { after, .. } if after == SECOND * 9),
        "{error:?}"
    );
    assert_took(took, SECOND * 9);
    world.switch(0);
    world.finish();
    assert!(world.replies.contains_key(&request));
}

/// The old container has to end before the new one begins.
#[test]
fn a_restart_has_the_time_of_a_stop_beside() {
    let mut world = never_ready(|settings| {
        settings.timing.start = SECOND * 9;
        settings.timing.grace = SECOND * 4;
    });
    let (took, error) = failed(&mut world, Command::Restart(user("alice")));
    assert!(
        matches!(error, Error::StartTimeout { after, .. } if after == SECOND * 13),
        "{error:?}"
    );
    assert_took(took, SECOND * 13);
}

#[test]
fn a_stop_has_the_time_of_another_controllers_start_beside() {
    let mut world = never_ready(|settings| {
        settings.timing.start = SECOND * 2;
        settings.timing.grace = SECOND * 4;
        settings.timing.answer = SECOND * 3;
    });
    world.command(Command::Ensure(user("alice")));
    world.drive_until(|call| call == "engine: start");
    world.add_controller(2);
    let (took, error) = failed(&mut world, Command::Stop(user("alice")));
    assert!(
        matches!(error, Error::Timeout { after, .. } if after == SECOND * 9),
        "{error:?}"
    );
    assert_took(took, SECOND * 9);
}

#[test]
fn who_waits_in_line_is_told_that_others_are_being_started() {
    let mut world = World::new(1);
    world.restart_with(1, |settings| {
        settings.limits.starting = 1;
        settings.timing.queue = SECOND * 5;
    });
    world.command(Command::Ensure(user("alice")));
    let starts = world.hold_starts();
    assert_eq!(starts.len(), 1);
    let (took, error) = failed(&mut world, Command::Ensure(user("bob")));
    assert_eq!(error, Error::Busy { limit: 1 });
    assert_took(took, SECOND * 5);
}

#[test]
fn who_waits_for_room_is_told_how_many_may_run() {
    let mut world = World::new(1);
    world.set(Fault::EngineFull, true);
    world.restart_with(1, |settings| {
        settings.limits.running = Some(7);
        settings.timing.queue = SECOND * 5;
    });
    let (took, error) = failed(&mut world, Command::Ensure(user("alice")));
    assert_eq!(error, Error::LimitReached { limit: 7 });
    assert_took(took, SECOND * 5);
    world.set(Fault::EngineFull, false);
    assert!(matches!(world.ensure("alice"), Reply::Ensured(_)));
}

/// She is being stopped, and takes her memory until she is down.
#[test]
fn who_is_being_stopped_counts_towards_how_many_may_run() {
    let mut world = World::new(1);
    world.restart_with(1, |settings| {
        settings.limits.running = Some(1);
        settings.timing.queue = SECOND * 5;
    });
    world.ensure("alice");
    let stopping = world.command(Command::Stop(user("alice")));
    world.drive_until(|call| call == "engine: stop");
    world.add_controller(2);
    let (took, error) = failed(&mut world, Command::Ensure(user("bob")));
    assert_eq!(error, Error::LimitReached { limit: 1 });
    assert_took(took, SECOND * 5);
    world.switch(0);
    world.finish();
    assert!(world.replies.contains_key(&stopping));
    world.switch(1);
    assert!(matches!(world.ensure("bob"), Reply::Ensured(_)));
}

/// More run than may by now. Each is being stopped in order to be started again, and takes room from
/// the other: one gives way.
#[test]
fn two_restarts_do_not_wait_for_room_from_each_other() {
    let mut world = World::new(1);
    for id in ["alice", "bob"] {
        world.ensure(id);
    }
    world.restart_with(1, |settings| {
        settings.limits.running = Some(1);
        settings.timing.queue = SECOND * 30;
    });
    let requests = ["alice", "bob"].map(|id| world.command(Command::Restart(user(id))));
    let began = world.now;
    world.drive_until(|call| call.starts_with("store: put running"));
    assert!(world.now.since(began) < SECOND * 5);
    world.finish();
    let ensured = requests
        .iter()
        .filter(|request| matches!(world.replies[*request], Reply::Ensured(_)));
    assert_eq!(ensured.count(), 1, "{:?}", world.replies);
}

/// A driver that answers nothing leaves nobody waiting, not even who waits for nothing else.
#[test]
fn an_effect_that_is_never_answered_has_its_time() {
    let mut world = World::new(1);
    world.set(Fault::NeverAnswers, true);
    let request = world.command(LIST);
    let took = world.now;
    world.finish();
    assert!(matches!(world.replies[&request], Reply::Failed(_)));
    assert!(world.now.since(took) < Duration::from_secs(60));
}

/// What fails while the store is away is answered without it.
#[test]
fn a_failure_doesnt_wait_for_a_store_that_is_away() {
    let mut world = World::new(1);
    world.exits_with = Some(3);
    let request = world.command(Command::Ensure(user("alice")));
    world.drive_until(|call| call == "engine: start");
    world.set(Fault::StoreAway, true);
    let began = world.now;
    world.finish();
    let reply = &world.replies[&request];
    assert!(
        matches!(reply, Reply::Failed(Error::StartFailed { .. })),
        "{reply:?}"
    );
    assert!(
        world.now.since(began) < SECOND,
        "{:?}",
        world.now.since(began)
    );
}

/// Nothing is stopped that can't be made anew.
#[test]
fn without_an_image_nothing_is_stopped_to_be_made_anew() {
    for (command, differs) in [
        (Command::Rotate(user("alice")), false),
        (Command::Restart(user("alice")), true),
    ] {
        let mut world = World::new(1);
        world.ensure("alice");
        world.set(Fault::ImageMissing, true);
        world.restart_with(2, |settings| {
            if differs {
                settings.template.command = Some(vec!["another".into()]);
            }
        });
        let (_, error) = failed(&mut world, command.clone());
        assert!(matches!(error, Error::ImageMissing { .. }), "{error:?}");
        let stops = |effect: &Effect| matches!(effect, Effect::Engine(EngineEffect::Stop { .. }));
        assert!(
            !world.issued.iter().any(|issued| stops(&issued.effect)),
            "{command:?}"
        );
        world.set(Fault::ImageMissing, false);
        world.sleep(SECOND * 3);
        let reply = world.run(command);
        assert!(!matches!(reply, Reply::Failed(_)), "{reply:?}");
    }
}

/// The same, of what every new container needs: it is asked for again once its time is over.
#[test]
fn what_a_start_waits_for_is_asked_for_again() {
    let mut world = World::new(1);
    let request = world.command(Command::Ensure(user("alice")));
    world.drive_until(|call| call == "store: register");
    world.set(Fault::NeverAnswers, true);
    world.settle();
    world.set(Fault::NeverAnswers, false);
    let began = world.now;
    world.finish();
    assert!(matches!(world.replies[&request], Reply::Ensured(_)));
    let took = world.now.since(began);
    assert!((SECOND * 19..SECOND * 25).contains(&took), "{took:?}");
}

/// What is tried again, is tried for that long and no longer.
#[test]
fn patience_is_had_with_whatever_is_away() {
    let engine: fn(&mut World) = |world| world.set(Fault::EngineAway, true);
    let store: fn(&mut World) = |world| world.set(Fault::StoreAway, true);
    for (away, after, command) in [
        (engine, "store: load 1", Command::Ensure(user("alice"))),
        (store, "engine: identify", Command::Ensure(user("alice"))),
        (store, "store: unlock", Command::Ensure(user("alice"))),
        (engine, "", LIST),
        (store, "", LIST),
        (store, "", Command::Touch(user("alice"))),
    ] {
        let mut world = World::new(1);
        world.sleep(SECOND * 3600);
        world.restart_with(1, |settings| settings.timing.patience = SECOND * 7);
        if after.is_empty() {
            world.ensure("alice");
            world.sleep(SECOND * 10);
        }
        let request = world.command(command.clone());
        if !after.is_empty() {
            world.drive_until(|call| call == after);
        }
        away(&mut world);
        let began = world.now;
        world.finish();
        let reply = &world.replies[&request];
        let told = matches!(
            reply,
            Reply::Failed(Error::EngineUnreachable(why)) if why == "no engine"
        ) || matches!(reply, Reply::Failed(Error::StoreUnreachable(why)) if why == "no store");
        assert!(told, "{command:?}: {reply:?}");
        let took = world.now.since(began);
        let range = SECOND * 6..SECOND * 10;
        assert!(range.contains(&took), "{command:?}: {took:?}");
    }
}

/// A network that nobody can tell of is no missing image.
#[test]
fn what_is_missing_is_named() {
    let mut world = World::new(1);
    world.lose_answers_to = Some("engine: find networks mosaic-internal");
    world.restart_with(1, |settings| {
        settings.timing.pull = SECOND * 10;
        settings.timing.engine = SECOND;
    });
    let (took, error) = failed(&mut world, Command::Ensure(user("alice")));
    let named = matches!(&error, Error::Timeout { last, .. } if last.contains("network"));
    assert!(named, "{error:?}");
    assert!((SECOND * 11..SECOND * 12).contains(&took), "{took:?}");
}

/// Nobody else begins anything for a user whose start goes on.
#[test]
fn a_lease_is_renewed_for_as_long_as_it_is_needed() {
    let mut world = never_ready(|_| {});
    let request = world.command(Command::Ensure(user("alice")));
    world.drive_until(|call| call == "engine: start");
    let write = "store: put starting, lease";
    assert_eq!(world.count(write), 1);
    world.sleep(SECOND * 14);
    assert_eq!(world.count(write), 3, "every five seconds");
    world.finish();
    assert!(matches!(world.replies[&request], Reply::Failed(_)));
    assert_eq!(world.record("alice").and_then(|record| record.lease), None);
}

/// Who can't renew a lease does nothing under it any more.
#[test]
fn nothing_is_begun_under_a_lease_that_has_run_out() {
    let mut world = never_ready(|_| {});
    world.command(Command::Ensure(user("alice")));
    world.drive_until(|call| call == "engine: start");
    world.set(Fault::StoreAway, true);
    // Two seconds are left then, which is too little to begin anything.
    world.sleep(SECOND * 13);
    world.calls.clear();
    world.containers[0].state = ContainerState::Stopped { exit_code: Some(3) };
    world.finish();
    let looks = |call: &String| call.contains("inspect") || call.contains("list");
    let engine = world.calls.iter().filter(|call| call.starts_with("engine"));
    assert!(engine.clone().all(looks), "{:?}", world.calls);
}

/// All of them, and in the order in which they came.
#[test]
fn who_comes_first_is_started_first() {
    let mut world = World::new(1);
    world.restart_with(1, |settings| settings.limits.starting = 1);
    let ids = ["alice", "dave", "bob", "carol"];
    // Each is in line before the next comes.
    let requests = ids.map(|id| {
        let request = world.command(Command::Ensure(user(id)));
        world.settle();
        request
    });
    world.finish();
    assert!(
        requests
            .iter()
            .all(|request| matches!(world.replies[request], Reply::Ensured(_)))
    );
    let made: Vec<_> = world
        .containers
        .iter()
        .map(|made| made.name.as_str())
        .collect();
    assert_eq!(made, ids.map(|id| format!("mosaic-user-{id}")));
}

/// However many come at once, the store is asked so many things at a time, and the rest together.
#[test]
fn what_many_ask_of_the_store_is_asked_together() {
    let mut world = World::new(1);
    for number in 0..50 {
        world.command(Command::Touch(user(&format!("user-{number}"))));
        world.command(Command::LimitIdle(user(&format!("other-{number}")), None));
    }
    assert_eq!(world.waiting("store: load 1"), 4);
    assert_eq!(world.waiting("store: touch 1"), 1);
    world.finish();
    assert_eq!(world.replies.len(), 100);
    let statements = world.calls.iter().filter(|call| call.starts_with("store"));
    assert!(statements.count() < 20, "{:?}", world.calls);
    // A statement is for a thousand users at most.
    for number in 0..1_002 {
        world.command(Command::Touch(user(&format!("one-more-{number}"))));
    }
    world.drive();
    let flushes = world
        .calls
        .iter()
        .filter(|call| call.starts_with("store: touch"));
    let flushes: Vec<_> = flushes.rev().take(2).collect();
    assert_eq!(flushes, ["store: touch 1", "store: touch 1000"]);
}

/// A store that never tells what it was asked is asked more and more rarely, and its words are told.
#[test]
fn what_nobody_can_tell_is_asked_more_and_more_rarely() {
    for (command, call) in [
        (Command::Ensure(user("alice")), "store: load 1"),
        (
            Command::Stop(user("bob")),
            "engine: inspect mosaic-user-bob",
        ),
        (LIST, "store: scan"),
    ] {
        let mut world = World::new(1);
        world.ensure("bob");
        world.lose_answers_to = Some(call);
        let request = world.command(command);
        world.assert_tried_rarely(|world| world.count(call));
        world.finish();
        let reply = &world.replies[&request];
        let told = matches!(
            reply,
            Reply::Failed(Error::Timeout { last, .. }) if last.contains("lost")
        );
        assert!(told, "{call}: {reply:?}");
    }
}

/// Three times, the last time with a new container.
#[test]
fn a_start_that_stays_unclear_is_tried_so_often() {
    let mut world = World::new(1);
    world.lose_answers_to = Some("engine: start");
    let reply = world.ensure("alice");
    let failed = matches!(reply, Reply::Failed(Error::StartFailed { .. }));
    assert!(failed, "{reply:?}");
    let made = |call: &&String| call.starts_with("engine: create mosaic-user");
    let tries = world
        .calls
        .iter()
        .filter(|call| made(call) || *call == "engine: start");
    let (create, start) = ("engine: create mosaic-user-alice on 19000", "engine: start");
    assert_eq!(
        tries.collect::<Vec<_>>(),
        [create, start, start, create, start]
    );
}

/// A store that takes no writes is asked to more and more rarely.
#[test]
fn what_cannot_be_written_is_tried_more_and_more_rarely() {
    let mut world = World::new(1);
    world.ensure("alice");
    world.set(Fault::StoreIsReadOnly, true);
    world.command(Command::Stop(user("alice")));
    world.assert_tried_rarely(|world| world.count("store: put stopping, lease"));
}

/// A run may go back and forth between waiting for what it needs and working, each with time of its
/// own; but not for ever.
#[test]
fn who_goes_back_and_forth_comes_to_an_end() {
    let mut world = World::new(1);
    world.set(Fault::ImageVanishes, true);
    world.restart_with(1, |settings| {
        settings.timing.start = SECOND;
        settings.timing.pull = SECOND;
        settings.timing.engine = SECOND;
    });
    let (took, _) = failed(&mut world, Command::Ensure(user("alice")));
    assert!((SECOND..SECOND * 5).contains(&took), "{took:?}");
    world.set(Fault::ImageVanishes, false);
    assert!(matches!(world.ensure("alice"), Reply::Ensured(_)));
}

/// Whoever purges is told who has the volume before long, and so is whoever comes meanwhile; once it is
/// let go of, the purge is finished first, and then they have their way.
#[test]
fn a_purge_tells_who_has_the_volume_in_use() {
    let mut world = World::new(1);
    world.ensure("alice");
    world.set(Fault::VolumesInUse, true);
    for command in [Command::Purge, Command::Ensure] {
        let before = world.now;
        let reply = world.run(command(user("alice")));
        let told = matches!(
            &reply,
            Reply::Failed(Error::VolumeInUse { name, why })
                if name == "mosaic-user-alice-state" && why.contains("4f6c")
        );
        assert!(told, "{reply:?}");
        assert!(world.now.since(before) < 15 * SECOND);
    }
    world.set(Fault::VolumesInUse, false);
    assert!(matches!(world.ensure("alice"), Reply::Ensured(_)));
    assert_eq!(world.removed_volumes, ["mosaic-user-alice-state"]);
}
