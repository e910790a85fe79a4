//! What a host's lifecycle does unasked.

use std::collections::BTreeSet;
use std::time::Duration;

use portreeve_core::command::{Command, Finding, Problem, Reaped, Remedy, Reply};
use portreeve_core::id::PortRange;
use portreeve_core::lifecycle::Output;
use portreeve_core::observed::ContainerState;
use portreeve_core::settings::Maintenance;

use crate::world::{World, settings, touched, user};

#[test]
fn nothing_unless_it_is_switched_on() {
    let mut world = World::new(1);
    world.sleep(Duration::from_secs(3600));
    assert!(world.calls.is_empty(), "{:?}", world.calls);
    assert_eq!(world.lifecycle.poll(), Output::Idle(None));
}

#[test]
fn it_sweeps_at_once_and_every_minute() {
    let mut world = World::new(1);
    world.ensure("alice");
    world.command(Command::Stop(user("alice")));
    world.drive_until(|call| call == "store: put stopping, lease");
    world.restart_with(2, |settings| settings.maintenance = Maintenance::full());
    world.sleep(Duration::from_secs(90));
    // What the controller before had begun is over, though nobody asked.
    assert!(world.containers.is_empty());
    assert_eq!(world.record("alice").expect("it stays").lease, None);
    world.ensure("alice");
    world.kill(0);
    world.sleep(Duration::from_secs(61));
    let repaired = world.run(Command::Repair { dry_run: true });
    assert_eq!(repaired, Reply::Repaired(Vec::new()), "it was found before");
}

/// Nothing else has to happen for what is due to be begun.
#[test]
fn it_wakes_by_itself() {
    let mut world = World::new(1);
    world.restart_with(1, |settings| {
        settings.maintenance = Maintenance::full();
        settings.maintenance.watch = false;
    });
    world.sleep(Duration::from_secs(605));
    let sweeps = world.count("store: scan unsettled");
    assert_eq!(sweeps, 11, "at once, and each minute");
    assert_eq!(world.count("store: scan"), 1, "at once");
    assert_eq!(world.count("store: scan idle"), 10, "each minute");
}

/// A sweep that takes longer than there is between two.
#[test]
fn it_begins_no_sweep_while_one_is_under_way() {
    let mut world = World::new(1);
    world.lose_answers_to = Some("engine: list all");
    world.restart_with(1, |settings| {
        settings.maintenance.sweep = Some(Duration::from_secs(2));
    });
    world.sleep(Duration::from_secs(25));
    let lists = world.count("engine: list all");
    assert!((5..30).contains(&lists), "{lists}");
}

/// Each answer of store or engine has its time, not all of them together.
#[test]
fn what_asks_several_times_has_its_time_for_each() {
    let mut world = World::new(1);
    world.ensure("alice");
    let repair = world.command(Command::Repair { dry_run: true });
    for call in ["engine: list volumes", "engine: list all"] {
        let answer = world.look_and_hold(call);
        world.sleep(Duration::from_secs(18));
        world.release(answer);
    }
    world.finish();
    assert_eq!(world.replies[&repair], Reply::Repaired(Vec::new()));
}

#[test]
fn it_reaps_whoever_is_idle() {
    let mut world = World::new(1);
    world.restart_with(1, |settings| {
        settings.maintenance = Maintenance::full();
        settings.idle_limit = Duration::from_secs(600);
    });
    world.ensure("alice");
    world.ensure("bob");
    for _ in 0..4 {
        world.sleep(Duration::from_secs(300));
        world.run(Command::Touch(user("bob")));
    }
    let runs = |id| {
        let labelled = world.containers.iter().find(|container| {
            let labels = container.labels.told().expect("ours");
            labels.user == user(id)
        });
        labelled.expect("it is there").state == ContainerState::Running
    };
    assert!(!runs("alice") && runs("bob"));
}

/// Else the next reap would undo it, as soon as it is answered.
#[test]
fn who_was_idle_and_is_restarted_is_not_reaped() {
    let mut world = crowd(1);
    let restarted = world.run(Command::Restart(user("user-0")));
    assert!(matches!(restarted, Reply::Ensured(_)), "{restarted:?}");
    assert_eq!(reap(&mut world), 0);
    world.sleep(Duration::from_secs(3600));
    assert_eq!(reap(&mut world), 1);
}

/// A world whose users have all been idle for an hour.
fn crowd(users: u16) -> World {
    crowd_in_pages(users, settings().limits.page)
}

fn crowd_in_pages(users: u16, page: u32) -> World {
    let mut world = World::new(1);
    world.restart_with(1, |settings| {
        settings.limits.page = page;
        let first = settings.ports.first();
        let last = first.checked_add(users).expect("small");
        settings.ports = PortRange::new(first, last).expect("not empty");
    });
    for number in 0..users {
        world.ensure(&format!("user-{number}"));
    }
    world.sleep(Duration::from_secs(3600));
    world.calls.clear();
    world
}

/// How many are reaped.
fn reap(world: &mut World) -> usize {
    match world.run(Command::Reap) {
        Reply::Reaped(reaped) if reaped.failed.is_empty() => reaped.stopped.len(),
        other => panic!("{other:?}"),
    }
}

