//! The API on a socket.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::channel::{Channel, Sender};
use http_body_util::{BodyExt as _, Either, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};

use super::address::{Address, Listener};
use super::state::{Begun, Shared};
use crate::api::{self, LogForm, Reply, Stream, VERSIONS};

/// The largest body that is taken, in bytes: images are imported whole.
const LARGEST: usize = 1 << 30;
/// How many pieces of a stream may wait for a slow client.
const PIECES: usize = 16;

type Body = Either<Full<Bytes>, Channel<Bytes>>;

/// The stand-in engine, listening.
pub struct StandIn {
    listener: Listener,
    shared: Shared,
}

impl StandIn {
    /// Listens. To be called within a tokio runtime. What is made of it is forgotten when it ends.
    pub fn listen(address: &Address) -> io::Result<Self> {
        Ok(Self {
            listener: Listener::bind(address)?,
            shared: Shared::new(),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> io::Result<Address> {
        self.listener.address()
    }

    /// Serves whoever connects, until this is dropped.
    pub async fn serve(self) {
        // Ends with everything else here.
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(self.shared.clone().keep_time());
        loop {
            let accepted = match &self.listener {
                Listener::Unix(listener, _) => listener.accept().await.map(|(stream, _)| {
                    tasks.spawn(converse(self.shared.clone(), stream));
                }),
                Listener::Tcp(listener) => listener.accept().await.map(|(stream, _)| {
                    tasks.spawn(converse(self.shared.clone(), stream));
                }),
            };
            if accepted.is_err() {
                // Out of files, say: a moment later there may be some.
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            while tasks.try_join_next().is_some() {}
        }
    }
}

async fn converse<S>(shared: Shared, stream: S)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(|request| {
        let shared = shared.clone();
        async move { Ok::<_, Infallible>(answer(&shared, request).await) }
    });
    // How a client leaves is its own affair.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn answer(shared: &Shared, request: Request<Incoming>) -> Response<Body> {
    let method = request.method().clone();
    let target = request.uri().to_string();
    let Ok(body) = Limited::new(request.into_body(), LARGEST).collect().await else {
        return refused(
            StatusCode::BAD_REQUEST,
            "the body is too large, or broken off",
        );
    };
    let body = body.to_bytes();
    let request = api::Request {
        method: method.as_str(),
        target: &target,
        body: &body,
    };
    let mut response = match shared.handle(request).await {
        Begun::Now(reply) => replied(shared, reply),
        Begun::Later(waiting) if waiting.begins_at_once() => {
            let (mut sender, body) = Channel::new(PIECES);
            let shared = shared.clone();
            tokio::spawn(async move {
                let answer = waiting.answer(&shared).await;
                // The client may have gone.
                let _ = sender.send_data(answer.body.into()).await;
            });
            streamed(body, "application/json")
        }
        Begun::Later(waiting) => whole(waiting.answer(shared).await),
    };
    let version = VERSIONS.0.to_string();
    let headers = response.headers_mut();
    for (name, value) in [
        ("api-version", version.as_str()),
        ("ostype", "linux"),
        ("docker-experimental", "false"),
        ("server", "Portreeve's stand-in engine"),
    ] {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(name, value);
        }
    }
    if method == Method::HEAD {
        *response.body_mut() = Either::Left(Full::default());
    }
    response
}

fn replied(shared: &Shared, reply: Reply) -> Response<Body> {
    let (sender, body) = Channel::new(PIECES);
    match reply {
        Reply::Whole(answer) => whole(answer),
        Reply::Events(stream) => {
            tokio::spawn(events(shared.clone(), stream, sender));
            streamed(body, "application/json")
        }
        Reply::Follow {
            container,
            sent,
            form,
        } => {
            tokio::spawn(follow(shared.clone(), container, sent, form, sender));
            streamed(body, "application/octet-stream")
        }
        Reply::Later(..) => refused(
            StatusCode::INTERNAL_SERVER_ERROR,
            "nobody waits for what was asked for",
        ),
    }
}

fn whole(answer: api::Response) -> Response<Body> {
    let mut response = Response::new(Either::Left(Full::from(answer.body)));
    *response.status_mut() =
        StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = HeaderValue::from_static(answer.content_type);
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

fn streamed(body: Channel<Bytes>, kind: &'static str) -> Response<Body> {
    let mut response = Response::new(Either::Right(body));
    let kind = HeaderValue::from_static(kind);
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

fn refused(status: StatusCode, why: &str) -> Response<Body> {
    let body = serde_json::json!({ "message": why }).to_string();
    let mut response = Response::new(Either::Left(Full::from(body)));
    *response.status_mut() = status;
    response
}

/// Tells events until the client goes, or nothing more is to come.
async fn events(shared: Shared, mut stream: Stream, mut sender: Sender<Bytes>) {
    let mut changes = shared.changes();
    loop {
        changes.mark_unchanged();
        let (bytes, over, left) = {
            let state = shared.now();
            let engine = state.api.engine();
            let now = engine.now();
            (
                stream.read(engine),
                stream.is_over(now),
                stream.ends_in(now),
            )
        };
        if !bytes.is_empty() && sender.send_data(bytes.into()).await.is_err() {
            return;
        }
        if over {
            return;
        }
        let end = async {
            match left {
                Some(left) => tokio::time::sleep(left + Duration::from_millis(1)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            next = changes.changed() => if next.is_err() { return },
            () = end => {}
        }
    }
}

/// Sends what a container says, until it ends or the client goes.
async fn follow(
    shared: Shared,
    container: String,
    mut sent: usize,
    form: LogForm,
    mut sender: Sender<Bytes>,
) {
    let mut changes = shared.changes();
    loop {
        changes.mark_unchanged();
        let said = shared.now().api.said_since(&container, sent, form);
        let Some((bytes, lines, more)) = said else {
            return;
        };
        sent = lines;
        if !bytes.is_empty() && sender.send_data(bytes.into()).await.is_err() {
            return;
        }
        if !more || changes.changed().await.is_err() {
            return;
        }
    }
}
