//! The event log: what a write tells is told with it, and read in an order that nothing slips into.

use std::time::Duration;

use portreeve_core::command::Problem;
use portreeve_core::effect::{Put, StoreEffect};
use portreeve_core::event::{
    Actor, Cause, Change, Event, EventBody, EventsFrom, EventsKept, Position,
};
use portreeve_core::outcome::StoreOutcome;

use crate::stand::{MINUTE, Stand, connected, controller, first, next, user};

fn body(change: Change, cause: Cause) -> EventBody {
    EventBody {
        change,
        cause,
        actor: Some(Actor::new("ops\0 \u{202e}").unwrap()),
    }
}

fn told(put: Put, changes: &[Change]) -> Put {
    Put {
        events: changes
            .iter()
            .map(|change| body(change.clone(), Cause::Repair))
            .collect(),
        ..put
    }
}

struct Read {
    events: Vec<Event>,
    newest: Position,
    dropped: Position,
    more: bool,
}

impl Read {
    fn words(&self) -> Vec<String> {
        let words = |event: &Event| format!("{} {}", event.user, event.body.change.as_str());
        self.events.iter().map(words).collect()
    }
}

async fn read_of(stand: &Stand, from: EventsFrom, of: Option<&str>, limit: u32) -> Read {
    let effect = StoreEffect::ReadEvents {
        from,
        user: of.map(user),
        limit,
    };
    match stand.carry_out(&effect).await {
        StoreOutcome::Events {
            events,
            newest,
            dropped,
            more,
        } => Read {
            events,
            newest,
            dropped,
            more,
        },
        other => panic!("{other:?}"),
    }
}

async fn read(stand: &Stand, from: EventsFrom) -> Read {
    read_of(stand, from, None, 100).await
}

/// All kinds of changes, in three writes and a delete.
async fn fill(stand: &Stand) -> Vec<Change> {
    let made = [Change::Made, Change::Starting];
    let (version, _) = stand.stored(&told(first("a"), &made)).await;
    let failed = [
        Change::Failed {
            code: "start_failed".to_owned(),
            reason: "it died\0".to_owned(),
            exit_code: Some(-1),
            log: vec!["last\0 words".to_owned()],
        },
        Change::Repaired {
            problem: Problem::NotRunning,
        },
        Change::IdleLimited {
            limit: Some(MINUTE),
        },
    ];
    let (version, _) = stand.stored(&told(next("a", version), &failed)).await;
    stand.stored(&told(first("b"), &[Change::Made])).await;
    let gone = StoreEffect::Delete {
        user: user("a"),
        version,
        controller: controller(1),
        rest: Duration::ZERO,
        event: body(Change::Purged, Cause::Repair),
    };
    assert_eq!(stand.carry_out(&gone).await, StoreOutcome::Done);
    // It is gone already, so nothing happens.
    assert_eq!(stand.carry_out(&gone).await, StoreOutcome::Done);
    let mut all = [&made[..], &failed[..]].concat();
    all.extend([Change::Made, Change::Purged]);
    all
}

pub async fn what_is_told_is_read_as_it_was_told(stand: &Stand) {
    let empty = read(stand, EventsFrom::Oldest).await;
    assert!(empty.events.is_empty() && !empty.more);
    assert_eq!(
        (empty.newest, empty.dropped),
        (Position::START, Position::START)
    );

    let changes = fill(stand).await;
    let all = read(stand, EventsFrom::Oldest).await;
    let read_changes: Vec<_> = all
        .events
        .iter()
        .map(|event| event.body.change.clone())
        .collect();
    assert_eq!(read_changes, changes);
    for event in &all.events {
        assert_eq!(event.controller, controller(1));
        assert_eq!(event.body, body(event.body.change.clone(), Cause::Repair));
    }
    assert!(
        all.events
            .windows(2)
            .all(|two| two[0].position < two[1].position)
    );
    assert_eq!(all.newest, all.events.last().unwrap().position);
    let of_a = read_of(stand, EventsFrom::Oldest, Some("a"), 100).await;
    assert_eq!(of_a.events.len(), changes.len() - 1);
    assert_eq!(of_a.newest, all.newest);
}

pub async fn events_are_read_by_pages(stand: &Stand) {
    let changes = fill(stand).await;
    let mut from = EventsFrom::Oldest;
    let mut words = Vec::new();
    loop {
        let page = read_of(stand, from, None, 2).await;
        words.extend(page.words());
        if !page.more {
            break;
        }
        assert_eq!(page.events.len(), 2);
        from = EventsFrom::After(page.events[1].position);
    }
    assert_eq!(words, read(stand, EventsFrom::Oldest).await.words());
    assert_eq!(words.len(), changes.len());
    // A page of none would never end.
    assert_eq!(
        read_of(stand, EventsFrom::Oldest, None, 0)
            .await
            .events
            .len(),
        1
    );
}

pub async fn events_are_read_from_anywhere(stand: &Stand) {
    fill(stand).await;
    let all = read(stand, EventsFrom::Oldest).await;
    let now = read(stand, EventsFrom::Now).await;
    assert!(now.events.is_empty() && !now.more);
    assert_eq!(now.newest, all.newest);
    let young = read(stand, EventsFrom::Since(MINUTE)).await;
    assert_eq!(young.words(), all.words());
    let beyond = read(stand, EventsFrom::After(Position(u64::MAX))).await;
    assert!(beyond.events.is_empty());
    assert_eq!(beyond.newest, all.newest);
}

