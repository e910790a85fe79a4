//! The promises, checked while the world goes on.
//!
//! What is true of a state is checked whenever that part of the state changes; what is true of
//! answers, with each answer; what is true only when things are quiet, by
//! [`when_quiet`](Promises::when_quiet).
//! The checks see what truly happened, not what any controller knows of it, and know nothing of
//! how the core decides.
//!
//! | promise | checked |
//! |---|---|
//! | 1 one port, one container | `ports`: whenever a claim, or a container bound to a port, comes or goes |
//! | 2 yours only | `answers`: with each answer |
//! | 3 one container per user | [`Promises::when_quiet`] |
//! | 4 never stuck | `answers`: with each answer and when quiet; the calm after a storm does the rest |
//! | 5 no active user is reaped | `activity`: with each claim of a stop |
//! | 6 no state lost | `belongings`: with each volume that is removed |
//! | 7 the token stays | `tokens`: with each write, each container, each answer |
//! | 8 a crash loses nothing | with each stop and removal that takes hold: none is of a container that runs for its user by now; the calm after a storm does the rest: everybody can be started and stopped |
//! | 9 what is not ours is left alone | `belongings`: with each change that is asked of the engine |
//! | 10 shutting down stops nothing | `activity`: with each claim of a stop |
//! | 11 the right engine | with each effect that reaches another one (`world/visitor.rs`); what would be concluded from it breaks others |

mod activity;
mod answers;
mod belongings;
mod ledger;
mod ports;
mod tokens;

use std::fmt;
use std::time::Duration;

use portreeve_core::command::{Command, Finding, Problem, Remedy, Reply};
use portreeve_core::effect::{Effect, EngineEffect, Put, StoreEffect};
use portreeve_core::id::{ContainerId, InstallationId};
use portreeve_core::outcome::{EngineOutcome, StoreOutcome};
use portreeve_core::settings::Settings;
use portreeve_core::time::Instant;

use activity::Activity;
use answers::Answers;
use belongings::{Belongings, LEFT_ALONE};
use ledger::Ledger;
use ports::Ports;
use tokens::Tokens;

use crate::engine::{Engine, Event};
use crate::store::Store;
use crate::world::Asked;

/// The variable that carries the token, in the template that settings begin with.
pub const TOKEN: &str = "AGENT_TOKEN";

/// A promise that was broken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// When.
    pub at: Instant,
    /// Which.
    pub promise: &'static str,
    /// How.
    pub text: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {:?}: {}: {}", self.at, self.promise, self.text)
    }
}

/// What a check says: nothing, or how the promise was broken.
type Verdict = Result<(), String>;

/// All promises, with what they remember.
#[derive(Debug)]
pub struct Promises {
    violation: Option<Violation>,
    installation: InstallationId,
    ledger: Ledger,
    ports: Ports,
    answers: Answers,
    activity: Activity,
    belongings: Belongings,
    tokens: Tokens,
}

impl Promises {
    /// What is checked for an installation with controllers that are to behave like this.
    pub fn new(installation: InstallationId, controllers: &[Settings]) -> Self {
        Self {
            violation: None,
            installation,
            ledger: Ledger::new(),
            ports: Ports::default(),
            answers: Answers::new(controllers),
            activity: Activity::new(controllers),
            belongings: Belongings::default(),
            tokens: Tokens::new(controllers),
        }
    }

    /// The one that was broken first, if one was.
    pub fn violation(&self) -> Option<&Violation> {
        self.violation.as_ref()
    }

    /// Notes that a promise is broken, unless one was before.
    pub fn break_with(&mut self, at: Instant, promise: &'static str, text: String) {
        self.violation
            .get_or_insert(Violation { at, promise, text });
    }

    fn judge(&mut self, at: Instant, promise: &'static str, verdict: Verdict) {
        if let Err(text) = verdict {
            self.break_with(at, promise, text);
        }
    }

