//! Carries out one command.

mod all;
mod confirm;
mod events;
mod generate;
mod list;
mod logs;
mod one;
pub(crate) mod simulate;
mod stand_in;
mod top;

use std::pin::pin;

use portreeve_api::program::{self, Setting};
use portreeve_config::{Configuration, Entry, Origin, Variables};
use portreeve_tokio::{Actor, Portreeve};
use tokio::runtime::{Builder, Runtime};

use crate::args::{Cli, Command, Global};
use crate::codes::Exit;
use crate::config;
use crate::failure::Failure;
use crate::output::{self, Output, text};
use crate::signals::{self, Signals};
use crate::{demo, doctor};

/// Carries out the command, prints its answer, and tells how the process is to end.
pub(crate) fn run(cli: Cli, output: Output) -> Result<Exit, Failure> {
    let variables = Variables::of_process()?;
    crate::logs::start(cli.global.verbose, &variables)?;
    let global = cli.global;
    match cli.command {
        Command::One(command) => {
            // Before signals are listened for, so that the question can be left as any other.
            confirm::before(&command, output)?;
            let end = End::of(command.is_endless());
            let ask = async |portreeve: &Portreeve| one::ask(portreeve, command, output).await;
            return runtime()?.block_on(with_handle(&global, &variables, end, ask));
        }
        Command::All(command) => {
            let end = End::of(command.is_endless());
            let ask = async |portreeve: &Portreeve| all::ask(portreeve, command, output).await;
            return runtime()?.block_on(with_handle(&global, &variables, end, ask));
        }
        Command::Config { keys: true } => output::print(&portreeve_config::manual())?,
        Command::Config { keys: false } => {
            tell(&config::load(&global, &variables)?, output)?;
        }
        Command::Doctor => return runtime()?.block_on(doctor::run(&global, &variables, output)),
        Command::Demo => runtime()?.block_on(demo::run(&global, &variables))?,
        Command::Engine(at) => runtime()?.block_on(stand_in::serve(at, output))?,
        Command::Simulate { storms, plan } if plan.any() => {
            return simulate::plan::run(&storms, &plan, (&global, &variables), output);
        }
        Command::Simulate { storms, .. } => return simulate::run(&storms, output),
        Command::Completions { shell } => output::print(&generate::completions(shell))?,
        Command::Man { directory } => generate::manual_pages(&directory)?,
        Command::DemoGateway => runtime()?.block_on(demo::gateway())?,
    }
    Ok(Exit::Done)
}

fn tell(configuration: &Configuration, output: Output) -> Result<(), Failure> {
    let setting = |entry: Entry| Setting {
        key: entry.key,
        value: entry.value,
        source: entry.origin.to_string(),
        default: entry.origin == Origin::Default,
    };
    let document = program::Configuration {
        file: configuration.file().map(|path| path.display().to_string()),
        keys: configuration.entries().into_iter().map(setting).collect(),
    };
    output.show(&document, text::configuration)
}

fn runtime() -> Result<Runtime, Failure> {
    Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Failure::new(
                "internal",
                error.to_string(),
                "is this system out of files?",
            )
        })
}

/// What a signal is to a command.
#[derive(Clone, Copy)]
enum End {
    /// It comes before the command's own end.
    Early,
    /// It is the only end there is.
    Only,
}

impl End {
    fn of(is_endless: bool) -> Self {
        if is_endless { Self::Only } else { Self::Early }
    }
}

/// Opens a handle, asks it, and closes it, whatever came of it.
async fn with_handle(
    global: &Global,
    variables: &Variables,
    end: End,
    ask: impl AsyncFnOnce(&Portreeve) -> Result<Exit, Failure>,
) -> Result<Exit, Failure> {
    let portreeve = open(&config::load(global, variables)?)?;
    let portreeve = match actor() {
        Some(actor) => portreeve.on_behalf_of(actor),
        None => portreeve,
    };
    let mut signals = Signals::listen()?;
    let mut asked = pin!(ask(&portreeve));
    let exit = tokio::select! {
        answered = &mut asked => {
            portreeve.clone().close().await;
            return answered;
        }
        exit = signals.asked_to_stop() => exit,
    };
    match end {
        End::Only => {
            portreeve.clone().close().await;
            Ok(exit)
        }
        // Whoever waits is answered at once then; a command for all users with what it has done.
        End::Early => {
            let (answered, ()) = tokio::join!(asked, portreeve.clone().close());
            answered.map(|_| exit).map_err(|_closed| {
                signals::interrupted(
                    exit,
                    "nothing is lost: ask again, and the work goes on where it was left",
                )
            })
        }
    }
}

/// Who asks, for the event log: the system's user.
fn actor() -> Option<Actor> {
    Actor::new(whoami::username().ok()?).ok()
}

/// Opens a handle as configured.
fn open(configuration: &Configuration) -> Result<Portreeve, Failure> {
    let store = configuration.store_address()?;
    // Before the key, as a store that can't be had needs none.
    configuration.prepare_store()?;
    let keyring = configuration.keyring()?;
    Ok(Portreeve::open(portreeve_tokio::Config {
        settings: configuration.settings(keyring)?,
        engine: configuration.engine_address()?,
        store,
    })?)
}
