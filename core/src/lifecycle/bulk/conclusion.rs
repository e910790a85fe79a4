//! What is answered, or done for each of several users, once all was read.

use alloc::vec::Vec;

use super::command::{BulkCommand, NextPage, Stage};
use super::kind::BulkKind;
use super::worker::Work;
use super::{copies, plan, report};
use crate::command::{Reply, UserPage};
use crate::error::Error;
use crate::id::InstallationId;
use crate::lifecycle::context::Context;
use crate::lifecycle::fleet::tenancies::Tenancies;

impl BulkCommand {
    pub(crate) fn conclude(&mut self, cx: &Context, tenancies: &Tenancies) {
        let Some(installation) = cx.installation() else {
            return;
        };
        if self.kind.is_repair() {
            let doubtful = copies::to_be_looked_at(cx, &self.reading, installation);
            if !doubtful.is_empty() {
                self.look_at(doubtful);
                return;
            }
        }
        if matches!(self.kind, BulkKind::List { .. }) {
            // One that is missing may be there. Once each was looked at, nothing is left untold.
            let missing = self.missing();
            self.reading.unread = None;
            if !missing.is_empty() {
                self.look_at(missing);
                return;
            }
        }
        if self.kind == BulkKind::Health {
            let untold = report::of_untold_health(&self.reading, installation);
            if !untold.is_empty() {
                self.look_at(untold);
                return;
            }
        }
        let page = match &self.kind {
            BulkKind::Status(_) | BulkKind::List { .. } => {
                self.end(self.report(cx, installation));
                return;
            }
            BulkKind::Health => plan::health(cx, &self.reading, installation),
            BulkKind::Reap => plan::reap(&self.reading, tenancies, installation),
            BulkKind::Rekey => plan::rekey(cx, &self.reading),
            BulkKind::Sweep | BulkKind::Repair { .. } => {
                self.plan_repair(cx, tenancies, installation)
            }
        };
        self.work.extend(page);
        self.stage = Stage::Work;
    }

    /// What is to be put right, or only told of, for those who were read.
    fn plan_repair(
        &self,
        cx: &Context,
        tenancies: &Tenancies,
        installation: InstallationId,
    ) -> Work {
        let is_told = self.requester.is_some();
        let mut work = plan::repair(cx, &self.reading, tenancies, installation, is_told);
        if is_told && self.next_page.is_none() {
            work.volumes
                .extend(plan::orphan_volumes(&self.reading, tenancies));
        }
        if !self.kind.mends() {
            work.only_tell();
        }
        work
    }

    /// What is told of users.
    fn report(&self, cx: &Context, installation: InstallationId) -> Reply {
        let by_user = self.reading.by_user();
        let all = self.reading.rows.iter().map(|(user, row, _)| {
            let theirs = by_user.get(user).map_or(&[][..], Vec::as_slice);
            (user, row, theirs)
        });
        let mut statuses = all
            .filter_map(|(user, row, theirs)| report::status(cx, user, row, installation, theirs));
        match self.kind {
            BulkKind::Status(_) => statuses
                .next()
                .map_or(Reply::Failed(Error::UnknownUser), Reply::Status),
            BulkKind::List { .. }
            | BulkKind::Health
            | BulkKind::Reap
            | BulkKind::Sweep
            | BulkKind::Repair { .. }
            | BulkKind::Rekey => Reply::Listed(UserPage {
                users: statuses.collect(),
                next: self.next_page.as_ref().and_then(NextPage::passed).cloned(),
            }),
        }
    }
}
