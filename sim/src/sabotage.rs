//! Faults put back on purpose, to see that the alarm rings.
//!
//! Each is a mistake that services of this kind are known to make. None of them is in the core:
//! they are made by the simulated store, engine or driver, in place of the right thing, so that the
//! core that is tested is the one that runs in production.

use std::time::Duration;

use portreeve_core::effect::{ContainerRef, Effect, EngineEffect, PortChange, StoreEffect};
use portreeve_core::id::ContainerId;
use portreeve_core::outcome::EngineOutcome;
use portreeve_core::record::{Intent, Record};
use portreeve_core::settings::Timing;
use portreeve_core::time::Timestamp;

use crate::engine::Engine;

/// A mistake made on purpose.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Sabotage {
    /// Ports are claimed without a unique constraint: whoever asks gets the first.
    PortClaimNotUnique,
    /// A container is found by a part of its name, as the engine's own filter does, and taken for the
    /// one of that name.
    NameBySubstring,
    /// A record is written, and told, as if nobody held its lease.
    LeaseIgnored,
    /// The write that claims a stop for a reap doesn't ask whether the user has been idle.
    TouchNotRechecked,
    /// It asks, but leaves out for how long a touch may have been answered from memory.
    SlackLeftOut,
    /// A stop or removal that nobody finished is told as if it had never been begun.
    DoubtBelievedUndone,
    /// A container is started, stopped and removed by its name, whichever has it by now.
    ContainerByName,
    /// A stop gives the port up while the container that is bound to it still exists.
    ClaimFreedTooEarly,
    /// A record's revision, which counts the writes, is compared, and not whether it is the same record.
    RecordIdIgnored,
    /// Whichever engine answers is taken for the one that is meant.
    EngineIdIgnored,
    /// Records may name any volume, and tell of no other that names it, too.
    VolumeNotUnique,
    /// Activity that couldn't be flushed is forgotten once the store is reached again.
    LosesPendingActivity,
    /// A stop is written down, and what it told isn't kept.
    LosesEvents,
    /// Revisions count the writes, so that a state that was lost and the one written in its place bear one number.
    LostStatesComeAgain,
}

impl Sabotage {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::PortClaimNotUnique,
        Self::NameBySubstring,
        Self::LeaseIgnored,
        Self::TouchNotRechecked,
        Self::SlackLeftOut,
        Self::DoubtBelievedUndone,
        Self::ContainerByName,
        Self::ClaimFreedTooEarly,
        Self::RecordIdIgnored,
        Self::EngineIdIgnored,
        Self::VolumeNotUnique,
        Self::LosesPendingActivity,
        Self::LosesEvents,
        Self::LostStatesComeAgain,
    ];

    /// Its name, in words joined by hyphens.
    pub fn name(self) -> &'static str {
        match self {
            Self::PortClaimNotUnique => "port-claim-not-unique",
            Self::NameBySubstring => "name-by-substring",
            Self::LeaseIgnored => "lease-ignored",
            Self::TouchNotRechecked => "touch-not-rechecked",
            Self::SlackLeftOut => "slack-left-out",
            Self::DoubtBelievedUndone => "doubt-believed-undone",
            Self::ContainerByName => "container-by-name",
            Self::ClaimFreedTooEarly => "claim-freed-too-early",
            Self::RecordIdIgnored => "record-id-ignored",
            Self::EngineIdIgnored => "engine-id-ignored",
            Self::VolumeNotUnique => "volume-not-unique",
            Self::LosesPendingActivity => "loses-pending-activity",
            Self::LosesEvents => "loses-events",
            Self::LostStatesComeAgain => "lost-states-come-again",
        }
    }

    /// The one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|sabotage| sabotage.name() == name)
    }

    /// Whether revisions count the writes, so that two may bear one number.
    pub(crate) fn counts_writes(self) -> bool {
        matches!(self, Self::RecordIdIgnored | Self::LostStatesComeAgain)
    }

    /// What the store tells wrongly of a record.
    pub(crate) fn falsify(self, record: &mut Record) {
        let expired = record.lease.is_none_or(|lease| lease.remaining.is_zero());
        match self {
            Self::LeaseIgnored => record.lease = None,
            Self::DoubtBelievedUndone
                if expired && matches!(record.body.intent, Intent::Stopping | Intent::Removing) =>
            {
                record.body.intent = Intent::Running;
                record.lease = None;
            }
            Self::VolumeNotUnique => record.shares_volume = false,
            // Who reaps looks whether it is worth asking, and would leave it alone.
            Self::SlackLeftOut => {
                let slack = i64::try_from(Timing::default().slack.as_micros()).unwrap_or(0);
                let earlier = |at: Timestamp| Timestamp::from_micros(at.as_micros() - slack);
                record.last_active = record.last_active.map(earlier);
            }
            Self::PortClaimNotUnique
            | Self::NameBySubstring
            | Self::TouchNotRechecked
            | Self::DoubtBelievedUndone
            | Self::ContainerByName
            | Self::ClaimFreedTooEarly
            | Self::RecordIdIgnored
            | Self::EngineIdIgnored
            | Self::LosesPendingActivity
            | Self::LosesEvents
            | Self::LostStatesComeAgain => {}
        }
    }

    /// What a driver asks for instead of what it was told to.
    pub fn misdirect(self, effect: &mut Effect) {
        match (self, effect) {
            (Self::ClaimFreedTooEarly, Effect::Store(StoreEffect::Put(put)))
                if put.body.intent == Intent::Stopped && put.port == PortChange::Keep =>
            {
                let rest = Duration::ZERO;
                put.port = PortChange::Free { rest };
            }
            _ => {}
        }
    }

    /// What the engine is asked for in place of this effect. `made_as` tells under which name a
    /// container was made.
    pub fn divert(
        self,
        effect: &EngineEffect,
        engine: &Engine,
        made_as: impl Fn(&ContainerId) -> Option<String>,
    ) -> Option<EngineEffect> {
        let by_name = |container: &ContainerId| {
            let name = made_as(container)?;
            Some(engine.find(&name).ok()?.id().clone())
        };
        match (self, effect) {
            (Self::NameBySubstring, EngineEffect::Inspect(ContainerRef::Name(name))) => {
                let mut containers = engine.containers();
                let found =
                    containers.find(|container| container.name().contains(name.as_str()))?;
                let id = found.id().clone();
                Some(EngineEffect::Inspect(ContainerRef::Id(id)))
            }
            (Self::ContainerByName, EngineEffect::Start { container }) => {
                let container = by_name(container)?;
                Some(EngineEffect::Start { container })
            }
            (Self::ContainerByName, EngineEffect::Stop { container, grace }) => {
                let (container, grace) = (by_name(container)?, *grace);
                Some(EngineEffect::Stop { container, grace })
            }
            (Self::ContainerByName, EngineEffect::Remove { container }) => {
                let container = by_name(container)?;
                Some(EngineEffect::Remove { container })
            }
            _ => None,
        }
    }

    /// What the engine's answer is taken for, to what it was to be asked.
    pub fn misread(self, asked: &EngineEffect, outcome: &mut EngineOutcome) {
        if let (
            Self::NameBySubstring,
            EngineEffect::Inspect(ContainerRef::Name(name)),
            EngineOutcome::Found(found),
        ) = (self, asked, outcome)
        {
            found.name.clone_from(name);
        }
    }
}
