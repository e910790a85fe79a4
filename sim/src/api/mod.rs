//! The Docker Engine's HTTP API over the simulated engine: a request in, an answer out. No sockets
//! and no clock; whoever has both is the stand-in.

mod body;
mod containers;
mod events;
mod images;
mod message;
mod networks;
mod program;
mod query;
mod refusal;
mod route;
mod state;
mod stream;
mod system;
mod time;
mod version;
mod volumes;

use serde_json::{Value, json};

use crate::engine::{Container, Failure};

pub use message::{LogForm, Pending, Reply, Request, Response};
pub use program::{PORT, program};
pub use state::Api;
pub use stream::Stream;
pub use version::{VERSIONS, Version};

use message::Then;
use refusal::Refusal;

impl Api {
    /// Answers a request, at the engine's now.
    pub fn handle(&mut self, request: Request<'_>) -> Reply {
        self.forget_what_is_gone();
        match route::route(self, request) {
            Ok(reply) => reply,
            Err(refusal) => Reply::Whole(refusal.into()),
        }
    }

    /// The answer to a request that had to wait, once that has come to an end.
    pub fn finish(&self, pending: Pending, result: Result<(), Failure>) -> Response {
        match (pending.0, result) {
            (Then::Nothing, Ok(())) => Response::nothing(204),
            (Then::Nothing | Then::Pulled(_), Err(failure)) => Refusal::from(failure).into(),
            (Then::Pulled(name), Ok(())) => images::pulled(&name),
            // One that was removed meanwhile has ended, too.
            (Then::ExitCode(id), _) => Response::json(200, &self.exit_code(&id)),
        }
    }

    fn exit_code(&self, id: &str) -> Value {
        let code = self.engine.find(id).map_or(137, Container::exit_code);
        json!({ "StatusCode": code })
    }

    fn forget_what_is_gone(&mut self) {
        let (cursor, gone) = events::gone_since(&self.engine, self.read);
        self.read = cursor;
        for id in gone {
            self.asked.remove(&id);
        }
    }
}
