//! The workspace's sources and manifests, as text.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The folder of the workspace.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// A workspace. All paths are from its root.
pub struct Workspace {
    /// The text of each manifest and each Rust file.
    files: BTreeMap<String, String>,
    manifest: toml::Table,
    members: Vec<Member>,
}

/// A crate of the workspace.
pub struct Member {
    pub name: String,
    pub folder: String,
    pub manifest: toml::Table,
}

impl Workspace {
    /// The one that this is part of.
    pub fn read() -> Self {
        let root = fs::canonicalize(ROOT).expect("the workspace is there");
        let mut files = BTreeMap::new();
        collect(&root, &root, &mut files);
        Self::new(files)
    }

    /// One that is made up.
    #[cfg(test)]
    pub fn of(files: &[(&str, &str)]) -> Self {
        let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
        Self::new(files.iter().map(owned).collect())
    }

    fn new(files: BTreeMap<String, String>) -> Self {
        let manifest = table(&files, "Cargo.toml");
        let members = manifest["workspace"]["members"].as_array();
        let folders = members.expect("a list of members").iter();
        let members = folders
            .map(|folder| {
                let folder = folder.as_str().expect("a member's folder").to_owned();
                let manifest = table(&files, &format!("{folder}/Cargo.toml"));
                let name = manifest["package"]["name"]
                    .as_str()
                    .expect("a crate's name");
                Member {
                    name: name.to_owned(),
                    folder,
                    manifest,
                }
            })
            .collect();
        Self {
            files,
            manifest,
            members,
        }
    }

    /// Its own manifest.
    pub fn manifest(&self) -> &toml::Table {
        &self.manifest
    }

    /// Its crates.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The text of a file.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// All Rust files, by path.
    pub fn sources(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .filter(|(path, _)| is_rust(path))
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// A Rust file, parsed.
    pub fn parsed(path: &str, text: &str) -> syn::File {
        syn::parse_file(text).unwrap_or_else(|error| {
            let line = error.span().start().line;
            panic!("{path}:{line}: this can't be read as Rust: {error}")
        })
    }
}

impl Member {
    /// The files that its programs and its library begin with: those that Cargo finds, and those
    /// that the manifest names.
    pub fn roots(&self, workspace: &Workspace) -> Vec<String> {
        let mut roots = vec!["src/lib.rs".to_owned(), "src/main.rs".to_owned()];
        if let Some(path) = self.manifest.get("lib").and_then(|lib| lib.get("path")) {
            roots.extend(path.as_str().map(str::to_owned));
        }
        for kind in ["bin", "test", "bench", "example"] {
            let targets = self.manifest.get(kind).and_then(|list| list.as_array());
            let paths = targets
                .into_iter()
                .flatten()
                .filter_map(|target| target.get("path"));
            roots.extend(paths.filter_map(|path| path.as_str().map(str::to_owned)));
        }
        for folder in ["src/bin", "tests", "benches", "examples"] {
            let within = format!("{}/{folder}/", self.folder);
            let found = workspace
                .sources()
                .filter_map(|(path, _)| path.strip_prefix(&within));
            let found = found.filter(|path| {
                !path.contains('/') || path.ends_with("/main.rs") && path.matches('/').count() == 1
            });
            roots.extend(found.map(|path| format!("{folder}/{path}")));
        }
        let mut roots: Vec<_> = roots
            .into_iter()
            .map(|path| format!("{}/{path}", self.folder))
            .filter(|path| workspace.text(path).is_some())
            .collect();
        roots.sort();
        roots.dedup();
        roots
    }
}

fn table(files: &BTreeMap<String, String>, path: &str) -> toml::Table {
    let text = files
        .get(path)
        .unwrap_or_else(|| panic!("{path} is missing"));
    text.parse()
        .unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn is_rust(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|end| end == "rs")
}

/// Collects what is in a folder; what was built and what is hidden is left out.
fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, String>) {
    let entries = fs::read_dir(folder).expect("a folder can be read");
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry can be read").path())
        .collect();
    paths.sort();
    for path in paths {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let within = path
            .strip_prefix(root)
            .expect("it is inside")
            .to_string_lossy()
            .into_owned();
        if path.is_dir() {
            if !name.starts_with('.') && name != "target" {
                collect(root, &path, files);
            }
        } else if is_rust(&name) || name == "Cargo.toml" {
            let text = fs::read_to_string(&path).expect("a source is text");
            files.insert(within, text);
        }
    }
}
