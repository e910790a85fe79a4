//! How far the stream of the engine's events is, and the lists that vouch for it.

use alloc::vec::Vec;

use super::listing::Listing;
use crate::id::EffectId;
use crate::lifecycle::retry::Retry;
use crate::observed::Observed;
use crate::projection::project;
#[cfg(feature = "model-checking")]
use crate::projection::{Project, Projection};
use crate::time::Instant;
use crate::user::UserId;

/// How far the event stream is.
#[derive(Clone, Debug)]
pub(crate) struct EventStream {
    pub stream: Stream,
    /// When the last list was asked for that was answered.
    pub listed: Option<Instant>,
    pub listing: bool,
    pub next_list: Instant,
    pub surprises: u32,
    pub retry: Retry,
    /// What the last list told, while it is gone through.
    pub resync: Option<Resync>,
}

/// A list that what is known of all users is compared with.
#[derive(Clone, Debug)]
pub(crate) struct Resync {
    pub listing: Listing,
    /// Whether all of it could be read.
    pub whole: bool,
    /// When it was asked for.
    pub sent: Instant,
    pub stage: Stage,
    /// The last user who was compared, between two calls.
    pub reached: Option<UserId>,
    /// It told what an event should have told.
    pub surprised: bool,
}

/// What is done with a list.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stage {
    Sort,
    Compare,
    /// It is of no use any more.
    Forget,
}

project!(struct Resync { listing, whole, sent, stage, reached, surprised });
project!(
    enum Stage {
        Sort,
        Compare,
        Forget,
    }
);

impl Resync {
    pub(crate) fn new(listed: Vec<Observed>, whole: bool, sent: Instant) -> Self {
        Self {
            listing: Listing::of(listed),
            whole,
            sent,
            stage: Stage::Sort,
            reached: None,
            surprised: false,
        }
    }
}

#[cfg(feature = "model-checking")]
impl Project for EventStream {
    fn project(&self, out: &mut Projection) {
        let Self {
            stream,
            listed,
            listing,
            next_list,
            surprises,
            retry,
            resync,
        } = self;
        stream.project(out);
        listed.project(out);
        listing.project(out);
        // Never looked at where nothing is followed.
        if !matches!(stream, Stream::Off) {
            out.due(*next_list);
        }
        surprises.project(out);
        retry.project(out);
        resync.project(out);
    }
}

#[cfg(feature = "model-checking")]
impl Project for Stream {
    fn project(&self, out: &mut Projection) {
        match self {
            Self::Off => out.word(0),
            Self::Waiting { not_before } => {
                out.word(1);
                out.due(*not_before);
            }
            Self::Asking => out.word(2),
            Self::Opening(watch) => {
                out.word(3);
                watch.project(out);
            }
            Self::Open { watch, since } => {
                out.word(4);
                watch.project(out);
                // What users' containers were seen is compared with it.
                out.shared_moment(*since);
            }
        }
    }
}

/// Whether it is open.
#[derive(Clone, Debug)]
pub(crate) enum Stream {
    Off,
    /// Whose installation this is isn't known yet, or the stream was lost.
    Waiting {
        not_before: Instant,
    },
    Asking,
    Opening(EffectId),
    Open {
        watch: EffectId,
        since: Instant,
    },
}

impl EventStream {
    pub(crate) fn new(wanted: bool, now: Instant) -> Self {
        Self {
            stream: if wanted {
                Stream::Waiting { not_before: now }
            } else {
                Stream::Off
            },
            listed: None,
            listing: false,
            next_list: now,
            surprises: 0,
            retry: Retry::default(),
            resync: None,
        }
    }

    /// Since when events have told what happened; `None` while they don't.
    pub(crate) fn open_since(&self) -> Option<Instant> {
        match self.stream {
            Stream::Open { since, .. } => Some(since),
            Stream::Off | Stream::Waiting { .. } | Stream::Asking | Stream::Opening(_) => None,
        }
    }

    /// When there is something to be done next.
    pub(crate) fn next_try(&self) -> Option<Instant> {
        // What a list told is gone on with at once.
        let resync = self.resync.as_ref().map(|resync| resync.sent);
        resync.or(self.next_question())
    }

    /// When the engine, or the store about the installation, is asked something next.
    pub(crate) fn next_question(&self) -> Option<Instant> {
        match self.stream {
            Stream::Waiting { not_before } => Some(not_before),
            Stream::Open { .. } if !self.listing && self.resync.is_none() => Some(self.next_list),
            Stream::Off | Stream::Asking | Stream::Opening(_) | Stream::Open { .. } => None,
        }
    }
}
