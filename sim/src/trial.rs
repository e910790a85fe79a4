//! One trial: a storm, then a calm in which everything must come right.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use portreeve_core::command::{Command, Reply};
use portreeve_core::settings::{Settings, Upkeep};
use portreeve_core::time::Instant;
use portreeve_core::token::{Key, Keyring};
use portreeve_core::user::UserId;

use crate::chance::Chance;
use crate::engine::{Image, OnTerm, Personality, Program};
use crate::faults::{Faults, Severity};
use crate::promises::Violation;
use crate::sabotage::Sabotage;
use crate::script::{Input, Script, Shape, storm};
use crate::tally::Tally;
use crate::world::{Answer, Config, Host, QuestionId, World};

/// Everything a trial is made of. The seed decides what isn't given.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The seed.
    pub seed: u64,
    /// How bad it gets.
    pub severity: Severity,
    /// What is wrong on purpose.
    pub sabotage: Option<Sabotage>,
    /// How many controllers there are.
    pub controllers: usize,
    /// What is asked for and done, instead of what the seed decides.
    pub script: Option<Script>,
}

/// What came of a trial.
#[derive(Debug)]
pub struct Result {
    /// The promise that was broken, if one was.
    pub violation: Option<Violation>,
    /// What was asked for and done.
    pub script: Script,
    /// What was counted.
    pub tally: Tally,
    /// All that happened, if it was to be noted down.
    pub trace: String,
}

impl Trial {
    /// One with three controllers and heavy faults.
    pub fn of(seed: u64) -> Self {
        Self {
            seed,
            severity: Severity::Heavy,
            sabotage: None,
            controllers: 3,
            script: None,
        }
    }

    /// Runs it to its end, or until a promise is broken.
    pub fn run(&self, traced: bool) -> Result {
        let mut chance = Chance::of(self.seed);
        let mut shape = Shape::drawn(&mut chance);
        shape.controllers = self.controllers;
        let faults = Faults::drawn(self.severity, &mut chance);
        let settings = settings(&shape, &mut chance);
        let image = image(&settings.template.image, &mut chance);
        let drawn = storm(&shape, &faults, &mut chance);
        let script = self.script.clone().unwrap_or(drawn);
        let users = everybody(&shape, &script);
        let last = script.last().map_or(Instant::ORIGIN, |(at, _)| *at);
        let mut world = World::new(Config {
            seed: self.seed,
            controllers: vec![settings; self.controllers],
            faults,
            image,
            sabotage: self.sabotage,
            traced,
        });
        let mut player = Player::of(script.clone());
        world.run(&mut player, last.max(Instant::ORIGIN.after(shape.lasts)));
        let mut calm = Calm {
            world: &mut world,
            player,
            users: &users,
        };
        calm.pass(&mut chance);
        Result {
            violation: world.violation().cloned(),
            script,
            tally: world.tally().clone(),
            trace: world.trace().text().to_owned(),
        }
    }
}

/// Who is there, and whoever else is asked for.
fn everybody(shape: &Shape, script: &Script) -> Vec<UserId> {
    let mut users = shape.users.clone();
    for (_, input) in script {
        let asked = input.user().filter(|user| !users.contains(user));
        users.extend(asked.cloned());
    }
    users
}

/// Small limits and short times, so that much happens in little time.
fn settings(shape: &Shape, chance: &mut Chance) -> Settings {
    let mut settings = Settings::new(Keyring::new(Key::new(&[7; 32].into()), Vec::new()));
    settings.ports = shape.ports;
    settings.idle_limit = shape.idle_limit;
    settings.limits.starting = 1 + u32::try_from(chance.below(4)).unwrap_or(0);
    let often = |chance: &mut Chance| {
        let every = chance.time(Duration::from_secs(2), Duration::from_secs(30));
        chance.happens(0.6).then_some(every)
    };
    settings.upkeep = Upkeep {
        watch: chance.happens(0.6),
        sweep: often(chance),
        reap: often(chance),
    };
    settings.readiness = match chance.below(4) {
        0 => portreeve_core::settings::Readiness::None,
        1 => portreeve_core::settings::Readiness::Tcp,
        _ => portreeve_core::settings::Readiness::Running,
    };
    settings.timing.pull = Duration::from_secs(60);
    settings.timing.grace = chance.time(Duration::from_secs(1), Duration::from_secs(12));
    settings.timing.rest = chance.time(Duration::from_millis(100), Duration::from_secs(10));
    settings.timing.quarantine = chance.time(Duration::from_secs(1), Duration::from_secs(20));
    settings
}

fn image(name: &str, chance: &mut Chance) -> Image {
    let after = chance.time(Duration::ZERO, Duration::from_secs(3));
    let on_term = match chance.below(3) {
        0 => OnTerm::Ignores,
        1 => OnTerm::Ends { after, code: 0 },
        _ => OnTerm::Ends {
            after: Duration::from_millis(20),
            code: 143,
        },
    };
    let personality = Personality {
        listens_after: Some(chance.time(Duration::ZERO, Duration::from_secs(2))),
        on_term,
        ..Personality::default()
    };
    Image {
        program: Program::Plain(std::sync::Arc::new(personality)),
        ..Image::new(name)
    }
}

