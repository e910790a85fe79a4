//! An engine with an image to make containers of, and everything cleaned up afterwards.

use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};

use futures_util::FutureExt;
use portreeve_core::effect::{ContainerRef, EngineEffect, Scope};
use portreeve_core::id::{ContainerId, InstallationId, Port, RecordId};
use portreeve_core::label::{self, Labels};
use portreeve_core::observed::Observed;
use portreeve_core::outcome::EngineOutcome;
use portreeve_core::spec::{ContainerSpec, EnvValue, PublishedPort};
use portreeve_core::template::Template;
use portreeve_core::user::UserId;
use portreeve_tokio::engine::EngineClient;
use portreeve_wire::http::{Body, Method};

/// A folder of the image that its containers get an anonymous volume for.
pub const SCRATCH: &str = "/scratch";
pub const STATE: &str = "/state";

/// One test's corner of the engine.
pub struct World {
    pub engine: EngineClient,
    pub installation: InstallationId,
    /// What all names of this test begin with.
    pub prefix: String,
}

/// Tells a story on the engine that `DOCKER_HOST` names, and takes away what it made. Where there
/// is none, says so and passes.
pub async fn with_engine(story: impl AsyncFnOnce(&World)) {
    let Ok(address) = std::env::var("DOCKER_HOST") else {
        eprintln!("left out: no DOCKER_HOST");
        return;
    };
    let world = World::new(&address);
    world.import_image().await;
    let ended = AssertUnwindSafe(story(&world)).catch_unwind().await;
    world.clean_up().await;
    if let Err(panic) = ended {
        resume_unwind(panic);
    }
}

impl World {
    fn new(address: &str) -> Self {
        static STORIES: AtomicU8 = AtomicU8::new(0);
        let mut installation = [0; 16];
        installation[..4].copy_from_slice(&std::process::id().to_be_bytes());
        installation[4] = STORIES.fetch_add(1, Ordering::Relaxed);
        let prefix = format!("driver-{}-{}", std::process::id(), installation[4]);
        Self {
            engine: EngineClient::new(address.parse().unwrap()).unwrap(),
            installation: InstallationId::from_bytes(installation),
            prefix,
        }
    }

    pub async fn does(&self, effect: EngineEffect) -> EngineOutcome {
        self.engine.carry_out(&effect).await
    }

    pub fn image(&self) -> String {
        format!("{}:1", self.prefix)
    }

    pub fn name(&self, what: &str) -> String {
        format!("{}-{what}", self.prefix)
    }

    /// A container of the test's image on the engine's own network.
    pub fn spec(&self, name: &str) -> ContainerSpec {
        let port = free_port();
        let labels = Labels {
            installation: self.installation,
            user: user(),
            record: RecordId::from_bytes([9; 16]),
            port: Some(port),
            spec: "1:ff".to_string(),
            token_generation: 1,
        };
        let mut template = Template::new(self.image());
        template.state_path = STATE.to_string();
        ContainerSpec {
            name: self.name(name),
            template,
            entrypoint: None,
            command: None,
            environment: vec![("TOKEN".to_string(), EnvValue::new("hunter2-hunter2".into()))],
            labels: labels.pairs(),
            volume: self.name("state"),
            network: "bridge".to_string(),
            published: Some(PublishedPort {
                on: IpAddr::V4(Ipv4Addr::LOCALHOST),
                port,
            }),
        }
    }

    pub async fn created(&self, spec: ContainerSpec) -> ContainerId {
        match self.does(EngineEffect::Create(spec.into())).await {
            EngineOutcome::Created(id) => id,
            other => panic!("{other:?}"),
        }
    }

    /// Creates a container and starts it.
    pub async fn started(&self, spec: ContainerSpec) -> ContainerId {
        let id = self.created(spec).await;
        assert_eq!(self.does(start(&id)).await, EngineOutcome::Done);
        id
    }

    pub async fn found(&self, id: &ContainerId) -> Observed {
        match self.does(by_id(id)).await {
            EngineOutcome::Found(observed) => observed,
            other => panic!("{other:?}"),
        }
    }

    pub async fn listed(&self) -> Vec<Observed> {
        self.listed_of(Scope::User(self.installation, user())).await
    }

    pub async fn listed_of(&self, scope: Scope) -> Vec<Observed> {
        match self.does(EngineEffect::List(scope)).await {
            EngineOutcome::Listed(containers) => containers,
            other => panic!("{other:?}"),
        }
    }

    pub async fn ensure_volume(&self, name: &str) -> EngineOutcome {
        self.does(EngineEffect::EnsureVolume {
            name: name.to_string(),
            labels: label::volume_pairs(self.installation, &user()),
        })
        .await
    }

    /// Sends a request and tells its status.
    pub async fn send(&self, method: Method, path: &str, body: &str) -> u16 {
        let body = match body {
            "" => Body::Empty,
            json => Body::Json(json.as_bytes().to_vec()),
        };
        self.engine.send(method, path, body).await.unwrap().0
    }

    async fn import_image(&self) {
        let mut tar = tar::Builder::new(Vec::new());
        tar.append_path_with_name(bystander(), "bystander").unwrap();
        let tar = tar.into_inner().unwrap();
        let volume = format!("VOLUME {SCRATCH}");
        self.engine
            .import_image(
                &self.image(),
                tar,
                &[r#"ENTRYPOINT ["/bystander"]"#, &volume],
            )
            .await
            .unwrap();
    }

    async fn clean_up(&self) {
        for container in self.listed().await {
            self.does(remove(&container.id)).await;
        }
        self.engine
            .remove_volume(&self.name("state"))
            .await
            .unwrap();
        self.engine.remove_network(&self.name("net")).await.unwrap();
        self.engine.remove_image(&self.image()).await.unwrap();
    }
}

/// The program of the image, built once.
fn bystander() -> &'static PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/engine/bystander.rs");
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
        let unfinished = folder.join(format!("bystander-{}", std::process::id()));
        let built = Command::new("rustc")
            .args([
                "--edition",
                "2024",
                "-C",
                "target-feature=+crt-static",
                "-C",
                "strip=symbols",
            ])
            .arg("-o")
            .args([unfinished.as_os_str(), source.as_ref()])
            .status()
            .unwrap();
        assert!(built.success());
        let program = folder.join("bystander");
        std::fs::rename(unfinished, &program).unwrap();
        program
    })
}

/// Whose everything is.
pub fn user() -> UserId {
    UserId::new("a b/ü").unwrap()
}

/// A port that nobody has for the moment.
pub fn free_port() -> Port {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    Port::new(listener.local_addr().unwrap().port()).unwrap()
}

pub fn by_id(id: &ContainerId) -> EngineEffect {
    EngineEffect::Inspect(ContainerRef::Id(id.clone()))
}

pub fn by_name(name: &str) -> EngineEffect {
    EngineEffect::Inspect(ContainerRef::Name(name.to_string()))
}

pub fn start(id: &ContainerId) -> EngineEffect {
    EngineEffect::Start {
        container: id.clone(),
    }
}

pub fn unpause(id: &ContainerId) -> EngineEffect {
    EngineEffect::Unpause {
        container: id.clone(),
    }
}

/// Kills at once.
pub fn stop(id: &ContainerId) -> EngineEffect {
    EngineEffect::Stop {
        container: id.clone(),
        grace: std::time::Duration::ZERO,
    }
}

pub fn remove(id: &ContainerId) -> EngineEffect {
    EngineEffect::Remove {
        container: id.clone(),
    }
}

pub fn logs(id: &ContainerId) -> EngineEffect {
    EngineEffect::Logs {
        container: id.clone(),
        lines: 10,
    }
}
