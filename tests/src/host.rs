//! A host of Portreeve: whatever takes the commands. The cases know nothing else of it.

use std::time::Duration;

use crate::answer::{Endpoint, Failure, Status, Stopped};

/// Takes the commands and waits for their answers; many threads may ask at once. When it is dropped its controller is
/// gone.
pub trait Host: Send + Sync {
    /// The user's container is to run and be ready.
    fn ensure(&self, user: &str) -> Result<Endpoint, Failure>;

    /// The same, but the caller goes away after a while; `None` if that was before the answer.
    fn ensure_for(&self, user: &str, patience: Duration) -> Option<Result<Endpoint, Failure>>;

    /// The user's container is to be stopped.
    fn stop(&self, user: &str) -> Result<Stopped, Failure>;

    /// The user was active now; whether there is such a user.
    fn touch(&self, user: &str) -> Result<bool, Failure>;

    /// What is known of the user?
    fn status(&self, user: &str) -> Result<Status, Failure>;

    /// What is known of all users?
    fn list(&self) -> Result<Vec<Status>, Failure>;
}
