//! The commands that concern one user.

use std::future::Future;

use portreeve_api::{
    Adoption, Endpoint, IdleLimit, Outcome, Purge, Rotation, Status, Stop, Token, Touch, User,
};
use portreeve_tokio::Portreeve;

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
            let asked = portreeve.ensure(&of.user);
            let endpoint = watched(output, "starting…", asked).await?;
            output.show(&document(&endpoint), text::ensured)
        }
        OneUser::Stop(of) => {
            let asked = portreeve.stop(&of.user);
            let stopped = watched(output, "stopping…", asked).await?;
            output.show(&Stop::new(&of.user, stopped), text::stopped)
        }
        OneUser::Restart(of) => {
            let asked = portreeve.restart(&of.user);
            let endpoint = watched(output, "restarting…", asked).await?;
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
        OneUser::Limit { of, limit } => {
            let asked = portreeve.limit_idle(&of.user, limit.0);
            let known = watched(output, "noting…", asked).await?;
            let noted = IdleLimit::new(&of.user, known);
            output.show(&noted, |noted| text::limited(noted, limit.0))
        }
        OneUser::Rotate(of) => {
            let asked = portreeve.rotate(&of.user);
            let rotated = watched(output, "rotating…", asked).await?;
            output.show(&rotation(&of.user, &rotated), text::rotated)
        }
        OneUser::Adopt(of) => {
            let asked = portreeve.adopt(&of.user);
            let adopted = watched(output, "adopting…", asked).await?;
            output.show(&Adoption::from(&adopted), text::adopted)
        }
        OneUser::Purge { of, yes: _asked } => {
            let asked = portreeve.purge(&of.user);
            let purged = watched(output, "purging…", asked).await?;
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

/// Waits with a spinner, which is gone before the answer is printed.
async fn watched<T, E>(
    output: Output,
    text: &str,
    asked: impl Future<Output = Result<T, E>>,
) -> Result<T, Failure>
where
    Failure: From<E>,
{
    let _spinner = Spinner::start(output, text);
    Ok(asked.await?)
}
