//! Containers that somebody else made, and that are the users' from then on.

use portreeve_core::command::{Command, Reply};
use portreeve_core::error::{Error, VolumeOwner};
use portreeve_core::id::{ContainerId, InstallationId};
use portreeve_core::label::Labelled;
use portreeve_core::name::Naming;
use portreeve_core::observed::ContainerState;
use portreeve_core::outcome::MountedVolume;

use crate::world::{Fault, INSTALLATION, World, user};

/// Somebody else's container may have been adopted by another controller since.
#[test]
fn what_another_controller_has_adopted_is_the_users() {
    let mut world = World::new(1);
    world.ensure("alice");
    world.run(Command::Stop(user("alice")));
    world.run(Command::Repair { dry_run: false });
    world.remove(0);
    world.run(Command::Repair { dry_run: false });
    world.ensure("bob");
    world.add_controller(2);
    world.add_foreign("mosaic-user-alice");
    let adopted = world.run(Command::Adopt(user("alice")));
    assert!(matches!(adopted, Reply::Adopted(_)), "{adopted:?}");
    world.switch(0);
    let ensured = world.ensure("alice");
    assert!(matches!(ensured, Reply::Ensured(_)), "{ensured:?}");
}

/// An adopted container is known by its id: another that has its name is not the user's.
#[test]
fn what_has_the_name_of_an_adopted_container_is_not_the_users() {
    let mut world = World::new(1);
    world.add_foreign("mosaic-user-alice");
    let adopted = world.run(Command::Adopt(user("alice")));
    assert!(matches!(adopted, Reply::Adopted(_)), "{adopted:?}");
    assert!(matches!(world.ensure("alice"), Reply::Ensured(_)));
    let mut other = world.containers.remove(0);
    other.id = ContainerId::new("another");
    world.containers.push(other);
    let reply = world.ensure("alice");
    assert!(
        matches!(reply, Reply::Failed(Error::NameTaken { .. })),
        "{reply:?}"
    );
    assert_eq!(world.containers[0].state, ContainerState::Running);
}

#[test]
fn an_adopted_container_is_known_under_any_name() {
    let mut world = World::new(1);
    world.add_foreign("mosaic-user-alice");
    world.run(Command::Adopt(user("alice")));
    let Reply::Ensured(before) = world.ensure("alice") else {
        panic!("not ensured: {:?}", world.calls);
    };
    world.rename(0, "renamed".into());
    world.restart_controller(2);
    let Reply::Ensured(after) = world.ensure("alice") else {
        panic!("not ensured: {:?}", world.calls);
    };
    assert_eq!(after.container, before.container);
    assert_eq!(world.containers.len(), 1);
}

/// One port, one user: what is bound to another's port can't be taken over as it is.
#[test]
fn a_container_on_anothers_port_is_not_adopted() {
    let mut world = World::new(1);
    world.ensure("bob");
    let port = world.containers[0].configured.clone();
    world.add_foreign("mosaic-user-alice");
    world.containers[1].configured = port;
    let reply = world.run(Command::Adopt(user("alice")));
    let refused = matches!(
        &reply,
        Reply::Failed(Error::NotAdoptable(why)) if why.contains("19000 is claimed for another")
    );
    assert!(refused, "{reply:?}");
    assert_eq!(world.claims(), [(user("bob"), 19000)]);
}

/// One volume, one user: what another user's record names can't be taken over, nor made.
#[test]
fn a_volume_of_anothers_is_not_adopted() {
    let mut world = World::new(1);
    world.add_foreign("mosaic-user-alice");
    let adopted = world.run(Command::Adopt(user("alice")));
    assert!(matches!(adopted, Reply::Adopted(_)), "{adopted:?}");
    world.add_foreign("mosaic-user-bob");
    let reply = world.run(Command::Adopt(user("bob")));
    let refused = matches!(
        &reply,
        Reply::Failed(Error::NotAdoptable(why))
            if why.contains("\"old-state\"") && why.contains("another user's")
    );
    assert!(refused, "{reply:?}");
    assert!(world.record("bob").is_none());
    assert_eq!(world.containers.len(), 2, "nothing was done to it");
}

