//! The process is killed at each effect of each command that changes something, after it and in the
//! middle of it. Whoever comes next finds nothing lost, nothing left over, and nothing that stays
//! stuck.

use std::thread;
use std::time::Duration;

use portreeve_tests::answer::{Endpoint, Failure};
use portreeve_tests::plan::Plan;
use portreeve_tests::process::{Failpoint, Order, When};
use portreeve_tests::story::together;
use portreeve_tests::world::World;
use serde_json::{Value, json};

use super::failpoints::{
    Beginning, LEASE, Moment, controller, everywhere, is_put_right, running, stopped,
};

/// Where the process is killed.
const MOMENTS: &[When] = &[When::After, When::During];

/// A command, and what is to come of it. Whoever comes next is configured like the one that was killed.
struct Scene {
    begins: Beginning,
    /// Who is there afterwards.
    users: &'static [&'static str],
    /// Whose volumes keep what was in them.
    keep: &'static [&'static str],
    /// Whether the command has to be given again before the users can be ensured.
    again: bool,
    /// What is to be seen at the end.
    finally: fn(&World),
}

impl Scene {
    /// About a user who keeps what is precious.
    fn of(order: Order, prepare: fn(&World)) -> Self {
        Self {
            begins: Beginning {
                prepare,
                differs: |_| {},
                order,
            },
            users: &["a"],
            keep: &["a"],
            again: false,
            finally: |_| {},
        }
    }

    /// Whoever carries it out is configured otherwise than who prepared it.
    fn with(mut self, differs: fn(&mut Plan)) -> Self {
        self.begins.differs = differs;
        self
    }
}

pub fn killed_while_it_ensures_a_new_user(world: &World) {
    let order = Order::Ensure("a".to_owned());
    killed_everywhere(
        world,
        &Scene {
            keep: &[],
            ..Scene::of(order, |_| {})
        },
    );
}

pub fn killed_while_it_ensures_a_stopped_one(world: &World) {
    let order = Order::Ensure("a".to_owned());
    killed_everywhere(world, &Scene::of(order, |world| stopped(world, "a")));
}

pub fn killed_while_it_makes_a_stopped_one_anew(world: &World) {
    let order = Order::Ensure("a".to_owned());
    killed_everywhere(
        world,
        &Scene::of(order, |world| stopped(world, "a")).with(reconfigured),
    );
}

pub fn killed_while_it_stops(world: &World) {
    let order = Order::Stop("a".to_owned());
    killed_everywhere(world, &Scene::of(order, |world| drop(running(world, "a"))));
}

pub fn killed_while_it_restarts(world: &World) {
    let order = Order::Restart("a".to_owned());
    killed_everywhere(world, &Scene::of(order, |world| drop(running(world, "a"))));
}

pub fn killed_while_it_restarts_with_another_configuration(world: &World) {
    let order = Order::Restart("a".to_owned());
    killed_everywhere(
        world,
        &Scene::of(order, |world| drop(running(world, "a"))).with(reconfigured),
    );
}

pub fn killed_while_it_reaps(world: &World) {
    let order = Order::Reap;
    killed_everywhere(
        world,
        &Scene {
            users: &["a", "b"],
            keep: &["a", "b"],
            ..Scene::of(order, |world| {
                together(["a", "b"], |user| running(world, user));
            })
        }
        .with(|plan| {
            plan.idle_limit = Duration::from_micros(1);
            plan.slack = Duration::from_millis(1);
        }),
    );
}

pub fn killed_while_it_purges(world: &World) {
    let order = Order::Purge("a".to_owned());
    killed_everywhere(
        world,
        &Scene {
            keep: &[],
            ..Scene::of(order, |world| drop(running(world, "a")))
        },
    );
}

pub fn killed_while_it_gives_a_new_token(world: &World) {
    let order = Order::Rotate("a".to_owned());
    killed_everywhere(world, &Scene::of(order, |world| drop(running(world, "a"))));
}

