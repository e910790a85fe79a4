//! The days of a plan.

use std::time::Duration;

use jiff::civil::{Date, date};

/// A day.
pub const DAY: Duration = Duration::from_secs(24 * 3600);

/// A Monday, so that a plan of a few days is one of workdays.
pub const MONDAY: Date = date(2026, 1, 5);
