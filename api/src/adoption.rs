//! A container and a volume of somebody else's making that became a user's.

use portreeve_core::command::Adopted;
use portreeve_core::id::ContainerId;
use serde::{Deserialize, Serialize};

/// A container and a volume of somebody else's making that are the user's now.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Adoption {
    /// The user's id, as the platform gave it.
    pub user: String,
    /// Whether that was done now: `false` where it was the user's before.
    pub adopted: bool,
    /// The container's id, as the engine gave it; `None` where there was a volume alone.
    pub container_id: Option<String>,
    /// The volume's name.
    pub volume: String,
    /// The port of the engine's host, if a container is bound to one.
    pub port: Option<u16>,
}

impl From<&Adopted> for Adoption {
    fn from(adopted: &Adopted) -> Self {
        let Adopted {
            user,
            container,
            volume,
            port,
            already,
        } = adopted;
        Self {
            user: user.as_str().to_owned(),
            adopted: !already,
            container_id: container
                .as_ref()
                .map(|id: &ContainerId| id.as_str().to_owned()),
            volume: volume.clone(),
            port: port.map(std::num::NonZeroU16::get),
        }
    }
}

#[cfg(test)]
mod tests {
    use portreeve_core::id::Port;
    use portreeve_core::user::UserId;

    use super::*;

    #[test]
    fn it_tells_what_is_the_users_now() {
        let whole = Adopted {
            user: UserId::new("u").unwrap(),
            container: Some(ContainerId::new("c1")),
            volume: "mosaic-user-u-state".to_owned(),
            port: Port::new(19000),
            already: false,
        };
        let volume_alone = Adopted {
            container: None,
            port: None,
            already: true,
            ..whole.clone()
        };
        for (adopted, text) in [
            (
                whole,
                r#"{"user":"u","adopted":true,"container_id":"c1","volume":"mosaic-user-u-state","port":19000}"#,
            ),
            (
                volume_alone,
                r#"{"user":"u","adopted":false,"container_id":null,"volume":"mosaic-user-u-state","port":null}"#,
            ),
        ] {
            let adoption = Adoption::from(&adopted);
            assert_eq!(serde_json::to_string(&adoption).unwrap(), text);
            assert_eq!(serde_json::from_str::<Adoption>(text).unwrap(), adoption);
        }
    }
}
