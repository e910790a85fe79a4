//! A user's token shows where it must, and nowhere else.

use std::fs;

use portreeve_tests::plan::{Plan, Ready};
use portreeve_tests::stores::{self, Kind, Store};
use portreeve_tests::world::World;

/// Has one user's container print its token and exit.
fn betrays(plan: &mut Plan, user: &str) {
    plan.generation += 1;
    plan.readiness = Ready::Http;
    plan.variable_for(user, "GATEWAY_PRINT_TOKEN", "1");
    plan.variable_for(user, "GATEWAY_EXIT", "7");
}

pub fn no_token_in_any_log_or_url(world: &World) {
    let known = world.controller();
    let mut tokens = vec![known.ensure("traitor").token];
    known.stop("traitor");

    let proxy = world.engine_proxy();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let log = folder.path().join("log");
    let controller = world.traced_process(&log, |plan| {
        plan.engine = proxy.url();
        betrays(plan, "traitor");
    });
    for user in ["a", "b", "c d"] {
        tokens.push(controller.ensure(user).token);
        controller.ensure(user);
        controller.touch(user);
        controller.status(user);
        controller.stop(user);
        controller.ensure(user);
    }
    controller.list();
    let failures = [(); 5].map(|()| controller.try_ensure("traitor").expect_err("it exits"));
    assert_eq!(failures[0].code, "start_failed");
    assert_eq!(failures[4].code, "backing_off");
    drop(controller);

    let log = fs::read_to_string(log).expect("a log was written");
    assert!(
        log.contains("TRACE") && log.contains("DEBUG"),
        "everything was recorded"
    );
    if world.store() == Kind::Postgres {
        assert!(log.contains("tokio_postgres"), "that of libraries too");
    }
    let told = log
        .lines()
        .filter(|line| line.contains("portreeve"))
        .count();
    assert!(
        told > 20,
        "and there was something to record: {told} lines of {}",
        log.len()
    );
    let requests = proxy.requests();
    assert!(requests.len() > 20);
    let mut secrets = tokens.clone();
    secrets.push(hex(&world.plan().key));
    secrets.extend(password(&world.plan().store));
    for secret in &secrets {
        let line = log.lines().find(|line| line.contains(secret));
        assert_eq!(line, None, "a secret is in the log");
        let request = requests.iter().find(|asked| asked.what.contains(secret));
        assert!(request.is_none(), "a secret is in a URL: {request:?}");
        assert!(
            !format!("{failures:?}").contains(secret),
            "a secret is in an error"
        );
    }
}

pub fn no_token_at_rest(world: &World) {
    let controller = world.controller();
    let mut tokens: Vec<_> = ["a", "traitor"]
        .iter()
        .map(|user| controller.ensure(user).token)
        .collect();
    controller.stop("traitor");
    let newer = world.controller_that(|plan| betrays(plan, "traitor"));
    newer.ensure_fails("traitor", "start_failed");
    tokens.push(hex(&world.plan().key));

    let kept = match &world.plan().store {
        Store::Postgres(url) => stores::dump(url).into_bytes(),
        Store::Sqlite(path) => {
            let folder =
                fs::read_dir(path.parent().expect("it is in a folder")).expect("it can be read");
            let files = folder.map(|file| fs::read(file.expect("it can be read").path()));
            files
                .collect::<Result<Vec<_>, _>>()
                .expect("they can be read")
                .concat()
        }
    };
    assert!(holds(&kept, "traitor"), "the store was read");
    for token in &tokens {
        assert!(!holds(&kept, token), "a secret is in the store");
    }
}

/// As it is, or as the database shows bytes.
fn holds(kept: &[u8], text: &str) -> bool {
    contains(kept, text.as_bytes()) || contains(kept, hex(text.as_bytes()).as_bytes())
}

fn contains(all: &[u8], part: &[u8]) -> bool {
    all.windows(part.len()).any(|window| window == part)
}

fn hex(bytes: &[u8]) -> String {
    hex::encode(bytes)
}

fn password(store: &Store) -> Option<String> {
    let Store::Postgres(url) = store else {
        return None;
    };
    let authority = url.split_once("://")?.1.split('/').next()?;
    let (_, password) = authority.rsplit_once('@')?.0.split_once(':')?;
    Some(password.to_owned())
}
