//! Effects, outcomes and replies in a few words.

use portreeve_core::command::Reply;
use portreeve_core::effect::{
    ContainerRef, EngineEffect, Expect, PortChange, Put, Scope, StoreEffect,
};
use portreeve_core::id::ContainerId;
use portreeve_core::label::Labelled;
use portreeve_core::observed::Observed;
use portreeve_core::outcome::{EngineOutcome, StoreOutcome};
use portreeve_core::record::Row;
use portreeve_core::user::UserId;

/// The first twelve digits of an id.
pub fn short(id: &ContainerId) -> &str {
    let id = id.as_str();
    id.get(..12).unwrap_or(id)
}

/// An effect on the engine.
pub fn engine_effect(effect: &EngineEffect) -> String {
    let container = |by: &ContainerRef| match by {
        ContainerRef::Name(name) => name.clone(),
        ContainerRef::Id(id) => short(id).to_owned(),
    };
    match effect {
        EngineEffect::Identify => "identify".into(),
        EngineEffect::Inspect(by) => format!("inspect {}", container(by)),
        EngineEffect::Examine(by) => format!("examine {}", container(by)),
        EngineEffect::List(Scope::Installation(_)) => "list all".into(),
        EngineEffect::List(Scope::User(_, user)) => format!("list those of {user:?}"),
        EngineEffect::List(Scope::Ids(ids)) => format!("list {} by id", ids.len()),
        EngineEffect::Watch { .. } => "watch".into(),
        EngineEffect::InspectImage { image } => format!("inspect image {image}"),
        EngineEffect::PullImage { image } => format!("pull {image}"),
        EngineEffect::FindNetworks { name } => format!("find networks {name}"),
        EngineEffect::CreateNetwork { name, .. } => format!("create network {name}"),
        EngineEffect::EnsureVolume { name, .. } => format!("ensure volume {name}"),
        EngineEffect::InspectVolume { name } => format!("inspect volume {name}"),
        EngineEffect::ListVolumes(_) => "list volumes".into(),
        EngineEffect::RemoveVolume { name } => format!("remove volume {name}"),
        EngineEffect::Create(spec) => match spec.port() {
            Some(port) => format!("create {} on {port}", spec.name),
            None => format!("create {}", spec.name),
        },
        EngineEffect::Start { container } => format!("start {}", short(container)),
        EngineEffect::Unpause { container } => format!("unpause {}", short(container)),
        EngineEffect::Stop { container, .. } => format!("stop {}", short(container)),
        EngineEffect::Remove { container } => format!("remove {}", short(container)),
        EngineEffect::Logs { container, .. } => format!("logs of {}", short(container)),
    }
}

fn observed(observed: &Observed) -> String {
    format!("{} is {:?}", short(&observed.id), observed.state)
}

/// What came of one.
pub fn engine_outcome(outcome: &EngineOutcome) -> String {
    match outcome {
        EngineOutcome::Identified(id) => format!("it is {id}"),
        EngineOutcome::Found(found) => observed(found),
        EngineOutcome::Examined(found) => observed(&found.observed),
        EngineOutcome::Listed(all) => format!("{} containers", all.len()),
        EngineOutcome::ListedInPart { containers, unread } => {
            format!("{} containers, and not all: {unread}", containers.len())
        }
        EngineOutcome::Networks(all) => format!("{} networks", all.len()),
        EngineOutcome::Volume(Labelled::As((_, user))) => format!("it is {user:?}'s"),
        EngineOutcome::Volume(Labelled::Not) => "it is nobody's".into(),
        EngineOutcome::Volume(Labelled::Unreadable) => "it is somebody's".into(),
        EngineOutcome::Volumes(all) => format!("{} volumes", all.len()),
        EngineOutcome::EndpointTaken(why) => format!("endpoint taken: {why}"),
        EngineOutcome::Created(id) => format!("made {}", short(id)),
        EngineOutcome::Log(lines) => format!("{} lines", lines.len()),
        EngineOutcome::Done => "done".into(),
        EngineOutcome::AlreadyDone => "already done".into(),
        EngineOutcome::Absent => "absent".into(),
        EngineOutcome::NoSuchImage(_) => "no such image".into(),
        EngineOutcome::NoSuchNetwork(_) => "no such network".into(),
        EngineOutcome::NetworkFull(_) => "the network is full".into(),
        EngineOutcome::PortTaken(_) => "port taken".into(),
        EngineOutcome::NameTaken(_) => "name taken".into(),
        EngineOutcome::RemovalInProgress => "removal in progress".into(),
        EngineOutcome::Conflict(why) => format!("conflict: {why}"),
        EngineOutcome::Refused(why) => format!("refused: {why}"),
        EngineOutcome::Unreachable(why) => format!("unreachable: {why}"),
        EngineOutcome::Expired => "expired".into(),
        EngineOutcome::OtherEngine(id) => format!("another engine: {id}"),
        EngineOutcome::Unclear(why) => format!("unclear: {why}"),
    }
}

