//! Portreeve's configuration: a TOML file, environment variables over it, and what a program was
//! told over both, read into what a handle is opened with.
//!
//! The command line reads its configuration with this crate, and so may any other program: the
//! same file and the same variables then mean the same everywhere. All keys, with their variables,
//! forms and defaults, are printed by [`manual`].
//!
//! # A host loads its configuration
//!
//! ```
//! use portreeve_config::{Directories, Sources, Variables};
//! use portreeve_core::settings::{Timing, Maintenance};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let directory = tempfile::tempdir()?;
//! # let file = directory.path().join("portreeve.toml");
//! # let state = directory.path().join("state");
//! std::fs::write(&file, "[template]\nimage = \"example/agent:3\"\nmemory = \"512MiB\"\n")?;
//!
//! // `Sources::of_process()` takes the variables and directories of this process instead.
//! let variables = Variables::new([("PORTREEVE_NETWORK", "agents")])?;
//! let directories = Directories {
//!     state: Some(state),
//!     ..Directories::default()
//! };
//! let configuration = Sources::new(variables, directories)
//!     .file(&file)
//!     .set("my host", "limits.running", "200")
//!     .patience(Timing::default().patience)
//!     .load()?;
//!
//! // The directory of a store that is a file is made, and so is a key, where there is none yet.
//! configuration.prepare_store()?;
//! let mut settings = configuration.settings(configuration.keyring()?)?;
//! settings.maintenance = Maintenance::full();
//! assert_eq!(settings.template.image, "example/agent:3");
//! assert_eq!(settings.network, "agents");
//! assert_eq!(settings.limits.running, Some(200));
//!
//! // With these a driver opens a handle.
//! let engine = configuration.engine_address()?;
//! let store = configuration.store_address()?;
//! # let _ = (engine, store);
//! # Ok(())
//! # }
//! ```
//!
//! # Where each value comes from
//!
//! ```
//! use portreeve_config::{Directories, Origin, Sources, Variables};
//!
//! # fn main() -> Result<(), portreeve_config::Error> {
//! let variables = Variables::new([("PORTREEVE_NETWORK", "agents")])?;
//! let configuration = Sources::new(variables, Directories::default()).read()?;
//! let variable = Origin::Variable("PORTREEVE_NETWORK".to_owned());
//! assert_eq!(configuration.origin("network"), &variable);
//! assert_eq!(configuration.origin("template.memory"), &Origin::Default);
//!
//! // What is in force, key by key, without secrets.
//! let network = configuration
//!     .entries()
//!     .into_iter()
//!     .find(|entry| entry.key == "network")
//!     .unwrap();
//! assert_eq!(network.value.as_deref(), Some("\"agents\""));
//! # Ok(())
//! # }
//! ```
//!
//! # What is wrong
//!
//! The first mistake is an [`Error`] that names the key, the place and, where there is one, the
//! nearest key there is:
//!
//! ```
//! use std::path::Path;
//!
//! use portreeve_config::Configuration;
//!
//! let text = "\n[limits]\nruning = 5\n";
//! let error = Configuration::of_file(Path::new("portreeve.toml"), text).unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "portreeve.toml:3: unknown key `limits.runing`; did you mean `limits.running`?"
//! );
//! assert_eq!(error.key(), Some("limits.runing"));
//! assert_eq!(error.nearest(), Some("limits.running"));
//! assert_eq!(error.code(), "config_invalid");
//! ```

mod check;
mod choice;
mod configuration;
mod directories;
mod error;
mod field;
mod file;
mod form;
mod keyring;
mod keys;
mod layers;
pub mod length;
mod manual;
mod nearest;
mod origin;
mod overrides;
mod permissions;
mod provenance;
mod reach;
mod slot;
mod sources;
mod store;
mod values;
mod variables;

pub use configuration::Configuration;
pub use directories::Directories;
pub use error::{Error, WrongKey};
pub use keyring::{KeyText, KeyringError, KeyringPlace};
pub use manual::manual;
pub use origin::Origin;
pub use permissions::OpenToOthers;
pub use provenance::Entry;
pub use sources::Sources;
pub use variables::Variables;
