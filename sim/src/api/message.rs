//! Requests and what is answered to them.

use serde_json::{Value, json};

use super::refusal::Refusal;
use super::stream::Stream;
use crate::engine::Ticket;

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

/// How the lines of a log are sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct LogForm {
    /// Whether in frames.
    pub(super) framed: bool,
    /// Whether each with its time.
    pub(super) times: bool,
    /// Those since then alone, in nanoseconds by the wall clock.
    pub(super) since: Option<i64>,
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
        /// As what they are sent.
        form: LogForm,
    },
}

/// What is said once it is done.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Pending(pub(super) Then);

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
pub(super) enum Then {
    /// An answer without a body.
    Nothing,
    /// How a container's process ended.
    ExitCode(String),
    /// That an image was pulled.
    Pulled(String),
}

impl Response {
    pub(super) fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            content_type: "application/json",
            body: body.to_string().into_bytes(),
        }
    }

    pub(super) fn nothing(status: u16) -> Self {
        Self {
            status,
            content_type: "text/plain; charset=utf-8",
            body: Vec::new(),
        }
    }
}

impl From<Refusal> for Response {
    fn from(refusal: Refusal) -> Self {
        let (status, message) = refusal.answer();
        Self::json(status, &json!({ "message": message }))
    }
}
