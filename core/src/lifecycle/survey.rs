//! Commands that look at many users at once, and those that then do something for each of them:
//! how the store and the engine are read, in a number of calls that doesn't grow with the users'.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use super::facts::IdentityFact;
use super::flight::Purpose;
use super::job::Work;
use super::premises::Inquiry;
use super::{Asked, Lifecycle};
use crate::command::Reply;
use crate::effect::{ContainerRef, Effect, EngineEffect, Scope, StoreEffect};
use crate::error::Error;
use crate::id::{ContainerId, InstallationId, RequestId};
use crate::label::Labelled;
use crate::observed::Observed;
use crate::outcome::{EngineOutcome, Outcome, StoreOutcome};
use crate::projection::{Project, Projection, project};
use crate::record::{Header, Record, Row};
use crate::settings::Settings;
use crate::time::Instant;
use crate::user::UserId;

pub(crate) use super::job::End;

/// How many records are read at once.
const PAGE: u32 = 500;

/// How many containers are looked for by their ids at once: a request's first line may be so long.
const ONCE: usize = 500;

/// The number of a survey, unique within one `Lifecycle`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct SurveyId(pub u64);

impl Project for SurveyId {
    fn project(&self, out: &mut Projection) {
        out.counted(self.0);
    }
}

/// What is to be found out, or done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Question {
    Status(UserId),
    List,
    Health,
    Reap,
    Repair { dry_run: bool },
    Rekey,
}

project!(enum Question { Status(user), List, Health, Reap, Repair { dry_run }, Rekey });

/// A survey on its way.
#[derive(Clone, Debug)]
pub(crate) struct Survey {
    /// Who is told; nobody where it is done unasked.
    pub(super) asker: Option<RequestId>,
    pub(super) question: Question,
    /// Until when the next answer of store or engine must have come.
    deadline: Instant,
    /// What the store said, and when it was asked.
    pub(super) rows: Vec<(UserId, Row, Instant)>,
    pub(super) containers: Vec<Observed>,
    /// By name: whose each is.
    pub(super) volumes: Vec<(String, UserId)>,
    stage: Stage,
    under_way: bool,
    not_before: Instant,
    setbacks: u32,
    away: Option<(Instant, Error)>,
    last: String,
}

impl Project for Survey {
    fn project(&self, out: &mut Projection) {
        let Self {
            asker,
            question,
            deadline,
            rows,
            containers,
            volumes,
            stage,
            under_way,
            not_before,
            setbacks,
            away,
            last: _,
        } = self;
        asker.project(out);
        question.project(out);
        out.due(*deadline);
        out.by_user(
            rows.iter().map(|(user, row, sent)| (user, (row, sent))),
            |(row, sent), out| {
                row.project(out);
                sent.project(out);
            },
        );
        containers.project(out);
        volumes.project(out);
        stage.project(out);
        under_way.project(out);
        out.due(*not_before);
        setbacks.project(out);
        away.project(out);
    }
}

#[derive(Clone, Debug)]
pub(super) enum Stage {
    /// The store is asked whose installation this is.
    Header,
    /// Records after this user are to be read.
    Records(Option<UserId>),
    /// The engine is to be proven to be the right one first.
    Proving(Then),
    /// Volumes are to be listed.
    Volumes,
    /// Containers are to be looked at.
    Containers,
    /// These containers are to be looked at, whatever labels they bear.
    Certain(Vec<ContainerId>),
    /// These are to be looked at, one after the other: a list alone has told of them, and isn't to
    /// be acted upon.
    Doubtful(Vec<ContainerId>),
    /// All was read; something is done for each of several users.
    Work(Work),
    Over(Reply),
}

project!(enum Stage {
    Header, Records(after), Proving(then), Volumes, Containers, Certain(ids), Doubtful(ids),
    Work(work), Over(reply: left_out),
});

/// What comes once the engine is proven to be the right one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Then {
    /// It is asked what there is, before the store is.
    List,
    /// The records were read: it is asked what they call for.
    Look,
    /// All was read.
    Conclude,
}

