//! What may be said on the command line. The comments here are its help texts.
#![allow(clippy::doc_markdown, reason = "terminals show backticks as they are")]

mod duration;
mod plan;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum, value_parser};
use clap_complete::Shell;
use jiff::Timestamp;
use portreeve_config::length;
use portreeve_tokio::LogTime;

use self::duration::duration;
use crate::codes;

pub(crate) use plan::PlanFlags;

/// Gives every user of a platform a container of their own.
#[derive(Parser, Debug)]
#[command(name = "portreeve", version, after_long_help = codes::help(), max_term_width = 100)]
pub(crate) struct Cli {
    /// What holds for every command.
    #[command(flatten)]
    pub(crate) global: Global,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Flags that may stand before or after the command.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Global flags")]
pub(crate) struct Global {
    /// The configuration file [default: portreeve/portreeve.toml in the user's configuration
    /// directory, else in /etc, where there is one]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The container engine, such as unix:///var/run/docker.sock or tcp://HOST:2375
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) docker_host: Option<String>,
    /// The store: sqlite:PATH or postgres://… One with a password is better set with PORTREEVE_STORE:
    /// the process list shows what stands here
    #[arg(long, global = true, value_name = "STORE")]
    pub(crate) store: Option<String>,
    /// Sets any key of the configuration, such as template.memory=512MiB
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    pub(crate) set: Vec<String>,
    /// Prints one JSON document, and errors as one JSON line
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Logs to stderr; twice for more, three times for all. PORTREEVE_LOG says it finer
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// What to do.
#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// To one user.
    #[command(flatten)]
    One(OneUser),
    /// To all users.
    #[command(flatten)]
    All(AllUsers),
    /// Looks for what would keep the commands from working, and tells how to mend it
    Doctor,
    /// Prints the configuration in force, and where each value comes from
    #[command(
        after_long_help = "The keys, with what they mean, are printed by `portreeve config --keys`."
    )]
    Config {
        /// Prints all keys there are, with their variables, forms and defaults, as Markdown
        #[arg(long)]
        keys: bool,
    },
    /// Shows the whole of it on the engine in reach, with two users, and cleans up
    ///
    /// Where no engine is named and none is in the usual place, it plays on a simulated one.
    Demo,
    /// Serves a simulated container engine, for where there is no Docker
    ///
    /// It speaks the Docker Engine's HTTP API and answers on published ports, and nothing really
    /// runs. What is made on it is forgotten when it ends. See docs/stand-in.md.
    Engine(StandInAt),
    /// Runs the lifecycle through simulated storms, and checks that no promise is broken
    ///
    /// Real controllers on a simulated engine and store: effects fail, get lost and overtake one
    /// another, processes are killed and stand still, people meddle. After each storm all must come
    /// right. The same seed gives the same storm. Ends with 1 where a promise is broken, and tells
    /// the smallest list of inputs that still breaks it.
    ///
    /// With --users, --workload or another of the planning flags it plans capacity instead: users
    /// come and go for days, controllers behave as they are configured here, and the answer is how
    /// many ports, how much memory and which start limit that takes. See docs/simulate.md.
    Simulate {
        /// Which storms; what a plan is repeated with.
        #[command(flatten)]
        storms: Storms,
        /// What is planned for.
        #[command(flatten)]
        plan: Box<PlanFlags>,
    },
    /// Prints what has a shell complete commands and flags
    ///
    /// For bash: portreeve completions bash > ~/.local/share/bash-completion/completions/portreeve
    Completions {
        /// Which shell
        #[arg(value_name = "SHELL")]
        shell: Shell,
    },
    /// Writes the manual pages, one for each command, into a directory
    ///
    /// For all users: portreeve man /usr/local/share/man/man1
    Man {
        /// The directory, which is made where it isn't there
        #[arg(value_name = "DIRECTORY")]
        directory: PathBuf,
    },
    /// The gateway that runs in the demo's containers
    #[command(hide = true)]
    DemoGateway,
}

