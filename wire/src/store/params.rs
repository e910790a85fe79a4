//! The values of effects, under the names that both databases' statements call them by.

use std::slice;
use std::time::Duration;

use portreeve_core::bounds;
use portreeve_core::effect::{Expect, Idle, PortChange, Put, StoreEffect};
use portreeve_core::event::{EventBody, EventsFrom, EventsKept, Position};
use portreeve_core::id::{ControllerId, EngineName, Port, PortRange, Version};
use portreeve_core::record::{Body, Failure};
use portreeve_core::user::UserId;

use super::event;
use super::page::page_length;
use super::record::intent_text;
use super::schema;
use super::statement::{Value, Values};

/// The longest span that is written; longer ones are cut to it. Both databases can add it to any
/// time they will ever see.
const LONGEST: Duration = Duration::from_secs(1000 * 365 * 24 * 60 * 60);

/// How many rows more than asked for are read where those that can't be understood are left out, so
/// that they don't hide all others behind them.
const SPARE: i64 = 16;

/// So many events at most are given their positions, or dropped, at once.
const EVENTS_AT_ONCE: i64 = 10_000;

/// All values of an effect.
pub(super) fn values(effect: &StoreEffect) -> Values {
    let mut values = Values::default();
    set_common(&mut values);
    match effect {
        StoreEffect::Load { engine, users } => {
            values.set("engine", text(engine.as_str()));
            set_users(&mut values, users);
        }
        StoreEffect::Put(put) => set_put(&mut values, put),
        StoreEffect::Delete {
            user,
            version,
            controller,
            rest,
            event,
        } => {
            set_events(&mut values, slice::from_ref(event));
            set_delete(&mut values, (user, *version), *controller, *rest);
        }
        StoreEffect::LongestStopped {
            engine,
            ports,
            limit,
        } => {
            values.set("engine", text(engine.as_str()));
            set_range(&mut values, Some(*ports));
            values.set("limit", Value::Int(i64::from(*limit) + SPARE));
        }
        StoreEffect::Touch { users } => {
            set_users(&mut values, users);
        }
        StoreEffect::Scan {
            engine,
            after,
            limit,
        }
        | StoreEffect::ScanUnsettled {
            engine,
            after,
            limit,
        } => set_page(&mut values, engine, after.as_ref(), *limit),
        StoreEffect::ScanIdle {
            engine,
            idle,
            after,
            limit,
        } => {
            set_page(&mut values, engine, after.as_ref(), *limit);
            set_idle(&mut values, Some(*idle));
        }
        StoreEffect::Register { engine, id, ports } => {
            values.set("engine", text(engine.as_str()));
            values.set("id", text(id.as_str()));
            set_range(&mut values, Some(*ports));
        }
        StoreEffect::Lock { name, owner, ttl } => {
            set_lock(&mut values, name, *owner);
            values.set("ttl", span(*ttl));
        }
        StoreEffect::Unlock { name, owner } => {
            set_lock(&mut values, name, *owner);
        }
        StoreEffect::ReadEvents { from, user, limit } => {
            set_events_read(&mut values, *from, user.as_ref(), *limit);
        }
        StoreEffect::DropEvents(kept) => set_events_kept(&mut values, *kept),
    }
    values
}

/// Values of any effect: the schema, and the [`bounds`] beyond which what lies ahead counts as over.
fn set_common(values: &mut Values) {
    values.set("schema", Value::Int(schema::VERSION));
    values.set("longest_lease", beyond(bounds::LONGEST_LEASE));
    values.set("longest_rest", beyond(bounds::LONGEST_REST));
    values.set("longest_backoff", beyond(bounds::LONGEST_BACKOFF));
    values.set("activity_ahead", span(bounds::TOLERANCE));
}

fn set_lock(values: &mut Values, name: &str, owner: ControllerId) {
    values.set("name", text(name));
    values.set("owner", id(owner.as_bytes()));
}

fn set_delete(
    values: &mut Values,
    (user, version): (&UserId, Version),
    controller: ControllerId,
    rest: Duration,
) {
    values.set("user", Value::Bytes(bytes_of(user.as_str())));
    values.set("record", id(version.record.as_bytes()));
    values.set("revision", int(version.revision.0));
    values.set("controller", id(controller.as_bytes()));
    values.set("drops", Value::Flag(true));
    values.set("rest", span(rest));
}

fn set_events_read(values: &mut Values, from: EventsFrom, user: Option<&UserId>, limit: u32) {
    set_events_from(values, from);
    values.set(
        "user",
        optional(user, |user| Value::Bytes(bytes_of(user.as_str()))),
    );
    values.set("limit", Value::Int(page_length(limit) + 1));
    values.set("at_once", Value::Int(EVENTS_AT_ONCE));
}

fn set_events_kept(values: &mut Values, kept: EventsKept) {
    values.set("age", span(kept.age));
    values.set("count", int(kept.count));
    values.set("at_once", Value::Int(EVENTS_AT_ONCE));
}

fn set_events_from(values: &mut Values, from: EventsFrom) {
    let (after, age) = match from {
        EventsFrom::Oldest => (0, Value::Null),
        // Nothing comes after it.
        EventsFrom::Now => (i64::MAX, Value::Null),
        EventsFrom::After(Position(after)) => {
            (i64::try_from(after).unwrap_or(i64::MAX), Value::Null)
        }
        EventsFrom::Since(age) => (0, span(age)),
    };
    values.set("after", Value::Int(after));
    values.set("age", age);
}

/// What a write tells: `PostgreSQL` takes it all at once.
fn set_events(values: &mut Values, events: &[EventBody]) {
    let events = events.iter().map(|body| event::text(body).into_bytes());
    values.set("events", Value::BytesList(events.collect()));
}

