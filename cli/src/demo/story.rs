//! What the demo shows, step by step.

use std::time::Duration;

use portreeve_api::User;
use portreeve_core::command::Ensured;
use portreeve_tokio::{Endpoint, Portreeve};
use tokio::time::timeout;

use super::image;
use super::stage::{Stage, USERS};
use super::visit::call;
use crate::failure::Failure;
use crate::output::{print, text};

/// How long an import may take.
const IMPORT: Duration = Duration::from_secs(120);

/// Tells the story of two users, once there is an image.
pub(super) async fn tell(portreeve: &Portreeve) -> Result<(), Failure> {
    let [alice, bob] = ensure_both(portreeve).await?;
    call_both(&alice, &bob).await?;
    ensure_again(portreeve, &alice).await?;
    stop_one(portreeve).await?;
    start_again(portreeve, &bob).await
}

/// Makes the image that the users' containers are made of.
pub(super) async fn make_image(stage: &Stage) -> Result<(), Failure> {
    heading("An image is made without a registry: this program, and the libraries it uses")?;
    let image::Image {
        tar,
        entrypoint,
        libraries,
    } = tokio::task::spawn_blocking(image::make)
        .await
        .map_err(|error| Failure::new("internal", error.to_string(), "please report it"))??;
    let size = tar.len() >> 20;
    let changes = [entrypoint.as_str()];
    let import = stage.engine.import_image(stage.image(), tar, &changes);
    let imported = match timeout(IMPORT, import).await {
        Ok(imported) => imported.map_err(|error| error.to_string()),
        Err(_) => Err(format!("not done after {} s", IMPORT.as_secs())),
    };
    imported.map_err(|why| {
        Failure::new(
            "engine_refused",
            format!("the image can't be imported: {why}"),
            "is the engine's disk full?",
        )
    })?;
    line(&format!(
        "{} ({size} MiB, {libraries} libraries)",
        stage.image()
    ))
}

async fn ensure_both(portreeve: &Portreeve) -> Result<[Endpoint; 2], Failure> {
    heading("Two users are ensured at once: each gets a container, a port and a token")?;
    let [alice, bob] = USERS;
    let (alice, bob) = tokio::try_join!(portreeve.ensure(alice), portreeve.ensure(bob))?;
    for endpoint in [&alice, &bob] {
        line(&format!(
            "{:<6} {:<16} {}  container {}",
            endpoint.user().as_str(),
            endpoint.outcome().as_str(),
            endpoint.url(),
            endpoint.container_name(),
        ))?;
    }
    expect(
        alice.outcome() == Ensured::Created,
        "alice's container was not created",
    )?;
    expect(
        bob.outcome() == Ensured::Created,
        "bob's container was not created",
    )?;
    expect(alice.port() != bob.port(), "both have the same port")?;
    expect(
        alice.container_id() != bob.container_id(),
        "both have the same container",
    )?;
    expect(alice.token() != bob.token(), "both have the same token")?;
    Ok([alice, bob])
}

async fn call_both(alice: &Endpoint, bob: &Endpoint) -> Result<(), Failure> {
    heading("Each container answers to its own token, and to no other")?;
    for (of, with) in [(alice, alice), (bob, bob), (alice, bob), (bob, alice)] {
        let answer = call(of.url(), with.token()).await?;
        line(&format!(
            "GET {} with {:<14} {} {}",
            of.url(),
            format!("{}'s token:", with.user().as_str()),
            answer.status,
            answer.text,
        ))?;
        let own = of.user() == with.user();
        let expected = if own { 200 } else { 401 };
        expect(answer.status == expected, "that is the wrong status")?;
        expect(
            !own || answer.text.contains(of.user().as_str()),
            "that is somebody else's gateway",
        )?;
    }
    Ok(())
}

async fn ensure_again(portreeve: &Portreeve, before: &Endpoint) -> Result<(), Failure> {
    heading("Ensuring a user who runs changes nothing")?;
    let again = portreeve.ensure(before.user().as_str()).await?;
    line(&format!(
        "{:<6} {}",
        again.user().as_str(),
        again.outcome().as_str()
    ))?;
    expect(
        again.outcome() == Ensured::AlreadyRunning,
        "it was not running any more",
    )?;
    expect(
        again.container_id() == before.container_id(),
        "it is another container",
    )
}

async fn stop_one(portreeve: &Portreeve) -> Result<(), Failure> {
    heading("One is stopped, the other runs on")?;
    let [alice, bob] = USERS;
    portreeve.stop(bob).await?;
    let users = portreeve.list().all().await?;
    let documents: Vec<_> = users.iter().map(User::from).collect();
    for row in text::UserTable::new().page(&documents).lines() {
        line(row)?;
    }
    let status = |user| {
        let found = users.iter().find(|status| status.user.as_str() == user);
        found.map(|status| status.status.as_str())
    };
    expect(status(alice) == Some("running"), "alice does not run")?;
    expect(status(bob) == Some("stopped"), "bob is not stopped")
}

async fn start_again(portreeve: &Portreeve, before: &Endpoint) -> Result<(), Failure> {
    heading("Who was stopped comes back, with the same token and volume")?;
    let again = portreeve.ensure(before.user().as_str()).await?;
    let answer = call(again.url(), before.token()).await?;
    line(&format!(
        "{:<6} {:<16} {}  {} {}",
        again.user().as_str(),
        again.outcome().as_str(),
        again.url(),
        answer.status,
        answer.text,
    ))?;
    expect(again.token() == before.token(), "the token changed")?;
    expect(answer.status == 200, "the token from before is not taken")
}

pub(super) fn heading(text: &str) -> Result<(), Failure> {
    print(&format!("\n{text}\n"))
}

pub(super) fn line(text: &str) -> Result<(), Failure> {
    print(&format!("  {text}\n"))
}

fn expect(holds: bool, otherwise: &str) -> Result<(), Failure> {
    if holds {
        return Ok(());
    }
    Err(Failure::new(
        "demo_failed",
        otherwise,
        "that is a fault of Portreeve's: please report it with what `-vv` logs",
    ))
}
