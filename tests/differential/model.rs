//! The simulated engine.

use std::time::Duration;

use portreeve_core::id::{EngineId, Port};
use portreeve_sim::api::{Api, Reply, Request, Response};
use portreeve_sim::engine::{Engine, Failure, Ticket};

use crate::observed::Answer;

/// Longer than anything here takes that happens by itself.
const LONG: Duration = Duration::from_secs(20);

/// The simulated engine.
pub struct Model {
    api: Api,
}

impl Model {
    pub fn new(image: &str) -> Self {
        let engine = Engine::new(EngineId::new("model"), 7);
        let mut model = Self {
            api: Api::new(engine, "model"),
        };
        let (repository, tag) = image.split_once(':').expect("a name with a tag");
        let import = format!("/images/create?fromSrc=-&repo={repository}&tag={tag}");
        assert_eq!(model.ask("POST", &import, b"").status, 200);
        model
    }

    pub fn api(&self) -> &Api {
        &self.api
    }

    pub fn ask(&mut self, method: &str, target: &str, body: &[u8]) -> Answer {
        let target = &format!("/v1.41{target}");
        let request = Request {
            method,
            target,
            body,
        };
        let response = match self.api.handle(request) {
            Reply::Whole(response) => response,
            Reply::Later(ticket, pending) => {
                let result = self.result_of(ticket);
                self.api.finish(pending, result)
            }
            Reply::Events(_) | Reply::Follow { .. } => panic!("{target} isn't asked for here"),
        };
        let Response { status, body, .. } = response;
        Answer { status, body }
    }

    fn result_of(&mut self, ticket: Ticket) -> Result<(), Failure> {
        loop {
            let results = self.api.engine_mut().take_results();
            let found = results.into_iter().find(|(other, _)| *other == ticket);
            if let Some((_, result)) = found {
                return result;
            }
            let due = self.api.engine().next_due();
            let due = due.expect("something is to happen while a request waits");
            self.api.engine_mut().advance(due);
        }
    }

    /// Whatever happens by itself, does.
    pub fn settle(&mut self) {
        let later = self.api.engine().now().after(LONG);
        self.api.engine_mut().advance(later);
    }

    pub fn occupy(&mut self, port: u16) -> bool {
        let port = Port::new(port).expect("not 0");
        self.api.engine_mut().occupy_port(port)
    }

    pub fn release(&mut self, port: u16) {
        let port = Port::new(port).expect("not 0");
        self.api.engine_mut().release_port(port);
    }
}
