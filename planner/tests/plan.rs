//! Workloads have the shapes they say, and plans keep their promises.

use std::time::Duration;

use jiff::civil::date;
use portreeve_core::settings::Settings;
use portreeve_core::template::Template;
use portreeve_core::token::{Key, Keyring};
use portreeve_core::user::UserId;
use portreeve_planner::plan::{Plan, Room, StartLimit, Totals};
use portreeve_planner::workload::{DAY, MONDAY, Pattern, Session, Visit, Workload, read};
use portreeve_sim::faults::Severity;

const HOUR: u64 = 3600;

fn office(visits: f64, zones: &[i8]) -> Pattern {
    Pattern::OfficeHours {
        visits,
        weekend: 0.05,
        zones: zones.to_vec(),
    }
}

fn visits(users: usize, pattern: Pattern, days: u32) -> Vec<Visit> {
    let workload = Workload::of(users, pattern, Session::default());
    (0..days).flat_map(|day| workload.day(1, day)).collect()
}

fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap())
}

/// Hours since midnight.
fn hour(visit: &Visit) -> f64 {
    (visit.at.as_secs_f64() / 3600.0) % 24.0
}

#[test]
fn nobody_comes_to_an_office_at_night() {
    let all = visits(2000, office(3.0, &[0]), 7);
    assert!(all.iter().all(|visit| (7.5..18.0).contains(&hour(visit))));
    // Where the office's clocks are eight hours ahead, its night is another.
    let ahead = visits(2000, office(3.0, &[8]), 7);
    let local = |visit: &Visit| (hour(visit) + 8.0) % 24.0;
    assert!(
        ahead
            .iter()
            .all(|visit| (7.5..18.0).contains(&local(visit)))
    );
    assert!(ahead.iter().any(|visit| hour(visit) < 1.0));
    assert!(ahead.iter().any(|visit| hour(visit) > 23.5));
}

#[test]
fn most_come_in_the_morning_and_few_on_a_weekend() {
    let all = visits(2000, office(3.0, &[0]), 7);
    let of_day = |day: u64| {
        let on = |visit: &&Visit| visit.at.as_secs() / (24 * HOUR) == day;
        number(all.iter().filter(on).count())
    };
    // Each user's number of visits is Poisson's: of 2000 with a mean of 3, five deviations are 390.
    for day in 0..5 {
        assert!((of_day(day) - 6000.0).abs() < 390.0, "{}", of_day(day));
    }
    for day in 5..7 {
        assert!((of_day(day) - 300.0).abs() < 90.0, "{}", of_day(day));
    }
    let from_to = |from: f64, to: f64| {
        let within = |visit: &&Visit| (from..to).contains(&hour(visit));
        number(all.iter().filter(within).count()) / number(all.len())
    };
    // Half of the morning's 35 in 100 within 8:15 and 9:45, and 1.5 of the ten hours of the rest:
    // the triangle's two tails are an eighth of it each.
    let morning = 0.35 * 0.75 + 0.40 * 0.15;
    assert!(
        (from_to(8.25, 9.75) - morning).abs() < 0.015,
        "{}",
        from_to(8.25, 9.75)
    );
    let after_lunch = 0.25 + 0.40 * 0.25;
    assert!((from_to(12.5, 15.0) - after_lunch).abs() < 0.015);
}

/// The tolerance is that of the number itself: five deviations of Poisson's distribution.
#[test]
fn a_steady_rate_is_steady() {
    let all = visits(1000, Pattern::Steady { visits: 4.0 }, 3);
    assert!((number(all.len()) - 12_000.0).abs() < 5.0 * 12_000_f64.sqrt());
    for hour in 0..72 {
        let within = |visit: &&Visit| visit.at.as_secs() / HOUR == hour;
        let count = number(all.iter().filter(within).count());
        let mean = 4000.0 / 24.0;
        assert!(
            (count - mean).abs() < 5.0 * mean.sqrt(),
            "hour {hour}: {count}"
        );
    }
}

#[test]
fn in_a_burst_everybody_comes_once_a_day_within_its_time() {
    let (at, lasts) = (Duration::from_secs(9 * HOUR), Duration::from_secs(600));
    let workload = Workload::of(500, Pattern::Burst { at, lasts }, Session::default());
    for day in 0..2 {
        let visits = workload.day(7, day);
        let begin = DAY * day + at;
        assert!(
            visits
                .iter()
                .all(|visit| visit.at >= begin && visit.at < begin + lasts)
        );
        let mut users: Vec<_> = visits.iter().map(|visit| visit.user).collect();
        users.sort_unstable();
        assert_eq!(users, (0..500).collect::<Vec<_>>());
    }
}

