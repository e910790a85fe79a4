//! What the lifecycle takes for each effect it has carried out, and for each thing it is told, with
//! a thousand users and with a hundred thousand, while a hundred others are waited for.
//!
//! What goes for the world it acts on is in it, which is a map or two.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{
    BenchmarkGroup, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main,
};
use portreeve_benches::{World, user};
use portreeve_core::command::Command;
use portreeve_core::settings::Upkeep;

const KNOWN: [u32; 2] = [1_000, 100_000];
const BUSY: u32 = 100;

fn asking() -> Upkeep {
    Upkeep::default()
}

fn following() -> Upkeep {
    Upkeep {
        watch: true,
        ..Upkeep::default()
    }
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
    group: &mut BenchmarkGroup<'_, WallTime>,
    known: u32,
    upkeep: Upkeep,
    done: impl Fn(&mut World, u32),
) {
    let mut world = World::new(known, BUSY, upkeep);
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

fn warm_ensure(criterion: &mut Criterion) {
    for (name, upkeep) in [
        ("warm ensure", asking()),
        ("warm ensure, following", following()),
    ] {
        let mut group = criterion.benchmark_group(name);
        for known in KNOWN {
            each(&mut group, known, upkeep, |world, number| {
                world.run(Command::Ensure(user(number)));
            });
        }
    }
}

/// Of a user that nobody has heard of.
fn cold_ensure(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("cold ensure");
    for known in KNOWN {
        let mut world = World::new(known, BUSY, asking());
        let newcomer = user(known + BUSY);
        let before = world.effects();
        world.run(Command::Ensure(newcomer.clone()));
        group.throughput(Throughput::Elements(world.effects() - before));
        world.run(Command::Purge(newcomer.clone()));
        group.bench_function(BenchmarkId::from_parameter(known), |bencher| {
            bencher.iter_custom(|times| {
                let mut took = Duration::ZERO;
                for _ in 0..times {
                    let begun = Instant::now();
                    world.run(Command::Ensure(newcomer.clone()));
                    took += begun.elapsed();
                    world.run(Command::Purge(newcomer.clone()));
                }
                took
            });
        });
    }
}

fn touch(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("touch");
    for known in KNOWN {
        each(&mut group, known, asking(), |world, number| {
            world.run(Command::Touch(user(number)));
        });
    }
}

fn told(criterion: &mut Criterion) {
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

criterion_group!(benches, warm_ensure, cold_ensure, touch, told);
criterion_main!(benches);
