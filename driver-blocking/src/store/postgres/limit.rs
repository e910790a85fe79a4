//! A time limit on a connection to `PostgreSQL`, and a look at it before it is used.
//!
//! The blocking client waits for the server's answer without end, and a server that was frozen, or a
//! lock that somebody holds, would keep its thread for ever. Nor does it notice that the server closed
//! a connection that was not in use, before it has sent the next statement into the void. So its
//! connection's stream is wrapped: every byte is passed on as it is, reading and writing fail once
//! the time is up, and it is known whether anything was sent.
//!
//! ```text
//! client  ─►  what encrypts, or `Plain`  ─►  LimitedStream  ─►  socket
//! ```
//!
//! The client lets nobody at the stream but a maker of TLS. So [`Limited`] is one: it takes the socket,
//! and has another maker work over the limited stream. A handshake, too, ends in time then; and so
//! would the question whether the server speaks TLS at all, which is therefore the other maker's to
//! ask: the client itself has to say nothing before its stream is limited (see `connect`).

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;
use std::{io, mem};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep_until};
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};

/// Until when a connection may be used, and what has become of it.
#[derive(Clone, Default)]
pub(super) struct Limit(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    until: Option<Instant>,
    /// Nothing was done with it since it was last begun to be used.
    fresh: bool,
    /// Since then bytes may have gone out.
    sent: bool,
}

impl Limit {
    /// It may be used until then.
    pub(super) fn set(&self, until: Instant) {
        self.state().until = Some(until);
    }

    /// Something new is about to be sent. What the server has said until now is heard before.
    pub(super) fn begin(&self) {
        let mut state = self.state();
        state.fresh = true;
        state.sent = false;
    }

    /// Whether a part of what was [begun](Self::begin) last may have been sent.
    pub(super) fn has_sent(&self) -> bool {
        self.state().sent
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that could panic is done under this lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whatever is wrapped in this works over a limited stream in place of the bare one: a maker of TLS,
/// and one handshake of it.
pub(super) struct Limited<T> {
    limit: Limit,
    inner: T,
}

impl<T> Limited<T> {
    pub(super) fn new(limit: Limit, inner: T) -> Self {
        Self { limit, inner }
    }
}

impl<S, T> MakeTlsConnect<S> for Limited<T>
where
    T: MakeTlsConnect<LimitedStream<S>>,
{
    type Stream = T::Stream;
    type TlsConnect = Limited<T::TlsConnect>;
    type Error = T::Error;

    fn make_tls_connect(&mut self, host: &str) -> Result<Self::TlsConnect, T::Error> {
        let inner = self.inner.make_tls_connect(host)?;
        Ok(Limited::new(self.limit.clone(), inner))
    }
}

impl<S, T> TlsConnect<S> for Limited<T>
where
    T: TlsConnect<LimitedStream<S>>,
{
    type Stream = T::Stream;
    type Error = T::Error;
    type Future = T::Future;

    fn connect(self, stream: S) -> T::Future {
        self.inner.connect(LimitedStream {
            stream,
            limit: self.limit,
            alarm: None,
        })
    }
}

/// A connection's bytes, until its time is up.
pub(super) struct LimitedStream<S> {
    stream: S,
    limit: Limit,
    /// Goes off at the limit that it was set to.
    alarm: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl<S> LimitedStream<S> {
    /// Fails once the time is up; has the task woken then, until it is.
    fn in_time(&mut self, context: &mut Context<'_>) -> io::Result<&mut S> {
        let until = self.limit.state().until;
        if let Some(until) = until {
            if self.alarm.as_ref().is_none_or(|(set, _)| *set != until) {
                self.alarm = Some((until, Box::pin(sleep_until(until.into()))));
            }
            let rings = self
                .alarm
                .as_mut()
                .is_some_and(|(_, alarm)| alarm.as_mut().poll(context).is_ready());
            if rings {
                let text = "no answer in time";
                return Err(io::Error::new(io::ErrorKind::TimedOut, text));
            }
        }
        Ok(&mut self.stream)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for LimitedStream<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(self.in_time(context)?).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for LimitedStream<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if mem::take(&mut self.limit.state().fresh) {
            // The runtime looks at the socket between two turns: in the next one the client reads
            // before it writes.
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        let written = Pin::new(self.in_time(context)?).poll_write(context, bytes);
        self.limit.state().sent |= matches!(written, Poll::Ready(Ok(_)));
        written
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.in_time(context)?).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(self.in_time(context)?).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests;
