//! Cutting a script that fails down to a small one that still does.

use crate::script::Script;

/// The smallest script found by leaving inputs out (delta debugging: halves, then quarters, and so
/// on, down to single inputs) for which `fails` still holds. `script` must be one.
///
/// The outcome is one of which no single input can be left out. Asks `fails` some hundred times for
/// a script of a hundred inputs.
pub fn shrink(script: &Script, mut fails: impl FnMut(&Script) -> bool) -> Script {
    let mut smallest = script.clone();
    let mut piece = smallest.len().div_ceil(2);
    while piece > 0 {
        let mut from = 0;
        let mut cut = false;
        while from < smallest.len() {
            let to = (from + piece).min(smallest.len());
            let mut without = smallest.clone();
            without.drain(from..to);
            if fails(&without) {
                smallest = without;
                cut = true;
            } else {
                from = to;
            }
        }
        if piece == 1 && !cut {
            break;
        }
        piece = if piece == 1 { 1 } else { piece.div_ceil(2) };
    }
    smallest
}

#[cfg(test)]
mod tests {
    use portreeve_core::time::Instant;

    use super::*;
    use crate::script::{ChaosAction, Input};

    fn kills(which: impl IntoIterator<Item = usize>) -> Script {
        let input = |which| (Instant::ORIGIN, Input::Chaos(ChaosAction::Kill(which)));
        which.into_iter().map(input).collect()
    }

    #[test]
    fn what_it_takes_is_left() {
        let needed = kills([3, 64, 99]);
        let fails = |script: &Script| needed.iter().all(|input| script.contains(input));
        assert_eq!(shrink(&kills(0..100), fails), needed);
    }

    #[test]
    fn what_fails_without_any_input_has_none_left() {
        assert_eq!(shrink(&kills(0..9), |_| true), kills([]));
    }
}
