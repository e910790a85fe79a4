//! Whether what was seen is kept current by the engine's events.

use crate::lifecycle::context::Context;
use crate::lifecycle::tenancy::state::Tenancy;
use crate::observed::Observed;
use crate::time::Instant;

impl Tenancy {
    /// Whether what is known of the user's container is as good as a look at it now.
    pub(crate) fn is_kept_current(&self, cx: &Context) -> bool {
        let trust = cx.settings.timing.trust;
        let (Some(since), Some(listed)) = (cx.events.open_since(), cx.events.listed) else {
            return false;
        };
        // Events tell of what bears our labels: neither of one that was adopted, nor of somebody
        // else's that has the name.
        let told = |observed: &Observed| {
            let labels = observed.labels.told();
            labels.is_some_and(|labels| {
                Some(labels.installation) == cx.installation() && labels.user == self.user
            })
        };
        cx.is_identity_proven()
            && self.seen().all(told)
            && cx.now < listed.after(trust)
            && self.currency.since.is_some_and(|seen| seen >= since)
    }

    /// Notes since when the outcome of an effect tells what is so.
    pub(crate) fn note_looked(&mut self, cx: &Context, looked: bool, sent: Instant) {
        let open = cx.events.open_since();
        let currency = &mut self.currency;
        let seen = if looked { Some(sent) } else { currency.since };
        let disturbed = currency.disturbed;
        currency.since = seen.filter(|at| !disturbed && open.is_some_and(|since| since <= *at));
    }
}
