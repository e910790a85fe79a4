//! All users are told of, a page at a time.

use portreeve_core::command::UserStatus;

use super::open::Portreeve;
use crate::error::Error;
use crate::pages::Pages;

/// All users, in user order, as [`list`](Portreeve::list) tells of them.
///
/// They are read a page at a time, which is [`Limits::page`] users long and is asked for once the one
/// before was taken: that much is held, however many there are, with the containers of those users. So
/// each page tells what was so when it was read. Whoever was there all the while is told of, and nobody
/// is told of twice.
///
/// What is dropped or fails loses nothing: asked again, it goes on where it was.
///
/// As a [`Stream`](futures_util::stream::Stream), where that is wanted:
///
/// ```
/// # use portreeve_tokio::{Error, Listing, UserStatus};
/// use futures_util::stream::{Stream, try_unfold};
///
/// fn stream(listing: Listing) -> impl Stream<Item = Result<UserStatus, Error>> {
///     try_unfold(listing, async |mut listing| {
///         Ok(listing.next_user().await?.map(|user| (user, listing)))
///     })
/// }
/// ```
///
/// [`Limits::page`]: portreeve_core::settings::Limits::page
#[derive(Debug)]
#[must_use = "nobody is told of before somebody asks for the next user or page"]
pub struct Listing {
    portreeve: Portreeve,
    pages: Pages,
}

impl Listing {
    pub(super) fn new(portreeve: Portreeve) -> Self {
        Self {
            portreeve,
            pages: Pages::default(),
        }
    }

    /// The next user; `None` behind the last.
    pub async fn next_user(&mut self) -> Result<Option<UserStatus>, Error> {
        self.next_of(Pages::take_user).await
    }

    /// Whoever is left of the page at hand, or else the next page; `None` behind the last. A page is never
    /// empty.
    pub async fn next_page(&mut self) -> Result<Option<Vec<UserStatus>>, Error> {
        self.next_of(Pages::take_page).await
    }

    /// Whoever is left, all at once, which takes as much memory as they take.
    pub async fn all(mut self) -> Result<Vec<UserStatus>, Error> {
        let mut all = Vec::new();
        while let Some(page) = self.next_page().await? {
            all.extend(page);
        }
        Ok(all)
    }

    /// The next that is taken of a page, or of the first one after it that has any.
    async fn next_of<T>(&mut self, take: fn(&mut Pages) -> Option<T>) -> Result<Option<T>, Error> {
        loop {
            if let Some(next) = take(&mut self.pages) {
                return Ok(Some(next));
            }
            if !self.turn_page().await? {
                return Ok(None);
            }
        }
    }

    /// Asks for the next page; false where there is none.
    async fn turn_page(&mut self) -> Result<bool, Error> {
        let Some(call) = self.pages.call() else {
            return Ok(false);
        };
        let page = self.portreeve.call(call).await?;
        self.pages.turn(page);
        Ok(true)
    }
}
