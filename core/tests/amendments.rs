//! What is changed in records and concerns no container: idle limits, and the key of tokens.

use std::time::Duration;

use portreeve_core::command::{Command, Rekeyed, Reply};
use portreeve_core::error::Error;
use portreeve_core::id::RequestId;
use portreeve_core::settings::Settings;
use portreeve_core::token::{Key, Keyring};

use crate::world::{World, user};

const MINUTE: Duration = Duration::from_secs(60);

fn with_a_new_key(settings: &mut Settings) {
    let (old, new) = (Key::new(&[9; 32].into()), Key::new(&[10; 32].into()));
    settings.keyring = Keyring::new(new, vec![old]);
}

fn rekeyed(world: &mut World) -> Rekeyed {
    match world.run(Command::Rekey) {
        Reply::Rekeyed(rekeyed) => rekeyed,
        other => panic!("not sealed: {other:?}"),
    }
}

#[test]
fn a_limit_alone_leaves_the_token_as_it_was_sealed() {
    let mut world = World::new(1);
    world.ensure("alice");
    world.restart_with(2, with_a_new_key);
    let sealed = |world: &World| {
        world
            .record("alice")
            .expect("it is there")
            .body
            .token
            .clone()
    };
    let before = sealed(&world);
    let limited = world.run(Command::LimitIdle(user("alice"), Some(MINUTE)));
    assert_eq!(limited, Reply::IdleLimited(true));
    assert_eq!(sealed(&world), before);
}

/// Another controller holds the lease, so both wait for it, and are written at once.
#[test]
fn what_waits_together_is_written_together() {
    let mut world = World::new(1);
    world.command(Command::Ensure(user("alice")));
    world.drive_until(|call| call == "engine: start");
    world.restart_with(2, with_a_new_key);
    let limit = world.command(Command::LimitIdle(user("alice"), Some(MINUTE)));
    let rekey = world.command(Command::Rekey);
    world.settle();
    assert!(world.replies.is_empty(), "{:?}", world.replies);
    world.finish();
    assert_eq!(world.replies[&limit], Reply::IdleLimited(true));
    let sealed = &world.replies[&rekey];
    assert!(
        matches!(sealed, Reply::Rekeyed(rekeyed) if rekeyed.sealed == 1),
        "{sealed:?}"
    );
    assert_eq!(rekeyed(&mut world).current, 1);
    let record = world.record("alice").expect("it is there");
    assert_eq!(record.body.idle_limit, Some(MINUTE));
}

#[test]
fn a_record_that_cannot_be_read_is_told_of() {
    let mut world = World::new(1);
    world.ensure("alice");
    world.ensure("bob");
    world.unreadable = Some(user("alice"));
    world.restart_with(2, with_a_new_key);
    let rekeyed = rekeyed(&mut world);
    assert_eq!((rekeyed.sealed, rekeyed.current), (1, 0));
    assert!(world.transcript.contains("Users { done: 2, total: 2 }"));
    let [(whose, Error::RecordUnreadable(_))] = &rekeyed.failed[..] else {
        panic!("not told of: {rekeyed:?}");
    };
    assert_eq!(*whose, user("alice"));
}

/// A world in which another controller holds the lease on alice for a while.
fn held_by_another() -> World {
    let mut world = World::new(1);
    world.command(Command::Ensure(user("alice")));
    world.drive_until(|call| call == "engine: start");
    world.restart_with(2, |settings| {
        settings.timing.answer = Duration::from_secs(5);
    });
    world
}

fn limit(world: &mut World, limit: Duration) -> RequestId {
    let request = world.command(Command::LimitIdle(user("alice"), Some(limit)));
    world.settle();
    request
}

#[test]
fn what_was_wanted_last_counts() {
    let mut world = held_by_another();
    world.restart_with(3, |settings| {
        settings.timing.answer = Duration::from_secs(30);
    });
    let requests = [MINUTE, MINUTE * 2].map(|time| limit(&mut world, time));
    world.finish();
    for request in requests {
        assert_eq!(world.replies[&request], Reply::IdleLimited(true));
    }
    let record = world.record("alice").expect("it is there");
    assert_eq!(record.body.idle_limit, Some(MINUTE * 2));
}

#[test]
fn a_change_has_its_time() {
    let mut world = held_by_another();
    let began = world.now;
    let request = limit(&mut world, MINUTE);
    world.finish();
    let reply = &world.replies[&request];
    assert!(
        matches!(reply, Reply::Failed(Error::Timeout { .. })),
        "{reply:?}"
    );
    let took = world.now.since(began);
    assert!((5..6).contains(&took.as_secs()), "{took:?}");
    world.sleep(Duration::from_secs(20));
    assert_eq!(
        world.record("alice").expect("it is there").body.idle_limit,
        None
    );
    // Of all users, she alone could not be seen to.
    let mut world = held_by_another();
    world.restart_with(3, with_a_new_key);
    let rekeyed = rekeyed(&mut world);
    assert_eq!(rekeyed.sealed, 0);
    assert!(
        matches!(rekeyed.failed[..], [(_, Error::Timeout { .. })]),
        "{rekeyed:?}"
    );
}

#[test]
fn a_change_whose_answer_was_lost_is_made() {
    let mut world = World::new(1);
    world.ensure("alice");
    world.lose_answer_to = Some("store: put running, release");
    let limited = world.run(Command::LimitIdle(user("alice"), Some(MINUTE)));
    assert_eq!(limited, Reply::IdleLimited(true));
    let record = world.record("alice").expect("it is there");
    assert_eq!(record.body.idle_limit, Some(MINUTE));
}

#[test]
fn a_change_that_is_in_doubt_is_not_made_by_who_is_closed() {
    let mut world = World::new(1);
    world.ensure("alice");
    world.lose_answer_to = Some("store: put running, release");
    let request = world.command(Command::LimitIdle(user("alice"), Some(MINUTE)));
    assert_eq!(world.waiting("store: put running, release"), 1);
    world.close();
    world.settle();
    assert_eq!(world.replies[&request], Reply::Failed(Error::Closed));
}
