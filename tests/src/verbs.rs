//! What a controller is asked where it must succeed: most of what cases do. What may fail is in `world`.

use std::time::Duration;

use crate::answer::{Adopted, Endpoint, Failure, Reaped, Rekeyed, Rotated, UserHealth};
use crate::world::{Controller, must};

impl Controller {
    /// Restarts a user.
    #[track_caller]
    pub fn restart(&self, user: &str) -> Endpoint {
        must(self.try_restart(user))
    }

    /// Reaps, which must succeed for each user.
    #[track_caller]
    pub fn reap(&self) -> Vec<String> {
        let Reaped { stopped, failed } = must(self.try_reap());
        assert_eq!(failed, [], "somebody could not be reaped");
        stopped
    }

    /// Asks for the health of all whose container is meant to run.
    #[track_caller]
    pub fn health(&self) -> Vec<UserHealth> {
        must(self.try_health())
    }

    /// Who isn't well, and why.
    #[track_caller]
    pub fn ailments(&self) -> Vec<(String, String)> {
        let health = self.health().into_iter();
        health
            .filter_map(|one| {
                assert_eq!(one.healthy, one.error.is_none(), "{one:?}");
                Some((one.user, one.error?))
            })
            .collect()
    }

    /// Repairs; what was found and what became of it, in the words `USER PROBLEM REMEDY`.
    #[track_caller]
    pub fn repairs(&self, dry_run: bool) -> Vec<String> {
        let findings = self.repair(dry_run).into_iter();
        findings
            .map(|finding| format!("{} {} {}", finding.user, finding.problem, finding.remedy))
            .collect()
    }

    /// What happened to a user, in the words `CHANGE CAUSE`.
    #[track_caller]
    pub fn history(&self, user: &str) -> Vec<String> {
        let events = must(self.try_events(Some(user))).into_iter();
        events
            .map(|event| format!("{} {}", event.change, event.cause))
            .collect()
    }

    /// Purges a user; whether there was one.
    #[track_caller]
    pub fn purge(&self, user: &str) -> bool {
        must(self.try_purge(user))
    }

    /// Gives a user a new token.
    #[track_caller]
    pub fn rotate(&self, user: &str) -> Rotated {
        must(self.try_rotate(user))
    }

    /// Seals all tokens anew.
    #[track_caller]
    pub fn rekey(&self) -> Rekeyed {
        must(self.try_rekey())
    }

    /// Adopts a user's things.
    #[track_caller]
    pub fn adopt(&self, user: &str) -> Adopted {
        must(self.try_adopt(user))
    }

    /// Adopts a user's things, which must fail with that code.
    #[track_caller]
    pub fn adopt_fails(&self, user: &str, code: &str) -> Failure {
        let failure = self.try_adopt(user).expect_err("it must fail");
        assert_eq!(failure.code, code, "adopt {user:?}: {failure:#?}");
        failure
    }

    /// Limits how long a user may be idle; whether there is such a user.
    #[track_caller]
    pub fn limit_idle(&self, user: &str, limit: Option<Duration>) -> bool {
        must(self.try_limit_idle(user, limit))
    }
}
