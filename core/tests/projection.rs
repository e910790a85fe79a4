//! How the parts of a projection are written.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use portreeve_core::effect::{Effect, EngineEffect};
use portreeve_core::error::Error;
use portreeve_core::id::{
    ContainerId, ControllerId, EffectId, EngineId, Port, PortRange, RecordId, RequestId, Revision,
};
use portreeve_core::name::{Names, Naming};
use portreeve_core::observed::Health;
use portreeve_core::outcome::{ContainerChange, EngineOutcome};
use portreeve_core::projection::{GRAIN, Project, Projection};
use portreeve_core::record::Intent;
use portreeve_core::time::{Instant, Timestamp};
use portreeve_core::token::{Key, Keyring, Token, TokenOf};
use portreeve_core::user::UserId;

use crate::world::{World, user};

/// When the projections are of, by the clock of the one that is projected.
const NOW: Instant = Instant::from_micros(60_000_000);
/// The same by the store's clock.
const WALL: Timestamp = Timestamp::from_micros(7_000_000);

fn names(id: &str) -> Names {
    Naming::default().names(&user(id))
}

/// A projection in which Alice comes before Bob.
fn projection() -> Projection {
    let users = ["alice", "bob"].map(|id| (user(id), names(id)));
    Projection::new(NOW, WALL, users.to_vec())
}

fn written(write: impl FnOnce(&mut Projection)) -> Vec<u64> {
    let mut out = projection();
    write(&mut out);
    out.finish()
}

fn of(value: &impl Project) -> Vec<u64> {
    written(|out| value.project(out))
}

/// So many steps from now, and so many microseconds more.
fn steps(steps: u64, micros: u64) -> Instant {
    NOW.after(Duration::from_micros(steps * GRAIN + micros))
}

fn port(number: u16) -> Port {
    Port::new(number).expect("not 0")
}

/// None is written like another.
fn assert_told_apart(of: &[Vec<u64>]) {
    for (at, one) in of.iter().enumerate() {
        assert!(!one.is_empty());
        assert!(!of[..at].contains(one), "{one:?} is written twice");
    }
}

#[test]
fn users_have_their_places_and_strangers_none() {
    let out = projection();
    assert_eq!(out.rank(&user("alice")), 0);
    assert_eq!(out.rank(&user("bob")), 1);
    let strangers: Vec<_> = (1..=26)
        .map(|length| out.rank(&user(&"s".repeat(length))))
        .collect();
    assert!(
        strangers.iter().all(|rank| *rank >= 1 << 63),
        "{strangers:x?}"
    );
    let told_apart: BTreeSet<_> = strangers.iter().collect();
    assert_eq!(told_apart.len(), strangers.len());
}

#[test]
fn names_of_users_things_have_their_places_and_other_texts_are_told_apart() {
    let [alice, bob] = ["alice", "bob"].map(names);
    let texts = [&alice.container, &alice.volume, &bob.container, &bob.volume];
    assert_eq!(texts.map(of), [[0], [1], [2], [3]]);
    let others = ["", "carol", "carole", names("carol").volume.as_str()].map(|text| of(&text));
    assert!(others.iter().all(|words| words[0] > 3), "{others:x?}");
    assert_told_apart(&others);
}

#[test]
fn in_which_order_users_are_named_doesnt_matter() {
    let (alice, bob) = (user("alice"), user("bob"));
    let both = [2, 0, 1];
    assert_eq!(written(|out| out.users([&alice, &bob])), both);
    assert_eq!(written(|out| out.users([&bob, &alice])), both);
    assert_eq!(written(|out| out.users([&bob])), [1, 1]);

    let entries = [(&alice, 7_u64), (&bob, 8)];
    let write = |entries: Vec<(&UserId, u64)>| {
        written(|out| out.by_user(entries, |entry, out| entry.project(out)))
    };
    assert_eq!(write(entries.to_vec()), [2, 0, 7, 1, 8]);
    assert_eq!(write(vec![entries[1], entries[0]]), [2, 0, 7, 1, 8]);
}

