//! Several controllers on one engine and store: one is at work, the others stand still.

use std::collections::{BTreeMap, VecDeque};

use portreeve_core::{Lifecycle, Seed, Settings};

use super::{Frozen, World};

impl World {
    /// Another controller comes in beside the one at work, which stands still.
    pub fn add_controller(&mut self, seed: u8) {
        self.frozen.push(Frozen {
            lifecycle: Lifecycle::new(
                self.settings.clone(),
                Seed::predictable([seed; 32]),
                self.now,
            ),
            replies: BTreeMap::new(),
            requests: BTreeMap::new(),
            asked: 0,
            pending: Vec::new(),
            watch: None,
            events: VecDeque::new(),
        });
        self.switch(self.frozen.len() - 1);
    }

    /// One that stood still goes on, and the one at work stands still: what it asked for and what
    /// it wanted to be told waits, for however long.
    pub fn switch(&mut self, to: usize) {
        use std::mem::swap;

        let Some(other) = self.frozen.get_mut(to) else {
            return;
        };
        swap(&mut self.lifecycle, &mut other.lifecycle);
        swap(&mut self.replies, &mut other.replies);
        swap(&mut self.requests, &mut other.requests);
        swap(&mut self.asked, &mut other.asked);
        swap(&mut self.pending, &mut other.pending);
        swap(&mut self.watch, &mut other.watch);
        swap(&mut self.events, &mut other.events);
        self.lifecycle.handle_time(self.now).expect("forwards");
    }

    /// How many stand still.
    pub fn frozen(&self) -> usize {
        self.frozen.len()
    }

    /// The controller is gone, with all it knew, and another begins.
    pub fn restart_controller(&mut self, seed: u8) {
        self.pending.clear();
        self.replies.clear();
        self.requests.clear();
        self.asked = 0;
        self.watch = None;
        self.events.clear();
        self.lifecycle = Lifecycle::new(
            self.settings.clone(),
            Seed::predictable([seed; 32]),
            self.now,
        );
    }

    /// The same, with other settings.
    pub fn restart_with(&mut self, seed: u8, differs: impl FnOnce(&mut Settings)) {
        differs(&mut self.settings);
        self.restart_controller(seed);
    }
}
