//! How far a caller is who is told of all users, a page at a time.

use std::vec;

use portreeve_core::command::{UserPage, UserStatus};
use portreeve_core::user::UserId;

use crate::call::{self, Call};

/// Which page is to be asked for next, and whoever is left of the last one. It begins with the first user.
#[derive(Default, Debug)]
pub struct Pages {
    /// Whether those alone are told of who run, or are meant to.
    running: bool,
    next: Next,
    page: vec::IntoIter<UserStatus>,
}

#[derive(Default, Debug)]
enum Next {
    #[default]
    First,
    After(UserId),
    None,
}

impl Pages {
    /// The same of those alone who run, or are meant to.
    pub fn of_running() -> Self {
        Self {
            running: true,
            ..Self::default()
        }
    }

    /// The next user of the page at hand.
    pub fn take_user(&mut self) -> Option<UserStatus> {
        self.page.next()
    }

    /// Whoever is left of the page at hand; `None` where that is nobody.
    pub fn take_page(&mut self) -> Option<Vec<UserStatus>> {
        let left: Vec<_> = std::mem::take(&mut self.page).collect();
        (!left.is_empty()).then_some(left)
    }

    /// What asks for the next page, which is as long as the settings let it be; `None` behind the last.
    /// It is the same until that page is there.
    pub fn call(&self) -> Option<Call<UserPage>> {
        let after = match &self.next {
            Next::First => None,
            Next::After(user) => Some(user.clone()),
            Next::None => return None,
        };
        let list = if self.running {
            call::list_running
        } else {
            call::list
        };
        Some(list(after, u32::MAX))
    }

    /// The next page is there.
    pub fn turn(&mut self, page: UserPage) {
        self.next = page.next.map_or(Next::None, Next::After);
        self.page = page.users.into_iter();
    }
}
