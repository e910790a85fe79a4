//! Users whose containers never get ready are no reason for others to wait.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use portreeve_core::command::{Command, Reply};
use portreeve_core::settings::{Readiness, Settings};
use portreeve_core::template::Template;
use portreeve_core::time::Instant;
use portreeve_core::token::{Key, Keyring};
use portreeve_core::user::UserId;
use portreeve_sim::engine::{Habits, HealthCheck, Image, Personality, Program};
use portreeve_sim::faults::Faults;
use portreeve_sim::script::ChaosAction;
use portreeve_sim::world::{Answer, Config, Host, QuestionId, World};

const SECOND: Duration = Duration::from_secs(1);

/// Asks nothing by itself, and keeps the answers.
#[derive(Default)]
struct Listener(BTreeMap<QuestionId, Option<Reply>>);

impl Host for Listener {
    fn next(&self) -> Option<Instant> {
        None
    }

    fn act(&mut self, _: &mut World) {}

    fn answered(&mut self, _: &mut World, answer: &Answer) {
        self.0.insert(answer.question, answer.reply.clone());
    }
}

/// A world of one controller with four turns, whose containers get ready after half a second.
fn world(readiness: Readiness) -> World {
    let mut settings = Settings::new(
        Template::reference_service(),
        Keyring::new(Key::new(&[7; 32].into()), Vec::new()),
    );
    settings.limits.starting = 4;
    let personality = Personality {
        listens_after: Some(SECOND / 2),
        healthy_after: Some(SECOND / 2),
        ..Personality::default()
    };
    let check = HealthCheck {
        interval: SECOND / 2,
        ..HealthCheck::default()
    };
    let image = Image {
        program: Program::Plain(Arc::new(personality)),
        check: (readiness == Readiness::Healthy).then_some(check),
        ..Image::new(&settings.template.image)
    };
    settings.readiness = readiness;
    World::new(Config {
        seed: 1,
        controllers: vec![settings],
        faults: Faults::default(),
        image,
        habits: Habits::default(),
        sabotage: None,
        traced: false,
    })
}

fn user(id: &str) -> UserId {
    UserId::new(id).expect("a valid id")
}

/// How long an answer takes, by a second or so.
fn wait(world: &mut World, host: &mut Listener, question: QuestionId) -> Duration {
    let asked = world.now();
    while !host.0.contains_key(&question) {
        let soon = world.now().after(SECOND / 10);
        world.run(host, soon);
        assert!(
            world.now().since(asked) < 1000 * SECOND,
            "it is never answered"
        );
    }
    world.now().since(asked)
}

#[test]
fn whoever_never_gets_ready_keeps_nobody_waiting() {
    for readiness in [
        Readiness::Tcp,
        Readiness::Http("/".to_owned()),
        Readiness::Healthy,
    ] {
        let (mut world, mut host) = (world(readiness), Listener::default());
        let unready: Vec<_> = (0..8)
            .map(|number| {
                let user = user(&format!("unready-{number}"));
                world.disturb(&ChaosAction::Unready(Some(user.clone()), 1000 * SECOND));
                world.ask(0, Command::Ensure(user))
            })
            .collect();
        let soon = world.now().after(5 * SECOND);
        world.run(&mut host, soon);
        let sound = world.ask(0, Command::Ensure(user("sound")));
        let took = wait(&mut world, &mut host, sound);
        let reply = &host.0[&sound];
        assert!(matches!(reply, Some(Reply::Ensured(_))), "{reply:?}");
        assert!(took < 3 * SECOND, "{took:?}");
        for question in unready {
            wait(&mut world, &mut host, question);
            let reply = &host.0[&question];
            assert!(matches!(reply, Some(Reply::Failed(_))), "{reply:?}");
        }
        assert_eq!(world.violation(), None);
    }
}