pub fn killed_while_it_seals_tokens_anew(world: &World) {
    let order = Order::Rekey;
    killed_everywhere(
        world,
        &Scene {
            finally: |world| {
                // Once all were sealed anew the old key isn't needed any more.
                controller(world, new_key).carry_out(Order::Rekey);
                let new_key_alone = controller(world, |plan| plan.key = NEW_KEY);
                new_key_alone.ensure("a").answers();
                new_key_alone.ensure("b").answers();
            },
            users: &["a", "b"],
            keep: &["a", "b"],
            ..Scene::of(order, |world| {
                together(["a", "b"], |user| stopped(world, user));
            })
        }
        .with(new_key),
    );
}

pub fn killed_while_it_adopts(world: &World) {
    let order = Order::Adopt("a".to_owned());
    killed_everywhere(
        world,
        &Scene {
            again: true,
            ..Scene::of(order, belongs_to_somebody_else)
        },
    );
}

pub fn killed_while_another_gives_way(world: &World) {
    let order = Order::Ensure("c".to_owned());
    killed_everywhere(
        world,
        &Scene {
            users: &["c", "a", "b"],
            keep: &["a", "b"],
            ..Scene::of(order, |world| {
                for user in ["a", "b"] {
                    stopped(world, user);
                }
            })
        }
        .with(two_ports),
    );
}

pub fn killed_while_it_repairs(world: &World) {
    let order = Order::Repair(false);
    killed_everywhere(
        world,
        &Scene {
            users: &["a", "b", "c", "d", "e"],
            keep: &["a", "b", "c", "d", "e"],
            ..Scene::of(order, ails)
        },
    );
}

/// A container and a volume of the user's names that nobody has made for us.
fn belongs_to_somebody_else(world: &World) {
    let (name, volume) = (world.container_name("a"), world.volume_name("a"));
    world.engine.create_volume(&volume, &[].into());
    let port = world.plan().ports.1;
    let (label, value) = world.plan().label();
    let body = json!({
        "Image": world.images.first(),
        "Labels": { label: value },
        "Env": ["AGENT_TOKEN=of-somebody-else", "AGENT_ID=a"],
        "ExposedPorts": { "18789/tcp": {} },
        "HostConfig": {
            "Binds": [format!("{volume}:/home/node/.openclaw")],
            "PortBindings": { "18789/tcp": [{ "HostIp": "127.0.0.1", "HostPort": port.to_string() }] },
        },
    });
    let container = world.engine.create_container(&name, body);
    world.engine.start(&container);
    let endpoint = Endpoint {
        user: "a".to_owned(),
        outcome: String::new(),
        url: format!("http://127.0.0.1:{port}"),
        token: "of-somebody-else".to_owned(),
        port,
        container_id: container,
        container_name: name,
        pending: false,
    };
    endpoint.answers();
    endpoint.keep("precious");
}

/// One user for each thing that a repair puts right.
fn ails(world: &World) {
    together(["a", "b", "c", "d", "e"], |user| running(world, user));
    let controller = controller(world, |_| {});
    // Stopped behind our back; gone; running unrecorded; claiming without a container.
    world.engine.kill(&world.container("a").id());
    together(["b", "d"], |user| controller.stop(user));
    world.engine.start(&world.container("b").id());
    world.engine.remove(&world.container("d").id());
    // An old one in the place of the current one, and one of a user whom nobody knows.
    let current = world.container("c");
    world.engine.remove(&current.id());
    world.twin(&current, "c", &[]);
    world.twin(&current, "nobody", &[("portreeve.port", "1")]);
    // A stop that nobody finished.
    let failpoint = Failpoint {
        effect: 4,
        when: When::Before,
        killed: true,
    };
    let doomed = world.process_with_failpoint(failpoint, |plan| plan.lease = LEASE);
    let answer: Option<Result<Value, Failure>> = doomed.begin(Order::Stop("e".to_owned())).wait();
    assert_eq!(answer, None, "it was killed while it stopped");
    thread::sleep(LEASE);
}

