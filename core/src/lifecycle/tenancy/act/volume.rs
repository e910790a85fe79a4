//! What is asked of the engine about volumes: the user's, and those that a container mounts which is
//! to be adopted.

use alloc::string::{String, ToString};

use crate::effect::{ContainerRef, EngineEffect};
use crate::label;
use crate::lifecycle::context::Context;
use crate::lifecycle::tenancy::state::Tenancy;

impl Tenancy {
    pub(crate) fn ensure_volume(&mut self, cx: &mut Context) {
        if let Some(installation) = cx.installation() {
            let labels = label::volume_pairs(installation, &self.user);
            self.on_volume(cx, |name| EngineEffect::EnsureVolume { name, labels });
        }
    }

    pub(crate) fn on_volume(
        &mut self,
        cx: &mut Context,
        effect: impl FnOnce(String) -> EngineEffect,
    ) {
        if self.engine_slot.is_free(cx.now) {
            let name = self.names.volume.clone();
            self.send_to_engine(cx, effect(name));
        }
    }

    /// Looks at what somebody else's container was made of that has the user's name.
    pub(crate) fn examine(&mut self, cx: &mut Context) {
        if self.engine_slot.is_free(cx.now) {
            let name = self.names.container.clone();
            self.send_to_engine(cx, EngineEffect::Examine(ContainerRef::Name(name)));
        }
    }

    pub(crate) fn examine_volume(&mut self, cx: &mut Context) {
        let examined = self.run.as_ref().and_then(|run| run.aim.examined());
        let unseen = examined.and_then(|examined| examined.next_volume());
        if let Some(name) = unseen.map(ToString::to_string)
            && self.engine_slot.is_free(cx.now)
        {
            self.send_to_engine(cx, EngineEffect::InspectVolume { name });
        }
    }
}
