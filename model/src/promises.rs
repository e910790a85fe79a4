//! The promises, checked with each thing that happens. They see what truly happened, and know
//! nothing of how the core decides.
//!
//! Each rule is `portreeve_sim::promises`' own. Those that remember no time are observed there
//! ([`Timeless`](portreeve_sim::promises::Timeless)). The others go by when something was: the simulation
//! remembers that over days, and a state that did would be like no other. They are given what the
//! [`Ghost`](crate::ghost::Ghost) remembers instead, which is as little as the scenes need.
//!
//! | promise | what is remembered for it here, where the simulation remembers more |
//! |---|---|
//! | never stuck | whether a controller stood still since it was asked, in place of for how long |
//! | no active user is reaped | who was active when, in scenes with a reap; whether a scene asks for stops at all, in place of whether one is asked for just now |
//! | no state lost | whether a purge was asked for since the volume was made |
//! | a crash loses nothing | since when a stop is under way |
//! | bounded effort | nothing, but in scenes where the engine refuses lastingly |
//!
//! One container per user is checked in the calm after each end ([`calm`](crate::calm)).

use std::sync::Arc;

use portreeve_core::command::{Command, Reply};
use portreeve_core::effect::{EngineEffect, Put, StoreEffect};
use portreeve_core::label::{self, Labelled};
use portreeve_core::outcome::{EngineOutcome, StoreOutcome};
use portreeve_core::record::Intent;
use portreeve_core::user::UserId;
use portreeve_sim::occurrence::{Occurrence, Sight};
use portreeve_sim::promises::never_stuck::{in_time, patience};
use portreeve_sim::promises::no_active_user_is_reaped::{activity, begins_to_stop, reaped};
use portreeve_sim::promises::no_state_lost::{Removed, removed};
use portreeve_sim::promises::{
    Broken, Verdict, a_crash_loses_nothing, bounded_effort, breaks, never_stuck,
    no_active_user_is_reaped, no_state_lost, one_container_per_user, one_port_one_container,
    shutting_down_stops_nothing, the_right_engine, the_token_stays, what_is_not_ours_is_left_alone,
    yours_only,
};
use portreeve_sim::store::Store;

use crate::scene::Scene;
use crate::state::{Asked, State};
use crate::violation::Violation;

/// All of them, and that no verb is misused.
pub const PROMISES: [&str; 13] = [
    one_port_one_container::PROMISE,
    yours_only::PROMISE,
    one_container_per_user::PROMISE,
    never_stuck::PROMISE,
    no_active_user_is_reaped::PROMISE,
    no_state_lost::PROMISE,
    the_token_stays::PROMISE,
    a_crash_loses_nothing::PROMISE,
    what_is_not_ours_is_left_alone::PROMISE,
    shutting_down_stops_nothing::PROMISE,
    the_right_engine::PROMISE,
    bounded_effort::PROMISE,
    "No misuse",
];

impl State {
    /// Notes that a promise is broken, unless one was before.
    pub(crate) fn break_with(&mut self, promise: &'static str, text: String) {
        if self.violation.is_none() {
            self.violation = Some(Arc::new(Violation { promise, text }));
        }
    }

    fn judge(&mut self, verdict: Result<(), Broken>) {
        if let Err(Broken { promise, text }) = verdict {
            self.break_with(promise, text);
        }
    }

