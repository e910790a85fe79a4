//! The program beside a host that runs for long, on one store: a person looks and acts while the
//! service is at work. On a file, both write to it at once.

use std::time::Duration;

use portreeve_tests::answer::Endpoint;
use portreeve_tests::story::together;
use portreeve_tests::world::{Controller, World};

use crate::configured::Program;

const ROUNDS: usize = 3;

/// Who asks for what, all at once.
#[derive(Clone, Copy)]
enum Ask {
    HostEnsures(&'static str),
    HostTouches(&'static str),
    ProgramEnsures(&'static str),
    ProgramTouches(&'static str),
    ProgramLimits(&'static str),
    ProgramLists,
}

const AT_ONCE: &[Ask] = &[
    Ask::HostEnsures("both"),
    Ask::ProgramEnsures("both"),
    Ask::HostEnsures("host-1"),
    Ask::HostEnsures("host-2"),
    Ask::ProgramEnsures("program-1"),
    Ask::ProgramEnsures("program-2"),
    Ask::HostTouches("known"),
    Ask::ProgramTouches("known"),
    Ask::ProgramLimits("known"),
    Ask::ProgramLists,
];
const ENSURED: [&str; 5] = ["both", "host-1", "host-2", "program-1", "program-2"];

/// None is told that the other is at work, and each gets the answer it would have got alone.
pub fn commands_at_once_beside_a_host(world: &World) {
    let host = world.controller_that(|plan| {
        plan.watch = true;
        plan.sweep = Some(Duration::from_millis(200));
        plan.reap = Some(Duration::from_millis(200));
        // Each touch and each ensure is written down.
        plan.slack = Duration::ZERO;
    });
    // How long somebody is tried again who can't be reached bounds what hangs.
    let program = Program::new(world).with("PORTREEVE_TIMING_PATIENCE", "30s");
    host.ensure("known");
    let mut before: Option<Vec<Endpoint>> = None;
    for _ in 0..ROUNDS {
        let ensured = together(AT_ONCE, |ask| carry_out(*ask, &host, &program));
        let mut endpoints: Vec<_> = ensured.into_iter().flatten().collect();
        together(&endpoints, |endpoint| endpoint.answers());
        // What was done may be told to one of two as done by the other.
        for endpoint in &mut endpoints {
            endpoint.outcome.clear();
        }
        assert_eq!(endpoints[0], endpoints[1], "both were answered the same");
        if let Some(before) = before.replace(endpoints.clone()) {
            assert_eq!(before, endpoints, "the container, port and token stayed");
        }
        // Each stops who was started by the other, too.
        together(ENSURED, |user| {
            if user.starts_with("host") {
                assert_eq!(program.document(&["stop", user])["status"], "stopped");
            } else {
                assert!(host.stop(user).changed, "{user} ran");
            }
        });
    }
    assert_eq!(world.running(), 1, "the one whom nobody stopped");
    world.books().are_in_order();
}

fn carry_out(ask: Ask, host: &Controller, program: &Program<'_>) -> Option<Endpoint> {
    match ask {
        Ask::HostEnsures(user) => Some(host.ensure(user)),
        Ask::ProgramEnsures(user) => {
            let document = program.document(&["ensure", user]);
            Some(serde_json::from_value(document).expect("an endpoint"))
        }
        Ask::HostTouches(user) => {
            assert!(host.touch(user), "{user} is known");
            None
        }
        Ask::ProgramTouches(user) => {
            assert_eq!(
                program.words(&["touch", user]),
                format!("{user} was active just now\n")
            );
            None
        }
        Ask::ProgramLimits(user) => {
            program.document(&["limit", user, "1h"]);
            None
        }
        Ask::ProgramLists => {
            let listed = program.document(&["list"]);
            let listed = listed.as_array().expect("a list");
            assert!(listed.iter().any(|status| status["user"] == "known"));
            None
        }
    }
}
