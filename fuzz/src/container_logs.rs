//! A container's log, cut anywhere. A byte of the value 255 stands for the user's token.

use portreeve_core::token::Token;
use portreeve_wire::docker::log_stream::{LogLine, LogReader, Mark};

/// So long a log is cut at every byte.
const SHORT: usize = 512;
/// The longest line that is told whole, in bytes.
const LONGEST: usize = 64 << 10;

/// Reads the bytes as an engine's answer.
pub fn run(data: &[u8]) {
    let token = Token::from_random(&[7; 32]);
    let secret = token.reveal().as_bytes();
    let mut log = Vec::with_capacity(data.len());
    for byte in data {
        match byte {
            255 => log.extend_from_slice(secret),
            byte => log.push(*byte),
        }
    }
    let (whole, is_whole, mark) = read(&token, Mark::default(), &[&log]);
    for line in &whole {
        assert!(line.text.len() <= LONGEST);
        let shows = line.text.windows(secret.len()).any(|part| part == secret);
        assert!(!shows, "the token is shown");
    }
    let step = (log.len() / SHORT).max(1);
    for at in (0..log.len()).step_by(step) {
        let (before, after) = log.split_at(at);
        let (cut, is_cut_whole, _) = read(&token, Mark::default(), &[before, after]);
        assert_eq!((&cut, is_cut_whole), (&whole, is_whole), "cut at {at}");
    }
    let bytes: Vec<_> = log.chunks(1).collect();
    let (single, is_single_whole, _) = read(&token, Mark::default(), &bytes);
    assert_eq!((&single, is_single_whole), (&whole, is_whole));
    // A log of one message is told once.
    if is_whole && whole.len() == 1 {
        assert_eq!(read(&token, mark, &[&log]).0, []);
    }
}

fn read(token: &Token, before: Mark, pieces: &[&[u8]]) -> (Vec<LogLine>, bool, Mark) {
    let mut reader = LogReader::new(std::slice::from_ref(token), before);
    let mut told = Vec::new();
    for piece in pieces {
        if reader.feed(piece, &mut told).is_err() {
            return (told, false, reader.mark().clone());
        }
    }
    reader.finish(&mut told);
    (told, true, reader.mark().clone())
}
