//! No call takes longer for many users than for some: what concerns all of them is done in slices.

use portreeve_benches::World;
use portreeve_benches::longest::{WORK, world};

/// Several pages of records and several slices of lists.
const SOME: u32 = 1_000;
const MANY: u32 = 20_000;

#[test]
fn no_call_takes_longer_for_many_users_than_for_some() {
    let mut some = world(SOME);
    let mut many = world(MANY);
    for work in &WORK {
        // The least of several, since the machine's caches are shared.
        let least = |world: &mut World| {
            let times = (0..5).map(|_| world.longest_call(work.done));
            times.min().expect("five")
        };
        let (few, all) = (least(&mut some), least(&mut many));
        assert!(
            all < 8 * few,
            "{}: the longest call takes {few:?} with {SOME} users and {all:?} with {MANY}",
            work.name
        );
    }
}
