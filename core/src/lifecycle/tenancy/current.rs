//! Which container is the user's current one, beside what the record says.

use crate::id::ContainerId;
use crate::projection::project;
use crate::record::Record;

/// Which container the record means, beside what was written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum CurrentContainer {
    /// What the record says.
    AsRecorded,
    /// None: the recorded one was removed under this lease.
    Gone,
    /// This one: it was created under this lease.
    Made(ContainerId),
    /// This one: a start that nobody finished left it, unrecorded. Whatever is done to it under
    /// this lease, it must be known again afterwards, under whatever name.
    Found(ContainerId),
}

project!(
    enum CurrentContainer {
        AsRecorded,
        Gone,
        Made(id),
        Found(id),
    }
);

impl CurrentContainer {
    pub(crate) fn resolve<'a>(&'a self, record: &'a Record) -> Option<&'a ContainerId> {
        match self {
            Self::AsRecorded => record.body.container.as_ref(),
            Self::Gone => None,
            Self::Made(id) | Self::Found(id) => Some(id),
        }
    }
}
