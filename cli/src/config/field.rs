//! A key of the configuration: its name, what it means, and how it gets in and out.

use std::collections::BTreeMap;

use toml::Value;

/// One key that sets something in a `T`.
pub(super) struct Field<T> {
    /// Its name, with dots.
    pub(super) name: &'static str,
    /// What its values look like.
    pub(super) form: &'static str,
    /// What it means.
    pub(super) doc: &'static str,
    /// How it gets in and out.
    pub(super) access: Access<T>,
}

/// How a key's value gets into a `T` and out again.
pub(super) enum Access<T> {
    /// It is one value.
    Value {
        /// Takes a new value.
        set: fn(&mut T, &Value) -> Result<(), String>,
        /// Shows the value in force; `None` where it is not set.
        show: fn(&T) -> Option<Value>,
    },
    /// It is a table whose keys are free; each is a value of its own, and `false` takes one away.
    Entries(
        fn(&mut T) -> &mut BTreeMap<String, String>,
        fn(&T) -> &BTreeMap<String, String>,
    ),
}

/// A [`Field`] over the place in the struct that it sets.
macro_rules! field {
    ($name:literal, $($place:ident).+, $form:ty, $doc:literal) => {
        $crate::config::field::Field {
            name: $name,
            form: <$form as $crate::config::form::Form>::NAME,
            doc: $doc,
            access: $crate::config::field::Access::Value {
                set: |target, value| {
                    target.$($place).+ = <$form as $crate::config::form::Form>::read(value)?;
                    Ok(())
                },
                show: |target| <$form as $crate::config::form::Form>::show(&target.$($place).+),
            },
        }
    };
}

/// A [`Field`] over a table whose keys are free.
macro_rules! entries {
    ($name:literal, $($place:ident).+, $doc:literal) => {
        $crate::config::field::Field {
            name: $name,
            form: "a table of texts; `false` takes a default away",
            doc: $doc,
            access: $crate::config::field::Access::Entries(
                |target| &mut target.$($place).+,
                |target| &target.$($place).+,
            ),
        }
    };
}

pub(super) use {entries, field};
