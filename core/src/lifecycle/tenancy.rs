//! One user: what is known, what is wanted, what is under way.

use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::adoption::Examined;
use super::amendment::{Amendment, Carried};
use super::facts::{Goal, VolumeFact};
use super::knowledge::{Meant, Seen, View};
use super::reading::Read;
use super::survey::SurveyId;
use crate::error::Error;
use crate::id::{ContainerId, EffectId, Port, RecordId, RequestId};
use crate::name::Names;
use crate::observed::Observed;
use crate::projection::project;
use crate::record::{Record, Row};
use crate::time::Instant;
use crate::user::UserId;

/// All that is held for one user.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Tenancy {
    pub user: UserId,
    /// The names in use: the record's, or those it will get.
    pub names: Names,
    pub store: View<Row>,
    /// How much of what the store told of the user was taken in.
    pub read: Read,
    /// Since when the record is known as somebody else wrote it.
    pub known_since: Instant,
    pub engine: View<Seen>,
    /// Since when `engine` is so, as far as it may outlast the run it was learnt in: events that
    /// came since would have changed it.
    pub looked: Option<Instant>,
    /// When an event of the user's containers came last.
    pub told: Option<Instant>,
    /// Something happened to the container while an effect on it was under way.
    pub disturbed: bool,
    /// Until when we hold the user's lease, counted from before it was asked for.
    pub lease: Option<Lease>,
    pub meant: Meant,
    /// A start was begun by somebody and not finished: its container may be under another name.
    pub doubt: bool,
    /// This container can't serve and is to be replaced.
    pub condemned: Option<ContainerId>,
    /// This port was found taken by somebody else, and is avoided until then.
    pub bad_port: Option<(Port, Instant)>,
    pub volume: VolumeFact,
    /// When the last acknowledged write of the user's activity was sent.
    pub active: Option<Instant>,
    /// When the next start is due, after failed ones.
    pub retry_at: Option<Instant>,
    /// Its record is being loaded.
    pub loading: bool,
    /// Its activity is being flushed.
    pub flushing: bool,
    pub store_lane: Lane,
    pub engine_lane: Lane,
    /// Outcomes that brought the work no further, since the last that did.
    pub setbacks: u32,
    pub run: Option<Run>,
    /// What is wanted once the run has ended, in this order.
    pub queue: VecDeque<Wish>,
    /// What is to be changed in the record that concerns no container.
    pub amendment: Option<Amendment>,
    /// The same, as far as a write under way carries it.
    pub carried: Option<Carried>,
    /// Who waits for the activity to be acknowledged, and how long.
    pub touches: Vec<(RequestId, Instant)>,
    /// When the table is to be consulted again, as noted in the timers.
    pub wake: Option<Instant>,
    /// Something is wanted or under way, as noted of all users.
    pub stirs: bool,
}

project!(struct Tenancy {
    user: left_out, names, store, read, known_since, engine, looked, told, disturbed, lease, meant,
    doubt, condemned, bad_port, volume, active, retry_at: due, loading, flushing, store_lane,
    engine_lane, setbacks, run, queue, amendment, carried, touches, wake: due, stirs,
});

/// The lease as its holder counts it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lease {
    pub until: Instant,
    pub renew_at: Instant,
}

project!(struct Lease { until, renew_at: due });

/// What is under way in one direction: to the engine, or to the store.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lane {
    pub flight: Option<EffectId>,
    /// What is under way may change what is known: of a record, more than how long its lease is
    /// held.
    pub changes: bool,
    /// Nothing is sent before.
    pub not_before: Instant,
}

project!(struct Lane { flight, changes, not_before: due });

impl Lane {
    pub(crate) const IDLE: Self = Self {
        flight: None,
        changes: false,
        not_before: Instant::ORIGIN,
    };

    pub(crate) fn depart(&mut self, id: EffectId, changes: bool) {
        self.flight = Some(id);
        self.changes = changes;
    }

    /// What was under way has come to its end; false if it was something else that has.
    pub(crate) fn land(&mut self, id: EffectId) -> bool {
        let landed = self.flight == Some(id);
        if landed {
            self.flight = None;
            self.changes = false;
        }
        landed
    }

    pub(crate) fn is_free(&self, now: Instant) -> bool {
        self.flight.is_none() && self.not_before <= now
    }
}

