//! The modules of a library or a program, and in which file what they name is defined.
//!
//! An **arrow** goes from the file that names an item to the file that defines it. Whoever names an
//! item through a module that only passes it on (`pub use`, or the parent's own `use`) names it
//! where it is defined. To name a module alone is no arrow, only what is named through it is; `use
//! module::*` is an arrow to that module. So a parent that uses what its child defines makes an
//! arrow down, and a child that uses what its parent defines one up. Modules inside of a file are
//! part of it; those for tests alone don't count.

use std::collections::BTreeMap;

use syn::visit::Visit as _;
use syn::{Expr, Item, ItemMod, Lit, Meta};

use crate::paths::{Mention, Paths, for_tests};
use crate::workspace::Workspace;

/// Names that stand for each other are followed that far.
const FAR: usize = 16;

/// A tree of modules, the first of which is its root.
pub struct Modules(Vec<Module>);

struct Module {
    parent: Option<usize>,
    file: String,
    children: BTreeMap<String, usize>,
    imports: BTreeMap<String, Vec<String>>,
    /// The modules all of whose items it has.
    globs: Vec<Vec<String>>,
    defined: Vec<String>,
    mentions: Vec<Mention>,
}

/// One file names something that another defines.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Arrow {
    pub from: String,
    pub to: String,
    pub line: usize,
    /// In the words of the source.
    pub path: String,
}

/// What a path leads to.
#[derive(Clone, Copy)]
enum Target {
    Module(usize),
    /// Something that this module defines.
    ItemOf(usize),
}

impl Modules {
    /// Those of the library or program that begins with a file.
    pub fn of(workspace: &Workspace, root: &str) -> Self {
        let mut modules = Self(Vec::new());
        let (folder, _) = root.rsplit_once('/').unwrap_or_default();
        modules.read_file(workspace, root, folder, None);
        modules
    }

    /// All that is named, with the file that names it.
    pub fn mentions(&self) -> impl Iterator<Item = (&str, &Mention)> {
        self.0.iter().flat_map(|module| {
            let Module { file, mentions, .. } = module;
            mentions.iter().map(|mention| (file.as_str(), mention))
        })
    }

    /// All arrows between different files.
    pub fn arrows(&self) -> Vec<Arrow> {
        let mut arrows = Vec::new();
        for (index, module) in self.0.iter().enumerate() {
            for mention in &module.mentions {
                let to = match mention.path.split_last() {
                    Some((last, before)) if last == "*" => {
                        match self.resolved(index, before, FAR) {
                            Some(Target::Module(to) | Target::ItemOf(to)) => to,
                            None => continue,
                        }
                    }
                    _ => match self.resolved(index, &mention.path, FAR) {
                        Some(Target::ItemOf(to)) => to,
                        Some(Target::Module(_)) | None => continue,
                    },
                };
                if self.0[to].file != module.file {
                    arrows.push(Arrow {
                        from: module.file.clone(),
                        to: self.0[to].file.clone(),
                        line: mention.line,
                        path: mention.path.join("::"),
                    });
                }
            }
        }
        arrows
    }

    /// Reads a file as a module whose own modules are in a folder.
    fn read_file(
        &mut self,
        workspace: &Workspace,
        path: &str,
        folder: &str,
        parent: Option<usize>,
    ) -> usize {
        let text = workspace
            .text(path)
            .unwrap_or_else(|| panic!("{path} is missing"));
        let parsed = Workspace::parsed(path, text);
        self.read_items(workspace, path, folder, parent, &parsed.items)
    }

