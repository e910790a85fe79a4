//! A script as text: an input a line, with its time in seconds. Empty lines and those that begin
//! with `#` say nothing.
//!
//! ```text
//! 0.250000 ask 0 ensure "alice"
//! 1.000000 ask-for 0.500000 1 stop "alice"
//! 1.500000 crash 0 4.000000
//! ```

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use portreeve_core::command::Command;
use portreeve_core::event::{EventsFrom, Position};
use portreeve_core::time::Instant;
use portreeve_core::user::UserId;

use super::chaos::{ChaosAction, Likeness, Oddity, Refusal, Silence};
use super::input::{Input, Script};

/// A line that is no input: which, counted from 1, and why.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct Unreadable {
    /// Counted from 1.
    pub line: usize,
    /// Why.
    pub why: String,
}

/// Writes a script so that [`read`] reads the same again.
pub fn write(script: &Script) -> String {
    let line = |(at, input): &(Instant, Input)| format!("{at} {input}\n", at = Seconds::of(*at));
    script.iter().map(line).collect()
}

/// Reads a script.
pub fn read(text: &str) -> Result<Script, Unreadable> {
    let mut script = Script::new();
    for (index, line) in text.lines().enumerate() {
        let words = line.trim();
        if words.is_empty() || words.starts_with('#') {
            continue;
        }
        let (at, input) = input_of(words).map_err(|why| Unreadable {
            line: index + 1,
            why,
        })?;
        if script.last().is_some_and(|(before, _)| *before > at) {
            return Err(Unreadable {
                line: index + 1,
                why: "it comes before the line above it".to_owned(),
            });
        }
        script.push((at, input));
    }
    Ok(script)
}

/// Seconds with all of their microseconds.
struct Seconds(u64);

impl Seconds {
    fn of(at: Instant) -> Self {
        Self(at.as_micros())
    }
}

impl From<Duration> for Seconds {
    fn from(duration: Duration) -> Self {
        Self(u64::try_from(duration.as_micros()).unwrap_or(u64::MAX))
    }
}

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}", self.0 / 1_000_000, self.0 % 1_000_000)
    }
}

impl FromStr for Seconds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is no time in seconds, such as 1.500000");
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        if fraction.len() > 6 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(wrong());
        }
        let whole: u64 = whole.parse().map_err(|_| wrong())?;
        let micros: u64 = format!("{fraction:0<6}").parse().map_err(|_| wrong())?;
        let sum = whole
            .checked_mul(1_000_000)
            .and_then(|whole| whole.checked_add(micros));
        sum.map(Self).ok_or_else(wrong)
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ask(controller, command) => write!(f, "ask {controller} {}", Words(command)),
            Self::AskFor(controller, command, patience) => {
                let patience = Seconds::from(*patience);
                write!(f, "ask-for {patience} {controller} {}", Words(command))
            }
            Self::Chaos(action) => write!(f, "{action}"),
        }
    }
}

impl fmt::Display for ChaosAction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |duration: &Duration| Seconds::from(*duration);
        match self {
            Self::Crash(which, away) => write!(f, "crash {which} {}", time(away)),
            Self::Freeze(which, still) => write!(f, "freeze {which} {}", time(still)),
            Self::Close(which, away) => write!(f, "close {which} {}", time(away)),
            Self::RestartEngine(away) => write!(f, "restart-engine {}", time(away)),
            Self::SwapEngine(away) => write!(f, "swap-engine {}", time(away)),
            Self::LoseStore(away) => write!(f, "lose-store {}", time(away)),
            Self::CutOff(which, silence, away) => {
                write!(f, "cut-off {which} {} {}", silence.name(), time(away))
            }
            Self::FailOver(lag) => write!(f, "fail-over {}", time(lag)),
            Self::StoreClockForward(by) => write!(f, "store-clock-forward {}", time(by)),
            Self::StoreClockBack(by) => write!(f, "store-clock-back {}", time(by)),
            Self::HostClockForward(which, by) => {
                write!(f, "host-clock-forward {which} {}", time(by))
            }
            Self::LoseStream(which) => write!(f, "lose-stream {which}"),
            Self::Kill(which) => write!(f, "kill {which}"),
            Self::Stop(which) => write!(f, "stop {which}"),
            Self::Remove(which) => write!(f, "remove {which}"),
            Self::Rename(which) => write!(f, "rename {which}"),
            Self::Pause(which) => write!(f, "pause {which}"),
            Self::Occupy(port, taken) => write!(f, "occupy {port} {}", time(taken)),
            Self::Squat(user, taken) => write!(f, "squat {} {}", time(taken), quoted(user)),
            Self::SquatVolume(user, taken) => {
                write!(f, "squat-volume {} {}", time(taken), quoted(user))
            }
            Self::Bring(user, port, stays) => {
                write!(f, "bring {port} {} {}", time(stays), quoted(user))
            }
            Self::BringOdd(user, port, oddity, stays) => {
                let (oddity, stays) = (oddity.name(), time(stays));
                write!(f, "bring-odd {oddity} {port} {stays} {}", quoted(user))
            }
            Self::Copy(which, likeness, stays) => {
                write!(f, "copy {which} {} {}", likeness.name(), time(stays))
            }
            Self::Deploy(which, generation, away) => {
                write!(f, "deploy {which} {generation} {}", time(away))
            }
            Self::LoseImage => f.write_str("lose-image"),
            Self::LoseRegistry(away) => write!(f, "lose-registry {}", time(away)),
            Self::Refuse(refusal, None, lasts) => {
                write!(f, "refuse-all {} {}", refusal.name(), time(lasts))
            }
            Self::Refuse(refusal, Some(user), lasts) => {
                let (refusal, lasts) = (refusal.name(), time(lasts));
                write!(f, "refuse {refusal} {lasts} {}", quoted(user))
            }
            Self::Unready(None, lasts) => write!(f, "unready-all {}", time(lasts)),
            Self::Unready(Some(user), lasts) => {
                write!(f, "unready {} {}", time(lasts), quoted(user))
            }
        }
    }
}

