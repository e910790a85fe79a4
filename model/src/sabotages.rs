//! Which scene shows which mistake.

use portreeve_sim::sabotage::Sabotage;

use crate::scene::Scene;
use crate::scenes::scenes;

/// Each mistake that can be made on purpose, in a scene in which a promise is broken by it.
pub fn sabotages() -> Vec<Scene> {
    let shown_by = |sabotage| match sabotage {
        Sabotage::PortClaimNotUnique | Sabotage::ClaimFreedTooEarly => "two-starts",
        Sabotage::NameBySubstring => "names-alike",
        Sabotage::LeaseIgnored => "start-and-stop",
        Sabotage::TouchNotRechecked => "reap",
        Sabotage::SlackLeftOut => "slack",
        Sabotage::DoubtBelievedUndone | Sabotage::ContainerByName => "frozen",
        Sabotage::EngineIdIgnored => "another-engine",
        Sabotage::RecordIdIgnored => "frozen-purge",
        Sabotage::VolumeNotUnique => "shared-volume",
    };
    let of = |sabotage: Sabotage| {
        let mut scenes = scenes().into_iter();
        let scene = scenes.find(|scene| scene.name == shown_by(sabotage))?;
        Some(Scene {
            sabotage: Some(sabotage),
            ..scene
        })
    };
    Sabotage::ALL.into_iter().filter_map(of).collect()
}
