//! What is done for each of several users: so many at once, and what came of each.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::string::String;
use alloc::vec::Vec;

use super::Lifecycle;
use super::amendment::Change;
use super::facts::{Facts, Goal};
use super::knowledge::{Seen, View};
use super::report;
use super::survey::{Question, Survey, SurveyId};
use super::table::{self, Fault, Settled, Step};
use super::tenancy::{Asker, Run, Tenancy, Wish};
use crate::command::{Finding, FoundContainer, Problem, Progress, Reaped, Rekeyed, Remedy, Reply};
use crate::error::Error;
use crate::id::InstallationId;
use crate::observed::{ContainerState, Observed};
use crate::projection::{Project, Projection, project};
use crate::record::{Intent, Row};
use crate::time::Instant;
use crate::user::UserId;

use super::Output;

/// So many users are seen to at once.
const AT_ONCE: usize = 32;

/// How it ended for one user.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum End {
    Done {
        changed: bool,
    },
    Failed(Error),
    /// Somebody else is seeing to the user.
    Dropped,
}

project!(enum End { Done { changed }, Failed(error), Dropped });

/// What is left to do, and what came of what was done.
#[derive(Clone, Default, Debug)]
pub(crate) struct Work {
    queue: VecDeque<Job>,
    under_way: BTreeSet<UserId>,
    total: u32,
    ended: BTreeMap<UserId, End>,
    /// What was found, of those it was looked for.
    problems: BTreeMap<UserId, Problem>,
    /// What was found of volumes, of which this tells and nothing else is done. Those of users who
    /// have no record are kept: nobody can tell a lost record from one that was purged. Whose those
    /// are that users share, a person has to say.
    volumes: Vec<(UserId, Problem, String)>,
    /// Containers that bear users' labels and aren't shown to be theirs.
    copies: Vec<(UserId, FoundContainer)>,
    /// For whom there was nothing to do.
    current: u32,
}

project!(struct Work {
    queue, under_way: users, total, ended: by_user, problems: left_out, volumes: left_out,
    copies: left_out, current,
});

/// What is to be done for one user, with what was read of it.
#[derive(Clone, Debug)]
struct Job {
    user: UserId,
    row: Row,
    sent: Instant,
    seen: Seen,
}

impl Project for Job {
    fn project(&self, out: &mut Projection) {
        let Self {
            user,
            row,
            sent,
            seen,
        } = self;
        user.project(out);
        out.about(user, |out| {
            row.project(out);
            sent.project(out);
            seen.project(out);
        });
    }
}

impl Work {
    fn add(&mut self, user: &UserId, row: &Row, sent: Instant, containers: &[&Observed]) {
        self.total += 1;
        self.queue.push_back(Job {
            user: user.clone(),
            row: row.clone(),
            sent,
            // Containers are listed before records are read.
            seen: Seen::listed(containers, Instant::ORIGIN),
        });
    }

    fn progress(&self) -> Progress {
        Progress {
            done: u32::try_from(self.ended.len()).unwrap_or(u32::MAX),
            total: self.total,
        }
    }

    /// What was found, with nothing done about it.
    pub(super) fn planned(&self) -> Reply {
        let remedy = |problem| match problem {
            Problem::Unreadable | Problem::OrphanVolume | Problem::SharedVolume | Problem::Copy => {
                Remedy::Reported
            }
            Problem::Unfinished
            | Problem::NotRunning
            | Problem::RunsUnrecorded
            | Problem::Surplus
            | Problem::Orphan
            | Problem::ClaimWithoutContainer
            | Problem::StaleLease => Remedy::Planned,
        };
        let finding = |(user, problem): (&UserId, &Problem)| Finding {
            user: user.clone(),
            problem: *problem,
            remedy: remedy(*problem),
            volume: None,
            container: None,
        };
        self.found(self.problems.iter().map(finding))
    }

