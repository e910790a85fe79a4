//! Where the engine is: `DOCKER_HOST` in all its forms.

use std::fmt;
use std::net::Ipv6Addr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use http::Uri;
use http::uri::Authority;

use crate::host::is_loopback;

/// Where an engine listens when nothing else is said.
const DEFAULT_SOCKET: &str = "/var/run/docker.sock";
/// The engine's port without TLS.
const PLAIN_PORT: u16 = 2375;
/// The engine's port with TLS.
const TLS_PORT: u16 = 2376;
/// The port of `ssh`.
const SSH_PORT: u16 = 22;

/// Where a container engine is, and how it is spoken to. Holds no secret.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum EngineAddress {
    /// Through a Unix socket, by its absolute path.
    Unix(PathBuf),
    /// Over TCP, as it is.
    Tcp {
        /// A name, an IPv4 address, or an IPv6 address without brackets.
        host: String,
        /// The port.
        port: u16,
    },
    /// Over TLS.
    Tls {
        /// A name, an IPv4 address, or an IPv6 address without brackets.
        host: String,
        /// The port.
        port: u16,
    },
    /// Through `ssh`, by the program that the engine's command line has for it.
    Ssh {
        /// Who to log in as, unless `ssh` knows.
        user: Option<String>,
        /// A name, an IPv4 address, or an IPv6 address without brackets.
        host: String,
        /// The port.
        port: u16,
    },
}

/// Why a `DOCKER_HOST` can't be understood. Shows no password.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineAddressError {
    /// It doesn't begin with a scheme or a slash.
    #[error(
        "the engine's address {0:?} has no scheme: write tcp://HOST:PORT, or unix:///PATH for a socket"
    )]
    NoScheme(String),
    /// The scheme isn't one we know.
    #[error(
        "the engine's address {0:?} has an unknown scheme: use unix://, tcp://, http://, https:// or ssh://"
    )]
    UnknownScheme(String),
    /// A Windows named pipe.
    #[error(
        "the engine's address {0:?} is a named pipe, which can't be used here: let the engine listen on tcp://127.0.0.1:2375, or use its unix:// socket"
    )]
    NamedPipe(String),
    /// A socket handed over by systemd, which only the engine itself can use.
    #[error(
        "the engine's address {0:?} is for the engine itself: name the socket it listens on, as in unix:///var/run/docker.sock"
    )]
    FileDescriptor(String),
    /// A socket's path that doesn't begin with a slash.
    #[error(
        "the engine's socket {0:?} must be an absolute path, with three slashes: unix:///var/run/docker.sock"
    )]
    RelativePath(String),
    /// A user or password where none can be given.
    #[error(
        "the engine's address {0:?} names a user or password, which it can't: only ssh://USER@HOST may name a user, and no address a password"
    )]
    Credentials(String),
    /// Something after the host and port.
    #[error("the engine's address {0:?} has something after the port: leave it out")]
    Path(String),
    /// The host or port can't be read.
    #[error("the engine's address {0:?} has no readable host and port: write tcp://HOST:PORT")]
    HostAndPort(String),
}

impl FromStr for EngineAddress {
    type Err = EngineAddressError;

    /// Reads `DOCKER_HOST` as the engine's own command line does where `DOCKER_TLS_VERIFY` isn't set:
    /// empty is the usual socket.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::read(text, false)
    }
}

impl EngineAddress {
    /// Reads `DOCKER_HOST` as the engine's own command line does where `DOCKER_TLS_VERIFY` is set and
    /// not empty: as it is [parsed](str::parse) otherwise, but `tcp://` and `http://` mean TLS.
    pub fn from_str_over_tls(text: &str) -> Result<Self, EngineAddressError> {
        Self::read(text, true)
    }

    fn read(text: &str, tls: bool) -> Result<Self, EngineAddressError> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(Self::default());
        }
        if text.starts_with('/') {
            return Ok(Self::Unix(PathBuf::from(text)));
        }
        let shown = || without_credentials(text);
        let (scheme, rest) = text
            .split_once("://")
            .ok_or_else(|| EngineAddressError::NoScheme(shown()))?;
        match scheme.to_ascii_lowercase().as_str() {
            "unix" if rest.is_empty() => Ok(Self::default()),
            "unix" if rest.starts_with('/') => Ok(Self::Unix(PathBuf::from(rest))),
            "unix" => Err(EngineAddressError::RelativePath(shown())),
            "tcp" | "http" if tls => Server::parse(rest, shown, TLS_PORT)?.tls(shown),
            "tcp" | "http" => Server::parse(rest, shown, PLAIN_PORT)?.tcp(shown),
            "https" => Server::parse(rest, shown, TLS_PORT)?.tls(shown),
            "ssh" => Server::parse(rest, shown, SSH_PORT)?.ssh(shown),
            "npipe" => Err(EngineAddressError::NamedPipe(shown())),
            "fd" => Err(EngineAddressError::FileDescriptor(shown())),
            _ => Err(EngineAddressError::UnknownScheme(shown())),
        }
    }

    /// The host that the engine runs on: `None` where it is this one, by way of a socket. IPv6
    /// addresses have no brackets.
    pub fn host(&self) -> Option<&str> {
        match self {
            Self::Unix(_) => None,
            Self::Tcp { host, .. } | Self::Tls { host, .. } | Self::Ssh { host, .. } => Some(host),
        }
    }

    /// The socket's path, where it is one.
    pub fn socket(&self) -> Option<&Path> {
        match self {
            Self::Unix(path) => Some(path),
            Self::Tcp { .. } | Self::Tls { .. } | Self::Ssh { .. } => None,
        }
    }

    /// Whether ports that the engine publishes on its loopback address are in reach from here.
    pub fn is_local(&self) -> bool {
        match self {
            Self::Unix(_) => true,
            Self::Tcp { host, .. } | Self::Tls { host, .. } => is_loopback(host),
            // Whoever goes through ssh to the loopback address goes through a tunnel.
            Self::Ssh { .. } => false,
        }
    }
}

