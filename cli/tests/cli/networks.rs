//! What is said of a network on which containers couldn't serve their callers.

use hyper::Method;
use serde_json::{Value, json};

use crate::program::{Home, checks};
use crate::simulated::Engine;

const IMAGE: &str = "alpine/openclaw";

fn home(engine: &Engine) -> Home {
    Home::new().with("DOCKER_HOST", &engine.address.url())
}

#[test]
fn no_network_is_taken_for_one() {
    for network in ["host", "none", "container:api"] {
        let run = Home::new().run(&[
            "ensure",
            "alice",
            "--json",
            "--set",
            &format!("network={network}"),
        ]);
        assert_eq!(run.exit, 2, "{}", run.stderr);
        let (code, message, _) = run.error();
        assert_eq!(code, "config_invalid");
        assert!(message.contains(network), "{message}");
    }
}

#[test]
fn an_internal_network_is_told_by_doctor_and_refused_before_anything_is_made() {
    let engine = Engine::start(&["--socket", "e.sock"]);
    let image = format!("/images/create?fromImage={IMAGE}&tag=latest");
    engine.done(Method::POST, &image, &Value::Null);
    let network = json!({"Name": "mosaic-internal", "Internal": true});
    engine.done(Method::POST, "/networks/create", &network);
    let home = home(&engine);

    let doctor = home.run(&["doctor", "--json"]);
    let told = checks(&doctor.document(), "network");
    let [check] = &told[..] else {
        panic!("{}", doctor.stdout);
    };
    assert_eq!(check["status"], "fail", "{check}");
    assert!(check["detail"].as_str().unwrap().contains("internal"));

    let run = home.run(&["ensure", "alice", "--json"]);
    assert_eq!(run.exit, 1, "{}", run.stderr);
    let (code, message, hint) = run.error();
    assert_eq!(code, "network_unusable");
    assert!(message.contains("internal"), "{message}");
    assert!(hint.contains("docs/operations.md"), "{hint}");
    let containers = engine.done(Method::GET, "/containers/json?all=1", &Value::Null);
    assert_eq!(containers, json!([]));
}
