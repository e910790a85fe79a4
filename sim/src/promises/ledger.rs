//! What the promises need to remember of the containers that were made.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use portreeve_core::effect::{EngineEffect, Put};
use portreeve_core::id::{ContainerId, Port, RecordId};
use portreeve_core::label::{self, Labelled, Labels};
use portreeve_core::spec::{ContainerSpec, EnvValue};
use portreeve_core::time::Instant;
use portreeve_core::user::UserId;

use crate::engine::{Action, Container, Event, Subject};
use crate::store::Store;

/// The variable that carries the token, in the template that settings begin with.
pub const TOKEN: &str = "AGENT_TOKEN";

/// For so long after it is gone a container may still turn up in an answer.
const REMEMBERED: Duration = Duration::from_secs(15 * 60);

/// How a container came to be a user's.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// A controller had it made.
    Made,
    /// So did a controller that had stood still in the midst of asking for it: nobody could know of it.
    MadeLate,
    /// Somebody else made it, and it was adopted.
    Adopted,
}

/// What a store that failed over has lost of a container.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lost {
    /// The claim on its port.
    Claim,
    /// That it was adopted.
    Adoption,
}

/// A container that was made on a controller's word.
#[derive(Clone, Debug)]
pub struct Made {
    /// Whose it is.
    pub user: UserId,
    /// For which record it was made.
    pub record: RecordId,
    /// The name it was made with.
    pub name: String,
    /// The host port it is bound to, if it publishes any.
    pub port: Option<Port>,
    /// The token it carries.
    pub token: EnvValue,
    /// Which generation its label says that is.
    pub token_generation: u32,
    /// How it came to be the user's.
    pub origin: Origin,
    /// Whether its process has ever run.
    pub ran: bool,
    /// Whether somebody has given it another name than it was made with.
    pub renamed: bool,
    /// What the store has lost of it, if it has.
    pub lost: Option<Lost>,
    /// When it was removed.
    pub gone: Option<Instant>,
}

/// The user that these labels name.
fn user_in(labels: &[(String, String)]) -> Option<UserId> {
    let (_, user) = labels.iter().find(|(key, _)| key == label::USER)?;
    UserId::new(user.clone()).ok()
}

/// All of them.
#[derive(Clone, Default, Debug)]
pub struct Ledger {
    made: BTreeMap<ContainerId, Made>,
    /// The container that each user's record names, as it was written last.
    named: BTreeMap<UserId, ContainerId>,
    /// Those that are gone, the one first that went first.
    gone: VecDeque<(Instant, ContainerId)>,
}

impl Ledger {
    /// Whose container or volume an effect is about, as far as it tells.
    pub fn user_of(&self, effect: &EngineEffect) -> Option<UserId> {
        match effect {
            EngineEffect::Create(spec) => user_in(&spec.labels),
            EngineEffect::EnsureVolume { labels, .. } => user_in(labels),
            EngineEffect::Start { container }
            | EngineEffect::Unpause { container }
            | EngineEffect::Stop { container, .. }
            | EngineEffect::Remove { container } => {
                self.container(container).map(|made| made.user.clone())
            }
            _ => None,
        }
    }

    /// What is known of a container; `None` if it was never made, or is gone for long.
    pub fn container(&self, id: &ContainerId) -> Option<&Made> {
        self.made.get(id)
    }

    /// All tokens that containers carry.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        self.made.values().map(|made| made.token.reveal())
    }

    /// Notes that a container was made; says so if it bears no labels that tell whose it is.
    ///
    /// # Errors
    /// If so, or if it carries no token.
    pub fn made(
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
            port: spec.port(),
            token: token.clone(),
            token_generation: labels.token_generation,
            origin: if late { Origin::MadeLate } else { Origin::Made },
            ran: false,
            renamed: false,
            lost: None,
            gone: None,
        };
        Ok(self.made.entry(id.clone()).or_insert(made))
    }

    /// Notes that a container that somebody else made has become a user's.
    pub fn adopted(&mut self, put: &Put, found: &Container, record: RecordId) {
        let Some(token) = found.spec().variable(TOKEN) else {
            return;
        };
        let made = Made {
            user: put.user.clone(),
            record,
            name: found.name().to_owned(),
            port: found.port(),
            token: EnvValue::new(token.to_owned()),
            token_generation: put.body.token_generation,
            origin: Origin::Adopted,
            ran: true,
            renamed: false,
            lost: None,
            gone: None,
        };
        self.made.insert(found.id().clone(), made);
    }

    /// Somebody makes a container like one of a user's: as far as anybody can tell, it was made on our
    /// word, too, and late.
    pub fn copied(&mut self, original: &ContainerId, id: ContainerId, name: String) {
        if let Some(original) = self.made.get(original) {
            let copied = Made {
                name,
                origin: Origin::MadeLate,
                ran: false,
                renamed: false,
                ..original.clone()
            };
            self.made.insert(id, copied);
        }
    }

    /// Something happened on the engine.
    pub fn happened(&mut self, now: Instant, event: &Event) {
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

    /// The user's record was written, and names this container, or none.
    pub fn recorded(&mut self, user: &UserId, container: Option<&ContainerId>) {
        match container {
            Some(id) => self.named.insert(user.clone(), id.clone()),
            None => self.named.remove(user),
        };
    }

    /// The store has lost what was written last. A container whose adoption it doesn't know is somebody
    /// else's, as it was before.
    pub fn failed_over(&mut self, store: &Store) {
        self.named.clear();
        for (user, record) in store.records() {
            if let Some(container) = record.body.container {
                self.named.insert(user, container);
            }
        }
        for (id, made) in &mut self.made {
            let known = self.named.get(&made.user) == Some(id);
            let claimed = store.record(&made.user).and_then(|record| record.port);
            made.lost = if made.origin == Origin::Adopted && !known {
                Some(Lost::Adoption)
            } else {
                (made.port != claimed).then_some(Lost::Claim)
            };
        }
    }

    /// Nothing tells the container from a copy: somebody has renamed it, and no record names it. It is
    /// nobody's then, is told of, and left alone.
    pub fn is_lost(&self, id: &ContainerId, made: &Made) -> bool {
        made.lost == Some(Lost::Adoption) || made.renamed && self.named.get(&made.user) != Some(id)
    }

    /// Whether the container is a user's, as far as can be shown: it was made on a controller's word,
    /// and its name or the record tells so.
    pub fn is_shown(&self, id: &ContainerId) -> bool {
        let made = self.made.get(id);
        made.is_some_and(|made| !self.is_lost(id, made))
    }
}
