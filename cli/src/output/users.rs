//! Users are shown as they come: to people as rows of a table, to programs as one JSON document.

use std::ops::ControlFlow;

use portreeve_api::User;

use super::show::{Output, line, print_part};
use super::text::UserTable;
use crate::failure::Failure;

/// A list of users on its way to stdout. What was shown is held no longer.
pub(crate) struct Users {
    output: Output,
    table: UserTable,
    /// What stands before the next user's document.
    before: char,
}

impl Users {
    pub(crate) fn new(output: Output) -> Self {
        Self {
            output,
            table: UserTable::new(),
            before: '[',
        }
    }

    /// Shows the next users, and tells whether anybody reads on.
    pub(crate) fn page(&mut self, users: &[User]) -> Result<ControlFlow<()>, Failure> {
        let part = self.part(users)?;
        print_part(self.output, &part)
    }

    /// Shows that these were all.
    pub(crate) fn end(self) -> Result<(), Failure> {
        let end = match self.output {
            Output::Text => self.table.end(),
            Output::Json if self.before == '[' => "[]\n",
            Output::Json => "]\n",
        };
        print_part(self.output, end).map(drop)
    }

    fn part(&mut self, users: &[User]) -> Result<String, Failure> {
        if self.output == Output::Text {
            return Ok(self.table.page(users));
        }
        let mut part = String::new();
        for user in users {
            part.push(self.before);
            part.push_str(&line(user)?);
            self.before = ',';
        }
        Ok(part)
    }
}
