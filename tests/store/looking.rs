//! Loads, pages and touches.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::future::join_all;
use portreeve_core::effect::{PortChange, StoreEffect};
use portreeve_core::id::{ContainerId, EngineId, EngineName};
use portreeve_core::outcome::{Pulse, StoreOutcome, Touch};
use portreeve_core::record::{Failure, Intent, Row};
use portreeve_core::user::UserId;

use crate::stand::{MINUTE, Stand, controller, first, next, port, purged, range, revision, user};

pub async fn an_empty_store_has_a_header_and_absent_users(stand: &Stand) {
    let (header, rows) = stand.load(&[]).await;
    assert_eq!(header.engine, None);
    assert_eq!(header.newest_generation, 0);
    assert!(rows.is_empty());

    let (again, rows) = stand.load(&[user("a"), user("b")]).await;
    assert_eq!(
        again.installation, header.installation,
        "the installation stays"
    );
    assert_eq!(rows, [(user("a"), Row::Absent), (user("b"), Row::Absent)]);
    assert_eq!(page(stand, None, 10).await, (vec![], false));
    let one = page(stand, None, 1).await;
    assert_eq!(one, (vec![], false), "an empty page is the last");
}

pub async fn what_is_written_is_read(stand: &Stand) {
    stand.with_ports(3).await;
    let mut put = first("a");
    put.lease = Some(MINUTE);
    put.port = PortChange::Claim(range(3));
    put.touch = true;
    put.body.intent = Intent::Starting;
    put.body.container = Some(ContainerId::new("c0ffee"));
    put.body.template_generation = 7;
    put.body.idle_limit = Some(Duration::ZERO);
    put.body.failure = Some(Failure {
        count: 3,
        reason: "exited with \"code\" 1".to_owned(),
        exit_code: Some(-1),
        log: vec!["one".to_owned(), "two\0\u{1f680}".to_owned()],
        retry_in: MINUTE,
    });
    put.body.adopted = true;
    put.body.purging = true;
    let (version, _) = stand.stored(&put).await;

    let (header, _) = stand.load(&[]).await;
    assert_eq!(header.engine, Some(EngineId::new("engine-1")));
    assert_eq!(header.newest_generation, 7);

    let mut record = stand.record("a").await;
    let lease = record.lease.unwrap();
    assert_eq!(lease.owner, controller(1));
    assert!(
        lease.remaining <= MINUTE && lease.remaining > MINUTE / 2,
        "{lease:?}"
    );
    let retry_in = &mut record.body.failure.as_mut().unwrap().retry_in;
    assert!(
        *retry_in <= MINUTE && *retry_in > MINUTE / 2,
        "{retry_in:?}"
    );
    *retry_in = MINUTE;
    assert_eq!(record.version, version);
    assert_eq!(version.revision, revision(1));
    assert_eq!(record.port, port(19000));
    assert!(record.last_active.is_some());
    assert_eq!(record.body, put.body);

    let plain = next("a", version);
    let (later, _) = stand.stored(&plain).await;
    let record = stand.record("a").await;
    assert_eq!(record.version, later);
    assert!(later.revision > version.revision, "{later:?}");
    assert_eq!(record.lease, None);
    assert_eq!(record.body, plain.body, "a write replaces all of it");
}

pub async fn any_id_is_a_user_of_its_own(stand: &Stand) {
    let longest = "\u{1f680}".repeat(64);
    assert_eq!(longest.len(), 256);
    let ids = [
        "1", "10", "A", "a", "a.b", "a-b", "a\0b", "\0", " ", "%", "'", "{a}", &longest,
    ];
    for id in ids {
        let mut put = first(id);
        put.body.names.volume = format!("volume of {}", id.escape_debug());
        stand.stored(&put).await;
    }
    let users: Vec<_> = ids.iter().map(|id| user(id)).collect();
    let (_, rows) = stand.load(&users).await;
    assert_eq!(rows.len(), ids.len());
    for (user, row) in &rows {
        let Row::Found(record) = row else {
            panic!("{user:?}: {row:?}");
        };
        let wanted = format!("volume of {}", user.as_str().escape_debug());
        assert_eq!(record.body.names.volume, wanted);
    }
    let (paged, _) = page(stand, None, 100).await;
    assert_eq!(paged.len(), ids.len());
    assert_eq!(stand.row("b").await, Row::Absent);
}

