//! The ports of one engine: who claims each, and until when it rests.

use std::collections::{BTreeMap, BTreeSet};

use portreeve_core::bounds::LONGEST_REST;
use portreeve_core::id::{Port, PortRange, RecordId};
use portreeve_core::time::Instant;

use super::table::is_over;

/// The ports of one engine.
#[derive(Clone, Debug, Default)]
pub(super) struct Ports {
    /// All that are known.
    known: BTreeSet<Port>,
    claims: BTreeMap<Port, RecordId>,
    by_record: BTreeMap<RecordId, Port>,
    /// Nobody's, and rested when last looked at.
    free: BTreeSet<Port>,
    /// Nobody's, and resting until then.
    resting: BTreeSet<(Instant, Port)>,
}

impl Ports {
    /// Adds the ports of the range that aren't known yet.
    pub(super) fn add(&mut self, range: PortRange, now: Instant) {
        for number in range.first().get()..=range.last().get() {
            if let Some(port) = Port::new(number)
                && self.known.insert(port)
            {
                self.resting.insert((now, port));
            }
        }
    }

    /// The port that the record claims.
    pub(super) fn of(&self, record: RecordId) -> Option<Port> {
        self.by_record.get(&record).copied()
    }

    pub(super) fn claimant(&self, port: Port) -> Option<RecordId> {
        self.claims.get(&port).copied()
    }

    pub(super) fn claimed(&self) -> usize {
        self.claims.len()
    }

    /// The lowest port of the range that is nobody's and has rested.
    pub(super) fn lowest(&mut self, range: PortRange, now: Instant) -> Option<Port> {
        while let Some(&(until, port)) = self.resting.first()
            && until <= now
        {
            self.resting.pop_first();
            self.free.insert(port);
        }
        while let Some(&(until, port)) = self.resting.last()
            && is_over(until, now, LONGEST_REST)
        {
            self.resting.pop_last();
            self.free.insert(port);
        }
        self.free
            .range(range.first()..=range.last())
            .next()
            .copied()
    }

    /// Has the record claim that port, which is nobody's or its own, in place of any other.
    pub(super) fn claim(&mut self, record: RecordId, port: Port) {
        self.known.insert(port);
        // It is among the one or the other, or neither.
        if !self.free.remove(&port) {
            self.resting.retain(|(_, resting)| *resting != port);
        }
        self.claims.insert(port, record);
        self.by_record.insert(record, port);
    }

    /// Frees what the record claims; nobody claims it before `free_at`.
    pub(super) fn free(&mut self, record: RecordId, free_at: Instant) {
        if let Some(port) = self.by_record.remove(&record) {
            self.claims.remove(&port);
            self.resting.insert((free_at, port));
        }
    }

    /// Those that are nobody's: which, and until when each rests or has rested.
    #[cfg(feature = "model-checking")]
    pub(super) fn idle(&self) -> impl Iterator<Item = (Port, Instant)> {
        let rest: BTreeMap<Port, Instant> =
            self.resting.iter().map(|(at, port)| (*port, *at)).collect();
        let idle: BTreeSet<Port> = self.free.iter().chain(rest.keys()).copied().collect();
        let rested = Instant::ORIGIN;
        idle.into_iter()
            .map(move |port| (port, rest.get(&port).copied().unwrap_or(rested)))
    }

    /// How many ports of the range are known.
    pub(super) fn known_in(&self, range: PortRange) -> u32 {
        let known = self.known.range(range.first()..=range.last()).count();
        u32::try_from(known).unwrap_or(u32::MAX)
    }

    /// When the first of those in the range is free that rest.
    pub(super) fn next_free(&self, range: PortRange) -> Option<Instant> {
        let within = |(_, port): &&(Instant, Port)| range.contains(*port);
        self.resting.iter().find(within).map(|(until, _)| *until)
    }
}
