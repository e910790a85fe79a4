//! Scenes in which two users' containers are on one volume.

use portreeve_core::command::Command;

use crate::scene::{Meddling, Scene, Step, port, user};

pub(crate) fn shared_volumes() -> Vec<Scene> {
    vec![shared_volume(), older_store()]
}

/// Two containers on one volume that are to be the users'.
fn on_one_volume(name: &'static str, about: &'static str) -> Scene {
    let mut scene = Scene::new(name, about, &["a", "b"]);
    scene.found = vec![
        Meddling::BringShared(user("a"), port(19000)),
        Meddling::BringShared(user("b"), port(19001)),
    ];
    // Whose the other's is nobody can say, and it has that user's name.
    scene.serves = false;
    scene
}

fn shared_volume() -> Scene {
    let (a, b) = (user("a"), user("b"));
    on_one_volume("shared-volume", "two containers on one volume are adopted")
        .with(&a, vec![Step::AskAny(Command::Adopt(a.clone()))])
        .with(&b, vec![Step::AskAny(Command::Adopt(b.clone()))])
}

/// What purges do where the store let them share it: the volume goes with the last of them.
fn older_store() -> Scene {
    let (a, b) = (user("a"), user("b"));
    let mut scene = on_one_volume(
        "older-store",
        "two who share a volume from before are purged",
    )
    .with(&a, vec![Step::AskAny(Command::Purge(a.clone()))])
    .with(&b, vec![Step::AskAny(Command::Purge(b.clone()))]);
    scene.older = true;
    scene.before = vec![(0, Command::Adopt(a)), (0, Command::Adopt(b))];
    scene
}
