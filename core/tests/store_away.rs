//! A store that doesn't answer: whoever is known to run is served all the same, and the store hears of it
//! first of all once it is back.

use std::time::Duration;

use portreeve_core::command::{Command, Reply, Touched};
use portreeve_core::error::Error;
use portreeve_core::record::Intent;
use portreeve_core::settings::{Maintenance, StoreAway};
use portreeve_core::time::Timestamp;

use crate::world::{Fault, LIST, World, touched, user};

/// Whoever is served without the store is served within that.
const AT_ONCE: Duration = Duration::from_millis(250);

const IDLE_LIMIT: Duration = Duration::from_secs(60);

const PENDING: Reply = Reply::Touched(Touched {
    known: true,
    pending: true,
});

const OUTAGES: [Fault; 2] = [Fault::StoreAway, Fault::StoreHangs];

/// A world whose controller follows events, and whose alice runs; all of that is over, and the slack of
/// her activity, too.
fn following() -> World {
    following_with(StoreAway::default())
}

fn following_with(store_away: StoreAway) -> World {
    let mut world = World::new(1);
    world.restart_with(1, |settings| {
        settings.maintenance.watch = true;
        settings.idle_limit = IDLE_LIMIT;
        settings.store_away = store_away;
    });
    world.ensure("alice");
    // Long enough for a list that is behind nothing.
    world.sleep(Duration::from_secs(18));
    world.calls.clear();
    world
}

/// What the command is answered, and how long that takes.
fn timed(world: &mut World, command: Command) -> (Reply, Duration) {
    let before = world.now;
    let reply = world.run(command);
    (reply, world.now.since(before))
}

fn ensure(world: &mut World) -> (Reply, Duration) {
    timed(world, Command::Ensure(user("alice")))
}

fn touch(world: &mut World) -> (Reply, Duration) {
    timed(world, Command::Touch(user("alice")))
}

#[track_caller]
fn assert_served(world: &mut World) {
    let (reply, took) = ensure(world);
    assert!(
        matches!(&reply, Reply::Ensured(endpoint) if endpoint.pending),
        "{reply:?}"
    );
    assert!(took <= AT_ONCE, "{took:?}");
    let (reply, took) = touch(world);
    assert_eq!(reply, PENDING);
    assert!(took <= AT_ONCE, "{took:?}");
}

#[track_caller]
fn assert_refused(world: &mut World) {
    for (reply, _) in [ensure(world), touch(world)] {
        assert!(matches!(reply, Reply::Failed(_)), "{reply:?}");
    }
}

fn last_active(world: &World) -> Option<Timestamp> {
    world.record("alice").expect("it stays").last_active
}

/// What was asked of the store, in order.
fn statements(world: &World) -> Vec<&str> {
    let calls = world.calls.iter().map(String::as_str);
    calls.filter(|call| call.starts_with("store: ")).collect()
}

#[test]
fn who_is_known_to_run_is_served_while_the_store_is_away() {
    for outage in OUTAGES {
        let mut world = following();
        world.set(outage, true);
        assert_served(&mut world);
        // Again and again, for as long as it may be.
        for _ in 0..9 {
            world.sleep(Duration::from_secs(60));
            assert_served(&mut world);
        }
        world.sleep(Duration::from_secs(60));
        assert_refused(&mut world);
    }
}

#[test]
fn a_store_that_answers_is_waited_for() {
    let mut world = following();
    let (reply, _) = ensure(&mut world);
    assert!(
        matches!(&reply, Reply::Ensured(endpoint) if !endpoint.pending),
        "{reply:?}"
    );
    world.sleep(Duration::from_secs(6));
    assert_eq!(touch(&mut world).0, touched(true));
    assert_eq!(world.lifecycle.pending_activity(), 0);
}

