//! Scenes in which a bound is met: as many run as may, or as much was asked of the engine.

use portreeve_core::command::Command;

use crate::scene::{Budget, Meddling, Scene, Starts, Step, user};

pub(crate) fn bounds() -> Vec<Scene> {
    vec![no_room(), refused()]
}

/// Who is stopped, and whose container has to be made anew, is let in while another runs, who is the only
/// one that may.
fn no_room() -> Scene {
    let (a, b) = (user("a"), user("b"));
    let mut scene = Scene::new(
        "no-room",
        "a container is to be made anew, and as many run as may",
        &["a", "b"],
    )
    .with(&a, vec![Step::AskAny(Command::Ensure(a.clone()))])
    .with(&b, vec![Step::AskAny(Command::Stop(b.clone()))]);
    scene.controllers = 1;
    scene.settings.limits.running = Some(1);
    scene.before = vec![
        (0, Command::Ensure(a.clone())),
        (0, Command::Stop(a.clone())),
        (0, Command::Ensure(b)),
    ];
    scene.found = vec![Meddling::Disconnect(a)];
    scene
}

/// A minute may have so many changes: four for starts, and four that are kept for what ends something.
const MOST: usize = 8;

fn refused() -> Scene {
    let a = user("a");
    let ensure = || Step::AskAny(Command::Ensure(a.clone()));
    let mut scene = Scene::new(
        "refused",
        "the engine starts nothing, however often it is asked",
        &["a"],
    )
    .with(&a, vec![ensure(), ensure(), ensure()]);
    scene.starts = Starts::Unclear;
    scene.most_changes = Some(MOST);
    scene.budget = Budget {
        lost_answers: 1,
        ..Budget::default()
    };
    scene
}
