//! Effects in words, as the stories tell them.

use portreeve_core::command::Command;
use portreeve_core::effect::{
    ContainerRef, Effect, EngineEffect, IssuedEffect, Scope, StoreEffect,
};

/// The first page of a list, as long as the settings let it be.
pub const LIST: Command = Command::List {
    after: None,
    limit: u32::MAX,
};

pub(super) fn engine_call(effect: &EngineEffect) -> String {
    let what = match effect {
        EngineEffect::Identify => "identify".into(),
        EngineEffect::Inspect(ContainerRef::Name(name)) => format!("inspect {name}"),
        EngineEffect::Inspect(ContainerRef::Id(id)) => format!("inspect {id}"),
        EngineEffect::Examine(ContainerRef::Name(name)) => format!("examine {name}"),
        EngineEffect::Examine(ContainerRef::Id(id)) => format!("examine {id}"),
        EngineEffect::List(Scope::Installation(_)) => "list all".into(),
        EngineEffect::List(Scope::User(_, user)) => format!("list those of {user}"),
        EngineEffect::List(Scope::Ids(ids)) => format!("list {}", ids[0]),
        EngineEffect::Watch { .. } => "watch".into(),
        EngineEffect::InspectVolume { name } => format!("inspect volume {name}"),
        EngineEffect::ListVolumes(_) => "list volumes".into(),
        EngineEffect::RemoveVolume { name } => format!("remove volume {name}"),
        EngineEffect::InspectImage { image } => format!("inspect image {image}"),
        EngineEffect::PullImage { image } => format!("pull {image}"),
        EngineEffect::FindNetworks { name } => format!("find networks {name}"),
        EngineEffect::CreateNetwork { name, .. } => format!("create network {name}"),
        EngineEffect::EnsureVolume { name, .. } => format!("ensure volume {name}"),
        EngineEffect::Create(spec) => match spec.port() {
            Some(port) => format!("create {} on {port}", spec.name),
            None => format!("create {}", spec.name),
        },
        EngineEffect::Start { .. } => "start".into(),
        EngineEffect::Unpause { .. } => "unpause".into(),
        EngineEffect::Stop { .. } => "stop".into(),
        EngineEffect::Remove { .. } => "remove".into(),
        EngineEffect::Logs { .. } => "logs".into(),
    };
    format!("engine: {what}")
}

pub(super) fn store_call(effect: &StoreEffect) -> String {
    let what = match effect {
        StoreEffect::Load { users, .. } => format!("load {}", users.len()),
        StoreEffect::Put(put) => {
            let intent = format!("{:?}", put.body.intent).to_lowercase();
            let lease = if put.lease.is_some() {
                "lease"
            } else {
                "release"
            };
            format!("put {intent}, {lease}")
        }
        StoreEffect::Touch { users } => format!("touch {}", users.len()),
        StoreEffect::Delete { .. } => "delete".into(),
        StoreEffect::LongestStopped { .. } => "longest stopped".into(),
        StoreEffect::Scan { .. } => "scan".into(),
        StoreEffect::ScanUnsettled { .. } => "scan unsettled".into(),
        StoreEffect::ScanIdle { .. } => "scan idle".into(),
        StoreEffect::Register { .. } => "register".into(),
        StoreEffect::Lock { .. } => "lock".into(),
        StoreEffect::Unlock { .. } => "unlock".into(),
        StoreEffect::ReadEvents { .. } => "read events".into(),
        StoreEffect::DropEvents(_) => "drop events".into(),
    };
    format!("store: {what}")
}

pub(super) fn is_call(issued: &IssuedEffect, call: &str) -> bool {
    match &issued.effect {
        Effect::Engine(effect) => engine_call(effect) == call,
        Effect::Store(effect) => store_call(effect) == call,
        Effect::Probe(_) => false,
    }
}

pub(super) fn is_stop(issued: &IssuedEffect) -> bool {
    matches!(issued.effect, Effect::Engine(EngineEffect::Stop { .. }))
}
