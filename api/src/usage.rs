//! What a user's container takes of the machine.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a user's container takes of the machine. Where the engine doesn't tell, the numbers are null and
/// `error` says why.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Usage {
    /// The user's id, as the platform gave it.
    pub user: String,
    /// The id of the container, as the engine gave it.
    pub container_id: Option<String>,
    /// Processor time since the reading before, in per cent of one processor.
    pub cpu_percent: Option<f64>,
    /// Memory in bytes, without what the page cache could give back at once.
    pub memory_bytes: Option<u64>,
    /// How much it may have; the machine's memory where nothing limits it.
    pub memory_limit_bytes: Option<u64>,
    /// What it received over all of its networks since it was started, in bytes.
    pub received_bytes: Option<u64>,
    /// What it sent, in bytes.
    pub sent_bytes: Option<u64>,
    /// When the user was last active, by the store's clock: RFC 3339 in UTC, to the microsecond.
    pub last_active: Option<Timestamp>,
    /// Why the engine doesn't tell; left out where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_told_is_null() {
        let usage = Usage {
            user: "a".to_owned(),
            container_id: Some("8943".to_owned()),
            cpu_percent: Some(1.5),
            memory_bytes: Some(2048),
            memory_limit_bytes: None,
            received_bytes: Some(0),
            sent_bytes: Some(1),
            last_active: None,
            error: None,
        };
        let text = concat!(
            r#"{"user":"a","container_id":"8943","cpu_percent":1.5,"memory_bytes":2048,"#,
            r#""memory_limit_bytes":null,"received_bytes":0,"sent_bytes":1,"last_active":null}"#,
        );
        assert_eq!(serde_json::to_string(&usage).unwrap(), text);
        assert_eq!(serde_json::from_str::<Usage>(text).unwrap(), usage);
    }
}
