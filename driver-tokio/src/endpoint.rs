//! Where a user's container answers.

use std::num::NonZeroU16;

use portreeve_core::command::{self, Ensured};
use portreeve_core::id::ContainerId;
use portreeve_core::token::Token;
use portreeve_core::user::UserId;

/// Where a user's container answers, and what it wants to be shown.
///
/// Its `Debug` doesn't show the token.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Endpoint(command::Endpoint);

impl Endpoint {
    /// Whose container it is.
    pub fn user(&self) -> &UserId {
        &self.0.user
    }

    /// Where it answers, such as `http://127.0.0.1:19000`. Never holds the token.
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// The secret the container wants to be shown; [`Token::reveal`] gives its text.
    pub fn token(&self) -> &Token {
        &self.0.token
    }

    /// The port on the engine's host; `None` where the container publishes none, since its callers
    /// are on the same network.
    pub fn port(&self) -> Option<u16> {
        self.0.port.map(NonZeroU16::get)
    }

    /// The container's id.
    pub fn container_id(&self) -> &ContainerId {
        &self.0.container
    }

    /// The container's name.
    pub fn container_name(&self) -> &str {
        &self.0.container_name
    }

    /// What was done to get it running.
    pub fn outcome(&self) -> Ensured {
        self.0.outcome
    }

    /// The store doesn't answer, and hasn't acknowledged yet that the user is active: it is told before
    /// anything else once it does. See
    /// [`Settings::store_away`](portreeve_core::settings::Settings::store_away).
    pub fn pending(&self) -> bool {
        self.0.pending
    }
}

impl From<command::Endpoint> for Endpoint {
    fn from(told: command::Endpoint) -> Self {
        Self(told)
    }
}
