//! Shows the whole of it on the engine in reach, and leaves nothing behind.

mod cleanup;
mod gateway;
mod image;
mod stage;
mod story;
mod understudy;
mod visit;

use portreeve_config::{Configuration, Variables};
use tokio::time::timeout;

use crate::args::Global;
use crate::config;
use crate::failure::Failure;
use crate::output::print;
use crate::signals::{self, Signals};
use stage::Stage;
use understudy::Understudy;

pub(crate) use gateway::serve as gateway;

/// The code of a failure to reach an engine.
const UNREACHABLE: &str = "engine_unreachable";

/// Plays the demo. However it ends, what it made is taken away.
pub(crate) async fn run(global: &Global, variables: &Variables) -> Result<(), Failure> {
    let configuration = config::read(global, variables)?;
    let (stage, _stand_in) = set(&configuration).await?;
    let mut signals = Signals::listen()?;
    let told = play(&stage, &mut signals).await;
    let cleaned = cleanup::clean(stage).await;
    told?;
    cleaned?;
    print(
        "\nThat was all. `portreeve ensure USER` does it with an image of yours: see `portreeve help`.\n",
    )
}

/// Sets the stage on the engine in reach; or on a simulated one, where nobody named an engine and
/// none is in the usual place.
async fn set(configuration: &Configuration) -> Result<(Stage, Option<Understudy>), Failure> {
    let stage = Stage::set(configuration)?;
    let missing = match meet_engine(&stage, configuration).await {
        Ok(()) => return Ok((stage, None)),
        Err(failure) if failure.code == UNREACHABLE && !configuration.engine_is_named() => failure,
        Err(failure) => return Err(failure),
    };
    let understudy = Understudy::enter()?;
    let stage = Stage::set(&configuration.on_engine(understudy.docker_host().to_owned()))?;
    print(&format!(
        "There is no container engine at hand ({}).\nPortreeve on a simulated engine instead: all of it is as it would be, but that nothing really runs in the containers\n",
        missing.message
    ))?;
    Ok((stage, Some(understudy)))
}

async fn play(stage: &Stage, signals: &mut Signals) -> Result<(), Failure> {
    // To its end also where a signal comes: an import that is given up half-way might end after
    // what it made was looked for.
    story::make_image(stage).await?;
    let portreeve = stage.open()?;
    let told = tokio::select! {
        told = story::tell(&portreeve) => told,
        exit = signals.asked_to_stop() => Err(signals::interrupted(exit, "nothing was left behind")),
    };
    // From here on nothing new is begun.
    portreeve.close().await;
    told
}

async fn meet_engine(stage: &Stage, configuration: &Configuration) -> Result<(), Failure> {
    let missing = |why: String| {
        Failure::new(
            UNREACHABLE,
            format!("the demo needs a container engine, and none was reached: {why}"),
            "start one (`systemctl start docker`), install one (on Debian: `apt install docker.io`), or name it with DOCKER_HOST",
        )
    };
    let version = match timeout(configuration.timing().engine, stage.engine.version()).await {
        Ok(Ok(version)) => version,
        Ok(Err(error)) => return Err(missing(error.to_string())),
        Err(_) => {
            return Err(missing(format!(
                "{} doesn't answer",
                stage.engine.address()
            )));
        }
    };
    if !runs_here(&version.os, &version.arch) {
        return Err(Failure::new(
            "demo_failed",
            format!(
                "the engine runs {}/{} containers, and this program is for {}/{}",
                version.os,
                version.arch,
                std::env::consts::OS,
                std::env::consts::ARCH
            ),
            "the demo's image is made of this program: name an engine on a machine like this one",
        ));
    }
    let kind = if version.podman { "Podman" } else { "Docker" };
    print(&format!(
        "Portreeve on {kind} {} at {}\n",
        version.release,
        stage.engine.address()
    ))
}

/// Whether this program runs in the engine's containers. Engines name processors as Go does; of
/// one that isn't named here, the start will tell.
fn runs_here(os: &str, arch: &str) -> bool {
    let ours = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        _ => arch,
    };
    os == std::env::consts::OS && (arch == ours || arch == std::env::consts::ARCH)
}
