//! The calm after a storm, in which everything must come right.

use std::time::Duration;

use portreeve_core::command::Reply;
use portreeve_core::event::EventsFrom;
use portreeve_core::user::UserId;

use super::player::Player;
use crate::chance::Chance;
use crate::promises::calm::{
    Expected, LONG, events, purged, repaired, served, stopped, stopped_after,
};
use crate::promises::no_active_user_is_reaped::TOLD_WITHIN;
use crate::promises::{a_crash_loses_nothing, every_change_has_its_event, never_stuck};
use crate::world::World;

/// The calm after a storm.
pub(super) struct Calm<'a> {
    pub world: &'a mut World,
    pub player: Player,
    pub users: &'a [UserId],
}

impl Calm<'_> {
    /// A sweep, after which whoever runs the installation removes what it has left to people.
    fn repair(&mut self, which: usize) {
        let reply = self.expect(which, &repaired());
        if let Some(Reply::Repaired(findings)) = reply {
            self.world.remove_told(&findings);
        }
    }

    fn broken(&self) -> bool {
        self.world.violation().is_some()
    }

    pub(super) fn pass(&mut self, chance: &mut Chance) {
        if self.broken() {
            return;
        }
        self.world.calm();
        let longest = (0..self.world.controllers()).map(|which| self.world.patience(which));
        let longest = longest.max().unwrap_or_default();
        self.wait(TOLD_WITHIN);
        self.world.check_told();
        self.wait(longest.saturating_sub(TOLD_WITHIN));
        if let Some((question, (which, command))) = self.player.unanswered.first_key_value() {
            let text = format!(
                "question {} to controller {which}, {command:?}, was never answered",
                question.0
            );
            self.world.break_promise(never_stuck::PROMISE, text);
        }
        self.wait(LONG + self.world.store_lags());
        for which in 0..self.world.controllers() {
            self.repair(which);
        }
        // Removals that a sweep began come to their end, and so do purges that were held up.
        self.wait(Duration::from_secs(30));
        self.repair(0);
        if !self.broken() {
            self.world.check_quiet();
        }
        let mut which = |world: &World| chance.below(world.controllers());
        // There may be fewer ports than users: none can be had while all have containers that run.
        for user in self.users {
            let controller = which(self.world);
            self.expect(controller, &stopped(user));
        }
        for user in self.users {
            let controller = which(self.world);
            self.expect(controller, &served(user));
            let controller = which(self.world);
            self.expect(controller, &stopped_after(user));
        }
        for user in self.users {
            let controller = which(self.world);
            self.expect(controller, &purged(user));
        }
        self.expect_nothing_left();
        self.read_all_events(chance);
    }

    /// Somebody reads the event log from its oldest event to its end, now from this controller, now from that.
    fn read_all_events(&mut self, chance: &mut Chance) {
        let mut from = EventsFrom::Oldest;
        let mut read = Vec::new();
        loop {
            let which = chance.below(self.world.controllers());
            let page = match self.expect(which, &events(from)) {
                Some(Reply::Events(page)) => page,
                // Nothing happens any more: by now all is dropped that is to be.
                Some(_gone) => {
                    from = EventsFrom::Oldest;
                    read.clear();
                    continue;
                }
                None => return,
            };
            read.extend(page.events);
            from = EventsFrom::After(page.next);
            if !page.ask_again_in.is_zero() {
                break;
            }
        }
        // Some of what was read may have been dropped since.
        let kept: Vec<_> = self.world.store().events().cloned().collect();
        if !read.ends_with(&kept) {
            let text = format!("who read all of it was told {} events", read.len());
            self.world
                .break_promise(every_change_has_its_event::PROMISE, text);
        }
    }

    fn wait(&mut self, time: Duration) {
        let until = self.world.now().after(time);
        self.world.run(&mut self.player, until);
    }

    /// Asks, and waits for the answer, which must be a success.
    fn expect(&mut self, which: usize, expected: &Expected) -> Option<Reply> {
        if self.broken() {
            return None;
        }
        let question = self.world.ask(which, expected.command.clone());
        let limit = self.world.now().after(self.world.patience(which));
        while !self.player.answers.contains_key(&question)
            && self.world.now() < limit
            && !self.broken()
        {
            self.wait(Duration::from_millis(200));
        }
        if self.broken() {
            return None;
        }
        let reply = self.player.answers.remove(&question).flatten();
        match expected.judge(which, reply.as_ref()) {
            Ok(()) => reply,
            Err(text) => {
                self.world.break_promise(never_stuck::PROMISE, text);
                None
            }
        }
    }

    fn expect_nothing_left(&mut self) {
        if self.broken() {
            return;
        }
        let ours = |container: &&crate::engine::Container| container.labels().is_some();
        let containers = self.world.engine().containers().filter(ours).count();
        let volumes = self.world.volumes_left();
        let (records, claims) = (self.world.store().len(), self.world.store().claimed());
        if containers + volumes + records + claims > 0 {
            let text = format!(
                "everybody was purged, and there are {containers} containers, {volumes} volumes, {records} records and {claims} claims"
            );
            self.world
                .break_promise(a_crash_loses_nothing::PROMISE, text);
        }
    }
}