fn set_users(values: &mut Values, users: &[UserId]) {
    let users = users.iter().map(|user| bytes_of(user.as_str()));
    values.set("users", Value::BytesList(users.collect()));
}

fn set_page(values: &mut Values, engine: &EngineName, after: Option<&UserId>, limit: u32) {
    values.set("engine", text(engine.as_str()));
    // No user is as short as nothing, so every one comes after it.
    let after = after.map(|user| bytes_of(user.as_str()));
    values.set("after", Value::Bytes(after.unwrap_or_default()));
    values.set("limit", Value::Int(page_length(limit)));
}

fn set_idle(values: &mut Values, idle: Option<Idle>) {
    values.set(
        "idle_limit_default",
        optional(idle, |idle| span(idle.limit)),
    );
    values.set("idle_slack", optional(idle, |idle| span(idle.slack)));
}

fn set_put(values: &mut Values, put: &Put) {
    values.set("user", Value::Bytes(bytes_of(put.user.as_str())));
    values.set("engine", text(put.engine.as_str()));
    match put.expect {
        Expect::Absent(record) => values.set("record", id(record.as_bytes())),
        Expect::At(version) => {
            values.set("record", id(version.record.as_bytes()));
            values.set("revision", int(version.revision.0));
        }
    }
    values.set("controller", id(put.controller.as_bytes()));
    values.set("lease", optional(put.lease, span));
    values.set("touch", Value::Flag(put.touch));
    values.set(
        "running_limit",
        optional(put.running_limit, |limit| Value::Int(limit.into())),
    );
    set_idle(values, put.idle);
    let change = PortValues::of(put.port);
    values.set("claims", Value::Flag(change.claims.is_some()));
    values.set("drops", Value::Flag(change.drops.is_some()));
    values.set("rest", optional(change.drops, span));
    values.set(
        "take",
        optional(change.takes, |port| Value::Int(port.get().into())),
    );
    set_range(values, change.range());
    set_body(values, &put.body);
    set_events(values, &put.events);
}

fn set_body(values: &mut Values, body: &Body) {
    values.set("container_name", text(&body.names.container));
    values.set("volume_name", text(&body.names.volume));
    values.set("token", Value::Secret(body.token.as_bytes().to_vec()));
    values.set("token_generation", Value::Int(body.token_generation.into()));
    values.set("intent", text(intent_text(body.intent)));
    let container = body.container.as_ref();
    values.set(
        "container_id",
        optional(container, |container| text(container.as_str())),
    );
    values.set("template_generation", int(body.template_generation));
    values.set("idle_limit", optional(body.idle_limit, span));
    values.set("adopted", Value::Flag(body.adopted));
    values.set("purging", Value::Flag(body.purging));
    set_failure(values, body.failure.as_ref());
}

fn set_failure(values: &mut Values, failure: Option<&Failure>) {
    values.set(
        "failure_count",
        optional(failure, |failure| Value::Int(failure.count.into())),
    );
    // What containers and engines say may hold NUL, which PostgreSQL's text can't; its symbol can
    // be read, too.
    values.set(
        "failure_reason",
        optional(failure, |failure| {
            text(&failure.reason.replace('\0', "\u{2400}"))
        }),
    );
    let exit_code = failure.and_then(|failure| failure.exit_code);
    values.set("failure_exit_code", optional(exit_code, Value::Int));
    // JSON escapes NUL.
    values.set(
        "failure_log",
        optional(failure, |failure| {
            Value::Text(serde_json::Value::from(failure.log.clone()).to_string())
        }),
    );
    values.set(
        "retry_in",
        optional(failure, |failure| span(failure.retry_in)),
    );
}

fn set_range(values: &mut Values, range: Option<PortRange>) {
    values.set(
        "first",
        optional(range, |range| Value::Int(range.first().get().into())),
    );
    values.set(
        "last",
        optional(range, |range| Value::Int(range.last().get().into())),
    );
}

/// A change of port, as the things it may be made of.
struct PortValues {
    /// Where a port is to be claimed from.
    claims: Option<PortRange>,
    /// Which port is to be claimed, whatever is known of it.
    takes: Option<Port>,
    /// How long the port claimed so far rests.
    drops: Option<Duration>,
}

impl PortValues {
    fn of(change: PortChange) -> Self {
        let (claims, takes, drops) = match change {
            PortChange::Keep => (None, None, None),
            PortChange::Claim(range) => (Some(range), None, None),
            PortChange::Take(port) => (None, Some(port), Some(Duration::ZERO)),
            PortChange::Replace { range, quarantine } => (Some(range), None, Some(quarantine)),
            PortChange::Free { rest } => (None, None, Some(rest)),
        };
        Self {
            claims,
            takes,
            drops,
        }
    }

    /// The ports that may be claimed.
    fn range(&self) -> Option<PortRange> {
        let taken = self.takes.and_then(|port| PortRange::new(port, port));
        self.claims.or(taken)
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn id(bytes: &[u8; 16]) -> Value {
    Value::Bytes(bytes.to_vec())
}

pub(super) fn bytes_of(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

/// Counts beyond the databases' integers (2⁶³-1) are written as the greatest of them.
fn int(count: u64) -> Value {
    Value::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

/// A span in whole microseconds.
fn span(span: Duration) -> Value {
    let micros = span.min(LONGEST).as_micros();
    Value::Int(i64::try_from(micros).unwrap_or(i64::MAX))
}

/// How far ahead a time counts as over whose bound this is.
fn beyond(bound: Duration) -> Value {
    span(bound + bounds::TOLERANCE)
}

fn optional<T>(thing: Option<T>, value: impl FnOnce(T) -> Value) -> Value {
    thing.map_or(Value::Null, value)
}
