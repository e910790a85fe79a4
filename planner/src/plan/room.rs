//! What a run has to be used: starts at once, users who run, ports.

use portreeve_core::id::{Port, PortRange};
use portreeve_core::settings::Settings;

/// What is there to be used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Room {
    /// For how many starts each controller has the engine work at once.
    pub starting: u32,
    /// How many users may be starting or running.
    pub running: Option<u32>,
    /// The ports to claim from.
    pub ports: PortRange,
}

/// More starts at once than any plan comes to.
const NO_LIMIT: u32 = 10_000_000;

impl Room {
    /// As it is configured.
    pub fn of(settings: &Settings) -> Self {
        Self {
            starting: settings.limits.starting,
            running: settings.limits.running,
            ports: settings.ports,
        }
    }

    /// No limit but that ports are numbers from 1024 to 65535.
    pub fn unlimited() -> Self {
        Self {
            starting: NO_LIMIT,
            running: None,
            ports: range(1024, 64_512),
        }
    }
}

/// So many ports, from `first` on where they fit there; else from as far below as it takes.
pub(super) fn range(first: u16, count: u32) -> PortRange {
    let last = (u32::from(first) + count.max(1) - 1).min(u32::from(u16::MAX));
    let first = (last + 1).saturating_sub(count.max(1)).max(1);
    let port = |number: u32| u16::try_from(number).ok().and_then(Port::new);
    port(first)
        .zip(port(last))
        .and_then(|(first, last)| PortRange::new(first, last))
        .unwrap_or(PortRange::DEFAULT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_as_many_ports_as_it_is_to_have() {
        for (first, count, expected) in [
            (19_000, 10, (19_000, 19_009)),
            (65_530, 6, (65_530, 65_535)),
            (65_530, 10, (65_526, 65_535)),
            (19_000, 0, (19_000, 19_000)),
        ] {
            let range = range(first, count);
            let found = (range.first().get(), range.last().get());
            assert_eq!(found, expected);
        }
    }
}
