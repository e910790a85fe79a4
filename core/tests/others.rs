//! What others did meanwhile: what is remembered is no reason to refuse, nor to remove.

use std::time::Duration;

use portreeve_core::command::{Command, Ensured, Reply};
use portreeve_core::error::{Error, VolumeOwner};
use portreeve_core::id::{InstallationId, PortRange};
use portreeve_core::label::Labels;
use portreeve_core::observed::{ContainerState, Health};
use portreeve_core::settings::Readiness;

use crate::world::{World, user};

/// What another controller has mended since is no reason to put anybody off.
#[test]
fn a_failure_that_is_over_puts_nobody_off() {
    let mut world = World::new(1);
    world.exits_with = Some(3);
    for _ in 0..3 {
        world.ensure("alice");
    }
    let waits = world.ensure("alice");
    assert!(
        matches!(waits, Reply::Failed(Error::BackingOff { .. })),
        "{waits:?}"
    );
    world.exits_with = None;
    world.add_controller(2);
    world.restart_with(2, |settings| settings.generation += 1);
    assert!(matches!(world.ensure("alice"), Reply::Ensured(_)));
    world.run(Command::Stop(user("alice")));
    world.switch(0);
    assert!(matches!(world.ensure("alice"), Reply::Ensured(_)));
}

/// The volume was removed, its answer was lost, and somebody else has made one of its name.
#[test]
fn a_volume_whose_removal_is_in_doubt_is_looked_at() {
    let mut world = World::new(1);
    world.ensure("alice");
    let name = "mosaic-user-alice-state";
    let removal = "engine: remove volume mosaic-user-alice-state";
    world.lose_answer_to = Some(removal);
    let purge = world.command(Command::Purge(user("alice")));
    world.drive_until(|call| call == removal);
    world.volumes.insert(name.into(), None);
    world.finish();
    assert_eq!(world.replies[&purge], Reply::Purged(true));
    assert_eq!(world.removed_volumes, Vec::<String>::new());
    assert!(world.volumes.contains_key(name));
}

/// With one port, alice could not give way to bob while another controller had her started.
#[test]
fn who_could_not_give_way_is_asked_again_once_that_has_changed() {
    let mut world = World::new(1);
    world.restart_with(1, |settings| {
        let first = settings.ports.first();
        settings.ports = PortRange::new(first, first).expect("not empty");
    });
    world.ensure("alice");
    world.run(Command::Stop(user("alice")));
    let bob = world.command(Command::Ensure(user("bob")));
    world.drive_until(|call| call == "store: longest stopped");
    world.add_controller(2);
    assert!(matches!(world.ensure("alice"), Reply::Ensured(_)));
    world.switch(0);
    world.finish();
    let exhausted = &world.replies[&bob];
    assert!(
        matches!(exhausted, Reply::Failed(Error::PortsExhausted(_))),
        "{exhausted:?}"
    );
    world.switch(0);
    world.run(Command::Stop(user("alice")));
    world.switch(0);
    let ensured = world.ensure("bob");
    assert!(matches!(ensured, Reply::Ensured(_)), "{ensured:?}");
}

/// Lists may be behind: what only a list has told of is looked at before anything is done about it.
#[test]
fn what_a_list_has_told_is_looked_at() {
    let mut world = World::new(1);
    world.ensure("alice");
    world.rename(0, "renamed".into());
    world.restart_controller(2);
    let request = world.command(Command::Stop(user("alice")));
    world.drive_until(|call| call == "store: load 1");
    let listed = world.look_and_hold("engine: list those of alice");
    world.kill(0);
    world.release(listed);
    world.drive();
    let reply = &world.replies[&request];
    assert!(matches!(reply, Reply::Stopped(_)), "{reply:?}");
    let stops = world.calls.iter().any(|call| call == "engine: stop");
    assert!(!stops, "{:?}", world.calls);
}

