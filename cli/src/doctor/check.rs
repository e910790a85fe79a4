//! One thing that was looked at, and what is to be told of it.

use portreeve_api::program::{self, Verdict};

use crate::codes::Exit;
use crate::failure::Failure;

/// One thing that was looked at.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Check {
    /// What was seen.
    pub(super) seen: program::Check,
    /// How the process ends if it is bad.
    exit: Exit,
}

impl Check {
    pub(super) fn good(name: &str, detail: impl Into<String>) -> Self {
        Self {
            seen: program::Check {
                name: name.to_owned(),
                status: Verdict::Good,
                detail: detail.into(),
                mend: None,
            },
            exit: Exit::Done,
        }
    }

    pub(super) fn doubtful(name: &str, detail: impl Into<String>, mend: impl Into<String>) -> Self {
        let mut check = Self::good(name, detail);
        check.seen.status = Verdict::Doubtful;
        check.seen.mend = Some(mend.into());
        check
    }

    pub(super) fn bad(
        name: &str,
        exit: Exit,
        detail: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        let mut check = Self::doubtful(name, detail, mend);
        check.seen.status = Verdict::Bad;
        check.exit = exit;
        check
    }

    pub(super) fn failed(name: &str, failure: impl Into<Failure>) -> Self {
        let failure = failure.into();
        let exit = failure.exit();
        Self::bad(name, exit, failure.message, failure.hint)
    }
}

/// The way the first bad thing ends the process; those that others rest upon come first.
pub(super) fn exit(checks: &[Check]) -> Exit {
    checks
        .iter()
        .find(|check| check.seen.status == Verdict::Bad)
        .map_or(Exit::Done, |check| check.exit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bad_thing_ends_the_process() {
        let checks = [
            Check::good("a", ""),
            Check::doubtful("b", "", ""),
            Check::bad("c", Exit::Engine, "", ""),
            Check::bad("d", Exit::Store, "", ""),
        ];
        assert_eq!(exit(&checks), Exit::Engine);
        assert_eq!(exit(&checks[..2]), Exit::Done);
    }
}
