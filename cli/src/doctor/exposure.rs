//! What others can read or change on its way or where it lies: on a network without TLS, in the list of
//! processes, in a store's file.

use portreeve_config::{Configuration, Entry, OpenToOthers};
use portreeve_tokio::store::hosts_in_clear;
use portreeve_wire::docker::EngineAddress;

use super::check::Check;

/// What of it can be told from the configuration alone. What can't be read at all is told of elsewhere.
pub(super) fn examine(configuration: &Configuration) -> Vec<Check> {
    let engine = configuration.engine_address().ok();
    let engine = engine.as_ref().and_then(engine_in_clear);
    let store = configuration.store_address().ok();
    let hosts = store.and_then(|store| hosts_in_clear(&store).ok());
    let store = hosts.as_deref().and_then(store_in_clear);
    let file = configuration.store_open_to_others();
    let file = file.map(|open| store_file(&open));
    let command_line = command_line(&configuration.secrets_in_overrides());
    let all = [engine, store, file, command_line];
    all.into_iter().flatten().collect()
}

fn engine_in_clear(engine: &EngineAddress) -> Option<Check> {
    match engine {
        EngineAddress::Tcp { host, .. } if !engine.is_local() => Some(Check::doubtful(
            "engine without TLS",
            format!(
                "whoever is on the way to {host} reads every token, and may do with the engine what they like"
            ),
            "use the engine's unix:// socket, or a tunnel to it that ends on this machine, such as `ssh -L`",
        )),
        EngineAddress::Tcp { .. }
        | EngineAddress::Unix(_)
        | EngineAddress::Tls { .. }
        | EngineAddress::Ssh { .. } => None,
    }
}

fn store_in_clear(hosts: &[String]) -> Option<Check> {
    (!hosts.is_empty()).then(|| {
        Check::doubtful(
            "store without TLS",
            format!(
                "whoever is on the way to {} reads and may change every record; tokens are sealed",
                hosts.join(" and ")
            ),
            "use the database's Unix socket, or a tunnel to it that ends on this machine, such as `ssh -L`",
        )
    })
}

/// Only a warning: a group may be meant to share the store, and to refuse it would keep everybody's
/// containers from them.
fn store_file(open: &OpenToOthers) -> Check {
    Check::doubtful(
        "store's file",
        format!("{open}: who writes the store decides which container is whose"),
        open.hint(),
    )
}

/// Whoever may list this machine's processes reads what stands on their command lines.
fn command_line(secrets: &[Entry]) -> Option<Check> {
    let told = |entry: &Entry| match entry.key.as_str() {
        "store" => format!("the store's password in {}", entry.origin),
        key => format!("{key} in {}", entry.origin),
    };
    let way_out = |entry: &Entry| match entry.key.as_str() {
        "store" => "set PORTREEVE_STORE in its place".to_owned(),
        key => format!("set {key} in the configuration file"),
    };
    let all = |say: &dyn Fn(&Entry) -> String| secrets.iter().map(say).collect::<Vec<_>>();
    (!secrets.is_empty()).then(|| {
        Check::doubtful(
            "command line",
            format!("the process list shows {}", all(&told).join(" and ")),
            all(&way_out).join(", "),
        )
    })
}
