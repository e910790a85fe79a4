//! What the handle does for one user.

use std::time::Duration;

use portreeve_core::command::{Adopted, Progress, Stopped, Touched, UserStatus};
use portreeve_tokio::internals::call;
use portreeve_tokio::{Endpoint, Error, Rotated};

use super::open::Portreeve;

impl Portreeve {
    /// Has the user's container run and be ready, and tells where it answers. Counts as activity.
    ///
    /// While the store doesn't answer, a user who is known to run is served all the same, if the settings
    /// say so ([`Settings::store_away`](crate::Settings::store_away)); the answer tells then that the
    /// activity is [pending](Endpoint::pending).
    ///
    /// Fails where it can't be had (`name_taken`, `volume_taken`, `image_missing`,
    /// `ports_exhausted`, `limit_reached`, `busy`) and where it doesn't come up (`start_failed`,
    /// `start_timeout`, `backing_off`).
    pub fn ensure(&self, user: &str) -> Result<Endpoint, Error> {
        self.call(&call::ensure(user)?)
    }

    /// The same as [`ensure`](Self::ensure), and tells what is being done, or waited for, whenever that
    /// changes. Only the newest word is told, and from inside of this call: `tell` may take its time,
    /// and use the handle.
    pub fn ensure_with_progress(
        &self,
        user: &str,
        tell: impl FnMut(Progress),
    ) -> Result<Endpoint, Error> {
        self.call_with_progress(&call::ensure(user)?, tell)
    }

    /// Has the user's container run, ready, in the current configuration, and tells where it
    /// answers: one that was made from another configuration is made anew, any other is stopped and
    /// started. Volume, token and (where it is free) port stay. Counts as activity.
    ///
    /// Fails as [`ensure`](Self::ensure) does.
    pub fn restart(&self, user: &str) -> Result<Endpoint, Error> {
        self.call(&call::restart(user)?)
    }

    /// The same as [`restart`](Self::restart), and tells how far it is, as
    /// [`ensure_with_progress`](Self::ensure_with_progress) does.
    pub fn restart_with_progress(
        &self,
        user: &str,
        tell: impl FnMut(Progress),
    ) -> Result<Endpoint, Error> {
        self.call_with_progress(&call::restart(user)?, tell)
    }

    /// Stops the user's container. An unknown user is no error.
    pub fn stop(&self, user: &str) -> Result<Stopped, Error> {
        self.call(&call::stop(user)?)
    }

    /// The same as [`stop`](Self::stop), and tells how far it is, as
    /// [`ensure_with_progress`](Self::ensure_with_progress) does.
    pub fn stop_with_progress(
        &self,
        user: &str,
        tell: impl FnMut(Progress),
    ) -> Result<Stopped, Error> {
        self.call_with_progress(&call::stop(user)?, tell)
    }

    /// Notes that the user was active now, and tells whether there is such a user; and whether that is
    /// pending, as with [`ensure`](Self::ensure), since the store doesn't answer.
    pub fn touch(&self, user: &str) -> Result<Touched, Error> {
        self.call(&call::touch(user)?)
    }

    /// Tells what is known of the user, who must be known (or it fails with `unknown_user`).
    /// Doesn't count as activity.
    pub fn status(&self, user: &str) -> Result<UserStatus, Error> {
        self.call(&call::status(user)?)
    }

    /// Has the user reaped after being idle that long, to the microsecond: `None` for the limit in
    /// the settings, [`Duration::ZERO`] for never. Tells whether there is such a user.
    pub fn limit_idle(&self, user: &str, limit: Option<Duration>) -> Result<bool, Error> {
        self.call(&call::limit_idle(user, limit)?)
    }

    /// The same as [`limit_idle`](Self::limit_idle), and tells whose lease it waits for, if it does.
    pub fn limit_idle_with_progress(
        &self,
        user: &str,
        limit: Option<Duration>,
        tell: impl FnMut(Progress),
    ) -> Result<bool, Error> {
        self.call_with_progress(&call::limit_idle(user, limit)?, tell)
    }

    /// Gives the user a new token, and tells where the container answers that carries it: one that
    /// runs is made anew, with the same volume, and may answer with the old token until then. A user
    /// who is stopped stays so. Doesn't count as activity.
    ///
    /// Fails as [`ensure`](Self::ensure) does, and with `unknown_user`.
    pub fn rotate(&self, user: &str) -> Result<Rotated, Error> {
        self.call(&call::rotate(user)?)
    }

    /// The same as [`rotate`](Self::rotate), and tells how far it is, as
    /// [`ensure_with_progress`](Self::ensure_with_progress) does.
    pub fn rotate_with_progress(
        &self,
        user: &str,
        tell: impl FnMut(Progress),
    ) -> Result<Rotated, Error> {
        self.call_with_progress(&call::rotate(user)?, tell)
    }

    /// Makes a container and a volume the user's that have the user's names and nobody's labels,
    /// such as another program has left them. What was the user's before stays so.
    ///
    /// Fails where there is nothing of the kind (`not_adoptable`) or it is somebody's
    /// (`name_taken`, `volume_taken`).
    pub fn adopt(&self, user: &str) -> Result<Adopted, Error> {
        self.call(&call::adopt(user)?)
    }

    /// The same as [`adopt`](Self::adopt), and tells how far it is, as
    /// [`ensure_with_progress`](Self::ensure_with_progress) does.
    pub fn adopt_with_progress(
        &self,
        user: &str,
        tell: impl FnMut(Progress),
    ) -> Result<Adopted, Error> {
        self.call_with_progress(&call::adopt(user)?, tell)
    }

    /// Removes all that is the user's, for good: container, volume, port and record. Tells whether
    /// there was such a user. One that was begun is finished, also by other controllers, before
    /// anything else is done for the user.
    pub fn purge(&self, user: &str) -> Result<bool, Error> {
        self.call(&call::purge(user)?)
    }

    /// The same as [`purge`](Self::purge), and tells how far it is, as
    /// [`ensure_with_progress`](Self::ensure_with_progress) does.
    pub fn purge_with_progress(
        &self,
        user: &str,
        tell: impl FnMut(Progress),
    ) -> Result<bool, Error> {
        self.call_with_progress(&call::purge(user)?, tell)
    }
}
