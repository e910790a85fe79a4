//! The real engine.

use std::net::{Ipv4Addr, TcpListener};

use hyper::Method;
use portreeve_tests::http::{Address, Call};

use crate::observed::Answer;

/// The real engine, and the ports of its host that were taken from it.
pub struct Real<'a> {
    address: &'a Address,
    occupied: Vec<(u16, TcpListener)>,
}

impl<'a> Real<'a> {
    pub fn new(address: &'a Address) -> Self {
        Self {
            address,
            occupied: Vec::new(),
        }
    }

    pub fn ask(&self, method: &str, target: &str, body: &[u8]) -> Answer {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let mut call = Call::new(self.address, method, format!("/v1.41{target}"));
        if !body.is_empty() {
            call = call
                .header("content-type", "application/json")
                .body(body.to_vec());
        }
        let answer = call.send();
        let answer = answer.unwrap_or_else(|error| panic!("{target}: {error}"));
        Answer {
            status: answer.status,
            body: answer.body.to_vec(),
        }
    }

    /// Takes a port of the host; `false` if somebody has it.
    pub fn occupy(&mut self, port: u16) -> bool {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(listener) => {
                self.occupied.push((port, listener));
                true
            }
            Err(_) => false,
        }
    }

    pub fn release(&mut self, port: u16) {
        self.occupied.retain(|(other, _)| *other != port);
    }
}
