//! Images, and how the programs in them behave.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use portreeve_core::spec::EnvValue;

use super::spec::{HealthCheck, Spec};

/// An image.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Image {
    /// Its name with its tag, as [`whole_name`] writes it.
    pub name: String,
    /// Its program.
    pub program: Program,
    /// Its health check.
    pub check: Option<HealthCheck>,
    /// Where its containers get volumes of their own, unless something else is mounted there.
    pub volumes: Vec<String>,
    /// The TCP ports it says its program listens on.
    pub exposed: Vec<u16>,
    /// Environment variables that its containers have.
    pub environment: Vec<(String, EnvValue)>,
    /// Labels that its containers bear.
    pub labels: BTreeMap<String, String>,
}

/// What runs in an image's containers.
#[derive(Clone, Debug)]
pub enum Program {
    /// One that behaves alike in each.
    Plain(Arc<Personality>),
    /// One that behaves as the specification of its container says.
    FromSpec(fn(&Spec) -> Personality),
}

impl PartialEq for Program {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Plain(one), Self::Plain(other)) => one == other,
            (Self::FromSpec(one), Self::FromSpec(other)) => std::ptr::fn_addr_eq(*one, *other),
            (Self::Plain(_), Self::FromSpec(_)) | (Self::FromSpec(_), Self::Plain(_)) => false,
        }
    }
}

impl Eq for Program {}

/// How a container's program behaves. All times are counted from its start.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Personality {
    /// When it listens on its ports; `None` for never.
    pub listens_after: Option<Duration>,
    /// When its health is good; `None` for never.
    pub healthy_after: Option<Duration>,
    /// When its health turns bad for good.
    pub unhealthy_after: Option<Duration>,
    /// What SIGTERM does to it.
    pub on_term: OnTerm,
    /// When it ends by itself.
    pub exits: Option<Exit>,
    /// What it says once it has started.
    pub says: Vec<String>,
    /// The engine can't make its process: what it says of that.
    pub cannot_run: Option<String>,
}

/// What SIGTERM does to a program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum OnTerm {
    /// It ends.
    Ends {
        /// So long after.
        after: Duration,
        /// With this code.
        code: u8,
    },
    /// Nothing, as with every first process that doesn't handle it.
    Ignores,
}

/// How a program ends by itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Exit {
    /// When.
    pub after: Duration,
    /// With which code.
    pub code: u8,
    /// What it says last.
    pub last_words: Option<String>,
}

impl Default for Personality {
    /// It listens at once, is well, and ends with 143 when it is asked to.
    fn default() -> Self {
        Self {
            listens_after: Some(Duration::ZERO),
            healthy_after: Some(Duration::ZERO),
            unhealthy_after: None,
            on_term: OnTerm::Ends {
                after: Duration::ZERO,
                code: 143,
            },
            exits: None,
            says: Vec::new(),
            cannot_run: None,
        }
    }
}

impl Personality {
    /// Whether its health is good so long after its start.
    pub(super) fn is_well(&self, age: Duration) -> bool {
        self.healthy_after.is_some_and(|after| age >= after)
            && self.unhealthy_after.is_none_or(|after| age < after)
    }

    /// When, later than that, its health is another.
    pub(super) fn next_turn(&self, age: Duration) -> Option<Duration> {
        [self.healthy_after, self.unhealthy_after]
            .into_iter()
            .flatten()
            .filter(|turn| *turn > age)
            .min()
    }
}

impl Image {
    /// One whose program has the default [`Personality`].
    pub fn new(name: &str) -> Self {
        Self {
            name: whole_name(name),
            program: Program::Plain(Arc::default()),
            check: None,
            volumes: Vec::new(),
            exposed: Vec::new(),
            environment: Vec::new(),
            labels: BTreeMap::new(),
        }
    }

    /// How its program behaves in a container.
    pub(super) fn personality(&self, spec: &Spec) -> Arc<Personality> {
        match &self.program {
            Program::Plain(personality) => Arc::clone(personality),
            Program::FromSpec(personality) => Arc::new(personality(spec)),
        }
    }
}

/// An image's name as the engine keeps it: without the registry it takes where none is named, with
/// the tag it takes where none is named.
pub fn whole_name(name: &str) -> String {
    let name = name
        .strip_prefix("docker.io/")
        .map_or(name, |rest| rest.strip_prefix("library/").unwrap_or(rest));
    let last = name.rsplit('/').next().unwrap_or(name);
    if last.contains([':', '@']) {
        name.to_owned()
    } else {
        format!("{name}:latest")
    }
}
