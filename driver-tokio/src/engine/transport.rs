//! Sends a request and reads its answer, whole or as it comes: over connections that lead to the
//! engine that a request is for, or over any where it is for none in particular.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Uri;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HOST, USER_AGENT};
use hyper::http::response::Parts;
use hyper_util::client::legacy::connect::{HttpConnector, capture_connection};
use hyper_util::client::legacy::{Client, ResponseFuture};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use hyperlocal::UnixConnector;
use portreeve_core::effect::Fence;
use portreeve_core::id::EngineId;
use portreeve_wire::docker::EngineAddress;
use portreeve_wire::http::Request;

use super::error::{EngineError, UnservedAddress};
use super::in_time::in_time;
use super::proof::Proving;
use super::response::Reading;

/// How long a connection is kept for the next request.
const IDLE: Duration = Duration::from_secs(60);
/// How many connections are kept.
const MOST_IDLE: usize = 32;
/// How long an engine that isn't on this machine may take to accept a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// After how long without a word the system asks whether the other end is still there: a stop is
/// silent for as long as the container takes.
const KEEPALIVE: Duration = Duration::from_secs(15);
/// The longest path of a Unix socket, in bytes: `sun_path` of `sockaddr_un`, less its final zero.
const LONGEST_SOCKET_PATH: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// Kept-alive connections to what is at one address.
///
/// A request whose kept connection turns out to have been closed is sent on a new one only if none
/// of it had been sent.
#[derive(Clone)]
pub(super) struct Transport {
    address: EngineAddress,
    way: Way,
    /// What stands before the path.
    base: String,
    /// Whichever engine they lead to.
    any: AnyClient,
    /// Those that lead to this one: the one that was asked for last.
    proven: Arc<Mutex<Option<(EngineId, AnyClient)>>>,
}

/// How an address is reached.
#[derive(Clone, Copy)]
enum Way {
    Unix,
    Tcp,
}

#[derive(Clone)]
enum AnyClient {
    Unix(Client<Proving<UnixConnector>, Full<Bytes>>),
    Tcp(Client<Proving<HttpConnector>, Full<Bytes>>),
}

impl AnyClient {
    /// Connections to the wanted engine alone, if one is named.
    fn new(way: Way, wanted: Option<EngineId>) -> Self {
        let mut builder = Client::builder(TokioExecutor::new());
        builder
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(MOST_IDLE);
        match way {
            Way::Unix => {
                let connector = UnixConnector;
                let proving = Proving { connector, wanted };
                Self::Unix(builder.build(proving))
            }
            Way::Tcp => {
                let mut connector = HttpConnector::new();
                connector.set_nodelay(true);
                connector.set_keepalive(Some(KEEPALIVE));
                connector.set_connect_timeout(Some(CONNECT));
                let proving = Proving { connector, wanted };
                Self::Tcp(builder.build(proving))
            }
        }
    }

    fn request(&self, request: hyper::Request<Full<Bytes>>) -> ResponseFuture {
        match self {
            Self::Unix(client) => client.request(request),
            Self::Tcp(client) => client.request(request),
        }
    }
}

impl Transport {
    pub(super) fn new(address: EngineAddress) -> Result<Self, UnservedAddress> {
        let (way, base) = match &address {
            EngineAddress::Unix(path) => {
                let length = path.as_os_str().len();
                if length > LONGEST_SOCKET_PATH {
                    return Err(UnservedAddress::LongSocketPath {
                        length,
                        limit: LONGEST_SOCKET_PATH,
                    });
                }
                let uri: Uri = hyperlocal::Uri::new(path, "/").into();
                let base = uri.to_string().trim_end_matches('/').to_string();
                (Way::Unix, base)
            }
            EngineAddress::Tcp { host, port } if host.contains(':') => {
                (Way::Tcp, format!("http://[{host}]:{port}"))
            }
            EngineAddress::Tcp { host, port } => (Way::Tcp, format!("http://{host}:{port}")),
            EngineAddress::Tls { .. } => return Err(UnservedAddress::Tls(address)),
            EngineAddress::Ssh { .. } => return Err(UnservedAddress::Ssh(address)),
        };
        Ok(Self {
            address,
            way,
            base,
            any: AnyClient::new(way, None),
            proven: Arc::default(),
        })
    }

    /// The connections for requests to this engine alone, if one is named.
    fn client(&self, engine: Option<&EngineId>) -> AnyClient {
        let Some(engine) = engine else {
            return self.any.clone();
        };
        // It is whole after each change of it, so a panic elsewhere doesn't spoil it.
        let mut proven = self.proven.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, client)) = &*proven
            && known == engine
        {
            return client.clone();
        }
        let client = AnyClient::new(self.way, Some(engine.clone()));
        *proven = Some((engine.clone(), client.clone()));
        client
    }

    pub(super) fn address(&self) -> &EngineAddress {
        &self.address
    }

    /// Sends a request, unless its fence forbids it by then, and has the answer read by what `begin` makes
    /// of its head.
    pub(super) async fn exchange<R: Reading>(
        &self,
        request: Request,
        fence: &Fence,
        begin: impl FnOnce(&Parts) -> R,
    ) -> Result<R, EngineError> {
        let mut request = self.http_request(request)?;
        let connection = capture_connection(&mut request);
        let sent = self.client(fence.engine.as_ref()).request(request);
        let answer = in_time(fence.not_after, &connection, sent)
            .await
            .ok_or(EngineError::Expired)?
            .map_err(|error| EngineError::of_request(&self.address, &error))?;
        self.read(answer, begin).await
    }

    /// Sends a request, to this engine alone if one is named, and reads the head of its answer.
    pub(super) async fn open(
        &self,
        request: Request,
        engine: Option<&EngineId>,
    ) -> Result<hyper::Response<Incoming>, EngineError> {
        let request = self.http_request(request)?;
        let sent = self.client(engine).request(request);
        sent.await
            .map_err(|error| EngineError::of_request(&self.address, &error))
    }

    /// Reads the rest of an answer as it comes.
    pub(super) async fn read<R: Reading>(
        &self,
        answer: hyper::Response<Incoming>,
        begin: impl FnOnce(&Parts) -> R,
    ) -> Result<R, EngineError> {
        let (head, mut body) = answer.into_parts();
        let mut reading = begin(&head);
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| EngineError::of_answer(&self.address, &error))?;
            if let Some(bytes) = frame.data_ref() {
                reading.feed(bytes)?;
            }
        }
        Ok(reading)
    }

    fn http_request(&self, request: Request) -> Result<hyper::Request<Full<Bytes>>, EngineError> {
        let Request {
            method,
            target,
            body,
        } = request;
        let mut builder = hyper::Request::builder()
            .method(method)
            .uri(format!("{}{target}", self.base))
            .header(USER_AGENT, concat!("portreeve/", env!("CARGO_PKG_VERSION")));
        if let Some(kind) = body.content_type() {
            builder = builder.header(CONTENT_TYPE, kind);
        }
        if matches!(self.way, Way::Unix) {
            // A socket's path makes no host's name.
            builder = builder.header(HOST, "localhost");
        }
        builder
            .body(Full::new(Bytes::from(body.into_bytes())))
            .map_err(|error| EngineError::Path {
                path: target,
                why: error.to_string(),
            })
    }
}
