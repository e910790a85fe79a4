//! `portreeve`: gives every user of a platform a container of their own, from the command line.

mod args;
mod codes;
mod commands;
mod config;
mod demo;
mod doctor;
mod failure;
mod hint;
mod logs;
mod output;
mod signals;

use std::env;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser as _;
use clap::error::ErrorKind;
use portreeve_config::{Configuration, Origin};

use crate::args::Cli;
use crate::codes::Exit;
use crate::failure::Failure;
use crate::output::Output;

/// The program, whole: does what its arguments say.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return ExitCode::from(misused(&error) as u8),
    };
    let output = Output::new(cli.global.json);
    let exit = match commands::run(cli, output) {
        Ok(exit) => exit,
        Err(failure) => {
            output.failure(&failure);
            failure.exit()
        }
    };
    ExitCode::from(exit as u8)
}

/// What a configuration file of this text sets, by the keys' full names and as `portreeve config` shows
/// it; or what is wrong with the file.
///
/// For the fuzzer, which hands it anything: no part of what the program offers.
#[doc(hidden)]
pub fn read_configuration(path: &Path, text: &str) -> Result<Vec<(String, String)>, String> {
    let configuration = Configuration::of_file(path, text).map_err(|error| error.to_string())?;
    let entries = configuration.entries().into_iter();
    let set = entries.filter(|entry| entry.origin != Origin::Default);
    Ok(set
        .filter_map(|entry| Some((entry.key, entry.value?)))
        .collect())
}

/// Says what is wrong with the command line, or prints the help that was asked for.
fn misused(error: &clap::Error) -> Exit {
    let asked_for = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    // The flags can't be read, so this is looked for by hand.
    let json = env::args_os().any(|arg| arg == "--json");
    if json && !asked_for {
        let text = error.render().to_string();
        let message = text.lines().next().unwrap_or_default();
        let message = message.strip_prefix("error: ").unwrap_or(message);
        let failure = Failure::new("usage", message, "see `portreeve --help`");
        Output::Json.failure(&failure);
    } else {
        let text = error.render().ansi().to_string();
        // Without a terminal to print to there is nobody to tell.
        let _ = if error.use_stderr() {
            output::print_error(&text).is_ok()
        } else {
            output::print(&text).is_ok()
        };
    }
    if asked_for { Exit::Done } else { Exit::Usage }
}