    /// The world as it is now, to look at.
    fn sight(&self) -> Sight<'_> {
        Sight {
            now: self.now,
            engine: &self.engine,
            store: &self.store,
        }
    }

    /// Something has happened.
    pub(crate) fn observe(&mut self, occurrence: Occurrence<'_>) {
        let sight = Sight {
            now: self.now,
            engine: &self.engine,
            store: &self.store,
        };
        let ghost = Arc::make_mut(&mut self.ghost);
        let verdict = ghost.timeless.observe(sight, occurrence).and_then(|()| {
            let verdict = ghost.observe_effort(sight.now, occurrence);
            verdict.map_err(breaks(bounded_effort::PROMISE))
        });
        self.judge(verdict);
    }

    /// All is quiet, and a sweep has run.
    pub(crate) fn check_quiet(&mut self) {
        let verdict = self.ghost.timeless.when_quiet(self.sight());
        self.judge(verdict);
    }

    /// Somebody asks for something.
    pub(crate) fn check_asked(&mut self, controller: usize, command: &Command) {
        if let Command::Purge(user) = command {
            self.ghost().purged.insert(user.clone());
        }
        self.observe(Occurrence::Asked {
            controller,
            command,
        });
    }

    /// A statement took hold.
    pub(crate) fn check_store(
        &mut self,
        scene: &Scene,
        controller: usize,
        (effect, outcome): (&StoreEffect, &StoreOutcome),
        before: &Store,
    ) {
        self.observe(Occurrence::Stored {
            controller,
            effect,
            outcome,
        });
        match (effect, outcome) {
            (StoreEffect::Put(put), StoreOutcome::Stored { .. }) => {
                let verdict = self.reaped(scene, put, before);
                self.judge(verdict.map_err(breaks(no_active_user_is_reaped::PROMISE)));
                self.note_intent(&put.user, put.body.intent);
            }
            (StoreEffect::Delete { user, .. }, StoreOutcome::Done) => {
                self.ghost().active.remove(user);
                self.ghost().ending.remove(user);
            }
            _ => {}
        }
    }

    fn note_intent(&mut self, user: &UserId, intent: Intent) {
        let now = self.now;
        match intent {
            Intent::Stopping | Intent::Removing => {
                self.ghost().ending.entry(user.clone()).or_insert(now);
            }
            Intent::Stopped | Intent::Starting | Intent::Running => {
                self.ghost().ending.remove(user);
            }
        }
    }

    /// Who is claimed to be stopped for a reap has been idle for as long as that takes, and nobody is
    /// stopped whom nobody wants stopped.
    fn reaped(&self, scene: &Scene, put: &Put, before: &Store) -> Verdict {
        let intent = before.body(&put.user).map(|body| body.intent);
        let asked_for = put.idle.is_none()
            && (self.is_calm
                || scene.asks(|command| match command {
                    Command::Stop(user)
                    | Command::Restart(user)
                    | Command::Rotate(user)
                    | Command::Purge(user) => *user == put.user,
                    _ => false,
                }));
        if asked_for || !begins_to_stop(put, intent) {
            return Ok(());
        }
        let active = self.ghost.active.get(&put.user).copied();
        let limit = put.body.idle_limit.unwrap_or(scene.settings.idle_limit);
        reaped(
            &put.user,
            active.map(|active| self.now.since(active)),
            limit,
        )?;
        match active {
            Some(_) if put.idle.is_none() => Err(format!(
                "{:?} is stopped, and nobody asked for it nor whether the user is idle",
                put.user
            )),
            _ => Ok(()),
        }
    }

    /// A change is about to be made on the engine.
    pub(crate) fn check_engine_effect(&mut self, scene: &Scene, effect: &EngineEffect) {
        if let EngineEffect::RemoveVolume { name } = effect {
            self.check_volume(scene, name);
        }
    }

    /// A volume goes only when its user was to be purged while it was there, and only if it is ours.
    /// Its labels tell whose it is, and are gone with it.
    fn check_volume(&mut self, scene: &Scene, name: &str) {
        let Some(volume) = self.engine.volume(name) else {
            return;
        };
        if volume.users().next().is_some() {
            // The engine refuses.
            return;
        }
        let owner = volume.labels.get(label::USER).cloned();
        let owner = owner.and_then(|owner| UserId::new(owner).ok());
        let adopted = scene.asks(|command| matches!(command, Command::Adopt(_)));
        let Some(owner) = owner else {
            if !adopted {
                let text = what_is_not_ours_is_left_alone::foreign_volume_removed(name);
                self.break_with(what_is_not_ours_is_left_alone::PROMISE, text);
            }
            return;
        };
        let purging = self.store.body(&owner).is_some_and(|body| body.purging);
        let verdict = removed(Removed {
            name,
            user: &owner,
            shared: false,
            used: true,
            purged: purging || self.ghost.purged.contains(&owner),
        });
        self.judge(verdict.map_err(breaks(no_state_lost::PROMISE)));
    }

    /// A request took hold on the engine.
    pub(crate) fn check_engine_outcome(
        &mut self,
        effect: &EngineEffect,
        outcome: &EngineOutcome,
        late: bool,
    ) {
        self.observe(Occurrence::CarriedOut {
            effect,
            late,
            outcome,
        });
        let (EngineEffect::EnsureVolume { labels, .. }, EngineOutcome::Volume(Labelled::As(_))) =
            (effect, outcome)
        else {
            return;
        };
        // A purge that was asked for before isn't one of this volume, unless it goes on.
        let owner = labels.iter().find(|(key, _)| key == label::USER);
        let owner = owner.and_then(|(_, owner)| UserId::new(owner.as_str()).ok());
        if let Some(owner) = owner.filter(|owner| !self.is_purging(owner)) {
            self.ghost().purged.remove(&owner);
        }
    }

    /// Somebody waits for the user to be purged.
    fn is_purging(&self, user: &UserId) -> bool {
        self.controllers.iter().any(|controller| {
            let mut asked = controller.requests.values();
            asked.any(|asked| matches!(&asked.command, Command::Purge(other) if other == user))
        })
    }

    /// A host is answered.
    pub(crate) fn check_reply(
        &mut self,
        scene: &Scene,
        controller: usize,
        asked: &Asked,
        reply: &Reply,
    ) {
        if !asked.held_up {
            let took = self.now.since(asked.at);
            let verdict = in_time(&asked.command, took, patience(&scene.settings));
            self.judge(verdict.map_err(breaks(never_stuck::PROMISE)));
        }
        self.observe(Occurrence::Answered {
            controller,
            command: &asked.command,
            asked_at: asked.at,
            reply,
        });
        let Some(user) = activity(&asked.command, reply) else {
            return;
        };
        if matches!(reply, Reply::Ensured(_)) {
            let since = self.ghost.ending.get(user).copied();
            let verdict = a_crash_loses_nothing::not_ending(user, since, asked.at);
            self.judge(verdict.map_err(breaks(a_crash_loses_nothing::PROMISE)));
        }
        if scene.asks(|command| *command == Command::Reap) {
            let active = &mut self.ghost().active;
            let before = active.get(user).copied();
            active.insert(user.clone(), before.max(Some(asked.at)).unwrap_or(asked.at));
        }
    }
}
