//! Which record has which port.

use std::collections::BTreeMap;
use std::time::Duration;

use portreeve_core::bounds::LONGEST_REST;
use portreeve_core::effect::PortChange;
use portreeve_core::id::{EngineName, Port, PortRange, RecordId};
use portreeve_core::outcome::StoreOutcome;

use super::time::{Time, after, is_over, span};

/// All ports that are known, by engine and number.
#[derive(Default)]
pub(super) struct Ports(BTreeMap<(EngineName, Port), Claim>);

struct Claim {
    /// Whose it is.
    record: Option<RecordId>,
    /// Until when it rests, while it is nobody's.
    free_at: Time,
}

impl Ports {
    /// Adds those of a range that aren't there yet.
    pub(super) fn add(&mut self, engine: &EngineName, range: PortRange, now: Time) {
        for port in range.first().get()..=range.last().get() {
            if let Some(port) = Port::new(port) {
                let claim = self.0.entry((engine.clone(), port));
                claim.or_insert(Claim {
                    record: None,
                    free_at: now,
                });
            }
        }
    }

    /// The port that a record has.
    pub(super) fn claim_of(&self, record: RecordId) -> Option<Port> {
        let mut claims = self.0.iter();
        let ((_, port), _) = claims.find(|(_, claim)| claim.record == Some(record))?;
        Some(*port)
    }

    /// A record gives its port up, which rests until then.
    pub(super) fn drop_claim(&mut self, record: RecordId, until: Time) {
        for claim in self.0.values_mut() {
            if claim.record == Some(record) {
                claim.record = None;
                claim.free_at = until;
            }
        }
    }

    /// Does what a write wants done about the record's port, or changes nothing and tells why.
    pub(super) fn change(
        &mut self,
        engine: &EngineName,
        record: RecordId,
        change: PortChange,
        now: Time,
    ) -> Result<(), StoreOutcome> {
        let (new, rest) = match change {
            PortChange::Keep => return Ok(()),
            PortChange::Free { rest } => (None, rest),
            PortChange::Claim(_) if self.claim_of(record).is_some() => return Ok(()),
            PortChange::Claim(range) => {
                (Some(self.lowest_free(engine, range, now)?), Duration::ZERO)
            }
            PortChange::Replace { range, quarantine } => {
                (Some(self.lowest_free(engine, range, now)?), quarantine)
            }
            PortChange::Take(port) => (
                Some(self.unclaimed(engine, record, port, now)?),
                Duration::ZERO,
            ),
        };
        self.drop_claim(record, after(now, rest));
        if let Some(port) = new {
            let claim = Claim {
                record: Some(record),
                free_at: now,
            };
            self.0.insert((engine.clone(), port), claim);
        }
        Ok(())
    }

    fn lowest_free(
        &self,
        engine: &EngineName,
        range: PortRange,
        now: Time,
    ) -> Result<Port, StoreOutcome> {
        let mut claims = self.of(engine, range);
        claims
            .find(|(_, claim)| claim.record.is_none() && is_over(claim.free_at, now, LONGEST_REST))
            .map(|(port, _)| port)
            .ok_or_else(|| self.no_port(engine, range, now))
    }

    fn unclaimed(
        &self,
        engine: &EngineName,
        record: RecordId,
        port: Port,
        now: Time,
    ) -> Result<Port, StoreOutcome> {
        let claim = self.0.get(&(engine.clone(), port));
        match claim.and_then(|claim| claim.record) {
            Some(other) if other != record => {
                let range = PortRange::new(port, port).unwrap_or(PortRange::DEFAULT);
                Err(self.no_port(engine, range, now))
            }
            Some(_) | None => Ok(port),
        }
    }

    fn no_port(&self, engine: &EngineName, range: PortRange, now: Time) -> StoreOutcome {
        let known = self.of(engine, range).count();
        let resting = self.of(engine, range);
        let resting = resting.filter(|(_, claim)| claim.record.is_none());
        StoreOutcome::NoPort {
            known: u32::try_from(known).unwrap_or(u32::MAX),
            free_in: resting.map(|(_, claim)| span(now, claim.free_at)).min(),
        }
    }

    /// Those of an engine in a range that are known, lowest first.
    fn of(&self, engine: &EngineName, range: PortRange) -> impl Iterator<Item = (Port, &Claim)> {
        let ends = (engine.clone(), range.first())..=(engine.clone(), range.last());
        self.0.range(ends).map(|((_, port), claim)| (*port, claim))
    }
}
