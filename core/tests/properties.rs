//! What holds for all inputs, not for the ones somebody thought of.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use portreeve_core::command::{Command, Problem, Remedy, Reply};
use portreeve_core::id::{PortRange, RecordId};
use portreeve_core::name::Naming;
use portreeve_core::observed::{ContainerState, Observed};
use portreeve_core::token::{Key, Keyring, SealedToken, Token, TokenError, TokenOf};
use portreeve_core::user::UserId;
use proptest::prelude::*;

use crate::world::{Fault, World};

/// Something that happens in the world.
#[derive(Clone, Debug)]
enum Event {
    Ensure(u8),
    Stop(u8),
    Touch(u8),
    Restart(u8),
    Purge(u8),
    Rotate(u8),
    Reap,
    Repair,
    Health,
    Limit(u8, u8),
    /// Somebody kills, removes or renames a container, or takes a port.
    Kill(u8),
    Remove(u8),
    Rename(u8),
    Occupy(u16),
    LoseAnswer(&'static str),
    EngineAway(bool),
    StoreAway(bool),
    LoseStream,
    DropEvents(bool),
    Sleep(u16),
    RestartController,
    /// The controller at work stands still, and another goes on.
    Switch(u8),
    /// One effect is carried out: the one with this number of those that wait, so that outcomes
    /// come in any order.
    Turn(u8),
}

fn event() -> impl Strategy<Value = Event> {
    let answer = prop_oneof![
        Just("engine: start"),
        Just("engine: stop"),
        Just("engine: remove"),
        Just("store: delete"),
    ];
    prop_oneof![
        4 => (0..4u8).prop_map(Event::Ensure),
        2 => (0..4u8).prop_map(Event::Stop),
        1 => (0..4u8).prop_map(Event::Touch),
        1 => (0..4u8).prop_map(Event::Restart),
        1 => (0..4u8).prop_map(Event::Purge),
        1 => (0..4u8).prop_map(Event::Rotate),
        1 => Just(Event::Reap),
        1 => Just(Event::Repair),
        1 => Just(Event::Health),
        1 => (0..4u8, 0..3u8).prop_map(|(user, limit)| Event::Limit(user, limit)),
        1 => (0..8u8).prop_map(Event::Kill),
        1 => (0..8u8).prop_map(Event::Remove),
        1 => (0..8u8).prop_map(Event::Rename),
        1 => (19000..19004u16).prop_map(Event::Occupy),
        1 => answer.prop_map(Event::LoseAnswer),
        1 => any::<bool>().prop_map(Event::EngineAway),
        1 => any::<bool>().prop_map(Event::StoreAway),
        1 => Just(Event::LoseStream),
        1 => any::<bool>().prop_map(Event::DropEvents),
        1 => (0..500u16).prop_map(Event::Sleep),
        1 => (0..20_000u16).prop_map(Event::Sleep),
        1 => Just(Event::RestartController),
        4 => any::<u8>().prop_map(Event::Switch),
        20 => any::<u8>().prop_map(Event::Turn),
    ]
}

fn user(number: u8) -> UserId {
    let ids = ["1", "10", "A", "a"];
    UserId::new(ids[usize::from(number) % ids.len()]).expect("valid")
}

fn happen(world: &mut World, event: &Event, restarts: &mut u8) {
    let count = world.containers.len();
    let pick = |number: &u8| (count > 0).then(|| usize::from(*number) % count.max(1));
    match event {
        Event::Ensure(number) => drop(world.command(Command::Ensure(user(*number)))),
        Event::Stop(number) => drop(world.command(Command::Stop(user(*number)))),
        Event::Touch(number) => drop(world.command(Command::Touch(user(*number)))),
        Event::Restart(number) => drop(world.command(Command::Restart(user(*number)))),
        Event::Purge(number) => drop(world.command(Command::Purge(user(*number)))),
        Event::Rotate(number) => drop(world.command(Command::Rotate(user(*number)))),
        Event::Reap => drop(world.command(Command::Reap)),
        Event::Repair => drop(world.command(Command::Repair { dry_run: false })),
        Event::Health => drop(world.command(Command::Health)),
        Event::Limit(number, limit) => {
            let limit = [None, Some(0), Some(7)][usize::from(*limit)].map(Duration::from_secs);
            world.command(Command::LimitIdle(user(*number), limit));
        }
        Event::Kill(number) => {
            if let Some(index) = pick(number) {
                world.kill(index);
            }
        }
        Event::Remove(number) => {
            if let Some(index) = pick(number) {
                world.remove(index);
            }
        }
        Event::Rename(number) => {
            if let Some(index) = pick(number) {
                world.rename(index, format!("renamed-{number}"));
            }
        }
        Event::Occupy(port) => {
            // What one of ours runs on can't be taken.
            let ours = world
                .containers
                .iter()
                .any(|container| container.port().is_some_and(|known| known.get() == *port));
            if !ours && world.occupied.is_empty() {
                world.occupied.push(*port);
            }
        }
        Event::LoseAnswer(call) => world.lose_answer_to = Some(call),
        Event::EngineAway(away) => world.set(Fault::EngineAway, *away),
        Event::StoreAway(away) => world.set(Fault::StoreAway, *away),
        Event::LoseStream => world.lose_stream(),
        Event::DropEvents(drops) => world.set(Fault::DropsEvents, *drops),
        Event::Sleep(millis) => world.sleep(Duration::from_millis(u64::from(*millis))),
        Event::RestartController => {
            *restarts += 1;
            world.restart_controller(*restarts);
        }
        Event::Switch(number) => {
            if world.frozen() > 0 {
                world.switch(usize::from(*number) % world.frozen());
            }
        }
        Event::Turn(number) => world.turn_any(usize::from(*number)),
    }
}

/// `PROPTEST_CASES` says how many cases there are; 512 otherwise.
fn cases() -> u32 {
    let said = std::env::var("PROPTEST_CASES").ok();
    said.and_then(|cases| cases.parse().ok()).unwrap_or(512)
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'
}

/// One port, one container.
fn check_ports(world: &World) -> Result<(), TestCaseError> {
    let mut running = BTreeMap::new();
    for container in &world.containers {
        if container.state == ContainerState::Running
            && let Some(port) = container.port()
        {
            let before = running.insert(port, &container.id);
            prop_assert!(
                before.is_none(),
                "port {port} runs twice: {:#?}",
                world.calls
            );
        }
    }
    let claims = world.claims();
    for (owner, port) in &claims {
        let bound =
            |container: &&Observed| container.port().is_some_and(|known| known.get() == *port);
        let known = world.containers.iter().filter(bound);
        for container in known.filter(|container| !is_lost(world, container)) {
            let labels = container.labels.told().expect("ours");
            prop_assert_eq!(
                &labels.user,
                owner,
                "the claim on {} was freed while {:?} exists: {:#?}",
                port,
                container,
                world.calls
            );
        }
    }
    let ports: BTreeSet<_> = claims.iter().map(|(_, port)| port).collect();
    prop_assert_eq!(ports.len(), claims.len(), "a port is claimed twice");
    Ok(())
}

/// Nothing tells it from a copy: somebody renamed it while no record named it, and none does yet.
fn is_lost(world: &World, container: &Observed) -> bool {
    world.renamed_unrecorded.contains(&container.id) && !world.is_recorded(&container.id)
}

/// Those containers are told of and left alone that nothing tells from copies: a person removes them.
fn remove_lost(world: &mut World, repaired: &Reply) -> Result<(), TestCaseError> {
    let Reply::Repaired(findings) = repaired else {
        return Err(TestCaseError::fail(format!("not repaired: {repaired:?}")));
    };
    while let Some(index) =
        (0..world.containers.len()).find(|index| is_lost(world, &world.containers[*index]))
    {
        let lost = &world.containers[index];
        let told = findings.iter().any(|finding| {
            let found = finding.container.as_ref();
            finding.problem == Problem::Copy
                && finding.remedy == Remedy::Reported
                && found.is_some_and(|found| found.id == lost.id)
        });
        prop_assert!(told, "{lost:?} isn't told of: {findings:?}");
        world.remove(index);
    }
    Ok(())
}

/// No state is lost but by a purge.
fn check_volumes(world: &World, events: &[Event]) -> Result<(), TestCaseError> {
    for removed in &world.removed_volumes {
        let purged = events.iter().any(|event| match event {
            Event::Purge(number) => Naming::default().names(&user(*number)).volume == *removed,
            _ => false,
        });
        prop_assert!(purged, "{removed} was removed");
    }
    Ok(())
}

/// One container per user, and none without a record.
fn check_containers(world: &World) -> Result<(), TestCaseError> {
    let mut users = BTreeSet::new();
    for container in &world.containers {
        let labels = container.labels.told().expect("ours");
        let user = labels.user.as_str();
        prop_assert!(
            users.insert(user),
            "{user} has two: {:#?}",
            world.containers
        );
        let record = world.record(user);
        prop_assert!(record.is_some(), "{user} has no record: {container:?}");
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    /// Whatever happens, in whatever order outcomes come: no port is used twice, nobody is handed
    /// anybody else's container, every request is answered, and once faults stop, every user can
    /// be started and stopped.
    #[test]
    fn the_promises_hold_under_any_interleaving(
        events in prop::collection::vec(event(), 1..120),
        watch: bool,
        others in 0..3u8,
    ) {
        let mut world = World::new(1);
        world.restart_with(1, |settings| {
            settings.idle_limit = Duration::from_secs(10);
            // So few ports, which rest so shortly, that they go from hand to hand.
            let first = settings.ports.first();
            let last = first.checked_add(4).expect("small");
            settings.ports = PortRange::new(first, last).expect("not empty");
            settings.timing.rest = Duration::from_millis(500);
            settings.timing.quarantine = Duration::from_secs(2);
            settings.maintenance.watch = watch;
        });
        let mut restarts = 1;
        for _ in 0..others {
            restarts += 1;
            world.add_controller(restarts);
        }
        for event in &events {
            happen(&mut world, event, &mut restarts);
            check_ports(&world)?;
        }
        check_volumes(&world, &events)?;
        world.set(Fault::EngineAway, false);
        world.set(Fault::StoreAway, false);
        world.lose_answer_to = None;
        world.set(Fault::DropsEvents, false);
        for other in 0..=world.frozen() {
            world.finish();
            world.switch(other);
        }
        world.finish();
        prop_assert_eq!(world.unanswered(), 0, "somebody waits for ever");
        // Longer than any lease, backoff or rest.
        world.sleep(Duration::from_secs(400));
        let repaired = world.run(Command::Repair { dry_run: false });
        remove_lost(&mut world, &repaired)?;
        check_containers(&world)?;
        let mut seen = BTreeMap::new();
        for number in 0..4 {
            let reply = world.run(Command::Ensure(user(number)));
            let Reply::Ensured(endpoint) = reply else {
                return Err(TestCaseError::fail(format!("not ensured: {reply:?}")));
            };
            let container = world
                .containers
                .iter()
                .find(|container| container.id == endpoint.container)
                .expect("what was answered is there");
            let labels = container.labels.told().expect("ours");
            prop_assert_eq!(&labels.user, &user(number));
            prop_assert_eq!(container.port(), endpoint.port);
            let carried = world.token_of(&container.id);
            prop_assert_eq!(carried, endpoint.token.reveal());
            prop_assert!(seen.insert(endpoint.port, number).is_none());
            check_ports(&world)?;
        }
        for number in 0..4 {
            let reply = world.run(Command::Stop(user(number)));
            prop_assert!(matches!(reply, Reply::Stopped(_)), "{:?}", reply);
        }
        for number in 0..4 {
            prop_assert_eq!(world.run(Command::Purge(user(number))), Reply::Purged(true));
        }
        prop_assert!(world.containers.is_empty() && world.volumes.is_empty());
        prop_assert!(world.claims().is_empty());
    }

    /// No two users' things have one name, and all names are ones that an engine and a DNS
    /// resolver take.
    #[test]
    fn names_are_unique_and_well_formed(ids in prop::collection::btree_set("\\PC{1,64}|[a-z0-9-]{1,70}|x--[0-9a-f]{40}", 2..40)) {
        let naming = Naming::default();
        let mut containers = BTreeSet::new();
        let mut volumes = BTreeSet::new();
        for id in &ids {
            let names = naming.names(&UserId::new(id.clone()).expect("valid"));
            prop_assert!(names.container.len() <= 63);
            prop_assert!(names.container.bytes().all(is_plain), "{}", names.container);
            containers.insert(names.container);
            volumes.insert(names.volume);
        }
        prop_assert_eq!(containers.len(), ids.len());
        prop_assert_eq!(volumes.len(), ids.len());
    }

    /// A sealed token opens for its user, its record and its generation alone, and only as it was sealed.
    #[test]
    fn a_sealed_token_is_its_records(secret: [u8; 32], key: [u8; 32], nonce: [u8; 12], record: [u8; 16], generation: u32, at: prop::sample::Index, flip in 1..=255u8) {
        let ring = Keyring::new(Key::new(&key.into()), Vec::new());
        let (alice, bob) = (UserId::new("alice").expect("valid"), UserId::new("bob").expect("valid"));
        let of = TokenOf { user: &alice, record: RecordId::from_bytes(record), generation };
        let token = Token::from_random(&secret);
        let sealed = ring.seal(of, &token, nonce);
        prop_assert_eq!(ring.open(of, &sealed), Ok(token));
        let mut other = record;
        other[at.index(record.len())] ^= flip;
        for wrong in [
            TokenOf { user: &bob, ..of },
            TokenOf { record: RecordId::from_bytes(other), ..of },
            TokenOf { generation: generation ^ u32::from(flip), ..of },
        ] {
            prop_assert_eq!(ring.open(wrong, &sealed), Err(TokenError::Forged));
        }
        let mut bytes = sealed.as_bytes().to_vec();
        let index = at.index(bytes.len());
        bytes[index] ^= flip;
        prop_assert!(ring.open(of, &SealedToken::from_bytes(bytes)).is_err());
    }

    /// No bytes that a store may hold make opening panic.
    #[test]
    fn any_bytes_can_be_tried_to_open(bytes: Vec<u8>) {
        let ring = Keyring::new(Key::new(&[1; 32].into()), Vec::new());
        let alice = UserId::new("alice").expect("valid");
        let of = TokenOf { user: &alice, record: RecordId::from_bytes([1; 16]), generation: 1 };
        prop_assert!(ring.open(of, &SealedToken::from_bytes(bytes)).is_err());
    }
}
