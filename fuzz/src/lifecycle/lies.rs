//! Outcomes that an effect could have and hasn't.

use std::collections::BTreeMap;

use arbitrary::Unstructured;
use portreeve_core::effect::{Effect, EngineEffect, StoreEffect};
use portreeve_core::event::Position;
use portreeve_core::id::{ContainerId, EngineId, InstallationId, NetworkId, Revision};
use portreeve_core::label::{Labelled, Labels};
use portreeve_core::network::Network;
use portreeve_core::observed::{Configured, ContainerState, Health, Observed};
use portreeve_core::outcome::{
    ContainerChange, EngineEvent, EngineOutcome, MountedVolume, Outcome, Particulars, ProbeOutcome,
    Pulse, StoreOutcome, Touch,
};
use portreeve_core::record::{Ahead, Header, Lease, Record, Row};
use portreeve_core::spec::EnvValue;
use portreeve_core::time::Timestamp;
use portreeve_core::user::UserId;

use super::users::user;
use crate::make;

/// Whatever an effect of that kind could be answered.
pub(super) fn outcome(effect: &Effect, bytes: &mut Unstructured) -> arbitrary::Result<Outcome> {
    Ok(match effect {
        Effect::Engine(effect) => Outcome::Engine(of_engine(effect, bytes)?),
        Effect::Store(effect) => Outcome::Store(of_store(effect, bytes)?),
        Effect::Probe(_) => Outcome::Probe(if bytes.arbitrary()? {
            ProbeOutcome::Passed
        } else {
            ProbeOutcome::Failed(make::text(bytes, 8)?)
        }),
    })
}

fn of_engine(effect: &EngineEffect, bytes: &mut Unstructured) -> arbitrary::Result<EngineOutcome> {
    if bytes.arbitrary()?
        && let Some(fitting) = fitting(effect, bytes)?
    {
        return Ok(fitting);
    }
    Ok(match bytes.int_in_range(0..=15u8)? {
        0 => EngineOutcome::Done,
        1 => EngineOutcome::AlreadyDone,
        2 => EngineOutcome::Absent,
        3 => EngineOutcome::NoSuchImage(make::text(bytes, 8)?),
        4 => EngineOutcome::NoSuchNetwork(make::text(bytes, 8)?),
        5 => EngineOutcome::PortTaken(make::text(bytes, 8)?),
        6 => EngineOutcome::EndpointTaken(make::text(bytes, 8)?),
        7 => EngineOutcome::NameTaken(make::text(bytes, 8)?),
        8 => EngineOutcome::RemovalInProgress,
        9 => EngineOutcome::Conflict(make::text(bytes, 8)?),
        10 => EngineOutcome::Refused(make::text(bytes, 8)?),
        11 => EngineOutcome::Unreachable(make::text(bytes, 8)?),
        12 => EngineOutcome::Expired,
        13 => EngineOutcome::OtherEngine(EngineId::new(make::text(bytes, 8)?)),
        14 => EngineOutcome::NetworkFull(make::text(bytes, 8)?),
        _ => EngineOutcome::Unclear(make::text(bytes, 8)?),
    })
}

