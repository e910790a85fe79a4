//! What has happened, for whoever listens.

use std::collections::VecDeque;
use std::sync::Arc;

use portreeve_core::id::{ContainerId, InstallationId};
use portreeve_core::label::{self, Labelled, Labels};
use portreeve_core::observed::Health;
use portreeve_core::outcome::{ContainerChange, EngineEvent};
use portreeve_core::time::Instant;
use portreeve_core::user::UserId;

use super::spec::Spec;

/// A place in the journal: all that comes after it hasn't been read yet.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Cursor(pub(super) u64);

impl Cursor {
    /// The place right after this one.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// The place right before this one.
    #[must_use]
    pub fn before(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

/// Something that happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Event {
    /// When.
    pub at: Instant,
    /// To what.
    pub subject: Subject,
    /// What.
    pub action: Action,
}

/// What something happened to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Subject {
    /// A container.
    Container(Arc<Face>),
    /// A network.
    Network {
        /// Its id.
        id: String,
        /// Its name.
        name: String,
    },
    /// A volume, by its name.
    Volume(String),
    /// An image, by its name.
    Image(String),
}

/// As much of a container as its events tell. Outlives it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Face {
    /// Its id.
    pub id: ContainerId,
    /// Its name, as it was then.
    pub name: Arc<str>,
    /// What it is made of, its labels among that.
    pub spec: Arc<Spec>,
    /// What its labels say of whose it is.
    pub labels: Labelled<Arc<Labels>>,
}

/// What happened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Action {
    /// It was made.
    Create,
    /// Its process began.
    Start,
    /// It was sent this signal.
    Kill(u8),
    /// Its process ended with this code.
    Die(i64),
    /// It was stopped.
    Stop,
    /// It was stopped and started.
    Restart,
    /// It was frozen.
    Pause,
    /// It runs on.
    Unpause,
    /// It has another name than this.
    Rename(Arc<str>),
    /// Its health turned to that.
    Health(Health),
    /// It is gone.
    Destroy,
    /// It came from a registry.
    Pull,
}

impl Action {
    /// Docker's word for it, with what follows its colon.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Start => "start",
            Self::Kill(_) => "kill",
            Self::Die(_) => "die",
            Self::Stop => "stop",
            Self::Restart => "restart",
            Self::Pause => "pause",
            Self::Unpause => "unpause",
            Self::Rename(_) => "rename",
            Self::Health(Health::Healthy) => "health_status: healthy",
            Self::Health(Health::Unhealthy) => "health_status: unhealthy",
            Self::Health(Health::Absent | Health::Starting | Health::Untold) => {
                "health_status: starting"
            }
            Self::Destroy => "destroy",
            Self::Pull => "pull",
        }
    }

    fn change(&self) -> ContainerChange {
        match self {
            Self::Create => ContainerChange::Created,
            Self::Start => ContainerChange::Started,
            Self::Die(_) => ContainerChange::Died,
            Self::Pause => ContainerChange::Paused,
            Self::Unpause => ContainerChange::Unpaused,
            Self::Destroy => ContainerChange::Destroyed,
            Self::Health(health) => ContainerChange::Health(*health),
            Self::Kill(_) | Self::Stop | Self::Restart | Self::Rename(_) | Self::Pull => {
                ContainerChange::Other
            }
        }
    }
}

impl Event {
    /// What a watch of this installation tells of it, if anything.
    pub fn told_to(&self, installation: InstallationId) -> Option<EngineEvent> {
        let Subject::Container(face) = &self.subject else {
            return None;
        };
        let (whose, user) = match face.labels.told() {
            Some(labels) => (labels.installation, Some(labels.user.clone())),
            None => (
                InstallationId::parse(face.spec.label(label::INSTALLATION)?)?,
                face.spec
                    .label(label::USER)
                    .and_then(|user| UserId::new(user).ok()),
            ),
        };
        (whose == installation).then(|| EngineEvent::Container {
            id: face.id.clone(),
            user,
            change: self.action.change(),
        })
    }
}

/// All that has happened, or the last of it.
#[derive(Clone, Debug)]
pub(super) struct Journal {
    events: VecDeque<Event>,
    /// How many were forgotten.
    first: u64,
    /// How many are kept at most.
    most: usize,
}

impl Journal {
    pub(super) fn new(most: usize) -> Self {
        Self {
            events: VecDeque::new(),
            first: 0,
            most,
        }
    }

    pub(super) fn note(&mut self, event: Event) {
        if self.most == 0 {
            self.first += 1;
            return;
        }
        if self.events.len() >= self.most {
            self.events.pop_front();
            self.first += 1;
        }
        self.events.push_back(event);
    }

    pub(super) fn end(&self) -> Cursor {
        Cursor(self.first + self.events.len() as u64)
    }

    pub(super) fn start(&self) -> Cursor {
        Cursor(self.first)
    }

    pub(super) fn after(
        &self,
        cursor: Cursor,
    ) -> impl DoubleEndedIterator<Item = (Cursor, &Event)> {
        let skipped = cursor.0.saturating_sub(self.first);
        let skipped = usize::try_from(skipped).unwrap_or(usize::MAX);
        let first = self.first;
        self.events
            .range(skipped.min(self.events.len())..)
            .enumerate()
            .map(move |(index, event)| (Cursor(first + (skipped + index) as u64 + 1), event))
    }

    pub(super) fn forget_before(&mut self, cursor: Cursor) {
        while self.first < cursor.0 && self.events.pop_front().is_some() {
            self.first += 1;
        }
    }

    pub(super) fn keep(&mut self, most: usize) {
        self.most = most;
        while self.events.len() > most {
            self.events.pop_front();
            self.first += 1;
        }
    }
}