/// Which storms are simulated.
#[derive(Args, Debug)]
pub(crate) struct Storms {
    /// The seed of the first
    #[arg(long, value_name = "NUMBER", default_value_t = 0)]
    pub(crate) seed: u64,
    /// How many, with one seed after the other, on all processors
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub(crate) seeds: u64,
    /// How many controllers there are [default: 3; 1 in a plan]
    #[arg(long, value_name = "NUMBER", value_parser = value_parser!(u8).range(1..))]
    pub(crate) controllers: Option<u8>,
    /// How much goes wrong: none, light or heavy [default: heavy; none in a plan]
    #[arg(long, value_name = "SEVERITY", hide_possible_values = true, value_parser = ["none", "light", "heavy"])]
    pub(crate) faults: Option<String>,
    /// What is asked for and done, read from a file instead of drawn from the seed
    #[arg(long, value_name = "FILE")]
    pub(crate) script: Option<PathBuf>,
    /// Prints all that happens; of one seed only
    #[arg(long, conflicts_with = "seeds")]
    pub(crate) trace: bool,
}

impl Storms {
    /// How many controllers there are in a storm.
    pub(crate) fn controllers(&self) -> u8 {
        self.controllers.unwrap_or(3)
    }

    /// How much goes wrong in a storm.
    pub(crate) fn faults(&self) -> &str {
        self.faults.as_deref().unwrap_or("heavy")
    }
}

/// Where the simulated engine listens.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(crate) struct StandInAt {
    /// A socket in the file system, which only its owner may use
    #[arg(long, value_name = "PATH")]
    pub(crate) socket: Option<PathBuf>,
    /// A port of a loopback address, such as 127.0.0.1:2375; port 0 is one that is free
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) tcp: Option<SocketAddr>,
}

/// What is done to one user.
#[derive(Subcommand, Debug)]
pub(crate) enum OneUser {
    /// Has the user's container run and be ready, and tells where it answers
    Ensure(User),
    /// Stops the user's container
    Stop(User),
    /// Stops the user's container and has it run again, as it is configured now
    ///
    /// A container that was made from another configuration is made anew; volume, token and, where
    /// it is free, port stay. Counts as activity. Answers as `ensure` does.
    Restart(User),
    /// Notes that the user was active now
    Touch(User),
    /// Tells what is known of the user
    Status(User),
    /// Tells what happened to the user, oldest first
    ///
    /// That is told of users who were purged, too, as long as events are kept. With --json it is one
    /// document a line.
    History(User),
    /// Tells what the user's container prints, without the token
    ///
    /// Of the current container, whether or not it runs. With --json each line is a document of its own.
    Logs(LogsOf),
    /// Says how long the user may be idle before `reap` stops the container; `never` keeps it running
    ///
    /// It is kept in the user's record. An unknown user is no error, as with `stop` and `touch`:
    /// the answer tells.
    #[command(after_help = LIMIT_EXAMPLES)]
    Limit {
        /// Whom it is about.
        #[command(flatten)]
        of: User,
        /// A duration such as 45m or 8h; `never`; or `default` for what `idle_limit` in the
        /// configuration says
        #[arg(value_name = "DURATION|never|default", value_parser = IdleLimit::parse)]
        limit: IdleLimit,
    },
    /// Gives the user a new token
    ///
    /// A running container is made anew to carry it, with the same volume; the old token is
    /// answered until then. Of a stopped user only the token changes.
    Rotate(User),
    /// Makes a container and a volume that have the user's names the user's
    ///
    /// They must be nobody's yet. This is the way in from another service that named them the same:
    /// see docs/operations.md.
    Adopt(User),
    /// Deletes the user's container, volume and record, and frees the port
    ///
    /// What is in the volume can't be had back. Asks on a terminal before it begins; anywhere else,
    /// and with --json, it wants --yes.
    Purge {
        /// Whom it is about.
        #[command(flatten)]
        of: User,
        /// Doesn't ask
        #[arg(long)]
        yes: bool,
    },
}

const LIMIT_EXAMPLES: &str = "\
Examples:
  portreeve limit alice never     alice's container is never reaped, however long it is idle
  portreeve limit alice 8h        it is reaped once it has been idle for 8 hours
  portreeve limit alice default   what `idle_limit` in the configuration says holds again";
impl OneUser {
    /// Whether it goes on until somebody ends it.
    pub(crate) fn is_endless(&self) -> bool {
        matches!(self, Self::Logs(LogsOf { follow: true, .. }))
    }
}

impl AllUsers {
    /// Whether it goes on until somebody ends it.
    pub(crate) fn is_endless(&self) -> bool {
        matches!(
            self,
            Self::Top { .. } | Self::Events(EventsFlags { follow: true, .. })
        )
    }
}