fn names(users: &[UserId]) -> String {
    match users {
        [user] => format!("{user:?}"),
        many => format!("{} users", many.len()),
    }
}

/// An effect on the store.
pub fn store_effect(effect: &StoreEffect) -> String {
    match effect {
        StoreEffect::Load { users, .. } => format!("load {}", names(users)),
        StoreEffect::Put(put) => put_words(put),
        StoreEffect::Delete { user, version, .. } => {
            format!("delete {user:?} at {}", version.revision.0)
        }
        StoreEffect::LongestStopped { limit, .. } => format!("{limit} stopped longest"),
        StoreEffect::Touch { users } => format!("touch {}", names(users)),
        StoreEffect::Scan { after, .. } => match after {
            Some(user) => format!("scan after {user:?}"),
            None => "scan".into(),
        },
        StoreEffect::ScanUnsettled { after, .. } => match after {
            Some(user) => format!("scan the unsettled after {user:?}"),
            None => "scan the unsettled".into(),
        },
        StoreEffect::ScanIdle { after, .. } => match after {
            Some(user) => format!("scan the idle after {user:?}"),
            None => "scan the idle".into(),
        },
        StoreEffect::Register { engine, .. } => format!("register {engine}"),
        StoreEffect::Lock { name, .. } => format!("lock {name}"),
        StoreEffect::Unlock { name, .. } => format!("unlock {name}"),
        StoreEffect::ReadEvents { from, .. } => format!("events: {from:?}"),
        StoreEffect::DropEvents(_) => "drop old events".into(),
    }
}

fn put_words(put: &Put) -> String {
    let at = match put.expect {
        Expect::Absent(_) => "anew".to_owned(),
        Expect::At(version) => format!("at {}", version.revision.0),
    };
    let port = match put.port {
        PortChange::Keep => String::new(),
        PortChange::Claim(_) => ", claim a port".into(),
        PortChange::Take(port) => format!(", take port {port}"),
        PortChange::Replace { .. } => ", claim another port".into(),
        PortChange::Free { .. } => ", free the port".into(),
    };
    format!(
        "put {:?} {at}: {:?}{}{port}{}{}{}{}",
        put.user,
        put.body.intent,
        if put.lease.is_some() {
            ", lease"
        } else {
            ", release"
        },
        if put.idle.is_some() { ", if idle" } else { "" },
        if put.touch { ", touch" } else { "" },
        if put.body.purging { ", purging" } else { "" },
        put.body
            .container
            .as_ref()
            .map_or_else(String::new, |id| format!(", has {}", short(id))),
    )
}

