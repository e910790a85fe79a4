//! Carries out one command.

use std::future::Future;

use portreeve_tokio::Portreeve;
use tokio::runtime::{Builder, Runtime};

use crate::args::{Cli, Command, Global};
use crate::codes::Exit;
use crate::config::{self, Config, Variables};
use crate::failure::Failure;
use crate::output::{self, Output, Spinner};
use crate::signals::{self, Signals};
use crate::{demo, doctor, key, logs, place};

/// Carries out the command, prints its answer, and tells how the process is to end.
pub(crate) fn run(cli: Cli, output: Output) -> Result<Exit, Failure> {
    let variables = Variables::of_process()?;
    logs::start(cli.global.verbose, &variables)?;
    let global = cli.global;
    match cli.command {
        Command::Config { keys: true } => output::print(&config::manual())?,
        Command::Config { keys: false } => output.config(&Config::load(&global, &variables)?)?,
        Command::Doctor => return runtime()?.block_on(doctor::run(&global, &variables, output)),
        Command::Demo => runtime()?.block_on(demo::run(&global, &variables))?,
        Command::DemoGateway => runtime()?.block_on(demo::gateway())?,
        command => runtime()?.block_on(on_users(command, &global, &variables, output))?,
    }
    Ok(Exit::Done)
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

/// The commands that go through a handle.
async fn on_users(
    command: Command,
    global: &Global,
    variables: &Variables,
    output: Output,
) -> Result<(), Failure> {
    let portreeve = open(&Config::load(global, variables)?, variables)?;
    let mut signals = Signals::listen()?;
    let answered = tokio::select! {
        answered = ask(&portreeve, command, output) => answered,
        () = signals.asked_to_stop() => Err(signals::interrupted(
            "nothing is lost: ask again, and the work goes on where it was left",
        )),
    };
    portreeve.close().await;
    answered
}

async fn ask(portreeve: &Portreeve, command: Command, output: Output) -> Result<(), Failure> {
    match command {
        Command::Ensure(of) => {
            let asked = portreeve.ensure(&of.user);
            output.ensured(&watched(output, "starting…", asked).await?)
        }
        Command::Stop(of) => {
            let asked = portreeve.stop(&of.user);
            output.stopped(&of.user, watched(output, "stopping…", asked).await?)
        }
        Command::Touch(of) => {
            let asked = portreeve.touch(&of.user);
            output.touched(&of.user, watched(output, "touching…", asked).await?)
        }
        Command::Status(of) => {
            let asked = portreeve.status(&of.user);
            output.status(&watched(output, "looking…", asked).await?)
        }
        Command::List => {
            let asked = portreeve.list();
            output.list(&watched(output, "looking…", asked).await?)
        }
        Command::Doctor | Command::Config { .. } | Command::Demo | Command::DemoGateway => {
            Err(Failure::new(
                "internal",
                "that command needs no handle",
                "please report it",
            ))
        }
    }
}

/// Waits with a spinner, which is gone before the answer is printed.
async fn watched<T, E>(
    output: Output,
    text: &str,
    asked: impl Future<Output = Result<T, E>>,
) -> Result<T, Failure>
where
    Failure: From<E>,
{
    let _spinner = Spinner::start(output, text.to_owned());
    Ok(asked.await?)
}

/// Opens a handle as configured.
fn open(config: &Config, variables: &Variables) -> Result<Portreeve, Failure> {
    let store = config.draft.store_address()?;
    // Before the key, as a store that can't be had needs none.
    place::make_ready(&store)?;
    let key = key::find(&config.draft, variables, &store)?;
    let keyring = key::load(&key, variables)?;
    Ok(Portreeve::open(portreeve_tokio::Config {
        settings: config.draft.settings(keyring)?,
        engine: config.draft.engine_address()?,
        store,
    })?)
}