/// A command in words.
struct Words<'a>(&'a Command);

impl fmt::Display for Words<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Command::Ensure(user) => write!(f, "ensure {}", quoted(user)),
            Command::Stop(user) => write!(f, "stop {}", quoted(user)),
            Command::Restart(user) => write!(f, "restart {}", quoted(user)),
            Command::Touch(user) => write!(f, "touch {}", quoted(user)),
            Command::Status(user) => write!(f, "status {}", quoted(user)),
            Command::LogSource(user) => write!(f, "log-source {}", quoted(user)),
            Command::Purge(user) => write!(f, "purge {}", quoted(user)),
            Command::Rotate(user) => write!(f, "rotate {}", quoted(user)),
            Command::Adopt(user) => write!(f, "adopt {}", quoted(user)),
            Command::LimitIdle(user, None) => write!(f, "limit-idle default {}", quoted(user)),
            Command::LimitIdle(user, Some(limit)) => {
                write!(f, "limit-idle {} {}", Seconds::from(*limit), quoted(user))
            }
            Command::List {
                after: None,
                limit: u32::MAX,
            } => f.write_str("list"),
            Command::List { after: None, limit } => write!(f, "list-first {limit}"),
            Command::List {
                after: Some(user),
                limit,
            } => write!(f, "list-after {limit} {}", quoted(user)),
            Command::ListRunning { after: None, limit } => write!(f, "list-running {limit}"),
            Command::ListRunning {
                after: Some(user),
                limit,
            } => write!(f, "list-running-after {limit} {}", quoted(user)),
            Command::Reap => f.write_str("reap"),
            Command::Health => f.write_str("health"),
            Command::Repair { dry_run: false } => f.write_str("repair"),
            Command::Repair { dry_run: true } => f.write_str("repair-dry-run"),
            Command::Rekey => f.write_str("rekey"),
            Command::Events { from, user, limit } => {
                f.write_str("events ")?;
                match from {
                    EventsFrom::Oldest => f.write_str("oldest")?,
                    EventsFrom::Now => f.write_str("now")?,
                    EventsFrom::After(after) => write!(f, "after {}", after.0)?,
                    EventsFrom::Since(age) => write!(f, "since {}", Seconds::from(*age))?,
                }
                write!(f, " {limit}")?;
                user.as_ref()
                    .map_or(Ok(()), |user| write!(f, " {}", quoted(user)))
            }
        }
    }
}

/// A command in words, as a script writes it.
pub(crate) fn command_words(command: &Command) -> String {
    Words(command).to_string()
}

fn quoted(user: &UserId) -> String {
    serde_json::Value::from(user.as_str()).to_string()
}

/// The words of one line that weren't read yet.
struct Reader<'a>(&'a str);

