//! How `PostgreSQL` is connected to.

use std::time::Duration;

use portreeve_wire::host::is_loopback;
use portreeve_wire::store::PostgresUrl;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

use super::error::words;
use crate::store::error::UnservedStore;

/// Statements take a millisecond or so: a few connections serve many users, and the server's own
/// limit (100 by default) has room for many controllers.
pub const CONNECTIONS: usize = 8;
/// How long an effect waits for one of them.
pub const WAIT: Duration = Duration::from_secs(2);
/// How long making one may take. With [`WAIT`] it stays below the time an effect is given (5 s
/// by default), so that the answer is still `Unreachable`.
pub const CONNECT: Duration = Duration::from_millis(2500);
/// How long a connection may leave what was sent unacknowledged before it counts as lost.
const SILENCE: Duration = Duration::from_secs(10);

/// What the database's client is to be given for this URL.
pub fn config(url: &PostgresUrl) -> Result<Config, UnservedStore> {
    let mut config: Config = match url.reveal().parse() {
        Ok(config) => config,
        // The client knows three modes; those it doesn't know are stricter still.
        Err(error) if words(&error).contains("sslmode") => return Err(UnservedStore::Tls),
        Err(error) => return Err(UnservedStore::Url(words(&error))),
    };
    if config.get_ssl_mode() == SslMode::Require {
        return Err(UnservedStore::Tls);
    }
    let hosts = config.get_hosts().len().max(config.get_hostaddrs().len());
    let Ok(hosts @ 1..) = u32::try_from(hosts) else {
        return Err(UnservedStore::Url("it names no host".to_owned()));
    };
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(CONNECT / hosts);
    }
    if config.get_application_name().is_none() {
        config.application_name("portreeve");
    }
    config.keepalives_idle(SILENCE);
    config.tcp_user_timeout(SILENCE);
    Ok(config)
}

/// The servers of this URL that are spoken to in clear text over a network: all that are neither behind
/// a Unix socket nor on this machine's loopback address, as long as no TLS is spoken.
pub fn hosts_in_clear(url: &PostgresUrl) -> Result<Vec<String>, UnservedStore> {
    let config = config(url)?;
    let (names, addresses) = (config.get_hosts(), config.get_hostaddrs());
    let count = names.len().max(addresses.len());
    // Where both are given, the address is connected to.
    let hosts = (0..count).filter_map(|at| match (addresses.get(at), names.get(at)) {
        (Some(address), _) => (!address.is_loopback()).then(|| address.to_string()),
        (None, Some(Host::Tcp(name))) => (!is_loopback(name)).then(|| name.clone()),
        (None, Some(Host::Unix(_)) | None) => None,
    });
    Ok(hosts.collect())
}

#[cfg(test)]
mod tests {
    use portreeve_wire::store::StoreAddress;

    use super::*;

    #[test]
    fn what_goes_over_a_network_goes_in_clear_text() {
        for (url, hosts) in [
            ("postgres://me@db.example/x", &["db.example"][..]),
            ("postgres://me@10.0.0.7,127.0.0.1/x", &["10.0.0.7"]),
            ("postgres://localhost,[::1],127.1.2.3/x", &[]),
            ("postgres:///x?host=/run/postgresql", &[]),
            ("postgres:///x?host=db.example", &["db.example"]),
            ("postgres://localhost/x?hostaddr=10.0.0.7", &["10.0.0.7"]),
            ("postgres://db.example/x?hostaddr=127.0.0.1", &[]),
        ] {
            let Ok(StoreAddress::Postgres(parsed)) = url.parse() else {
                panic!("not understood: {url}");
            };
            let hosts: Vec<_> = hosts.iter().map(|&host| host.to_owned()).collect();
            assert_eq!(hosts_in_clear(&parsed), Ok(hosts), "{url}");
        }
    }
}
