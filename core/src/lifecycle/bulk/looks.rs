//! Containers that are looked at one by one, since a list tells too little of them.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::string::String;
use alloc::vec::Vec;

use crate::id::ContainerId;
use crate::observed::Observed;
use crate::projection::project;

/// So many are looked at side by side. Engines answer a look within milliseconds, and have others to serve.
const SIDE_BY_SIDE: usize = 16;

/// Which are still to be looked at, and which are being.
#[derive(Clone, Default, Debug)]
pub(crate) struct Looks {
    due: VecDeque<ContainerId>,
    under_way: BTreeSet<ContainerId>,
    /// Those of which a look told nothing. They are looked at once more, after all others.
    failed: Vec<FailedLook>,
    are_second: bool,
    /// What the list told of them all.
    listed: Vec<Observed>,
}

project!(struct Looks { due, under_way, failed, are_second, listed });

/// A look that told nothing of a container.
#[derive(Clone, Debug)]
struct FailedLook {
    at: ContainerId,
    /// What was heard in its place.
    why: String,
}

project!(struct FailedLook { at, why: left_out });

/// Containers of which no look told anything.
#[derive(Default, Debug)]
pub(crate) struct Unseen {
    /// What the list told of them.
    pub listed: Vec<Observed>,
    /// What was heard when they were looked at.
    pub why: BTreeMap<ContainerId, String>,
}

impl Looks {
    /// Looks at these, of which the list told so much, if anything.
    pub(crate) fn at(due: BTreeSet<ContainerId>, listed: Vec<Observed>) -> Self {
        Self {
            due: due.into_iter().collect(),
            listed,
            ..Self::default()
        }
    }

    /// The one that is to be looked at now, unless enough are.
    pub(crate) fn next(&self) -> Option<&ContainerId> {
        let is_room = self.under_way.len() < SIDE_BY_SIDE;
        self.due.front().filter(|_| is_room)
    }

    /// The next one is being looked at.
    pub(crate) fn begin_next(&mut self) {
        self.under_way.extend(self.due.pop_front());
    }

    /// The look told all there is to tell.
    pub(crate) fn end(&mut self, at: &ContainerId) {
        self.under_way.remove(at);
    }

    /// The look is to be had again, however often it was.
    pub(crate) fn put_back(&mut self, at: &ContainerId) {
        self.due.extend(self.under_way.take(at));
    }

    /// The look told nothing, but for these words.
    pub(crate) fn fail(&mut self, at: &ContainerId, why: String) {
        if let Some(at) = self.under_way.take(at) {
            self.failed.push(FailedLook { at, why });
        }
    }

    /// Once all were looked at: has those looked at again of whom nothing was told; false if there are
    /// none, or if they were.
    pub(crate) fn begin_second(&mut self) -> bool {
        let is_time = self.due.is_empty() && self.under_way.is_empty() && !self.are_second;
        if !is_time || self.failed.is_empty() {
            return false;
        }
        self.are_second = true;
        self.due = self.failed.drain(..).map(|failed| failed.at).collect();
        true
    }

    pub(crate) fn are_over(&self) -> bool {
        let is_left = !self.failed.is_empty() && !self.are_second;
        self.due.is_empty() && self.under_way.is_empty() && !is_left
    }

    /// Those of which nothing was told, once all is over.
    pub(crate) fn unseen(&mut self) -> Unseen {
        let failed = self.failed.drain(..);
        let why: BTreeMap<_, _> = failed.map(|failed| (failed.at, failed.why)).collect();
        let mut listed = core::mem::take(&mut self.listed);
        listed.retain(|observed| why.contains_key(&observed.id));
        Unseen { listed, why }
    }
}

#[cfg(test)]
mod tests {
    use alloc::format;
    use alloc::string::ToString;

    use super::*;

    fn looks(count: usize) -> Looks {
        let ids = (0..count).map(|number| ContainerId::new(format!("{number:02}")));
        Looks::at(ids.collect(), Vec::new())
    }

    /// Begins as many as may be under way.
    fn begun(looks: &mut Looks) -> Vec<ContainerId> {
        let mut begun = Vec::new();
        while let Some(id) = looks.next().cloned() {
            looks.begin_next();
            begun.push(id);
        }
        begun
    }

    #[test]
    fn no_more_than_so_many_are_looked_at_side_by_side() {
        let mut looks = looks(40);
        let mut under_way = begun(&mut looks);
        assert_eq!(under_way.len(), SIDE_BY_SIDE);
        let mut ended = 0;
        while let Some(id) = under_way.pop() {
            assert!(!looks.are_over());
            looks.end(&id);
            ended += 1;
            under_way.extend(begun(&mut looks));
            assert!(under_way.len() <= SIDE_BY_SIDE);
        }
        assert!(looks.are_over());
        assert_eq!(ended, 40);
    }

    #[test]
    fn what_tells_nothing_is_looked_at_twice_after_all_others_and_then_told_of() {
        let mut looks = looks(3);
        let all = begun(&mut looks);
        looks.fail(&all[0], "broken".to_string());
        assert!(!looks.begin_second());
        looks.end(&all[1]);
        looks.put_back(&all[2]);
        assert_eq!(begun(&mut looks), all[2..]);
        looks.end(&all[2]);
        assert!(!looks.are_over());
        assert!(looks.begin_second());
        assert_eq!(begun(&mut looks), all[..1]);
        looks.fail(&all[0], "broken still".to_string());
        assert!(!looks.begin_second() && looks.are_over());
        let why = BTreeMap::from([(all[0].clone(), "broken still".to_string())]);
        assert_eq!(looks.unseen().why, why);
    }
}
