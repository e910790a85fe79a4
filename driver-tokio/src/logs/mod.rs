//! A user's log, across restarts and recreations of the container.
//!
//! Which container is the user's, and what must not be shown of its log, the lifecycle says. This reads that
//! container's log, and asks again whenever it has come to its end.

mod news;

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use portreeve_core::command::LogSource;
use portreeve_core::error;
use portreeve_core::id::ContainerId;
use portreeve_core::outcome::EngineOutcome;
use portreeve_core::token::Token;
use portreeve_core::user::UserId;
use portreeve_wire::docker::log_stream::{LogLine, LogRange, LogReader, Mark};
use tokio::time::timeout;

use self::news::News;
use crate::backend::LogPieces;
use crate::call;
use crate::driver::Driver;
use crate::error::Error;

/// How long an engine may take to agree to tell a log.
const OPENING: Duration = Duration::from_secs(20);

/// A user's log, on its way.
pub struct Logs {
    driver: Arc<Driver>,
    user: UserId,
    range: LogRange,
    next: Next,
    /// All secrets that were blotted out so far: what was printed long ago may come late.
    secrets: Vec<Token>,
    /// From where it was to be read last.
    source: Option<LogSource>,
    /// How far which container's log was read.
    read: Option<(ContainerId, Mark)>,
    news: News,
    /// Read, and not asked for yet.
    ready: VecDeque<LogLine>,
}

/// What is done next.
enum Next {
    /// The log of the current container is opened; its end alone, where that is all that is wanted of what
    /// was printed before.
    Begin,
    /// An answer is read.
    Read(Reading),
    /// The current container is asked for again, and its log read on.
    ReadOn,
    /// Nothing: all was told.
    Nothing,
}

struct Reading {
    answer: Box<dyn LogPieces>,
    reader: LogReader,
    container: ContainerId,
    /// Whether these are the last lines from before it is followed, and how many of them are wanted.
    tail: Option<usize>,
}

impl Logs {
    /// Opens the log of the user's current container.
    pub async fn open(driver: &Arc<Driver>, user: &str, range: LogRange) -> Result<Self, Error> {
        let mut logs = Self {
            driver: Arc::clone(driver),
            user: UserId::new(user)?,
            range,
            next: Next::Begin,
            secrets: Vec::new(),
            source: None,
            read: None,
            news: News::default(),
            ready: VecDeque::new(),
        };
        logs.begin().await?;
        Ok(logs)
    }

    /// The next lines, as many as there are; `None` behind the last, which never comes where the log is
    /// followed. What is dropped or fails loses nothing: asked again, it goes on where it was.
    pub async fn next_lines(&mut self) -> Result<Option<VecDeque<LogLine>>, Error> {
        loop {
            if !self.ready.is_empty() {
                return Ok(Some(mem::take(&mut self.ready)));
            }
            match &mut self.next {
                Next::Begin => self.begin().await?,
                Next::Read(_) => self.read().await?,
                Next::ReadOn => self.read_on().await?,
                Next::Nothing => return Ok(None),
            }
        }
    }

    async fn begin(&mut self) -> Result<(), Error> {
        let source = self.source().await?;
        let mut range = self.range;
        let tail = range.tail.filter(|_| range.follow);
        if let Some(tail) = tail {
            range.follow = false;
            // One is read in any case: what is printed later is told apart by it.
            range.tail = Some(tail.max(1));
        }
        let tail = tail.map(|tail| usize::try_from(tail).unwrap_or(usize::MAX));
        self.open_at(&source, range, Mark::default(), tail).await
    }

    /// Reads on behind what was read of the current container, or the whole log of one that is new; after
    /// something has happened to the user's containers, or after a while.
    async fn read_on(&mut self) -> Result<(), Error> {
        if let Some(source) = &self.source {
            self.news.subscribe(&self.driver, source).await;
        }
        self.news.wait(&self.user).await;
        let source = match self.source().await {
            Ok(source) => source,
            // It is being made anew, or will be.
            Err(Error::Command(error::Error::NoContainer)) => return Ok(()),
            Err(error) => return Err(error),
        };
        let mark = match &self.read {
            Some((container, mark)) if *container == source.container => mark.clone(),
            Some(_) | None => Mark::default(),
        };
        let range = if mark.is_empty() {
            LogRange {
                tail: None,
                ..self.range
            }
        } else {
            mark.rest(true)
        };
        self.open_at(&source, range, mark, None).await
    }

