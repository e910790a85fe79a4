//! As much of HTTP/1.1 as the gateway needs: one request and one response on a connection.

use std::io::{self, BufRead, Read, Write};

/// No request line and no header may be longer, nor the body, nor may there be more headers.
const MAX_LINE: u64 = 8 * 1024;
const MAX_BODY: usize = 1024 * 1024;
const MAX_HEADERS: usize = 100;

/// What a client asked.
pub struct Request {
    /// `GET` and the like, as sent.
    pub method: String,
    /// The path, without a query.
    pub path: String,
    /// What followed `Bearer` in the `Authorization` header.
    pub bearer: Option<String>,
    /// The body, of the length that was declared.
    pub body: Vec<u8>,
}

impl Request {
    /// Reads a request with its body.
    pub fn read(source: &mut impl BufRead) -> io::Result<Self> {
        let line = read_line(source)?;
        let mut words = line.split(' ');
        let (Some(method), Some(target), Some(version), None) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            return Err(malformed("not a request line"));
        };
        if !version.starts_with("HTTP/1.") {
            return Err(malformed("not HTTP/1"));
        }
        let path = target.split('?').next().unwrap_or_default();
        let mut request = Self {
            method: method.to_owned(),
            path: path.to_owned(),
            bearer: None,
            body: Vec::new(),
        };
        let length = request.read_headers(source)?;
        request.body = vec![0; length];
        source.read_exact(&mut request.body)?;
        Ok(request)
    }

    /// Reads up to the empty line, and answers how long the body is.
    fn read_headers(&mut self, source: &mut impl BufRead) -> io::Result<usize> {
        let mut length = 0;
        for _ in 0..MAX_HEADERS {
            let line = read_line(source)?;
            if line.is_empty() {
                return Ok(length);
            }
            let (name, value) = line
                .split_once(':')
                .ok_or_else(|| malformed("a header without a colon"))?;
            let value = value.trim();
            if name.eq_ignore_ascii_case("authorization") {
                self.bearer = bearer(value);
            } else if name.eq_ignore_ascii_case("content-length") {
                length = value
                    .parse()
                    .ok()
                    .filter(|&length| length <= MAX_BODY)
                    .ok_or_else(|| malformed("a bad length"))?;
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                return Err(malformed("a body must have a Content-Length"));
            }
        }
        Err(malformed("too many headers"))
    }
}

fn bearer(value: &str) -> Option<String> {
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim().to_owned())
}

/// What the gateway answers.
pub struct Response {
    status: u16,
    content_type: &'static str,
    body: Vec<u8>,
}

impl Response {
    /// A line of plain text.
    pub fn text(status: u16, line: &str) -> Self {
        Self {
            status,
            content_type: "text/plain; charset=utf-8",
            body: format!("{line}\n").into_bytes(),
        }
    }

    /// A JSON document.
    pub fn json(status: u16, body: String) -> Self {
        Self {
            status,
            content_type: "application/json",
            body: body.into_bytes(),
        }
    }

    /// Bytes of any kind.
    pub fn bytes(status: u16, body: Vec<u8>) -> Self {
        Self {
            status,
            content_type: "application/octet-stream",
            body,
        }
    }

    /// The status code.
    #[cfg(test)]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The body.
    #[cfg(test)]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Sends this as the connection's last message.
    pub fn write(&self, sink: &mut impl Write) -> io::Result<()> {
        let reason = match self.status {
            200 => "OK",
            400 => "Bad Request",
            401 => "Unauthorized",
            404 => "Not Found",
            405 => "Method Not Allowed",
            500 => "Internal Server Error",
            503 => "Service Unavailable",
            _ => "",
        };
        let head = format!(
            "HTTP/1.1 {} {reason}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            self.status,
            self.content_type,
            self.body.len()
        );
        // In one piece, so that no client sees a head without a body.
        sink.write_all(&[head.as_bytes(), &self.body].concat())?;
        sink.flush()
    }
}

/// Reads a response's first line for its status code.
pub fn read_status(source: &mut impl BufRead) -> io::Result<u16> {
    let line = read_line(source)?;
    line.strip_prefix("HTTP/1.1 ")
        .and_then(|rest| rest.split(' ').next())
        .and_then(|code| code.parse().ok())
        .ok_or_else(|| malformed("not a status line"))
}

/// Reads a line without its end.
fn read_line(source: &mut impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    source.take(MAX_LINE).read_line(&mut line)?;
    let line = line
        .strip_suffix('\n')
        .ok_or_else(|| malformed("a line that is too long, or broken off"))?;
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}

fn malformed(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> io::Result<Request> {
        Request::read(&mut text.as_bytes())
    }

    #[test]
    fn a_request_is_read() {
        let request =
            read("POST /state?x=1 HTTP/1.1\r\nauthorization: bearer s3cret\r\nContent-Length: 5\r\n\r\nhello, world").unwrap();
        assert_eq!(
            (request.method.as_str(), request.path.as_str()),
            ("POST", "/state")
        );
        assert_eq!(request.bearer.as_deref(), Some("s3cret"));
        assert_eq!(request.body, b"hello");
    }

    #[test]
    fn another_scheme_is_no_token() {
        assert_eq!(
            read("GET / HTTP/1.1\r\nAuthorization: Basic abc\r\n\r\n")
                .unwrap()
                .bearer,
            None
        );
    }

    #[test]
    fn what_is_not_a_request_is_refused() {
        let endless = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(10_000));
        let broken = [
            "",
            "GET\r\n\r\n",
            "GET / HTTP/2\r\n\r\n",
            "GET / HTTP/1.1\r\nno colon\r\n\r\n",
            "GET / HTTP/1.1\r\nHost: x\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nshort",
            "POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            &endless,
        ];
        for text in broken {
            assert!(read(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_response_is_read_back() {
        let mut wire = Vec::new();
        Response::text(503, "no").write(&mut wire).unwrap();
        assert_eq!(read_status(&mut wire.as_slice()).unwrap(), 503);
        assert!(wire.ends_with(b"Content-Length: 3\r\nConnection: close\r\n\r\nno\n"));
    }
}