/// Each ensure that joins is served when the first is, however many come one after the other.
#[test]
fn who_joins_doesnt_keep_the_others_waiting() {
    let mut world = following();
    world.set(Fault::StoreHangs, true);
    let before = world.now;
    let first = world.command(Command::Ensure(user("alice")));
    while !world.replies.contains_key(&first) {
        assert!(world.now.since(before) <= AT_ONCE);
        world.command(Command::Ensure(user("alice")));
        world.sleep(Duration::from_millis(50));
    }
    world.finish();
    let pending = |reply: &Reply| matches!(reply, Reply::Ensured(endpoint) if endpoint.pending);
    assert!(
        world
            .replies
            .values()
            .filter(|reply| pending(reply))
            .count()
            > 1
    );
}

#[test]
fn who_isnt_known_to_run_is_refused() {
    let away = |world: &mut World| world.set(Fault::StoreAway, true);
    // Events vouch for nothing.
    let mut world = World::new(1);
    world.ensure("alice");
    world.sleep(Duration::from_secs(18));
    away(&mut world);
    assert_refused(&mut world);
    // The stream is lost, and the engine with it.
    let mut world = following();
    away(&mut world);
    world.set(Fault::EngineAway, true);
    world.lose_stream();
    assert_refused(&mut world);
    // The container has ended.
    let mut world = following();
    away(&mut world);
    world.kill(0);
    world.settle_events();
    assert_refused(&mut world);
    // The record isn't known: somebody has asked for something that writes it.
    let mut world = following();
    away(&mut world);
    let stopped = world.run(Command::Stop(user("alice")));
    assert!(matches!(stopped, Reply::Failed(_)), "{stopped:?}");
    assert_refused(&mut world);
    // Nobody knows the user.
    let mut world = following();
    away(&mut world);
    let (reply, _) = timed(&mut world, Command::Ensure(user("bob")));
    assert!(
        matches!(reply, Reply::Failed(Error::StoreUnreachable(_))),
        "{reply:?}"
    );
}

/// Another controller is at work on the record, as was read before the store went away.
#[test]
fn who_is_under_a_lease_is_refused() {
    let mut world = following();
    world.run(Command::Stop(user("alice")));
    let request = world.command(Command::Ensure(user("alice")));
    world.drive_until(|call| call == "engine: start");
    world.set(Fault::StoreAway, true);
    let (reply, _) = touch(&mut world);
    assert!(matches!(reply, Reply::Failed(_)), "{reply:?}");
    world.finish();
    let reply = &world.replies[&request];
    assert!(matches!(reply, Reply::Failed(_)), "{reply:?}");
}

#[test]
fn who_is_not_to_be_served_is_refused() {
    for outage in OUTAGES {
        let mut world = following_with(StoreAway::Refuse);
        world.set(outage, true);
        assert_refused(&mut world);
        assert_eq!(world.lifecycle.pending_activity(), 0);
    }
}

/// A disk that is full answers, and says no.
#[test]
fn a_store_that_cannot_write_serves_nobody() {
    let mut world = following();
    world.set(Fault::StoreIsFull, true);
    for (reply, took) in [ensure(&mut world), touch(&mut world)] {
        let full = Reply::Failed(Error::StoreUnwritable("no room".into()));
        assert_eq!(reply, full);
        assert!(took <= AT_ONCE, "{took:?}");
    }
}

