//! Following the engine's events: what is known stays current, and is never believed for too long.

use std::time::Duration;

use portreeve_core::command::{Command, Ensured, Reply};
use portreeve_core::error::Error;
use portreeve_core::id::ContainerId;
use portreeve_core::observed::{ContainerState, Health};
use portreeve_core::outcome::{ContainerChange, EngineEvent, EngineOutcome, Outcome};
use portreeve_core::settings::Readiness;

use crate::world::{Fault, World, user};

/// A world whose controller follows events and has ensured `alice`; all of that is over.
fn following() -> World {
    let mut world = World::new(1);
    world.restart_with(1, |settings| {
        settings.maintenance.watch = true;
    });
    world.ensure("alice");
    // Long enough for a list that is behind nothing.
    world.sleep(Duration::from_secs(18));
    world.calls.clear();
    world
}

/// Events are dropped in silence, which two lists in a row tell.
fn drop_events(world: &mut World) {
    world.set(Fault::DropsEvents, true);
    for _ in 0..2 {
        world.kill(0);
        world.sleep(Duration::from_secs(16));
        world.containers[0].state = ContainerState::Running;
        world.sleep(Duration::from_secs(16));
    }
}

fn ensured(world: &mut World) -> Ensured {
    match world.ensure("alice") {
        Reply::Ensured(endpoint) => endpoint.outcome,
        other => panic!("not ensured: {other:?}"),
    }
}

/// The calls to the engine that aren't lists of all containers, which come by themselves.
fn looks(world: &World) -> Vec<&String> {
    let calls = world.calls.iter();
    calls
        .filter(|call| call.starts_with("engine: ") && *call != "engine: list all")
        .collect()
}

#[test]
fn a_warm_ensure_needs_no_call_to_the_engine() {
    let mut world = following();
    assert_eq!(ensured(&mut world), Ensured::AlreadyRunning);
    assert_eq!(world.calls, ["store: touch 1"]);
    world.calls.clear();
    // Within the slack of its last flush, not even the store is asked.
    assert_eq!(ensured(&mut world), Ensured::AlreadyRunning);
    assert!(world.calls.is_empty(), "{:?}", world.calls);
}

/// A list that tells no health leaves untold whether it is ready, and a look tells it at once.
#[test]
fn a_list_without_health_costs_a_warm_ensure_one_look_and_no_wait() {
    let mut world = World::new(1);
    world.set(Fault::ListsNoHealth, true);
    world.restart_with(1, |settings| {
        settings.maintenance.watch = true;
        settings.readiness = Readiness::Healthy;
    });
    world.health = Health::Healthy;
    assert_eq!(ensured(&mut world), Ensured::Created);
    // Long enough for a list that is behind nothing.
    world.sleep(Duration::from_secs(18));
    world.calls.clear();
    let asked = world.now;
    assert_eq!(ensured(&mut world), Ensured::AlreadyRunning);
    assert_eq!(looks(&world), ["engine: inspect mosaic-user-alice"]);
    assert!(world.now.since(asked) < Duration::from_millis(100));
}

#[test]
fn without_events_it_needs_one() {
    let mut world = World::new(1);
    world.ensure("alice");
    world.calls.clear();
    world.ensure("alice");
    assert_eq!(world.calls, ["engine: inspect mosaic-user-alice"]);
}

#[test]
fn what_happened_is_looked_at() {
    let mut world = following();
    world.kill(0);
    assert_eq!(ensured(&mut world), Ensured::Started);
    world.run(Command::Repair { dry_run: false });
    world.sleep(Duration::from_secs(16));
    world.calls.clear();
    world.rename(0, "renamed".into());
    assert_eq!(ensured(&mut world), Ensured::AlreadyRunning);
    assert_eq!(
        looks(&world).len(),
        3,
        "by its name, by its label, by its id"
    );
    world.sleep(Duration::from_secs(16));
    world.remove(0);
    assert_eq!(ensured(&mut world), Ensured::Created);
}

#[test]
fn what_is_known_already_needs_no_look() {
    let mut world = following();
    world.run(Command::Stop(user("alice")));
    world.calls.clear();
    // The engine tells of our own stop only now.
    world.sleep(Duration::from_millis(10));
    world.run(Command::Stop(user("alice")));
    assert!(looks(&world).len() <= 1, "{:?}", world.calls);
}

