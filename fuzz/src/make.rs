//! Things made of a fuzzer's bytes.

use std::time::Duration;

use arbitrary::{Result, Unstructured};
use portreeve_core::command::Problem;
use portreeve_core::event::{Actor, Cause, Change, EventBody};
use portreeve_core::id::{ContainerId, ControllerId, Port, RecordId, Revision, Version};
use portreeve_core::name::Names;
use portreeve_core::record::{Body, Failure, Intent};
use portreeve_core::token::SealedToken;
use portreeve_core::user::UserId;

/// Any text of at most so many bytes.
pub(crate) fn text(bytes: &mut Unstructured, most: usize) -> Result<String> {
    let length = bytes.int_in_range(0..=most)?;
    let taken = bytes.bytes(length.min(bytes.len()))?;
    Ok(String::from_utf8_lossy(taken).chars().take(most).collect())
}

/// Any user; the bytes' own where they are an id, else one of a few.
pub(crate) fn user(bytes: &mut Unstructured) -> Result<UserId> {
    let id = text(bytes, UserId::MAX_BYTES)?;
    let few = ["alice", "Alice", "a.b", "a-b", "1", "10"];
    match UserId::new(id) {
        Ok(user) => Ok(user),
        Err(_) => Ok(UserId::new(*bytes.choose(&few)?).expect("valid")),
    }
}

/// Any port.
pub(crate) fn port(bytes: &mut Unstructured) -> Result<Port> {
    Ok(Port::new(bytes.arbitrary()?).unwrap_or(Port::MIN))
}

/// Any span, from nothing to beyond what can be counted.
pub(crate) fn span(bytes: &mut Unstructured) -> Result<Duration> {
    Ok(match bytes.int_in_range(0..=3u8)? {
        0 => Duration::from_millis(bytes.arbitrary::<u16>()?.into()),
        1 => Duration::from_secs(bytes.arbitrary::<u16>()?.into()),
        2 => Duration::from_micros(bytes.arbitrary()?),
        _ => Duration::MAX,
    })
}

/// One of them, or none.
pub(crate) fn maybe<'a, T>(
    bytes: &mut Unstructured<'a>,
    make: impl FnOnce(&mut Unstructured<'a>) -> Result<T>,
) -> Result<Option<T>> {
    if bytes.arbitrary()? {
        make(bytes).map(Some)
    } else {
        Ok(None)
    }
}

pub(crate) fn record_id(bytes: &mut Unstructured) -> Result<RecordId> {
    Ok(RecordId::from_bytes(bytes.arbitrary()?))
}

pub(crate) fn controller(bytes: &mut Unstructured) -> Result<ControllerId> {
    Ok(ControllerId::from_bytes(bytes.arbitrary()?))
}

pub(crate) fn version(bytes: &mut Unstructured) -> Result<Version> {
    Ok(Version {
        record: record_id(bytes)?,
        revision: Revision(bytes.arbitrary()?),
    })
}

pub(crate) fn intent(bytes: &mut Unstructured) -> Result<Intent> {
    let all = [
        Intent::Stopped,
        Intent::Starting,
        Intent::Running,
        Intent::Stopping,
        Intent::Removing,
    ];
    Ok(*bytes.choose(&all)?)
}

/// Anything that a controller could write of a user.
pub(crate) fn body(bytes: &mut Unstructured) -> Result<Body> {
    Ok(Body {
        names: Names {
            container: text(bytes, 80)?,
            volume: text(bytes, 80)?,
        },
        token: SealedToken::from_bytes(bytes.arbitrary()?),
        token_generation: bytes.arbitrary()?,
        intent: intent(bytes)?,
        container: maybe(bytes, |bytes| text(bytes, 80))?.map(ContainerId::new),
        template_generation: bytes.arbitrary()?,
        idle_limit: maybe(bytes, span)?,
        failure: maybe(bytes, failure)?,
        adopted: bytes.arbitrary()?,
        purging: bytes.arbitrary()?,
    })
}

fn failure(bytes: &mut Unstructured) -> Result<Failure> {
    let lines = bytes.int_in_range(0..=3)?;
    Ok(Failure {
        count: bytes.arbitrary()?,
        reason: text(bytes, 80)?,
        exit_code: bytes.arbitrary()?,
        log: (0..lines).map(|_| text(bytes, 40)).collect::<Result<_>>()?,
        retry_in: span(bytes)?,
    })
}

/// What an event may tell.
pub(crate) fn event(bytes: &mut Unstructured) -> Result<EventBody> {
    let micros = |bytes: &mut Unstructured| Ok(Duration::from_micros(bytes.arbitrary()?));
    let change = match bytes.int_in_range(0..=6u8)? {
        0 => Change::Made,
        1 => Change::Ready {
            took: micros(bytes)?,
        },
        2 => Change::Failed {
            code: text(bytes, 16)?,
            reason: text(bytes, 64)?,
            exit_code: bytes.arbitrary()?,
            log: vec![text(bytes, 64)?],
        },
        3 => Change::Rotated {
            generation: bytes.arbitrary()?,
        },
        4 => Change::IdleLimited {
            limit: maybe(bytes, micros)?,
        },
        5 => Change::Repaired {
            problem: *bytes.choose(&Problem::ALL)?,
        },
        _ => Change::Stopped,
    };
    Ok(EventBody {
        change,
        cause: *bytes.choose(&Cause::ALL)?,
        actor: Actor::new(text(bytes, Actor::MAX_BYTES)?).ok(),
    })
}
