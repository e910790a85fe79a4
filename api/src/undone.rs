//! A user whom something could not be done for, where it was to be done for many.

use portreeve_core::error::Error;
use portreeve_core::user::UserId;
use serde::{Deserialize, Serialize};

/// A user whom it could not be done for, and why.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Undone {
    /// The user's id, as the platform gave it.
    pub user: String,
    /// The error's code, a colon and its message.
    pub error: String,
}

impl Undone {
    pub(crate) fn all(users: &[(UserId, Error)]) -> Vec<Self> {
        users
            .iter()
            .map(|(user, error)| Self {
                user: user.as_str().to_owned(),
                error: why(error),
            })
            .collect()
    }
}

/// An error as a text that begins with its code.
pub(crate) fn why(error: &Error) -> String {
    format!("{}: {error}", error.code())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_told_with_code_and_message() {
        let users = [(UserId::new("d").unwrap(), Error::UnknownUser)];
        assert_eq!(
            serde_json::to_string(&Undone::all(&users)).unwrap(),
            r#"[{"user":"d","error":"unknown_user: there is no such user"}]"#
        );
    }
}
