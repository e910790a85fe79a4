//! The way to a terminal: nothing that is sent there steers it, whoever the text is from.
//!
//! Ids, images, logs of containers and words of engines are others' texts. A control character in one
//! could clear the screen; one that sets the direction of writing could have another user's name be
//! read in a question.

use std::io::{self, Write};

/// A writer that leads to a terminal, or may do so. Whatever would steer the terminal is written out, as
/// in `\u{202e}`, but for ends of lines and styles. Texts are written to it whole, since a style that is
/// cut in two isn't known for one.
pub(crate) struct Terminal<W>(pub(crate) W);

impl<W: Write> Write for Terminal<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        self.0.write_all(harmless(&text).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Text with what would steer a terminal written out, but for ends of lines and styles.
pub(super) fn harmless(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(char) = rest.chars().next() {
        let style = style_at_start(rest);
        if style.is_empty() {
            push(char, &mut safe);
            rest = &rest[char.len_utf8()..];
        } else {
            safe.push_str(style);
            rest = &rest[style.len()..];
        }
    }
    safe
}

/// Text with whatever would steer a terminal written out, styles among it, but for ends of lines.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for char in text.chars() {
        push(char, &mut safe);
    }
    safe
}

fn push(char: char, safe: &mut String) {
    if char != '\n' && steers(char) {
        safe.extend(char.escape_default());
    } else {
        safe.push(char);
    }
}

/// Whether it is nothing that can be seen: a control, a mark of direction, a separator of lines, one
/// that has no width. The standard library writes those out for programmers, and besides them only
/// quotes and backslashes, and what changes the character before where none stands before.
fn steers(char: char) -> bool {
    let mut pair = String::from("x");
    pair.push(char);
    !matches!(char, '"' | '\'' | '\\') && !pair.escape_debug().eq(pair.chars())
}

/// The escape sequence that sets colour and weight, where the text begins with one.
fn style_at_start(text: &str) -> &str {
    let Some(behind) = text.strip_prefix("\u{1b}[") else {
        return "";
    };
    let numbers = behind.trim_start_matches(|char: char| char.is_ascii_digit() || char == ';');
    if numbers.starts_with('m') {
        &text[..=text.len() - numbers.len()]
    } else {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_is_written_out() {
        for (text, shown) in [
            ("a\u{1b}[2Jb\r\u{9b}\tc", r"a\u{1b}[2Jb\r\u{9b}\tc"),
            (
                "a\u{202e}b\u{2066}c\u{200f}",
                r"a\u{202e}b\u{2066}c\u{200f}",
            ),
            ("a\u{2028}b\u{2029}c\u{85}", r"a\u{2028}b\u{2029}c\u{85}"),
            (
                "a\u{200b}b\u{feff}c\u{e0041}",
                r"a\u{200b}b\u{feff}c\u{e0041}",
            ),
        ] {
            assert_eq!(escaped(text), shown);
            assert_eq!(harmless(text), shown);
        }
    }

    #[test]
    fn what_can_be_seen_stays() {
        for text in ["日本 \n", "e\u{301}", "עברית", r#"it's "a\b""#, "…─█ 🦀"] {
            assert_eq!(escaped(text), text);
        }
    }

    #[test]
    fn styles_are_ours_until_a_text_is_escaped() {
        let bold = "\u{1b}[1;31mx\u{1b}[0m";
        assert_eq!(harmless(bold), bold);
        assert_eq!(escaped(bold), r"\u{1b}[1;31mx\u{1b}[0m");
        assert_eq!(harmless("\u{1b}[1Kx\u{1b}[1"), r"\u{1b}[1Kx\u{1b}[1");
    }

    #[test]
    fn a_writer_escapes_and_takes_all() {
        let mut seen = Vec::new();
        Terminal(&mut seen)
            .write_all("a\u{202e}b\n".as_bytes())
            .unwrap();
        assert_eq!(
            seen,
            br"a\u{202e}b"
                .iter()
                .chain(b"\n")
                .copied()
                .collect::<Vec<_>>()
        );
    }
}
