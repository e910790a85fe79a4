//! Storms that once broke a promise, cut down to what it took. Each file of `regressions/` begins
//! with what went wrong and the trial it happened in; the rest is its script, which
//! `portreeve simulate --seed SEED --script FILE --trace` plays, too.

use std::fs;
use std::path::Path;

use portreeve_sim::faults::Severity;
use portreeve_sim::script;
use portreeve_sim::trial::Trial;

#[test]
fn what_was_broken_once_is_kept() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/regressions");
    let mut count = 0;
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be read").path();
        let text = fs::read_to_string(&path).expect("text");
        let result = trial(&text).run(false);
        if let Some(violation) = result.violation {
            panic!("{}: {violation}", path.display());
        }
        count += 1;
    }
    assert!(count >= 4, "only {count} files were found");
}

/// The second line tells the trial: `# seed 1, 3 controllers, heavy faults`.
fn trial(text: &str) -> Trial {
    let line = text.lines().nth(1).expect("a second line");
    let told: Vec<_> = line
        .split([' ', ','])
        .filter(|word| !word.is_empty())
        .collect();
    let [
        "#",
        "seed",
        seed,
        controllers,
        "controllers",
        severity,
        "faults",
    ] = told[..]
    else {
        panic!("{line:?} tells no trial");
    };
    Trial {
        seed: seed.parse().expect("a seed"),
        severity: Severity::parse(severity).expect("none, light or heavy"),
        sabotage: None,
        controllers: controllers.parse().expect("a number"),
        script: Some(script::read(text).expect("a script")),
    }
}
