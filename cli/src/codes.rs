//! The closed list of error codes and exit statuses.

use std::fmt::Write as _;

/// How the process ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Done.
    Done = 0,
    /// The operation failed.
    Failed = 1,
    /// The command line or the configuration is wrong.
    Usage = 2,
    /// The engine was not reached.
    Engine = 3,
    /// The store was not reached.
    Store = 4,
    /// SIGINT asked to stop: 128 and its number, so that a shell's loop stops, too.
    Interrupted = 130,
    /// SIGTERM asked to stop.
    Terminated = 143,
}

/// One kind of error.
pub(crate) struct Code {
    /// Its name, as `error.code` in JSON.
    pub(crate) name: &'static str,
    /// How the process ends after it.
    pub(crate) exit: Exit,
    /// What it means.
    pub(crate) meaning: &'static str,
}

const fn code(name: &'static str, exit: Exit, meaning: &'static str) -> Code {
    Code {
        name,
        exit,
        meaning,
    }
}

/// All kinds of errors there are. Names are never reused for another meaning.
pub(crate) const CODES: &[Code] = &[
    code("usage", Exit::Usage, "the command line is wrong"),
    code("config_invalid", Exit::Usage, "the configuration is wrong"),
    code(
        "engine_unserved",
        Exit::Usage,
        "that kind of engine address isn't served yet",
    ),
    code(
        "store_unserved",
        Exit::Usage,
        "that kind of store URL isn't served yet",
    ),
    code(
        "key_missing",
        Exit::Usage,
        "there is no key to seal tokens with",
    ),
    code(
        "key_invalid",
        Exit::Usage,
        "the key can't be used, or others may read, change or replace its file",
    ),
    code("invalid_user", Exit::Usage, "that can't be a user's id"),
    code("unknown_user", Exit::Failed, "there is no such user"),
    code("no_container", Exit::Failed, "the user has no container"),
    code(
        "superseded",
        Exit::Failed,
        "a later command for the same user took its place",
    ),
    code(
        "name_taken",
        Exit::Failed,
        "the container's name is taken by one that isn't ours",
    ),
    code(
        "volume_taken",
        Exit::Failed,
        "the volume's name is taken by one that isn't the user's",
    ),
    code(
        "image_missing",
        Exit::Failed,
        "the image isn't there and can't be had",
    ),
    code(
        "network_unusable",
        Exit::Failed,
        "containers on the network couldn't serve their callers, or it takes no more of them",
    ),
    code(
        "ports_exhausted",
        Exit::Failed,
        "no port of the range is free",
    ),
    code("limit_reached", Exit::Failed, "as many users run as may"),
    code(
        "busy",
        Exit::Failed,
        "too many starts were ahead in the line",
    ),
    code(
        "start_failed",
        Exit::Failed,
        "the container exited while starting",
    ),
    code(
        "no_health_check",
        Exit::Failed,
        "the container is to be ready once its health check passes, and has none",
    ),
    code(
        "no_host_port",
        Exit::Failed,
        "callers are to come by a host port, and the container runs without one",
    ),
    code(
        "volume_in_use",
        Exit::Failed,
        "the user's volume can't be removed, since somebody else's container mounts it",
    ),
    code(
        "backing_off",
        Exit::Failed,
        "the last starts failed, or the engine did nothing of all that it may be asked for within a minute; the next isn't due yet",
    ),
    code(
        "start_timeout",
        Exit::Failed,
        "the container wasn't ready in time",
    ),
    code("timeout", Exit::Failed, "the request wasn't done in time"),
    code(
        "not_adoptable",
        Exit::Failed,
        "there is nothing that could become the user's",
    ),
    code("closed", Exit::Failed, "the controller is being closed"),
    code(
        "taken_back",
        Exit::Failed,
        "the caller didn't want to wait any longer",
    ),
    code(
        "engine_unreachable",
        Exit::Engine,
        "the engine was not reached",
    ),
    code("engine_refused", Exit::Failed, "the engine said no"),
    code(
        "engine_changed",
        Exit::Failed,
        "the engine isn't the one the store knows",
    ),
    code(
        "store_unreachable",
        Exit::Store,
        "the store was not reached",
    ),
    code("store_refused", Exit::Failed, "the store said no"),
    code(
        "store_unwritable",
        Exit::Failed,
        "the store answers and can't be written",
    ),
    code(
        "events_gone",
        Exit::Failed,
        "the event log has no such position any more, or never had",
    ),
    code(
        "record_unreadable",
        Exit::Failed,
        "the user's record can't be understood",
    ),
    code(
        "token_unreadable",
        Exit::Failed,
        "the user's token can't be opened",
    ),
    code(
        "demo_failed",
        Exit::Failed,
        "the demo saw something that should not be",
    ),
    code(
        "declined",
        Exit::Failed,
        "the question before a purge was not answered with yes",
    ),
    code("interrupted", Exit::Interrupted, "a signal asked to stop"),
    code(
        "io",
        Exit::Failed,
        "a file of ours couldn't be read or written",
    ),
    code(
        "forked",
        Exit::Failed,
        "the handle was opened before a fork, in another process",
    ),
    code("internal", Exit::Failed, "a fault in portreeve"),
];

