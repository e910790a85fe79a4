//! The commands as callers know them: what each is given, and what it is answered with.

use std::time::Duration;

use portreeve_core::command::{
    Adopted, Command, Finding, LogSource, MOST_EVENTS, Reaped, Rekeyed, Reply, Stopped, Touched,
    UserHealth, UserPage, UserStatus,
};
use portreeve_core::event::{EventPage, EventsFrom};
use portreeve_core::user::UserId;
use tracing::Span;

use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::rotated::Rotated;

/// One command on its way to an answer of type `A`.
pub struct Call<A> {
    /// What is asked.
    pub command: Command,
    /// What is logged meanwhile is logged under this.
    pub span: Span,
    read: fn(Reply) -> Result<A, Error>,
}

impl<A> Call<A> {
    /// What the lifecycle's reply means to the caller.
    pub fn read(&self, reply: Reply) -> Result<A, Error> {
        if let Reply::Failed(error) = reply {
            tracing::debug!(code = error.code(), "failed");
            return Err(error.into());
        }
        (self.read)(reply)
    }
}

/// A call for one user: the name of its function, its span's level, its command, its reply.
macro_rules! for_a_user {
    ($($call:ident: $span:ident, $command:ident => $reply:ident as $answer:ty;)+) => {
        $(
            #[doc = concat!("[`", stringify!($call), "`](crate::Portreeve::", stringify!($call), ")")]
            pub fn $call(user: &str) -> Result<Call<$answer>, Error> {
                let user = UserId::new(user)?;
                Ok(Call {
                    span: tracing::$span!(stringify!($call), ?user),
                    command: Command::$command(user),
                    read: |reply| match reply {
                        Reply::$reply(answer) => Ok(answer.into()),
                        other => Err(mixed_up(&other)),
                    },
                })
            }
        )+
    };
}

/// A call for all users, likewise.
macro_rules! for_all {
    ($($call:ident: $span:ident, $command:ident => $reply:ident as $answer:ty;)+) => {
        $(
            #[doc = concat!("[`", stringify!($call), "`](crate::Portreeve::", stringify!($call), ")")]
            pub fn $call() -> Call<$answer> {
                Call {
                    span: tracing::$span!(stringify!($call)),
                    command: Command::$command,
                    read: |reply| match reply {
                        Reply::$reply(answer) => Ok(answer),
                        other => Err(mixed_up(&other)),
                    },
                }
            }
        )+
    };
}

for_a_user! {
    ensure: info_span, Ensure => Ensured as Endpoint;
    restart: info_span, Restart => Ensured as Endpoint;
    stop: info_span, Stop => Stopped as Stopped;
    touch: debug_span, Touch => Touched as Touched;
    status: debug_span, Status => Status as UserStatus;
    logs: debug_span, LogSource => LogSource as LogSource;
    rotate: info_span, Rotate => Rotated as Rotated;
    adopt: info_span, Adopt => Adopted as Adopted;
    purge: info_span, Purge => Purged as bool;
}

for_all! {
    reap: info_span, Reap => Reaped as Reaped;
    health: debug_span, Health => Health as Vec<UserHealth>;
    rekey: info_span, Rekey => Rekeyed as Rekeyed;
}

/// [`list_page`](crate::Portreeve::list_page)
pub fn list(after: Option<UserId>, limit: u32) -> Call<UserPage> {
    Call {
        span: tracing::debug_span!("list", ?after),
        command: Command::List { after, limit },
        read: |reply| match reply {
            Reply::Listed(page) => Ok(page),
            other => Err(mixed_up(&other)),
        },
    }
}

/// [`events`](crate::Portreeve::events)
pub fn events(from: EventsFrom, user: Option<UserId>) -> Call<EventPage> {
    Call {
        span: tracing::debug_span!("events", ?from, ?user),
        command: Command::Events {
            from,
            user,
            limit: MOST_EVENTS,
        },
        read: |reply| match reply {
            Reply::Events(page) => Ok(page),
            other => Err(mixed_up(&other)),
        },
    }
}

/// The same of those who run.
pub fn list_running(after: Option<UserId>, limit: u32) -> Call<UserPage> {
    Call {
        span: tracing::debug_span!("list_running", ?after),
        command: Command::ListRunning { after, limit },
        read: |reply| match reply {
            Reply::Listed(page) => Ok(page),
            other => Err(mixed_up(&other)),
        },
    }
}

/// [`limit_idle`](crate::Portreeve::limit_idle)
pub fn limit_idle(user: &str, limit: Option<Duration>) -> Result<Call<bool>, Error> {
    let user = UserId::new(user)?;
    Ok(Call {
        span: tracing::info_span!("limit_idle", ?user),
        command: Command::LimitIdle(user, limit),
        read: |reply| match reply {
            Reply::IdleLimited(known) => Ok(known),
            other => Err(mixed_up(&other)),
        },
    })
}

/// [`repair`](crate::Portreeve::repair)
pub fn repair(dry_run: bool) -> Call<Vec<Finding>> {
    Call {
        span: tracing::info_span!("repair", dry_run),
        command: Command::Repair { dry_run },
        read: |reply| match reply {
            Reply::Repaired(findings) => Ok(findings),
            other => Err(mixed_up(&other)),
        },
    }
}

fn mixed_up(reply: &Reply) -> Error {
    let reply = match reply {
        Reply::Ensured(_) => "an ensure or a restart",
        Reply::Stopped(_) => "a stop",
        Reply::Touched(_) => "a touch",
        Reply::Status(_) => "a status",
        Reply::LogSource(_) => "a question for a log",
        Reply::Listed(_) => "a list",
        Reply::Reaped(_) => "a reap",
        Reply::Health(_) => "a health",
        Reply::Repaired(_) => "a repair",
        Reply::Purged(_) => "a purge",
        Reply::Rotated(_) => "a rotate",
        Reply::Rekeyed(_) => "a rekey",
        Reply::Adopted(_) => "an adopt",
        Reply::IdleLimited(_) => "an idle limit",
        Reply::Events(_) => "a look at the event log",
        Reply::Failed(_) => "a failure",
        _ => "another command",
    };
    Error::Internal(format!("the answer was that to {reply}"))
}
