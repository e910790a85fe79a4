//! A list of containers, and whether it is whole.

use portreeve_core::observed::Observed;
use serde_json::Value;

use super::container::{from_entry, listed_name, text};

/// A list of containers, as far as it can be read.
#[derive(Default)]
pub(super) struct List {
    /// An entry without an id can't be asked about or acted upon, and is left out; any other is here,
    /// however odd.
    pub(super) containers: Vec<Observed>,
    /// What of it couldn't be read, fit to be shown; empty where it is whole.
    pub(super) unread: Vec<String>,
}

/// Reads a list of containers. Where it was asked for by labels, one whose labels aren't told may be
/// anybody's. `None` if the answer isn't a list.
pub(super) fn from_list(answer: &Value, by_labels: bool) -> Option<List> {
    let entries = match answer {
        // An empty list of some engines.
        Value::Null => return Some(List::default()),
        Value::Array(entries) => entries,
        _ => return None,
    };
    let mut list = List::default();
    for entry in entries {
        let Some(container) = from_entry(entry) else {
            list.unread.push(format!("{} has no id", called(entry)));
            continue;
        };
        if by_labels && !entry["Labels"].is_object() {
            list.unread.push(format!("{} has no labels", called(entry)));
        }
        list.containers.push(container);
    }
    Some(list)
}

/// What people may find an entry by.
fn called(entry: &Value) -> String {
    match (listed_name(&entry["Names"]), text(&entry["Id"])) {
        ("", "") => "an entry".to_string(),
        ("", id) => id.to_string(),
        (name, _) => name.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use portreeve_core::observed::ContainerState;
    use serde_json::json;

    use super::*;

    #[test]
    fn one_odd_container_never_spoils_a_list() {
        let list = json!([
            {"Id": "1", "Names": ["/a"], "State": "running", "Labels": {}},
            {"Id": "2", "Names": null, "State": 7, "Status": {}, "Labels": [], "Ports": "x", "Health": 1},
            {"Names": ["/no-id"]}, "text", null, [], 7,
            {"Id": "3"},
        ]);
        let List { containers, unread } = from_list(&list, true).unwrap();
        let ids: Vec<&str> = containers
            .iter()
            .map(|container| container.id.as_str())
            .collect();
        assert_eq!(ids, ["1", "2", "3"]);
        assert_eq!(
            containers[1].state,
            ContainerState::Unknown("none told".into())
        );
        assert_eq!(
            unread,
            [
                "2 has no labels",
                "no-id has no id",
                "an entry has no id",
                "an entry has no id",
                "an entry has no id",
                "an entry has no id",
                "3 has no labels",
            ]
        );
        assert!(from_list(&json!({"Id": "1"}), true).is_none());
        let empty = from_list(&Value::Null, true).unwrap();
        assert!(empty.containers.is_empty() && empty.unread.is_empty());
    }
}
