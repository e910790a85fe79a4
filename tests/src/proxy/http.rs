//! Reads along the requests on a kept-alive HTTP/1.1 connection.

use super::relay::ReadAlong;

/// The most headers a request of ours has.
const HEADERS: usize = 64;

/// The requests on one connection.
#[derive(Default)]
pub struct Requests {
    unread: Vec<u8>,
    body: Body,
}

/// What is left of the body of the request before.
#[derive(Default)]
enum Body {
    #[default]
    None,
    /// So many bytes.
    Bytes(usize),
    /// A chunk's size is next.
    ChunkSize,
    /// So many bytes of a chunk and its line end.
    Chunk(usize),
    /// Lines up to an empty one.
    Trailer,
}

impl ReadAlong for Requests {
    fn read(&mut self, bytes: &[u8]) -> Vec<String> {
        self.unread.extend_from_slice(bytes);
        let mut asked = Vec::new();
        while self.step(&mut asked).is_some() {}
        asked
    }
}

impl Requests {
    /// Reads one piece, which may be a request's head; `None` if it isn't all there yet.
    fn step(&mut self, asked: &mut Vec<String>) -> Option<()> {
        match self.body {
            Body::None => asked.push(self.head()?),
            Body::Bytes(left) => {
                if !self.skip(left, Body::Bytes) {
                    return None;
                }
                self.body = Body::None;
            }
            Body::ChunkSize => {
                let line = self.line()?;
                let digits = line.split(';').next().unwrap_or_default().trim();
                let size = usize::from_str_radix(digits, 16).expect("a chunk's size");
                self.body = if size == 0 {
                    Body::Trailer
                } else {
                    Body::Chunk(size + "\r\n".len())
                };
            }
            Body::Chunk(left) => {
                if !self.skip(left, Body::Chunk) {
                    return None;
                }
                self.body = Body::ChunkSize;
            }
            Body::Trailer => {
                if self.line()?.is_empty() {
                    self.body = Body::None;
                }
            }
        }
        Some(())
    }

    fn head(&mut self) -> Option<String> {
        let mut headers = [httparse::EMPTY_HEADER; HEADERS];
        let mut request = httparse::Request::new(&mut headers);
        let parsed = request.parse(&self.unread).expect("an HTTP request");
        let httparse::Status::Complete(length) = parsed else {
            return None;
        };
        let method = request.method.unwrap_or_default();
        let asked = format!("{method} {}", request.path.unwrap_or_default());
        let header = |name: &str| {
            let found = request
                .headers
                .iter()
                .find(|header| header.name.eq_ignore_ascii_case(name))?;
            std::str::from_utf8(found.value).ok()
        };
        let chunked = header("transfer-encoding").is_some_and(|value| value.ends_with("chunked"));
        let bytes = header("content-length").and_then(|value| value.parse().ok());
        self.body = match bytes {
            _ if chunked => Body::ChunkSize,
            Some(bytes) => Body::Bytes(bytes),
            None => Body::None,
        };
        self.unread.drain(..length);
        Some(asked)
    }

    /// Whether all of them were there and skipped; otherwise remembers how many weren't.
    fn skip(&mut self, count: usize, rest: fn(usize) -> Body) -> bool {
        let skipped = count.min(self.unread.len());
        self.unread.drain(..skipped);
        self.body = rest(count - skipped);
        skipped == count
    }

    fn line(&mut self) -> Option<String> {
        let end = self.unread.windows(2).position(|pair| pair == b"\r\n")?;
        let line = String::from_utf8_lossy(&self.unread[..end]).into_owned();
        self.unread.drain(..end + 2);
        Some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TALK: &[u8] = b"GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n\
        POST /a?b=c HTTP/1.1\r\nContent-Length: 15\r\n\r\nGET / HTTP/1.1\n\
        POST /d HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nGET /\r\nB\r\n HTTP/1.1\r\n\r\n0\r\nT: u\r\n\r\n\
        DELETE /e HTTP/1.1\r\n\r\n";
    const ASKED: [&str; 4] = ["GET /_ping", "POST /a?b=c", "POST /d", "DELETE /e"];

    #[test]
    fn bodies_are_not_taken_for_requests() {
        assert_eq!(Requests::default().read(TALK), ASKED);
    }

    #[test]
    fn it_matters_not_how_the_bytes_are_cut() {
        for size in 1..TALK.len() {
            let mut requests = Requests::default();
            let asked: Vec<_> = TALK
                .chunks(size)
                .flat_map(|bytes| requests.read(bytes))
                .collect();
            assert_eq!(asked, ASKED, "in pieces of {size}");
        }
    }
}
