//! What a bulk command has read: records, containers, volumes.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use crate::id::ContainerId;
use crate::label::Labelled;
use crate::observed::Observed;
#[cfg(feature = "model-checking")]
use crate::projection::{Project, Projection};
use crate::record::{Record, Row};
use crate::time::Instant;
use crate::user::UserId;

/// All that was read so far.
#[derive(Clone, Default, Debug)]
pub(crate) struct Reading {
    /// What the store said, and when it was asked.
    pub rows: Vec<(UserId, Row, Instant)>,
    pub containers: Vec<Observed>,
    /// What couldn't be read of the engine's list: it proves nothing then about whom it doesn't name.
    pub unread: Option<String>,
    /// By name: whose each is.
    pub volumes: Vec<(String, UserId)>,
}

#[cfg(feature = "model-checking")]
impl Project for Reading {
    fn project(&self, out: &mut Projection) {
        let Self {
            rows,
            containers,
            unread,
            volumes,
        } = self;
        out.by_user(
            rows.iter().map(|(user, row, sent)| (user, (row, sent))),
            |(row, sent), out| {
                row.project(out);
                sent.project(out);
            },
        );
        containers.project(out);
        unread.is_some().project(out);
        volumes.project(out);
    }
}

impl Reading {
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

    /// The containers of each user: those that their labels say, and those that were adopted.
    pub(crate) fn by_user(&self) -> BTreeMap<&UserId, Vec<&Observed>> {
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
