//! What a container takes of the machine.

use portreeve_core::id::ContainerId;
use portreeve_core::outcome::EngineOutcome;
use portreeve_wire::docker::not_told;
use portreeve_wire::docker::stats::{self, Sample};

use super::client::EngineClient;

impl EngineClient {
    /// Takes one reading of what a container takes: `Absent` where there is no such container, or what
    /// went wrong.
    pub async fn stats(&self, container: &ContainerId) -> Result<Sample, EngineOutcome> {
        let answer = self.send_versioned(&stats::request(container)).await?;
        match answer.status {
            200 => Sample::read(&answer.body).ok_or_else(|| {
                EngineOutcome::Unclear("the engine's words can't be read: the stats".to_owned())
            }),
            status => Err(not_told(status, &answer.body)),
        }
    }
}