/// How the process ends after an error of this kind.
pub(crate) fn exit(name: &str) -> Exit {
    CODES
        .iter()
        .find(|code| code.name == name)
        .map_or(Exit::Failed, |code| code.exit)
}

/// The list for `portreeve help`.
pub(crate) fn help() -> String {
    let mut help = String::from(
        "Exit status:\n  \
         0  done\n  \
         1  the operation failed, for one user or for all\n  \
         2  the command line or the configuration is wrong\n  \
         3  the engine was not reached\n  \
         4  the store was not reached\n\
         130  SIGINT (Ctrl-C) asked to stop; 143 where it was SIGTERM\n\n\
         Error codes, as in {\"error\":{\"code\",\"message\",\"hint\"}} on stderr with --json:\n",
    );
    for code in CODES {
        // Writing to a String can't fail.
        let _ = writeln!(help, "  {:<19} {}", code.name, code.meaning);
    }
    help
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_code_is_listed_twice() {
        let names: BTreeSet<_> = CODES.iter().map(|code| code.name).collect();
        assert_eq!(names.len(), CODES.len());
    }

    /// Read from the sources, so that no code can be added there and forgotten here.
    #[test]
    fn every_code_of_the_library_is_listed() {
        let sources = [
            include_str!("../../core/src/error.rs"),
            include_str!("../../driver-tokio/src/error.rs"),
        ];
        let mut seen = 0;
        for source in sources {
            let (_, code) = source.split_once("pub fn code(").unwrap();
            let (code, _) = code.split_once("pub fn hint(").unwrap();
            for name in code.split('"').skip(1).step_by(2) {
                assert!(CODES.iter().any(|code| code.name == name), "{name}");
                seen += 1;
            }
        }
        assert!(seen > 20, "{seen}");
    }

    /// What a reader of the manual is told of each code, and that no row of it is empty.
    #[test]
    fn the_manual_of_operations_lists_every_code_as_it_is() {
        let manual = include_str!("../../docs/operations.md");
        let (_, table) = manual.split_once("<!-- error codes: begin -->").unwrap();
        let (table, _) = table.split_once("<!-- error codes: end -->").unwrap();
        let rows: Vec<Vec<_>> = table
            .lines()
            .filter(|line| line.starts_with("| `"))
            .map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect())
            .collect();
        for (row, code) in rows.iter().zip(CODES) {
            let name = format!("`{}`", code.name);
            let status = (code.exit as u8).to_string();
            assert_eq!(row[..3], [&name, &status, code.meaning]);
            assert!(row.len() == 4 && !row[3].is_empty(), "{name}");
        }
        assert_eq!(rows.len(), CODES.len());
    }

    #[test]
    fn only_an_unreachable_engine_or_store_has_a_status_of_its_own() {
        assert_eq!(exit("engine_unreachable"), Exit::Engine);
        assert_eq!(exit("engine_refused"), Exit::Failed);
        assert_eq!(exit("store_unreachable"), Exit::Store);
        assert_eq!(exit("unknown_user"), Exit::Failed);
        assert_eq!(exit("config_invalid"), Exit::Usage);
    }
}