project!(
    enum Then {
        List,
        Look,
        Conclude,
    }
);

impl Lifecycle {
    pub(super) fn begin_survey(&mut self, asker: Option<RequestId>, question: Question) {
        // What isn't in the store when the engine has been listed already belongs to nobody. Read
        // the other way round, it might only be too new.
        let stage = match question {
            Question::Repair { .. } if self.header.is_none() => Stage::Header,
            Question::Repair { .. } => Stage::Proving(Then::List),
            Question::Status(_)
            | Question::List
            | Question::Health
            | Question::Reap
            | Question::Rekey => Stage::Records(None),
        };
        let survey = Survey {
            asker,
            question,
            deadline: self.now.after(self.settings.timing.answer),
            rows: Vec::new(),
            containers: Vec::new(),
            volumes: Vec::new(),
            stage,
            under_way: false,
            not_before: self.now,
            setbacks: 0,
            away: None,
            last: String::from("nothing was heard yet"),
        };
        self.last_survey += 1;
        let id = SurveyId(self.last_survey);
        if let Some(request) = asker {
            self.asked.insert(request, Asked::OfAll(id));
        }
        if survey.asks_engine() {
            // Beside what is read first, so that it takes no time of its own.
            self.begin_proof();
        }
        self.surveys.insert(id, survey);
    }

    fn begin_proof(&mut self) {
        if !self.is_identity_proven() {
            self.begin_inquiry(Inquiry::Engine);
        }
    }

    /// Whether a survey waits for the engine to be proven.
    pub(super) fn is_awaiting_proof(&self, inquiry: &Inquiry) -> bool {
        let waits = |survey: &Survey| matches!(survey.stage, Stage::Proving(_));
        *inquiry == Inquiry::Engine && self.surveys.values().any(waits)
    }

    /// Goes on with a survey that waits, if the engine is the right one, and then may wait again; fails
    /// it if it isn't. False if there is nothing to go on with.
    fn prove(&mut self, id: SurveyId) -> bool {
        let Some(Survey {
            stage: Stage::Proving(then),
            asker,
            ..
        }) = self.surveys.get(&id)
        else {
            return false;
        };
        let (then, asker) = (*then, *asker);
        let identity = if self
            .surveys
            .get(&id)
            .is_some_and(Survey::may_meet_something)
        {
            self.identity()
        } else {
            self.identity_where_nothing_is_recorded()
        };
        match identity {
            IdentityFact::Proven => {
                match then {
                    Then::List => self.enter(id, Stage::to_be_listed(asker)),
                    Then::Look => self.records_read(id),
                    Then::Conclude => self.conclude(id),
                }
                true
            }
            IdentityFact::Unproven => {
                self.begin_proof();
                false
            }
            IdentityFact::Another | IdentityFact::Failed => {
                self.fail_unproven(id);
                false
            }
        }
    }

    fn fail_unproven(&mut self, id: SurveyId) {
        if let Some(why) = self.premises.engine_failure(self.now).cloned() {
            self.enter(id, Stage::Over(Reply::Failed(why)));
        }
    }

    fn enter(&mut self, id: SurveyId, stage: Stage) {
        if let Some(survey) = self.surveys.get_mut(&id) {
            survey.stage = stage;
        }
    }

    /// Whether one of the kind is on its way that nobody asked for.
    pub(super) fn is_surveying(&self, question: &Question) -> bool {
        self.surveys
            .values()
            .any(|survey| survey.asker.is_none() && survey.question == *question)
    }

    pub(super) fn next_survey_try(&self) -> Option<Instant> {
        self.surveys.values().filter_map(Survey::next_try).min()
    }

    /// Takes each survey as far as it goes, and answers those that are over.
    pub(super) fn run_surveys(&mut self) {
        let surveys: Vec<_> = self.surveys.keys().copied().collect();
        for survey in surveys {
            self.judge_survey(survey);
            while self.prove(survey) {}
            self.run_survey(survey);
        }
    }

