//! What is in force, and where it comes from.

use portreeve_core::settings::Reach;
use portreeve_core::template::Template;
use portreeve_core::user::UserId;
use portreeve_wire::store::StoreAddress;

use crate::configuration::Configuration;
use crate::field::Access;
use crate::keys::{GENERAL, TEMPLATE};
use crate::layers::Origins;
use crate::origin::Origin;
use crate::slot::{entry_name, table_name};

/// One key with its value and where that comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// The key's full name.
    pub key: String,
    /// Its value as it would stand in a file; `None` where it is not set, and `(hidden)` where it may
    /// be a secret.
    pub value: Option<String>,
    /// Where it comes from.
    pub origin: Origin,
}

impl Configuration {
    /// Each key with its value and where that comes from. Of users' own templates, only what differs
    /// from everybody's. Nothing that may be a secret is in it.
    pub fn entries(&self) -> Vec<Entry> {
        entries(self)
    }

    /// The keys whose values hold a secret, or may do so, and that an override set. Where overrides are
    /// what a command line says, whoever lists the processes of the machine reads them. The secrets
    /// themselves aren't in it.
    pub fn secrets_in_overrides(&self) -> Vec<Entry> {
        let in_store = matches!(
            self.store_address(),
            Ok(StoreAddress::Postgres(url)) if url.has_password()
        );
        let is_secret = |entry: &Entry| {
            (entry.key == "store" && in_store) || entry.value.as_deref() == Some(HIDDEN)
        };
        let mut told = self.entries();
        told.retain(|entry| matches!(entry.origin, Origin::Override(_)) && is_secret(entry));
        told
    }
}

/// What stands in the place of a value that may be a secret.
const HIDDEN: &str = "(hidden)";

/// All keys. Of users' own templates, only what differs from everybody's.
fn entries(configuration: &Configuration) -> Vec<Entry> {
    let (values, origins) = (&configuration.values, &configuration.origins);
    let mut entries: Vec<_> = GENERAL
        .iter()
        .filter_map(|field| match &field.access {
            Access::Value { show, .. } => Some((field.name, show(values))),
            Access::Entries(..) => None,
        })
        .map(|(name, value)| {
            let value = value.map(|value| value.to_string());
            entry(
                origins,
                name.to_owned(),
                unset_says(configuration, name, value),
            )
        })
        .collect();
    entries.extend(template_entries(&values.template, None, origins));
    for (user, template) in &values.users {
        let own = template_entries(template, Some(user), origins);
        entries.extend(
            own.into_iter()
                .filter(|entry| entry.origin != Origin::Default),
        );
    }
    entries
}

/// What the engine, the store and the key file are where none is named. The store's address is
/// shown as it shows itself, which is without its password.
fn unset_says(configuration: &Configuration, name: &str, value: Option<String>) -> Option<String> {
    match name {
        "docker_host" => configuration.engine_address().ok().map(quoted).or(value),
        "store" => match configuration.store_address() {
            Ok(address) => Some(quoted(address)),
            Err(_) => value.map(|_| HIDDEN.to_owned()),
        },
        "key_file" => configuration
            .key_file()
            .ok()
            .map(|path| quoted(path.display())),
        "advertised_host" => match (value, configuration.reach()) {
            (None, Ok(Reach::Host { name, .. })) => Some(quoted(name)),
            (value, _) => value,
        },
        _ => value,
    }
}

fn quoted(text: impl std::fmt::Display) -> String {
    toml::Value::String(text.to_string()).to_string()
}

fn template_entries(template: &Template, user: Option<&UserId>, origins: &Origins) -> Vec<Entry> {
    let table = table_name(user);
    let mut entries = Vec::new();
    for field in TEMPLATE {
        match &field.access {
            Access::Value { show, .. } => {
                let value = show(template).map(|value| value.to_string());
                entries.push(entry(origins, format!("{table}.{}", field.name), value));
            }
            Access::Entries(_, of) => {
                for (name, value) in of(template) {
                    let key = entry_name(&table, field.name, name);
                    // Whatever somebody set may be a secret: variables often are.
                    let hide = field.name == "environment" && origins.contains_key(&key);
                    let value = if hide {
                        HIDDEN.to_owned()
                    } else {
                        quoted(value)
                    };
                    entries.push(entry(origins, key, Some(value)));
                }
            }
        }
    }
    entries
}

fn entry(origins: &Origins, key: String, value: Option<String>) -> Entry {
    let origin = origins.get(&key).cloned().unwrap_or(Origin::Default);
    Entry { key, value, origin }
}

#[cfg(test)]
mod tests {
    use crate::directories::Directories;
    use crate::sources::Sources;
    use crate::variables::Variables;

    #[test]
    fn secrets_that_overrides_hold_are_told_by_their_keys_alone() {
        const STORE: &str = "postgres://me:s3cret@db.example/x";
        let variables = Variables::new([
            ("PORTREEVE_STORE", STORE),
            ("PORTREEVE_TEMPLATE_ENVIRONMENT_OTHER", "s3cret"),
        ]);
        let quiet = Sources::new(variables.unwrap(), Directories::default());
        let told = |sources: &Sources| sources.read().unwrap().secrets_in_overrides();
        assert_eq!(told(&quiet), []);
        let loud = quiet
            .clone()
            .set("--store", "store", STORE)
            .assign("--set", "template.environment.API_KEY=s3cret")
            .assign("--set", "network=agents");
        let keys: Vec<_> = told(&loud).into_iter().map(|entry| entry.key).collect();
        assert_eq!(keys, ["store", "template.environment.API_KEY"]);
        assert!(!format!("{:?}", told(&loud)).contains("s3cret"));
        let bare = quiet.set("--store", "store", "postgres://me@db.example/x");
        assert_eq!(told(&bare), []);
    }
}
