//! What is going to happen, in the order of time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use portreeve_core::time::Instant;

/// What is going to happen, and when. Of two things at one moment, that comes first which was
/// noted first.
#[derive(Clone, Debug)]
pub(super) struct Agenda<T> {
    heap: BinaryHeap<Reverse<Item<T>>>,
    noted: u64,
}

#[derive(Clone, Debug)]
struct Item<T> {
    at: Instant,
    number: u64,
    happening: T,
}

impl<T> Agenda<T> {
    pub(super) fn new() -> Self {
        Self {
            heap: BinaryHeap::new(),
            noted: 0,
        }
    }

    pub(super) fn note(&mut self, at: Instant, happening: T) {
        self.noted += 1;
        let number = self.noted;
        self.heap.push(Reverse(Item {
            at,
            number,
            happening,
        }));
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.heap.peek().map(|Reverse(item)| item.at)
    }

    pub(super) fn take(&mut self) -> Option<(Instant, T)> {
        self.heap
            .pop()
            .map(|Reverse(item)| (item.at, item.happening))
    }
}

impl<T> PartialEq for Item<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.at, self.number) == (other.at, other.number)
    }
}

impl<T> Eq for Item<T> {}

impl<T> PartialOrd for Item<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Item<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}
