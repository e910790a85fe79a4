//! Who was stopped longest ago.

use std::time::Duration;

use portreeve_core::effect::{PortChange, Put, StoreEffect};
use portreeve_core::id::{EngineName, PortRange, Version};
use portreeve_core::outcome::StoreOutcome;
use portreeve_core::record::{Intent, Row};

use crate::stand::{MINUTE, Stand, first, next, range, user};

/// Who holds one of the first `count` ports, is stopped, and since when: longest first.
async fn longest(stand: &Stand, ports: PortRange, limit: u32) -> Vec<(String, Duration)> {
    let effect = StoreEffect::LongestStopped {
        engine: EngineName::new("local"),
        ports,
        limit,
    };
    match stand.carry_out(&effect).await {
        StoreOutcome::Longest(rows) => rows
            .into_iter()
            .map(|(user, row, unchanged)| {
                assert!(matches!(row, Row::Found(_)), "{user:?}: {row:?}");
                (user.as_str().to_owned(), unchanged)
            })
            .collect(),
        other => panic!("{other:?}"),
    }
}

async fn names(stand: &Stand, ports: PortRange, limit: u32) -> Vec<String> {
    let longest = longest(stand, ports, limit).await;
    longest.into_iter().map(|(id, _)| id).collect()
}

/// Has a record be written `minutes` ago.
async fn written_ago(stand: &Stand, id: &str, minutes: u32) {
    let hex = id.bytes().map(|byte| format!("{byte:02x}"));
    let hex: String = hex.collect();
    stand
        .tamper(
            &format!(
                r"UPDATE portreeve_tenancies SET changed_at = now() - interval '{minutes} minutes'
                WHERE user_id = '\x{hex}'"
            ),
            &format!(
                "UPDATE portreeve_tenancies SET changed_at =
                    CAST(unixepoch('subsec') * 1000 AS INTEGER) * 1000 - {minutes} * 60000000
                WHERE user_id = x'{hex}'"
            ),
        )
        .await;
}

fn claiming(put: Put) -> Put {
    Put {
        port: PortChange::Claim(range(20)),
        ..put
    }
}

/// Stopped users with a port, `a` longest, then `b`, `c`, `d`.
async fn four_stopped(stand: &Stand) -> Vec<Version> {
    stand.with_ports(20).await;
    let mut versions = Vec::new();
    for id in ["d", "b", "a", "c"] {
        versions.push(stand.stored(&claiming(first(id))).await.0);
    }
    for (id, minutes) in [("a", 40), ("b", 30), ("c", 20), ("d", 10)] {
        written_ago(stand, id, minutes).await;
    }
    versions
}

pub async fn the_longest_stopped_come_first(stand: &Stand) {
    four_stopped(stand).await;
    let found = longest(stand, range(20), 10).await;
    for ((id, unchanged), (wanted, minutes)) in
        found
            .iter()
            .zip([("a", 40), ("b", 30), ("c", 20), ("d", 10)])
    {
        assert_eq!(id, wanted);
        let since = MINUTE * minutes;
        assert!(
            (since..since + MINUTE).contains(unchanged),
            "{id}: {unchanged:?}"
        );
    }
    assert_eq!(found.len(), 4);
    assert_eq!(names(stand, range(20), 2).await, ["a", "b"]);

    let users = vec![user("a")];
    stand.carry_out(&StoreEffect::Touch { users }).await;
    assert_eq!(
        names(stand, range(20), 1).await,
        ["a"],
        "a touch is no change"
    );
    let version = stand.record("a").await.version;
    stand.stored(&next("a", version)).await;
    assert_eq!(names(stand, range(20), 10).await, ["b", "c", "d", "a"]);
}

pub async fn the_longest_is_found_behind_many(stand: &Stand) {
    stand.with_ports(40).await;
    for number in 10..50 {
        let put = Put {
            port: PortChange::Claim(range(40)),
            ..first(&format!("u{number}"))
        };
        stand.stored(&put).await;
    }
    for (id, minutes) in [("u30", 20), ("u49", 30)] {
        written_ago(stand, id, minutes).await;
    }
    assert_eq!(names(stand, range(40), 1).await, ["u49"]);
    assert_eq!(names(stand, range(40), 3).await, ["u49", "u30", "u10"]);
}

pub async fn only_the_stopped_with_a_port_of_the_range_are_found(stand: &Stand) {
    let versions = four_stopped(stand).await;
    assert_eq!(
        names(stand, range(2), 10).await,
        ["b", "d"],
        "who claimed the first two"
    );
    let [d, b, a, c] = versions.try_into().unwrap();
    let mut running = next("a", a);
    running.body.intent = Intent::Running;
    stand.stored(&running).await;
    let mut purging = next("b", b);
    purging.body.purging = true;
    stand.stored(&purging).await;
    let mut freed = next("c", c);
    let rest = Duration::ZERO;
    freed.port = PortChange::Free { rest };
    stand.stored(&freed).await;
    let mut leased = next("d", d);
    leased.lease = Some(MINUTE);
    let (leased, _) = stand.stored(&leased).await;
    let mut elsewhere = first("e");
    elsewhere.engine = EngineName::new("other");
    stand.stored(&elsewhere).await;
    assert_eq!(names(stand, range(20), 10).await, [""; 0]);

    let mut ended = next("d", leased);
    ended.lease = Some(Duration::ZERO);
    stand.stored(&ended).await;
    assert_eq!(names(stand, range(20), 10).await, ["d"]);
}

pub async fn an_unreadable_record_is_left_out_and_hides_no_other(stand: &Stand) {
    four_stopped(stand).await;
    stand
        .tamper(
            r"UPDATE portreeve_tenancies SET failure_count = 1 WHERE user_id = '\x61';
              UPDATE portreeve_tenancies SET user_id = '\xff' WHERE user_id = '\x62'",
            "UPDATE portreeve_tenancies SET failure_count = 1 WHERE user_id = x'61';
             UPDATE portreeve_tenancies SET user_id = x'ff' WHERE user_id = x'62'",
        )
        .await;
    assert!(matches!(stand.row("a").await, Row::Unreadable(_)));
    assert_eq!(names(stand, range(20), 1).await, ["c"]);
    assert_eq!(names(stand, range(20), 10).await, ["c", "d"]);
}
