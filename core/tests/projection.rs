//! How the parts of a projection are written.

use portreeve_core::id::{ContainerId, EffectId};
use portreeve_core::name::Naming;
use portreeve_core::projection::{Project, Projection};
use portreeve_core::time::{Instant, Timestamp};

use crate::world::user;

/// A projection in which Alice comes before Bob.
fn projection() -> Projection {
    let naming = Naming::default();
    let users = ["alice", "bob"].map(|id| (user(id), naming.names(&user(id))));
    Projection::new(Instant::ORIGIN, Timestamp::from_micros(0), users.to_vec())
}

#[test]
fn users_have_their_places_and_strangers_none() {
    let out = projection();
    assert_eq!(out.rank(&user("alice")), 0);
    assert_eq!(out.rank(&user("bob")), 1);
    let strangers = ["carol", "dave"].map(|id| out.rank(&user(id)));
    assert!(strangers.iter().all(|rank| *rank >= 1 << 63));
    assert_ne!(strangers[0], strangers[1]);
}

#[test]
fn ids_are_numbered_as_they_turn_up() {
    let mut out = projection();
    let ids = ["c", "a", "b"].map(ContainerId::new);
    for id in ids.iter().chain(&ids) {
        id.project(&mut out);
    }
    assert_eq!(out.containers(), ids);
    assert_eq!(out.finish(), [0, 1, 2, 0, 1, 2]);
}

#[test]
fn effects_have_a_rank_once_they_turned_up() {
    let mut out = projection();
    assert_eq!(out.effect_rank(EffectId(7)), None);
    for (number, rank) in [(7, 0), (3, 1), (9, 2)] {
        EffectId(number).project(&mut out);
        assert_eq!(out.effect_rank(EffectId(number)), Some(rank));
    }
    assert_eq!(out.effect_rank(EffectId(7)), Some(0));
    assert_eq!(out.effect_rank(EffectId(8)), None);
}
