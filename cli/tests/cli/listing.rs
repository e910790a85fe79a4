//! `list`, where there are more users than one page has.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use serde_json::Value;

use crate::program::Home;
use crate::simulated::Engine;

const USERS: usize = 1_201;

/// A home whose store has so many users, who are stopped. The last but one has a long name.
fn crowd(engine: &Engine) -> Home {
    let home = Home::new()
        .with("DOCKER_HOST", &engine.address.url())
        .with("PORTREEVE_TIMING_ANSWER", "30s");
    assert_eq!(home.run(&["list", "--json"]).stdout, "[]\n");
    let store = rusqlite::Connection::open(home.state().join("portreeve.db")).unwrap();
    let sql = format!(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {USERS})
        INSERT INTO portreeve_tenancies (user_id, record_id, revision, engine, container_name,
            volume_name, token, token_generation, intent, template_generation, adopted,
            created_at, changed_at)
        SELECT CAST(printf('user-%04d', i) || substr('{long}', 1, (i = {USERS} - 1) * 90) AS BLOB),
            randomblob(16), 4, 'local', 'container-' || i, 'volume-' || i, randomblob(80), 1,
            'stopped', 1, 0, 1, 1
        FROM n",
        long = "-long".repeat(18)
    );
    store.execute_batch(&sql).unwrap();
    home
}

#[test]
fn more_users_than_a_page_has_are_one_document_and_one_table() {
    let engine = Engine::start(&["--socket", "e.sock"]);
    let home = crowd(&engine);

    let run = home.run(&["list", "--json"]);
    assert_eq!(run.stdout.lines().count(), 1);
    let users = run.document();
    let users = users.as_array().unwrap();
    assert_eq!(users.len(), USERS);
    let name = |user: &Value| user["user"].as_str().unwrap().to_owned();
    let names: Vec<_> = users.iter().map(name).collect();
    assert!(names.is_sorted_by(|one, next| one < next));
    assert!(users.iter().all(|user| user["status"] == "stopped"));

    let run = home.run(&["list"]);
    assert_eq!((run.exit, run.stderr.as_str()), (0, ""));
    let lines: Vec<_> = run.stdout.lines().collect();
    assert_eq!(lines.len(), USERS + 1);
    assert!(lines[0].starts_with("USER       STATUS   CONTAINER  PORT  ACTIVE  NOTES"));
    let (long, short): (Vec<&str>, Vec<&str>) = lines.iter().partition(|line| line.len() > 80);
    assert_eq!(long.len(), 1, "one name is longer than a line");
    let names = names.iter().filter(|name| name.len() < 80);
    for (line, name) in short[1..].iter().zip(names) {
        assert_eq!(*line, &format!("{name}  stopped  -          -     never"));
    }
}

/// As `list | head -1` does.
#[test]
fn whoever_reads_no_further_ends_it() {
    let engine = Engine::start(&["--socket", "e.sock"]);
    let home = crowd(&engine);
    let mut child = home
        .command(&["list"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut stdout = BufReader::with_capacity(16, child.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    assert!(line.starts_with("USER"), "{line}");
    drop(stdout);
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0));
    assert_eq!(String::from_utf8(ended.stderr).unwrap(), "");
}
