//! One bulk command, and how far it is.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::kind::BulkKind;
use super::looks::Looks;
use super::read::Reading;
use super::worker::Work;
use crate::command::{MOST_EVENTS, Reply};
use crate::effect::{ContainerRef, Effect, EngineEffect, Idle, Scope, StoreEffect};
use crate::error::Error;
use crate::event::Actor;
use crate::id::{ContainerId, InstallationId, RequestId};
use crate::lifecycle::context::Context;
use crate::lifecycle::retry::{Retry, Unreachable};
use crate::projection::project;
#[cfg(feature = "model-checking")]
use crate::projection::{Project, Projection};
use crate::settings::{Settings, Timing};
use crate::time::Instant;
use crate::user::UserId;

/// How many records are read at once: a page of none would never end.
pub(crate) fn page(settings: &Settings) -> u32 {
    settings.limits.page.max(1)
}

pub(crate) fn as_count(page: u32) -> usize {
    usize::try_from(page).unwrap_or(usize::MAX)
}

/// A bulk command on its way.
#[derive(Clone, Debug)]
pub(crate) struct BulkCommand {
    /// Who is told; nobody where it is done unasked.
    pub requester: Option<RequestId>,
    /// By which name the event log tells of them.
    pub actor: Option<Actor>,
    pub kind: BulkKind,
    /// Until when the next answer of store or engine must have come.
    deadline: Instant,
    pub reading: Reading,
    pub stage: Stage,
    pub under_way: bool,
    not_before: Instant,
    retry: Retry,
    unreachable: Option<Unreachable>,
    /// What is done for each of several users, over all pages.
    pub work: Work,
    /// What is read next, once all was done for those of this page; nothing after the last one.
    pub next_page: Option<NextPage>,
    /// What kept it from its end last.
    pub last: String,
}

#[cfg(feature = "model-checking")]
impl Project for BulkCommand {
    fn project(&self, out: &mut Projection) {
        let Self {
            requester,
            actor: _,
            kind,
            deadline,
            reading,
            stage,
            under_way,
            not_before,
            retry,
            unreachable,
            work,
            next_page,
            last: _,
        } = self;
        requester.project(out);
        kind.project(out);
        out.due(*deadline);
        reading.project(out);
        stage.project(out);
        under_way.project(out);
        out.due(*not_before);
        retry.project(out);
        unreachable.project(out);
        work.project(out);
        next_page.project(out);
    }
}

#[derive(Clone, Debug)]
pub(crate) enum Stage {
    /// The store is asked whose installation this is.
    Header,
    /// What the engine listed is sorted by user.
    Sorting,
    /// Records after this user are to be read.
    Records(Option<UserId>),
    /// The engine is to be proven to be the right one first.
    Proving(Then),
    /// The records of these users are to be read, too: the engine's list names them. They are a page.
    Named(Vec<UserId>),
    /// The event log is to be read.
    Events,
    /// Volumes are to be listed.
    Volumes,
    /// Containers are to be looked at.
    Containers,
    /// These containers are to be looked at, whatever labels they bear.
    Certain(Vec<ContainerId>),
    /// Some are to be looked at, each by itself: a list alone has told of them, and too little.
    Doubtful(Looks),
    /// All was read, or a page; something is done for each of several users.
    Work,
    /// It is answered with this, unless it was.
    Over(Option<Box<Reply>>),
}

project!(enum Stage {
    Header, Sorting, Records(after), Named(users: users), Proving(then), Events, Volumes, Containers, Certain(ids),
    Doubtful(looks), Work, Over(reply: left_out),
});

/// Whose records are read next.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum NextPage {
    /// Of those after this user.
    Records(UserId),
    /// Of those whom the engine's list names and no page before did, after this user.
    Named(Option<UserId>),
}

project!(
    enum NextPage {
        Records(after),
        Named(after),
    }
);

impl NextPage {
    /// The last user whose record was read.
    pub(crate) fn passed(&self) -> Option<&UserId> {
        match self {
            Self::Records(after) => Some(after),
            Self::Named(after) => after.as_ref(),
        }
    }
}

/// What comes once the engine is proven to be the right one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Then {
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

impl BulkCommand {
    pub(crate) fn new(
        requester: Option<RequestId>,
        actor: Option<Actor>,
        kind: BulkKind,
        stage: Stage,
        now: Instant,
        timing: &Timing,
    ) -> Self {
        Self {
            requester,
            actor,
            kind,
            deadline: now.after(timing.answer),
            reading: Reading::default(),
            stage,
            under_way: false,
            not_before: now,
            retry: Retry::default(),
            unreachable: None,
            work: Work::default(),
            next_page: None,
            last: String::from("nothing was heard yet"),
        }
    }

    pub(crate) fn end(&mut self, reply: Reply) {
        self.stage = Stage::Over(Some(Box::new(reply)));
    }

