//! What is printed: text for people, or one JSON document for programs.

pub(crate) mod json;
mod spinner;
mod table;
pub(crate) mod text;
mod when;

use std::io::{self, Write as _};
use std::path::Path;
use std::time::Duration;

use portreeve_core::command::{Adopted, Finding, Reaped, Rekeyed, Stopped, UserHealth, UserStatus};
use portreeve_planner::report::PlanReport;
use portreeve_sim::batch::Batch;
use portreeve_tokio::{Endpoint, Rotated};

use crate::args::Storms;
use crate::commands::simulate::Told;
use crate::config::Config;
use crate::doctor::Report;
use crate::failure::Failure;

pub(crate) use spinner::Spinner;

/// Whom it is printed for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Output {
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl Output {
    pub(crate) fn new(json: bool) -> Self {
        if json { Self::Json } else { Self::Text }
    }

    pub(crate) fn ensured(self, endpoint: &Endpoint) -> Result<(), Failure> {
        match self {
            Self::Text => print(&text::ensured(endpoint)),
            Self::Json => document(&json::ensured(endpoint)),
        }
    }

    pub(crate) fn stopped(self, user: &str, stopped: Stopped) -> Result<(), Failure> {
        match self {
            Self::Text => print(&text::stopped(user, stopped)),
            Self::Json => document(&json::stopped(user, stopped)),
        }
    }

    pub(crate) fn touched(self, user: &str, touched: bool) -> Result<(), Failure> {
        match self {
            Self::Text => print(&text::touched(user, touched)),
            Self::Json => document(&json::touched(user, touched)),
        }
    }

    pub(crate) fn status(self, status: &UserStatus) -> Result<(), Failure> {
        match self {
            Self::Text => print(&text::status(status)),
            Self::Json => document(&json::status(status)),
        }
    }

    pub(crate) fn list(self, users: &[UserStatus]) -> Result<(), Failure> {
        match self {
            Self::Text => print(&text::list(users)),
            Self::Json => document(&users.iter().map(json::status).collect::<Vec<_>>()),
        }
    }

    pub(crate) fn limited(
        self,
        user: &str,
        limit: Option<Duration>,
        known: bool,
    ) -> Result<(), Failure> {
        match self {
            Self::Text => print(&text::limited(user, limit, known)),
            Self::Json => document(&json::limited(user, known)),
        }
    }

    pub(crate) fn purged(self, user: &str, purged: bool) -> Result<(), Failure> {
        match self {
            Self::Text => print(&text::purged(user, purged)),
            Self::Json => document(&json::purged(user, purged)),
        }
    }

    pub(crate) fn rotated(self, user: &str, rotated: &Rotated) -> Result<(), Failure> {
        let (generation, endpoint) = (rotated.generation(), rotated.endpoint());
        match self {
            Self::Text => print(&text::rotated(user, generation, endpoint)),
            Self::Json => document(&json::rotated(user, generation, endpoint)),
        }
    }

    pub(crate) fn adopted(self, adopted: &Adopted) -> Result<(), Failure> {
        match self {
            Self::Text => print(&text::adopted(adopted)),
            Self::Json => document(&json::adopted(adopted)),
        }
    }

    pub(crate) fn reaped(self, reaped: &Reaped) -> Result<(), Failure> {
        match self {
            Self::Text => print(&text::all::reaped(reaped)),
            Self::Json => document(&json::all::reaped(reaped)),
        }
    }

    pub(crate) fn health(self, users: &[UserHealth]) -> Result<(), Failure> {
        match self {
            Self::Text => print(&text::all::health(users)),
            Self::Json => document(&json::all::health(users)),
        }
    }

    pub(crate) fn repaired(self, findings: &[Finding]) -> Result<(), Failure> {
        match self {
            Self::Text => print(&text::all::repaired(findings)),
            Self::Json => document(&json::all::repaired(findings)),
        }
    }

    pub(crate) fn rekeyed(self, rekeyed: &Rekeyed) -> Result<(), Failure> {
        match self {
            Self::Text => print(&text::all::rekeyed(rekeyed)),
            Self::Json => document(&json::all::rekeyed(rekeyed)),
        }
    }

    pub(crate) fn config(self, config: &Config) -> Result<(), Failure> {
        match self {
            Self::Text => print(&text::config(config)),
            Self::Json => document(&json::config(config)),
        }
    }

    pub(crate) fn stand_in(self, docker_host: &str) -> Result<(), Failure> {
        match self {
            Self::Text => print(&text::stand_in(docker_host)),
            Self::Json => document(&json::stand_in(docker_host)),
        }
    }

    pub(crate) fn simulated(
        self,
        storms: &Storms,
        batch: &Batch,
        told: &[Told],
    ) -> Result<(), Failure> {
        match self {
            Self::Text => print(&text::simulated(storms, batch, told)),
            Self::Json => document(&json::simulated(storms, batch, told)),
        }
    }

    pub(crate) fn planned(self, report: &PlanReport, page: Option<&Path>) -> Result<(), Failure> {
        match self {
            Self::Text => print(&text::plan::planned(report, page)),
            Self::Json => document(&json::plan::planned(report)),
        }
    }

    pub(crate) fn report(self, report: &Report) -> Result<(), Failure> {
        match self {
            Self::Text => print(&text::report(report)),
            Self::Json => document(report),
        }
    }

    /// Says on stderr why a command failed.
    pub(crate) fn failure(self, failure: &Failure) {
        let text = match self {
            Self::Text => text::failure(failure),
            // Texts can always be put into JSON.
            Self::Json => json::failure(failure).unwrap_or_default(),
        };
        // With stderr gone too there is nobody left to tell.
        let _ = writeln!(anstream::stderr().lock(), "{}", text.trim_end());
    }
}

/// Prints text that may hold colours; they are left out where nobody would see them.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    written(write!(anstream::stdout().lock(), "{text}"))
}

fn document(document: &impl serde::Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string(document)
        .map_err(|error| Failure::new("internal", error.to_string(), "please report it"))?;
    written(writeln!(io::stdout().lock(), "{text}"))
}

fn written(outcome: io::Result<()>) -> Result<(), Failure> {
    match outcome {
        // Whoever reads no further, as `head` does, has what they wanted.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Failure::io("stdout can't be written", &error)),
        Ok(()) => Ok(()),
    }
}
