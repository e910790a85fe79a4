//! Guesses what was meant by a name that doesn't exist.

use crate::error::WrongKey;

/// How alike two names must be for one to be offered instead of the other.
const ALIKE: f64 = 0.7;

/// Says that a key is unknown, and which known one was probably meant.
pub(crate) fn unknown<'a>(key: &str, known: impl IntoIterator<Item = &'a str>) -> WrongKey {
    WrongKey::Unknown {
        key: key.to_owned(),
        nearest: nearest(key, known).map(str::to_owned),
    }
}

/// The known name that is most like this one, if any is.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known
        .into_iter()
        .map(|known| (strsim::normalized_damerau_levenshtein(name, known), known))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, known)| known)
}
