//! Promise 7: the token stays until it is rotated, and the one answered is the one carried.

use std::collections::{BTreeMap, BTreeSet};

use portreeve_core::command::{Command, Endpoint, Reply, Rotated};
use portreeve_core::effect::{Expect, Put};
use portreeve_core::error::Error;
use portreeve_core::id::RecordId;
use portreeve_core::settings::Settings;
use portreeve_core::token::{Keyring, SealedToken};
use portreeve_core::user::UserId;

use super::ledger::{Ledger, Made};
use super::verdict::Verdict;
use crate::store::Store;

/// Its name.
pub const PROMISE: &str = "The token stays";

/// Which token each record had, generation by generation.
#[derive(Clone, Debug)]
pub(super) struct Tokens {
    keyring: Option<Keyring>,
    users: BTreeMap<UserId, Known>,
    /// Users whose token was ever to be replaced.
    rotated: BTreeSet<UserId>,
}

#[derive(Clone, Debug)]
struct Known {
    record: RecordId,
    sealed: SealedToken,
    generation: u32,
    /// By generation, as their text.
    tokens: BTreeMap<u32, zeroize::Zeroizing<String>>,
}

impl Tokens {
    pub(super) fn new(controllers: &[Settings]) -> Self {
        Self {
            keyring: controllers.first().map(|settings| settings.keyring.clone()),
            users: BTreeMap::new(),
            rotated: BTreeSet::new(),
        }
    }

    pub(super) fn asked(&mut self, command: &Command) {
        if let Command::Rotate(user) = command {
            self.rotated.insert(user.clone());
        }
    }

    /// A record was written: its token is what it was, unless its generation has grown.
    pub(super) fn put(&mut self, put: &Put, store: &Store) -> Verdict {
        let body = &put.body;
        let expected = match put.expect {
            Expect::At(version) => Some(version.record),
            Expect::Absent(_) => None,
        };
        if let (Some(expected), Some(known)) = (expected, self.users.get(&put.user))
            && known.record != expected
        {
            let user = &put.user;
            return Err(format!(
                "the record of {user:?} was written by who expected another"
            ));
        }
        let Some(record) = store.version(&put.user).map(|version| version.record) else {
            return Ok(());
        };
        let known = self
            .users
            .get_mut(&put.user)
            .filter(|known| known.record == record);
        if known.as_ref().is_some_and(|known| {
            known.sealed == body.token && known.generation == body.token_generation
        }) {
            return Ok(());
        }
        let Some(keyring) = &self.keyring else {
            return Ok(());
        };
        let token = keyring
            .open(body.token_of(&put.user, record), &body.token)
            .map_err(|error| format!("the token of {:?} can't be opened: {error}", put.user))?;
        let token = zeroize::Zeroizing::new(token.reveal().to_owned());
        let Some(known) = known else {
            let known = Known {
                record,
                sealed: body.token.clone(),
                generation: body.token_generation,
                tokens: BTreeMap::from([(body.token_generation, token)]),
            };
            self.users.insert(put.user.clone(), known);
            return Ok(());
        };
        let grown = !known.tokens.contains_key(&body.token_generation);
        let same = known.generation == body.token_generation
            && known.tokens.get(&body.token_generation) == Some(&token);
        let rotated = grown && self.rotated.contains(&put.user);
        if !same && !rotated {
            return Err(format!(
                "the token of {:?} was replaced, and nobody asked for it",
                put.user
            ));
        }
        known.sealed = body.token.clone();
        known.generation = body.token_generation;
        known.tokens.insert(body.token_generation, token);
        Ok(())
    }

    /// Each token is the one that the store still knows. Those it has lost are remembered: no other is to be
    /// taken for one of them.
    pub(super) fn failed_over(&mut self, store: &Store) {
        let keyring = self.keyring.as_ref();
        self.users.retain(|user, known| {
            let record = store.record(user);
            let record = record.filter(|record| record.version.record == known.record);
            let Some((record, keyring)) = record.zip(keyring) else {
                return false;
            };
            let body = &record.body;
            let Ok(token) = keyring.open(body.token_of(user, known.record), &body.token) else {
                return false;
            };
            let token = zeroize::Zeroizing::new(token.reveal().to_owned());
            known.tokens.insert(body.token_generation, token);
            known.sealed = body.token.clone();
            known.generation = body.token_generation;
            true
        });
    }

    pub(super) fn deleted(&mut self, user: &UserId) {
        self.users.remove(user);
    }

    /// A container was made: it carries the token that its label says.
    pub(super) fn given(&self, made: &Made) -> Verdict {
        let Some(known) = self
            .users
            .get(&made.user)
            .filter(|known| known.record == made.record)
        else {
            // It was made for a record that is gone by now: a call that came late.
            return Ok(());
        };
        match known.tokens.get(&made.token_generation) {
            Some(token) if token.as_str() == made.token.reveal() => Ok(()),
            Some(_) | None => Err(format!(
                "a container of {:?} carries another token",
                made.user
            )),
        }
    }

    /// An answer tells the token that the container carries, and an error tells none.
    pub(super) fn carried(reply: &Reply, ledger: &Ledger) -> Verdict {
        match reply {
            Reply::Ensured(endpoint)
            | Reply::Rotated(Rotated {
                endpoint: Some(endpoint),
                ..
            }) => carries(endpoint, ledger),
            Reply::Failed(error) => tells_none(error, ledger),
            _ => Ok(()),
        }
    }
}

fn carries(endpoint: &Endpoint, ledger: &Ledger) -> Verdict {
    let Some(made) = ledger.container(&endpoint.container) else {
        return Ok(());
    };
    if endpoint.token.reveal() == made.token.reveal() {
        return Ok(());
    }
    let user = &endpoint.user;
    Err(format!(
        "{user:?} was answered another token than {} carries",
        endpoint.container
    ))
}

fn tells_none(error: &Error, ledger: &Ledger) -> Verdict {
    let Error::StartFailed { log, .. } = error else {
        return Ok(());
    };
    if ledger
        .tokens()
        .any(|token| log.iter().any(|line| line.contains(token)))
    {
        return Err("a failure tells a token".to_owned());
    }
    Ok(())
}
