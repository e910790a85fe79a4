//! What people do to an installation, and what breaks.

use std::time::Duration;

use portreeve_core::id::Port;

use super::happening::Happening;
use super::state::World;
use super::unready::NotReady;
use crate::engine::{AfterCrash, Removal, SIGKILL};
use crate::occurrence::{Occurrence, Sight};
use crate::script::ChaosAction;

impl World {
    pub(super) fn carry_out_chaos(&mut self, action: &ChaosAction) {
        self.engine.advance(self.now);
        match action {
            ChaosAction::Crash(which, away) => {
                let back_at = self.now.after(*away);
                self.crash(self.one(*which), back_at);
            }
            ChaosAction::Freeze(which, still) => {
                let until = self.now.after(*still);
                self.freeze(self.one(*which), until);
            }
            ChaosAction::Close(which, away) => {
                let back_at = self.now.after(*away);
                self.close(self.one(*which), back_at);
            }
            ChaosAction::RestartEngine(away) => self.lose_engine(*away),
            ChaosAction::SwapEngine(away) => self.swap_engine(*away),
            ChaosAction::LoseStore(away) => self.lose_store(*away),
            ChaosAction::CutOff(which, silence, away) => {
                self.cut_off_from_store(self.one(*which), *silence, *away);
            }
            ChaosAction::FailOver(lag) => self.lag(*lag),
            ChaosAction::StoreClockForward(by) => self.set_store_clock_forward(*by),
            ChaosAction::StoreClockBack(by) => self.set_store_clock_back(*by),
            ChaosAction::HostClockForward(which, by) => {
                self.set_host_clock_forward(self.one(*which), *by);
            }
            ChaosAction::LoseStream(which) => {
                let which = self.one(*which);
                self.break_streams(|stream| stream.controller == which);
            }
            ChaosAction::Occupy(port, taken) => self.occupy(*port, *taken),
            ChaosAction::Squat(user, taken) => self.squat(user, *taken),
            ChaosAction::SquatVolume(user, taken) => self.squat_volume(user, *taken),
            ChaosAction::Bring(user, port, stays) => self.bring(user, *port, None, *stays),
            ChaosAction::BringOdd(user, port, oddity, stays) => {
                self.bring(user, *port, Some(*oddity), *stays);
            }
            ChaosAction::Copy(which, likeness, stays) => self.copy(*which, *likeness, *stays),
            ChaosAction::Deploy(which, generation, away) => {
                let back_at = self.now.after(*away);
                self.deploy(self.one(*which), *generation, back_at);
            }
            // It may be lost already.
            ChaosAction::LoseImage => drop(self.engine.remove_image(&self.image.name)),
            ChaosAction::LoseRegistry(away) => self.lose_registry(*away),
            ChaosAction::Refuse(refusal, user, lasts) => {
                self.refusals
                    .begin(*refusal, user.clone(), self.now.after(*lasts));
            }
            ChaosAction::Unready(user, lasts) => {
                self.unready
                    .begin(NotReady, user.clone(), self.now.after(*lasts));
            }
            ChaosAction::Kill(which) => {
                self.meddle(*which, |engine, id| drop(engine.kill(id, SIGKILL)));
            }
            ChaosAction::Stop(which) => {
                let grace = Some(Duration::from_secs(10));
                self.meddle(*which, |engine, id| drop(engine.stop(id, grace)));
            }
            ChaosAction::Remove(which) => self.remove(*which),
            ChaosAction::Rename(which) => self.rename(*which),
            ChaosAction::Pause(which) => self.meddle(*which, |engine, id| drop(engine.pause(id))),
        }
        self.follow_engine();
    }

    fn remove(&mut self, which: usize) {
        let how = Removal {
            force: true,
            volumes: true,
        };
        self.meddle(which, |engine, id| drop(engine.remove(id, how)));
    }

    fn rename(&mut self, which: usize) {
        let name = format!("renamed-{}", self.chance.number());
        self.meddle(which, |engine, id| drop(engine.rename(id, &name)));
    }

    fn occupy(&mut self, port: Port, taken: Duration) {
        if self.engine.occupy_port(port) {
            let vacated = self.now.after(taken);
            self.agenda.note(vacated, Happening::Vacate(port));
        }
    }

