//! The promises that remember no time: all that they need to know follows from the engine, the store,
//! and what was asked for. So a model checker carries them in its states, and they tell no two states
//! apart.

use std::collections::BTreeSet;
use std::time::Duration;

use portreeve_core::effect::{Effect, EngineEffect, Put, StoreEffect};
use portreeve_core::id::ContainerId;
use portreeve_core::outcome::{EngineOutcome, StoreOutcome};
use portreeve_core::settings::Settings;
use portreeve_core::time::Instant;
use portreeve_core::user::UserId;

use super::ledger::{Ledger, Lost};
use super::one_port_one_container::{self, Ports};
use super::the_token_stays::{self, Tokens};
use super::verdict::{Broken, breaks};
use super::{
    a_crash_loses_nothing, one_container_per_user, shutting_down_stops_nothing, the_right_engine,
    what_is_not_ours_is_left_alone, yours_only,
};
use crate::engine::Event;
use crate::occurrence::{Occurrence, Sight};

/// Those promises, with what they remember.
#[derive(Clone, Debug)]
pub struct Timeless {
    ledger: Ledger,
    ports: Ports,
    tokens: Tokens,
    /// For how long each controller may answer what it has seen.
    trust: Vec<Duration>,
    /// For how long controllers take leases at most.
    lease: Duration,
    /// Until then two controllers may be busy with one user, since the store has lost who holds the lease.
    contested_until: Instant,
    /// Containers that somebody has sent a call to end, which hasn't taken hold.
    ending: BTreeSet<ContainerId>,
    /// Those of them of which the store has lost that they were to end: such a call takes hold whenever it does.
    end_late: BTreeSet<ContainerId>,
    /// Controllers that are being closed.
    closing: BTreeSet<usize>,
    /// Volumes that users share from before stores refused that.
    shared_before: BTreeSet<String>,
}

impl Timeless {
    /// What is checked for controllers that are to behave like this.
    pub fn new(controllers: &[Settings]) -> Self {
        Self {
            ledger: Ledger::default(),
            ports: Ports::default(),
            tokens: Tokens::new(controllers),
            trust: controllers.iter().map(yours_only::trust).collect(),
            lease: longest_lease(controllers),
            contested_until: Instant::ORIGIN,
            ending: BTreeSet::new(),
            end_late: BTreeSet::new(),
            closing: BTreeSet::new(),
            shared_before: BTreeSet::new(),
        }
    }

    /// Users share this volume from before stores refused that, and may go on.
    pub fn note_shared_before(&mut self, volume: &str) {
        self.shared_before.insert(volume.to_owned());
    }

    /// The containers that were made on a controller's word, or adopted.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// The same, for who has a world do what no controller asked for.
    pub fn ledger_mut(&mut self) -> &mut Ledger {
        &mut self.ledger
    }

    /// Something has happened.
    ///
    /// # Errors
    /// How a promise is broken by that. What happens later is of no account then.
    pub fn observe(&mut self, sight: Sight<'_>, occurrence: Occurrence<'_>) -> Result<(), Broken> {
        match occurrence {
            Occurrence::Asked { command, .. } => {
                self.tokens.asked(command);
                Ok(())
            }
            Occurrence::Sent { controller, effect } => {
                if let Effect::Engine(effect) = effect {
                    self.ending.extend(ended_by(effect).cloned());
                }
                if self.ports.are_contested(sight.now) {
                    // It may go on with what it began, and somebody else has taken over.
                    return Ok(());
                }
                shutting_down_stops_nothing::sent(controller, effect, &self.closing, sight.store)
                    .map_err(breaks(shutting_down_stops_nothing::PROMISE))
            }
            Occurrence::Answered {
                controller,
                command,
                asked_at,
                reply,
            } => {
                let seen_from = asked_at.before(self.trust[controller]);
                yours_only::answered(command, reply, seen_from, &self.ledger)
                    .map_err(breaks(yours_only::PROMISE))?;
                Tokens::carried(reply, &self.ledger).map_err(breaks(the_token_stays::PROMISE))
            }
            Occurrence::Stored {
                effect, outcome, ..
            } => self.stored(sight, effect, outcome),
            Occurrence::TakenIn { effect } => self.changed(sight, effect),
            Occurrence::CarriedOut {
                effect,
                late,
                outcome,
            } => self.carried_out(sight, (effect, late), outcome),
            Occurrence::CarriedOutElsewhere { effect } => {
                the_right_engine::only_looks(effect).map_err(breaks(the_right_engine::PROMISE))
            }
            Occurrence::Engine(event) => self.happened(sight, event),
            Occurrence::Closing(controller) => {
                self.closing.insert(controller);
                Ok(())
            }
            Occurrence::Gone(controller) => {
                self.closing.remove(&controller);
                Ok(())
            }
            Occurrence::StoreClockSet { .. } => {
                self.ports.contested(sight.now.after(self.lease));
                Ok(())
            }
            Occurrence::StoreFailedOver => {
                self.failed_over(sight);
                Ok(())
            }
            Occurrence::EngineBack
            | Occurrence::Heard { .. }
            | Occurrence::HostClockForward(_)
            | Occurrence::Frozen { .. } => Ok(()),
        }
    }

