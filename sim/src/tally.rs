//! What is counted while a world goes on.

use portreeve_core::command::Reply;

/// Counts.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// Things that happened in the world: effects' departures and arrivals, events, deadlines.
    pub steps: u64,
    /// Effects that were sent.
    pub effects: u64,
    /// Effects that were not sent, since it was too late for that.
    pub expired: u64,
    /// Effects with which something went wrong.
    pub faults: u64,
    /// Commands that were asked for.
    pub commands: u64,
    /// Commands that were answered.
    pub answers: u64,
    /// Commands that were answered with a failure.
    pub failures: u64,
    /// Commands that were answered while the store didn't answer, with the word that it is to be told.
    pub pending: u64,
    /// Things that were done to the world.
    pub chaos_actions: u64,
}

impl Tally {
    /// Counts what was counted elsewhere, too.
    pub fn add(&mut self, other: &Self) {
        self.steps += other.steps;
        self.effects += other.effects;
        self.expired += other.expired;
        self.faults += other.faults;
        self.commands += other.commands;
        self.answers += other.answers;
        self.failures += other.failures;
        self.pending += other.pending;
        self.chaos_actions += other.chaos_actions;
    }

    pub(crate) fn answered(&mut self, reply: &Reply) {
        self.answers += 1;
        self.failures += u64::from(matches!(reply, Reply::Failed(_)));
        self.pending += u64::from(match reply {
            Reply::Ensured(endpoint) => endpoint.pending,
            Reply::Touched(touched) => touched.pending,
            _ => false,
        });
    }
}
