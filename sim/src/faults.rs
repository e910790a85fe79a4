//! What goes wrong, and how often.

use std::time::Duration;

use crate::chance::Chance;

/// How often what goes wrong. Those that concern an effect are probabilities, from 0 to 1; those
/// that concern the world tell how long it takes on the average until it happens again, or `None`
/// for never.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    /// An effect doesn't reach the engine or store, and its controller knows.
    pub unreachable: f64,
    /// An effect gets lost on its way, and its controller doesn't know.
    pub lost: f64,
    /// An effect takes hold, and its answer gets lost.
    pub answer_lost: f64,
    /// An effect takes hold, and no answer ever comes.
    pub unanswered: f64,
    /// A process comes to stand still, for up to a minute, just between the last look at the clock
    /// and the moment in which it sends an effect.
    pub late: f64,
    /// An effect takes a hundred times as long as usual.
    pub slow: f64,
    /// An event is dropped in silence.
    pub event_dropped: f64,
    /// A container that is started ends with an error while it starts.
    pub start_fails: f64,
    /// A controller is killed, and comes back later.
    pub crash: Option<Duration>,
    /// A controller stands still, for up to twice the time of a lease.
    pub freeze: Option<Duration>,
    /// A controller is closed by its host, and opened again later.
    pub close: Option<Duration>,
    /// The engine is restarted.
    pub engine_restart: Option<Duration>,
    /// The store is out of reach for a while.
    pub store_outage: Option<Duration>,
    /// A controller is cut off from the store for a while, which others reach; what happens on the engine
    /// it is told all the same.
    pub store_cut_off: Option<Duration>,
    /// The store fails over to a replica that lags, and loses what was written last.
    pub store_failover: Option<Duration>,
    /// The store's clock is set forward or back: by seconds or minutes, or by years.
    pub store_clock: Option<Duration>,
    /// The clock of a controller's machine, by which its process tells the time, jumps forward.
    pub host_clock: Option<Duration>,
    /// An event stream breaks off.
    pub stream_lost: Option<Duration>,
    /// Somebody does something to a container: kills, removes, renames, stops or pauses it.
    pub meddling: Option<Duration>,
    /// Somebody else's process takes a port for a while.
    pub port_occupied: Option<Duration>,
    /// Somebody makes a container that has a user's name.
    pub squatter: Option<Duration>,
    /// Somebody makes a volume that has a user's name.
    pub volume_squatter: Option<Duration>,
    /// A user comes who has a container and a volume from somewhere else, to be adopted.
    pub newcomer: Option<Duration>,
    /// Somebody makes a container that bears the labels of one that was made for a user.
    pub copies: Option<Duration>,
    /// A controller is replaced by one with another configuration.
    pub deploy: Option<Duration>,
    /// The engine loses the image.
    pub image_lost: Option<Duration>,
    /// The registry is out of reach for a while.
    pub registry_outage: Option<Duration>,
    /// Another engine answers at the engine's address for a while.
    pub engine_swapped: Option<Duration>,
    /// The engine begins to say no to all that it is asked for of one kind, for a while or for good.
    pub refusals: Option<Duration>,
    /// What the containers of a user, or of all, need isn't there for a while: they run, and don't get ready.
    pub unready: Option<Duration>,
}

/// How bad it gets.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Severity {
    /// Nothing goes wrong.
    #[default]
    None,
    /// What a good week looks like.
    Light,
    /// What a bad hour looks like.
    Heavy,
}

impl Severity {
    /// The one of that name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "none" => Some(Self::None),
            "light" => Some(Self::Light),
            "heavy" => Some(Self::Heavy),
            _ => None,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Light => "light",
            Self::Heavy => "heavy",
        }
    }
}

impl Faults {
    /// Draws which faults are on, and how often each happens. A storm in which everything goes
    /// wrong at once hides as much as it shows; so each seed has some faults of its own (swarm
    /// testing).
    pub fn drawn(severity: Severity, chance: &mut Chance) -> Self {
        let (on, scale) = match severity {
            Severity::None => return Self::default(),
            Severity::Light => (0.3, 0.1),
            Severity::Heavy => (0.5, 1.0),
        };
        let mut odds = |most: f64| {
            let fraction = chance.fraction();
            if chance.happens(on) {
                most * scale * fraction
            } else {
                0.0
            }
        };
        let (unreachable, lost, answer_lost) = (odds(0.1), odds(0.1), odds(0.2));
        let (unanswered, late, slow) = (odds(0.05), odds(0.05), odds(0.1));
        let (event_dropped, start_fails) = (odds(0.3), odds(0.3));
        let mut every = |least: u64| {
            let seconds = Duration::from_secs(least).div_f64(scale);
            let mean = seconds.mul_f64(1.0 + 4.0 * chance.fraction());
            chance.happens(on).then_some(mean)
        };
        Self {
            unreachable,
            lost,
            answer_lost,
            unanswered,
            late,
            slow,
            event_dropped,
            start_fails,
            crash: every(20),
            freeze: every(20),
            close: every(60),
            engine_restart: every(60),
            store_outage: every(40),
            stream_lost: every(20),
            meddling: every(10),
            port_occupied: every(20),
            squatter: every(60),
            volume_squatter: every(60),
            newcomer: every(30),
            deploy: every(40),
            image_lost: every(40),
            registry_outage: every(60),
            engine_swapped: every(40),
            copies: every(30),
            refusals: every(60),
            unready: aside(7, Duration::from_secs(40), (on, scale), chance),
            store_cut_off: aside(8, Duration::from_secs(40), (on, scale), chance),
            store_failover: aside(12, Duration::from_secs(20), (on, scale), chance),
            store_clock: aside(9, Duration::from_secs(30), (on, scale), chance),
            host_clock: aside(10, Duration::from_secs(30), (on, scale), chance),
        }
    }
}

/// How often something happens, if it does. Drawn aside, so that the scripts that were kept still play on
/// the installations they broke something on.
fn aside(
    purpose: u64,
    least: Duration,
    (on, scale): (f64, f64),
    chance: &Chance,
) -> Option<Duration> {
    let mut aside = Chance::about(chance.clone().number(), [0, 0, purpose]);
    let mean = least.div_f64(scale).mul_f64(1.0 + 4.0 * aside.fraction());
    aside.happens(on).then_some(mean)
}
