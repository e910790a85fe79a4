//! How many tokens were sealed anew.

use portreeve_core::command::Rekeyed;
use serde::{Deserialize, Serialize};

use crate::undone::Undone;

/// How many tokens were sealed anew, with the newest key.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Rekey {
    /// How many were.
    pub sealed: u32,
    /// How many were sealed with the newest key before.
    pub current: u32,
    /// Whose could not be, and why, in order.
    pub failed: Vec<Undone>,
}

impl From<&Rekeyed> for Rekey {
    fn from(rekeyed: &Rekeyed) -> Self {
        Self {
            sealed: rekeyed.sealed,
            current: rekeyed.current,
            failed: Undone::all(&rekeyed.failed),
        }
    }
}

#[cfg(test)]
mod tests {
    use portreeve_core::error::Error;
    use portreeve_core::user::UserId;

    use super::*;

    #[test]
    fn it_counts_and_names_who_failed() {
        let rekeyed = Rekeyed {
            sealed: 2,
            current: 3,
            failed: vec![(UserId::new("d").unwrap(), Error::UnknownUser)],
        };
        let rekey = Rekey::from(&rekeyed);
        let text = serde_json::to_string(&rekey).unwrap();
        assert_eq!(
            text,
            r#"{"sealed":2,"current":3,"failed":[{"user":"d","error":"unknown_user: there is no such user"}]}"#
        );
        assert_eq!(serde_json::from_str::<Rekey>(&text).unwrap(), rekey);
    }
}
