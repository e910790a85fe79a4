//! Whose volumes there are, as promises 6 and 9 need to know it. It goes by times, which no two states of
//! a model checker share: that has a smaller memory of its own, and the same rules.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use portreeve_core::command::Command;
use portreeve_core::effect::{EngineEffect, Put};
use portreeve_core::id::ContainerId;
use portreeve_core::label;
use portreeve_core::outcome::EngineOutcome;
use portreeve_core::settings::Settings;
use portreeve_core::spec::ContainerSpec;
use portreeve_core::time::Instant;
use portreeve_core::user::UserId;

use super::ledger::{Ledger, Origin};
use super::no_state_lost::{self, Removed};
use super::timeless::longest_lease;
use super::verdict::{Broken, breaks};
use super::what_is_not_ours_is_left_alone as left_alone;
use crate::engine;
use crate::store::Store;

/// Longer than any purge takes.
const FOR_GOOD: Duration = Duration::from_secs(1_000_000);

/// Whose volumes there are, and who is to be purged.
#[derive(Debug)]
pub(super) struct Belongings {
    /// For how long controllers take leases at most.
    lease: Duration,
    volumes: BTreeMap<String, Volume>,
    /// Those that somebody else made, and that have become a user's.
    adopted: BTreeSet<String>,
    /// The names of each user's.
    by_user: BTreeMap<UserId, BTreeSet<String>>,
    /// Those that a user has left for one that was adopted. Nobody removes them.
    abandoned: BTreeSet<String>,
    /// When a user was last to be purged.
    purged: BTreeMap<UserId, Purged>,
}

/// A user's purges.
#[derive(Default, Debug)]
struct Purged {
    /// Those that were asked for and aren't answered: by which controllers, and how many.
    pending: BTreeMap<usize, usize>,
    /// When the last one was asked for, or was answered; or until when one may go on that nobody knows of
    /// any more.
    last: Instant,
}

#[derive(Debug)]
struct Volume {
    user: UserId,
    made: Instant,
    /// A container that mounts it has been started: there may be something in it.
    used: bool,
}

impl Belongings {
    pub(super) fn new(controllers: &[Settings]) -> Self {
        Self {
            lease: longest_lease(controllers),
            volumes: BTreeMap::new(),
            adopted: BTreeSet::new(),
            by_user: BTreeMap::new(),
            abandoned: BTreeSet::new(),
            purged: BTreeMap::new(),
        }
    }

    pub(super) fn asked(&mut self, now: Instant, controller: usize, command: &Command) {
        if let Command::Purge(user) = command {
            let purged = self.purged.entry(user.clone()).or_default();
            purged.last = now;
            *purged.pending.entry(controller).or_default() += 1;
        }
    }

    /// A question is answered, or nobody waits for it any more.
    pub(super) fn answered(&mut self, now: Instant, controller: usize, command: &Command) {
        if let Command::Purge(user) = command
            && let Some(purged) = self.purged.get_mut(user)
            && let Some(pending) = purged.pending.get_mut(&controller)
        {
            purged.last = now;
            *pending = pending.saturating_sub(1);
        }
    }

    /// A controller is gone, with all that it was asked for.
    pub(super) fn gone(&mut self, now: Instant, controller: usize) {
        for purged in self.purged.values_mut() {
            if purged
                .pending
                .remove(&controller)
                .is_some_and(|pending| pending > 0)
            {
                purged.last = now;
            }
        }
    }

    /// The store's clock is set, and leases are over by it that were not. Who holds one to purge a user goes
    /// on by its own clock, until that lease ends: also if another controller has purged the user by then,
    /// and the user is back.
    pub(super) fn clock_set(&mut self, now: Instant, store: &Store) {
        let until = now.after(self.lease);
        for (user, record) in store.records() {
            if record.body.purging && record.lease.is_some() {
                let purged = self.purged.entry(user).or_default();
                purged.last = purged.last.max(until);
            }
        }
    }

    /// The store has lost what was written last. Whoever was being purged by what it knows is so again, also
    /// where that was over and the user has come back.
    pub(super) fn failed_over(&mut self, now: Instant, store: &Store) {
        self.clock_set(now, store);
        for (user, record) in store.records() {
            if record.body.purging {
                let purged = self.purged.entry(user).or_default();
                purged.last = now.after(FOR_GOOD);
            }
        }
    }