    fn repaired(&self) -> Reply {
        let finding = |(user, problem): (&UserId, &Problem)| {
            let remedy = match self.ended.get(user) {
                Some(End::Done { .. }) => Remedy::Mended,
                Some(End::Failed(error)) => Remedy::Failed(error.clone()),
                Some(End::Dropped) => return None,
                None => Remedy::Reported,
            };
            Some(Finding {
                user: user.clone(),
                problem: *problem,
                remedy,
                volume: None,
                container: None,
            })
        };
        self.found(self.problems.iter().filter_map(finding))
    }

    /// What was found, in user order, with what is left for a person: what was found of volumes, and
    /// containers that only bear users' labels.
    fn found(&self, findings: impl Iterator<Item = Finding>) -> Reply {
        let of_volume = |(user, problem, name): &(UserId, Problem, String)| Finding {
            user: user.clone(),
            problem: *problem,
            remedy: Remedy::Reported,
            volume: Some(name.clone()),
            container: None,
        };
        let copy = |(user, container): &(UserId, FoundContainer)| Finding {
            user: user.clone(),
            problem: Problem::Copy,
            remedy: Remedy::Reported,
            volume: None,
            container: Some(container.clone()),
        };
        let mut findings: Vec<_> = findings
            .chain(self.volumes.iter().map(of_volume))
            .chain(self.copies.iter().map(copy))
            .collect();
        findings.sort_by(|one, other| one.user.cmp(&other.user));
        Reply::Repaired(findings)
    }

    fn failed(&self) -> Vec<(UserId, Error)> {
        let failed = |(user, end): (&UserId, &End)| match end {
            End::Failed(error) => Some((user.clone(), error.clone())),
            End::Done { .. } | End::Dropped => None,
        };
        self.ended.iter().filter_map(failed).collect()
    }

    fn changed(&self) -> impl Iterator<Item = &UserId> {
        self.ended
            .iter()
            .filter(|(_, end)| **end == End::Done { changed: true })
            .map(|(user, _)| user)
    }

    fn reply(&self, question: &Question) -> Reply {
        match question {
            Question::Rekey => Reply::Rekeyed(Rekeyed {
                sealed: u32::try_from(self.changed().count()).unwrap_or(u32::MAX),
                current: self.current,
                failed: self.failed(),
            }),
            Question::Repair { .. } => self.repaired(),
            Question::Reap | Question::Status(_) | Question::List | Question::Health => {
                Reply::Reaped(Reaped {
                    stopped: self.changed().cloned().collect(),
                    failed: self.failed(),
                })
            }
        }
    }
}

impl Lifecycle {
    /// Those idle users whose container seems to run. Whether they are idle still is decided by the
    /// store when it is asked to write that down.
    pub(super) fn plan_reap(&self, survey: &Survey, installation: InstallationId) -> Work {
        let by_user = survey.by_user();
        let mut work = Work::default();
        for (user, row, sent) in &survey.rows {
            let Row::Found(record) = row else {
                continue;
            };
            let theirs = by_user.get(user).map_or(&[][..], Vec::as_slice);
            let runs = report::current(user, record, installation, theirs)
                .is_some_and(|observed| is_live(&observed.state));
            if runs && !self.is_busy(user) {
                work.add(user, row, *sent, theirs);
            }
        }
        work
    }

    /// What doesn't agree, as the decision table sees it.
    pub(super) fn plan_repair(&self, survey: &Survey, installation: InstallationId) -> Work {
        let by_user = survey.by_user();
        let known: BTreeSet<_> = survey.rows.iter().map(|(user, _, _)| user).collect();
        let absent = Row::Absent;
        let strangers = by_user
            .keys()
            .filter(|user| !known.contains(*user))
            .map(|user| (*user, &absent, self.now));
        let all = survey
            .rows
            .iter()
            .map(|(user, row, sent)| (user, row, *sent));
        let mut work = Work::default();
        if survey.asker.is_some() {
            // A sweep tells nobody.
            work.volumes = self.strange_volumes(survey, &known);
            work.copies = self.copies(survey, installation);
        }
        for (user, row, sent) in all.chain(strangers) {
            if self.is_busy(user) {
                continue;
            }
            let theirs = by_user.get(user).map_or(&[][..], Vec::as_slice);
            let Some(problem) = self.problem_of(user, row, installation, theirs) else {
                continue;
            };
            work.problems.insert(user.clone(), problem);
            if problem != Problem::Unreadable {
                work.add(user, row, sent, theirs);
            }
        }
        work
    }

