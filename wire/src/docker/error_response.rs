//! What an engine means by an answer that isn't a success.
//!
//! Engines tell failures apart by text more than by status, and change both from release to
//! release; so a meaning is a status or a range of them, and a loose piece of the text. The
//! wordings are those of Docker 20.10 to 29, Docker Desktop and Podman 4 to 5.

use portreeve_core::outcome::EngineOutcome;
use serde_json::Value;

use crate::text::one_line;

/// An answer that isn't a success.
pub(super) struct ErrorResponse {
    status: u16,
    /// Whether the text is an engine's: something between us and it words things otherwise.
    from_engine: bool,
    /// In lower case, for looking at only.
    lower: String,
    /// Fit to be shown.
    shown: String,
}

/// Why an engine doesn't tell what was asked of a container: it isn't there, or the engine doesn't want to.
pub fn not_told(status: u16, body: &[u8]) -> EngineOutcome {
    let error = ErrorResponse::read(status, body, []);
    if error.is_absent() {
        EngineOutcome::Absent
    } else {
        EngineOutcome::Refused(error.text())
    }
}

impl ErrorResponse {
    /// Reads it. `secrets` are cut out of the text, should the engine repeat them.
    pub(super) fn read<'a>(
        status: u16,
        body: &[u8],
        secrets: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let answer: Option<Value> = serde_json::from_slice(body).ok();
        let message = answer
            .as_ref()
            .and_then(|answer| answer["message"].as_str());
        let mut text = match message {
            Some(message) => message.to_string(),
            None => String::from_utf8_lossy(body).into_owned(),
        };
        let secrets: Vec<&str> = secrets.into_iter().collect();
        for secret in &secrets {
            text = text.replace(secret, "..");
        }
        let mut line = one_line(&text);
        // Again, since control characters that stood between a secret's may be gone now.
        for secret in secrets {
            line = line.replace(secret, "..");
        }
        Self {
            status,
            from_engine: message.is_some(),
            lower: line.to_lowercase(),
            shown: match line.as_str() {
                "" => format!("status {status} without a word"),
                _ => line,
            },
        }
    }

    fn says(&self, text: &str) -> bool {
        self.lower.contains(text)
    }

    /// Whether the thing the path names doesn't exist. A path that the engine doesn't know, or a
    /// 404 of somebody else's, tells nothing of it.
    pub(super) fn is_absent(&self) -> bool {
        self.status == 404
            && self.from_engine
            && !self.says("page not found")
            && !self.says("is not supported")
    }

    /// Whether the container doesn't exist, in an answer whose 404 may be about something else.
    pub(super) fn is_no_such_container(&self) -> bool {
        self.is_absent() && self.says("no such container")
    }

    pub(super) fn is_no_such_image(&self) -> bool {
        self.status == 404 && (self.says("no such image") || self.says("image not known"))
    }

    /// Whether the network that the container is to be attached to is gone, or one of several that
    /// go by its name.
    pub(super) fn is_no_such_network(&self) -> bool {
        self.is_network_gone() || self.is_network_ambiguous()
    }

    fn is_network_gone(&self) -> bool {
        // "no such network interface" is about a bridge, and a path may hold the word, too.
        let gone = self.says("no such network") && !self.says("no such network interface");
        let not_found = self.says("network not found") || self.says("unable to find network");
        matches!(self.status, 404 | 500) && (gone || not_found || self.names_lost_network())
    }

    /// Whether it says "network NAME is ambiguous".
    fn is_network_ambiguous(&self) -> bool {
        let words: Vec<&str> = self.lower.split_whitespace().collect();
        let ambiguous = |told: &[&str]| matches!(told, ["network", _, "is", "ambiguous"]);
        matches!(self.status, 400 | 500) && words.windows(4).any(ambiguous)
    }

    /// Whether it says "network NAME not found".
    fn names_lost_network(&self) -> bool {
        let words: Vec<&str> = self.lower.split_whitespace().collect();
        words.windows(4).any(|told| {
            matches!(told, ["network", _, "not", found] if found.starts_with("found"))
        }) || words
            .windows(6)
            .any(|told| matches!(told, ["network", _, "could", "not", "be", found] if found.starts_with("found")))
    }

    /// Whether the network that the container is to be attached to has no place or no address left.
    pub(super) fn is_network_full(&self) -> bool {
        let full = [
            // The kernel, of a bridge that has all its ports.
            "exchange full",
            // Docker.
            "on this network's address pools",
            // Docker, of networks of several hosts.
            "no available addresses on this pool",
            // Podman.
            "failed to find free ip in range",
        ];
        self.status == 500 && full.iter().any(|text| self.says(text))
    }

    pub(super) fn is_port_taken(&self) -> bool {
        let taken = [
            // Docker, of another container of its own.
            "port is already allocated",
            // Docker and Podman, of any other process.
            "address already in use",
            // Docker Desktop.
            "ports are not available",
            // Docker Desktop on Windows.
            "only one usage of each socket address",
        ];
        matches!(self.status, 409 | 500) && taken.iter().any(|text| self.says(text))
    }

    /// Whether something of the container's name is on its network already: what an earlier one of
    /// that name has left there, or what is left of this one.
    pub(super) fn is_endpoint_taken(&self) -> bool {
        let there = [
            "already connected to network",
            "already attached to network",
        ];
        matches!(self.status, 403 | 409 | 500)
            && (there.iter().any(|text| self.says(text))
                // Docker 20.10; before, and on networks of several hosts, "service endpoint".
                || (self.says("endpoint with name") && self.says("already exists")))
    }

    pub(super) fn is_name_taken(&self) -> bool {
        // Podman answers 500 where Docker answers 409.
        matches!(self.status, 409 | 500)
            && self.says("name")
            && (self.says("is already in use") || self.says("already exists"))
    }

    /// Whether the container is on its way out.
    pub(super) fn is_removal_in_progress(&self) -> bool {
        let going = ["marked for removal", "removal in progress", "being removed"];
        matches!(self.status, 409 | 500)
            && (going.iter().any(|text| self.says(text))
                || (self.says("removal of container") && self.says("in progress")))
    }

    /// Whether a network or volume of that name is there already.
    pub(super) fn is_already_there(&self) -> bool {
        matches!(self.status, 409 | 500)
            && (self.says("already exists") || self.says("already used"))
    }

    /// Whether a volume of that name was made otherwise (by another driver, say).
    pub(super) fn is_volume_conflict(&self) -> bool {
        self.status == 409 && self.says("volume name must be unique")
    }

    /// Whether the container wasn't paused.
    pub(super) fn is_not_paused(&self) -> bool {
        matches!(self.status, 409 | 500) && self.says("not paused")
    }

    /// Whether the container's log is kept where the engine can't read it.
    pub(super) fn is_log_unreadable(&self) -> bool {
        self.says("does not support reading")
    }

    /// The engine's words.
    pub(super) fn text(&self) -> String {
        self.shown.clone()
    }

    /// Whatever it is: nothing has begun.
    pub(super) fn not_begun(self) -> EngineOutcome {
        EngineOutcome::Unreachable(self.answered())
    }

    /// A pull that didn't begin: engines answer 404 or 500 with the registry's words, which only
    /// its operator or the configuration can change.
    pub(super) fn registry_refused(self) -> EngineOutcome {
        match self.status {
            404 | 500 if self.from_engine => EngineOutcome::Refused(self.shown),
            _ => self.otherwise(),
        }
    }

    /// What is left when nothing particular is meant: a refusal, a conflict, or doubt.
    pub(super) fn otherwise(self) -> EngineOutcome {
        match self.status {
            409 => EngineOutcome::Conflict(self.shown),
            // Podman's word for it.
            500 if self.says("container state improper") => EngineOutcome::Conflict(self.shown),
            // A 404 by somebody else may be a proxy whose engine isn't back yet.
            404 if !self.from_engine => self.unclear(),
            // Timeouts and limits pass.
            408 | 425 | 429 => self.unclear(),
            400..=499 => EngineOutcome::Refused(self.shown),
            500 if self.is_lasting() => EngineOutcome::Refused(self.shown),
            _ => self.unclear(),
        }
    }

    /// Whether a 500 is about how the container or network is made, so that trying again won't do.
    fn is_lasting(&self) -> bool {
        let lasting = [
            // No runtime for the GPUs asked for.
            "could not select device driver",
            "error gathering device information",
            // The runtime can't make the process: no such program, user or mount point.
            "oci runtime",
            // Podman can't make sense of what the container is to be made from.
            "specgen",
            // The engine has no addresses left for networks.
            "address pool",
            // The host has no such address as ports are to be published on.
            "cannot assign requested address",
        ];
        lasting.iter().any(|text| self.says(text))
    }

    fn unclear(self) -> EngineOutcome {
        EngineOutcome::Unclear(self.answered())
    }

    fn answered(&self) -> String {
        format!("the engine answered {}: {}", self.status, self.shown)
    }
}
