//! The stream of a pull's progress, cut anywhere.

use portreeve_core::effect::EngineEffect;
use portreeve_core::outcome::EngineOutcome;
use portreeve_wire::docker::{self, Dialect};

/// So long a stream is cut at every byte.
const SHORT: usize = 1024;

/// Reads the bytes as a pull's answer.
pub fn run(data: &[u8]) {
    let whole = end(data);
    let step = (data.len() / SHORT).max(1);
    for at in (0..data.len()).step_by(step) {
        let (before, after) = data.split_at(at);
        let begun = end(before);
        match (&begun, &whole) {
            // Once said no, it stays said.
            (EngineOutcome::Refused(_), whole) => assert_eq!(begun, *whole, "cut at {at}"),
            // The rest decides.
            (EngineOutcome::Done | EngineOutcome::Unclear(_), _) => {}
            (other, _) => panic!("{other:?}"),
        }
        // What is complete says nothing of what follows.
        if begun == EngineOutcome::Done {
            let apart = [before, b"\n", after].concat();
            assert_eq!(end(&apart), end(after), "cut at {at}");
        }
    }
}

fn end(stream: &[u8]) -> EngineOutcome {
    let effect = EngineEffect::PullImage {
        image: "alpine:3".to_owned(),
    };
    let outcome = docker::outcome(&effect, Dialect::Docker, 200, stream);
    match &outcome {
        EngineOutcome::Refused(words) => {
            assert!(!words.contains(char::is_control), "{words:?}");
        }
        EngineOutcome::Unclear(_) | EngineOutcome::Done => {}
        other => panic!("{other:?} is no end of a pull"),
    }
    outcome
}
