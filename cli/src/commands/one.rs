//! The commands that concern one user.

use std::future::Future;

use portreeve_tokio::Portreeve;

use crate::args::OneUser;
use crate::codes::Exit;
use crate::failure::Failure;
use crate::output::{Output, Spinner};

/// Asks, and prints the answer.
pub(super) async fn ask(
    portreeve: &Portreeve,
    command: OneUser,
    output: Output,
) -> Result<Exit, Failure> {
    match command {
        OneUser::Ensure(of) => {
            let asked = portreeve.ensure(&of.user);
            output.ensured(&watched(output, "starting…", asked).await?)
        }
        OneUser::Stop(of) => {
            let asked = portreeve.stop(&of.user);
            output.stopped(&of.user, watched(output, "stopping…", asked).await?)
        }
        OneUser::Restart(of) => {
            let asked = portreeve.restart(&of.user);
            output.ensured(&watched(output, "restarting…", asked).await?)
        }
        OneUser::Touch(of) => {
            let asked = portreeve.touch(&of.user);
            output.touched(&of.user, watched(output, "touching…", asked).await?)
        }
        OneUser::Status(of) => {
            let asked = portreeve.status(&of.user);
            output.status(&watched(output, "looking…", asked).await?)
        }
        OneUser::Limit { of, limit } => {
            let asked = portreeve.limit_idle(&of.user, limit.0);
            let known = watched(output, "noting…", asked).await?;
            output.limited(&of.user, limit.0, known)
        }
        OneUser::Rotate(of) => {
            let asked = portreeve.rotate(&of.user);
            output.rotated(&of.user, &watched(output, "rotating…", asked).await?)
        }
        OneUser::Adopt(of) => {
            let asked = portreeve.adopt(&of.user);
            output.adopted(&watched(output, "adopting…", asked).await?)
        }
        OneUser::Purge { of, yes: _asked } => {
            let asked = portreeve.purge(&of.user);
            output.purged(&of.user, watched(output, "purging…", asked).await?)
        }
    }?;
    Ok(Exit::Done)
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
