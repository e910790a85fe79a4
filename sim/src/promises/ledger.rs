//! What the promises need to remember of the containers that were made.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use portreeve_core::effect::{EngineEffect, Put};
use portreeve_core::id::{ContainerId, Port, RecordId};
use portreeve_core::label::{Labelled, Labels};
use portreeve_core::record::Intent;
use portreeve_core::spec::{ContainerSpec, EnvValue};
use portreeve_core::time::Instant;
use portreeve_core::user::UserId;

use super::TOKEN;
use crate::engine::{Action, Container, Engine, Event, Subject};
use crate::store::Store;

/// For so long after it is gone a container may still turn up in an answer.
const REMEMBERED: Duration = Duration::from_secs(15 * 60);

/// A container that was made on a controller's word.
#[derive(Clone, Debug)]
pub(super) struct Made {
    pub user: UserId,
    pub record: RecordId,
    pub name: String,
    pub port: Port,
    pub token: EnvValue,
    pub token_generation: u32,
    /// It was made by a request that came late.
    pub late: bool,
    /// Whether its process has ever run.
    pub ran: bool,
    /// Whether somebody has given it another name than it was made with.
    pub renamed: bool,
    /// When it was removed.
    pub gone: Option<Instant>,
}

/// All of them.
#[derive(Debug)]
pub(super) struct Ledger {
    made: BTreeMap<ContainerId, Made>,
    /// The container that each user's record names, as it was written last.
    named: BTreeMap<UserId, ContainerId>,
    /// Those that are gone, the one first that went first.
    gone: VecDeque<(Instant, ContainerId)>,
}

impl Ledger {
    pub(super) fn new() -> Self {
        Self {
            made: BTreeMap::new(),
            named: BTreeMap::new(),
            gone: VecDeque::new(),
        }
    }

    pub(super) fn container(&self, id: &ContainerId) -> Option<&Made> {
        self.made.get(id)
    }

    /// All tokens that containers carry.
    pub(super) fn tokens(&self) -> impl Iterator<Item = &str> {
        self.made.values().map(|made| made.token.reveal())
    }

    /// Notes that a container was made; says so if it bears no labels that tell whose it is.
    pub(super) fn made(
        &mut self,
        id: &ContainerId,
        spec: &ContainerSpec,
        late: bool,
    ) -> Result<&Made, String> {
        let Labelled::As(labels) = Labels::of_pairs(&spec.labels) else {
            return Err(format!("{} bears no labels", spec.name));
        };
        let token = spec
            .variable(TOKEN)
            .ok_or_else(|| format!("{} carries no token", spec.name))?;
        let made = Made {
            user: labels.user,
            record: labels.record,
            name: spec.name.clone(),
            port: spec.port,
            token: token.clone(),
            token_generation: labels.token_generation,
            late,
            ran: false,
            renamed: false,
            gone: None,
        };
        Ok(self.made.entry(id.clone()).or_insert(made))
    }

    /// Notes that a container that somebody else made has become a user's.
    pub(super) fn adopted(&mut self, put: &Put, found: &Container, record: RecordId) {
        let (Some(token), Some(port)) = (found.spec().variable(TOKEN), found.port()) else {
            return;
        };
        let made = Made {
            user: put.user.clone(),
            record,
            name: found.name().to_owned(),
            port,
            token: EnvValue::new(token.to_owned()),
            token_generation: put.body.token_generation,
            late: false,
            ran: true,
            renamed: false,
            gone: None,
        };
        self.made.insert(found.id().clone(), made);
    }

    pub(super) fn happened(&mut self, now: Instant, event: &Event) {
        let Subject::Container(face) = &event.subject else {
            return;
        };
        let Some(made) = self.made.get_mut(&face.id) else {
            return;
        };
        match event.action {
            Action::Start => made.ran = true,
            Action::Rename(_) => made.renamed = *face.name != *made.name,
            Action::Destroy => {
                made.gone = Some(now);
                self.gone.push_back((now, face.id.clone()));
            }
            _ => {}
        }
        while let Some((at, _)) = self.gone.front()
            && now.since(*at) > REMEMBERED
        {
            if let Some((_, id)) = self.gone.pop_front() {
                self.made.remove(&id);
            }
        }
    }

    /// A stop or a removal that takes hold is never of the container that the record says is
    /// running: it was written down before it was asked for, and whoever took over has seen to it.
    pub(super) fn not_running(&self, effect: &EngineEffect, store: &Store) -> Result<(), String> {
        let (EngineEffect::Stop { container, .. } | EngineEffect::Remove { container }) = effect
        else {
            return Ok(());
        };
        let Some(made) = self.made.get(container) else {
            return Ok(());
        };
        let runs = store.body(&made.user).is_some_and(|body| {
            body.intent == Intent::Running && body.container.as_ref() == Some(container)
        });
        if runs {
            let user = &made.user;
            return Err(format!(
                "{container} runs for {user:?}, and an old call ends it"
            ));
        }
        Ok(())
    }

    /// The user's record was written, and names this container, or none.
    pub(super) fn recorded(&mut self, user: &UserId, container: Option<&ContainerId>) {
        match container {
            Some(id) => self.named.insert(user.clone(), id.clone()),
            None => self.named.remove(user),
        };
    }

    /// Nothing tells the container from a copy: somebody has renamed it, and no record names it. It is
    /// nobody's then, is told of, and left alone.
    pub(super) fn is_lost(&self, id: &ContainerId, made: &Made) -> bool {
        made.renamed && self.named.get(&made.user) != Some(id)
    }

    /// Whether the container is a user's, as far as can be shown: it was made on a controller's word,
    /// and its name or the record tells so.
    pub(super) fn is_shown(&self, id: &ContainerId) -> bool {
        let made = self.made.get(id);
        made.is_some_and(|made| !self.is_lost(id, made))
    }

    /// One container per user of those that are shown to be the user's, and none without a record.
    pub(super) fn one_each(&self, engine: &Engine, store: &Store) -> Result<(), String> {
        let mut seen = BTreeSet::new();
        for container in engine.containers() {
            if !self.is_shown(container.id()) {
                continue;
            }
            let Some(Made { user, .. }) = self.made.get(container.id()) else {
                continue;
            };
            if !seen.insert(user) {
                return Err(format!("{user:?} has two containers"));
            }
            if store.record(user).is_none() {
                return Err(format!("{user:?} has a container and no record"));
            }
        }
        Ok(())
    }
}
