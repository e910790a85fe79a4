//! Events are shown as they come: to people as rows of a table, to programs as one JSON document a line.

use std::ops::ControlFlow;

use portreeve_api::Event;

use super::show::{Output, line, print_part};
use super::text::EventTable;
use crate::failure::Failure;

/// Events on their way to stdout.
pub(crate) struct Events {
    output: Output,
    table: EventTable,
    nothing: &'static str,
}

impl Events {
    /// Of many users, or of one who is known to whoever reads; and what is said where there are none.
    pub(crate) fn new(output: Output, of_many: bool, nothing: &'static str) -> Self {
        Self {
            output,
            table: EventTable::new(of_many),
            nothing,
        }
    }

    /// Shows the next events, and tells whether anybody reads on.
    pub(crate) fn show(&mut self, events: &[Event]) -> Result<ControlFlow<()>, Failure> {
        let mut part = String::new();
        match self.output {
            Output::Text => part.push_str(&self.table.lines(events)),
            Output::Json => {
                for event in events {
                    part.push_str(&line(event)?);
                    part.push('\n');
                }
            }
        }
        print_part(self.output, &part)
    }

    /// Says so where there were none.
    pub(crate) fn end(self) -> Result<(), Failure> {
        if self.output == Output::Text && !self.table.is_begun() {
            return print_part(self.output, self.nothing).map(drop);
        }
        Ok(())
    }
}
