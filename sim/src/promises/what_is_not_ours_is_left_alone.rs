//! Promise 9: what is not ours is left alone. Labels alone make nothing ours, since images and copies
//! hand them on.

use std::collections::BTreeMap;

use portreeve_core::command::{Finding, Problem, Remedy};
use portreeve_core::effect::EngineEffect;
use portreeve_core::id::{ContainerId, InstallationId};
use portreeve_core::label;
use portreeve_core::user::UserId;

use super::ledger::Ledger;
use super::no_state_lost;
use super::verdict::{Broken, Verdict};
use crate::engine::{Container, Engine};
use crate::store::Store;

/// Its name.
pub const PROMISE: &str = "What is not ours is left alone";

/// A change of a container took hold: it was made on a controller's word, or adopted.
pub(super) fn changed(effect: &EngineEffect, ledger: &Ledger) -> Verdict {
    let (EngineEffect::Start { container }
    | EngineEffect::Stop { container, .. }
    | EngineEffect::Unpause { container }
    | EngineEffect::Remove { container }) = effect
    else {
        return Ok(());
    };
    is_ours(container, ledger)
}

fn is_ours(container: &ContainerId, ledger: &Ledger) -> Verdict {
    match ledger.container(container) {
        Some(_) => Ok(()),
        None => Err(format!("{container} was changed, which we never made")),
    }
}

/// A volume was removed that no user of ours has: how that breaks the promise.
pub fn foreign_volume_removed(name: &str) -> String {
    format!("the volume {name} was removed, which we never made")
}

/// A container was made on a volume that was there: how that breaks the promise where somebody else
/// made the volume.
pub(super) fn foreign_volume_mounted(user: &UserId, name: &str) -> String {
    format!("a container of {user:?} was made on {name}, which somebody else made")
}

/// Nothing is lost or mixed up once this container is the user's, with its state in that volume.
pub(super) fn may_be_adopted(
    user: &UserId,
    state: &str,
    found: &Container,
    engine: &Engine,
) -> Result<(), Broken> {
    let id = found.id();
    let bears_any = |labels: &BTreeMap<String, String>| {
        labels.keys().any(|label| label.starts_with("portreeve."))
    };
    if bears_any(&found.spec().labels) {
        let text = format!("{id} bears somebody's labels, and {user:?} has adopted it");
        return Err(Broken::new(PROMISE, text));
    }
    if found.spec().auto_remove {
        let text = format!("{id} is removed once it ends, and {user:?} has adopted it");
        return Err(Broken::new(no_state_lost::PROMISE, text));
    }
    for mount in found.mounts() {
        let Some(name) = &mount.volume else { continue };
        if mount.anonymous && **name == *state {
            let text = format!("the state of {user:?} is in {name}, which goes along with {id}");
            return Err(Broken::new(no_state_lost::PROMISE, text));
        }
        let labels = engine.volume(name).map(|volume| &volume.labels);
        let theirs = labels.and_then(|labels| labels.get(label::USER));
        if labels.is_some_and(bears_any) && theirs.map(String::as_str) != Some(user.as_str()) {
            let text =
                format!("{id} mounts {name}, which is another's, and {user:?} has adopted it");
            return Err(Broken::new(PROMISE, text));
        }
    }
    Ok(())
}

/// A repair has told what it found: all that bears users' labels and isn't shown to be theirs is
/// among it. Whoever is being purged is left alone until that is over; what holds it up, such as a
/// copy that mounts the volume, is told of and removed first.
pub(super) fn check_findings(
    findings: &[Finding],
    installation: InstallationId,
    ledger: &Ledger,
    (engine, store): (&Engine, &Store),
) -> Verdict {
    for container in engine.containers() {
        let Some(labels) = container.labels() else {
            continue;
        };
        let ours = labels.installation == installation;
        let purged = store.body(&labels.user).is_some_and(|body| body.purging);
        if !ours || purged || ledger.is_shown(container.id()) {
            continue;
        }
        let reported = findings.iter().any(|finding| {
            let found = finding.container.as_ref();
            finding.problem == Problem::Copy
                && finding.remedy == Remedy::Reported
                && found.is_some_and(|found| found.id == *container.id())
        });
        if !reported {
            return Err(format!(
                "{} bears a user's labels, isn't shown to be the user's, and a repair doesn't tell of it",
                container.id()
            ));
        }
    }
    Ok(())
}