#[test]
fn half_of_the_sessions_last_the_median_or_longer_and_none_for_ever() {
    let all = visits(2000, office(3.0, &[0]), 1);
    let median = Session::default().median;
    let longer = all.iter().filter(|visit| visit.lasts >= median);
    let share = number(longer.count()) / number(all.len());
    assert!((share - 0.5).abs() < 0.035, "{share}");
    assert!(all.iter().all(|visit| visit.lasts <= median * 8));
    let none = Session {
        median: Duration::ZERO,
        ..Session::default()
    };
    let workload = Workload::of(100, office(3.0, &[0]), none);
    assert!(workload.day(1, 0).iter().all(|visit| visit.lasts.is_zero()));
}

#[test]
fn the_same_seed_gives_the_same_visits() {
    let of = |seed| Workload::of(300, office(3.0, &[0, -6]), Session::default()).day(seed, 2);
    assert_eq!(of(5), of(5));
    assert_ne!(of(5), of(6));
    let visits = of(5);
    assert!(visits.is_sorted_by_key(|visit| visit.at));
}

#[test]
fn a_file_is_read_in_any_order_with_or_without_a_header() {
    let read = |text: &str| read(text.as_bytes()).unwrap();
    let wall = read(
        "timestamp,user\n2026-03-02T09:00:00+01:00,bob\n# a day before\n2026-03-01T23:30:00Z,alice\n2026-03-03T00:00:00.5+01:00,\"a,b\"\n",
    );
    let users: Vec<_> = wall.users.iter().map(UserId::as_str).collect();
    assert_eq!(users, ["bob", "alice", "a,b"]);
    // 23:30 in Greenwich is half past midnight an hour ahead of it.
    assert_eq!(wall.first_day, date(2026, 3, 2));
    let at = |index: usize| wall.visits[index].0.as_secs_f64();
    assert_eq!((at(0), at(1), at(2)), (1800.0, 32_400.0, 86_400.5));
    let seconds = read("0,alice\n1.5,bob\n90000,alice\n");
    assert_eq!(seconds.first_day, MONDAY);
    assert_eq!(seconds.users.len(), 2);
    let workload = Workload::of_timestamps(seconds, Session::default());
    assert_eq!(workload.length(), Some(2));
    assert_eq!(workload.day(0, 1).len(), 1);
    let unix = read("1772442000,alice\n1772445600,alice\n");
    assert_eq!(unix.first_day, date(2026, 3, 2));
    assert_eq!(unix.visits[0].0, Duration::from_secs(9 * HOUR));
}

#[test]
fn what_is_wrong_with_a_file_is_said_with_its_line_and_the_way_out() {
    let wrong = |text: &str| {
        let error = read(text.as_bytes()).unwrap_err();
        (error.to_string(), error.way_out)
    };
    for (text, what, way_out) in [
        (
            "timestamp,user\n",
            "there is no visit in it",
            "write a line",
        ),
        (
            "0,a\nsoon,b\n",
            "line 2: \"soon\" is no timestamp",
            "2026-01-05T09:00",
        ),
        (
            "-3,a\n",
            "line 1: -3 is no number of seconds",
            "seconds since the beginning",
        ),
        ("0,a\n\n3\n", "line 3: it has 1 field, ", "quote"),
        ("0,a,b\n", "line 1: it has 3 fields, ", "quote"),
        ("0,\n", "line 1: a user id can't be empty", "write a line"),
        (
            "2026-01-05T09:00:00,a\n",
            "doesn't say in which time zone",
            "+01:00",
        ),
        (
            "0,a\n2026-01-05T09:00:00Z,b\n",
            "line 2: the lines before it are of the other kind",
            "all lines",
        ),
    ] {
        let (said, out) = wrong(text);
        assert!(said.contains(what), "{text:?}: {said}");
        assert!(out.contains(way_out), "{text:?}: {out}");
    }
    assert!(
        read(&b"0,\xff\n"[..])
            .unwrap_err()
            .to_string()
            .contains("line 1: is not UTF-8")
    );
}

