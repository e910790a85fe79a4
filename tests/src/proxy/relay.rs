//! A relay: passes bytes on in both directions and reads along what the client says.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::asked::Asked;
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
    /// How many connections there were.
    connections: AtomicUsize,
    lose: Mutex<Option<Matches>>,
    /// What is said to those who asked such a thing last isn't passed on.
    stall: Mutex<Option<Matches>>,
    /// Whoever asked such a thing last is cut off.
    end: watch::Sender<Option<Matches>>,
    cut: watch::Sender<bool>,
    /// How many connections there are now.
    open: watch::Sender<usize>,
}

/// One of the connections that there are; it is one less when this is dropped.
struct Open(Arc<Shared>);

/// One connection: what was asked on it last, and whether its next answer is to be lost.
#[derive(Default)]
struct Talk {
    latest: Mutex<String>,
    lost: AtomicBool,
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
            connections: AtomicUsize::default(),
            lose: Mutex::default(),
            stall: Mutex::default(),
            end: watch::Sender::new(None),
            cut: watch::Sender::new(false),
            open: watch::Sender::new(0),
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

    /// Ends all connections and takes no new ones. Nothing said after that reaches the server: they are
    /// gone when this returns.
    pub fn cut(&self) {
        self.shared.cut.send_replace(true);
        let mut open = self.shared.open.subscribe();
        runtime::wait_for(async { open.wait_for(|open| *open == 0).await.map(drop) })
            .expect("a relay is there to say how many there are");
    }

    /// Takes new connections again.
    pub fn mend(&self) {
        self.shared.cut.send_replace(false);
    }

    /// Passes nothing on any more to whoever asked such a thing last on its connection, which
    /// stays; or passes on again what is said from then on.
    pub fn stall(&self, matches: Option<Matches>) {
        *lock(&self.shared.stall) = matches;
    }

    /// Ends the connections on which such a thing was asked last.
    pub fn end(&self, matches: Matches) {
        self.shared.end.send_replace(Some(matches));
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
        self.shared.cut.send_replace(true);
    }
}

impl Open {
    fn new(shared: &Arc<Shared>) -> Self {
        shared.open.send_modify(|open| *open += 1);
        Self(Arc::clone(shared))
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.open.send_modify(|open| *open -= 1);
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
            // Counted before it is asked whether they are cut, so that none slips through between the two.
            let open = Open::new(&self);
            if !*self.cut.borrow() {
                runtime::spawn(async move { open.0.relay(client).await });
            }
        }
    }

    /// A connection ends, for both, when either of them ends it, is cut off, or has had its answer lost.
    async fn relay(&self, client: Box<dyn Stream>) {
        let Ok(server) = self.connect().await else {
            return;
        };
        let (mut from_client, mut to_client) = tokio::io::split(client);
        let (mut from_server, mut to_server) = tokio::io::split(server);
        let talk = Talk::default();
        let mut cut = self.cut.subscribe();
        tokio::select! {
            biased;
            _ = cut.wait_for(|cut| *cut) => {}
            () = self.ended(&talk) => {}
            _ = self.ask(&mut from_client, &mut to_server, &talk) => {}
            _ = self.answer(&mut from_server, &mut to_client, &talk) => {}
        }
    }

    /// Waits until the connection is one of those to be ended.
    async fn ended(&self, talk: &Talk) {
        let mut end = self.end.subscribe();
        while end.changed().await.is_ok() {
            let matches = end.borrow_and_update().clone();
            if matches.is_some_and(|matches| matches(&lock(&talk.latest))) {
                return;
            }
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
        talk: &Talk,
    ) -> io::Result<()> {
        let mut reader = (self.new_reader)();
        let connection = self.connections.fetch_add(1, Ordering::SeqCst);
        let mut before = 0;
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let count = client.read(&mut buffer).await?;
            if count == 0 {
                return Ok(());
            }
            for what in reader.read(&buffer[..count]) {
                if lock(&self.lose).take_if(|matches| matches(&what)).is_some() {
                    talk.lost.store(true, Ordering::SeqCst);
                }
                lock(&talk.latest).clone_from(&what);
                lock(&self.asked).push(Asked {
                    at: Instant::now(),
                    what,
                    connection,
                    before,
                });
                before += 1;
            }
            server.write_all(&buffer[..count]).await?;
        }
    }

    /// Passes answers on until one is to be lost.
    async fn answer(
        &self,
        server: &mut (impl AsyncRead + Unpin),
        client: &mut (impl AsyncWrite + Unpin),
        talk: &Talk,
    ) -> io::Result<()> {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let count = server.read(&mut buffer).await?;
            if count == 0 || talk.lost.load(Ordering::SeqCst) {
                return Ok(());
            }
            if !self.is_stalled(talk) {
                client.write_all(&buffer[..count]).await?;
            }
        }
    }

    fn is_stalled(&self, talk: &Talk) -> bool {
        let stall = lock(&self.stall).clone();
        stall.is_some_and(|matches| matches(&lock(&talk.latest)))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
