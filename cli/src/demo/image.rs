//! An image without a registry: this very program, and the libraries that are mapped into it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

/// What the engine is to make an image of.
pub(super) struct Image {
    /// Its root file system.
    pub(super) tar: Vec<u8>,
    /// How a container of it begins, as a line of a Dockerfile.
    pub(super) entrypoint: String,
    /// How many libraries it holds.
    pub(super) libraries: usize,
}

const PROGRAM: &str = "portreeve";
const LIBRARIES: &str = "lib";

/// Makes the image's file system.
pub(super) fn make() -> Result<Image, Failure> {
    let unmade = |error: io::Error| {
        Failure::new(
            "demo_failed",
            format!("no image can be made of this program: {error}"),
            "the demo needs Linux with /proc mounted",
        )
    };
    let maps = fs::read_to_string("/proc/self/maps").map_err(unmade)?;
    let program = fs::read("/proc/self/exe").map_err(unmade)?;
    let own_path = fs::read_link("/proc/self/exe").map_err(unmade)?;
    let libraries = mapped_libraries(&maps, &own_path);
    let mut files = BTreeMap::new();
    for library in &libraries {
        let content = fs::read(library).map_err(unmade)?;
        for name in names_of(library).map_err(unmade)? {
            files.insert(format!("{LIBRARIES}/{name}"), content.clone());
        }
    }
    let entrypoint = entrypoint(&libraries);
    files.insert(PROGRAM.to_owned(), program);
    Ok(Image {
        tar: archive(&files).map_err(unmade)?,
        entrypoint,
        libraries: libraries.len(),
    })
}

/// The files that are mapped as code, the program itself left out.
fn mapped_libraries(maps: &str, program: &Path) -> BTreeSet<PathBuf> {
    maps.lines()
        .filter_map(|line| {
            // address perms offset device inode path, the path perhaps with spaces.
            let mut columns = line.splitn(6, ' ');
            let executable = columns.nth(1)?.contains('x');
            let path = columns.nth(3)?.trim_start();
            (executable && path.starts_with('/')).then(|| PathBuf::from(path))
        })
        .filter(|path| path != program)
        .collect()
}

/// The names a library may be asked for by: its own, and those of the links to it beside it (the
/// loader looks for `libc.so.6`, which may be a link to a file with the release in its name).
fn names_of(library: &Path) -> io::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    let name_of = |path: &Path| Some(path.file_name()?.to_str()?.to_owned());
    names.extend(name_of(library));
    let directory = library.parent().unwrap_or(Path::new("/"));
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        // Links that lead nowhere lead to no library either.
        if path.is_symlink() && fs::canonicalize(&path).is_ok_and(|target| target == library) {
            names.extend(name_of(&path));
        }
    }
    Ok(names)
}

/// The loader is named outright, so that it need not lie where the program expects it.
fn entrypoint(libraries: &BTreeSet<PathBuf>) -> String {
    let loader = libraries
        .iter()
        .filter_map(|path| path.file_name()?.to_str())
        .find(|name| {
            name.starts_with("ld-") || name.starts_with("ld.") || name.starts_with("ld64.")
        });
    match loader {
        Some(loader) => format!(
            r#"ENTRYPOINT ["/{LIBRARIES}/{loader}", "--library-path", "/{LIBRARIES}", "/{PROGRAM}", "demo-gateway"]"#
        ),
        None => format!(r#"ENTRYPOINT ["/{PROGRAM}", "demo-gateway"]"#),
    }
}

fn archive(files: &BTreeMap<String, Vec<u8>>) -> io::Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, content) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o755);
        header.set_mtime(0);
        archive.append_data(&mut header, path, content.as_slice())?;
    }
    archive.into_inner()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAPS: &str = "\
55d0a0000000-55d0a0010000 r--p 00000000 08:01 11 /opt/my app/portreeve
55d0a0010000-55d0a0020000 r-xp 00010000 08:01 11 /opt/my app/portreeve
7f0000000000-7f0000010000 r--p 00000000 08:01 12                         /usr/lib/x86_64-linux-gnu/libc.so.6
7f0000010000-7f0000020000 r-xp 00010000 08:01 12                         /usr/lib/x86_64-linux-gnu/libc.so.6
7f0000030000-7f0000040000 r-xp 00000000 08:01 13                         /usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2
7f0000050000-7f0000060000 r--p 00000000 08:01 14                         /usr/lib/locale/locale-archive
7ffc00000000-7ffc00001000 r-xp 00000000 00:00 0                          [vdso]
";

    #[test]
    fn libraries_are_what_is_mapped_as_code() {
        let libraries = mapped_libraries(MAPS, Path::new("/opt/my app/portreeve"));
        let directory = Path::new("/usr/lib/x86_64-linux-gnu");
        assert_eq!(
            libraries,
            BTreeSet::from([
                directory.join("libc.so.6"),
                directory.join("ld-linux-x86-64.so.2")
            ])
        );
        assert_eq!(
            entrypoint(&libraries),
            r#"ENTRYPOINT ["/lib/ld-linux-x86-64.so.2", "--library-path", "/lib", "/portreeve", "demo-gateway"]"#
        );
    }

    #[test]
    fn a_static_program_needs_no_loader() {
        assert_eq!(
            entrypoint(&BTreeSet::new()),
            r#"ENTRYPOINT ["/portreeve", "demo-gateway"]"#
        );
    }

    #[test]
    fn a_library_is_known_by_the_links_to_it() {
        let directory = tempfile::tempdir().unwrap();
        let directory = fs::canonicalize(directory.path()).unwrap();
        let library = directory.join("libx-2.31.so");
        fs::write(&library, "").unwrap();
        std::os::unix::fs::symlink("libx-2.31.so", directory.join("libx.so.6")).unwrap();
        std::os::unix::fs::symlink("nowhere", directory.join("libz.so")).unwrap();
        let names = names_of(&library).unwrap();
        assert_eq!(
            names,
            BTreeSet::from(["libx-2.31.so".to_owned(), "libx.so.6".to_owned()])
        );
    }
}
