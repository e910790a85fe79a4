//! What the containers take of the machine of all users who run.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::stream::{self, StreamExt as _};
use portreeve_core::command::{Status, UserStatus};
use portreeve_core::id::ContainerId;
use portreeve_core::outcome::EngineOutcome;
use portreeve_wire::docker::stats::{Cpu, Sample};
use tokio::time::{sleep, timeout};

use crate::driver::Driver;
use crate::error::Error;
use crate::pages::Pages;

/// So many containers are asked for side by side: engines have others to serve.
const SIDE_BY_SIDE: usize = 16;
/// How long an engine may take to tell of one.
const LIMIT: Duration = Duration::from_secs(10);
/// How far the two readings are apart of which the first one is made: processor time is a share of that.
const APART: Duration = Duration::from_secs(1);

/// What a user's container takes of the machine.
#[derive(Clone, PartialEq, Debug)]
pub struct UserUsage {
    /// Whose it is, and what is known beside.
    pub status: UserStatus,
    /// What it takes; why the engine doesn't tell, where it doesn't.
    pub usage: Result<Usage, String>,
}

/// What a container takes of the machine.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Usage {
    /// Processor time since the last reading, in per cent of one processor: several may be used at once.
    /// `None` where there was no reading before.
    pub cpu_percent: Option<f64>,
    /// Its memory in bytes, without what the page cache could give back at once.
    pub memory: Option<u64>,
    /// How much it may have; the machine's memory where nothing limits it.
    pub memory_limit: Option<u64>,
    /// Bytes that it received over all of its networks since it was started.
    pub received: u64,
    /// Bytes that it sent.
    pub sent: u64,
}

/// What the containers take of all users who run, one reading after the other.
pub struct Usages {
    driver: Arc<Driver>,
    /// The processor time of each as it was read last.
    before: BTreeMap<ContainerId, Cpu>,
}

impl Usages {
    /// Nothing was read yet.
    pub fn new(driver: &Arc<Driver>) -> Self {
        Self {
            driver: Arc::clone(driver),
            before: BTreeMap::new(),
        }
    }

    /// Takes a reading now, in user order. Whose container has ended meanwhile is left out.
    ///
    /// The first one takes a second longer: it is made of two.
    pub async fn next_reading(&mut self) -> Result<Vec<UserUsage>, Error> {
        let running = self.running().await?;
        if self.before.is_empty() && !running.is_empty() {
            let first = self.sample_all(&running).await;
            self.before = processor_times(&first);
            sleep(APART).await;
        }
        let samples = self.sample_all(&running).await;
        let before = std::mem::replace(&mut self.before, processor_times(&samples));
        let mut told = Vec::with_capacity(running.len());
        for (status, container) in running {
            let usage = match samples.get(&container) {
                Some(Ok(sample)) => Ok(usage(sample, before.get(&container))),
                Some(Err(EngineOutcome::Absent)) | None => continue,
                Some(Err(outcome)) => Err(why(outcome)),
            };
            told.push(UserUsage { status, usage });
        }
        Ok(told)
    }

    /// Those whose containers have processes.
    async fn running(&self) -> Result<Vec<(UserStatus, ContainerId)>, Error> {
        let mut running = Vec::new();
        let mut pages = Pages::of_running();
        while let Some(call) = pages.call() {
            pages.turn(self.driver.call(call, None).await?);
            for status in pages.take_page().unwrap_or_default() {
                let container = status.container.clone();
                let lives = matches!(status.status, Status::Running | Status::Paused);
                if let Some(container) = container.filter(|_| lives) {
                    running.push((status, container));
                }
            }
        }
        Ok(running)
    }

    async fn sample_all(&self, running: &[(UserStatus, ContainerId)]) -> Samples {
        let containers: Vec<_> = running.iter().map(|(_, id)| id.clone()).collect();
        let looks = containers
            .into_iter()
            .map(|id| sample(Arc::clone(&self.driver), id));
        // Boxed, since who asks from another thread has to know that it may go there.
        let looks: Vec<_> = looks.map(FutureExt::boxed).collect();
        stream::iter(looks)
            .buffer_unordered(SIDE_BY_SIDE)
            .collect()
            .await
    }
}

async fn sample(
    driver: Arc<Driver>,
    container: ContainerId,
) -> (ContainerId, Result<Sample, EngineOutcome>) {
    let asked = timeout(LIMIT, driver.engine().stats(&container)).await;
    let told = asked.unwrap_or_else(|_elapsed| {
        let text = format!("no answer within {} s", LIMIT.as_secs());
        Err(EngineOutcome::Unclear(text))
    });
    (container, told)
}

type Samples = BTreeMap<ContainerId, Result<Sample, EngineOutcome>>;

fn processor_times(samples: &Samples) -> BTreeMap<ContainerId, Cpu> {
    let told = samples.iter().filter_map(|(container, sample)| {
        let cpu = sample.as_ref().ok()?.cpu?;
        Some((container.clone(), cpu))
    });
    told.collect()
}

fn usage(sample: &Sample, before: Option<&Cpu>) -> Usage {
    let before = before.or(sample.cpu_before.as_ref());
    let cpu = sample.cpu.as_ref().zip(before);
    Usage {
        cpu_percent: cpu.and_then(|(now, before)| now.percent_since(before)),
        memory: sample.memory,
        memory_limit: sample.memory_limit,
        received: sample.received,
        sent: sample.sent,
    }
}

fn why(outcome: &EngineOutcome) -> String {
    let words = outcome.words().map(str::to_owned);
    words.unwrap_or_else(|| format!("an answer to something else: {outcome:?}"))
}

impl std::fmt::Debug for Usages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Usages").finish_non_exhaustive()
    }
}
