//! The hash that tells whether a container was made from the current configuration.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt::Display;

use sha2::{Digest, Sha256};

use crate::settings::Settings;
use crate::template::{Gpus, HealthCheck, Mount, MountSource, RestartPolicy, Template};
use crate::user::UserId;

/// Grows when the meaning of what is hashed changes.
const VERSION: &str = "1";

/// The versioned hashes of what users' containers are made from.
#[derive(Clone, Debug)]
pub(crate) struct Hashes {
    template: String,
    overrides: BTreeMap<UserId, String>,
}

impl Hashes {
    pub(crate) fn new(settings: &Settings) -> Self {
        let overrides = settings.overrides.iter();
        Self {
            template: hash(settings, &settings.template),
            overrides: overrides
                .map(|(user, template)| (user.clone(), hash(settings, template)))
                .collect(),
        }
    }

    /// That of one user's.
    pub(crate) fn of(&self, user: &UserId) -> &str {
        self.overrides.get(user).unwrap_or(&self.template)
    }
}

/// The versioned hash of what a container is made from: everything but its token and its port,
/// which are told apart by labels of their own.
///
/// Only what is set goes in, by its key: a release that learns a new option doesn't outdate the
/// containers that don't use it.
fn hash(settings: &Settings, template: &Template) -> String {
    let mut fields = Fields(Sha256::new());
    fields.text("network", &settings.network);
    fields.option("publish_on", settings.reach.publish_on());
    fields.template(template);
    let digest = hex::encode(fields.0.finalize());
    format!("{VERSION}:{}", &digest[..32])
}

struct Fields(Sha256);

impl Fields {
    /// Lengths go before the parts, so that no two lists of fields hash the same bytes.
    fn field(&mut self, key: &str, parts: &[&str]) {
        self.part(key);
        self.0.update((parts.len() as u64).to_le_bytes());
        for part in parts {
            self.part(part);
        }
    }

    fn part(&mut self, part: &str) {
        self.0.update((part.len() as u64).to_le_bytes());
        self.0.update(part);
    }

    fn text(&mut self, key: &str, value: impl Display) {
        self.field(key, &[&value.to_string()]);
    }

    fn option(&mut self, key: &str, value: Option<impl Display>) {
        if let Some(value) = value {
            self.text(key, value);
        }
    }

    fn flag(&mut self, key: &str, set: bool) {
        if set {
            self.field(key, &[]);
        }
    }

    fn words(&mut self, key: &str, words: &[String]) {
        if !words.is_empty() {
            self.field(key, &words.iter().map(String::as_str).collect::<Vec<_>>());
        }
    }

    fn template(&mut self, template: &Template) {
        let Template {
            image,
            entrypoint,
            command,
            environment,
            labels,
            gateway_port,
            state_path,
            mounts,
            memory,
            milli_cpus,
            pids,
            gpus,
            shm_size,
            user,
            working_dir,
            cap_add,
            cap_drop,
            read_only,
            security_opt,
            init,
            restart,
            health_check,
            extra_hosts,
        } = template;
        self.text("image", image);
        for (key, words) in [("entrypoint", entrypoint), ("command", command)] {
            if let Some(words) = words {
                self.field(key, &words.iter().map(String::as_str).collect::<Vec<_>>());
            }
        }
        for (name, value) in environment {
            self.field("environment", &[name, value]);
        }
        for (name, value) in labels {
            self.field("label", &[name, value]);
        }
        self.text("gateway_port", gateway_port);
        self.text("state_path", state_path);
        for mount in mounts {
            self.mount(mount);
        }
        self.option("memory", *memory);
        self.option("milli_cpus", *milli_cpus);
        self.option("pids", *pids);
        if let Some(gpus) = gpus {
            self.gpus(gpus);
        }
        self.option("shm_size", *shm_size);
        self.option("user", user.as_deref());
        self.option("working_dir", working_dir.as_deref());
        self.words("cap_add", cap_add);
        self.words("cap_drop", cap_drop);
        self.flag("read_only", *read_only);
        self.words("security_opt", security_opt);
        self.flag("init", *init);
        self.restart(*restart);
        if let Some(check) = health_check {
            self.health_check(check);
        }
        self.words("extra_hosts", extra_hosts);
    }

    fn mount(&mut self, mount: &Mount) {
        let (kind, source) = match &mount.source {
            MountSource::Bind(path) => ("bind", path.clone()),
            MountSource::Volume(name) => ("volume", name.clone()),
            MountSource::Tmpfs(size) => {
                ("tmpfs", size.map_or(String::new(), |size| size.to_string()))
            }
        };
        let mode = if mount.read_only { "ro" } else { "rw" };
        self.field("mount", &[kind, &source, &mount.target, mode]);
    }

    fn gpus(&mut self, gpus: &Gpus) {
        match gpus {
            Gpus::All => self.field("gpus", &["all"]),
            Gpus::Count(count) => self.field("gpus", &["count", &count.to_string()]),
            Gpus::Devices(ids) => self.words("gpu_devices", ids),
        }
    }

    fn restart(&mut self, restart: RestartPolicy) {
        match restart {
            RestartPolicy::No => {}
            RestartPolicy::OnFailure { retries } => {
                self.field("restart", &["on-failure", &retries.to_string()]);
            }
            RestartPolicy::UnlessStopped => self.field("restart", &["unless-stopped"]),
        }
    }

    fn health_check(&mut self, check: &HealthCheck) {
        self.words("health.test", &check.test);
        self.option(
            "health.interval",
            check.interval.map(|time| time.as_nanos()),
        );
        self.option("health.timeout", check.timeout.map(|time| time.as_nanos()));
        self.option("health.retries", check.retries);
        self.option(
            "health.start_period",
            check.start_period.map(|time| time.as_nanos()),
        );
    }
}
