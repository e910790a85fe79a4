//! Which scene shows which mistake.

use portreeve_sim::sabotage::Sabotage;

use crate::scene::Scene;
use crate::scenes::scenes;

/// The scene, if there is one.
fn shown_by(sabotage: Sabotage) -> Option<&'static str> {
    Some(match sabotage {
        Sabotage::PortClaimNotUnique | Sabotage::ClaimFreedTooEarly => "two-starts",
        Sabotage::NameBySubstring => "names-alike",
        Sabotage::LeaseIgnored => "start-and-stop",
        Sabotage::TouchNotRechecked => "reap",
        Sabotage::SlackLeftOut => "slack",
        Sabotage::DoubtBelievedUndone | Sabotage::ContainerByName => "frozen",
        Sabotage::EngineIdIgnored => "another-engine",
        Sabotage::RecordIdIgnored => "frozen-purge",
        Sabotage::VolumeNotUnique => "shared-volume",
        // Nobody is served without the store where no events vouch for containers; and no store here
        // loses what was written.
        // No decision goes by the event log, so it is left out of the states.
        Sabotage::LosesPendingActivity | Sabotage::LostStatesComeAgain | Sabotage::LosesEvents => {
            return None;
        }
    })
}

/// Each mistake that can be made on purpose and that shows in small worlds, in a scene in which a promise is broken by it.
pub fn sabotages() -> Vec<Scene> {
    let of = |sabotage: Sabotage| {
        let name = shown_by(sabotage)?;
        let scene = scenes().into_iter().find(|scene| scene.name == name)?;
        Some(Scene {
            sabotage: Some(sabotage),
            ..scene
        })
    };
    Sabotage::ALL.into_iter().filter_map(of).collect()
}
