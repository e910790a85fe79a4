//! How far a command for one user is.

use portreeve_core::command::Progress;

use super::style::{short, word};

/// What is being done, or waited for; `None` where that is no text.
pub(crate) fn progress(progress: &Progress) -> Option<String> {
    Some(match progress {
        Progress::AwaitingLease(lease) => format!(
            "waiting for the lease of controller {}, which ends in {} s, unless it is renewed…",
            short(&lease.owner.to_string()),
            // No time is promised that is shorter than the real one.
            lease.remaining.as_secs_f64().ceil()
        ),
        Progress::Queued { before: 0 } => "it is the next to be started…".to_owned(),
        Progress::Queued { before: 1 } => "another one is started first…".to_owned(),
        Progress::Queued { before } => format!("{before} others are started first…"),
        Progress::AwaitingImage { image } => format!("waiting for the image {}…", word(image)),
        Progress::Creating => "creating the container…".to_owned(),
        Progress::Starting => "starting the container…".to_owned(),
        Progress::AwaitingReadiness => "waiting until it is ready…".to_owned(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use portreeve_core::id::ControllerId;
    use portreeve_core::record::Lease;

    use super::*;

    #[test]
    fn a_lease_is_told_with_its_holder_and_its_end() {
        let lease = Lease {
            owner: ControllerId::from_bytes([0xab; 16]),
            remaining: Duration::from_millis(11_400),
        };
        let told = progress(&Progress::AwaitingLease(lease)).unwrap();
        let wanted = "waiting for the lease of controller abababababab, which ends in 12 s, unless it is renewed…";
        assert_eq!(told, wanted);
    }

    #[test]
    fn how_many_users_are_done_is_a_bar() {
        assert_eq!(progress(&Progress::Users { done: 1, total: 2 }), None);
    }
}
