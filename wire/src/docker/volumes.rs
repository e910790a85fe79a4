//! A list of volumes, read as it comes.

use portreeve_core::id::InstallationId;
use portreeve_core::label;
use portreeve_core::outcome::EngineOutcome;
use portreeve_core::user::UserId;

use super::entries::{Reader, Take};
use super::outcome::{unreadable, volume_owner};
use super::size;
use crate::json::Malformed;
use crate::json::sieve::{self, Needed};
use crate::json::split::{Entries, Entry};

/// What is read of a volume.
const NEEDED: Needed = Needed::Members(&[
    ("Name", Needed::Scalar),
    ("Labels", Needed::Keyed(label::is_ours, &Needed::Scalar)),
]);

/// The volumes of an installation whose users can be told.
#[derive(Debug)]
pub(super) struct Owned {
    installation: InstallationId,
    volumes: Vec<(String, UserId)>,
}

/// Reads a list of volumes, and keeps those of the installation's whose user can be told.
pub(super) fn reader(installation: InstallationId) -> Reader<Owned> {
    let owned = Owned {
        installation,
        volumes: Vec::new(),
    };
    Reader::new(Entries::Under("Volumes"), size::OF_ONE, owned)
}

/// What the list says, now that it has ended.
pub(super) fn outcome(list: Reader<Owned>) -> EngineOutcome {
    match list.finish() {
        (owned, Ok(())) => EngineOutcome::Volumes(owned.volumes),
        (_, Err(_)) => unreadable("the answer"),
    }
}

impl Take for Owned {
    /// A volume whose description is over-long is nobody's that can be told, like one whose labels
    /// can't be read: what isn't known to be ours is left alone.
    fn take(&mut self, entry: Entry<'_>) -> Result<(), Malformed> {
        let Entry::Whole(volume) = entry else {
            return Ok(());
        };
        let volume = sieve::read(volume, &NEEDED)?;
        let owner = volume_owner(&volume["Labels"]);
        if let Some((whose, user)) = owner.told()
            && *whose == self.installation
            && let Some(name) = volume["Name"].as_str()
        {
            self.volumes.push((name.to_owned(), user.clone()));
        }
        Ok(())
    }
}
