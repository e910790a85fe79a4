//! The forms of what Portreeve itself lets choose.

use portreeve_core::settings::{PullPolicy, Readiness, StoreAway};
use portreeve_core::template::{Gpus, HealthCheck, Mount, MountSource, RestartPolicy};
use toml::{Table, Value};

use crate::form::{Form, Length, Maybe, Size, Switch, Text, Whole, Words, expected, unfit};
use crate::nearest;

/// From where containers' URLs are to work.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum ReachFrom {
    /// From wherever the engine's host can be reached.
    Host,
    /// From containers on the same network.
    Network,
}

/// [`ReachFrom`].
pub(crate) struct Reaches;

impl Form for Reaches {
    type Field = ReachFrom;
    const NAME: &'static str = "\"host\" or \"network\"";

    fn read(value: &Value) -> Result<ReachFrom, String> {
        match value.as_str() {
            Some("host") => Ok(ReachFrom::Host),
            Some("network") => Ok(ReachFrom::Network),
            _ => Err(expected::<Self>(value)),
        }
    }

    fn show(field: &ReachFrom) -> Option<Value> {
        let text = match field {
            ReachFrom::Host => "host",
            ReachFrom::Network => "network",
        };
        Some(text.into())
    }
}

/// When a container counts as ready.
pub(crate) struct Ready;

impl Form for Ready {
    type Field = Readiness;
    const NAME: &'static str = "\"none\", \"running\", \"healthy\", \"tcp\" or \"http:/PATH\"";

    fn read(value: &Value) -> Result<Readiness, String> {
        match value.as_str() {
            Some("none") => Ok(Readiness::None),
            Some("running") => Ok(Readiness::Running),
            Some("healthy") => Ok(Readiness::Healthy),
            Some("tcp") => Ok(Readiness::Tcp),
            Some(text) => match text.strip_prefix("http:") {
                Some(path) if path.starts_with('/') && !path.starts_with("//") => {
                    Ok(Readiness::Http(path.to_owned()))
                }
                _ => Err(expected::<Self>(value)),
            },
            None => Err(expected::<Self>(value)),
        }
    }

    fn show(field: &Readiness) -> Option<Value> {
        let text = match field {
            Readiness::None => "none".to_owned(),
            Readiness::Running => "running".to_owned(),
            Readiness::Healthy => "healthy".to_owned(),
            Readiness::Tcp => "tcp".to_owned(),
            Readiness::Http(path) => format!("http:{path}"),
        };
        Some(text.into())
    }
}

/// Whether images are pulled.
pub(crate) struct Pulls;

impl Form for Pulls {
    type Field = PullPolicy;
    const NAME: &'static str = "\"missing\" or \"never\"";

    fn read(value: &Value) -> Result<PullPolicy, String> {
        match value.as_str() {
            Some("missing") => Ok(PullPolicy::Missing),
            Some("never") => Ok(PullPolicy::Never),
            _ => Err(expected::<Self>(value)),
        }
    }

    fn show(field: &PullPolicy) -> Option<Value> {
        let text = match field {
            PullPolicy::Missing => "missing",
            PullPolicy::Never => "never",
        };
        Some(text.into())
    }
}

/// What becomes of users who are known to run while the store doesn't answer.
pub(crate) struct Away;

impl Form for Away {
    type Field = StoreAway;
    const NAME: &'static str = "\"serve\" or \"refuse\"";

    fn read(value: &Value) -> Result<StoreAway, String> {
        match value.as_str() {
            Some("serve") => Ok(StoreAway::SERVE),
            Some("refuse") => Ok(StoreAway::Refuse),
            _ => Err(expected::<Self>(value)),
        }
    }

    fn show(field: &StoreAway) -> Option<Value> {
        let text = match field {
            StoreAway::Serve { .. } => "serve",
            StoreAway::Refuse => "refuse",
        };
        Some(text.into())
    }
}

/// What the engine does when a container's process ends.
pub(crate) struct Restarts;

impl Form for Restarts {
    type Field = RestartPolicy;
    const NAME: &'static str =
        "\"no\", \"on-failure\", \"on-failure:RETRIES\" or \"unless-stopped\"";

    fn read(value: &Value) -> Result<RestartPolicy, String> {
        match value.as_str() {
            Some("no") => Ok(RestartPolicy::No),
            Some("unless-stopped") => Ok(RestartPolicy::UnlessStopped),
            Some("on-failure") => Ok(RestartPolicy::OnFailure { retries: 0 }),
            Some(text) => text
                .strip_prefix("on-failure:")
                .and_then(|retries| retries.parse().ok())
                .map(|retries| RestartPolicy::OnFailure { retries })
                .ok_or_else(|| expected::<Self>(value)),
            None => Err(expected::<Self>(value)),
        }
    }

