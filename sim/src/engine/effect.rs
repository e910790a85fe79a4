//! The lifecycle's effects, carried out.

use std::collections::BTreeMap;
use std::time::Duration;

use portreeve_core::effect::EngineEffect;
use portreeve_core::id::InstallationId;
use portreeve_core::label::{self, Labelled};

use portreeve_core::outcome::EngineOutcome;
use portreeve_core::user::UserId;

use super::failure::Failure;
use super::journal::Cursor;
use super::numbers::Ticket;
use super::remove::Removal;
use super::request::{Asked, Done};
use super::spec::{Spec, pairs};
use super::state::Engine;

/// What came of an effect.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Answer {
    /// This.
    Now(EngineOutcome),
    /// It is answered later, under this number, by [`Engine::take_answers`].
    Later(Ticket),
    /// It was a watch, and is open: it is to be told what comes after this place.
    Open(Cursor),
}

impl From<Done> for Answer {
    fn from(done: Done) -> Self {
        match done {
            Done::Now => Self::Now(EngineOutcome::Done),
            Done::Already => Self::Now(EngineOutcome::AlreadyDone),
            Done::Later(ticket) => Self::Later(ticket),
        }
    }
}

impl Engine {
    /// Does what the lifecycle asks for.
    pub fn carry_out(&mut self, effect: &EngineEffect) -> Answer {
        let answer = if self.up {
            self.try_to(effect)
        } else {
            Err(Failure::Down)
        };
        answer.unwrap_or_else(|failure| Answer::Now(failure.outcome(effect.into())))
    }

    fn try_to(&mut self, effect: &EngineEffect) -> Result<Answer, Failure> {
        let outcome = match effect {
            EngineEffect::Watch { .. } => return Ok(Answer::Open(self.cursor())),
            EngineEffect::PullImage { image } => return Ok(self.pull(image)?.into()),
            EngineEffect::RemoveVolume { name } => return Ok(self.remove_volume(name)?.into()),
            EngineEffect::Start { container } => return Ok(self.start(container.as_str())?.into()),
            EngineEffect::Unpause { container } => {
                return Ok(self.unpause(container.as_str())?.into());
            }
            EngineEffect::Stop { container, grace } => {
                // Engines are told whole seconds.
                let begun = u64::from(grace.subsec_nanos() > 0);
                let seconds = grace.as_secs().saturating_add(begun);
                let grace = Some(Duration::from_secs(seconds));
                return Ok(self.stop(container.as_str(), grace)?.into());
            }
            EngineEffect::Remove { container } => {
                let how = Removal {
                    force: true,
                    volumes: true,
                };
                return Ok(self.remove(container.as_str(), how)?.into());
            }
            EngineEffect::CreateNetwork { name, labels } => {
                self.create_network(name, labels.iter().cloned().collect())?;
                EngineOutcome::Done
            }
            EngineEffect::EnsureVolume { name, labels } => {
                let (_, known) = self.create_volume(name, || labels.iter().cloned().collect());
                EngineOutcome::Volume(known.map_or(Labelled::Not, owner))
            }
            EngineEffect::Create(spec) => {
                EngineOutcome::Created(self.create(&spec.name, Spec::from(&**spec))?)
            }
            EngineEffect::Identify => EngineOutcome::Identified(self.id.clone()),
            EngineEffect::Inspect(asked) => EngineOutcome::Found(self.exactly(asked)?.observed()),
            EngineEffect::Examine(asked) => {
                EngineOutcome::Examined(self.exactly(asked)?.particulars())
            }
            EngineEffect::List(scope) => EngineOutcome::Listed(self.listed(scope)),
            EngineEffect::InspectImage { image } => {
                self.image(image)?;
                EngineOutcome::Done
            }
            EngineEffect::FindNetworks { name } => EngineOutcome::Networks(self.networks_of(name)),
            EngineEffect::InspectVolume { name } => {
                EngineOutcome::Volume(owner(&self.inspect_volume(name)?.labels))
            }
            EngineEffect::ListVolumes(installation) => {
                EngineOutcome::Volumes(self.volumes_of(*installation))
            }
            EngineEffect::Logs { container, lines } => {
                let all = self.find(container.as_str())?.lines();
                let most = usize::try_from(*lines).unwrap_or(usize::MAX);
                let last = &all[all.len().saturating_sub(most)..];
                EngineOutcome::Log(last.iter().map(|line| line.text.clone()).collect())
            }
        };
        Ok(Answer::Now(outcome))
    }

    /// The installation's volumes, and whose each is.
    fn volumes_of(&self, installation: InstallationId) -> Vec<(String, UserId)> {
        self.volumes()
            .filter_map(|volume| match owner(&volume.labels) {
                Labelled::As((whose, user)) if whose == installation => {
                    Some((volume.name.to_string(), user))
                }
                Labelled::As(_) | Labelled::Not | Labelled::Unreadable => None,
            })
            .collect()
    }

    /// What became of effects that were to be answered later, in the order in which it did.
    pub fn take_answers(&mut self) -> Vec<(Ticket, EngineOutcome)> {
        let outcome = |(ticket, asked, result): (Ticket, Asked, Result<(), Failure>)| {
            let outcome = match result {
                Ok(()) => EngineOutcome::Done,
                // The request was sent, and nobody knows how far it came.
                Err(Failure::Down) => EngineOutcome::Unclear(Failure::Down.text()),
                Err(failure) => failure.outcome(asked),
            };
            (ticket, outcome)
        };
        self.answers.drain(..).map(outcome).collect()
    }

    /// The same for whoever didn't ask for an effect.
    pub fn take_results(&mut self) -> Vec<(Ticket, Result<(), Failure>)> {
        self.answers
            .drain(..)
            .map(|(ticket, _, result)| (ticket, result))
            .collect()
    }
}

/// Whose a volume is, by its labels.
pub(super) fn owner(labels: &BTreeMap<String, String>) -> Labelled<(InstallationId, UserId)> {
    label::volume_owner(pairs(labels))
}
