//! How long files and functions are.

use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

use crate::fault::Fault;
use crate::workspace::Workspace;

/// A file tells one story.
const LINES_OF_A_FILE: usize = 600;
/// A function tells one step of it. From its signature to its last brace, comments and blank lines included.
const LINES_OF_A_FUNCTION: usize = 70;

/// A file that is longer than it may be, and for now no longer than this.
pub struct LongFile {
    pub file: &'static str,
    pub lines: usize,
}

/// The same of a function.
pub struct LongFunction {
    pub file: &'static str,
    pub function: &'static str,
    pub lines: usize,
}

/// Files that are too long, and allowances that aren't needed.
pub fn of_files(workspace: &Workspace, allowed: &[LongFile]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut needed = vec![false; allowed.len()];
    for (path, text) in workspace.sources() {
        let lines = text.lines().count();
        if lines <= LINES_OF_A_FILE {
            continue;
        }
        let entry = allowed.iter().position(|entry| entry.file == path);
        if let Some(entry) = entry {
            needed[entry] = true;
        }
        let most = entry.map_or(LINES_OF_A_FILE, |entry| allowed[entry].lines);
        if lines > most {
            faults.push(Fault {
                file: path.to_owned(),
                line: most + 1,
                what: format!("the file has {lines} lines, and may have {most}"),
                way_out: "part it by what it tells of: a file tells one story".to_owned(),
            });
        }
    }
    let spare = allowed.iter().zip(needed).filter(|(_, needed)| !needed);
    faults.extend(spare.map(|(entry, _)| no_longer_needed(entry.file)));
    faults
}

/// Functions that are too long, and allowances that aren't needed.
pub fn of_functions(workspace: &Workspace, allowed: &[LongFunction]) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut needed = vec![false; allowed.len()];
    for (path, text) in workspace.sources() {
        let mut found = Functions::default();
        found.visit_file(&Workspace::parsed(path, text));
        for function in found.0 {
            let Function { name, line, lines } = function;
            if lines <= LINES_OF_A_FUNCTION {
                continue;
            }
            let entry = allowed
                .iter()
                .position(|entry| entry.file == path && entry.function == name);
            if let Some(entry) = entry {
                needed[entry] = true;
            }
            let most = entry.map_or(LINES_OF_A_FUNCTION, |entry| allowed[entry].lines);
            if lines > most {
                faults.push(Fault {
                    file: path.to_owned(),
                    line,
                    what: format!("`{name}` has {lines} lines, and may have {most}"),
                    way_out: "give its steps names: a function tells one step".to_owned(),
                });
            }
        }
    }
    let spare = allowed.iter().zip(needed).filter(|(_, needed)| !needed);
    faults.extend(
        spare.map(|(entry, _)| no_longer_needed(&format!("{}, `{}`", entry.file, entry.function))),
    );
    faults
}

fn no_longer_needed(what: &str) -> Fault {
    let what = format!("an allowance is not needed any more: {what}");
    Fault::of_allowance("LONG_", what, "take it off the list")
}

struct Function {
    name: String,
    line: usize,
    lines: usize,
}

/// All functions that have a body, those within others too.
#[derive(Default)]
struct Functions(Vec<Function>);

impl Functions {
    fn note(&mut self, signature: &syn::Signature, body: &syn::Block) {
        let (first, last) = (signature.span().start().line, body.span().end().line);
        self.0.push(Function {
            name: signature.ident.to_string(),
            line: first,
            lines: last - first + 1,
        });
    }
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, function: &'ast syn::ItemFn) {
        self.note(&function.sig, &function.block);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        self.note(&function.sig, &function.block);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast syn::TraitItemFn) {
        if let Some(body) = &function.default {
            self.note(&function.sig, body);
        }
        visit::visit_trait_item_fn(self, function);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: (&str, &str) = ("Cargo.toml", "workspace.members = []");

    fn function(lines: usize) -> String {
        format!(
            "fn short() {{}}\n\nfn long() {{\n{}}}\n",
            "    // A line.\n".repeat(lines - 2)
        )
    }

    #[test]
    fn a_file_that_is_too_long_is_told_of() {
        let (short, long) = ("\n".repeat(600), "\n".repeat(601));
        let workspace = Workspace::of(&[MANIFEST, ("a/short.rs", &short), ("a/long.rs", &long)]);
        let faults = of_files(&workspace, &[]);
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert_eq!(
            (faults[0].file.as_str(), faults[0].line),
            ("a/long.rs", 601)
        );
    }

    #[test]
    fn a_function_that_is_too_long_is_told_of() {
        let short = function(70);
        let long = format!("struct S;\nimpl S {{\n{}}}\n", function(71));
        let workspace = Workspace::of(&[MANIFEST, ("a/short.rs", &short), ("a/long.rs", &long)]);
        let faults = of_functions(&workspace, &[]);
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert_eq!((faults[0].file.as_str(), faults[0].line), ("a/long.rs", 5));
        assert!(faults[0].what.contains("`long` has 71 lines"), "{faults:?}");
    }

    #[test]
    fn an_allowance_is_for_so_many_lines_and_not_to_be_kept() {
        let (text, long) = (function(80), "\n".repeat(650));
        let workspace = Workspace::of(&[MANIFEST, ("a.rs", &text), ("b.rs", &long)]);
        let functions = |function, lines| {
            let file = "a.rs";
            of_functions(
                &workspace,
                &[LongFunction {
                    file,
                    function,
                    lines,
                }],
            )
            .len()
        };
        assert_eq!(functions("long", 80), 0);
        assert_eq!(functions("long", 79), 1, "it has grown");
        assert_eq!(functions("short", 80), 2, "it isn't needed, and another is");
        let files = |file, lines| of_files(&workspace, &[LongFile { file, lines }]).len();
        assert_eq!(files("b.rs", 650), 0);
        assert_eq!(files("b.rs", 649), 1, "it has grown");
        assert_eq!(files("a.rs", 650), 2, "it isn't needed, and another is");
    }
}
