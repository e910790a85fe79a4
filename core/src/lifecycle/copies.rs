//! What lists can't tell a repair: whether a container that bears a user's labels is that user's.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::Lifecycle;
use super::knowledge::Meant;
use super::survey::Survey;
use super::table::Step;
use super::whose::{Owner, Whose};
use crate::command::FoundContainer;
use crate::id::{ContainerId, InstallationId};
use crate::label::Labelled;
use crate::name::Names;
use crate::observed::Observed;
use crate::record::{Record, Row};
use crate::user::UserId;

impl Lifecycle {
    /// The containers that have to be looked at before anything is decided about them: nobody's,
    /// where everything is as it is recorded.
    pub(super) fn to_be_looked_at(
        &self,
        survey: &Survey,
        installation: InstallationId,
    ) -> BTreeSet<ContainerId> {
        let mut unseen = BTreeSet::new();
        self.for_each_user(survey, installation, |owner, row, theirs| {
            let is_unseen = |observed: &&&Observed| match owner.whose(observed) {
                Whose::Unproven => true,
                Whose::Surplus => observed.is_listed(),
                Whose::Current | Whose::Foreign | Whose::Stranger => false,
            };
            if theirs.iter().any(|observed| is_unseen(&observed))
                && self.repair_of(owner.user, row, theirs).1 == Step::AskByUser
            {
                let ids = theirs.iter().filter(is_unseen);
                unseen.extend(ids.map(|observed| observed.id.clone()));
            }
        });
        unseen
    }

    /// The containers that bear users' labels and aren't shown to be theirs, in user order.
    pub(super) fn copies(
        &self,
        survey: &Survey,
        installation: InstallationId,
    ) -> Vec<(UserId, FoundContainer)> {
        let mut copies = Vec::new();
        self.for_each_user(survey, installation, |owner, row, theirs| {
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

    /// Goes through all users that records or labels name, with the containers that bear the user's
    /// labels.
    fn for_each_user(
        &self,
        survey: &Survey,
        installation: InstallationId,
        mut see: impl FnMut(&Owner<'_>, &Row, &[&Observed]),
    ) {
        let mut by_user = survey.by_user();
        for (user, row, _) in &survey.rows {
            let Some(theirs) = by_user.remove(user) else {
                continue;
            };
            let (record, names) = match row {
                Row::Found(record) => (Some(record), record.body.names.clone()),
                Row::Absent | Row::Unreadable(_) => (None, self.settings.naming.names(user)),
            };
            see(&owner(user, installation, &names, record), row, &theirs);
        }
        for (user, theirs) in by_user {
            let names = self.settings.naming.names(user);
            see(
                &owner(user, installation, &names, None),
                &Row::Absent,
                &theirs,
            );
        }
    }
}

fn owner<'a>(
    user: &'a UserId,
    installation: InstallationId,
    names: &'a Names,
    record: Option<&'a Record>,
) -> Owner<'a> {
    Owner {
        user,
        installation,
        names,
        record,
        meant: &Meant::AsRecorded,
    }
}
