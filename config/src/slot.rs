//! Finds the place that a key's value goes to.

use portreeve_core::template::Template;
use portreeve_core::user::UserId;
use toml::Value;

use crate::error::WrongKey;
use crate::field::{Access, Field};
use crate::keys::{GENERAL, TEMPLATE, TEMPLATE_TABLE, USERS_TABLE, names};
use crate::nearest;
use crate::values::Values;

/// The place that a key's value goes to.
#[derive(Clone)]
pub(crate) enum Slot {
    /// A key that holds for the installation.
    General(&'static Field<Values>),
    /// A key of a template.
    Template {
        /// Whose, if it isn't everybody's.
        user: Option<UserId>,
        /// Which key.
        field: &'static Field<Template>,
        /// Which entry, where the key is a table whose keys are free.
        entry: Option<String>,
    },
}

/// What a path of keys leads to.
pub(crate) enum Found {
    /// A value's place.
    Slot(Slot),
    /// A table that holds further keys.
    Table,
}

/// Where a path of keys leads; else, what is wrong with it.
pub(crate) fn find(path: &[&str]) -> Result<Found, WrongKey> {
    match path {
        [] | [USERS_TABLE | TEMPLATE_TABLE] => Ok(Found::Table),
        [USERS_TABLE, user, rest @ ..] => {
            let user = UserId::new(*user)?;
            find_template(Some(&user), rest)
        }
        [TEMPLATE_TABLE, rest @ ..] => find_template(None, rest),
        _ => find_general(path),
    }
}

/// The value's place that a path of keys leads to; else, what is wrong with it.
pub(crate) fn find_slot(path: &[&str]) -> Result<Slot, WrongKey> {
    match find(path)? {
        Found::Slot(slot) => Ok(slot),
        Found::Table => Err(WrongKey::Table {
            table: path.join("."),
        }),
    }
}

fn find_general(path: &[&str]) -> Result<Found, WrongKey> {
    let name = path.join(".");
    if let Some(field) = GENERAL.iter().find(|field| field.name == name) {
        return Ok(Found::Slot(Slot::General(field)));
    }
    let is_table = |field: &Field<Values>| {
        field
            .name
            .strip_prefix(&name)
            .is_some_and(|rest| rest.starts_with('.'))
    };
    if GENERAL.iter().any(is_table) {
        return Ok(Found::Table);
    }
    let known: Vec<_> = names().collect();
    let same_end = known
        .iter()
        .find(|known| known.rsplit('.').next() == path.last().copied());
    match same_end {
        Some(nearest) => Err(WrongKey::Unknown {
            key: name,
            nearest: Some(nearest.clone()),
        }),
        None => Err(nearest::unknown(
            &name,
            known.iter().map(String::as_str).chain([USERS_TABLE]),
        )),
    }
}

fn find_template(user: Option<&UserId>, rest: &[&str]) -> Result<Found, WrongKey> {
    let Some((name, below)) = rest.split_first() else {
        return Ok(Found::Table);
    };
    let known = || TEMPLATE.iter().map(|field| field.name);
    let field = TEMPLATE
        .iter()
        .find(|field| field.name == *name)
        .ok_or_else(|| nearest::unknown(name, known()))?;
    let slot = |entry: Option<&str>| {
        Found::Slot(Slot::Template {
            user: user.cloned(),
            field,
            entry: entry.map(str::to_owned),
        })
    };
    match (&field.access, below) {
        (Access::Value { .. }, []) => Ok(slot(None)),
        (Access::Entries(..), []) => Ok(Found::Table),
        (Access::Entries(..), [entry]) => Ok(slot(Some(entry))),
        (_, [below, ..]) => Err(WrongKey::Below {
            key: (*below).to_owned(),
            above: (*name).to_owned(),
        }),
    }
}

impl Slot {
    /// The full name of the key.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::General(field) => field.name.to_owned(),
            Self::Template { user, field, entry } => {
                let table = table_name(user.as_ref());
                match entry {
                    Some(entry) => entry_name(&table, field.name, entry),
                    None => format!("{table}.{}", field.name),
                }
            }
        }
    }

    /// Whose template it belongs to, if it isn't everybody's.
    pub(crate) fn user(&self) -> Option<&UserId> {
        match self {
            Self::General(_) => None,
            Self::Template { user, .. } => user.as_ref(),
        }
    }

    /// Puts a value into its place.
    pub(crate) fn set(&self, values: &mut Values, value: &Value) -> Result<(), String> {
        match self {
            Self::General(field) => match &field.access {
                Access::Value { set, .. } => set(values, value),
                Access::Entries(of, _) => set_entry(of(values), field.name, value),
            },
            Self::Template { user, field, entry } => {
                let template = match user {
                    Some(user) => {
                        let everybodys = &values.template;
                        values
                            .users
                            .entry(user.clone())
                            .or_insert_with(|| everybodys.clone())
                    }
                    None => &mut values.template,
                };
                match &field.access {
                    Access::Value { set, .. } => set(template, value),
                    Access::Entries(of, _) => {
                        set_entry(of(template), entry.as_deref().unwrap_or_default(), value)
                    }
                }
            }
        }
    }
}

/// The table that a template's keys stand in.
pub(crate) fn table_name(user: Option<&UserId>) -> String {
    match user {
        Some(user) => format!("{USERS_TABLE}.{}", quoted(user.as_str())),
        None => TEMPLATE_TABLE.to_owned(),
    }
}

/// The full name of an entry.
pub(crate) fn entry_name(table: &str, field: &str, entry: &str) -> String {
    let is_bare = !entry.is_empty()
        && entry
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if is_bare {
        format!("{table}.{field}.{entry}")
    } else {
        format!("{table}.{field}.{}", quoted(entry))
    }
}

fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}

fn set_entry(
    entries: &mut std::collections::BTreeMap<String, String>,
    name: &str,
    value: &Value,
) -> Result<(), String> {
    match value {
        Value::String(text) => {
            entries.insert(name.to_owned(), text.clone());
            Ok(())
        }
        Value::Boolean(false) => {
            entries.remove(name);
            Ok(())
        }
        // Not shown: it may be a secret that lacks its quotes.
        _ => Err("expected text in quotes, or `false` to take a default away".to_owned()),
    }
}
