//! What the world's controllers answer, held against what is so.

use portreeve_core::command::{Command, Endpoint, Reply};
use portreeve_core::id::RequestId;
use portreeve_core::user::UserId;

use super::World;

impl World {
    /// What was answered must be true.
    pub(super) fn hear(&mut self, request: RequestId, reply: &Reply) {
        let (command, asked) = self.requests[&request].clone();
        match (command, reply) {
            (Command::Touch(user), Reply::Touched(touched)) => {
                if touched.known && !touched.pending {
                    self.acknowledged.insert(user, asked);
                }
            }
            (Command::Ensure(user), Reply::Ensured(endpoint)) => {
                self.check_endpoint(&user, endpoint);
                if !endpoint.pending {
                    self.acknowledged.insert(user, asked);
                }
            }
            (Command::Restart(user), Reply::Ensured(endpoint)) => {
                self.check_endpoint(&user, endpoint);
            }
            (Command::Rotate(user), Reply::Rotated(rotated)) => {
                if let Some(endpoint) = &rotated.endpoint {
                    self.check_endpoint(&user, endpoint);
                }
            }
            (_, _) => {}
        }
    }

    /// Nobody is handed somebody else's container, or a token that it doesn't carry.
    fn check_endpoint(&self, user: &UserId, endpoint: &Endpoint) {
        assert_eq!(endpoint.user, *user);
        let (owner, token) = &self.made[&endpoint.container];
        // One that was adopted was made for nobody.
        assert!(
            owner.as_ref().is_none_or(|owner| owner == user),
            "{endpoint:?}"
        );
        assert_eq!(token, endpoint.token.reveal(), "{endpoint:?}");
    }
}
