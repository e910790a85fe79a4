//! Where things of ours are kept on this machine, after the XDG base directory specification.

use std::path::PathBuf;

use etcetera::BaseStrategy as _;

use crate::failure::Failure;

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