/// The users of a page, and whether there may be more.
async fn page(stand: &Stand, after: Option<UserId>, limit: u32) -> (Vec<UserId>, bool) {
    let effect = StoreEffect::Scan {
        engine: EngineName::new("local"),
        after,
        limit,
    };
    match stand.carry_out(&effect).await {
        StoreOutcome::Scanned { rows, more, .. } => {
            (rows.into_iter().map(|(user, _)| user).collect(), more)
        }
        other => panic!("{other:?}"),
    }
}

pub async fn pages_come_in_the_order_of_bytes(stand: &Stand) {
    let mut ids = ["a", "B", "\u{e4}", "b", "\0", "ab", "z"].map(user);
    for id in &ids {
        stand.stored(&first(id.as_str())).await;
    }
    let mut elsewhere = first("c");
    elsewhere.engine = EngineName::new("other");
    stand.stored(&elsewhere).await;

    ids.sort();
    let mut read = Vec::new();
    loop {
        let (users, more) = page(stand, read.last().cloned(), 3).await;
        assert!(users.len() <= 3);
        read.extend(users);
        if !more {
            break;
        }
    }
    assert_eq!(read, ids);
}

/// Each page is read when it is asked for. Nobody who was there all the while is left out, and nobody is
/// told of twice.
pub async fn pages_go_on_while_users_come_and_go(stand: &Stand) {
    let mut versions = Vec::new();
    for id in ["b", "d", "f", "h", "j"] {
        versions.push(stand.stored(&first(id)).await.0);
    }
    let (mut read, more) = page(stand, None, 2).await;
    assert!(more);
    // The last who was read goes, one comes before and one behind, and one is written anew.
    let delete = StoreEffect::Delete {
        user: user("d"),
        version: versions[1],
        controller: controller(1),
        rest: Duration::ZERO,
        event: purged(),
    };
    assert_eq!(stand.carry_out(&delete).await, StoreOutcome::Done);
    for id in ["a", "e"] {
        stand.stored(&first(id)).await;
    }
    stand.stored(&next("b", versions[0])).await;
    loop {
        let (users, more) = page(stand, read.last().cloned(), 2).await;
        read.extend(users);
        if !more {
            break;
        }
    }
    assert_eq!(read, ["b", "d", "e", "f", "h", "j"].map(user));
}

pub async fn only_the_unsettled_are_scanned(stand: &Stand) {
    for (id, intent, is_leased, purging) in [
        ("a", Intent::Stopped, false, false),
        ("b", Intent::Starting, true, false),
        ("c", Intent::Running, false, false),
        ("d", Intent::Stopping, true, false),
        ("e", Intent::Removing, false, false),
        ("f", Intent::Stopped, true, false),
        ("g", Intent::Stopped, false, true),
        ("h", Intent::Stopped, false, false),
    ] {
        let mut made = first(id);
        made.body.intent = intent;
        made.body.purging = purging;
        made.lease = is_leased.then_some(Duration::from_secs(15));
        stand.stored(&made).await;
    }
    let mut elsewhere = first("i");
    elsewhere.engine = EngineName::new("other");
    elsewhere.body.intent = Intent::Running;
    stand.stored(&elsewhere).await;

    let page = async |after: Option<&str>, limit| {
        let effect = StoreEffect::ScanUnsettled {
            engine: EngineName::new("local"),
            after: after.map(user),
            limit,
        };
        match stand.carry_out(&effect).await {
            StoreOutcome::Scanned { rows, more, .. } => {
                let users: Vec<_> = rows.into_iter().map(|(user, _)| user).collect();
                (users, more)
            }
            other => panic!("{other:?}"),
        }
    };
    let all = |ids: &[&str], more| (ids.iter().map(|id| user(id)).collect::<Vec<_>>(), more);
    let unsettled = ["b", "c", "d", "e", "f", "g"];
    assert_eq!(page(None, 9).await, all(&unsettled, false));
    assert_eq!(page(None, 4).await, all(&unsettled[..4], true));
    assert_eq!(page(Some("e"), 4).await, all(&unsettled[4..], false));
}

