//! What lists can't tell a repair: whether a container that bears a user's labels is that user's.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::problem::repair_of;
use super::read::ReadUser;
use crate::command::FoundContainer;
use crate::id::{ContainerId, InstallationId};
use crate::label::Labelled;
use crate::lifecycle::context::Context;
use crate::lifecycle::decision::step::Step;
use crate::lifecycle::tenancy::whose::{Owner, Whose};
use crate::observed::Observed;
use crate::record::Row;
use crate::user::UserId;

/// The containers that have to be looked at before anything is decided about them: nobody's,
/// where everything is as it is recorded.
pub(crate) fn to_be_looked_at(
    cx: &Context,
    page: &[ReadUser<'_>],
    installation: InstallationId,
) -> BTreeSet<ContainerId> {
    let mut unseen = BTreeSet::new();
    for_each_user(cx, page, installation, |owner, row, theirs| {
        let is_unseen = |observed: &&&Observed| match owner.whose(observed) {
            Whose::Unproven => true,
            Whose::Surplus => observed.is_listed(),
            Whose::Current | Whose::Foreign | Whose::Stranger => false,
        };
        if theirs.iter().any(|observed| is_unseen(&observed))
            && repair_of(cx, owner.user, row, theirs).1 == Step::AskByUser
        {
            let ids = theirs.iter().filter(is_unseen);
            unseen.extend(ids.map(|observed| observed.id.clone()));
        }
    });
    unseen
}

/// The containers that bear users' labels and aren't shown to be theirs, in user order.
pub(crate) fn copies(
    cx: &Context,
    page: &[ReadUser<'_>],
    installation: InstallationId,
) -> Vec<(UserId, FoundContainer)> {
    let mut copies = Vec::new();
    for_each_user(cx, page, installation, |owner, row, theirs| {
        // What an unreadable record says is unknown: one of these may be the user's.
        if matches!(row, Row::Unreadable(_)) {
            return;
        }
        for observed in theirs {
            let copy = match owner.whose(observed) {
                Whose::Foreign | Whose::Stranger => match &observed.labels {
                    Labelled::As(labels) => labels.installation == installation,
                    Labelled::Not | Labelled::Unreadable => false,
                },
                Whose::Current | Whose::Surplus | Whose::Unproven => false,
            };
            if copy {
                let found = FoundContainer {
                    id: observed.id.clone(),
                    name: observed.name.clone(),
                };
                copies.push((owner.user.clone(), found));
            }
        }
    });
    copies.sort_by(|(one, _), (other, _)| one.cmp(other));
    copies
}

/// Goes through all users of the page who have any, with the containers that bear the user's
/// labels.
fn for_each_user(
    cx: &Context,
    page: &[ReadUser<'_>],
    installation: InstallationId,
    mut see: impl FnMut(&Owner<'_>, &Row, &[&Observed]),
) {
    for read in page.iter().filter(|read| !read.containers.is_empty()) {
        let (record, names) = match read.row {
            Row::Found(record) => (Some(record), record.body.names.clone()),
            Row::Absent | Row::Unreadable(_) => (None, cx.settings.naming.names(read.user)),
        };
        let owner = Owner::read(read.user, installation, &names, record);
        see(&owner, read.row, &read.containers);
    }
}
