//! What is changed in records and concerns no container: idle limits, and the key of tokens.

use std::time::Duration;

use portreeve_core::command::{Command, Rekeyed, Reply};
use portreeve_core::error::Error;
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
    let [(whose, Error::RecordUnreadable(_))] = &rekeyed.failed[..] else {
        panic!("not told of: {rekeyed:?}");
    };
    assert_eq!(*whose, user("alice"));
}
