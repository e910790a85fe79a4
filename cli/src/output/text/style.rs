//! How text is set: styles, fields, and words from elsewhere that steer no terminal.

use anstyle::{AnsiColor, Style};

use crate::output::table::table;
use crate::output::terminal::escaped;

pub(crate) const BOLD: Style = Style::new().bold();
pub(crate) const DIM: Style = Style::new().dimmed();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const BUSY: Style = AnsiColor::Yellow.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// How much of a container's id is shown, as with the engine's own command line.
pub(super) const SHORT_ID: usize = 12;

pub(crate) fn styled(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}

/// Text from elsewhere, with what would steer a terminal written out. All that is printed is seen to on
/// its way out; here it is done where columns are measured and where a style of somebody else's would
/// pass for one of ours.
pub(super) fn printable(text: &str) -> String {
    escaped(text)
}

/// The same, on one line.
pub(crate) fn word(text: &str) -> String {
    printable(text).replace('\n', "\\n")
}

pub(super) fn fields(rows: Vec<(&str, String)>) -> String {
    let rows: Vec<_> = rows
        .into_iter()
        .map(|(name, value)| vec![format!("  {}", styled(DIM, name)), value])
        .collect();
    table(&rows)
}

pub(super) fn short(id: &str) -> &str {
    id.get(..SHORT_ID).unwrap_or(id)
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
