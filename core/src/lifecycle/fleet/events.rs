//! Following the engine's events, so that what is known of containers stays current.
//!
//! Whether a container runs is only ever known from a look, a list, or what we did ourselves.
//! Events never make it better known: one that fits what is known changes nothing, any other makes
//! it unknown. A list may be behind the events, so for a moment after one it vouches for nothing.
//! Engines drop events in silence, so all this is believed only for a while past the last list, and
//! a list that tells what no event told has the stream opened anew.

use alloc::vec::Vec;

use super::resync::LAG;
use super::tenancies::Tenancies;
use crate::effect::{Effect, EngineEffect, Scope, StoreEffect};
use crate::id::EffectId;
use crate::lifecycle::context::Context;
use crate::lifecycle::context::event_stream::{Resync, Stage, Stream};
use crate::lifecycle::context::in_flight::Purpose;
use crate::lifecycle::context::prerequisites::Prerequisite;
use crate::lifecycle::output::Output;
use crate::outcome::{EngineEvent, EngineOutcome, StoreOutcome};
use crate::time::Instant;

impl Tenancies {
    /// The stream has ended, or a list has come.
    pub(crate) fn learn_of_stream(
        &mut self,
        cx: &mut Context,
        id: EffectId,
        sent: Instant,
        outcome: EngineOutcome,
    ) {
        let ended = match cx.events.stream {
            Stream::Opening(watch) | Stream::Open { watch, .. } => watch == id,
            Stream::Off | Stream::Waiting { .. } | Stream::Asking => false,
        };
        if ended {
            self.lose_stream(cx);
            return;
        }
        cx.events.listing = false;
        let listed = match outcome {
            EngineOutcome::Listed(containers) => Some((containers, true)),
            EngineOutcome::ListedInPart { containers, .. } => Some((containers, false)),
            _ => None,
        };
        match (listed, cx.events.open_since()) {
            (Some((listed, whole)), Some(since)) if since <= sent => {
                cx.events.retry.succeed();
                cx.events.next_list = sent.after(cx.settings.timing.resync);
                let mut resync = Resync::new(listed, whole, sent);
                // What was told just before the stream was there.
                let shown = since.after(LAG);
                if sent < shown {
                    cx.events.listed = Some(sent);
                    cx.events.next_list = shown.min(cx.events.next_list);
                    resync.stage = Stage::Forget;
                }
                cx.events.resync = Some(resync);
                self.run_resync(cx);
            }
            (_, _) => {
                cx.events.next_list = cx.events.retry.set_back(cx.now, &mut cx.entropy);
            }
        }
    }

    /// Something happened on the engine.
    pub(crate) fn learn_of_event(&mut self, cx: &mut Context, watch: EffectId, event: EngineEvent) {
        match (event, &cx.events.stream) {
            (EngineEvent::Opened, Stream::Opening(_)) => {
                cx.events.stream = Stream::Open {
                    watch,
                    since: cx.now,
                };
                cx.events.listed = None;
                cx.events.surprises = 0;
                cx.events.next_list = cx.now;
                // It took a new connection.
                cx.prerequisites.doubt_engine();
                cx.begin_check(Prerequisite::Engine);
            }
            (EngineEvent::Missed, Stream::Open { watch, .. }) => {
                // It may have been anybody's, so what was seen before vouches for nothing; nor does a
                // list before it can show what the event would have told.
                cx.events.stream = Stream::Open {
                    watch: *watch,
                    since: cx.now,
                };
                cx.events.listed = None;
                cx.events.next_list = cx.now.after(LAG);
                self.doubt_all(cx);
            }
            (
                EngineEvent::Container {
                    id,
                    user: Some(user),
                    change,
                },
                Stream::Open { .. },
            ) => {
                if let Some(tenancy) = self.get_mut(&user) {
                    tenancy.learn_of_change(cx, &id, change);
                }
            }
            // Told at another time than events are, or of nobody's container.
            (EngineEvent::Opened | EngineEvent::Missed | EngineEvent::Container { .. }, _) => {}
        }
    }

    /// The stream is gone: nothing that it kept current is believed any more.
    fn lose_stream(&mut self, cx: &mut Context) {
        cx.prerequisites.doubt_engine();
        self.doubt_all(cx);
        reopen_later(cx);
    }

    /// What events kept current isn't any more: they may have told of something that nobody heard.
    fn doubt_all(&mut self, cx: &mut Context) {
        // What was seen of all others is older than the next that is vouched for, and so isn't current.
        for user in &cx.active {
            if let Some(tenancy) = self.get_mut(user)
                && tenancy.lose_events()
                && tenancy.run.is_some()
            {
                cx.due.insert(user.clone());
            }
        }
    }

    pub(crate) fn abandon_stream(&mut self, cx: &mut Context) {
        if let Stream::Opening(watch) | Stream::Open { watch, .. } = cx.events.stream {
            cx.in_flight.abandon(watch);
            cx.outbox.push_back(Output::Abandon(watch));
            self.lose_stream(cx);
        }
    }

    /// Follows events no longer.
    pub(crate) fn end_events(&mut self, cx: &mut Context) {
        self.abandon_stream(cx);
        cx.events.stream = Stream::Off;
    }
}

/// Opens the stream, and lists containers, when that is due.
pub(crate) fn run(cx: &mut Context) {
    if cx.events.next_question().is_none_or(|at| at > cx.now) {
        return;
    }
    let effect = match (&cx.events.stream, cx.installation()) {
        (Stream::Waiting { .. }, None) => {
            cx.events.stream = Stream::Asking;
            Effect::Store(StoreEffect::Load {
                engine: cx.settings.engine.clone(),
                users: Vec::new(),
            })
        }
        (Stream::Waiting { .. }, Some(installation)) => {
            let effect = Effect::Engine(EngineEffect::Watch { installation });
            let id = cx.send(Purpose::Events, effect, None);
            cx.events.stream = Stream::Opening(id);
            return;
        }
        (Stream::Open { .. }, Some(installation)) => {
            cx.events.listing = true;
            cx.begin_proof();
            Effect::Engine(EngineEffect::List(Scope::Installation(installation)))
        }
        (Stream::Off | Stream::Asking | Stream::Opening(_) | Stream::Open { .. }, _) => return,
    };
    cx.send(Purpose::Events, effect, None);
}

/// The store was asked whose installation this is.
pub(crate) fn learn_of_installation(cx: &mut Context, outcome: StoreOutcome) {
    if !matches!(cx.events.stream, Stream::Asking) {
        return;
    }
    if let StoreOutcome::Loaded { header, .. } = outcome {
        cx.header = Some(header);
        cx.events.stream = Stream::Waiting { not_before: cx.now };
    } else {
        reopen_later(cx);
    }
}

fn reopen_later(cx: &mut Context) {
    let not_before = cx.events.retry.set_back(cx.now, &mut cx.entropy);
    cx.events.listed = None;
    cx.events.stream = Stream::Waiting { not_before };
}