pub async fn a_write_that_is_refused_tells_nothing(stand: &Stand) {
    let (version, _) = stand.stored(&first("a")).await;
    stand.stored(&next("a", version)).await;
    for refused in [
        told(first("a"), &[Change::Made]),
        told(next("a", version), &[Change::Stopped]),
    ] {
        let effect = StoreEffect::Put(refused.into());
        assert_eq!(stand.carry_out(&effect).await, StoreOutcome::Conflict);
    }
    let gone = StoreEffect::Delete {
        user: user("a"),
        version,
        controller: controller(1),
        rest: Duration::ZERO,
        event: body(Change::Purged, Cause::Purge),
    };
    assert_eq!(stand.carry_out(&gone).await, StoreOutcome::Conflict);
    assert_eq!(read(stand, EventsFrom::Oldest).await.words(), [""; 0]);
}

pub async fn what_is_dropped_is_known_to_be(stand: &Stand) {
    fill(stand).await;
    let before = read(stand, EventsFrom::Oldest).await;
    let all = EventsKept {
        age: MINUTE,
        count: 100,
    };
    let drop = |kept| StoreEffect::DropEvents(kept);
    assert_eq!(stand.carry_out(&drop(all)).await, StoreOutcome::Done);
    assert_eq!(
        read(stand, EventsFrom::Oldest).await.words(),
        before.words()
    );

    let three = EventsKept { count: 3, ..all };
    assert_eq!(stand.carry_out(&drop(three)).await, StoreOutcome::Done);
    let left = read(stand, EventsFrom::Oldest).await;
    let dropped = before.events.len() - 3;
    assert_eq!(left.words(), before.words()[dropped..]);
    assert_eq!(left.dropped, before.events[dropped - 1].position);

    let none = EventsKept { count: 0, ..all };
    assert_eq!(stand.carry_out(&drop(none)).await, StoreOutcome::Done);
    let empty = read(stand, EventsFrom::Oldest).await;
    assert_eq!(
        (empty.newest, empty.dropped),
        (before.newest, before.newest)
    );

    // No position is given twice.
    stand.stored(&told(first("c"), &[Change::Made])).await;
    let after = read(stand, EventsFrom::After(before.newest)).await;
    assert_eq!(after.words(), ["c made"]);
    assert!(after.newest > before.newest);
}

/// A statement begins first and commits last: whoever has read on meanwhile is told of it all the same.
pub async fn no_commit_slips_behind_what_was_read(stand: &Stand) {
    stand.load(&[]).await;
    stand.stored(&told(first("a"), &[Change::Made])).await;
    let read_on = connected(&stand.server_url(), async |late| {
        late.batch_execute(
            "BEGIN; INSERT INTO portreeve_event_queue (user_id, controller, body) \
             VALUES ('late', decode(repeat('01', 16), 'hex'), '{\"change\":\"made\"}')",
        )
        .await
        .unwrap();
        stand.stored(&told(first("b"), &[Change::Made])).await;
        let read_on = read(stand, EventsFrom::Oldest).await;
        assert_eq!(read_on.words(), ["a made", "b made"]);
        late.batch_execute("COMMIT").await.unwrap();
        read_on
    })
    .await;
    stand.stored(&told(first("c"), &[Change::Made])).await;
    let rest = read(stand, EventsFrom::After(read_on.newest)).await;
    assert_eq!(rest.words(), ["late made", "c made"]);
}

/// Many write and several follow at once: each is told of all, once, and all in the same order.
pub async fn all_who_follow_are_told_the_same(stand: &Stand) {
    const WRITERS: usize = 8;
    const WRITES: usize = 20;
    stand.load(&[]).await;
    let write = async |writer: usize| {
        let id = format!("writer-{writer}");
        let (mut version, _) = stand.stored(&told(first(&id), &[Change::Made])).await;
        for _ in 1..WRITES {
            (version, _) = stand
                .stored(&told(next(&id, version), &[Change::Starting]))
                .await;
        }
    };
    let follow = async || {
        let mut from = EventsFrom::Oldest;
        let mut events = Vec::new();
        while events.len() < WRITERS * WRITES {
            let page = read_of(stand, from, None, 7).await;
            let last = page.events.last().map(|event| event.position);
            from = EventsFrom::After(last.filter(|_| page.more).unwrap_or(page.newest));
            events.extend(page.events);
        }
        events
    };
    let writers = futures_util::future::join_all((0..WRITERS).map(write));
    let followers = futures_util::future::join_all((0..3).map(|_| follow()));
    let (_, told) = futures_util::future::join(writers, followers).await;
    for events in &told {
        assert_eq!(events, &told[0]);
    }
    let of_one: Vec<_> = told[0]
        .iter()
        .filter(|event| event.user == user("writer-0"))
        .collect();
    assert_eq!(of_one.len(), WRITES);
    assert_eq!(of_one[0].body.change, Change::Made);
}
