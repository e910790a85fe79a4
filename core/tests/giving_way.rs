//! When no port is free: who gives way, who is asked, and how often.

use std::time::Duration;

use portreeve_core::command::{Command, Reply};
use portreeve_core::error::Error;
use portreeve_core::id::{Port, PortRange};
use portreeve_core::observed::ContainerState;

use crate::world::{World, user};

/// A world with so many ports, each claimed by one who was stopped.
fn all_claimed(ports: u16) -> World {
    let mut world = World::new(1);
    world.restart_with(1, |settings| {
        let first = settings.ports.first();
        let last = Port::new(first.get() + ports - 1).expect("not 0");
        settings.ports = PortRange::new(first, last).expect("not empty");
    });
    for number in 0..ports {
        let id = format!("stopped-{number}");
        world.ensure(&id);
        world.run(Command::Stop(user(&id)));
    }
    world.calls.clear();
    world
}

/// Somebody has started her container, so she can't give way. That is found out once.
#[test]
fn who_cannot_give_way_is_not_asked_again_and_again() {
    let mut world = all_claimed(1);
    world.containers[0].state = ContainerState::Running;
    let began = world.now;
    let reply = world.ensure("bob");
    assert!(
        matches!(reply, Reply::Failed(Error::PortsExhausted(_))),
        "{reply:?}"
    );
    assert_eq!(world.count("engine: inspect mosaic-user-stopped-0"), 1);
    assert!(world.now.since(began) < Duration::from_secs(2));
    // The next one is told as soon, and asks her as little.
    let reply = world.ensure("carol");
    assert!(
        matches!(reply, Reply::Failed(Error::PortsExhausted(_))),
        "{reply:?}"
    );
    assert_eq!(world.count("engine: inspect mosaic-user-stopped-0"), 1);
    // A while later she may be able to.
    world.containers[0].state = ContainerState::Stopped { exit_code: Some(0) };
    world.sleep(Duration::from_secs(60));
    let reply = world.ensure("bob");
    assert!(matches!(reply, Reply::Ensured(_)), "{reply:?}");
}

/// Whoever was stopped longest can't, so the next does.
#[test]
fn where_one_cannot_give_way_another_does() {
    let mut world = all_claimed(2);
    world.containers[0].state = ContainerState::Running;
    let reply = world.ensure("bob");
    assert!(matches!(reply, Reply::Ensured(_)), "{reply:?}");
    let claims = world.claims().into_iter().map(|(user, _)| user);
    assert_eq!(claims.collect::<Vec<_>>(), [user("stopped-0"), user("bob")]);
}

#[test]
fn nobody_gives_way_to_who_does_not_want_a_port_any_more() {
    let mut world = all_claimed(1);
    world.lose_answers_to = Some("store: longest stopped");
    let start = world.command(Command::Ensure(user("bob")));
    world.drive_until(|call| call == "store: longest stopped");
    let stop = world.command(Command::Stop(user("bob")));
    world.lose_answers_to = None;
    world.drive();
    let superseded = Reply::Failed(Error::Superseded { by: "stop" });
    assert_eq!(world.replies[&start], superseded);
    assert!(matches!(world.replies[&stop], Reply::Stopped(_)));
    assert_eq!(world.containers.len(), 1);
    assert_eq!(world.claims().len(), 1);
}

/// A store that can't tell who has been stopped longest is asked more and more rarely.
#[test]
fn who_could_give_way_is_asked_more_and_more_rarely() {
    let mut world = all_claimed(1);
    world.lose_answers_to = Some("store: longest stopped");
    let request = world.command(Command::Ensure(user("bob")));
    world.assert_tried_rarely(|world| world.count("store: longest stopped"));
    // As long as it lasts, no port is free, for all that is known.
    world.finish();
    let exhausted = matches!(
        world.replies[&request],
        Reply::Failed(Error::PortsExhausted(_))
    );
    assert!(exhausted, "{:?}", world.replies[&request]);
    world.lose_answers_to = None;
    assert!(matches!(world.ensure("bob"), Reply::Ensured(_)));
}

/// The range was widened since the store was told of it.
#[test]
fn ports_that_the_store_has_not_heard_of_are_told() {
    let mut world = all_claimed(1);
    world.restart_with(2, |settings| {
        let first = settings.ports.first();
        let last = Port::new(first.get() + 2).expect("not 0");
        settings.ports = PortRange::new(first, last).expect("not empty");
    });
    let requests = ["bob", "carol"].map(|id| world.command(Command::Ensure(user(id))));
    world.finish();
    for request in requests {
        let reply = &world.replies[&request];
        assert!(matches!(reply, Reply::Ensured(_)), "{reply:?}");
    }
    assert_eq!(world.count("store: register"), 1);
    assert_eq!(world.count("store: longest stopped"), 0);
    assert_eq!(world.claims().len(), 3);
}

/// Ten ports come free one after the other, and twenty wait for them: each time the first asks the store
/// for it, and the next one in vain, rather than all.
#[test]
fn those_who_wait_ask_the_store_no_more_often_than_there_are_ports() {
    let mut world = World::new(1);
    for number in 0..10 {
        world.ensure(&format!("ran-{number}"));
    }
    for number in 0..10 {
        world.run(Command::Purge(user(&format!("ran-{number}"))));
        world.sleep(Duration::from_secs(5));
    }
    world.calls.clear();
    let ensure = |number| Command::Ensure(user(&format!("waits-{number:02}")));
    let waiting: Vec<_> = (0..20)
        .map(|number| world.command(ensure(number)))
        .collect();
    world.finish();
    // In the order in which they came.
    let is_served = |request| matches!(world.replies[request], Reply::Ensured(_));
    let served: Vec<_> = waiting.iter().map(is_served).collect();
    assert_eq!(served, [[true; 10], [false; 10]].concat());
    let claims = world.count("store: put starting, lease");
    // Each once to begin with.
    assert!(claims <= 20 + 2 * 10, "{claims} claims");
}

/// As many give way at once as there are who wait, rather than one after the other.
#[test]
fn as_many_give_way_as_wait() {
    let mut world = all_claimed(5);
    let requests = ["bob", "carol", "dave"].map(|id| world.command(Command::Ensure(user(id))));
    world.finish();
    for request in requests {
        let reply = &world.replies[&request];
        assert!(matches!(reply, Reply::Ensured(_)), "{reply:?}");
    }
    assert_eq!(world.count("store: longest stopped"), 1);
    assert_eq!(world.claims().len(), 5);
}