#[test]
fn moments_are_steps_from_now_and_an_order_within_a_step() {
    let at = [(1, 0), (1, 2), (1, 2), (3, 0), (0, 4_999), (0, 5_000)];
    let words = written(|out| {
        for (whole, micros) in at {
            out.moment(steps(whole, micros));
        }
    });
    // The last is rounded up, into the first's step and before it.
    assert_eq!(words, [1, 1, 1, 2, 1, 2, 3, 0, 0, 0, 1, 0]);

    let past = NOW.before(Duration::from_micros(2 * GRAIN));
    assert_eq!(of(&past), [(-2_i64).cast_unsigned(), 0]);
}

#[test]
fn what_never_was_is_no_moment() {
    let words = written(|out| {
        out.moment(Instant::ORIGIN);
        out.moment(NOW);
    });
    assert_eq!(words, [1 << 62, 0, 0]);
}

#[test]
fn moments_of_different_users_and_parts_are_in_no_order() {
    let words = written(|out| {
        out.begin(4);
        out.about(&user("alice"), |out| out.moment(steps(1, 0)));
        out.about(&user("bob"), |out| out.moment(steps(1, 1)));
        out.moment(steps(1, 2));
        out.moment(steps(1, 3));
        out.about(&user("alice"), |out| out.moment(steps(1, 4)));
        out.begin(5);
        out.moment(steps(1, 5));
    });
    assert_eq!(words, [4, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 5, 1, 0]);
}

#[test]
fn a_shared_moment_is_in_order_with_those_of_each_user() {
    let words = written(|out| {
        out.about(&user("bob"), |out| out.moment(steps(1, 0)));
        out.shared_moment(steps(1, 1));
        out.moment(steps(1, 2));
    });
    assert_eq!(words, [1, 0, 1, 0, 1, 1, 1, 0]);
}

#[test]
fn a_deadline_that_has_passed_is_one_like_another() {
    for past in [NOW, NOW.before(Duration::from_secs(9))] {
        assert_eq!(written(|out| out.due(past)), [0]);
    }
    assert_eq!(written(|out| out.due(steps(5, 0))), [5, 0]);
}

#[test]
fn what_is_past_its_limit_is_as_old_as_anything() {
    let limit = Duration::from_secs(3);
    let aged = |ago| written(|out| out.age(NOW.before(ago), limit));
    assert_eq!(aged(limit), [0]);
    assert_eq!(aged(limit * 2), [0]);
    let two_seconds = (-200_i64).cast_unsigned();
    assert_eq!(aged(Duration::from_secs(2)), [two_seconds, 0]);
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

    let twice = |write: fn(&mut Projection, u8)| {
        written(|out| {
            for number in [9, 3, 9] {
                write(out, number);
            }
        })
    };
    let same = [0, 1, 0];
    assert_eq!(
        twice(|out, byte| RecordId::from_bytes([byte; 16]).project(out)),
        same
    );
    assert_eq!(
        twice(|out, byte| ControllerId::from_bytes([byte; 16]).project(out)),
        same
    );
    assert_eq!(twice(|out, byte| EffectId(byte.into()).project(out)), same);
    assert_eq!(twice(|out, byte| RequestId(byte.into()).project(out)), same);
    assert_eq!(twice(|out, byte| out.counted(byte.into())), same);
}

