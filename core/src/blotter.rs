//! Secrets are blotted out of a text that comes in pieces of any length.

use alloc::vec::Vec;
use core::fmt;
use core::mem;

use crate::token::{BLOT, Token};

/// So many bytes of a secret that is cut off by the text's beginning or end give it away in part, and are
/// blotted out, too.
const PART: usize = 6;

/// Blots secrets out of one text, wherever the pieces begin and end that it comes in.
///
/// What may be the beginning of a secret is held back until it is known: never more than one is long.
/// Secrets that are written in any other way than they are can't be known.
pub struct Blotter {
    secrets: Vec<Token>,
    /// What isn't known yet.
    held: Vec<u8>,
    /// Whether nothing was passed on yet.
    begins: bool,
}

impl Blotter {
    /// One that has seen nothing of its text. An empty secret is none.
    pub fn new(secrets: &[Token]) -> Self {
        let secrets = secrets.iter().filter(|secret| !secret.reveal().is_empty());
        let mut secrets: Vec<_> = secrets.cloned().collect();
        // Of two that begin alike the longer one is found first.
        secrets.sort_by_key(|secret| core::cmp::Reverse(secret.reveal().len()));
        Self {
            secrets,
            held: Vec::new(),
            begins: true,
        }
    }

    /// Takes the text's next bytes, and adds what can be shown to `shown`.
    pub fn feed(&mut self, bytes: &[u8], shown: &mut Vec<u8>) {
        self.pass_on(bytes, false, shown);
    }

    /// The text is at its end: adds what was held back.
    pub fn finish(&mut self, shown: &mut Vec<u8>) {
        self.pass_on(&[], true, shown);
        self.begins = true;
    }

    /// Whether something is held back.
    pub fn holds_back(&self) -> bool {
        !self.held.is_empty()
    }

    fn pass_on(&mut self, bytes: &[u8], is_end: bool, shown: &mut Vec<u8>) {
        let mut joined = mem::take(&mut self.held);
        let text: &[u8] = if joined.is_empty() {
            bytes
        } else {
            joined.extend_from_slice(bytes);
            &joined
        };
        let mut at = 0;
        if self.begins {
            match self.cut_beginning(text, is_end) {
                None => {
                    self.held = text.to_vec();
                    return;
                }
                Some(0) => {}
                Some(length) => {
                    shown.extend_from_slice(BLOT.as_bytes());
                    at = length;
                }
            }
            self.begins = text.is_empty();
        }
        self.held = self.sift(&text[at..], is_end, shown).to_vec();
    }

    /// Adds what can be shown, and tells what is to be held back.
    fn sift<'a>(&self, text: &'a [u8], is_end: bool, shown: &mut Vec<u8>) -> &'a [u8] {
        let mut rest = text;
        while let Some(at) = rest.iter().position(|byte| self.may_begin_with(*byte)) {
            shown.extend_from_slice(&rest[..at]);
            rest = &rest[at..];
            if !is_end && self.is_part(rest) {
                return rest;
            } else if let Some(length) = self.secret_at(rest) {
                shown.extend_from_slice(BLOT.as_bytes());
                rest = &rest[length..];
            } else if rest.len() >= PART && self.is_part(rest) {
                shown.extend_from_slice(BLOT.as_bytes());
                return &[];
            } else {
                shown.push(rest[0]);
                rest = &rest[1..];
            }
        }
        shown.extend_from_slice(rest);
        &[]
    }

    fn may_begin_with(&self, byte: u8) -> bool {
        self.bytes().any(|secret| secret[0] == byte)
    }

    /// How long the longest secret is that the text begins with.
    fn secret_at(&self, text: &[u8]) -> Option<usize> {
        let mut secrets = self.bytes();
        let found = secrets.find(|secret| text.starts_with(secret))?;
        Some(found.len())
    }

    /// Whether a secret begins with the whole of it, and is longer.
    fn is_part(&self, text: &[u8]) -> bool {
        let mut longer = self.bytes().filter(|secret| secret.len() > text.len());
        longer.any(|secret| secret.starts_with(text))
    }

    /// How much of the text's beginning is the rest of a secret that began before it; `None` where that
    /// isn't known yet. A line's end is in no secret that is made here.
    fn cut_beginning(&self, text: &[u8], is_end: bool) -> Option<usize> {
        let longest = self.secrets.first().map_or(0, |it| it.reveal().len());
        if text.len() < longest && !text.is_empty() && !is_end && !text.contains(&b'\n') {
            return None;
        }
        let ends = self.bytes().flat_map(|secret| {
            let most = secret.len().saturating_sub(PART);
            (1..=most).map(move |from| &secret[from..])
        });
        let cut = ends.filter(|end| text.starts_with(end));
        Some(cut.map(<[u8]>::len).max().unwrap_or(0))
    }

    fn bytes(&self) -> impl Iterator<Item = &[u8]> {
        self.secrets.iter().map(|secret| secret.reveal().as_bytes())
    }
}

