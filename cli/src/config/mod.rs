//! The configuration: a TOML file, overridden by `PORTREEVE_*` variables, overridden by flags.

mod choice;
mod draft;
mod field;
mod file;
mod form;
mod keys;
mod layers;
mod manual;
mod nearest;
mod provenance;
mod slot;
mod source;
mod variables;

use std::path::{Path, PathBuf};

use portreeve_api::program::Setting;

use crate::args::Global;
use crate::failure::Failure;
use crate::place;

pub(crate) use draft::Draft;
pub(crate) use manual::manual;
pub(crate) use variables::Variables;

/// The configuration in force, and where it comes from.
pub(crate) struct Config {
    /// The values.
    pub(crate) draft: Draft,
    /// The file that was read, if any.
    pub(crate) file: Option<PathBuf>,
    sources: layers::Sources,
}

/// The variable that names the configuration file.
const FILE_VARIABLE: &str = "PORTREEVE_CONFIG";

impl Config {
    /// Reads the file, the variables and the flags, and checks that all of it makes sense.
    pub(crate) fn load(global: &Global, variables: &Variables) -> Result<Self, Failure> {
        let config = Self::read(global, variables)?;
        config.draft.check()?;
        Ok(config)
    }

    /// Reads the file, the variables and the flags.
    pub(crate) fn read(global: &Global, variables: &Variables) -> Result<Self, Failure> {
        let file = match &global.config {
            Some(named) => Some(named.clone()),
            None => match variables.get(FILE_VARIABLE) {
                Some(named) => Some(PathBuf::from(named)),
                None => place::config_file().filter(|path| path.exists()),
            },
        };
        let mut inputs = match &file {
            Some(file) => file::read(file)?,
            None => Vec::new(),
        };
        inputs.extend(variables.inputs()?);
        inputs.extend(layers::flags(global)?);
        let (draft, sources) = layers::lay(&inputs, variables.tls())?;
        Ok(Self {
            draft,
            file,
            sources,
        })
    }

    /// What a file of this text says where nothing else is said, if all of it makes sense.
    pub(crate) fn of_file(path: &Path, text: &str) -> Result<Self, Failure> {
        let (draft, sources) = layers::lay(&file::parse(path, text)?, false)?;
        draft.check()?;
        Ok(Self {
            draft,
            file: Some(path.to_owned()),
            sources,
        })
    }

    /// Each key with its value and where that comes from.
    pub(crate) fn lines(&self) -> Vec<Setting> {
        provenance::lines(&self.draft, &self.sources)
    }
}
