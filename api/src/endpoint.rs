//! Where a user's container answers.

use std::num::NonZeroU16;

use portreeve_core::command;
use serde::{Deserialize, Serialize};

use crate::token::Token;
use crate::user::Status;

/// Where a user's container answers, now that it runs and is ready.
///
/// Its `Debug` doesn't show the token.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Endpoint {
    /// The user's id, as the platform gave it.
    pub user: String,
    /// What the container is doing: it runs.
    pub status: Status,
    /// What was done to get it running.
    pub outcome: Outcome,
    /// Where it answers. Never holds the token.
    pub url: String,
    /// What it wants to be shown.
    pub token: Token,
    /// The port of the engine's host; `null` where the container publishes none.
    pub port: Option<u16>,
    /// The container's id, as the engine gave it.
    pub container_id: String,
    /// The container's name.
    pub container_name: String,
    /// The store doesn't answer, and hasn't acknowledged yet that the user is active: it is told as soon as
    /// it does. Left out of the document unless it is so.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub pending: bool,
}

/// What was done to get a container running.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Nothing: it was.
    AlreadyRunning,
    /// It was there and was started.
    Started,
    /// There was none, and it was created.
    Created,
    /// There was one that wouldn't do, and a new one took its place. The volume is the same.
    Recreated,
}

impl From<command::Ensured> for Outcome {
    fn from(outcome: command::Ensured) -> Self {
        match outcome {
            command::Ensured::AlreadyRunning => Self::AlreadyRunning,
            command::Ensured::Started => Self::Started,
            command::Ensured::Created => Self::Created,
            command::Ensured::Recreated => Self::Recreated,
        }
    }
}

impl From<&command::Endpoint> for Endpoint {
    fn from(endpoint: &command::Endpoint) -> Self {
        let command::Endpoint {
            user,
            url,
            token,
            port,
            container,
            container_name,
            outcome,
            pending,
        } = endpoint;
        Self {
            user: user.as_str().to_owned(),
            status: Status::Running,
            outcome: Outcome::from(*outcome),
            url: url.clone(),
            token: Token::from(token),
            port: port.map(NonZeroU16::get),
            container_id: container.as_str().to_owned(),
            container_name: container_name.clone(),
            pending: *pending,
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use portreeve_core::id::{ContainerId, Port};
    use portreeve_core::token;
    use portreeve_core::user::UserId;

    use super::*;

    pub(crate) fn endpoint() -> command::Endpoint {
        command::Endpoint {
            user: UserId::new("u").unwrap(),
            url: "http://127.0.0.1:19000".to_owned(),
            token: token::Token::from_random(&[0; 32]),
            port: Port::new(19000),
            container: ContainerId::new("c1"),
            container_name: "mosaic-user-u".to_owned(),
            outcome: command::Ensured::Recreated,
            pending: false,
        }
    }

    #[test]
    fn it_tells_where_the_container_answers() {
        let endpoint = Endpoint::from(&endpoint());
        let text = serde_json::to_string(&endpoint).unwrap();
        let token = "A".repeat(43);
        assert_eq!(
            text,
            format!(
                "{{\"user\":\"u\",\"status\":\"running\",\"outcome\":\"recreated\",\
                 \"url\":\"http://127.0.0.1:19000\",\"token\":\"{token}\",\"port\":19000,\
                 \"container_id\":\"c1\",\"container_name\":\"mosaic-user-u\"}}"
            )
        );
        assert_eq!(serde_json::from_str::<Endpoint>(&text).unwrap(), endpoint);
        assert!(!format!("{endpoint:?}").contains(&token));
    }

    #[test]
    fn it_tells_that_the_store_does_not_answer() {
        let pending = command::Endpoint {
            pending: true,
            ..endpoint()
        };
        let endpoint = Endpoint::from(&pending);
        let value = serde_json::to_value(&endpoint).unwrap();
        assert_eq!(value["pending"], true);
        assert_eq!(serde_json::from_value::<Endpoint>(value).unwrap(), endpoint);
    }

    #[test]
    fn every_outcome_is_the_cores_word() {
        for outcome in [
            command::Ensured::AlreadyRunning,
            command::Ensured::Started,
            command::Ensured::Created,
            command::Ensured::Recreated,
        ] {
            let value = serde_json::to_value(Outcome::from(outcome)).unwrap();
            assert_eq!(value, outcome.as_str());
        }
    }
}
