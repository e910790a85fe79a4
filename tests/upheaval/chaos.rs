//! People interfere: with containers, with names, with ports. And servers are restarted.

use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

use portreeve_tests::engine::Container;
use portreeve_tests::world::World;

use super::chance::Chance;
use super::promises::Ledger;

#[derive(Clone, Copy, Debug)]
enum ChaosAction {
    Kill,
    Stop,
    Remove,
    Rename,
    Pause,
    Disconnect,
    OccupyPort,
}

const ACTIONS: &[(ChaosAction, usize)] = &[
    (ChaosAction::Kill, 20),
    (ChaosAction::Stop, 15),
    (ChaosAction::Remove, 15),
    (ChaosAction::Rename, 10),
    (ChaosAction::Pause, 10),
    (ChaosAction::Disconnect, 10),
    (ChaosAction::OccupyPort, 20),
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

    /// How many actions were done.
    pub fn done(&self) -> usize {
        self.done
    }

    /// Does something. What can't be done just now, such as while the engine is away, is left.
    pub fn meddle(&mut self, ports: (u16, u16)) {
        self.occupied
            .retain(|(since, _)| since.elapsed() < OCCUPIED);
        let action = self.chance.weighed(ACTIONS);
        if let ChaosAction::OccupyPort = action {
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
            self.done += usize::from(self.do_to(&container, action));
        }
    }

    fn do_to(&mut self, container: &Container, action: ChaosAction) -> bool {
        let (engine, id) = (&self.world.engine, container.id());
        self.world
            .note(format!("somebody does {action:?} to {}", container.name()));
        match action {
            ChaosAction::Kill => engine.try_post(&format!("/containers/{id}/kill")),
            ChaosAction::Stop => engine.try_post(&format!("/containers/{id}/stop?t=1")),
            ChaosAction::Remove => engine.try_delete(&format!("/containers/{id}?force=1")),
            ChaosAction::Rename => {
                let name = format!("{}-elsewhere-{}", self.world.plan().prefix, self.done);
                engine.try_post(&format!("/containers/{id}/rename?name={name}"))
            }
            ChaosAction::Pause => engine.try_post(&format!("/containers/{id}/pause")),
            ChaosAction::Disconnect => {
                let network = &self.world.plan().network;
                engine.try_disconnect(network, &id)
            }
            ChaosAction::OccupyPort => false,
        }
    }
}
