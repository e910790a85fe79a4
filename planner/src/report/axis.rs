//! Axes whose ticks fall where people count: whole hours and days, ones, twos and fives.

use std::ops::Range;

use jiff::ToSpan as _;
use jiff::civil::{Date, Time};
use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};

/// An axis from `range.start` to `range.end` with ticks at given places.
#[derive(Clone, Debug)]
pub(super) struct Axis {
    range: Range<f64>,
    ticks: Vec<f64>,
}

impl Axis {
    /// Hours since the first midnight.
    pub(super) fn hours(days: u32) -> Self {
        let most = f64::from(days) * 24.0;
        let step = match days {
            ..=1 => 3.0,
            2 => 6.0,
            3..=8 => 24.0,
            // A dozen or so.
            _ => f64::from(days.div_ceil(12)) * 24.0,
        };
        Self {
            range: 0.0..most,
            ticks: every(step, most),
        }
    }

    /// From 0 to what has room for `most`; in whole numbers, or not.
    pub(super) fn up_to(most: f64, whole: bool) -> Self {
        let least_step = if whole { 1.0 } else { 0.001 };
        let rough = (most / 4.0).max(least_step);
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0]
            .into_iter()
            .map(|factor| factor * power)
            .find(|step| *step >= rough * 0.999)
            .unwrap_or(10.0 * power)
            .max(least_step);
        let top = (most / step).ceil().max(1.0) * step;
        Self {
            range: 0.0..top,
            ticks: every(step, top),
        }
    }

    /// How many ticks there are.
    pub(super) fn count(&self) -> usize {
        self.ticks.len()
    }
}

fn every(step: f64, most: f64) -> Vec<f64> {
    let tick = |number: u32| f64::from(number) * step;
    // Far more than fit beside one another.
    let ticks = (0..1000).map(tick);
    ticks.take_while(|at| *at <= most * 1.0001).collect()
}

/// What a tick of [`Axis::hours`] is called.
pub(super) fn hour(hours: f64, (first, days): (Date, u32)) -> String {
    let minutes = (hours * 60.0).round();
    #[allow(
        clippy::cast_possible_truncation,
        reason = "at most a year, in minutes"
    )]
    let minutes = minutes as i64;
    let at = first.to_datetime(Time::midnight());
    let at = at.saturating_add(minutes.minutes());
    match days {
        ..=1 => at.strftime("%H:%M").to_string(),
        2 => at.strftime("%a %H:%M").to_string(),
        3..=8 => at.strftime("%a %-d %b").to_string(),
        _ => at.strftime("%-d %b").to_string(),
    }
}

impl Ranged for Axis {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (from, to): (i32, i32)) -> i32 {
        let share = (value - self.range.start) / (self.range.end - self.range.start);
        let place = f64::from(from) + share * f64::from(to - from);
        #[allow(clippy::cast_possible_truncation, reason = "pixels")]
        let place = place.round() as i32;
        place
    }

    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks.clone()
    }

    fn range(&self) -> Range<f64> {
        self.range.clone()
    }
}

impl ValueFormatter<f64> for Axis {
    fn format(value: &f64) -> String {
        value.to_string()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn counts_are_ticked_in_whole_numbers() {
        for (most, ticks) in [
            (0.0, &[0.0, 1.0][..]),
            (3.0, &[0.0, 1.0, 2.0, 3.0]),
            (1737.0, &[0.0, 500.0, 1000.0, 1500.0, 2000.0]),
        ] {
            assert_eq!(Axis::up_to(most, true).ticks, ticks, "{most}");
        }
    }

    #[test]
    fn hours_and_days_have_their_names() {
        let first = date(2026, 1, 5);
        assert_eq!(hour(9.0, (first, 1)), "09:00");
        assert_eq!(hour(30.0, (first, 2)), "Tue 06:00");
        assert_eq!(hour(48.0, (first, 7)), "Wed 7 Jan");
        assert_eq!(hour(24.0 * 27.0, (first, 30)), "1 Feb");
        for days in 1..=366 {
            assert!((4..=14).contains(&Axis::hours(days).count()), "{days}");
        }
    }
}
