//! A container's last lines.

use crate::text::one_line;

/// Each frame of a log begins with the stream's number, three zeros and the payload's length.
const HEADER: usize = 8;

/// Reads the last lines of a log, `most` at most, oldest first.
///
/// A container without a terminal has its two outputs in frames; one with a terminal has raw
/// bytes. What isn't wholly made of frames is taken for raw; only the last frame may be cut off.
pub(super) fn last_lines(body: &[u8], most: u32) -> Vec<String> {
    let raw = match frames(body) {
        Some(text) => text,
        None => body.to_vec(),
    };
    let text = String::from_utf8_lossy(&raw);
    let lines: Vec<&str> = text.lines().collect();
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let first = lines.len().saturating_sub(most);
    lines[first..].iter().map(|line| one_line(line)).collect()
}

/// The payloads of all frames; a line that one stream left open is closed where the other goes on.
fn frames(mut body: &[u8]) -> Option<Vec<u8>> {
    let mut text: Vec<u8> = Vec::with_capacity(body.len());
    let mut last_stream = None;
    while !body.is_empty() {
        let (header, rest) = body.split_first_chunk::<HEADER>()?;
        let [stream @ 0..=3, 0, 0, 0, length @ ..] = *header else {
            return None;
        };
        let length = usize::try_from(u32::from_be_bytes(length)).ok()?;
        let (payload, rest) = rest.split_at(length.min(rest.len()));
        let other_goes_on = last_stream.is_some_and(|last| last != stream);
        if other_goes_on && text.last().is_some_and(|&byte| byte != b'\n') {
            text.push(b'\n');
        }
        text.extend_from_slice(payload);
        last_stream = Some(stream);
        body = rest;
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(stream: u8, text: &str) -> Vec<u8> {
        let length = u32::try_from(text.len()).unwrap().to_be_bytes();
        [&[stream, 0, 0, 0], length.as_slice(), text.as_bytes()].concat()
    }

    #[test]
    fn both_streams_in_order() {
        let body = [frame(1, "one\ntw"), frame(1, "o\n"), frame(2, "three\r\n")].concat();
        assert_eq!(last_lines(&body, 10), ["one", "two", "three"]);
        assert_eq!(last_lines(&body, 2), ["two", "three"]);
        assert_eq!(last_lines(&body, 0), [""; 0]);
    }

    #[test]
    fn an_open_line_of_one_stream_does_not_swallow_the_other() {
        let body = [frame(1, "prompt> "), frame(2, "error\n")].concat();
        assert_eq!(last_lines(&body, 10), ["prompt>", "error"]);
    }

    #[test]
    fn a_terminal_has_raw_bytes() {
        assert_eq!(
            last_lines(b"one\r\ntwo\xff\r\n", 10),
            ["one", "two\u{fffd}"]
        );
        assert_eq!(last_lines(b"", 10), [""; 0]);
        assert_eq!(last_lines(b"\x01\0\0", 10).len(), 1);
    }

    #[test]
    fn a_frame_that_is_cut_off_still_shows() {
        let body = frame(2, "panicked at\n");
        assert_eq!(last_lines(&body[..body.len() - 4], 10), ["panicked"]);
    }
}
