//! The host's ports, and who has them.

use std::collections::BTreeMap;
use std::net::IpAddr;

use portreeve_core::id::Port;

use super::numbers::No;
use super::spec::{Binding, Protocol};

/// Where the engine looks for a port when it is to choose one.
const EPHEMERAL: std::ops::RangeInclusive<u16> = 32768..=60999;

/// Who has a port.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Holder {
    /// A container.
    Container(No),
    /// A process that isn't the engine's.
    Stranger,
}

/// The host's ports that are in use.
#[derive(Clone, Default, Debug)]
pub(super) struct Ports {
    taken: BTreeMap<(u16, Protocol), Vec<(IpAddr, Holder)>>,
    /// Where the last one was chosen.
    chosen: u16,
}

impl Ports {
    /// Who has this port, so that nobody else can listen on it at that address.
    pub(super) fn holder(&self, port: u16, protocol: Protocol, address: IpAddr) -> Option<Holder> {
        let taken = self.taken.get(&(port, protocol))?;
        let clashes = |other: &IpAddr| {
            *other == address
                || (other.is_ipv4() == address.is_ipv4()
                    && (other.is_unspecified() || address.is_unspecified()))
        };
        let found = taken.iter().find(|(other, _)| clashes(other));
        found.map(|(_, holder)| *holder)
    }

    /// All that are in use, and who has them.
    #[cfg(feature = "model-checking")]
    pub(super) fn taken(&self) -> impl Iterator<Item = (u16, Protocol, &[(IpAddr, Holder)])> {
        let taken = self.taken.iter();
        taken.map(|((port, protocol), holders)| (*port, *protocol, holders.as_slice()))
    }

    pub(super) fn take(&mut self, port: Port, protocol: Protocol, address: IpAddr, by: Holder) {
        let taken = self.taken.entry((port.get(), protocol)).or_default();
        taken.push((address, by));
    }

    /// Gives back what somebody had on one address, or on all of theirs.
    pub(super) fn give_back(
        &mut self,
        port: Port,
        protocol: Protocol,
        address: Option<IpAddr>,
        by: Holder,
    ) {
        let key = (port.get(), protocol);
        if let Some(taken) = self.taken.get_mut(&key) {
            taken.retain(|(other, holder)| {
                *holder != by || address.is_some_and(|address| address != *other)
            });
            if taken.is_empty() {
                self.taken.remove(&key);
            }
        }
    }

    pub(super) fn choose_from(&mut self, port: Port) {
        self.chosen = port.get() - 1;
    }

    /// A port for a container that didn't name one; `None` when none is left.
    pub(super) fn choose(&mut self, binding: &Binding) -> Option<Port> {
        let count = u32::from(EPHEMERAL.end() - EPHEMERAL.start()) + 1;
        let mut candidate = self.chosen;
        for _ in 0..count {
            candidate = match candidate.checked_add(1) {
                Some(next) if EPHEMERAL.contains(&next) => next,
                _ => *EPHEMERAL.start(),
            };
            if self
                .holder(candidate, binding.protocol, binding.address)
                .is_none()
            {
                self.chosen = candidate;
                return Port::new(candidate);
            }
        }
        None
    }
}
