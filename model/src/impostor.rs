//! Another engine that answers at the engine's address: it has the network, and nothing of anybody's.

use portreeve_core::effect::{EngineEffect, Fence};
use portreeve_core::id::{EngineId, NetworkId};
use portreeve_core::network::Network;
use portreeve_core::outcome::EngineOutcome;
use portreeve_sim::occurrence::Occurrence;
use portreeve_sim::sabotage::Sabotage;

use crate::scene::{Meddling, Scene};
use crate::state::{Stage, State};

impl Scene {
    /// Whether another engine may come to answer, so that it matters when it is asked which it is.
    pub(crate) fn swaps_engines(&self) -> bool {
        self.meddling.contains(&Meddling::SwapEngine)
    }
}

impl State {
    /// Another engine answers from now on, or the right one again. All connections are closed.
    pub(crate) fn swap_engine(&mut self, swapped: bool) {
        // The first engine that a controller meets becomes the installation's own, so there must be one.
        if self.swapped == swapped || self.store.known_engine().is_none() {
            return;
        }
        self.swapped = swapped;
        for which in 0..self.controllers.len() {
            for in_flight in &mut self.controller(which).in_flight {
                if let Stage::Begun(..) = in_flight.stage {
                    let lost = portreeve_core::outcome::Outcome::unclear(
                        &in_flight.issued.effect,
                        "the connection was closed",
                    );
                    in_flight.stage = Stage::Completed(lost);
                }
            }
        }
    }

    /// What the engine that answers now makes of an effect, where it isn't the right one.
    pub(crate) fn swapped(
        &mut self,
        scene: &Scene,
        effect: &EngineEffect,
        fence: &Fence,
    ) -> Option<EngineOutcome> {
        if !self.swapped {
            return None;
        }
        let another = EngineId::new("another");
        let taken_for_the_right_one = scene.sabotage == Some(Sabotage::EngineIdIgnored);
        if fence.engine.is_some() && !taken_for_the_right_one {
            return Some(EngineOutcome::OtherEngine(another));
        }
        self.observe(Occurrence::CarriedOutElsewhere { effect });
        Some(match effect {
            EngineEffect::Identify if taken_for_the_right_one => {
                EngineOutcome::Identified(self.engine.id().clone())
            }
            EngineEffect::Identify => EngineOutcome::Identified(another),
            EngineEffect::List(_) => EngineOutcome::Listed(Vec::new()),
            EngineEffect::ListVolumes(_) => EngineOutcome::Volumes(Vec::new()),
            EngineEffect::FindNetworks { name } => {
                EngineOutcome::Networks(vec![Network::bridge(NetworkId::new(name))])
            }
            _ => EngineOutcome::Absent,
        })
    }
}
