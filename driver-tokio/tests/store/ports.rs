//! Claims of ports.

use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::future::join_all;
use portreeve_core::effect::{PortChange, Put};
use portreeve_core::id::EngineId;
use portreeve_core::outcome::StoreOutcome;
use portreeve_core::record::Row;

use crate::stand::{MINUTE, Stand, count_stored, first, next, port, range, register, revision};

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
    assert_eq!(
        stand.put(&claiming(3, first("c"))).await,
        StoreOutcome::NoPort { known: 3 }
    );

    let nothing_left = stand.put(&replacing(3, MINUTE, next("a", version))).await;
    assert_eq!(nothing_left, StoreOutcome::NoPort { known: 3 });
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
    assert_eq!(
        stand.put(&claiming(1, first("b"))).await,
        StoreOutcome::NoPort { known: 1 }
    );
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
    assert_eq!(stand.record("a").await.version.revision, revision(2));

    // One is claimed and one in quarantine; the other 28 can all be had.
    let rest = (0..28).map(async |number| {
        stand
            .stored(&claiming(30, first(&format!("u{number}"))))
            .await
    });
    join_all(rest).await;
    let none = stand.put(&claiming(30, first("late"))).await;
    assert_eq!(none, StoreOutcome::NoPort { known: 30 });
    assert_eq!(stand.row("late").await, Row::Absent);
}

pub async fn no_port_tells_how_many_there_are(stand: &Stand) {
    let unregistered = stand.put(&claiming(5, first("a"))).await;
    assert_eq!(unregistered, StoreOutcome::NoPort { known: 0 });
    assert_eq!(stand.row("a").await, Row::Absent);
    stand.with_ports(1).await;
    stand.stored(&claiming(5, first("a"))).await;
    let exhausted = stand.put(&claiming(5, first("b"))).await;
    assert_eq!(
        exhausted,
        StoreOutcome::NoPort { known: 1 },
        "four are to be registered yet"
    );
    stand.with_ports(5).await;
    assert_eq!(stand.stored(&claiming(5, first("b"))).await.1, port(19001));
}

pub async fn an_engine_is_registered_once(stand: &Stand) {
    stand.with_ports(1).await;
    let other = stand.carry_out(&register("local", "engine-2", 5)).await;
    assert_eq!(other, StoreOutcome::Registered(EngineId::new("engine-1")));
    stand.stored(&claiming(5, first("a"))).await;
    let none = stand.put(&claiming(5, first("b"))).await;
    assert_eq!(
        none,
        StoreOutcome::NoPort { known: 1 },
        "no ports of an engine that isn't it"
    );
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
