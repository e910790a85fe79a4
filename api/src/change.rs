//! What came of a change to one user, where that is a matter of yes or no.
//!
//! A user who isn't known is no failure here: the document tells.

use portreeve_core::command::{Stopped, Touched};
use serde::{Deserialize, Serialize};

/// What came of stopping a user's container.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Stop {
    /// The user's id, as the platform gave it.
    pub user: String,
    /// What the user is now.
    pub status: Afterwards,
    /// Whether anything had to be stopped.
    pub changed: bool,
}

/// What a user is after a stop.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Afterwards {
    /// Known, and no container runs.
    Stopped,
    /// There is no such user.
    Unknown,
}

/// What came of noting that a user was active.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Touch {
    /// The user's id, as the platform gave it.
    pub user: String,
    /// Whether it was noted: whether there is such a user.
    pub touched: bool,
    /// The store doesn't answer, and hasn't acknowledged it yet: it is told as soon as it does. Left out of
    /// the document unless it is so.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
    pub pending: bool,
}

/// What came of saying how long a user may be idle.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct IdleLimit {
    /// The user's id, as the platform gave it.
    pub user: String,
    /// Whether it was noted: whether there is such a user.
    pub limited: bool,
}

/// What came of removing a user's container, volume, port and record.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Purge {
    /// The user's id, as the platform gave it.
    pub user: String,
    /// Whether there was such a user.
    pub purged: bool,
}

impl Stop {
    /// What came of stopping `user`.
    pub fn new(user: &str, stopped: Stopped) -> Self {
        Self {
            user: user.to_owned(),
            status: if stopped.known {
                Afterwards::Stopped
            } else {
                Afterwards::Unknown
            },
            changed: stopped.changed,
        }
    }
}

impl Touch {
    /// What came of noting that `user` was active.
    pub fn new(user: &str, touched: Touched) -> Self {
        Self {
            user: user.to_owned(),
            touched: touched.known,
            pending: touched.pending,
        }
    }
}

impl IdleLimit {
    /// What came of saying how long `user` may be idle.
    pub fn new(user: &str, limited: bool) -> Self {
        let user = user.to_owned();
        Self { user, limited }
    }
}

impl Purge {
    /// What came of removing all that `user` had.
    pub fn new(user: &str, purged: bool) -> Self {
        let user = user.to_owned();
        Self { user, purged }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_str, to_string};

    use super::*;

    #[test]
    fn a_stop_of_nobody_is_told_apart() {
        for (known, changed, text) in [
            (
                true,
                true,
                r#"{"user":"u","status":"stopped","changed":true}"#,
            ),
            (
                false,
                false,
                r#"{"user":"u","status":"unknown","changed":false}"#,
            ),
        ] {
            let stop = Stop::new("u", Stopped { known, changed });
            assert_eq!(to_string(&stop).unwrap(), text);
            assert_eq!(from_str::<Stop>(text).unwrap(), stop);
        }
    }

    #[test]
    fn whether_there_is_such_a_user_is_told() {
        for (pending, text) in [
            (false, r#"{"user":"u","touched":true}"#),
            (true, r#"{"user":"u","touched":true,"pending":true}"#),
        ] {
            let known = true;
            let touch = Touch::new("u", Touched { known, pending });
            assert_eq!(to_string(&touch).unwrap(), text);
            assert_eq!(from_str::<Touch>(text).unwrap(), touch);
        }
        let limit = IdleLimit::new("u", false);
        assert_eq!(
            to_string(&limit).unwrap(),
            r#"{"user":"u","limited":false}"#
        );
        let purge = Purge::new("u", true);
        assert_eq!(to_string(&purge).unwrap(), r#"{"user":"u","purged":true}"#);
    }
}
