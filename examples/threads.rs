//! A host without any async: a thread for each connection. `curl http://127.0.0.1:8080/alice` ensures
//! alice's container and tells where it answers. Ends in good order when its input does (Ctrl-D).

use std::error::Error;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use portreeve_blocking::{Maintenance, Portreeve};

fn main() -> Result<(), Box<dyn Error>> {
    let mut config = portreeve_examples::config()?;
    config.settings.maintenance = Maintenance::full();
    let portreeve = Portreeve::open(config)?;

    let listener = TcpListener::bind("127.0.0.1:8080")?;
    let handle = portreeve.clone();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let portreeve = handle.clone();
            thread::spawn(move || answer(&portreeve, stream));
        }
    });

    io::stdin().read_to_end(&mut Vec::new())?;
    // Gives leases back. Every container runs on.
    portreeve.close();
    Ok(())
}

fn answer(portreeve: &Portreeve, mut stream: TcpStream) -> io::Result<()> {
    let mut request = String::new();
    BufReader::new(&stream).read_line(&mut request)?;
    // `GET /alice HTTP/1.1`
    let target = request.split(' ').nth(1).unwrap_or_default();
    let user = target.trim_start_matches('/');
    let (status, text) = match portreeve.ensure(user) {
        Ok(endpoint) => ("200 OK", endpoint.url().to_owned()),
        Err(error) => {
            let text = format!("{}: {error}; {}", error.code(), error.hint());
            ("503 Service Unavailable", text)
        }
    };
    write!(stream, "HTTP/1.0 {status}\r\n\r\n{text}\n")
}
