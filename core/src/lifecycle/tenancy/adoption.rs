//! What can become a user's that was made by somebody else.

use alloc::format;
use alloc::string::{String, ToString};

use super::examined::{Examined, MOST_VOLUMES};
use super::state::Tenancy;
use crate::error::Error;
use crate::id::{ContainerId, InstallationId, Port};
use crate::label::{Labelled, Labels};
use crate::lifecycle::context::Context;
use crate::observed::ContainerState;
use crate::outcome::{MountedVolume, Particulars};
use crate::record::FIRST_TOKEN_GENERATION;
use crate::template::Template;
use crate::token::Token;
use crate::user::UserId;

/// A container that can be a user's.
pub(crate) struct Found {
    pub container: ContainerId,
    pub volume: String,
    /// The host port it is bound to; `None` where it needn't be, and isn't.
    pub port: Option<Port>,
    pub token: Token,
    pub runs: bool,
}

impl Tenancy {
    /// The container that was examined, as the user's; `None` if there is a volume alone.
    ///
    /// It is taken only if nothing would be lost or mixed up by it: its state lies in a named
    /// volume, none of its volumes is another's, its port is published where users' are, its token
    /// is known, the engine doesn't remove it by itself, and nobody's labels are on it.
    pub(crate) fn adoptable(&self, cx: &Context) -> Result<Option<Found>, Error> {
        let examined = self.run.as_ref().and_then(|run| run.aim.examined());
        let Some(examined) = examined else {
            return Ok(None);
        };
        let generation = self
            .record(cx.now)
            .map_or(FIRST_TOKEN_GENERATION, |record| {
                record.body.token_generation
            });
        if generation != FIRST_TOKEN_GENERATION {
            // It couldn't be told from the tokens that followed.
            return refuse("the user has had several tokens already: purge the user first".into());
        }
        let template = cx.settings.template(&self.user);
        let observed = &examined.particulars.observed;
        let installation = cx.installation();
        is_nobodys(&observed.name, &observed.labels, installation)?;
        let volume = state_volume(&examined.particulars, template)?;
        are_nobody_elses(&self.user, installation, examined, volume)?;
        let port = published_port(&examined.particulars, template, cx.publishes())?;
        let token = carried_token(&examined.particulars, template)?;
        Ok(Some(Found {
            container: observed.id.clone(),
            volume: volume.to_string(),
            port,
            token,
            runs: observed.state == ContainerState::Running,
        }))
    }
}

/// Nobody's labels are on the container.
fn is_nobodys(
    name: &str,
    labels: &Labelled<Labels>,
    installation: Option<InstallationId>,
) -> Result<(), Error> {
    match labels {
        Labelled::Not => Ok(()),
        Labelled::As(labels) if Some(labels.installation) == installation => refuse(format!(
            "the container {name} bears the labels of this installation's user {}, and isn't \
                     that user's: it was made from an image that has them, as `docker commit` makes \
                     one, or with copied labels. Make it anew without them",
            labels.user
        )),
        Labelled::As(_) => refuse(format!(
            "the container {name} belongs to another installation"
        )),
        Labelled::Unreadable => refuse(format!(
            "the container {name} bears labels of Portreeve's that can't be read whole, so it \
                 may be another installation's. If it is nobody's, make it anew without them"
        )),
    }
}

/// None of the container's named volumes bears another's labels.
fn are_nobody_elses(
    user: &UserId,
    installation: Option<InstallationId>,
    examined: &Examined,
    state: &str,
) -> Result<(), Error> {
    let name = &examined.particulars.observed.name;
    if examined.named().nth(MOST_VOLUMES).is_some() {
        return refuse(format!(
            "the container {name} mounts more than {MOST_VOLUMES} named volumes"
        ));
    }
    for MountedVolume { name: volume, .. } in examined.named() {
        let whose = match examined.seen(volume) {
            Some(Some(Labelled::Not)) => continue,
            Some(Some(Labelled::As((theirs, owner))))
                if Some(*theirs) == installation && owner == user =>
            {
                continue;
            }
            Some(Some(Labelled::As((theirs, owner)))) if Some(*theirs) == installation => {
                format!("which its labels say is the user {owner}'s")
            }
            Some(Some(Labelled::As(_))) => {
                "which its labels say is another installation's".to_string()
            }
            Some(Some(Labelled::Unreadable)) => {
                "whose labels of Portreeve's can't be read whole, so that it may be another \
                     installation's"
                    .to_string()
            }
            Some(None) | None => "which isn't there any more".to_string(),
        };
        let way_out = if volume == state {
            "copy the data into a volume of its own, and make the container anew with that"
        } else {
            "make the container anew without that mount"
        };
        return refuse(format!(
            "the container {name} mounts the volume {volume}, {whose}: {way_out}"
        ));
    }
    Ok(())
}

fn refuse<T>(why: String) -> Result<T, Error> {
    Err(Error::NotAdoptable(why))
}

/// The named volume that the container's state lies in.
fn state_volume<'a>(particulars: &'a Particulars, template: &Template) -> Result<&'a str, Error> {
    let name = &particulars.observed.name;
    let path = &template.state_path;
    if particulars.auto_remove {
        return refuse(format!(
            "the engine removes the container {name} once it has ended (`AutoRemove`, as `docker \
             run --rm` asks for), and its anonymous volumes with it: make it anew without that"
        ));
    }
    let mut volumes = particulars.volumes.iter();
    match volumes.find(|volume| volume.target == *path) {
        None => refuse(format!(
            "the container {name} mounts no named volume at {path}, so its state would be lost"
        )),
        Some(MountedVolume {
            name: volume,
            anonymous: true,
            ..
        }) => refuse(format!(
            "the container {name} has its state at {path} in the anonymous volume {volume}, which is \
             removed along with the container: copy what is in it into a named volume (`docker run \
             --rm -v {volume}:/from -v NAME:/to IMAGE cp -a /from/. /to`), and make the container \
             anew with that at {path}"
        )),
        Some(volume) => Ok(&volume.name),
    }
}

fn published_port(
    particulars: &Particulars,
    template: &Template,
    required: bool,
) -> Result<Option<Port>, Error> {
    let inside = template.gateway_port;
    let mut ports = particulars.ports.iter();
    match ports.find(|(port, _)| *port == inside) {
        Some((_, port)) => Ok(Some(*port)),
        None if !required => Ok(None),
        None => refuse(format!(
            "the container {} doesn't publish its port {inside}",
            particulars.observed.name
        )),
    }
}

fn carried_token(particulars: &Particulars, template: &Template) -> Result<Token, Error> {
    let mut variables = template
        .environment
        .iter()
        .filter(|(_, value)| *value == "{token}")
        .map(|(variable, _)| variable);
    let Some(variable) = variables.next() else {
        return refuse("the template puts the token into no variable".to_string());
    };
    let mut environment = particulars.environment.iter();
    match environment.find(|(name, value)| name == variable && !value.reveal().is_empty()) {
        Some((_, token)) => Ok(Token::carried(token.reveal())),
        None => refuse(format!(
            "the container {} has no variable {variable}",
            particulars.observed.name
        )),
    }
}
