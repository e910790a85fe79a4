//! A line with so many places, as the one in which starts wait: what it would have made of starts
//! that nothing held up.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use portreeve_core::time::Instant;

use super::series::Clock;
use super::visitors::Start;

/// The smallest number of places in each controller's line with which no hour's p99 of waits would
/// be longer than `target`; `None` if none would do.
pub(super) fn fewest_places(starts: &mut [Start], target: Duration) -> Option<u32> {
    starts.sort_unstable();
    let most = u32::try_from(starts.len().max(1)).unwrap_or(u32::MAX);
    if worst_hour(starts, most) > target {
        return None;
    }
    let (mut fails, mut does) = (0, most);
    while does - fails > 1 {
        let places = fails + (does - fails) / 2;
        if worst_hour(starts, places) <= target {
            does = places;
        } else {
            fails = places;
        }
    }
    Some(does)
}

/// The highest p99 of waits of any hour, first come first served, where each start takes as long as
/// it did and holds its place for as long.
fn worst_hour(starts: &[Start], places: u32) -> Duration {
    let controllers = starts.iter().map(|start| start.controller).max();
    let places = usize::try_from(places).unwrap_or(usize::MAX);
    let mut lines = vec![BinaryHeap::<Reverse<Instant>>::new(); controllers.unwrap_or(0) + 1];
    let mut clock = Clock::new();
    let mut hour = 0;
    for start in starts {
        let now = start.asked.as_micros() / 3_600_000_000;
        if now > hour {
            clock.end_hour();
            hour = now;
        }
        let line = &mut lines[start.controller];
        let mut begins = start.asked;
        if line.len() >= places
            && let Some(Reverse(free)) = line.pop()
        {
            begins = begins.max(free);
        }
        line.push(Reverse(begins.after(start.held)));
        clock.waited(begins.since(start.asked) + start.took);
    }
    clock.end_hour();
    clock.worst_hour()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(count: u64, every: u64, took: u64) -> Vec<Start> {
        let start = |index| Start {
            asked: Instant::from_micros(index * every * 1000),
            controller: 0,
            held: Duration::from_millis(took),
            took: Duration::from_millis(took),
        };
        (0..count).map(start).collect()
    }

    #[test]
    fn as_many_places_as_are_taken_at_once_are_enough_for_no_wait_at_all() {
        // One every 100 ms that takes 1 s: ten at once.
        let mut all = starts(1000, 100, 1000);
        assert_eq!(fewest_places(&mut all, Duration::from_secs(1)), Some(10));
    }

    #[test]
    fn a_short_rush_may_wait_in_a_short_line() {
        // Twenty at once that take 1 s each: with four places the last ones take 5 s.
        let mut all = starts(20, 0, 1000);
        assert_eq!(fewest_places(&mut all, Duration::from_secs(5)), Some(4));
        assert_eq!(fewest_places(&mut all, Duration::from_secs(20)), Some(1));
    }

    #[test]
    fn who_waits_to_be_ready_holds_no_place() {
        let mut all = starts(20, 0, 1000);
        for start in &mut all {
            start.held = Duration::from_millis(100);
        }
        // The last one begins after 1.9 s, in which nineteen were before it.
        assert_eq!(
            fewest_places(&mut all, Duration::from_millis(2900)),
            Some(1)
        );
    }

    #[test]
    fn what_takes_longer_by_itself_is_helped_by_no_line() {
        let mut all = starts(20, 0, 1000);
        assert_eq!(fewest_places(&mut all, Duration::from_millis(999)), None);
    }
}
