//! What a bulk command has read: records, containers, volumes.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::volumes::Volumes;
use crate::id::ContainerId;
use crate::label::Labelled;
use crate::lifecycle::context::listing::Listing;
use crate::lifecycle::context::slice::Slice;
use crate::observed::Observed;
#[cfg(feature = "model-checking")]
use crate::projection::{Project, Projection};
use crate::record::{Record, Row};
use crate::spec::EnvValue;
use crate::time::Instant;
use crate::user::UserId;

/// All that was read so far.
#[derive(Clone, Default, Debug)]
pub(crate) struct Reading {
    /// What the store said, and when it was asked: of the page at hand, where it is read by pages.
    pub rows: Vec<(UserId, Row, Instant)>,
    /// The containers of those whose records these are.
    pub containers: Vec<Observed>,
    /// Those that the engine lists, by the user whom their labels name, and whose records weren't met yet.
    pub listed: Listing,
    /// When the engine was asked for its list.
    pub listed_at: Option<Instant>,
    /// What couldn't be read of the engine's list: it proves nothing then about whom it doesn't name.
    pub unread: Option<String>,
    /// The containers of which the list tells too little and no look told more: what was heard instead.
    pub unseen: BTreeMap<ContainerId, String>,
    pub volumes: Volumes,
    /// The variables of the one container that was examined: it may carry a token that nobody else knows.
    pub environment: Vec<(String, EnvValue)>,
}

/// What was read of a user.
#[derive(Clone, Debug)]
pub(crate) struct ReadUser<'a> {
    pub user: &'a UserId,
    pub row: &'a Row,
    /// When the store was asked for it.
    pub sent: Instant,
    pub containers: Vec<&'a Observed>,
}

#[cfg(feature = "model-checking")]
impl Project for Reading {
    fn project(&self, out: &mut Projection) {
        let Self {
            rows,
            containers,
            listed,
            listed_at: _,
            unread,
            unseen,
            volumes,
            environment,
        } = self;
        out.by_user(
            rows.iter().map(|(user, row, sent)| (user, (row, sent))),
            |(row, sent), out| {
                row.project(out);
                sent.project(out);
            },
        );
        containers.project(out);
        listed.project(out);
        unread.is_some().project(out);
        unseen.len().project(out);
        for container in unseen.keys() {
            container.project(out);
        }
        volumes.project(out);
        environment.len().project(out);
    }
}

impl Reading {
    /// Takes in the engine's list, before any record is read or anew. Who was passed by then and had no
    /// record belongs to nobody still; what the new list tells of others who were passed may be younger
    /// than what was read of them.
    pub(crate) fn learn_list(
        &mut self,
        listed: Vec<Observed>,
        sent: Instant,
        passed: Option<&UserId>,
    ) {
        self.listed_at = Some(sent);
        self.listed.renew(listed, passed);
    }

    /// Sorts as much of what the engine listed as the slice allows; true once all is.
    pub(crate) fn sort(&mut self, slice: &mut Slice) -> bool {
        self.volumes.sort(slice) && self.listed.sort(slice)
    }

    /// Lets go of what the engine listed, as far as the slice allows; true once nothing is left.
    pub(crate) fn forget(&mut self, slice: &mut Slice) -> bool {
        self.volumes.forget(slice) && self.listed.forget(slice)
    }

    /// Takes in records, with the containers that the list has of their users.
    pub(crate) fn learn_rows(&mut self, rows: Vec<(UserId, Row)>, sent: Instant) {
        for (user, row) in rows {
            self.containers.extend(self.listed.take(&user));
            if row != Row::Absent {
                self.volumes.note_user(&user);
            }
            if let Row::Found(record) = &row {
                self.volumes.note_named(&record.body.names.volume);
            }
            self.rows.push((user, row, sent));
        }
    }

    /// What was read of a page is forgotten, before the next is read.
    pub(crate) fn turn_page(&mut self) {
        self.rows.clear();
        self.containers.clear();
        self.unseen.clear();
    }

    /// Those users who have a readable record.
    pub(crate) fn records(&self) -> impl Iterator<Item = (&UserId, &Record)> + Clone {
        self.rows.iter().filter_map(|(user, row, _)| match row {
            Row::Found(record) => Some((user, record)),
            Row::Absent | Row::Unreadable(_) => None,
        })
    }

    /// Whether nobody has a record.
    pub(crate) fn is_nobody(&self) -> bool {
        self.rows.iter().all(|(_, row, _)| *row == Row::Absent)
    }

    /// The containers that records name.
    pub(crate) fn recorded_containers(&self) -> Vec<ContainerId> {
        let recorded = self.records();
        recorded
            .filter_map(|(_, record)| record.body.container.clone())
            .collect()
    }

    /// Those of the page whose records were asked for, each with its containers.
    pub(crate) fn page(&self) -> Vec<ReadUser<'_>> {
        let mut by_user = self.by_user();
        let rows = self.rows.iter();
        rows.map(|(user, row, sent)| ReadUser {
            user,
            row,
            sent: *sent,
            containers: by_user.remove(user).unwrap_or_default(),
        })
        .collect()
    }

    /// The containers of each user: those that their labels say, and those that were adopted.
    fn by_user(&self) -> BTreeMap<&UserId, Vec<&Observed>> {
        let mut containers = self.containers.iter();
        let unlabelled = containers.any(|seen| seen.labels == Labelled::Not);
        let adopted: BTreeMap<_, _> = self
            .records()
            .filter(|_| unlabelled)
            .filter_map(|(user, record)| Some((record.body.container.as_ref()?, user)))
            .collect();
        let mut by_user: BTreeMap<&UserId, Vec<&Observed>> = BTreeMap::new();
        for observed in &self.containers {
            let user = match &observed.labels {
                Labelled::As(labels) => Some(&labels.user),
                Labelled::Not => adopted.get(&observed.id).copied(),
                Labelled::Unreadable => None,
            };
            if let Some(user) = user {
                by_user.entry(user).or_default().push(observed);
            }
        }
        by_user
    }
}
