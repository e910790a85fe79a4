//! A host of Portreeve: whatever takes the commands. The cases know nothing else of it.

use std::time::Duration;

use crate::answer::{
    Adopted, Endpoint, Event, Failure, Finding, Reaped, Rekeyed, Rotated, Status, Stopped, Touched,
    UserHealth,
};

/// On whose behalf hosts ask for everything.
pub const ACTOR: &str = "the suite";

/// Takes the commands and waits for their answers; many threads may ask at once. When it is dropped
/// its controller is gone.
pub trait Host: Send + Sync {
    /// The user's container is to run and be ready.
    fn ensure(&self, user: &str) -> Result<Endpoint, Failure>;

    /// The same, but the caller goes away after a while; `None` if that was before the answer.
    fn ensure_for(&self, user: &str, patience: Duration) -> Option<Result<Endpoint, Failure>>;

    /// The user's container is to be stopped.
    fn stop(&self, user: &str) -> Result<Stopped, Failure>;

    /// The user was active now.
    fn touch(&self, user: &str) -> Result<Touched, Failure>;

    /// What is known of the user?
    fn status(&self, user: &str) -> Result<Status, Failure>;

    /// Follows the user's log from the first line on, for as long as whoever is told a line wants more.
    fn log(&self, _user: &str, _tell: &mut dyn FnMut(&str) -> bool) -> Result<(), Failure> {
        unimplemented!("a host in a process of its own isn't asked for logs")
    }

    /// What do the containers take of those who run? Memory in bytes and processor time in per cent.
    fn usage(&self) -> Result<Vec<(String, u64, f64)>, Failure> {
        unimplemented!("a host in a process of its own isn't asked what containers take")
    }

    /// What is known of all users?
    fn list(&self) -> Result<Vec<Status>, Failure>;

    /// The user's container is to run in the current configuration.
    fn restart(&self, user: &str) -> Result<Endpoint, Failure>;

    /// All are to be stopped who were idle for too long.
    fn reap(&self) -> Result<Reaped, Failure>;

    /// Which of the containers that are meant to run are well?
    fn health(&self) -> Result<Vec<UserHealth>, Failure>;

    /// Store and engine are to be compared, and what differs put right.
    fn repair(&self, dry_run: bool) -> Result<Vec<Finding>, Failure>;

    /// All that is the user's is to go; whether there was such a user.
    fn purge(&self, user: &str) -> Result<bool, Failure>;

    /// The user is to have a new token.
    fn rotate(&self, user: &str) -> Result<Rotated, Failure>;

    /// All tokens are to be sealed with the newest key.
    fn rekey(&self) -> Result<Rekeyed, Failure>;

    /// Somebody else's container and volume of the user's names are to be the user's.
    fn adopt(&self, user: &str) -> Result<Adopted, Failure>;

    /// What happened, to that user or to all, in the order of the event log.
    fn events(&self, user: Option<&str>) -> Result<Vec<Event>, Failure>;

    /// The user is to be reaped after being idle that long; whether there is such a user.
    fn limit_idle(&self, user: &str, limit: Option<Duration>) -> Result<bool, Failure>;
}