/// Plays a script, and keeps account of what isn't answered.
#[derive(Debug)]
struct Player {
    script: VecDeque<(Instant, Input)>,
    unanswered: BTreeMap<QuestionId, (usize, Command)>,
    answers: BTreeMap<QuestionId, Option<Reply>>,
}

impl Player {
    fn of(script: Script) -> Self {
        Self {
            script: script.into(),
            unanswered: BTreeMap::new(),
            answers: BTreeMap::new(),
        }
    }
}

impl Host for Player {
    fn next(&self) -> Option<Instant> {
        self.script.front().map(|(at, _)| *at)
    }

    fn act(&mut self, world: &mut World) {
        let Some((_, input)) = self.script.pop_front() else {
            return;
        };
        let (question, which, command) = match input {
            Input::Deed(deed) => return world.disturb(&deed),
            Input::Ask(which, command) => {
                let which = which % world.controllers();
                (world.ask(which, command.clone()), which, command)
            }
            Input::AskFor(which, command, patience) => {
                let which = which % world.controllers();
                (
                    world.ask_for(which, command.clone(), patience),
                    which,
                    command,
                )
            }
        };
        self.unanswered.insert(question, (which, command));
    }

    fn answered(&mut self, _world: &mut World, answer: &Answer) {
        if self.unanswered.remove(&answer.question).is_none() {
            self.answers.insert(answer.question, answer.reply.clone());
        }
    }
}

/// Longer than any lease, backoff or rest.
const LONG: Duration = Duration::from_secs(400);

/// The calm after a storm.
struct Calm<'a> {
    world: &'a mut World,
    player: Player,
    users: &'a [UserId],
}

impl Calm<'_> {
    fn broken(&self) -> bool {
        self.world.violation().is_some()
    }

    fn pass(&mut self, chance: &mut Chance) {
        if self.broken() {
            return;
        }
        self.world.calm();
        let longest = (0..self.world.controllers()).map(|which| self.world.patience(which));
        let longest = longest.max().unwrap_or_default();
        self.wait(longest);
        if let Some((question, (which, command))) = self.player.unanswered.first_key_value() {
            let text = format!(
                "question {} to controller {which}, {command:?}, was never answered",
                question.0
            );
            self.world.break_promise("Never stuck", text);
        }
        self.wait(LONG);
        for which in 0..self.world.controllers() {
            self.expect(which, &Command::Repair { dry_run: false }, |reply| {
                matches!(reply, Reply::Repaired(_))
            });
        }
        // Removals that a sweep began come to their end.
        self.wait(Duration::from_secs(30));
        if !self.broken() {
            self.world.check_quiet();
        }
        let mut which = |world: &World| chance.below(world.controllers());
        // There may be fewer ports than users: none can be had while all have containers that run.
        for user in self.users {
            let controller = which(self.world);
            self.expect(controller, &Command::Stop(user.clone()), |reply| {
                matches!(reply, Reply::Stopped(_))
            });
        }
        for user in self.users {
            let controller = which(self.world);
            self.expect(controller, &Command::Ensure(user.clone()), |reply| {
                matches!(reply, Reply::Ensured(_))
            });
            let controller = which(self.world);
            self.expect(
                controller,
                &Command::Stop(user.clone()),
                |reply| matches!(reply, Reply::Stopped(stopped) if stopped.known),
            );
        }
        for user in self.users {
            let controller = which(self.world);
            self.expect(controller, &Command::Purge(user.clone()), |reply| {
                *reply == Reply::Purged(true)
            });
        }
        self.expect_nothing_left();
    }

    fn wait(&mut self, time: Duration) {
        let until = self.world.now().after(time);
        self.world.run(&mut self.player, until);
    }

    /// Asks, and waits for the answer, which must be a success.
    fn expect(&mut self, which: usize, command: &Command, well: impl Fn(&Reply) -> bool) {
        if self.broken() {
            return;
        }
        let question = self.world.ask(which, command.clone());
        let limit = self.world.now().after(self.world.patience(which));
        while !self.player.answers.contains_key(&question)
            && self.world.now() < limit
            && !self.broken()
        {
            self.wait(Duration::from_millis(200));
        }
        if self.broken() {
            return;
        }
        match self.player.answers.remove(&question) {
            Some(Some(reply)) if well(&reply) => {}
            Some(Some(reply)) => {
                let text = format!(
                    "all was well, and controller {which} answered {command:?} with {reply:?}"
                );
                self.world.break_promise("Never stuck", text);
            }
            Some(None) | None => {
                let text =
                    format!("all was well, and controller {which} didn't answer {command:?}");
                self.world.break_promise("Never stuck", text);
            }
        }
    }

    fn expect_nothing_left(&mut self) {
        if self.broken() {
            return;
        }
        let ours = |container: &&crate::engine::Container| container.labels().is_some();
        let containers = self.world.engine().containers().filter(ours).count();
        let volumes = self.world.engine().volumes().count();
        let (records, claims) = (self.world.store().len(), self.world.store().claimed());
        if containers + volumes + records + claims > 0 {
            let text = format!(
                "everybody was purged, and there are {containers} containers, {volumes} volumes, {records} records and {claims} claims"
            );
            self.world.break_promise("A crash loses nothing", text);
        }
    }
}