    fn read_items(
        &mut self,
        workspace: &Workspace,
        file: &str,
        folder: &str,
        parent: Option<usize>,
        items: &[Item],
    ) -> usize {
        let mut paths = Paths::default();
        for item in items {
            paths.visit_item(item);
        }
        let is_glob = |mention: &&Mention| mention.path.last().is_some_and(|last| last == "*");
        let globs = paths.mentions.iter().filter(is_glob);
        let globs = globs.map(|mention| mention.path[..mention.path.len() - 1].to_vec());
        let index = self.0.len();
        self.0.push(Module {
            parent,
            file: file.to_owned(),
            children: BTreeMap::new(),
            imports: paths
                .imports
                .into_iter()
                .map(|import| (import.name, import.path))
                .collect(),
            globs: globs.collect(),
            defined: items.iter().filter_map(defined).collect(),
            mentions: paths.mentions,
        });
        for item in items {
            if let Item::Mod(child) = item
                && !for_tests(&child.attrs)
            {
                let read = self.read_child(workspace, file, folder, index, child);
                self.0[index].children.insert(child.ident.to_string(), read);
            }
        }
        index
    }

    fn read_child(
        &mut self,
        workspace: &Workspace,
        file: &str,
        folder: &str,
        parent: usize,
        child: &ItemMod,
    ) -> usize {
        let name = child.ident.to_string();
        let within = joined(folder, &name);
        if let Some((_, items)) = &child.content {
            return self.read_items(workspace, file, &within, Some(parent), items);
        }
        let beside = file.rsplit_once('/').map_or("", |(beside, _)| beside);
        if let Some(told) = told_path(child) {
            let path = joined(beside, &told);
            let (folder, _) = path.rsplit_once('/').unwrap_or_default();
            return self.read_file(workspace, &path, folder, Some(parent));
        }
        let candidates = [format!("{within}.rs"), format!("{within}/mod.rs")];
        let found = candidates
            .iter()
            .find(|path| workspace.text(path).is_some());
        let path =
            found.unwrap_or_else(|| panic!("{file}: no file of the module {name} in {folder}"));
        self.read_file(workspace, path, &within, Some(parent))
    }

    /// What a path leads to that a module names; `None` for what isn't of this tree.
    fn resolved(&self, from: usize, path: &[String], far: usize) -> Option<Target> {
        let (first, mut rest) = path.split_first()?;
        let mut target = match first.as_str() {
            "crate" => Target::Module(0),
            "self" => Target::Module(from),
            "super" => Target::Module(self.0[from].parent?),
            name => self.named(from, name, far)?,
        };
        while let Target::Module(module) = target {
            let Some((next, then)) = rest.split_first() else {
                break;
            };
            rest = then;
            target = if next == "super" {
                Target::Module(self.0[module].parent?)
            } else {
                // What nothing is known of was made by a macro of that module's.
                self.named(module, next, far)
                    .unwrap_or(Target::ItemOf(module))
            };
        }
        Some(target)
    }

    /// What a name means in a module.
    fn named(&self, module: usize, name: &str, far: usize) -> Option<Target> {
        let far = far.checked_sub(1)?;
        let scope = &self.0[module];
        if let Some(child) = scope.children.get(name) {
            return Some(Target::Module(*child));
        }
        if scope.defined.iter().any(|defined| defined == name) {
            return Some(Target::ItemOf(module));
        }
        if let Some(path) = scope.imports.get(name) {
            // `use name::…` names a crate, or it would name itself.
            let elsewhere = path.first().is_none_or(|first| first != name);
            return elsewhere
                .then(|| self.resolved(module, path, far))
                .flatten();
        }
        scope
            .globs
            .iter()
            .find_map(|glob| match self.resolved(module, glob, far)? {
                Target::Module(within) if within != module => self.named(within, name, far),
                _ => None,
            })
    }
}

fn joined(folder: &str, name: &str) -> String {
    let mut parts: Vec<_> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in name.split('/') {
        if part == ".." {
            parts.pop();
        } else {
            parts.push(part);
        }
    }
    parts.join("/")
}