    /// A request took hold on the engine.
    pub(super) fn changed(
        &mut self,
        now: Instant,
        effect: &EngineEffect,
        outcome: &EngineOutcome,
        (ledger, store): (&Ledger, &Store),
    ) -> Result<(), Broken> {
        match effect {
            EngineEffect::EnsureVolume { name, labels } => {
                self.noted(now, name, labels, outcome);
                Ok(())
            }
            EngineEffect::Start { container } if *outcome == EngineOutcome::Done => {
                self.used(container, ledger);
                Ok(())
            }
            EngineEffect::RemoveVolume { name } if *outcome == EngineOutcome::Done => {
                self.removed(name, store)
            }
            _ => Ok(()),
        }
    }

    fn noted(
        &mut self,
        now: Instant,
        name: &str,
        labels: &[(String, String)],
        outcome: &EngineOutcome,
    ) {
        let user = labels.iter().find(|(key, _)| key == label::USER);
        let user = user.and_then(|(_, id)| UserId::new(id.clone()).ok());
        if let (Some(user), EngineOutcome::Volume(_)) = (user, outcome) {
            self.note(now, name, user);
        }
    }

    /// A volume that somebody else made is a user's now, whatever has come of its container.
    pub(super) fn adopted(&mut self, now: Instant, put: &Put) {
        let name = &put.body.names.volume;
        // Somebody else may have had one of that name.
        if let Some(volume) = self.volumes.get(name)
            && volume.user != put.user
        {
            self.forget(name);
        }
        self.note(now, name, put.user.clone());
        let theirs = self.by_user.get(&put.user).into_iter().flatten();
        self.abandoned
            .extend(theirs.filter(|other| *other != name).cloned());
        if let Some(volume) = self.volumes.get_mut(name) {
            volume.used = true;
        }
        self.adopted.insert(name.clone());
    }

    /// A container was made, and with it its volume where there was none. One that was there is the
    /// user's, unless the request came late.
    pub(super) fn mounted(
        &mut self,
        now: Instant,
        id: &ContainerId,
        spec: &ContainerSpec,
        volume: Option<&engine::Volume>,
        ledger: &Ledger,
    ) -> Result<(), Broken> {
        let Some(made) = ledger.container(id) else {
            return Ok(());
        };
        self.note(now, &spec.volume, made.user.clone());
        let labelled = volume.is_some_and(|volume| {
            volume.labels.get(label::USER).map(String::as_str) == Some(made.user.as_str())
        });
        if labelled || made.origin == Origin::MadeLate || self.adopted.contains(&spec.volume) {
            return Ok(());
        }
        let text = left_alone::foreign_volume_mounted(&made.user, &spec.volume);
        Err(Broken::new(left_alone::PROMISE, text))
    }

    /// Whether the user it was has left it for another.
    pub(super) fn is_abandoned(&self, name: &str) -> bool {
        self.abandoned.contains(name)
    }

    fn note(&mut self, now: Instant, name: &str, user: UserId) {
        if self.volumes.contains_key(name) {
            return;
        }
        let theirs = self.by_user.entry(user.clone()).or_default();
        theirs.insert(name.to_owned());
        let volume = Volume {
            user,
            made: now,
            used: false,
        };
        self.volumes.insert(name.to_owned(), volume);
    }

    fn used(&mut self, id: &ContainerId, ledger: &Ledger) {
        let Some(made) = ledger.container(id) else {
            return;
        };
        let first = self.by_user.get(&made.user).and_then(BTreeSet::first);
        if let Some(volume) = first.and_then(|name| self.volumes.get_mut(name)) {
            volume.used = true;
        }
    }

    /// It is nobody's any more; whose it was.
    fn forget(&mut self, name: &str) -> Option<Volume> {
        self.adopted.remove(name);
        self.abandoned.remove(name);
        let volume = self.volumes.remove(name)?;
        if let Some(theirs) = self.by_user.get_mut(&volume.user) {
            theirs.remove(name);
        }
        Some(volume)
    }

    fn removed(&mut self, name: &str, store: &Store) -> Result<(), Broken> {
        let Some(volume) = self.forget(name) else {
            let text = left_alone::foreign_volume_removed(name);
            return Err(Broken::new(left_alone::PROMISE, text));
        };
        let shared = store
            .record(&volume.user)
            .is_some_and(|record| record.shares_volume && record.body.names.volume == name);
        let purged = self.purged.get(&volume.user).is_some_and(|purged| {
            purged.last >= volume.made || purged.pending.values().any(|pending| *pending > 0)
        });
        let removed = Removed {
            name,
            user: &volume.user,
            shared,
            used: volume.used,
            purged,
        };
        no_state_lost::removed(removed).map_err(breaks(no_state_lost::PROMISE))
    }
}
