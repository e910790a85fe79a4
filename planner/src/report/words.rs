//! Numbers, as people read them.

use std::time::Duration;

use bytesize::ByteSize;
use jiff::SignedDuration;

/// With a comma between thousands.
pub(super) fn count(number: impl TryInto<u64>) -> String {
    let digits = number.try_into().unwrap_or(u64::MAX).to_string();
    let first = digits.len() % 3;
    let (head, rest) = digits.split_at(first);
    let rest = rest.as_bytes().chunks(3);
    let rest = rest.map(|three| String::from_utf8_lossy(three).into_owned());
    let head = (!head.is_empty()).then(|| head.to_owned());
    head.into_iter().chain(rest).collect::<Vec<_>>().join(",")
}

/// With its noun: one of it, or several.
pub(super) fn of(number: u64, noun: &str) -> String {
    match number {
        1 => format!("1 {noun}"),
        _ => format!("{} {noun}s", count(number)),
    }
}

/// To three digits or so, in the unit that fits.
pub(super) fn time(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    match seconds {
        ..1.0 => format!("{} ms", time.as_millis()),
        ..10.0 => format!("{seconds:.2} s"),
        ..100.0 => format!("{seconds:.1} s"),
        _ => format!("{seconds:.0} s"),
    }
}

/// A length of time that somebody chose, whole, as it is written in a configuration.
pub(super) fn length(length: Duration) -> String {
    match SignedDuration::try_from(length) {
        Ok(length) => format!("{length:#}"),
        Err(_beyond_all_years) => format!("{}s", length.as_secs()),
    }
}

/// The same of a limit, which is none where it is zero.
pub(super) fn limit(limit: Duration) -> String {
    if limit.is_zero() {
        "never".to_owned()
    } else {
        length(limit)
    }
}

/// In the largest unit of 1024 that fits.
pub(super) fn size(bytes: u64) -> String {
    ByteSize(bytes).display().iec().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_set_apart() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (20_000, "20,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(count(number), text);
        }
    }

    #[test]
    fn times_have_a_unit_that_fits() {
        for (millis, text) in [
            (7, "7 ms"),
            (999, "999 ms"),
            (1234, "1.23 s"),
            (12_345, "12.3 s"),
            (123_456, "123 s"),
        ] {
            assert_eq!(time(Duration::from_millis(millis)), text);
        }
    }
}
