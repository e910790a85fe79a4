//! What a container takes of the machine, as `docker stats` works it out.

use portreeve_core::id::ContainerId;
use serde_json::Value;

use super::request::container;
use crate::http::Request;

/// Asks what a container takes now. Engines that know of no single reading take two, a second apart.
pub fn request(id: &ContainerId) -> Request {
    Request::get(container(id.as_str(), "/stats?stream=false&one-shot=true"))
}

/// Counters of processor time, in nanoseconds: what was taken between two of them is a share.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cpu {
    /// What the container has taken.
    pub taken: u64,
    /// What all there is has taken, idle time included.
    pub system: u64,
    /// How many processors the container may use.
    pub processors: u64,
}

impl Cpu {
    /// How much was taken since, in per cent of one processor; `None` where no time has passed.
    pub fn percent_since(&self, before: &Self) -> Option<f64> {
        let system = self.system.checked_sub(before.system)?;
        let taken = self.taken.checked_sub(before.taken)?;
        // What is lost of numbers beyond 2^53 nanoseconds is no per cent of them.
        #[allow(clippy::cast_precision_loss)]
        let share = taken as f64 / system as f64 * self.processors as f64 * 100.0;
        (system > 0).then_some(share)
    }

    fn read(stats: &Value) -> Option<Self> {
        let usage = &stats["cpu_usage"];
        let listed = usage["percpu_usage"].as_array().map(Vec::len);
        let listed = listed.and_then(|count| u64::try_from(count).ok());
        let online = stats["online_cpus"].as_u64().filter(|count| *count > 0);
        Some(Self {
            taken: usage["total_usage"].as_u64()?,
            system: stats["system_cpu_usage"].as_u64().filter(|it| *it > 0)?,
            processors: online.or(listed).unwrap_or(1),
        })
    }
}

/// One reading of what a container takes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sample {
    /// Its processor time; `None` where it isn't told, as of one that doesn't run.
    pub cpu: Option<Cpu>,
    /// The same a little before, from an engine that takes two readings.
    pub cpu_before: Option<Cpu>,
    /// Its memory in bytes, without what the page cache could give back at once.
    pub memory: Option<u64>,
    /// How much it may have; the machine's memory where nothing limits it.
    pub memory_limit: Option<u64>,
    /// Bytes that it received over all of its networks.
    pub received: u64,
    /// Bytes that it sent.
    pub sent: u64,
}

impl Sample {
    /// Reads an answer; `None` where it is none.
    pub fn read(body: &[u8]) -> Option<Self> {
        let stats: Value = serde_json::from_slice(body).ok()?;
        stats.is_object().then(|| Self {
            cpu: Cpu::read(&stats["cpu_stats"]),
            cpu_before: Cpu::read(&stats["precpu_stats"]),
            memory: memory(&stats["memory_stats"]),
            memory_limit: stats["memory_stats"]["limit"].as_u64(),
            received: over_all_networks(&stats, "rx_bytes"),
            sent: over_all_networks(&stats, "tx_bytes"),
        })
    }
}

/// Under version 1 of control groups what is left out is called otherwise than under version 2.
fn memory(stats: &Value) -> Option<u64> {
    let usage = stats["usage"].as_u64()?;
    let details = &stats["stats"];
    let cache = ["total_inactive_file", "inactive_file"]
        .into_iter()
        .filter_map(|name| details[name].as_u64())
        .find(|cache| *cache < usage);
    Some(usage - cache.unwrap_or(0))
}

fn over_all_networks(stats: &Value, name: &str) -> u64 {
    let networks = stats["networks"].as_object().into_iter().flatten();
    let bytes = networks.filter_map(|(_, network)| network[name].as_u64());
    bytes.fold(0, u64::saturating_add)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(stats: &Value) -> Sample {
        Sample::read(stats.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn what_is_asked_for() {
        assert_eq!(
            request(&ContainerId::new("4f1c")).target,
            "/containers/4f1c/stats?stream=false&one-shot=true"
        );
    }

    /// The numbers, and what `docker stats` makes of them, are those of its own tests.
    #[test]
    fn processor_time_is_a_share_of_one_processor() {
        let cpu = |taken, system, processors| Cpu {
            taken,
            system,
            processors,
        };
        let before = cpu(100, 1000, 4);
        assert_eq!(cpu(150, 1200, 4).percent_since(&before), Some(100.0));
        assert_eq!(cpu(100, 1200, 4).percent_since(&before), Some(0.0));
        assert_eq!(before.percent_since(&before), None);
        // The container was started anew, and counts anew.
        assert_eq!(cpu(5, 1200, 4).percent_since(&before), None);
    }

    #[test]
    fn a_reading_of_either_version_of_control_groups() {
        let mut stats = json!({
            "cpu_stats": {
                "cpu_usage": {"total_usage": 7, "percpu_usage": [3, 4]},
                "system_cpu_usage": 70,
            },
            "precpu_stats": {"cpu_usage": {"total_usage": 0}},
            "memory_stats": {
                "usage": 100, "limit": 1000,
                "stats": {"total_inactive_file": 30, "inactive_file": 1},
            },
            "networks": {
                "eth0": {"rx_bytes": 1, "tx_bytes": 2},
                "eth1": {"rx_bytes": 10, "tx_bytes": 20},
            },
        });
        let sample = read(&stats);
        let cpu = Cpu {
            taken: 7,
            system: 70,
            processors: 2,
        };
        assert_eq!((sample.cpu, sample.cpu_before), (Some(cpu), None));
        assert_eq!((sample.memory, sample.memory_limit), (Some(70), Some(1000)));
        assert_eq!((sample.received, sample.sent), (11, 22));

        stats["memory_stats"]["stats"] = json!({"inactive_file": 40});
        stats["cpu_stats"]["online_cpus"] = json!(8);
        let sample = read(&stats);
        assert_eq!(sample.memory, Some(60));
        assert_eq!(sample.cpu.map(|cpu| cpu.processors), Some(8));
        stats["memory_stats"]["stats"] = json!({"inactive_file": 400});
        assert_eq!(read(&stats).memory, Some(100));
    }

    #[test]
    fn of_one_that_does_not_run_nothing_is_told() {
        let sample =
            read(&json!({"cpu_stats": {"cpu_usage": {"total_usage": 0}}, "memory_stats": {}}));
        assert_eq!(
            (sample.cpu, sample.memory, sample.received),
            (None, None, 0)
        );
        assert_eq!(Sample::read(b"[]"), None);
        assert_eq!(Sample::read(b"{"), None);
    }
}
