//! Files, variables and flags: which wins, what is said of it, and what is wrong with it.

use serde_json::{Value, json};

use crate::program::{Home, Run};

fn line(run: &Run, key: &str) -> Value {
    let document = run.document();
    let lines = document["keys"].as_array().unwrap();
    let line = lines.iter().find(|line| line["key"] == key);
    line.unwrap_or_else(|| panic!("no {key} in {document}"))
        .clone()
}

#[test]
fn a_flag_wins_over_a_variable_and_that_over_the_file() {
    let home = Home::new();
    let file = home.write("p.toml", "\nnetwork = \"of-file\"\n");
    let file = file.to_str().unwrap();
    let config = |home: &Home, flags: &[&str]| {
        let args = [&["config", "--json", "--config", file], flags].concat();
        let line = line(&home.run(&args), "network");
        (line["value"].clone(), line["source"].clone())
    };
    assert_eq!(
        config(&home, &[]),
        (json!("\"of-file\""), json!(format!("{file}:2")))
    );
    let home = home.with("OPENCLAW_NETWORK", "of-reference");
    assert_eq!(
        config(&home, &[]),
        (json!("\"of-reference\""), json!("OPENCLAW_NETWORK"))
    );
    let home = home.with("PORTREEVE_NETWORK", "of-variable");
    assert_eq!(
        config(&home, &[]),
        (json!("\"of-variable\""), json!("PORTREEVE_NETWORK"))
    );
    let flagged = config(&home, &["--set", "network=of-flag"]);
    assert_eq!(flagged, (json!("\"of-flag\""), json!("--set")));
}

#[test]
fn what_nobody_set_is_the_reference_services_default() {
    let run = Home::new().run(&["config", "--json"]);
    for (key, value) in [
        ("template.image", "\"alpine/openclaw:latest\""),
        ("network", "\"mosaic-internal\""),
        ("ports.first", "19000"),
        ("template.gateway_port", "18789"),
        ("template.state_path", "\"/home/node/.openclaw\""),
        ("container_name", "\"mosaic-user-{user}\""),
        ("timing.grace", "\"10s\""),
        ("idle_limit", "\"30m\""),
    ] {
        let line = line(&run, key);
        assert_eq!(
            (&line["value"], &line["source"]),
            (&json!(value), &json!("default")),
            "{key}"
        );
    }
}

#[test]
fn the_reference_services_variables_are_honoured() {
    let run = Home::new()
        .with("OPENCLAW_IMAGE", "example/agent:2")
        .with("OPENCLAW_PORT_RANGE_START", "21000")
        .with("MOSAIC_API_URL", "http://api/")
        .run(&["config", "--json"]);
    assert_eq!(line(&run, "template.image")["value"], "\"example/agent:2\"");
    assert_eq!(line(&run, "ports.first")["value"], "21000");
    let url = line(&run, "template.environment.MOSAIC_API_URL");
    assert_eq!(url["source"], "MOSAIC_API_URL");
}

#[test]
fn an_idle_limit_of_nothing_is_never() {
    for never in ["never", "0", "0s"] {
        let home = Home::new().with("PORTREEVE_IDLE_LIMIT", never);
        let run = home.run(&["config", "--json"]);
        assert_eq!(line(&run, "idle_limit")["value"], "\"never\"");
    }
}

#[test]
fn the_file_in_the_configuration_directory_is_read_unasked() {
    let home = Home::new();
    home.write(".config/portreeve/portreeve.toml", "generation = 7\n");
    assert_eq!(
        line(&home.run(&["config", "--json"]), "generation")["value"],
        "7"
    );
}

#[test]
fn a_users_own_template_is_laid_over_everybodys() {
    let home = Home::new();
    let file = home.write(
        "p.toml",
        r#"
        [template]
        memory = "256MiB"
        [template.environment]
        A = "1"
        [users."alice@example.com"]
        memory = "2GiB"
        cpus = 1.5
        [users."alice@example.com".environment]
        B = "2"
        "#,
    );
    let run = home.run(&["config", "--json", "--config", file.to_str().unwrap()]);
    assert_eq!(line(&run, "template.memory")["value"], "\"256MiB\"");
    assert_eq!(
        line(&run, "users.\"alice@example.com\".memory")["value"],
        "\"2GiB\""
    );
    assert_eq!(
        line(&run, "users.\"alice@example.com\".cpus")["value"],
        "1.5"
    );
    line(&run, "users.\"alice@example.com\".environment.B");
}

