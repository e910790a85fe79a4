//! When something was printed.

use std::fmt;

use jiff::Timestamp;

/// When something was printed, by the engine's clock: nanoseconds since 1970.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogTime(i64);

const SECOND: i64 = 1_000_000_000;

impl LogTime {
    /// The time that lies so many nanoseconds after 1970.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since 1970.
    pub const fn as_nanos(self) -> i64 {
        self.0
    }

    /// Of a text as engines write it.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let text = std::str::from_utf8(text).ok()?;
        let time: Timestamp = text.parse().ok()?;
        i64::try_from(time.as_nanosecond()).ok().map(Self)
    }

    /// One second before: outputs are written down one beside the other, and not quite in their order.
    pub(super) fn a_second_before(self) -> Self {
        Self(self.0.saturating_sub(SECOND))
    }

    /// As engines are asked for it. They know no time before 1970.
    pub(super) fn for_engine(self) -> String {
        let nanos = self.0.max(0);
        format!("{}.{:09}", nanos / SECOND, nanos % SECOND)
    }
}

/// As in RFC 3339, in UTC.
impl fmt::Display for LogTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match Timestamp::from_nanosecond(self.0.into()) {
            Ok(time) => write!(f, "{time:.9}"),
            Err(_) => write!(f, "{} ns", self.0),
        }
    }
}

impl fmt::Debug for LogTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
