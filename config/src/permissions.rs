//! Who may change a file, or put another in its place, besides this process's user and root.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::directories;

/// Others may write.
const WRITABLE: u32 = 0o022;
/// In a directory with this mark, a file is renamed and removed by its owner alone.
const STICKY: u32 = 0o1000;

/// Something that others than this process's user and root may change.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum OpenToOthers {
    /// It is somebody else's.
    #[error("{} belongs to another user (number {owner})", path.display())]
    Owner {
        /// A file or a directory.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
    },
    /// Its permissions let others write.
    #[error("{} can be written by others (mode {mode:04o})", path.display())]
    Writable {
        /// A file or a directory.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
}

impl OpenToOthers {
    /// The way out, in a sentence.
    pub fn hint(&self) -> String {
        match self {
            Self::Owner { path, .. } => format!(
                "chown {} to the user who runs portreeve, or run it as the one it belongs to",
                path.display()
            ),
            Self::Writable { path, .. } => format!("chmod go-w {}", path.display()),
        }
    }
}

/// Whether a file or directory that looks like this belongs to another user.
pub(crate) fn owned_by_others(path: &Path, metadata: &Metadata) -> Option<OpenToOthers> {
    let ours = rustix::process::geteuid().as_raw();
    is_others(metadata.uid(), ours).then(|| OpenToOthers::Owner {
        path: path.to_owned(),
        owner: metadata.uid(),
    })
}

fn is_others(owner: u32, ours: u32) -> bool {
    owner != ours && owner != 0
}

/// Whether others may put another file in the place of the one at this path, where a symbolic link that
/// leads to it stands as well as where it is itself.
pub(crate) fn replaceable(path: &Path) -> io::Result<Option<OpenToOthers>> {
    let resolved = path.canonicalize()?;
    for directory in [directories::around(path), directories::around(&resolved)] {
        let metadata = fs::metadata(directory)?;
        let is_sticky = metadata.mode() & STICKY != 0;
        let open = owned_by_others(directory, &metadata)
            .or_else(|| writable(directory, &metadata).filter(|_| !is_sticky));
        if open.is_some() {
            return Ok(open);
        }
    }
    Ok(None)
}

fn writable(path: &Path, metadata: &Metadata) -> Option<OpenToOthers> {
    let mode = metadata.mode() & 0o7777;
    (mode & WRITABLE != 0).then(|| OpenToOthers::Writable {
        path: path.to_owned(),
        mode,
    })
}

/// What lets others write the file at this path, or put another in its place. Nothing of one that isn't
/// there, or can't be looked at.
pub(crate) fn changeable(path: &Path) -> Option<OpenToOthers> {
    let metadata = fs::metadata(path).ok()?;
    owned_by_others(path, &metadata)
        .or_else(|| writable(path, &metadata))
        .or_else(|| replaceable(path).ok().flatten())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt as _, symlink};

    use super::*;

    fn set_mode(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn what_is_ours_or_roots_is_no_others() {
        assert!(!is_others(1000, 1000));
        assert!(!is_others(0, 1000));
        assert!(is_others(1001, 1000));
        assert!(is_others(1000, 0));
    }

    #[test]
    fn a_directory_that_others_write_in_lets_them_replace_a_file() {
        let directory = tempfile::tempdir().unwrap();
        let (inner, path) = (directory.path().join("d"), directory.path().join("d/file"));
        fs::create_dir(&inner).unwrap();
        fs::write(&path, "").unwrap();
        for (mode, open) in [
            (0o755, false),
            (0o775, true),
            (0o757, true),
            (0o1777, false),
        ] {
            set_mode(&inner, mode);
            let found = replaceable(&path).unwrap();
            let expected = open.then(|| OpenToOthers::Writable {
                path: inner.clone(),
                mode,
            });
            assert_eq!(found, expected, "{mode:o}");
        }
    }

    #[test]
    fn both_ends_of_a_link_count() {
        let directory = tempfile::tempdir().unwrap();
        let (inner, link) = (directory.path().join("d"), directory.path().join("link"));
        fs::create_dir(&inner).unwrap();
        fs::write(inner.join("file"), "").unwrap();
        symlink(inner.join("file"), &link).unwrap();
        assert_eq!(replaceable(&link).unwrap(), None);
        set_mode(&inner, 0o777);
        assert!(replaceable(&link).unwrap().is_some());
        set_mode(&inner, 0o755);
        set_mode(directory.path(), 0o777);
        assert!(replaceable(&link).unwrap().is_some());
    }

    #[test]
    fn a_file_that_others_may_write_is_told_of() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.db");
        assert_eq!(changeable(&path), None, "not there yet");
        fs::write(&path, "").unwrap();
        for (mode, open) in [(0o600, false), (0o644, false), (0o660, true), (0o606, true)] {
            set_mode(&path, mode);
            assert_eq!(changeable(&path).is_some(), open, "{mode:o}");
        }
        set_mode(&path, 0o600);
        set_mode(directory.path(), 0o770);
        assert!(changeable(&path).is_some());
    }
}
