//! Makes connections whose time can be limited.

use std::time::Instant;

use ::postgres::config::{Host, SslMode, SslNegotiation};
use ::postgres::{Config, Error, NoTls};

use super::limit::{Limit, Limited};
use super::plain::Plain;
use super::session::Session;

/// Makes connections.
pub(super) struct Connector {
    config: Config,
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
            config: config.into(),
            limits,
        }
    }

    /// Makes one, until then at the latest.
    pub(super) fn connect(&self, until: Instant) -> Result<Session, Error> {
        if !self.limits {
            return Ok(Session::new(self.config.connect(NoTls)?, None));
        }
        let limit = Limit::default();
        limit.set(until);
        let client = self.config.connect(Limited::new(limit.clone(), Plain))?;
        Ok(Session::new(client, Some(limit)))
    }
}
