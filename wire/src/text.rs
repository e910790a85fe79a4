//! Texts from outside, made fit to be shown and kept.

/// The longest text kept of an engine's words or a container's line, in bytes.
const LONGEST: usize = 1000;

/// A text as one line: without terminal control sequences and other control characters (databases
/// and terminals don't take them all), and cut where it is too long.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len().min(LONGEST));
    let mut rest = text.trim_end().chars().peekable();
    while let Some(character) = rest.next() {
        if character == '\u{1b}' && rest.next_if_eq(&'[').is_some() {
            // A control sequence ends with its first byte from `@` to `~`.
            rest.by_ref().find(|end| matches!(end, '@'..='~'));
            continue;
        }
        let shown = match character {
            '\n' | '\t' => ' ',
            other if other.is_control() => continue,
            other => other,
        };
        if line.len() + shown.len_utf8() > LONGEST {
            line.push('…');
            break;
        }
        line.push(shown);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_and_sequences_go() {
        assert_eq!(
            one_line("\u{1b}[1;31merror\u{1b}[0m:\ta\0b\u{7}\r\n"),
            "error: ab"
        );
        assert_eq!(one_line("a\nb\u{1b}[31"), "a b");
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let cut = one_line(&"é".repeat(5000));
        assert_eq!(cut, "é".repeat(LONGEST / 2) + "…");
    }
}