const NEW_KEY: [u8; 32] = [7; 32];

fn new_key(plan: &mut Plan) {
    plan.older_keys = vec![plan.key];
    plan.key = NEW_KEY;
}

fn two_ports(plan: &mut Plan) {
    plan.ports.1 = plan.ports.0 + 1;
    // All the while somebody waits for a port that another gave up.
    plan.rest = Duration::from_millis(300);
}

fn reconfigured(plan: &mut Plan) {
    plan.variable("EDITION", "another");
    plan.generation += 1;
}

/// Kills it at every effect that is chosen.
fn killed_everywhere(world: &World, scene: &Scene) {
    everywhere(world, MOMENTS, |world, moment| play(world, scene, moment));
}

fn play(world: &World, scene: &Scene, moment: Moment) -> Option<String> {
    (scene.begins.prepare)(world);
    let interrupted = scene.begins.interrupt(world, moment, true, |_| {});
    let answer: Option<Result<Value, Failure>> = interrupted.pending.wait();
    world.note(format!("the process had answered {answer:?}"));
    let killed = answer.is_none();
    if let Some(Err(failure)) = answer {
        panic!("nothing was in the way: {failure:#?}");
    }
    drop(interrupted.process);
    let by_sweep = (moment.effect / 2).is_multiple_of(2);
    recover(world, scene, by_sweep);
    interrupted.at.filter(|_| killed)
}

/// Every other time what was begun is put right by a sweep alone, and else by who gives the command again.
fn recover(world: &World, scene: &Scene, by_sweep: bool) {
    let next = controller(world, scene.begins.differs);
    if by_sweep {
        thread::sleep(LEASE + Duration::from_millis(200));
        is_put_right(&next);
        world.books().are_in_order();
    }
    if scene.again || !by_sweep {
        next.carry_out(scene.begins.order.clone());
    }
    // Who is ensured waits until whoever is gone has lost the lease.
    for user in scene.users {
        let endpoint = next.ensure(user);
        endpoint.answers();
        let kept = endpoint.kept();
        if scene.keep.contains(user) {
            assert_eq!(kept.as_deref(), Some("precious"), "{user} lost it");
        }
        assert!(next.stop(user).changed, "it ran");
    }
    is_put_right(&next);
    is_consistent(world, scene);
    (scene.finally)(world);
}

/// As seen from outside, with everybody stopped.
fn is_consistent(world: &World, scene: &Scene) {
    let books = world.books();
    books.are_settled();
    let users: Vec<_> = books
        .entries
        .iter()
        .map(|entry| entry.user.as_str())
        .collect();
    let mut wanted = scene.users.to_vec();
    wanted.sort_unstable();
    assert_eq!(users, wanted, "everybody has a record");
    let containers = world.containers();
    for entry in &books.entries {
        let theirs: Vec<_> = containers
            .iter()
            .filter(|container| Some(container.id()) == entry.container)
            .collect();
        assert_eq!(
            theirs.len(),
            usize::from(entry.container.is_some()),
            "{entry:#?}"
        );
        assert_eq!(
            entry.port.is_some(),
            entry.container.is_some(),
            "{entry:#?}"
        );
        assert!(world.engine.volume(&entry.volume).is_some(), "{entry:#?}");
    }
    let recorded = books
        .entries
        .iter()
        .filter(|entry| entry.container.is_some());
    assert_eq!(
        containers.len(),
        recorded.count(),
        "no orphan: {containers:#?}"
    );
    let mut plan = world.plan().clone();
    (scene.begins.differs)(&mut plan);
    let room = usize::from(plan.ports.1 - plan.ports.0) + 1;
    assert_eq!(containers.len(), scene.users.len().min(room), "one each");
}
