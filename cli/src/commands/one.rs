//! The commands that concern one user.

use std::future::Future;

use portreeve_api::{
    Adoption, Endpoint, IdleLimit, Outcome, Purge, Rotation, Status, Stop, Token, Touch, User,
};
use portreeve_tokio::Portreeve;

use super::{events, logs};
use crate::args::OneUser;
use crate::codes::Exit;
use crate::failure::Failure;
use crate::output::{Output, Spinner, text};

/// Asks, and prints the answer.
pub(super) async fn ask(
    portreeve: &Portreeve,
    command: OneUser,
    output: Output,
) -> Result<Exit, Failure> {
    match command {
        OneUser::Ensure(of) => {
            let spinner = Spinner::start(output, "starting…");
            let asked = portreeve.ensure_with_progress(&of.user, spinner.teller());
            let endpoint = until(spinner, asked).await?;
            output.show(&document(&endpoint), text::ensured)
        }
        OneUser::Stop(of) => {
            let spinner = Spinner::start(output, "stopping…");
            let asked = portreeve.stop_with_progress(&of.user, spinner.teller());
            let stopped = until(spinner, asked).await?;
            output.show(&Stop::new(&of.user, stopped), text::stopped)
        }
        OneUser::Restart(of) => {
            let spinner = Spinner::start(output, "restarting…");
            let asked = portreeve.restart_with_progress(&of.user, spinner.teller());
            let endpoint = until(spinner, asked).await?;
            output.show(&document(&endpoint), text::ensured)
        }
        OneUser::Touch(of) => {
            let asked = portreeve.touch(&of.user);
            let touched = watched(output, "touching…", asked).await?;
            output.show(&Touch::new(&of.user, touched), text::touched)
        }
        OneUser::Status(of) => {
            let asked = portreeve.status(&of.user);
            let status = watched(output, "looking…", asked).await?;
            output.show(&User::from(&status), text::status)
        }
        OneUser::History(of) => events::history(portreeve, &of.user, output).await,
        OneUser::Logs(of) => return logs::logs(portreeve, &of, output).await,
        OneUser::Limit { of, limit } => {
            let spinner = Spinner::start(output, "noting…");
            let tell = spinner.teller();
            let asked = portreeve.limit_idle_with_progress(&of.user, limit.0, tell);
            let known = until(spinner, asked).await?;
            let noted = IdleLimit::new(&of.user, known);
            output.show(&noted, |noted| text::limited(noted, limit.0))
        }
        OneUser::Rotate(of) => {
            let spinner = Spinner::start(output, "rotating…");
            let asked = portreeve.rotate_with_progress(&of.user, spinner.teller());
            let rotated = until(spinner, asked).await?;
            output.show(&rotation(&of.user, &rotated), text::rotated)
        }
        OneUser::Adopt(of) => {
            let spinner = Spinner::start(output, "adopting…");
            let asked = portreeve.adopt_with_progress(&of.user, spinner.teller());
            let adopted = until(spinner, asked).await?;
            output.show(&Adoption::from(&adopted), text::adopted)
        }
        OneUser::Purge { of, yes: _asked } => {
            let spinner = Spinner::start(output, "purging…");
            let asked = portreeve.purge_with_progress(&of.user, spinner.teller());
            let purged = until(spinner, asked).await?;
            output.show(&Purge::new(&of.user, purged), text::purged)
        }
    }?;
    Ok(Exit::Done)
}

fn document(endpoint: &portreeve_tokio::Endpoint) -> Endpoint {
    Endpoint {
        user: endpoint.user().as_str().to_owned(),
        status: Status::Running,
        outcome: Outcome::from(endpoint.outcome()),
        url: endpoint.url().to_owned(),
        token: Token::from(endpoint.token()),
        port: endpoint.port(),
        container_id: endpoint.container_id().as_str().to_owned(),
        container_name: endpoint.container_name().to_owned(),
        pending: endpoint.pending(),
    }
}

fn rotation(user: &str, rotated: &portreeve_tokio::Rotated) -> Rotation {
    match rotated.endpoint() {
        Some(endpoint) => Rotation::running(rotated.generation(), document(endpoint)),
        None => Rotation::stopped(user, rotated.generation()),
    }
}

/// Waits with a spinner.
async fn watched<T, E>(
    output: Output,
    text: &str,
    asked: impl Future<Output = Result<T, E>>,
) -> Result<T, Failure>
where
    Failure: From<E>,
{
    until(Spinner::start(output, text), asked).await
}

/// Waits for the answer. The spinner is gone before that is printed.
async fn until<T, E>(
    _spinner: Spinner,
    asked: impl Future<Output = Result<T, E>>,
) -> Result<T, Failure>
where
    Failure: From<E>,
{
    Ok(asked.await?)
}
