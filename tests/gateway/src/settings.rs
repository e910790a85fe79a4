//! How the gateway behaves, told by environment variables.
//!
//! | variable | meaning |
//! |---|---|
//! | `AGENT_TOKEN`, `AGENT_ID` | who may ask, and who this is |
//! | `STATE_DIR` | where its state is kept; by default `/home/node/.openclaw` |
//! | `GATEWAY_PORT` | the port it listens on; by default 18789 |
//! | `GATEWAY_READY_AFTER_MS` | listens only after that time |
//! | `GATEWAY_UNHEALTHY_AFTER_MS` | from then on (since the start) `/health` answers 503 |
//! | `GATEWAY_EXIT` | exits with this code, after a last line on standard error |
//! | `GATEWAY_EXIT_AFTER_MS` | does so only after that time; by default at once |
//! | `GATEWAY_LAST_WORDS` | that last line |
//! | `GATEWAY_IGNORE_TERM` | `1`: ignores SIGTERM, so that only SIGKILL ends it |
//! | `GATEWAY_PRINT_TOKEN` | `1`: prints its token before anything else |

use std::env;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

/// How this gateway behaves.
#[derive(Clone)]
pub struct Settings {
    /// The port it listens on.
    pub port: u16,
    /// What a client must present; without one nobody is let in.
    pub token: Option<String>,
    /// Whose gateway this is.
    pub agent: Option<String>,
    /// Where its state is kept.
    pub state: PathBuf,
    /// How long it does not listen yet.
    pub ready_after: Duration,
    /// When `/health` turns bad.
    pub unhealthy_after: Option<Duration>,
    /// When and how it gives up.
    pub exit: Option<Exit>,
    /// Whether SIGTERM is ignored.
    pub ignore_term: bool,
    /// Whether the token is printed.
    pub print_token: bool,
}

/// How the gateway gives up.
#[derive(Clone)]
pub struct Exit {
    /// The exit code.
    pub code: i32,
    /// How long it runs before.
    pub after: Duration,
    /// What it says last.
    pub last_words: String,
}

impl Settings {
    /// Reads this process's environment.
    pub fn from_environment() -> Result<Self, String> {
        Self::read(|name| env::var(name).ok())
    }

    /// Reads variables from anywhere.
    pub fn read(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let variables = Variables(lookup);
        let exit = match variables.number("GATEWAY_EXIT")? {
            None => None,
            Some(code) => Some(Exit {
                code,
                after: variables
                    .milliseconds("GATEWAY_EXIT_AFTER_MS")?
                    .unwrap_or_default(),
                last_words: variables
                    .text("GATEWAY_LAST_WORDS")
                    .unwrap_or_else(|| format!("gateway: giving up with code {code}")),
            }),
        };
        let state = variables.text("STATE_DIR");
        Ok(Self {
            port: variables.number("GATEWAY_PORT")?.unwrap_or(18789),
            token: variables.text("AGENT_TOKEN"),
            agent: variables.text("AGENT_ID"),
            state: state.map_or_else(|| PathBuf::from("/home/node/.openclaw"), PathBuf::from),
            ready_after: variables
                .milliseconds("GATEWAY_READY_AFTER_MS")?
                .unwrap_or_default(),
            unhealthy_after: variables.milliseconds("GATEWAY_UNHEALTHY_AFTER_MS")?,
            exit,
            ignore_term: variables.switch("GATEWAY_IGNORE_TERM")?,
            print_token: variables.switch("GATEWAY_PRINT_TOKEN")?,
        })
    }
}

/// Variables by their names.
struct Variables<F>(F);

impl<F: Fn(&str) -> Option<String>> Variables<F> {
    /// One that is empty counts as not set.
    fn text(&self, name: &str) -> Option<String> {
        self.0(name).filter(|value| !value.is_empty())
    }

    fn number<T: FromStr>(&self, name: &str) -> Result<Option<T>, String> {
        let parse = |value: String| {
            value
                .parse()
                .map_err(|_| format!("{name} is not a number that fits: {value:?}"))
        };
        self.text(name).map(parse).transpose()
    }

    fn milliseconds(&self, name: &str) -> Result<Option<Duration>, String> {
        Ok(self.number(name)?.map(Duration::from_millis))
    }

    fn switch(&self, name: &str) -> Result<bool, String> {
        match self.text(name).as_deref() {
            None | Some("0") => Ok(false),
            Some("1") => Ok(true),
            Some(other) => Err(format!("{name} is neither 0 nor 1: {other:?}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Settings, String> {
        Settings::read(|name| {
            variables
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn without_variables_it_behaves() {
        let settings = read(&[]).unwrap();
        assert_eq!(settings.port, 18789);
        assert_eq!(settings.state, PathBuf::from("/home/node/.openclaw"));
        assert!(settings.ready_after.is_zero());
        assert!(
            settings.exit.is_none()
                && settings.unhealthy_after.is_none()
                && settings.token.is_none()
        );
        assert!(!settings.ignore_term && !settings.print_token);
    }

    #[test]
    fn an_exit_has_a_code_and_last_words() {
        let exit = read(&[("GATEWAY_EXIT", "42")]).unwrap().exit.unwrap();
        assert_eq!((exit.code, exit.after), (42, Duration::ZERO));
        assert!(exit.last_words.contains("42"));

        let exit = read(&[
            ("GATEWAY_EXIT", "1"),
            ("GATEWAY_EXIT_AFTER_MS", "250"),
            ("GATEWAY_LAST_WORDS", "no disk"),
        ]);
        let exit = exit.unwrap().exit.unwrap();
        assert_eq!(
            (exit.after, exit.last_words.as_str()),
            (Duration::from_millis(250), "no disk")
        );
    }

    #[test]
    fn a_mistake_names_its_variable() {
        let mistakes = [
            ("GATEWAY_PORT", "70000"),
            ("GATEWAY_READY_AFTER_MS", "soon"),
            ("GATEWAY_IGNORE_TERM", "yes"),
        ];
        for (name, value) in mistakes {
            let mistake = read(&[(name, value)]).err().unwrap();
            assert!(
                mistake.contains(name) && mistake.contains(value),
                "{mistake}"
            );
        }
    }
}
