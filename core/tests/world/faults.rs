//! What goes wrong in the world, as tests switch it on and off.

use std::collections::BTreeSet;

/// Something that goes wrong for as long as it is switched on.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Fault {
    /// The engine can't be reached.
    EngineAway,
    /// Another engine answers at the engine's address.
    AnotherEngine,
    /// The driver looks at no fence: the host has an engine client of its own.
    IgnoresFences,
    /// The engine's client answers that it is done when it is asked which engine it is.
    TellsNoId,
    /// The engine was restarted: it tells no labels of a volume that is there when it is to be made.
    TellsNoLabels,
    /// What bears users' labels can't be read in the engine's lists.
    ListsInPart,
    /// The engine's lists tell nothing of health, as Podman's do.
    ListsNoHealth,
    /// The engine drops events without a word.
    DropsEvents,
    /// Somebody else's container mounts every volume.
    VolumesInUse,
    /// The engine has no image.
    ImageMissing,
    /// The image is there when it is looked for, and gone when a container is to be made of it.
    ImageVanishes,
    /// The containers that are examined are to be removed by the engine once they have ended.
    AutoRemove,
    /// Nothing answers on any port.
    NobodyListens,
    /// As many containers run on the engine as may.
    EngineFull,
    /// The store can't be reached.
    StoreAway,
    /// The store is sent statements, does nothing with them, and never answers.
    StoreHangs,
    /// The store can be read and not be written.
    StoreIsReadOnly,
    /// The store's disk is full: it can be read, and says that it can't be written.
    StoreIsFull,
    /// What is carried out is never answered.
    NeverAnswers,
}

/// The faults that are switched on.
#[derive(Default)]
pub struct Faults(BTreeSet<Fault>);

impl Faults {
    pub(super) fn set(&mut self, fault: Fault, on: bool) {
        if on {
            self.0.insert(fault);
        } else {
            self.0.remove(&fault);
        }
    }

    pub(super) fn has(&self, fault: Fault) -> bool {
        self.0.contains(&fault)
    }
}
