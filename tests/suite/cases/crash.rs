//! The process is killed at each effect of each command that changes something, after it and in the middle of it. Whoever
//! comes next finds nothing lost, nothing left over, and nothing that stays stuck.

use std::sync::{Condvar, Mutex};
use std::thread;
use std::time::Duration;

use portreeve_tests::answer::{Endpoint, Failure};
use portreeve_tests::plan::Plan;
use portreeve_tests::process::{Failpoint, Order, When};
use portreeve_tests::stores::Kind;
use portreeve_tests::story::{caught, together};
use portreeve_tests::world::{Controller, World};
use serde_json::{Value, json};

/// What the next controller waits for.
pub(super) const LEASE: Duration = Duration::from_secs(2);
/// That many worlds at once, over all cases: more only wait for each other's containers.
pub(super) const AT_ONCE: usize = 8;
/// No command has that many effects.
pub(super) const TOO_MANY: u64 = 80;

/// A command, and the world it is carried out in.
struct Scene {
    /// Brings the world to where the command begins.
    prepare: fn(&World),
    /// How whoever carries it out is configured otherwise than who prepared it; the next one likewise.
    differs: fn(&mut Plan),
    order: fn() -> Order,
    /// Who is there afterwards.
    users: &'static [&'static str],
    /// Whose volumes keep what was in them.
    keep: &'static [&'static str],
    /// Whether the command has to be given again before the users can be ensured.
    again: bool,
    /// What is to be seen at the end.
    finally: fn(&World),
}

impl Default for Scene {
    fn default() -> Self {
        Self {
            prepare: |_| {},
            differs: |_| {},
            order: || Order::Ensure("a".to_owned()),
            users: &["a"],
            keep: &["a"],
            again: false,
            finally: |_| {},
        }
    }
}

pub fn killed_while_it_ensures_a_new_user(world: &World) {
    everywhere(
        world,
        &Scene {
            keep: &[],
            ..Scene::default()
        },
    );
}

pub fn killed_while_it_ensures_a_stopped_one(world: &World) {
    everywhere(
        world,
        &Scene {
            prepare: |world| stopped(world, "a"),
            ..Scene::default()
        },
    );
}

pub fn killed_while_it_makes_a_stopped_one_anew(world: &World) {
    everywhere(
        world,
        &Scene {
            prepare: |world| stopped(world, "a"),
            differs: reconfigured,
            ..Scene::default()
        },
    );
}

pub fn killed_while_it_stops(world: &World) {
    everywhere(
        world,
        &Scene {
            prepare: |world| drop(running(world, "a")),
            order: || Order::Stop("a".to_owned()),
            ..Scene::default()
        },
    );
}

pub fn killed_while_it_restarts(world: &World) {
    everywhere(
        world,
        &Scene {
            prepare: |world| drop(running(world, "a")),
            order: || Order::Restart("a".to_owned()),
            ..Scene::default()
        },
    );
}

pub fn killed_while_it_restarts_with_another_configuration(world: &World) {
    everywhere(
        world,
        &Scene {
            prepare: |world| drop(running(world, "a")),
            differs: reconfigured,
            order: || Order::Restart("a".to_owned()),
            ..Scene::default()
        },
    );
}

pub fn killed_while_it_reaps(world: &World) {
    everywhere(
        world,
        &Scene {
            prepare: |world| {
                together(["a", "b"], |user| running(world, user));
            },
            differs: |plan| {
                plan.idle_limit = Duration::from_micros(1);
                plan.slack = Duration::from_millis(1);
            },
            order: || Order::Reap,
            users: &["a", "b"],
            keep: &["a", "b"],
            ..Scene::default()
        },
    );
}

pub fn killed_while_it_purges(world: &World) {
    everywhere(
        world,
        &Scene {
            prepare: |world| drop(running(world, "a")),
            order: || Order::Purge("a".to_owned()),
            keep: &[],
            ..Scene::default()
        },
    );
}

pub fn killed_while_it_gives_a_new_token(world: &World) {
    everywhere(
        world,
        &Scene {
            prepare: |world| drop(running(world, "a")),
            order: || Order::Rotate("a".to_owned()),
            ..Scene::default()
        },
    );
}

