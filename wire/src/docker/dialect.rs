//! Whose words an answer is in: engines of several makers speak Docker's API, and leave out different things.

/// Who has answered.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Dialect {
    /// Docker, or whoever speaks as it does: a container of whose health a list says nothing has no health check.
    Docker,
    /// Podman, most of whose lists say nothing of any container's health.
    Podman,
}

/// Podman puts it on each of its answers, and Docker on none.
const PODMANS: &str = "libpod-api-version";

impl Dialect {
    /// The dialect of an answer, by which headers it has. Their names are asked for in lower case.
    pub fn of_answer(has_header: impl Fn(&str) -> bool) -> Self {
        if has_header(PODMANS) {
            Self::Podman
        } else {
            Self::Docker
        }
    }
}
