//! One user's container, worked out from the template.

pub(crate) mod hash;

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::net::IpAddr;

use zeroize::Zeroizing;

use crate::id::{InstallationId, Port, RecordId};
use crate::label::Labels;
use crate::name::Names;
use crate::settings::Settings;
use crate::template::Template;
use crate::token::Token;
use crate::user::UserId;

/// What the engine is to create: a template with all of its placeholders filled in.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ContainerSpec {
    /// Its name.
    pub name: String,
    /// The template; its environment, labels, command and entrypoint still hold placeholders,
    /// and are replaced by the fields below.
    pub template: Template,
    /// Replaces the image's entrypoint.
    pub entrypoint: Option<Vec<String>>,
    /// Replaces the image's command.
    pub command: Option<Vec<String>>,
    /// Environment variables by name.
    pub environment: Vec<(String, EnvValue)>,
    /// All of its labels, ours included.
    pub labels: Vec<(String, String)>,
    /// The user's volume.
    pub volume: String,
    /// The network it is attached to.
    pub network: String,
    /// Where the template's gateway port is published; `None` if it is reached on the network alone.
    pub published: Option<PublishedPort>,
}

/// Where a port of a container is published.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PublishedPort {
    /// The address of the engine's host.
    pub on: IpAddr,
    /// The host port.
    pub port: Port,
}

/// The value of an environment variable. Its `Debug` doesn't show it: it may be, or hold, the
/// user's token.
#[derive(Clone, PartialEq, Eq)]
pub struct EnvValue(Zeroizing<String>);

impl EnvValue {
    /// Takes a value.
    pub fn new(value: String) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The value itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for EnvValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

/// Whose container a [`ContainerSpec`] describes.
pub(crate) struct Identity<'a> {
    pub installation: InstallationId,
    pub user: &'a UserId,
    pub record: RecordId,
    pub names: &'a Names,
    pub published: Option<PublishedPort>,
    pub token: &'a Token,
    pub token_generation: u32,
    /// The versioned hash of what the container is made from.
    pub spec: &'a str,
}

impl ContainerSpec {
    /// The host port, if it publishes any.
    pub fn port(&self) -> Option<Port> {
        self.published.map(|published| published.port)
    }

    /// The value of an environment variable; the last of equal names counts.
    pub fn variable(&self, name: &str) -> Option<&EnvValue> {
        let mut values = self.environment.iter().rev();
        let found = values.find(|(other, _)| other == name);
        found.map(|(_, value)| value)
    }

    /// Fills in the user's template, and labels the container as the user's.
    pub(crate) fn build(settings: &Settings, of: &Identity<'_>) -> Self {
        let template = settings.template(of.user);
        let record = of.record.to_string();
        let open = |name: &str| match name {
            "user" => Some(of.user.as_str()),
            "record" => Some(record.as_str()),
            "container" => Some(of.names.container.as_str()),
            _ => None,
        };
        let with_secret = |name: &str| match name {
            "token" => Some(of.token.reveal()),
            _ => open(name),
        };
        let words = |words: &Option<Vec<String>>| {
            words
                .as_ref()
                .map(|words| words.iter().map(|word| fill(word, open)).collect())
        };
        let labels = Labels {
            installation: of.installation,
            user: of.user.clone(),
            record: of.record,
            port: of.published.map(|published| published.port),
            spec: of.spec.to_string(),
            token_generation: of.token_generation,
        };
        let templated = template
            .labels
            .iter()
            .map(|(key, value)| (key.clone(), fill(value, open)));
        Self {
            name: of.names.container.clone(),
            entrypoint: words(&template.entrypoint),
            command: words(&template.command),
            environment: template
                .environment
                .iter()
                .map(|(key, value)| (key.clone(), EnvValue::new(fill(value, with_secret))))
                .collect(),
            // Ours come last: a template can't pass a container off as somebody else's.
            labels: templated.chain(labels.pairs()).collect(),
            volume: of.names.volume.clone(),
            network: settings.network.clone(),
            published: of.published,
            template: template.clone(),
        }
    }
}

/// `pattern` with each `{name}` that `value` knows replaced. What was put in isn't looked at
/// again: a user whose id is `{token}` learns nothing.
pub(crate) fn fill<'a>(pattern: &str, value: impl Fn(&str) -> Option<&'a str>) -> String {
    let mut filled = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some((before, from_brace)) = rest.split_once('{') {
        filled.push_str(before);
        let known = from_brace
            .split_once('}')
            .and_then(|(name, after)| Some((value(name)?, after)));
        if let Some((value, after)) = known {
            filled.push_str(value);
            rest = after;
        } else {
            filled.push('{');
            rest = from_brace;
        }
    }
    filled + rest
}
