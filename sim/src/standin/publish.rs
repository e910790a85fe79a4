//! Taking, opening and closing the ports that containers are published on, as the engine says.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};

use portreeve_core::id::Port;

use super::gateway;
use super::state::{Shared, State};
use crate::api::Request;
use crate::engine::{Binding, Container, No, Protocol};

/// Ports that were found taken by somebody else.
pub(super) struct Reserved(Vec<(IpAddr, Port)>);

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// The container that a request would start.
fn starts(request: Request<'_>) -> Option<&str> {
    let path = request.target.split('?').next()?;
    let (_, rest) = path.split_once("/containers/")?;
    let (name, act) = rest.split_once('/')?;
    let starts = request.method == "POST" && matches!(act, "start" | "restart");
    starts.then_some(name)
}

impl State {
    /// Takes the ports that a request is about to need, so that the engine knows which of them
    /// somebody else has.
    pub(super) fn reserve(&mut self, request: Request<'_>) -> Reserved {
        let mut taken = Reserved(Vec::new());
        let Some(Ok(container)) = starts(request).map(|name| self.api.engine().find(name)) else {
            return taken;
        };
        if container.is_running() {
            return taken;
        }
        let spec = std::sync::Arc::clone(container.spec());
        for binding in spec
            .bindings
            .iter()
            .filter(|it| it.protocol == Protocol::Tcp)
        {
            let port = binding.outside.map_or(0, Port::get);
            let address = SocketAddr::new(binding.address, port);
            if self.ports.open.contains_key(&address) {
                continue;
            }
            match (listen(address), binding.outside) {
                (Ok(listener), outside) => self.reserve_one(binding, outside, listener),
                (Err(_), Some(port)) => {
                    let engine = self.api.engine_mut();
                    if engine.occupy_port_at(binding.address, port) {
                        taken.0.push((binding.address, port));
                    }
                }
                (Err(_), None) => {}
            }
        }
        taken
    }

    fn reserve_one(&mut self, binding: &Binding, outside: Option<Port>, listener: TcpListener) {
        let Ok(address) = listener.local_addr() else {
            return;
        };
        if outside.is_none()
            && let Some(port) = Port::new(address.port())
        {
            self.api.engine_mut().choose_port_from(port);
        }
        let address = SocketAddr::new(binding.address, address.port());
        self.ports.reserved.insert(address, listener);
    }

    /// Forgets who had which port: that may be another the next time.
    pub(super) fn release(&mut self, reserved: Reserved) {
        for (address, port) in reserved.0 {
            self.api.engine_mut().release_port_at(address, port);
        }
    }

    /// Opens what containers are published on, and closes what none is any more.
    pub(super) fn open_ports(&mut self, shared: &Shared) {
        let mut wanted: BTreeSet<(SocketAddr, No)> = BTreeSet::new();
        for container in self.api.engine().containers() {
            wanted.extend(published(container));
        }
        let ports = &mut self.ports;
        ports.open.retain(|address, (no, task)| {
            let stays = wanted.contains(&(*address, *no));
            if !stays {
                task.abort();
                // Put aside to be waited for; what is left here ends at once.
                ports
                    .closing
                    .push(std::mem::replace(task, tokio::spawn(async {})));
            }
            stays
        });
        for (address, no) in wanted {
            if ports.open.contains_key(&address) {
                continue;
            }
            let listener = match ports.reserved.remove(&address) {
                Some(listener) => Ok(listener),
                None => listen(address),
            };
            // Where somebody else has it, that is tried again when something happens.
            let opened = listener.and_then(tokio::net::TcpListener::from_std);
            if let Ok(listener) = opened {
                let task = tokio::spawn(gateway::accept(shared.clone(), listener, no));
                ports.open.insert(address, (no, task));
            }
        }
        ports.reserved.clear();
    }
}

fn published(container: &Container) -> impl Iterator<Item = (SocketAddr, No)> {
    let no = container.no();
    let tcp = |binding: &&Binding| binding.protocol == Protocol::Tcp;
    container
        .bound()
        .iter()
        .filter(tcp)
        .filter_map(move |binding| {
            let port = binding.outside?;
            Some((SocketAddr::new(binding.address, port.get()), no))
        })
}