/// Nobody else is heard before: neither who wants to know something, nor who wants something done.
#[test]
fn what_is_pending_is_flushed_before_anything_else() {
    for outage in OUTAGES {
        let mut world = following();
        world.ensure("bob");
        world.sleep(Duration::from_secs(30));
        let before = last_active(&world);
        world.set(outage, true);
        assert_served(&mut world);
        assert_eq!(world.lifecycle.pending_activity(), 1);
        let others = [
            Command::Status(user("alice")),
            LIST,
            Command::Stop(user("bob")),
            Command::Ensure(user("carol")),
        ]
        .map(|command| world.command(command));
        world.sleep(Duration::from_secs(1));
        world.set(outage, false);
        world.calls.clear();
        world.finish();
        let statements = statements(&world);
        assert_eq!(
            statements[0], "store: touch 1",
            "{outage:?}: {statements:?}"
        );
        assert!(statements.len() > 3, "{statements:?}");
        assert!(last_active(&world) > before);
        assert_eq!(world.lifecycle.pending_activity(), 0);
        for request in others {
            let reply = &world.replies[&request];
            assert!(!matches!(reply, Reply::Failed(_)), "{outage:?}: {reply:?}");
        }
        let (reply, _) = ensure(&mut world);
        assert!(
            matches!(&reply, Reply::Ensured(endpoint) if !endpoint.pending),
            "{reply:?}"
        );
    }
}

/// It is written although nobody asks again, and soon.
#[test]
fn what_is_pending_is_flushed_unasked() {
    for outage in OUTAGES {
        let mut world = following();
        world.set(outage, true);
        assert_served(&mut world);
        world.sleep(Duration::from_secs(300));
        world.set(outage, false);
        let before = last_active(&world);
        world.sleep(Duration::from_secs(10));
        assert!(last_active(&world) > before, "{outage:?}");
        assert_eq!(world.lifecycle.pending_activity(), 0);
    }
}

/// A flush that is under way when the user is served was sent too early: it may be from before.
#[test]
fn a_flush_from_before_acknowledges_nothing() {
    let mut world = following();
    let first = world.command(Command::Touch(user("alice")));
    let (id, early) = world.look_and_hold("store: touch 1");
    world.sleep(Duration::from_secs(1));
    assert_eq!(world.replies[&first], PENDING);
    assert_served(&mut world);
    world.release((id, early));
    assert_eq!(world.lifecycle.pending_activity(), 1);
    world.sleep(Duration::from_secs(1));
    assert_eq!(world.count("store: touch 1"), 2);
    assert_eq!(world.lifecycle.pending_activity(), 0);
}

/// The store knows of no activity for an hour, and would let the user be reaped.
#[test]
fn who_is_active_is_not_reaped_once_the_store_is_back() {
    for outage in OUTAGES {
        let mut world = following();
        world.sleep(Duration::from_secs(3600));
        world.set(outage, true);
        assert_served(&mut world);
        let reap = world.command(Command::Reap);
        world.sleep(Duration::from_secs(1));
        world.set(outage, false);
        world.finish();
        let reply = &world.replies[&reap];
        assert!(
            matches!(reply, Reply::Reaped(reaped) if reaped.stopped.is_empty()),
            "{outage:?}: {reply:?}"
        );
        let record = world.record("alice").expect("it stays");
        assert_eq!(record.body.intent, Intent::Running);
    }
}

/// What was read for a reap before the store went away is not acted upon.
#[test]
fn a_reap_that_was_begun_leaves_who_is_active_alone() {
    let mut world = following();
    world.sleep(Duration::from_secs(3600));
    let reap = world.command(Command::Reap);
    world.drive_until(|call| call == "store: scan idle");
    world.set(Fault::StoreAway, true);
    let (reply, took) = touch(&mut world);
    assert_eq!(reply, PENDING);
    assert!(took <= AT_ONCE, "{took:?}");
    world.sleep(Duration::from_secs(1));
    world.set(Fault::StoreAway, false);
    world.calls.clear();
    world.finish();
    let reply = &world.replies[&reap];
    assert!(
        matches!(reply, Reply::Reaped(reaped) if reaped.stopped.is_empty()),
        "{reply:?}"
    );
    let stopped = |call: &&str| call.contains("put stopping");
    assert_eq!(statements(&world).iter().find(|call| stopped(call)), None);
}