/// The path in `#[path = "…"]`.
fn told_path(module: &ItemMod) -> Option<String> {
    module.attrs.iter().find_map(|attribute| {
        let Meta::NameValue(told) = &attribute.meta else {
            return None;
        };
        let Expr::Lit(value) = &told.value else {
            return None;
        };
        match &value.lit {
            Lit::Str(text) if told.path.is_ident("path") => Some(text.value()),
            _ => None,
        }
    })
}

/// The name of what an item defines.
fn defined(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Macro(item) => item.ident.as_ref()?,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(ident.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The arrows of a made-up crate, as `from to path`.
    fn arrows(files: &[(&str, &str)]) -> Vec<String> {
        let files = [&[("Cargo.toml", "workspace.members = []")], files].concat();
        let modules = Modules::of(&Workspace::of(&files), "src/lib.rs");
        let short = |file: &str| {
            file.trim_start_matches("src/")
                .trim_end_matches(".rs")
                .to_owned()
        };
        let arrows = modules.arrows().into_iter();
        arrows
            .map(|arrow| format!("{} {} {}", short(&arrow.from), short(&arrow.to), arrow.path))
            .collect()
    }

    #[test]
    fn an_arrow_leads_to_the_file_that_defines() {
        let told = arrows(&[
            (
                "src/lib.rs",
                "mod a; mod b; pub use a::A; use std::fmt; fn f() { b::c::d() }",
            ),
            ("src/a.rs", "pub struct A; use crate::b::C;"),
            (
                "src/b/mod.rs",
                "pub mod c; pub use c::C; struct B; fn f() { B::new() }",
            ),
            (
                "src/b/c.rs",
                "pub struct C; use super::B; use crate::A; pub fn d() { matches!(x, super::B) }",
            ),
        ]);
        let expected = [
            "lib a a::A",
            "lib b/c b::c::d",
            "a b/c crate::b::C",
            "b/mod b/c c::C",
            "b/c b/mod super::B",
            "b/c a crate::A",
            "b/c b/mod super::B",
        ];
        assert_eq!(told, expected);
    }

    #[test]
    fn a_module_that_is_imported_is_no_arrow_and_what_is_named_through_it_is() {
        let told = arrows(&[
            ("src/lib.rs", "mod a; mod b;"),
            (
                "src/a.rs",
                "use crate::b; use super::b as other; fn f() { b::g(); other::H }",
            ),
            ("src/b.rs", "pub fn g() {} pub struct H;"),
        ]);
        assert_eq!(told, ["a b b::g", "a b other::H"]);
    }

    #[test]
    fn a_glob_is_an_arrow_and_passes_names_on() {
        let told = arrows(&[
            ("src/lib.rs", "mod a; mod b; mod c;"),
            ("src/a.rs", "pub use crate::b::*;"),
            ("src/b.rs", "pub struct B;"),
            ("src/c.rs", "use crate::a::B;"),
        ]);
        assert_eq!(told, ["a b crate::b::*", "c b crate::a::B"]);
    }

    #[test]
    fn modules_inside_of_a_file_are_part_of_it_and_those_for_tests_do_not_count() {
        let told = arrows(&[
            (
                "src/lib.rs",
                "mod a { pub struct A; mod b { use super::A; use super::super::c::C; } } mod c;",
            ),
            (
                "src/c.rs",
                "pub struct C; #[cfg(test)] mod tests; #[cfg(test)] mod more { use crate::a::A; }",
            ),
        ]);
        assert_eq!(told, ["lib c super::super::c::C"]);
    }

    #[test]
    fn files_are_found_where_the_compiler_finds_them() {
        let told = arrows(&[
            (
                "src/lib.rs",
                "#[path = \"../other/x.rs\"] mod a; mod b { mod c; } pub struct L;",
            ),
            ("other/x.rs", "use crate::L;"),
            ("src/b/c.rs", "mod d;"),
            ("src/b/c/d.rs", "use crate::L;"),
        ]);
        assert_eq!(told, ["other/x lib crate::L", "b/c/d lib crate::L"]);
    }
}
