//! The core driven by hand, on a real engine.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use portreeve_tests::Unavailable;
use portreeve_tests::engine::Engine;
use portreeve_tests::image::Images;

/// An example's program, which cargo builds before this package's tests.
fn program(example: &str) -> PathBuf {
    let test = env::current_exe().expect("this program is somewhere");
    let build = test.ancestors().nth(2).expect("in target/debug/deps");
    build.join("examples").join(example)
}

#[test]
fn a_user_is_ensured_and_purged() {
    let engine = match Engine::from_env() {
        Ok(engine) => engine,
        Err(Unavailable::NotGiven(why)) => return eprintln!("left out: {why}"),
        Err(Unavailable::Broken(why)) => panic!("{why}"),
    };
    let images = Images::make(&engine);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let key = folder.path().join("key");
    fs::write(&key, [7; 32]).expect("a file can be written");
    let ran = Command::new(program("by_hand"))
        .env("DOCKER_HOST", engine.address().url())
        .env("PORTREEVE_IMAGE", images.first())
        .env("PORTREEVE_KEY_FILE", &key)
        .output()
        .expect("the example can be run");
    let told = String::from_utf8_lossy(&ran.stdout);
    assert!(ran.status.success(), "{ran:?}");
    assert!(told.contains("answers at http://127.0.0.1:"), "{told}");
    assert!(told.contains("alice is gone"), "{told}");
    assert!(engine.container("mosaic-user-alice").is_none());
}
