//! The disk that a file is on, by where it is mounted: that is what whoever has to make room knows it by.

use std::path::Path;

/// `, on the disk mounted at PLACE`, or nothing where that can't be told.
pub(super) fn named(path: &Path) -> String {
    mounted_at(path).map_or_else(String::new, |place| {
        format!(", on the disk mounted at {}", place.display())
    })
}

/// The topmost directory above the file that is on the same disk.
#[cfg(unix)]
fn mounted_at(path: &Path) -> Option<std::path::PathBuf> {
    use std::os::unix::fs::MetadataExt as _;

    // Symbolic links may lead to another disk; and the file itself may not be there yet.
    let there = path.ancestors().find_map(|above| {
        let above = if above.as_os_str().is_empty() {
            Path::new(".")
        } else {
            above
        };
        above.canonicalize().ok()
    })?;
    let disk = there.metadata().ok()?.dev();
    let on_it = |above: &&Path| above.metadata().is_ok_and(|found| found.dev() == disk);
    let place = there.ancestors().take_while(on_it).last()?;
    Some(place.to_owned())
}

#[cfg(not(unix))]
fn mounted_at(_: &Path) -> Option<std::path::PathBuf> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_disk_is_named_by_where_it_is_mounted() {
        for path in ["/proc/self/status", "/proc/nobody/made/this"] {
            assert_eq!(named(Path::new(path)), ", on the disk mounted at /proc");
        }
        assert!(named(Path::new("store.db")).starts_with(", on the disk mounted at /"));
    }
}
