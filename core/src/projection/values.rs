//! How small values are written.

use alloc::boxed::Box;
use alloc::collections::{BTreeSet, VecDeque};
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use super::{GRAIN, Number, Project, Projection, index};
use crate::id::{
    ContainerId, ControllerId, EffectId, EngineId, Port, RecordId, RequestId, Revision,
};
use crate::time::{Instant, Timestamp};
use crate::user::UserId;

macro_rules! numbers {
    ($($number:ty),*) => { $(
        impl Project for $number {
            fn project(&self, out: &mut Projection) {
                out.word(u64::from(*self));
            }
        }
    )* };
}

numbers!(bool, u16, u32, u64);

impl Project for usize {
    fn project(&self, out: &mut Projection) {
        out.word(*self as u64);
    }
}

impl Project for i64 {
    fn project(&self, out: &mut Projection) {
        out.word(self.cast_unsigned());
    }
}

impl Project for Port {
    fn project(&self, out: &mut Projection) {
        out.word(u64::from(self.get()));
    }
}

impl Project for str {
    fn project(&self, out: &mut Projection) {
        out.text(self);
    }
}

impl Project for String {
    fn project(&self, out: &mut Projection) {
        out.text(self);
    }
}

impl Project for Instant {
    fn project(&self, out: &mut Projection) {
        out.moment(*self);
    }
}

impl Project for Timestamp {
    fn project(&self, out: &mut Projection) {
        let at = out.now.before(out.wall.since(*self));
        out.moment(at.after(self.since(out.wall)));
    }
}

impl Project for Duration {
    /// None at all is told from the shortest.
    fn project(&self, out: &mut Projection) {
        let micros = u64::try_from(self.as_micros()).unwrap_or(u64::MAX - GRAIN);
        let steps = (micros + GRAIN / 2) / GRAIN;
        out.word(u64::from(micros > 0) + steps);
    }
}

impl Project for UserId {
    fn project(&self, out: &mut Projection) {
        let rank = out.rank(self);
        out.word(rank);
    }
}

impl Project for EngineId {
    fn project(&self, out: &mut Projection) {
        out.text(self.as_str());
    }
}

impl Project for RecordId {
    fn project(&self, out: &mut Projection) {
        let number = index(&mut out.records, self);
        out.word(number);
    }
}

impl Project for ControllerId {
    fn project(&self, out: &mut Projection) {
        let number = index(&mut out.controllers, self);
        out.word(number);
    }
}

impl Project for ContainerId {
    fn project(&self, out: &mut Projection) {
        let number = index(&mut out.containers, self);
        out.word(number);
    }
}

impl Project for EffectId {
    fn project(&self, out: &mut Projection) {
        let number = out.number(Number::Effect(self.0));
        out.word(number);
    }
}

impl Project for RequestId {
    fn project(&self, out: &mut Projection) {
        let number = out.number(Number::Request(self.0));
        out.word(number);
    }
}

impl Project for Revision {
    fn project(&self, out: &mut Projection) {
        out.word(self.0);
    }
}

impl<T: Project + ?Sized> Project for &T {
    fn project(&self, out: &mut Projection) {
        (*self).project(out);
    }
}

impl<T: Project + ?Sized> Project for Box<T> {
    fn project(&self, out: &mut Projection) {
        (**self).project(out);
    }
}

impl<T: Project> Project for Option<T> {
    fn project(&self, out: &mut Projection) {
        out.word(u64::from(self.is_some()));
        if let Some(some) = self {
            some.project(out);
        }
    }
}

impl<A: Project, B: Project> Project for (A, B) {
    fn project(&self, out: &mut Projection) {
        self.0.project(out);
        self.1.project(out);
    }
}

impl<A: Project, B: Project, C: Project> Project for (A, B, C) {
    fn project(&self, out: &mut Projection) {
        self.0.project(out);
        self.1.project(out);
        self.2.project(out);
    }
}

fn each<'a, T: Project + 'a>(items: impl ExactSizeIterator<Item = &'a T>, out: &mut Projection) {
    out.word(items.len() as u64);
    for item in items {
        item.project(out);
    }
}

impl<T: Project> Project for Vec<T> {
    fn project(&self, out: &mut Projection) {
        each(self.iter(), out);
    }
}

impl<T: Project> Project for BTreeSet<T> {
    fn project(&self, out: &mut Projection) {
        each(self.iter(), out);
    }
}

impl<T: Project> Project for VecDeque<T> {
    fn project(&self, out: &mut Projection) {
        each(self.iter(), out);
    }
}