impl Default for EngineAddress {
    fn default() -> Self {
        Self::Unix(PathBuf::from(DEFAULT_SOCKET))
    }
}

impl fmt::Display for EngineAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, user, host, port) = match self {
            Self::Unix(path) => return write!(f, "unix://{}", path.display()),
            Self::Tcp { host, port } => ("tcp", None, host, port),
            Self::Tls { host, port } => ("https", None, host, port),
            Self::Ssh { user, host, port } => ("ssh", user.as_deref(), host, port),
        };
        write!(f, "{scheme}://")?;
        if let Some(user) = user {
            write!(f, "{user}@")?;
        }
        if host.contains(':') {
            write!(f, "[{host}]:{port}")
        } else {
            write!(f, "{host}:{port}")
        }
    }
}

fn is_ipv6(text: &str) -> bool {
    let address = text
        .split_once('%')
        .map_or(text, |(address, _zone)| address);
    address.parse::<Ipv6Addr>().is_ok()
}

/// What stands behind the scheme of all but sockets.
struct Server {
    credentials: Option<String>,
    host: String,
    port: u16,
}

impl Server {
    fn parse(
        rest: &str,
        shown: impl Fn() -> String,
        default_port: u16,
    ) -> Result<Self, EngineAddressError> {
        let unreadable = || EngineAddressError::HostAndPort(shown());
        let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        if !matches!(path, "" | "/") {
            return Err(EngineAddressError::Path(shown()));
        }
        let (credentials, host_and_port) = match authority.rsplit_once('@') {
            Some((credentials, rest)) => (Some(credentials.to_string()), rest),
            None => (None, authority),
        };
        // Without a host it is this one, as with the engine's own command line.
        let local = format!("127.0.0.1{host_and_port}");
        let host_and_port = match host_and_port.chars().next() {
            None | Some(':') => &local,
            Some(_) => host_and_port,
        };
        let authority: Authority = Uri::try_from(host_and_port)
            .ok()
            .and_then(|uri| uri.authority().cloned())
            .ok_or_else(unreadable)?;
        let port = match host_and_port.strip_prefix(authority.host()) {
            Some("") => default_port,
            Some(_) => match authority.port_u16() {
                Some(port) if port > 0 => port,
                _ => return Err(unreadable()),
            },
            None => return Err(unreadable()),
        };
        let host = authority.host();
        // Brackets stand around an IPv6 address, with or without its zone, and nothing else.
        let bracketed = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        let host = match bracketed {
            Some(inner) if !is_ipv6(inner) => return Err(unreadable()),
            Some(inner) => inner.to_string(),
            None if host.contains(['[', ']']) => return Err(unreadable()),
            None => host.to_string(),
        };
        Ok(Self {
            credentials,
            host,
            port,
        })
    }

    fn without_user(self, shown: impl Fn() -> String) -> Result<(String, u16), EngineAddressError> {
        match self.credentials {
            None => Ok((self.host, self.port)),
            Some(_) => Err(EngineAddressError::Credentials(shown())),
        }
    }

    fn tcp(self, shown: impl Fn() -> String) -> Result<EngineAddress, EngineAddressError> {
        let (host, port) = self.without_user(shown)?;
        Ok(EngineAddress::Tcp { host, port })
    }

    fn tls(self, shown: impl Fn() -> String) -> Result<EngineAddress, EngineAddressError> {
        let (host, port) = self.without_user(shown)?;
        Ok(EngineAddress::Tls { host, port })
    }

    fn ssh(self, shown: impl Fn() -> String) -> Result<EngineAddress, EngineAddressError> {
        match self.credentials {
            Some(user) if user.is_empty() || user.contains([':', '@']) => {
                Err(EngineAddressError::Credentials(shown()))
            }
            user => Ok(EngineAddress::Ssh {
                user,
                host: self.host,
                port: self.port,
            }),
        }
    }
}

