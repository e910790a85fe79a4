//! A small disk for a store, which can be full.

use std::fs::{self, File};
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::names::random_name;
use crate::stores::{self, Kind, Store};

/// A disk with a new store on it. Both are gone when this is dropped.
pub struct Disk {
    folder: TempDir,
    store: Store,
    /// The table space and the database on the server, where the store is one.
    database: Option<String>,
}

impl Disk {
    /// Makes one, where this process may mount file systems.
    pub fn make(kind: Kind) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        // SQLite's log grows to 4 MB before it is written back; a database of PostgreSQL's is a copy of 8 MB.
        let size = "size=12m";
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", size, "tmpfs"])
            .arg(folder.path())
            .status();
        if !mounted.is_ok_and(|status| status.success()) {
            return None;
        }
        let mut disk = Self {
            store: Store::Sqlite(folder.path().join("store.db")),
            folder,
            database: None,
        };
        if kind == Kind::Postgres {
            disk.make_database();
        }
        Some(disk)
    }

    fn make_database(&mut self) {
        let name = format!("portreeve_disk_{}", random_name());
        let data = stores::asked_of_server("SELECT current_setting('data_directory')");
        let owner = fs::metadata(data).expect("the server runs on this machine");
        let place = self.folder.path().join("space");
        fs::create_dir(&place).expect("the disk is new");
        for path in [self.folder.path(), &place] {
            chown(path, Some(owner.uid()), Some(owner.gid())).expect("root may");
        }
        stores::on_server(&format!(
            "CREATE TABLESPACE {name} LOCATION '{}'",
            place.display()
        ));
        self.database = Some(name.clone());
        stores::on_server(&format!(
            "CREATE DATABASE {name} TEMPLATE template0 TABLESPACE {name}"
        ));
        self.store = stores::database(&name);
    }

    /// Where it is mounted.
    pub fn place(&self) -> &Path {
        self.folder.path()
    }

    /// The store on it.
    pub fn store(&self) -> &Store {
        &self.store
    }

    fn ballast(&self) -> PathBuf {
        self.folder.path().join("ballast")
    }

    /// Fills it to the last byte.
    pub fn fill(&self) {
        let mut ballast = File::create(self.ballast()).expect("there is room for a name");
        for size in [1 << 16, 1] {
            let block = vec![0; size];
            while ballast.write_all(&block).is_ok() {}
        }
    }

    /// Gives the room back.
    pub fn free(&self) {
        fs::remove_file(self.ballast()).expect("it was filled");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if let Some(name) = &self.database {
            stores::on_server(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
            stores::on_server(&format!("DROP TABLESPACE {name}"));
        }
        unmount(self.folder.path());
    }
}

fn unmount(path: &Path) {
    let unmounted = Command::new("umount").arg(path).status();
    if !unmounted.is_ok_and(|status| status.success()) {
        // A process that has just been killed may still hold a file.
        let lazily = Command::new("umount").arg("--lazy").arg(path).status();
        assert!(lazily.is_ok_and(|status| status.success()), "it is ours");
    }
}
