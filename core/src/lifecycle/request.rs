//! Who wants what of one user's container, and how it ended for them.

use super::decision::goal::Goal;
use crate::command::Problem;
use crate::error::Error;
use crate::event::Actor;
use crate::id::RequestId;
use crate::projection::project;
#[cfg(feature = "model-checking")]
use crate::projection::{Project, Projection};

/// The number of a bulk command, unique within one `Lifecycle`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct BulkId(pub u64);

#[cfg(feature = "model-checking")]
impl Project for BulkId {
    fn project(&self, out: &mut Projection) {
        out.counted(self.0);
    }
}

/// Who waits for something to be done for a user.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Requester {
    /// A host.
    Host(RequestId),
    /// A command that concerns many users.
    Bulk(BulkId),
    /// The search for a free port.
    PortSearch,
}

project!(
    enum Requester {
        Host(request),
        Bulk(bulk),
        PortSearch,
    }
);

/// What somebody wants for a user.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub goal: Goal,
    pub requester: Requester,
    /// Who that is, by the name that a host has given.
    pub actor: Option<Actor>,
    /// What is to be repaired.
    pub problem: Option<Problem>,
}

project!(struct Request { goal, requester, actor: left_out, problem: left_out });

/// How one user's part of a bulk command ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum ItemResult {
    Done {
        changed: bool,
    },
    Failed(Error),
    /// Somebody else is seeing to the user.
    Dropped,
}

project!(enum ItemResult { Done { changed }, Failed(error), Dropped });
