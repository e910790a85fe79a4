//! What answers on a container's published port: the gateway of Portreeve's own tests, for whoever
//! shows the container's token, and for everybody else a line that says which container it is.

use std::convert::Infallible;

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::state::{Shared, State};
use crate::engine::{Container, No};

/// The most that is taken to be kept, in bytes.
const LARGEST: usize = 1 << 20;

/// Accepts connections for a container until this is dropped, and with it they are.
pub(super) async fn accept(shared: Shared, listener: TcpListener, no: No) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    connections.spawn(converse(shared.clone(), stream, no));
                }
                // Out of files, say: a moment later there may be some.
                Err(_) => tokio::time::sleep(std::time::Duration::from_millis(50)).await,
            },
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn converse(shared: Shared, stream: TcpStream, no: No) {
    if !listens(&shared, no).await {
        // As the engine's proxy does for a program that doesn't listen.
        return;
    }
    let service = service_fn(|request| {
        let shared = shared.clone();
        async move { Ok::<_, Infallible>(answer(&shared, no, request).await) }
    });
    // How a client leaves is its own affair.
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// Whether the program listens; a frozen one is waited for.
async fn listens(shared: &Shared, no: No) -> bool {
    let mut changes = shared.changes();
    loop {
        {
            let state = shared.now();
            let engine = state.api.engine();
            match engine.container(no) {
                None => return false,
                Some(container) if !container.is_paused() => {
                    return container.listens(engine.now());
                }
                Some(_) => {}
            }
        }
        if changes.changed().await.is_err() {
            return false;
        }
    }
}

async fn answer(shared: &Shared, no: No, request: Request<Incoming>) -> Response<Full<Bytes>> {
    if !listens(shared, no).await {
        return text(StatusCode::SERVICE_UNAVAILABLE, "gone");
    }
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let shown = request
        .headers()
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .map(str::to_owned);
    let Ok(body) = Limited::new(request.into_body(), LARGEST).collect().await else {
        return text(StatusCode::BAD_REQUEST, "too much, or broken off");
    };
    let mut state = shared.now();
    let Some(asked) = Asked::of(&state, no, shown.as_deref()) else {
        return text(StatusCode::SERVICE_UNAVAILABLE, "gone");
    };
    match (&method, path.as_str()) {
        (&Method::GET, "/health") if asked.well => text(StatusCode::OK, "ok"),
        (&Method::GET, "/health") => text(StatusCode::SERVICE_UNAVAILABLE, "unhealthy"),
        (_, "/whoami" | "/state") if !asked.let_in => {
            text(StatusCode::UNAUTHORIZED, "who are you?")
        }
        (&Method::GET, "/whoami") => {
            let state = state.kept.get(&asked.place);
            let state = state.map(|kept| String::from_utf8_lossy(kept).into_owned());
            json(&json!({"agent_id": asked.agent, "hostname": asked.host, "state": state}))
        }
        (&Method::GET, "/state") => match state.kept.get(&asked.place) {
            None => text(StatusCode::NOT_FOUND, "no state yet"),
            Some(kept) => Response::new(Full::from(kept.clone())),
        },
        (&Method::POST, "/state") => {
            state.kept.insert(asked.place, body.to_bytes().to_vec());
            text(StatusCode::OK, "kept")
        }
        (_, "/health" | "/whoami" | "/state") => {
            text(StatusCode::METHOD_NOT_ALLOWED, "not that way")
        }
        _ => asked.anything_else(),
    }
}

/// What an answer depends on.
struct Asked {
    name: String,
    image: String,
    host: String,
    agent: Option<String>,
    /// Whose it is, in the demo.
    owner: Option<String>,
    has_token: bool,
    let_in: bool,
    well: bool,
    /// Where it keeps its state.
    place: String,
}

impl Asked {
    fn of(state: &State, no: No, shown: Option<&str>) -> Option<Self> {
        let engine = state.api.engine();
        let container = engine.container(no)?;
        let spec = container.spec();
        let set = |name: &str| {
            let value = spec.variable(name).filter(|value| !value.is_empty());
            value.map(str::to_owned)
        };
        let token = set("AGENT_TOKEN");
        let id = container.id().as_str();
        Some(Self {
            name: container.name().to_owned(),
            image: spec.image.clone(),
            host: id[..id.len().min(12)].to_owned(),
            agent: set("AGENT_ID"),
            owner: set("DEMO_USER"),
            has_token: token.is_some(),
            let_in: token.is_some() && token.as_deref() == shown,
            well: container.is_well(engine.now()),
            place: place(state, container),
        })
    }

    fn anything_else(&self) -> Response<Full<Bytes>> {
        match &self.owner {
            _ if self.has_token && !self.let_in => {
                text(StatusCode::UNAUTHORIZED, "that is not my token")
            }
            Some(owner) => text(StatusCode::OK, &format!("hello, this is {owner}'s gateway")),
            None => text(
                StatusCode::OK,
                &format!(
                    "this stands in for {} of the image {}: nothing really runs",
                    self.name, self.image
                ),
            ),
        }
    }
}

/// Where a container's program keeps its state: in the volume mounted there, or in the container. A
/// volume of the same name made later is another.
fn place(state: &State, container: &Container) -> String {
    let directory = container.spec().variable("STATE_DIR");
    let directory = directory.unwrap_or("/home/node/.openclaw");
    let mut mounts = container.mounts().iter();
    let volume = mounts
        .find(|mount| mount.target == directory)
        .and_then(|mount| state.api.engine().volume(mount.volume.as_ref()?));
    match volume {
        Some(volume) => format!("{} of {}", volume.name, volume.created.as_micros()),
        None => container.id().to_string(),
    }
}

fn text(status: StatusCode, line: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(line.to_owned()));
    *response.status_mut() = status;
    response
}

fn json(value: &serde_json::Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(value.to_string()));
    let kind = hyper::header::HeaderValue::from_static("application/json");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
