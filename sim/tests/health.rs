//! Who is told to be unhealthy, whether or not the engine's lists tell of health.

use std::sync::Arc;
use std::time::Duration;

use portreeve_core::command::{Ailment, Command, Reply, UserHealth};
use portreeve_core::settings::Settings;
use portreeve_core::template::Template;
use portreeve_core::time::Instant;
use portreeve_core::token::{Key, Keyring};
use portreeve_core::user::UserId;
use portreeve_sim::engine::{Habits, HealthCheck, Image, Personality, Program};
use portreeve_sim::faults::Faults;
use portreeve_sim::world::{Answer, Config, Host, World};

const SECOND: Duration = Duration::from_secs(1);

/// Asks nothing by itself, and keeps the last answer.
#[derive(Default)]
struct Listener(Option<Reply>);

impl Host for Listener {
    fn next(&self) -> Option<Instant> {
        None
    }

    fn act(&mut self, _: &mut World) {}

    fn answered(&mut self, _: &mut World, answer: &Answer) {
        self.0.clone_from(&answer.reply);
    }
}

/// A world whose containers are well for a minute, on an engine of these habits.
fn world(habits: Habits) -> World {
    let settings = Settings::new(
        Template::reference_service(),
        Keyring::new(Key::new(&[7; 32].into()), Vec::new()),
    );
    let personality = Personality {
        unhealthy_after: Some(60 * SECOND),
        ..Personality::default()
    };
    let check = HealthCheck {
        interval: SECOND,
        ..HealthCheck::default()
    };
    let image = Image {
        program: Program::Plain(Arc::new(personality)),
        check: Some(check),
        ..Image::new(&settings.template.image)
    };
    World::new(Config {
        seed: 1,
        controllers: vec![settings],
        faults: Faults::default(),
        image,
        habits,
        sabotage: None,
        traced: false,
    })
}

fn ask(world: &mut World, host: &mut Listener, command: Command) -> Reply {
    world.ask(0, command);
    let soon = world.now().after(5 * SECOND);
    world.run(host, soon);
    host.0.take().expect("an answer within five seconds")
}

#[test]
fn whose_check_fails_is_told_whatever_lists_tell() {
    for lists_no_health in [false, true] {
        let habits = Habits {
            lists_no_health,
            ..Habits::default()
        };
        let (mut world, mut host) = (world(habits), Listener::default());
        let users = (0..20).map(|number| UserId::new(format!("user-{number:02}")).expect("an id"));
        let users: Vec<_> = users.collect();
        // One every five seconds, so that the first are unwell when the last come.
        for user in &users {
            let reply = ask(&mut world, &mut host, Command::Ensure(user.clone()));
            assert!(matches!(reply, Reply::Ensured(_)), "{reply:?}");
        }
        let expected = users.iter().enumerate();
        let expected = expected
            .map(|(index, user)| UserHealth {
                user: user.clone(),
                ailment: (index < 8).then_some(Ailment::Unhealthy),
            })
            .collect();
        let reply = ask(&mut world, &mut host, Command::Health);
        assert_eq!(reply, Reply::Health(expected));
        assert_eq!(world.violation(), None);
    }
}
