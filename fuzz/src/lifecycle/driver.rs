//! Drives a `Lifecycle` as drivers do, and as they must not; and watches it.

use std::collections::{BTreeMap, BTreeSet};
use std::iter;
use std::time::Duration;

use arbitrary::Unstructured;
use portreeve_core::command::{Command, Reply, UserPage};
use portreeve_core::effect::{Effect, EngineEffect, IssuedEffect};
use portreeve_core::error::ApiMisuse;
use portreeve_core::event::EventsFrom;
use portreeve_core::id::{EffectId, RequestId};
use portreeve_core::lifecycle::{Lifecycle, Output};
use portreeve_core::outcome::{EngineEvent, EngineOutcome, Outcome, ProbeOutcome, StoreOutcome};
use portreeve_core::seed::Seed;
use portreeve_core::settings::Settings;
use portreeve_core::time::Instant;
use portreeve_core::user::UserId;
use portreeve_wire::docker::{self, ApiVersion};
use portreeve_wire::store::postgres;

use super::effort::Effort;
use super::lies;
use super::settings::settings;
use super::world::{World, needs_lease};

/// How often its deadlines are met at one moment before it turns on the spot.
const AT_ONCE: usize = 100;
/// How often its deadlines are met at most until all are answered.
const TURNS: usize = 20_000;
/// How much later than its own timeout an effect is given up.
const GIVE_UP_AFTER: Duration = Duration::from_secs(2);

pub(super) struct Driver {
    settings: Settings,
    /// Whether its times are such as somebody would wait for.
    in_time: bool,
    lifecycle: Lifecycle,
    world: World,
    now: Instant,
    deadline: Option<Instant>,
    /// What was handed out and not answered, with when it was.
    pending: BTreeMap<EffectId, (IssuedEffect, Instant)>,
    /// Of those, what was carried out already.
    arrived: BTreeSet<EffectId>,
    /// Of those, what need not be carried out any more.
    abandoned: BTreeSet<EffectId>,
    watch: Option<EffectId>,
    last_effect: EffectId,
    asked: BTreeMap<RequestId, Command>,
    effort: Effort,
    tokens: BTreeSet<String>,
    transcript: Vec<String>,
}

impl Driver {
    pub(super) fn new(bytes: &mut Unstructured) -> arbitrary::Result<Self> {
        let (settings, in_time) = settings(bytes)?;
        let lifecycle = Lifecycle::new(
            settings.clone(),
            Seed::predictable(bytes.arbitrary()?),
            Instant::ORIGIN,
        );
        let mut driver = Self {
            world: World::new(&settings),
            settings,
            in_time,
            lifecycle,
            now: Instant::ORIGIN,
            deadline: None,
            pending: BTreeMap::new(),
            arrived: BTreeSet::new(),
            abandoned: BTreeSet::new(),
            watch: None,
            last_effect: EffectId(0),
            asked: BTreeMap::new(),
            effort: Effort::default(),
            tokens: BTreeSet::new(),
            transcript: Vec::new(),
        };
        driver.drain();
        Ok(driver)
    }

    /// All that came out of it.
    pub(super) fn into_transcript(self) -> Vec<String> {
        for line in &self.transcript {
            let shown = self.tokens.iter().find(|token| line.contains(*token));
            assert!(shown.is_none(), "a token is shown: {line}");
        }
        self.transcript
    }

    pub(super) fn command(&mut self, command: Command) {
        let request = self
            .lifecycle
            .handle_command(self.now, command.clone())
            .expect("time runs forwards");
        assert!(self.asked.insert(request, command).is_none());
        self.drain();
    }

    /// Somebody waits no longer, or never did.
    pub(super) fn cancel(&mut self, which: u8) {
        let which = usize::from(which);
        let request = match self.asked.keys().nth(which) {
            Some(request) => *request,
            None => RequestId(u64::MAX),
        };
        self.asked.remove(&request);
        self.lifecycle
            .handle_cancel(self.now, request)
            .expect("time runs forwards");
        self.drain();
    }

    /// The effect of that number, of those that may be carried out.
    fn nth(&self, which: u8) -> Option<IssuedEffect> {
        let waits = |(id, _): &(&EffectId, _)| !self.arrived.contains(id);
        let waiting: Vec<_> = self.pending.iter().filter(waits).collect();
        let (_, (issued, _)) = waiting.get(usize::from(which) % waiting.len().max(1))?;
        Some(issued.clone())
    }

