//! Promise 2: what is answered belongs to the user who asked, and no two records name one volume.

use std::collections::BTreeSet;
use std::time::Duration;

use portreeve_core::command::{Command, Endpoint, LogSource, Reply, Rotated};
use portreeve_core::effect::Put;
use portreeve_core::settings::Settings;
use portreeve_core::time::Instant;
use portreeve_core::user::UserId;

use super::ledger::{Ledger, Made};
use super::verdict::Verdict;
use crate::store::Store;

/// Its name.
pub const PROMISE: &str = "Yours only";

/// A container that is answered belongs to the user who asked, and is the one that was made. It may
/// have been gone for as long as what was seen before is trusted.
pub(super) fn answered(
    command: &Command,
    reply: &Reply,
    seen_from: Instant,
    ledger: &Ledger,
) -> Verdict {
    let endpoint = match reply {
        Reply::Ensured(endpoint)
        | Reply::Rotated(Rotated {
            endpoint: Some(endpoint),
            ..
        }) => endpoint,
        Reply::Status(status) => {
            return match command {
                Command::Status(user) if *user == status.user => Ok(()),
                other => Err(format!(
                    "{other:?} was answered with the status of {:?}",
                    status.user
                )),
            };
        }
        Reply::LogSource(source) => return is_the_users(command, source, ledger),
        _ => return Ok(()),
    };
    match command {
        Command::Ensure(user) | Command::Restart(user) | Command::Rotate(user) => {
            belongs(endpoint, user, seen_from, ledger)
        }
        other => Err(format!("{other:?} was answered with an endpoint")),
    }
}

/// Nobody's log is another's.
fn is_the_users(command: &Command, source: &LogSource, ledger: &Ledger) -> Verdict {
    let Command::LogSource(user) = command else {
        return Err(format!("{command:?} was answered with a log"));
    };
    let made = ledger.container(&source.container);
    if source.user != *user || made.is_some_and(|made| made.user != *user) {
        return Err(format!(
            "{user:?} was answered the log of {:?}",
            source.container
        ));
    }
    Ok(())
}

fn belongs(endpoint: &Endpoint, user: &UserId, seen_from: Instant, ledger: &Ledger) -> Verdict {
    let id = &endpoint.container;
    let made = ledger
        .container(id)
        .ok_or_else(|| format!("{user:?} was answered {id}, which was never made"))?;
    let wrong = |what: &str| Err(format!("{user:?} was answered {id}, {what}"));
    if endpoint.user != *user || made.user != *user {
        return wrong(&format!("which belongs to {:?}", made.user));
    }
    if made.port != endpoint.port || !leads_to(&endpoint.url, made) {
        return wrong(&format!(
            "which is on port {:?}, as {}",
            made.port, endpoint.url
        ));
    }
    if !made.ran {
        return wrong("which has never run");
    }
    if made.gone.is_some_and(|gone| gone < seen_from) {
        return wrong("which was gone long before the question");
    }
    Ok(())
}

/// A write took hold: no other record names the volume that this one does, unless both did before
/// stores refused that.
pub(super) fn names_a_volume_of_its_own(
    put: &Put,
    store: &Store,
    shared_before: &BTreeSet<String>,
) -> Verdict {
    let shared = store
        .record(&put.user)
        .is_some_and(|record| record.shares_volume);
    if shared && !shared_before.contains(&put.body.names.volume) {
        let (name, user) = (&put.body.names.volume, &put.user);
        return Err(format!(
            "the record of {user:?} names the volume {name}, which is another user's"
        ));
    }
    Ok(())
}

/// While events are followed, what they and the last list told is answered again for that long: an
/// engine that drops events in silence isn't noticed sooner. Where they aren't, whoever asks is
/// served with what was seen a second before for others.
pub(super) fn trust(settings: &Settings) -> Duration {
    if settings.maintenance.watch {
        settings.timing.trust
    } else {
        Duration::from_secs(1)
    }
}

/// Whether the URL names the container's host port or, for callers on the same network, the container.
fn leads_to(url: &str, made: &Made) -> bool {
    let by_port = made
        .port
        .is_some_and(|port| url.ends_with(&format!(":{port}")));
    // People give containers any name.
    let by_name = made.renamed || url.starts_with(&format!("http://{}:", made.name));
    by_port || by_name
}
