//! Which engine it is that answers.
//!
//! The store knows each engine by a name and an id. At the address of one another may answer: an
//! address that was mistyped, a virtual machine that was made anew, a tunnel that leads elsewhere. To
//! whoever asks that one, every container looks lost. So nothing that an engine tells is believed,
//! and nothing is begun on it, before it has told the id that the store has under that name. It is
//! asked beside the first look, so that it costs no time. After that each effect names the engine
//! that it is for, and drivers ask again whenever they had to connect anew.

use super::lent::Context;
use crate::error::Error;
use crate::id::EngineId;
use crate::lifecycle::decision::facts::IdentityFact;

impl Context {
    /// The engine that bears the configured name, as far as the store was heard.
    pub(crate) fn known_engine(&self) -> Option<&EngineId> {
        self.header.as_ref()?.engine.as_ref()
    }

    /// Whether it has told the id that the store has for it now.
    pub(crate) fn is_engine_proven(&self) -> bool {
        let known = self.known_engine();
        known.is_some() && self.prerequisites.proven_engine() == known
    }

    /// Whether the engine that answers is the one that is meant.
    pub(crate) fn identity(&self) -> IdentityFact {
        if self.is_engine_proven() {
            return IdentityFact::Proven;
        }
        match self.prerequisites.engine_failure(self.now) {
            Some(Error::EngineChanged { .. }) => IdentityFact::Another,
            Some(_) => IdentityFact::Failed,
            None => IdentityFact::Unproven,
        }
    }

    /// The same where nothing is recorded of whom it concerns. As long as the store knows no engine of
    /// that name, there is nothing to be confused then, and whoever makes the first thing has its engine
    /// written down beforehand.
    pub(crate) fn identity_where_nothing_is_recorded(&self) -> IdentityFact {
        match &self.header {
            Some(header) if header.engine.is_none() => IdentityFact::Proven,
            Some(_) | None => self.identity(),
        }
    }

    pub(crate) fn is_identity_proven(&self) -> bool {
        self.identity() == IdentityFact::Proven
    }
}
