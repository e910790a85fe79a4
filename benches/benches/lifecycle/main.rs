//! What the lifecycle takes for each effect it has carried out, and for each thing it is told, with
//! a thousand users and with a hundred thousand, while a hundred others are waited for.
//!
//! What goes for the world it acts on is in it, which is a map or two. What is measured is the time
//! on the processor, where the system tells it, so that a busy machine matters little.

mod measured;

use std::hint::black_box;
use std::time::Duration;

use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
};
use measured::Processor;
use portreeve_benches::{World, processor, user};
use portreeve_core::command::Command;
use portreeve_core::settings::Maintenance;

const KNOWN: [u32; 2] = [1_000, 100_000];
const BUSY: u32 = 100;

fn asking() -> Maintenance {
    Maintenance::default()
}

fn following() -> Maintenance {
    let mut maintenance = Maintenance::default();
    maintenance.watch = true;
    maintenance
}

/// Users in an order that visits all of them, and no two in a row that lie beside each other.
fn visits(known: u32) -> impl Iterator<Item = u32> {
    const STEP: u32 = 619;
    (0..).scan(0, move |at, _: u32| {
        *at = (*at + STEP) % known;
        Some(*at)
    })
}

/// Measures what is done for one user after another, as time per effect, or per time it is done
/// where it has none.
fn each(
    group: &mut BenchmarkGroup<'_, Processor>,
    known: u32,
    maintenance: Maintenance,
    done: impl Fn(&mut World, u32),
) {
    let mut world = World::new(known, BUSY, maintenance);
    let mut visits = visits(known);
    let before = world.effects();
    for number in visits.by_ref().take(100) {
        done(&mut world, number);
    }
    let effects = (world.effects() - before) / 100;
    group.throughput(Throughput::Elements(effects.max(1)));
    group.bench_function(BenchmarkId::from_parameter(known), |bencher| {
        bencher.iter(|| done(&mut world, black_box(visits.next().expect("endless"))));
    });
}

fn warm_ensure(criterion: &mut Criterion<Processor>) {
    for (name, maintenance) in [
        ("warm ensure", asking()),
        ("warm ensure, following", following()),
    ] {
        let mut group = criterion.benchmark_group(name);
        for known in KNOWN {
            each(&mut group, known, maintenance, |world, number| {
                world.run(Command::Ensure(user(number)));
            });
        }
    }
}

/// Of users that nobody has heard of.
fn cold_ensure(criterion: &mut Criterion<Processor>) {
    let mut group = criterion.benchmark_group("cold ensure");
    for known in KNOWN {
        let mut world = World::new(known, BUSY, asking());
        let newcomers = |count: u64| {
            (known + BUSY..)
                .map(user)
                .zip(0..count)
                .map(|(user, _)| user)
        };
        let before = world.effects();
        newcomers(1).for_each(|user| world.run(Command::Ensure(user)));
        group.throughput(Throughput::Elements(world.effects() - before));
        newcomers(1).for_each(|user| world.run(Command::Purge(user)));
        group.bench_function(BenchmarkId::from_parameter(known), |bencher| {
            bencher.iter_custom(|times| {
                let began = processor::time();
                newcomers(times).for_each(|user| world.run(Command::Ensure(user)));
                let took = processor::time().saturating_sub(began);
                newcomers(times).for_each(|user| world.run(Command::Purge(user)));
                took
            });
        });
    }
}

fn touch(criterion: &mut Criterion<Processor>) {
    let mut group = criterion.benchmark_group("touch");
    for known in KNOWN {
        each(&mut group, known, asking(), |world, number| {
            world.run(Command::Touch(user(number)));
        });
    }
}

fn told(criterion: &mut Criterion<Processor>) {
    let mut group = criterion.benchmark_group("an event");
    for known in KNOWN {
        each(&mut group, known, following(), World::tell);
    }
    group.finish();
    let mut group = criterion.benchmark_group("a command taken back");
    for known in KNOWN {
        each(&mut group, known, asking(), |world, number| {
            world.cancel(Command::Touch(user(number)));
        });
    }
    group.finish();
    let mut group = criterion.benchmark_group("the time");
    for known in KNOWN {
        each(&mut group, known, asking(), |world, _| {
            world.pass(Duration::from_micros(1));
        });
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default().with_measurement(Processor::default());
    targets = warm_ensure, cold_ensure, touch, told
}
criterion_main!(benches);
