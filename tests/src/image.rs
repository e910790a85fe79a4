//! The image that containers are made of: the test gateway and nothing else, made without any registry.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

use crate::engine::Engine;
use crate::names::random_name;
use crate::plan::LABEL;

/// Images of the gateway, under names of their own. They are removed when this is dropped, with all
/// that is still left of the run's cases by then: what a killed controller had asked for may be
/// done after its case was cleaned up.
pub struct Images {
    engine: Engine,
    run: String,
    cases: AtomicU32,
}

impl Images {
    /// Makes them.
    pub fn make(engine: &Engine) -> Self {
        let tar = layer("first and second");
        let images = Self {
            engine: engine.clone(),
            run: format!("pt{}", random_name()),
            cases: AtomicU32::new(0),
        };
        let entrypoint = r#"ENTRYPOINT ["/gateway"]"#;
        engine.import_image(&images.first(), tar.clone(), &[entrypoint]);
        let second = [entrypoint, "ENV EDITION=second"];
        engine.import_image(&images.second(), tar.clone(), &second);
        let check = r#"HEALTHCHECK --interval=200ms CMD ["/gateway", "health"]"#;
        engine.import_image(&images.checked(), tar, &[entrypoint, check]);
        images
    }

    /// The one that cases use.
    pub fn first(&self) -> String {
        format!("portreeve-test-{}:first", self.run)
    }

    /// The one that cases change to; its containers have the variable `EDITION`, which says `second`.
    pub fn second(&self) -> String {
        format!("portreeve-test-{}:second", self.run)
    }

    /// One that has a health check of its own.
    pub fn checked(&self) -> String {
        format!("portreeve-test-{}:checked", self.run)
    }

    /// A prefix that the names of one more case's things can start with. None is the beginning of another.
    pub fn next_prefix(&self) -> String {
        format!(
            "{}{:04}",
            self.run,
            self.cases.fetch_add(1, Ordering::Relaxed)
        )
    }
}

impl Drop for Images {
    fn drop(&mut self) {
        for line in self.engine.sweep(LABEL, &self.run) {
            eprintln!("left behind: {line}");
        }
        self.engine.remove_image(&self.first());
        self.engine.remove_image(&self.second());
        self.engine.remove_image(&self.checked());
    }
}

/// A file system that holds the gateway at `/gateway`, and a mark at `/mark`.
pub fn layer(mark: &str) -> Vec<u8> {
    let program = fs::read(gateway()).expect("the gateway can be read");
    let mut tar = tar::Builder::new(Vec::new());
    for (path, mode, content) in [
        ("gateway", 0o755, program.as_slice()),
        ("mark", 0o644, mark.as_bytes()),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(mode);
        tar.append_data(&mut header, path, content)
            .expect("memory can be written to");
    }
    tar.into_inner().expect("memory can be written to")
}

/// The statically linked gateway: the one that was built for this run, or else one that is built now.
fn gateway() -> PathBuf {
    if let Some(path) = env::var_os("PORTREEVE_TEST_GATEWAY") {
        return path.into();
    }
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .args(["rustc", "--release", "--package", "portreeve-test-gateway"])
        .args(["--bin", "gateway", "--message-format", "json"])
        .args(["--", "-C", "target-feature=+crt-static"])
        .stderr(Stdio::inherit())
        .output()
        .expect("cargo can be run");
    assert!(built.status.success(), "the gateway could not be built");
    String::from_utf8_lossy(&built.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .find_map(|message| Some(message["executable"].as_str()?.into()))
        .expect("cargo names the program it built")
}
