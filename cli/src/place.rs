//! Where things of ours are kept on this machine, after the XDG base directory specification.

use std::fs::OpenOptions;
use std::io;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use portreeve_wire::store::StoreAddress;

use crate::failure::Failure;
use crate::key;

const NAME: &str = "portreeve";

/// The directory for the store and the key.
pub(crate) fn state() -> Result<PathBuf, Failure> {
    let base = etcetera::choose_base_strategy().map_err(|_| {
        Failure::config(
            "there is no home directory to keep the store and the key in",
            "name them: set store and key_file, or PORTREEVE_STORE and PORTREEVE_KEY",
        )
    })?;
    // Only some systems tell state from data.
    let directory = base.state_dir().unwrap_or_else(|| base.data_dir());
    Ok(directory.join(NAME))
}

/// The configuration file that is read when none is named.
pub(crate) fn config_file() -> Option<PathBuf> {
    let base = etcetera::choose_base_strategy().ok()?;
    Some(base.config_dir().join(NAME).join("portreeve.toml"))
}

/// Makes the directory of a store that is a file, and looks whether the store can be there.
///
/// The lifecycle waits for a store that isn't reached, as it must for a database that is just
/// starting. What keeps a file from being opened won't have gone in some seconds: whoever waits at
/// a terminal is told at once.
pub(crate) fn make_ready(store: &StoreAddress) -> Result<(), Failure> {
    match store {
        StoreAddress::Postgres(_) => Ok(()),
        StoreAddress::Sqlite(path) => make_room(path).map_err(|error| {
            Failure::new(
                "store_unreachable",
                format!("the store {} can't be opened: {error}", path.display()),
                "let this user write there, or name another store with --store or PORTREEVE_STORE",
            )
        }),
    }
}

/// Makes no store file, which would be taken for one that had a key already.
fn make_room(path: &Path) -> io::Result<()> {
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    key::make_directory(directory)?;
    // The database keeps files of its own beside the store.
    tempfile::tempfile_in(directory)?;
    if path.try_exists()? {
        OpenOptions::new().read(true).write(true).open(path)?;
    }
    Ok(())
}
