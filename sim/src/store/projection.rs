//! What of a store's state decides how it goes on, for explorations that are to meet each state
//! once.

use portreeve_core::projection::{Project, Projection};
use portreeve_core::record::Intent;

use super::Store;
use super::table::Entry;

impl Project for Store {
    fn project(&self, out: &mut Projection) {
        for (name, id) in &self.engines {
            name.as_str().project(out);
            id.project(out);
        }
        out.by_user(
            self.tenancies.after(None).map(|entry| (&entry.user, entry)),
            |entry, out| {
                self.claim_of(entry).project(out);
                entry.project(out);
            },
        );
        for ports in self.ports.values() {
            for (port, rests_until) in ports.idle() {
                port.project(out);
                out.due(rests_until);
            }
        }
        for (name, lock) in &self.locks {
            name.project(out);
            lock.owner.project(out);
            out.due(lock.until);
        }
    }
}

impl Project for Entry {
    fn project(&self, out: &mut Projection) {
        self.version.project(out);
        self.lease.is_some().project(out);
        if let Some((owner, until)) = self.lease {
            owner.project(out);
            out.due(until);
        }
        self.last_active.project(out);
        if self.last_active.is_none() {
            self.created_at.project(out);
        }
        // Those that are stopped are in an order by it.
        if self.body.intent == Intent::Stopped {
            self.changed_at.project(out);
        }
        if let Some(at) = self.retry_at {
            out.due(at);
        }
        self.body.project(out);
    }
}