/// What is done to all users.
#[derive(Subcommand, Debug)]
pub(crate) enum AllUsers {
    /// Tells what is known of all users
    List,
    /// Tells what happened to users, oldest first
    ///
    /// With --json it is one document a line. Events are kept for as long as `events.age` in the
    /// configuration says, and no more than `events.count` of them.
    Events(EventsFlags),
    /// Tells what the containers take of those who run: memory, processor time, network
    ///
    /// On a terminal it is told again every two seconds, until it is stopped with Ctrl-C; anywhere else,
    /// and with --json, once.
    Top {
        /// Who comes first: who takes most, or was idle for longest
        #[arg(long, value_name = "BY", value_enum, default_value_t = Sort::Memory)]
        sort: Sort,
    },
    /// Stops all whose idle limit has passed
    ///
    /// Ends with status 1 if somebody could not be stopped.
    Reap,
    /// Tells which of the containers that are meant to run are healthy
    ///
    /// Ends with status 0 if all are, and with 1 if one isn't: the answer on stdout tells that from
    /// a failure. Asks the engine once, however many users there are.
    Health,
    /// Compares store and engine, and puts right what differs
    ///
    /// Ends with status 1 if something is left for a person to put right, or could not be.
    Repair {
        /// Only tells what would be put right
        #[arg(long)]
        dry_run: bool,
    },
    /// Seals all tokens with the newest key
    ///
    /// Ends with status 1 if somebody's could not be. See docs/operations.md for how keys change.
    Rekey,
}

/// Which events.
#[derive(Args, Debug)]
pub(crate) struct EventsFlags {
    /// Goes on as it happens, until it is interrupted; from now on, unless it is told from where
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// Of this user alone
    #[arg(long, value_name = "USER")]
    pub(crate) user: Option<String>,
    /// Not older than that, such as 30m
    #[arg(long, value_name = "DURATION", value_parser = duration)]
    pub(crate) since: Option<Duration>,
    /// After the event of this position, as --json tells it
    #[arg(long, value_name = "POSITION", conflicts_with = "since")]
    pub(crate) after: Option<u64>,
}

/// What of a log is told.
#[derive(Args, Debug)]
pub(crate) struct LogsOf {
    /// Whom it is about.
    #[command(flatten)]
    pub(crate) of: User,
    /// Goes on with what is printed later, also once the container was restarted or made anew
    #[arg(long, short)]
    pub(crate) follow: bool,
    /// Tells so many lines at the end alone
    #[arg(long, value_name = "NUMBER")]
    pub(crate) tail: Option<u32>,
    /// Tells nothing that is older: than a duration such as 10m, or than a time such as
    /// 2026-03-01T10:00:00Z
    #[arg(long, value_name = "DURATION|TIME", value_parser = Since::parse)]
    pub(crate) since: Option<Since>,
}

/// Since when.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Since(pub(crate) LogTime);

impl Since {
    fn parse(text: &str) -> Result<Self, String> {
        let at = match length::read(text) {
            Some(length) => Timestamp::now().checked_sub(length).ok(),
            None => text.parse().ok(),
        };
        let nanos = at.and_then(|at: Timestamp| i64::try_from(at.as_nanosecond()).ok());
        match nanos {
            Some(nanos) => Ok(Self(LogTime::from_nanos(nanos))),
            None => Err(format!(
                "expected {} or a time such as \"2026-03-01T10:00:00Z\", found {text:?}",
                length::FORM
            )),
        }
    }
}

/// By what users are sorted.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Sort {
    /// Processor time.
    Cpu,
    /// Memory.
    Memory,
    /// What was received and sent.
    Network,
    /// How long the user has been idle.
    Idle,
}

/// How long a user may be idle: `None` for the configured limit, zero for ever.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct IdleLimit(pub(crate) Option<Duration>);

impl IdleLimit {
    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "default" => Ok(Self(None)),
            _ => match length::read_limit(text) {
                Some(limit) => Ok(Self(Some(limit))),
                None => Err(format!(
                    "expected {} or \"default\", found {text:?}",
                    length::LIMIT_FORM
                )),
            },
        }
    }
}

