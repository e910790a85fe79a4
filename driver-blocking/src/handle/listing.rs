//! All users are told of, a page at a time.

use portreeve_core::command::UserStatus;
use portreeve_tokio::Error;
use portreeve_tokio::internals::Pages;

use super::open::Portreeve;

/// All users, in user order, as [`list`](Portreeve::list) tells of them.
///
/// They are read a page at a time, which is [`Limits::page`] users long and is asked for once the one
/// before was taken: that much is held, however many there are, with the containers of those users. So
/// each page tells what was so when it was read. Whoever was there all the while is told of, and nobody
/// is told of twice.
///
/// As an iterator it ends with the first error, so that no loop over it is without end.
/// [`next_page`](Self::next_page) goes on after one where it was.
///
/// [`Limits::page`]: portreeve_core::settings::Limits::page
#[derive(Debug)]
#[must_use = "nobody is told of before somebody asks for the next user or page"]
pub struct Listing {
    portreeve: Portreeve,
    pages: Pages,
    failed: bool,
}

impl Listing {
    pub(super) fn new(portreeve: Portreeve) -> Self {
        Self {
            portreeve,
            pages: Pages::default(),
            failed: false,
        }
    }

    /// Whoever is left of the page at hand, or else the next page; `None` behind the last. A page is never
    /// empty.
    pub fn next_page(&mut self) -> Result<Option<Vec<UserStatus>>, Error> {
        self.next_of(Pages::take_page)
    }

    fn next_user(&mut self) -> Result<Option<UserStatus>, Error> {
        self.next_of(Pages::take_user)
    }

    /// The next that is taken of a page, or of the first one after it that has any.
    fn next_of<T>(&mut self, take: fn(&mut Pages) -> Option<T>) -> Result<Option<T>, Error> {
        loop {
            if let Some(next) = take(&mut self.pages) {
                return Ok(Some(next));
            }
            if !self.turn_page()? {
                return Ok(None);
            }
        }
    }

    /// Asks for the next page; false where there is none.
    fn turn_page(&mut self) -> Result<bool, Error> {
        let Some(call) = self.pages.call() else {
            return Ok(false);
        };
        let page = self.portreeve.call(&call)?;
        self.pages.turn(page);
        Ok(true)
    }
}

impl Iterator for Listing {
    type Item = Result<UserStatus, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let next = self.next_user();
        self.failed = next.is_err();
        next.transpose()
    }
}
