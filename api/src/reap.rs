//! Who was stopped for being idle.

use portreeve_core::command::Reaped;
use portreeve_core::user::UserId;
use serde::{Deserialize, Serialize};

use crate::undone::Undone;

/// Who was stopped for being idle.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Reap {
    /// The ids of those who were, in order.
    pub stopped: Vec<String>,
    /// Those who could not be, and why, in order.
    pub failed: Vec<Undone>,
}

impl From<&Reaped> for Reap {
    fn from(reaped: &Reaped) -> Self {
        let name = |user: &UserId| user.as_str().to_owned();
        Self {
            stopped: reaped.stopped.iter().map(name).collect(),
            failed: Undone::all(&reaped.failed),
        }
    }
}

#[cfg(test)]
mod tests {
    use portreeve_core::error::Error;

    use super::*;

    #[test]
    fn it_tells_who_was_stopped_and_who_could_not_be() {
        let user = |id: &str| UserId::new(id).unwrap();
        let some = Reaped {
            stopped: vec![user("a"), user("b c")],
            failed: vec![(user("d"), Error::Closed)],
        };
        for (reaped, text) in [
            (Reaped::default(), r#"{"stopped":[],"failed":[]}"#),
            (
                some,
                r#"{"stopped":["a","b c"],"failed":[{"user":"d","error":"closed: portreeve is being closed"}]}"#,
            ),
        ] {
            let reap = Reap::from(&reaped);
            assert_eq!(serde_json::to_string(&reap).unwrap(), text);
            assert_eq!(serde_json::from_str::<Reap>(text).unwrap(), reap);
        }
    }
}