    /// Carries an effect out and tells what came of it.
    pub(super) fn answer_truly(&mut self, which: u8) {
        if let Some(issued) = self.nth(which) {
            self.carry_out(&issued);
        }
    }

    pub(super) fn answer_all_truly(&mut self) {
        for _ in 0..AT_ONCE {
            match self.nth(0) {
                Some(issued) => self.carry_out(&issued),
                None => return,
            }
        }
    }

    fn carry_out(&mut self, issued: &IssuedEffect) {
        let late = issued.fence.not_after.is_some_and(|until| until < self.now);
        if late && matches!(issued.effect, Effect::Engine(_)) {
            return self.tell(issued.id, Outcome::Engine(EngineOutcome::Expired));
        }
        if let Some(outcome) = self.world.carry_out(issued) {
            self.tell(issued.id, outcome);
        } else {
            self.arrived.insert(issued.id);
            if let Effect::Engine(EngineEffect::Watch { .. }) = issued.effect {
                self.watch = Some(issued.id);
                self.lifecycle
                    .handle_event(self.now, issued.id, EngineEvent::Opened)
                    .expect("it was handed out");
                self.drain();
            }
        }
        self.hear_world();
    }

    /// Nobody knows whether an effect took hold; and perhaps it did.
    pub(super) fn answer_unclearly(&mut self, bytes: &mut Unstructured) -> arbitrary::Result<()> {
        if let Some(issued) = self.nth(bytes.arbitrary()?) {
            if bytes.arbitrary()? {
                self.world.carry_out(&issued);
            }
            self.tell(issued.id, unclear(&issued.effect));
            self.hear_world();
        }
        Ok(())
    }

    /// Tells of an effect what isn't so.
    pub(super) fn lie(&mut self, bytes: &mut Unstructured) -> arbitrary::Result<()> {
        if let Some(issued) = self.nth(bytes.arbitrary()?) {
            let outcome = lies::outcome(&issued.effect, bytes)?;
            self.tell(issued.id, outcome);
        }
        Ok(())
    }

    fn tell(&mut self, effect: EffectId, outcome: Outcome) {
        self.pending.remove(&effect);
        self.arrived.remove(&effect);
        self.lifecycle
            .handle_outcome(self.now, effect, outcome)
            .expect("it was handed out, and can be answered so");
        self.drain();
    }

    /// What the world answers and tells by now.
    fn hear_world(&mut self) {
        for (effect, outcome) in self.world.advance(self.now) {
            // One that was told otherwise meanwhile is not told again.
            if self.pending.contains_key(&effect) {
                self.tell(effect, outcome);
            }
        }
        let events = self.world.events();
        if let Some(watch) = self.watch.filter(|watch| self.pending.contains_key(watch)) {
            for event in events {
                self.lifecycle
                    .handle_event(self.now, watch, event)
                    .expect("it is open");
                self.drain();
            }
        }
    }

    /// An event that the engine didn't tell, under the number of whatever is under way.
    pub(super) fn tell_anything(&mut self, bytes: &mut Unstructured) -> arbitrary::Result<()> {
        let event = lies::event(bytes)?;
        let watches = self.pending.iter().filter(|(_, (issued, _))| {
            matches!(issued.effect, Effect::Engine(EngineEffect::Watch { .. }))
        });
        let watch = watches.map(|(id, _)| *id).next_back();
        if let Some(watch) = watch {
            self.lifecycle
                .handle_event(self.now, watch, event)
                .expect("it was handed out");
            self.drain();
        }
        Ok(())
    }

