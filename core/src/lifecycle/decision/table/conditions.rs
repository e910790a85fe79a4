//! The conditions of the table's rows: what each is called, and what it asks of the facts.

use crate::lifecycle::decision::facts::{
    ActivityFact, ContainerFact as Container, ExaminedFact, ExitLogFact, Facts, FitFact, GoalFact,
    Hold, IdentityFact, IdleFact, PortFact, PrerequisitesFact, PurgeFact, ReadyFact, RecordFact,
    RotationFact, StartFact, TurnFact, VerdictFact, VolumeFact,
};
use crate::record::Intent;

/// One condition.
#[derive(Clone, Copy)]
pub(crate) struct Condition {
    /// What people call it.
    pub words: &'static str,
    pub holds: fn(&Facts) -> bool,
}

macro_rules! conditions {
    ($($name:ident: $words:literal = $holds:expr;)*) => {
        $(pub(crate) const $name: Condition = Condition { words: $words, holds: $holds };)*
    };
}

/// We hold the lease for a stop or a removal.
fn is_finishing(f: &Facts) -> bool {
    f.holding(Intent::Stopping) || f.holding(Intent::Removing)
}

/// The record bears a lease that is ours, or nobody's any more.
fn is_lease_left(f: &Facts) -> bool {
    matches!(f.hold(), Hold::Mine | Hold::Expired)
}

/// A container is there that can be removed as it is.
fn is_removable(f: &Facts) -> bool {
    matches!(
        f.container,
        Container::Idle | Container::Broken | Container::Surplus
    )
}

// The run.
conditions! {
    FAILED: "the run failed" = |f| f.verdict != VerdictFact::None;
    CAN_BE_UNDONE: "the run failed, and there is time to put the record right" = |f| f.verdict == VerdictFact::Commit;
    UNDER_WAY: "a change of the record or on the engine is under way, and nobody knows yet what comes of it" = |f| f.underway;
    NOTHING_UNDER_WAY: "no change is under way" = |f| !f.underway;
    WANTED_OR_FINISHING: "somebody wants something, or we are stopping or removing" = |f| f.goal.is_wanted() || is_finishing(f);
    WANTED_OR_AMENDED: "somebody wants something, or a change of the record waits" = |f| f.goal.is_wanted() || f.amendment;
    STILL_ACTIVE: "the user is not idle" = |f| f.goal == GoalFact::Reaped(IdleFact::Active);
    TURN_AWAITED: "it isn't the user's turn in the start queue" = |f| f.turn == TurnFact::Waits;
    NO_ROOM: "as many users are running as may" = |f| f.turn == TurnFact::NoRoom;
    NO_FREE_PORT: "no port is free" = |f| f.port == PortFact::NoneFree;
    ACTIVITY_OPEN: "activity not acknowledged" = |f| f.activity == ActivityFact::Open;
    NOT_ROTATED: "token not replaced yet" = |f| f.goal == GoalFact::Rotated(RotationFact::Pending);
    STAYS_STOPPED: "the container wasn't live when its token was replaced" = |f| f.goal == GoalFact::Rotated(RotationFact::Done);
    NOT_RENEWED: "not started since" = |f| !f.start.is_renewed();
    BACKING_OFF: "earlier starts failed, the next isn't due, and we haven't begun it" = |f| f.turn == TurnFact::NotDue;
}

// The engine that answers.
conditions! {
    PROVEN: "engine proven" = |f| f.identity == IdentityFact::Proven;
    ANOTHER: "another engine answers" = |f| f.identity == IdentityFact::Another;
    ANOTHER_OR_FAILED: "another engine answers than the one that the store knows, or it doesn't tell which it is"
        = |f| matches!(f.identity, IdentityFact::Another | IdentityFact::Failed);
}

