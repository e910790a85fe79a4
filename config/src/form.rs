//! What values look like in a configuration, and what they are read into.

use std::fmt::Display;
use std::net::IpAddr;
use std::num::NonZeroU16;
use std::time::Duration;

use bytesize::ByteSize;
use toml::Value;

use crate::length;

/// A form of values: how they are read into a field and shown again.
pub(crate) trait Form {
    /// What a value is read into.
    type Field;
    /// How the form is called in documentation and errors.
    const NAME: &'static str;
    /// Reads a value. The error tells what is wrong with it, without naming the key.
    fn read(value: &Value) -> Result<Self::Field, String>;
    /// Shows a field as `read` would take it; `None` where it is not set.
    fn show(field: &Self::Field) -> Option<Value>;
}

/// Says that a value isn't of a form.
pub(crate) fn expected<F: Form>(value: &Value) -> String {
    unfit(F::NAME, value)
}

/// Says that a value isn't what was expected.
pub(crate) fn unfit(expected: &str, value: &Value) -> String {
    format!("expected {expected}, found {value}")
}

/// Any text.
pub(crate) struct Text;

impl Form for Text {
    type Field = String;
    const NAME: &'static str = "text";

    fn read(value: &Value) -> Result<String, String> {
        match value.as_str() {
            Some("") => Err("expected text, found none".to_owned()),
            Some(text) => Ok(text.to_owned()),
            None => Err(expected::<Self>(value)),
        }
    }

    fn show(field: &String) -> Option<Value> {
        Some(field.clone().into())
    }
}

/// Yes or no.
pub(crate) struct Switch;

impl Form for Switch {
    type Field = bool;
    const NAME: &'static str = "true or false";

    fn read(value: &Value) -> Result<bool, String> {
        value.as_bool().ok_or_else(|| expected::<Self>(value))
    }

    fn show(field: &bool) -> Option<Value> {
        Some((*field).into())
    }
}

/// A whole number.
pub(crate) struct Whole<N>(std::marker::PhantomData<N>);

impl<N: TryFrom<i64> + TryInto<i64> + Copy> Form for Whole<N> {
    type Field = N;
    const NAME: &'static str = "a whole number";

    fn read(value: &Value) -> Result<N, String> {
        let number = value.as_integer().ok_or_else(|| expected::<Self>(value))?;
        N::try_from(number).map_err(|_| format!("{number} is out of range"))
    }

    fn show(field: &N) -> Option<Value> {
        (*field).try_into().ok().map(Value::Integer)
    }
}

/// A TCP port.
pub(crate) struct PortNumber;

impl Form for PortNumber {
    type Field = NonZeroU16;
    const NAME: &'static str = "a port from 1 to 65535";

    fn read(value: &Value) -> Result<NonZeroU16, String> {
        value
            .as_integer()
            .and_then(|port| u16::try_from(port).ok())
            .and_then(NonZeroU16::new)
            .ok_or_else(|| expected::<Self>(value))
    }

    fn show(field: &NonZeroU16) -> Option<Value> {
        Some(i64::from(field.get()).into())
    }
}

/// A length of time.
pub(crate) struct Length;

impl Form for Length {
    type Field = Duration;
    const NAME: &'static str = length::FORM;

    fn read(value: &Value) -> Result<Duration, String> {
        value
            .as_str()
            .and_then(length::read)
            .ok_or_else(|| expected::<Self>(value))
    }

    fn show(field: &Duration) -> Option<Value> {
        Some(length::show(*field).into())
    }
}

/// How long a user may be idle; zero for ever.
pub(crate) struct IdleTime;

impl Form for IdleTime {
    type Field = Duration;
    const NAME: &'static str = length::LIMIT_FORM;

    fn read(value: &Value) -> Result<Duration, String> {
        match value {
            Value::Integer(0) => Ok(Duration::ZERO),
            _ => value
                .as_str()
                .and_then(length::read_limit)
                .ok_or_else(|| expected::<Self>(value)),
        }
    }

    fn show(field: &Duration) -> Option<Value> {
        Some(length::show_limit(*field).into())
    }
}

/// A number of bytes.
pub(crate) struct Size;

impl Form for Size {
    type Field = u64;
    const NAME: &'static str = "a size such as \"512MiB\" or \"2GB\"";

    fn read(value: &Value) -> Result<u64, String> {
        let bytes = match value {
            Value::Integer(bytes) => u64::try_from(*bytes).ok(),
            Value::String(text) => text.parse::<ByteSize>().ok().map(|size| size.as_u64()),
            _ => None,
        };
        bytes.ok_or_else(|| expected::<Self>(value))
    }

    fn show(field: &u64) -> Option<Value> {
        Some(size_text(*field).into())
    }
}

/// In the largest unit that holds it exactly, so that what is shown can be read again.
fn size_text(bytes: u64) -> String {
    const UNITS: [(&str, u32); 4] = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10)];
    let unit = UNITS
        .iter()
        .find(|(_, bits)| bytes != 0 && bytes.trailing_zeros() >= *bits);
    match unit {
        Some((name, bits)) => format!("{}{name}", bytes >> bits),
        None => format!("{bytes}B"),
    }
}

/// A number of CPUs, kept in thousandths.
pub(crate) struct Cpus;

impl Form for Cpus {
    type Field = u64;
    const NAME: &'static str = "a number of CPUs such as 2 or 0.5";