    /// Ends all of them.
    pub(super) fn close_surveys(&mut self) {
        for survey in self.surveys.values_mut() {
            survey.stage = Stage::Over(Reply::Failed(Error::Closed));
        }
    }

    fn judge_survey(&mut self, id: SurveyId) {
        let now = self.now;
        let timing = &self.settings.timing;
        let Some(survey) = self.surveys.get_mut(&id) else {
            return;
        };
        if matches!(survey.stage, Stage::Work(_) | Stage::Over(_)) {
            return;
        }
        let error = match &survey.away {
            Some((since, error)) if now.since(*since) >= timing.patience => error.clone(),
            _ if survey.deadline <= now => Error::Timeout {
                after: timing.answer,
                last: survey.last.clone(),
            },
            Some(_) | None => return,
        };
        survey.stage = Stage::Over(Reply::Failed(error));
    }

    fn run_survey(&mut self, id: SurveyId) {
        self.run_jobs(id);
        let Some(survey) = self.surveys.get_mut(&id) else {
            return;
        };
        if let Stage::Over(reply) = &survey.stage {
            let reply = reply.clone();
            let asker = survey.asker;
            self.surveys.remove(&id);
            if let Some(request) = asker {
                self.reply(request, reply);
            }
            return;
        }
        if survey.under_way || survey.not_before > self.now {
            return;
        }
        let installation = self.header.as_ref().map(|header| header.installation);
        let Some(effect) = survey.next_effect(&self.settings, installation) else {
            return;
        };
        survey.under_way = true;
        let timeout = self.timeout_of(&effect);
        self.send(Purpose::Survey(id), effect, timeout, None);
    }

    pub(super) fn learn_of_survey(&mut self, id: SurveyId, sent: Instant, outcome: Outcome) {
        let deadline = self.now.after(self.settings.timing.answer);
        let Some(survey) = self.surveys.get_mut(&id) else {
            return;
        };
        survey.under_way = false;
        let away = match outcome {
            Outcome::Store(StoreOutcome::Loaded { header, rows }) => {
                survey.heard(deadline);
                self.learn_rows(id, header, rows, sent, false);
                return;
            }
            Outcome::Store(StoreOutcome::Scanned { header, rows, more }) => {
                survey.heard(deadline);
                self.learn_rows(id, header, rows, sent, more);
                return;
            }
            Outcome::Engine(EngineOutcome::Found(observed)) => {
                survey.heard(deadline);
                self.learn_containers(id, alloc::vec![observed]);
                return;
            }
            Outcome::Engine(EngineOutcome::Absent) => {
                survey.heard(deadline);
                self.learn_containers(id, Vec::new());
                return;
            }
            Outcome::Engine(EngineOutcome::Listed(listed)) => {
                survey.heard(deadline);
                self.learn_containers(id, listed);
                return;
            }
            Outcome::Engine(EngineOutcome::Volumes(volumes)) => {
                survey.heard(deadline);
                survey.volumes = volumes;
                survey.stage = Stage::Containers;
                return;
            }
            Outcome::Engine(EngineOutcome::OtherEngine(_)) => {
                self.fail_unproven(id);
                return;
            }
            Outcome::Store(StoreOutcome::Refused(text)) => {
                survey.stage = Stage::Over(Reply::Failed(Error::StoreRefused(text)));
                return;
            }
            Outcome::Engine(EngineOutcome::Refused(text)) => {
                survey.stage = Stage::Over(Reply::Failed(Error::EngineRefused(text)));
                return;
            }
            Outcome::Store(StoreOutcome::Unreachable(text)) => Some(Error::StoreUnreachable(text)),
            Outcome::Engine(EngineOutcome::Unreachable(text)) => {
                Some(Error::EngineUnreachable(text))
            }
            Outcome::Store(StoreOutcome::Unclear(text))
            | Outcome::Engine(EngineOutcome::Unclear(text)) => {
                survey.last = text;
                None
            }
            Outcome::Store(_) | Outcome::Engine(_) | Outcome::Probe(_) => None,
        };
        self.set_back_survey(id, away);
    }