pub fn killed_while_it_seals_tokens_anew(world: &World) {
    everywhere(
        world,
        &Scene {
            prepare: |world| {
                together(["a", "b"], |user| stopped(world, user));
            },
            differs: new_key,
            order: || Order::Rekey,
            finally: |world| {
                // Once all were sealed anew the old key isn't needed any more.
                controller(world, new_key).carry_out(Order::Rekey);
                let new_key_alone = controller(world, |plan| plan.key = NEW_KEY);
                new_key_alone.ensure("a").answers();
                new_key_alone.ensure("b").answers();
            },
            users: &["a", "b"],
            keep: &["a", "b"],
            ..Scene::default()
        },
    );
}

pub fn killed_while_it_adopts(world: &World) {
    everywhere(
        world,
        &Scene {
            prepare: |world| {
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
                };
                endpoint.answers();
                endpoint.keep("precious");
            },
            order: || Order::Adopt("a".to_owned()),
            again: true,
            ..Scene::default()
        },
    );
}

pub fn killed_while_another_gives_way(world: &World) {
    let narrow: fn(&mut Plan) = |plan| {
        plan.ports.1 = plan.ports.0 + 1;
        // All the while somebody waits for a port that another gave up.
        plan.rest = Duration::from_millis(300);
    };
    everywhere(
        world,
        &Scene {
            prepare: |world| {
                for user in ["a", "b"] {
                    stopped(world, user);
                }
            },
            differs: narrow,
            order: || Order::Ensure("c".to_owned()),
            users: &["c", "a", "b"],
            keep: &["a", "b"],
            ..Scene::default()
        },
    );
}

/// One user for each thing that a repair puts right.
pub fn killed_while_it_repairs(world: &World) {
    everywhere(
        world,
        &Scene {
            prepare: |world| {
                together(["a", "b", "c", "d", "e"], |user| running(world, user));
                let controller = controller(world, |_| {});
                // Stopped behind our back; gone; running unrecorded; claiming without a container.
                world.engine.kill(&world.container("a").id());
                together(["b", "d"], |user| controller.stop(user));
                world.engine.start(&world.container("b").id());
                world.engine.remove(&world.container("d").id());
                // A second one, and one of a user whom nobody knows.
                duplicate(world, "c", "c", "-again");
                duplicate(world, "c", "nobody", "-nobody");
                // A stop that nobody finished.
                let failpoint = Failpoint {
                    effect: 4,
                    when: When::Before,
                    killed: true,
                };
                let doomed = world.struck_process(failpoint, |plan| plan.lease = LEASE);
                let answer: Option<Result<Value, Failure>> =
                    doomed.begin(Order::Stop("e".to_owned())).wait();
                assert_eq!(answer, None, "it was killed while it stopped");
                thread::sleep(LEASE);
            },
            order: || Order::Repair(false),
            users: &["a", "b", "c", "d", "e"],
            keep: &["a", "b", "c", "d", "e"],
            ..Scene::default()
        },
    );
}

/// A container that bears all labels that one of `of`'s does, but is `user`'s.
fn duplicate(world: &World, of: &str, user: &str, suffix: &str) {
    let original = world.container(of);
    let mut labels = original.labels();
    labels.insert("portreeve.user".to_owned(), user.to_owned());
    let name = world.container_name(of) + suffix;
    let body = json!({ "Image": world.images.first(), "Labels": labels });
    world.engine.create_container(&name, body);
}

const NEW_KEY: [u8; 32] = [7; 32];

fn new_key(plan: &mut Plan) {
    plan.older_keys = vec![plan.key];
    plan.key = NEW_KEY;
}

fn reconfigured(plan: &mut Plan) {
    plan.variable("EDITION", "another");
    plan.generation += 1;
}

#[track_caller]
fn controller(world: &World, differs: fn(&mut Plan)) -> Controller {
    world.controller_that(|plan| {
        plan.lease = LEASE;
        differs(plan);
    })
}

pub(super) fn running(world: &World, user: &str) -> Endpoint {
    let endpoint = controller(world, |_| {}).ensure(user);
    endpoint.answers();
    endpoint.keep("precious");
    endpoint
}

pub(super) fn stopped(world: &World, user: &str) {
    running(world, user);
    controller(world, |_| {}).stop(user);
}

