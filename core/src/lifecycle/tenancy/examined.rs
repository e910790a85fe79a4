//! What was seen of a container that is to be adopted.

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use crate::id::InstallationId;
use crate::label::Labelled;
use crate::lifecycle::decision::facts::ExaminedFact;
use crate::outcome::{MountedVolume, Particulars};
#[cfg(feature = "model-checking")]
use crate::projection::{Project, Projection};
use crate::user::UserId;

/// A container that mounts more named volumes than this isn't adopted: each of them is looked at.
pub(crate) const MOST_VOLUMES: usize = 32;

/// What was seen of a container that is to be adopted, and of the volumes that it mounts.
#[derive(Clone, Debug)]
pub(crate) struct Examined {
    pub particulars: Particulars,
    /// Those volumes that were looked at, with what their labels say; `None` where it isn't there.
    volumes: Vec<(String, Option<VolumeLabels>)>,
}

pub(crate) type VolumeLabels = Labelled<(InstallationId, UserId)>;

#[cfg(feature = "model-checking")]
impl Project for Examined {
    fn project(&self, out: &mut Projection) {
        let Self {
            particulars,
            volumes,
        } = self;
        particulars.project(out);
        volumes.len().project(out);
        for (name, labels) in volumes {
            name.project(out);
            let users = labels.as_ref().map(Labelled::as_ref);
            users
                .map(|labels| labels.map(|(_, user)| user))
                .project(out);
        }
    }
}

impl Examined {
    pub(crate) fn of(particulars: Particulars) -> Self {
        Self {
            particulars,
            volumes: Vec::new(),
        }
    }

    pub(crate) fn fact(examined: Option<&Self>) -> ExaminedFact {
        match examined {
            None => ExaminedFact::No,
            Some(examined) if examined.next_volume().is_some() => ExaminedFact::Container,
            Some(_) => ExaminedFact::Whole,
        }
    }

    /// The next volume that is to be looked at. What is in an anonymous one is no other
    /// container's, and no more than so many are looked at.
    pub(crate) fn next_volume(&self) -> Option<&str> {
        let named = self.named().take(MOST_VOLUMES);
        let mut unseen = named.filter(|volume| self.seen(&volume.name).is_none());
        unseen.next().map(|volume| volume.name.as_str())
    }

    /// Takes in a look at a volume; false if it isn't one of those that are to be looked at.
    pub(crate) fn learn_volume(&mut self, name: &str, labels: Option<VolumeLabels>) -> bool {
        let wanted = self.next_volume() == Some(name);
        if wanted {
            self.volumes.push((name.to_string(), labels));
        }
        wanted
    }

    pub(crate) fn named(&self) -> impl Iterator<Item = &MountedVolume> {
        let volumes = self.particulars.volumes.iter();
        volumes.filter(|volume| !volume.anonymous)
    }

    pub(crate) fn seen(&self, name: &str) -> Option<&Option<VolumeLabels>> {
        let mut seen = self.volumes.iter();
        seen.find_map(|(seen, labels)| (seen == name).then_some(labels))
    }
}