fn row(row: &Row) -> String {
    match row {
        Row::Absent => "absent".into(),
        Row::Unreadable(why) => format!("unreadable: {why}"),
        Row::Found(record) => {
            let lease = match record.lease {
                None => "no lease".to_owned(),
                Some(lease) if lease.remaining.is_zero() => "an expired lease".to_owned(),
                Some(lease) => format!("a lease of {} ms", lease.remaining.as_millis()),
            };
            let port = record
                .port
                .map_or("no port".to_owned(), |port| format!("port {port}"));
            format!(
                "{:?} at {}, {port}, {lease}",
                record.body.intent, record.version.revision.0
            )
        }
    }
}

/// What came of one.
pub fn store_outcome(outcome: &StoreOutcome) -> String {
    match outcome {
        StoreOutcome::Loaded { rows, .. } => match rows.as_slice() {
            [(_, only)] => row(only),
            rows => format!("{} rows", rows.len()),
        },
        StoreOutcome::Stored { revision, port, .. } => match port {
            Some(port) => format!("stored as {}, port {port}", revision.0),
            None => format!("stored as {}", revision.0),
        },
        StoreOutcome::Conflict => "conflict".into(),
        StoreOutcome::NoPort { .. } => "no port is free".into(),
        StoreOutcome::VolumeTaken => "the volume is taken".into(),
        StoreOutcome::LimitReached => "the limit is reached".into(),
        StoreOutcome::Active => "not idle".into(),
        StoreOutcome::Touched(touched) => format!("{} touched", touched.len()),
        StoreOutcome::Longest(rows) => format!("{} rows", rows.len()),
        StoreOutcome::Scanned { rows, .. } => format!("{} rows", rows.len()),
        StoreOutcome::Events { events, newest, .. } => {
            format!("{} events, up to {}", events.len(), newest.0)
        }
        StoreOutcome::Registered(engine) => format!("it is {engine}"),
        StoreOutcome::LockHeld => "somebody else's".into(),
        StoreOutcome::Done => "done".into(),
        StoreOutcome::Refused(why) => format!("refused: {why}"),
        StoreOutcome::Unwritable(why) => format!("can't be written: {why}"),
        StoreOutcome::Unreachable(why) => format!("unreachable: {why}"),
        StoreOutcome::Unclear(why) => format!("unclear: {why}"),
    }
}

/// Whether the store is still to hear of an activity.
fn if_pending(pending: bool) -> &'static str {
    if pending { ", pending" } else { "" }
}

/// An answer to a host.
pub fn reply(reply: &Reply) -> String {
    match reply {
        Reply::Ensured(endpoint) => format!(
            "{} at {} ({}){}",
            endpoint.outcome.as_str(),
            endpoint.url,
            short(&endpoint.container),
            if_pending(endpoint.pending)
        ),
        Reply::Stopped(stopped) => format!("{stopped:?}"),
        Reply::Touched(touched) => {
            format!("touched: {}{}", touched.known, if_pending(touched.pending))
        }
        Reply::Status(status) => status.status.as_str().to_owned(),
        Reply::LogSource(source) => format!("the log of {}", short(&source.container)),
        Reply::Listed(page) => match &page.next {
            Some(next) => format!("{} users, and more after {next}", page.users.len()),
            None => format!("{} users", page.users.len()),
        },
        Reply::Reaped(reaped) => {
            format!(
                "stopped {:?}, {} failed",
                reaped.stopped,
                reaped.failed.len()
            )
        }
        Reply::Health(all) => format!("{} users", all.len()),
        Reply::Repaired(findings) => format!("{findings:?}"),
        Reply::Purged(known) => format!("purged: {known}"),
        Reply::Rotated(rotated) => format!("generation {}", rotated.generation),
        Reply::Rekeyed(rekeyed) => format!("{} sealed anew", rekeyed.sealed),
        Reply::Adopted(adopted) => format!("{adopted:?}"),
        Reply::IdleLimited(known) => format!("limited: {known}"),
        Reply::Events(page) => format!("{} events", page.events.len()),
        Reply::Failed(error) => format!("{}: {error}", error.code()),
        other => format!("{other:?}"),
    }
}
