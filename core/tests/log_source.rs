//! From where a user's log is to be read, and what must not be shown of it; and who runs.

use portreeve_core::command::{Command, Endpoint, LogSource, Reply};
use portreeve_core::error::Error;
use portreeve_core::token::Token;

use crate::world::{World, user};

fn source(world: &mut World) -> Result<LogSource, Error> {
    match world.run(Command::LogSource(user("alice"))) {
        Reply::LogSource(source) => Ok(source),
        Reply::Failed(error) => Err(error),
        other => panic!("no source: {other:?}"),
    }
}

fn ensure(world: &mut World, id: &str) -> Endpoint {
    match world.ensure(id) {
        Reply::Ensured(endpoint) => endpoint,
        other => panic!("no endpoint: {other:?}"),
    }
}

fn secrets(source: &LogSource) -> Vec<&str> {
    source.secrets.iter().map(Token::reveal).collect()
}

#[test]
fn it_is_the_current_container_running_or_not() {
    let mut world = World::new(1);
    let endpoint = ensure(&mut world, "alice");
    let running = source(&mut world).unwrap();
    assert_eq!(running.container, endpoint.container);
    assert_eq!(running.engine.as_str(), "engine");
    assert_eq!(secrets(&running), [endpoint.token.reveal()]);
    world.run(Command::Stop(user("alice")));
    world.calls.clear();
    assert_eq!(source(&mut world), Ok(running));
    assert_eq!(
        world.calls,
        ["store: load 1", "engine: examine container-1"]
    );
}

#[test]
fn nobody_and_nobody_who_has_one() {
    let mut world = World::new(1);
    assert_eq!(source(&mut world), Err(Error::UnknownUser));
    world.ensure("alice");
    world.containers.clear();
    assert_eq!(source(&mut world), Err(Error::NoContainer));
}

/// One who is stopped keeps the container, which carries the token that nobody else has any more.
#[test]
fn an_earlier_token_that_the_container_carries_is_a_secret_still() {
    let mut world = World::new(1);
    let earlier = ensure(&mut world, "alice").token;
    world.run(Command::Stop(user("alice")));
    world.run(Command::Rotate(user("alice")));
    let rotated = source(&mut world).unwrap();
    assert_eq!(rotated.secrets.len(), 2);
    assert!(secrets(&rotated).contains(&earlier.reveal()));
    // Where nothing tells which token that is, nothing is shown.
    world.restart_with(2, |settings| settings.template.environment.clear());
    assert!(matches!(source(&mut world), Err(Error::TokenUnreadable(_))));
}

/// No label tells which token an adopted container carries: it is the one that was adopted with it.
#[test]
fn the_token_that_was_adopted_is_a_secret_once_there_is_another() {
    let mut world = World::new(1);
    world.add_foreign("mosaic-user-alice");
    let adopted = world.run(Command::Adopt(user("alice")));
    assert!(matches!(adopted, Reply::Adopted(_)), "{adopted:?}");
    world.restart_with(2, |settings| settings.template.environment.clear());
    assert!(source(&mut world).is_ok());
    world.run(Command::Stop(user("alice")));
    let rotated = world.run(Command::Rotate(user("alice")));
    assert!(matches!(rotated, Reply::Rotated(_)), "{rotated:?}");
    assert!(matches!(source(&mut world), Err(Error::TokenUnreadable(_))));
}

#[test]
fn those_who_run_are_listed_without_a_look_at_the_others() {
    let mut world = World::new(1);
    for id in ["alice", "bob", "carol"] {
        world.ensure(id);
    }
    world.run(Command::Stop(user("bob")));
    world.rows_read = 0;
    let command = Command::ListRunning {
        after: None,
        limit: u32::MAX,
    };
    let Reply::Listed(page) = world.run(command) else {
        panic!("no list");
    };
    let names: Vec<_> = page.users.iter().map(|told| told.user.as_str()).collect();
    assert_eq!((names, world.rows_read), (vec!["alice", "carol"], 2));
}
