//! Compare-and-set, leases, limits and locks.

use std::time::Duration;

use futures_util::future::join_all;
use portreeve_core::effect::{Put, StoreEffect};
use portreeve_core::id::{ControllerId, Version};
use portreeve_core::outcome::StoreOutcome;
use portreeve_core::record::{Intent, Row};

use crate::stand::{MINUTE, Stand, controller, count_stored, first, next, record_id, written};

pub async fn a_write_at_another_state_is_a_conflict(stand: &Stand) {
    let (version, _) = stand.stored(&first("a")).await;
    assert_eq!(
        stand.put(&first("a")).await,
        StoreOutcome::Conflict,
        "it is there"
    );
    let (later, _) = stand.stored(&next("a", version)).await;
    let stale = stand.put(&next("a", version)).await;
    assert_eq!(stale, StoreOutcome::Conflict);
    let purged = Version {
        record: record_id(),
        ..later
    };
    assert_eq!(stand.put(&next("a", purged)).await, StoreOutcome::Conflict);
    assert_eq!(stand.put(&next("b", version)).await, StoreOutcome::Conflict);
    assert_eq!(stand.row("b").await, Row::Absent);
    assert_eq!(stand.record("a").await.version, later);
}

/// A replica that lags takes over, and has not seen the last write; another is written in its place.
pub async fn a_state_that_was_lost_is_never_another(stand: &Stand) {
    let (before, _) = stand.stored(&first("a")).await;
    let (lost, _) = stand.stored(&next("a", before)).await;
    let fail_over = format!(
        "UPDATE portreeve_tenancies SET revision = {}",
        before.revision.0
    );
    stand.tamper(&fail_over, &fail_over).await;
    let (other, _) = stand.stored(&next("a", before)).await;
    assert_eq!(
        stand.put(&next("a", lost)).await,
        StoreOutcome::Conflict,
        "{lost:?} {other:?}"
    );
}

fn by(controller: ControllerId, lease: Option<Duration>, put: Put) -> Put {
    Put {
        controller,
        lease,
        ..put
    }
}

pub async fn a_leased_record_is_its_holders(stand: &Stand) {
    let (holder, other) = (controller(1), controller(2));
    let (version, _) = stand.stored(&by(holder, Some(MINUTE), first("a"))).await;
    let taken = stand
        .put(&by(other, Some(MINUTE), next("a", version)))
        .await;
    assert_eq!(taken, StoreOutcome::Conflict);
    assert_eq!(stand.record("a").await.lease.unwrap().owner, holder);

    let (version, _) = stand
        .stored(&by(holder, Some(MINUTE), next("a", version)))
        .await;
    let (version, _) = stand.stored(&by(holder, None, next("a", version))).await;
    assert_eq!(stand.record("a").await.lease, None);
    stand
        .stored(&by(other, Some(MINUTE), next("a", version)))
        .await;
    assert_eq!(stand.record("a").await.lease.unwrap().owner, other);
}

pub async fn an_expired_lease_is_anybodys(stand: &Stand) {
    let brief = Some(Duration::from_millis(20));
    let (version, _) = stand.stored(&by(controller(1), brief, first("a"))).await;
    loop {
        let lease = stand.record("a").await.lease.unwrap();
        assert_eq!(
            lease.owner,
            controller(1),
            "an expired lease still names its holder"
        );
        if lease.remaining.is_zero() {
            break;
        }
    }
    stand
        .stored(&by(controller(2), Some(MINUTE), next("a", version)))
        .await;
    assert_eq!(stand.record("a").await.lease.unwrap().owner, controller(2));
}

pub async fn of_many_first_writes_one_wins(stand: &Stand) {
    stand.load(&[]).await;
    let outcomes = join_all((0..20).map(async |_| stand.put(&first("a")).await)).await;
    assert_eq!(count_stored(&outcomes, &StoreOutcome::Conflict), 1);
}

pub async fn of_many_writes_at_one_revision_one_wins(stand: &Stand) {
    let (version, _) = stand.stored(&first("a")).await;
    let put = next("a", version);
    let outcomes = join_all((0..20).map(async |_| stand.put(&put).await)).await;
    assert_eq!(count_stored(&outcomes, &StoreOutcome::Conflict), 1);
    let revision = stand.record("a").await.version.revision;
    assert_eq!(revision, written(&outcomes));
}

