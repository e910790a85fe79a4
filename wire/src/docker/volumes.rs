//! A list of volumes, read as it comes.

use portreeve_core::id::InstallationId;
use portreeve_core::label;
use portreeve_core::outcome::EngineOutcome;
use portreeve_core::user::UserId;

use super::outcome::{unreadable, volume_owner};
use super::size;
use crate::json::Malformed;
use crate::json::sieve::{self, Needed};
use crate::json::split::{Entries, Entry, Splitter};

/// What is read of a volume.
const NEEDED: Needed = Needed::Members(&[
    ("Name", Needed::Scalar),
    ("Labels", Needed::Keyed(label::is_ours, &Needed::Scalar)),
]);

/// Reads a list of volumes, and keeps those of the installation's whose user can be told.
#[derive(Debug)]
pub(super) struct VolumesReader {
    rest: Splitter,
    kept: Kept,
}

#[derive(Debug)]
struct Kept {
    installation: InstallationId,
    volumes: Vec<(String, UserId)>,
}

impl VolumesReader {
    pub(super) fn new(installation: InstallationId) -> Self {
        Self {
            rest: Splitter::new(Entries::Under("Volumes"), size::OF_ONE),
            kept: Kept {
                installation,
                volumes: Vec::new(),
            },
        }
    }

    pub(super) fn feed(&mut self, bytes: &[u8]) {
        // That it can't be read is told at its end.
        let _ = self.rest.feed(bytes, |entry| self.kept.take(entry));
    }

    pub(super) fn outcome(mut self) -> EngineOutcome {
        match self.rest.finish(|entry| self.kept.take(entry)) {
            Ok(()) => EngineOutcome::Volumes(self.kept.volumes),
            Err(_) => unreadable("the answer"),
        }
    }
}

impl Kept {
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
