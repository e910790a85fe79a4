//! What is made from the command line's own description, for whoever installs it: completions and manual pages.

use std::fs;
use std::path::Path;

use clap::{Command, CommandFactory as _};
use clap_complete::Shell;
use clap_mangen::Man;

use crate::args::Cli;
use crate::failure::Failure;

/// What has this shell complete commands and flags.
pub(super) fn completions(shell: Shell) -> String {
    let mut command = without_hidden(&Cli::command());
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "portreeve", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

/// Writes `portreeve.1`, and a page for each command, such as `portreeve-ensure.1`.
pub(super) fn manual_pages(directory: &Path) -> Result<(), Failure> {
    let cannot = |path: &Path, error| {
        Failure::io(format_args!("{} can't be written", path.display()), &error)
    };
    fs::create_dir_all(directory).map_err(|error| cannot(directory, error))?;
    let mut program = Cli::command().disable_help_subcommand(true);
    program.build();
    let commands = program
        .get_subcommands()
        .filter(|command| !command.is_hide_set());
    for command in std::iter::once(&program).chain(commands) {
        let page = Man::new(command.clone())
            .source(concat!("portreeve ", env!("CARGO_PKG_VERSION")))
            .manual("Portreeve");
        let path = directory.join(page.get_filename());
        fs::write(&path, roff(&page)).map_err(|error| cannot(&path, error))?;
    }
    Ok(())
}

fn roff(page: &Man) -> String {
    let mut text = Vec::new();
    page.render(&mut text).expect("memory can be written to");
    // What stands below a command's help is laid out in lines.
    String::from_utf8_lossy(&text).replacen(".SH EXTRA\n", ".SH NOTES\n.nf\n", 1)
}

/// The same without hidden commands, which completions would offer.
fn without_hidden(program: &Command) -> Command {
    let shown = program
        .get_subcommands()
        .filter(|command| !command.is_hide_set());
    Command::new(program.get_name().to_owned())
        .args(program.get_arguments())
        .subcommands(shown)
        .version(env!("CARGO_PKG_VERSION"))
}
