//! A scene: a small world, what is asked for in it, and what may go wrong.

use std::time::Duration;

use portreeve_core::command::Command;
use portreeve_core::id::{Port, PortRange};
use portreeve_core::settings::{Reach, Settings};
use portreeve_core::template::Template;
use portreeve_core::token::{Key, Keyring};
use portreeve_core::user::UserId;
use portreeve_sim::engine::{Habits, HealthCheck, Personality};
use portreeve_sim::sabotage::Sabotage;

/// A small world. Everything that may happen in it does, in every order.
#[derive(Clone, Debug)]
pub struct Scene {
    /// Its name, in words joined by hyphens.
    pub name: &'static str,
    /// What it is about.
    pub about: &'static str,
    /// Who is there.
    pub users: Vec<UserId>,
    /// How many controllers there are.
    pub controllers: usize,
    /// How each of them is to behave.
    pub settings: Settings,
    /// Whose callers are on the containers' network, so that they publish no host ports.
    pub unpublished: Vec<usize>,
    /// How the containers' program behaves.
    pub personality: Personality,
    /// The health check that their image has, if any.
    pub check: Option<HealthCheck>,
    /// What the engine takes its time for.
    pub habits: Habits,
    /// How many changes may be asked of the engine for a user within a minute. Where that isn't bounded,
    /// states don't differ by what was done within the last minute.
    pub most_changes: Option<usize>,
    /// What the engine does when it is to start a container, before all is calm.
    pub starts: Starts,
    /// Whether everybody can be served once all is calm.
    pub serves: bool,
    /// What was asked for before, and was answered: by which controller.
    pub before: Vec<(usize, Command)>,
    /// What else was there before.
    pub found: Vec<Meddling>,
    /// What was asked for before was asked of an older release, after what was found, in a store that
    /// let users share a volume.
    pub older: bool,
    /// What is asked for.
    pub scripts: Vec<Script>,
    /// What people may do, each at most once.
    pub meddling: Vec<Meddling>,
    /// How much may go wrong.
    pub budget: Budget,
    /// Whether users can be told apart by nothing but their names.
    pub alike: bool,
    /// What is wrong on purpose.
    pub sabotage: Option<Sabotage>,
}

/// What an engine does when it is to start a container.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Starts {
    /// It starts it.
    Done,
    /// Nothing, and nobody knows why.
    Unclear,
}

/// What one client does, one thing after another.
#[derive(Clone, Debug)]
pub struct Script {
    /// For whom, if for one user.
    pub user: Option<UserId>,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// One step of a script. The next is taken once it was answered, or can't be any more.
#[derive(Clone, Debug)]
pub enum Step {
    /// Any of the controllers is asked.
    AskAny(Command),
    /// This controller is asked.
    Ask(usize, Command),
    /// Time passes.
    Wait(Duration),
    /// A controller's host closes it.
    Close(usize),
}

/// Something people do, or that was there before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Meddling {
    /// The user's container is killed.
    Kill(UserId),
    /// It is removed, whatever it does.
    Remove(UserId),
    /// It gets another name.
    Rename(UserId),
    /// It is paused.
    Pause(UserId),
    /// Somebody makes a container of the user's container's name, if nothing has it.
    Squat(UserId),
    /// Somebody makes a volume of the user's volume's name, if there is none.
    OccupyVolume(UserId),
    /// Somebody makes a container of the user's container's name that can be adopted, published on
    /// that port, on a volume that is the same for all of these.
    BringShared(UserId, Port),
    /// A process that isn't ours listens on a port.
    OccupyPort(Port),
    /// Whoever has that name as theirs removes it.
    Leave(UserId),
    /// The user's container is started by hand.
    Start(UserId),
    /// The user's container is taken off its network.
    Disconnect(UserId),
    /// Somebody makes a container that bears the same labels, under another name.
    Copy(UserId),
    /// The user's record is lost, with its claim.
    LoseRecord(UserId),
    /// The user's record can't be understood any more.
    Garble(UserId),
    /// The engine loses the containers' image.
    LoseImage,
    /// Another engine answers at the engine's address.
    SwapEngine,
    /// The right one answers again.
    ReturnEngine,
}

/// How often what may go wrong.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub struct Budget {
    /// A controller's process is killed; it may start again.
    pub crashes: u8,
    /// A controller's process stands still, and goes on at once or when its leases have run out.
    pub freezes: u8,
    /// An effect takes hold, and its answer is lost.
    pub lost_answers: u8,
    /// An effect is lost before it takes hold, and its controller doesn't know.
    pub lost_requests: u8,
    /// Engine or store aren't reached, and the controller knows.
    pub unreachable: u8,
    /// Time passes while an effect, or its answer, is on its way.
    pub delays: u8,
    /// People do something.
    pub meddling: u8,
}

/// A user of that name.
///
/// # Panics
/// If no user can have it.
pub fn user(id: &str) -> UserId {
    UserId::new(id).expect("a valid id")
}

/// The host port of that number.
///
/// # Panics
/// If it is 0.
pub fn port(number: u16) -> Port {
    Port::new(number).expect("not 0")
}

/// As in production, but for two ports.
///
/// # Panics
/// Never.
pub fn settings() -> Settings {
    let mut settings = Settings::new(
        Template::reference_service(),
        Keyring::new(Key::new(&[7; 32].into()), Vec::new()),
    );
    settings.ports = PortRange::new(port(19000), port(19001)).expect("not empty");
    settings
}

impl Scene {
    /// Two controllers and these users, of whom nothing is known yet; nothing is asked for, and
    /// nothing goes wrong.
    pub fn new(name: &'static str, about: &'static str, users: &[&str]) -> Self {
        Self {
            name,
            about,
            users: users.iter().map(|id| user(id)).collect(),
            controllers: 2,
            settings: settings(),
            unpublished: Vec::new(),
            personality: Personality::default(),
            check: None,
            habits: Habits::default(),
            most_changes: None,
            starts: Starts::Done,
            serves: true,
            before: Vec::new(),
            found: Vec::new(),
            older: false,
            scripts: Vec::new(),
            meddling: Vec::new(),
            budget: Budget::default(),
            alike: false,
            sabotage: None,
        }
    }

    /// The same, with another client, who does this for a user.
    #[must_use]
    pub fn with(mut self, user: &UserId, steps: Vec<Step>) -> Self {
        self.scripts.push(Script {
            user: Some(user.clone()),
            steps,
        });
        self
    }

    /// The same, with another client, who does this for all.
    #[must_use]
    pub fn with_all(mut self, steps: Vec<Step>) -> Self {
        self.scripts.push(Script { user: None, steps });
        self
    }

    /// How one of the controllers is to behave.
    pub(crate) fn settings_of(&self, controller: usize) -> Settings {
        let mut settings = self.settings.clone();
        if self.unpublished.contains(&controller) {
            settings.reach = Reach::Network { publish_on: None };
        }
        settings
    }

    /// Whether anybody asks for this at all.
    pub(crate) fn asks(&self, what: impl Fn(&Command) -> bool) -> bool {
        let steps = self.scripts.iter().flat_map(|script| &script.steps);
        let mut asked = steps.filter_map(|step| match step {
            Step::AskAny(command) | Step::Ask(_, command) => Some(command),
            Step::Wait(_) | Step::Close(_) => None,
        });
        asked.any(&what) || self.before.iter().any(|(_, command)| what(command))
    }
}