/// A store that answers and doesn't take what is pending keeps nobody else waiting.
#[test]
fn a_disk_that_is_full_when_it_is_back_keeps_nobody_waiting() {
    let mut world = following();
    world.set(Fault::StoreAway, true);
    assert_served(&mut world);
    world.set(Fault::StoreAway, false);
    world.set(Fault::StoreIsFull, true);
    let (reply, took) = timed(&mut world, LIST);
    assert!(matches!(reply, Reply::Listed(_)), "{reply:?}");
    assert!(took < Duration::from_secs(3), "{took:?}");
    let (_, took) = timed(&mut world, LIST);
    assert!(took <= AT_ONCE, "{took:?}");
    world.set(Fault::StoreIsFull, false);
    world.sleep(Duration::from_secs(10));
    assert_eq!(world.lifecycle.pending_activity(), 0);
}

/// One row that is locked hangs every flush, and nobody else is refused for it, or waits each time.
#[test]
fn flushes_that_hang_alone_refuse_nobody_else() {
    let mut world = following();
    world.set(Fault::StoreHangs, true);
    assert_served(&mut world);
    world.set(Fault::StoreHangs, false);
    let list = |world: &mut World| {
        let before = world.now;
        let list = world.command(LIST);
        while !world.replies.contains_key(&list) {
            if world.waiting("store: touch 1") > 0 {
                // Its answer never comes.
                world.look_and_hold("store: touch 1");
            } else {
                world.turn_any(1);
            }
        }
        let reply = &world.replies[&list];
        assert!(matches!(reply, Reply::Listed(_)), "{reply:?}");
        world.now.since(before)
    };
    assert!(list(&mut world) < Duration::from_secs(8));
    assert!(list(&mut world) < AT_ONCE);
}

#[test]
fn what_is_tried_in_vain_is_tried_rarely() {
    let mut world = following();
    world.set(Fault::StoreAway, true);
    touch(&mut world);
    world.assert_tried_rarely(|world| world.count("store: touch 1"));
}

/// Whoever was purged elsewhere meanwhile has no activity to be told of.
#[test]
fn a_user_who_is_gone_is_forgotten() {
    let mut world = following();
    world.set(Fault::StoreAway, true);
    assert_served(&mut world);
    world.lose_record("alice");
    world.set(Fault::StoreAway, false);
    world.sleep(Duration::from_secs(10));
    assert_eq!(world.lifecycle.pending_activity(), 0);
}

#[test]
fn the_last_thing_that_a_host_does_is_to_flush() {
    for outage in OUTAGES {
        let mut world = following();
        world.set(outage, true);
        assert_served(&mut world);
        let before = last_active(&world);
        world.sleep(Duration::from_secs(60));
        world.set(outage, false);
        world.close();
        world.settle();
        if outage == Fault::StoreHangs {
            // The flush under way is given up first.
            world.sleep(Duration::from_secs(8));
            world.settle();
        }
        assert!(last_active(&world) > before, "{outage:?}");
        assert_eq!(world.lifecycle.pending_activity(), 0);
    }
    // Where the store stays away, it is told how much is lost.
    let mut world = following();
    world.set(Fault::StoreAway, true);
    assert_served(&mut world);
    world.close();
    world.calls.clear();
    world.settle();
    assert_eq!(statements(&world), ["store: touch 1"]);
    assert_eq!(world.lifecycle.pending_activity(), 1);
}

/// With all that a host does unasked, too, users are served for as long as they may be.
#[test]
fn maintenance_disturbs_nobody() {
    for outage in OUTAGES {
        let mut world = World::new(1);
        world.restart_with(1, |settings| settings.maintenance = Maintenance::full());
        world.ensure("alice");
        world.sleep(Duration::from_secs(150));
        world.set(outage, true);
        for _ in 0..19 {
            world.sleep(Duration::from_secs(30));
            assert_served(&mut world);
        }
        world.set(outage, false);
        world.sleep(Duration::from_secs(60));
        assert_eq!(world.lifecycle.pending_activity(), 0);
        let record = world.record("alice").expect("it stays");
        assert_eq!(record.body.intent, Intent::Running);
    }
}