#[test]
fn while_the_stream_is_lost_everything_is_looked_at() {
    let mut world = following();
    world.lose_stream();
    assert_eq!(ensured(&mut world), Ensured::AlreadyRunning);
    let looked = ["engine: identify", "engine: inspect mosaic-user-alice"];
    assert_eq!(looks(&world), looked);
    world.sleep(Duration::from_secs(5));
    assert!(world.watch.is_some(), "it is opened again");
    // Another engine may answer by now.
    assert_eq!(looks(&world)[2..], ["engine: watch", "engine: identify"]);
    world.calls.clear();
    assert_eq!(ensured(&mut world), Ensured::AlreadyRunning);
    assert!(looks(&world).is_empty(), "{:?}", world.calls);
}

#[test]
fn what_happened_while_the_stream_was_lost_is_seen() {
    let mut world = following();
    world.lose_stream();
    world.containers[0].state = ContainerState::Stopped {
        exit_code: Some(137),
    };
    world.sleep(Duration::from_secs(5));
    assert_eq!(ensured(&mut world), Ensured::Started);
}

#[test]
fn events_are_not_believed_for_longer_than_a_list_vouches_for_them() {
    let mut world = following();
    // Nothing is told any more, and no list comes through.
    world.set(Fault::DropsEvents, true);
    world.set(Fault::EngineAway, true);
    world.sleep(Duration::from_secs(31));
    world.set(Fault::EngineAway, false);
    world.kill(0);
    assert_eq!(ensured(&mut world), Ensured::Started);
}

#[test]
fn a_stream_that_drops_events_is_opened_anew() {
    let mut world = following();
    let before = world.watch;
    drop_events(&mut world);
    assert_ne!(world.watch, before);
    assert!(world.watch.is_some());
}

#[test]
fn an_event_while_it_is_looked_at_has_it_looked_at_again() {
    let mut world = following();
    let name = world.containers[0].name.clone();
    world.rename(0, name);
    world.settle_events();
    world.command(Command::Ensure(user("alice")));
    // The look is answered before the container dies, and its answer comes after.
    let look = world.look_and_hold("engine: inspect mosaic-user-alice");
    world.kill(0);
    world.settle_events();
    world.release(look);
    world.finish();
    assert_eq!(ensured(&mut world), Ensured::Started);
}

/// Engines tell of a death before their lists show it.
#[test]
fn a_list_that_is_behind_an_event_is_not_believed() {
    let mut world = following();
    while !world.calls.iter().any(|call| call == "engine: list all") {
        world.kill(0);
        world.containers[0].state = ContainerState::Running;
        world.settle_events();
        world.sleep(Duration::from_millis(100));
    }
    world.containers[0].state = ContainerState::Stopped {
        exit_code: Some(137),
    };
    assert_eq!(ensured(&mut world), Ensured::Started);
}

/// It may be behind an event of which nobody told us, since the stream was lost.
#[test]
fn the_list_that_comes_right_after_a_lost_stream_is_not_believed() {
    let mut world = following();
    world.lose_stream();
    while !world.calls.iter().any(|call| call == "engine: list all") {
        world.sleep(Duration::from_millis(10));
    }
    world.containers[0].state = ContainerState::Stopped {
        exit_code: Some(137),
    };
    assert_eq!(ensured(&mut world), Ensured::Started);
}

/// Bob had a container, and somebody removed it; that is known.
fn without_bobs_container() -> World {
    let mut world = following();
    world.ensure("bob");
    world.remove(1);
    world.run(Command::Stop(user("bob")));
    world.sleep(Duration::from_secs(16));
    world.run(Command::Stop(user("bob")));
    world
}

/// Events tell of what bears our labels, and of nothing else.
#[test]
fn somebody_elses_container_is_looked_at_each_time() {
    let mut world = without_bobs_container();
    world.add_foreign("mosaic-user-bob");
    let taken = world.ensure("bob");
    assert!(
        matches!(taken, Reply::Failed(Error::NameTaken { .. })),
        "{taken:?}"
    );
    world.sleep(Duration::from_secs(2));
    world
        .containers
        .retain(|container| container.name != "mosaic-user-bob");
    let made = world.ensure("bob");
    assert!(matches!(made, Reply::Ensured(_)), "{made:?}");
}

#[test]
fn what_is_to_be_adopted_is_looked_for() {
    let mut world = without_bobs_container();
    world.add_foreign("mosaic-user-bob");
    let adopted = world.run(Command::Adopt(user("bob")));
    assert!(
        matches!(&adopted, Reply::Adopted(adopted) if adopted.container.is_some()),
        "{adopted:?}"
    );
}