impl<'a> Reader<'a> {
    fn word(&mut self) -> Result<&'a str, String> {
        let rest = self.0.trim_start();
        let (word, rest) = rest.split_once(' ').unwrap_or((rest, ""));
        self.0 = rest;
        if word.is_empty() {
            Err("it ends too early".to_owned())
        } else {
            Ok(word)
        }
    }

    fn number<N: FromStr>(&mut self) -> Result<N, String> {
        let word = self.word()?;
        word.parse()
            .map_err(|_| format!("{word:?} is no number that fits here"))
    }

    /// One of these, by its name.
    fn one_of<T: Copy>(&mut self, all: &[T], name: fn(T) -> &'static str) -> Result<T, String> {
        let word = self.word()?;
        let mut all = all.iter().copied();
        all.find(|one| name(*one) == word)
            .ok_or_else(|| format!("{word:?} isn't known here"))
    }

    fn time(&mut self) -> Result<Duration, String> {
        Ok(Duration::from_micros(self.word()?.parse::<Seconds>()?.0))
    }

    fn user(&mut self) -> Result<UserId, String> {
        let text = std::mem::take(&mut self.0);
        let id: String = serde_json::from_str(text.trim())
            .map_err(|_| format!("{text:?} is no user's id in quotes"))?;
        UserId::new(id).map_err(|error| error.to_string())
    }

    fn command(&mut self) -> Result<Command, String> {
        match self.word()? {
            "ensure" => Ok(Command::Ensure(self.user()?)),
            "stop" => Ok(Command::Stop(self.user()?)),
            "restart" => Ok(Command::Restart(self.user()?)),
            "touch" => Ok(Command::Touch(self.user()?)),
            "status" => Ok(Command::Status(self.user()?)),
            "log-source" => Ok(Command::LogSource(self.user()?)),
            "purge" => Ok(Command::Purge(self.user()?)),
            "rotate" => Ok(Command::Rotate(self.user()?)),
            "adopt" => Ok(Command::Adopt(self.user()?)),
            "limit-idle" => {
                let limit = match self.word()? {
                    "default" => None,
                    limit => Some(Duration::from_micros(limit.parse::<Seconds>()?.0)),
                };
                Ok(Command::LimitIdle(self.user()?, limit))
            }
            "list" => Ok(Command::List {
                after: None,
                limit: u32::MAX,
            }),
            "list-first" => Ok(Command::List {
                limit: self.number()?,
                after: None,
            }),
            "list-after" => Ok(Command::List {
                limit: self.number()?,
                after: Some(self.user()?),
            }),
            "list-running" => Ok(Command::ListRunning {
                limit: self.number()?,
                after: None,
            }),
            "list-running-after" => Ok(Command::ListRunning {
                limit: self.number()?,
                after: Some(self.user()?),
            }),
            "reap" => Ok(Command::Reap),
            "health" => Ok(Command::Health),
            "repair" => Ok(Command::Repair { dry_run: false }),
            "repair-dry-run" => Ok(Command::Repair { dry_run: true }),
            "rekey" => Ok(Command::Rekey),
            "events" => self.events(),
            other => Err(format!("there is no command {other:?}")),
        }
    }

    fn events(&mut self) -> Result<Command, String> {
        let from = match self.word()? {
            "oldest" => EventsFrom::Oldest,
            "now" => EventsFrom::Now,
            "after" => EventsFrom::After(Position(self.number()?)),
            "since" => EventsFrom::Since(self.time()?),
            other => return Err(format!("events come from no {other:?}")),
        };
        let limit = self.number()?;
        let of_all = self.0.trim().is_empty();
        let user = if of_all { None } else { Some(self.user()?) };
        Ok(Command::Events { from, user, limit })
    }

    fn cut_off(&mut self) -> Result<ChaosAction, String> {
        let which = self.number()?;
        let silence = self.one_of(&Silence::ALL, Silence::name)?;
        Ok(ChaosAction::CutOff(which, silence, self.time()?))
    }

    fn input(&mut self) -> Result<Input, String> {
        let action = match self.word()? {
            "ask" => return Ok(Input::Ask(self.number()?, self.command()?)),
            "ask-for" => {
                let patience = self.time()?;
                return Ok(Input::AskFor(self.number()?, self.command()?, patience));
            }
            "crash" => ChaosAction::Crash(self.number()?, self.time()?),
            "freeze" => ChaosAction::Freeze(self.number()?, self.time()?),
            "close" => ChaosAction::Close(self.number()?, self.time()?),
            "restart-engine" => ChaosAction::RestartEngine(self.time()?),
            "lose-store" => ChaosAction::LoseStore(self.time()?),
            "cut-off" => self.cut_off()?,
            "fail-over" => ChaosAction::FailOver(self.time()?),
            "store-clock-forward" => ChaosAction::StoreClockForward(self.time()?),
            "store-clock-back" => ChaosAction::StoreClockBack(self.time()?),
            "host-clock-forward" => ChaosAction::HostClockForward(self.number()?, self.time()?),
            "lose-stream" => ChaosAction::LoseStream(self.number()?),
            "kill" => ChaosAction::Kill(self.number()?),
            "stop" => ChaosAction::Stop(self.number()?),
            "remove" => ChaosAction::Remove(self.number()?),
            "rename" => ChaosAction::Rename(self.number()?),
            "pause" => ChaosAction::Pause(self.number()?),
            "occupy" => ChaosAction::Occupy(self.number()?, self.time()?),
            "squat" => {
                let taken = self.time()?;
                ChaosAction::Squat(self.user()?, taken)
            }
            "squat-volume" => {
                let taken = self.time()?;
                ChaosAction::SquatVolume(self.user()?, taken)
            }
            "bring" => {
                let (port, stays) = (self.number()?, self.time()?);
                ChaosAction::Bring(self.user()?, port, stays)
            }
            "bring-odd" => {
                let oddity = self.one_of(&Oddity::ALL, Oddity::name)?;
                let (port, stays) = (self.number()?, self.time()?);
                ChaosAction::BringOdd(self.user()?, port, oddity, stays)
            }
            "copy" => {
                let which = self.number()?;
                let likeness = self.one_of(&Likeness::ALL, Likeness::name)?;
                ChaosAction::Copy(which, likeness, self.time()?)
            }
            "deploy" => ChaosAction::Deploy(self.number()?, self.number()?, self.time()?),
            "lose-image" => ChaosAction::LoseImage,
            "swap-engine" => ChaosAction::SwapEngine(self.time()?),
            "lose-registry" => ChaosAction::LoseRegistry(self.time()?),
            "refuse-all" => {
                let refusal = self.one_of(&Refusal::ALL, Refusal::name)?;
                ChaosAction::Refuse(refusal, None, self.time()?)
            }
            "refuse" => {
                let refusal = self.one_of(&Refusal::ALL, Refusal::name)?;
                let lasts = self.time()?;
                ChaosAction::Refuse(refusal, Some(self.user()?), lasts)
            }
            "unready-all" => ChaosAction::Unready(None, self.time()?),
            "unready" => {
                let lasts = self.time()?;
                ChaosAction::Unready(Some(self.user()?), lasts)
            }
            other => return Err(format!("there is no input {other:?}")),
        };
        Ok(Input::Chaos(action))
    }
}