    /// Volumes that several records name, and those that none does and whose users have no record.
    fn strange_volumes(
        &self,
        survey: &Survey,
        known: &BTreeSet<&UserId>,
    ) -> Vec<(UserId, Problem, String)> {
        let records = survey.rows.iter().filter_map(|(user, row, _)| match row {
            Row::Found(record) => Some((user, record)),
            Row::Absent | Row::Unreadable(_) => None,
        });
        let named: BTreeSet<_> = records
            .clone()
            .map(|(_, record)| &record.body.names.volume)
            .collect();
        let shared = records
            .filter(|(_, record)| record.shares_volume)
            .map(|(user, record)| (user, Problem::SharedVolume, &record.body.names.volume));
        let orphans = survey
            .volumes
            .iter()
            .filter(|(name, user)| {
                !known.contains(user) && !named.contains(name) && !self.is_busy(user)
            })
            .map(|(name, user)| (user, Problem::OrphanVolume, name));
        shared
            .chain(orphans)
            .map(|(user, problem, name)| (user.clone(), problem, name.clone()))
            .collect()
    }

    /// What the decision table would do for a user of whom this is known, as a problem.
    fn problem_of(
        &self,
        user: &UserId,
        row: &Row,
        installation: InstallationId,
        containers: &[&Observed],
    ) -> Option<Problem> {
        debug_assert_eq!(self.installation(), Some(installation));
        let (facts, step) = self.repair_of(user, row, containers);
        problem(&facts, step)
    }

    /// What the decision table would do to repair what is known of a user.
    pub(super) fn repair_of(
        &self,
        user: &UserId,
        row: &Row,
        containers: &[&Observed],
    ) -> (Facts, Step) {
        let names = match row {
            Row::Found(record) => record.body.names.clone(),
            Row::Absent | Row::Unreadable(_) => self.settings.naming.names(user),
        };
        let mut tenancy = Tenancy::new(user.clone(), names);
        tenancy.store = View::of(row.clone());
        tenancy.read.note(None, self.now);
        // Containers are listed before records are read.
        tenancy.engine = View::of(Seen::listed(containers, Instant::ORIGIN));
        tenancy.run = Some(Run::new(
            Goal::Repaired,
            self.now,
            self.settings.timing.start,
        ));
        let facts = self.facts(&tenancy);
        let (_, step) = table::decide(&facts);
        (facts, step)
    }

    /// Whose token isn't sealed with the newest key.
    pub(super) fn plan_rekey(&self, survey: &Survey) -> Work {
        let mut work = Work::default();
        for (user, row, sent) in &survey.rows {
            match row {
                Row::Found(record) if self.settings.keyring.is_newest(&record.body.token) => {
                    work.current += 1;
                }
                Row::Found(_) => work.add(user, row, *sent, &[]),
                Row::Unreadable(why) => {
                    work.total += 1;
                    let error = Error::RecordUnreadable(why.clone());
                    work.ended.insert(user.clone(), End::Failed(error));
                }
                Row::Absent => {}
            }
        }
        work
    }

    /// Something is being done for the user already.
    fn is_busy(&self, user: &UserId) -> bool {
        self.tenancies.get(user).is_some_and(|tenancy| {
            tenancy.run.is_some()
                || tenancy.lease.is_some()
                || tenancy.store_lane.flight.is_some()
                || tenancy.engine_lane.flight.is_some()
        })
    }

    /// Begins as many jobs as may be under way at once; ends a survey that has none left.
    pub(super) fn run_jobs(&mut self, id: SurveyId) {
        while let Some(job) = self.next_job(id) {
            self.begin_job(id, job);
        }
        let Some(survey) = self.surveys.get_mut(&id) else {
            return;
        };
        let question = survey.question.clone();
        if let Some(work) = survey.work()
            && work.queue.is_empty()
            && work.under_way.is_empty()
        {
            let reply = work.reply(&question);
            survey.end(reply);
        }
    }

