//! One trial: a storm, then a calm in which everything must come right.

mod calm;
mod installation;
mod player;

use portreeve_core::time::Instant;
use portreeve_core::user::UserId;

use crate::chance::Chance;
use crate::faults::{Faults, Severity};
use crate::promises::Violation;
use crate::sabotage::Sabotage;
use crate::script::{Script, Shape, storm};
use crate::tally::Tally;
use crate::world::{Config, World};

use calm::Calm;
use installation::Installation;
use player::Player;

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
        let installation = Installation::drawn(&shape, &mut chance);
        let drawn = storm(&shape, &faults, &mut chance);
        let script = self.script.clone().unwrap_or(drawn);
        let users = everybody(&shape, &script);
        let last = script.last().map_or(Instant::ORIGIN, |(at, _)| *at);
        let mut world = World::new(Config {
            seed: self.seed,
            controllers: vec![installation.settings; self.controllers],
            faults,
            image: installation.image,
            habits: installation.habits,
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
