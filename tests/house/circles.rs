//! Modules of one crate that name each other in a circle. None of them can be understood, or moved,
//! without the others.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use petgraph::algo::tarjan_scc;
use petgraph::graphmap::DiGraphMap;

use crate::fault::Fault;
use crate::modules::{Arrow, Modules};
use crate::workspace::Workspace;

/// Modules that name each other in a circle today: all that can be reached from each other.
pub struct Circle {
    /// The file that their library or program begins with.
    pub root: &'static str,
    /// Their files, without the part that they share.
    pub modules: &'static [&'static str],
}

/// So many arrows of a circle are shown.
const SHOWN: usize = 12;

const WAY_OUT: &str = "move what both need to a module below both, so that arrows run down alone";

/// Circles that aren't allowed, and allowances that aren't needed.
pub fn faults(workspace: &Workspace, allowed: &[Circle]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut needed = vec![false; allowed.len()];
    let roots = workspace
        .members()
        .iter()
        .flat_map(|member| member.roots(workspace));
    for root in roots {
        let (folder, _) = root.rsplit_once('/').unwrap_or_default();
        let arrows = Modules::of(workspace, &root).arrows();
        for circle in circles(&arrows) {
            let shared = format!("{folder}/");
            let modules: BTreeSet<_> = circle
                .iter()
                .map(|file| file.strip_prefix(&shared).unwrap_or(file))
                .collect();
            let entry = allowed.iter().position(|entry| {
                entry.root == root
                    && entry.modules.iter().copied().collect::<BTreeSet<_>>() == modules
            });
            match entry {
                Some(entry) => needed[entry] = true,
                None => faults.push(told(&root, &modules, &circle, &arrows)),
            }
        }
    }
    let spare = allowed.iter().zip(needed).filter(|(_, needed)| !needed);
    faults.extend(spare.map(|(entry, _)| {
        let Circle { root, modules } = entry;
        let what = format!(
            "these name each other in no such circle any more: {root}, {}",
            modules.join(", ")
        );
        Fault::of_allowance(
            "CIRCLES",
            what,
            "take it off the list, or write there what is left of it",
        )
    }));
    faults
}

/// Each lot of files that can be reached from each other.
fn circles(arrows: &[Arrow]) -> Vec<BTreeSet<&str>> {
    let graph: DiGraphMap<_, ()> = arrows
        .iter()
        .map(|arrow| (arrow.from.as_str(), arrow.to.as_str()))
        .collect();
    let lots = tarjan_scc(&graph).into_iter();
    lots.filter(|lot| lot.len() > 1)
        .map(|lot| lot.into_iter().collect())
        .collect()
}

/// A new circle, with the arrows that make it.
fn told(root: &str, modules: &BTreeSet<&str>, circle: &BTreeSet<&str>, arrows: &[Arrow]) -> Fault {
    let inside: BTreeSet<_> = arrows
        .iter()
        .filter(|arrow| circle.contains(arrow.from.as_str()) && circle.contains(arrow.to.as_str()))
        .collect();
    let mut what = format!(
        "modules of {root} name each other in a circle that isn't on the list: {modules:?}"
    );
    let mut before = None;
    let one_each = inside
        .iter()
        .filter(|arrow| before.replace((&arrow.from, &arrow.to)) != Some((&arrow.from, &arrow.to)));
    for Arrow {
        from,
        to,
        line,
        path,
    } in one_each.take(SHOWN)
    {
        // A string can always be written to.
        let _ = write!(what, "\n    {from}:{line}: {path}, of {to}");
    }
    let first = inside.first().expect("a circle has arrows");
    Fault {
        file: first.from.clone(),
        line: first.line,
        what,
        way_out: WAY_OUT.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A crate whose module `b` names what is there in `a`.
    fn workspace(b: &str) -> Workspace {
        Workspace::of(&[
            ("Cargo.toml", "workspace.members = [\"made-up\"]"),
            ("made-up/Cargo.toml", "package.name = \"made-up\""),
            ("made-up/src/lib.rs", "mod a; mod b; pub use a::A;"),
            ("made-up/src/a.rs", "pub struct A;\nfn f(_: crate::b::B) {}"),
            ("made-up/src/b.rs", b),
        ])
    }

    const NONE: &str = "pub struct B;";
    const ONE: &str = "pub struct B;\nuse crate::A;";
    const ALLOWED: &[Circle] = &[Circle {
        root: "made-up/src/lib.rs",
        modules: &["a.rs", "b.rs"],
    }];

    #[test]
    fn where_arrows_run_down_alone_there_is_none() {
        assert_eq!(faults(&workspace(NONE), &[]), []);
    }

    #[test]
    fn a_circle_is_told_with_its_arrows() {
        let faults = faults(&workspace(ONE), &[]);
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert_eq!(
            (faults[0].file.as_str(), faults[0].line),
            ("made-up/src/a.rs", 2)
        );
        for arrow in ["a.rs:2: crate::b::B", "b.rs:2: crate::A"] {
            assert!(faults[0].what.contains(arrow), "{faults:?}");
        }
    }

    #[test]
    fn a_parent_and_a_child_that_name_each_other_are_one() {
        let up = "pub struct B;\nuse super::Root;";
        let files = [
            ("Cargo.toml", "workspace.members = [\"made-up\"]"),
            ("made-up/Cargo.toml", "package.name = \"made-up\""),
            ("made-up/src/main.rs", "mod b; struct Root(b::B);"),
            ("made-up/src/b.rs", up),
        ];
        assert_eq!(faults(&Workspace::of(&files), &[]).len(), 1);
    }

    #[test]
    fn an_allowed_circle_is_no_fault_until_it_is_gone() {
        assert_eq!(faults(&workspace(ONE), ALLOWED), []);
        let faults = faults(&workspace(NONE), ALLOWED);
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert_eq!(faults[0].file, "tests/house/allowed.rs");
    }
}
