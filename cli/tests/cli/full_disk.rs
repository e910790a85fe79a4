//! A store on a full disk: what reads is answered, what writes is refused at once, and the disk is named.

use std::fs;
use std::time::{Duration, Instant};

use portreeve_tests::disk::Disk;
use portreeve_tests::stores::Kind;

use crate::program::{Home, checks};

/// A new process, and not a moment of waiting.
const AT_ONCE: Duration = Duration::from_secs(5);

#[test]
fn a_full_disk_is_named_at_once() {
    let Some(disk) = Disk::make(Kind::Sqlite) else {
        eprintln!("no full disk: this process may not mount one");
        return;
    };
    let store = format!("sqlite:{}/store.db", disk.place().display());
    let home = Home::new()
        .with("PORTREEVE_STORE", &store)
        .with("PORTREEVE_TIMING_PATIENCE", "20s")
        .with("PORTREEVE_TIMING_ANSWER", "60s");
    let run = |args: &[&str]| {
        let begun = Instant::now();
        let run = home.run(&[args, &["--json"]].concat());
        let took = begun.elapsed();
        assert!(took < AT_ONCE, "{args:?}: {took:?}: {}", run.stderr);
        run
    };
    // Nobody is there yet, and the tables are.
    assert_eq!(run(&["list"]).exit, 0);
    // The next process needs room for the index of its log, and finds none. A process that ends
    // takes the index away only if it gets to close the store.
    let _ = fs::remove_file(disk.place().join("store.db-shm"));
    disk.fill();
    let mounted = format!("the disk mounted at {}", disk.place().display());

    let listed = run(&["list"]);
    assert_eq!(listed.stdout, "[]\n", "{}", listed.stderr);
    assert_eq!(run(&["status", "alice"]).error().0, "unknown_user");
    let touched = run(&["touch", "alice"]);
    assert_eq!(touched.exit, 1, "{}", touched.stdout);
    let (code, message, hint) = touched.error();
    assert_eq!(code, "store_unwritable");
    assert!(message.contains(&mounted), "{message}");
    assert!(hint.contains("make room"), "{hint}");

    let seen = &checks(&run(&["doctor"]).document(), "store")[0];
    assert_eq!(seen["status"], "fail", "{seen}");
    let detail = seen["detail"].as_str().unwrap();
    assert!(detail.contains(&mounted), "{detail}");
    assert!(seen["mend"].as_str().unwrap().contains("make room"));

    disk.free();
    assert_eq!(run(&["touch", "alice"]).exit, 0);
    let seen = &checks(&run(&["doctor"]).document(), "store")[0];
    assert_eq!(seen["status"], "ok", "{seen}");
}
