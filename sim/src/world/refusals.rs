//! What the engine says no to for a while, whoever asks, without doing it.

use portreeve_core::effect::EngineEffect;
use portreeve_core::id::NetworkId;
use portreeve_core::network::Network;
use portreeve_core::outcome::EngineOutcome;
use portreeve_core::time::Instant;
use portreeve_core::user::UserId;

use super::spells::Spells;
use crate::script::Refusal;

/// All that it says no to.
pub(super) type Refusals = Spells<Refusal>;

impl Spells<Refusal> {
    /// What the engine says to this effect, which is about that user, if it says no.
    pub(super) fn answer(
        &self,
        now: Instant,
        effect: &EngineEffect,
        user: Option<&UserId>,
    ) -> Option<EngineOutcome> {
        let mut refusals = self.of(now, user).map(|(refusal, _)| *refusal);
        let refusal = refusals.find(|refusal| concerns(*refusal, effect))?;
        Some(outcome(refusal, effect))
    }
}

fn concerns(refusal: Refusal, effect: &EngineEffect) -> bool {
    match refusal {
        Refusal::NetworkInternal => matches!(effect, EngineEffect::FindNetworks { .. }),
        Refusal::NetworkTwice => matches!(
            effect,
            EngineEffect::FindNetworks { .. }
                | EngineEffect::Create(_)
                | EngineEffect::Start { .. }
        ),
        Refusal::VolumeUnclear => matches!(effect, EngineEffect::EnsureVolume { .. }),
        Refusal::CreateNameTaken
        | Refusal::CreateImageGone
        | Refusal::CreateNetworkGone
        | Refusal::CreateConflict
        | Refusal::CreateRefused => matches!(effect, EngineEffect::Create(_)),
        Refusal::StartUnclear
        | Refusal::StartPortTaken
        | Refusal::StartNetworkGone
        | Refusal::StartNetworkFull
        | Refusal::StartEndpointTaken => matches!(effect, EngineEffect::Start { .. }),
        Refusal::StopUnclear => matches!(effect, EngineEffect::Stop { .. }),
        Refusal::RemoveInProgress | Refusal::RemoveUnclear => {
            matches!(effect, EngineEffect::Remove { .. })
        }
    }
}

fn outcome(refusal: Refusal, effect: &EngineEffect) -> EngineOutcome {
    let bridge = |id| Network::bridge(NetworkId::new(id));
    match refusal {
        Refusal::NetworkInternal => EngineOutcome::Networks(vec![Network {
            internal: true,
            ..bridge("internal")
        }]),
        Refusal::NetworkTwice if matches!(effect, EngineEffect::FindNetworks { .. }) => {
            EngineOutcome::Networks(vec![bridge("one"), bridge("other")])
        }
        Refusal::NetworkTwice => {
            EngineOutcome::NoSuchNetwork("network is ambiguous (2 matches)".to_owned())
        }
        Refusal::CreateNameTaken => EngineOutcome::NameTaken("already in use".to_owned()),
        Refusal::CreateImageGone => EngineOutcome::NoSuchImage("No such image".to_owned()),
        Refusal::CreateNetworkGone | Refusal::StartNetworkGone => {
            EngineOutcome::NoSuchNetwork("network not found".to_owned())
        }
        Refusal::CreateConflict => EngineOutcome::Conflict("not now".to_owned()),
        Refusal::CreateRefused => EngineOutcome::Refused("never".to_owned()),
        Refusal::StartPortTaken => EngineOutcome::PortTaken("already allocated".to_owned()),
        Refusal::StartNetworkFull => EngineOutcome::NetworkFull("exchange full".to_owned()),
        Refusal::StartEndpointTaken => EngineOutcome::EndpointTaken("already exists".to_owned()),
        Refusal::RemoveInProgress => EngineOutcome::RemovalInProgress,
        Refusal::VolumeUnclear
        | Refusal::StartUnclear
        | Refusal::StopUnclear
        | Refusal::RemoveUnclear => EngineOutcome::Unclear("something is wrong".to_owned()),
    }
}