pub async fn an_unreadable_record_hides_no_other(stand: &Stand) {
    for id in ["a", "b", "c"] {
        stand.stored(&first(id)).await;
    }
    stand
        .tamper(
            r"ALTER TABLE portreeve_tenancies DROP CONSTRAINT portreeve_tenancies_intent_check;
              UPDATE portreeve_tenancies SET intent = 'dreaming' WHERE user_id = '\x62'",
            "UPDATE portreeve_tenancies SET intent = 'dreaming' WHERE user_id = x'62'",
        )
        .await;
    let (_, rows) = stand.load(&["a", "b", "c"].map(user)).await;
    assert!(matches!(rows[0].1, Row::Found(_)));
    match &rows[1].1 {
        Row::Unreadable(text) => assert!(text.starts_with("column intent: \"dreaming\""), "{text}"),
        other => panic!("{other:?}"),
    }
    assert!(matches!(rows[2].1, Row::Found(_)));

    assert_eq!(page(stand, None, 10).await.0, ["a", "b", "c"].map(user));
    let touches = touch(stand, &["a", "b", "c", "d"]).await;
    match &touches[1] {
        Touch::Unreadable(text) => assert!(text.starts_with("column intent: "), "{text}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(touches[3], Touch::Absent);
    for touch in [&touches[0], &touches[2]] {
        written(touch);
    }
}

pub async fn the_header_tells_the_time(stand: &Stand) {
    let since_1970 = || SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let mut put = first("a");
    put.touch = true;
    let earliest = since_1970();
    stand.stored(&put).await;
    let (header, rows) = stand.load(&[user("a")]).await;
    let latest = since_1970();
    let micros = |duration: Duration| i64::try_from(duration.as_micros()).unwrap();
    // The test's server is on this machine, and SQLite has whole milliseconds.
    let possible = micros(earliest) - 1000..=micros(latest) + 1000;
    assert!(possible.contains(&header.now.as_micros()), "{header:?}");
    let [(_, Row::Found(record))] = rows.as_slice() else {
        panic!("{rows:?}");
    };
    assert!(
        record.last_active.unwrap() <= header.now,
        "by the same clock"
    );
    let effect = StoreEffect::Scan {
        engine: EngineName::new("local"),
        after: None,
        limit: 1,
    };
    match stand.carry_out(&effect).await {
        StoreOutcome::Scanned {
            header: scanned, ..
        } => assert!(scanned.now >= header.now),
        other => panic!("{other:?}"),
    }
}

pub async fn a_user_id_that_is_no_users_hides_no_other(stand: &Stand) {
    for id in ["a", "b", "c"] {
        stand.stored(&first(id)).await;
    }
    stand
        .tamper(
            r"UPDATE portreeve_tenancies SET user_id = '\xff' WHERE user_id = '\x62'",
            "UPDATE portreeve_tenancies SET user_id = x'ff' WHERE user_id = x'62'",
        )
        .await;
    assert_eq!(
        page(stand, None, 3).await,
        (vec![user("a"), user("c")], true)
    );
    let effect = StoreEffect::Scan {
        engine: EngineName::new("local"),
        after: Some(user("c")),
        limit: 1,
    };
    match stand.carry_out(&effect).await {
        StoreOutcome::Refused(text) => assert!(text.contains("column user_id"), "{text}"),
        other => panic!("{other:?}"),
    }
}

pub async fn a_user_of_another_engine_is_not_ours(stand: &Stand) {
    let mut elsewhere = first("a");
    elsewhere.engine = EngineName::new("other");
    let (version, _) = stand.stored(&elsewhere).await;
    match stand.row("a").await {
        Row::Unreadable(text) => {
            assert!(text.contains("lives on the engine \"other\""), "{text}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(stand.put(&next("a", version)).await, StoreOutcome::Conflict);
    let pulse = written(&touch(stand, &["a"]).await[0]);
    assert_eq!(pulse.version, version, "a touch is by the user alone");
}

/// Touches users; what became of each.
async fn touch(stand: &Stand, ids: &[&str]) -> Vec<Touch> {
    let users: Vec<_> = ids.iter().map(|id| user(id)).collect();
    let effect = StoreEffect::Touch {
        users: users.clone(),
    };
    match stand.carry_out(&effect).await {
        StoreOutcome::Touched(touches) => {
            let asked: Vec<_> = touches.iter().map(|(user, _)| user.clone()).collect();
            assert_eq!(asked, users);
            touches.into_iter().map(|(_, touch)| touch).collect()
        }
        other => panic!("{other:?}"),
    }
}

fn written(touch: &Touch) -> Pulse {
    match touch {
        Touch::Written(pulse) => *pulse,
        Touch::Absent | Touch::Unreadable(_) => panic!("{touch:?}"),
    }
}

pub async fn a_touch_never_turns_back(stand: &Stand) {
    let (version, _) = stand.stored(&first("a")).await;
    assert_eq!(stand.record("a").await.last_active, None);
    let touches = touch(stand, &["nobody", "a"]).await;
    assert_eq!(touches[0], Touch::Absent);
    let earlier = written(&touches[1]);
    assert_eq!(earlier.version, version, "a touch changes no revision");
    assert_eq!(earlier.intent, Intent::Stopped);
    let later = written(&touch(stand, &["a"]).await[0]);
    assert!(later.last_active >= earlier.last_active);

    // The clock was put back a little.
    stand
        .tamper(
            "UPDATE portreeve_tenancies SET last_active = now() + interval '30 seconds'",
            "UPDATE portreeve_tenancies SET last_active = last_active + 30000000",
        )
        .await;
    let ahead = stand.record("a").await.last_active.unwrap();
    assert!(ahead > later.last_active);
    let again = written(&touch(stand, &["a"]).await[0]);
    assert_eq!(again.last_active, ahead);
    let mut put = next("a", version);
    put.touch = true;
    stand.stored(&put).await;
    assert_eq!(stand.record("a").await.last_active, Some(ahead));
}

pub async fn touches_and_writes_do_not_get_in_each_others_way(stand: &Stand) {
    let ids: Vec<String> = (0..8).map(|number| format!("u{number}")).collect();
    let mut versions = Vec::new();
    for id in &ids {
        versions.push(stand.stored(&first(id)).await.0);
    }
    let (forth, back): (Vec<_>, Vec<_>) = (
        ids.iter().map(String::as_str).collect(),
        ids.iter().rev().map(String::as_str).collect(),
    );
    let touches = async {
        for _ in 0..20 {
            let (forth, back) = tokio::join!(touch(stand, &forth), touch(stand, &back));
            for touch in forth.iter().chain(&back) {
                written(touch);
            }
        }
    };
    let writes = join_all(ids.iter().zip(versions).map(async |(id, mut version)| {
        for _ in 0..20 {
            (version, _) = stand.stored(&next(id, version)).await;
        }
        version.revision
    }));
    let ((), revisions) = tokio::join!(touches, writes);
    for (id, last) in ids.iter().zip(revisions) {
        assert_eq!(stand.record(id).await.version.revision, last);
    }
}