// The record.
conditions! {
    UNKNOWN: "record unknown, container unknown, or engine not proven to be the right one"
        = |f| f.record == RecordFact::Unknown || f.container == Container::Unknown || f.identity == IdentityFact::Unproven;
    RECORD_UNKNOWN: "record unknown" = |f| f.record == RecordFact::Unknown;
    RECORD_UNREADABLE: "record unreadable" = |f| f.record == RecordFact::Unreadable;
    NO_RECORD: "no record" = |f| f.record == RecordFact::Absent;
    HAS_RECORD: "there is a record" = |f| f.record != RecordFact::Absent;
    READABLE: "record read" = |f| matches!(f.record, RecordFact::Present(..));
    UNWRITABLE: "no record, or an unreadable one" = |f| matches!(f.record, RecordFact::Absent | RecordFact::Unreadable);
    AMENDMENT: "a change of the record waits" = |f| f.amendment;
    NO_AMENDMENT: "no change of the record waits" = |f| !f.amendment;
    NOT_RECORDED_STOPPED_OR_OURS: "the record doesn't say that it is stopped, or we hold the lease"
        = |f| f.intent() != Some(Intent::Stopped) || f.hold() == Hold::Mine;
    NOT_RECORDED_RUNNING: "the record doesn't say that it runs" = |f| f.intent() != Some(Intent::Running);
    RECORDED_RUNNING: "the record says that it runs" = |f| f.intent() == Some(Intent::Running);
    NOT_RECORDED_RUNNING_OR_OURS: "the record doesn't say that it runs, or we hold the lease"
        = |f| f.intent() != Some(Intent::Running) || f.hold() == Hold::Mine;
    NOT_RECORDED_RUNNING_OR_LEASE_LEFT: "the record doesn't say that it runs, we hold the lease, or one is left that has run out"
        = |f| f.intent() != Some(Intent::Running) || is_lease_left(f);
    STOPPED_UNSETTLED: "the record doesn't say that it is stopped, or claims a port for no container, or we hold the lease, or one is left that has run out"
        = |f| f.intent() != Some(Intent::Stopped) || is_lease_left(f) || (IDLE_CLAIM.holds)(f);
    IDLE_CLAIM: "a port is claimed, and no container is bound to it"
        = |f| f.has_port() && matches!(f.container, Container::Absent | Container::Foreign);
    PORT_OR_LEASE: "a port claimed, or we hold the lease" = |f| f.has_port() || f.hold() == Hold::Mine;
    PORT_NEEDLESS: "a port is claimed, and new containers publish none" = |f| f.port == PortFact::Needless;
    PORT_BAD: "the claimed port was found taken" = |f| f.port == PortFact::Taken;
}

// Leases, and what was begun under them.
conditions! {
    LEASE_OURS: "we hold the lease" = |f| f.hold() == Hold::Mine;
    LEASE_THEIRS: "another controller holds the lease" = |f| f.hold() == Hold::Theirs;
    LEASE_LEFT: "we hold the lease, or one is left that has run out" = is_lease_left;
    STARTING: "starting is written down under our lease" = |f| f.holding(Intent::Starting);
    NOT_STARTING: "starting isn't written down under our lease" = |f| !f.holding(Intent::Starting);
    PURGE_BEGUN: "a purge has begun" = |f| f.is_purging();
    NOT_REMOVING: "removing isn't written down under our lease" = |f| !f.holding(Intent::Removing);
    LEFT_BEHIND: "a stop or removal was left behind by a controller that is gone"
        = |f| matches!(f.hold(), Hold::Nobody | Hold::Expired) && matches!(f.intent(), Some(Intent::Stopping | Intent::Removing));
    FINISHING: "stopping or removing under our lease" = is_finishing;
    REMOVING: "removing under our lease" = |f| f.holding(Intent::Removing);
    PURGING: "purging under our lease, no container left" = |f| f.is_purging() && f.holding(Intent::Removing);
}

