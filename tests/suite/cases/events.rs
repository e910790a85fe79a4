//! What happened is told, in order, with why and on whose behalf.

use std::time::Duration;

use portreeve_tests::host::ACTOR;
use portreeve_tests::plan::{Plan, Ready};
use portreeve_tests::story::eventually;
use portreeve_tests::world::World;

pub fn what_happens_to_a_user_is_told_in_order(world: &World) {
    let controller = world.controller_that(|plan| {
        plan.idle_limit = Duration::from_millis(500);
        plan.slack = Duration::from_millis(100);
    });
    controller.ensure("a");
    controller.ensure("b");
    controller.ensure("a");
    let first = ["made ensure", "starting ensure", "ready ensure"];
    assert_eq!(controller.history("a"), first, "a warm one changes nothing");

    controller.stop("a");
    controller.limit_idle("a", Some(Duration::ZERO));
    controller.limit_idle("a", None);
    controller.restart("a");
    controller.rotate("a");
    eventually("a is idle", Duration::from_secs(20), || {
        controller.reap().contains(&"a".to_owned()).then_some(())
    });
    controller.purge("a");
    let then = [
        "stopping stop",
        "stopped stop",
        "idle_limited limit",
        "idle_limited limit",
        "starting restart",
        "ready restart",
        "rotated rotate",
        "stopping rotate",
        "removing rotate",
        "starting rotate",
        "ready rotate",
        "stopping idle",
        "stopped idle",
        "removing purge",
        "purged purge",
    ];
    assert_eq!(controller.history("a"), [&first[..], &then[..]].concat());

    let all = controller.try_events(None).expect("the log is there");
    assert!(all.windows(2).all(|two| two[0].position < two[1].position));
    assert!(
        all.iter()
            .all(|event| event.actor.as_deref() == Some(ACTOR))
    );
    let of_b = all.iter().filter(|event| event.user == "b").count();
    assert_eq!(of_b, controller.history("b").len());
}

pub fn a_start_that_fails_is_told_with_its_last_words(world: &World) {
    let controller = world.controller_that(|plan: &mut Plan| {
        plan.readiness = Ready::Http;
        plan.variable("GATEWAY_EXIT", "3");
    });
    controller.ensure_fails("a", "start_failed");
    let told = controller.try_events(Some("a")).expect("the log is there");
    let failed: Vec<_> = told
        .iter()
        .filter(|event| event.change == "failed")
        .collect();
    assert!(!failed.is_empty(), "{told:#?}");
    for event in failed {
        assert_eq!(event.code.as_deref(), Some("start_failed"));
    }
    assert_eq!(
        told.last().map(|event| event.change.as_str()),
        Some("failed")
    );
}

/// What was begun by one that is gone is told by the one that finishes it.
pub fn what_one_controller_does_another_tells(world: &World) {
    let one = world.controller();
    let another = world.controller();
    let endpoint = one.ensure("a");
    world.engine.kill(&endpoint.container_id);
    another.repair(false);
    another.ensure("a");
    let told = one.history("a");
    assert_eq!(
        told,
        [
            "made ensure",
            "starting ensure",
            "ready ensure",
            "stopped repair",
            "repaired repair",
            "starting ensure",
            "ready ensure"
        ]
    );
    assert_eq!(told, another.history("a"));
}
