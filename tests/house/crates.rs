//! Which crate may depend on which.

use std::collections::BTreeSet;

use crate::fault::Fault;
use crate::workspace::{Member, Workspace};

/// The crates of ours that a crate depends on.
pub struct Dependencies {
    pub of: &'static str,
    /// What is linked into it, and what it is built with.
    pub on: &'static [&'static str],
    /// Beside those, what its tests, benches and examples need.
    pub in_tests: &'static [&'static str],
}

/// Dependencies that aren't drawn, and drawn ones that aren't there.
pub fn faults(workspace: &Workspace, drawn: &[Dependencies]) -> Vec<Fault> {
    let ours: BTreeSet<_> = workspace
        .members()
        .iter()
        .map(|member| member.name.as_str())
        .collect();
    let mut faults = Vec::new();
    for member in workspace.members() {
        let Some(drawn) = drawn.iter().find(|drawn| drawn.of == member.name) else {
            faults.push(Fault {
                file: format!("{}/Cargo.toml", member.folder),
                line: 1,
                what: format!("the crate {} isn't drawn", member.name),
                way_out: "say in DEPENDENCIES of tests/house/allowed.rs what it may depend on"
                    .to_owned(),
            });
            continue;
        };
        let linked = found(member, &ours, &["dependencies", "build-dependencies"]);
        let in_tests = found(member, &ours, &["dev-dependencies"]);
        faults.extend(compared(workspace, member, "depends on", &linked, drawn.on));
        faults.extend(compared(
            workspace,
            member,
            "in its tests depends on",
            &in_tests,
            drawn.in_tests,
        ));
    }
    let gone = drawn.iter().filter(|drawn| !ours.contains(drawn.of));
    faults.extend(gone.map(|drawn| spare(format!("there is no crate {}", drawn.of))));
    faults
}

fn compared(
    workspace: &Workspace,
    member: &Member,
    how: &str,
    found: &BTreeSet<&str>,
    drawn: &[&'static str],
) -> Vec<Fault> {
    let drawn: BTreeSet<_> = drawn.iter().copied().collect();
    let file = format!("{}/Cargo.toml", member.folder);
    let text = workspace.text(&file).unwrap_or_default();
    let new = found.difference(&drawn).map(|on| Fault {
        file: file.clone(),
        line: 1 + text.lines().position(|line| line.starts_with(on)).unwrap_or_default(),
        what: format!("{} {how} {on}, which isn't drawn", member.name),
        way_out: "arrows run one way, as ARCHITECTURE.md tells: move what is needed to where both may name it, or draw \
                  the arrow in DEPENDENCIES of tests/house/allowed.rs"
            .to_owned(),
    });
    let gone = drawn
        .difference(found)
        .map(|on| spare(format!("{} no longer {how} {on}", member.name)));
    new.chain(gone).collect()
}

fn spare(what: String) -> Fault {
    Fault::of_allowance("DEPENDENCIES", what, "take it off the list")
}

/// The crates of ours among the dependencies in these parts of a manifest, by their own names.
fn found<'a>(member: &'a Member, ours: &BTreeSet<&'a str>, parts: &[&str]) -> BTreeSet<&'a str> {
    let tables = parts
        .iter()
        .filter_map(|part| member.manifest.get(*part)?.as_table());
    tables
        .flatten()
        .map(|(name, told)| {
            let package = told.get("package").and_then(|package| package.as_str());
            package.unwrap_or(name.as_str())
        })
        .filter(|name| ours.contains(name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace(low: &str, high: &str) -> Workspace {
        Workspace::of(&[
            ("Cargo.toml", "workspace.members = [\"low\", \"high\"]"),
            (
                "low/Cargo.toml",
                &format!("[package]\nname = \"low\"\n{low}"),
            ),
            (
                "high/Cargo.toml",
                &format!("[package]\nname = \"high\"\n{high}"),
            ),
        ])
    }

    const DRAWN: &[Dependencies] = &[
        Dependencies {
            of: "low",
            on: &[],
            in_tests: &[],
        },
        Dependencies {
            of: "high",
            on: &["low"],
            in_tests: &[],
        },
    ];
    const LOW: &str = "[dependencies]\nserde = \"1\"\nlow.workspace = true\n";

    #[test]
    fn what_is_as_drawn_is_well() {
        assert_eq!(faults(&workspace("", LOW), DRAWN), []);
    }

    #[test]
    fn an_arrow_that_is_not_drawn_is_told_of() {
        let up = "[dev-dependencies]\nhigher = { path = \"../high\", package = \"high\" }\n";
        let faults = faults(&workspace(up, LOW), DRAWN);
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert_eq!(faults[0].file, "low/Cargo.toml");
        assert!(
            faults[0].what.contains("low in its tests depends on high"),
            "{faults:?}"
        );
    }

    #[test]
    fn an_arrow_that_is_gone_leaves_the_drawing() {
        let told = faults(&workspace("", ""), DRAWN);
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(
            told[0].what.contains("high no longer depends on low"),
            "{told:?}"
        );
        assert_eq!(
            faults(&workspace("", LOW), &DRAWN[1..]).len(),
            1,
            "a crate that isn't drawn"
        );
    }
}
