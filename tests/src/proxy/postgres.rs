//! Reads along the statements on a `postgres://` connection (protocol 3.0): the frontend's messages
//! Parse, Bind, Execute and Query.

use std::collections::HashMap;

use super::relay::ReadAlong;

/// The statements on one connection.
#[derive(Default)]
pub struct Statements {
    unread: Vec<u8>,
    /// Whether the start-up message, which has no type byte, has passed.
    started: bool,
    /// The text of each prepared statement.
    prepared: HashMap<String, String>,
    /// The text behind each portal.
    bound: HashMap<String, String>,
}

/// Codes in the place of a protocol version: requests to encrypt, after which the start-up message comes.
const SSL_REQUEST: u32 = 80_877_103;
const GSS_REQUEST: u32 = 80_877_104;
/// A message's length counts itself.
const LENGTH: usize = 4;

impl ReadAlong for Statements {
    fn read(&mut self, bytes: &[u8]) -> Vec<String> {
        self.unread.extend_from_slice(bytes);
        let mut asked = Vec::new();
        while self.message(&mut asked).is_some() {}
        asked
    }
}

impl Statements {
    /// Reads one message, which may execute a statement; `None` if it isn't all there yet.
    fn message(&mut self, asked: &mut Vec<String>) -> Option<()> {
        let kind = usize::from(self.started);
        let length = number(&self.unread, kind)? as usize;
        let end = kind + length;
        if self.unread.len() < end {
            return None;
        }
        let message: Vec<u8> = self.unread.drain(..end).collect();
        if !self.started {
            let code = number(&message, LENGTH)?;
            self.started = code != SSL_REQUEST && code != GSS_REQUEST;
            return Some(());
        }
        asked.extend(self.understand(message[0], &message[kind + LENGTH..]));
        Some(())
    }

    fn understand(&mut self, kind: u8, content: &[u8]) -> Option<String> {
        let mut texts = content
            .split(|byte| *byte == 0)
            .map(|text| String::from_utf8_lossy(text).into_owned());
        let mut text = || texts.next().unwrap_or_default();
        match kind {
            b'P' => {
                self.prepared.insert(text(), text());
                None
            }
            b'B' => {
                let (portal, statement) = (text(), text());
                let sql = self.prepared.get(&statement).cloned().unwrap_or_default();
                self.bound.insert(portal, sql);
                None
            }
            b'E' => Some(self.bound.get(&text()).cloned().unwrap_or_default()),
            b'Q' => Some(text()),
            _ => None,
        }
    }
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + LENGTH)?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: Option<u8>, content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(LENGTH + content.len()).unwrap().to_be_bytes();
        kind.into_iter()
            .chain(length)
            .chain(content.iter().copied())
            .collect()
    }

    fn talk() -> Vec<u8> {
        [
            message(None, &SSL_REQUEST.to_be_bytes()),
            message(None, b"\0\x03\0\0user\0me\0\0"),
            message(Some(b'p'), b"password\0"),
            message(Some(b'Q'), b"BEGIN\0"),
            message(Some(b'P'), b"s0\0SELECT $1\0\0\0"),
            message(Some(b'S'), b""),
            message(Some(b'B'), b"\0s0\0\0\0\0\0\0\0"),
            message(Some(b'E'), b"\0\0\0\0\0"),
            message(Some(b'B'), b"\0s0\0\0\0\0\0\0\0"),
            message(Some(b'E'), b"\0\0\0\0\0"),
            message(Some(b'X'), b""),
        ]
        .concat()
    }

    #[test]
    fn what_is_executed_counts_and_not_what_is_prepared() {
        let talk = talk();
        for size in 1..=talk.len() {
            let mut statements = Statements::default();
            let asked: Vec<_> = talk
                .chunks(size)
                .flat_map(|bytes| statements.read(bytes))
                .collect();
            assert_eq!(
                asked,
                ["BEGIN", "SELECT $1", "SELECT $1"],
                "in pieces of {size}"
            );
        }
    }
}
