//! The gateway in the demo's containers: it tells whose it is, to whoever shows its token.

use std::convert::Infallible;
use std::env;
use std::net::{Ipv4Addr, SocketAddr};

use hyper::body::Incoming;
use hyper::header::AUTHORIZATION;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use crate::failure::Failure;
use crate::signals::Signals;

/// The port it listens on.
pub(super) const PORT: u16 = 18789;
/// The variable that holds the token.
pub(super) const TOKEN: &str = "AGENT_TOKEN";
/// The variable that tells whose it is.
pub(super) const OWNER: &str = "DEMO_USER";

/// Answers until it is asked to stop. As the first process of its container it has no default
/// handlers, so a signal that it didn't listen for would not end it.
pub(crate) async fn serve() -> Result<(), Failure> {
    let [Ok(token), Ok(owner)] = [TOKEN, OWNER].map(env::var) else {
        return Err(Failure::new(
            "demo_failed",
            format!("{TOKEN} and {OWNER} are not set"),
            "this runs inside of the demo's containers: try `portreeve demo`",
        ));
    };
    let gateway: &Gateway = Box::leak(Box::new(Gateway { token, owner }));
    let address = SocketAddr::from((Ipv4Addr::UNSPECIFIED, PORT));
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| Failure::io(format!("{address} can't be listened on"), &error))?;
    let mut signals = Signals::listen()?;
    tokio::select! {
        () = accept(&listener, gateway) => (),
        _ = signals.asked_to_stop() => (),
    }
    Ok(())
}

struct Gateway {
    token: String,
    owner: String,
}

async fn accept(listener: &TcpListener, gateway: &'static Gateway) {
    loop {
        // A connection that breaks off before it is accepted is nobody's loss.
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let service =
            service_fn(move |request| async move { Ok::<_, Infallible>(gateway.answer(&request)) });
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    }
}

impl Gateway {
    fn answer(&self, request: &Request<Incoming>) -> Response<String> {
        let shown = request.headers().get(AUTHORIZATION);
        let expected = format!("Bearer {}", self.token);
        let (status, text) = if shown.is_some_and(|shown| shown.as_bytes() == expected.as_bytes()) {
            (
                StatusCode::OK,
                format!("hello, this is {}'s gateway", self.owner),
            )
        } else {
            (StatusCode::UNAUTHORIZED, "that is not my token".to_owned())
        };
        let mut response = Response::new(text);
        *response.status_mut() = status;
        response
    }
}
