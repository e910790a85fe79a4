//! What can be wrong with a configuration.

use std::borrow::Cow;
use std::path::PathBuf;

use portreeve_core::user::InvalidUserId;

use crate::keyring::KeyringError;
use crate::origin::Origin;

/// Why a configuration can't be had.
///
/// Each has a [`code`](Error::code) from the same closed list as the core's errors, a message that
/// names the place and the key, and a [`hint`](Error::hint) that names the way out. Of secrets none
/// is shown.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Error {
    /// The configuration file can't be read.
    #[error("the configuration file {} can't be read: {why}", path.display())]
    File {
        /// Which file.
        path: PathBuf,
        /// The operating system's words.
        why: String,
    },
    /// The configuration file isn't TOML.
    #[error("{origin}: {why}")]
    Syntax {
        /// Which line.
        origin: Origin,
        /// What is wrong with it.
        why: String,
    },
    /// A key that was to be set isn't one that can be.
    #[error("{}", wrong_key(origin, why))]
    Key {
        /// Where it was to be set.
        origin: Origin,
        /// Why it can't be.
        why: WrongKey,
    },
    /// A key's value isn't what it takes.
    #[error("{origin}: {key}: {why}")]
    Value {
        /// Where the value was given.
        origin: Origin,
        /// The key's full name.
        key: String,
        /// What it takes, and what was found.
        why: String,
    },
    /// A variable begins as Portreeve's do, and is none.
    #[error("{name} is no variable of Portreeve's")]
    Variable {
        /// Its name.
        name: String,
        /// The known one that is most like it, if any is.
        nearest: Option<String>,
    },
    /// A variable's value isn't UTF-8.
    #[error("{name} is not UTF-8")]
    NotText {
        /// The variable's name.
        name: String,
    },
    /// An override isn't written as `KEY=VALUE`.
    #[error("{origin} takes KEY=VALUE")]
    Assignment {
        /// What the program was told it with.
        origin: Origin,
    },
    /// A value makes no sense, by itself or beside the others.
    #[error("{message}")]
    Nonsense {
        /// The key to mend; of several that don't go together, one.
        key: String,
        /// What makes no sense.
        message: String,
        /// The way out.
        hint: &'static str,
    },
    /// There is nowhere to keep what nobody named a place for.
    #[error("there is no home directory to keep the store and the key in")]
    NoHome,
    /// The store is a file that can't be there.
    #[error("the store {} can't be opened: {why}", path.display())]
    Store {
        /// Which file.
        path: PathBuf,
        /// The operating system's words.
        why: String,
    },
    /// The keys that seal tokens can't be had.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
}

/// Why a key can't be set.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum WrongKey {
    /// There is no such key.
    #[error("unknown key `{key}`{}", suggestion(nearest.as_deref()))]
    Unknown {
        /// The key, without the table where that is known.
        key: String,
        /// The known one that was probably meant.
        nearest: Option<String>,
    },
    /// There is no such key below another one.
    #[error("unknown key `{key}` below `{above}`")]
    Below {
        /// The key.
        key: String,
        /// The one above it.
        above: String,
    },
    /// It is of a user whose id can't be one.
    #[error(transparent)]
    User(#[from] InvalidUserId),
    /// It isn't a key but a table of keys.
    #[error("`{table}` is a table of keys")]
    Table {
        /// The table's full name.
        table: String,
    },
    /// Its number is larger than any that can be written.
    #[error("{key} is out of range")]
    OutOfRange {
        /// The key's full name.
        key: String,
    },
}

fn suggestion(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |nearest| {
        format!("; did you mean `{nearest}`?")
    })
}

fn wrong_key(origin: &Origin, why: &WrongKey) -> String {
    match (origin, why) {
        (Origin::Variable(name), WrongKey::Table { table }) => {
            format!("{name} can't set the table {table}")
        }
        _ => format!("{origin}: {why}"),
    }
}

