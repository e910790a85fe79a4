//! Which store: `sqlite:PATH`, `postgres://…` or `postgresql://…`.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Where the store is. Neither `Display` nor `Debug` shows a password.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum StoreAddress {
    /// A file of this machine; made at first use.
    Sqlite(PathBuf),
    /// A server.
    Postgres(PostgresUrl),
}

/// The URL of a `PostgreSQL` database, with its password.
#[derive(Clone, PartialEq, Eq)]
pub struct PostgresUrl {
    /// As it was given. Secret.
    url: String,
    /// What may be shown of it.
    shown: String,
    has_password: bool,
}

impl PostgresUrl {
    /// The URL as it was given, password included: for the database's client alone.
    pub fn reveal(&self) -> &str {
        &self.url
    }

    /// Whether a password stands in it.
    pub fn has_password(&self) -> bool {
        self.has_password
    }

    /// Takes a URL that starts with one of `PostgreSQL`'s two schemes.
    ///
    /// What may be shown is put together from the parts that are understood, so that a password
    /// can't be shown because it stands in an unexpected place.
    fn parse(url: &str, rest: &str) -> Result<Self, StoreAddressError> {
        let (credentials, rest) = rest
            .split_once('@')
            .map_or((None, rest), |(credentials, rest)| {
                (Some(credentials), rest)
            });
        let (user, password) =
            match credentials.map(|both| both.split_once(':').unwrap_or((both, ""))) {
                Some((user, password)) => (Some(user), password),
                None => (None, ""),
            };
        let (target, options) = rest.split_once('?').unwrap_or((rest, ""));
        let mut passwords = options
            .split('&')
            .filter_map(|option| option.strip_prefix("password="))
            .chain([password]);
        let has_password = passwords.any(|password| !password.is_empty());
        // A user with a slash or a question mark is an `@` that belongs to what follows the host.
        if target.contains('@') || user.is_some_and(|user| user.contains(['/', '?'])) {
            return Err(StoreAddressError::RawAtSign);
        }
        let (hosts, database) = target
            .split_once('/')
            .map_or((target, None), |(hosts, database)| (hosts, Some(database)));
        if !hosts.split(',').all(has_sound_port) {
            return Err(StoreAddressError::BadPort);
        }
        let mut shown = String::from("postgres://");
        if let Some(user) = user {
            shown.push_str(user);
            shown.push('@');
        }
        shown.push_str(hosts);
        if let Some(database) = database {
            shown.push('/');
            shown.push_str(database);
        }
        Ok(Self {
            url: url.to_owned(),
            shown,
            has_password,
        })
    }
}

/// Whether what follows the host is nothing or a port. Were it shown unchecked, it could be the
/// password of a URL whose `@` was forgotten.
fn has_sound_port(host: &str) -> bool {
    let after_host = match host.strip_prefix('[').and_then(|host| host.split_once(']')) {
        Some((_ipv6, after)) => after,
        None => host.find(':').map_or("", |colon| &host[colon..]),
    };
    match after_host.strip_prefix(':') {
        Some(port) => port.parse::<u16>().is_ok(),
        None => after_host.is_empty(),
    }
}

impl fmt::Display for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

impl fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PostgresUrl({})", self.shown)
    }
}

impl fmt::Display for StoreAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => {
                let path = path.display().to_string();
                // Two slashes at its beginning would be read as those that may stand before a path.
                let slashes = if path.starts_with("//") { "//" } else { "" };
                write!(f, "sqlite:{slashes}{path}")
            }
            Self::Postgres(url) => fmt::Display::fmt(url, f),
        }
    }
}

impl FromStr for StoreAddress {
    type Err = StoreAddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            return sqlite_path(path).map(Self::Sqlite);
        }
        for scheme in ["postgres://", "postgresql://"] {
            if let Some(rest) = text.strip_prefix(scheme) {
                return PostgresUrl::parse(text, rest).map(Self::Postgres);
            }
        }
        Err(StoreAddressError::UnknownScheme)
    }
}

/// `sqlite:///absolute` is taken too, since many programs write it so.
fn sqlite_path(path: &str) -> Result<PathBuf, StoreAddressError> {
    let path = match path.strip_prefix("//") {
        Some(absolute) if absolute.starts_with('/') => absolute,
        Some(_host) => return Err(StoreAddressError::SqliteHost),
        None => path,
    };
    match path {
        "" => Err(StoreAddressError::NoPath),
        ":memory:" => Err(StoreAddressError::InMemory),
        _ if path.starts_with("~/") => Err(StoreAddressError::Tilde),
        _ if path.contains('\0') => Err(StoreAddressError::NulInPath),
        _ => Ok(Path::new(path).to_owned()),
    }
}