    /// It is asked again after a while; where whoever was asked wasn't reached, until patience runs out.
    fn set_back_survey(&mut self, id: SurveyId, away: Option<Error>) {
        let now = self.now;
        let Some(survey) = self.surveys.get_mut(&id) else {
            return;
        };
        survey.setbacks += 1;
        let setbacks = survey.setbacks;
        let not_before = now.after(self.backoff(setbacks));
        if let Some(survey) = self.surveys.get_mut(&id) {
            survey.not_before = not_before;
            survey.away = away.map(|error| match survey.away.take() {
                Some((since, _)) => (since, error),
                None => (now, error),
            });
        }
    }

    fn learn_rows(
        &mut self,
        id: SurveyId,
        header: Header,
        rows: Vec<(UserId, Row)>,
        sent: Instant,
        more: bool,
    ) {
        self.header = Some(header);
        let Some(survey) = self.surveys.get_mut(&id) else {
            return;
        };
        if matches!(survey.stage, Stage::Header) {
            survey.stage = Stage::Proving(Then::List);
            return;
        }
        let last = rows.last().map(|(user, _)| user.clone());
        let rows = rows.into_iter().map(|(user, row)| (user, row, sent));
        survey.rows.extend(rows);
        match last {
            Some(last) if more => survey.stage = Stage::Records(Some(last)),
            Some(_) | None if survey.asks_engine() => survey.stage = Stage::Proving(Then::Look),
            Some(_) | None => self.records_read(id),
        }
    }

    fn records_read(&mut self, id: SurveyId) {
        let Some(survey) = self.surveys.get_mut(&id) else {
            return;
        };
        let nobody = survey.rows.iter().all(|(_, row, _)| *row == Row::Absent);
        match survey.question {
            // Nobody knows what to look for.
            Question::Status(_) if survey.look().is_none() => {
                survey.stage = Stage::Proving(Then::Conclude);
            }
            Question::List | Question::Health if nobody => {
                survey.stage = Stage::Proving(Then::Conclude);
            }
            Question::Status(_) | Question::List | Question::Health => {
                survey.stage = Stage::Containers;
            }
            Question::Reap => self.look_for_idle(id),
            Question::Repair { .. } => self.look_for_strays(id),
            // That concerns records alone.
            Question::Rekey => self.conclude(id),
        }
    }

    fn learn_containers(&mut self, id: SurveyId, listed: Vec<Observed>) {
        let Some(survey) = self.surveys.get_mut(&id) else {
            return;
        };
        let listed = listed.into_iter();
        if let Stage::Doubtful(ids) = &mut survey.stage {
            ids.pop();
            let last = ids.is_empty();
            survey.containers.extend(listed.map(Observed::inspected));
            if last {
                survey.stage = Stage::Proving(Then::Conclude);
            }
            return;
        }
        survey.containers.extend(listed);
        match (&mut survey.stage, &survey.question) {
            (Stage::Certain(ids), _) if ids.len() > ONCE => {
                ids.drain(..ONCE);
            }
            (Stage::Certain(_), _) | (_, Question::Status(_)) => {
                survey.stage = Stage::Proving(Then::Conclude);
            }
            (_, Question::Repair { .. }) => survey.stage = Stage::Records(None),
            (_, Question::List | Question::Health | Question::Reap | Question::Rekey) => {
                self.look_for_strays(id);
            }
        }
    }

    /// The containers of those who may have to be stopped, and no others: there may be many.
    fn look_for_idle(&mut self, id: SurveyId) {
        let Some(survey) = self.surveys.get_mut(&id) else {
            return;
        };
        let recorded = survey.rows.iter().filter_map(|(_, row, _)| match row {
            Row::Found(record) => record.body.container.clone(),
            Row::Absent | Row::Unreadable(_) => None,
        });
        let ids: Vec<_> = recorded.collect();
        self.look_for(id, ids);
    }

