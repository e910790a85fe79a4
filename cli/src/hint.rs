//! The way out of an error, in the words of the command line: configuration keys, variables and
//! programs, where the library's own hint speaks of calls and settings.

use portreeve_tokio::Error;

/// What whoever typed the command is told to do about it.
pub(crate) fn of(error: &Error) -> &'static str {
    match error.code() {
        "engine_unserved" => "name another address of the engine in DOCKER_HOST",
        "image_missing" => {
            "check the image's name, or load it into the engine with `docker pull` or `docker load`"
        }
        "network_unusable" => {
            "choose another network, remove those that are one too many with `docker network rm ID`, or have fewer run by limits.running: see docs/operations.md"
        }
        "limit_reached" => "stop some users, or raise limits.running",
        "busy" => "try again later, or raise limits.starting",
        "no_health_check" => {
            "configure template.health_check, choose an image that has one, or another readiness"
        }
        "start_timeout" => {
            "look at what it prints, with `portreeve logs USER`; set another readiness, if it never comes to that one, or raise timing.start"
        }
        "events_gone" => {
            "leave --after away: that begins with the oldest event that is kept; what was missed shows in `portreeve list`"
        }
        "not_adoptable" => {
            "a container or volume must have the name the configuration gives to the user's, and labels of no installation; see docs/operations.md"
        }
        "engine_unreachable" => "is the engine running, and does DOCKER_HOST name it?",
        "engine_changed" => {
            "point DOCKER_HOST at the engine the store knows, or give this one a name of its own"
        }
        _ => error.hint(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use portreeve_core::error::{self, VolumeOwner};
    use portreeve_core::event::Position;
    use portreeve_core::id::{EngineId, EngineName, PortRange};
    use portreeve_core::network::NetworkFlaw;

    use super::*;

    fn events_gone() -> error::Error {
        error::Error::EventsGone {
            after: Position(7),
            dropped: Position(9),
            newest: Position(12),
        }
    }

    /// Every error of the core.
    fn all() -> Vec<error::Error> {
        use error::Error;

        let text = String::new;
        let volume = |by| Error::VolumeTaken { name: text(), by };
        let unusable = |why| Error::NetworkUnusable { name: text(), why };
        let after = Duration::from_secs(1);
        vec![
            Error::UnknownUser,
            Error::NoContainer,
            Error::Superseded { by: "stop" },
            Error::NameTaken {
                name: text(),
                id: text(),
            },
            volume(VolumeOwner::Unknown),
            volume(VolumeOwner::Labelled),
            volume(VolumeOwner::Recorded),
            Error::ImageMissing {
                image: text(),
                why: text(),
            },
            unusable(NetworkFlaw::Internal),
            Error::PortsExhausted(PortRange::DEFAULT),
            Error::LimitReached { limit: 1 },
            Error::Busy { limit: 1 },
            Error::StartFailed {
                exit_code: None,
                log: Vec::new(),
            },
            Error::NoHealthCheck { image: text() },
            Error::NoHostPort { container: text() },
            Error::VolumeInUse {
                name: text(),
                why: text(),
            },
            Error::BackingOff {
                count: 1,
                reason: text(),
                retry_in: after,
            },
            Error::StartTimeout {
                after,
                readiness: text(),
                last: text(),
            },
            Error::Timeout {
                after,
                last: text(),
            },
            Error::NotAdoptable(text()),
            Error::Closed,
            Error::EngineUnreachable(text()),
            Error::EngineRefused(text()),
            Error::EngineChanged {
                name: EngineName::new("local"),
                found: EngineId::new("a"),
                known: EngineId::new("b"),
            },
            Error::StoreUnreachable(text()),
            Error::StoreRefused(text()),
            Error::StoreUnwritable(text()),
            events_gone(),
            Error::RecordUnreadable(text()),
            Error::TokenUnreadable(text()),
        ]
    }

    /// Whoever types commands sees no path of Rust, and whoever calls the library no key, variable
    /// or program.
    #[test]
    fn each_is_told_in_the_words_of_who_is_told() {
        for error in all() {
            let (library, command_line) = (error.hint(), of(&Error::Command(error.clone())));
            assert!(!command_line.contains("::"), "{command_line}");
            for foreign in [
                "DOCKER_HOST",
                "docker ",
                "docs/",
                "limits.",
                "timing.",
                "template.",
            ] {
                assert!(!library.contains(foreign), "{library}");
            }
        }
    }

    #[test]
    fn an_engine_that_is_not_served_is_told_of_in_the_same_words() {
        let address = "ssh://engine".parse().unwrap();
        let error = Error::from(portreeve_tokio::engine::EngineClient::new(address).unwrap_err());
        assert!(of(&error).contains("DOCKER_HOST") && !error.hint().contains("DOCKER_HOST"));
    }

    /// A code that is misspelt above would bring the library's words back.
    #[test]
    fn every_code_that_has_words_of_its_own_is_one() {
        let own = all()
            .into_iter()
            .filter(|error| of(&Error::Command(error.clone())) != error.hint());
        let own: Vec<_> = own.map(|error| error.code()).collect();
        assert_eq!(
            own,
            [
                "image_missing",
                "network_unusable",
                "limit_reached",
                "busy",
                "no_health_check",
                "start_timeout",
                "not_adoptable",
                "engine_unreachable",
                "engine_changed",
                "events_gone",
            ]
        );
    }
}