    /// From where the log is to be read now.
    async fn source(&mut self) -> Result<LogSource, Error> {
        let call = call::logs(self.user.as_str())?;
        let source = self.driver.call(call, None).await?;
        for secret in &source.secrets {
            if !self.secrets.contains(secret) {
                self.secrets.push(secret.clone());
            }
        }
        self.source = Some(source.clone());
        Ok(source)
    }

    async fn open_at(
        &mut self,
        source: &LogSource,
        range: LogRange,
        mark: Mark,
        tail: Option<usize>,
    ) -> Result<(), Error> {
        let engine = self.driver.engine();
        let opening = engine.log(&source.container, range, &source.engine);
        let opened = timeout(OPENING, opening).await.unwrap_or_else(|_elapsed| {
            let text = format!("no answer within {} s", OPENING.as_secs());
            Err(EngineOutcome::Unreachable(text))
        });
        self.next = match opened {
            Ok(answer) => Next::Read(Reading {
                answer,
                reader: LogReader::new(&self.secrets, mark),
                container: source.container.clone(),
                tail,
            }),
            // Removed since.
            Err(EngineOutcome::Absent) if self.range.follow => Next::ReadOn,
            Err(EngineOutcome::Absent) => {
                return Err(Error::Command(error::Error::NoContainer));
            }
            Err(outcome) => return Err(failure(outcome)),
        };
        Ok(())
    }

    /// Takes in what comes next of the answer.
    async fn read(&mut self) -> Result<(), Error> {
        let Next::Read(reading) = &mut self.next else {
            return Ok(());
        };
        let Some(piece) = self.news.beside(reading.answer.next()).await else {
            return Ok(());
        };
        let mut told = Vec::new();
        let lost = match piece {
            Ok(Some(bytes)) => {
                let fed = reading.reader.feed(&bytes, &mut told);
                if !told.is_empty() {
                    self.news.something_came();
                }
                self.take(told);
                if let Err(broken) = fed {
                    self.next = Next::Nothing;
                    let why = broken.to_string();
                    return Err(Error::Command(error::Error::EngineRefused(why)));
                }
                return Ok(());
            }
            Ok(None) => {
                reading.reader.finish(&mut told);
                None
            }
            Err(outcome) => Some(outcome),
        };
        self.take(told);
        self.end(lost)
    }

    /// Has lines told, but for one that was read to tell later ones apart.
    fn take(&mut self, told: Vec<LogLine>) {
        let wanted = match &self.next {
            Next::Read(Reading { tail: Some(0), .. }) => Vec::new(),
            Next::Read(_) | Next::Begin | Next::ReadOn | Next::Nothing => told,
        };
        self.ready.extend(wanted);
    }

    /// The answer has ended, or was lost on the way.
    fn end(&mut self, lost: Option<EngineOutcome>) -> Result<(), Error> {
        let next = if self.range.follow {
            Next::ReadOn
        } else {
            Next::Nothing
        };
        if let Next::Read(reading) = mem::replace(&mut self.next, next) {
            let mark = reading.reader.mark().clone();
            if reading.tail.is_some() && lost.is_some() && mark.is_empty() {
                self.next = Next::Begin;
            }
            let mark = match reading.tail {
                Some(_) => mark.for_all_outputs(),
                None => mark,
            };
            self.read = Some((reading.container, mark));
        }
        match lost {
            Some(outcome) if !self.range.follow => Err(failure(outcome)),
            Some(_) | None => Ok(()),
        }
    }
}

/// Why a log isn't told.
fn failure(outcome: EngineOutcome) -> Error {
    Error::Command(match outcome {
        EngineOutcome::Refused(why) => error::Error::EngineRefused(why),
        EngineOutcome::OtherEngine(found) => {
            error::Error::EngineUnreachable(format!("another engine answers: {found}"))
        }
        EngineOutcome::Unreachable(why) | EngineOutcome::Unclear(why) => {
            error::Error::EngineUnreachable(why)
        }
        other => error::Error::EngineUnreachable(format!("an answer to something else: {other:?}")),
    })
}

impl std::fmt::Debug for Logs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Logs")
            .field("user", &self.user)
            .field("range", &self.range)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