    /// Breaks a rule of the verbs: that is told, and changes nothing.
    pub(super) fn misuse(&mut self, bytes: &mut Unstructured) -> arbitrary::Result<()> {
        let before = format!("{:?}", self.lifecycle);
        let now = self.now;
        let unknown = EffectId(self.last_effect.0 + 1);
        let event = lies::event(bytes)?;
        match bytes.int_in_range(0..=3u8)? {
            0 if now > Instant::ORIGIN => {
                let past = now.before(Duration::from_micros(1));
                let misuse = self.lifecycle.handle_time(past);
                assert_eq!(
                    misuse,
                    Err(ApiMisuse::TimeWentBack {
                        now: past,
                        before: now
                    })
                );
            }
            1 => {
                let outcome = Outcome::Probe(ProbeOutcome::Passed);
                let misuse = self.lifecycle.handle_outcome(now, unknown, outcome);
                assert_eq!(misuse, Err(ApiMisuse::UnknownEffect(unknown)));
            }
            2 => {
                let misuse = self.lifecycle.handle_event(now, unknown, event);
                assert_eq!(misuse, Err(ApiMisuse::UnknownEffect(unknown)));
            }
            _ => {
                let Some(issued) = self.nth(bytes.arbitrary()?) else {
                    return Ok(());
                };
                // One that was given up is of no more interest, whatever comes of it.
                let (_, sent) = self.pending[&issued.id];
                let given_up = sent.after(issued.timeout).after(GIVE_UP_AFTER) <= now;
                if given_up || self.abandoned.contains(&issued.id) {
                    return Ok(());
                }
                let misuse =
                    self.lifecycle
                        .handle_outcome(now, issued.id, of_another_kind(&issued.effect));
                assert_eq!(misuse, Err(ApiMisuse::WrongOutcome(issued.id)));
                if !matches!(issued.effect, Effect::Engine(EngineEffect::Watch { .. })) {
                    let misuse = self.lifecycle.handle_event(now, issued.id, event);
                    assert_eq!(misuse, Err(ApiMisuse::WrongOutcome(issued.id)));
                }
            }
        }
        assert!(
            before == format!("{:?}", self.lifecycle),
            "misuse changed something"
        );
        Ok(())
    }

    /// Somebody else does something on the engine.
    pub(super) fn meddle(&mut self, bytes: &mut Unstructured) -> arbitrary::Result<()> {
        self.world.meddle(bytes)?;
        self.hear_world();
        Ok(())
    }

    pub(super) fn pass(&mut self, time: Duration) {
        // Times near the end of the clock are no times that a machine will see.
        let end = Instant::from_micros(u64::MAX / 4);
        self.now = self.now.after(time).min(end).max(self.now);
        self.hear_world();
        self.meet_deadlines();
    }

    pub(super) fn pass_to_deadline(&mut self) {
        if let Some(deadline) = self.deadline {
            self.pass(deadline.since(self.now));
        }
    }

    /// Tells the time until there is nothing left to do at this moment.
    fn meet_deadlines(&mut self) {
        for _ in 0..AT_ONCE {
            self.lifecycle
                .handle_time(self.now)
                .expect("time runs forwards");
            self.drain();
            if self.deadline.is_none_or(|deadline| deadline > self.now) {
                return;
            }
        }
        panic!("it turns on the spot at {:?}", self.now);
    }

    pub(super) fn close(&mut self) {
        self.lifecycle
            .handle_close(self.now)
            .expect("time runs forwards");
        self.drain();
    }

    /// The process ends, and another takes its place.
    pub(super) fn begin_anew(&mut self, seed: u8) {
        self.lifecycle = Lifecycle::new(
            self.settings.clone(),
            Seed::predictable([seed; 32]),
            self.now,
        );
        self.pending.clear();
        self.arrived.clear();
        self.abandoned.clear();
        self.watch = None;
        self.last_effect = EffectId(0);
        self.asked.clear();
        self.effort = Effort::default();
        self.drain();
    }

    /// No outcome comes any more: in time, all are answered all the same.
    pub(super) fn nothing_more_happens(&mut self) {
        let turns = if self.in_time { TURNS } else { AT_ONCE };
        for _ in 0..turns {
            if self.asked.is_empty() {
                return;
            }
            let deadline = self.deadline.expect("somebody waits for ever");
            self.now = self.now.max(deadline);
            self.meet_deadlines();
        }
        assert!(!self.in_time, "never answered: {:?}", self.asked);
    }

