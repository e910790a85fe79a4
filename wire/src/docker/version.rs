//! Which version of the API to speak.
//!
//! The engine's newest comes with every `GET /_ping`. Its oldest has to be asked for, but matters
//! only where its newest is above ours; so as a rule one ping settles it:
//!
//! 1. send [`ping`], read the answer's [`API_VERSION`] header, call [`choose`];
//! 2. only on [`Choice::AskOldest`]: send [`about_engine`], read it with [`EngineVersion::read`],
//!    call [`settle`].

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use crate::http::Request;

/// A version of the engine's API.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct ApiVersion {
    major: u16,
    minor: u16,
}

/// The oldest version spoken here: Docker 20.10's, and Podman's.
pub const OLDEST: ApiVersion = ApiVersion::new(1, 41);
/// The newest version spoken here: Docker 29.0's.
pub const NEWEST: ApiVersion = ApiVersion::new(1, 52);
/// The header in which an engine tells its newest version.
pub const API_VERSION: &str = "api-version";

impl ApiVersion {
    /// Makes it of its two numbers.
    pub const fn new(major: u16, minor: u16) -> Self {
        Self { major, minor }
    }

    /// The same request, spoken in this version.
    #[must_use]
    pub fn spoken(self, mut request: Request) -> Request {
        request.target.insert_str(0, &format!("/v{self}"));
        request
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl FromStr for ApiVersion {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // `parse` alone would take a sign.
        let number = |digits: &str| {
            let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit());
            is_plain.then(|| digits.parse().ok()).flatten()
        };
        text.trim()
            .split_once('.')
            .and_then(|(major, minor)| Some(Self::new(number(major)?, number(minor)?)))
            .ok_or(VersionError::NotAnEngine)
    }
}

/// Why there is no version that both sides speak.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum VersionError {
    /// The answer to a ping names no version.
    #[error(
        "what answers there is not a container engine (its ping names no API version): does DOCKER_HOST name one?"
    )]
    NotAnEngine,
    /// Its newest is older than our oldest.
    #[error(
        "the engine is too old: it speaks API {newest} at most, and {OLDEST} is needed; upgrade it to Docker 20.10 or later, or to Podman 4 or later"
    )]
    TooOld {
        /// The engine's newest.
        newest: ApiVersion,
    },
    /// Its oldest is newer than our newest.
    #[error(
        "the engine is too new: it speaks API {oldest} at least, and {NEWEST} is the newest known here; upgrade Portreeve"
    )]
    TooNew {
        /// The engine's oldest.
        oldest: ApiVersion,
    },
}

/// What follows from the engine's newest version.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Choice {
    /// Speak this one.
    Use(ApiVersion),
    /// The engine is newer than all versions known here: ask for its oldest.
    AskOldest,
}

/// Asks for the engine's newest version.
pub fn ping() -> Request {
    Request::get("/_ping")
}

/// Asks for the engine's versions.
pub fn about_engine() -> Request {
    Request::get("/version")
}

/// Chooses by what the ping's [`API_VERSION`] header says.
pub fn choose(header: Option<&str>) -> Result<Choice, VersionError> {
    let newest: ApiVersion = header.ok_or(VersionError::NotAnEngine)?.parse()?;
    if newest < OLDEST {
        Err(VersionError::TooOld { newest })
    } else if newest <= NEWEST {
        Ok(Choice::Use(newest))
    } else {
        Ok(Choice::AskOldest)
    }
}

/// Chooses for an engine that is newer than all versions known here.
pub fn settle(engine: &EngineVersion) -> Result<ApiVersion, VersionError> {
    match engine.oldest_api {
        Some(oldest) if oldest > NEWEST => Err(VersionError::TooNew { oldest }),
        _ => Ok(NEWEST),
    }
}

/// Whether an answer says that the engine doesn't speak the version it was asked in: it was
/// upgraded or replaced after the version was settled. Nothing was done then.
pub fn is_refused(status: u16, body: &[u8]) -> bool {
    if status != 400 {
        return false;
    }
    let text = String::from_utf8_lossy(body);
    text.contains("client version") && (text.contains("too old") || text.contains("too new"))
}

