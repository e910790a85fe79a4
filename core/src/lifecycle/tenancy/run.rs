//! One attempt to reach a goal.

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::aim::Aim;
use super::last_progress::LastProgress;
use super::setbacks::Setbacks;
use crate::error::Error;
use crate::id::RecordId;
use crate::lifecycle::decision::goal::Goal;
use crate::lifecycle::decision::step::Step;
use crate::lifecycle::request::Request;
use crate::lifecycle::retry::Unreachable;
use crate::projection::project;
use crate::record::Intent;
use crate::settings::Timing;
use crate::time::Instant;

/// One attempt to reach a goal, and who waits for it.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub aim: Aim,
    pub waiters: Vec<Request>,
    pub began: Instant,
    /// When the last of those who wait came.
    pub asked: Instant,
    pub phase: Phase,
    pub since: Instant,
    pub deadline: Instant,
    /// Since when all is done but that the store has acknowledged the activity of those who wait.
    pub unacknowledged_since: Option<Instant>,
    /// What was spent in each phase before it was left.
    spent: Spent,
    /// Why it failed, and until when the answer may wait for the record to be put right.
    pub verdict: Option<(Error, Instant)>,
    pub did: Did,
    /// The engine acknowledged the start.
    pub started: bool,
    /// The container had ended before, soon after it had been started.
    pub flapped: bool,
    pub setbacks: Setbacks,
    pub ready_sign: ReadySign,
    /// The exit code and last lines of the container that exited.
    pub exit_log: Option<Vec<String>>,
    pub shortage: Option<Shortage>,
    /// How often in a row we looked for a change.
    pub looks: u32,
    /// What was seen last that kept it from its end.
    pub last: String,
    /// What those who wait were told last of how far it is.
    pub last_progress: Option<LastProgress>,
    pub engine_unreachable: Option<Unreachable>,
    pub store_unreachable: Option<Unreachable>,
}

project!(struct Run {
    aim, waiters, began, asked, phase, since: left_out, deadline: due, unacknowledged_since, spent,
    verdict,
    did, started, flapped, setbacks, ready_sign, exit_log,
    shortage, looks, last: left_out, last_progress: left_out,
    engine_unreachable, store_unreachable,
});

/// What a run is spending its time on: each has a limit of its own.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Phase {
    Working,
    Queued,
    /// Waiting for an image, a network or the engine's identity.
    Preparing,
}

project!(
    enum Phase {
        Working,
        Queued,
        Preparing,
    }
);

/// How long a run was in each phase.
#[derive(Clone, Copy, Default, Debug)]
struct Spent {
    working: Duration,
    queued: Duration,
    preparing: Duration,
}

project!(struct Spent { working, queued, preparing });

impl Spent {
    fn on(&self, phase: Phase) -> Duration {
        match phase {
            Phase::Working => self.working,
            Phase::Queued => self.queued,
            Phase::Preparing => self.preparing,
        }
    }

    fn add(&mut self, phase: Phase, time: Duration) {
        let spent = match phase {
            Phase::Working => &mut self.working,
            Phase::Queued => &mut self.queued,
            Phase::Preparing => &mut self.preparing,
        };
        *spent = spent.saturating_add(time);
    }
}

/// What a run did on the engine.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Did {
    pub made: Made,
    pub start: bool,
    pub stop: bool,
}

project!(struct Did { made, start, stop });

/// Whether a run has made the container, and in whose place.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) enum Made {
    /// The container is the one that was there, or there is none.
    #[default]
    Nothing,
    /// There was none before.
    New,
    /// The old one was removed, and none was made since.
    OldRemoved,
    /// One in place of the old one.
    Replacement,
}

project!(
    enum Made {
        Nothing,
        New,
        OldRemoved,
        Replacement,
    }
);

impl Made {
    /// A container was made.
    pub(crate) fn create(&mut self) {
        *self = match self {
            Self::Nothing | Self::New => Self::New,
            Self::OldRemoved | Self::Replacement => Self::Replacement,
        };
    }

    /// The container that the run had made had to go again, which replaces nothing.
    pub(crate) fn undo(&mut self) {
        *self = match self {
            Self::Nothing | Self::New => Self::Nothing,
            Self::OldRemoved | Self::Replacement => Self::OldRemoved,
        };
    }
}

/// What was in the way of a claim the last time that one was tried.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shortage {
    /// As many users are running as may.
    RunningLimit,
    /// No port was free.
    Ports,
}

project!(
    enum Shortage {
        RunningLimit,
        Ports,
    }
);

/// What looks and probes have told of the running container's readiness, beside its health.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) enum ReadySign {
    #[default]
    None,
    /// A probe has passed.
    Probed,
    /// It was looked at, and has no health check.
    NoHealthCheck,
}

