//! The labels that say whose a container, volume or network is.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::num::ParseIntError;

use crate::id::{InstallationId, Port, RecordId};
use crate::user::UserId;

/// What the name of every label of Portreeve's begins with.
const PREFIX: &str = "portreeve.";

/// Whether a label of this name is one of Portreeve's.
pub fn is_ours(key: &str) -> bool {
    key.starts_with(PREFIX)
}

/// The label that every thing of ours bears: the installation's id.
pub const INSTALLATION: &str = "portreeve.installation";
/// The user's id itself.
pub const USER: &str = "portreeve.user";
/// The id of the record the container was made for.
pub const RECORD: &str = "portreeve.record";
/// The host port the container is bound to, or `none`.
pub const PORT: &str = "portreeve.port";
/// What stands in place of a host port where the container publishes none. It is said outright, since
/// a label that is missing makes the others unreadable.
const NO_PORT: &str = "none";
/// The versioned hash of the container's specification.
pub const SPEC: &str = "portreeve.spec";
/// Which of the user's tokens the container carries.
pub const TOKEN_GENERATION: &str = "portreeve.token-generation";

/// Whether a thing bears labels of Portreeve's, and what they say.
///
/// Labels alone prove nothing: images hand theirs on to containers, and people copy them. But what
/// bears any is somebody's, whether or not they can be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Labelled<T> {
    /// It bears none.
    Not,
    /// It bears all there have to be: what they say.
    As(T),
    /// It bears some, and they can't be read whole.
    Unreadable,
}

impl<T> Labelled<T> {
    /// What the labels say, if they can be read.
    pub fn told(&self) -> Option<&T> {
        match self {
            Self::As(told) => Some(told),
            Self::Not | Self::Unreadable => None,
        }
    }

    /// The same, borrowed.
    pub fn as_ref(&self) -> Labelled<&T> {
        match self {
            Self::Not => Labelled::Not,
            Self::As(told) => Labelled::As(told),
            Self::Unreadable => Labelled::Unreadable,
        }
    }

    /// What the labels say, if they can be read, to be changed.
    pub fn told_mut(&mut self) -> Option<&mut T> {
        match self {
            Self::As(told) => Some(told),
            Self::Not | Self::Unreadable => None,
        }
    }

    /// The same, with something else made of what the labels say.
    pub fn map<U>(self, make: impl FnOnce(T) -> U) -> Labelled<U> {
        match self {
            Self::Not => Labelled::Not,
            Self::As(told) => Labelled::As(make(told)),
            Self::Unreadable => Labelled::Unreadable,
        }
    }

    /// Reads those labels that are Portreeve's. Of two of one name the last counts, as for
    /// engines; one whose value is no text can't be read.
    fn read<'a>(
        labels: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
        whole: impl FnOnce(&dyn Fn(&str) -> Option<&'a str>) -> Option<T>,
    ) -> Self {
        let ours: BTreeMap<&str, Option<&str>> =
            labels.into_iter().filter(|(key, _)| is_ours(key)).collect();
        if ours.is_empty() {
            return Self::Not;
        }
        whole(&|key| ours.get(key).copied().flatten()).map_or(Self::Unreadable, Self::As)
    }
}

/// What a container's labels say.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Labels {
    /// Whose installation it belongs to.
    pub installation: InstallationId,
    /// Whose container it is.
    pub user: UserId,
    /// The record it was made for.
    pub record: RecordId,
    /// The host port it was bound to, if it publishes any.
    pub port: Option<Port>,
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
            (PORT, port_text(self.port)),
            (SPEC, self.spec.clone()),
            (TOKEN_GENERATION, self.token_generation.to_string()),
        ]
        .map(|(key, value)| (key.to_string(), value))
        .to_vec()
    }

    /// Reads the labels that a container is created with.
    pub fn of_pairs(pairs: &[(String, String)]) -> Labelled<Self> {
        Self::read(
            pairs
                .iter()
                .map(|(key, value)| (key.as_str(), Some(value.as_str()))),
        )
    }

    /// Reads a container's labels: names and values, `None` for a value that is no text.
    pub fn read<'a>(
        labels: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
    ) -> Labelled<Self> {
        Labelled::read(labels, |label| Self::whole(label))
    }

    fn whole<'a>(label: &dyn Fn(&str) -> Option<&'a str>) -> Option<Self> {
        Some(Self {
            installation: InstallationId::parse(label(INSTALLATION)?)?,
            user: UserId::new(label(USER)?).ok()?,
            record: RecordId::parse(label(RECORD)?)?,
            port: read_port(label(PORT)?).ok()?,
            spec: label(SPEC)?.to_string(),
            token_generation: label(TOKEN_GENERATION)?.parse().ok()?,
        })
    }
}

fn port_text(port: Option<Port>) -> String {
    port.map_or_else(|| NO_PORT.to_string(), |port| port.to_string())
}

fn read_port(text: &str) -> Result<Option<Port>, ParseIntError> {
    if text == NO_PORT {
        return Ok(None);
    }
    text.parse().map(Some)
}

/// Whether a volume bears the label of this key, and not only a container.
pub fn is_of_volumes(key: &str) -> bool {
    [INSTALLATION, USER].contains(&key)
}

/// Reads a volume's labels: names and values, `None` for a value that is no text. Tells which
/// installation and which user they name.
pub fn volume_owner<'a>(
    labels: impl IntoIterator<Item = (&'a str, Option<&'a str>)>,
) -> Labelled<(InstallationId, UserId)> {
    Labelled::read(labels, |label| {
        let installation = InstallationId::parse(label(INSTALLATION)?)?;
        let user = UserId::new(label(USER)?).ok()?;
        Some((installation, user))
    })
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