    /// Containers that were adopted bear no labels, so the list left them out.
    fn look_for_strays(&mut self, id: SurveyId) {
        let Some(survey) = self.surveys.get_mut(&id) else {
            return;
        };
        let mut strays: Vec<_> = survey
            .rows
            .iter()
            .filter_map(|(_, row, _)| match row {
                Row::Found(record) if record.body.adopted => record.body.container.clone(),
                Row::Found(_) | Row::Absent | Row::Unreadable(_) => None,
            })
            .collect();
        // Mostly nobody was, and there may be many containers to compare with.
        if !strays.is_empty() {
            let seen: BTreeSet<_> = survey.containers.iter().map(|seen| &seen.id).collect();
            strays.retain(|id| !seen.contains(id));
        }
        self.look_for(id, strays);
    }

    fn look_for(&mut self, id: SurveyId, containers: Vec<ContainerId>) {
        let stage = if containers.is_empty() {
            Stage::Proving(Then::Conclude)
        } else {
            Stage::Certain(containers)
        };
        self.enter(id, stage);
    }

    /// What the list told of these is forgotten for what a look at each of them tells.
    fn look_at(&mut self, id: SurveyId, doubtful: BTreeSet<ContainerId>) {
        if let Some(survey) = self.surveys.get_mut(&id) {
            let containers = &mut survey.containers;
            containers.retain(|observed| !doubtful.contains(&observed.id));
            survey.stage = Stage::Doubtful(doubtful.into_iter().collect());
        }
    }

    /// All was read: answers, or does something for each of several users.
    fn conclude(&mut self, id: SurveyId) {
        let (Some(survey), Some(header)) = (self.surveys.get(&id), &self.header) else {
            return;
        };
        let installation = header.installation;
        if matches!(survey.question, Question::Repair { .. }) {
            let doubtful = self.to_be_looked_at(survey, installation);
            if !doubtful.is_empty() {
                self.look_at(id, doubtful);
                return;
            }
        }
        let by_user = survey.by_user();
        let none = Vec::new();
        let theirs = |user: &UserId| by_user.get(user).unwrap_or(&none).as_slice();
        let mut statuses = survey
            .rows
            .iter()
            .filter_map(|(user, row, _)| self.status_of(user, row, installation, theirs(user)));
        let stage = match &survey.question {
            Question::Status(_) => Stage::Over(
                statuses
                    .next()
                    .map_or(Reply::Failed(Error::UnknownUser), Reply::Status),
            ),
            Question::List => Stage::Over(Reply::Listed(statuses.collect())),
            Question::Health => {
                let healths = survey.rows.iter().filter_map(|(user, row, _)| {
                    self.health_of(user, row, installation, theirs(user))
                });
                Stage::Over(Reply::Health(healths.collect()))
            }
            Question::Reap => Stage::Work(self.plan_reap(survey, installation)),
            Question::Repair { dry_run } => {
                let work = self.plan_repair(survey, installation);
                if *dry_run {
                    Stage::Over(work.planned())
                } else {
                    Stage::Work(work)
                }
            }
            Question::Rekey => Stage::Work(self.plan_rekey(survey)),
        };
        if let Some(survey) = self.surveys.get_mut(&id) {
            survey.stage = stage;
        }
    }
}

impl Stage {
    /// What is listed first of all there is. Volumes are for whoever is told of them.
    fn to_be_listed(asker: Option<RequestId>) -> Self {
        match asker {
            Some(_) => Self::Volumes,
            None => Self::Containers,
        }
    }
}

impl Survey {
    fn next_try(&self) -> Option<Instant> {
        match &self.stage {
            Stage::Work(_) => None,
            Stage::Proving(_) => Some(self.deadline),
            _ if self.under_way => Some(self.deadline),
            _ => Some(self.deadline.min(self.not_before)),
        }
    }