impl fmt::Debug for Blotter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blotter")
            .field("held", &self.held.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;

    const SECRET: &str = "abcabd-SECRET-xyz";

    fn shown(secrets: &[&str], pieces: &[&[u8]]) -> String {
        let secrets: Vec<_> = secrets
            .iter()
            .map(|secret| Token::carried(secret))
            .collect();
        let mut blotter = Blotter::new(&secrets);
        let mut shown = Vec::new();
        for piece in pieces {
            blotter.feed(piece, &mut shown);
        }
        blotter.finish(&mut shown);
        String::from_utf8(shown).unwrap()
    }

    #[test]
    fn a_secret_is_blotted_out_wherever_the_text_is_cut() {
        let text = alloc::format!("a ab abcab abc{SECRET}, {SECRET}{SECRET}\nabc");
        let expected = "a ab abcab abc[token], [token][token]\nabc";
        for first in 0..=text.len() {
            for second in first..=text.len() {
                let (head, rest) = text.as_bytes().split_at(first);
                let (middle, tail) = rest.split_at(second - first);
                assert_eq!(shown(&[SECRET], &[head, middle, tail]), expected);
            }
        }
        let bytes: Vec<_> = text.as_bytes().chunks(1).collect();
        assert_eq!(shown(&[SECRET], &bytes), expected);
    }

    #[test]
    fn what_is_cut_off_by_the_beginning_or_the_end_is_blotted_out_in_part() {
        let (head, tail) = (&SECRET[..9], &SECRET[9..]);
        assert_eq!(shown(&[SECRET], &[tail.as_bytes(), b" x"]), "[token] x");
        assert_eq!(shown(&[SECRET], &[b"x ", head.as_bytes()]), "x [token]");
        // So little may be anything.
        assert_eq!(shown(&[SECRET], &[b"-xyz abcab"]), "-xyz abcab");
        assert_eq!(shown(&[SECRET], &[]), "");
    }

    #[test]
    fn several_secrets_and_none() {
        assert_eq!(
            shown(&["one", "other", ""], &[b"one,other,oth"]),
            "[token],[token],oth"
        );
        assert_eq!(shown(&[], &[b"one"]), "one");
        assert_eq!(
            shown(&["ab", "abcd"], &[b"abc", b"abcd"]),
            "[token]c[token]"
        );
    }

    #[test]
    fn nothing_is_held_back_that_can_be_shown() {
        let mut blotter = Blotter::new(&[Token::carried(SECRET)]);
        let mut shown = Vec::new();
        blotter.feed(b"a line\nprompt> ab", &mut shown);
        assert_eq!(shown, b"a line\nprompt> ");
        assert!(blotter.holds_back());
        blotter.feed(b"x", &mut shown);
        assert_eq!(shown, b"a line\nprompt> abx");
        assert!(!blotter.holds_back());
    }
}
