//! The promises, checked while the world goes on.
//!
//! They observe what truly happened ([`Occurrence`]), not what any controller knows of it, and know
//! nothing of how the core decides. What is true of a state is checked whenever that part of the state
//! changes; what is true of answers, with each answer; what is true only when things are quiet, by
//! [`when_quiet`](Promises::when_quiet).
//!
//! Each promise has a file, which holds its rule. Two worlds are held to it: the simulation's, by
//! [`Promises`], and the model checker's small ones. Most promises remember nothing that doesn't follow
//! from the world itself ([`Timeless`]), so both have the same observer. Four need times: how long ago
//! somebody was active, asked, began to stop or had a purge. The simulation remembers them as they were,
//! over days; a model checker can't, since its states would be as many as there are moments, and gives the
//! same rules the little that its scenes need to know.
//!
//! [`calm`] is what has to come right in both once nothing goes wrong any more.
//!
//! | promise | checked |
//! |---|---|
//! | 1 [`one_port_one_container`] | whenever a claim, or a container bound to a port, comes or goes |
//! | 2 [`yours_only`] | with each answer, and each write that names a volume |
//! | 3 [`one_container_per_user`] | when quiet |
//! | 4 [`never_stuck`] | with each answer and when quiet; the calm after a storm does the rest |
//! | 5 [`no_active_user_is_reaped`] | with each claim of a stop; a minute into the calm after a storm, whether the store was told of what was pending |
//! | 6 [`no_state_lost`] | with each volume that is removed, and each adoption |
//! | 7 [`the_token_stays`] | with each write, each container, each answer |
//! | 8 [`a_crash_loses_nothing`] | with each stop and removal that takes hold: none is of a container that runs for its user by now; the calm after a storm does the rest: everybody can be started and stopped |
//! | 9 [`what_is_not_ours_is_left_alone`] | with each change that is asked of the engine, and each repair |
//! | 10 [`shutting_down_stops_nothing`] | with each claim of a stop |
//! | 11 [`the_right_engine`] | with each effect that reaches another one; what would be concluded from it breaks others |
//! | 12 [`bounded_effort`] | with each change that a controller asks of the engine |
//! | 13 [`every_change_has_its_event`] | with each write, and each part of the event log that is answered; in the calm, by one who reads all of it |

pub mod a_crash_loses_nothing;
mod belongings;
pub mod bounded_effort;
pub mod calm;
pub mod every_change_has_its_event;
mod ledger;
pub mod never_stuck;
pub mod no_active_user_is_reaped;
pub mod no_state_lost;
pub mod one_container_per_user;
pub mod one_port_one_container;
pub mod shutting_down_stops_nothing;
pub mod the_right_engine;
pub mod the_token_stays;
mod timeless;
mod verdict;
pub mod what_is_not_ours_is_left_alone;
pub mod yours_only;

use std::fmt;
use std::time::Duration;

use portreeve_core::command::{Command, Finding, Reply};
use portreeve_core::effect::{EngineEffect, Put, StoreEffect};
use portreeve_core::id::InstallationId;
use portreeve_core::outcome::{EngineOutcome, StoreOutcome};
use portreeve_core::settings::Settings;
use portreeve_core::time::Instant;

use belongings::Belongings;
use bounded_effort::Effort;
use every_change_has_its_event::EventLog;
use never_stuck::Standstills;
use no_active_user_is_reaped::Activity;

use crate::occurrence::{Occurrence, Sight};

pub use ledger::{Ledger, Lost, Made, Origin, TOKEN};
pub use timeless::Timeless;
pub use verdict::{Broken, Verdict, breaks};

/// A promise that was broken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation {
    /// When.
    pub at: Instant,
    /// Which.
    pub promise: &'static str,
    /// How.
    pub text: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at {:?}: {}: {}", self.at, self.promise, self.text)
    }
}

