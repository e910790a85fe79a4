//! A key of the configuration: its name, what it means, and how it gets in and out.

use std::collections::BTreeMap;

use toml::Value;

/// One key that sets something in a `T`.
pub(crate) struct Field<T> {
    /// Its name, with dots.
    pub(crate) name: &'static str,
    /// What its values look like.
    pub(crate) form: &'static str,
    /// What it means.
    pub(crate) doc: &'static str,
    /// How it gets in and out.
    pub(crate) access: Access<T>,
}

/// How a key's value gets into a `T` and out again.
pub(crate) enum Access<T> {
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
        $crate::field::Field {
            name: $name,
            form: <$form as $crate::form::Form>::NAME,
            doc: $doc,
            access: $crate::field::Access::Value {
                set: |target, value| {
                    target.$($place).+ = <$form as $crate::form::Form>::read(value)?;
                    Ok(())
                },
                show: |target| <$form as $crate::form::Form>::show(&target.$($place).+),
            },
        }
    };
}

/// A [`Field`] over a table whose keys are free.
macro_rules! entries {
    ($name:literal, $($place:ident).+, $doc:literal) => {
        $crate::field::Field {
            name: $name,
            form: "a table of texts; `false` takes a default away",
            doc: $doc,
            access: $crate::field::Access::Entries(
                |target| &mut target.$($place).+,
                |target| &target.$($place).+,
            ),
        }
    };
}

pub(crate) use {entries, field};
