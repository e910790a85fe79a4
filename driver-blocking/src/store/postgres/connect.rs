//! Makes connections whose time can be limited.

use std::time::Instant;

use ::postgres::config::{Host, SslMode, SslNegotiation};
use ::postgres::{Config, Error, NoTls};

use portreeve_tokio::internals::postgres::Names;

use super::limit::{Limit, Limited};
use super::plain::Plain;
use super::session::Session;

/// Makes connections.
pub(super) struct Connector {
    config: tokio_postgres::Config,
    names: Names,
    /// Whether their time can be limited.
    limits: bool,
}

impl Connector {
    pub(super) fn new(mut config: tokio_postgres::Config) -> Self {
        if config.get_hosts().is_empty() {
            for address in config.get_hostaddrs().to_vec() {
                config.host(address.to_string());
            }
        }
        // The client has no TLS made for those behind Unix sockets, whatever it is told: see `limit`.
        let limits = config
            .get_hosts()
            .iter()
            .all(|host| matches!(host, Host::Tcp(_)));
        if limits {
            // So that the client neither says nor hears a word before its stream is limited.
            config.ssl_mode(SslMode::Require);
            config.ssl_negotiation(SslNegotiation::Direct);
        }
        Self {
            config,
            names: Names::of_a_new_client(),
            limits,
        }
    }

    /// Makes one, until then at the latest.
    pub(super) fn connect(&self, until: Instant) -> Result<Session, Error> {
        if let Some(marked) = self.names.marked(&self.config) {
            match self.connect_as(&marked.into(), until) {
                Err(error) if self.names.refused(&error) => {}
                made_or_failed => return made_or_failed,
            }
        }
        self.connect_as(&self.config.clone().into(), until)
    }

    fn connect_as(&self, config: &Config, until: Instant) -> Result<Session, Error> {
        if !self.limits {
            return Ok(Session::new(config.connect(NoTls)?, None));
        }
        let limit = Limit::default();
        limit.set(until);
        let client = config.connect(Limited::new(limit.clone(), Plain))?;
        Ok(Session::new(client, Some(limit)))
    }

    /// Whether their statements may have names.
    pub(super) fn names(&self) -> &Names {
        &self.names
    }
}
