//! A user's new token.

use portreeve_core::command::Rotated;
use serde::{Deserialize, Serialize};

use crate::endpoint::Endpoint;
use crate::token::Token;
use crate::user::Status;

/// A user's new token, and where it is taken.
///
/// Where the user is stopped there is no container to tell of, and the new token is told with the
/// next start. Its `Debug` doesn't show the token.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Rotation {
    /// The user's id, as the platform gave it.
    pub user: String,
    /// Tells the new one apart from all others that the user had, of which the first is 1.
    pub generation: u32,
    /// What the container is doing: it runs with the new token, or is stopped.
    pub status: Status,
    /// Where the container answers.
    pub url: Option<String>,
    /// What it wants to be shown from now on.
    pub token: Option<Token>,
    /// The port of the engine's host; `null`, too, where the container publishes none.
    pub port: Option<u16>,
    /// The container's id, as the engine gave it.
    pub container_id: Option<String>,
    /// The container's name.
    pub container_name: Option<String>,
}

impl Rotation {
    /// The new token of a user whose container carries it already.
    pub fn running(generation: u32, endpoint: Endpoint) -> Self {
        Self {
            user: endpoint.user,
            generation,
            status: endpoint.status,
            url: Some(endpoint.url),
            token: Some(endpoint.token),
            port: endpoint.port,
            container_id: Some(endpoint.container_id),
            container_name: Some(endpoint.container_name),
        }
    }

    /// The new token of a user who is stopped.
    pub fn stopped(user: &str, generation: u32) -> Self {
        Self {
            user: user.to_owned(),
            generation,
            status: Status::Stopped,
            url: None,
            token: None,
            port: None,
            container_id: None,
            container_name: None,
        }
    }

    /// What came of giving `user` a new token.
    pub fn new(user: &str, rotated: &Rotated) -> Self {
        match &rotated.endpoint {
            Some(endpoint) => Self::running(rotated.generation, Endpoint::from(endpoint)),
            None => Self::stopped(user, rotated.generation),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json, to_value};

    use super::*;
    use crate::endpoint::tests::endpoint;

    #[test]
    fn it_tells_where_the_new_token_is_taken() {
        let rotated = Rotated {
            generation: 2,
            endpoint: Some(endpoint()),
        };
        let rotation = Rotation::new("u", &rotated);
        let value = to_value(&rotation).unwrap();
        assert_eq!(
            value,
            json!({
                "user": "u",
                "generation": 2,
                "status": "running",
                "url": "http://127.0.0.1:19000",
                "token": "A".repeat(43),
                "port": 19000,
                "container_id": "c1",
                "container_name": "mosaic-user-u",
            })
        );
        assert_eq!(from_value::<Rotation>(value).unwrap(), rotation);
        assert!(!format!("{rotation:?}").contains("AAAA"));
    }

    #[test]
    fn of_a_stopped_user_there_is_nothing_to_tell_but_the_count() {
        let rotated = Rotated {
            generation: 3,
            endpoint: None,
        };
        assert_eq!(
            serde_json::to_string(&Rotation::new("u", &rotated)).unwrap(),
            concat!(
                r#"{"user":"u","generation":3,"status":"stopped","url":null,"token":null,"#,
                r#""port":null,"container_id":null,"container_name":null}"#,
            )
        );
    }
}