#[test]
fn each_part_counts_for_itself() {
    let words = written(|out| {
        EffectId(3).project(out);
        RequestId(3).project(out);
        out.counted(3);
        out.begin(1);
        EffectId(3).project(out);
    });
    assert_eq!(words, [0, 1, 2, 1, 3]);
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

#[test]
fn times_of_the_store_are_moments() {
    for micros in [-50_000, 0, 30_000] {
        let stored = Timestamp::from_micros(WALL.as_micros() + micros);
        let at = NOW
            .as_micros()
            .checked_add_signed(micros)
            .expect("not that far");
        assert_eq!(of(&stored), of(&Instant::from_micros(at)), "{micros}");
    }
}

#[test]
fn durations_are_steps_and_the_shortest_is_told_from_none() {
    let durations = [0, 1, 4_999, 5_000, 10_000, 14_999, 15_000].map(Duration::from_micros);
    assert_eq!(durations.map(|time| of(&time)[0]), [0, 1, 1, 2, 2, 2, 3]);
    // The end of time can be written, too.
    assert!(of(&Duration::MAX)[0] > 1 << 50);
}

#[test]
fn values_are_what_they_are() {
    assert_eq!([of(&false), of(&true)], [[0], [1]]);
    assert_eq!(of(&7_u16), [7]);
    assert_eq!(of(&7_u32), [7]);
    assert_eq!(of(&7_usize), [7]);
    assert_eq!(of(&-1_i64), [u64::MAX]);
    assert_eq!(of(&port(19_000)), [19_000]);
    assert_eq!(of(&user("bob")), [1]);
    assert_eq!(of(&Revision(7)), [7]);
    assert_told_apart(&["one", "other"].map(|id| of(&EngineId::new(id))));
    assert_eq!(of(&String::from("x")), of(&"x"));
    assert_eq!(of(&Box::new(7_u64)), [7]);
    assert_eq!(of(&None::<u64>), [0]);
    assert_eq!(of(&Some(7_u64)), [1, 7]);
    assert_eq!(of(&(1_u64, 2_u64)), [1, 2]);
    assert_eq!(of(&(1_u64, 2_u64, 3_u64)), [1, 2, 3]);
    assert_eq!(of(&vec![5_u64, 6]), [2, 5, 6]);
    assert_eq!(of(&VecDeque::from([5_u64, 6])), [2, 5, 6]);
}

#[test]
fn variants_are_told_apart() {
    use Intent::{Removing, Running, Starting, Stopped, Stopping};

    assert_told_apart(&[Stopped, Starting, Running, Stopping, Removing].map(|intent| of(&intent)));
    let healths = [Health::Absent, Health::Starting, Health::Healthy];
    assert_told_apart(&healths.map(|health| of(&health)));
    let changes = [
        ContainerChange::Created,
        ContainerChange::Died,
        ContainerChange::Health(Health::Starting),
        ContainerChange::Health(Health::Healthy),
    ];
    assert_told_apart(&changes.map(|change| of(&change)));
    let outcomes = [
        EngineOutcome::Done,
        EngineOutcome::Absent,
        EngineOutcome::PortTaken(String::new()),
    ];
    assert_told_apart(&outcomes.map(|it| of(&it)));
    assert_told_apart(&[Error::Closed, Error::UnknownUser].map(|it| of(&it)));
    let ranges = [(19_000, 19_009), (19_000, 19_010), (19_001, 19_009)];
    let range = |(first, last)| PortRange::new(port(first), port(last)).expect("not empty");
    assert_told_apart(&ranges.map(|ends| of(&range(ends))));
}

/// Whose it is, and where it is to be published.
#[test]
fn specifications_are_told_apart() {
    let mut world = World::new(1);
    world.ensure("alice");
    world.ensure("bob");
    let specs = world
        .issued
        .iter()
        .filter_map(|issued| match &issued.effect {
            Effect::Engine(EngineEffect::Create(spec)) => Some(of(&**spec)),
            Effect::Engine(_) | Effect::Store(_) | Effect::Probe(_) => None,
        });
    assert_told_apart(&specs.collect::<Vec<_>>());
}

#[test]
fn of_a_sealed_token_only_the_key_counts() {
    let key = |byte: u8| Key::new(&[byte; 32].into());
    let sealed = |byte, nonce: u8| {
        let token = Token::from_random(&[7; 32]);
        let alice = user("alice");
        let which = TokenOf {
            user: &alice,
            record: RecordId::from_bytes([1; 16]),
            generation: 1,
        };
        of(&Keyring::new(key(byte), Vec::new()).seal(which, &token, [nonce; 12]))
    };
    assert_eq!(sealed(1, 5), sealed(1, 6));
    assert_told_apart(&[sealed(1, 5), sealed(2, 5)]);
}
