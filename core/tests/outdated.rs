//! Which containers were made from another configuration than the current one.

use std::time::Duration;

use portreeve_core::command::{Command, Reply};
use portreeve_core::settings::{Reach, Settings};
use portreeve_core::template::{Gpus, HealthCheck, Mount, MountSource, RestartPolicy, Template};
use portreeve_core::user::UserId;

use crate::world::{World, user};

fn is_outdated(world: &mut World, user: UserId) -> bool {
    match world.run(Command::Status(user)) {
        Reply::Status(status) => status.outdated,
        other => panic!("no status: {other:?}"),
    }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).into()).collect()
}

fn mount(it: &mut Template, source: MountSource) -> &mut Mount {
    it.mounts.push(Mount::new(source, "/data"));
    &mut it.mounts[0]
}

fn check(it: &mut Template) -> &mut HealthCheck {
    it.health_check
        .insert(HealthCheck::new(words(&["CMD", "true"])))
}

const SECOND: Option<Duration> = Some(Duration::from_secs(1));

/// What makes templates of the default one, of which no two are alike.
const CHANGES: &[fn(&mut Template)] = &[
    |_| {},
    |it| it.image.push('2'),
    |it| it.entrypoint = Some(words(&["a", "b"])),
    |it| it.entrypoint = Some(words(&[])),
    |it| it.command = Some(words(&["a", "b"])),
    |it| it.command = Some(words(&["ab"])),
    |it| it.environment.extend([("A".into(), "b".into())]),
    |it| it.labels.extend([("A".into(), "b".into())]),
    |it| it.gateway_port += 1,
    |it| it.state_path.push('2'),
    |it| mount(it, MountSource::Bind("a".into())).read_only = false,
    |it| mount(it, MountSource::Volume("a".into())).read_only = false,
    |it| mount(it, MountSource::Tmpfs(None)).read_only = false,
    |it| mount(it, MountSource::Tmpfs(Some(7))).read_only = false,
    |it| mount(it, MountSource::Tmpfs(None)).read_only = true,
    |it| mount(it, MountSource::Tmpfs(None)).target.push('2'),
    |it| it.memory = Some(7),
    |it| it.milli_cpus = Some(7),
    |it| it.pids = Some(7),
    |it| it.gpus = Some(Gpus::All),
    |it| it.gpus = Some(Gpus::Count(7)),
    |it| it.gpus = Some(Gpus::Devices(words(&["7"]))),
    |it| it.shm_size = Some(7),
    |it| it.user = Some("somebody".into()),
    |it| it.working_dir = Some("/here".into()),
    |it| it.cap_add = words(&["CHOWN"]),
    |it| it.cap_drop = words(&["CHOWN"]),
    |it| it.read_only = !it.read_only,
    |it| it.security_opt = words(&["label=disable"]),
    |it| it.init = !it.init,
    |it| it.restart = RestartPolicy::OnFailure { retries: 7 },
    |it| it.restart = RestartPolicy::OnFailure { retries: 3 },
    |it| it.restart = RestartPolicy::UnlessStopped,
    |it| check(it).test = words(&["NONE"]),
    |it| check(it).interval = SECOND,
    |it| check(it).timeout = SECOND,
    |it| check(it).retries = Some(7),
    |it| check(it).start_period = SECOND,
    |it| it.extra_hosts = words(&["a:127.0.0.1"]),
];

#[test]
fn a_container_of_any_other_template_is_outdated() {
    let templates = CHANGES.iter().map(|change| {
        let mut template = Template::reference_service();
        change(&mut template);
        template
    });
    let templates: Vec<_> = templates.collect();
    for made_of in &templates {
        let mut world = World::new(1);
        world.restart_with(1, |settings| settings.template = made_of.clone());
        world.ensure("alice");
        for current in &templates {
            world.restart_with(1, |settings| settings.template = current.clone());
            let outdated = is_outdated(&mut world, user("alice"));
            assert_eq!(outdated, made_of != current, "{made_of:?}, {current:?}");
        }
    }
}

#[test]
fn a_container_of_another_network_or_address_is_outdated() {
    let changes: [fn(&mut Settings); 2] = [
        |settings| settings.network = "other".into(),
        |settings| {
            settings.reach = Reach::Host {
                name: "127.0.0.1".to_owned(),
                publish_on: [127, 0, 0, 2].into(),
            }
        },
    ];
    for change in changes {
        let mut world = World::new(1);
        world.ensure("alice");
        assert!(!is_outdated(&mut world, user("alice")));
        world.restart_with(1, change);
        assert!(is_outdated(&mut world, user("alice")));
    }
}

/// Whoever has a template of their own is told apart from all others.
#[test]
fn overrides_concern_their_users_alone() {
    let mut world = World::new(1);
    world.ensure("alice");
    world.ensure("bob");
    world.restart_with(1, |settings| {
        let mut template = settings.template.clone();
        template.memory = Some(7);
        settings.overrides.insert(user("bob"), template);
    });
    assert!(!is_outdated(&mut world, user("alice")));
    assert!(is_outdated(&mut world, user("bob")));
}
