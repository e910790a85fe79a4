//! What a configuration is read from.

use std::path::PathBuf;
use std::time::Duration;

use crate::configuration::Configuration;
use crate::directories::Directories;
use crate::error::Error;
use crate::file;
use crate::layers;
use crate::overrides::Override;
use crate::values::PATIENCE;
use crate::variables::Variables;

/// The variable that names the configuration file.
const FILE_VARIABLE: &str = "PORTREEVE_CONFIG";

/// What a configuration is read from: a file, environment variables over it, and overrides over
/// both.
///
/// The file is the one that is named here, else the one that `PORTREEVE_CONFIG` names, else
/// `portreeve.toml` in the user's configuration directory or, where there is none, in the machine's.
#[derive(Clone)]
pub struct Sources {
    file: Option<PathBuf>,
    variables: Variables,
    overrides: Vec<Override>,
    directories: Directories,
    patience: Duration,
}

impl Sources {
    /// These variables and directories.
    pub fn new(variables: Variables, directories: Directories) -> Self {
        Self {
            file: None,
            variables,
            overrides: Vec::new(),
            directories,
            patience: PATIENCE,
        }
    }

    /// The variables and directories of this process.
    pub fn of_process() -> Result<Self, Error> {
        Ok(Self::new(
            Variables::of_process()?,
            Directories::of_process(),
        ))
    }

    /// Names the file, which has to be there.
    #[must_use]
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.file = Some(path.into());
        self
    }

    /// Sets a key, written as in TOML, to a value, written as in TOML or as bare text where text is
    /// wanted. What it comes from is called `origin`. Of two overrides of a key the later one holds.
    #[must_use]
    pub fn set(mut self, origin: &str, key: &str, value: &str) -> Self {
        self.overrides.push(Override::key(origin, key, value));
        self
    }

    /// The same, as people write it: `KEY=VALUE`, such as `users."a.b".memory=1GiB`.
    #[must_use]
    pub fn assign(mut self, origin: &str, assignment: &str) -> Self {
        self.overrides
            .push(Override::assignment(origin, assignment));
        self
    }

    /// What `timing.patience` is where nobody sets it. By default it is 3 seconds, for somebody who
    /// waits at a terminal; a program that stays has more, such as the core's default.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Reads all of it, and checks that it makes sense.
    pub fn load(&self) -> Result<Configuration, Error> {
        let configuration = self.read()?;
        configuration.check()?;
        Ok(configuration)
    }

    /// Reads all of it. What doesn't go together is left for [`Configuration::check`].
    pub fn read(&self) -> Result<Configuration, Error> {
        let file = match &self.file {
            Some(named) => Some(named.clone()),
            None => match self.variables.get(FILE_VARIABLE) {
                Some(named) => Some(PathBuf::from(named)),
                None => self.directories.file(),
            },
        };
        let mut inputs = match &file {
            Some(file) => file::read(file)?,
            None => Vec::new(),
        };
        inputs.extend(self.variables.inputs()?);
        for over in &self.overrides {
            inputs.push(over.input()?);
        }
        let (values, origins) = layers::lay(&inputs, self.variables.tls(), self.patience)?;
        Ok(Configuration {
            values,
            origins,
            file,
            state: self.directories.state.clone(),
            key: self.variables.key(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::Origin;

    fn sources(variables: &[(&str, &str)]) -> Sources {
        let variables = Variables::new(variables.iter().copied()).unwrap();
        Sources::new(variables, Directories::default())
    }

    #[test]
    fn an_override_wins_over_a_variable_and_that_over_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("p.toml");
        std::fs::write(&path, "\nnetwork = \"of-file\"\n").unwrap();
        let network = |sources: Sources| {
            let configuration = sources.file(&path).read().unwrap();
            let origin = configuration.origin("network").clone();
            (configuration.network().to_owned(), origin)
        };
        let line = Origin::File {
            path: path.clone(),
            line: 2,
        };
        assert_eq!(network(sources(&[])), ("of-file".to_owned(), line));
        let reference = ("OPENCLAW_NETWORK", "of-reference");
        assert_eq!(network(sources(&[reference])).0, "of-reference");
        let both = sources(&[("PORTREEVE_NETWORK", "of-variable"), reference]);
        let variable = Origin::Variable("PORTREEVE_NETWORK".to_owned());
        assert_eq!(network(both.clone()), ("of-variable".to_owned(), variable));
        let told = both.set("the test", "network", "of-override");
        let origin = Origin::Override("the test".to_owned());
        assert_eq!(network(told), ("of-override".to_owned(), origin));
    }

    #[test]
    fn a_file_is_looked_for_where_none_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let directories = Directories {
            configuration: Some(directory.path().join("user")),
            machine: Some(directory.path().join("machine")),
            state: None,
        };
        let sources = Sources::new(Variables::default(), directories);
        assert_eq!(sources.read().unwrap().file(), None);
        for whose in ["machine", "user"] {
            let path = directory.path().join(whose).join("portreeve.toml");
            std::fs::create_dir(directory.path().join(whose)).unwrap();
            std::fs::write(&path, "generation = 7\n").unwrap();
            assert_eq!(sources.read().unwrap().file(), Some(path.as_path()));
        }
    }

    #[test]
    fn patience_is_the_programs_unless_somebody_sets_it() {
        let long = Duration::from_secs(20);
        let patience = |sources: Sources| sources.read().unwrap().timing().patience;
        assert_eq!(patience(sources(&[])), PATIENCE);
        assert_eq!(patience(sources(&[]).patience(long)), long);
        let set = sources(&[("PORTREEVE_TIMING_PATIENCE", "7s")]).patience(long);
        assert_eq!(patience(set), Duration::from_secs(7));
    }

    #[test]
    fn nothing_that_may_be_secret_is_shown() {
        let configuration = sources(&[
            (
                "PORTREEVE_STORE",
                "postgres://me:s3cret@db.example/x?password=s3cret",
            ),
            ("PORTREEVE_TEMPLATE_ENVIRONMENT_API_KEY", "s3cret"),
            ("PORTREEVE_KEY", "s3cret"),
        ])
        .read()
        .unwrap();
        let shown = format!("{configuration:?}{:?}", configuration.entries());
        assert!(shown.contains("db.example"), "{shown}");
        assert!(!shown.contains("s3cret"), "{shown}");
    }
}
