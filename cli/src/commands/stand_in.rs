//! Serves the simulated engine.

use portreeve_api::program::SimulatedEngine;
use portreeve_sim::standin::{Address, StandIn};

use crate::args::StandInAt;
use crate::failure::Failure;
use crate::output::{Output, text};
use crate::signals::Signals;

/// Serves it until the process is asked to stop.
pub(crate) async fn serve(at: StandInAt, output: Output) -> Result<(), Failure> {
    let address = match (at.socket, at.tcp) {
        (Some(path), _) => Address::Unix(path),
        (None, Some(address)) => Address::Tcp(address),
        (None, None) => {
            return Err(Failure::usage(
                "nobody said where to listen",
                "say --socket PATH or --tcp 127.0.0.1:PORT",
            ));
        }
    };
    let failed =
        |error: std::io::Error| Failure::io(format!("{address} can't be listened on"), &error);
    let mut signals = Signals::listen()?;
    let stand_in = StandIn::listen(&address).map_err(failed)?;
    let docker_host = stand_in.address().map_err(failed)?.to_string();
    output.show(&SimulatedEngine { docker_host }, text::simulated_engine)?;
    tokio::select! {
        () = stand_in.serve() => (),
        _ = signals.asked_to_stop() => (),
    }
    Ok(())
}
