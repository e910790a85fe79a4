//! Claims of ports.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use portreeve_core::effect::{PortChange, Put};
use portreeve_core::id::{EngineId, EngineName, Port};
use portreeve_core::outcome::StoreOutcome;
use portreeve_core::record::Row;

use crate::stand::{
    MINUTE, Stand, count_stored, first, next, no_port, port, range, register, user, written,
};

/// Claims one of `count` ports.
fn claiming(count: u16, put: Put) -> Put {
    Put {
        port: PortChange::Claim(range(count)),
        ..put
    }
}

pub async fn fifty_claims_at_once_get_fifty_ports(stand: &Stand) {
    stand.with_ports(110).await;
    let ids: Vec<String> = (0..50).map(|number| format!("u{number}")).collect();
    let firsts = ids
        .iter()
        .map(async |id| stand.stored(&claiming(110, first(id))).await);
    let firsts = join_all(firsts).await;
    let claimed: BTreeSet<_> = firsts.iter().map(|(_, port)| port.unwrap()).collect();
    assert_eq!(claimed.len(), 50);

    let others = ids.iter().zip(&firsts).map(async |(id, (version, _))| {
        stand
            .stored(&replacing(110, MINUTE, next(id, *version)))
            .await
            .1
            .unwrap()
    });
    let others: BTreeSet<_> = join_all(others).await.into_iter().collect();
    assert_eq!(others.len(), 50);
    assert!(claimed.is_disjoint(&others), "those are in quarantine");
    let last = others.last().unwrap().get();
    assert!(last < 19110, "{last}");
}

pub async fn a_claim_keeps_the_port_there_is(stand: &Stand) {
    stand.with_ports(5).await;
    let (version, claimed) = stand.stored(&claiming(5, first("a"))).await;
    assert_eq!(claimed, port(19000), "the lowest");
    stand.stored(&claiming(5, first("b"))).await;
    let (version, claimed) = stand.stored(&next("a", version)).await;
    assert_eq!(claimed, port(19000), "kept");
    let (_, claimed) = stand.stored(&claiming(5, next("a", version))).await;
    assert_eq!(claimed, port(19000), "claimed again");
    assert_eq!(stand.stored(&claiming(5, first("c"))).await.1, port(19002));
    assert_eq!(stand.record("a").await.port, port(19000));
}

fn replacing(count: u16, quarantine: Duration, put: Put) -> Put {
    let range = range(count);
    Put {
        port: PortChange::Replace { range, quarantine },
        ..put
    }
}

pub async fn a_replaced_port_is_quarantined(stand: &Stand) {
    stand.with_ports(3).await;
    let (version, _) = stand.stored(&claiming(3, first("a"))).await;
    let (version, claimed) = stand
        .stored(&replacing(3, MINUTE, next("a", version)))
        .await;
    assert_eq!(claimed, port(19001));
    assert_eq!(stand.record("a").await.port, port(19001));
    assert_eq!(stand.stored(&claiming(3, first("b"))).await.1, port(19002));
    match stand.put(&claiming(3, first("c"))).await {
        StoreOutcome::NoPort {
            known: 3,
            free_in: Some(rest),
        } => assert!(rest <= MINUTE && rest > MINUTE / 2, "{rest:?}"),
        other => panic!("{other:?}"),
    }

    let nothing_left = stand.put(&replacing(3, MINUTE, next("a", version))).await;
    assert_eq!(no_port(&nothing_left), 3);
    let record = stand.record("a").await;
    assert_eq!(
        (record.version, record.port),
        (version, port(19001)),
        "nothing was written"
    );

    stand
        .tamper(
            "UPDATE portreeve_ports SET free_at = now() WHERE port = 19000",
            "UPDATE portreeve_ports SET free_at = 0 WHERE port = 19000",
        )
        .await;
    assert_eq!(
        stand.stored(&claiming(3, first("c"))).await.1,
        port(19000),
        "it is over"
    );
}

pub async fn a_freed_port_rests(stand: &Stand) {
    stand.with_ports(1).await;
    let freeing = |rest, put| Put {
        port: PortChange::Free { rest },
        ..put
    };
    let (version, _) = stand.stored(&claiming(1, first("a"))).await;
    let (version, claimed) = stand.stored(&freeing(MINUTE, next("a", version))).await;
    assert_eq!(claimed, None);
    assert_eq!(stand.record("a").await.port, None);
    let (version, claimed) = stand.stored(&freeing(MINUTE, next("a", version))).await;
    assert_eq!(claimed, None, "there was none to free");
    assert_eq!(no_port(&stand.put(&claiming(1, first("b"))).await), 1);
    stand
        .tamper(
            "UPDATE portreeve_ports SET free_at = now()",
            "UPDATE portreeve_ports SET free_at = 0",
        )
        .await;
    let (version, claimed) = stand.stored(&claiming(1, next("a", version))).await;
    assert_eq!(claimed, port(19000));
    stand
        .stored(&freeing(Duration::ZERO, next("a", version)))
        .await;
    assert_eq!(
        stand.stored(&claiming(1, first("b"))).await.1,
        port(19000),
        "no rest, no wait"
    );
}