/// A container that was adopted may mount a volume that has the name of another user's.
#[test]
fn whose_volume_another_user_has_is_not_served_with_it() {
    let mut world = World::new(1);
    world.add_foreign("mosaic-user-alice");
    world.run(Command::Adopt(user("alice")));
    world.restart_with(2, |settings| {
        settings.naming = Naming::new("mosaic-user-{user}", "old-{user}").expect("a pattern");
    });
    let reply = world.ensure("state");
    let Reply::Failed(error @ Error::VolumeTaken { by, .. }) = &reply else {
        panic!("not refused: {reply:?}");
    };
    assert_eq!(*by, VolumeOwner::Recorded);
    let told = error.to_string();
    assert_eq!(
        told,
        "the volume name \"old-state\" stands in another user's record"
    );
    assert!(world.record("state").is_none());
    assert_eq!(world.volumes.len(), 1, "no other was made");
}

/// Refused for this reason, and no record is made of it.
fn refused(world: &mut World, why: &str) {
    let reply = world.run(Command::Adopt(user("alice")));
    let told = matches!(&reply, Reply::Failed(Error::NotAdoptable(told)) if told.contains(why));
    assert!(told, "{why}: {reply:?}");
    assert!(world.record("alice").is_none());
}

/// A world in which somebody else's container has the user's name.
fn brought() -> World {
    let mut world = World::new(1);
    world.ensure("bob");
    world.add_foreign("mosaic-user-alice");
    world
}

#[test]
fn what_would_be_lost_is_not_adopted() {
    let mut world = brought();
    world.mounted[0].anonymous = true;
    refused(&mut world, "docker run --rm -v old-state:/from");
    world.mounted[0].anonymous = false;
    world.set(Fault::AutoRemove, true);
    refused(&mut world, "AutoRemove");
    world.set(Fault::AutoRemove, false);
    world.mounted[0].target = "/elsewhere".into();
    refused(&mut world, "mounts no named volume");
}

/// Where it keeps its state, or beside that.
#[test]
fn what_mounts_anothers_volume_is_not_adopted() {
    let another = InstallationId::from_bytes([8; 16]);
    let others = [
        (Labelled::As((INSTALLATION, user("bob"))), "the user bob's"),
        (
            Labelled::As((another, user("alice"))),
            "another installation's",
        ),
        (Labelled::Unreadable, "can't be read whole"),
    ];
    for (labels, why) in others {
        for (name, way_out) in [
            ("old-state", "of its own"),
            ("beside", "without that mount"),
        ] {
            let mut world = brought();
            world.mounted.push(MountedVolume {
                name: "beside".into(),
                target: "/beside".into(),
                anonymous: false,
            });
            world.volumes.insert("beside".into(), None);
            world.volume_labels.insert(name.into(), labels.clone());
            refused(&mut world, why);
            refused(&mut world, way_out);
            // Nobody's, or the user's own.
            let own = Labelled::As((INSTALLATION, user("alice")));
            world.volume_labels.insert(name.into(), own);
            let adopted = world.run(Command::Adopt(user("alice")));
            assert!(matches!(adopted, Reply::Adopted(_)), "{adopted:?}");
        }
    }
}

#[test]
fn a_volume_that_is_gone_again_is_not_adopted() {
    let mut world = brought();
    world.volumes.remove("old-state");
    refused(&mut world, "isn't there any more");
}

/// Each of them is looked at, so there is an end to how many there may be.
#[test]
fn what_mounts_too_many_volumes_is_not_adopted() {
    let mut world = brought();
    for number in 0..40 {
        let name = format!("volume-{number}");
        world.volumes.insert(name.clone(), None);
        world.mounted.push(MountedVolume {
            name,
            target: format!("/{number}"),
            anonymous: false,
        });
    }
    refused(&mut world, "more than 32");
    let is_look = |call: &&String| call.starts_with("engine: inspect volume");
    assert_eq!(world.calls.iter().filter(is_look).count(), 32);
}

/// Labels that can't be read whole are somebody's, and so are those of a copy.
#[test]
fn what_bears_labels_is_not_adopted() {
    let mut world = brought();
    let labels = world.containers[0].labels.clone();
    world.containers[1].labels = Labelled::Unreadable;
    refused(&mut world, "can't be read whole");
    world.containers[1].labels = labels;
    refused(&mut world, "docker commit");
}

/// A volume whose labels can't be read whole isn't nobody's either.
#[test]
fn a_volume_with_unreadable_labels_is_somebodys() {
    let mut world = World::new(1);
    let name = "mosaic-user-alice-state";
    world.volumes.insert(name.into(), None);
    world
        .volume_labels
        .insert(name.into(), Labelled::Unreadable);
    refused(&mut world, "there is neither a container");
}
