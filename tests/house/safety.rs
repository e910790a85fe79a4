//! That nothing is unsafe, and that the core does without the standard library.

use proc_macro2::{TokenStream, TokenTree};
use syn::{Attribute, Meta};

use crate::fault::Fault;
use crate::modules::Modules;
use crate::workspace::Workspace;

/// A file that may be unsafe.
pub struct Unsafe {
    pub file: &'static str,
    pub because: &'static str,
}

/// The library that is to do without.
const CORE: &str = "core/src/lib.rs";

/// Crates without the workspace's lints, and what is unsafe where it may not be.
pub fn unsafe_code(workspace: &Workspace, allowed: &[Unsafe]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let lints = workspace
        .manifest()
        .get("workspace")
        .and_then(|workspace| workspace.get("lints"));
    let forbids =
        |lints: &toml::Value| Some(lints.get("rust")?.get("unsafe_code")?.as_str()? == "forbid");
    if lints.and_then(forbids) != Some(true) {
        faults.push(Fault {
            file: "Cargo.toml".to_owned(),
            line: 1,
            what: "the workspace's lints don't forbid unsafe code".to_owned(),
            way_out: "write unsafe_code = \"forbid\" under [workspace.lints.rust]".to_owned(),
        });
    }
    for member in workspace.members() {
        let lints = member.manifest.get("lints");
        let inherited = lints.and_then(|lints| lints.get("workspace")?.as_bool()) == Some(true);
        let excused = allowed
            .iter()
            .any(|entry| entry.file.starts_with(&format!("{}/", member.folder)));
        if !inherited && !excused {
            faults.push(Fault {
                file: format!("{}/Cargo.toml", member.folder),
                line: 1,
                what: format!(
                    "the crate {} doesn't have the workspace's lints",
                    member.name
                ),
                way_out: "write workspace = true under [lints]".to_owned(),
            });
        }
    }
    let mut needed = vec![false; allowed.len()];
    for (path, text) in workspace.sources() {
        let tokens: TokenStream = text
            .parse()
            .unwrap_or_else(|error| panic!("{path}: {error}"));
        let Some(line) = first_unsafe(tokens) else {
            continue;
        };
        match allowed.iter().position(|entry| entry.file == path) {
            Some(entry) => needed[entry] = true,
            None => faults.push(Fault {
                file: path.to_owned(),
                line,
                what: "this is unsafe".to_owned(),
                way_out: "use a library that is kept well and does it safely".to_owned(),
            }),
        }
    }
    let spare = allowed.iter().zip(needed).filter(|(_, needed)| !needed);
    faults.extend(spare.map(|(entry, _)| {
        let what = format!(
            "nothing is unsafe any more in {} ({})",
            entry.file, entry.because
        );
        Fault::of_allowance("UNSAFE", what, "take it off the list")
    }));
    faults
}

/// The line of the first `unsafe`, in macros too.
fn first_unsafe(tokens: TokenStream) -> Option<usize> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) if ident == "unsafe" => Some(ident.span().start().line),
        TokenTree::Group(group) => first_unsafe(group.stream()),
        _ => None,
    })
}

/// What keeps the core from being free of `std` and of unsafe code.
pub fn std_in_core(workspace: &Workspace) -> Vec<Fault> {
    let text = workspace.text(CORE).expect("there is a core");
    let attributes = Workspace::parsed(CORE, text).attrs;
    let wanted = [("no_std", ""), ("forbid", "unsafe_code")];
    let missing = wanted
        .into_iter()
        .filter(|(name, of)| !attributes.iter().any(|one| is(one, name, of)));
    let missing = missing.map(|(name, of)| {
        let whole = if of.is_empty() {
            name.to_owned()
        } else {
            format!("{name}({of})")
        };
        Fault {
            file: CORE.to_owned(),
            line: 1,
            what: format!("#![{whole}] is missing"),
            way_out: "the core is pure: write it there again".to_owned(),
        }
    });
    let modules = Modules::of(workspace, CORE);
    let named = modules
        .mentions()
        .filter(|(_, mention)| mention.path[0] == "std");
    let named = named.map(|(file, mention)| Fault {
        file: file.to_owned(),
        line: mention.line,
        what: format!("the core names {}", mention.path.join("::")),
        way_out: "use core or alloc; clocks, files, threads and entropy belong to the drivers"
            .to_owned(),
    });
    missing.chain(named).collect()
}

