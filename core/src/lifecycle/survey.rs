//! Looking without touching: what is known of one user, or of all.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::Lifecycle;
use super::flight::Purpose;
use super::knowledge::{Meant, Whose, whose};
use crate::command::{Reply, Status, UserStatus};
use crate::effect::{ContainerRef, Effect, EngineEffect, StoreEffect};
use crate::error::Error;
use crate::id::{InstallationId, RequestId};
use crate::observed::{ContainerState, Health, Observed};
use crate::outcome::{EngineOutcome, Outcome, StoreOutcome};
use crate::record::{Header, Intent, Record, Row};
use crate::time::Instant;
use crate::user::UserId;

/// How many records are read at once.
const PAGE: u32 = 500;

/// A request for what is known, on its way: the store is asked first, the engine then.
#[derive(Clone, Debug)]
pub(crate) struct Survey {
    /// One user, or all.
    user: Option<UserId>,
    deadline: Instant,
    rows: Vec<(UserId, Row)>,
    stage: Stage,
    under_way: bool,
    not_before: Instant,
    setbacks: u32,
    away: Option<(Instant, Error)>,
    last: String,
}

#[derive(Clone, Debug)]
enum Stage {
    /// Records after this user are to be read.
    Records(Option<UserId>),
    /// All records were read; their containers are to be looked at.
    Containers(InstallationId),
    Over(Reply),
}

impl Lifecycle {
    pub(super) fn begin_survey(&mut self, request: RequestId, user: Option<UserId>) {
        let survey = Survey {
            user,
            deadline: self.now.after(self.settings.timing.answer),
            rows: Vec::new(),
            stage: Stage::Records(None),
            under_way: false,
            not_before: self.now,
            setbacks: 0,
            away: None,
            last: String::from("nothing was heard yet"),
        };
        self.surveys.insert(request, survey);
    }

    pub(super) fn next_survey_try(&self) -> Option<Instant> {
        self.surveys
            .values()
            .map(|survey| {
                if survey.under_way {
                    survey.deadline
                } else {
                    survey.deadline.min(survey.not_before)
                }
            })
            .min()
    }

    /// Takes each survey as far as it goes, and answers those that are over.
    pub(super) fn run_surveys(&mut self) {
        let requests: Vec<_> = self.surveys.keys().copied().collect();
        for request in requests {
            self.judge_survey(request);
            self.run_survey(request);
        }
    }

