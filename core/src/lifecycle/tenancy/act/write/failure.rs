//! What is written down of a failed start, and when the next is due.

use alloc::string::ToString;
use alloc::vec::Vec;
use core::time::Duration;

use crate::bounds;
use crate::error::Error;
use crate::record::Failure;

/// So many starts may fail in a row before the next has to wait.
const FREE_FAILURES: u32 = 2;

/// What is written down of a failed start. Only a container that failed counts towards the
/// backoff: what the engine, an image or a name did is no fault of the container's.
pub(super) fn failure_of(error: &Error, before: Option<Failure>) -> Option<Failure> {
    let count_before = before.as_ref().map_or(0, |failure| failure.count);
    let (exit_code, log, counts) = match error {
        Error::StartFailed { exit_code, log } => (*exit_code, log.clone(), true),
        Error::StartTimeout { .. } => (None, Vec::new(), true),
        Error::NameTaken { .. }
        | Error::VolumeTaken { .. }
        | Error::ImageMissing { .. }
        | Error::NetworkUnusable { .. }
        | Error::NoHealthCheck { .. }
        | Error::NoHostPort { .. }
        | Error::VolumeInUse { .. }
        | Error::EngineRefused(_)
        | Error::TokenUnreadable(_) => (None, Vec::new(), false),
        Error::UnknownUser
        | Error::NoContainer
        | Error::Superseded { .. }
        | Error::PortsExhausted(_)
        | Error::LimitReached { .. }
        | Error::Busy { .. }
        | Error::BackingOff { .. }
        | Error::Timeout { .. }
        | Error::NotAdoptable(_)
        | Error::Closed
        | Error::EngineUnreachable(_)
        | Error::EngineChanged { .. }
        | Error::StoreUnreachable(_)
        | Error::StoreRefused(_)
        | Error::StoreUnwritable(_)
        | Error::EventsGone { .. }
        | Error::RecordUnreadable(_) => return before,
    };
    let count = count_before.saturating_add(u32::from(counts));
    Some(Failure {
        count,
        reason: error.to_string(),
        exit_code,
        log,
        retry_in: if counts {
            retry_in(count)
        } else {
            Duration::ZERO
        },
    })
}

/// When the next start is due after so many failed in a row: at once after the first two, then
/// after 10 s, doubling up to 5 minutes.
fn retry_in(failures: u32) -> Duration {
    match failures.checked_sub(FREE_FAILURES + 1) {
        None => Duration::ZERO,
        Some(doublings) => Duration::from_secs(10 << doublings.min(5)).min(bounds::LONGEST_BACKOFF),
    }
}