/// What tells as much as it was asked for; `None` where no more is told than that it was done.
fn fitting(
    effect: &EngineEffect,
    bytes: &mut Unstructured,
) -> arbitrary::Result<Option<EngineOutcome>> {
    Ok(match effect {
        EngineEffect::Identify => Some(EngineOutcome::Identified(EngineId::new(make::text(
            bytes, 8,
        )?))),
        EngineEffect::Inspect(_) => Some(EngineOutcome::Found(observed(bytes)?)),
        EngineEffect::Examine(_) => Some(EngineOutcome::Examined(Particulars {
            observed: observed(bytes)?,
            environment: vec![(
                "AGENT_TOKEN".to_owned(),
                EnvValue::new(make::text(bytes, 50)?),
            )],
            volumes: some(bytes, mounted)?,
            ports: vec![(18789, make::port(bytes)?)],
            auto_remove: bytes.arbitrary()?,
        })),
        EngineEffect::List(_) => {
            let containers = some(bytes, observed)?;
            Some(if bytes.arbitrary()? {
                EngineOutcome::Listed(containers)
            } else {
                EngineOutcome::ListedInPart {
                    containers,
                    unread: make::text(bytes, 8)?,
                }
            })
        }
        EngineEffect::EnsureVolume { .. } | EngineEffect::InspectVolume { .. } => {
            let owner = |bytes: &mut Unstructured| Ok((installation(bytes)?, user(bytes)?));
            Some(EngineOutcome::Volume(labelled(bytes, owner)?))
        }
        EngineEffect::FindNetworks { .. } => Some(EngineOutcome::Networks(some(bytes, network)?)),
        EngineEffect::ListVolumes(_) => Some(EngineOutcome::Volumes(some(bytes, |bytes| {
            Ok((make::text(bytes, 8)?, user(bytes)?))
        })?)),
        EngineEffect::Create(_) => Some(EngineOutcome::Created(container(bytes)?)),
        EngineEffect::Logs { .. } => Some(EngineOutcome::Log(some(bytes, |bytes| {
            make::text(bytes, 8)
        })?)),
        EngineEffect::Watch { .. }
        | EngineEffect::InspectImage { .. }
        | EngineEffect::PullImage { .. }
        | EngineEffect::CreateNetwork { .. }
        | EngineEffect::RemoveVolume { .. }
        | EngineEffect::Start { .. }
        | EngineEffect::Unpause { .. }
        | EngineEffect::Stop { .. }
        | EngineEffect::Remove { .. } => None,
    })
}

fn network(bytes: &mut Unstructured) -> arbitrary::Result<Network> {
    Ok(Network {
        driver: bytes.choose(&["bridge", "macvlan", "new"])?.to_string(),
        internal: bytes.ratio(1, 4)?,
        installation: make::maybe(bytes, installation)?,
        created: make::maybe(bytes, |bytes| {
            Ok(Timestamp::from_micros(bytes.arbitrary()?))
        })?,
        ..Network::bridge(NetworkId::new(make::text(bytes, 8)?))
    })
}

fn of_store(effect: &StoreEffect, bytes: &mut Unstructured) -> arbitrary::Result<StoreOutcome> {
    match bytes.int_in_range(0..=7u8)? {
        0 => return Ok(StoreOutcome::Refused(make::text(bytes, 8)?)),
        1 => return Ok(StoreOutcome::Unreachable(make::text(bytes, 8)?)),
        2 => return Ok(StoreOutcome::Unclear(make::text(bytes, 8)?)),
        3 => return Ok(StoreOutcome::Done),
        4 => return Ok(StoreOutcome::Unwritable(make::text(bytes, 8)?)),
        _ => {}
    }
    Ok(match effect {
        StoreEffect::Load { users, .. } => StoreOutcome::Loaded {
            header: header(bytes)?,
            rows: some_of(users, bytes, row)?,
        },
        StoreEffect::Put(_) => match bytes.int_in_range(0..=6u8)? {
            0 => StoreOutcome::Conflict,
            1 => StoreOutcome::LimitReached,
            2 => StoreOutcome::Active,
            3 => StoreOutcome::NoPort {
                known: bytes.arbitrary()?,
                free_in: make::maybe(bytes, make::span)?,
            },
            4 => StoreOutcome::VolumeTaken,
            _ => StoreOutcome::Stored {
                shares_volume: bytes.arbitrary()?,
                revision: Revision(bytes.arbitrary()?),
                port: make::maybe(bytes, make::port)?,
                last_active: bytes
                    .arbitrary::<Option<i64>>()?
                    .map(Timestamp::from_micros),
            },
        },
        StoreEffect::Delete { .. } => StoreOutcome::Conflict,
        StoreEffect::LongestStopped { .. } => StoreOutcome::Longest(some(bytes, |bytes| {
            Ok((user(bytes)?, row(bytes)?, make::span(bytes)?))
        })?),
        StoreEffect::Touch { users } => StoreOutcome::Touched(some_of(users, bytes, touch)?),
        StoreEffect::Scan { .. }
        | StoreEffect::ScanUnsettled { .. }
        | StoreEffect::ScanIdle { .. } => StoreOutcome::Scanned {
            header: header(bytes)?,
            rows: some(bytes, |bytes| Ok((user(bytes)?, row(bytes)?)))?,
            more: bytes.arbitrary()?,
        },
        StoreEffect::Register { .. } => {
            StoreOutcome::Registered(EngineId::new(make::text(bytes, 8)?))
        }
        StoreEffect::Lock { .. } => StoreOutcome::LockHeld,
        StoreEffect::Unlock { .. } | StoreEffect::DropEvents(_) => StoreOutcome::Done,
        StoreEffect::ReadEvents { .. } => StoreOutcome::Events {
            events: Vec::new(),
            newest: Position(bytes.arbitrary()?),
            dropped: Position(bytes.arbitrary()?),
            more: bytes.arbitrary()?,
        },
    })
}