fn input_of(line: &str) -> Result<(Instant, Input), String> {
    let mut reader = Reader(line);
    let at = Instant::from_micros(reader.word()?.parse::<Seconds>()?.0);
    let input = reader.input()?;
    match reader.0.trim() {
        "" => Ok((at, input)),
        rest => Err(format!("{rest:?} is more than there should be")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::Chance;
    use crate::faults::{Faults, Severity};
    use crate::script::{Shape, storm};

    #[test]
    fn what_is_written_is_read_again() {
        for seed in 0..50 {
            let mut chance = Chance::of(seed);
            let faults = Faults::drawn(Severity::Heavy, &mut chance);
            let script = storm(&Shape::drawn(&mut chance), &faults, &mut chance);
            assert!(!script.is_empty());
            assert_eq!(read(&write(&script)), Ok(script));
        }
    }

    #[test]
    fn any_user_id_survives() {
        let user = UserId::new("a b\n\"c\" \u{7f}é").expect("valid");
        let script = vec![(Instant::ORIGIN, Input::Ask(0, Command::Ensure(user)))];
        assert_eq!(read(&write(&script)), Ok(script));
    }

    #[test]
    fn mistakes_are_named() {
        let mistake = |text: &str| read(text).expect_err("a mistake").to_string();
        assert_eq!(
            mistake("# one\n\n1.5 dance 0"),
            "line 3: there is no input \"dance\""
        );
        assert_eq!(
            mistake("1.5 ask 0 ensure alice"),
            "line 1: \"alice\" is no user's id in quotes"
        );
        assert_eq!(mistake("1.5 kill"), "line 1: it ends too early");
        assert_eq!(
            mistake("1.5 kill 1 2"),
            "line 1: \"2\" is more than there should be"
        );
        assert_eq!(
            mistake("2.0 kill 1\n1.0 kill 1"),
            "line 2: it comes before the line above it"
        );
        assert_eq!(
            mistake("1.0000001 kill 1"),
            "line 1: \"1.0000001\" is no time in seconds, such as 1.500000"
        );
    }
}