#[test]
fn an_unknown_key_is_an_error_that_names_its_line_and_the_nearest_key() {
    for (text, message) in [
        (
            "netwrok = \"x\"",
            "p.toml:1: unknown key `netwrok`; did you mean `network`?",
        ),
        (
            "\n[limits]\nruning = 5",
            "p.toml:3: unknown key `limits.runing`; did you mean `limits.running`?",
        ),
        (
            "memory = \"1GiB\"",
            "p.toml:1: unknown key `memory`; did you mean `template.memory`?",
        ),
        (
            "[template]\nimgae = \"x\"",
            "p.toml:2: unknown key `imgae`; did you mean `image`?",
        ),
        (
            "[users.bob]\nmemroy = \"1GiB\"",
            "p.toml:2: unknown key `memroy`; did you mean `memory`?",
        ),
        ("zzz = 1", "p.toml:1: unknown key `zzz`"),
    ] {
        let home = Home::new();
        home.write("p.toml", text);
        let run = home.run(&["list", "--json", "--config", "p.toml"]);
        let (code, found, _) = run.error();
        assert_eq!(
            (run.exit, code.as_str(), found.as_str()),
            (2, "config_invalid", message)
        );
    }
}

#[test]
fn a_wrong_value_is_an_error_that_names_its_key_and_form() {
    for (text, message) in [
        (
            "[timing]\ngrace = 10",
            "p.toml:2: timing.grace: expected a duration such as \"10s\" or \"5m\", found 10",
        ),
        (
            "[ports]\nfirst = 0",
            "p.toml:2: ports.first: expected a port from 1 to 65535, found 0",
        ),
        ("network = 5", "p.toml:1: network: expected text, found 5"),
        (
            "idle_limit = 30",
            "p.toml:1: idle_limit: expected \"never\" or a duration such as \"10s\" or \"5m\", found 30",
        ),
        ("[timing]\nresync = \"0s\"", "timing.resync is zero"),
        ("limits = 5", "p.toml:1: `limits` is a table of keys"),
        (
            "container_name = \"agent\"",
            "the name pattern \"agent\" must hold {user} exactly once",
        ),
        (
            "[ports]\nfirst = 200\nlast = 100",
            "ports.first (200) is above ports.last (100)",
        ),
        ("x = = 1", "p.toml:1: "),
    ] {
        let home = Home::new();
        home.write("p.toml", text);
        let run = home.run(&["list", "--json", "--config", "p.toml"]);
        let (code, found, hint) = run.error();
        assert_eq!((run.exit, code.as_str()), (2, "config_invalid"));
        assert!(found.starts_with(message), "{found}");
        assert!(!hint.is_empty());
    }
}

#[test]
fn a_file_that_was_named_must_be_there() {
    let run = Home::new().run(&["list", "--json", "--config", "nowhere.toml"]);
    assert_eq!(run.exit, 2);
    assert!(run.error().1.contains("nowhere.toml"));
}

#[test]
fn an_unknown_variable_of_ours_is_an_error_that_names_the_nearest() {
    let run = Home::new()
        .with("PORTREEVE_LIMITS_RUNING", "5")
        .run(&["list", "--json"]);
    assert_eq!(run.exit, 2);
    assert_eq!(run.error().2, "did you mean PORTREEVE_LIMITS_RUNNING?");
}

#[test]
fn no_secret_is_printed() {
    let home = Home::new()
        .with(
            "PORTREEVE_STORE",
            "postgres://me:s3cret@db.example/x?password=s3cret",
        )
        .with("PORTREEVE_TEMPLATE_ENVIRONMENT_API_KEY", "s3cret")
        .with("PORTREEVE_KEY", "s3cret");
    for args in [
        &["config"][..],
        &["config", "--json"],
        &["list", "--json", "-vvv"],
    ] {
        let run = home.run(args);
        assert!(
            !run.stdout.contains("s3cret") && !run.stderr.contains("s3cret"),
            "{args:?}"
        );
    }
    let shown = home.run(&["config", "--json"]);
    assert_eq!(
        line(&shown, "store")["value"],
        "\"postgres://me@db.example/x\""
    );
    assert_eq!(
        line(&shown, "template.environment.API_KEY")["value"],
        "(hidden)"
    );
}

#[test]
fn a_remote_engine_needs_an_advertised_host() {
    let home = Home::new().with("DOCKER_HOST", "tcp://engine.invalid:2375");
    let run = home.run(&["list", "--json"]);
    assert_eq!(run.exit, 2);
    let (code, message, hint) = run.error();
    assert_eq!(code, "config_invalid");
    assert!(message.contains("tcp://engine.invalid:2375"), "{message}");
    assert!(hint.contains("advertised_host"), "{hint}");
}

#[test]
fn engines_that_are_not_served_yet_say_so() {
    for engine in ["https://engine.invalid:2376", "ssh://me@engine.invalid"] {
        let run = Home::new()
            .with("DOCKER_HOST", engine)
            .with("PORTREEVE_ADVERTISED_HOST", "engine.invalid")
            .run(&["list", "--json"]);
        assert_eq!(run.exit, 2);
        let (code, message, _) = run.error();
        assert_eq!(code, "engine_unserved");
        assert!(message.contains("not served yet"), "{message}");
    }
}

#[test]
fn a_malformed_address_names_itself_and_the_way_out() {
    for args in [&["--docker-host", "engine:2375"], &["--store", "mysql://x"]] {
        let run = Home::new().run(&[&args[..], &["list", "--json"]].concat());
        assert_eq!(run.exit, 2);
        assert_eq!(run.error().0, "config_invalid");
    }
}
