//! What a touch is answered.

use portreeve_core::command::{Reply, Touched};

/// What a touch is answered that the store has acknowledged, or that is of nobody.
pub fn touched(known: bool) -> Reply {
    Reply::Touched(Touched {
        known,
        pending: false,
    })
}
