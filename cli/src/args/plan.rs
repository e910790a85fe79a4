//! What may be said of a plan. The comments here are its help texts.
#![allow(clippy::doc_markdown, reason = "terminals show backticks as they are")]

use std::path::PathBuf;
use std::time::Duration;

use bytesize::ByteSize;
use clap::{Args, value_parser};

use super::duration::duration;

/// What is planned for. With any of these flags it is a plan, and no storm.
#[derive(Args, Clone, PartialEq, Debug, Default)]
#[command(next_help_heading = "Planning, with any of these")]
pub(crate) struct PlanFlags {
    /// How many users there are [default: 1000; with a file, those in it]
    #[arg(long, value_name = "NUMBER", value_parser = value_parser!(u32).range(1..=1_000_000))]
    pub(crate) users: Option<u32>,
    /// For how many days of virtual time [default: 1; with a file, all that are in it]
    #[arg(long, value_name = "NUMBER", value_parser = value_parser!(u32).range(1..=366))]
    pub(crate) days: Option<u32>,
    /// Who comes when: office-hours, steady, burst, or a CSV file of `timestamp,user`
    /// [default: office-hours]
    #[arg(long, value_name = "PATTERN|FILE")]
    pub(crate) workload: Option<String>,
    /// How many visits a user makes in a day on the average [default: 3]
    #[arg(long, value_name = "NUMBER", value_parser = visits)]
    pub(crate) visits: Option<f64>,
    /// How long half of the visits last at least; 0s for an ensure and nothing after it
    /// [default: 20m]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) session: Option<Duration>,
    /// How often a user's activity is told during a visit [default: 5m, and no more than a third of
    /// the idle limit]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) touch_every: Option<Duration>,
    /// By how many hours the clocks of the users' offices are ahead, such as 0,-5,8
    /// [default: 0]
    #[arg(long, value_name = "HOURS,…", value_delimiter = ',', allow_hyphen_values = true,
          value_parser = value_parser!(i8).range(-14..=14))]
    pub(crate) time_zones: Option<Vec<i8>>,
    /// Within how much time from 9:00 on all come, in a burst [default: 10m]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) burst_within: Option<Duration>,
    /// How long a container takes from its start until it answers; waited for where the readiness
    /// is healthy, tcp or http [default: 2s]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) start_time: Option<Duration>,
    /// How long a container takes to end once it is asked to [default: 1s]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) stop_time: Option<Duration>,
    /// How much memory a container takes, such as 512MiB [default: template.memory]
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(crate) memory_per_container: Option<ByteSize>,
    /// How long 99 in 100 starts may take at most in the worst hour [default: 10s]
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) wait_target: Option<Duration>,
    /// Tells the start limit that is expected to do, and doesn't simulate it
    #[arg(long)]
    pub(crate) quick: bool,
    /// Writes a page with plots, for a browser; or its first plots as a picture, into a .svg file
    #[arg(long, value_name = "FILE.html")]
    pub(crate) report: Option<PathBuf>,
}

impl PlanFlags {
    /// Whether a plan is asked for.
    pub(crate) fn any(&self) -> bool {
        *self != Self::default()
    }
}

fn size(text: &str) -> Result<ByteSize, String> {
    text.parse()
        .map_err(|_| format!("expected a size such as 512MiB or 2GiB, found {text:?}"))
}

fn visits(text: &str) -> Result<f64, String> {
    let visits = text.parse().ok();
    visits
        .filter(|visits| (0.01..=100.0).contains(visits))
        .ok_or_else(|| format!("expected a number from 0.01 to 100, found {text:?}"))
}
