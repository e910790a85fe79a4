//! What the world's engine tells of what happens on it.

use portreeve_core::outcome::{ContainerChange, EngineEvent, EngineOutcome, Outcome};

use super::{Fault, World};

impl World {
    pub(super) fn notice(&mut self, index: usize, change: ContainerChange) {
        let container = &self.containers[index];
        let labels = container.labels.told();
        let (Some(labels), false) = (labels, self.has(Fault::DropsEvents)) else {
            return;
        };
        let event = EngineEvent::Container {
            id: container.id.clone(),
            user: Some(labels.user.clone()),
            change,
        };
        let frozen = self.frozen.iter_mut();
        let others = frozen.map(|other| (other.watch, &mut other.events));
        for (watch, events) in others.chain([(self.watch, &mut self.events)]) {
            if watch.is_some() {
                events.push_back(event.clone());
            }
        }
    }

    /// The stream tells the next of what happened; false if there is nothing to tell.
    pub(super) fn tell_next(&mut self) -> bool {
        match (self.watch, self.events.pop_front()) {
            (Some(_), Some(event)) => {
                self.tell(event);
                true
            }
            (None | Some(_), _) => false,
        }
    }

    /// The stream tells all that happened.
    pub fn settle_events(&mut self) {
        while self.tell_next() {}
    }

    /// The stream breaks off.
    pub fn lose_stream(&mut self) {
        self.events.clear();
        if let Some(watch) = self.watch.take() {
            let lost = Outcome::Engine(EngineOutcome::Unclear("it broke off".into()));
            self.lifecycle
                .handle_outcome(self.now, watch, lost)
                .expect("a watch that was handed out");
        }
    }

    /// Something happens on the engine, and the stream tells of it.
    pub fn tell(&mut self, event: EngineEvent) {
        let watch = self.watch.expect("the stream is open");
        self.lifecycle
            .handle_event(self.now, watch, event)
            .expect("a watch that was handed out");
    }
}
