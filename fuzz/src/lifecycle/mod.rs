//! A whole `Lifecycle`, driven by bytes: commands, outcomes that are true or lies, lost or late or of
//! something else, events, time, and misuse of its verbs.
//!
//! What is asked of it goes to the simulated engine and store, so that true outcomes lead deep.
//! What must hold, whatever it is told: it never panics nor turns on the spot, every request is
//! answered once and in kind, misuse is told at once and changes nothing, whoever changes something
//! on the engine does so under a lease, and not more often than it may, no token is shown, and the
//! same inputs give the same outputs.

mod driver;
mod effort;
mod lies;
mod settings;
mod users;
mod world;

use arbitrary::Unstructured;
use portreeve_core::command::Command;
use portreeve_core::event::{EventsFrom, Position};

use driver::Driver;
use users::user;

use crate::make;

/// So much happens at most.
const STEPS: usize = 400;

/// Lives through what the bytes say, twice.
pub fn run(data: &[u8]) {
    let once = live(data);
    let again = live(data);
    assert!(once == again, "the same inputs gave other outputs");
}

/// What came out of a life, as text.
fn live(data: &[u8]) -> Vec<String> {
    let mut bytes = Unstructured::new(data);
    let Ok(mut driver) = Driver::new(&mut bytes) else {
        return Vec::new();
    };
    for _ in 0..STEPS {
        if bytes.is_empty() || step(&mut driver, &mut bytes).is_err() {
            break;
        }
    }
    driver.nothing_more_happens();
    driver.into_transcript()
}

fn step(driver: &mut Driver, bytes: &mut Unstructured) -> arbitrary::Result<()> {
    match bytes.int_in_range(0..=31u8)? {
        0..=4 => driver.command(command(bytes)?),
        5 => driver.cancel(bytes.arbitrary()?),
        6..=15 => driver.answer_truly(bytes.arbitrary()?),
        16 | 17 => driver.answer_unclearly(bytes)?,
        18..=20 => driver.lie(bytes)?,
        21 => driver.misuse(bytes)?,
        22 => driver.tell_anything(bytes)?,
        23 | 24 => driver.meddle(bytes)?,
        25 | 26 => driver.pass(make::span(bytes)?),
        27 => driver.pass(std::time::Duration::from_micros(
            bytes.arbitrary::<u8>()?.into(),
        )),
        28 | 29 => driver.pass_to_deadline(),
        30 => match bytes.arbitrary()? {
            0..=31u8 => driver.close(),
            32..=63 => driver.begin_anew(bytes.arbitrary()?),
            _ => driver.pass_to_deadline(),
        },
        _ => driver.answer_all_truly(),
    }
    Ok(())
}

fn command(bytes: &mut Unstructured) -> arbitrary::Result<Command> {
    Ok(match bytes.int_in_range(0..=20u8)? {
        0..=5 => Command::Ensure(user(bytes)?),
        6 | 7 => Command::Stop(user(bytes)?),
        8 => Command::Restart(user(bytes)?),
        9 => Command::Touch(user(bytes)?),
        10 => Command::Purge(user(bytes)?),
        11 => Command::Rotate(user(bytes)?),
        12 => Command::Adopt(user(bytes)?),
        13 => Command::LimitIdle(user(bytes)?, make::maybe(bytes, make::span)?),
        14 => Command::Status(user(bytes)?),
        15 => Command::List {
            after: make::maybe(bytes, user)?,
            limit: bytes.arbitrary()?,
        },
        16 => Command::Health,
        17 => Command::Reap,
        18 => Command::Rekey,
        19 => Command::Events {
            from: EventsFrom::After(Position(bytes.arbitrary()?)),
            user: make::maybe(bytes, user)?,
            limit: bytes.arbitrary()?,
        },
        20 => Command::LogSource(user(bytes)?),
        _ => Command::Repair {
            dry_run: bytes.arbitrary()?,
        },
    })
}
