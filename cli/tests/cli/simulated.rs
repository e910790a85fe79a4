//! `portreeve engine`, run for a test.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use hyper::Method;
use portreeve_tests::http::{Address, Answer, Call};
use serde_json::Value;

use crate::program::Home;

/// A simulated engine that ends when this is dropped.
pub(crate) struct Engine {
    pub(crate) home: Home,
    child: Child,
    pub(crate) address: Address,
}

impl Engine {
    pub(crate) fn start(args: &[&str]) -> Self {
        let home = Home::new();
        let mut child = Command::new(env!("CARGO_BIN_EXE_portreeve"))
            .args(["engine", "--json"])
            .args(args)
            .current_dir(home.path(""))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let stdout = child.stdout.take().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        let url = told["docker_host"].as_str().unwrap();
        let address = match Address::parse(url).unwrap() {
            Address::Unix(path) => Address::Unix(home.path("").join(path)),
            other @ Address::Tcp(_) => other,
        };
        Self {
            home,
            child,
            address,
        }
    }

    pub(crate) fn ask(&self, method: Method, target: &str, body: &Value) -> Answer {
        let call = Call::new(&self.address, method, target);
        let call = match body {
            Value::Null => call,
            body => call
                .header("content-type", "application/json")
                .body(body.to_string()),
        };
        call.send().unwrap()
    }

    pub(crate) fn done(&self, method: Method, target: &str, body: &Value) -> Value {
        let answer = self.ask(method, target, body);
        assert!(
            (200..300).contains(&answer.status),
            "{target}: {} {}",
            answer.status,
            answer.text()
        );
        answer.json()
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
