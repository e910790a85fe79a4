//! Labels, as the engine takes them, tells them, and looks for them.

use portreeve_core::id::InstallationId;
use portreeve_core::label;
use portreeve_core::user::UserId;
use serde_json::Value;

/// Pairs as a JSON object; the last of equal keys counts.
pub(super) fn to_json(pairs: &[(String, String)]) -> Value {
    Value::Object(
        pairs
            .iter()
            .map(|(key, value)| (key.clone(), Value::from(value.as_str())))
            .collect(),
    )
}

/// Labels by their names, with `None` for a value that is no text.
pub(super) fn pairs(labels: &Value) -> impl Iterator<Item = (&str, Option<&str>)> {
    let labels = labels.as_object().into_iter().flatten();
    labels.map(|(key, value)| (key.as_str(), value.as_str()))
}

/// What a filter has to say to find what bears the installation's label.
pub(super) fn of_installation(installation: InstallationId) -> String {
    format!("{}={installation}", label::INSTALLATION)
}

/// What a filter has to say to find what bears the user's label.
pub(super) fn of_user(user: &UserId) -> String {
    format!("{}={user}", label::USER)
}
