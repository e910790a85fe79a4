//! Calls from every kind of thread.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use portreeve_blocking::{Error, Portreeve};
use portreeve_tests::drivers;
use portreeve_tests::environment::Server;
use portreeve_tests::plan::Plan;
use portreeve_tests::stores::Kind;
use portreeve_tests::story::{eventually, together};
use portreeve_tests::world::{Controller, World};
use tokio::runtime::{Builder, Runtime};

use super::count::{none_is_left, threads};

const CALLERS: usize = 64;
const USERS: usize = 8;

fn user(number: usize) -> String {
    format!("u{}", number % USERS)
}

pub fn sixty_four_threads_share_what_they_ask(world: &World) {
    let proxy = world.engine_proxy();
    let controller = world.controller_that(|plan| plan.engine = proxy.url());
    let answers = together(0..CALLERS, |number| {
        let user = user(number);
        let endpoint = controller.ensure(&user);
        assert!(controller.touch(&user));
        assert_eq!(controller.status(&user).status, "running");
        (user, endpoint.container_id)
    });
    let by_user: BTreeMap<_, _> = answers.iter().cloned().collect();
    assert_eq!(by_user.len(), USERS);
    for (user, container) in answers {
        assert_eq!(by_user[&user], container, "all were told the same");
    }
    assert_eq!(proxy.count("/containers/create"), USERS);
    assert_eq!(proxy.count("/start"), USERS);
    assert_eq!(controller.list().len(), USERS);
    // One that effects are carried out on, and those that call the store.
    let counted = threads();
    assert!(counted.len() <= 1 + 8, "{counted:?}");
    drop(controller);
    none_is_left();
}

pub fn a_reap_has_many_effects_under_way_at_once(world: &World) {
    const IDLE: usize = 20;
    const AT_ONCE: usize = 16;

    let proxy = world.engine_proxy();
    let limit = Duration::from_millis(500);
    let controller = world.controller_that(|plan| {
        plan.engine = proxy.url();
        plan.starting = 16;
        plan.slack = Duration::from_millis(100);
        plan.idle_limit = limit;
    });
    together(0..IDLE, |number| controller.ensure(&format!("u{number}")));
    thread::sleep(limit * 3);
    proxy.stall(&["/stop"]);
    thread::scope(|scope| {
        let reap = scope.spawn(|| controller.reap());
        eventually("many stops", Duration::from_secs(30), || {
            (proxy.count("/stop") >= AT_ONCE).then_some(())
        });
        proxy.flow();
        assert_eq!(reap.join().expect("it was answered").len(), IDLE);
    });
}

/// Opened, called and dropped inside of a runtime.
fn inside(runtime: &Runtime, world: &World) {
    let again = runtime.block_on(async {
        let controller = Arc::new(world.controller());
        let endpoint = controller.ensure("a");
        let tasks: Vec<_> = (0..USERS)
            .map(|number| {
                let controller = Arc::clone(&controller);
                tokio::spawn(async move { controller.ensure(&user(number)) })
            })
            .collect();
        for task in tasks {
            task.await.expect("it doesn't panic");
        }
        let last = tokio::spawn(async move {
            let again = controller.ensure("a");
            drop(controller);
            again
        });
        let again = last.await.expect("it doesn't panic");
        assert_eq!(again.container_id, endpoint.container_id);
        again
    });
    none_is_left();
    again.answers();
}

pub fn from_inside_a_runtime_of_one_thread(world: &World) {
    let runtime = Builder::new_current_thread().enable_all().build();
    inside(&runtime.expect("a runtime"), world);
}

pub fn from_inside_a_runtime_of_many_threads(world: &World) {
    let runtime = Builder::new_multi_thread()
        .worker_threads(4)
        .enable_all()
        .build();
    inside(&runtime.expect("a runtime"), world);
}

pub fn from_a_thread_that_has_just_dropped_a_runtime(world: &World) {
    let runtime = Runtime::new().expect("a runtime");
    let controller = runtime.block_on(async { world.controller() });
    drop(runtime);
    controller.ensure("a").answers();
    drop(controller);
    none_is_left();
}

fn open(world: &World, differs: impl FnOnce(&mut Plan)) -> Portreeve {
    let mut plan = world.plan().clone();
    differs(&mut plan);
    Portreeve::open(drivers::config(&plan)).expect("it opens")
}

pub fn dropped_with_effects_under_way(world: &World) {
    let proxy = world.engine_proxy();
    let portreeve = open(world, |plan| plan.engine = proxy.url());
    proxy.stall(&["/"]);
    let impatient = portreeve.within(Duration::from_millis(300));
    let answer = impatient.ensure("a");
    assert!(matches!(answer, Err(Error::TakenBack(_))), "{answer:?}");
    proxy.await_request("GET");
    drop(impatient);
    assert!(!threads().is_empty(), "there is another handle");
    drop(portreeve);
    none_is_left();
}

pub fn a_database_that_stands_still_keeps_no_thread(world: &World) {
    let proxy = world.postgres_proxy().expect("the store is a database");
    let differs = |plan: &mut Plan| {
        plan.store = proxy.store();
        plan.patience = Duration::from_secs(2);
    };
    let controller = world.controller_that(differs);
    let before = controller.ensure("a");
    proxy.stall();
    together(0..USERS, |number| {
        let failure = controller.try_ensure(&format!("b{number}"));
        let failure = failure.expect_err("the store doesn't answer");
        assert!(
            ["store_unreachable", "timeout"].contains(&failure.code.as_str()),
            "{failure:?}"
        );
    });
    proxy.flow();
    assert_eq!(controller.ensure("a").container_id, before.container_id);
    controller.ensure("b0").answers();
    drop(controller);
    none_is_left();

    // And where it stands still to the end.
    let portreeve = open(world, differs);
    portreeve.ensure("a").expect("it flows");
    proxy.stall();
    let answer = portreeve.within(Duration::from_millis(300)).ensure("c");
    assert!(matches!(answer, Err(Error::TakenBack(_))), "{answer:?}");
    drop(portreeve);
    none_is_left();
}

pub fn across_a_restart_of_the_servers(world: &World) {
    if Server::are_ours().is_err() {
        eprintln!("left out: the servers are not ours to start again");
        return;
    }
    let controller = world.controller_that(|plan| {
        plan.watch = true;
        plan.lease = Duration::from_secs(3);
        plan.patience = Duration::from_secs(20);
    });
    together(0..USERS, |number| controller.ensure(&user(number)));
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let (controller, over) = (&controller, &over);
        for number in 0..CALLERS {
            scope.spawn(move || keep_calling(controller, number, over));
        }
        Server::Engine.restart();
        if world.store() == Kind::Postgres {
            Server::Postgres.restart();
        }
        for number in 0..USERS {
            eventually("it is well again", Duration::from_secs(60), || {
                controller.try_ensure(&user(number)).ok()
            });
        }
        over.store(true, Ordering::Release);
    });
    for number in 0..USERS {
        controller.ensure(&user(number)).answers();
    }
    assert_eq!(world.running(), USERS);
    drop(controller);
    none_is_left();
}

fn keep_calling(controller: &Controller, number: usize, over: &AtomicBool) {
    let user = user(number);
    while !over.load(Ordering::Acquire) {
        // Whatever comes of it: that each is answered is what is asked here.
        match number / USERS % 3 {
            0 => drop(controller.try_ensure(&user)),
            1 => drop(controller.try_status(&user)),
            _ => drop(controller.try_health()),
        }
    }
}
