//! Logs on stderr, for whoever asks for them.

use portreeve_config::Variables;
use tracing_subscriber::EnvFilter;

use crate::failure::Failure;
use crate::output::Terminal;

const VARIABLE: &str = "PORTREEVE_LOG";

/// Starts logging where `--verbose` or `PORTREEVE_LOG` asks for it. Without either, stderr holds
/// nothing but errors.
pub(crate) fn start(verbose: u8, variables: &Variables) -> Result<(), Failure> {
    let filter = match (variables.get(VARIABLE), verbose) {
        (Some(filter), _) => EnvFilter::try_new(filter).map_err(|error| {
            Failure::config(
                format!("{VARIABLE} can't be understood: {error}"),
                "as in PORTREEVE_LOG=info or PORTREEVE_LOG=portreeve_tokio=debug",
            )
        })?,
        (None, 0) => return Ok(()),
        (None, 1) => EnvFilter::new("info"),
        (None, 2) => EnvFilter::new("debug"),
        (None, _) => EnvFilter::new("trace"),
    };
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| Terminal(anstream::stderr()))
        .finish();
    // It can't fail: nothing else in this program sets one.
    let _ = tracing::subscriber::set_global_default(subscriber);
    Ok(())
}
