//! The simulated engine, asked as `docker` asks, and as anybody can.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use hyper::Method;
use portreeve_tests::http::{Address, Call};
use serde_json::{Value, json};

use crate::program::{Home, checks, mode};
use crate::simulated::Engine;

impl Engine {
    fn docker_command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("docker");
        command
            .args(args)
            .env("DOCKER_HOST", self.address.url())
            .env("HOME", self.home.path(""))
            .env_remove("DOCKER_CONTEXT")
            .env_remove("DOCKER_API_VERSION")
            .env_remove("DOCKER_TLS_VERIFY");
        command
    }

    /// Runs a `docker` command; `None` where there is no such program.
    fn docker(&self, args: &[&str]) -> Option<String> {
        let run = match self.docker_command(args).output() {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
            run => run.unwrap(),
        };
        assert!(
            run.status.success(),
            "docker {args:?}: {}",
            String::from_utf8_lossy(&run.stderr)
        );
        Some(String::from_utf8(run.stdout).unwrap())
    }
}

/// The port of this machine that the container is published on.
fn published(container: &Value) -> String {
    let port = &container["NetworkSettings"]["Ports"]["80/tcp"][0]["HostPort"];
    port.as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_container_answers_on_its_port_until_it_is_stopped() {
    let engine = Engine::start(&["--tcp", "127.0.0.1:0"]);
    let nothing = Value::Null;
    engine.done(
        Method::POST,
        "/images/create?fromImage=nginx&tag=1",
        &nothing,
    );
    let body = json!({
        "Image": "nginx:1",
        "Env": ["AGENT_TOKEN=s3cret", "AGENT_ID=alice"],
        "HostConfig": {"PortBindings": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": ""}]}},
    });
    engine.done(Method::POST, "/v1.41/containers/create?name=web", &body);
    engine.done(Method::POST, "/v1.41/containers/web/start", &nothing);
    let container = engine.done(Method::GET, "/v1.41/containers/web/json", &nothing);
    let address = Address::Tcp(format!("127.0.0.1:{}", published(&container)));
    let ask = |token: &str| {
        portreeve_tests::story::eventually("it listens", std::time::Duration::from_secs(30), || {
            Call::new(&address, Method::GET, "/whoami")
                .header("authorization", format!("Bearer {token}"))
                .send()
                .ok()
        })
    };
    assert_eq!(ask("other").status, 401);
    let who = ask("s3cret").json();
    assert_eq!(who["agent_id"], "alice");
    let host = who["hostname"].as_str().unwrap();
    assert!(container["Id"].as_str().unwrap().starts_with(host));

    engine.done(Method::POST, "/v1.41/containers/web/stop", &nothing);
    assert!(Call::new(&address, Method::GET, "/").send().is_err());
    let stopped = engine.ask(Method::POST, "/v1.41/containers/web/stop", &nothing);
    assert_eq!(stopped.status, 304);
}

#[test]
fn a_port_that_somebody_has_is_taken() {
    let engine = Engine::start(&["--socket", "e.sock"]);
    assert_eq!(mode(&engine.home.path("e.sock")), 0o600);
    // Nobody else gets one of these, also once it is let go.
    let block = portreeve_tests::ports::Block::take();
    let port = block.range().1;
    let held = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    let port = port.to_string();
    let nothing = Value::Null;
    engine.done(Method::POST, "/images/create?fromImage=nginx", &nothing);
    let body = json!({
        "Image": "nginx",
        "HostConfig": {"PortBindings": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": port}]}},
    });
    engine.done(Method::POST, "/containers/create?name=web", &body);
    let start = || engine.ask(Method::POST, "/containers/web/start", &nothing);
    let answer = start();
    assert_eq!(answer.status, 500);
    assert!(answer.text().contains("address already in use"));
    drop(held);
    assert_eq!(start().status, 204);
}

#[test]
fn versions_that_are_not_spoken_are_refused() {
    let engine = Engine::start(&["--socket", "e.sock"]);
    let ping = engine.ask(Method::GET, "/_ping", &Value::Null);
    assert_eq!((ping.status, ping.text().as_str()), (200, "OK"));
    for version in ["v1.99", "v1.12"] {
        let answer = engine.ask(Method::GET, &format!("/{version}/info"), &Value::Null);
        assert_eq!(answer.status, 400, "{}", answer.text());
    }
    let answer = engine.ask(Method::GET, "/v1.41/nonsense", &Value::Null);
    assert_eq!(answer.status, 404);
}

#[test]
fn it_listens_for_its_own_machine_alone_and_on_one_address() {
    let home = Home::new();
    let run = home.run(&["engine", "--tcp", "0.0.0.0:0", "--json"]);
    assert!(run.error().1.contains("loopback"), "{}", run.stderr);
    assert_eq!(home.run(&["engine"]).exit, 2);
    let both = home.run(&["engine", "--socket", "s", "--tcp", "127.0.0.1:0"]);
    assert_eq!(both.exit, 2);
}

#[test]
fn the_docker_command_line_can_talk_to_it() {
    let engine = Engine::start(&["--socket", "e.sock"]);
    let Some(version) = engine.docker(&["version", "--format", "{{.Server.Os}}"]) else {
        eprintln!("left out: there is no docker command here");
        return;
    };
    assert_eq!(version.trim(), "linux");
    let docker = |args: &[&str]| engine.docker(args).unwrap_or_default().trim().to_owned();
    let id = docker(&["run", "-d", "-p", "127.0.0.1::80", "--name", "web", "nginx"]);
    assert_eq!(docker(&["ps", "-q", "--no-trunc"]), id);
    assert_eq!(
        docker(&["inspect", "-f", "{{.State.Status}}", "web"]),
        "running"
    );
    assert!(docker(&["port", "web"]).starts_with("80/tcp -> 127.0.0.1:"));
    docker(&["stop", "web"]);
    assert_eq!(docker(&["ps", "-q"]), "");
    docker(&["rm", "web"]);
    docker(&["volume", "create", "v1"]);
    assert_eq!(docker(&["volume", "ls", "-q"]), "v1");
    let networks = docker(&["network", "ls", "--format", "{{.Name}}"]);
    assert_eq!(networks.lines().count(), 3, "{networks}");
    let mut events = engine
        .docker_command(&["events", "--since", "10m", "--filter", "type=container"])
        .args(["--format", "{{.Action}}"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let told = BufReader::new(events.stdout.take().unwrap()).lines();
    let told: Vec<String> = told.take(6).map(Result::unwrap).collect();
    events.kill().unwrap();
    events.wait().unwrap();
    assert_eq!(told, ["create", "start", "kill", "die", "stop", "destroy"]);
}

#[test]
fn doctor_warns_of_a_host_name_that_a_user_could_take() {
    let engine = Engine::start(&["--tcp", "127.0.0.1:0"]);
    let nothing = Value::Null;
    engine.done(Method::POST, "/images/create?fromImage=nginx", &nothing);
    engine.done(Method::POST, "/networks/create", &json!({"Name": "agents"}));
    let body = json!({"Image": "nginx", "HostConfig": {"NetworkMode": "agents"}});
    engine.done(Method::POST, "/containers/create?name=mosaic-api", &body);
    let home = Home::new().with("DOCKER_HOST", &engine.address.url());
    let told = |pattern: &str| {
        let name = format!("container_name={pattern}");
        let args = [
            "doctor",
            "--json",
            "--set",
            "network=agents",
            "--set",
            &name,
        ];
        checks(&home.run(&args).document(), "host names")
    };
    let warned = told("mosaic-{user}");
    assert_eq!(warned.len(), 1);
    assert_eq!(warned[0]["status"], "warn");
    let detail = warned[0]["detail"].as_str().unwrap();
    assert!(
        detail.contains(r#"mosaic-api (of a user "api")"#),
        "{detail}"
    );
    assert!(told("mosaic-user-{user}").is_empty());
}

/// A log with its times, read on where it ended, and what containers take.
#[test]
fn the_program_reads_logs_and_stats_of_it() {
    let engine = Engine::start(&["--socket", "e.sock"]);
    let home = Home::new()
        .with("DOCKER_HOST", &engine.address.url())
        .with("PORTREEVE_TEMPLATE_IMAGE", "gateway:1")
        .with("PORTREEVE_TEMPLATE_MEMORY", "100MiB")
        .with("PORTREEVE_TEMPLATE_ENVIRONMENT_GATEWAY_PRINT_TOKEN", "1");
    assert_eq!(home.run(&["ensure", "alice", "--json"]).exit, 0);
    let log = home.run(&["logs", "alice"]);
    assert_eq!((log.exit, log.stderr.as_str()), (0, ""));
    assert!(log.stdout.starts_with("token: [token]\n"), "{}", log.stdout);
    let lines = log.stdout.lines().count();

    let mut child = home
        .command(&["logs", "--follow", "alice"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let restarted = home.run(&["restart", "alice", "--json"]);
    assert_eq!(restarted.exit, 0);
    let told = BufReader::new(child.stdout.take().unwrap()).lines();
    let told: Vec<_> = told.take(2 * lines).map(Result::unwrap).collect();
    let runs = told.iter().filter(|line| *line == "token: [token]").count();
    assert_eq!(runs, 2, "each run is told once: {told:#?}");
    child.kill().unwrap();
    child.wait().unwrap();

    let reading = home.run(&["top", "--json"]).document();
    assert_eq!(reading[0]["user"], "alice");
    assert_eq!(reading[0]["memory_bytes"], 10 << 20);
    assert_eq!(reading[0]["memory_limit_bytes"], 100 << 20);
}
