//! One output's text, line by line.

use portreeve_core::blotter::Blotter;
use portreeve_core::token::Token;

use super::line::{LogLine, Output};
use super::time::LogTime;

/// The longest line that is told whole, in bytes; longer ones are told in pieces.
const LONGEST: usize = 64 << 10;

/// Makes lines of an output's text, with secrets blotted out.
#[derive(Debug)]
pub(super) struct Lines {
    output: Output,
    blotter: Blotter,
    /// The line that hasn't ended yet.
    line: Vec<u8>,
    /// When it began.
    at: Option<LogTime>,
    /// When the message at hand was printed.
    message: LogTime,
    /// Whether pieces of the line were told.
    goes_on: bool,
}

impl Lines {
    pub(super) fn new(output: Output, secrets: &[Token]) -> Self {
        Self {
            output,
            blotter: Blotter::new(secrets),
            line: Vec::new(),
            at: None,
            message: LogTime::from_nanos(0),
            goes_on: false,
        }
    }

    /// What comes next was printed then.
    pub(super) fn begin_message(&mut self, at: LogTime) {
        self.message = at;
    }

    pub(super) fn feed(&mut self, text: &[u8], told: &mut Vec<LogLine>) {
        let mut shown = Vec::with_capacity(text.len());
        self.blotter.feed(text, &mut shown);
        self.at.get_or_insert(self.message);
        self.take(&shown, told);
    }

    /// The text has come to its end, with or without the end of a line.
    pub(super) fn finish(&mut self, told: &mut Vec<LogLine>) {
        let mut shown = Vec::new();
        self.blotter.finish(&mut shown);
        self.take(&shown, told);
        if !self.line.is_empty() || self.goes_on {
            self.tell(false, told);
        }
    }

    /// Whether all that came was told.
    pub(super) fn are_told(&self) -> bool {
        self.line.is_empty() && !self.blotter.holds_back()
    }

    /// How many bytes are held.
    #[cfg(test)]
    pub(super) fn held(&self) -> usize {
        self.line.len()
    }

    fn take(&mut self, mut shown: &[u8], told: &mut Vec<LogLine>) {
        while !shown.is_empty() {
            let room = LONGEST - self.line.len();
            let near = &shown[..shown.len().min(room)];
            if let Some(end) = memchr::memchr(b'\n', near) {
                self.line.extend_from_slice(&shown[..end]);
                shown = &shown[end + 1..];
                if self.line.last() == Some(&b'\r') {
                    self.line.pop();
                }
                self.tell(false, told);
            } else {
                self.line.extend_from_slice(near);
                shown = &shown[near.len()..];
                if self.line.len() == LONGEST {
                    self.tell_piece(told);
                }
            }
        }
    }

    /// Tells what there is of a long line, but for a character at its end that isn't whole.
    fn tell_piece(&mut self, told: &mut Vec<LogLine>) {
        let rest = self.line.split_off(whole_characters(&self.line));
        self.tell(true, told);
        self.line = rest;
        self.at = Some(self.message);
    }

    fn tell(&mut self, goes_on: bool, told: &mut Vec<LogLine>) {
        told.push(LogLine {
            at: self.at.take().unwrap_or(self.message),
            output: self.output,
            text: std::mem::take(&mut self.line),
            goes_on,
        });
        self.goes_on = goes_on;
    }
}

/// How much of a text has no half character at its end. What is no text at all is taken as it is.
fn whole_characters(text: &[u8]) -> usize {
    let last = text.len().saturating_sub(3)..text.len();
    let begins = |at: &usize| !matches!(text[*at], 0x80..=0xbf);
    match last.rev().find(begins) {
        Some(at) if text[at] >= 0xc0 && std::str::from_utf8(&text[at..]).is_err() && at > 0 => at,
        Some(_) | None => text.len(),
    }
}
