//! What comes next, after something was asked that is needed beforehand: the path from the first
//! question to ready or failed, as a pure function of what was answered.

use alloc::string::{String, ToString};

use crate::effect::{Effect, EngineEffect, StoreEffect};
use crate::error::Error;
use crate::id::{ControllerId, EngineId, InstallationId};
use crate::label;
use crate::network::{self, Network};
use crate::outcome::{EngineOutcome, Outcome, StoreOutcome};
use crate::record::Header;
use crate::settings::{PullPolicy, Settings};

/// What an outcome calls for.
pub(crate) enum Next {
    Send(Effect),
    /// This engine answers, and it isn't known yet which one is meant.
    FirstContact(EngineId),
    Ready,
    Fail(Error),
    /// Try again later.
    Retry,
    /// Engine or store weren't reached: try again until patience runs out.
    Unreachable(Error),
}

/// What comes after `effect` had `outcome`.
pub(crate) fn next(
    settings: &Settings,
    header: Option<&Header>,
    owner: ControllerId,
    locked: bool,
    effect: &Effect,
    outcome: Outcome,
) -> Next {
    match (effect, outcome) {
        (Effect::Engine(effect), Outcome::Engine(outcome)) => {
            after_engine(settings, header, owner, locked, effect, outcome)
        }
        (Effect::Store(effect), Outcome::Store(outcome)) => after_store(settings, effect, outcome),
        (Effect::Engine(_) | Effect::Store(_) | Effect::Probe(_), _) => Next::Retry,
    }
}

fn after_engine(
    settings: &Settings,
    header: Option<&Header>,
    owner: ControllerId,
    locked: bool,
    effect: &EngineEffect,
    outcome: EngineOutcome,
) -> Next {
    let store = |effect| Next::Send(Effect::Store(effect));
    match (effect, outcome) {
        (_, EngineOutcome::Unreachable(text)) => Next::Unreachable(Error::EngineUnreachable(text)),
        (EngineEffect::Identify, EngineOutcome::Identified(id)) => compared(settings, header, id),
        (EngineEffect::FindNetworks { .. }, EngineOutcome::Networks(found)) => {
            after_networks(settings, header, owner, locked, &found)
        }
        // What somebody else has made may be of any kind: that one has to be looked at.
        (EngineEffect::FindNetworks { .. }, EngineOutcome::Done)
        | (EngineEffect::CreateNetwork { .. }, EngineOutcome::AlreadyDone) => Next::Retry,
        (EngineEffect::CreateNetwork { .. }, EngineOutcome::Done) => store(unlock(settings, owner)),
        (EngineEffect::InspectImage { image }, EngineOutcome::Absent) => match settings.pull {
            PullPolicy::Missing => Next::Send(Effect::Engine(EngineEffect::PullImage {
                image: image.clone(),
            })),
            PullPolicy::Never => Next::Fail(Error::ImageMissing {
                image: image.clone(),
                why: "it is not on the engine, and the pull policy is `never`".to_string(),
            }),
        },
        (
            EngineEffect::PullImage { image },
            EngineOutcome::Refused(why) | EngineOutcome::Unclear(why),
        ) => Next::Fail(Error::ImageMissing {
            image: image.clone(),
            why,
        }),
        (
            EngineEffect::Identify,
            EngineOutcome::Done | EngineOutcome::AlreadyDone | EngineOutcome::Absent,
        ) => Next::Fail(Error::EngineRefused(
            "the engine's client was asked which engine it is, and named none".to_string(),
        )),
        (_, EngineOutcome::Done) => Next::Ready,
        (_, EngineOutcome::Refused(text)) => Next::Fail(Error::EngineRefused(text)),
        (_, _) => Next::Retry,
    }
}

/// The networks of the name were looked for: there is one that serves, none yet, or one that can't serve.
fn after_networks(
    settings: &Settings,
    header: Option<&Header>,
    owner: ControllerId,
    locked: bool,
    found: &[Network],
) -> Next {
    let installation = header.map(|header| header.installation);
    let name = settings.network.clone();
    if let Some(why) = network::flaw(&name, &settings.reach, found, installation) {
        return Next::Fail(Error::NetworkUnusable { name, why });
    }
    let store = |effect| Next::Send(Effect::Store(effect));
    match (found.is_empty(), locked) {
        (false, false) => Next::Ready,
        (false, true) => store(unlock(settings, owner)),
        (true, false) => store(StoreEffect::Lock {
            name: lock_name(settings),
            owner,
            ttl: settings.timing.lease,
        }),
        (true, true) => {
            let label = |id: InstallationId| (label::INSTALLATION.to_string(), id.to_string());
            Next::Send(Effect::Engine(EngineEffect::CreateNetwork {
                name,
                labels: installation.map(label).into_iter().collect(),
            }))
        }
    }
}

fn after_store(settings: &Settings, effect: &StoreEffect, outcome: StoreOutcome) -> Next {
    match (effect, outcome) {
        (_, StoreOutcome::Unreachable(text)) => Next::Unreachable(Error::StoreUnreachable(text)),
        (_, StoreOutcome::Refused(text)) => Next::Fail(Error::StoreRefused(text)),
        (StoreEffect::Register { id, .. }, StoreOutcome::Registered(known)) => {
            same_engine(settings, id, &known)
        }
        // Somebody else may have made it just before we got the lease: look again.
        (StoreEffect::Lock { .. }, StoreOutcome::Done) => {
            Next::Send(Effect::Engine(EngineEffect::FindNetworks {
                name: settings.network.clone(),
            }))
        }
        // The network is there; a lease that couldn't be given back runs out by itself.
        (StoreEffect::Unlock { .. }, _) => Next::Ready,
        (_, StoreOutcome::Unwritable(text)) => Next::Fail(Error::StoreUnwritable(text)),
        (_, _) => Next::Retry,
    }
}

/// The statement that makes the engine and its ports known to the store.
pub(crate) fn register(settings: &Settings, id: EngineId) -> StoreEffect {
    StoreEffect::Register {
        engine: settings.engine.clone(),
        id,
        ports: settings.ports,
    }
}

fn unlock(settings: &Settings, owner: ControllerId) -> StoreEffect {
    StoreEffect::Unlock {
        name: lock_name(settings),
        owner,
    }
}

fn lock_name(settings: &Settings) -> String {
    [settings.engine.as_str(), settings.network.as_str()].join("/")
}

/// What comes after the engine has told which it is. A first contact is written down.
pub(crate) fn compared(settings: &Settings, header: Option<&Header>, found: EngineId) -> Next {
    match header {
        None => Next::FirstContact(found),
        Some(Header {
            engine: Some(known),
            ..
        }) => same_engine(settings, &found, known),
        Some(Header { engine: None, .. }) => Next::Send(Effect::Store(register(settings, found))),
    }
}

fn same_engine(settings: &Settings, found: &EngineId, known: &EngineId) -> Next {
    if found == known {
        return Next::Ready;
    }
    Next::Fail(Error::EngineChanged {
        name: settings.engine.clone(),
        found: found.clone(),
        known: known.clone(),
    })
}
