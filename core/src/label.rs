//! The labels that say whose a container, volume or network is.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::id::{InstallationId, Port, RecordId};
use crate::user::UserId;

/// The label that every thing of ours bears: the installation's id.
pub const INSTALLATION: &str = "portreeve.installation";
/// The user's id itself.
pub const USER: &str = "portreeve.user";
/// The id of the record the container was made for.
pub const RECORD: &str = "portreeve.record";
/// The host port the container is bound to.
pub const PORT: &str = "portreeve.port";
/// The versioned hash of the container's specification.
pub const SPEC: &str = "portreeve.spec";
/// Which of the user's tokens the container carries.
pub const TOKEN_GENERATION: &str = "portreeve.token-generation";

/// What a container's labels say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Labels {
    /// Whose installation it belongs to.
    pub installation: InstallationId,
    /// Whose container it is.
    pub user: UserId,
    /// The record it was made for.
    pub record: RecordId,
    /// The host port it was bound to.
    pub port: Port,
    /// The versioned hash of its specification.
    pub spec: String,
    /// Which of the user's tokens it carries.
    pub token_generation: u32,
}

impl Labels {
    /// The labels to create the container with.
    pub fn pairs(&self) -> Vec<(String, String)> {
        [
            (INSTALLATION, self.installation.to_string()),
            (USER, self.user.to_string()),
            (RECORD, self.record.to_string()),
            (PORT, self.port.to_string()),
            (SPEC, self.spec.clone()),
            (TOKEN_GENERATION, self.token_generation.to_string()),
        ]
        .map(|(key, value)| (key.to_string(), value))
        .to_vec()
    }

    /// Reads the labels that a container is created with. Of two of one name the last counts, as for
    /// engines.
    pub fn of_pairs(pairs: &[(String, String)]) -> Option<Self> {
        Self::read(|key| {
            let pair = pairs.iter().rev().find(|(name, _)| name == key);
            pair.map(|(_, value)| value.as_str())
        })
    }

    /// Reads a container's labels; `None` unless all of ours are there and readable.
    pub fn read<'a>(label: impl Fn(&str) -> Option<&'a str>) -> Option<Self> {
        Some(Self {
            installation: InstallationId::parse(label(INSTALLATION)?)?,
            user: UserId::new(label(USER)?).ok()?,
            record: RecordId::parse(label(RECORD)?)?,
            port: label(PORT)?.parse().ok()?,
            spec: label(SPEC)?.to_string(),
            token_generation: label(TOKEN_GENERATION)?.parse().ok()?,
        })
    }
}

/// Whether a volume bears the label of this key, and not only a container.
pub fn is_of_volumes(key: &str) -> bool {
    [INSTALLATION, USER].contains(&key)
}

/// The labels of a user's volume.
pub fn volume_pairs(installation: InstallationId, user: &UserId) -> Vec<(String, String)> {
    [
        (INSTALLATION, installation.to_string()),
        (USER, user.to_string()),
    ]
    .map(|(key, value)| (key.to_string(), value))
    .to_vec()
}
