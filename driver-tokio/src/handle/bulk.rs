//! What the handle does for all users at once.
//!
//! Who wants to hear of progress is told from inside of the call's own future, and not from inside
//! of the lifecycle, which is locked then: a closure may borrow from the caller, take its time, and
//! use the handle.

use portreeve_core::command::{Finding, Progress, Reaped, Rekeyed, UserHealth, UserPage};
use portreeve_core::user::UserId;

use super::listing::Listing;
use super::open::Portreeve;
use crate::call;
use crate::error::Error;

impl Portreeve {
    /// Tells what is known of all users, in user order, a page at a time. Doesn't count as activity.
    pub fn list(&self) -> Listing {
        Listing::new(self.clone())
    }

    /// Tells what is known of the first users after that one, or of the first of all, in user order; and
    /// after whom to go on. It is `limit` users at most, and no more than [`Limits::page`] at once.
    /// Doesn't count as activity.
    ///
    /// [`Limits::page`]: portreeve_core::settings::Limits::page
    pub async fn list_page(&self, after: Option<&str>, limit: u32) -> Result<UserPage, Error> {
        let after = after.map(UserId::try_from).transpose()?;
        self.call(call::list(after, limit)).await
    }

    /// Stops all users who were idle for longer than their limit, many at a time, and tells who was
    /// stopped, and who couldn't be and why.
    pub async fn reap(&self) -> Result<Reaped, Error> {
        self.reap_with_progress(|_| ()).await
    }

    /// The same as [`reap`](Self::reap), and tells how many users are done, of how many. Only the
    /// newest word is told, and from inside of this call: `tell` may take its time, and use the
    /// handle.
    pub async fn reap_with_progress(&self, tell: impl FnMut(Progress)) -> Result<Reaped, Error> {
        self.call_with_progress(call::reap(), tell).await
    }

    /// Tells of all containers that are meant to run whether they do and are healthy, in user order,
    /// with one look at the engine. Doesn't count as activity.
    pub async fn health(&self) -> Result<Vec<UserHealth>, Error> {
        self.health_with_progress(|_| ()).await
    }

    /// The same as [`health`](Self::health), and tells how far it is, as
    /// [`reap_with_progress`](Self::reap_with_progress) does.
    pub async fn health_with_progress(
        &self,
        tell: impl FnMut(Progress),
    ) -> Result<Vec<UserHealth>, Error> {
        self.call_with_progress(call::health(), tell).await
    }

    /// Compares store and engine, puts right what differs, and tells of it in user order. With
    /// `dry_run` nothing is changed: it tells what would be done.
    pub async fn repair(&self, dry_run: bool) -> Result<Vec<Finding>, Error> {
        self.repair_with_progress(dry_run, |_| ()).await
    }

    /// The same as [`repair`](Self::repair), and tells how far it is, as
    /// [`reap_with_progress`](Self::reap_with_progress) does.
    pub async fn repair_with_progress(
        &self,
        dry_run: bool,
        tell: impl FnMut(Progress),
    ) -> Result<Vec<Finding>, Error> {
        self.call_with_progress(call::repair(dry_run), tell).await
    }

    /// Seals all users' tokens with the newest key, and tells how many, and whose couldn't be and
    /// why. The tokens stay as they are; once none has failed, older keys can go.
    pub async fn rekey(&self) -> Result<Rekeyed, Error> {
        self.rekey_with_progress(|_| ()).await
    }

    /// The same as [`rekey`](Self::rekey), and tells how far it is, as
    /// [`reap_with_progress`](Self::reap_with_progress) does.
    pub async fn rekey_with_progress(&self, tell: impl FnMut(Progress)) -> Result<Rekeyed, Error> {
        self.call_with_progress(call::rekey(), tell).await
    }
}
