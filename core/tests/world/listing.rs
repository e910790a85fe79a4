//! Users are listed, a page at a time.

use portreeve_core::command::{Command, Reply, UserPage, UserStatus};
use portreeve_core::user::UserId;

use super::World;

impl World {
    /// One page.
    pub fn page(&mut self, after: Option<UserId>, limit: u32) -> UserPage {
        match self.run(Command::List { after, limit }) {
            Reply::Listed(page) => page,
            other => panic!("not listed: {other:?}"),
        }
    }

    /// One page after the other, with what happens before each but the first.
    pub fn list_all(&mut self, limit: u32, mut between: impl FnMut(&mut Self)) -> Vec<UserStatus> {
        let mut page = self.page(None, limit);
        let mut all = page.users;
        while page.next.is_some() {
            between(self);
            page = self.page(page.next, limit);
            all.append(&mut page.users);
        }
        all
    }
}
