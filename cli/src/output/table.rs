//! Columns of text, aligned by what a terminal shows of them.

use console::{Alignment, measure_text_width, pad_str};

/// Rows as lines with aligned columns. Cells may hold colours and any script.
pub(crate) fn table(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<_> = (0..columns)
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells
                .map(|cell| measure_text_width(cell))
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for row in rows {
        let cells = row.iter().zip(&widths);
        let cells = cells.map(|(cell, width)| pad_str(cell, *width, Alignment::Left, None));
        let line = cells.collect::<Vec<_>>().join("  ");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
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
}