pub async fn a_container_name_is_one_users(stand: &Stand) {
    let taken = first("a");
    stand.stored(&taken).await;
    let (version, _) = stand.stored(&first("b")).await;
    for mut put in [first("c"), next("b", version)] {
        put.body
            .names
            .container
            .clone_from(&taken.body.names.container);
        match stand.put(&put).await {
            StoreOutcome::Refused(text) => {
                assert!(text.contains(&taken.body.names.container), "{text}");
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(stand.row("c").await, Row::Absent);
}

pub async fn the_running_limit_holds_under_a_burst(stand: &Stand) {
    stand.load(&[]).await;
    let starts = (0..20).map(async |number| {
        let mut put = first(&format!("u{number}"));
        put.body.intent = Intent::Starting;
        put.running_limit = Some(5);
        stand.put(&put).await
    });
    let outcomes = join_all(starts).await;
    assert_eq!(count_stored(&outcomes, &StoreOutcome::LimitReached), 5);
}

pub async fn the_running_limit_counts_other_users(stand: &Stand) {
    let mut running = first("a");
    running.body.intent = Intent::Running;
    let (version, _) = stand.stored(&running).await;
    stand.stored(&first("stopped")).await;
    let limited = |put: Put| Put {
        running_limit: Some(1),
        ..put
    };
    let reached = stand.put(&limited(first("b"))).await;
    assert_eq!(reached, StoreOutcome::LimitReached);
    assert_eq!(stand.row("b").await, Row::Absent);
    stand.stored(&limited(next("a", version))).await;
    stand.stored(&limited(first("b"))).await;
}

/// What is being stopped takes its memory until it is known to be down.
pub async fn the_running_limit_counts_who_is_being_stopped(stand: &Stand) {
    let limited = Put {
        running_limit: Some(1),
        ..first("b")
    };
    let (mut version, _) = stand.stored(&first("a")).await;
    for intent in [
        Intent::Starting,
        Intent::Running,
        Intent::Stopping,
        Intent::Removing,
    ] {
        let mut put = next("a", version);
        put.body.intent = intent;
        (version, _) = stand.stored(&put).await;
        let reached = stand.put(&limited).await;
        assert_eq!(reached, StoreOutcome::LimitReached, "{intent:?}");
    }
    stand.stored(&next("a", version)).await;
    stand.stored(&limited).await;
}

pub async fn locks_are_held_by_one(stand: &Stand) {
    let lock = async |owner: u8, ttl: Duration| {
        let effect = StoreEffect::Lock {
            name: "network".to_owned(),
            owner: controller(owner),
            ttl,
        };
        stand.carry_out(&effect).await
    };
    let unlock = async |owner: u8| {
        let effect = StoreEffect::Unlock {
            name: "network".to_owned(),
            owner: controller(owner),
        };
        assert_eq!(stand.carry_out(&effect).await, StoreOutcome::Done);
    };
    let outcomes = join_all((1..=8).map(async |owner| lock(owner, MINUTE).await)).await;
    let winner = outcomes
        .iter()
        .position(|outcome| *outcome == StoreOutcome::Done)
        .unwrap();
    let held = outcomes
        .iter()
        .filter(|outcome| **outcome == StoreOutcome::LockHeld);
    assert_eq!(held.count(), 7, "{outcomes:?}");

    let winner = u8::try_from(winner + 1).unwrap();
    assert_eq!(
        lock(winner, MINUTE).await,
        StoreOutcome::Done,
        "it may be renewed"
    );
    unlock(99).await;
    assert_eq!(
        lock(99, MINUTE).await,
        StoreOutcome::LockHeld,
        "it wasn't 99's to give back"
    );
    unlock(winner).await;
    assert_eq!(lock(99, Duration::ZERO).await, StoreOutcome::Done);
    assert_eq!(
        lock(winner, MINUTE).await,
        StoreOutcome::Done,
        "99's had expired"
    );
}