    /// All is quiet, and a sweep has run: what has to be so then?
    ///
    /// # Errors
    /// How a promise is broken by what is there.
    pub fn when_quiet(&self, sight: Sight<'_>) -> Result<(), Broken> {
        one_container_per_user::one_each(&self.ledger, sight.engine, sight.store)
            .map_err(breaks(one_container_per_user::PROMISE))
    }

    fn stored(
        &mut self,
        sight: Sight<'_>,
        effect: &StoreEffect,
        outcome: &StoreOutcome,
    ) -> Result<(), Broken> {
        match (effect, outcome) {
            (StoreEffect::Put(put), StoreOutcome::Stored { port, .. }) => {
                self.adopted(sight, put)?;
                yours_only::names_a_volume_of_its_own(put, sight.store, &self.shared_before)
                    .map_err(breaks(yours_only::PROMISE))?;
                self.ports
                    .claimed(sight.now, &put.user, *port, &self.ledger)
                    .map_err(breaks(one_port_one_container::PROMISE))?;
                self.ledger.recorded(&put.user, put.body.container.as_ref());
                self.tokens
                    .put(put, sight.store)
                    .map_err(breaks(the_token_stays::PROMISE))
            }
            (StoreEffect::Delete { user, .. }, StoreOutcome::Done)
                if sight.store.record(user).is_none() =>
            {
                self.ports
                    .claimed(sight.now, user, None, &self.ledger)
                    .map_err(breaks(one_port_one_container::PROMISE))?;
                self.forget(user);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// The user has no record any more: it was deleted, or lost, and its claim with it.
    pub fn forget(&mut self, user: &UserId) {
        self.ports.lost(user);
        self.ledger.recorded(user, None);
        self.tokens.deleted(user);
    }

    /// What the store has lost was never written. Whoever wrote it goes on by it for as long as its leases last,
    /// beside whoever takes them now.
    fn failed_over(&mut self, sight: Sight<'_>) {
        self.contested_until = sight.now.after(self.lease);
        self.end_late.append(&mut self.ending);
        self.ports.contested(self.contested_until);
        self.ports.failed_over(sight.store);
        self.ledger.failed_over(sight.store);
        self.tokens.failed_over(sight.store);
    }

    /// What somebody else made has become a user's.
    fn adopted(&mut self, sight: Sight<'_>, put: &Put) -> Result<(), Broken> {
        if !put.body.adopted {
            return Ok(());
        }
        let container = put.body.container.as_ref();
        let Some(new) = container.filter(|id| {
            let known = self.ledger.container(id);
            known.is_none_or(|made| made.lost == Some(Lost::Adoption))
        }) else {
            return Ok(());
        };
        self.tokens.deleted(&put.user);
        // It may be gone again by now.
        let Ok(found) = sight.engine.find(new.as_str()) else {
            return Ok(());
        };
        what_is_not_ours_is_left_alone::may_be_adopted(
            &put.user,
            &put.body.names.volume,
            found,
            sight.engine,
        )?;
        if let Some(version) = sight.store.version(&put.user) {
            self.ledger.adopted(put, found, version.record);
            self.ports.bound(found.id(), &self.ledger);
        }
        Ok(())
    }

    fn carried_out(
        &mut self,
        sight: Sight<'_>,
        (effect, late): (&EngineEffect, bool),
        outcome: &EngineOutcome,
    ) -> Result<(), Broken> {
        if let (EngineEffect::Create(spec), EngineOutcome::Created(id)) = (effect, outcome) {
            let made = self.ledger.made(id, spec, late);
            made.and_then(|made| self.tokens.given(made))
                .map_err(breaks(the_token_stays::PROMISE))?;
            self.ports.bound(id, &self.ledger);
        }
        if *outcome == EngineOutcome::Done {
            self.changed(sight, effect)?;
        }
        Ok(())
    }

    /// A change took hold on the engine, or will.
    fn changed(&mut self, sight: Sight<'_>, effect: &EngineEffect) -> Result<(), Broken> {
        let ended = ended_by(effect);
        let is_late = ended.is_some_and(|container| self.end_late.contains(container));
        if let Some(container) = ended {
            self.ending.remove(container);
        }
        if sight.now >= self.contested_until && !is_late {
            a_crash_loses_nothing::not_running(effect, &self.ledger, sight.store)
                .map_err(breaks(a_crash_loses_nothing::PROMISE))?;
        }
        what_is_not_ours_is_left_alone::changed(effect, &self.ledger)
            .map_err(breaks(what_is_not_ours_is_left_alone::PROMISE))
    }

    fn happened(&mut self, sight: Sight<'_>, event: &Event) -> Result<(), Broken> {
        let verdict = self.ports.happened(sight.now, event, &self.ledger);
        self.ledger.happened(sight.now, event);
        verdict.map_err(breaks(one_port_one_container::PROMISE))
    }
}

/// The container that this is to end.
fn ended_by(effect: &EngineEffect) -> Option<&ContainerId> {
    match effect {
        EngineEffect::Stop { container, .. } | EngineEffect::Remove { container } => {
            Some(container)
        }
        _ => None,
    }
}

/// For how long the controllers take leases at most.
pub(super) fn longest_lease(controllers: &[Settings]) -> Duration {
    let leases = controllers.iter().map(|settings| settings.timing.lease);
    leases.max().unwrap_or_default()
}