/// What an engine says of itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EngineVersion {
    /// The release, as `20.10.24`.
    pub release: String,
    /// The newest API version it speaks.
    pub newest_api: Option<ApiVersion>,
    /// The oldest API version it speaks.
    pub oldest_api: Option<ApiVersion>,
    /// The operating system its containers run on, as `linux`.
    pub os: String,
    /// The processor architecture, as `amd64`.
    pub arch: String,
    /// Whether it is Podman's compatible service.
    pub podman: bool,
}

impl EngineVersion {
    /// Reads the answer to [`about_engine`]. What it doesn't tell stays empty.
    pub fn read(body: &[u8]) -> Self {
        let answer: Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |key: &str| answer[key].as_str().unwrap_or_default();
        let components = answer["Components"].as_array();
        Self {
            release: text("Version").to_string(),
            newest_api: text("ApiVersion").parse().ok(),
            oldest_api: text("MinAPIVersion").parse().ok(),
            os: text("Os").to_string(),
            arch: text("Arch").to_string(),
            podman: components
                .into_iter()
                .flatten()
                .any(|component| component["Name"].as_str() == Some("Podman Engine")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(minor: u16) -> ApiVersion {
        ApiVersion::new(1, minor)
    }

    #[test]
    fn one_ping_settles_it_within_our_range() {
        for minor in [41, 44, 52] {
            let header = version(minor).to_string();
            assert_eq!(choose(Some(&header)), Ok(Choice::Use(version(minor))));
        }
    }

    #[test]
    fn a_newer_engine_is_asked_for_its_oldest() {
        for header in ["1.53", "1.100", "2.0"] {
            assert_eq!(choose(Some(header)), Ok(Choice::AskOldest), "{header}");
        }
        let engine = |oldest: &str| {
            let body = format!(r#"{{"ApiVersion":"1.60","MinAPIVersion":"{oldest}"}}"#);
            settle(&EngineVersion::read(body.as_bytes()))
        };
        assert_eq!(engine("1.44"), Ok(NEWEST));
        assert_eq!(engine("1.52"), Ok(NEWEST));
        assert_eq!(
            engine("1.53"),
            Err(VersionError::TooNew {
                oldest: version(53)
            })
        );
    }

    #[test]
    fn too_old_and_no_engine_are_told_apart() {
        assert_eq!(
            choose(Some("1.40")),
            Err(VersionError::TooOld {
                newest: version(40)
            })
        );
        for header in [
            None,
            Some(""),
            Some("1"),
            Some("1.x"),
            Some("+1.41"),
            Some("1.99999"),
        ] {
            assert_eq!(choose(header), Err(VersionError::NotAnEngine), "{header:?}");
        }
    }

    #[test]
    fn a_refused_version_is_recognised() {
        let new = br#"{"message":"client version 1.60 is too new. Maximum supported API version is 1.41"}"#;
        let old = br#"{"message":"client version 1.41 is too old. Minimum supported API version is 1.44, please upgrade your client to a newer version"}"#;
        assert!(is_refused(400, new));
        assert!(is_refused(400, old));
        assert!(!is_refused(500, new));
        for other in [
            "bad parameter",
            "the image is too old",
            "bad client version",
        ] {
            assert!(!is_refused(400, other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn engines_say_what_they_are() {
        let docker = EngineVersion::read(
            br#"{"Platform":{"Name":""},"Components":[{"Name":"Engine","Version":"20.10.24+dfsg1","Details":{}}],"Version":"20.10.24+dfsg1","ApiVersion":"1.41","MinAPIVersion":"1.12","Os":"linux","Arch":"amd64"}"#,
        );
        assert_eq!(docker.release, "20.10.24+dfsg1");
        assert_eq!(docker.newest_api, Some(version(41)));
        assert_eq!(docker.oldest_api, Some(version(12)));
        assert!(!docker.podman);
        let podman = EngineVersion::read(
            br#"{"Components":[{"Name":"Podman Engine","Version":"5.4.2"}],"Version":"5.4.2","ApiVersion":"1.41","MinAPIVersion":"1.24","Os":"linux","Arch":"amd64"}"#,
        );
        assert!(podman.podman);
        assert_eq!(EngineVersion::read(b"<html>").release, "");
    }
}