/// Whatever an event could tell.
pub(super) fn event(bytes: &mut Unstructured) -> arbitrary::Result<EngineEvent> {
    let changes = [
        ContainerChange::Created,
        ContainerChange::Started,
        ContainerChange::Died,
        ContainerChange::Paused,
        ContainerChange::Unpaused,
        ContainerChange::Destroyed,
        ContainerChange::Health(Health::Healthy),
        ContainerChange::Health(Health::Unhealthy),
        ContainerChange::Other,
    ];
    if bytes.ratio(1, 4)? {
        return Ok(if bytes.ratio(1, 2)? {
            EngineEvent::Missed
        } else {
            EngineEvent::Opened
        });
    }
    Ok(EngineEvent::Container {
        id: container(bytes)?,
        user: make::maybe(bytes, user)?,
        change: *bytes.choose(&changes)?,
    })
}

fn some<'a, T>(
    bytes: &mut Unstructured<'a>,
    make: impl Fn(&mut Unstructured<'a>) -> arbitrary::Result<T>,
) -> arbitrary::Result<Vec<T>> {
    (0..bytes.int_in_range(0..=3u8)?)
        .map(|_| make(bytes))
        .collect()
}

/// Something of each who was asked for, or of some.
fn some_of<'a, T>(
    users: &[UserId],
    bytes: &mut Unstructured<'a>,
    make: impl Fn(&mut Unstructured<'a>) -> arbitrary::Result<T>,
) -> arbitrary::Result<Vec<(UserId, T)>> {
    let mut told = BTreeMap::new();
    for user in users {
        if !bytes.ratio(1, 8)? {
            told.insert(user.clone(), make(bytes)?);
        }
    }
    Ok(told.into_iter().collect())
}

fn container(bytes: &mut Unstructured) -> arbitrary::Result<ContainerId> {
    Ok(ContainerId::new(*bytes.choose(&["c1", "c2", ""])?))
}

fn installation(bytes: &mut Unstructured) -> arbitrary::Result<InstallationId> {
    let ours = InstallationId::from_bytes([0xab; 16]);
    let others = InstallationId::from_bytes([0xba; 16]);
    Ok(if bytes.arbitrary()? { ours } else { others })
}

fn observed(bytes: &mut Unstructured) -> arbitrary::Result<Observed> {
    let of = user(bytes)?;
    let name = match bytes.int_in_range(0..=3u8)? {
        0 => make::text(bytes, 8)?,
        _ => portreeve_core::name::Naming::default().names(&of).container,
    };
    let health = [
        Health::Absent,
        Health::Starting,
        Health::Healthy,
        Health::Unhealthy,
        Health::Untold,
    ];
    Ok(Observed {
        id: container(bytes)?,
        name,
        labels: labelled(bytes, labels)?,
        state: state(bytes)?,
        health: *bytes.choose(&health)?,
        configured: configured(bytes, &of)?,
        networks: make::maybe(bytes, |bytes| some(bytes, |bytes| make::text(bytes, 8)))?,
        ran_for: make::maybe(bytes, make::span)?,
    })
}

