//! A user's container in good times: started, looked at, stopped, started again.

use std::time::{Duration, Instant};

use portreeve_tests::world::World;

pub fn created_then_running_then_stopped_then_started(world: &World) {
    let controller = world.controller();
    let created = controller.ensure("a");
    assert_eq!(created.outcome, "created");
    assert_eq!(created.container_name, world.container_name("a"));
    created.answers();
    created.keep("precious");

    let running = controller.ensure("a");
    assert_eq!(running.outcome, "already_running");
    let stopped = controller.stop("a");
    assert!(stopped.known && stopped.changed);
    assert_eq!(world.container("a").state(), "exited");
    let twice = controller.stop("a");
    assert!(twice.known && !twice.changed);

    let started = controller.ensure("a");
    assert_eq!(started.outcome, "started");
    started.answers();
    assert_eq!(started.kept().as_deref(), Some("precious"));
    for later in [running, started] {
        assert_eq!(later.container_id, created.container_id);
        assert_eq!(
            (later.port, later.url, later.token),
            (created.port, created.url.clone(), created.token.clone())
        );
    }
}

pub fn an_unknown_user_is_stopped_and_nothing_changes(world: &World) {
    let controller = world.controller();
    let stopped = controller.stop("nobody");
    assert!(!stopped.known && !stopped.changed);
    assert!(!controller.touch("nobody"));
    let failure = controller
        .try_status("nobody")
        .expect_err("there is nothing to tell");
    assert_eq!(failure.code, "unknown_user");
    assert_eq!(controller.list(), []);
    assert!(world.containers().is_empty());
    assert_eq!(world.engine.volume(&world.volume_name("nobody")), None);
}

pub fn a_touch_is_activity_and_a_look_is_not(world: &World) {
    let controller = world.controller();
    controller.ensure("a");
    let last_active = || {
        controller
            .status("a")
            .last_active
            .expect("ensure is activity")
    };
    let ensured = last_active();
    controller.list();
    assert_eq!(last_active(), ensured, "nobody was active");

    // A controller that knows of no recent flush has to ask the store.
    assert!(world.controller().touch("a"));
    let touched = last_active();
    assert!(touched > ensured);
    assert!(controller.touch("a"));
    assert!(last_active() >= touched);
    controller.stop("a");
    assert!(controller.touch("a"), "a stopped user can be active too");
    assert_eq!(
        controller.status("a").status,
        "stopped",
        "but isn't started by it"
    );
}

pub fn status_says_what_is_known(world: &World) {
    let controller = world.controller();
    let endpoint = controller.ensure("a");
    let running = controller.status("a");
    assert_eq!(running.user, "a");
    assert_eq!(running.status, "running");
    assert_eq!(running.port, Some(endpoint.port));
    assert_eq!(running.url.as_ref(), Some(&endpoint.url));
    assert_eq!(running.container_id.as_ref(), Some(&endpoint.container_id));
    assert!(
        running.last_active.is_some_and(is_now),
        "{:?}",
        running.last_active
    );
    assert!(!running.outdated);
    assert_eq!((running.health, running.failures), (None, 0));

    controller.stop("a");
    let stopped = controller.status("a");
    assert_eq!(stopped.status, "stopped");
    assert_eq!(stopped.port, Some(endpoint.port), "it stays claimed");
    assert_eq!(stopped.url, None, "nothing answers there");
    assert_eq!(stopped.container_id, Some(endpoint.container_id));
    assert_eq!(world.controller().status("a"), stopped, "whoever looks");
}

fn is_now(micros: i64) -> bool {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = now.expect("it is after 1970").as_micros();
    i128::from(micros).abs_diff(i128::try_from(now).expect("it fits")) < 60_000_000
}

pub fn a_list_is_in_user_order(world: &World) {
    let controller = world.controller();
    assert_eq!(controller.list(), []);
    for user in ["b", "10", "9", "B"] {
        controller.ensure(user);
    }
    controller.stop("b");
    let expected: Vec<_> = ["10", "9", "B", "b"]
        .map(|user| controller.status(user))
        .into();
    assert_eq!(controller.list(), expected);
    let states: Vec<_> = expected
        .iter()
        .map(|status| status.status.as_str())
        .collect();
    assert_eq!(states, ["running", "running", "running", "stopped"]);
    assert_eq!(world.controller().list(), expected, "whoever looks");
}

pub fn what_a_container_is_made_of(world: &World) {
    let endpoint = world
        .controller_that(|plan| plan.variable("FLAVOUR", "{user} of {container}"))
        .ensure("a");
    let container = world.container("a");
    let variable = |name| container.variable(name).unwrap_or_default();
    let label = |name| container.label(name).unwrap_or_default();

    assert_eq!(variable("AGENT_TOKEN"), endpoint.token);
    assert!(endpoint.token.len() >= 43, "256 random bits in base64");
    assert_eq!(variable("AGENT_ID"), label("portreeve.record"));
    assert!(!variable("MOSAIC_API_URL").is_empty());
    assert_eq!(
        variable("FLAVOUR"),
        format!("a of {}", endpoint.container_name)
    );

    let (name, value) = world.plan().label();
    assert_eq!(label(&name), value, "the template's labels are there too");
    assert_eq!(label("portreeve.user"), "a");
    assert_eq!(label("portreeve.port"), endpoint.port.to_string());
    assert_eq!(label("portreeve.token-generation"), "1");
    assert_eq!(label("portreeve.installation").len(), 32);
    assert_eq!(label("portreeve.record").len(), 32);
    assert!(!label("portreeve.spec").is_empty());

    assert_eq!(container.networks(), [world.plan().network.clone()]);
    let volume = world.volume_name("a");
    assert_eq!(
        container.volumes(),
        [(volume.clone(), "/home/node/.openclaw".to_owned())]
    );
    let volume = world.engine.volume(&volume).expect("it is mounted");
    assert_eq!(volume["Labels"]["portreeve.user"], "a");
    assert_eq!(
        volume["Labels"]["portreeve.installation"],
        label("portreeve.installation").as_str()
    );
    assert_eq!(endpoint.url, format!("http://127.0.0.1:{}", endpoint.port));
}

pub fn stopped_while_another_user_starts(world: &World) {
    let controller = world.controller();
    let first = controller.ensure("a");
    first.keep("precious");
    controller.stop("a");
    let second = controller.ensure("b");
    assert_ne!(
        second.port, first.port,
        "the first one's is still bound to its container"
    );

    let again = controller.ensure("a");
    assert_eq!((again.port, &again.token), (first.port, &first.token));
    again.answers();
    again.refuses(&second.token);
    second.answers();
    assert_eq!(again.kept().as_deref(), Some("precious"));
}

pub fn one_that_ignores_sigterm_is_killed_after_its_grace(world: &World) {
    let controller = world.controller_that(|plan| {
        plan.variable("GATEWAY_IGNORE_TERM", "1");
        plan.grace = Duration::from_secs(1);
    });
    // Only one that listens has come so far as to ignore it.
    controller.ensure("a").answers();
    let begun = Instant::now();
    assert!(controller.stop("a").changed);
    let took = begun.elapsed();
    assert!(took >= Duration::from_secs(1), "it had its grace: {took:?}");
    assert!(took < Duration::from_secs(8), "and no more: {took:?}");
    assert_eq!(world.container("a").state(), "exited");
}
