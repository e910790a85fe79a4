//! Where a simulated engine listens.

use serde::{Deserialize, Serialize};

/// Where a simulated engine listens.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct SimulatedEngine {
    /// Its address as `DOCKER_HOST` takes it: `unix:///PATH` or `tcp://ADDRESS:PORT`.
    pub docker_host: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_tells_where_it_listens() {
        let docker_host = "tcp://127.0.0.1:2375".to_owned();
        assert_eq!(
            serde_json::to_string(&SimulatedEngine { docker_host }).unwrap(),
            r#"{"docker_host":"tcp://127.0.0.1:2375"}"#
        );
    }
}