project!(
    enum ReadySign {
        None,
        Probed,
        NoHealthCheck,
    }
);

impl Phase {
    /// What a run spends its time on that is about to take a step.
    pub(crate) fn of(step: Step, shortage: Option<Shortage>) -> Self {
        match step {
            Step::AwaitTurn | Step::AwaitPort => Self::Queued,
            Step::AwaitPrerequisites => Self::Preparing,
            Step::Claim(Intent::Starting) | Step::Ask
                if shortage == Some(Shortage::RunningLimit) =>
            {
                Self::Queued
            }
            Step::Rest
            | Step::Ask
            | Step::AskStore
            | Step::AskByUser
            | Step::LookLater
            | Step::AwaitLease
            | Step::Claim(_)
            | Step::Commit(_)
            | Step::Amend
            | Step::AnswerAmendment
            | Step::Delete
            | Step::ReplacePort
            | Step::FreePort
            | Step::EnsureVolume
            | Step::LookAtVolume
            | Step::RemoveVolume
            | Step::Examine
            | Step::ExamineVolume
            | Step::RemoveSurplus
            | Step::Create
            | Step::Start
            | Step::Unpause
            | Step::Stop
            | Step::Remove
            | Step::ReadLog
            | Step::Probe
            | Step::Flush
            | Step::Fail(_)
            | Step::Answer => Self::Working,
        }
    }

    /// How long a run may spend in it.
    pub(crate) fn limit(self, goal: Goal, timing: &Timing) -> Duration {
        match self {
            Self::Working if goal == Goal::Running => timing.start,
            // The old container has to end first.
            Self::Working if goal.runs() => timing.start.saturating_add(timing.grace),
            // Another controller's start may have to end first.
            Self::Working => timing
                .start
                .saturating_add(timing.grace)
                .saturating_add(timing.answer),
            Self::Queued => timing.queue,
            Self::Preparing => timing.pull.saturating_add(timing.engine),
        }
    }
}

impl Run {
    pub(crate) fn new(goal: Goal, now: Instant, limit: Duration) -> Self {
        Self {
            aim: Aim::of(goal),
            waiters: Vec::new(),
            began: now,
            asked: now,
            phase: Phase::Working,
            since: now,
            deadline: now.after(limit),
            unacknowledged_since: None,
            spent: Spent::default(),
            verdict: None,
            did: Did::default(),
            started: false,
            flapped: false,
            setbacks: Setbacks::default(),
            ready_sign: ReadySign::None,
            exit_log: None,
            shortage: None,
            looks: 0,
            last: String::from("nothing was heard yet"),
            last_progress: None,
            engine_unreachable: None,
            store_unreachable: None,
        }
    }

    pub(crate) fn goal(&self) -> Goal {
        self.aim.goal()
    }

    /// Spends its time on something else from now on. What was spent on it before counts, so that
    /// all phases together end when it was promised, however often they take turns.
    pub(crate) fn enter(&mut self, phase: Phase, now: Instant, timing: &Timing) {
        self.spent.add(self.phase, now.since(self.since));
        self.phase = phase;
        self.since = now;
        let limit = phase.limit(self.goal(), timing);
        self.deadline = now.after(limit.saturating_sub(self.spent.on(phase)));
    }

    /// How long the present phase may last, with what was spent on it before.
    pub(crate) fn limit(&self) -> Duration {
        let now = self.deadline.since(self.since);
        now.saturating_add(self.spent.on(self.phase))
    }

    /// It has, and those who wait are about to be told.
    pub(crate) fn has_failed(&self) -> bool {
        self.verdict.is_some()
    }

    /// No port was free when one was last asked for.
    pub(crate) fn lacks_port(&self) -> bool {
        self.shortage == Some(Shortage::Ports)
    }

    /// As many users were running as may when a start was last asked for.
    pub(crate) fn lacks_room(&self) -> bool {
        self.shortage == Some(Shortage::RunningLimit)
    }

    /// A claim took hold, so as many users are running as may no longer.
    pub(crate) fn note_claimed(&mut self) {
        if self.shortage == Some(Shortage::RunningLimit) {
            self.shortage = None;
        }
    }

    /// The record that the run has begun to purge.
    pub(crate) fn purged_record(&self) -> Option<RecordId> {
        match &self.aim {
            Aim::Purge(purge) => purge.record,
            _ => None,
        }
    }

    /// Whether there was a record to purge.
    pub(crate) fn has_met_record(&self) -> bool {
        matches!(&self.aim, Aim::Purge(purge) if purge.met)
    }

    /// Whether it was written down that what was found is the user's.
    pub(crate) fn has_adopted(&self) -> bool {
        matches!(self.aim, Aim::Adopt { written: true, .. })
    }
}