fn is(attribute: &Attribute, name: &str, of: &str) -> bool {
    let inner = match &attribute.meta {
        Meta::List(list) => list.tokens.to_string(),
        _ => String::new(),
    };
    attribute.path().is_ident(name) && inner.contains(of)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str =
        "[workspace]\nmembers = [\"core\"]\n[workspace.lints.rust]\nunsafe_code = \"forbid\"";
    const MEMBER: &str = "package.name = \"core\"\nlints.workspace = true";
    const PURE: &str = "#![no_std]\n#![forbid(unsafe_code)]\n";

    fn workspace(root: &str, member: &str, lib: &str) -> Workspace {
        Workspace::of(&[
            ("Cargo.toml", root),
            ("core/Cargo.toml", member),
            ("core/src/lib.rs", &format!("{PURE}{lib}")),
        ])
    }

    #[test]
    fn what_is_safe_is_well() {
        assert_eq!(
            unsafe_code(
                &workspace(ROOT, MEMBER, "// unsafe\nconst A: &str = \"unsafe\";"),
                &[]
            ),
            []
        );
    }

    #[test]
    fn what_is_unsafe_is_told_of_in_macros_too() {
        for lib in ["fn f() { unsafe {} }", "m! { unsafe }"] {
            let faults = unsafe_code(&workspace(ROOT, MEMBER, lib), &[]);
            assert_eq!(faults.len(), 1, "{faults:?}");
            assert_eq!(
                (faults[0].file.as_str(), faults[0].line),
                ("core/src/lib.rs", 3)
            );
        }
    }

    #[test]
    fn lints_that_are_missing_are_told_of() {
        let faults = unsafe_code(&workspace(ROOT, "package.name = \"core\"", ""), &[]);
        assert_eq!(faults.len(), 1, "{faults:?}");
        let faults = unsafe_code(
            &workspace("workspace.members = [\"core\"]", MEMBER, ""),
            &[],
        );
        assert_eq!(faults.len(), 1, "{faults:?}");
    }

    #[test]
    fn an_exception_is_not_to_be_kept() {
        let exception = [Unsafe {
            file: "core/src/lib.rs",
            because: "of a test",
        }];
        assert_eq!(
            unsafe_code(&workspace(ROOT, MEMBER, "unsafe fn f() {}"), &exception),
            []
        );
        assert_eq!(
            unsafe_code(&workspace(ROOT, MEMBER, ""), &exception).len(),
            1
        );
    }

    #[test]
    fn std_is_for_the_cores_tests_alone() {
        let well =
            "use core::fmt; #[cfg(test)] extern crate std; #[cfg(test)] mod tests { use std::fs; }";
        assert_eq!(std_in_core(&workspace(ROOT, MEMBER, well)), []);
        for lib in [
            "use std::fs;",
            "fn f() {\n std::fs::read(\"\") }",
            "fn f() { m!(std::time::Instant) }",
        ] {
            assert_eq!(std_in_core(&workspace(ROOT, MEMBER, lib)).len(), 1, "{lib}");
        }
    }

    #[test]
    fn the_cores_own_words_are_missed() {
        let files = [
            ("Cargo.toml", ROOT),
            ("core/Cargo.toml", MEMBER),
            ("core/src/lib.rs", "#![forbid(missing_docs)]"),
        ];
        assert_eq!(std_in_core(&Workspace::of(&files)).len(), 2);
    }
}
