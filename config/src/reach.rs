//! From where containers' URLs work.

use std::net::{IpAddr, Ipv4Addr};

use portreeve_core::settings::Reach;
use portreeve_wire::docker::EngineAddress;

use crate::choice::ReachFrom;
use crate::error::Error;
use crate::values::Values;

/// From where URLs work: on an engine of another machine somebody has to say by which name.
pub(crate) fn of(
    values: &Values,
    engine: impl FnOnce() -> Result<EngineAddress, Error>,
) -> Result<Reach, Error> {
    if values.reach == ReachFrom::Network {
        return Ok(Reach::Network {
            publish_on: Some(values.publish_on),
        });
    }
    let publish_on = values.publish_on;
    if let Some(host) = &values.advertised_host {
        let name = bare_host(host)?;
        return Ok(Reach::Host { name, publish_on });
    }
    let engine = engine()?;
    if !engine.is_local() {
        return Err(Error::nonsense(
            "advertised_host",
            format!("the engine {engine} is on another machine, and no advertised_host is set"),
            "set advertised_host to the name or address that callers reach that machine by",
        ));
    }
    let host = if publish_on.is_unspecified() {
        IpAddr::V4(Ipv4Addr::LOCALHOST)
    } else {
        publish_on
    };
    Ok(Reach::Host {
        name: host.to_string(),
        publish_on,
    })
}

/// A host for URLs, without the brackets of an IPv6 address.
fn bare_host(host: &str) -> Result<String, Error> {
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    let is_address = bare.parse::<IpAddr>().is_ok();
    let is_name = bare
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_'));
    if is_address || (is_name && !bare.is_empty()) {
        Ok(bare.to_owned())
    } else {
        Err(Error::nonsense(
            "advertised_host",
            format!("advertised_host is {host:?}, which is no host"),
            "give only a name or an address, without scheme and port",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(values: &Values, engine: &str) -> Result<Reach, Error> {
        of(values, || Ok(engine.parse().unwrap()))
    }

    #[test]
    fn a_remote_engine_needs_an_advertised_host() {
        const REMOTE: &str = "tcp://engine.example:2375";
        let mut values = Values::default();
        let error = reach(&values, REMOTE).unwrap_err();
        assert_eq!(error.key(), Some("advertised_host"));
        values.advertised_host = Some("engine.example".to_owned());
        let host = Reach::Host {
            name: "engine.example".to_owned(),
            publish_on: values.publish_on,
        };
        assert_eq!(reach(&values, REMOTE), Ok(host));
        values.advertised_host = None;
        values.reach = ReachFrom::Network;
        let publish_on = Some(values.publish_on);
        assert_eq!(reach(&values, REMOTE), Ok(Reach::Network { publish_on }));
    }

    #[test]
    fn a_local_engine_is_reached_where_it_publishes() {
        let mut values = Values::default();
        for (published, reached) in [
            ("127.0.0.1", "127.0.0.1"),
            ("0.0.0.0", "127.0.0.1"),
            ("10.0.0.7", "10.0.0.7"),
        ] {
            values.publish_on = published.parse().unwrap();
            let host = Reach::Host {
                name: reached.to_owned(),
                publish_on: values.publish_on,
            };
            assert_eq!(reach(&values, ""), Ok(host), "{published}");
        }
    }

    #[test]
    fn an_advertised_host_is_a_host_alone() {
        assert_eq!(bare_host("[::1]"), Ok("::1".to_owned()));
        assert_eq!(bare_host("agents.example"), Ok("agents.example".to_owned()));
        for wrong in ["", "http://x", "x:80", "a b", "x/y"] {
            assert!(bare_host(wrong).is_err(), "{wrong}");
        }
    }
}