    fn judge_survey(&mut self, request: RequestId) {
        let now = self.now;
        let timing = &self.settings.timing;
        let Some(survey) = self.surveys.get_mut(&request) else {
            return;
        };
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

    fn run_survey(&mut self, request: RequestId) {
        let Some(survey) = self.surveys.get_mut(&request) else {
            return;
        };
        if let Stage::Over(reply) = &survey.stage {
            let reply = reply.clone();
            self.surveys.remove(&request);
            self.reply(request, reply);
            return;
        }
        if survey.under_way || survey.not_before > self.now {
            return;
        }
        survey.under_way = true;
        let effect = survey.next_effect(&self.settings.engine);
        let timeout = self.timeout_of(&effect);
        self.send(Purpose::Survey(request), effect, timeout, None);
    }

    pub(super) fn learn_of_survey(&mut self, request: RequestId, outcome: Outcome) {
        let now = self.now;
        let Some(survey) = self.surveys.get_mut(&request) else {
            return;
        };
        survey.under_way = false;
        let away = match outcome {
            Outcome::Store(StoreOutcome::Loaded { header, rows }) => {
                self.learn_rows(request, header, rows, false);
                return;
            }
            Outcome::Store(StoreOutcome::Scanned { header, rows, more }) => {
                self.learn_rows(request, header, rows, more);
                return;
            }
            Outcome::Engine(EngineOutcome::Found(observed)) => {
                self.finish_survey(request, &[observed]);
                return;
            }
            Outcome::Engine(EngineOutcome::Absent) => {
                self.finish_survey(request, &[]);
                return;
            }
            Outcome::Engine(EngineOutcome::Listed(listed)) => {
                self.finish_survey(request, &listed);
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
        survey.setbacks += 1;
        let setbacks = survey.setbacks;
        let not_before = now.after(self.backoff(setbacks));
        if let Some(survey) = self.surveys.get_mut(&request) {
            survey.not_before = not_before;
            survey.away = away.map(|error| match survey.away.take() {
                Some((since, _)) => (since, error),
                None => (now, error),
            });
        }
    }

    fn learn_rows(
        &mut self,
        request: RequestId,
        header: Header,
        rows: Vec<(UserId, Row)>,
        more: bool,
    ) {
        let installation = header.installation;
        self.header = Some(header);
        let Some(survey) = self.surveys.get_mut(&request) else {
            return;
        };
        survey.away = None;
        let last = rows.last().map(|(user, _)| user.clone());
        survey.rows.extend(rows);
        let nobody = survey.rows.iter().all(|(_, row)| *row == Row::Absent);
        survey.stage = match last {
            Some(last) if more => Stage::Records(Some(last)),
            Some(_) | None if nobody && survey.user.is_some() => {
                Stage::Over(Reply::Failed(Error::UnknownUser))
            }
            Some(_) | None if nobody => Stage::Over(Reply::Listed(Vec::new())),
            Some(_) | None => Stage::Containers(installation),
        };
    }

    fn finish_survey(&mut self, request: RequestId, containers: &[Observed]) {
        let Some(survey) = self.surveys.get(&request) else {
            return;
        };
        let Stage::Containers(installation) = survey.stage else {
            return;
        };
        let mut by_user: BTreeMap<&UserId, Vec<&Observed>> = BTreeMap::new();
        for observed in containers {
            if let Some(labels) = &observed.labels {
                by_user.entry(&labels.user).or_default().push(observed);
            }
        }
        let none = Vec::new();
        let mut statuses = survey.rows.iter().filter_map(|(user, row)| {
            let theirs = by_user.get(user).unwrap_or(&none);
            self.status_of(user, row, installation, theirs)
        });
        let reply = if survey.user.is_some() {
            statuses
                .next()
                .map_or(Reply::Failed(Error::UnknownUser), Reply::Status)
        } else {
            Reply::Listed(statuses.collect())
        };
        if let Some(survey) = self.surveys.get_mut(&request) {
            survey.stage = Stage::Over(reply);
        }
    }

    fn status_of(
        &self,
        user: &UserId,
        row: &Row,
        installation: InstallationId,
        containers: &[&Observed],
    ) -> Option<UserStatus> {
        let record = match row {
            Row::Absent => return None,
            Row::Found(record) => record,
            Row::Unreadable(why) => return Some(unreadable(user, why)),
        };
        let current = containers.iter().copied().find(|observed| {
            whose(
                observed,
                user,
                installation,
                Some(record),
                &Meant::AsRecorded,
            ) == Whose::Current
        });
        let status = status_word(record, current);
        let gateway_port = self.settings.template(user).gateway_port;
        let url = match (current, record.port) {
            (Some(observed), Some(port)) if status == Status::Running => {
                Some(self.settings.reach.url(port, &observed.name, gateway_port))
            }
            (_, _) => None,
        };
        Some(UserStatus {
            user: user.clone(),
            status,
            port: record.port,
            url,
            last_active: record.last_active,
            container: current.map(|observed| observed.id.clone()),
            health: current.map_or(Health::Absent, |observed| observed.health),
            outdated: current.is_some_and(|observed| self.is_outdated(user, observed)),
            failure: record.body.failure.clone(),
        })
    }
}

impl Survey {
    fn next_effect(&self, engine: &crate::id::EngineName) -> Effect {
        match (&self.stage, &self.user) {
            (Stage::Containers(installation), user) => {
                let look = user.as_ref().and_then(|_| self.look());
                Effect::Engine(look.map_or(
                    EngineEffect::List {
                        installation: *installation,
                        record: None,
                    },
                    EngineEffect::Inspect,
                ))
            }
            (Stage::Records(_) | Stage::Over(_), Some(user)) => Effect::Store(StoreEffect::Load {
                engine: engine.clone(),
                users: alloc::vec![user.clone()],
            }),
            (Stage::Records(after), None) => Effect::Store(StoreEffect::Scan {
                engine: engine.clone(),
                after: after.clone(),
                limit: PAGE,
            }),
            (Stage::Over(_), None) => Effect::Store(StoreEffect::Scan {
                engine: engine.clone(),
                after: None,
                limit: 0,
            }),
        }
    }

    /// The one user's container, by what its record says.
    fn look(&self) -> Option<ContainerRef> {
        let (_, row) = self.rows.first()?;
        let Row::Found(record) = row else {
            return None;
        };
        Some(match &record.body.container {
            Some(id) => ContainerRef::Id(id.clone()),
            None => ContainerRef::Name(record.body.names.container.clone()),
        })
    }
}

/// The engine's word on what runs, the record's on what is being done.
fn status_word(record: &Record, current: Option<&Observed>) -> Status {
    let leased = record.lease.is_some_and(|lease| !lease.remaining.is_zero());
    match (record.body.intent, current.map(|observed| &observed.state)) {
        (Intent::Starting, _) if leased => Status::Starting,
        (Intent::Stopping, _) if leased => Status::Stopping,
        (Intent::Removing, _) if leased => Status::Removing,
        (_, Some(ContainerState::Running)) => Status::Running,
        (_, Some(ContainerState::Restarting | ContainerState::Unknown(_))) => Status::Starting,
        (_, Some(ContainerState::Paused)) => Status::Paused,
        (_, Some(ContainerState::Removing)) => Status::Removing,
        (
            _,
            Some(ContainerState::Created | ContainerState::Exited { .. } | ContainerState::Dead)
            | None,
        ) if record.body.failure.is_some() => Status::Failed,
        (
            _,
            Some(ContainerState::Created | ContainerState::Exited { .. } | ContainerState::Dead)
            | None,
        ) => Status::Stopped,
    }
}

fn unreadable(user: &UserId, why: &str) -> UserStatus {
    UserStatus {
        user: user.clone(),
        status: Status::Unreadable(String::from(why)),
        port: None,
        url: None,
        last_active: None,
        container: None,
        health: Health::Absent,
        outdated: false,
        failure: None,
    }
}
