//! Where things of Portreeve's are kept on this machine, after the XDG base directory specification.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;

const NAME: &str = "portreeve";

/// The machine's configuration directory, which packages put a file into.
const MACHINE: &str = "/etc/portreeve";

/// The directories that are looked into, or written to, where nobody names a file.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Directories {
    /// The one that holds the user's configuration file, `portreeve.toml`.
    pub configuration: Option<PathBuf>,
    /// The one that holds the machine's, which is read where the user has none.
    pub machine: Option<PathBuf>,
    /// The one for the store and the key. Without it both have to be named.
    pub state: Option<PathBuf>,
}

impl Directories {
    /// Those of the user whose process this is, as far as there is a home directory, and the machine's.
    pub fn of_process() -> Self {
        let machine = Some(PathBuf::from(MACHINE));
        let Ok(base) = etcetera::choose_base_strategy() else {
            return Self {
                machine,
                ..Self::default()
            };
        };
        // Only some systems tell state from data.
        let state = base.state_dir().unwrap_or_else(|| base.data_dir());
        Self {
            configuration: Some(base.config_dir().join(NAME)),
            machine,
            state: Some(state.join(NAME)),
        }
    }

    /// The configuration file that is read when none is named, where there is one.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        let directories = [&self.configuration, &self.machine].into_iter().flatten();
        let mut files = directories.map(|directory| directory.join("portreeve.toml"));
        files.find(|file| file.exists())
    }
}

/// The directory that a file is in.
pub(crate) fn around(path: &Path) -> &Path {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Makes a directory for things that are nobody else's business.
pub(crate) fn make(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(path)
}
