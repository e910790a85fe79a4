//! A store's clock that ran ahead by years, and was set right: nothing that was written meanwhile
//! keeps anybody waiting.

use std::time::Duration;

use portreeve_core::effect::{Idle, PortChange, Put, StoreEffect};
use portreeve_core::id::EngineName;
use portreeve_core::outcome::{StoreOutcome, Touch};
use portreeve_core::record::{Ahead, Failure, Intent};

use crate::stand::{MINUTE, Stand, controller, first, next, port, purged, range, user};

pub async fn a_lease_taken_by_a_clock_that_ran_ahead_is_over(stand: &Stand) {
    stand.clock_runs_ahead();
    let leased = |id| Put {
        lease: Some(MINUTE),
        ..first(id)
    };
    let (a, _) = stand.stored(&leased("a")).await;
    let (b, _) = stand.stored(&leased("b")).await;
    stand.clock_is_set_right().await;
    let found = stand.record("a").await;
    let lease = found.lease.expect("it is still there");
    assert_eq!(lease.remaining, Duration::ZERO);
    let (now, until) = (stand.load(&[]).await.0.now, found.ahead.lease);
    assert!(until.is_some_and(|until| until.since(now) > 365 * 24 * 60 * MINUTE));
    let of_another = |id, version| Put {
        controller: controller(2),
        lease: Some(MINUTE),
        ..next(id, version)
    };
    stand.stored(&of_another("a", a)).await;
    let found = stand.record("a").await;
    let lease = found.lease.expect("it was taken");
    assert!(lease.remaining > MINUTE / 2, "{lease:?}");
    assert_eq!(found.ahead, Ahead::default());
    // And one taken now is its holder's.
    let (version, again) = (stand.record("a").await.version, controller(3));
    let put = Put {
        controller: again,
        ..of_another("a", version)
    };
    assert_eq!(stand.put(&put).await, StoreOutcome::Conflict);
    let delete = StoreEffect::Delete {
        user: user("b"),
        version: b,
        controller: controller(2),
        rest: MINUTE,
        event: purged(),
    };
    assert_eq!(stand.carry_out(&delete).await, StoreOutcome::Done);
}

pub async fn a_lock_taken_by_a_clock_that_ran_ahead_is_over(stand: &Stand) {
    let lock = |owner| StoreEffect::Lock {
        name: "network".to_owned(),
        owner: controller(owner),
        ttl: MINUTE,
    };
    stand.clock_runs_ahead();
    assert_eq!(stand.carry_out(&lock(1)).await, StoreOutcome::Done);
    stand.clock_is_set_right().await;
    assert_eq!(stand.carry_out(&lock(2)).await, StoreOutcome::Done);
    assert_eq!(stand.carry_out(&lock(1)).await, StoreOutcome::LockHeld);
}

pub async fn a_port_freed_by_a_clock_that_ran_ahead_has_rested(stand: &Stand) {
    stand.with_ports(1).await;
    let claiming = |put| Put {
        port: PortChange::Claim(range(1)),
        ..put
    };
    let (version, claimed) = stand.stored(&claiming(first("a"))).await;
    assert_eq!(claimed, port(19000));
    stand.clock_runs_ahead();
    let free = Put {
        port: PortChange::Free { rest: MINUTE },
        ..next("a", version)
    };
    let (version, _) = stand.stored(&free).await;
    stand.clock_is_set_right().await;
    let (_, claimed) = stand.stored(&claiming(first("b"))).await;
    assert_eq!(claimed, port(19000));
    let outcome = stand.put(&claiming(next("a", version))).await;
    assert!(
        matches!(outcome, StoreOutcome::NoPort { .. }),
        "{outcome:?}"
    );
}

pub async fn a_failed_start_written_by_a_clock_that_ran_ahead_is_tried_again(stand: &Stand) {
    stand.clock_runs_ahead();
    let mut put = first("a");
    put.body.failure = Some(Failure {
        count: 9,
        reason: "it ended".to_owned(),
        exit_code: None,
        log: Vec::new(),
        retry_in: 5 * MINUTE,
    });
    stand.stored(&put).await;
    let before = stand.record("a").await.body.failure.expect("it is kept");
    assert!(before.retry_in > 4 * MINUTE, "{before:?}");
    stand.clock_is_set_right().await;
    let found = stand.record("a").await;
    let (now, until) = (stand.load(&[]).await.0.now, found.ahead.retry);
    assert!(until.is_some_and(|until| until.since(now) > 365 * 24 * 60 * MINUTE));
    let after = found.body.failure.expect("it is kept");
    assert_eq!((after.count, after.retry_in), (9, Duration::ZERO));
}

/// It isn't idle either: the user counts as active when that is noticed.
pub async fn an_activity_in_the_future_counts_as_one_of_now(stand: &Stand) {
    const IDLE: Idle = Idle {
        limit: MINUTE,
        slack: Duration::ZERO,
    };
    let mut put = first("a");
    put.touch = true;
    put.body.intent = Intent::Running;
    stand.clock_runs_ahead();
    let (a, _) = stand.stored(&put).await;
    let mut other = put.clone();
    other = Put {
        body: first("b").body,
        user: user("b"),
        expect: first("b").expect,
        ..other
    };
    let (b, _) = stand.stored(&other).await;
    stand.clock_is_set_right().await;
    let (header, _) = stand.load(&[]).await;
    let ahead = stand.record("a").await.last_active.expect("it was active");
    assert!(ahead.since(header.now) > MINUTE);
    // Who looks for the idle finds it, and whoever would reap it doesn't.
    let scan = StoreEffect::ScanIdle {
        engine: EngineName::new("local"),
        idle: IDLE,
        after: None,
        limit: 10,
    };
    match stand.carry_out(&scan).await {
        StoreOutcome::Scanned { rows, .. } => {
            let found: Vec<_> = rows.iter().map(|(user, _)| user.as_str()).collect();
            assert_eq!(found, ["a"]);
        }
        other => panic!("{other:?}"),
    }
    let mut reap = next("a", a);
    reap.idle = Some(IDLE);
    assert_eq!(stand.put(&reap).await, StoreOutcome::Active);
    // A touch puts it right, and so does a write that is none.
    let touch = StoreEffect::Touch {
        users: vec![user("a")],
    };
    match stand.carry_out(&touch).await {
        StoreOutcome::Touched(touches) => match &touches[..] {
            [(_, Touch::Written(pulse))] => {
                assert!(pulse.last_active.since(header.now) < MINUTE, "{pulse:?}");
            }
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
    stand.stored(&next("b", b)).await;
    for id in ["a", "b"] {
        let active = stand.record(id).await.last_active.expect("it was active");
        assert!(active >= header.now && active.since(header.now) < MINUTE);
    }
}
