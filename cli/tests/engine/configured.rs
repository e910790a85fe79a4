//! The program in a home of its own, told by variables to behave as the plan of a world says.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use portreeve_tests::stores::Store;
use portreeve_tests::world::World;
use serde_json::Value;

use crate::program::{Home, Run};

/// The program, configured.
pub(crate) struct Program<'a> {
    world: &'a World,
    home: Home,
}

impl<'a> Program<'a> {
    pub(crate) fn new(world: &'a World) -> Self {
        let plan = world.plan();
        let prefix = &plan.prefix;
        let (label, value) = plan.label();
        let home = Home::new()
            .with("DOCKER_HOST", &plan.engine)
            .with("PORTREEVE_STORE", &store(&plan.store))
            .with("PORTREEVE_KEY", &STANDARD.encode(plan.key))
            .with("PORTREEVE_CONTAINER_NAME", &format!("{prefix}-{{user}}"))
            .with("PORTREEVE_VOLUME_NAME", &format!("{prefix}-{{user}}-state"))
            .with("PORTREEVE_NETWORK", &plan.network)
            .with("PORTREEVE_PORTS_FIRST", &plan.ports.0.to_string())
            .with("PORTREEVE_PORTS_LAST", &plan.ports.1.to_string())
            .with("PORTREEVE_PULL", "never")
            .with("PORTREEVE_TEMPLATE_IMAGE", &plan.image)
            .with(&format!("PORTREEVE_TEMPLATE_LABELS_{label}"), &value)
            .with("PORTREEVE_TIMING_PATIENCE", "3s")
            .with("PORTREEVE_TIMING_ANSWER", "30s");
        Self { world, home }
    }

    /// With a variable set, in place of the one that the plan asks for.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.home = self.home.with(name, value);
        self
    }

    /// With no patience for what never comes.
    pub(crate) fn impatient(self) -> Self {
        self.with("PORTREEVE_TIMING_PATIENCE", "100ms")
    }

    /// It, to be run.
    pub(crate) fn command(&self, args: &[&str]) -> std::process::Command {
        self.home.command(args)
    }

    /// Runs it, and notes in the world's diary what it said.
    pub(crate) fn run(&self, args: &[&str]) -> Run {
        let run = self.home.run(args);
        let Run {
            exit,
            stdout,
            stderr,
        } = &run;
        self.world
            .note(format!("{args:?} ends with {exit}: {stdout}{stderr}"));
        run
    }

    /// Runs a command that must succeed, and gives its one JSON document.
    #[track_caller]
    pub(crate) fn document(&self, args: &[&str]) -> Value {
        let run = self.run(&[args, &["--json"]].concat());
        assert_eq!(run.exit, 0, "{args:?}: {}", run.stderr);
        assert_eq!(run.stdout.lines().count(), 1, "{}", run.stdout);
        run.document()
    }

    /// Runs a command that must succeed, and gives its words.
    #[track_caller]
    pub(crate) fn words(&self, args: &[&str]) -> String {
        let run = self.run(args);
        assert_eq!((run.exit, run.stderr.as_str()), (0, ""), "{args:?}");
        run.stdout
    }

    /// Runs a command that must fail like that, once for programs and once for people. Gives the
    /// message and the hint.
    #[track_caller]
    pub(crate) fn fails(&self, args: &[&str], exit: i32, code: &str) -> (String, String) {
        let run = self.run(&[args, &["--json"]].concat());
        assert_eq!(run.exit, exit, "{args:?}: {}", run.stderr);
        let (found, message, hint) = run.error();
        assert_eq!(found, code, "{args:?}: {message}");

        let told = self.run(args);
        assert_eq!((told.exit, told.stdout.as_str()), (exit, ""), "{args:?}");
        let expected = format!("error: {message}\n  hint: {hint}\n");
        assert_eq!(told.stderr, expected, "{args:?}");
        (message, hint)
    }
}

/// As `--store` takes it.
pub(crate) fn store(store: &Store) -> String {
    match store {
        Store::Sqlite(path) => format!("sqlite:{}", path.display()),
        Store::Postgres(url) => url.clone(),
    }
}

/// The keys of a JSON object, in the order of the alphabet.
#[track_caller]
pub(crate) fn keys(document: &Value) -> Vec<&str> {
    let object = document.as_object();
    let object = object.unwrap_or_else(|| panic!("no object: {document}"));
    object.keys().map(String::as_str).collect()
}
