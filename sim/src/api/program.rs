//! What the programs in the containers of the stand-in do.

use std::time::Duration;

use crate::engine::{Exit, OnTerm, Personality, Spec};

/// The port a gateway listens on unless it is told another.
pub const PORT: u16 = 18789;
/// How long a program takes to listen.
const TO_LISTEN: Duration = Duration::from_millis(20);

/// How a container's program behaves, by its environment: like the gateway of Portreeve's own
/// tests, which knows
///
/// | variable | meaning |
/// |---|---|
/// | `GATEWAY_READY_AFTER_MS` | listens only after that time |
/// | `GATEWAY_UNHEALTHY_AFTER_MS` | is unhealthy from then on |
/// | `GATEWAY_EXIT` | exits with this code |
/// | `GATEWAY_EXIT_AFTER_MS` | does so only after that time; by default at once |
/// | `GATEWAY_LAST_WORDS` | the last line it writes |
/// | `GATEWAY_IGNORE_TERM` | `1`: ignores SIGTERM |
/// | `GATEWAY_PRINT_TOKEN` | `1`: prints its token before anything else |
pub fn program(spec: &Spec) -> Personality {
    let set = |name: &str| spec.variable(name).filter(|value| !value.is_empty());
    let number = |name: &str| set(name)?.parse::<u64>().ok();
    let millis = |name: &str| number(name).map(Duration::from_millis);
    let code = |code: u64| u8::try_from(code & 0xff).unwrap_or_default();
    let exits = number("GATEWAY_EXIT").map(|number| Exit {
        after: millis("GATEWAY_EXIT_AFTER_MS").unwrap_or_default(),
        code: code(number),
        last_words: Some(set("GATEWAY_LAST_WORDS").map_or_else(
            || format!("gateway: giving up with code {number}"),
            str::to_owned,
        )),
    });
    let ends_at_once = exits.as_ref().is_some_and(|exit| exit.after.is_zero());
    let listens_after = TO_LISTEN + millis("GATEWAY_READY_AFTER_MS").unwrap_or_default();
    let sleeps = words(spec).any(|word| word == "sleep");
    let mut says = Vec::new();
    if set("GATEWAY_PRINT_TOKEN") == Some("1") {
        let token = set("AGENT_TOKEN").unwrap_or_default();
        says.push(format!("token: {token}"));
    }
    if !ends_at_once && !sleeps {
        let port = number("GATEWAY_PORT").unwrap_or(u64::from(PORT));
        says.push(format!("gateway: listening on port {port}"));
    }
    let missing = words(spec).next().filter(|word| word.starts_with("/nope"));
    Personality {
        listens_after: (!sleeps).then_some(listens_after),
        healthy_after: (!sleeps).then_some(listens_after),
        unhealthy_after: millis("GATEWAY_UNHEALTHY_AFTER_MS"),
        on_term: if set("GATEWAY_IGNORE_TERM") == Some("1") {
            OnTerm::Ignores
        } else {
            OnTerm::Ends {
                after: Duration::ZERO,
                code: 0,
            }
        },
        exits,
        says,
        cannot_run: missing.map(|word| {
            format!("failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: \"{word}\": stat {word}: no such file or directory: unknown")
        }),
    }
}

fn words(spec: &Spec) -> impl Iterator<Item = &str> {
    let entrypoint = spec.entrypoint.iter().flatten();
    let command = spec.command.iter().flatten();
    entrypoint.chain(command).map(String::as_str)
}