/// `text` without what stands before its last `@`, which may be a password.
fn without_credentials(text: &str) -> String {
    let Some((before, after)) = text.rsplit_once('@') else {
        return text.to_string();
    };
    match before.split_once("://") {
        Some((scheme, _)) => format!("{scheme}://..@{after}"),
        None => format!("..@{after}"),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<EngineAddress, EngineAddressError> {
        text.parse()
    }

    fn shown(text: &str) -> String {
        parse(text).unwrap().to_string()
    }

    #[test]
    fn sockets() {
        for text in ["", "  ", "unix://"] {
            assert_eq!(shown(text), "unix:///var/run/docker.sock");
        }
        assert_eq!(shown("unix:///run/a b.sock"), "unix:///run/a b.sock");
        assert_eq!(shown("/run/podman.sock"), "unix:///run/podman.sock");
        assert!(parse("/run/podman.sock").unwrap().is_local());
    }

    #[test]
    fn servers() {
        assert_eq!(shown("tcp://engine"), "tcp://engine:2375");
        assert_eq!(shown("TCP://engine:99/"), "tcp://engine:99");
        assert_eq!(shown("tcp://:2380"), "tcp://127.0.0.1:2380");
        assert_eq!(shown("tcp://"), "tcp://127.0.0.1:2375");
        assert_eq!(shown("http://10.0.0.1"), "tcp://10.0.0.1:2375");
        assert_eq!(shown("tcp://[::1]:2375"), "tcp://[::1]:2375");
        assert_eq!(parse("tcp://[::1]").unwrap().host(), Some("::1"));
        assert_eq!(shown("https://engine"), "https://engine:2376");
        assert_eq!(
            EngineAddress::from_str_over_tls("tcp://engine").unwrap(),
            parse("https://engine:2376").unwrap()
        );
    }

    #[test]
    fn a_socket_is_told_by_its_path() {
        let socket = |text| parse(text).unwrap().socket().map(Path::to_path_buf);
        assert_eq!(socket("/run/x.sock"), Some(PathBuf::from("/run/x.sock")));
        assert_eq!(socket("tcp://engine"), None);
    }

    #[test]
    fn ssh() {
        assert_eq!(shown("ssh://engine"), "ssh://engine:22");
        assert_eq!(shown("ssh://ann@engine:2222"), "ssh://ann@engine:2222");
    }

    #[test]
    fn local_is_what_the_loopback_address_reaches() {
        for (text, local) in [
            ("tcp://127.0.0.2", true),
            ("tcp://LocalHost", true),
            ("tcp://[::1]", true),
            ("tcp://10.0.0.1", false),
            ("tcp://engine", false),
            ("ssh://localhost", false),
        ] {
            assert_eq!(parse(text).unwrap().is_local(), local, "{text}");
        }
    }

    #[test]
    fn errors_name_the_address_and_the_way_out() {
        for (text, says) in [
            ("engine:2375", "write tcp://HOST:PORT"),
            ("ftp://engine", "unknown scheme"),
            ("npipe:////./pipe/docker_engine", "tcp://127.0.0.1:2375"),
            ("fd://", "name the socket"),
            ("unix://var/run/docker.sock", "unix:///var/run/docker.sock"),
            ("tcp://engine:99999", "no readable host"),
            ("tcp://engine:0", "no readable host"),
            ("tcp://engine:", "no readable host"),
            ("tcp://a b:1", "no readable host"),
            ("tcp://[::1", "no readable host"),
            ("tcp://engine:1/v1.41", "leave it out"),
            ("tcp://engine?a=b", "leave it out"),
        ] {
            let error = parse(text).unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
            assert!(error.contains(&format!("{text:?}")), "{error}");
        }
    }

    #[test]
    fn passwords_are_refused_and_not_shown() {
        for text in [
            "tcp://ann:hunter2@engine:2375",
            "https://hunter2@engine",
            "ssh://ann:hunter2@engine",
            "ssh://ann:hunter2@b@engine",
            "ftp://ann:hunter2@engine",
            "ann:hunter2@engine",
            "tcp://ann:hunter2@engine:99999",
        ] {
            let error = parse(text).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
    }

    /// Found by the test below and by the fuzzer: brackets were taken for a part of the host's name.
    #[test]
    fn brackets_hold_an_ipv6_address() {
        for text in [
            "tcp://[]",
            "tcp://[]:2375",
            "https://[name]:1",
            "ssh://[127.0.0.1]",
            "tcp://engine[1]",
        ] {
            assert!(
                matches!(parse(text), Err(EngineAddressError::HostAndPort(_))),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn no_text_panics_and_what_is_shown_is_read_back(text in r"(tcp|http|https|ssh|unix|x)?(://)?[a-z:@/\[\]0-9.%?# ]{0,20}|\PC{0,20}", tls: bool) {
            if let Ok(address) = EngineAddress::read(&text, tls) {
                prop_assert_eq!(parse(&address.to_string()), Ok(address));
            }
        }
    }
}