/// Who waits for a run to end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Asker {
    /// A host.
    Host(RequestId),
    /// A command that concerns many users.
    Survey(SurveyId),
    /// The search for a free port.
    Ports,
}

project!(
    enum Asker {
        Host(request),
        Survey(survey),
        Ports,
    }
);

/// What somebody wants for a user.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish {
    pub goal: Goal,
    pub asker: Asker,
}

project!(struct Wish { goal, asker });

/// One attempt to reach a goal, and who waits for it.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Run {
    pub goal: Goal,
    pub waiters: Vec<Wish>,
    pub began: Instant,
    /// When the last of those who wait came.
    pub asked: Instant,
    pub phase: Phase,
    pub since: Instant,
    pub deadline: Instant,
    /// How often the deadline was set anew because the phase changed.
    pub phases: u32,
    /// Why it failed, and until when the answer may wait for the record to be put right.
    pub verdict: Option<(Error, Instant)>,
    pub did: Did,
    /// The record that is to be purged: the one that was there when it was asked for.
    pub purges: Option<RecordId>,
    /// There was a record to purge.
    pub met: bool,
    /// The engine acknowledged the start.
    pub started: bool,
    /// The container had ended before, soon after it had been started.
    pub flapped: bool,
    /// Starts whose outcome was unclear, after which the container was idle.
    pub unclear_starts: u32,
    /// Starts for which there was no place on the network.
    pub crowded_starts: u32,
    pub probed: bool,
    /// The running container was looked at, and has no health check.
    pub unchecked: bool,
    /// The exit code and last lines of the container that exited.
    pub autopsy: Option<Vec<String>>,
    /// The running limit was reached when we last asked.
    pub no_room: bool,
    /// No port was free when we last asked.
    pub dry: bool,
    /// How long the container has been stopped, as told with the record.
    pub stopped_for: Duration,
    /// The write under way that replaces the token.
    pub rotating: Option<EffectId>,
    pub rotated: bool,
    /// The container was live when its token was replaced.
    pub revive: bool,
    /// The user turned out not to be idle.
    pub spared: bool,
    pub examined: Option<Examined>,
    /// How often in a row we looked for a change.
    pub looks: u32,
    /// What was seen last that kept it from its end.
    pub last: String,
    pub engine_away: Option<Away>,
    pub store_away: Option<Away>,
}

project!(struct Run {
    goal, waiters, began, asked, phase, since: left_out, deadline: due, phases, verdict,
    did, purges, met, started, flapped, unclear_starts, crowded_starts, probed, unchecked, autopsy,
    no_room, dry, stopped_for, rotating, rotated, revive, spared, examined, looks, last: left_out,
    engine_away, store_away,
});

/// Engine or store aren't reached: since when, and why.
#[derive(Clone, Debug)]
pub(crate) struct Away {
    pub since: Instant,
    pub why: String,
}

project!(struct Away { since, why: left_out });

impl Away {
    /// Notes one more try that reached nothing.
    pub(crate) fn note(away: &mut Option<Self>, now: Instant, why: &str) {
        let since = away.as_ref().map_or(now, |away| away.since);
        *away = Some(Self {
            since,
            why: why.into(),
        });
    }
}

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

/// What a run did on the engine.
#[derive(Clone, Copy, Default, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(crate) struct Did {
    pub create: bool,
    pub replace: bool,
    pub start: bool,
    pub stop: bool,
    pub purge: bool,
    pub adopt: bool,
}

project!(struct Did { create, replace, start, stop, purge, adopt });

impl Run {
    pub(crate) fn new(goal: Goal, now: Instant, limit: Duration) -> Self {
        Self {
            goal,
            waiters: Vec::new(),
            began: now,
            asked: now,
            phase: Phase::Working,
            since: now,
            deadline: now.after(limit),
            phases: 0,
            verdict: None,
            did: Did::default(),
            purges: None,
            met: false,
            started: false,
            flapped: false,
            unclear_starts: 0,
            crowded_starts: 0,
            probed: false,
            unchecked: false,
            autopsy: None,
            no_room: false,
            dry: false,
            stopped_for: Duration::ZERO,
            rotating: None,
            rotated: false,
            revive: false,
            spared: false,
            examined: None,
            looks: 0,
            last: String::from("nothing was heard yet"),
            engine_away: None,
            store_away: None,
        }
    }

    /// Notes which record is to be purged, unless that is known.
    pub(crate) fn purge(&mut self, record: RecordId) {
        self.purges.get_or_insert(record);
        self.met = true;
    }
}