/// All promises, with what they remember of a world that goes on for long.
#[derive(Debug)]
pub struct Promises {
    violation: Option<Violation>,
    installation: InstallationId,
    timeless: Timeless,
    standstills: Standstills,
    activity: Activity,
    belongings: Belongings,
    effort: Effort,
    event_log: EventLog,
}

impl Promises {
    /// What is checked for an installation with controllers that are to behave like this.
    pub fn new(installation: InstallationId, controllers: &[Settings]) -> Self {
        Self {
            violation: None,
            installation,
            timeless: Timeless::new(controllers),
            standstills: Standstills::new(controllers),
            activity: Activity::new(controllers),
            belongings: Belongings::new(controllers),
            effort: Effort::default(),
            event_log: EventLog::default(),
        }
    }

    /// The one that was broken first, if one was.
    pub fn violation(&self) -> Option<&Violation> {
        self.violation.as_ref()
    }

    /// Notes that a promise is broken, unless one was before.
    pub fn break_with(&mut self, at: Instant, promise: &'static str, text: String) {
        self.violation
            .get_or_insert(Violation { at, promise, text });
    }

    fn judge(&mut self, at: Instant, verdict: Result<(), Broken>) {
        if let Err(Broken { promise, text }) = verdict {
            self.break_with(at, promise, text);
        }
    }

    /// The containers that were made on a controller's word, or adopted.
    pub fn ledger(&self) -> &Ledger {
        self.timeless.ledger()
    }

    /// Something has happened.
    pub(crate) fn observe(&mut self, sight: Sight<'_>, occurrence: Occurrence<'_>) {
        let verdict = self
            .timeless
            .observe(sight, occurrence)
            .and_then(|()| self.observe_over_time(sight, occurrence));
        self.judge(sight.now, verdict);
    }

    /// What goes by times, too.
    fn observe_over_time(
        &mut self,
        sight: Sight<'_>,
        occurrence: Occurrence<'_>,
    ) -> Result<(), Broken> {
        let now = sight.now;
        match occurrence {
            Occurrence::Asked {
                controller,
                command,
            } => {
                self.activity.asked(controller, command);
                self.belongings.asked(now, controller, command);
            }
            Occurrence::Answered {
                controller,
                command,
                asked_at,
                reply,
            } => return self.answered(now, controller, (command, asked_at), reply),
            Occurrence::Stored {
                controller,
                effect,
                outcome,
            } => {
                self.event_log
                    .stored(effect, outcome, sight.store)
                    .map_err(breaks(every_change_has_its_event::PROMISE))?;
                return self.stored(now, controller, effect, outcome, sight);
            }
            Occurrence::TakenIn { effect } => {
                return self.changed(sight, effect, &EngineOutcome::Done);
            }
            Occurrence::CarriedOut {
                effect, outcome, ..
            } => return self.changed(sight, effect, outcome),
            Occurrence::Frozen { controller, until } => {
                self.standstills.frozen(now, controller, until);
            }
            Occurrence::StoreClockSet { forward } => {
                self.activity.clock_set_forward(now, forward);
                self.belongings.clock_set(now, sight.store);
            }
            Occurrence::StoreFailedOver => self.failed_over(sight),
            // A minute of its own has passed.
            Occurrence::HostClockForward(controller) => self.effort.gone(controller),
            Occurrence::Gone(controller) => self.gone(now, controller),
            Occurrence::Sent { controller, effect } => {
                self.activity
                    .sent(controller, effect)
                    .map_err(breaks(no_active_user_is_reaped::PROMISE))?;
                return self
                    .effort
                    .sent(now, controller, effect, self.timeless.ledger())
                    .map_err(breaks(bounded_effort::PROMISE));
            }
            Occurrence::CarriedOutElsewhere { .. }
            | Occurrence::Engine(_)
            | Occurrence::EngineBack
            | Occurrence::Heard { .. }
            | Occurrence::Closing(_) => {}
        }
        Ok(())
    }

