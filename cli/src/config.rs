//! The configuration that the command line runs with: what the flags say, over all else.

use portreeve_config::{Configuration, Directories, Sources, Variables};

use crate::args::Global;
use crate::failure::Failure;

/// What the configuration is read from.
fn sources(global: &Global, variables: &Variables) -> Sources {
    let mut sources = Sources::new(variables.clone(), Directories::of_process());
    if let Some(file) = &global.config {
        sources = sources.file(file);
    }
    for assignment in &global.set {
        sources = sources.assign("--set", assignment);
    }
    let named = [
        ("--docker-host", "docker_host", &global.docker_host),
        ("--store", "store", &global.store),
    ];
    for (flag, key, value) in named {
        if let Some(value) = value {
            sources = sources.set(flag, key, value);
        }
    }
    sources
}

/// Reads the configuration, and checks that all of it makes sense.
pub(crate) fn load(global: &Global, variables: &Variables) -> Result<Configuration, Failure> {
    Ok(sources(global, variables).load()?)
}

/// Reads the configuration. What doesn't go together is left for whoever looks.
pub(crate) fn read(global: &Global, variables: &Variables) -> Result<Configuration, Failure> {
    Ok(sources(global, variables).read()?)
}
