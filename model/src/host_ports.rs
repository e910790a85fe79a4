//! Scenes of controllers whose callers come by different ways: some need a host port, the others none.

use portreeve_core::command::Command;

use crate::scene::{Scene, Step, user};

pub(crate) fn host_ports() -> Vec<Scene> {
    let a = user("a");
    let on = |controller, command: fn(_) -> Command| Step::Ask(controller, command(a.clone()));
    // The second controller publishes no ports.
    let scene = |name, about, made_by| {
        let mut scene = Scene::new(name, about, &["a"]);
        scene.unpublished = vec![1];
        scene.before = vec![(made_by, Command::Ensure(a.clone()))];
        scene
    };
    let mut given_up = scene(
        "port-given-up",
        "a container is made anew that needs no host port any more",
        0,
    )
    .with(&a, vec![on(1, Command::Restart)])
    .with(&a, vec![on(0, Command::Stop), on(0, Command::Ensure)]);
    given_up.budget.crashes = 1;
    let mut wanted = scene(
        "port-wanted",
        "callers come by a host port, and the container has none",
        1,
    )
    .with(&a, vec![on(0, Command::Ensure), on(0, Command::Restart)])
    .with(&a, vec![on(1, Command::Ensure)]);
    wanted.budget.crashes = 1;
    vec![given_up, wanted]
}