// The container.
conditions! {
    UNSURE: "container not under its name, and may be under another" = |f| f.container == Container::Unsure;
    FOREIGN: "somebody else's container has the name" = |f| f.container == Container::Foreign;
    OWN: "the container is the user's" = |f| !matches!(f.container, Container::Foreign | Container::Absent);
    NO_CONTAINER: "no container" = |f| f.container == Container::Absent;
    IDLE: "container idle" = |f| f.container == Container::Idle;
    IDLE_OR_BROKEN: "container idle or broken" = |f| matches!(f.container, Container::Idle | Container::Broken);
    PAUSED: "container paused" = |f| f.container == Container::Paused;
    RUNNING: "container running" = |f| f.container == Container::Running;
    LIVE: "container live" = |f| f.container.is_live();
    BEING_REMOVED: "the engine is removing the container" = |f| f.container == Container::Removing;
    LIVE_OR_BEING_REMOVED: "container live or being removed" = |f| f.container.is_live() || f.container == Container::Removing;
    IN_BETWEEN: "container being started by the engine or being removed, or in a state unknown to us"
        = |f| matches!(f.container, Container::Starting | Container::Removing | Container::Odd);
    REMOVABLE: "container idle, broken or surplus" = is_removable;
    REMOVABLE_OR_PURGED: "container idle, broken or surplus, or any while a purge goes on"
        = |f| is_removable(f) || (f.is_purging() && f.container.is_live());
    OLD: "no current container, and an old one" = |f| f.container == Container::Surplus;
    ANOTHER_BESIDE: "another container of the user's beside it" = |f| f.surplus;
    OTHER_TOKEN: "carries another token than the user's" = |f| f.fit == FitFact::OtherToken;
    CUT_OFF: "taken off its network, so that nobody reaches it" = |f| f.fit == FitFact::CutOff;
    UNPUBLISHED: "publishes no host port, and callers come by one" = |f| f.fit == FitFact::Unpublished;
    CRASHED_UNREAD: "container exited after we started it, and its last lines weren't read yet"
        = |f| f.start == StartFact::Crashed(ExitLogFact::Unread);
    CRASHED: "container exited after we started it" = |f| matches!(f.start, StartFact::Crashed(_));
    FLAPPED_UNREAD: "container ended in an error soon after it had been answered as running, and its last lines weren't read yet"
        = |f| f.start == StartFact::Flapped(ExitLogFact::Unread);
    FLAPPED: "container ended in an error soon after it had been answered as running" = |f| matches!(f.start, StartFact::Flapped(_));
    TO_BE_REPLACED: "container live and to be replaced" = Facts::awaits_replacement;
    NEEDED: "a new container is needed" = Facts::needs_container;
}

// Whether it is ready.
conditions! {
    READY: "ready" = |f| f.ready == ReadyFact::Yes;
    READY_TO_PROBE: "readiness to be probed" = |f| f.ready == ReadyFact::Probe;
    NOT_READY: "not ready yet" = |f| f.ready == ReadyFact::No;
    NEVER_READY: "to be ready once its health check passes, and has none" = |f| f.ready == ReadyFact::Never;
}

// What a new container needs: engine, network, image, volume.
conditions! {
    CANNOT_BE_HAD: "engine, network or image can't be had" = |f| f.prerequisites == PrerequisitesFact::Failed;
    NOT_THERE_YET: "engine, network or image not there yet" = |f| f.prerequisites == PrerequisitesFact::Pending;
    VOLUME_UNSEEN: "volume unknown" = |f| f.volume.is_unseen();
    VOLUME_MISSING: "volume unknown, or there was none" = |f| matches!(f.volume, VolumeFact::Unknown | VolumeFact::Absent);
    VOLUME_DOUBTED: "volume told of without labels when it was to be made" = |f| f.volume == VolumeFact::Doubted;
    VOLUME_OURS: "the volume is the user's" = |f| f.volume == VolumeFact::Ours;
    VOLUME_UNLABELLED: "a volume has the name that bears nobody's labels" = |f| f.volume == VolumeFact::Unlabelled;
    VOLUME_TAKEN: "somebody else's volume has the name" = |f| matches!(f.volume, VolumeFact::Foreign | VolumeFact::Unlabelled);
    VOLUME_SHARED: "another user's record names the volume, too" = |f| f.purge == PurgeFact::BegunOnSharedVolume;
    NOT_EXAMINED: "not examined" = |f| f.goal == GoalFact::Adopted(ExaminedFact::No);
    PARTLY_EXAMINED: "examined, and not all the volumes that it mounts" = |f| f.goal == GoalFact::Adopted(ExaminedFact::Container);
}