    fn heard(&mut self, deadline: Instant) {
        self.away = None;
        self.setbacks = 0;
        self.deadline = deadline;
    }

    /// Whether it has to do with containers.
    fn asks_engine(&self) -> bool {
        match self.question {
            Question::Status(_)
            | Question::List
            | Question::Health
            | Question::Reap
            | Question::Repair { .. } => true,
            Question::Rekey => false,
        }
    }

    /// Whether there may be containers that it concerns: somebody has a record, or it looks for those
    /// that are in none.
    fn may_meet_something(&self) -> bool {
        matches!(self.question, Question::Repair { .. })
            || self.rows.iter().any(|(_, row, _)| *row != Row::Absent)
    }

    pub(super) fn work(&mut self) -> Option<&mut Work> {
        match &mut self.stage {
            Stage::Work(work) => Some(work),
            _ => None,
        }
    }

    pub(super) fn end(&mut self, reply: Reply) {
        self.stage = Stage::Over(reply);
    }

    fn next_effect(
        &self,
        settings: &Settings,
        installation: Option<InstallationId>,
    ) -> Option<Effect> {
        let engine = settings.engine.clone();
        Some(match (&self.stage, &self.question) {
            (Stage::Work(_) | Stage::Over(_) | Stage::Proving(_), _) => return None,
            (Stage::Header, _) => Effect::Store(StoreEffect::Load {
                engine,
                users: Vec::new(),
            }),
            (Stage::Records(_), Question::Status(user)) => Effect::Store(StoreEffect::Load {
                engine,
                users: alloc::vec![user.clone()],
            }),
            (Stage::Records(after), Question::Reap) => Effect::Store(StoreEffect::ScanIdle {
                engine,
                idle: settings.idle(),
                after: after.clone(),
                limit: PAGE,
            }),
            (Stage::Records(after), _) => Effect::Store(StoreEffect::Scan {
                engine,
                after: after.clone(),
                limit: PAGE,
            }),
            (Stage::Volumes, _) => Effect::Engine(EngineEffect::ListVolumes(installation?)),
            (Stage::Containers, Question::Status(_)) => {
                Effect::Engine(EngineEffect::Inspect(self.look()?))
            }
            (Stage::Containers, _) => {
                Effect::Engine(EngineEffect::List(Scope::Installation(installation?)))
            }
            (Stage::Doubtful(ids), _) => {
                let id = ids.last()?.clone();
                Effect::Engine(EngineEffect::Inspect(ContainerRef::Id(id)))
            }
            (Stage::Certain(ids), _) => {
                let some = ids.iter().take(ONCE).cloned().collect();
                Effect::Engine(EngineEffect::List(Scope::Ids(some)))
            }
        })
    }

    /// The one user's container, by what its record says.
    fn look(&self) -> Option<ContainerRef> {
        let record = self.record_of_one()?;
        Some(match &record.body.container {
            Some(id) => ContainerRef::Id(id.clone()),
            None => ContainerRef::Name(record.body.names.container.clone()),
        })
    }

    fn record_of_one(&self) -> Option<&Record> {
        match self.rows.first()? {
            (_, Row::Found(record), _) => Some(record),
            (_, Row::Absent | Row::Unreadable(_), _) => None,
        }
    }

    /// The containers of each user: those that their labels say, and those that were adopted.
    pub(super) fn by_user(&self) -> BTreeMap<&UserId, Vec<&Observed>> {
        let unlabelled = self
            .containers
            .iter()
            .any(|seen| seen.labels == Labelled::Not);
        let rows = if unlabelled { &self.rows[..] } else { &[] };
        let adopted: BTreeMap<_, _> = rows
            .iter()
            .filter_map(|(user, row, _)| match row {
                Row::Found(record) => record.body.container.as_ref().map(|id| (id, user)),
                Row::Absent | Row::Unreadable(_) => None,
            })
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
