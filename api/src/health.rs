//! How a container is that is meant to run.

use portreeve_core::command::UserHealth;
use serde::{Deserialize, Serialize};

/// How a container is that is meant to run.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Health {
    /// The user's id, as the platform gave it.
    pub user: String,
    /// Whether it runs and nothing ails it.
    pub healthy: bool,
    /// What ails it, in words; `None` where it is healthy.
    pub error: Option<String>,
}

impl From<&UserHealth> for Health {
    fn from(health: &UserHealth) -> Self {
        let UserHealth { user, ailment } = health;
        Self {
            user: user.as_str().to_owned(),
            healthy: ailment.is_none(),
            error: ailment.as_ref().map(ToString::to_string),
        }
    }
}

#[cfg(test)]
mod tests {
    use portreeve_core::command::Ailment;
    use portreeve_core::user::UserId;

    use super::*;

    #[test]
    fn there_is_an_error_where_something_ails_it() {
        for (ailment, text) in [
            (None, r#"{"user":"a","healthy":true,"error":null}"#),
            (
                Some(Ailment::NotRunning("exited".to_owned())),
                r#"{"user":"a","healthy":false,"error":"the container is exited"}"#,
            ),
        ] {
            let user = UserId::new("a").unwrap();
            let health = Health::from(&UserHealth { user, ailment });
            assert_eq!(serde_json::to_string(&health).unwrap(), text);
            assert_eq!(serde_json::from_str::<Health>(text).unwrap(), health);
        }
    }
}