pub async fn a_lost_race_claims_nothing(stand: &Stand) {
    stand.with_ports(30).await;
    let firsts = (0..20).map(async |_| stand.put(&claiming(30, first("a"))).await);
    let outcomes = join_all(firsts).await;
    assert_eq!(count_stored(&outcomes, &StoreOutcome::Conflict), 1);

    let version = stand.record("a").await.version;
    let put = replacing(30, MINUTE, next("a", version));
    let outcomes = join_all((0..10).map(async |_| stand.put(&put).await)).await;
    assert_eq!(count_stored(&outcomes, &StoreOutcome::Conflict), 1);
    let revision = stand.record("a").await.version.revision;
    assert_eq!(revision, written(&outcomes));

    // One is claimed and one in quarantine; the other 28 can all be had.
    let rest = (0..28).map(async |number| {
        stand
            .stored(&claiming(30, first(&format!("u{number}"))))
            .await
    });
    join_all(rest).await;
    let none = stand.put(&claiming(30, first("late"))).await;
    assert_eq!(no_port(&none), 30);
    assert_eq!(stand.row("late").await, Row::Absent);
}

pub async fn no_port_tells_how_many_there_are(stand: &Stand) {
    let unregistered = stand.put(&claiming(5, first("a"))).await;
    assert_eq!(no_port(&unregistered), 0);
    assert_eq!(stand.row("a").await, Row::Absent);
    stand.with_ports(1).await;
    stand.stored(&claiming(5, first("a"))).await;
    let exhausted = stand.put(&claiming(5, first("b"))).await;
    // Four are to be registered yet, and the one that is isn't resting but claimed.
    let (known, free_in) = (1, None);
    assert_eq!(exhausted, StoreOutcome::NoPort { known, free_in });
    stand.with_ports(5).await;
    assert_eq!(stand.stored(&claiming(5, first("b"))).await.1, port(19001));
}

pub async fn an_engine_is_registered_once(stand: &Stand) {
    stand.with_ports(1).await;
    let other = stand.carry_out(&register("local", "engine-2", 5)).await;
    assert_eq!(other, StoreOutcome::Registered(EngineId::new("engine-1")));
    stand.stored(&claiming(5, first("a"))).await;
    let none = stand.put(&claiming(5, first("b"))).await;
    assert_eq!(no_port(&none), 1, "no ports of an engine that isn't it");
    let elsewhere = stand.carry_out(&register("other", "engine-2", 5)).await;
    assert_eq!(
        elsewhere,
        StoreOutcome::Registered(EngineId::new("engine-2"))
    );
}

pub async fn registering_at_once_is_harmless(stand: &Stand) {
    let registers = (0..8).map(async |number| {
        let effect = register("local", &format!("engine-{number}"), 2000);
        stand.carry_out(&effect).await
    });
    let outcomes = join_all(registers).await;
    assert!(
        matches!(outcomes[0], StoreOutcome::Registered(_)),
        "{:?}",
        outcomes[0]
    );
    assert!(
        outcomes.iter().all(|outcome| *outcome == outcomes[0]),
        "{outcomes:?}"
    );
}

/// Takes a certain port.
fn taking(number: u16, put: Put) -> Put {
    Put {
        port: PortChange::Take(Port::new(number).unwrap()),
        ..put
    }
}

pub async fn a_certain_port_is_taken(stand: &Stand) {
    stand.with_ports(3).await;
    // Known to the store, and resting.
    let (b, _) = stand.stored(&claiming(3, first("b"))).await;
    let free = PortChange::Free { rest: MINUTE };
    stand
        .stored(&Put {
            port: free,
            ..next("b", b)
        })
        .await;
    let (a, taken) = stand.stored(&taking(19000, first("a"))).await;
    assert_eq!(taken, port(19000));
    assert_eq!(stand.record("a").await.port, port(19000));
    // The record's own already.
    let (a, taken) = stand.stored(&taking(19000, next("a", a))).await;
    assert_eq!(taken, port(19000));
    let (a, claimed) = stand.stored(&claiming(3, next("a", a))).await;
    assert_eq!(claimed, port(19000), "kept");

    // Unknown to the store, in place of the one before, which needs no rest.
    let (a, taken) = stand.stored(&taking(40000, next("a", a))).await;
    assert_eq!(taken, port(40000));
    assert_eq!(stand.record("a").await.port, port(40000));
    assert_eq!(stand.stored(&claiming(3, first("c"))).await.1, port(19000));
    let (_, taken) = stand.stored(&taking(40001, first("d"))).await;
    assert_eq!(taken, port(40001));
    // Freed, it is a port like any other.
    let free = PortChange::Free {
        rest: Duration::ZERO,
    };
    stand
        .stored(&Put {
            port: free,
            ..next("a", a)
        })
        .await;
    assert_eq!(
        stand.stored(&taking(40000, first("e"))).await.1,
        port(40000)
    );
}

