//! What people read.

use portreeve_tests::world::World;

use crate::configured::Program;

pub fn each_command_has_words_for_people(world: &World) {
    let program = Program::new(world);
    let words = |args: &[&str]| program.words(args);
    assert!(words(&["list"]).starts_with("There are no users yet"));
    let created = words(&["ensure", "alice"]);
    let known = program.document(&["ensure", "alice"]);
    let text = |key: &str| known[key].as_str().unwrap();
    let (url, token) = (text("url"), text("token"));
    assert!(created.starts_with("alice is running: its container was created\n"));
    for told in [url, token, text("container_name")] {
        assert!(created.contains(told), "{told}: {created}");
    }
    assert!(words(&["ensure", "alice"]).contains("was running already"));
    assert_eq!(words(&["touch", "alice"]), "alice was active just now\n");

    assert!(words(&["status", "alice"]).contains(url));
    for look in [words(&["status", "alice"]), words(&["list"])] {
        let name = text("container_name");
        assert!(look.contains("running") && look.contains(name), "{look}");
        assert!(!look.contains(token), "a look tells no token");
    }
    assert_eq!(words(&["stop", "alice"]), "alice is stopped\n");
    assert_eq!(words(&["stop", "alice"]), "alice was stopped already\n");
    assert!(words(&["status", "alice"]).starts_with("alice is stopped\n"));
    assert!(words(&["ensure", "alice"]).contains("was started"));
    assert_eq!(
        words(&["stop", "bob"]),
        "bob is unknown: there was nothing to stop\n"
    );
    assert_eq!(
        words(&["touch", "bob"]),
        "bob is unknown: nothing was noted\n"
    );
}
