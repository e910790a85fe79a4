//! What a case asks of a gateway, as its user would: at the URL that ensure answered, with the
//! token it answered.

use std::thread;
use std::time::{Duration, Instant};

use hyper::Method;
use serde_json::Value;

use crate::answer::Endpoint;
use crate::http::{Address, Answer, Call};
use crate::story::EVERY;

/// A gateway may take that long to listen once its container runs.
const TO_LISTEN: Duration = Duration::from_secs(15);
/// Whoever connects while the engine sets a container up may be kept waiting for ever.
const TO_ANSWER: Duration = Duration::from_secs(5);

impl Endpoint {
    fn address(&self) -> Address {
        let host = self.url.strip_prefix("http://");
        Address::Tcp(host.expect("an http URL").to_owned())
    }

    /// One request, tried again while nobody listens.
    #[track_caller]
    fn ask(&self, method: &Method, path: &str, token: &str, body: &str) -> Answer {
        let address = self.address();
        let deadline = Instant::now() + TO_LISTEN;
        loop {
            let answer = Call::new(&address, method.clone(), path)
                .header("authorization", format!("Bearer {token}"))
                .body(body.to_owned())
                .within(TO_ANSWER)
                .send();
            match answer {
                Ok(answer) => return answer,
                Err(error) => assert!(
                    Instant::now() < deadline,
                    "{} at {} doesn't answer within {TO_LISTEN:?}: {error}",
                    self.user,
                    self.url
                ),
            }
            thread::sleep(EVERY);
        }
    }

    /// Has the gateway print a text as it is.
    #[track_caller]
    pub fn say(&self, text: &str) {
        let answer = self.ask(&Method::POST, "/say", &self.token, text);
        assert_eq!(answer.status, 200, "{} says what it is told to", self.user);
    }

    /// The gateway behind the URL takes the token, and is the one in the container that was answered.
    #[track_caller]
    pub fn answers(&self) {
        let answer = self.ask(&Method::GET, "/whoami", &self.token, "");
        assert_eq!(
            answer.status, 200,
            "{} at {} takes its own token",
            self.user, self.url
        );
        let host = answer.json()["hostname"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        assert!(
            !host.is_empty() && self.container_id.starts_with(&host),
            "{} is answered by {host} at {}, but has {}",
            self.user,
            self.url,
            self.container_id
        );
    }

    /// Whether the gateway answers at this moment, without waiting.
    pub fn answers_now(&self) -> bool {
        let call = Call::new(&self.address(), Method::GET, "/health")
            .within(TO_ANSWER)
            .send()
            .map(|answer| answer.status);
        matches!(call, Ok(200))
    }

    /// The gateway refuses somebody else's token.
    #[track_caller]
    pub fn refuses(&self, token: &str) {
        let answer = self.ask(&Method::GET, "/whoami", token, "");
        assert_eq!(
            answer.status, 401,
            "{} refuses a token that isn't its own",
            self.url
        );
    }

    /// Has the gateway write something down in its volume.
    #[track_caller]
    pub fn keep(&self, text: &str) {
        let answer = self.ask(&Method::POST, "/state", &self.token, text);
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// What was written down in the volume.
    #[track_caller]
    pub fn kept(&self) -> Option<String> {
        let answer = self.ask(&Method::GET, "/state", &self.token, "");
        (answer.status == 200).then(|| answer.text())
    }
}

/// For whoever must not panic.
impl Endpoint {
    /// The status that the gateway answers the token with, and which container it says it is in.
    pub fn seen(&self) -> Result<(u16, String), String> {
        let answer = self.sent(&Method::GET, "/whoami", "")?;
        let host = if answer.status == 200 {
            let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
            body["hostname"].as_str().unwrap_or_default().to_owned()
        } else {
            String::new()
        };
        Ok((answer.status, host))
    }

    /// What was written down in the volume, if that can be told.
    pub fn try_kept(&self) -> Option<String> {
        let answer = self.sent(&Method::GET, "/state", "").ok()?;
        (answer.status == 200).then(|| answer.text())
    }

    /// Has the gateway write something down; whether it said that it has.
    pub fn try_keep(&self, text: &str) -> bool {
        let answer = self.sent(&Method::POST, "/state", text);
        answer.is_ok_and(|answer| answer.status == 200)
    }

    fn sent(&self, method: &Method, path: &str, body: &str) -> Result<Answer, String> {
        Call::new(&self.address(), method.clone(), path)
            .header("authorization", format!("Bearer {}", self.token))
            .body(body.to_owned())
            .send()
            .map_err(|error| error.to_string())
    }
}
