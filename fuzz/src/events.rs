//! The engine's events: the same in whatever pieces they come.

use portreeve_core::id::InstallationId;
use portreeve_core::outcome::EngineEvent;
use portreeve_wire::docker::EventDecoder;

/// Whose events are followed: that of the events recorded from Docker.
const OURS: InstallationId = InstallationId::from_bytes([0xab; 16]);
/// So long a stream is cut at every byte.
const SHORT: usize = 512;

/// Reads the bytes, past the first, as a stream: whole, byte by byte, and cut in many ways.
pub fn run(data: &[u8]) {
    let Some((&pace, stream)) = data.split_first() else {
        return;
    };
    let whole = decode(&[stream]);
    let bytes: Vec<&[u8]> = stream.chunks(1).collect();
    the_same(&whole, &decode(&bytes));
    let pieces: Vec<&[u8]> = stream.chunks(usize::from(pace).max(2)).collect();
    the_same(&whole, &decode(&pieces));
    let step = (stream.len() / SHORT).max(1);
    for at in (0..stream.len()).step_by(step) {
        let (before, after) = stream.split_at(at);
        the_same(&whole, &decode(&[before, after]));
    }
    for event in whole.events {
        check(&event);
    }
}

/// What a stream told, and whether it could be read to its end.
struct Decoded {
    events: Vec<EngineEvent>,
    sound: bool,
}

fn decode(pieces: &[&[u8]]) -> Decoded {
    let mut decoder = EventDecoder::new(OURS);
    let mut events = Vec::new();
    for piece in pieces {
        match decoder.feed(piece) {
            Ok(more) => events.extend(more),
            Err(_) => {
                return Decoded {
                    events,
                    sound: false,
                };
            }
        }
    }
    Decoded {
        events,
        sound: true,
    }
}

/// A stream that can be read whole can be read in pieces. One that breaks may tell more in pieces: of
/// a piece with a break in it, nothing is told.
fn the_same(whole: &Decoded, pieces: &Decoded) {
    if whole.sound {
        assert!(pieces.sound, "cut, it can't be read");
        assert_eq!(whole.events, pieces.events);
    } else {
        assert!(pieces.events.starts_with(&whole.events));
    }
}

fn check(event: &EngineEvent) {
    match event {
        EngineEvent::Opened => panic!("only a driver knows that the stream is open"),
        EngineEvent::Missed => panic!("no event is so long"),
        EngineEvent::Container { id, .. } => assert!(!id.as_str().is_empty()),
    }
}