/// Whoever comes later is served with what was seen since: here, alice waits in line to be started,
/// and somebody starts her container.
#[test]
fn who_joins_late_is_not_served_with_what_was_seen_long_before() {
    let mut world = World::new(1);
    world.ensure("alice");
    world.run(Command::Stop(user("alice")));
    world.restart_with(2, |settings| {
        settings.limits.starting = 1;
        settings.readiness = Readiness::Healthy;
    });
    world.health = Health::Starting;
    let bob = world.command(Command::Ensure(user("bob")));
    let starts = world.hold_starts();
    assert_eq!(starts.len(), 1);
    let early = world.command(Command::Ensure(user("alice")));
    world.sleep(Duration::from_secs(3));
    assert_eq!(world.replies.get(&early), None);
    world.containers[0].state = ContainerState::Running;
    world.containers[0].health = Health::Healthy;
    let late = world.command(Command::Ensure(user("alice")));
    world.sleep(Duration::from_secs(1));
    for request in [early, late] {
        assert!(matches!(world.replies[&request], Reply::Ensured(_)));
    }
    assert_eq!(world.replies.get(&bob), None);
}

/// Whatever its name and its labels: another installation's, or another user's.
#[test]
fn what_is_labelled_as_anothers_is_not_the_users() {
    let labels: [fn(&mut Labels); 2] = [
        |labels| labels.installation = InstallationId::from_bytes([8; 16]),
        |labels| labels.user = user("bob"),
    ];
    for change in labels {
        let mut world = World::new(1);
        world.ensure("alice");
        change(
            world.containers[0]
                .labels
                .told_mut()
                .expect("they are there"),
        );
        let reply = world.ensure("alice");
        let taken = matches!(reply, Reply::Failed(Error::NameTaken { .. }));
        assert!(taken, "{reply:?}");
        assert_eq!(world.containers[0].state, ContainerState::Running);
    }
}

/// The lease was taken, as the record says: it need not be taken again.
#[test]
fn a_lease_whose_answer_was_lost_is_ours() {
    let mut world = World::new(1);
    let claim = "store: put starting, lease";
    world.lose_answer_to = Some(claim);
    assert!(matches!(world.ensure("alice"), Reply::Ensured(_)));
    assert_eq!(world.count(claim), 1, "{:?}", world.calls);
}

/// While others run a newer configuration, ours makes nothing anew that doesn't have to be.
#[test]
fn an_older_configuration_replaces_nothing_unless_asked() {
    let mut world = World::new(1);
    world.restart_with(1, |settings| {
        settings.template.image = "newer".into();
        settings.generation = 1;
    });
    world.newest_generation = 1;
    world.ensure("alice");
    world.run(Command::Stop(user("alice")));
    world.restart_with(2, |settings| {
        settings.template.image = "older".into();
        settings.generation = 0;
    });
    let Reply::Ensured(endpoint) = world.ensure("alice") else {
        panic!("not ensured: {:?}", world.calls);
    };
    assert_eq!(endpoint.outcome, Ensured::Started);
    let Reply::Ensured(endpoint) = world.run(Command::Restart(user("alice"))) else {
        panic!("not restarted: {:?}", world.calls);
    };
    assert_eq!(endpoint.outcome, Ensured::Recreated);
}

/// A controller died before it could write which container it had made. Whoever goes on writes it
/// down first, so that it's found under any name from then on.
#[test]
fn a_container_that_nobody_wrote_down_is_written_down_before_anything_is_done_to_it() {
    for (command, claim) in [
        (Command::Stop(user("alice")), "store: put stopping, lease"),
        (Command::Purge(user("alice")), "store: put removing, lease"),
    ] {
        let mut world = World::new(1);
        world.command(Command::Ensure(user("alice")));
        world.drive_until(|call| call.starts_with("engine: create mosaic-user"));
        let made = world.containers[0].id.clone();
        world.containers[0].state = ContainerState::Running;
        let recorded = |world: &World| {
            let record = world.record("alice").expect("it is there");
            record.body.container.clone()
        };
        assert_eq!(recorded(&world), None);
        world.restart_controller(2);
        world.sleep(Duration::from_secs(16));
        world.command(command);
        world.drive_until(|call| call == claim);
        assert_eq!(recorded(&world), Some(made), "{claim}");
    }
}

/// A volume is handed to nobody but whom its labels name.
#[test]
fn a_volume_that_is_labelled_as_anothers_is_not_the_users() {
    for (owner, by) in [
        (Some(user("bob")), VolumeOwner::Labelled),
        (None, VolumeOwner::Unknown),
    ] {
        let mut world = World::new(1);
        world
            .volumes
            .insert("mosaic-user-alice-state".into(), owner);
        let reply = world.ensure("alice");
        let Reply::Failed(Error::VolumeTaken { by: told, .. }) = reply else {
            panic!("not refused: {reply:?}");
        };
        assert_eq!(told, by);
        assert_eq!(world.containers.len(), 0);
    }
}
