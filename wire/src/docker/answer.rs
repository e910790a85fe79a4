//! An answer, read as it comes.

use portreeve_core::effect::EngineEffect;
use portreeve_core::outcome::EngineOutcome;

use super::dialect::Dialect;
use super::entries::Reader;
use super::list::{self, List};
use super::outcome::of_whole;
use super::pull::{self, Progress};
use super::volumes::{self, Owned};
use super::{size, version};

/// An answer to an effect, read as it comes.
///
/// What grows with the number of containers, volumes or layers is held one entry at a time, and of each
/// is kept what is needed; so it may be of any length.
#[derive(Debug)]
pub struct Answer<'e> {
    effect: &'e EngineEffect,
    status: u16,
    reading: Reading<'e>,
}

/// How an answer is read.
#[derive(Debug)]
enum Reading<'e> {
    /// When it is whole.
    Whole(Vec<u8>),
    List(Reader<List<'e>>),
    Volumes(Reader<Owned>),
    Pull(Reader<Progress>),
}

/// What an answer, whole as it came, means for the effect it answers.
pub fn outcome(effect: &EngineEffect, dialect: Dialect, status: u16, body: &[u8]) -> EngineOutcome {
    let mut answer = Answer::to(effect, dialect, status);
    match answer.feed(body) {
        Ok(()) => answer.outcome(),
        Err(too_large) => EngineOutcome::Unclear(too_large.to_string()),
    }
}

/// An answer is larger than any that is expected, and the rest of it is of no use.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("the engine's answer is larger than {limit} bytes")]
pub struct TooLarge {
    /// How much would have been read.
    pub limit: usize,
}

impl<'e> Answer<'e> {
    /// The answer to this effect, in this dialect, that begins with this status.
    pub fn to(effect: &'e EngineEffect, dialect: Dialect, status: u16) -> Self {
        let reading = match effect {
            EngineEffect::List(scope) if is_success(status) => {
                Reading::List(list::reader(scope, dialect))
            }
            EngineEffect::ListVolumes(installation) if is_success(status) => {
                Reading::Volumes(volumes::reader(*installation))
            }
            EngineEffect::PullImage { .. } if is_success(status) => Reading::Pull(pull::reader()),
            _ => Reading::Whole(Vec::new()),
        };
        Self {
            effect,
            status,
            reading,
        }
    }

    /// Takes its next bytes.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<(), TooLarge> {
        match &mut self.reading {
            Reading::Whole(body) if body.len() + bytes.len() > size::OF_ONE => {
                return Err(TooLarge {
                    limit: size::OF_ONE,
                });
            }
            Reading::Whole(body) => body.extend_from_slice(bytes),
            Reading::List(list) => list.feed(bytes),
            Reading::Volumes(volumes) => volumes.feed(bytes),
            Reading::Pull(pull) => pull.feed(bytes),
        }
        Ok(())
    }

    /// Whether it says that the engine doesn't speak the version it was asked in; see
    /// [`version::is_refused`].
    pub fn refuses_version(&self) -> bool {
        match &self.reading {
            Reading::Whole(body) => version::is_refused(self.status, body),
            Reading::List(_) | Reading::Volumes(_) | Reading::Pull(_) => false,
        }
    }

    /// What it means, now that it is whole.
    pub fn outcome(self) -> EngineOutcome {
        match self.reading {
            Reading::Whole(body) => of_whole(self.effect, self.status, &body),
            Reading::List(list) => list::outcome(list),
            Reading::Volumes(volumes) => volumes::outcome(volumes),
            Reading::Pull(progress) => pull::outcome(progress),
        }
    }
}

fn is_success(status: u16) -> bool {
    (200..=299).contains(&status)
}
