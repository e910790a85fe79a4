//! Comparing what is known of all users' containers with a list of the engine's, a slice at a time.

use core::time::Duration;

use super::tenancies::Tenancies;
use crate::lifecycle::context::Context;
use crate::lifecycle::context::event_stream::{Resync, Stage};
use crate::lifecycle::tenancy::knowledge::{Seen, View};
use crate::lifecycle::tenancy::state::Tenancy;
use crate::observed::Observed;

/// For that long a list may not show yet what an event has told. Docker 20.10 tells of a death, takes
/// the container off its network, and only then has lists show it, 0.05 to 0.12 s later; a look at
/// the container itself waits for all of that.
pub(crate) const LAG: Duration = Duration::from_secs(1);

/// After so many lists in a row that told what no event told, the stream is opened anew: one event
/// may be on its way while a list is.
const SURPRISES: u32 = 2;

impl Tenancies {
    /// Goes on with what a list told, as far as this call's slice allows.
    pub(crate) fn run_resync(&mut self, cx: &mut Context) {
        let Some(mut resync) = cx.events.resync.take() else {
            return;
        };
        let is_current = |cx: &Context| cx.events.open_since().is_some_and(|at| at <= resync.sent);
        if !is_current(cx) {
            resync.stage = Stage::Forget;
        }
        if resync.stage == Stage::Sort && resync.listing.sort(&mut cx.slice) {
            resync.stage = Stage::Compare;
        }
        if resync.stage == Stage::Compare && self.compare(cx, &mut resync) {
            resync.stage = Stage::Forget;
            self.conclude_resync(cx, &resync);
        }
        if resync.stage != Stage::Forget || !resync.listing.forget(&mut cx.slice) {
            cx.events.resync = Some(resync);
        }
    }

    /// Takes what was listed for what is so, of users for whom nothing is being done; true once all were
    /// gone through.
    fn compare(&mut self, cx: &mut Context, resync: &mut Resync) -> bool {
        for tenancy in self.after_mut(resync.reached.take().as_ref()) {
            let theirs = resync.listing.take(&tenancy.user);
            resync.surprised |= tenancy.learn_listed(cx, resync, &theirs);
            if !cx.slice.take() {
                resync.reached = Some(tenancy.user.clone());
                return false;
            }
        }
        true
    }

    /// From now on what was seen is vouched for by the events past this list, unless lists tell again and
    /// again what no event told.
    fn conclude_resync(&mut self, cx: &mut Context, resync: &Resync) {
        cx.events.listed = Some(resync.sent);
        cx.events.surprises = if resync.surprised {
            cx.events.surprises + 1
        } else {
            0
        };
        if cx.events.surprises >= SURPRISES {
            self.abandon_stream(cx);
        }
    }
}

impl Tenancy {
    /// Takes what a list tells of the user's containers for what is so, unless something is known that is
    /// younger. A list in part tells nothing of those it doesn't name, and may have left out another
    /// container of those it does. True if it tells what an event should have told.
    fn learn_listed(&mut self, cx: &Context, resync: &Resync, theirs: &[Observed]) -> bool {
        if !self.may_learn_from_list(cx.now, resync.sent, LAG) {
            return false;
        }
        if !resync.whole && theirs.is_empty() {
            self.lose_events();
            return false;
        }
        let theirs: alloc::vec::Vec<_> = theirs.iter().collect();
        let followed = self
            .currency
            .since
            .is_some_and(|seen| Some(seen) >= cx.events.open_since());
        let surprised = followed && self.is_surprised(&theirs, cx.now);
        self.engine = View::of(Seen {
            complete: resync.whole,
            ..Seen::listed(&theirs, resync.sent)
        });
        self.currency.since = Some(resync.sent);
        surprised
    }
}
