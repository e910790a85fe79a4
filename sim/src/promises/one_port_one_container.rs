//! Promise 1: one port, one container.

use std::collections::BTreeMap;

use portreeve_core::id::{ContainerId, Port};
use portreeve_core::time::Instant;
use portreeve_core::user::UserId;

use super::ledger::{Ledger, Origin};
use super::verdict::Verdict;
use crate::engine::{Action, Event, Subject};
use crate::store::Store;

/// Its name.
pub const PROMISE: &str = "One port, one container";

/// Who claims which port, and which containers are bound to it.
#[derive(Clone, Default, Debug)]
pub(super) struct Ports {
    claims: BTreeMap<UserId, Port>,
    claimants: BTreeMap<Port, UserId>,
    /// Containers of ours that exist, by the port they are bound to.
    bound: BTreeMap<Port, Vec<ContainerId>>,
    /// Until then two controllers may be busy with one user, since the store's clock was set and leases are
    /// over by it that their holders still count on, or the store has lost those leases.
    contested_until: Instant,
}

impl Ports {
    /// The store's clock was set, or it has lost leases, and leases that were taken before it end by that time.
    pub(super) fn contested(&mut self, until: Instant) {
        self.contested_until = until;
    }

    /// Whether two controllers may be busy with one user.
    pub(super) fn are_contested(&self, now: Instant) -> bool {
        now < self.contested_until
    }

    /// The user's record claims this port now, or none.
    pub(super) fn claimed(
        &mut self,
        now: Instant,
        user: &UserId,
        port: Option<Port>,
        ledger: &Ledger,
    ) -> Verdict {
        let before = match port {
            Some(port) => self.claims.insert(user.clone(), port),
            None => self.claims.remove(user),
        };
        if before == port {
            return Ok(());
        }
        if let Some(freed) = before {
            if self.claimants.get(&freed) == Some(user) {
                self.claimants.remove(&freed);
            }
            if now >= self.contested_until {
                self.nobody_is_left(user, freed, ledger)?;
            }
        }
        let Some(port) = port else { return Ok(()) };
        match self.claimants.insert(port, user.clone()) {
            Some(other) if other != *user => Err(format!(
                "port {port} is claimed for {other:?} and for {user:?}"
            )),
            _ => Ok(()),
        }
    }

    /// Claims are what the store knows of them, whatever was claimed since.
    pub(super) fn failed_over(&mut self, store: &Store) {
        self.claims.clear();
        self.claimants.clear();
        for (user, record) in store.records() {
            if let Some(port) = record.port {
                self.claims.insert(user.clone(), port);
                self.claimants.insert(port, user);
            }
        }
    }

    /// The user's record is lost, and its claim with it.
    pub(super) fn lost(&mut self, user: &UserId) {
        if let Some(freed) = self.claims.remove(user)
            && self.claimants.get(&freed) == Some(user)
        {
            self.claimants.remove(&freed);
        }
    }

    /// A claim that is given up leaves no container of the user's behind that is bound to it, but for
    /// one that nobody could know of: its maker stood still in the midst of asking for it, and whoever
    /// took over had looked before. It is never started, and the next sweep removes it. And but for
    /// one that nothing tells from a copy.
    fn nobody_is_left(&self, user: &UserId, port: Port, ledger: &Ledger) -> Verdict {
        let theirs = |id: &&ContainerId| {
            let made = ledger.container(id);
            made.is_some_and(|made| {
                made.user == *user && made.origin != Origin::MadeLate && !ledger.is_lost(id, made)
            })
        };
        match self.bound.get(&port).into_iter().flatten().find(theirs) {
            Some(id) => Err(format!(
                "the claim of {user:?} on port {port} was given up, and {id} is bound to it"
            )),
            None => Ok(()),
        }
    }

    /// A container was made that is bound to its port.
    pub(super) fn bound(&mut self, id: &ContainerId, ledger: &Ledger) {
        if let Some(port) = ledger.container(id).and_then(|made| made.port) {
            self.bound.entry(port).or_default().push(id.clone());
        }
    }

    pub(super) fn happened(&mut self, now: Instant, event: &Event, ledger: &Ledger) -> Verdict {
        let Subject::Container(face) = &event.subject else {
            return Ok(());
        };
        let Some(made) = ledger.container(&face.id) else {
            return Ok(());
        };
        let Some(port) = made.port else {
            return Ok(());
        };
        match event.action {
            Action::Destroy => {
                if let Some(bound) = self.bound.get_mut(&port) {
                    bound.retain(|known| *known != face.id);
                    if bound.is_empty() {
                        self.bound.remove(&port);
                    }
                }
                Ok(())
            }
            // One that nothing tells from a copy is started by whoever made it, late: nobody could know.
            Action::Start if ledger.is_lost(&face.id, made) => Ok(()),
            // Nor could anybody know of one that was asked for under a claim that the store has lost. A sweep
            // removes it.
            Action::Start if made.lost.is_some() => Ok(()),
            // The one of two has given up the claim that the other started it under. A sweep removes it.
            Action::Start if now < self.contested_until => Ok(()),
            Action::Start => match self.claimants.get(&port) {
                Some(owner) if *owner == made.user => Ok(()),
                Some(owner) => Err(format!(
                    "{} of {:?} runs on port {port}, which is claimed for {owner:?}",
                    face.id, made.user
                )),
                None => Err(format!(
                    "{} of {:?} runs on port {port}, which nobody claims",
                    face.id, made.user
                )),
            },
            _ => Ok(()),
        }
    }
}