    /// The name a container was made with.
    pub fn name_of(&self, container: &ContainerId) -> Option<&str> {
        Some(&self.ledger.container(container)?.name)
    }

    /// A host asked a controller for something.
    pub(crate) fn asked(&mut self, now: Instant, controller: usize, command: &Command) {
        self.activity.asked(controller, command);
        self.belongings.asked(now, controller, command);
        self.tokens.asked(command);
    }

    /// A controller hands an effect to its driver.
    pub(crate) fn launched(&mut self, now: Instant, controller: usize, effect: &Effect) {
        let verdict = self.activity.launched(controller, effect);
        self.judge(now, "Shutting down stops nothing", verdict);
    }

    /// A controller answered.
    pub(crate) fn answered(&mut self, now: Instant, which: usize, asked: &Asked, reply: &Reply) {
        let verdict = self.answers.yours(which, asked, reply, &self.ledger);
        self.judge(now, "Yours only", verdict);
        let verdict = self.answers.in_time(now, which, asked);
        self.judge(now, "Never stuck", verdict);
        let verdict = Tokens::carried(reply, &self.ledger);
        self.judge(now, "The token stays", verdict);
        self.activity.answered(now, which, asked, reply);
        self.belongings.answered(now, which, &asked.command);
    }

    /// A statement took hold.
    pub(crate) fn stored(
        &mut self,
        now: Instant,
        controller: usize,
        effect: &StoreEffect,
        outcome: &StoreOutcome,
        (engine, store): (&Engine, &Store),
    ) {
        match (effect, outcome) {
            (StoreEffect::Put(put), StoreOutcome::Stored { port, .. }) => {
                self.adopted(now, put, engine, store);
                let verdict = Belongings::named(put, store);
                self.judge(now, "Yours only", verdict);
                let verdict = self.ports.claimed(&put.user, *port, &self.ledger);
                self.judge(now, "One port, one container", verdict);
                self.ledger.recorded(&put.user, put.body.container.as_ref());
                let verdict = self.activity.put(now, controller, put);
                self.judge(now, "No active user is reaped", verdict);
                let verdict = self.tokens.put(put, store);
                self.judge(now, "The token stays", verdict);
            }
            (StoreEffect::Delete { user, .. }, StoreOutcome::Done)
                if store.record(user).is_none() =>
            {
                let verdict = self.ports.claimed(user, None, &self.ledger);
                self.judge(now, "One port, one container", verdict);
                self.ledger.recorded(user, None);
                self.activity.deleted(user);
                self.tokens.deleted(user);
            }
            _ => {}
        }
    }

    /// What somebody else made has become a user's.
    fn adopted(&mut self, now: Instant, put: &Put, engine: &Engine, store: &Store) {
        if !put.body.adopted {
            return;
        }
        let verdict = self.belongings.adopted(now, put, engine, &self.ledger);
        if let Err((promise, text)) = verdict {
            self.break_with(now, promise, text);
        }
        let record = store.version(&put.user).map(|version| version.record);
        let container = put.body.container.as_ref();
        let new = container.filter(|id| self.ledger.container(id).is_none());
        if new.is_some() {
            self.tokens.deleted(&put.user);
        }
        // It may be gone again by now.
        let found = new.and_then(|id| engine.find(id.as_str()).ok());
        if let (Some(found), Some(record)) = (found, record) {
            self.ledger.adopted(put, found, record);
            self.ports.bound(found.id(), &self.ledger);
        }
    }

