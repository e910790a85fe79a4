//! The paths that a piece of source names: `crate::record::Record`, `super::slot`, `table::row(…)`.

use proc_macro2::{Spacing, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item, Meta, UseTree};

/// A path that was named.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mention {
    /// With `*` at its end where all that a module has is meant.
    pub path: Vec<String>,
    pub line: usize,
}

/// A name that a `use` brings into a module.
pub struct Import {
    pub name: String,
    pub path: Vec<String>,
}

/// What a module's source names. Modules within it are left out, and so is what is compiled for tests alone.
#[derive(Default)]
pub struct Paths {
    pub mentions: Vec<Mention>,
    pub imports: Vec<Import>,
}

/// Whether something is compiled for tests alone.
pub fn for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let Meta::List(list) = &attribute.meta else {
            return false;
        };
        let told = list.tokens.to_string();
        list.path.is_ident("cfg")
            && (told == "test" || told.starts_with("all") && told.contains("test"))
    })
}

/// The attributes of the items that tests have for themselves.
fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::ExternCrate(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

impl Paths {
    fn note(&mut self, path: Vec<String>, line: usize) {
        if path.len() > 1 {
            self.mentions.push(Mention { path, line });
        }
    }

    /// Walks through a tree of what is used.
    fn used(&mut self, tree: &UseTree, before: &[String]) {
        let then = |name: String| [before, &[name]].concat();
        let (ident, name) = match tree {
            UseTree::Path(path) => return self.used(&path.tree, &then(path.ident.to_string())),
            UseTree::Group(group) => {
                return group.items.iter().for_each(|tree| self.used(tree, before));
            }
            UseTree::Glob(glob) => {
                let line = glob.star_token.spans[0].start().line;
                return self.note(then("*".to_owned()), line);
            }
            UseTree::Name(name) => (&name.ident, name.ident.to_string()),
            UseTree::Rename(renamed) => (&renamed.ident, renamed.rename.to_string()),
        };
        let path = if ident == "self" {
            before.to_vec()
        } else {
            then(ident.to_string())
        };
        let name = if name == "self" {
            path.last().cloned().unwrap_or_default()
        } else {
            name
        };
        self.note(path.clone(), ident.span().start().line);
        if path.len() > 1 {
            self.imports.push(Import { name, path });
        }
    }

    /// Nobody but its macro knows what tokens mean; names joined by `::` are taken for paths.
    fn tokens(&mut self, tokens: TokenStream) {
        let mut path = Vec::new();
        let mut line = 0;
        let mut colons = 0;
        for token in tokens {
            match token {
                TokenTree::Punct(punct) if punct.as_char() == ':' => {
                    colons += 1;
                    if punct.spacing() == Spacing::Alone && colons == 1 {
                        self.note(std::mem::take(&mut path), line);
                    }
                    continue;
                }
                TokenTree::Ident(ident) => {
                    if colons != 2 {
                        self.note(std::mem::take(&mut path), line);
                        line = ident.span().start().line;
                    }
                    path.push(ident.to_string());
                }
                other => {
                    self.note(std::mem::take(&mut path), line);
                    if let TokenTree::Group(group) = other {
                        self.tokens(group.stream());
                    }
                }
            }
            colons = 0;
        }
        self.note(path, line);
    }
}

impl<'ast> Visit<'ast> for Paths {
    fn visit_item(&mut self, item: &'ast Item) {
        if !for_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if !for_tests(&function.attrs) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.used(&item.tree, &[]);
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string());
        let line = path
            .segments
            .first()
            .map_or(0, |first| first.ident.span().start().line);
        self.note(names.collect(), line);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        visit::visit_macro(self, call);
        self.tokens(call.tokens.clone());
    }

    /// Another module, with names of its own.
    fn visit_item_mod(&mut self, _: &'ast syn::ItemMod) {}

    /// Who may see something names nothing of theirs.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_attribute(&mut self, _: &'ast Attribute) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mentioned(text: &str) -> Vec<String> {
        let mut paths = Paths::default();
        paths.visit_file(&syn::parse_file(text).unwrap());
        paths
            .mentions
            .iter()
            .map(|mention| mention.path.join("::"))
            .collect()
    }

    #[test]
    fn what_is_used_is_told_name_by_name() {
        let text = "use crate::a::{self, B, c::*, D as E}; pub(super) use self::f::G;";
        let told = [
            "crate::a",
            "crate::a::B",
            "crate::a::c::*",
            "crate::a::D",
            "self::f::G",
        ];
        assert_eq!(mentioned(text), told);
    }

    #[test]
    fn what_is_named_in_types_code_and_macros_is_told() {
        let text = "fn f(x: a::B<c::D>) { e::f(); assert!(matches!(x, super::G::H { i: j::K }), \"{l}\"); }";
        let told = ["a::B", "c::D", "e::f", "super::G::H", "j::K"];
        assert_eq!(mentioned(text), told);
    }

    #[test]
    fn what_is_for_tests_alone_is_left_out() {
        let text = "#[cfg(test)] use crate::A; #[cfg(all(test, unix))] fn f() { b::C } \
                    #[cfg(feature = \"d\")] use crate::D; mod e { use crate::F; }";
        assert_eq!(mentioned(text), ["crate::D"]);
    }
}
