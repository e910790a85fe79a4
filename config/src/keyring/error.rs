//! Why the keys that seal tokens can't be had.

use std::path::PathBuf;

use crate::permissions::OpenToOthers;

/// The variable that takes the file's place.
pub(crate) const VARIABLE: &str = "PORTREEVE_KEY";

const HOW_TO_MAKE: &str = "make one with `head -c 32 /dev/urandom | base64`";

/// Why the keys that seal tokens can't be had. None of it shows a key.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum KeyringError {
    /// There is none for a store that is used from elsewhere, too.
    #[error("there is no key for the store {store}: {VARIABLE} is not set")]
    Unset {
        /// The store's address, without a password.
        store: String,
    },
    /// The file is gone, and the store is there that holds what was sealed with it.
    #[error(
        "the key file {} is missing, and the store {} was made with a key",
        file.display(),
        store.display()
    )]
    Lost {
        /// The file with the keys.
        file: PathBuf,
        /// The file of the store.
        store: PathBuf,
    },
    /// The file that was named isn't there.
    #[error("the key file {} is missing", file.display())]
    Missing {
        /// Which file.
        file: PathBuf,
    },
    /// The file can't be read.
    #[error("the key file {} can't be read: {why}", file.display())]
    Unreadable {
        /// Which file.
        file: PathBuf,
        /// The operating system's words.
        why: String,
    },
    /// Others may read the file.
    #[error("the key file {} is open to others (mode {mode:04o})", file.display())]
    Open {
        /// Which file.
        file: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// What is there is no file, but a directory, a pipe, a device or the like.
    #[error("the key file {} is no regular file", file.display())]
    NotAFile {
        /// Its path.
        file: PathBuf,
    },
    /// Others may change the file, or put another in its place: who knows its key reads every token.
    #[error("the key file {} is not safe: {open}", file.display())]
    Unsafe {
        /// Which file.
        file: PathBuf,
        /// What others may change: the file, or the directory that it is in.
        open: OpenToOthers,
    },
    /// What is there is no key.
    #[error("{place} {what}")]
    Invalid {
        /// The variable or the file.
        place: String,
        /// What is wrong with it.
        what: String,
    },
    /// A new file can't be made.
    #[error("the key file {} can't be made: {why}", file.display())]
    NotMade {
        /// Which file.
        file: PathBuf,
        /// The operating system's words.
        why: String,
    },
}

impl KeyringError {
    /// The kind of error, in one word from a closed list.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unset { .. } | Self::Lost { .. } | Self::Missing { .. } => "key_missing",
            Self::Unreadable { .. }
            | Self::Open { .. }
            | Self::NotAFile { .. }
            | Self::Unsafe { .. }
            | Self::Invalid { .. } => "key_invalid",
            Self::NotMade { .. } => "io",
        }
    }

    /// The way out, in a sentence.
    pub fn hint(&self) -> String {
        match self {
            Self::Unset { .. } => format!(
                "set {VARIABLE} to the key that all users of this store share; {HOW_TO_MAKE}"
            ),
            Self::Lost { .. } => format!("put the file back, or set {VARIABLE} to its text"),
            Self::Missing { .. } => format!("put one there with mode 0600; {HOW_TO_MAKE}"),
            Self::Unreadable { .. } => "it must belong to the user who runs portreeve".to_owned(),
            Self::Open { file, .. } => format!(
                "chmod 600 {}, and think about who may have read it",
                file.display()
            ),
            Self::NotAFile { .. } => {
                format!("name a file with key_file, or set {VARIABLE} to the keys themselves")
            }
            Self::Unsafe { open, .. } => format!(
                "{}, and think about whether the key is still the one you put there",
                open.hint()
            ),
            Self::Invalid { .. } => format!("a key is 32 bytes in base64; {HOW_TO_MAKE}"),
            Self::NotMade { .. } => {
                "check that the place exists and that you may use it".to_owned()
            }
        }
    }
}
