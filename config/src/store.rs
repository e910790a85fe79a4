//! Makes room for a store that is a file.

use std::fs::OpenOptions;
use std::io;
use std::path::Path;

use portreeve_wire::store::StoreAddress;

use crate::directories;
use crate::error::Error;

/// Makes the directory of a store that is a file, and looks whether the store can be there.
///
/// The lifecycle waits for a store that isn't reached, as it must for a database that is just
/// starting. What keeps a file from being opened won't have gone in some seconds: whoever waits at
/// a terminal is told at once.
pub(crate) fn prepare(store: &StoreAddress) -> Result<(), Error> {
    match store {
        StoreAddress::Postgres(_) => Ok(()),
        StoreAddress::Sqlite(path) => make_room(path).map_err(|error| Error::Store {
            path: path.clone(),
            why: error.to_string(),
        }),
    }
}

/// Makes no store file, which would be taken for one that had a key already.
fn make_room(path: &Path) -> io::Result<()> {
    let directory = directories::around(path);
    directories::make(directory)?;
    // The database keeps files of its own beside the store.
    tempfile::tempfile_in(directory)?;
    if path.try_exists()? {
        OpenOptions::new().read(true).write(true).open(path)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_made_and_no_store() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("deep/portreeve.db");
        prepare(&StoreAddress::Sqlite(path.clone())).unwrap();
        assert!(path.parent().unwrap().is_dir());
        assert!(!path.exists());
    }

    #[test]
    fn a_store_that_can_not_be_there_is_told_of() {
        let directory = tempfile::tempdir().unwrap();
        let error = prepare(&StoreAddress::Sqlite(directory.path().to_owned())).unwrap_err();
        assert_eq!(error.code(), "store_unreachable");
    }
}