impl Tenancy {
    pub(crate) fn new(user: UserId, names: Names) -> Self {
        Self {
            user,
            names,
            store: View::Unknown,
            read: Read::default(),
            known_since: Instant::ORIGIN,
            engine: View::Unknown,
            looked: None,
            told: None,
            disturbed: false,
            lease: None,
            meant: Meant::AsRecorded,
            doubt: false,
            condemned: None,
            bad_port: None,
            volume: VolumeFact::Unknown,
            active: None,
            retry_at: None,
            loading: false,
            flushing: false,
            store_lane: Lane::IDLE,
            engine_lane: Lane::IDLE,
            setbacks: 0,
            run: None,
            queue: VecDeque::new(),
            amendment: None,
            carried: None,
            touches: Vec::new(),
            wake: None,
            stirs: false,
        }
    }

    /// The record, as far as it is known.
    pub(crate) fn record(&self, now: Instant) -> Option<&Record> {
        match self.store.get(now)? {
            Row::Found(record) => Some(record),
            Row::Absent | Row::Unreadable(_) => None,
        }
    }

    /// The containers that were seen last, whether or not that can still be believed.
    pub(crate) fn seen(&self) -> impl Iterator<Item = &Observed> {
        let seen = match &self.engine {
            View::Known { what, .. } => Some(&what.containers),
            View::Unknown => None,
        };
        seen.into_iter().flatten()
    }

    /// Nobody wants anything of it, and nothing is under way.
    pub(crate) fn is_quiet(&self) -> bool {
        self.run.is_none()
            && self.queue.is_empty()
            && self.amendment.is_none()
            && self.touches.is_empty()
            && self.lease.is_none()
            && !self.loading
            && !self.flushing
            && self.store_lane.flight.is_none()
            && self.engine_lane.flight.is_none()
    }

    /// Record and engine are to agree, and nobody wants anything else.
    pub(crate) fn is_repaired(&self) -> bool {
        self.run
            .as_ref()
            .is_some_and(|run| run.goal == Goal::Repaired)
    }

    /// Whether the port was found taken by somebody else, not long ago.
    pub(crate) fn is_bad(&self, port: Port, now: Instant) -> bool {
        self.bad_port
            .is_some_and(|(bad, until)| bad == port && now < until)
    }

    /// Doubt is answered by asking: nothing about the user is believed any more.
    pub(crate) fn forget(&mut self) {
        self.store.forget();
        self.engine.forget();
    }

    /// Whether the record says which its container is, or will.
    pub(crate) fn is_recorded(&self, now: Instant) -> bool {
        self.record(now)
            .is_some_and(|record| self.meant.resolve(record).is_some())
    }

    /// Nobody waits for this request any more.
    pub(crate) fn take_back(&mut self, request: RequestId) {
        let asker = Asker::Host(request);
        self.touches.retain(|(waiting, _)| *waiting != request);
        self.queue.retain(|wish| wish.asker != asker);
        if let Some(run) = &mut self.run {
            run.waiters.retain(|wish| wish.asker != asker);
        }
        if let Some(amendment) = &mut self.amendment {
            amendment.forget(asker);
        }
        if let Some(carried) = &mut self.carried {
            carried.amendment.forget(asker);
        }
    }

    /// Whether this is the container that the record means.
    pub(crate) fn meant_is(&mut self, id: &ContainerId) -> bool {
        match self.store.get_mut() {
            Some(Row::Found(record)) => self.meant.resolve(record).is_none_or(|meant| meant == id),
            Some(Row::Absent | Row::Unreadable(_)) | None => true,
        }
    }

    /// Notes what kept the run from its end.
    pub(crate) fn note(&mut self, last: impl Into<String>) {
        if let Some(run) = &mut self.run {
            run.last = last.into();
        }
    }

    /// The run ends in the user's activity: somebody wants the container to run who counts.
    pub(crate) fn counts(&self) -> bool {
        self.run
            .as_ref()
            .is_some_and(|run| run.waiters.iter().any(|wish| wish.goal == Goal::Running))
    }

    /// The run has failed. The first reason stays.
    pub(crate) fn fail(&mut self, error: Error, answer_by: Instant) {
        if let Some(run) = &mut self.run
            && run.verdict.is_none()
        {
            run.verdict = Some((error, answer_by));
        }
    }
}
