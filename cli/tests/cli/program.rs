//! Runs the program in a home of its own, with no variables but those a test sets.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

/// A home directory and variables.
pub(crate) struct Home {
    directory: TempDir,
    variables: Vec<(String, String)>,
}

/// How a run ended.
pub(crate) struct Run {
    pub(crate) exit: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Home {
    /// An empty one, with no engine in it.
    pub(crate) fn new() -> Self {
        let directory = TempDir::new().unwrap();
        let socket = directory.path().join("no-engine.sock");
        let engine = format!("unix://{}", socket.display());
        Self {
            directory,
            variables: Vec::new(),
        }
        .with("DOCKER_HOST", &engine)
        // Tests don't wait for what never comes.
        .with("PORTREEVE_TIMING_PATIENCE", "100ms")
        .with("PORTREEVE_TIMING_ANSWER", "1s")
    }

    /// With a variable set.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// A path in it.
    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.directory.path().join(path)
    }

    /// Writes a file that only its owner may read.
    pub(crate) fn write(&self, path: &str, text: &str) -> PathBuf {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        path
    }

    /// Where the program keeps its store and key.
    pub(crate) fn state(&self) -> PathBuf {
        self.path(".local/state/portreeve")
    }

    /// The program, to be run.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_portreeve"));
        command
            .args(args)
            .env_clear()
            .env("HOME", self.directory.path())
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(self.directory.path());
        command
    }

    /// Runs the program.
    pub(crate) fn run(&self, args: &[&str]) -> Run {
        let output = self.command(args).output().unwrap();
        Run {
            exit: output.status.code().expect("no signal ended it"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Run {
    /// The one JSON document on stdout.
    pub(crate) fn document(&self) -> Value {
        assert_eq!(self.stderr, "");
        serde_json::from_str(&self.stdout).unwrap_or_else(|_| panic!("no JSON: {}", self.stdout))
    }

    /// The error's code, message and hint, from the one JSON line on stderr.
    pub(crate) fn error(&self) -> (String, String, String) {
        assert_eq!(self.stdout, "");
        assert_eq!(self.stderr.lines().count(), 1, "{}", self.stderr);
        let document: Value = serde_json::from_str(&self.stderr).unwrap();
        let error = document["error"].as_object().unwrap();
        let keys: Vec<_> = error.keys().map(String::as_str).collect();
        assert_eq!(keys, ["code", "hint", "message"]);
        let text = |key: &str| error[key].as_str().unwrap().to_owned();
        (text("code"), text("message"), text("hint"))
    }
}

/// The mode of a file.
pub(crate) fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// What `doctor` saw under this name.
pub(crate) fn checks(report: &Value, name: &str) -> Vec<Value> {
    let checks = report["checks"].as_array().unwrap().iter();
    checks
        .filter(|check| check["name"] == name)
        .cloned()
        .collect()
}
