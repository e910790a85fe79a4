//! What can become a user's that was made by somebody else.

use alloc::format;
use alloc::string::{String, ToString};

use super::Lifecycle;
use super::write::FIRST_GENERATION;
use crate::error::Error;
use crate::id::{ContainerId, Port};
use crate::observed::ContainerState;
use crate::outcome::Particulars;
use crate::token::Token;
use crate::user::UserId;

/// A container that can be a user's.
pub(crate) struct Found {
    pub container: ContainerId,
    pub volume: String,
    pub port: Port,
    pub token: Token,
    pub runs: bool,
}

impl Lifecycle {
    /// The container that was examined, as the user's; `None` if there is a volume alone.
    ///
    /// It is taken only if nothing would be lost or mixed up by it: its state lies in a volume, its
    /// port is published, its token is known, and no installation claims it.
    pub(super) fn adoptable(&self, user: &UserId) -> Result<Option<Found>, Error> {
        let refuse = |why: String| Err(Error::NotAdoptable(why));
        let tenancy = self.tenancies.get(user);
        let generation = tenancy
            .and_then(|tenancy| tenancy.record(self.now))
            .map_or(FIRST_GENERATION, |record| record.body.token_generation);
        let examined = tenancy
            .and_then(|tenancy| tenancy.run.as_ref())
            .and_then(|run| run.examined.as_ref());
        let Some(Particulars {
            observed,
            environment,
            volumes,
            ports,
        }) = examined
        else {
            return Ok(None);
        };
        if generation != FIRST_GENERATION {
            // It couldn't be told from the tokens that followed.
            return refuse("the user has had several tokens already: purge the user first".into());
        }
        let name = &observed.name;
        if observed.labels.is_some() {
            return refuse(format!(
                "the container {name} belongs to another installation"
            ));
        }
        let template = self.settings.template(user);
        let mounted = volumes
            .iter()
            .find(|(_, target)| *target == template.state_path);
        let Some((volume, _)) = mounted else {
            let path = &template.state_path;
            return refuse(format!(
                "the container {name} mounts no named volume at {path}, so its state would be lost"
            ));
        };
        let inside = template.gateway_port;
        let Some((_, port)) = ports.iter().find(|(port, _)| *port == inside) else {
            return refuse(format!(
                "the container {name} doesn't publish its port {inside}"
            ));
        };
        let mut variables = template
            .environment
            .iter()
            .filter(|(_, value)| *value == "{token}")
            .map(|(variable, _)| variable);
        let Some(variable) = variables.next() else {
            return refuse("the template puts the token into no variable".to_string());
        };
        let carried = environment
            .iter()
            .find(|(name, value)| name == variable && !value.reveal().is_empty());
        let Some((_, token)) = carried else {
            return refuse(format!("the container {name} has no variable {variable}"));
        };
        Ok(Some(Found {
            container: observed.id.clone(),
            volume: volume.clone(),
            port: *port,
            token: Token::carried(token.reveal()),
            runs: observed.state == ContainerState::Running,
        }))
    }
}
