//! What another try may mend: so many of each kind, and the run fails with the engine's words.

use crate::projection::project;

/// Why a start, or a purge, failed that may succeed the next time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Setback {
    /// Nobody knows what came of it, and the container is idle after.
    Unclear,
    /// Something of the container's name is on its network still. Engines may take a while to take
    /// it off.
    Crowded,
    /// The host port is in use by something else.
    PortTaken,
    /// The container's network is gone.
    NetworkGone,
    /// The volume that a purge removes is mounted by a container that isn't ours: one of ours that is
    /// being removed lets go of it within a moment.
    VolumeInUse,
}

impl Setback {
    /// So many of them make the run fail.
    fn limit(self) -> u32 {
        match self {
            Self::Unclear | Self::NetworkGone | Self::VolumeInUse => 3,
            Self::Crowded | Self::PortTaken => 5,
        }
    }
}

/// How often each has happened in a run.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Setbacks {
    unclear: u32,
    crowded: u32,
    port_taken: u32,
    network_gone: u32,
    volume_in_use: u32,
    /// One has, of these or any other.
    any: bool,
}

project!(struct Setbacks { unclear, crowded, port_taken, network_gone, volume_in_use, any });

impl Setbacks {
    /// The engine was reached, and didn't do what it was asked for.
    pub(crate) fn note(&mut self) {
        self.any = true;
    }

    /// Whether there was one.
    pub(crate) fn any(&self) -> bool {
        self.any
    }

    /// Counts one more; how many tries are left.
    pub(crate) fn count(&mut self, setback: Setback) -> u32 {
        let count = match setback {
            Setback::Unclear => &mut self.unclear,
            Setback::Crowded => &mut self.crowded,
            Setback::PortTaken => &mut self.port_taken,
            Setback::NetworkGone => &mut self.network_gone,
            Setback::VolumeInUse => &mut self.volume_in_use,
        };
        *count = count.saturating_add(1);
        setback.limit().saturating_sub(*count)
    }
}