    fn answered(
        &mut self,
        now: Instant,
        controller: usize,
        asked: (&Command, Instant),
        reply: &Reply,
    ) -> Result<(), Broken> {
        let (command, _) = asked;
        self.activity.answered(now, controller, asked, reply);
        self.belongings.answered(now, controller, command);
        self.effort.answered(controller, command, reply);
        self.event_log
            .answered(command, reply)
            .map_err(breaks(every_change_has_its_event::PROMISE))?;
        self.standstills
            .answered(now, controller, asked)
            .map_err(breaks(never_stuck::PROMISE))
    }

    fn failed_over(&mut self, sight: Sight<'_>) {
        self.event_log.failed_over(sight.store);
        self.activity.failed_over(sight.now, sight.store);
        self.belongings.failed_over(sight.now, sight.store);
    }

    /// A controller has ended.
    fn gone(&mut self, now: Instant, controller: usize) {
        self.belongings.gone(now, controller);
        self.standstills.gone(controller);
        self.activity.gone(now, controller);
        self.effort.gone(controller);
    }

    fn stored(
        &mut self,
        now: Instant,
        controller: usize,
        effect: &StoreEffect,
        outcome: &StoreOutcome,
        sight: Sight<'_>,
    ) -> Result<(), Broken> {
        match (effect, outcome) {
            (StoreEffect::Put(put), StoreOutcome::Stored { .. }) => self.put(now, controller, put),
            (StoreEffect::Touch { .. }, StoreOutcome::Touched(touches)) => {
                self.activity
                    .touched(touches.iter().map(|(user, touch)| (user, touch)));
                Ok(())
            }
            (StoreEffect::Delete { user, .. }, StoreOutcome::Done)
                if sight.store.record(user).is_none() =>
            {
                self.activity.deleted(user);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn put(&mut self, now: Instant, controller: usize, put: &Put) -> Result<(), Broken> {
        if put.body.adopted {
            self.belongings.adopted(now, put);
        }
        self.activity
            .put(now, controller, put)
            .map_err(breaks(no_active_user_is_reaped::PROMISE))
    }

    fn changed(
        &mut self,
        sight: Sight<'_>,
        effect: &EngineEffect,
        outcome: &EngineOutcome,
    ) -> Result<(), Broken> {
        let ledger = self.timeless.ledger();
        if let (EngineEffect::Create(spec), EngineOutcome::Created(id)) = (effect, outcome) {
            let volume = sight.engine.volume(&spec.volume);
            self.belongings
                .mounted(sight.now, id, spec, volume, ledger)?;
        }
        self.belongings
            .changed(sight.now, effect, outcome, (ledger, sight.store))
    }

    /// A repair has told what it found.
    pub(crate) fn check_findings(&mut self, sight: Sight<'_>, findings: &[Finding]) {
        let world = (sight.engine, sight.store);
        let verdict = what_is_not_ours_is_left_alone::check_findings(
            findings,
            self.installation,
            self.timeless.ledger(),
            world,
        );
        let verdict = verdict.map_err(breaks(what_is_not_ours_is_left_alone::PROMISE));
        self.judge(sight.now, verdict);
    }

    /// All is quiet, and a sweep has run: what has to be so then?
    pub fn when_quiet(&mut self, sight: Sight<'_>) {
        let verdict = self.timeless.when_quiet(sight);
        self.judge(sight.now, verdict);
    }

    /// All controllers have reached the store for a while.
    pub fn when_told(&mut self, at: Instant) {
        let verdict = self.activity.when_told();
        let verdict = verdict.map_err(breaks(no_active_user_is_reaped::PROMISE));
        self.judge(at, verdict);
    }

    /// Whether a user has left that volume for one that was adopted: nobody removes it then.
    pub fn is_abandoned(&self, volume: &str) -> bool {
        self.belongings.is_abandoned(volume)
    }

    /// This long a question to that controller may take, beside the time it stands still.
    pub fn patience(&self, controller: usize) -> Duration {
        self.standstills.patience(controller)
    }
}
