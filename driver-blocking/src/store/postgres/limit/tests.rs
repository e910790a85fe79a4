//! The limit beneath TLS that is made up: it says hello and hears hello, and then turns every byte
//! round.

use std::future::Future;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use ::postgres::Config;
use ::postgres::config::{SslMode, SslNegotiation};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
use tokio_postgres::tls::{ChannelBinding, TlsStream};

use super::*;

/// What both sides say first.
const HELLO: u8 = b'h';
/// Long enough for whatever is answered at once.
const LONG: Duration = Duration::from_secs(60);
/// For what is never answered.
const SHORT: Duration = Duration::from_millis(50);

/// Makes such TLS.
#[derive(Clone, Copy)]
struct Turning;

/// A stream whose bytes are turned round.
struct Turned<S>(S);

type Handshake<S> = Pin<Box<dyn Future<Output = io::Result<Turned<S>>> + Send>>;

impl<S> MakeTlsConnect<S> for Turning
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = Turned<S>;
    type TlsConnect = Self;
    type Error = io::Error;

    fn make_tls_connect(&mut self, _host: &str) -> io::Result<Self> {
        Ok(*self)
    }
}

impl<S> TlsConnect<S> for Turning
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    type Stream = Turned<S>;
    type Error = io::Error;
    type Future = Handshake<S>;

    fn connect(self, mut stream: S) -> Handshake<S> {
        Box::pin(async move {
            stream.write_u8(HELLO).await?;
            assert_eq!(stream.read_u8().await?, HELLO);
            Ok(Turned(stream))
        })
    }
}

fn turn(bytes: &mut [u8]) {
    for byte in bytes {
        *byte = !*byte;
    }
}

fn turned(bytes: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    turn(&mut bytes);
    bytes
}

impl<S: AsyncRead + Unpin> AsyncRead for Turned<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.0).poll_read(context, buffer);
        turn(&mut buffer.filled_mut()[before..]);
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Turned<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.0).poll_write(context, &turned(bytes))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_shutdown(context)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> TlsStream for Turned<S> {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

/// A limit, and a handshake that is under way over a stream that keeps to it.
fn shakes_hands(
    within: Duration,
    stream: DuplexStream,
) -> (Limit, Handshake<LimitedStream<DuplexStream>>) {
    let limit = Limit::default();
    limit.set(Instant::now() + within);
    let mut maker = Limited::new(limit.clone(), Turning);
    let connector = MakeTlsConnect::<DuplexStream>::make_tls_connect(&mut maker, "host").unwrap();
    (limit, connector.connect(stream))
}

/// The same, done, with the other end.
async fn shaken(within: Duration) -> (Limit, Turned<LimitedStream<DuplexStream>>, DuplexStream) {
    let (near, mut far) = duplex(64);
    let (limit, handshake) = shakes_hands(within, near);
    far.write_u8(HELLO).await.unwrap();
    let stream = handshake.await.unwrap();
    assert_eq!(far.read_u8().await.unwrap(), HELLO);
    (limit, stream, far)
}

#[tokio::test]
async fn a_handshake_that_is_not_answered_ends_in_time() {
    let (near, _far) = duplex(64);
    let (_limit, handshake) = shakes_hands(SHORT, near);
    let ended = handshake.await.map(drop).unwrap_err();
    assert_eq!(ended.kind(), io::ErrorKind::TimedOut);
}

#[tokio::test]
async fn what_is_encrypted_passes_as_it_is_until_the_time_is_up() {
    let (limit, mut stream, mut far) = shaken(LONG).await;
    stream.write_all(b"select").await.unwrap();
    let mut heard = [0; 6];
    far.read_exact(&mut heard).await.unwrap();
    assert_eq!(heard.as_slice(), turned(b"select"));

    far.write_all(&turned(b"1")).await.unwrap();
    assert_eq!(stream.read_u8().await.unwrap(), b'1');

    limit.set(Instant::now() + SHORT);
    let silence = stream.read_u8().await.unwrap_err();
    assert_eq!(silence.kind(), io::ErrorKind::TimedOut);
    let late = stream.write_all(b"select").await.unwrap_err();
    assert_eq!(late.kind(), io::ErrorKind::TimedOut);

    // The connection is not lost by that alone: it may be given more time.
    limit.set(Instant::now() + LONG);
    far.write_all(&turned(b"2")).await.unwrap();
    assert_eq!(stream.read_u8().await.unwrap(), b'2');
}

#[tokio::test]
async fn what_is_begun_is_sent_only_after_a_look_at_what_was_said() {
    let (limit, mut stream, mut far) = shaken(LONG).await;
    limit.begin();
    let first = std::future::poll_fn(|context| {
        Poll::Ready(Pin::new(&mut stream).poll_write(context, b"select"))
    });
    assert!(first.await.is_pending());
    assert!(!limit.has_sent());

    stream.write_all(b"select").await.unwrap();
    assert!(limit.has_sent());
    let mut heard = [0; 6];
    far.read_exact(&mut heard).await.unwrap();
    assert_eq!(heard.as_slice(), turned(b"select"));
}

/// The client itself, of a server that takes the connection, and then says nothing.
#[test]
fn the_client_gives_up_in_time_whoever_makes_its_stream() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let server = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut hello = [0];
        stream.read_exact(&mut hello).unwrap();
        stream.write_all(&[HELLO]).unwrap();
        // The length of what the client says first, and the version of what it speaks.
        let mut startup = [0; 8];
        stream.read_exact(&mut startup).unwrap();
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap();
        (hello, turned(&startup[4..]))
    });
    let mut config = Config::new();
    config
        .host("127.0.0.1")
        .port(port)
        .user("me")
        .ssl_mode(SslMode::Require)
        .ssl_negotiation(SslNegotiation::Direct);
    let limit = Limit::default();
    limit.set(Instant::now() + Duration::from_millis(500));
    let error = config
        .connect(Limited::new(limit, Turning))
        .map(drop)
        .unwrap_err();
    let cause = std::error::Error::source(&error).and_then(|cause| cause.downcast_ref());
    assert_eq!(
        cause.map(io::Error::kind),
        Some(io::ErrorKind::TimedOut),
        "{error}"
    );
    let (hello, version) = server.join().unwrap();
    assert_eq!((hello, version), ([HELLO], vec![0, 3, 0, 0]));
}
