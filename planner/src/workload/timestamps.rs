//! Visits from a file: one line each, `timestamp,user`.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufRead as _};
use std::time::Duration;

use csv::{ReaderBuilder, StringRecord, Trim};
use jiff::civil::Date;
use jiff::fmt::temporal::Pieces;
use jiff::tz::Offset;
use portreeve_core::user::UserId;

use super::calendar::MONDAY;

/// What a file says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Timestamps {
    /// Who comes, in the order in which they are named first.
    pub users: Vec<UserId>,
    /// When visits begin, since the beginning of the first day, and by whom; in the order of time.
    pub visits: Vec<(Duration, usize)>,
    /// The first day: that of the earliest timestamp by the clock of the first line's offset, or a
    /// Monday where there are only seconds since the beginning.
    pub first_day: Date,
}

/// Why a file can't be understood: where, what is wrong, and what is to be done about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Unreadable {
    /// The line, from 1, where it is a line's fault.
    pub line: Option<u64>,
    /// What is wrong.
    pub what: String,
    /// The way out.
    pub way_out: &'static str,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "line {line}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

impl std::error::Error for Unreadable {}

const FORM: &str = "write a line for each visit: a time such as 2026-01-05T09:00:00+01:00 or seconds since the beginning, a comma, the user's id";

/// A point in time, as a line tells it.
#[derive(Clone, Copy)]
enum Moment {
    /// Since the beginning of the plan.
    Elapsed(Duration),
    /// Microseconds since 1970, and the offset it was written with.
    Wall(i64, Offset),
}

/// Reads a file: comma-separated, with or without the header `timestamp,user`, lines in any order.
pub fn read(file: impl io::Read) -> Result<Timestamps, Unreadable> {
    let mut users = Vec::new();
    let mut known = BTreeMap::new();
    let mut moments: Vec<(u64, Moment, usize)> = Vec::new();
    for (line, text) in (1..).zip(io::BufReader::new(file).split(b'\n')) {
        let text = text.map_err(|error| wrong(line, error.to_string(), FORM))?;
        let Some(record) = fields(line, &text)? else {
            continue;
        };
        if moments.is_empty() && is_header(&record) {
            continue;
        }
        let (moment, user) = row(line, &record)?;
        let index = *known.entry(user.clone()).or_insert_with(|| {
            users.push(user);
            users.len() - 1
        });
        moments.push((line, moment, index));
    }
    let (mut visits, first_day) = count_from_the_first_day(&moments)?;
    visits.sort_unstable();
    Ok(Timestamps {
        users,
        visits,
        first_day,
    })
}

fn wrong(line: u64, what: String, way_out: &'static str) -> Unreadable {
    Unreadable {
        line: Some(line),
        what,
        way_out,
    }
}

/// A line's fields; `None` if it is blank or a comment. Each line is read by itself, so that it is
/// known which it was: a visit never takes two.
fn fields(line: u64, text: &[u8]) -> Result<Option<StringRecord>, Unreadable> {
    let text = text.trim_ascii();
    if text.is_empty() || text.starts_with(b"#") {
        return Ok(None);
    }
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .trim(Trim::All)
        .buffer_capacity(text.len())
        .from_reader(text);
    let mut record = StringRecord::new();
    match reader.read_record(&mut record) {
        Ok(there) => Ok(there.then_some(record)),
        Err(error) => match error.kind() {
            csv::ErrorKind::Utf8 { .. } => Err(wrong(line, "is not UTF-8".to_owned(), FORM)),
            _ => Err(wrong(line, error.to_string(), FORM)),
        },
    }
}

fn is_header(record: &StringRecord) -> bool {
    record
        .get(0)
        .is_some_and(|first| first.eq_ignore_ascii_case("timestamp"))
}

fn row(line: u64, record: &StringRecord) -> Result<(Moment, UserId), Unreadable> {
    let wrong = |what, way_out| wrong(line, what, way_out);
    let mut fields = record.iter();
    let (Some(at), Some(user), None) = (fields.next(), fields.next(), fields.next()) else {
        let count = record.len();
        let fields = if count == 1 { "field" } else { "fields" };
        let what = format!("it has {count} {fields}, and not a timestamp and a user");
        return Err(wrong(what, "quote a user's id that holds a comma"));
    };
    let user = UserId::new(user).map_err(|error| wrong(error.to_string(), FORM))?;
    Ok((moment(at).map_err(|(what, out)| wrong(what, out))?, user))
}

fn moment(text: &str) -> Result<Moment, (String, &'static str)> {
    if let Ok(seconds) = text.parse::<f64>() {
        // From the year 2001 on, seconds are since 1970.
        return match Duration::try_from_secs_f64(seconds) {
            Ok(since) if since >= Duration::from_secs(1_000_000_000) => {
                let micros = i64::try_from(since.as_micros());
                micros
                    .map(|micros| Moment::Wall(micros, Offset::UTC))
                    .map_err(|_| (format!("{text} seconds are beyond all years"), FORM))
            }
            Ok(since) => Ok(Moment::Elapsed(since)),
            Err(_) => Err((format!("{text} is no number of seconds"), FORM)),
        };
    }
    let unclear = || (format!("{text:?} is no timestamp"), FORM);
    let pieces = Pieces::parse(text).map_err(|_| unclear())?;
    let Some(offset) = pieces.to_numeric_offset() else {
        let what = format!("{text:?} doesn't say in which time zone");
        return Err((what, "end it in Z or in an offset such as +01:00"));
    };
    let time = pieces.time().ok_or_else(unclear)?;
    let at = offset
        .to_timestamp(pieces.date().to_datetime(time))
        .map_err(|_| unclear())?;
    Ok(Moment::Wall(at.as_microsecond(), offset))
}

type Counted = (Vec<(Duration, usize)>, Date);

fn count_from_the_first_day(moments: &[(u64, Moment, usize)]) -> Result<Counted, Unreadable> {
    let Some((_, first, _)) = moments.first() else {
        return Err(Unreadable {
            line: None,
            what: "there is no visit in it".to_owned(),
            way_out: FORM,
        });
    };
    let mixed = |line: u64| Unreadable {
        line: Some(line),
        what: "the lines before it are of the other kind".to_owned(),
        way_out: "have either dates and times or seconds since the beginning in all lines",
    };
    let Moment::Wall(_, offset) = *first else {
        let visits = moments.iter().map(|(line, moment, user)| match moment {
            Moment::Elapsed(at) => Ok((*at, *user)),
            Moment::Wall(..) => Err(mixed(*line)),
        });
        return Ok((visits.collect::<Result<_, _>>()?, MONDAY));
    };
    let mut walls = Vec::with_capacity(moments.len());
    for (line, moment, user) in moments {
        match moment {
            Moment::Wall(at, _) => walls.push((*at, *user)),
            Moment::Elapsed(_) => return Err(mixed(*line)),
        }
    }
    let earliest = walls.iter().map(|(at, _)| *at).min().unwrap_or_default();
    let beyond = || Unreadable {
        line: None,
        what: "its first day is beyond all years".to_owned(),
        way_out: FORM,
    };
    let day = jiff::Timestamp::from_microsecond(earliest)
        .map(|at| offset.to_datetime(at).date())
        .map_err(|_| beyond())?;
    let midnight = offset
        .to_timestamp(day.to_datetime(jiff::civil::Time::midnight()))
        .map_err(|_| beyond())?
        .as_microsecond();
    let since = |at: i64| Duration::from_micros(u64::try_from(at - midnight).unwrap_or(0));
    let visits = walls.iter().map(|(at, user)| (since(*at), *user));
    Ok((visits.collect(), day))
}
