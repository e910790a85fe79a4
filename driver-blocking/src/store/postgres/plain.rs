//! What stands in the place of TLS where nothing is encrypted.

use std::convert::Infallible;
use std::future::{Ready, ready};

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};

use super::limit::LimitedStream;

/// Has the client speak over the limited stream as it is. The client's own `NoTls` can't do that: it
/// gives the stream to nobody.
#[derive(Clone, Copy)]
pub(super) struct Plain;

impl<S> MakeTlsConnect<LimitedStream<S>> for Plain
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    type Stream = LimitedStream<S>;
    type TlsConnect = Self;
    type Error = Infallible;

    fn make_tls_connect(&mut self, _host: &str) -> Result<Self, Infallible> {
        Ok(*self)
    }
}

impl<S> TlsConnect<LimitedStream<S>> for Plain
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    type Stream = LimitedStream<S>;
    type Error = Infallible;
    type Future = Ready<Result<LimitedStream<S>, Infallible>>;

    fn connect(self, stream: LimitedStream<S>) -> Self::Future {
        ready(Ok(stream))
    }
}

impl<S> TlsStream for LimitedStream<S>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}
