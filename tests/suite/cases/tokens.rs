//! New tokens, and new keys for those there are.

use portreeve_tests::plan::Plan;
use portreeve_tests::stores;
use portreeve_tests::world::World;

pub fn a_new_token_for_one_who_runs(world: &World) {
    let controller = world.controller();
    let before = controller.ensure("a");
    before.keep("precious");
    let rotated = controller.rotate("a");
    assert_ne!(rotated.generation, 1);
    let after = rotated.endpoint.expect("it runs");
    assert_ne!(after.token, before.token);
    assert_ne!(after.container_id, before.container_id);
    assert_eq!(after.port, before.port);
    after.answers();
    after.refuses(&before.token);
    assert_eq!(after.kept().as_deref(), Some("precious"));
    let container = world.container("a");
    assert_eq!(
        container.variable("AGENT_TOKEN").as_ref(),
        Some(&after.token)
    );
    assert_eq!(
        container.label("portreeve.token-generation"),
        Some(rotated.generation.to_string())
    );
    assert_eq!(world.containers().len(), 1);

    // It is the user's from now on, wherever it is asked for.
    for controller in [&controller, &world.controller()] {
        let again = controller.ensure("a");
        assert_eq!(again.outcome, "already_running");
        assert_eq!(again.token, after.token);
    }
    assert_ne!(controller.rotate("a").generation, rotated.generation);
}

pub fn a_new_token_for_one_who_is_stopped(world: &World) {
    let controller = world.controller();
    let before = controller.ensure("a");
    before.keep("precious");
    controller.stop("a");
    let rotated = controller.rotate("a");
    assert_ne!(rotated.generation, 1);
    assert_eq!(rotated.endpoint, None);
    assert_eq!(world.running(), 0, "it stays stopped");

    let after = world.controller().ensure("a");
    assert_eq!(after.outcome, "recreated");
    assert_ne!(after.token, before.token);
    after.answers();
    after.refuses(&before.token);
    assert_eq!(after.kept().as_deref(), Some("precious"));
}

pub fn a_new_token_for_nobody(world: &World) {
    let failure = world.controller().try_rotate("nobody");
    let failure = failure.expect_err("there is no such user");
    assert_eq!(failure.code, "unknown_user");
    assert!(world.containers().is_empty());
}

/// A start by hand brings back the container with the old token: it isn't what is answered.
pub fn an_old_token_is_never_answered(world: &World) {
    let controller = world.controller();
    let before = controller.ensure("a");
    controller.stop("a");
    controller.rotate("a");
    world.engine.start(&before.container_id);
    let after = controller.ensure("a");
    assert_ne!(after.token, before.token);
    after.answers();
    after.refuses(&before.token);
    assert_eq!(world.containers().len(), 1);
}

/// A key with the old one behind it, or without.
fn with_a_new_key(plan: &mut Plan, keep_old: bool) {
    let old = plan.key;
    plan.key = [7; 32];
    plan.older_keys = if keep_old { vec![old] } else { Vec::new() };
}

pub fn all_tokens_under_a_new_key(world: &World) {
    let controller = world.controller();
    let users = ["a", "b", "stopped"];
    let before = users.map(|user| controller.ensure(user));
    controller.stop("stopped");

    let newer = world.controller_that(|plan| with_a_new_key(plan, true));
    assert_eq!(
        newer.ensure("a").token,
        before[0].token,
        "the old one opens it"
    );
    newer.ensure("new");
    let rekeyed = newer.rekey();
    assert_eq!(
        (rekeyed.sealed, rekeyed.current, rekeyed.failed),
        (3, 1, vec![])
    );
    let again = newer.rekey();
    assert_eq!((again.sealed, again.current, again.failed), (0, 4, vec![]));
    assert_eq!(world.running(), 3, "nobody notices");
    assert!(world.container("a").id() == before[0].container_id);

    let newest = world.controller_that(|plan| with_a_new_key(plan, false));
    for (user, before) in users.iter().zip(&before) {
        let after = newest.ensure(user);
        assert_eq!(after.token, before.token, "it is the same");
        assert_eq!(after.container_id, before.container_id);
        after.answers();
    }
    let late = world.controller();
    late.ensure_fails("a", "token_unreadable");
}

pub fn a_key_that_is_missing(world: &World) {
    let controller = world.controller();
    let before = ["a", "b"].map(|user| controller.ensure(user));
    let records = stores::records(&world.plan().store);
    let stranger = world.controller_that(|plan| with_a_new_key(plan, false));
    let failure = stranger.ensure_fails("a", "token_unreadable");
    assert!(failure.hint.contains("key"), "{}", failure.hint);
    let rekeyed = stranger.rekey();
    assert_eq!((rekeyed.sealed, rekeyed.current), (0, 0));
    let failed: Vec<_> = rekeyed
        .failed
        .iter()
        .map(|(user, failure)| (user.as_str(), failure.code.as_str()))
        .collect();
    assert_eq!(
        failed,
        [("a", "token_unreadable"), ("b", "token_unreadable")]
    );
    for endpoint in &before {
        endpoint.answers();
    }
    assert_eq!(
        stranger.status("a").status,
        "running",
        "what needs no token works"
    );
    assert!(stranger.stop("b").changed);

    // With the key nothing is lost.
    let again = controller.ensure("a");
    assert_eq!(
        (&again.token, &again.container_id),
        (&before[0].token, &before[0].container_id)
    );
    assert_eq!(controller.ensure("b").token, before[1].token);
    assert_eq!(
        records.lines().count(),
        stores::records(&world.plan().store).lines().count()
    );
}

/// And without it a user can have a new token.
pub fn a_lost_key_costs_the_tokens_alone(world: &World) {
    let before = world.controller().ensure("a");
    before.keep("precious");
    let newer = world.controller_that(|plan| with_a_new_key(plan, false));
    let after = newer.rotate("a").endpoint.expect("it runs");
    assert_ne!(after.token, before.token);
    after.answers();
    after.refuses(&before.token);
    assert_eq!(after.kept().as_deref(), Some("precious"));
    assert_eq!(newer.rekey().failed, []);
}
