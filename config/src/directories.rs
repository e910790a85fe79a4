//! Where things of Portreeve's are kept on this machine, after the XDG base directory specification.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;

const NAME: &str = "portreeve";

/// The directories that are looked into, or written to, where nobody names a file.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Directories {
    /// The one that holds the configuration file, `portreeve.toml`. Without it no file is looked for.
    pub configuration: Option<PathBuf>,
    /// The one for the store and the key. Without it both have to be named.
    pub state: Option<PathBuf>,
}

impl Directories {
    /// Those of the user whose process this is; none, where there is no home directory.
    pub fn of_process() -> Self {
        let Ok(base) = etcetera::choose_base_strategy() else {
            return Self::default();
        };
        // Only some systems tell state from data.
        let state = base.state_dir().unwrap_or_else(|| base.data_dir());
        Self {
            configuration: Some(base.config_dir().join(NAME)),
            state: Some(state.join(NAME)),
        }
    }

    /// The configuration file that is read when none is named, where there is one.
    pub(crate) fn file(&self) -> Option<PathBuf> {
        let file = self.configuration.as_ref()?.join("portreeve.toml");
        file.exists().then_some(file)
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
