//! What can go wrong, by whose doing: [`Error`] is the world's, [`ApiMisuse`] the caller's.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::time::Duration;

use crate::event::Position;
use crate::id::{EffectId, EngineId, EngineName, PortRange};
use crate::network::NetworkFlaw;
use crate::time::Instant;

/// Why a request failed.
///
/// Each has a [`code`](Error::code) from a closed list, a message that names the thing, and a
/// [`hint`](Error::hint) that names the way out. None holds a secret. There will be more of them:
/// what a program doesn't know it tells by these three.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no record of the user.
    #[error("there is no such user")]
    UnknownUser,
    /// The user has no container.
    #[error("the user has no container")]
    NoContainer,
    /// A later command for the same user turned the goal round.
    #[error("a later {by} of the same user took its place")]
    Superseded {
        /// The command that came later.
        by: &'static str,
    },
    /// A container that isn't ours has the user's container name.
    #[error("the container name {name:?} is taken by a container that is not ours ({id})")]
    NameTaken {
        /// The name.
        name: String,
        /// The other container's id.
        id: String,
    },
    /// The user's volume name is taken by a volume that isn't the user's.
    #[error("the volume name {name:?} {}", taken(*.by))]
    VolumeTaken {
        /// The name.
        name: String,
        /// Whose it is.
        by: VolumeOwner,
    },
    /// The image isn't there and can't be had.
    #[error("the image {image:?} is missing: {why}")]
    ImageMissing {
        /// The image.
        image: String,
        /// Why it can't be had.
        why: String,
    },
    /// Containers on the network couldn't serve their callers, or can't be put on it.
    #[error("the network {name:?} {why}")]
    NetworkUnusable {
        /// Its name.
        name: String,
        /// Why.
        why: NetworkFlaw,
    },
    /// No port of the range is free.
    #[error("no port from {} to {} is free", .0.first(), .0.last())]
    PortsExhausted(PortRange),
    /// As many users run as may.
    #[error("{limit} users are running, which is the limit")]
    LimitReached {
        /// The limit.
        limit: u32,
    },
    /// Too many starts were ahead in the line.
    #[error("{limit} starts were under way all the time it waited in line")]
    Busy {
        /// How many may be under way at once.
        limit: u32,
    },
    /// The container exited while starting.
    #[error("the container {} while starting{}", exited(*.exit_code), last_line(.log))]
    StartFailed {
        /// The container's exit code, if it exited.
        exit_code: Option<i64>,
        /// The last lines it wrote, oldest first, without the token.
        log: Vec<String>,
    },
    /// The container is to be ready once its health check passes, and has none.
    #[error(
        "the container runs, but {image:?} has no health check that could tell when it is ready"
    )]
    NoHealthCheck {
        /// Its image.
        image: String,
    },
    /// A purge can't remove the user's volume: somebody else's container mounts it.
    #[error("the user's volume {name:?} can't be removed: {why}")]
    VolumeInUse {
        /// Its name.
        name: String,
        /// The engine's words, which name the container.
        why: String,
    },
    /// Callers come by a host port, and the container runs without one: it was made from another
    /// configuration, which a restart alone replaces.
    #[error("the container {container:?} publishes no host port, and callers are to come by one")]
    NoHostPort {
        /// Its name.
        container: String,
    },
    /// The last starts failed, and it is too early for the next.
    #[error("{} ({reason}); the next is due in {} s", failed_starts(*count), .retry_in.as_secs().saturating_add(1))]
    BackingOff {
        /// How many failed in a row because of the container; 0 where the engine failed, and was asked
        /// for as many changes within a minute as may be.
        count: u32,
        /// How the last one failed.
        reason: String,
        /// When the next one is due.
        retry_in: Duration,
    },
    /// The container wasn't ready in time.
    #[error("the container was not ready after {} s, which is once it {readiness}: {last}", .after.as_secs())]
    StartTimeout {
        /// How long it was given.
        after: Duration,
        /// When it would be, by the settings, as in "answers GET /health".
        readiness: String,
        /// What was seen last.
        last: String,
    },
    /// The request wasn't done in time.
    #[error("not done after {} s: {last}", .after.as_secs())]
    Timeout {
        /// How long it was given.
        after: Duration,
        /// What was seen last.
        last: String,
    },
    /// There is nothing of that name that could become the user's.
    #[error("nothing can be adopted: {0}")]
    NotAdoptable(String),
    /// The controller is being closed, and begins nothing any more.
    #[error("portreeve is being closed")]
    Closed,
    /// The engine wasn't reached.
    #[error("the container engine was not reached: {0}")]
    EngineUnreachable(String),
    /// The engine understood and said no.
    #[error("the container engine refused: {0}")]
    EngineRefused(String),
    /// The engine isn't the one that the store knows by that name.
    #[error("the engine {name} is {found}, but the store knows {name} as {known}")]
    EngineChanged {
        /// The name in the configuration.
        name: EngineName,
        /// The engine's own id.
        found: EngineId,
        /// The id the store has for it.
        known: EngineId,
    },
    /// The store wasn't reached.
    #[error("the store was not reached: {0}")]
    StoreUnreachable(String),
    /// The store understood and said no.
    #[error("the store refused: {0}")]
    StoreRefused(String),
    /// The store answers and can't write: its disk is full, or it may only be read.
    #[error("the store can't be written: {0}")]
    StoreUnwritable(String),
    /// The event log has no such place: what came next was dropped, or the log is another one.
    #[error("the event log has no position {}: it goes from {} to {}", .after.0, .dropped.0, .newest.0)]
    EventsGone {
        /// After which events were asked for.
        after: Position,
        /// The last event that was dropped.
        dropped: Position,
        /// The newest event.
        newest: Position,
    },
    /// The user's record can't be understood.
    #[error("the user's record can't be read: {0}")]
    RecordUnreadable(String),
    /// The user's token can't be opened.
    #[error("the user's token can't be opened: {0}")]
    TokenUnreadable(String),
}