    /// A request took hold on the engine, and was answered at once. It came late where its process
    /// had stood still in the midst of sending it.
    pub(crate) fn carried_out(
        &mut self,
        now: Instant,
        (effect, late): (&EngineEffect, bool),
        outcome: &EngineOutcome,
        (engine, store): (&Engine, &Store),
    ) {
        if *outcome == EngineOutcome::Done {
            let verdict = self.ledger.not_running(effect, store);
            self.judge(now, "A crash loses nothing", verdict);
        }
        if let (EngineEffect::Create(spec), EngineOutcome::Created(id)) = (effect, outcome) {
            let verdict = self
                .ledger
                .made(id, spec, late)
                .and_then(|made| self.tokens.given(made));
            self.judge(now, "The token stays", verdict);
            self.ports.bound(id, &self.ledger);
            let volume = engine.volume(&spec.volume);
            let verdict = self.belongings.mounted(now, id, spec, volume, &self.ledger);
            self.judge(now, LEFT_ALONE, verdict);
        }
        let verdict = self
            .belongings
            .changed(now, effect, outcome, (&self.ledger, store));
        if let Err((promise, text)) = verdict {
            self.break_with(now, promise, text);
        }
    }

    /// A request took hold on the engine, which will answer later.
    pub(crate) fn taken_in(&mut self, now: Instant, effect: &EngineEffect, store: &Store) {
        let verdict = self.ledger.not_running(effect, store);
        self.judge(now, "A crash loses nothing", verdict);
        let outcome = EngineOutcome::Done;
        let verdict = self
            .belongings
            .changed(now, effect, &outcome, (&self.ledger, store));
        if let Err((promise, text)) = verdict {
            self.break_with(now, promise, text);
        }
    }

    /// Something happened on the engine.
    pub(crate) fn happened(&mut self, now: Instant, event: &Event) {
        let verdict = self.ports.happened(event, &self.ledger);
        self.judge(now, "One port, one container", verdict);
        self.ledger.happened(now, event);
    }

    /// A controller stands still until then.
    pub(crate) fn frozen(&mut self, now: Instant, controller: usize, until: Instant) {
        self.answers.frozen(now, controller, until);
    }

    /// A controller is being closed.
    pub(crate) fn closing(&mut self, controller: usize) {
        self.activity.closing(controller);
    }

    /// A controller's process has ended.
    pub(crate) fn gone(&mut self, now: Instant, controller: usize) {
        self.belongings.gone(now, controller);
        self.answers.gone(controller);
        self.activity.gone(now, controller);
    }

    /// A repair has told what it found: all that bears users' labels and isn't shown to be theirs is
    /// among it. Whoever is being purged is left alone until that is over; what holds it up, such as a
    /// copy that mounts the volume, is told of and removed first.
    pub(crate) fn told(
        &mut self,
        now: Instant,
        (engine, store): (&Engine, &Store),
        findings: &[Finding],
    ) {
        for container in engine.containers() {
            let Some(labels) = container.labels() else {
                continue;
            };
            let ours = labels.installation == self.installation;
            let purged = store.body(&labels.user).is_some_and(|body| body.purging);
            if !ours || purged || self.ledger.is_shown(container.id()) {
                continue;
            }
            let told = findings.iter().any(|finding| {
                let found = finding.container.as_ref();
                finding.problem == Problem::Copy
                    && finding.remedy == Remedy::Reported
                    && found.is_some_and(|found| found.id == *container.id())
            });
            if !told {
                let text = format!(
                    "{} bears a user's labels, isn't shown to be the user's, and a repair doesn't tell of it",
                    container.id()
                );
                self.break_with(now, LEFT_ALONE, text);
            }
        }
    }

    /// Whether the container is a user's, as far as can be shown.
    pub(crate) fn is_shown(&self, id: &ContainerId) -> bool {
        self.ledger.is_shown(id)
    }

    /// All is quiet, and a sweep has run: what has to be so then?
    pub fn when_quiet(&mut self, now: Instant, engine: &Engine, store: &Store) {
        let verdict = self.ledger.one_each(engine, store);
        self.judge(now, "One container per user", verdict);
    }

    /// Whether a user has left that volume for one that was adopted: nobody removes it then.
    pub fn is_abandoned(&self, volume: &str) -> bool {
        self.belongings.is_abandoned(volume)
    }

    /// This long a question to that controller may take, beside the time it stands still.
    pub fn patience(&self, controller: usize) -> Duration {
        self.answers.patience(controller)
    }
}
