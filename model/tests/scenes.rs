//! The smaller scenes, to the fixed point, within seconds; `scripts/check-model` explores all.

use portreeve_core::lifecycle::Rows;
use portreeve_model::{Scene, sabotages, scenes};
use portreeve_sim::sabotage::Sabotage;

/// Those that have some hundreds of states, or a few thousand.
const SMALL: [&str; 6] = [
    "closing",
    "slack",
    "port-taken",
    "flapping",
    "old-token",
    "shared-volume",
];

fn scene(name: &str) -> Scene {
    let mut scenes = scenes().into_iter();
    let found = scenes.find(|scene| scene.name == name);
    found.unwrap_or_else(|| panic!("there is no scene {name}"))
}

#[test]
fn all_promises_hold_in_every_state_of_the_small_scenes() {
    let mut rows = Rows::default();
    for name in SMALL {
        let scene = scene(name);
        let explored = scene.explore(1, None).expect("nothing is broken by then");
        if let Some((broken, path)) = &explored.broken {
            let story = scene.tell(path).join("\n");
            panic!("{name}: {}: {}\n{story}", broken.promise, broken.text);
        }
        assert!(explored.complete, "{name}");
        rows.add(explored.rows);
    }
    let seen = (0..128).filter(|row| rows.has(*row)).count();
    // All scenes together see nearly all of the decision table.
    assert!(seen >= 30, "{seen} rows");
}

#[test]
fn a_scene_is_the_same_each_time() {
    let count = || {
        let explored = scene("port-taken").explore(1, None).expect("it begins");
        (
            explored.states,
            explored.steps,
            explored.depth,
            explored.rows,
        )
    };
    assert_eq!(count(), count());
}

#[test]
fn users_that_are_alike_are_explored_once() {
    let explored = |alike| {
        let mut scene = scene("two-starts");
        scene.controllers = 1;
        scene.budget.crashes = 0;
        scene.alike = alike;
        scene.explore(1, None).expect("it begins")
    };
    let (once, twice) = (explored(true), explored(false));
    assert!(once.complete && twice.complete);
    assert_eq!(once.rows, twice.rows);
    // Only states in which both are equally far count once in both.
    assert!(
        once.states < twice.states * 2 / 3,
        "{} of {}",
        once.states,
        twice.states
    );
}

#[test]
fn mistakes_made_on_purpose_are_found_and_told() {
    let quick = [
        Sabotage::PortClaimNotUnique,
        Sabotage::TouchNotRechecked,
        Sabotage::SlackLeftOut,
        Sabotage::VolumeNotUnique,
    ];
    let expected = [
        "One port, one container",
        "No active user is reaped",
        "No active user is reaped",
        "Yours only",
    ];
    for (sabotage, promise) in quick.into_iter().zip(expected) {
        let mut scenes = sabotages().into_iter();
        let scene = scenes.find(|scene| scene.sabotage == Some(sabotage));
        let scene = scene.expect("each has one");
        let explored = scene.explore(1, None).expect("nothing is broken by then");
        let (broken, path) = explored.broken.expect("it is found");
        assert_eq!(broken.promise, promise);
        let story = scene.tell(&path);
        assert!(story.len() > 3, "{story:?}");
        assert!(
            story.last().is_some_and(|last| last.starts_with(promise)),
            "{story:?}"
        );
    }
    // Without the engine's events there is no activity that is pending; no write is lost; and no event is kept.
    assert_eq!(sabotages().len(), Sabotage::ALL.len() - 3);
}
