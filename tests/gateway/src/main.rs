//! What runs inside the containers of Portreeve's tests: a stand-in for an agent gateway.
//!
//! Linked statically it is all that an image needs: no shell, no libraries.
//!
//! * `gateway` serves HTTP: `GET /health`, and for those who know the token `GET /whoami`, `GET
//!   /state`, `POST /state`.
//! * `gateway health` asks a gateway in the same container for its health and exits with 0 or 1, as
//!   an image's health check does.
//! * `gateway ask URL TOKEN` asks the gateway behind a URL such as `http://NAME:PORT` who it is,
//!   prints its answer, and exits with 0 if the token let it in: what can be reached from inside of
//!   a container.
//! * `gateway sleep` runs and never listens.
//!
//! How it (mis)behaves is told by environment variables: see [`settings`].

mod http;
mod routes;
mod settings;
mod term;

use std::io::{self, BufReader, Write};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{self, ExitCode};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use crate::http::{Request, Response};
use crate::routes::Gateway;
use crate::settings::{Exit, Settings};

/// How long a client may take over its request, and a health check over its question.
const PATIENCE: Duration = Duration::from_secs(5);

fn main() -> ExitCode {
    let started = Instant::now();
    let settings = match Settings::from_environment() {
        Ok(settings) => settings,
        Err(mistake) => {
            eprintln!("gateway: {mistake}");
            return ExitCode::from(2);
        }
    };
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => serve(settings, started),
        ["health"] => health(settings.port),
        ["ask", url, token] => ask(url, token),
        ["sleep"] => sleep(&settings),
        _ => {
            eprintln!("usage: gateway [health | ask URL TOKEN | sleep]");
            ExitCode::from(2)
        }
    }
}

fn serve(settings: Settings, started: Instant) -> ExitCode {
    term::install(settings.ignore_term);
    if settings.print_token {
        println!("token: {}", settings.token.as_deref().unwrap_or_default());
    }
    if let Some(exit) = settings.exit.clone() {
        if exit.after.is_zero() {
            last_words(&exit);
        }
        thread::spawn(move || {
            thread::sleep(exit.after);
            last_words(&exit);
        });
    }
    thread::sleep(settings.ready_after);

    let port = settings.port;
    let listeners = match listen(port) {
        Ok(listeners) => listeners,
        Err(error) => {
            eprintln!("gateway: cannot listen on port {port}: {error}");
            return ExitCode::FAILURE;
        }
    };
    println!("gateway: listening on port {port}");
    let gateway = Arc::new(Gateway::new(settings, started));
    let threads: Vec<_> = listeners
        .into_iter()
        .map(|listener| {
            let gateway = Arc::clone(&gateway);
            thread::spawn(move || accept(&listener, &gateway))
        })
        .collect();
    for thread in threads {
        // Accepting never ends; should it panic, the container must not look alive.
        if thread.join().is_err() {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

fn last_words(exit: &Exit) -> ! {
    eprintln!("{}", exit.last_words);
    process::exit(exit.code)
}

fn sleep(settings: &Settings) -> ExitCode {
    term::install(settings.ignore_term);
    loop {
        thread::park();
    }
}

/// Listens on all IPv6 and IPv4 addresses. Usually one socket serves both families and the second
/// bind finds its port taken by the first; where a family is missing or they are kept apart, the
/// other bind makes up for it.
fn listen(port: u16) -> io::Result<Vec<TcpListener>> {
    let six = TcpListener::bind(SocketAddr::from((Ipv6Addr::UNSPECIFIED, port)));
    let four = TcpListener::bind(SocketAddr::from((Ipv4Addr::UNSPECIFIED, port)));
    match (six, four) {
        (Ok(six), Ok(four)) => Ok(vec![six, four]),
        (Ok(one), Err(_)) | (Err(_), Ok(one)) => Ok(vec![one]),
        (Err(_), Err(error)) => Err(error),
    }
}

fn accept(listener: &TcpListener, gateway: &Arc<Gateway>) {
    for stream in listener.incoming().flatten() {
        let gateway = Arc::clone(gateway);
        thread::spawn(move || {
            // A client that hangs up early is nobody's concern here.
            let _ = answer(stream, &gateway);
        });
    }
}

fn answer(mut stream: TcpStream, gateway: &Gateway) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let response = match Request::read(&mut BufReader::new(&stream)) {
        Ok(request) => gateway.respond(&request),
        Err(error) => Response::text(400, &error.to_string()),
    };
    response.write(&mut stream)
}

fn health(port: u16) -> ExitCode {
    match ask_health(port) {
        Ok(200) => ExitCode::SUCCESS,
        Ok(status) => {
            println!("unhealthy: status {status}");
            ExitCode::FAILURE
        }
        Err(error) => {
            println!("unhealthy: {error}");
            ExitCode::FAILURE
        }
    }
}

fn ask(url: &str, token: &str) -> ExitCode {
    match ask_who(url, token) {
        Ok(answer) if answer.starts_with("HTTP/1.1 200 ") => {
            println!("{answer}");
            ExitCode::SUCCESS
        }
        Ok(answer) => {
            println!("refused: {answer}");
            ExitCode::FAILURE
        }
        Err(error) => {
            println!("{url} is not reached: {error}");
            ExitCode::FAILURE
        }
    }
}

fn ask_who(url: &str, token: &str) -> io::Result<String> {
    let Some(host) = url.strip_prefix("http://") else {
        return Err(io::Error::other("not an http URL"));
    };
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let request = format!(
        "GET /whoami HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes())?;
    io::read_to_string(stream)
}

fn ask_health(port: u16) -> io::Result<u16> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    http::read_status(&mut BufReader::new(stream))
}
