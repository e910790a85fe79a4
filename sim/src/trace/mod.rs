//! All that happens, in words a person can read.

pub mod words;

use std::fmt::{self, Write as _};

use portreeve_core::command::{Command, Reply};
use portreeve_core::effect::{Effect, EngineEffect, IssuedEffect, StoreEffect};
use portreeve_core::id::EffectId;
use portreeve_core::outcome::{EngineOutcome, Outcome, StoreOutcome};
use portreeve_core::time::Instant;

use crate::engine::{Event, Subject};
use crate::script::{ChaosAction, command_words};

/// What happened, a line each: when, who, what.
///
/// ```text
///    0.250000  c0      ask      ensure "alice"
///    0.252114  store   c0       load "alice": absent
/// ```
///
/// No line holds a token.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// `None` where nobody reads it: writing it takes longer than all the rest.
    text: Option<String>,
}

impl Trace {
    /// An empty one, which is only written where it is wanted.
    pub fn new(wanted: bool) -> Self {
        Self {
            text: wanted.then(String::new),
        }
    }

    /// Its text.
    pub fn text(&self) -> &str {
        self.text.as_deref().unwrap_or_default()
    }

    pub(crate) fn note(&mut self, now: Instant, text: fmt::Arguments<'_>) {
        self.line(now, "world", text);
    }

    fn line(&mut self, now: Instant, who: &str, words: fmt::Arguments<'_>) {
        if let Some(text) = &mut self.text {
            let (seconds, micros) = (now.as_micros() / 1_000_000, now.as_micros() % 1_000_000);
            // Writing to a string can't fail.
            let _ = writeln!(text, "{seconds:>6}.{micros:06}  {who:<7} {words}");
        }
    }

    pub(crate) fn asked(&mut self, now: Instant, controller: usize, command: &Command) {
        if self.text.is_some() {
            let words = command_words(command);
            self.line(now, "host", format_args!("asks c{controller} to {words}"));
        }
    }

    pub(crate) fn answered(
        &mut self,
        now: Instant,
        controller: usize,
        command: &Command,
        reply: &Reply,
    ) {
        if self.text.is_some() {
            let (command, reply) = (command_words(command), words::reply(reply));
            let who = format!("c{controller}");
            self.line(now, &who, format_args!("answers {command}: {reply}"));
        }
    }

    pub(crate) fn chaos(&mut self, now: Instant, action: &ChaosAction) {
        self.line(now, "world", format_args!("{action}"));
    }

    pub(crate) fn stored(
        &mut self,
        now: Instant,
        controller: usize,
        effect: &StoreEffect,
        outcome: &StoreOutcome,
    ) {
        if self.text.is_some() {
            let effect = words::store_effect(effect);
            let outcome = words::store_outcome(outcome);
            self.line(
                now,
                "store",
                format_args!("c{controller}: {effect}: {outcome}"),
            );
        }
    }

    pub(crate) fn carried_out(
        &mut self,
        now: Instant,
        controller: usize,
        effect: &EngineEffect,
        outcome: Option<&EngineOutcome>,
    ) {
        if self.text.is_some() {
            let effect = words::engine_effect(effect);
            let outcome = outcome.map_or("answered later".to_owned(), words::engine_outcome);
            self.line(
                now,
                "engine",
                format_args!("c{controller}: {effect}: {outcome}"),
            );
        }
    }

    /// A controller wants something done.
    pub(crate) fn launched(&mut self, now: Instant, controller: usize, issued: &IssuedEffect) {
        if self.text.is_none() {
            return;
        }
        let words = match &issued.effect {
            Effect::Engine(effect) => words::engine_effect(effect),
            Effect::Store(effect) => words::store_effect(effect),
            Effect::Probe(probe) => format!("probe {}:{}", probe.host, probe.port),
        };
        let who = format!("c{controller}");
        self.line(
            now,
            &who,
            format_args!("wants effect {}: {words}", issued.id.0),
        );
    }

    /// A controller learns that something went wrong.
    pub(crate) fn heard(
        &mut self,
        now: Instant,
        controller: usize,
        effect: EffectId,
        outcome: &Outcome,
    ) {
        let words = match outcome {
            Outcome::Engine(
                outcome @ (EngineOutcome::Unreachable(_)
                | EngineOutcome::Expired
                | EngineOutcome::Unclear(_)),
            ) if self.text.is_some() => words::engine_outcome(outcome),
            Outcome::Store(
                outcome @ (StoreOutcome::Unreachable(_)
                | StoreOutcome::Unwritable(_)
                | StoreOutcome::Unclear(_)),
            ) if self.text.is_some() => words::store_outcome(outcome),
            Outcome::Engine(_) | Outcome::Store(_) | Outcome::Probe(_) => return,
        };
        let who = format!("c{controller}");
        self.line(
            now,
            &who,
            format_args!("hears of effect {}: {words}", effect.0),
        );
    }

    pub(crate) fn happened(&mut self, now: Instant, event: &Event) {
        if self.text.is_some()
            && let Subject::Container(face) = &event.subject
        {
            let (name, id) = (&face.name, words::short(&face.id));
            let what = event.action.word();
            self.line(now, "engine", format_args!("{name} ({id}): {what}"));
        }
    }
}
