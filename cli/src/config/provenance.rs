//! What is in force, and where it comes from.

use portreeve_api::program::Setting;
use portreeve_core::template::Template;
use portreeve_core::user::UserId;

use super::draft::Draft;
use super::field::Access;
use super::keys::{GENERAL, TEMPLATE};
use super::layers::Sources;
use super::slot::{entry_name, table_name};
use super::source::Source;

/// What stands in the place of a value that may be a secret.
const HIDDEN: &str = "(hidden)";

/// All keys. Of users' own templates, only what differs from everybody's.
pub(super) fn lines(draft: &Draft, sources: &Sources) -> Vec<Setting> {
    let mut lines: Vec<_> = GENERAL
        .iter()
        .filter_map(|field| match &field.access {
            Access::Value { show, .. } => Some((field.name, show(draft))),
            Access::Entries(..) => None,
        })
        .map(|(name, value)| {
            let value = value.map(|value| value.to_string());
            line(sources, name.to_owned(), unset_says(draft, name, value))
        })
        .collect();
    lines.extend(template_lines(&draft.template, None, sources));
    for (user, template) in &draft.users {
        let own = template_lines(template, Some(user), sources);
        lines.extend(own.into_iter().filter(|line| !line.default));
    }
    lines
}

/// What the engine, the store and the key file are where none is named. The store's address is
/// shown as it shows itself, which is without its password.
fn unset_says(draft: &Draft, name: &str, value: Option<String>) -> Option<String> {
    match name {
        "docker_host" => draft.engine_address().ok().map(quoted).or(value),
        "store" => match draft.store_address() {
            Ok(address) => Some(quoted(address)),
            Err(_) => value.map(|_| HIDDEN.to_owned()),
        },
        "key_file" => draft.key_file().ok().map(|path| quoted(path.display())),
        "advertised_host" => match (value, draft.reach()) {
            (None, Ok(portreeve_core::settings::Reach::Host(host))) => Some(quoted(host)),
            (value, _) => value,
        },
        _ => value,
    }
}

fn quoted(text: impl std::fmt::Display) -> String {
    toml::Value::String(text.to_string()).to_string()
}

fn template_lines(template: &Template, user: Option<&UserId>, sources: &Sources) -> Vec<Setting> {
    let table = table_name(user);
    let mut lines = Vec::new();
    for field in TEMPLATE {
        match &field.access {
            Access::Value { show, .. } => {
                let value = show(template).map(|value| value.to_string());
                lines.push(line(sources, format!("{table}.{}", field.name), value));
            }
            Access::Entries(_, of) => {
                for (name, value) in of(template) {
                    let key = entry_name(&table, field.name, name);
                    // Whatever somebody set may be a secret: variables often are.
                    let hide = field.name == "environment" && sources.contains_key(&key);
                    let value = if hide {
                        HIDDEN.to_owned()
                    } else {
                        quoted(value)
                    };
                    lines.push(line(sources, key, Some(value)));
                }
            }
        }
    }
    lines
}

fn line(sources: &Sources, key: String, value: Option<String>) -> Setting {
    let source = sources.get(&key).unwrap_or(&Source::Default);
    Setting {
        value,
        source: source.to_string(),
        default: *source == Source::Default,
        key,
    }
}