#[test]
fn what_was_done_here_is_known_without_a_list() {
    let mut world = following();
    world.ensure("bob");
    world.settle_events();
    world.calls.clear();
    assert!(matches!(world.ensure("bob"), Reply::Ensured(_)));
    assert!(looks(&world).is_empty(), "{:?}", world.calls);
}

/// As long as lists tell what events told.
#[test]
fn the_stream_stays_open() {
    let mut world = following();
    world.sleep(Duration::from_secs(200));
    assert!(world.count("engine: list all") > 10);
    assert!(!world.calls.iter().any(|call| call == "engine: watch"));
}

/// One that can't be listed costs nobody else what is known.
#[test]
fn a_list_in_part_vouches_for_those_it_names() {
    let mut world = following();
    world.ensure("bob");
    world.left_out = Some("bob");
    world.sleep(Duration::from_secs(100));
    world.calls.clear();
    assert_eq!(ensured(&mut world), Ensured::AlreadyRunning);
    assert!(looks(&world).is_empty(), "{:?}", world.calls);
    world.ensure("bob");
    assert!(!looks(&world).is_empty(), "{:?}", world.calls);
    world.kill(0);
    world.sleep(Duration::from_secs(100));
    assert_eq!(ensured(&mut world), Ensured::Started);
}

/// It may have been of anybody's container.
#[test]
fn after_an_event_that_can_not_be_told_everybody_is_looked_at() {
    let mut world = following();
    world.set(Fault::DropsEvents, true);
    world.kill(0);
    world.tell(EngineEvent::Missed);
    assert_eq!(ensured(&mut world), Ensured::Started);
    world.sleep(Duration::from_secs(18));
    world.calls.clear();
    assert_eq!(ensured(&mut world), Ensured::AlreadyRunning);
    assert!(looks(&world).is_empty(), "{:?}", world.calls);
}

#[test]
fn an_event_that_can_not_be_told_breaks_no_stream() {
    let mut world = following();
    let watch = world.watch;
    world.sleep(Duration::from_millis(10));
    for _ in 0..100 {
        world.tell(EngineEvent::Missed);
    }
    world.sleep(Duration::from_secs(3));
    assert_eq!(world.watch, watch);
    let lists = world.count("engine: list all");
    assert!((1..=2).contains(&lists), "{lists}");
    world.calls.clear();
    assert_eq!(ensured(&mut world), Ensured::AlreadyRunning);
    assert!(looks(&world).is_empty(), "{:?}", world.calls);
}

/// Somebody makes a container that bears the user's labels: whatever it is, the user's own is as it
/// was.
#[test]
fn a_container_beside_the_users_own_is_no_news_of_it() {
    let mut world = following();
    let event = |change| EngineEvent::Container {
        id: ContainerId::new("unseen"),
        user: Some(user("alice")),
        change,
    };
    for change in [
        ContainerChange::Created,
        ContainerChange::Started,
        ContainerChange::Died,
        ContainerChange::Other,
        ContainerChange::Destroyed,
    ] {
        world.tell(event(change));
        assert_eq!(ensured(&mut world), Ensured::AlreadyRunning);
        assert!(looks(&world).is_empty(), "{:?}", world.calls);
    }
}

/// It neither runs in the user's place nor has the stream opened anew for what it does.
#[test]
fn a_copy_that_comes_and_goes_is_no_surprise() {
    let mut world = following();
    let copy = world.add_copy("alice");
    for _ in 0..20 {
        world.sleep(Duration::from_secs(20));
        world.kill(copy);
        world.ensure("alice");
        world.sleep(Duration::from_secs(20));
        world.revive(copy);
    }
    assert!(!world.calls.iter().any(|call| call == "engine: watch"));
}

/// What an event tells of a container is looked at, unless that is how it is known to be.
#[test]
fn only_what_is_news_is_looked_at() {
    let looked = |stopped: bool, change: ContainerChange| {
        let mut world = following();
        if stopped {
            world.run(Command::Stop(user("alice")));
            world.sleep(Duration::from_secs(18));
        }
        let id = world.containers[0].id.clone();
        world.tell(EngineEvent::Container {
            id,
            user: Some(user("alice")),
            change,
        });
        world.calls.clear();
        world.ensure("alice");
        let first = looks(&world).first().copied();
        first.is_some_and(|call| call != "engine: start")
    };
    for (change, of_running, of_stopped) in [
        (ContainerChange::Created, false, false),
        (ContainerChange::Started, false, true),
        (ContainerChange::Unpaused, false, true),
        (ContainerChange::Died, true, false),
        (ContainerChange::Paused, true, true),
        (ContainerChange::Health(Health::Absent), false, false),
        (ContainerChange::Health(Health::Unhealthy), true, true),
        (ContainerChange::Destroyed, true, true),
        (ContainerChange::Other, true, true),
    ] {
        assert_eq!(
            looked(false, change),
            of_running,
            "{change:?} of one that runs"
        );
        assert_eq!(
            looked(true, change),
            of_stopped,
            "{change:?} of one that is stopped"
        );
    }
}

