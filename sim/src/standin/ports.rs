//! The ports of this machine that containers are published on.

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};

use tokio::task::JoinHandle;

use crate::engine::No;

/// What containers listen on, and what is about to be.
#[derive(Default)]
pub(super) struct Ports {
    pub(super) open: BTreeMap<SocketAddr, (No, JoinHandle<()>)>,
    /// Taken for a start that is under way.
    pub(super) reserved: BTreeMap<SocketAddr, TcpListener>,
    /// Told to end, and not ended yet.
    pub(super) closing: Vec<JoinHandle<()>>,
}

impl Ports {
    pub(super) fn take_closing(&mut self) -> Vec<JoinHandle<()>> {
        std::mem::take(&mut self.closing)
    }
}
