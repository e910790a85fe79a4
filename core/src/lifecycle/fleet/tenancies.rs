//! The tenancies, by user.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use core::ops::Bound;

use crate::command::Reply;
use crate::error::Error;
use crate::lifecycle::context::Context;
use crate::lifecycle::request::Request;
use crate::lifecycle::tenancy::state::{Stay, Tenancy};
#[cfg(feature = "model-checking")]
use crate::projection::{Project, Projection};
use crate::user::UserId;

/// One for each user of whom something is known, wanted or under way.
#[derive(Clone, Default, Debug)]
pub(crate) struct Tenancies {
    /// In boxes, since they are large, and moved about in the map.
    by_user: BTreeMap<UserId, Box<Tenancy>>,
}

#[cfg(feature = "model-checking")]
impl Project for Tenancies {
    fn project(&self, out: &mut Projection) {
        out.by_user(&self.by_user, Project::project);
    }
}

impl Tenancies {
    pub(crate) fn get(&self, user: &UserId) -> Option<&Tenancy> {
        self.by_user.get(user).map(Box::as_ref)
    }

    pub(crate) fn get_mut(&mut self, user: &UserId) -> Option<&mut Tenancy> {
        self.by_user.get_mut(user).map(Box::as_mut)
    }

    /// The user's, made if there is none.
    pub(crate) fn of(&mut self, cx: &Context, user: &UserId) -> &mut Tenancy {
        let tenancy = self.in_passing(cx, user);
        tenancy.stay = Stay::Lasting;
        tenancy
    }

    /// The user's; one that is made for this is forgotten once this is over and the user is stopped,
    /// unless somebody else has come: it may be for each of a million users.
    pub(crate) fn in_passing(&mut self, cx: &Context, user: &UserId) -> &mut Tenancy {
        self.by_user.entry(user.clone()).or_insert_with(|| {
            let names = cx.settings.naming.names(user);
            let mut tenancy = Tenancy::new(user.clone(), names);
            tenancy.stay = Stay::Passing;
            Box::new(tenancy)
        })
    }

    pub(crate) fn all_mut(&mut self) -> impl Iterator<Item = &mut Tenancy> {
        self.by_user.values_mut().map(Box::as_mut)
    }

    /// Those after this user, in user order.
    pub(crate) fn after_mut(
        &mut self,
        after: Option<&UserId>,
    ) -> impl Iterator<Item = &mut Tenancy> + use<'_> {
        let after = after.cloned().map_or(Bound::Unbounded, Bound::Excluded);
        let others = self.by_user.range_mut((after, Bound::Unbounded));
        others.map(|(_, tenancy)| tenancy.as_mut())
    }

    /// Whether something is being done for the user already.
    pub(crate) fn is_busy(&self, user: &UserId) -> bool {
        self.get(user).is_some_and(Tenancy::is_busy)
    }

    /// Whether somebody wants something for the user.
    pub(crate) fn is_wanted(&self, user: &UserId) -> bool {
        self.get(user).is_some_and(|tenancy| tenancy.run.is_some())
    }

    /// Somebody wants a user's container to reach a goal.
    pub(crate) fn request(&mut self, cx: &mut Context, user: &UserId, request: Request) {
        self.of(cx, user).request(cx, request);
    }

    /// Looks at one user, and does what the table says until it is to wait.
    pub(crate) fn consult(&mut self, cx: &mut Context, user: &UserId) {
        let Some(tenancy) = self.by_user.get_mut(user) else {
            return;
        };
        tenancy.consult(cx);
        if !tenancy.set_wake(cx) {
            self.by_user.remove(user);
        }
    }

    /// Another engine answers: nothing that was seen is believed any more.
    pub(crate) fn forget_engine(&mut self) {
        for tenancy in self.all_mut() {
            tenancy.engine.forget();
            tenancy.currency.since = None;
        }
    }

    /// Tells all who wait that it is over. Runs that hold a lease give it back on their way out.
    pub(crate) fn close(&mut self, cx: &mut Context) {
        cx.batches.hurry(cx.now);
        for tenancy in self.all_mut() {
            tenancy.fail(Error::Closed, cx.answer_by());
            // There is no later: what is to be given back is tried once more now.
            tenancy.store_slot.hurry();
            let waiting = core::mem::take(&mut tenancy.queue);
            for request in waiting {
                tenancy.refuse(cx, &request, &Error::Closed);
            }
            tenancy.fail_amendment(cx, &Error::Closed);
            tenancy.answer_touches(cx, &Reply::Failed(Error::Closed));
        }
    }
}
