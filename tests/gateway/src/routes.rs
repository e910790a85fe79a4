//! What the gateway answers to whom.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Instant;

use crate::http::{Request, Response};
use crate::settings::Settings;

/// A running gateway.
pub struct Gateway {
    settings: Settings,
    started: Instant,
}

impl Gateway {
    /// A gateway that has run since `started`.
    pub fn new(settings: Settings, started: Instant) -> Self {
        Self { settings, started }
    }

    /// Answers a request.
    pub fn respond(&self, request: &Request) -> Response {
        match (request.method.as_str(), request.path.as_str()) {
            ("GET", "/health") => self.health(),
            (_, "/whoami" | "/state" | "/say") if !self.lets_in(request) => {
                Response::text(401, "who are you?")
            }
            ("GET", "/whoami") => self.who_am_i().unwrap_or_else(failed),
            ("GET", "/state") => self.read_state().unwrap_or_else(failed),
            ("POST", "/state") => self.write_state(&request.body).unwrap_or_else(failed),
            ("POST", "/say") => say(&request.body).unwrap_or_else(failed),
            (_, "/health" | "/whoami" | "/state" | "/say") => Response::text(405, "not that way"),
            _ => Response::text(404, "nothing here"),
        }
    }

    fn health(&self) -> Response {
        match self.settings.unhealthy_after {
            Some(limit) if self.started.elapsed() >= limit => Response::text(503, "unhealthy"),
            _ => Response::text(200, "ok"),
        }
    }

    fn lets_in(&self, request: &Request) -> bool {
        self.settings.token.is_some() && request.bearer == self.settings.token
    }

    fn who_am_i(&self) -> io::Result<Response> {
        let host = fs::read_to_string("/proc/sys/kernel/hostname")?;
        let state = self
            .state()?
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let body = format!(
            r#"{{"agent_id":{},"hostname":{},"state":{}}}"#,
            json(self.settings.agent.as_deref()),
            json(Some(host.trim_end())),
            json(state.as_deref())
        );
        Ok(Response::json(200, body))
    }

    fn read_state(&self) -> io::Result<Response> {
        Ok(self.state()?.map_or_else(
            || Response::text(404, "no state yet"),
            |state| Response::bytes(200, state),
        ))
    }

    /// Once this is answered the state is on disk: tests kill the container right after.
    fn write_state(&self, state: &[u8]) -> io::Result<Response> {
        fs::create_dir_all(&self.settings.state)?;
        let draft = self.settings.state.join("state.new");
        let mut file = fs::File::create(&draft)?;
        file.write_all(state)?;
        file.sync_all()?;
        fs::rename(draft, self.state_file())?;
        Ok(Response::text(200, "kept"))
    }

    fn state(&self) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.state_file()) {
            Ok(state) => Ok(Some(state)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn state_file(&self) -> PathBuf {
        self.settings.state.join("state")
    }
}

/// Prints it as it is, with or without a line's end.
fn say(text: &[u8]) -> io::Result<Response> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text)?;
    stdout.flush()?;
    Ok(Response::text(200, "said"))
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "it is handed to unwrap_or_else, which passes by value"
)]
fn failed(error: io::Error) -> Response {
    Response::text(500, &error.to_string())
}

/// A JSON string, or `null`.
fn json(text: Option<&str>) -> String {
    let Some(text) = text else {
        return "null".to_owned();
    };
    let mut out = String::from('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => out.extend(['\\', character]),
            control if control < ' ' => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(control));
            }
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::{env, process};

    use super::*;

    fn gateway(variables: &[(&str, &str)]) -> Gateway {
        let lookup = |name: &str| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        };
        Gateway::new(Settings::read(lookup).unwrap(), Instant::now())
    }

    fn ask(
        gateway: &Gateway,
        method: &str,
        path: &str,
        bearer: Option<&str>,
        body: &str,
    ) -> Response {
        gateway.respond(&Request {
            method: method.to_owned(),
            path: path.to_owned(),
            bearer: bearer.map(str::to_owned),
            body: body.as_bytes().to_vec(),
        })
    }

    #[test]
    fn health_needs_no_token_and_can_turn_bad() {
        assert_eq!(ask(&gateway(&[]), "GET", "/health", None, "").status(), 200);
        let ailing = gateway(&[("GATEWAY_UNHEALTHY_AFTER_MS", "0")]);
        assert_eq!(ask(&ailing, "GET", "/health", None, "").status(), 503);
    }

    #[test]
    fn only_the_token_lets_in() {
        let gateway = gateway(&[("AGENT_TOKEN", "s3cret"), ("STATE_DIR", "/nonexistent")]);
        for path in ["/whoami", "/state"] {
            for wrong in [None, Some(""), Some("s3cre"), Some("S3CRET")] {
                assert_eq!(ask(&gateway, "GET", path, wrong, "").status(), 401);
            }
        }
        assert_eq!(
            ask(&gateway, "GET", "/whoami", Some("s3cret"), "").status(),
            200
        );
        assert_eq!(
            ask(&gateway, "GET", "/elsewhere", Some("s3cret"), "").status(),
            404
        );
        assert_eq!(
            ask(&gateway, "PUT", "/whoami", Some("s3cret"), "").status(),
            405
        );
    }

    #[test]
    fn without_a_token_nobody_is_let_in() {
        for nothing in [None, Some("")] {
            assert_eq!(
                ask(&gateway(&[]), "GET", "/whoami", nothing, "").status(),
                401
            );
        }
    }

    #[test]
    fn state_is_kept_and_shown() {
        let directory = env::temp_dir().join(format!("portreeve-test-gateway-{}", process::id()));
        let name = directory.to_str().unwrap();
        let gateway = gateway(&[
            ("AGENT_TOKEN", "t"),
            ("AGENT_ID", "a\"b"),
            ("STATE_DIR", name),
        ]);
        assert_eq!(ask(&gateway, "GET", "/state", Some("t"), "").status(), 404);
        assert_eq!(
            ask(&gateway, "POST", "/state", Some("t"), "first\n").status(),
            200
        );
        assert_eq!(
            ask(&gateway, "POST", "/state", Some("t"), "second\n").status(),
            200
        );
        assert_eq!(
            ask(&gateway, "GET", "/state", Some("t"), "").body(),
            b"second\n"
        );
        let answer = ask(&gateway, "GET", "/whoami", Some("t"), "");
        let text = String::from_utf8(answer.body().to_vec()).unwrap();
        assert!(
            text.starts_with(r#"{"agent_id":"a\"b","hostname":""#),
            "{text}"
        );
        assert!(text.ends_with(r#","state":"second\u000a"}"#), "{text}");
        fs::remove_dir_all(Path::new(name)).unwrap();
    }
}
