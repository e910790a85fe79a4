//! Columns of text, aligned by what a terminal shows of them.

use console::{Alignment, Term, measure_text_width, pad_str, truncate_str};

/// What stands between two columns.
const GAP: &str = "  ";

/// What stands for what is cut off.
const CUT: &str = "…";
/// No column is cut to less.
const NARROWEST: usize = 8;
/// So wide is a terminal that nobody has made any wider.
const TERMINAL: usize = 80;

/// Rows as lines with aligned columns. Cells may hold colours and any script.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    Table::default().lines(rows)
}

/// A table that is shown while its rows come, some at a time. Its columns are as wide as those take that
/// have come so far: they may get wider, and never narrower.
#[derive(Default)]
pub(crate) struct Table {
    widths: Vec<usize>,
    /// How wide it may be, where that matters: cells are cut then.
    limit: Option<usize>,
}

impl Table {
    /// One that fits the terminal that stdout is, if it is one. Whatever else reads it gets all.
    pub(crate) fn for_stdout() -> Self {
        let terminal = Term::stdout();
        let width = || usize::from(terminal.size().1);
        Self {
            widths: Vec::new(),
            limit: terminal.is_term().then(width),
        }
    }

    /// The next rows as lines.
    pub(crate) fn lines(&mut self, rows: &[Vec<String>]) -> String {
        self.make_room_for(rows);
        let widths = self.limit.map_or_else(
            || self.widths.clone(),
            |limit| fitting(self.widths.clone(), limit),
        );
        let cut = self.limit.map(|_| CUT);
        let mut text = String::new();
        for row in rows {
            let cells = row.iter().zip(&widths);
            let cells = cells.map(|(cell, width)| match cut {
                Some(cut) => {
                    let cell = truncate_str(cell, *width, cut);
                    pad_str(&cell, *width, Alignment::Left, None).into_owned()
                }
                None => pad_str(cell, *width, Alignment::Left, None).into_owned(),
            });
            let line = cells.collect::<Vec<_>>().join(GAP);
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    /// Each column gets as wide as its widest cell. Where the last one would then begin behind a terminal's
    /// end, each gets as wide as nine of ten of its cells take, and the others stick out of their rows
    /// alone: one long id isn't to push everybody's row out of sight.
    fn make_room_for(&mut self, rows: &[Vec<String>]) {
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        let sorted: Vec<_> = (0..columns).map(|column| widths(rows, column)).collect();
        let widest: Vec<_> = sorted.iter().map(|all| at_tenth(all, 10)).collect();
        let last_begins: usize = widest.iter().rev().skip(1).map(|it| it + GAP.len()).sum();
        let wanted = if self.limit.is_some() || last_begins < TERMINAL {
            widest
        } else {
            sorted.iter().map(|all| at_tenth(all, 9)).collect()
        };
        self.widths.resize(self.widths.len().max(columns), 0);
        for (width, wanted) in self.widths.iter_mut().zip(wanted) {
            *width = wanted.max(*width);
        }
    }
}

/// The widths of columns that fit into so much, the widest of which give way first.
fn fitting(mut widths: Vec<usize>, limit: usize) -> Vec<usize> {
    let gaps = widths.len().saturating_sub(1) * GAP.len();
    let mut excess = (widths.iter().sum::<usize>() + gaps).saturating_sub(limit);
    while excess > 0
        && let Some(widest) = widths.iter_mut().filter(|it| **it > NARROWEST).max()
    {
        *widest -= 1;
        excess -= 1;
    }
    widths
}

/// How wide the cells of a column are, the narrowest first.
fn widths(rows: &[Vec<String>], column: usize) -> Vec<usize> {
    let cells = rows.iter().filter_map(|row| row.get(column));
    let mut widths: Vec<_> = cells.map(|cell| measure_text_width(cell)).collect();
    widths.sort_unstable();
    widths
}

/// The width into which so many tenths of the cells fit.
fn at_tenth(sorted: &[usize], tenths: usize) -> usize {
    let fitting = (sorted.len() * tenths).div_ceil(10);
    let last = fitting.checked_sub(1).and_then(|last| sorted.get(last));
    last.copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_by_what_is_seen() {
        let row = |one: &str, other: &str| vec![one.to_owned(), other.to_owned()];
        let text = table(&[
            row("日本", "x"),
            row("\u{1b}[1mabc\u{1b}[0m", "y"),
            row("", "z"),
        ]);
        assert_eq!(text, "日本  x\n\u{1b}[1mabc\u{1b}[0m   y\n      z\n");
    }

    fn row(cells: &[&str]) -> Vec<String> {
        cells.iter().copied().map(str::to_owned).collect()
    }

    #[test]
    fn columns_get_wider_with_later_rows_and_never_narrower() {
        let mut table = Table::default();
        assert_eq!(table.lines(&[row(&["ab", "x"])]), "ab  x\n");
        assert_eq!(table.lines(&[row(&["abcd", "x"])]), "abcd  x\n");
        assert_eq!(table.lines(&[row(&["a", "x"])]), "a     x\n");
        assert_eq!(table.lines(&[]), "");
    }

    #[test]
    fn on_a_terminal_every_row_fits_and_the_widest_columns_are_cut() {
        let mut table = Table {
            limit: Some(40),
            ..Table::default()
        };
        let user = "u".repeat(30);
        let container = "c".repeat(50);
        let text = table.lines(&[
            row(&["USER", "STATUS", "CONTAINER"]),
            row(&[&user, "running", &container]),
            row(&["\u{1b}[1mbob\u{1b}[0m", "stopped", "-"]),
        ]);
        let lines: Vec<_> = text.lines().collect();
        assert!(
            lines.iter().all(|line| measure_text_width(line) <= 40),
            "{text}"
        );
        let (user, container) = (&user[..14], &container[..13]);
        assert_eq!(lines[1], format!("{user}…  running  {container}…"));
    }

    #[test]
    fn one_long_cell_pushes_no_row_but_its_own_out_of_a_terminal() {
        let long = "u".repeat(90);
        let mut rows = vec![row(&["short", "running", "n"]); 20];
        rows.insert(7, row(&[&long, "stopped", "n"]));
        let text = table(&rows);
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines[0], "short  running  n");
        assert_eq!(lines[7], format!("{long}  stopped  n"));
        assert_eq!(lines[8], lines[0]);

        // Where it fits, or all are as long, all are aligned.
        for long in ["u".repeat(60), "u".repeat(90)] {
            let mut rows = vec![row(&[&long, "running", "n"]); 20];
            rows.push(row(&["short", "running", "n"]));
            let text = table(&rows);
            let ends = text.lines().map(str::len);
            assert!(ends.clone().all(|end| end == long.len() + 12), "{text}");
        }
    }
}
