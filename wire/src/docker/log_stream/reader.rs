//! One answer, line by line.

use portreeve_core::token::Token;

use super::decoder::{BrokenLog, Decoder, Part};
use super::line::{LogLine, Output};
use super::lines::Lines;
use super::mark::Mark;

/// Reads one answer to such a request, in whatever pieces it comes.
#[derive(Debug)]
pub struct LogReader {
    decoder: Decoder,
    lines: [Lines; 3],
    /// What was read before this.
    before: Mark,
    /// All that was told completely.
    mark: Mark,
    /// The same, with what isn't told yet.
    seen: Mark,
    /// Whose message it is, unless it was read before.
    message: Option<Output>,
}

impl LogReader {
    /// One that blots these secrets out, and leaves out what was read before.
    pub fn new(secrets: &[Token], before: Mark) -> Self {
        Self {
            decoder: Decoder::default(),
            lines: Output::ALL.map(|output| Lines::new(output, secrets)),
            mark: before.clone(),
            seen: before.clone(),
            before,
            message: None,
        }
    }

    /// Takes the answer's next bytes, and adds the lines that they bring to an end.
    pub fn feed(&mut self, bytes: &[u8], told: &mut Vec<LogLine>) -> Result<(), BrokenLog> {
        let Self {
            decoder,
            lines,
            before,
            mark,
            seen,
            message,
        } = self;
        decoder.feed(bytes, &mut |part| match part {
            Part::Begin(output, at) => {
                *message = (!before.covers_next(output, at)).then_some(output);
                if message.is_some() {
                    lines[output as usize].begin_message(at);
                    seen.note(output, at);
                }
            }
            Part::Text(text) => {
                if let Some(output) = *message {
                    lines[output as usize].feed(text, told);
                }
            }
            Part::End => {
                if let Some(output) = *message
                    && lines[output as usize].are_told()
                {
                    mark.come_to(seen, output);
                }
            }
        })
    }

    /// The answer came to its end: adds what was held back.
    pub fn finish(&mut self, told: &mut Vec<LogLine>) {
        for lines in &mut self.lines {
            lines.finish(told);
        }
        self.mark.clone_from(&self.seen);
    }

    /// How many bytes are held.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.lines.iter().map(Lines::held).sum()
    }

    /// How far the log was told. Where the answer broke off, what wasn't told whole is behind it.
    pub fn mark(&self) -> &Mark {
        &self.mark
    }
}
