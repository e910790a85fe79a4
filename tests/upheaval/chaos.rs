//! People interfere: with containers, with names, with ports. And servers are restarted.

use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

use portreeve_tests::engine::Container;
use portreeve_tests::world::World;

use super::chance::Chance;
use super::promises::Ledger;

#[derive(Clone, Copy, Debug)]
enum Deed {
    Kill,
    Stop,
    Remove,
    Rename,
    Pause,
    Disconnect,
    OccupyPort,
}

const DEEDS: &[(Deed, usize)] = &[
    (Deed::Kill, 20),
    (Deed::Stop, 15),
    (Deed::Remove, 15),
    (Deed::Rename, 10),
    (Deed::Pause, 10),
    (Deed::Disconnect, 10),
    (Deed::OccupyPort, 20),
];

/// How long a port stays occupied.
const OCCUPIED: Duration = Duration::from_secs(4);

/// Somebody who interferes.
pub struct Meddler<'a> {
    world: &'a World,
    ledger: &'a Ledger,
    chance: Chance,
    occupied: Vec<(Instant, TcpListener)>,
    done: usize,
}

impl<'a> Meddler<'a> {
    pub fn new(world: &'a World, ledger: &'a Ledger, chance: Chance) -> Self {
        Self {
            world,
            ledger,
            chance,
            occupied: Vec::new(),
            done: 0,
        }
    }

    /// How many deeds were done.
    pub fn done(&self) -> usize {
        self.done
    }

    /// Does something. What can't be done just now, such as while the engine is away, is left.
    pub fn meddle(&mut self, ports: (u16, u16)) {
        self.occupied
            .retain(|(since, _)| since.elapsed() < OCCUPIED);
        let deed = self.chance.weighed(DEEDS);
        if let Deed::OccupyPort = deed {
            let count = usize::from(ports.1 - ports.0) + 1;
            let offset = u16::try_from(self.chance.below(count)).expect("a port");
            if let Ok(held) = TcpListener::bind((Ipv4Addr::LOCALHOST, ports.0 + offset)) {
                self.occupied.push((Instant::now(), held));
                self.done += 1;
            }
            return;
        }
        let ids = self.world.try_ids().unwrap_or_default();
        if ids.is_empty() {
            return;
        }
        let id = &ids[self.chance.below(ids.len())];
        let found = self.world.engine.try_container(id);
        if let Some((container, user)) =
            found.and_then(|found| Some((found.clone(), found.label("portreeve.user")?)))
        {
            let _disturbed = self.ledger.disturb(&user);
            self.done += usize::from(self.do_to(&container, deed));
        }
    }

    fn do_to(&mut self, container: &Container, deed: Deed) -> bool {
        let (engine, id) = (&self.world.engine, container.id());
        self.world
            .note(format!("somebody does {deed:?} to {}", container.name()));
        match deed {
            Deed::Kill => engine.try_post(&format!("/containers/{id}/kill")),
            Deed::Stop => engine.try_post(&format!("/containers/{id}/stop?t=1")),
            Deed::Remove => engine.try_delete(&format!("/containers/{id}?force=1")),
            Deed::Rename => {
                let name = format!("{}-elsewhere-{}", self.world.plan().prefix, self.done);
                engine.try_post(&format!("/containers/{id}/rename?name={name}"))
            }
            Deed::Pause => engine.try_post(&format!("/containers/{id}/pause")),
            Deed::Disconnect => {
                let network = &self.world.plan().network;
                engine.try_disconnect(network, &id)
            }
            Deed::OccupyPort => false,
        }
    }
}
