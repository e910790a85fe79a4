//! Writing what a run has come to, and giving the lease back.

use super::failure::failure_of;
use crate::effect::PortChange;
use crate::lifecycle::context::Context;
use crate::lifecycle::decision::facts::ContainerFact;
use crate::lifecycle::decision::step::{Commit, Fault};
use crate::lifecycle::tenancy::aim::{Aim, Rotation};
use crate::lifecycle::tenancy::current::CurrentContainer;
use crate::lifecycle::tenancy::state::Tenancy;
use crate::record::{Body, Intent};

impl Tenancy {
    /// True if the run has failed instead.
    pub(crate) fn commit(&mut self, cx: &mut Context, commit: Commit) -> bool {
        if commit == Commit::Adopted {
            return self.commit_adopted(cx);
        }
        let Some((expect, mut body)) = self.as_it_is(cx) else {
            return false;
        };
        let container = self.container(cx);
        let gone = matches!(container, ContainerFact::Absent | ContainerFact::Foreign);
        let frees = self.come_to(cx, commit, container, &mut body);
        if matches!(self.current_container, CurrentContainer::Made(_)) {
            body.template_generation = cx.settings.generation;
        }
        let first = self
            .record(cx.now)
            .is_some_and(|record| record.last_active.is_none());
        let touch = commit == Commit::Running && (self.counts() || first);
        if commit == Commit::Rotated {
            self.renew_token(cx, expect, &mut body);
        }
        let mut put = self.plain_put(cx, expect, body);
        if frees && gone {
            put.port = self.freed_port(cx);
        }
        put.touch = touch;
        let id = self.put(cx, put);
        if commit == Commit::Rotated
            && let Some(run) = &mut self.run
        {
            run.aim = Aim::Rotate(Rotation::Writing(id));
        }
        if commit == Commit::Flapped {
            self.note_flapped();
        }
        false
    }

    /// Puts into the record what it has come to; whether the claim is given up where there is no
    /// container any more.
    fn come_to(
        &self,
        cx: &Context,
        commit: Commit,
        container: ContainerFact,
        body: &mut Body,
    ) -> bool {
        let current = || self.current(cx).map(|observed| observed.id.clone());
        let run = self.run.as_ref();
        match commit {
            Commit::Running => {
                body.intent = Intent::Running;
                body.container = current();
                if !run.is_some_and(|run| run.flapped) {
                    body.failure = None;
                }
                false
            }
            Commit::Stopped | Commit::Rotated | Commit::Adopted => {
                body.intent = Intent::Stopped;
                body.container = current();
                true
            }
            Commit::Flapped => {
                body.intent = Intent::Stopped;
                body.container = current();
                let error = self.error_of(cx, Fault::Crashed);
                body.failure = error.and_then(|error| failure_of(&error, body.failure.take()));
                false
            }
            Commit::Undone => {
                // Whatever may run, or can't be told, stays what it was called.
                if matches!(
                    container,
                    ContainerFact::Absent
                        | ContainerFact::Foreign
                        | ContainerFact::Idle
                        | ContainerFact::Broken
                ) {
                    body.intent = Intent::Stopped;
                }
                let verdict = run.and_then(|run| run.verdict.as_ref());
                if let Some((error, _)) = verdict {
                    body.failure = failure_of(error, body.failure.take());
                }
                verdict.is_some()
            }
        }
    }

    /// A claim is for a container. Where there is none any more, the port is free for others after
    /// a rest: whoever still has the old URL must not meet somebody else's container there.
    pub(super) fn freed_port(&self, cx: &Context) -> PortChange {
        let timing = &cx.settings.timing;
        let port = self.record(cx.now).and_then(|record| record.port);
        let Some(port) = port else {
            return PortChange::Keep;
        };
        let rest = if self.is_bad(port, cx.now) {
            timing.quarantine
        } else {
            // Nobody has been met there since it was stopped.
            let stopped_for = self.run.as_ref().map(|run| run.aim.stopped_for());
            timing.rest.saturating_sub(stopped_for.unwrap_or_default())
        };
        PortChange::Free { rest }
    }

    /// Writes that what was found under the user's names is the user's.
    fn commit_adopted(&mut self, cx: &mut Context) -> bool {
        let found = match self.adoptable(cx) {
            Ok(found) => found,
            Err(error) => {
                self.fail(error, cx.answer_by());
                return true;
            }
        };
        if !self.store_slot.is_free(cx.now) {
            return false;
        }
        let known = self.as_it_is(cx);
        let (expect, mut body) = known.unwrap_or_else(|| self.first_body(cx));
        body.intent = Intent::Stopped;
        body.adopted = true;
        body.failure = None;
        body.container = None;
        let mut port = PortChange::Keep;
        if let Some(found) = found {
            self.seal_token(cx, expect, &mut body, &found.token);
            body.container = Some(found.container);
            body.names.volume = found.volume;
            if found.runs {
                body.intent = Intent::Running;
            }
            port = match found.port {
                Some(port) => PortChange::Take(port),
                None => self.freed_port(cx),
            };
        }
        let mut put = self.plain_put(cx, expect, body);
        put.port = port;
        put.touch = true;
        self.put(cx, put);
        false
    }
}
