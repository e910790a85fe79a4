//! Which engine it is that answers.
//!
//! The store knows each engine by a name and an id. At the address of one another may answer: an
//! address that was mistyped, a virtual machine that was made anew, a tunnel that leads elsewhere. To
//! whoever asks that one, every container looks lost. So nothing that an engine tells is believed,
//! and nothing is begun on it, before it has told the id that the store has under that name. It is
//! asked beside the first look, so that it costs no time. After that each effect names the engine
//! that it is for, and drivers ask again whenever they had to connect anew.

use super::Lifecycle;
use super::facts::{Goal, IdentityFact};
use super::premises::Inquiry;
use super::tenancy::Tenancy;
use crate::error::Error;
use crate::id::EngineId;
use crate::outcome::{EngineOutcome, Outcome};
use crate::user::UserId;

impl Lifecycle {
    /// The engine that bears the configured name, as far as the store was heard.
    pub(super) fn known_engine(&self) -> Option<&EngineId> {
        self.header.as_ref()?.engine.as_ref()
    }

    /// Whether it has told the id that the store has for it now.
    pub(super) fn is_engine_proven(&self) -> bool {
        let known = self.known_engine();
        known.is_some() && self.premises.proven_engine() == known
    }

    /// Whether the engine that answers is the one that is meant.
    pub(super) fn identity(&self) -> IdentityFact {
        if self.is_engine_proven() {
            return IdentityFact::Proven;
        }
        match self.premises.engine_failure(self.now) {
            Some(Error::EngineChanged { .. }) => IdentityFact::Another,
            Some(_) => IdentityFact::Failed,
            None => IdentityFact::Unproven,
        }
    }

    /// The same where nothing is recorded of whom it concerns. As long as the store knows no engine of
    /// that name, there is nothing to be confused then, and whoever makes the first thing has its engine
    /// written down beforehand.
    pub(super) fn identity_where_nothing_is_recorded(&self) -> IdentityFact {
        match &self.header {
            Some(header) if header.engine.is_none() => IdentityFact::Proven,
            Some(_) | None => self.identity(),
        }
    }

    /// The same for what is wanted of one user. What is adopted, or found without a record, was there
    /// before anything was made.
    pub(super) fn identity_for(&self, tenancy: &Tenancy) -> IdentityFact {
        let looks_for_more = tenancy
            .run
            .as_ref()
            .is_some_and(|run| matches!(run.goal, Goal::Adopted | Goal::Repaired));
        let recorded = tenancy.record(self.now).is_some();
        if looks_for_more || recorded {
            self.identity()
        } else {
            self.identity_where_nothing_is_recorded()
        }
    }

    pub(super) fn is_identity_proven(&self) -> bool {
        self.identity() == IdentityFact::Proven
    }

    /// Has the engine asked which it is, unless that is known; the user is looked at again once it
    /// is, or can't be.
    pub(super) fn ask_identity(&mut self, user: &UserId) {
        let proven = self
            .tenancies
            .get(user)
            .is_some_and(|tenancy| self.identity_for(tenancy) == IdentityFact::Proven);
        if !proven {
            self.awaiting.insert(user.clone());
            self.begin_inquiry(Inquiry::Engine);
        }
    }

    /// Takes from an outcome what it tells of which engine answers: that another does, or that the
    /// connection was lost, after which another may.
    pub(super) fn note_identity(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Engine(EngineOutcome::OtherEngine(found)) => self.meet_another(found),
            Outcome::Engine(EngineOutcome::Unreachable(_) | EngineOutcome::Unclear(_)) => {
                self.premises.doubt_engine();
            }
            Outcome::Engine(_) | Outcome::Store(_) | Outcome::Probe(_) => {}
        }
    }

    fn meet_another(&mut self, found: &EngineId) {
        let Some(known) = self.known_engine().cloned() else {
            return;
        };
        let why = Error::EngineChanged {
            name: self.settings.engine.clone(),
            found: found.clone(),
            known,
        };
        self.fail_premise(&Inquiry::Engine, why);
    }

    /// Another engine answers: nothing that was seen is believed any more.
    pub(super) fn forget_engine(&mut self) {
        for tenancy in self.tenancies.values_mut() {
            tenancy.engine.forget();
            tenancy.looked = None;
        }
    }
}