    pub(crate) fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over(_))
    }

    pub(crate) fn is_proving(&self) -> bool {
        matches!(self.stage, Stage::Proving(_))
    }

    pub(crate) fn next_try(&self) -> Option<Instant> {
        match &self.stage {
            Stage::Work => None,
            // It goes on at once.
            Stage::Sorting | Stage::Over(_) => Some(self.not_before),
            Stage::Proving(_) => Some(self.deadline),
            _ if self.is_waiting() => Some(self.deadline),
            _ => Some(self.deadline.min(self.not_before)),
        }
    }

    /// Whether there may be containers that it concerns: somebody has a record, or it looks for those
    /// that are in none.
    pub(crate) fn may_meet_something(&self) -> bool {
        self.kind.is_repair() || !self.reading.is_nobody()
    }

    /// Store or engine have told something: they have as long again for the next answer.
    pub(crate) fn note_answer(&mut self, deadline: Instant) {
        self.unreachable = None;
        self.retry.succeed();
        self.deadline = deadline;
    }

    /// It goes on with something else, and has until then for the answer.
    pub(crate) fn renew_deadline(&mut self, deadline: Instant) {
        self.deadline = deadline;
    }

    /// An answer brought nothing: it is asked again after a while.
    pub(crate) fn set_back(&mut self, cx: &mut Context, unreachable: Option<Error>) {
        match unreachable {
            Some(why) => Unreachable::note(&mut self.unreachable, cx.now, why),
            None => self.unreachable = None,
        }
        self.not_before = self.retry.set_back(cx.now, &mut cx.entropy);
    }

    /// Ends it if time or patience have run out while it reads.
    pub(crate) fn judge(&mut self, now: Instant, timing: &Timing) {
        if matches!(self.stage, Stage::Work | Stage::Over(_)) {
            return;
        }
        let unreachable = self.unreachable.as_ref();
        let error = match unreachable.and_then(|what| what.verdict(now, timing.patience)) {
            Some(why) => why.clone(),
            None if self.deadline <= now => Error::Timeout {
                after: timing.answer,
                last: self.last.clone(),
            },
            None => return,
        };
        self.end(Reply::Failed(error));
    }

    /// Whether nothing more is asked before something has been answered.
    fn is_waiting(&self) -> bool {
        match &self.stage {
            Stage::Doubtful(looks) => looks.next().is_none(),
            _ => self.under_way,
        }
    }

    /// What was to be asked is on its way.
    pub(crate) fn note_sent(&mut self) {
        match &mut self.stage {
            Stage::Doubtful(looks) => looks.begin_next(),
            _ => self.under_way = true,
        }
    }

    /// What is to be asked now, if anything is.
    pub(crate) fn next_effect(
        &self,
        settings: &Settings,
        installation: Option<InstallationId>,
        now: Instant,
    ) -> Option<Effect> {
        if self.is_waiting() || self.not_before > now {
            return None;
        }
        let engine = settings.engine.clone();
        Some(match (&self.stage, &self.kind) {
            (Stage::Header, _) => Effect::Store(StoreEffect::Load {
                engine,
                users: Vec::new(),
            }),
            (Stage::Events, BulkKind::Events { from, user, limit }) => {
                Effect::Store(StoreEffect::ReadEvents {
                    from: *from,
                    user: user.clone(),
                    limit: (*limit).clamp(1, MOST_EVENTS),
                })
            }
            (
                Stage::Sorting | Stage::Work | Stage::Over(_) | Stage::Proving(_) | Stage::Events,
                _,
            ) => return None,
            (Stage::Records(after), _) => Effect::Store(self.records(after.as_ref(), settings)),
            (Stage::Named(users), _) => Effect::Store(StoreEffect::Load {
                engine,
                users: users.clone(),
            }),
            (Stage::Volumes, _) => Effect::Engine(EngineEffect::ListVolumes(installation?)),
            (Stage::Containers, BulkKind::Status(_)) => {
                Effect::Engine(EngineEffect::Inspect(self.container_of_one()?))
            }
            (Stage::Containers, BulkKind::LogSource(_)) => {
                Effect::Engine(EngineEffect::Examine(self.container_of_one()?))
            }
            (Stage::Containers, _) => {
                Effect::Engine(EngineEffect::List(Scope::Installation(installation?)))
            }
            (Stage::Doubtful(looks), _) => {
                let id = looks.next()?.clone();
                Effect::Engine(EngineEffect::Inspect(ContainerRef::Id(id)))
            }
            (Stage::Certain(ids), _) => {
                let some = ids.iter().take(Scope::MOST_IDS).cloned().collect();
                Effect::Engine(EngineEffect::List(Scope::Ids(some)))
            }
        })
    }

    /// Which records after this user are read.
    fn records(&self, after: Option<&UserId>, settings: &Settings) -> StoreEffect {
        let (engine, limit) = (settings.engine.clone(), self.page(settings));
        let after = after.cloned();
        match &self.kind {
            BulkKind::Status(user) | BulkKind::LogSource(user) => StoreEffect::Load {
                engine,
                users: alloc::vec![user.clone()],
            },
            BulkKind::Reap => StoreEffect::ScanIdle {
                engine,
                idle: Idle::of(settings),
                after,
                limit,
            },
            BulkKind::Health
            | BulkKind::Sweep
            | BulkKind::List {
                unsettled: true, ..
            } => StoreEffect::ScanUnsettled {
                engine,
                after,
                limit,
            },
            BulkKind::List {
                unsettled: false, ..
            }
            | BulkKind::Repair { .. }
            | BulkKind::Rekey
            | BulkKind::Events { .. } => StoreEffect::Scan {
                engine,
                after,
                limit,
            },
        }
    }

    /// How many records are read at once for it.
    fn page(&self, settings: &Settings) -> u32 {
        let most = page(settings);
        match self.kind {
            BulkKind::List { limit, .. } => limit.clamp(1, most),
            BulkKind::Status(_)
            | BulkKind::LogSource(_)
            | BulkKind::Health
            | BulkKind::Reap
            | BulkKind::Sweep
            | BulkKind::Repair { .. }
            | BulkKind::Rekey
            | BulkKind::Events { .. } => most,
        }
    }

    /// The one user's container, by what its record says.
    pub(crate) fn container_of_one(&self) -> Option<ContainerRef> {
        let (_, record) = self.reading.records().next()?;
        Some(match &record.body.container {
            Some(id) => ContainerRef::Id(id.clone()),
            None => ContainerRef::Name(record.body.names.container.clone()),
        })
    }
}
