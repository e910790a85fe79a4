//! The servers that the suite runs against, where they are ours to stop and start: those of `scripts/env`.

use std::env;
use std::process::Command;

use crate::Unavailable;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../scripts/env");

/// A server.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Server {
    /// The container engine.
    Engine,
    /// The database.
    Postgres,
}

impl Server {
    /// Ends it in good order and starts it again; the engine stops its containers at that.
    pub fn restart(self) {
        self.tell("restart");
    }

    /// Ends it at once; containers go on until the engine is back.
    pub fn kill(self) {
        self.tell("kill");
    }

    /// Starts it again, where it was.
    pub fn start(self) {
        self.tell("start");
    }

    fn tell(self, verb: &str) {
        let which = match self {
            Self::Engine => "engine",
            Self::Postgres => "postgres",
        };
        let told = Command::new(SCRIPT).args([verb, which]).output();
        let told = told.expect("scripts/env can be run");
        assert!(
            told.status.success(),
            "scripts/env {verb} {which}: {}",
            String::from_utf8_lossy(&told.stderr)
        );
    }

    /// Whether both servers that the suite runs against were started by `scripts/env exec`, so that
    /// nobody else's tests run against them.
    pub fn are_ours() -> Result<(), Unavailable> {
        let not_given = |why: String| Err(Unavailable::NotGiven(why));
        if env::var_os("PORTREEVE_TEST_ENV").is_none() {
            return not_given("scripts/env exec runs no servers for this alone".to_owned());
        }
        let told = Command::new(SCRIPT).arg("status").output();
        let told = match told {
            Ok(told) if told.status.success() => String::from_utf8_lossy(&told.stdout).into_owned(),
            Ok(_) => return not_given("scripts/env runs no servers here".to_owned()),
            Err(error) => return not_given(format!("scripts/env can't be run: {error}")),
        };
        for variable in ["DOCKER_HOST", "PORTREEVE_TEST_POSTGRES"] {
            let url = env::var(variable).unwrap_or_default();
            if url.is_empty() || !told.contains(&url) {
                return not_given(format!("{variable} isn't one of scripts/env"));
            }
        }
        Ok(())
    }
}
