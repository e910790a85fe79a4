//! The Docker Engine's HTTP API over the simulated engine: a request in, an answer out. No sockets
//! and no clock; whoever has both is the stand-in.

mod body;
mod containers;
mod events;
mod images;
mod networks;
mod program;
mod query;
mod route;
mod system;
mod time;
mod volumes;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::engine::{Cursor, Engine, Failure, Ticket};

pub use events::Stream;
pub use program::{PORT, program};

/// The newest version of the API that is spoken, and the oldest.
pub const VERSIONS: (Version, Version) = (Version(1, 44), Version(1, 24));

/// A version of the API.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Version(pub u16, pub u16);

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

/// A request, as it came.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// How: `GET` and the like.
    pub method: &'a str,
    /// The path and the query.
    pub target: &'a str,
    /// What was sent along.
    pub body: &'a [u8],
}

/// A whole answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// What to call the body in the `Content-Type` header.
    pub content_type: &'static str,
    /// The body.
    pub body: Vec<u8>,
}

/// What comes of a request.
#[derive(Debug)]
pub enum Reply {
    /// This.
    Whole(Response),
    /// It is answered once the engine has answered the ticket.
    Later(Ticket, Pending),
    /// Events, one after the other; those that are past first.
    Events(Stream),
    /// What a container has said, and, until it ends, what it says.
    Follow {
        /// Which.
        container: String,
        /// How many of its lines are sent already.
        sent: usize,
        /// Whether its lines are sent in frames.
        framed: bool,
    },
}

/// What is said once it is done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pending(Then);

impl Pending {
    /// Whether the answer begins before the waiting is over: clients want to know that it is waited
    /// for before they go on.
    pub fn begins_at_once(&self) -> bool {
        match self.0 {
            Then::ExitCode(_) => true,
            Then::Nothing | Then::Pulled(_) => false,
        }
    }
}

/// What follows where a request was waited for.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Then {
    /// An answer without a body.
    Nothing,
    /// How a container's process ended.
    ExitCode(String),
    /// That an image was pulled.
    Pulled(String),
}

/// The API of one engine.
#[derive(Debug)]
pub struct Api {
    engine: Engine,
    /// What containers were asked for with, by their ids: an inspect repeats it.
    asked: BTreeMap<String, Value>,
    /// Up to where the engine's journal was looked through for containers that are gone.
    read: Cursor,
    name: String,
}

impl Api {
    /// Speaks for the engine. `name` is what it says its host is called.
    pub fn new(engine: Engine, name: &str) -> Self {
        Self {
            read: engine.cursor(),
            engine,
            asked: BTreeMap::new(),
            name: name.to_owned(),
        }
    }

    /// The engine.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The engine, for what is no request.
    pub fn engine_mut(&mut self) -> &mut Engine {
        &mut self.engine
    }

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
        let code = self
            .engine
            .find(id)
            .map_or(137, crate::engine::Container::exit_code);
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

impl Response {
    fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            content_type: "application/json",
            body: body.to_string().into_bytes(),
        }
    }

    fn nothing(status: u16) -> Self {
        Self {
            status,
            content_type: "text/plain; charset=utf-8",
            body: Vec::new(),
        }
    }
}

/// Why a request isn't carried out.
#[derive(Clone, PartialEq, Eq, Debug)]
enum Refusal {
    /// The engine's reason.
    Engine(Failure),
    /// The request itself.
    Request(u16, String),
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::Engine(failure)
    }
}

impl Refusal {
    fn bad(why: impl Into<String>) -> Self {
        Self::Request(400, why.into())
    }
}

impl From<Refusal> for Response {
    fn from(refusal: Refusal) -> Self {
        let (status, message) = match refusal {
            Refusal::Engine(failure) => (failure.status(), failure.text()),
            Refusal::Request(status, message) => (status, message),
        };
        Self::json(status, &json!({ "message": message }))
    }
}
