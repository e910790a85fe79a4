//! Names for a user's things on the engine: no two users' alike.

use alloc::format;
use alloc::string::{String, ToString};

use sha2::{Digest, Sha256};

use crate::user::UserId;

/// The names of one user's things on the engine.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Names {
    /// The container's.
    pub container: String,
    /// The volume's.
    pub volume: String,
}

/// How names are made of user ids: two patterns with `{user}` in them.
///
/// An id stands in a name as it is where it is made of `a-z`, `0-9` and `-` and the container's
/// name then stays within 63 bytes, the most that a DNS label holds (and DNS ignores case, so
/// capitals can't tell users apart). Every other id becomes `x--` and a hash of 160 bits; so does
/// an id that looks like one of those.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Naming {
    container: Pattern,
    volume: Pattern,
}

#[derive(Clone, PartialEq, Eq, Debug)]
struct Pattern {
    before: String,
    after: String,
}

const PLACEHOLDER: &str = "{user}";
const HASHED: &str = "x--";
/// 160 bits as hexadecimal digits.
const HASH_DIGITS: usize = 40;
/// What a DNS label, and so a container's name on its network, may have.
const MAX_NAME: usize = 63;

impl Naming {
    /// Takes the patterns, such as `mosaic-user-{user}` and `mosaic-user-{user}-state`.
    pub fn new(container: &str, volume: &str) -> Result<Self, InvalidNaming> {
        let naming = Self {
            container: Pattern::parse(container)?,
            volume: Pattern::parse(volume)?,
        };
        let longest = naming
            .container
            .with(&"x".repeat(HASHED.len() + HASH_DIGITS));
        if longest.len() > MAX_NAME {
            return Err(InvalidNaming::TooLong(container.to_string()));
        }
        Ok(naming)
    }

    /// The names for a user.
    pub fn names(&self, user: &UserId) -> Names {
        let plain = self.container.with(user.as_str());
        let stem = if plain.len() <= MAX_NAME && is_plain(user.as_str()) {
            user.to_string()
        } else {
            let digest = hex::encode(Sha256::digest(user.as_str()));
            format!("{HASHED}{}", &digest[..HASH_DIGITS])
        };
        Names {
            container: self.container.with(&stem),
            volume: self.volume.with(&stem),
        }
    }
}

impl Naming {
    /// The user whose container would go by this name: of a name whose middle is a user's id as it is.
    /// Names with a hash in them tell no user, and nobody else comes by one of those by chance. DNS
    /// ignores case, and so does this.
    pub fn user_of_container(&self, name: &str) -> Option<UserId> {
        let name = name.to_ascii_lowercase();
        let Pattern { before, after } = &self.container;
        let id = name
            .strip_prefix(before.as_str())?
            .strip_suffix(after.as_str())?;
        let user = UserId::new(id).ok()?;
        (self.names(&user).container == name).then_some(user)
    }
}

impl Default for Naming {
    fn default() -> Self {
        Self::new("mosaic-user-{user}", "mosaic-user-{user}-state").expect("both are well formed")
    }
}

fn is_plain(id: &str) -> bool {
    !id.starts_with(HASHED)
        && id
            .bytes()
            .all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

impl Pattern {
    fn parse(text: &str) -> Result<Self, InvalidNaming> {
        let (before, after) = text
            .split_once(PLACEHOLDER)
            .filter(|(_, after)| !after.contains(PLACEHOLDER))
            .ok_or_else(|| InvalidNaming::NoUser(text.to_string()))?;
        let starts_well = before.starts_with(|first: char| first.is_ascii_alphanumeric());
        let well_formed = starts_well
            && before.chars().chain(after.chars()).all(|char| {
                char.is_ascii_lowercase()
                    || char.is_ascii_digit()
                    || matches!(char, '-' | '_' | '.')
            });
        if !well_formed {
            return Err(InvalidNaming::BadCharacters(text.to_string()));
        }
        Ok(Self {
            before: before.to_string(),
            after: after.to_string(),
        })
    }

    fn with(&self, stem: &str) -> String {
        format!("{}{stem}{}", self.before, self.after)
    }
}

/// Why a pattern can't make names.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidNaming {
    /// Not exactly one `{user}`.
    #[error("the name pattern {0:?} must hold {{user}} exactly once")]
    NoUser(String),
    /// Engines wouldn't take the names.
    #[error(
        "the name pattern {0:?} must start with a letter or digit and hold only a-z, 0-9, '-', '_' and '.' beside {{user}}"
    )]
    BadCharacters(String),
    /// The names of hashed ids wouldn't fit.
    #[error(
        "the container name pattern {0:?} leaves less than 43 of a name's 63 bytes for the user"
    )]
    TooLong(String),
}