    fn drain(&mut self) {
        loop {
            let output = self.lifecycle.poll();
            self.transcript.push(format!("{output:?}"));
            match output {
                Output::Effect(issued) => self.take(issued),
                Output::Reply(request, reply) => {
                    let command = self.asked.remove(&request);
                    let command = command.expect("it was asked, and not answered before");
                    assert!(answers(&command, &reply), "{command:?}: {reply:?}");
                    self.effort.answered(&reply);
                }
                Output::Progress(..) => {}
                Output::Looped(mistake) => panic!("{mistake:?}"),
                Output::Abandon(effect) => {
                    self.abandoned.insert(effect);
                    self.watch.take_if(|watch| *watch == effect);
                }
                Output::Idle(deadline) => {
                    self.deadline = deadline.map(|deadline| deadline.at);
                    return;
                }
            }
        }
    }

    fn take(&mut self, issued: IssuedEffect) {
        assert!(issued.id > self.last_effect, "the number was used before");
        self.last_effect = issued.id;
        if let Effect::Engine(effect) = &issued.effect {
            // Whatever is asked can be said.
            let _ = docker::request(effect, ApiVersion::new(1, 41));
            assert!(
                !needs_lease(effect) || issued.fence.not_after.is_some(),
                "under no lease: {issued:?}"
            );
            assert!(
                effect.only_looks() || issued.fence.engine.is_some(),
                "a change on whichever engine: {issued:?}"
            );
            self.effort.note(self.now, effect);
            if let EngineEffect::Create(spec) = effect {
                let token = spec
                    .environment
                    .iter()
                    .find(|(name, _)| name == "AGENT_TOKEN");
                let token = token.map(|(_, value)| value.reveal().to_owned());
                // One that was adopted may be any text.
                self.tokens.extend(token.filter(|token| token.len() == 43));
            }
        }
        if let Effect::Store(effect) = &issued.effect {
            assert!(!postgres::statements(effect).is_empty());
        }
        self.pending.insert(issued.id, (issued, self.now));
    }
}

fn unclear(effect: &Effect) -> Outcome {
    Outcome::unclear(effect, "the answer was lost")
}

fn of_another_kind(effect: &Effect) -> Outcome {
    match effect {
        Effect::Engine(_) => Outcome::Store(StoreOutcome::Done),
        Effect::Store(_) => Outcome::Probe(ProbeOutcome::Passed),
        Effect::Probe(_) => Outcome::Engine(EngineOutcome::Done),
    }
}

/// Whether it tells of users after that one, in order and of each once, and goes on behind them.
fn is_page_after(page: &UserPage, after: Option<&UserId>) -> bool {
    let told = page.users.iter().map(|status| Some(&status.user));
    let all: Vec<_> = iter::once(after).chain(told).collect();
    let goes_on = page.next.as_ref().is_none_or(|next| {
        let next = Some(next);
        next > after && all.iter().all(|user| *user <= next)
    });
    goes_on && all.windows(2).all(|two| two[0] < two[1])
}

/// Whether that is an answer to the command at all.
fn answers(command: &Command, reply: &Reply) -> bool {
    match reply {
        Reply::Failed(_) => true,
        Reply::Ensured(endpoint) => match command {
            Command::Ensure(user) | Command::Restart(user) => endpoint.user == *user,
            _ => false,
        },
        Reply::Stopped(_) => matches!(command, Command::Stop(_)),
        Reply::Touched(_) => matches!(command, Command::Touch(_)),
        Reply::Status(status) => matches!(command, Command::Status(user) if status.user == *user),
        Reply::LogSource(source) => {
            matches!(command, Command::LogSource(user) if source.user == *user)
        }
        Reply::Listed(page) => match command {
            Command::List { after, .. } | Command::ListRunning { after, .. } => {
                is_page_after(page, after.as_ref())
            }
            _ => false,
        },
        Reply::Reaped(_) => matches!(command, Command::Reap),
        Reply::Health(_) => matches!(command, Command::Health),
        Reply::Repaired(_) => matches!(command, Command::Repair { .. }),
        Reply::Purged(_) => matches!(command, Command::Purge(_)),
        Reply::Rotated(_) => matches!(command, Command::Rotate(_)),
        Reply::Rekeyed(_) => matches!(command, Command::Rekey),
        Reply::Adopted(adopted) => matches!(command, Command::Adopt(user) if adopted.user == *user),
        Reply::Events(page) => {
            matches!(command, Command::Events { from: EventsFrom::After(after), .. } if *after <= page.next)
        }
        Reply::IdleLimited(_) => matches!(command, Command::LimitIdle(..)),
        _ => panic!("no command is answered by {reply:?}"),
    }
}
