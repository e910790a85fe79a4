//! What containers take of the machine.

use bytesize::ByteSize;
use console::truncate_str;
use portreeve_api::Usage;

use super::super::table::table;
use super::style::{BAD, DIM, styled, word};
use super::when;

/// A user's id is cut where it is longer, so that a row fits eighty columns.
const LONGEST: usize = 26;
/// So wide is a terminal that nobody has made any wider.
const TERMINAL: usize = 80;
/// The head, and the line below that tells what isn't shown; below a picture stands the cursor.
const BESIDES: usize = 3;

/// Those who run, as far as there is room for so many lines.
pub(crate) fn usage(reading: &[Usage], lines: usize) -> String {
    if reading.is_empty() {
        return "Nobody runs.\n".to_owned();
    }
    let head = ["USER", "CPU", "MEMORY", "RECEIVED", "SENT", "IDLE"];
    let room = lines.saturating_sub(BESIDES);
    let mut rows = vec![head.iter().map(|title| styled(DIM, title)).collect()];
    rows.extend(reading.iter().take(room).map(row));
    let mut text = table(&rows);
    for of in reading.iter().take(room) {
        if let Some(why) = &of.error {
            let why = format!("{}: {}", name(of), word(why));
            text.push_str(&styled(BAD, truncate_str(&why, TERMINAL, "…")));
            text.push('\n');
        }
    }
    if let Some(more) = reading.len().checked_sub(room).filter(|more| *more > 0) {
        text.push_str(&styled(DIM, format!("… and {more} more")));
        text.push('\n');
    }
    text
}

fn row(of: &Usage) -> Vec<String> {
    let memory = match (of.memory_bytes, of.memory_limit_bytes) {
        (Some(memory), Some(limit)) => format!("{} / {}", size(memory), size(limit)),
        (memory, _) => memory.map_or("-".to_owned(), size),
    };
    vec![
        name(of),
        of.cpu_percent
            .map_or("-".to_owned(), |share| format!("{share:.1}%")),
        memory,
        of.received_bytes.map_or("-".to_owned(), size),
        of.sent_bytes.map_or("-".to_owned(), size),
        of.last_active.map_or("-".to_owned(), when::since),
    ]
}

fn name(of: &Usage) -> String {
    truncate_str(&word(&of.user), LONGEST, "…").into_owned()
}

fn size(bytes: u64) -> String {
    ByteSize::b(bytes).display().iec_short().to_string()
}

#[cfg(test)]
mod tests {
    use console::{measure_text_width, strip_ansi_codes};

    use super::*;

    fn of(user: &str, error: Option<&str>) -> Usage {
        Usage {
            user: user.to_owned(),
            container_id: None,
            cpu_percent: Some(1234.56),
            memory_bytes: Some(1023 << 20),
            memory_limit_bytes: Some(1023 << 30),
            received_bytes: Some(1023 << 30),
            sent_bytes: Some(1 << 20),
            last_active: None,
            error: error.map(str::to_owned),
        }
    }

    #[test]
    fn a_row_fits_eighty_columns() {
        let reading = [
            of(&"u".repeat(90), None),
            of("\u{1b}[2J", Some(&"no ".repeat(40))),
        ];
        let text = usage(&reading, usize::MAX);
        for line in text.lines() {
            assert!(measure_text_width(line) <= 80, "{line}");
        }
        assert!(text.contains("\\u{1b}[2J"), "{text}");
    }

    #[test]
    fn what_has_no_room_is_counted() {
        let reading = [of("a", None), of("b", None), of("c", None)];
        let text = usage(&reading, 4);
        let text = strip_ansi_codes(&text);
        let lines: Vec<_> = text.lines().collect();
        assert!(lines.len() == 3 && lines[2] == "… and 2 more", "{text}");
        assert_eq!(usage(&[], 4), "Nobody runs.\n");
    }
}
