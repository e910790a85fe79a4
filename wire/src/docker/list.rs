//! A list of containers, read as it comes, and whether it is whole.

use std::collections::BTreeSet;

use portreeve_core::effect::Scope;
use portreeve_core::id::ContainerId;
use portreeve_core::label;
use portreeve_core::observed::Observed;
use portreeve_core::outcome::EngineOutcome;
use serde_json::Value;

use super::container::{from_entry, listed_name, text};
use super::dialect::Dialect;
use super::entries::{Reader, Take};
use super::outcome::unreadable;
use super::size;
use crate::json::Malformed;
use crate::json::sieve::{self, Needed};
use crate::json::split::{Entries, Entry};
use crate::text::one_line;

/// What is read of a container.
const NEEDED: Needed = Needed::Members(&[
    ("Id", Needed::Scalar),
    ("Names", Needed::Each(&Needed::Scalar)),
    ("State", Needed::Scalar),
    ("Status", Needed::Scalar),
    ("Health", Needed::Members(&[("Status", Needed::Scalar)])),
    ("Labels", Needed::Keyed(label::is_ours, &Needed::Scalar)),
    (
        "Ports",
        Needed::Each(&Needed::Members(&[("PublicPort", Needed::Scalar)])),
    ),
    (
        "NetworkSettings",
        Needed::Members(&[("Networks", Needed::Keyed(|_| true, &Needed::Scalar))]),
    ),
]);

/// A list of containers, as far as it can be read.
#[derive(Debug)]
pub(super) struct List<'e> {
    dialect: Dialect,
    /// Where it was asked for by labels, a container whose labels aren't told may be anybody's.
    by_labels: bool,
    /// Those that were asked for: engines compare labels whole, and ids by their beginnings.
    ids: Option<BTreeSet<&'e ContainerId>>,
    /// An entry without an id can't be asked about or acted upon, and is left out; any other is here,
    /// however odd.
    containers: Vec<Observed>,
    /// The first of those that couldn't be read, fit to be shown.
    unread: Option<String>,
    /// How many couldn't be read beside that one.
    others_unread: usize,
}

/// Reads a list that was asked for so, in the words of whoever answers.
pub(super) fn reader(scope: &Scope, dialect: Dialect) -> Reader<List<'_>> {
    let (by_labels, ids) = match scope {
        Scope::Installation(_) | Scope::User(..) => (true, None),
        Scope::Ids(ids) => (false, Some(ids.iter().collect())),
    };
    let list = List {
        dialect,
        by_labels,
        ids,
        containers: Vec::new(),
        unread: None,
        others_unread: 0,
    };
    Reader::new(Entries::Array, size::OF_ONE, list)
}

/// What the list says, now that it has ended.
pub(super) fn outcome(list: Reader<List<'_>>) -> EngineOutcome {
    match list.finish() {
        (list, Ok(())) => list.outcome(),
        (_, Err(_)) => unreadable("the answer"),
    }
}

impl Take for List<'_> {
    fn take(&mut self, entry: Entry<'_>) -> Result<(), Malformed> {
        let entry = match entry {
            Entry::Whole(entry) => sieve::read(entry, &NEEDED)?,
            Entry::TooLong { beginning, length } => {
                let beginning = sieve::read_beginning(beginning, &NEEDED);
                let called = called(&beginning);
                self.leave_out(&format!("{called} is described in {length} bytes"));
                return Ok(());
            }
        };
        let Some(container) = from_entry(&entry, self.dialect) else {
            self.leave_out(&format!("{} has no id", called(&entry)));
            return Ok(());
        };
        if self.by_labels && !entry["Labels"].is_object() {
            self.leave_out(&format!("{} has no labels", called(&entry)));
        }
        let wanted = |ids: &BTreeSet<&ContainerId>| ids.contains(&container.id);
        if self.ids.as_ref().is_none_or(wanted) {
            self.containers.push(container);
        }
        Ok(())
    }
}

impl List<'_> {
    /// Notes what of the list couldn't be read.
    fn leave_out(&mut self, what: &str) {
        if self.unread.is_some() {
            self.others_unread += 1;
        } else {
            self.unread = Some(one_line(what));
        }
    }

    fn outcome(self) -> EngineOutcome {
        let containers = self.containers;
        match (self.unread, self.others_unread) {
            (None, _) => EngineOutcome::Listed(containers),
            (Some(unread), 0) => EngineOutcome::ListedInPart { unread, containers },
            (Some(first), others) => EngineOutcome::ListedInPart {
                unread: one_line(&format!("{first}, and {others} more are unreadable")),
                containers,
            },
        }
    }
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
    use portreeve_core::id::InstallationId;
    use portreeve_core::observed::ContainerState;
    use serde_json::json;

    use super::*;

    fn read(answer: &[u8], piece: usize) -> List<'static> {
        const EVERYBODYS: Scope = Scope::Installation(InstallationId::from_bytes([1; 16]));
        let mut reader = reader(&EVERYBODYS, Dialect::Docker);
        for piece in answer.chunks(piece) {
            reader.feed(piece);
        }
        let (list, read) = reader.finish();
        read.unwrap();
        list
    }

    fn ids(list: &List) -> Vec<String> {
        let ids = list.containers.iter().map(|container| &container.id);
        ids.map(|id| id.as_str().to_owned()).collect()
    }

    #[test]
    fn one_odd_container_never_spoils_a_list() {
        let answer = json!([
            {"Id": "1", "Names": ["/a"], "State": "running", "Labels": {}},
            {"Names": ["/no-id"]},
            {"Id": "2", "Names": null, "State": 7, "Status": {}, "Labels": [], "Ports": "x", "Health": 1},
            "text", null, [], 7,
            {"Id": "3"},
        ]);
        let list = read(answer.to_string().as_bytes(), usize::MAX);
        assert_eq!(ids(&list), ["1", "2", "3"]);
        assert_eq!(
            list.containers[1].state,
            ContainerState::Unknown("none told".into())
        );
        assert_eq!(list.unread.as_deref(), Some("no-id has no id"));
        assert_eq!(list.others_unread, 6);
        let empty = read(b"null", 1);
        assert!(empty.containers.is_empty() && empty.unread.is_none());
    }

    /// Labels as long as a description may be, and longer: the one is read, the other left out.
    #[test]
    fn a_container_with_more_labels_than_are_read_costs_itself_alone() {
        // In the order in which Docker tells it.
        let labelled = |id: &str, name: &str, length: usize| {
            let labels = json!({"a": "x".repeat(length), "portreeve.user": "u"});
            format!(r#"{{"Id":"{id}","Names":["/{name}"],"Labels":{labels},"State":"running"}}"#)
        };
        let entries = [
            labelled("1", "before", 1),
            labelled("2", "long", size::OF_ONE / 2),
            labelled("3", "longer", size::OF_ONE),
            labelled("4", "after", 1),
        ];
        let answer = format!("[{}]", entries.join(","));
        for piece in [10_000, usize::MAX] {
            let list = read(answer.as_bytes(), piece);
            assert_eq!(ids(&list), ["1", "2", "4"]);
            let unread = list.unread.unwrap();
            assert!(
                unread.starts_with("longer is described in 8388"),
                "{unread}"
            );
            assert_eq!(list.others_unread, 0);
        }
    }
}