    fn show(field: &RestartPolicy) -> Option<Value> {
        let text = match field {
            RestartPolicy::No => "no".to_owned(),
            RestartPolicy::OnFailure { retries: 0 } => "on-failure".to_owned(),
            RestartPolicy::OnFailure { retries } => format!("on-failure:{retries}"),
            RestartPolicy::UnlessStopped => "unless-stopped".to_owned(),
        };
        Some(text.into())
    }
}

/// Which GPUs a container may use.
pub(crate) struct GpuChoice;

impl Form for GpuChoice {
    type Field = Gpus;
    const NAME: &'static str = "\"all\", a number, or a list of device ids";

    fn read(value: &Value) -> Result<Gpus, String> {
        match value {
            Value::String(all) if all == "all" => Ok(Gpus::All),
            Value::Integer(_) => Whole::<u32>::read(value).map(Gpus::Count),
            Value::Array(_) => Words::read(value).map(Gpus::Devices),
            _ => Err(expected::<Self>(value)),
        }
    }

    fn show(field: &Gpus) -> Option<Value> {
        match field {
            Gpus::All => Some("all".into()),
            Gpus::Count(count) => Whole::<u32>::show(count),
            Gpus::Devices(ids) => Words::show(ids),
        }
    }
}

/// Further mounts.
pub(crate) struct Mounts;

impl Form for Mounts {
    type Field = Vec<Mount>;
    const NAME: &'static str = "a list of mounts such as { bind = \"/srv/models\", target = \"/models\", read_only = true }";

    fn read(value: &Value) -> Result<Vec<Mount>, String> {
        let mounts = value.as_array().ok_or_else(|| expected::<Self>(value))?;
        mounts.iter().map(read_mount).collect()
    }

    fn show(field: &Vec<Mount>) -> Option<Value> {
        Some(Value::Array(field.iter().map(show_mount).collect()))
    }
}

fn read_mount(value: &Value) -> Result<Mount, String> {
    let table = value.as_table().ok_or_else(|| expected::<Mounts>(value))?;
    only_these(table, &["bind", "volume", "tmpfs", "target", "read_only"])?;
    let source = match (table.get("bind"), table.get("volume"), table.get("tmpfs")) {
        (Some(path), None, None) => MountSource::Bind(absolute(path)?),
        (None, Some(name), None) => MountSource::Volume(Text::read(name)?),
        (None, None, Some(Value::Boolean(true))) => MountSource::Tmpfs(None),
        (None, None, Some(size)) => MountSource::Tmpfs(Some(Size::read(size)?)),
        _ => return Err("a mount has one of `bind`, `volume` and `tmpfs`".to_owned()),
    };
    let target = table.get("target").ok_or("a mount needs a `target`")?;
    let mut mount = Mount::new(source, absolute(target)?);
    mount.read_only = table.get("read_only").map_or(Ok(false), Switch::read)?;
    Ok(mount)
}

fn show_mount(mount: &Mount) -> Value {
    let mut table = Table::new();
    match &mount.source {
        MountSource::Bind(path) => table.insert("bind".to_owned(), path.as_str().into()),
        MountSource::Volume(name) => table.insert("volume".to_owned(), name.as_str().into()),
        MountSource::Tmpfs(size) => {
            let size = size.as_ref().and_then(Size::show);
            table.insert("tmpfs".to_owned(), size.unwrap_or(Value::Boolean(true)))
        }
    };
    table.insert("target".to_owned(), mount.target.as_str().into());
    if mount.read_only {
        table.insert("read_only".to_owned(), true.into());
    }
    Value::Table(table)
}

/// A path that doesn't depend on where anything was started.
pub(crate) fn absolute(value: &Value) -> Result<String, String> {
    let path = Text::read(value)?;
    if path.starts_with('/') {
        Ok(path)
    } else {
        Err(unfit("an absolute path", value))
    }
}

/// A path inside of the container, or on the engine's host.
pub(crate) struct AbsolutePath;

impl Form for AbsolutePath {
    type Field = String;
    const NAME: &'static str = "an absolute path";

    fn read(value: &Value) -> Result<String, String> {
        absolute(value)
    }

    fn show(field: &String) -> Option<Value> {
        Text::show(field)
    }
}

/// A health check that replaces the image's.
pub(crate) struct Check;

impl Form for Check {
    type Field = HealthCheck;
    const NAME: &'static str =
        "a table with `test`, and where wanted `interval`, `timeout`, `retries` and `start_period`";

