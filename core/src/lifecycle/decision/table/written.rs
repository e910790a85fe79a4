//! The table as ARCHITECTURE.md has it.

use std::fmt::Write as _;
use std::string::String;
use std::{format, println};

use super::decision_table;

/// The table in ARCHITECTURE.md is this one. `PORTREEVE_UPDATE_DOCS=1` writes it there.
#[test]
fn the_written_table_is_true() {
    const BEGIN: &str = "<!-- decision table: begin -->\n";
    const END: &str = "<!-- decision table: end -->";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../ARCHITECTURE.md");
    let page = std::fs::read_to_string(path).expect("ARCHITECTURE.md stands at the top");
    let mut table = String::from("| # | goal | when | then |\n|--:|---|---|---|\n");
    for (number, [goal, when, then]) in decision_table().enumerate() {
        writeln!(table, "| {} | {goal} | {when} | {then} |", number + 1).expect("memory");
    }
    let (before, rest) = page.split_once(BEGIN).expect("the table's beginning");
    let (written, after) = rest.split_once(END).expect("the table's end");
    if std::env::var_os("PORTREEVE_UPDATE_DOCS").is_some() {
        let page = format!("{before}{BEGIN}{table}{END}{after}");
        std::fs::write(path, page).expect("ARCHITECTURE.md can be written");
        println!("ARCHITECTURE.md is up to date");
    } else {
        assert_eq!(
            written, table,
            "run with PORTREEVE_UPDATE_DOCS=1 to write it anew"
        );
    }
}