/// Kills it at every effect there is.
fn everywhere(world: &World, scene: &Scene) {
    let block = u64::try_from(AT_ONCE / 2).expect("a small number");
    for when in [When::After, When::During] {
        let blocks = (0..TOO_MANY / block).map(|number| number * block + 1);
        let (mut struck, mut over) = (0, false);
        for first in blocks {
            let effects = (first..first + block).filter(|effect| is_played(world, *effect));
            let answered = together(effects, |effect| kill_at(world, scene, when, effect));
            struck += answered.iter().filter(|answered| !**answered).count();
            over = answered.contains(&true);
            if over {
                break;
            }
        }
        assert!(over, "the command never came to its end");
        assert!(struck > 0, "nothing was struck");
        world.note(format!("killed {when:?} {struck} effects"));
    }
}

/// Where this variable is set, every effect is played on each store.
const EVERYWHERE: &str = "PORTREEVE_TEST_CRASH_EVERYWHERE";

/// Each store plays every other effect, and both together all of them, so that it takes minutes.
fn is_played(world: &World, effect: u64) -> bool {
    let parity = match world.store() {
        Kind::Sqlite => 1,
        Kind::Postgres => 0,
    };
    effect % 2 == parity || std::env::var_os(EVERYWHERE).is_some()
}

/// Plays the scene in a world of its own, with a process that is killed at that effect; whether the command was answered
/// before that.
fn kill_at(outer: &World, scene: &Scene, when: When, effect: u64) -> bool {
    let _turn = Turn::take();
    let world = outer.another();
    match caught(|| play(&world, scene, when, effect)) {
        Ok(answered) => answered,
        Err(why) => panic!("killed {when:?} effect {effect}: {why}\n{}", world.report()),
    }
}

fn play(world: &World, scene: &Scene, when: When, effect: u64) -> bool {
    (scene.prepare)(world);
    let failpoint = Failpoint {
        effect,
        when,
        killed: true,
    };
    let doomed = world.struck_process(failpoint, |plan| {
        plan.lease = LEASE;
        (scene.differs)(plan);
    });
    let answer: Option<Result<Value, Failure>> = doomed.begin((scene.order)()).wait();
    world.note(format!(
        "the process was killed {when:?} effect {effect}, {:?}, and had answered {answer:?}",
        doomed.struck()
    ));
    let answered = answer.is_some();
    if let Some(Err(failure)) = answer {
        panic!("nothing was in the way: {failure:#?}");
    }
    drop(doomed);
    let by_sweep = (effect / 2).is_multiple_of(2);
    recover(world, scene, by_sweep);
    answered
}

/// Every other time what was begun is put right by a sweep alone, and else by who gives the command again.
fn recover(world: &World, scene: &Scene, by_sweep: bool) {
    let next = controller(world, scene.differs);
    if by_sweep {
        thread::sleep(LEASE + Duration::from_millis(200));
        is_put_right(&next);
        world.books().are_in_order();
    }
    if scene.again || !by_sweep {
        next.carry_out((scene.order)());
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

#[track_caller]
pub(super) fn is_put_right(controller: &Controller) {
    for finding in controller.repair(false) {
        assert_eq!(finding.remedy, "mended", "{finding:#?}");
    }
    let left = controller.repair(true);
    assert_eq!(left, [], "a repair leaves nothing to repair");
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
    (scene.differs)(&mut plan);
    let room = usize::from(plan.ports.1 - plan.ports.0) + 1;
    assert_eq!(containers.len(), scene.users.len().min(room), "one each");
}

/// A turn among [`AT_ONCE`].
pub(super) struct Turn;

static TAKEN: (Mutex<usize>, Condvar) = (Mutex::new(0), Condvar::new());

impl Turn {
    pub(super) fn take() -> Self {
        let taken = TAKEN.0.lock().expect("no panic while it is held");
        let mut taken = TAKEN
            .1
            .wait_while(taken, |taken| *taken >= AT_ONCE)
            .expect("no panic while it is held");
        *taken += 1;
        Self
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        *TAKEN.0.lock().expect("no panic while it is held") -= 1;
        TAKEN.1.notify_one();
    }
}
