//! What the handle does for one user.

use std::time::Duration;

use portreeve_core::command::{Adopted, Command, Reply, Stopped, UserStatus};
use portreeve_core::user::UserId;

use super::{Portreeve, mixed_up};
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::rotated::Rotated;

impl Portreeve {
    /// Has the user's container run and be ready, and tells where it answers. Counts as activity.
    ///
    /// Fails where it can't be had (`name_taken`, `volume_taken`, `image_missing`,
    /// `ports_exhausted`, `limit_reached`, `busy`) and where it doesn't come up (`start_failed`,
    /// `start_timeout`, `backing_off`).
    pub async fn ensure(&self, user: &str) -> Result<Endpoint, Error> {
        let user = UserId::new(user)?;
        let span = tracing::info_span!("ensure", ?user);
        match self.ask(Command::Ensure(user), span).await? {
            Reply::Ensured(endpoint) => Ok(endpoint.into()),
            other => Err(mixed_up(&other)),
        }
    }

    /// Has the user's container run, ready, in the current configuration, and tells where it
    /// answers: one that was made from another configuration is made anew, any other is stopped and
    /// started. Volume, token and (where it is free) port stay. Doesn't count as activity.
    ///
    /// Fails as [`ensure`](Self::ensure) does.
    pub async fn restart(&self, user: &str) -> Result<Endpoint, Error> {
        let user = UserId::new(user)?;
        let span = tracing::info_span!("restart", ?user);
        match self.ask(Command::Restart(user), span).await? {
            Reply::Ensured(endpoint) => Ok(endpoint.into()),
            other => Err(mixed_up(&other)),
        }
    }

    /// Stops the user's container. An unknown user is no error.
    pub async fn stop(&self, user: &str) -> Result<Stopped, Error> {
        let user = UserId::new(user)?;
        let span = tracing::info_span!("stop", ?user);
        match self.ask(Command::Stop(user), span).await? {
            Reply::Stopped(stopped) => Ok(stopped),
            other => Err(mixed_up(&other)),
        }
    }

    /// Notes that the user was active now, and tells whether there is such a user.
    pub async fn touch(&self, user: &str) -> Result<bool, Error> {
        let user = UserId::new(user)?;
        let span = tracing::debug_span!("touch", ?user);
        match self.ask(Command::Touch(user), span).await? {
            Reply::Touched(known) => Ok(known),
            other => Err(mixed_up(&other)),
        }
    }

    /// Tells what is known of the user, who must be known (or it fails with `unknown_user`).
    /// Doesn't count as activity.
    pub async fn status(&self, user: &str) -> Result<UserStatus, Error> {
        let user = UserId::new(user)?;
        let span = tracing::debug_span!("status", ?user);
        match self.ask(Command::Status(user), span).await? {
            Reply::Status(status) => Ok(status),
            other => Err(mixed_up(&other)),
        }
    }

    /// Has the user reaped after being idle that long, to the microsecond: `None` for the limit in
    /// the settings, [`Duration::ZERO`] for never. Tells whether there is such a user.
    pub async fn limit_idle(&self, user: &str, limit: Option<Duration>) -> Result<bool, Error> {
        let user = UserId::new(user)?;
        let span = tracing::info_span!("limit_idle", ?user);
        match self.ask(Command::LimitIdle(user, limit), span).await? {
            Reply::IdleLimited(known) => Ok(known),
            other => Err(mixed_up(&other)),
        }
    }

    /// Gives the user a new token, and tells where the container answers that carries it: one that
    /// runs is made anew, with the same volume, and may answer with the old token until then. A user
    /// who is stopped stays so. Doesn't count as activity.
    ///
    /// Fails as [`ensure`](Self::ensure) does, and with `unknown_user`.
    pub async fn rotate(&self, user: &str) -> Result<Rotated, Error> {
        let user = UserId::new(user)?;
        let span = tracing::info_span!("rotate", ?user);
        match self.ask(Command::Rotate(user), span).await? {
            Reply::Rotated(rotated) => Ok(rotated.into()),
            other => Err(mixed_up(&other)),
        }
    }

    /// Makes a container and a volume the user's that have the user's names and nobody's labels,
    /// such as another program has left them. What was the user's before stays so.
    ///
    /// Fails where there is nothing of the kind (`not_adoptable`) or it is somebody's
    /// (`name_taken`, `volume_taken`).
    pub async fn adopt(&self, user: &str) -> Result<Adopted, Error> {
        let user = UserId::new(user)?;
        let span = tracing::info_span!("adopt", ?user);
        match self.ask(Command::Adopt(user), span).await? {
            Reply::Adopted(adopted) => Ok(adopted),
            other => Err(mixed_up(&other)),
        }
    }

    /// Removes all that is the user's, for good: container, volume, port and record. Tells whether
    /// there was such a user. One that was begun is finished, also by other controllers, before
    /// anything else is done for the user.
    pub async fn purge(&self, user: &str) -> Result<bool, Error> {
        let user = UserId::new(user)?;
        let span = tracing::info_span!("purge", ?user);
        match self.ask(Command::Purge(user), span).await? {
            Reply::Purged(known) => Ok(known),
            other => Err(mixed_up(&other)),
        }
    }
}