impl Error {
    /// What makes no sense about a key's value, and the way out.
    pub(crate) fn nonsense(
        key: impl Into<String>,
        message: impl Into<String>,
        hint: &'static str,
    ) -> Self {
        Self::Nonsense {
            key: key.into(),
            message: message.into(),
            hint,
        }
    }

    /// The kind of error, in one word from a closed list.
    pub fn code(&self) -> &'static str {
        match self {
            Self::File { .. }
            | Self::Syntax { .. }
            | Self::Key { .. }
            | Self::Value { .. }
            | Self::Variable { .. }
            | Self::NotText { .. }
            | Self::Nonsense { .. }
            | Self::NoHome => "config_invalid",
            Self::Assignment { .. } => "usage",
            Self::Store { .. } => "store_unreachable",
            Self::Keyring(error) => error.code(),
        }
    }

    /// The way out, in a sentence.
    pub fn hint(&self) -> Cow<'static, str> {
        let hint = match self {
            Self::File { .. } => "name a file that you may read with --config or PORTREEVE_CONFIG",
            Self::Syntax { .. } => "the file must be TOML: https://toml.io",
            Self::Key { origin, why } => return hint_at_keys(origin, why).into(),
            Self::Value { .. } => "`portreeve config --keys` tells what each key takes",
            Self::Variable { nearest, .. } => match nearest {
                Some(nearest) => return format!("did you mean {nearest}?").into(),
                None => "unset it; `portreeve config --keys` lists the variables",
            },
            Self::NotText { .. } => "set it to text, or unset it",
            Self::Assignment { origin } => {
                return format!(
                    "as in {origin} template.memory=512MiB; `portreeve config --keys` lists the keys"
                )
                .into();
            }
            Self::Nonsense { hint, .. } => hint,
            Self::NoHome => {
                "name them: set store and key_file, or PORTREEVE_STORE and PORTREEVE_KEY"
            }
            Self::Store { .. } => {
                "let this user write there, or name another store with --store or PORTREEVE_STORE"
            }
            Self::Keyring(error) => return error.hint().into(),
        };
        hint.into()
    }

    /// Where the mistake is, if it is at one place.
    pub fn origin(&self) -> Option<&Origin> {
        match self {
            Self::Syntax { origin, .. }
            | Self::Key { origin, .. }
            | Self::Value { origin, .. }
            | Self::Assignment { origin } => Some(origin),
            Self::File { .. }
            | Self::Variable { .. }
            | Self::NotText { .. }
            | Self::Nonsense { .. }
            | Self::NoHome
            | Self::Store { .. }
            | Self::Keyring(_) => None,
        }
    }

    /// The key that the mistake is about, if it is about one.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Value { key, .. } | Self::Nonsense { key, .. } => Some(key),
            Self::Key { why, .. } => match why {
                WrongKey::Unknown { key, .. }
                | WrongKey::Below { key, .. }
                | WrongKey::OutOfRange { key } => Some(key),
                WrongKey::Table { table } => Some(table),
                WrongKey::User(_) => None,
            },
            Self::Store { .. } => Some("store"),
            Self::File { .. }
            | Self::Syntax { .. }
            | Self::Variable { .. }
            | Self::NotText { .. }
            | Self::Assignment { .. }
            | Self::NoHome
            | Self::Keyring(_) => None,
        }
    }

    /// The known key or variable that was probably meant by one that there isn't.
    pub fn nearest(&self) -> Option<&str> {
        match self {
            Self::Variable { nearest, .. }
            | Self::Key {
                why: WrongKey::Unknown { nearest, .. },
                ..
            } => nearest.as_deref(),
            _ => None,
        }
    }
}

fn hint_at_keys(origin: &Origin, why: &WrongKey) -> &'static str {
    match (origin, why) {
        (Origin::Variable(_), WrongKey::Table { .. }) => "set one of its keys",
        (Origin::Variable(_), _) => "unset it",
        (Origin::Override(_), WrongKey::Table { .. }) => {
            "set one of its keys; `portreeve config --keys` lists them"
        }
        (Origin::Override(_) | Origin::File { .. } | Origin::Default, _) => {
            "`portreeve config --keys` lists the keys"
        }
    }
}
