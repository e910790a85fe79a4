//! Writes that take hold only of a user who has been idle, by the store's clock.

use std::time::Duration;

use futures_util::future::join_all;
use portreeve_core::effect::{Idle, PortChange, Put, StoreEffect};
use portreeve_core::id::{EngineName, Revision, Version};
use portreeve_core::outcome::{StoreOutcome, Touch};
use portreeve_core::record::Intent;
use portreeve_core::user::UserId;

use crate::client::Client;
use crate::stand::{
    MINUTE, Stand, carry_out, controller, first, next, no_port, range, revision, user,
};

/// What a reaper writes before it stops a user: only of those idle for `limit`, unless the record
/// says otherwise.
fn reaping(limit: Duration, put: Put) -> Put {
    let mut put = Put {
        controller: controller(2),
        lease: Some(MINUTE),
        idle: Some(Idle {
            limit,
            slack: Duration::from_secs(5),
        }),
        ..put
    };
    put.body.intent = Intent::Stopping;
    put
}

/// Has everybody be last active (`column` is `last_active`), or their records made (`created_at`),
/// an hour ago.
async fn an_hour_ago(stand: &Stand, column: &str) {
    let postgres = format!("UPDATE portreeve_tenancies SET {column} = now() - interval '1 hour'");
    let sqlite = format!(
        "UPDATE portreeve_tenancies
        SET {column} = CAST(unixepoch('subsec') * 1000 AS INTEGER) * 1000 - 3600000000"
    );
    stand.tamper(&postgres, &sqlite).await;
}

pub async fn only_the_idle_are_reaped(stand: &Stand) {
    const HOUR: Duration = Duration::from_secs(3600);
    let none = Duration::ZERO;
    // The record's own limit, the one for all others, and whether the user is idle after an hour.
    for (number, (own, limit, is_idle)) in [
        (None, MINUTE, true),
        (None, 54 * MINUTE, true),
        (None, HOUR + MINUTE, false),
        // The slack is added to the limit.
        (None, Duration::from_secs(3598), false),
        (None, none, false),
        (None, Duration::MAX, false),
        (Some(MINUTE), HOUR + MINUTE, true),
        (Some(MINUTE), none, true),
        (Some(HOUR + MINUTE), MINUTE, false),
        (Some(none), MINUTE, false),
        (Some(Duration::MAX), MINUTE, false),
    ]
    .into_iter()
    .enumerate()
    {
        for column in ["last_active", "created_at"] {
            let id = format!("{column}{number}");
            let mut made = first(&id);
            made.touch = column == "last_active";
            made.body.idle_limit = own;
            let (version, _) = stand.stored(&made).await;
            an_hour_ago(stand, column).await;

            let case = format!("{column}, own {own:?}, limit {limit:?}");
            let outcome = stand.put(&reaping(limit, next(&id, version))).await;
            let record = stand.record(&id).await;
            if is_idle {
                assert!(
                    matches!(outcome, StoreOutcome::Stored { .. }),
                    "{case}: {outcome:?}"
                );
                assert_eq!(record.body.intent, Intent::Stopping);
            } else {
                assert_eq!(outcome, StoreOutcome::Active, "{case}");
                assert_eq!(record.version, version, "{case}: nothing was written");
                assert_eq!(record.lease, None, "{case}");
            }
        }
    }
}

pub async fn the_last_activity_counts_and_not_the_records_age(stand: &Stand) {
    let mut made = first("a");
    made.touch = true;
    let (version, _) = stand.stored(&made).await;
    an_hour_ago(stand, "created_at").await;
    let put = reaping(MINUTE, next("a", version));
    assert_eq!(stand.put(&put).await, StoreOutcome::Active);
}

pub async fn a_user_without_a_record_is_not_idle(stand: &Stand) {
    stand.load(&[]).await;
    for limit in [Duration::ZERO, MINUTE] {
        let outcome = stand.put(&reaping(limit, first("a"))).await;
        assert_eq!(outcome, StoreOutcome::Active);
    }
}

/// Whatever else is wrong is told in one order: state, name, activity, limit, port.
pub async fn activity_is_told_after_the_name_and_before_the_limit(stand: &Stand) {
    let other = first("b");
    stand.stored(&other).await;
    let mut running = first("c");
    running.body.intent = Intent::Running;
    stand.stored(&running).await;
    let mut made = first("a");
    made.touch = true;
    let (version, _) = stand.stored(&made).await;

    let mut put = reaping(MINUTE, next("a", version));
    put.port = PortChange::Claim(range(1));
    put.running_limit = Some(1);
    put.body
        .names
        .container
        .clone_from(&other.body.names.container);
    let mut stale = put.clone();
    stale.expect = next(
        "a",
        Version {
            revision: revision(9),
            ..version
        },
    )
    .expect;
    assert_eq!(stand.put(&stale).await, StoreOutcome::Conflict);
    let outcome = stand.put(&put).await;
    assert!(matches!(outcome, StoreOutcome::Refused(_)), "{outcome:?}");

    put.body.names = made.body.names.clone();
    assert_eq!(stand.put(&put).await, StoreOutcome::Active);
    an_hour_ago(stand, "last_active").await;
    assert_eq!(stand.put(&put).await, StoreOutcome::LimitReached);
    put.running_limit = None;
    assert_eq!(no_port(&stand.put(&put).await), 0);
    put.port = PortChange::Keep;
    let outcome = stand.put(&put).await;
    assert!(
        matches!(outcome, StoreOutcome::Stored { .. }),
        "{outcome:?}"
    );
}

