//! Ends of records.

use std::time::Duration;

use futures_util::future::join_all;
use portreeve_core::effect::{PortChange, Put, StoreEffect};
use portreeve_core::id::{ControllerId, Version};
use portreeve_core::outcome::StoreOutcome;
use portreeve_core::record::Row;

use crate::stand::{
    MINUTE, Stand, controller, first, next, no_port, port, purged, range, revision, user, written,
};

fn delete(id: &str, version: Version, controller: ControllerId, rest: Duration) -> StoreEffect {
    StoreEffect::Delete {
        user: user(id),
        version,
        controller,
        rest,
        event: purged(),
    }
}

fn claiming(put: Put) -> Put {
    Put {
        port: PortChange::Claim(range(1)),
        ..put
    }
}

pub async fn a_deleted_record_is_gone_and_its_port_rests(stand: &Stand) {
    stand.with_ports(1).await;
    for rest in [Duration::ZERO, MINUTE] {
        let (version, claimed) = stand.stored(&claiming(first("a"))).await;
        assert_eq!(claimed, port(19000));
        let outcome = stand
            .carry_out(&delete("a", version, controller(1), rest))
            .await;
        assert_eq!(outcome, StoreOutcome::Done);
        assert_eq!(stand.row("a").await, Row::Absent);
    }
    let resting = stand.put(&claiming(first("b"))).await;
    assert_eq!(no_port(&resting), 1);
}

pub async fn what_is_gone_is_deleted_again_without_harm(stand: &Stand) {
    stand.load(&[]).await;
    let (version, _) = stand.stored(&first("a")).await;
    let effect = delete("a", version, controller(1), MINUTE);
    assert_eq!(stand.carry_out(&effect).await, StoreOutcome::Done);
    assert_eq!(stand.carry_out(&effect).await, StoreOutcome::Done);

    let (newer, _) = stand.stored(&first("a")).await;
    assert_eq!(stand.carry_out(&effect).await, StoreOutcome::Done);
    assert_eq!(
        stand.record("a").await.version,
        newer,
        "it is another record"
    );
}

pub async fn another_state_is_not_deleted(stand: &Stand) {
    stand.with_ports(1).await;
    let (old, _) = stand.stored(&claiming(first("a"))).await;
    let (version, _) = stand.stored(&next("a", old)).await;
    let ahead = Version {
        revision: revision(9),
        ..version
    };
    for (id, version) in [("a", old), ("a", ahead), ("b", version)] {
        let effect = delete(id, version, controller(1), MINUTE);
        assert_eq!(stand.carry_out(&effect).await, StoreOutcome::Conflict);
    }
    let record = stand.record("a").await;
    assert_eq!((record.version, record.port), (version, port(19000)));
}

pub async fn a_leased_record_is_its_holders_to_delete(stand: &Stand) {
    let leased = |id: &str, lease| Put {
        lease: Some(lease),
        ..first(id)
    };
    let (version, _) = stand.stored(&leased("a", MINUTE)).await;
    let by = |number| delete("a", version, controller(number), MINUTE);
    assert_eq!(stand.carry_out(&by(2)).await, StoreOutcome::Conflict);
    assert_eq!(stand.carry_out(&by(1)).await, StoreOutcome::Done);

    let (version, _) = stand.stored(&leased("b", Duration::ZERO)).await;
    let effect = delete("b", version, controller(2), MINUTE);
    assert_eq!(
        stand.carry_out(&effect).await,
        StoreOutcome::Done,
        "it has ended"
    );
}

pub async fn a_delete_and_a_write_at_once_are_one_of_them(stand: &Stand) {
    stand.with_ports(20).await;
    for number in 0..20 {
        let id = format!("u{number}");
        let claim = PortChange::Claim(range(20));
        let (version, _) = stand
            .stored(&Put {
                port: claim,
                ..first(&id)
            })
            .await;
        let effect = delete(&id, version, controller(1), Duration::ZERO);
        let put = StoreEffect::Put(next(&id, version).into());
        let effects = [&effect, &put, &effect, &put];
        let outcomes = join_all(effects.map(async |effect| stand.carry_out(effect).await)).await;
        let stored = outcomes
            .iter()
            .filter(|outcome| matches!(outcome, StoreOutcome::Stored { .. }))
            .count();
        match (stored, stand.row(&id).await) {
            (1, Row::Found(record)) => {
                assert_eq!(outcomes[0], StoreOutcome::Conflict);
                assert_eq!(outcomes[2], StoreOutcome::Conflict);
                assert_eq!(record.version.revision, written(&outcomes));
                assert!(record.port.is_some());
            }
            (0, Row::Absent) => {
                // Either deleted it, and to the other it was gone.
                assert_eq!(outcomes[0], StoreOutcome::Done);
                assert_eq!(outcomes[2], StoreOutcome::Done);
            }
            (_, row) => panic!("{outcomes:?}, {row:?}"),
        }
    }
}
