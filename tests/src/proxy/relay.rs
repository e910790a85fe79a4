//! A relay: passes bytes on in both directions and reads along what the client says.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::Asked;
use crate::http::Address;
use crate::runtime;

/// Reads along what a client says on one connection.
pub trait ReadAlong: Send {
    /// Takes the next bytes, and gives what was asked once its asking is complete.
    fn read(&mut self, bytes: &[u8]) -> Vec<String>;
}

type NewReader = fn() -> Box<dyn ReadAlong>;
type Matches = Arc<dyn Fn(&str) -> bool + Send + Sync>;

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// A relay. It is gone, with all its connections, when this is dropped.
pub struct Relay {
    shared: Arc<Shared>,
    accepting: JoinHandle<()>,
}

struct Shared {
    server: Address,
    new_reader: NewReader,
    asked: Mutex<Vec<Asked>>,
    lose: Mutex<Option<Matches>>,
    cut: watch::Sender<bool>,
}

enum Listener {
    Unix(UnixListener),
    Tcp(TcpListener),
}

impl Relay {
    /// Listens at an address in front of a server; also gives the address with the port it got.
    pub fn start(at: &Address, server: Address, new_reader: NewReader) -> (Self, Address) {
        let (listener, at) = runtime::wait_for(Listener::bind(at)).expect("a relay can listen");
        let shared = Arc::new(Shared {
            server,
            new_reader,
            asked: Mutex::default(),
            lose: Mutex::default(),
            cut: watch::Sender::new(false),
        });
        let accepting = runtime::spawn(Arc::clone(&shared).accept(listener));
        (Self { shared, accepting }, at)
    }

    /// Everything that was asked.
    pub fn asked(&self) -> Vec<Asked> {
        lock(&self.shared.asked).clone()
    }

    /// Forgets everything that was asked.
    pub fn forget(&self) {
        lock(&self.shared.asked).clear();
    }

    /// Ends all connections and takes no new ones, or takes them again.
    pub fn cut(&self, cut: bool) {
        self.shared.cut.send_replace(cut);
    }

    /// Loses the answer to the next thing asked that matches.
    pub fn lose_answer_to(&self, matches: Matches) {
        *lock(&self.shared.lose) = Some(matches);
    }

    /// Whether nothing that matched was asked yet.
    pub fn is_to_lose_an_answer(&self) -> bool {
        lock(&self.shared.lose).is_some()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut(true);
    }
}

impl Listener {
    async fn bind(at: &Address) -> io::Result<(Self, Address)> {
        match at {
            Address::Unix(path) => Ok((Self::Unix(UnixListener::bind(path)?), at.clone())),
            Address::Tcp(host) => {
                let listener = TcpListener::bind(host).await?;
                let at = Address::Tcp(listener.local_addr()?.to_string());
                Ok((Self::Tcp(listener), at))
            }
        }
    }

    async fn accept(&self) -> io::Result<Box<dyn Stream>> {
        Ok(match self {
            Self::Unix(listener) => Box::new(listener.accept().await?.0),
            Self::Tcp(listener) => {
                let stream = listener.accept().await?.0;
                stream.set_nodelay(true)?;
                Box::new(stream)
            }
        })
    }
}

impl Shared {
    async fn accept(self: Arc<Self>, listener: Listener) {
        while let Ok(client) = listener.accept().await {
            if !*self.cut.borrow() {
                runtime::spawn(Arc::clone(&self).relay(client));
            }
        }
    }

    /// A connection ends, for both, when either of them ends it, is cut off, or has had its answer lost.
    async fn relay(self: Arc<Self>, client: Box<dyn Stream>) {
        let Ok(server) = self.connect().await else {
            return;
        };
        let (mut from_client, mut to_client) = tokio::io::split(client);
        let (mut from_server, mut to_server) = tokio::io::split(server);
        let lost = AtomicBool::new(false);
        let mut cut = self.cut.subscribe();
        tokio::select! {
            _ = self.ask(&mut from_client, &mut to_server, &lost) => {}
            _ = answer(&mut from_server, &mut to_client, &lost) => {}
            _ = cut.wait_for(|cut| *cut) => {}
        }
    }

    async fn connect(&self) -> io::Result<Box<dyn Stream>> {
        Ok(match &self.server {
            Address::Unix(path) => Box::new(UnixStream::connect(path).await?),
            Address::Tcp(host) => {
                let stream = TcpStream::connect(host).await?;
                stream.set_nodelay(true)?;
                Box::new(stream)
            }
        })
    }

    async fn ask(
        &self,
        client: &mut (impl AsyncRead + Unpin),
        server: &mut (impl AsyncWrite + Unpin),
        lost: &AtomicBool,
    ) -> io::Result<()> {
        let mut reader = (self.new_reader)();
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let count = client.read(&mut buffer).await?;
            if count == 0 {
                return Ok(());
            }
            for what in reader.read(&buffer[..count]) {
                if lock(&self.lose).take_if(|matches| matches(&what)).is_some() {
                    lost.store(true, Ordering::SeqCst);
                }
                let at = Instant::now();
                lock(&self.asked).push(Asked { at, what });
            }
            server.write_all(&buffer[..count]).await?;
        }
    }
}

/// Passes answers on until one is to be lost.
async fn answer(
    server: &mut (impl AsyncRead + Unpin),
    client: &mut (impl AsyncWrite + Unpin),
    lost: &AtomicBool,
) -> io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let count = server.read(&mut buffer).await?;
        if count == 0 || lost.load(Ordering::SeqCst) {
            return Ok(());
        }
        client.write_all(&buffer[..count]).await?;
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
