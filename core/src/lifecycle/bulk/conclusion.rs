//! What is answered, or done for each of several users, once all was read.

use alloc::collections::BTreeSet;

use super::command::{BulkCommand, NextPage, Stage};
use super::kind::BulkKind;
use super::read::ReadUser;
use super::worker::Work;
use super::{copies, log_source, plan, report};
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
        if matches!(self.kind, BulkKind::List { .. }) {
            // One that is missing may be there. Once each was looked at, nothing is left untold.
            let missing = self.missing();
            self.reading.unread = None;
            if !missing.is_empty() {
                self.look_at(missing);
                return;
            }
        }
        let page = self.reading.page();
        let doubtful = match &self.kind {
            BulkKind::Sweep | BulkKind::Repair { .. } => {
                copies::to_be_looked_at(cx, &page, installation)
            }
            BulkKind::Health => report::of_untold_health(&page, &self.reading, installation),
            BulkKind::Status(_)
            | BulkKind::LogSource(_)
            | BulkKind::List { .. }
            | BulkKind::Reap
            | BulkKind::Rekey
            | BulkKind::Events { .. } => BTreeSet::new(),
        };
        if !doubtful.is_empty() {
            self.look_at(doubtful);
            return;
        }
        let work = match &self.kind {
            BulkKind::Status(_) | BulkKind::List { .. } => {
                self.end(self.report(cx, &page, installation));
                return;
            }
            BulkKind::LogSource(_) => {
                self.end(log_source::reply(cx, &page, &self.reading.environment));
                return;
            }
            BulkKind::Health => plan::health(cx, &self.reading, &page, installation),
            BulkKind::Reap => plan::reap(&page, tenancies, installation),
            BulkKind::Rekey => plan::rekey(cx, &self.reading),
            // That has nothing to do with records.
            BulkKind::Events { .. } => return,
            BulkKind::Sweep | BulkKind::Repair { .. } => {
                self.plan_repair(cx, &page, tenancies, installation)
            }
        };
        self.work.extend(work);
        self.stage = Stage::Work;
    }

    /// What is to be put right, or only told of, for those who were read.
    fn plan_repair(
        &self,
        cx: &Context,
        page: &[ReadUser<'_>],
        tenancies: &Tenancies,
        installation: InstallationId,
    ) -> Work {
        let told_for = self.requester.map(|_| installation);
        let mut work = plan::repair(cx, &self.reading, page, tenancies, told_for);
        if told_for.is_some() && self.next_page.is_none() {
            work.volumes
                .extend(plan::orphan_volumes(&self.reading, tenancies));
        }
        if !self.kind.mends() {
            work.only_tell();
        }
        work
    }

    /// What is told of users.
    fn report(&self, cx: &Context, page: &[ReadUser<'_>], installation: InstallationId) -> Reply {
        let mut statuses = page
            .iter()
            .filter_map(|read| report::status(cx, read, installation));
        match self.kind {
            BulkKind::Status(_) => statuses
                .next()
                .map_or(Reply::Failed(Error::UnknownUser), Reply::Status),
            BulkKind::LogSource(_)
            | BulkKind::List { .. }
            | BulkKind::Health
            | BulkKind::Reap
            | BulkKind::Sweep
            | BulkKind::Repair { .. }
            | BulkKind::Rekey
            | BulkKind::Events { .. } => Reply::Listed(UserPage {
                users: statuses.collect(),
                next: self.next_page.as_ref().and_then(NextPage::passed).cloned(),
            }),
        }
    }
}