/// A page of those who run and have been idle for `limit`, and whether there may be more.
async fn idle_page(
    stand: &Stand,
    limit: Duration,
    after: Option<&UserId>,
    at_most: u32,
) -> (Vec<UserId>, bool) {
    let effect = StoreEffect::ScanIdle {
        engine: EngineName::new("local"),
        idle: Idle {
            limit,
            slack: Duration::from_secs(5),
        },
        after: after.cloned(),
        limit: at_most,
    };
    match stand.carry_out(&effect).await {
        StoreOutcome::Scanned { rows, more, .. } => {
            (rows.into_iter().map(|(user, _)| user).collect(), more)
        }
        other => panic!("{other:?}"),
    }
}

pub async fn only_the_idle_who_run_are_scanned(stand: &Stand) {
    let none = Duration::ZERO;
    for (id, intent, own) in [
        ("a", Intent::Running, None),
        ("b", Intent::Stopped, None),
        ("c", Intent::Starting, Some(MINUTE)),
        ("d", Intent::Running, Some(none)),
        ("e", Intent::Stopping, None),
        ("f", Intent::Removing, None),
        ("g", Intent::Running, Some(120 * MINUTE)),
        ("h", Intent::Running, None),
    ] {
        let mut made = first(id);
        made.body.intent = intent;
        made.body.idle_limit = own;
        stand.stored(&made).await;
    }
    let mut elsewhere = first("i");
    elsewhere.engine = EngineName::new("other");
    elsewhere.body.intent = Intent::Running;
    stand.stored(&elsewhere).await;
    an_hour_ago(stand, "created_at").await;
    let mut active = first("j");
    active.body.intent = Intent::Running;
    stand.stored(&active).await;

    let all = |ids: &[&str], more| (ids.iter().map(|id| user(id)).collect::<Vec<_>>(), more);
    assert_eq!(
        idle_page(stand, MINUTE, None, 9).await,
        all(&["a", "c", "h"], false)
    );
    assert_eq!(
        idle_page(stand, MINUTE, None, 2).await,
        all(&["a", "c"], true)
    );
    assert_eq!(
        idle_page(stand, MINUTE, Some(&user("c")), 2).await,
        all(&["h"], false)
    );
    // The limit, the slack, and no limit at all.
    for limit in [Duration::from_secs(3598), Duration::MAX, none] {
        assert_eq!(
            idle_page(stand, limit, None, 9).await,
            all(&["c"], false),
            "{limit:?}"
        );
    }
    // Who was active is not idle, however old the record is.
    touch(&stand.another_client(), "a").await;
    assert_eq!(
        idle_page(stand, MINUTE, None, 9).await,
        all(&["c", "h"], false)
    );
}

/// Touches a user, and returns the revision that the touch met.
async fn touch(client: &Client, id: &str) -> Revision {
    let effect = StoreEffect::Touch {
        users: vec![user(id)],
    };
    match carry_out(client, &effect).await {
        StoreOutcome::Touched(touches) => match &touches[0].1 {
            Touch::Written(pulse) => pulse.version.revision,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

async fn reap(client: &Client, id: &str, version: Version) -> StoreOutcome {
    let effect = StoreEffect::Put(reaping(MINUTE, next(id, version)).into());
    carry_out(client, &effect).await
}

/// The two meet at one user: either the touch comes first, and the user is not reaped, or it comes
/// second, and says so. Never are both told that all is well.
async fn meet(
    id: &str,
    mut version: Version,
    touched: &Client,
    reaped: &Client,
    touch_leads: bool,
) -> Version {
    let (met, outcome) = if touch_leads {
        tokio::join!(touch(touched, id), reap(reaped, id, version))
    } else {
        let (outcome, met) = tokio::join!(reap(reaped, id, version), touch(touched, id));
        (met, outcome)
    };
    match outcome {
        StoreOutcome::Active => assert_eq!(met, version.revision, "{id} is reaped by nobody else"),
        StoreOutcome::Stored { revision, .. } => {
            assert_eq!(met, revision, "{id} was touched before, and yet reaped");
            version.revision = revision;
        }
        other => panic!("{id}: {other:?}"),
    }
    // This one was acknowledged, so whoever asks from now on sees it.
    let late = reap(reaped, id, version).await;
    assert_eq!(late, StoreOutcome::Active, "{id} was touched");
    version
}

pub async fn no_user_who_was_touched_is_reaped(stand: &Stand) {
    let ids: Vec<String> = (0..8).map(|number| format!("u{number}")).collect();
    let mut versions = Vec::new();
    for id in &ids {
        let mut put = first(id);
        put.controller = controller(2);
        versions.push(stand.stored(&put).await.0);
    }
    let (touched, reaped) = (stand.another_client(), stand.another_client());
    for round in 0..25 {
        an_hour_ago(stand, "last_active").await;
        let meetings = ids.iter().zip(&versions).enumerate();
        let meetings = meetings.map(async |(number, (id, version))| {
            meet(id, *version, &touched, &reaped, (round + number) % 2 == 0).await
        });
        versions = join_all(meetings).await;
    }
}

/// Somebody has written by hand that a user is never idle, in a way of their own: that is no reason to
/// reap nobody at all.
pub async fn a_limit_that_somebody_wrote_by_hand_stops_no_reaping(stand: &Stand) {
    for id in ["a", "b"] {
        let mut made = first(id);
        made.body.intent = Intent::Running;
        made.body.idle_limit = Some(MINUTE);
        stand.stored(&made).await;
    }
    an_hour_ago(stand, "created_at").await;
    stand
        .tamper(
            r"UPDATE portreeve_tenancies SET idle_limit = 9223372036854775807 WHERE user_id = '\x61'",
            "UPDATE portreeve_tenancies SET idle_limit = 9223372036854775807 WHERE user_id = x'61'",
        )
        .await;
    let idle = idle_page(stand, MINUTE, None, 9).await;
    assert_eq!(idle, (vec![user("b")], false));
}
