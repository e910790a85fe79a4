//! What those who wait for a run were told last, so that they aren't told it again.

use crate::command::Progress;
use crate::id::ControllerId;
use crate::lifecycle::context::Context;
use crate::lifecycle::output::Output;
use crate::lifecycle::request::Requester;
use crate::record::Lease;
use crate::time::Instant;

/// What was told last.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum LastProgress {
    /// Whose lease is waited for, and when it ends.
    Lease(ControllerId, Instant),
    Other(Progress),
}

impl LastProgress {
    /// Whether that says the same. Where one waits in a queue may change with each who leaves it, and is told
    /// once; a lease that was renewed is told again, and one whose end was only read anew isn't.
    pub(super) fn covers(&self, next: &Self, cx: &Context) -> bool {
        match (self, next) {
            (Self::Lease(one, until), Self::Lease(other, later)) => {
                one == other && later.since(*until) <= cx.settings.timing.margin
            }
            (Self::Other(Progress::Queued { .. }), Self::Other(Progress::Queued { .. })) => true,
            (one, other) => one == other,
        }
    }

    pub(super) fn now(&self, cx: &Context) -> Progress {
        match self {
            Self::Lease(owner, until) => Progress::AwaitingLease(Lease {
                owner: *owner,
                remaining: until.since(cx.now),
            }),
            Self::Other(progress) => progress.clone(),
        }
    }
}

/// Tells one who waits.
pub(super) fn tell(cx: &mut Context, requester: Requester, progress: Progress) {
    match requester {
        Requester::Host(request) => cx.outbox.push_back(Output::Progress(request, progress)),
        // Nobody is told of the single users of a bulk command, nor of whoever gives way.
        Requester::Bulk(_) | Requester::PortSearch => {}
    }
}