/// Whose a volume is that has a user's volume name and isn't the user's.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum VolumeOwner {
    /// Nobody knows: it bears no label that says so.
    Unknown,
    /// Another user's or another installation's, by its labels.
    Labelled,
    /// Another user's, whose record names it.
    Recorded,
}

fn taken(by: VolumeOwner) -> &'static str {
    match by {
        VolumeOwner::Unknown => "is taken by a volume that bears no label to say whose it is",
        VolumeOwner::Labelled => "is taken by a volume that is not ours",
        VolumeOwner::Recorded => "stands in another user's record",
    }
}

fn exited(code: Option<i64>) -> String {
    match code {
        Some(code) => alloc::format!("exited with code {code}"),
        None => String::from("failed"),
    }
}

fn last_line(log: &[String]) -> String {
    match log.last() {
        Some(line) => alloc::format!("; its last line: {line}"),
        None => String::new(),
    }
}

impl Error {
    /// The kind of failure, in one word from a closed list.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownUser => "unknown_user",
            Self::NoContainer => "no_container",
            Self::Superseded { .. } => "superseded",
            Self::NameTaken { .. } => "name_taken",
            Self::VolumeTaken { .. } => "volume_taken",
            Self::ImageMissing { .. } => "image_missing",
            Self::NetworkUnusable { .. } => "network_unusable",
            Self::PortsExhausted(_) => "ports_exhausted",
            Self::LimitReached { .. } => "limit_reached",
            Self::Busy { .. } => "busy",
            Self::StartFailed { .. } => "start_failed",
            Self::NoHealthCheck { .. } => "no_health_check",
            Self::VolumeInUse { .. } => "volume_in_use",
            Self::NoHostPort { .. } => "no_host_port",
            Self::BackingOff { .. } => "backing_off",
            Self::StartTimeout { .. } => "start_timeout",
            Self::Timeout { .. } => "timeout",
            Self::NotAdoptable(_) => "not_adoptable",
            Self::Closed => "closed",
            Self::EngineUnreachable(_) => "engine_unreachable",
            Self::EngineRefused(_) => "engine_refused",
            Self::EngineChanged { .. } => "engine_changed",
            Self::StoreUnreachable(_) => "store_unreachable",
            Self::StoreRefused(_) => "store_refused",
            Self::StoreUnwritable(_) => "store_unwritable",
            Self::EventsGone { .. } => "events_gone",
            Self::RecordUnreadable(_) => "record_unreadable",
            Self::TokenUnreadable(_) => "token_unreadable",
        }
    }

    /// The way out, in a sentence that speaks of calls and settings. A program whose users know neither,
    /// such as a command line, has sentences of its own for the [`code`](Self::code).
    pub fn hint(&self) -> &'static str {
        match self {
            Self::UnknownUser => "a user is known once `ensure` was called for it",
            Self::NoContainer => "`ensure` makes one, whose log begins anew",
            Self::Superseded { .. } => "ask again if it is still wanted",
            Self::NameTaken { .. } => {
                "remove, rename or adopt that container, or choose another name pattern in the configuration"
            }
            Self::VolumeTaken { by, .. } => match by {
                VolumeOwner::Labelled => {
                    "remove that volume, or choose another volume name pattern in the configuration"
                }
                VolumeOwner::Unknown => {
                    "if it is the user's, `adopt` makes it so; else remove it, or choose another volume name pattern in the configuration"
                }
                VolumeOwner::Recorded => {
                    "a container that was adopted for the other user mounts it, or the pattern has changed: choose a volume name pattern in the configuration that names no other user's volume"
                }
            },
            Self::ImageMissing { .. } => "check the image's name, or load it into the engine",
            Self::NetworkUnusable { why, .. } => why.hint(),
            Self::PortsExhausted(_) => "widen the port range in the configuration",
            Self::LimitReached { .. } => "stop some users, or raise `Limits::running`",
            Self::Busy { .. } => "try again later, or raise `Limits::starting`",
            Self::StartFailed { .. } => {
                "look at its log, and at the template's command and environment"
            }
            Self::NoHealthCheck { .. } => {
                "set `Template::health_check`, choose an image that has one, or another `Readiness`"
            }
            Self::VolumeInUse { .. } => {
                "remove the container that mounts it, and purge the user again"
            }
            Self::NoHostPort { .. } => {
                "restart the user: the container is made anew, in the current configuration"
            }
            Self::BackingOff { .. } => {
                "mend what made it fail; the next start is tried when it is due"
            }
            Self::StartTimeout { .. } => {
                "look at the container's log; set another `Readiness`, if it is that it never comes to, or raise `Timing::start`"
            }
            Self::Timeout { .. } => "try again; the work goes on where it was left",
            Self::NotAdoptable(_) => {
                "a container or volume must have the name that `Naming` gives to the user's, and labels of no installation"
            }
            Self::Closed => "open it again",
            Self::EngineUnreachable(_) => "is the engine running, and is that its address?",
            Self::EngineRefused(_) => "the engine's own words say what it objects to",
            Self::EngineChanged { .. } => {
                "connect to the engine the store knows, or give this one a name of its own in `Settings::engine`"
            }
            Self::StoreUnreachable(_) => {
                "is the database running, and does the store's URL name it?"
            }
            Self::StoreRefused(_) => "the store's own words say what it objects to",
            Self::StoreUnwritable(_) => {
                "make room on the store's disk, or have it take writes again; what was wanted can be asked for again then"
            }
            Self::EventsGone { .. } => {
                "read on from the oldest event that is kept; what was missed shows in the users' status"
            }
            Self::RecordUnreadable(_) => {
                "it was written by something else, by a newer release, or for another engine: upgrade, restore it from a backup, or use the engine it names"
            }
            Self::TokenUnreadable(_) => "configure the key the token was sealed with",
        }
    }
}

/// A call that breaks the rules of the `Lifecycle`'s verbs. Nothing was changed by it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApiMisuse {
    /// Time ran backwards.
    #[error("time ran backwards: {now:?} after {before:?}")]
    TimeWentBack {
        /// What was passed now.
        now: Instant,
        /// What had been passed before.
        before: Instant,
    },
    /// No such effect was handed out, or it was answered before.
    #[error("no effect {0:?} is under way")]
    UnknownEffect(EffectId),
    /// An engine's outcome for a store's effect, an event under the number of what is no watch, or the
    /// like.
    #[error("that can't be the outcome of effect {0:?}")]
    WrongOutcome(EffectId),
}

fn failed_starts(count: u32) -> String {
    match count {
        0 => "starts failed as often as they may be tried within a minute".to_string(),
        1 => "the last start failed".to_string(),
        _ => format!("the last {count} starts failed"),
    }
}
