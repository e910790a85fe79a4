//! Whose a container is.

use super::current::CurrentContainer;
use crate::id::InstallationId;
use crate::label::{Labelled, Labels};
use crate::name::Names;
use crate::observed::{Configured, Observed};
use crate::record::Record;
use crate::user::UserId;

/// Whose container is this?
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Whose {
    /// The record's current container.
    Current,
    /// The user's, but not the current one: never started, never answered, removed by id.
    Surplus,
    /// Its name and its labels are as if it were the user's, and a look at it is to tell.
    Unproven,
    /// Somebody else's, and has the user's container name.
    Foreign,
    /// Somebody else's under another name, and so nobody's obstacle.
    Stranger,
}

/// A user, as far as it takes to tell whose a container is.
pub(crate) struct Owner<'a> {
    pub user: &'a UserId,
    pub installation: InstallationId,
    /// The names in use.
    pub names: &'a Names,
    pub record: Option<&'a Record>,
    pub current_container: &'a CurrentContainer,
}

impl<'a> Owner<'a> {
    /// One of whom nothing is known but the record.
    pub(crate) fn recorded(
        user: &'a UserId,
        installation: InstallationId,
        record: &'a Record,
    ) -> Self {
        Self::read(user, installation, &record.body.names, Some(record))
    }

    /// One of whom nothing else is known than what was read.
    pub(crate) fn read(
        user: &'a UserId,
        installation: InstallationId,
        names: &'a Names,
        record: Option<&'a Record>,
    ) -> Self {
        Self {
            user,
            installation,
            names,
            record,
            current_container: &CurrentContainer::AsRecorded,
        }
    }

    /// Tells whose a container is.
    ///
    /// Labels alone prove nothing: `docker commit` hands them on to an image, that image to all of its
    /// containers, and people copy them. So it is the user's if the record names its id; or if a look
    /// at the container itself shows what no image hands on: the name that it was made with, the port
    /// that its label tells (or none, where it tells that), and the user's volume.
    pub(crate) fn whose(&self, observed: &Observed) -> Whose {
        let expected = self
            .record
            .and_then(|record| self.current_container.resolve(record));
        let recorded = expected.is_some_and(|id| *id == observed.id);
        let others = if observed.name == self.names.container {
            Whose::Foreign
        } else {
            Whose::Stranger
        };
        let labels = match &observed.labels {
            Labelled::Not if recorded && self.record.is_some_and(|record| record.body.adopted) => {
                return Whose::Current;
            }
            Labelled::As(labels) if is_of(labels, self.installation, self.user) => labels,
            Labelled::Not | Labelled::As(_) | Labelled::Unreadable => return others,
        };
        if !recorded {
            match proof(observed, labels, self.names) {
                Proof::Shown => {}
                Proof::ToBeLookedFor => return Whose::Unproven,
                Proof::Missing => return others,
            }
        }
        let current = self.record.is_some_and(|record| {
            labels.record == record.version.record
                && record.port == labels.port
                && (observed.port() == record.port || is_port_untold(observed))
                && expected.is_none_or(|id| *id == observed.id)
        });
        if current {
            Whose::Current
        } else {
            Whose::Surplus
        }
    }
}

fn is_of(labels: &Labels, installation: InstallationId, user: &UserId) -> bool {
    labels.installation == installation && labels.user == *user
}

/// Lists don't tell the port of a container that doesn't run. That one which runs publishes none isn't
/// concluded from a list either.
fn is_port_untold(observed: &Observed) -> bool {
    observed.configured == Configured::Listed { port: None }
}

/// Whether a container that bears a user's labels is shown to have been made for that user.
enum Proof {
    Shown,
    /// Only a list has told of it.
    ToBeLookedFor,
    Missing,
}

fn proof(observed: &Observed, labels: &Labels, names: &Names) -> Proof {
    if observed.name != names.container {
        return Proof::Missing;
    }
    match &observed.configured {
        Configured::Listed { .. } => Proof::ToBeLookedFor,
        Configured::Inspected { port, volumes }
            if *port == labels.port && volumes.contains(&names.volume) =>
        {
            Proof::Shown
        }
        Configured::Inspected { .. } => Proof::Missing,
    }
}
