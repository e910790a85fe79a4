//! An engine that is spoken to over the API, and what the API remembers beside it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::engine::{Cursor, Engine};

/// The API of one engine.
#[derive(Debug)]
pub struct Api {
    pub(super) engine: Engine,
    /// What containers were asked for with, by their ids: an inspect repeats it.
    pub(super) asked: BTreeMap<String, Value>,
    /// Up to where the engine's journal was looked through for containers that are gone.
    pub(super) read: Cursor,
    pub(super) name: String,
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
}