fn plan(users: usize, pattern: Pattern) -> Plan {
    let keyring = Keyring::new(Key::new(&[7; 32].into()), Vec::new());
    Plan {
        settings: Settings::new(Template::reference_service(), keyring),
        controllers: 1,
        workload: Workload::of(users, pattern, Session::default()),
        days: 1,
        severity: Severity::None,
        ready_after: Duration::from_secs(2),
        ends_after: Duration::from_secs(1),
        seeds: vec![3],
        wait_target: Duration::from_secs(10),
    }
}

fn silent(_: &str, _: u64) -> Box<dyn Fn(u64) + Sync> {
    Box::new(|_| ())
}

#[test]
fn a_run_keeps_its_promises_and_loses_nobody() {
    let run = plan(150, office(3.0, &[0])).run(3, Room::unlimited());
    assert_eq!(run.violation, None);
    let totals = &run.totals;
    assert!(totals.running > 20 && totals.running <= 150, "{totals:?}");
    assert!(totals.running <= totals.busy && totals.busy <= totals.needed);
    assert!(totals.needed <= totals.claimed && totals.claimed <= 150);
    assert_eq!((totals.lost, totals.failures.len()), (0, 0));
    assert_eq!(totals.counts.retries, 0);
    // Whoever was started is reaped by the end of the day, and nobody is evicted.
    assert_eq!(totals.counts.reaps, totals.counts.starts);
    assert_eq!(totals.counts.removals, 0);
    let night = &run.series.buckets[..7 * 12];
    assert!(
        night
            .iter()
            .all(|bucket| bucket.running == 0 && bucket.visits == 0)
    );
    let in_all: u64 = run.series.buckets.iter().map(|bucket| bucket.starts).sum();
    assert_eq!(in_all, totals.counts.starts);
}

#[test]
fn the_same_plan_has_the_same_answer() {
    let plan = plan(60, office(3.0, &[0]));
    assert_eq!(plan.answer(false, &silent), plan.answer(false, &silent));
}

/// All at once: then the start limit decides how long they wait, and one fewer is too few.
#[test]
fn what_is_enough_meets_the_target_and_one_fewer_does_not() {
    let plan = Plan {
        wait_target: Duration::from_secs(4),
        ..plan(
            300,
            Pattern::Burst {
                at: Duration::from_secs(HOUR),
                lasts: Duration::from_secs(20),
            },
        )
    };
    let answer = plan.answer(false, &silent);
    assert_eq!(answer.broken(), []);
    let enough = answer.enough.unwrap();
    let StartLimit::Enough(limit) = enough.start_limit else {
        panic!("{enough:?}");
    };
    assert!(limit > 2, "{limit}");
    assert_eq!((enough.running, enough.ports), (300, 300));
    let room = answer.decisive().unwrap().room;
    let met = |starting| {
        let totals = plan.run(3, Room { starting, ..room }).totals;
        assert!(totals.failures.is_empty(), "{totals:?}");
        totals.worst_hour <= plan.wait_target
    };
    assert!(met(limit));
    assert!(!met(limit - 1));
}

#[test]
fn a_target_that_a_start_alone_misses_is_out_of_reach() {
    let plan = Plan {
        wait_target: Duration::from_millis(100),
        ..plan(20, Pattern::Steady { visits: 3.0 })
    };
    let enough = plan.answer(false, &silent).enough.unwrap();
    assert!(
        matches!(enough.start_limit, StartLimit::OutOfReach(worst) if worst > plan.wait_target)
    );
}

/// Fewer ports than users: those who have been stopped longest give theirs up.
#[test]
fn with_fewer_ports_than_users_containers_are_evicted_and_nobody_is_turned_away() {
    let plan = plan(120, Pattern::Steady { visits: 3.0 });
    let answer = plan.answer(false, &silent);
    let enough = answer.enough.unwrap();
    assert!(enough.ports < enough.ports_for_all, "{enough:?}");
    let totals = Totals::of_all(&answer.decisive().unwrap().runs);
    assert!(totals.counts.removals > 0);
    assert!(totals.claimed <= enough.ports as usize);
    assert!(totals.failures.is_empty());
}

#[test]
fn bad_days_are_planned_for_too() {
    let plan = Plan {
        severity: Severity::Heavy,
        controllers: 2,
        ..plan(60, office(3.0, &[0, 9]))
    };
    for seed in 0..3 {
        let run = plan.run(seed, Room::of(&plan.settings));
        assert_eq!(run.violation, None, "seed {seed}");
        assert!(run.totals.faults > 100, "{:?}", run.totals);
        assert!(run.totals.counts.retries > 0);
    }
}