    fn next_job(&mut self, id: SurveyId) -> Option<Job> {
        let work = self.surveys.get_mut(&id)?.work()?;
        if work.under_way.len() >= AT_ONCE {
            return None;
        }
        let job = work.queue.pop_front()?;
        work.under_way.insert(job.user.clone());
        Some(job)
    }

    fn begin_job(&mut self, id: SurveyId, job: Job) {
        let asker = Asker::Survey(id);
        let Some(question) = self.surveys.get(&id).map(|survey| survey.question.clone()) else {
            return;
        };
        let user = job.user;
        if question != Question::Rekey && self.is_busy(&user) {
            self.job_ended(id, &user, End::Dropped);
            return;
        }
        match question {
            Question::Rekey => {
                let change = Change {
                    reseal: true,
                    ..Change::default()
                };
                self.amend(user.clone(), change, asker);
                self.learn_row(&user, job.row, job.sent);
            }
            Question::Repair { .. } => {
                let goal = Goal::Repaired;
                self.pursue(user.clone(), Wish { goal, asker });
                // Only where there is no record can't what was listed have changed since.
                let engine = match job.row {
                    Row::Absent => View::of(job.seen),
                    Row::Found(_) | Row::Unreadable(_) => View::Unknown,
                };
                self.learn_row(&user, job.row, job.sent);
                if let Some(tenancy) = self.tenancies.get_mut(&user) {
                    tenancy.engine = engine;
                    tenancy.doubt = true;
                }
            }
            Question::Reap | Question::Status(_) | Question::List | Question::Health => {
                let goal = Goal::Reaped;
                self.pursue(user.clone(), Wish { goal, asker });
                self.learn_row(&user, job.row, job.sent);
                if let Some(tenancy) = self.tenancies.get_mut(&user) {
                    tenancy.engine = View::of(job.seen);
                }
            }
        }
        self.dirty.insert(user);
    }

    /// What came of it for one user.
    pub(super) fn job_ended(&mut self, id: SurveyId, user: &UserId, end: End) {
        let Some(survey) = self.surveys.get_mut(&id) else {
            return;
        };
        let asker = survey.asker;
        let Some(work) = survey.work() else {
            return;
        };
        if !work.under_way.remove(user) {
            return;
        }
        work.ended.insert(user.clone(), end);
        let progress = work.progress();
        if let Some(request) = asker {
            self.outbox.push_back(Output::Progress(request, progress));
        }
    }
}

/// What is wrong where this is what would be done.
fn problem(facts: &Facts, step: Step) -> Option<Problem> {
    let unfinished = matches!(
        facts.intent(),
        Some(Intent::Starting | Intent::Stopping | Intent::Removing)
    ) || facts.purging;
    match step {
        Step::Answer => None,
        Step::Fail(Fault::Unreadable) => Some(Problem::Unreadable),
        // Anything else is removed under a lease alone.
        Step::Remove => Some(Problem::Orphan),
        _ if unfinished => Some(Problem::Unfinished),
        // What else would be claimed was begun and not finished.
        Step::Claim(_) => Some(Problem::Surplus),
        Step::Settle(Settled::Stopped) if facts.intent() == Some(Intent::Running) => {
            Some(Problem::NotRunning)
        }
        Step::Settle(Settled::Stopped) if !table::idle_claim(facts) => Some(Problem::StaleLease),
        Step::Settle(Settled::Running) if facts.intent() == Some(Intent::Running) => {
            Some(Problem::StaleLease)
        }
        Step::Settle(Settled::Undone) => Some(Problem::StaleLease),
        Step::Settle(Settled::Stopped) => Some(Problem::ClaimWithoutContainer),
        Step::Settle(Settled::Running) | Step::Probe | Step::LookLater => {
            Some(Problem::RunsUnrecorded)
        }
        // The table does nothing else for this goal to what was read whole.
        _ => None,
    }
}

fn is_live(state: &ContainerState) -> bool {
    match state {
        ContainerState::Running
        | ContainerState::Paused
        | ContainerState::Restarting
        | ContainerState::Unknown(_) => true,
        ContainerState::Created
        | ContainerState::Removing
        | ContainerState::Exited { .. }
        | ContainerState::Dead => false,
    }
}