pub async fn a_certain_port_of_anothers_is_not_taken(stand: &Stand) {
    stand.with_ports(2).await;
    stand.stored(&claiming(2, first("a"))).await;
    let (version, _) = stand.stored(&claiming(2, first("b"))).await;
    for put in [first("c"), next("b", version)] {
        let outcome = stand.put(&taking(19000, put)).await;
        assert_eq!(no_port(&outcome), 1);
    }
    assert_eq!(stand.row("c").await, Row::Absent);
    let record = stand.record("b").await;
    assert_eq!((record.version, record.port), (version, port(19001)));
    assert_eq!(stand.record("a").await.port, port(19000));

    let mut elsewhere = taking(19000, first("e"));
    elsewhere.engine = EngineName::new("other");
    assert_eq!(
        stand.stored(&elsewhere).await.1,
        port(19000),
        "each engine has its own"
    );
}

/// Of writes that want one port all at once, one was stored. To the others the port is another's, or
/// became it meanwhile.
fn assert_one_stored(outcomes: &[StoreOutcome]) {
    let stored = outcomes.iter().filter(|outcome| match outcome {
        StoreOutcome::Stored { .. } => true,
        StoreOutcome::Conflict | StoreOutcome::NoPort { known: 0 | 1, .. } => false,
        other => panic!("{other:?}"),
    });
    assert_eq!(stored.count(), 1, "{outcomes:?}");
}

pub async fn of_many_who_take_one_port_one_has_it(stand: &Stand) {
    stand.with_ports(1).await;
    let ids: Vec<String> = (0..12).map(|number| format!("u{number}")).collect();
    for number in [19000, 40000] {
        // Half of them have a record.
        let mut puts = Vec::new();
        for (place, id) in ids.iter().enumerate() {
            let id = format!("{id} for {number}");
            let put = if place % 2 == 0 {
                first(&id)
            } else {
                next(&id, stand.stored(&first(&id)).await.0)
            };
            puts.push(taking(number, put));
        }
        let outcomes = join_all(puts.iter().map(async |put| stand.put(put).await)).await;
        assert_one_stored(&outcomes);
        // Those that lost wrote nothing, and are now told why.
        for (put, outcome) in puts.iter().zip(&outcomes) {
            if !matches!(outcome, StoreOutcome::Stored { .. }) {
                let again = stand.put(put).await;
                assert_eq!(no_port(&again), 1, "{outcome:?}");
            }
        }
        let users: Vec<_> = puts.iter().map(|put| put.user.clone()).collect();
        let (_, rows) = stand.load(&users).await;
        let holders = rows
            .iter()
            .filter(|(_, row)| matches!(row, Row::Found(record) if record.port == port(number)));
        assert_eq!(holders.count(), 1);
    }
}

pub async fn a_lost_race_takes_nothing(stand: &Stand) {
    stand.load(&[]).await;
    let takes = (0..10).map(async |number| stand.put(&taking(40000 + number, first("a"))).await);
    let outcomes = join_all(takes).await;
    assert_eq!(count_stored(&outcomes, &StoreOutcome::Conflict), 1);
    let record = stand.record("a").await;
    let (version, held) = (record.version, record.port.unwrap().get());

    // Two that adopt the same user alike: the later one is to look again, not told of a stranger.
    let same = taking(40020, first("b"));
    let outcomes = join_all((0..10).map(async |_| stand.put(&same).await)).await;
    assert_eq!(count_stored(&outcomes, &StoreOutcome::Conflict), 1);

    let takes =
        (10..20).map(async |number| stand.put(&taking(40000 + number, next("a", version))).await);
    let outcomes = join_all(takes).await;
    assert_eq!(count_stored(&outcomes, &StoreOutcome::Conflict), 1);
    let moved = stand.record("a").await.port.unwrap().get();
    assert!((40010..40020).contains(&moved) && held < 40010);
    // All that were lost or left can be had.
    let free = (40000..40020).filter(|number| *number != moved);
    join_all(free.map(async |number| {
        stand
            .stored(&taking(number, first(&format!("u{number}"))))
            .await
    }))
    .await;
}

pub async fn takes_and_claims_at_once_share_no_port(stand: &Stand) {
    stand.with_ports(20).await;
    let ids: Vec<String> = (0..20).map(|number| format!("u{number}")).collect();
    let puts = ids.iter().zip(19000..).map(async |(id, number)| {
        let put = if number % 2 == 0 {
            taking(19000 + (number - 19000) / 2, first(id))
        } else {
            claiming(20, first(id))
        };
        stand.put(&put).await
    });
    join_all(puts).await;
    let users: Vec<_> = ids.iter().map(|id| user(id)).collect();
    let (_, rows) = stand.load(&users).await;
    let mut held = BTreeSet::new();
    let mut count = 0;
    for (user, row) in rows {
        match row {
            Row::Found(record) => {
                count += 1;
                assert!(held.insert(record.port.expect("a port")), "{user:?}");
            }
            Row::Absent => {}
            Row::Unreadable(why) => panic!("{user:?}: {why}"),
        }
    }
    assert!(count >= 10, "{held:?}");
}