    /// Numbers are counted round, so that each means a controller.
    fn one(&self, which: usize) -> usize {
        which % self.controllers.len()
    }

    /// Does something to a container that was made for a user.
    fn meddle(&mut self, which: usize, meddling: impl FnOnce(&mut crate::engine::Engine, &str)) {
        if self.engine_away_until.is_some() {
            return;
        }
        let ours = || {
            let containers = self.engine.containers();
            containers.filter(|container| container.labels().is_some())
        };
        let count = ours().count();
        if count == 0 {
            return;
        }
        let id = ours()
            .nth(which % count)
            .map(|container| container.id().clone());
        if let Some(id) = id {
            meddling(&mut self.engine, id.as_str());
        }
    }

    fn lose_registry(&mut self, away: Duration) {
        let until = self.now.after(away);
        self.engine.unpublish_image(&self.image.name);
        self.registry_away_until = self.registry_away_until.max(Some(until));
        self.agenda.note(until, Happening::RegistryBack);
    }

    pub(super) fn bring_registry_back(&mut self) {
        if self
            .registry_away_until
            .is_some_and(|until| until <= self.now)
        {
            self.registry_away_until = None;
            self.engine.publish_image(self.image.clone());
            self.trace
                .note(self.now, format_args!("the registry is back"));
        }
    }

    /// The engine's process ends, and starts again after a while. Nobody reaches it meanwhile.
    fn lose_engine(&mut self, away: Duration) {
        if self.engine_away_until.is_none() {
            if self.chance.happens(0.5) {
                self.engine.goes_down();
            } else {
                self.engine.shuts_down();
            }
            self.follow_engine();
            self.break_streams(|_| true);
        }
        let until = self.now.after(away);
        self.engine_away_until = self.engine_away_until.max(Some(until));
        self.agenda.note(until, Happening::EngineBack);
    }

    pub(super) fn bring_engine_back(&mut self) {
        if self
            .engine_away_until
            .is_some_and(|until| until <= self.now)
        {
            self.engine_away_until = None;
            self.engine.advance(self.now);
            let after = if self.chance.happens(0.5) {
                AfterCrash::Survived
            } else {
                AfterCrash::Ended
            };
            self.engine.comes_up(after);
            self.trace
                .note(self.now, format_args!("the engine is back"));
            self.follow_engine();
            self.occurred(Occurrence::EngineBack);
        }
    }

    fn lose_store(&mut self, away: Duration) {
        let until = self.now.after(away);
        self.store_away_until = self.store_away_until.max(Some(until));
        self.agenda.note(until, Happening::StoreBack);
    }

    pub(super) fn bring_store_back(&mut self) {
        if self.store_away_until.is_some_and(|until| until <= self.now) {
            self.store_away_until = None;
            self.trace.note(self.now, format_args!("the store is back"));
        }
    }

    /// Nothing goes wrong any more, and whatever was away comes back.
    pub fn calm(&mut self) {
        self.trace
            .note(self.now, format_args!("all is well from here on"));
        self.faults = crate::faults::Faults::default();
        if self.engine_away_until.is_some() {
            self.engine_away_until = Some(self.now);
            self.bring_engine_back();
        }
        self.send_impostor_away();
        self.refusals.end();
        self.unready.end();
        if self.store_away_until.is_some() {
            self.store_away_until = Some(self.now);
            self.bring_store_back();
        }
        self.fail_over();
        self.end_cut_offs();
        if self.registry_away_until.is_some() {
            self.registry_away_until = Some(self.now);
            self.bring_registry_back();
        }
        self.bring_all_back();
    }

    /// All controllers have reached the store for a while: checks whether it was told of what was pending.
    pub fn check_told(&mut self) {
        self.promises.when_told(self.now);
    }

    /// All is quiet, and a sweep has run: checks what must be so then.
    pub fn check_quiet(&mut self) {
        let sight = Sight {
            now: self.now,
            engine: &self.engine,
            store: &self.store,
        };
        self.promises.when_quiet(sight);
    }

    /// A promise about the calm was not kept.
    pub fn break_promise(&mut self, promise: &'static str, text: String) {
        self.promises.break_with(self.now, promise, text);
    }
}
