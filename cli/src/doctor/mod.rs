//! Looks for what would keep the commands from working, and tells how to mend it. Leaves everything as it is.

mod check;
mod clock;
mod engine;
mod exposure;
mod host_names;
mod network;
mod ports;
mod statement;
mod store;
mod write;

use portreeve_api::program::Diagnosis;
use portreeve_config::{Configuration, KeyringPlace, Variables};
use portreeve_core::settings::Reach;
use portreeve_core::token::Keyring;

use self::check::Check;
use crate::args::Global;
use crate::codes::Exit;
use crate::config;
use crate::failure::Failure;
use crate::output::{Output, Spinner, text};

/// Looks at everything and prints what was seen.
pub(crate) async fn run(
    global: &Global,
    variables: &Variables,
    output: Output,
) -> Result<Exit, Failure> {
    let checks = {
        let _spinner = Spinner::start(output, "looking…");
        examine(global, variables).await
    };
    let exit = check::exit(&checks);
    let seen = checks.into_iter().map(|check| check.seen).collect();
    output.show(&Diagnosis::new(seen), text::diagnosis)?;
    Ok(exit)
}

async fn examine(global: &Global, variables: &Variables) -> Vec<Check> {
    let configuration = match config::read(global, variables) {
        Ok(configuration) => configuration,
        Err(failure) => return vec![Check::failed("configuration", failure)],
    };
    let mut checks = vec![whole(&configuration)];
    let (engine_checks, engine) = engine::examine(&configuration).await;
    checks.extend(engine_checks);
    checks.extend(clock::of_engine(&configuration, &engine).await);
    let (key_check, keyring) = key(&configuration);
    let (store_checks, installation) =
        store::examine(&configuration, keyring.as_ref(), engine.id()).await;
    checks.extend(store_checks);
    checks.push(key_check);
    checks.extend(network::examine(&configuration, &engine, installation).await);
    checks.extend(engine::images(&configuration, &engine).await);
    checks.extend(host_names::examine(&configuration, &engine, installation).await);
    checks.push(ports::examine(&configuration, &engine, installation).await);
    checks.push(advertised_host(&configuration));
    checks.extend(exposure::examine(&configuration));
    checks
}

fn whole(configuration: &Configuration) -> Check {
    const NAME: &str = "configuration";
    match (configuration.check(), configuration.file()) {
        // It has a check of its own.
        (Err(error), _) if configuration.reach().as_ref() != Err(&error) => {
            Check::failed(NAME, error)
        }
        (_, Some(path)) => Check::good(NAME, format!("read from {}", path.display())),
        (_, None) => Check::good(NAME, "no file; defaults, variables and flags"),
    }
}

/// The key can be told apart from the store's address only where that can be read.
fn key(configuration: &Configuration) -> (Check, Option<Keyring>) {
    const NAME: &str = "key";
    let found = configuration
        .store_address()
        .and_then(|_| configuration.keyring_place());
    let place = match found {
        Ok(place) => place,
        Err(error) => return (Check::failed(NAME, error), None),
    };
    let from = match &place {
        KeyringPlace::Variable(_) => "from PORTREEVE_KEY".to_owned(),
        KeyringPlace::File(path) => format!("from {}", path.display()),
        KeyringPlace::ToBeMade(path) => {
            let detail = format!("will be made at first use, in {}", path.display());
            return (Check::good(NAME, detail), None);
        }
    };
    match place.load() {
        Ok(keyring) => (Check::good(NAME, from), Some(keyring)),
        Err(failure) => (Check::failed(NAME, failure), None),
    }
}

fn advertised_host(configuration: &Configuration) -> Check {
    const NAME: &str = "advertised host";
    let host = match configuration.reach() {
        Err(failure) => return Check::failed(NAME, failure),
        Ok(Reach::Network { .. }) => {
            let detail = format!(
                "URLs work from containers on the network {}",
                configuration.network()
            );
            return Check::good(NAME, detail);
        }
        Ok(Reach::Host { name, .. }) => name,
    };
    let remote = configuration
        .engine_address()
        .is_ok_and(|engine| !engine.is_local());
    if remote && configuration.publish_on().is_loopback() {
        return Check::bad(
            NAME,
            Exit::Usage,
            format!(
                "URLs name {host}, but ports are published on {} of the engine's machine",
                configuration.publish_on()
            ),
            "set publish_on to an address of that machine that callers reach, or to 0.0.0.0",
        );
    }
    Check::good(NAME, format!("URLs name {host}"))
}