/// Whatever was asked: a look may tell no more than a list, and a list as much as a look.
fn configured(bytes: &mut Unstructured, of: &UserId) -> arbitrary::Result<Configured> {
    let port = make::maybe(bytes, make::port)?;
    Ok(if bytes.arbitrary()? {
        Configured::Listed { port }
    } else {
        Configured::Inspected {
            port,
            volumes: match bytes.int_in_range(0..=2u8)? {
                0 => some(bytes, |bytes| make::text(bytes, 8))?,
                _ => vec![portreeve_core::name::Naming::default().names(of).volume],
            },
        }
    })
}

fn mounted(bytes: &mut Unstructured) -> arbitrary::Result<MountedVolume> {
    Ok(MountedVolume {
        name: make::text(bytes, 30)?,
        target: "/home/node/.openclaw".to_owned(),
        anonymous: bytes.arbitrary()?,
    })
}

fn labelled<T>(
    bytes: &mut Unstructured,
    make: impl FnOnce(&mut Unstructured) -> arbitrary::Result<T>,
) -> arbitrary::Result<Labelled<T>> {
    Ok(match bytes.int_in_range(0..=5u8)? {
        0 | 1 => Labelled::Not,
        2 => Labelled::Unreadable,
        _ => Labelled::As(make(bytes)?),
    })
}

fn labels(bytes: &mut Unstructured) -> arbitrary::Result<Labels> {
    Ok(Labels {
        installation: installation(bytes)?,
        user: user(bytes)?,
        record: make::record_id(bytes)?,
        port: if bytes.ratio(1u8, 8u8)? {
            None
        } else {
            Some(make::port(bytes)?)
        },
        spec: make::text(bytes, 8)?,
        token_generation: bytes.arbitrary()?,
    })
}

fn state(bytes: &mut Unstructured) -> arbitrary::Result<ContainerState> {
    Ok(match bytes.int_in_range(0..=8u8)? {
        0 => ContainerState::Stopped { exit_code: None },
        1 => ContainerState::Paused,
        2 => ContainerState::Starting,
        3 => ContainerState::Removing,
        4 => ContainerState::Stopped {
            exit_code: Some(bytes.arbitrary()?),
        },
        5 => ContainerState::Broken,
        6 => ContainerState::Unknown(make::text(bytes, 8)?),
        _ => ContainerState::Running,
    })
}

fn header(bytes: &mut Unstructured) -> arbitrary::Result<Header> {
    Ok(Header {
        installation: installation(bytes)?,
        engine: make::maybe(bytes, |bytes| make::text(bytes, 8))?.map(EngineId::new),
        newest_generation: bytes.arbitrary()?,
        now: Timestamp::from_micros(bytes.arbitrary()?),
    })
}

fn row(bytes: &mut Unstructured) -> arbitrary::Result<Row> {
    Ok(match bytes.int_in_range(0..=5u8)? {
        0 => Row::Absent,
        1 => Row::Unreadable(make::text(bytes, 8)?),
        _ => Row::Found(Record {
            version: make::version(bytes)?,
            port: make::maybe(bytes, make::port)?,
            lease: make::maybe(bytes, |bytes| {
                Ok(Lease {
                    owner: make::controller(bytes)?,
                    remaining: make::span(bytes)?,
                })
            })?,
            last_active: bytes
                .arbitrary::<Option<i64>>()?
                .map(Timestamp::from_micros),
            shares_volume: bytes.arbitrary()?,
            ahead: Ahead::default(),
            body: make::body(bytes)?,
        }),
    })
}

fn touch(bytes: &mut Unstructured) -> arbitrary::Result<Touch> {
    Ok(match bytes.int_in_range(0..=3u8)? {
        0 => Touch::Absent,
        1 => Touch::Unreadable(make::text(bytes, 8)?),
        _ => Touch::Written(Pulse {
            version: make::version(bytes)?,
            intent: make::intent(bytes)?,
            last_active: Timestamp::from_micros(bytes.arbitrary()?),
        }),
    })
}