    fn read(value: &Value) -> Result<u64, String> {
        let cpus = match value {
            Value::Integer(whole) => u32::try_from(*whole).ok().map(f64::from),
            Value::Float(cpus) => Some(*cpus),
            _ => None,
        };
        // The bounds are those of what the engine's own unit, a billionth, can hold.
        let milli = cpus.filter(|cpus| (0.001..=1e6).contains(cpus));
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it lies between 1 and 10^9"
        )]
        milli
            .map(|cpus| (cpus * 1000.0).round() as u64)
            .ok_or_else(|| expected::<Self>(value))
    }

    fn show(field: &u64) -> Option<Value> {
        let cpus = u32::try_from(*field).ok().map(f64::from)? / 1000.0;
        Some(cpus.into())
    }
}

/// A list of texts.
pub(crate) struct Words;

impl Form for Words {
    type Field = Vec<String>;
    const NAME: &'static str = "a list of texts";

    fn read(value: &Value) -> Result<Vec<String>, String> {
        let words = value.as_array().ok_or_else(|| expected::<Self>(value))?;
        words
            .iter()
            .map(|word| word.as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .ok_or_else(|| expected::<Self>(value))
    }

    fn show(field: &Vec<String>) -> Option<Value> {
        Some(field.clone().into())
    }
}

/// An IP address.
pub(crate) struct Address;

impl Form for Address {
    type Field = IpAddr;
    const NAME: &'static str = "an IP address";

    fn read(value: &Value) -> Result<IpAddr, String> {
        parsed::<Self, _>(value)
    }

    fn show(field: &IpAddr) -> Option<Value> {
        Some(shown(field))
    }
}

fn parsed<F: Form, T: std::str::FromStr>(value: &Value) -> Result<T, String> {
    value
        .as_str()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| expected::<F>(value))
}

fn shown(field: &impl Display) -> Value {
    Value::String(field.to_string())
}

/// A value that need not be there; `false` takes away a default.
pub(crate) struct Maybe<F>(std::marker::PhantomData<F>);

impl<F: Form> Form for Maybe<F> {
    type Field = Option<F::Field>;
    const NAME: &'static str = F::NAME;

    fn read(value: &Value) -> Result<Option<F::Field>, String> {
        match value {
            Value::Boolean(false) => Ok(None),
            _ => F::read(value).map(Some),
        }
    }

    fn show(field: &Option<F::Field>) -> Option<Value> {
        field.as_ref().and_then(F::show)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Value {
        Value::String(text.to_owned())
    }

    #[test]
    fn durations_need_a_unit() {
        assert_eq!(Length::read(&text("10s")), Ok(Duration::from_secs(10)));
        assert_eq!(Length::read(&text("1h 30m")), Ok(Duration::from_secs(5400)));
        assert_eq!(Length::read(&text("500ms")), Ok(Duration::from_millis(500)));
        for wrong in [text("10"), text("-10s"), text("soon"), Value::Integer(10)] {
            let error = Length::read(&wrong).unwrap_err();
            assert!(
                error.starts_with("expected a duration such as \"10s\""),
                "{error}"
            );
        }
    }

    #[test]
    fn what_is_shown_can_be_read_again() {
        for millis in [0, 1, 999, 10_000, 90_000, 5_400_000] {
            let length = Duration::from_millis(millis);
            assert_eq!(Length::read(&Length::show(&length).unwrap()), Ok(length));
        }
        for bytes in [0, 1, 1023, 1024, 536_870_912, 536_870_913, 1 << 40] {
            assert_eq!(Size::read(&Size::show(&bytes).unwrap()), Ok(bytes));
        }
        for milli in [1, 250, 1000, 1500, 64_000] {
            assert_eq!(Cpus::read(&Cpus::show(&milli).unwrap()), Ok(milli));
        }
    }

    #[test]
    fn an_idle_time_of_nothing_is_never() {
        for never in [text("never"), text("0"), text("0s"), Value::Integer(0)] {
            assert_eq!(IdleTime::read(&never), Ok(Duration::ZERO), "{never}");
        }
        assert_eq!(IdleTime::show(&Duration::ZERO), Some(text("never")));
        let hour = Duration::from_secs(3600);
        assert_eq!(IdleTime::read(&IdleTime::show(&hour).unwrap()), Ok(hour));
        for wrong in [text("often"), Value::Integer(30), Value::Boolean(false)] {
            let error = IdleTime::read(&wrong).unwrap_err();
            assert!(error.starts_with("expected \"never\" or"), "{error}");
        }
    }

    #[test]
    fn sizes_are_binary_or_decimal_as_they_say() {
        assert_eq!(Size::read(&text("512MiB")), Ok(536_870_912));
        assert_eq!(Size::read(&text("512MB")), Ok(512_000_000));
        assert_eq!(Size::read(&Value::Integer(4096)), Ok(4096));
        assert!(Size::read(&text("lots")).is_err());
        assert!(Size::read(&Value::Integer(-1)).is_err());
    }

    #[test]
    fn cpus_are_neither_none_nor_negative() {
        assert_eq!(Cpus::read(&Value::Float(1.5)), Ok(1500));
        for wrong in [
            Value::Float(0.0),
            Value::Float(-1.0),
            Value::Float(f64::NAN),
            Value::Integer(-2),
        ] {
            assert!(Cpus::read(&wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn false_takes_a_default_away() {
        assert_eq!(Maybe::<Whole<u32>>::read(&Value::Boolean(false)), Ok(None));
        assert_eq!(Maybe::<Whole<u32>>::read(&Value::Integer(7)), Ok(Some(7)));
    }
}