/// The list was asked for before the container ended, and tells that it runs.
#[test]
fn a_list_that_was_asked_for_before_an_event_is_not_believed() {
    let mut world = following();
    world.now = world.now.after(Duration::from_secs(15));
    let now = world.now;
    world.lifecycle.handle_time(now).expect("forwards");
    let listed = world.look_and_hold("engine: list all");
    world.kill(0);
    world.settle_events();
    world.release(listed);
    assert_eq!(ensured(&mut world), Ensured::Started);
}

/// An engine that can't list its containers is asked more and more rarely.
#[test]
fn lists_that_bring_nothing_are_asked_for_more_and_more_rarely() {
    let mut world = following();
    world.lose_answers_to = Some("engine: list all");
    // Until the next is due.
    while world.count("engine: list all") == 0 {
        world.sleep(Duration::from_millis(100));
    }
    world.assert_tried_rarely(|world| world.count("engine: list all"));
}

/// A stream that is given up is forgotten, and what it still tells is nobody's.
#[test]
fn of_streams_that_were_given_up_nothing_is_kept() {
    let mut world = following();
    let given_up = world.watch.expect("it is open");
    drop_events(&mut world);
    let opened = world.watch.expect("it is opened again");
    assert_ne!(opened, given_up);
    let kept = format!("{:?}", world.lifecycle);
    assert_eq!(kept.matches("Engine(Watch {").count(), 1, "{kept}");
    let (now, lost) = (world.now, EngineOutcome::Unclear("it ended".into()));
    let told = world
        .lifecycle
        .handle_event(now, given_up, EngineEvent::Opened);
    assert_eq!(told, Ok(()));
    let ended = world
        .lifecycle
        .handle_outcome(now, given_up, Outcome::Engine(lost));
    assert_eq!(ended, Ok(()));
    let kept = format!("{:?}", world.lifecycle);
    assert!(!kept.contains(&format!("{given_up:?}")), "{kept}");
}

#[test]
fn a_stream_that_cannot_be_opened_is_tried_more_and_more_rarely() {
    let mut world = following();
    world.set(Fault::EngineAway, true);
    world.lose_stream();
    world.assert_tried_rarely(|world| world.count("engine: watch"));
    world.set(Fault::EngineAway, false);
    world.sleep(Duration::from_secs(3));
    assert!(world.watch.is_some());
}

/// Lists by our labels leave out what was adopted: it isn't gone for that.
#[test]
fn what_was_adopted_is_not_missed_in_lists() {
    let mut world = following();
    world.add_foreign("mosaic-user-bob");
    world.run(Command::Adopt(user("bob")));
    let Reply::Ensured(before) = world.ensure("bob") else {
        panic!("not ensured: {:?}", world.calls);
    };
    world.sleep(Duration::from_secs(40));
    let adopted = world.containers.len() - 1;
    world.rename(adopted, "renamed".into());
    let Reply::Ensured(after) = world.ensure("bob") else {
        panic!("not ensured: {:?}", world.calls);
    };
    assert_eq!(after.outcome, Ensured::AlreadyRunning);
    assert_eq!(after.container, before.container);
}

/// Nothing had to be read for this purge. Another controller has finished one meanwhile, and the user
/// was made anew.
#[test]
fn a_purge_is_of_the_user_who_was_known_then() {
    let mut world = following();
    let purge = world.command(Command::Purge(user("alice")));
    while world.waiting("store: put removing, lease") == 0 {
        world.settle_one();
    }
    world.add_controller(2);
    assert_eq!(
        world.run(Command::Purge(user("alice"))),
        Reply::Purged(true)
    );
    let Reply::Ensured(endpoint) = world.ensure("alice") else {
        panic!("not ensured: {:?}", world.calls);
    };
    world.switch(0);
    world.finish();
    assert!(matches!(world.replies[&purge], Reply::Purged(_)));
    assert!(world.record("alice").is_some());
    let left: Vec<_> = world.containers.iter().map(|left| &left.id).collect();
    assert_eq!(left, [&endpoint.container]);
}
