//! What may be said on the command line. The comments here are its help texts.
#![allow(clippy::doc_markdown, reason = "terminals show backticks as they are")]

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::codes;

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
    /// directory, where there is one]
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The container engine, such as unix:///var/run/docker.sock or tcp://HOST:2375
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) docker_host: Option<String>,
    /// The store: sqlite:PATH or postgres://…
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
    /// Has the user's container run and be ready, and tells where it answers
    Ensure(User),
    /// Stops the user's container
    Stop(User),
    /// Notes that the user was active now
    Touch(User),
    /// Tells what is known of the user
    Status(User),
    /// Tells what is known of all users
    List,
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
    Demo,
    /// The gateway that runs in the demo's containers
    #[command(hide = true)]
    DemoGateway,
}

/// Whom it is about.
#[derive(Args, Debug)]
pub(crate) struct User {
    /// The user's id: any non-empty text of at most 256 bytes
    #[arg(value_name = "USER")]
    pub(crate) user: String,
}
