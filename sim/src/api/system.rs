//! What the engine says of itself.

use serde_json::{Value, json};

use super::message::Response;
use super::state::Api;
use super::time;
use super::version::VERSIONS;

/// The release of Docker that the engine is a model of.
pub(super) const RELEASE: &str = "20.10.24+portreeve";

/// The words for the answer to a ping, beside its body.
pub(super) fn ping() -> Response {
    Response {
        status: 200,
        content_type: "text/plain; charset=utf-8",
        body: b"OK".to_vec(),
    }
}

fn arch() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

pub(super) fn version() -> Value {
    let (newest, oldest) = VERSIONS;
    let (newest, oldest) = (newest.to_string(), oldest.to_string());
    json!({
        "Platform": {"Name": "Portreeve's stand-in engine: nothing really runs"},
        "Components": [{
            "Name": "Engine",
            "Version": RELEASE,
            "Details": {
                "ApiVersion": newest, "MinAPIVersion": oldest, "Os": "linux", "Arch": arch(),
                "Experimental": "false", "GitCommit": "", "GoVersion": "none",
                "KernelVersion": "", "BuildTime": "",
            },
        }],
        "Version": RELEASE,
        "ApiVersion": newest,
        "MinAPIVersion": oldest,
        "GitCommit": "",
        "GoVersion": "none",
        "Os": "linux",
        "Arch": arch(),
        "KernelVersion": "",
        "BuildTime": "",
    })
}

pub(super) fn info(api: &Api) -> Value {
    let engine = api.engine();
    let count = |state: &str| {
        let all = engine.containers().map(super::containers::status);
        all.filter(|status| *status == state).count()
    };
    let (running, paused) = (count("running"), count("paused"));
    json!({
        "ID": engine.id().as_str(),
        "Name": api.name,
        "Containers": engine.container_count(),
        "ContainersRunning": running,
        "ContainersPaused": paused,
        "ContainersStopped": engine.container_count() - running - paused,
        "Images": engine.images().count(),
        "Driver": "simulated",
        "DriverStatus": [],
        "Plugins": {"Volume": ["local"], "Network": ["bridge", "host", "null"], "Authorization": null, "Log": ["json-file"]},
        "SystemTime": time::written(engine.now()),
        "LoggingDriver": "json-file", "CgroupDriver": "none", "CgroupVersion": "2",
        "KernelVersion": "", "OperatingSystem": "Portreeve's stand-in engine", "OSVersion": "",
        "OSType": "linux", "Architecture": std::env::consts::ARCH,
        "IndexServerAddress": "", "RegistryConfig": null,
        "NCPU": 1, "MemTotal": 1_u64 << 30, "GenericResources": null,
        "DockerRootDir": "/nowhere",
        "ServerVersion": RELEASE,
        "Runtimes": {"none": {"path": "none"}}, "DefaultRuntime": "none",
        "Swarm": {"LocalNodeState": "inactive", "ControlAvailable": false},
        "SecurityOptions": [], "Warnings": ["WARNING: this is no container engine but a stand-in: nothing really runs"],
    })
}