fn count(world: &World, what: &str) -> usize {
    let calls = world.calls.iter();
    calls.filter(|call| call.contains(what)).count()
}

#[test]
fn a_crowd_is_reaped_with_one_scan_and_one_list_so_many_at_once() {
    let mut world = crowd(90);
    assert_eq!(reap(&mut world), 90);
    assert_eq!(count(&world, "engine: stop"), 90);
    assert_eq!(count(&world, "engine: list"), 1);
    assert_eq!(count(&world, "store: scan"), 1);
    assert_eq!(count(&world, "engine:"), 91, "and nothing else");
    assert!(
        world.most_stops_at_once >= 16,
        "{}",
        world.most_stops_at_once
    );

    world.calls.clear();
    let health = world.run(Command::Health);
    assert_eq!(health, Reply::Health(Vec::new()), "nobody is meant to run");
    assert_eq!(world.calls, ["store: scan unsettled"]);
}

#[test]
fn who_is_stopped_is_not_looked_at_again() {
    let mut world = crowd(100);
    assert_eq!(reap(&mut world), 100);
    world.ensure("user-7");
    world.sleep(Duration::from_secs(3600));
    world.calls.clear();
    assert_eq!(reap(&mut world), 1);
    assert_eq!(count(&world, "engine: list container-8"), 1);
    assert_eq!(count(&world, "engine: list"), 1);
}

/// A list by ids is one line, and engines take lines so long and no longer.
#[test]
fn a_greater_crowd_is_listed_in_parts() {
    for (users, lists) in [(200, 1), (201, 2)] {
        let mut world = crowd_in_pages(users, 1000);
        assert_eq!(reap(&mut world), usize::from(users));
        assert_eq!(count(&world, "engine: list"), lists);
    }
}

/// Records come in pages.
#[test]
fn all_of_a_greater_crowd_are_listed() {
    let mut world = crowd(101);
    let users = world.list_all(u32::MAX, |_| ());
    let ids: BTreeSet<_> = users.iter().map(|status| &status.user).collect();
    assert_eq!((users.len(), ids.len()), (101, 101));
    assert_eq!(count(&world, "store: scan"), 2);
}

/// Reaping stops what runs. That something doesn't, any more, is for a repair to find.
#[test]
fn what_has_ended_by_itself_is_not_reaped() {
    let mut world = crowd(1);
    world.kill(0);
    assert_eq!(reap(&mut world), 0);
    assert_eq!(
        world.calls,
        ["store: scan idle", "engine: list container-1"]
    );
}

/// Between the look and the claim a user comes back, by way of another controller.
#[test]
fn who_becomes_active_while_reaping_looks_is_not_reaped() {
    let mut world = crowd(1);
    let reap = world.command(Command::Reap);
    world.drive_until(|call| call == "store: scan idle");
    world.add_controller(2);
    let reply = world.run(Command::Touch(user("user-0")));
    assert_eq!(reply, touched(true));
    world.switch(0);
    world.finish();
    assert_eq!(world.replies[&reap], Reply::Reaped(Reaped::default()));
    assert_eq!(world.containers[0].state, ContainerState::Running);
}

/// Reaping goes by what is written down. What runs and isn't written down is found by a sweep.
#[test]
fn a_container_that_somebody_started_is_reaped_once_it_is_written_down() {
    let mut world = crowd(1);
    assert_eq!(reap(&mut world), 1);
    world.containers[0].state = ContainerState::Running;
    assert_eq!(reap(&mut world), 0);
    world.run(Command::Repair { dry_run: false });
    assert_eq!(reap(&mut world), 1);
}

#[test]
fn what_a_person_has_to_mend_is_reported() {
    let mut world = World::new(1);
    world.ensure("alice");
    world.unreadable = Some(user("alice"));
    let finding = Finding {
        user: user("alice"),
        problem: Problem::Unreadable,
        remedy: Remedy::Reported,
        volume: None,
        container: None,
    };
    let repaired = world.run(Command::Repair { dry_run: false });
    assert_eq!(repaired, Reply::Repaired(vec![finding]));
    assert_eq!(world.containers.len(), 1, "its container is left alone");
    let told = |reply: Reply| match reply {
        Reply::Status(status) => status.status.as_str(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        told(world.run(Command::Status(user("alice")))),
        "unreadable"
    );
}

/// The reaper waits for the slack, too, since a touch may have been answered from memory.
#[test]
fn a_touch_answered_from_memory_keeps_its_user() {
    let mut world = World::new(1);
    world.restart_with(1, |settings| settings.idle_limit = Duration::from_secs(60));
    world.ensure("alice");
    world.sleep(Duration::from_secs(4));
    world.calls.clear();
    assert_eq!(world.run(Command::Touch(user("alice"))), touched(true));
    assert!(world.calls.is_empty(), "{:?}", world.calls);
    world.sleep(Duration::from_secs(58));
    assert_eq!(
        reap(&mut world),
        0,
        "62 s after its flush, 58 s after its touch"
    );
    world.sleep(Duration::from_secs(4));
    assert_eq!(reap(&mut world), 1);
}