/// Whom it is about.
#[derive(Args, Debug)]
pub(crate) struct User {
    /// The user's id: any non-empty text of at most 256 bytes
    #[arg(value_name = "USER")]
    pub(crate) user: String,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn parse(args: &[&str]) -> Result<Cli, clap::Error> {
        Cli::try_parse_from([&["portreeve"], args].concat())
    }

    #[test]
    fn the_command_line_holds_together() {
        Cli::command().debug_assert();
    }

    /// So that no command is added here and forgotten there.
    #[test]
    fn the_readme_lists_every_command() {
        let readme = include_str!("../../README.md");
        for command in Cli::command().get_subcommands() {
            let row = format!("| `portreeve {}", command.get_name());
            assert!(command.is_hide_set() || readme.contains(&row), "{row}");
        }
    }

    #[test]
    fn flags_stand_before_or_after_the_command_and_its_user() {
        for args in [
            &["--json", "purge", "--yes", "alice"][..],
            &["purge", "--yes", "--json", "alice"],
            &["purge", "alice", "--yes", "--json"],
        ] {
            let cli = parse(args).unwrap();
            assert!(cli.global.json, "{args:?}");
            match cli.command {
                Command::One(OneUser::Purge { of, yes: true }) => assert_eq!(of.user, "alice"),
                other => panic!("{args:?}: {other:?}"),
            }
        }
        for args in [
            &["--json", "repair", "--dry-run"][..],
            &["repair", "--dry-run", "--json"],
        ] {
            let cli = parse(args).unwrap();
            assert!(cli.global.json, "{args:?}");
            assert!(
                matches!(
                    cli.command,
                    Command::All(AllUsers::Repair { dry_run: true })
                ),
                "{args:?}"
            );
        }
    }

    #[test]
    fn nothing_is_deleted_or_only_told_unless_it_was_asked_for() {
        assert!(matches!(
            parse(&["purge", "alice"]).unwrap().command,
            Command::One(OneUser::Purge { yes: false, .. })
        ));
        assert!(matches!(
            parse(&["repair"]).unwrap().command,
            Command::All(AllUsers::Repair { dry_run: false })
        ));
    }

    #[test]
    fn a_flag_belongs_to_its_command_alone() {
        for args in [
            &["ensure", "alice", "--yes"][..],
            &["reap", "--dry-run"],
            &["--yes", "purge", "alice"],
            &["reap", "alice"],
            &["restart"],
        ] {
            assert!(parse(args).is_err(), "{args:?}");
        }
    }

    #[test]
    fn a_log_is_told_since_a_time_or_for_a_while() {
        let since = |text| match parse(&["logs", "alice", "--since", text]).map(|cli| cli.command) {
            Ok(Command::One(OneUser::Logs(of))) => Ok(of.since.unwrap().0.as_nanos()),
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error.to_string()),
        };
        assert_eq!(since("1970-01-01T00:00:01.5Z"), Ok(1_500_000_000));
        assert_eq!(since("1970-01-01T01:00:00+01:00"), Ok(0));
        let now = i64::try_from(Timestamp::now().as_nanosecond()).unwrap();
        let ago = now - since("10m").unwrap();
        assert!((599_000_000_000..601_000_000_000).contains(&ago), "{ago}");
        for wrong in ["10", "", "yesterday"] {
            let error = since(wrong).unwrap_err();
            assert!(error.contains("or a time such as"), "{error}");
        }
    }

    #[test]
    fn an_idle_limit_is_a_duration_never_or_the_default() {
        let limit = |text| match parse(&["limit", "alice", text]).map(|cli| cli.command) {
            Ok(Command::One(OneUser::Limit { of, limit })) => {
                assert_eq!(of.user, "alice");
                Ok(limit.0)
            }
            Ok(other) => panic!("{other:?}"),
            Err(error) => Err(error.to_string()),
        };
        assert_eq!(limit("45m"), Ok(Some(Duration::from_secs(45 * 60))));
        assert_eq!(limit("1h 30m"), Ok(Some(Duration::from_secs(90 * 60))));
        for never in ["never", "0", "0s"] {
            assert_eq!(limit(never), Ok(Some(Duration::ZERO)));
        }
        assert_eq!(limit("default"), Ok(None));
        for wrong in ["45", "soon", "", "Never"] {
            let error = limit(wrong).unwrap_err();
            assert!(
                error.contains("expected \"never\" or a duration"),
                "{error}"
            );
        }
    }
}
