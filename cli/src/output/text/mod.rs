//! The text for people: what each document comes to.

mod all;
mod one;
mod program;
mod when;

use anstyle::{AnsiColor, Style};
use portreeve_api::Reason;

use super::table::table;

pub(crate) use all::{health, reaped, rekeyed, repaired};
pub(crate) use one::{adopted, ensured, limited, list, purged, rotated, status, stopped, touched};
pub(crate) use program::{configuration, diagnosis, simulated_engine};

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const BUSY: Style = AnsiColor::Yellow.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// How much of a container's id is shown, as with the engine's own command line.
const SHORT_ID: usize = 12;

pub(crate) fn styled(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Text from elsewhere, with what would steer a terminal written out.
fn printable(text: &str) -> String {
    text.chars()
        .flat_map(|char| {
            let steers = char.is_control() && char != '\n';
            let escaped = steers.then(|| char.escape_default());
            let plain = (!steers).then_some(char);
            escaped.into_iter().flatten().chain(plain)
        })
        .collect()
}

/// The same, on one line.
pub(crate) fn word(text: &str) -> String {
    printable(text).replace('\n', "\\n")
}

fn fields(rows: Vec<(&str, String)>) -> String {
    let rows: Vec<_> = rows
        .into_iter()
        .map(|(name, value)| vec![format!("  {}", styled(DIM, name)), value])
        .collect();
    table(&rows)
}

fn short(id: &str) -> &str {
    id.get(..SHORT_ID).unwrap_or(id)
}

/// Why something failed, and the way out.
pub(super) fn failure(reason: &Reason) -> String {
    format!(
        "{} {}\n  {} {}\n",
        styled(BAD, "error:"),
        printable(&reason.message),
        styled(DIM, "hint:"),
        printable(&reason.hint)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_elsewhere_steers_the_terminal() {
        assert_eq!(
            printable("a\u{1b}[2Jb\r\u{9b}\tc"),
            "a\\u{1b}[2Jb\\r\\u{9b}\\tc"
        );
        assert_eq!(printable("日本 \n"), "日本 \n");
        assert_eq!(word("a\nb"), "a\\nb");
    }
}