/// Why a text names no store. Never shows the text: it may hold a password.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreAddressError {
    /// Neither of the schemes.
    #[error("the store must be sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE")]
    UnknownScheme,
    /// `sqlite:` alone.
    #[error("the store `sqlite:` lacks the path of its file: write sqlite:PATH")]
    NoPath,
    /// `sqlite://something`.
    #[error("a SQLite store has no host: write sqlite:PATH or sqlite:///ABSOLUTE/PATH")]
    SqliteHost,
    /// `sqlite::memory:`.
    #[error("a store in memory would forget the containers it made: write sqlite:PATH")]
    InMemory,
    /// `sqlite:~/…`.
    #[error("`~` isn't expanded in the store's path: write the whole path")]
    Tilde,
    /// No file system takes it.
    #[error("the store's path holds a NUL byte")]
    NulInPath,
    /// An `@` that doesn't stand before the host.
    #[error("the store's URL holds an `@` elsewhere than before its host: write it as %40")]
    RawAtSign,
    /// Text where the port belongs.
    #[error("the store's URL has no port number after its host's colon (is the `@` missing?)")]
    BadPort,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<StoreAddress, StoreAddressError> {
        text.parse()
    }

    /// Found by the fuzzer: a path with two slashes was shown as an address that is refused.
    #[test]
    fn what_is_shown_of_a_file_is_read_back() {
        for text in [
            "sqlite:a.db",
            "sqlite:/a.db",
            "sqlite:////a.db",
            "sqlite://///a",
        ] {
            let address = parse(text).unwrap();
            assert_eq!(parse(&address.to_string()), Ok(address), "{text}");
        }
    }

    #[test]
    fn a_file_is_named_by_its_path() {
        for (text, path) in [
            ("sqlite:store.db", "store.db"),
            ("sqlite:/var/lib/x.db", "/var/lib/x.db"),
            ("sqlite:///var/lib/x.db", "/var/lib/x.db"),
            ("sqlite:a file?.db", "a file?.db"),
        ] {
            assert_eq!(parse(text), Ok(StoreAddress::Sqlite(path.into())), "{text}");
        }
    }

    #[test]
    fn a_malformed_address_is_refused_for_its_reason() {
        for (text, reason) in [
            ("", StoreAddressError::UnknownScheme),
            ("mysql://x", StoreAddressError::UnknownScheme),
            ("/var/lib/x.db", StoreAddressError::UnknownScheme),
            ("sqlite:", StoreAddressError::NoPath),
            ("sqlite://", StoreAddressError::SqliteHost),
            ("sqlite://host/x.db", StoreAddressError::SqliteHost),
            ("sqlite::memory:", StoreAddressError::InMemory),
            ("sqlite:~/x.db", StoreAddressError::Tilde),
            ("sqlite:a\0b", StoreAddressError::NulInPath),
            ("postgres://me:pa@ss@host/db", StoreAddressError::RawAtSign),
            (
                "postgres://host/db?password=se@cret",
                StoreAddressError::RawAtSign,
            ),
            (
                "postgres://host?password=se@cret",
                StoreAddressError::RawAtSign,
            ),
            ("postgres://me:secret/db", StoreAddressError::BadPort),
            ("postgres://host:99999/db", StoreAddressError::BadPort),
            ("postgres://[::1]secret/db", StoreAddressError::BadPort),
        ] {
            assert_eq!(parse(text), Err(reason), "{text}");
        }
    }

    #[test]
    fn no_password_is_shown() {
        for (text, shown) in [
            (
                "postgres://me:secret@host:1234/db",
                "postgres://me@host:1234/db",
            ),
            ("postgresql://me:secret@host/db", "postgres://me@host/db"),
            ("postgres://me:se/cr?et@host/db", "postgres://me@host/db"),
            (
                "postgres://me:s:ecret@a:1,[::1]:2/db",
                "postgres://me@a:1,[::1]:2/db",
            ),
            ("postgres://host?password=secret&user=me", "postgres://host"),
            (
                "postgres:///db?host=/run/pg&password=secret",
                "postgres:///db",
            ),
        ] {
            let address = parse(text).unwrap();
            assert_eq!(address.to_string(), shown, "{text}");
            let debug = format!("{address:?}");
            assert!(
                !debug.contains("secret") && !debug.contains("cret"),
                "{debug}"
            );
        }
    }

    #[test]
    fn a_password_is_told_of_wherever_it_stands() {
        for (text, has) in [
            ("postgres://me:secret@host/db", true),
            ("postgres://me:se?cret@host/db", true),
            ("postgres://host/db?sslmode=disable&password=secret", true),
            ("postgres://me@host:5432/db", false),
            ("postgres://me:@host/db?password=", false),
            ("postgres://host:5432/db?user=password", false),
        ] {
            let Ok(StoreAddress::Postgres(url)) = parse(text) else {
                panic!("not understood: {text}");
            };
            assert_eq!(url.has_password(), has, "{text}");
        }
    }

    #[test]
    fn the_client_gets_the_url_as_it_was_given() {
        let text = "postgres://me:secret@host/db?sslmode=disable";
        let Ok(StoreAddress::Postgres(url)) = parse(text) else {
            panic!("not understood");
        };
        assert_eq!(url.reveal(), text);
    }
}
