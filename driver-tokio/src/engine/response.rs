//! What an answer is made into as it comes, and how much of it is read.

use hyper::header::HeaderMap;
use hyper::http::response::Parts;
use portreeve_core::effect::EngineEffect;
use portreeve_wire::docker::{Answer, Dialect, TooLarge, version};

/// The largest answer that is read whole where it may have many parts.
pub(super) const LARGE: usize = 64 << 20;
/// The largest answer that is read whole otherwise.
pub(super) const SMALL: usize = 4 << 20;

/// Takes an answer in as it comes.
pub(super) trait Reading: Send {
    /// Takes its next bytes.
    fn feed(&mut self, bytes: &[u8]) -> Result<(), TooLarge>;

    /// Whether it says, now that it is whole, that the engine doesn't speak the version it was asked in.
    fn refuses_version(&self) -> bool;
}

/// An answer, whole.
pub(super) struct Response {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    limit: usize,
}

impl Response {
    /// One of at most `limit` bytes, of which the head has come.
    pub(super) fn of(head: &Parts, limit: usize) -> Self {
        Self {
            status: head.status.as_u16(),
            headers: head.headers.clone(),
            body: Vec::new(),
            limit,
        }
    }
}

impl Reading for Response {
    fn feed(&mut self, bytes: &[u8]) -> Result<(), TooLarge> {
        if self.body.len() + bytes.len() > self.limit {
            return Err(TooLarge { limit: self.limit });
        }
        self.body.extend_from_slice(bytes);
        Ok(())
    }

    fn refuses_version(&self) -> bool {
        version::is_refused(self.status, &self.body)
    }
}

/// Has the answer to an effect read as what it means.
pub(super) fn answer_to<'e>(effect: &'e EngineEffect) -> impl Fn(&Parts) -> Answer<'e> {
    move |head| {
        let dialect = Dialect::of_answer(|header| head.headers.contains_key(header));
        Answer::to(effect, dialect, head.status.as_u16())
    }
}

impl Reading for Answer<'_> {
    fn feed(&mut self, bytes: &[u8]) -> Result<(), TooLarge> {
        self.feed(bytes)
    }

    fn refuses_version(&self) -> bool {
        self.refuses_version()
    }
}