    fn read(value: &Value) -> Result<HealthCheck, String> {
        let table = value.as_table().ok_or_else(|| expected::<Self>(value))?;
        only_these(
            table,
            &["test", "interval", "timeout", "retries", "start_period"],
        )?;
        let test = Words::read(table.get("test").ok_or("a health check needs a `test`")?)?;
        if !matches!(
            test.first().map(String::as_str),
            Some("CMD" | "CMD-SHELL" | "NONE")
        ) {
            return Err("a health check's `test` begins with CMD, CMD-SHELL or NONE".to_owned());
        }
        let mut check = HealthCheck::new(test);
        check.interval = optional::<Length>(table, "interval")?;
        check.timeout = optional::<Length>(table, "timeout")?;
        check.retries = optional::<Whole<u32>>(table, "retries")?;
        check.start_period = optional::<Length>(table, "start_period")?;
        Ok(check)
    }

    fn show(field: &HealthCheck) -> Option<Value> {
        let parts = [
            ("test", Words::show(&field.test)),
            ("interval", Maybe::<Length>::show(&field.interval)),
            ("timeout", Maybe::<Length>::show(&field.timeout)),
            ("retries", Maybe::<Whole<u32>>::show(&field.retries)),
            ("start_period", Maybe::<Length>::show(&field.start_period)),
        ];
        let set = parts
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Some(Value::Table(set.collect()))
    }
}

fn optional<F: Form>(table: &Table, name: &str) -> Result<Option<F::Field>, String> {
    table.get(name).map_or(Ok(None), Maybe::<F>::read)
}

fn only_these(table: &Table, known: &[&str]) -> Result<(), String> {
    match table.keys().find(|key| !known.contains(&key.as_str())) {
        None => Ok(()),
        Some(unknown) => Err(nearest::unknown(unknown, known.iter().copied()).to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        let mut table: Table = format!("value = {text}").parse().unwrap();
        table.remove("value").unwrap()
    }

    #[test]
    fn mounts_are_read_and_shown_again() {
        let written = value(
            r#"[{ bind = "/srv", target = "/models", read_only = true },
                { volume = "shared", target = "/shared" },
                { tmpfs = "64MiB", target = "/tmp" },
                { tmpfs = true, target = "/run" }]"#,
        );
        let mounts = Mounts::read(&written).unwrap();
        assert_eq!(mounts[2].source, MountSource::Tmpfs(Some(64 << 20)));
        assert_eq!(Mounts::read(&Mounts::show(&mounts).unwrap()), Ok(mounts));
    }

    #[test]
    fn a_mount_that_makes_no_sense_is_refused_for_its_reason() {
        for (text, reason) in [
            (r#"[{ bind = "srv", target = "/x" }]"#, "absolute path"),
            (
                r#"[{ bind = "/a", volume = "b", target = "/x" }]"#,
                "one of",
            ),
            (r#"[{ bind = "/a" }]"#, "needs a `target`"),
            (
                r#"[{ bind = "/a", tarpet = "/x" }]"#,
                "did you mean `target`?",
            ),
            (r#""/a:/b""#, "a list of mounts"),
        ] {
            let error = Mounts::read(&value(text)).unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }

    #[test]
    fn a_health_check_is_read_and_shown_again() {
        let written = value(r#"{ test = ["CMD", "/ok"], interval = "2s", retries = 3 }"#);
        let check = Check::read(&written).unwrap();
        assert_eq!(Check::show(&check), Some(written));
        assert!(Check::read(&value(r#"{ test = ["/ok"] }"#)).is_err());
    }

    #[test]
    fn choices_are_read_and_shown_again() {
        for text in ["none", "running", "healthy", "tcp", "http:/health?deep=1"] {
            let readiness = Ready::read(&text.into()).unwrap();
            assert_eq!(Ready::show(&readiness), Some(text.into()));
        }
        for text in ["no", "on-failure", "on-failure:3", "unless-stopped"] {
            let policy = Restarts::read(&text.into()).unwrap();
            assert_eq!(Restarts::show(&policy), Some(text.into()));
        }
        for text in ["\"all\"", "2", "[\"GPU-1\"]"] {
            let gpus = GpuChoice::read(&value(text)).unwrap();
            assert_eq!(GpuChoice::show(&gpus), Some(value(text)));
        }
        for wrong in ["http:", "http://host/", "ready"] {
            assert!(Ready::read(&wrong.into()).is_err(), "{wrong}");
        }
        assert!(Restarts::read(&"always".into()).is_err());
    }
}
