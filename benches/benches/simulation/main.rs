//! How many effects the simulated world carries out, all promises checked, in storms, and among few
//! and many users. What is measured is the time on the processor, where the system tells it.

#[path = "../lifecycle/measured.rs"]
mod measured;

use std::cell::Cell;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use measured::Processor;
use portreeve_benches::processor;
use portreeve_core::command::Command;
use portreeve_core::id::{Port, PortRange};
use portreeve_core::settings::Settings;
use portreeve_core::template::Template;
use portreeve_core::time::Instant;
use portreeve_core::token::{Key, Keyring};
use portreeve_core::user::UserId;
use portreeve_sim::engine::{Habits, Image};
use portreeve_sim::faults::Faults;
use portreeve_sim::trial::Trial;
use portreeve_sim::world::{Answer, Config, Host, World};

/// Heavy faults, three controllers, a calm after each: as `portreeve simulate` runs them.
const STORMS: u64 = 20;
/// The most has nearly as many as there are ports.
const USERS: [usize; 2] = [1_000, 60_000];
/// So many visits at a time: one is too short for the processor's clock.
const BATCH: u64 = 10_000;
const EVERY: Duration = Duration::from_millis(20);

fn storms(criterion: &mut Criterion<Processor>) {
    let effects = (0..STORMS).map(|seed| Trial::of(seed).run(false).tally.effects);
    let mut group = criterion.benchmark_group("storms");
    group.sample_size(10);
    group.throughput(Throughput::Elements(effects.sum()));
    group.bench_function("effects", |bencher| {
        bencher.iter(|| {
            for seed in 0..STORMS {
                let result = Trial::of(seed).run(false);
                assert!(result.violation.is_none(), "seed {seed}");
            }
        });
    });
}

/// Users come one after the other, again and again.
struct Visits {
    users: Vec<UserId>,
    come: usize,
    next: Instant,
}

impl Host for Visits {
    fn next(&self) -> Option<Instant> {
        Some(self.next)
    }

    fn act(&mut self, world: &mut World) {
        // No two in a row that lie beside each other.
        const STEP: usize = 619;
        let user = &self.users[self.come * STEP % self.users.len()];
        self.come += 1;
        self.next = self.next.after(EVERY);
        world.ask(0, Command::Ensure(user.clone()));
    }

    fn answered(&mut self, _: &mut World, _: &Answer) {}
}

fn crowd(count: usize) -> (World, Visits) {
    let mut settings = Settings::new(
        Template::reference_service(),
        Keyring::new(Key::new(&[7; 32].into()), Vec::new()),
    );
    let port = |number| Port::new(number).expect("not 0");
    settings.ports = PortRange::new(port(1024), port(u16::MAX)).expect("not empty");
    settings.limits.starting = u32::MAX;
    settings.idle_limit = Duration::ZERO;
    let mut world = World::new(Config {
        seed: 1,
        image: Image::new(&settings.template.image),
        controllers: vec![settings],
        faults: Faults::default(),
        habits: Habits::default(),
        sabotage: None,
        traced: false,
    });
    let user = |number| UserId::new(format!("user-{number}")).expect("valid");
    let mut visits = Visits {
        users: (0..count).map(user).collect(),
        come: 0,
        next: Instant::ORIGIN,
    };
    // Everybody was there once.
    let all = EVERY * u32::try_from(count).expect("few enough");
    world.run(&mut visits, Instant::ORIGIN.after(all));
    (world, visits)
}

/// Ensures of users whose containers run.
fn crowds(criterion: &mut Criterion<Processor>) {
    let mut group = criterion.benchmark_group("a visit among");
    for count in USERS {
        let (mut world, mut visits) = crowd(count);
        let (effects, come) = (world.tally().effects, visits.come);
        let until = Cell::new(world.now());
        let mut pass = |times: u64| {
            let time = EVERY * u32::try_from(times).expect("few enough");
            until.set(until.get().after(time));
            world.run(&mut visits, until.get());
        };
        pass(BATCH);
        group.sample_size(20);
        group.throughput(Throughput::Elements(BATCH));
        group.bench_function(BenchmarkId::from_parameter(count), |bencher| {
            bencher.iter_custom(|times| {
                let began = processor::time();
                pass(times * BATCH);
                processor::time().saturating_sub(began)
            });
        });
        assert!(world.violation().is_none());
        let each = (world.tally().effects - effects) / (visits.come - come) as u64;
        println!("{count} users: {each} effects for each visit");
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(Processor::default());
    targets = storms, crowds
}
criterion_main!(benches);
